//! Claims about the command line: in this process against hand-made rooms, and once as the real program.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use stanchion::cli::{Engine, Env, run};
use stanchion::exit::ExitStatus;
use stanchion::model::{Coverage, PolicyInfo, Problem, Report, Severity, SourceMap, Span, Stage};
use stanchion::pipeline::{Error, PolicyOptions, ScanOptions};

use crate::sample;

thread_local! {
    static SEEN: RefCell<Option<ScanOptions>> = const { RefCell::new(None) };
    static SELECTED: RefCell<Option<PolicyOptions>> = const { RefCell::new(None) };
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of the real ones")]
mod rooms {
    use super::{
        Arc, Coverage, Error, PolicyInfo, PolicyOptions, Problem, Report, SEEN, SELECTED, ScanOptions, Severity,
        SourceMap, Span, Stage, sample,
    };

    pub(super) fn full(options: &ScanOptions) -> Result<Report, Error> {
        SEEN.set(Some(options.clone()));
        Ok(sample::report())
    }

    pub(super) fn clean(options: &ScanOptions) -> Result<Report, Error> {
        SEEN.set(Some(options.clone()));
        Ok(sample::empty())
    }

    /// One finding of low severity.
    pub(super) fn low(_: &ScanOptions) -> Result<Report, Error> {
        let sources = Arc::new(SourceMap::new());
        let file = sources.add("a.tf", "a = 1\n");
        let finding = sample::finding("aws-tags", Severity::Low, "a.b", Span::new(file, 0, 1));
        Ok(Report::finish(sources, vec![finding], Vec::new(), Vec::new(), Coverage::default()))
    }

    /// Nothing found, but something not looked at.
    pub(super) fn incomplete(_: &ScanOptions) -> Result<Report, Error> {
        let problem = Problem::new(Stage::Load, "x.tf", "cannot be read: check its permissions");
        Ok(Report::finish(Arc::default(), Vec::new(), vec![problem], Vec::new(), Coverage::default()))
    }

    pub(super) fn broken(_: &ScanOptions) -> Result<Report, Error> {
        Err(Error("policy 'x' does not load: line 3".into()))
    }

    pub(super) fn policies(options: &PolicyOptions) -> Result<Vec<Arc<PolicyInfo>>, Error> {
        SELECTED.set(Some(options.clone()));
        Ok(vec![
            sample::policy("aws-s3-public-read", Severity::Critical, "least-privilege"),
            sample::policy("aws-tags", Severity::Low, "tagging"),
        ])
    }
}

struct Ran {
    status: ExitStatus,
    out: String,
    err: String,
}

type Scan = fn(&ScanOptions) -> Result<Report, Error>;

fn env(cwd: &Path, args: &[&str]) -> Env {
    let args = std::iter::once("stanchion").chain(args.iter().copied()).map(Into::into).collect();
    Env { args, cwd: cwd.to_owned(), ..Env::default() }
}

fn go(scan: Scan, env: &Env) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = run(env, Engine { scan, policies: rooms::policies }, &mut out, &mut err);
    Ran { status, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

fn stanchion(scan: Scan, args: &[&str]) -> Ran {
    go(scan, &env(tempfile::tempdir().unwrap().path(), args))
}

/// What `scan` was asked for.
fn seen() -> ScanOptions {
    SEEN.take().expect("scan was called")
}

#[test]
fn exit_statuses() {
    use ExitStatus::{Clean, Failed, Findings, Incomplete};
    let dir = tempfile::tempdir().unwrap();
    let cases: [(Scan, &[&str], ExitStatus); 14] = [
        (rooms::clean, &["scan", "."], Clean),
        (rooms::low, &["scan", "."], Findings),
        (rooms::low, &["scan", ".", "--fail-on", "medium"], Clean),
        (rooms::low, &["scan", ".", "--min-severity", "high"], Findings),
        (rooms::full, &["scan", ".", "--fail-on", "critical"], Findings),
        (rooms::full, &["scan", ".", "--fail-on", "never"], Incomplete),
        (rooms::full, &["scan", ".", "--fail-on", "never", "--allow-incomplete"], Clean),
        (rooms::full, &["scan", ".", "--allow-incomplete"], Findings),
        (rooms::incomplete, &["scan", "."], Incomplete),
        (rooms::incomplete, &["scan", ".", "--allow-incomplete"], Clean),
        (rooms::broken, &["scan", "."], Failed),
        (rooms::clean, &["scan", "no-such-path"], Failed),
        (rooms::clean, &["scan", ".", "--no-such-flag"], Failed),
        (rooms::clean, &[], Failed),
    ];
    for (scan, args, expected) in cases {
        let ran = go(scan, &env(dir.path(), args));
        assert_eq!(ran.status, expected, "{args:?}\n{}{}", ran.out, ran.err);
    }
    let codes = [Clean, Findings, Failed, Incomplete].map(ExitStatus::code);
    assert_eq!(codes, [0, 1, 2, 3]);
}

#[test]
fn text_goes_to_standard_output_by_default() {
    let ran = stanchion(rooms::full, &["scan"]);
    assert!(ran.out.contains("error[aws-s3-public-read]") && ran.out.contains("next: "), "{}", ran.out);
    assert_eq!(ran.err, "");
    assert_eq!(seen().paths, [PathBuf::from(".")]);
}

#[test]
fn several_formats_are_written_at_once_and_files_appear_whole() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("old.json"), "old").unwrap();
    let args = ["scan", "--format", "concise", "--format", "sarif=a.sarif", "--format=json=old.json"];
    let ran = go(rooms::full, &env(dir.path(), &args));
    assert_eq!(ran.status, ExitStatus::Findings);
    assert!(ran.out.starts_with(":\\u{3a}error file"), "{}", ran.out);
    assert_eq!(ran.err, "12 findings: 7 critical, 2 high, 2 medium, 1 low, 2 not looked at\n");
    for (file, member) in [("a.sarif", "runs"), ("old.json", "findings")] {
        let text = std::fs::read_to_string(dir.path().join(file)).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(json[member].is_array());
    }
    let names = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(names, 2, "no temporary file is left behind");
}

