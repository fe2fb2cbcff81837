//! The commands of the pages run.
//!
//! Above every block of `sh` in README.md and docs/*.md stands one of two comments: `<!-- runs -->`, with the exit statuses of its commands
//! if they matter (`<!-- runs: 0 1 -->`; without them each is 0 or 1), or `<!-- does not run: why -->`. Lines that begin with
//! `stanchion` are run, in the order of the page, in a copy of the demonstration estate that is a git repository; other lines are not.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One block and what is said above it.
struct Block {
    line: usize,
    said: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = root().join("docs").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    out.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    // What policies show is an example each, and the commands of the formats have a test of their own.
    out.retain(|path| !path.ends_with("policies.md") && !path.ends_with("formats.md"));
    out.push(root().join("README.md"));
    out.sort();
    out
}

fn blocks(page: &str) -> Vec<Block> {
    let lines: Vec<&str> = page.lines().collect();
    let mut out = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if line.trim() != "```sh" {
            continue;
        }
        let above = lines[..at].iter().rev().find(|line| !line.trim().is_empty()).unwrap_or(&"");
        let inner = lines[at + 1..].iter().take_while(|line| line.trim() != "```");
        let text = inner.map(|line| line.trim().to_owned() + "\n").collect();
        out.push(Block { line: at + 1, said: (*above).trim().to_owned(), text });
    }
    out
}

/// The demonstration estate, and beside it a plan, and an account with what is recorded of it.
fn estate() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    let source = root().join("fixtures/demo");
    copy(&source, &at.join("fixtures/demo"));
    copy(&source.join("terraform"), &at.join("infra"));
    fs::write(
        at.join("main.tf"),
        "resource \"aws_s3_bucket_acl\" \"a\" {\n  bucket = \"b\"\n  acl    = \"public-read\"\n}\n",
    )
    .unwrap();
    for case in ["bad", "good"] {
        let from = root().join("fixtures/policies/aws-s3-public-acl").join(case);
        copy(&from, &at.join("fixtures/own/aws-s3-public-acl").join(case));
    }
    let account = root().join("fixtures/drift/all-at-once");
    for folder in ["infra/prod", "envs/prod"] {
        fs::create_dir_all(at.join(folder)).unwrap();
    }
    for (from, to) in [
        ("main.tf", "infra/prod/main.tf"),
        ("terraform.tfstate", "prod.tfstate"),
        ("terraform.tfstate", "envs/prod/terraform.tfstate"),
        ("live.jsonl", "account.jsonl"),
        ("live.jsonl", "accounts.jsonl"),
        ("live.jsonl", "tonight.jsonl"),
    ] {
        fs::copy(account.join(from), at.join(to)).unwrap();
    }
    fs::copy(root().join("fixtures/terraform/plan/parity/plan.json"), at.join("plan.json")).unwrap();
    let drift = ["drift", "--state", "prod.tfstate", "--snapshot", "account.jsonl", "--format", "json=last-night.json"];
    let program = Command::new(env!("CARGO_BIN_EXE_stanchion")).args(drift).current_dir(at).output().unwrap();
    assert_eq!(program.status.code(), Some(1), "{}", String::from_utf8_lossy(&program.stderr));
    git(at, &["init", "-q", "-b", "main"]);
    git(at, &["add", "-A"]);
    git(at, &["commit", "-q", "-m", "first"]);
    dir
}

fn git(at: &Path, args: &[&str]) {
    let user = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
    let done = Command::new("git")
        .args([&user[..], args].concat())
        .current_dir(at)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .status();
    assert!(done.unwrap().success(), "git {args:?}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Runs the commands of a page; what does not hold, one line each.
fn try_page(name: &str, page: &str) -> (usize, String) {
    let mut faults = String::new();
    let mut ran = 0;
    let estate = estate();
    let binary = Path::new(env!("CARGO_BIN_EXE_stanchion")).parent().unwrap().to_owned();
    let path = std::env::join_paths(
        std::iter::once(binary).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let path = path.unwrap();
    for block in blocks(page) {
        let Some(said) = block.said.strip_prefix("<!-- ").and_then(|said| said.strip_suffix(" -->")) else {
            let _ = writeln!(faults, "{name}:{}: say above whether this block runs", block.line);
            continue;
        };
        if said.strip_prefix("does not run: ").is_some_and(|why| !why.is_empty()) {
            continue;
        }
        let statuses: Vec<i32> = match said.strip_prefix("runs") {
            Some("") => Vec::new(),
            Some(list) => list.trim_start_matches(':').split_whitespace().map(|word| word.parse().unwrap()).collect(),
            None => {
                let _ = writeln!(faults, "{name}:{}: '{said}' is no word about a block", block.line);
                continue;
            }
        };
        let joined = block.text.replace("\\\n", " ");
        let commands: Vec<&str> = joined.lines().filter(|line| line.starts_with("stanchion")).collect();
        if commands.is_empty() || !(statuses.is_empty() || statuses.len() == commands.len()) {
            let _ = writeln!(faults, "{name}:{}: {} commands, {statuses:?}", block.line, commands.len());
        }
        for (at, command) in commands.iter().enumerate() {
            ran += 1;
            let mut shell = Command::new("sh");
            shell.args(["-c", command]).current_dir(estate.path()).env("PATH", &path).env("NO_COLOR", "1");
            let out = shell.output().unwrap();
            let status = out.status.code().unwrap_or(-1);
            let fits = statuses.get(at).map_or((0..2).contains(&status), |expected| *expected == status);
            if !fits {
                let said = String::from_utf8_lossy(&out.stderr);
                let _ = writeln!(faults, "{name}:{}: '{command}' ends with {status}: {said}", block.line);
            }
        }
    }
    (ran, faults)
}

#[test]
fn every_command_of_the_pages_runs() {
    let mut faults = String::new();
    let mut ran = 0;
    for path in pages() {
        let name = path.file_name().unwrap().to_string_lossy();
        let (commands, found) = try_page(&name, &fs::read_to_string(&path).unwrap());
        ran += commands;
        faults += &found;
    }
    assert!(faults.is_empty(), "\n{faults}");
    assert!(ran > 15, "only {ran} commands were found");
}

#[test]
fn a_command_that_fails_and_a_block_without_a_word_are_found() {
    let page = "<!-- runs -->\n```sh\nstanchion scan nowhere\n```\n\n```sh\nstanchion\n```\n<!-- runs: 0 -->\n```sh\nstanchion scan main.tf\n```\n";
    let (ran, faults) = try_page("x.md", page);
    assert_eq!((ran, faults.lines().filter(|line| line.starts_with("x.md:")).count()), (2, 3), "{faults}");
}

/// Pages of this repository that a page names are there.
#[test]
fn links_between_pages_lead_somewhere() {
    let mut faults = String::new();
    for path in pages() {
        let text = fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains(':') && !path.parent().unwrap().join(file).exists() {
                let _ = writeln!(faults, "{}: {link} leads nowhere", path.display());
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}