#[test]
fn a_file_that_is_not_regular_is_written_to_and_not_replaced() {
    let ran = stanchion(rooms::clean, &["scan", "--format", "json=/dev/null"]);
    assert_eq!(ran.status, ExitStatus::Clean, "{}", ran.err);
    assert!(!Path::new("/dev/null").is_file());
}

#[test]
fn impossible_targets_are_refused_before_the_scan() {
    let cases: [(&[&str], &str); 7] = [
        (&["--format", "json", "--format", "sarif"], "only one format can go to standard output"),
        (&["--format", "json", "--format", "sarif=-"], "only one format can go to standard output"),
        (&["--format", "json=a", "--format", "sarif=a"], "two formats would be written to 'a'"),
        (&["--format", "json=gone/a"], "the directory 'gone' does not exist"),
        (&["--format", "json=."], "'.' is a directory"),
        (&["--format", "json="], "a file name is missing"),
        (&["--format", "jsn"], "did you mean 'json'?"),
    ];
    for (args, expected) in cases {
        SEEN.set(None);
        let args: Vec<&str> = ["scan"].iter().chain(args).copied().collect();
        let ran = stanchion(rooms::clean, &args);
        assert_eq!(ran.status, ExitStatus::Failed, "{args:?}");
        assert!(ran.err.contains(expected), "{args:?}: {}", ran.err);
        assert!(SEEN.take().is_none(), "{args:?}: scanned nevertheless");
    }
}

#[test]
fn every_input_flag_reaches_the_pipeline() {
    let dir = tempfile::tempdir().unwrap();
    for path in ["a", "b"] {
        std::fs::create_dir(dir.path().join(path)).unwrap();
    }
    let mut env = env(
        dir.path(),
        &[
            "scan",
            "a",
            "b",
            "--policy",
            "p",
            "--policy",
            "q",
            "--select",
            "aws-*,k8s-*",
            "--ignore",
            "x",
            "--var-file",
            "v.tfvars",
            "--var",
            "a=b=c",
            "--var",
            "d=",
            "--workspace",
            "prod",
            "--module",
            "git::https://example.com/m.git?ref=v1=vendor/m",
            "--jobs",
            "3",
            "--exclude",
            "gen/**",
            "--max-file-size",
            "1MB",
        ],
    );
    env.vars = BTreeMap::from([("TF_VAR_region".into(), "eu".into()), ("HOME".into(), "/".into())]);
    let ran = go(rooms::clean, &env);
    assert_eq!(ran.status, ExitStatus::Clean, "{}", ran.err);
    let options = seen();
    assert_eq!(options.paths, [PathBuf::from("a"), PathBuf::from("b")]);
    assert_eq!(options.policy.dirs, [PathBuf::from("p"), PathBuf::from("q")]);
    assert_eq!(options.policy.select, ["aws-*", "k8s-*"]);
    assert_eq!(options.policy.ignore, ["x"]);
    assert_eq!(options.terraform.var_files, [PathBuf::from("v.tfvars")]);
    assert_eq!(options.terraform.vars, [("a".into(), "b=c".into()), ("d".into(), String::new())]);
    assert_eq!(options.terraform.env, BTreeMap::from([("region".into(), "eu".into())]));
    assert_eq!(options.terraform.workspace.as_deref(), Some("prod"));
    // The source may hold the sign that parts it from the folder.
    assert_eq!(
        options.terraform.modules,
        [("git::https://example.com/m.git?ref=v1".to_owned(), PathBuf::from("vendor/m"))]
    );
    assert_eq!((options.jobs, options.max_file_size), (3, 1 << 20));
    assert_eq!(options.exclude, ["gen/**"]);
}

const CONFIG: &str = r#"
fail-on = "never"
min-severity = "high"
select = ["from-file"]
ignore = ["file-ignore"]
exclude = ["file/**"]
policy-dirs = ["file-policies"]
max-file-size = 77
[terraform]
vars = { a = "file", b = "file" }
var-files = ["file.tfvars"]
workspace = "file"
[policy.x]
severity = "low"
"#;

#[test]
fn the_configuration_is_used_and_flags_come_first() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("stanchion.toml"), CONFIG).unwrap();
    let ran = go(rooms::full, &env(dir.path(), &["scan", "--allow-incomplete", "-v"]));
    assert_eq!(ran.status, ExitStatus::Clean);
    assert!(ran.out.contains("below --min-severity high"));
    assert_eq!(ran.err, "configuration: stanchion.toml\n");
    let options = seen();
    assert_eq!((options.policy.select, options.policy.ignore), (vec!["from-file".into()], vec!["file-ignore".into()]));
    assert_eq!(options.policy.severities, BTreeMap::from([("x".into(), Severity::Low)]));
    assert_eq!((options.exclude, options.max_file_size), (vec!["file/**".into()], 77));
    assert_eq!(options.terraform.workspace.as_deref(), Some("file"));

    let flags = [
        "scan",
        "--fail-on",
        "high",
        "--min-severity",
        "low",
        "--select",
        "flag",
        "--ignore",
        "flag",
        "--exclude",
        "flag",
        "--policy",
        "flag",
        "--max-file-size",
        "1",
        "--var",
        "b=flag",
        "--var-file",
        "flag",
        "--workspace",
        "flag",
    ];
    let ran = go(rooms::full, &env(dir.path(), &flags));
    assert_eq!(ran.status, ExitStatus::Findings);
    assert!(!ran.out.contains("below --min-severity"));
    let options = seen();
    assert_eq!((options.policy.select, options.policy.ignore), (vec!["flag".into()], vec!["flag".into()]));
    assert_eq!(options.policy.dirs, [PathBuf::from("file-policies"), PathBuf::from("flag")]);
    assert_eq!((options.exclude, options.max_file_size), (vec!["flag".into()], 1));
    let vars = [("a", "file"), ("b", "file"), ("b", "flag")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(options.terraform.vars, vars);
    assert_eq!(options.terraform.var_files, [PathBuf::from("file.tfvars"), PathBuf::from("flag")]);
    assert_eq!(options.terraform.workspace.as_deref(), Some("flag"));

    let ran = go(rooms::full, &env(dir.path(), &["scan", "--isolated"]));
    assert_eq!(ran.status, ExitStatus::Findings);
    assert_eq!((seen().policy.select, seen_default_size()), (Vec::<String>::new(), 20 << 20));
}

fn seen_default_size() -> u64 {
    let _ = stanchion(rooms::clean, &["scan", "--isolated"]);
    seen().max_file_size
}

#[test]
fn a_mistake_in_the_configuration_stops_the_run_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("sub")).unwrap();
    std::fs::create_dir(dir.path().join(".git")).unwrap();
    std::fs::write(dir.path().join("stanchion.toml"), "fail_on = 'low'\nselect = 1\n").unwrap();
    let ran = go(rooms::clean, &env(&dir.path().join("sub"), &["scan"]));
    assert_eq!(ran.status, ExitStatus::Failed);
    assert_eq!(
        ran.err,
        "error: ../stanchion.toml:1:1: unknown key 'fail_on': did you mean 'fail-on'?\n\
         error: ../stanchion.toml:2:10: expected a list of strings, found an integer\n"
    );
    let ran = go(rooms::clean, &env(dir.path(), &["scan", "--config", "gone.toml"]));
    assert_eq!(ran.status, ExitStatus::Failed);
    assert!(ran.err.starts_with("error: gone.toml: cannot be read"), "{}", ran.err);
}

#[test]
fn colour_is_for_terminals_and_those_who_ask() {
    let styled = |args: &[&str], vars: &[(&str, &str)], terminal: bool| {
        let dir = tempfile::tempdir().unwrap();
        let mut env = env(dir.path(), args);
        env.vars = vars.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        env.stdout_is_terminal = terminal;
        go(rooms::full, &env).out.contains('\u{1b}')
    };
    assert!(styled(&["scan"], &[], true));
    assert!(!styled(&["scan"], &[], false));
    assert!(!styled(&["scan"], &[("NO_COLOR", "1")], true));
    assert!(styled(&["--color", "always", "scan"], &[("NO_COLOR", "1")], false));
    assert!(!styled(&["scan", "--color=never"], &[], true));
    assert!(!styled(&["scan", "--format", "json"], &[], true));
}

#[test]
fn a_file_is_never_coloured() {
    let dir = tempfile::tempdir().unwrap();
    go(rooms::full, &env(dir.path(), &["scan", "--color", "always", "--format", "text=out.txt"]));
    assert!(!std::fs::read_to_string(dir.path().join("out.txt")).unwrap().contains('\u{1b}'));
}

#[test]
fn policies_are_listed() {
    let ran = stanchion(rooms::clean, &["policy", "list", "--select", "aws-*"]);
    assert_eq!(
        ran.out,
        "POLICY              SEVERITY  FAMILY           TITLE\n\
         aws-s3-public-read  critical  least-privilege  Title of aws-s3-public-read\n\
         aws-tags            low       tagging          Title of aws-tags\n"
    );
    assert_eq!(SELECTED.take().unwrap().select, ["aws-*"]);
    let ran = stanchion(rooms::clean, &["policy", "list", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["policies"][0]["id"], "aws-s3-public-read");
    assert_eq!(json["policies"][1]["parameters"]["required"][0], "owner");
}

#[test]
fn a_policy_is_explained_by_id_or_alias() {
    let expected = r#"aws-s3-public-read: Title of aws-s3-public-read

  severity       critical
  family         least-privilege
  types          aws_s3_bucket, Deployment, dockerfile
  framework      cis-aws-3.0.0: 2.1.4
  framework      pci-dss-4.0: 1.2, 1.3
  also known as  CKV_AWS_20
  parameter      required (default ["owner"])
  read from      embedded:aws-s3-public-read.rego

Why it matters

  It matters. Very much so.

What to write instead

  Set `acl` to "private". Then apply:

  ```hcl
  acl = "private"
  ```

References

  https://example.com/read
"#;
    for id in ["aws-s3-public-read", "CKV_AWS_20"] {
        let ran = stanchion(rooms::clean, &["policy", "explain", id]);
        assert_eq!((ran.out.as_str(), ran.status), (expected, ExitStatus::Clean), "{}", ran.err);
    }
}

#[test]
fn any_policy_can_be_explained_even_one_the_configuration_leaves_out() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("stanchion.toml"), "select = ['x']\nignore = ['aws-tags']\npolicy-dirs = ['p']")
        .unwrap();
    go(rooms::clean, &env(dir.path(), &["policy", "explain", "aws-tags", "--policy", "q"]));
    let options = SELECTED.take().unwrap();
    assert_eq!((options.select.len(), options.ignore.len()), (0, 0));
    assert_eq!(options.dirs, [PathBuf::from("p"), PathBuf::from("q")]);
}

#[test]
fn an_unknown_policy_gets_a_suggestion() {
    let ran = stanchion(rooms::clean, &["policy", "explain", "aws-s3-publicread"]);
    assert_eq!(ran.status, ExitStatus::Failed);
    assert_eq!(ran.err, "error: there is no policy 'aws-s3-publicread': did you mean 'aws-s3-public-read'?\n");
    let ran = stanchion(rooms::clean, &["policy", "explain", "zzz\u{1b}"]);
    assert_eq!(ran.err, "error: there is no policy 'zzz\\u{1b}': stanchion policy list shows them all\n");
}

#[test]
fn completions_and_manual_pages_are_printed() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish", "nushell"] {
        let ran = stanchion(rooms::clean, &["completions", shell]);
        assert!(ran.status == ExitStatus::Clean && ran.out.contains("stanchion"), "{shell}");
    }
    assert!(stanchion(rooms::clean, &["man"]).out.contains(".TH stanchion 1"));
    let mut pages = 0;
    for command in commands() {
        let words: Vec<&str> = command.split(' ').filter(|word| !word.is_empty()).collect();
        let ran = stanchion(rooms::clean, &[&["man"], &words[..]].concat());
        assert!(ran.status == ExitStatus::Clean && ran.out.contains(".SH SYNOPSIS"), "man {command}: {}", ran.err);
        pages += 1;
    }
    assert!(pages > 10, "only {pages} commands were found");
    let ran = stanchion(rooms::clean, &["man", "policy", "list"]);
    assert!(ran.out.contains("List the policies that would run"), "{}", ran.out);
    let ran = stanchion(rooms::clean, &["man", "scn"]);
    assert_eq!(ran.err, "error: there is no command 'scn': did you mean 'scan'?\n");
}

/// Every command and subcommand, as the help of the program tells them.
fn commands() -> Vec<String> {
    let mut out = vec![String::new()];
    let mut next = 0;
    while let Some(command) = out.get(next).cloned() {
        next += 1;
        let words = command.split(' ').filter(|word| !word.is_empty());
        let args: Vec<&str> = words.chain(["-h"]).collect();
        let said = stanchion(rooms::clean, &args).out;
        let Some((_, list)) = said.split_once("\nCommands:\n") else { continue };
        let names = list.lines().take_while(|line| line.starts_with("  "));
        let names = names.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
        out.extend(names.filter(|name| *name != "help").map(|name| format!("{command} {name}").trim().to_owned()));
    }
    out
}

#[test]
fn every_command_and_flag_says_what_it_is_for() {
    let said = stanchion(rooms::clean, &["--help"]).out;
    for name in ["TF_VAR_", "SOURCE_DATE_EPOCH", "NO_COLOR", "AWS_PROFILE", "stanchion.toml", "Exit status"] {
        assert!(said.contains(name), "{name}");
    }
    for command in commands() {
        let words = command.split(' ').filter(|word| !word.is_empty());
        let args: Vec<&str> = words.chain(["--help"]).collect();
        let said = stanchion(rooms::clean, &args).out;
        let lines: Vec<&str> = said.lines().collect();
        assert!(!lines[0].starts_with("Usage"), "{command} does not say what it is for");
        // In the long form a flag's own line is followed by what it does, indented deeper.
        for (at, line) in lines.iter().enumerate() {
            let is_flag = line.trim_start().starts_with('-') && line.starts_with("  ") && !line.starts_with("       ");
            let is_argument = line.starts_with("  [") || line.starts_with("  <");
            let text = lines.get(at + 1).map_or("", |next| next.trim());
            let alone = line.trim_start().split_once("  ").map_or("", |(_, rest)| rest.trim());
            assert!(!(is_flag || is_argument) || !text.is_empty() || !alone.is_empty(), "{command}: {line}");
        }
    }
}

#[test]
fn help_and_version_are_answers() {
    for args in [&["--help"][..], &["scan", "--help"], &["policy", "list", "-h"], &["help", "scan"]] {
        let ran = stanchion(rooms::clean, args);
        assert!(ran.status == ExitStatus::Clean && ran.out.contains("Usage:") && ran.err.is_empty(), "{args:?}");
    }
    assert_eq!(stanchion(rooms::clean, &["--version"]).out, format!("stanchion {}\n", env!("CARGO_PKG_VERSION")));
}

/// A reader that hangs up at once.
struct Closed(io::ErrorKind);

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(self.0.into())
    }
}

#[test]
fn a_reader_that_hangs_up_is_no_failure_and_a_full_disk_is() {
    let dir = tempfile::tempdir().unwrap();
    for (scan, args, expected) in [
        (rooms::clean as Scan, &["scan"][..], ExitStatus::Clean),
        (rooms::full, &["scan"], ExitStatus::Findings),
        (rooms::clean, &["policy", "list"], ExitStatus::Clean),
        (rooms::clean, &["completions", "bash"], ExitStatus::Clean),
        (rooms::clean, &["--help"], ExitStatus::Clean),
    ] {
        let engine = Engine { scan, policies: rooms::policies };
        let env = env(dir.path(), args);
        let mut err = Vec::new();
        assert_eq!(run(&env, engine, &mut Closed(io::ErrorKind::BrokenPipe), &mut err), expected, "{args:?}");
        assert_eq!(
            run(&env, engine, &mut Closed(io::ErrorKind::StorageFull), &mut err),
            ExitStatus::Failed,
            "{args:?}"
        );
    }
}

#[test]
fn the_real_program_answers() {
    let program = || Command::new(env!("CARGO_BIN_EXE_stanchion"));
    let version = program().arg("--version").output().unwrap();
    assert!(version.status.success());
    assert_eq!(String::from_utf8(version.stdout).unwrap(), format!("stanchion {}\n", env!("CARGO_PKG_VERSION")));
    let usage = program().args(["scan", "--format", "nonsense"]).output().unwrap();
    assert_eq!(usage.status.code(), Some(2));
    assert!(usage.stdout.is_empty());
    let list = program().args(["policy", "explain", "x", "--config", "/gone.toml"]).output().unwrap();
    assert_eq!(list.status.code(), Some(2));
}
