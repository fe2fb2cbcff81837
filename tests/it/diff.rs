//! What a change made: two versions of real repositories, compared by the real program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const ACL: &str = "aws-s3-public-acl";

/// A repository with a first commit on `main`, and a branch on top of it.
struct Repo {
    dir: tempfile::TempDir,
}

impl Repo {
    fn new(files: &[(&str, &str)]) -> Self {
        let repo = Self { dir: tempfile::tempdir().unwrap() };
        repo.git("init -q -b main");
        for (path, text) in files {
            repo.write(path, text);
        }
        repo.commit();
        repo.git("checkout -q -b change");
        repo
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn write(&self, path: &str, text: &str) {
        let full = self.path().join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }

    fn git(&self, args: &str) -> String {
        git(self.path(), args)
    }

    fn commit(&self) {
        self.git("add -A");
        self.git("commit -q -m change --allow-empty");
    }

    fn run(&self, args: &str) -> Ran {
        run(self.path(), args)
    }

    /// The report of a comparison with `main`.
    fn diff(&self) -> Ran {
        self.run(&format!("scan --diff-base main --select {ACL} --format json"))
    }
}

fn git(dir: &Path, args: &str) -> String {
    let out = Command::new("git")
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "protocol.file.allow=always"])
        .args(args.split(' '))
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    assert!(out.status.success(), "git {args}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

struct Ran {
    status: i32,
    out: String,
    err: String,
}

fn run(dir: &Path, args: &str) -> Ran {
    let out = Command::new(env!("CARGO_BIN_EXE_stanchion"))
        .args(args.split_whitespace())
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { status: out.status.code().unwrap(), out: text(out.stdout), err: text(out.stderr) }
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{} {}", self.out, self.err))
    }

    /// Addresses of open findings.
    fn open(&self) -> Vec<String> {
        let report = self.json();
        let open = report["findings"].as_array().unwrap().iter().filter(|finding| finding["status"] == "open");
        open.map(|finding| finding["resource"]["address"].as_str().unwrap().to_owned()).collect()
    }

    /// New, fixed, unchanged, moved.
    fn counts(&self) -> [u64; 4] {
        let diff = &self.json()["diff"];
        let count = |name: &str| diff[name].as_u64().unwrap();
        [count("new"), diff["fixed"].as_array().unwrap().len() as u64, count("unchanged"), count("moved")]
    }

    fn silences(&self) -> Vec<String> {
        let diff = &self.json()["diff"];
        let text = |one: &Value| {
            format!("{}:{} {}", one["path"].as_str().unwrap(), one["line"], one["message"].as_str().unwrap())
        };
        diff["silences"].as_array().unwrap().iter().map(text).collect()
    }
}

fn bucket(name: &str, acl: &str) -> String {
    format!("resource \"aws_s3_bucket_acl\" \"{name}\" {{\n  bucket = \"b\"\n  acl    = {acl}\n}}\n")
}

const PUBLIC: &str = "\"public-read\"";

#[test]
fn a_changed_variable_file_makes_a_finding_in_an_untouched_module_and_is_named() {
    let module = bucket("this", "var.acl") + "variable \"acl\" {}\n";
    let root = "variable \"acl\" {}\nmodule \"logs\" {\n  source = \"./logs\"\n  acl = var.acl\n}\n";
    let repo = Repo::new(&[
        ("main.tf", &(root.to_owned() + &bucket("old", PUBLIC))),
        ("logs/main.tf", &module),
        ("terraform.tfvars", "# one\nacl = \"private\"\n"),
    ]);
    repo.write("terraform.tfvars", "# one\n\nacl = \"public-read\"\n");
    let ran = repo.diff();
    assert_eq!(ran.status, 1);
    assert_eq!(ran.open(), ["module.logs.aws_s3_bucket_acl.this"]);
    assert_eq!(ran.counts(), [1, 0, 1, 0]);
    let report = ran.json();
    let finding =
        report["findings"].as_array().unwrap().iter().find(|finding| finding["status"] == "open").unwrap().clone();
    assert_eq!(finding["location"]["path"], "logs/main.tf");
    assert_eq!(finding["causes"], serde_json::json!(["terraform.tfvars:3 changed"]));
    let related = finding["related"].as_array().unwrap();
    assert!(related.iter().any(|one| one["location"]["path"] == "terraform.tfvars"
        && one["message"].as_str().unwrap().contains("this change touches")));
    assert_eq!(report["diff"]["reference"], "main");
    assert_eq!(report["diff"]["base"], repo.git("rev-parse main").trim());
    let text = repo.run(&format!("scan --diff-base main --select {ACL}"));
    assert!(text.out.contains("change: 1 new, 0 fixed, 1 unchanged since main ("), "{}", text.out);
    assert!(text.out.contains("terraform.tfvars:3 changed"), "{}", text.out);
}

#[test]
fn a_report_of_a_comparison_follows_the_schema() {
    let repo = Repo::new(&[("main.tf", &bucket("a", PUBLIC))]);
    repo.write(
        "main.tf",
        &bucket("b", PUBLIC).replace("acl    =", "# stanchion: ignore[aws-s3-public-acl] reason=x\n  acl    ="),
    );
    let schema: Value = serde_json::from_str(include_str!("../../docs/stanchion-v1.schema.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let report = repo.diff().json();
    let mistakes: Vec<_> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert_eq!(mistakes, [""; 0]);
    assert_eq!(report["diff"]["fixed"].as_array().unwrap().len(), 1);
}

#[test]
fn what_only_moved_is_not_new() {
    let docker = "FROM alpine:latest\nUSER app\n";
    let repo = Repo::new(&[
        ("a.tf", &bucket("x", PUBLIC)),
        ("infra/old/main.tf", &bucket("y", PUBLIC)),
        ("app/Dockerfile", docker),
    ]);
    repo.git("mv a.tf b.tf");
    repo.git("mv infra/old infra/new");
    repo.git("mv app service");
    repo.write("b.tf", &format!("\n\n{}", bucket("x", PUBLIC)));
    let ran = repo.run("scan --diff-base main --format json --select aws-s3-public-acl,dockerfile-unpinned-base");
    assert_eq!(ran.status, 0, "{}", ran.out);
    assert_eq!(ran.counts(), [0, 0, 1, 2]);
}

#[test]
fn a_resource_renamed_by_a_moved_block_is_not_new() {
    let repo = Repo::new(&[("main.tf", &(bucket("a", PUBLIC) + &bucket("z", PUBLIC)))]);
    let moved = "moved {\n  from = aws_s3_bucket_acl.a\n  to   = aws_s3_bucket_acl.b\n}\n";
    repo.write("main.tf", &(bucket("b", PUBLIC) + &bucket("y", PUBLIC) + moved));
    let ran = repo.diff();
    assert_eq!(ran.open(), ["aws_s3_bucket_acl.y"], "without a block, it is another resource");
    assert_eq!(ran.counts(), [1, 1, 0, 1]);
}

#[test]
fn more_instances_are_new_and_another_index_is_not() {
    let counted = |count: &str| bucket("a", PUBLIC).replace("  bucket", &format!("  {count}\n  bucket"));
    let repo = Repo::new(&[("main.tf", &counted("count = 1"))]);
    repo.write("main.tf", &counted("count = 3"));
    let ran = repo.diff();
    assert_eq!(ran.open(), ["aws_s3_bucket_acl.a[1]", "aws_s3_bucket_acl.a[2]"]);
    assert_eq!(ran.counts(), [2, 0, 1, 0]);
    repo.write("main.tf", &counted("for_each = toset([\"x\"])"));
    assert_eq!(repo.diff().counts(), [0, 0, 0, 1]);
}

#[test]
fn a_second_rule_beside_an_equal_one_is_new() {
    let rule = |port: u32| {
        format!(
            "  ingress {{\n    from_port = {port}\n    to_port = {port}\n    protocol = \"tcp\"\n    cidr_blocks = [\"0.0.0.0/0\"]\n  }}\n"
        )
    };
    let group = |rules: &str| format!("resource \"aws_security_group\" \"g\" {{\n{rules}}}\n");
    let repo = Repo::new(&[("main.tf", &group(&rule(22)))]);
    repo.write("main.tf", &group(&(rule(3389) + &rule(22))));
    let ran = repo.run("scan --diff-base main --format json --select aws-security-group-open-admin-port");
    assert_eq!(ran.counts(), [1, 0, 1, 0]);
    let report = ran.json();
    let open =
        report["findings"].as_array().unwrap().iter().find(|finding| finding["status"] == "open").unwrap().clone();
    assert!(open["location"]["start_line"].as_u64().unwrap() < 7, "{open}");
}

#[test]
fn what_is_mended_is_counted_and_listed() {
    let repo = Repo::new(&[("main.tf", &(bucket("a", PUBLIC) + &bucket("b", PUBLIC)))]);
    repo.write("main.tf", &(bucket("a", "\"private\"") + &bucket("b", PUBLIC)));
    repo.commit();
    let ran = repo.diff();
    assert_eq!((ran.status, ran.counts()), (0, [0, 1, 1, 0]));
    let fixed = &ran.json()["diff"]["fixed"][0];
    assert_eq!((fixed["address"].as_str(), fixed["line"].as_u64()), (Some("aws_s3_bucket_acl.a"), Some(3)));
    // What cannot be read any more is not mended.
    repo.write("main.tf", "resource {\n");
    let ran = repo.diff();
    assert_eq!((ran.status, ran.counts()), (3, [0, 0, 0, 0]));
}

#[test]
fn problems_of_the_base_alone_are_notices() {
    let repo = Repo::new(&[("main.tf", "resource {\n"), ("ok/main.tf", "locals {}\n")]);
    repo.write("main.tf", &bucket("a", PUBLIC));
    let ran = repo.diff();
    assert_eq!((ran.status, ran.counts()), (1, [1, 0, 0, 0]));
    assert!(ran.out.contains("in the base, findings may be missing"), "{}", ran.out);
}

#[test]
fn the_comparison_is_with_where_the_branch_began() {
    let repo = Repo::new(&[("main.tf", &bucket("a", PUBLIC))]);
    repo.git("checkout -q main");
    repo.write("main.tf", &bucket("a", "\"private\""));
    repo.commit();
    repo.git("checkout -q change");
    let ran = repo.diff();
    assert_eq!((ran.status, ran.counts()), (0, [0, 0, 1, 0]), "mended on main, not made here");
    let from_below = run(
        &{
            repo.write("sub/main.tf", &bucket("s", PUBLIC));
            repo.path().join("sub")
        },
        &format!("scan --diff-base main --select {ACL} --format json"),
    );
    assert_eq!(from_below.counts(), [1, 0, 0, 0]);
}

#[test]
fn a_change_tells_what_it_silences() {
    let old = bucket("a", PUBLIC);
    let repo = Repo::new(&[("main.tf", &old), ("stanchion.toml", "fail-on = \"medium\"\n")]);
    let comment = "# stanchion: ignore[aws-s3-public-acl] reason=\"a site\"\n";
    repo.write("main.tf", &format!("{old}{comment}{}{}", bucket("b", PUBLIC), bucket("c", PUBLIC)));
    repo.run(&format!("baseline create --select {ACL}"));
    repo.write(
        "stanchion.toml",
        "fail-on = \"critical\"\nignore = [\"aws-required-tags\"]\nbaseline = \"stanchion-baseline.toml\"\n",
    );
    let ran = repo.diff();
    let expected = [
        "stanchion-baseline.toml:6 aws-s3-public-acl of aws_s3_bucket_acl.a comes into the baseline",
        "stanchion-baseline.toml:13 aws-s3-public-acl of aws_s3_bucket_acl.c comes into the baseline",
        "stanchion.toml:1 fail-on goes from medium to critical",
        "stanchion.toml:2 'aws-required-tags' is ignored",
        "stanchion.toml:3 the baseline stanchion-baseline.toml is used",
        "main.tf:5 a suppression is added: stanchion: ignore[aws-s3-public-acl] reason=\"a site\"",
    ];
    let mut found = ran.silences();
    found.sort();
    let mut expected = expected.map(str::to_owned);
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!((ran.status, ran.counts()), (0, [0, 0, 0, 0]), "all of it is silenced");
    let text = repo.run(&format!("scan --diff-base main --select {ACL}")).out;
    assert!(
        text.contains("this change silences:\n") && text.contains("fail-on goes from medium to critical"),
        "{text}"
    );
    // Moving a comment along with its file silences nothing new.
    repo.commit();
    repo.git("checkout -q -b next");
    repo.git("mv main.tf other.tf");
    let ran = repo.run(&format!("scan --diff-base change --select {ACL} --format json"));
    assert_eq!(ran.silences(), [""; 0]);
}

#[test]
fn a_finding_whose_suppression_is_taken_away_is_new() {
    let comment = "# stanchion: ignore[aws-s3-public-acl] reason=\"a site\"\n";
    let repo = Repo::new(&[("main.tf", &format!("{comment}{}", bucket("a", PUBLIC)))]);
    repo.write("main.tf", &bucket("a", PUBLIC));
    assert_eq!(repo.diff().counts(), [1, 0, 0, 0]);
}

#[test]
fn what_the_baseline_holds_stays_silent_in_a_comparison() {
    let repo = Repo::new(&[("main.tf", &bucket("a", PUBLIC))]);
    repo.run(&format!("baseline create --select {ACL}"));
    repo.commit();
    repo.write("main.tf", &format!("\n{}{}", bucket("a", PUBLIC), bucket("b", PUBLIC)));
    let ran =
        repo.run(&format!("scan --diff-base main --baseline stanchion-baseline.toml --select {ACL} --format json"));
    assert_eq!(ran.open(), ["aws_s3_bucket_acl.b"]);
    assert_eq!(ran.counts(), [1, 0, 0, 0]);
}

#[test]
fn staged_content_is_judged_and_not_the_working_directory() {
    let repo = Repo::new(&[("main.tf", &bucket("a", "\"private\""))]);
    repo.write("main.tf", &bucket("a", PUBLIC));
    let scan = |flags: &str| repo.run(&format!("scan {flags} --select {ACL} --format json"));
    assert_eq!(scan("--staged").open(), [""; 0]);
    assert_eq!(scan("").open(), ["aws_s3_bucket_acl.a"]);
    repo.git("add main.tf");
    repo.write("main.tf", &bucket("a", "\"private\""));
    repo.write("untracked.tf", &bucket("u", PUBLIC));
    assert_eq!(scan("--staged").open(), ["aws_s3_bucket_acl.a"]);
    assert_eq!(scan("--staged --diff-base main").counts(), [1, 0, 0, 0]);
    // Staged and then deleted from disk, it is still going to be committed.
    fs::remove_file(repo.path().join("main.tf")).unwrap();
    assert_eq!(scan("--staged").open(), ["aws_s3_bucket_acl.a"]);
    assert_eq!(scan("--staged main.tf").open(), ["aws_s3_bucket_acl.a"]);
}

#[test]
fn ignored_files_and_fetched_modules_are_read_from_disk_for_both_sides() {
    let root = bucket("a", "var.acl") + "variable \"acl\" {}\nmodule \"m\" {\n  source = \"example/m/aws\"\n}\n";
    let repo = Repo::new(&[("main.tf", &root), (".gitignore", ".terraform/\n*.auto.tfvars\n")]);
    repo.write("x.auto.tfvars", "acl = \"public-read\"\n");
    repo.write(
        ".terraform/modules/modules.json",
        "{\"Modules\":[{\"Key\":\"m\",\"Source\":\"example/m/aws\",\"Dir\":\".terraform/modules/m\"}]}",
    );
    repo.write(".terraform/modules/m/main.tf", &bucket("m", PUBLIC));
    let ran = repo.diff();
    assert_eq!((ran.status, ran.counts()), (0, [0, 0, 2, 0]), "{}", ran.out);
    assert_eq!(repo.run(&format!("scan --staged --select {ACL} --format json")).open().len(), 2);
}

#[test]
fn links_of_the_base_lead_where_they_did() {
    let repo =
        Repo::new(&[("real/main.tf", &bucket("a", PUBLIC)), ("main.tf", "module \"m\" {\n  source = \"./link\"\n}\n")]);
    std::os::unix::fs::symlink("real", repo.path().join("link")).unwrap();
    repo.commit();
    repo.git("branch -f main");
    let ran = repo.diff();
    assert_eq!((ran.counts()[0], ran.counts()[1]), (0, 0), "{}", ran.out);
    assert!(ran.counts()[2] > 0);
}

#[test]
fn a_shallow_clone_says_the_command_that_mends_it() {
    let repo = Repo::new(&[("main.tf", &bucket("a", PUBLIC))]);
    repo.write("b.tf", &bucket("b", PUBLIC));
    repo.commit();
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", repo.path().display());
    git(clone.path(), &format!("clone -q --depth=1 --single-branch --branch change {url} c"));
    let dir: PathBuf = clone.path().join("c");
    let scan = format!("scan --diff-base main --select {ACL} --format json");
    let ran = run(&dir, &scan);
    assert_eq!(ran.status, 2, "{}", ran.out);
    let command =
        ran.err.split('\'').find(|part| part.starts_with("git fetch")).unwrap_or_else(|| panic!("{}", ran.err));
    assert!(command.contains("--depth=1 origin main") && ran.err.contains("shallow clone"), "{}", ran.err);
    git(&dir, command.strip_prefix("git ").unwrap());
    let ran = run(&dir, &scan);
    assert_eq!((ran.status, ran.counts()), (1, [1, 0, 1, 0]));
    assert!(ran.out.contains("does not reach back to a common ancestor"), "{}", ran.out);
}

#[test]
fn a_base_that_is_not_there_stops_the_run() {
    let repo = Repo::new(&[("main.tf", "locals {}\n")]);
    let ran = repo.run("scan --diff-base nowhere");
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("no commit, branch or tag 'nowhere'"), "{}", ran.err);
    assert_eq!(repo.run("scan --diff-base=--output=x").status, 2);
    assert_eq!(repo.run("scan --diff-base main^{tree}").status, 2);
    let plain = tempfile::tempdir().unwrap();
    fs::write(plain.path().join("main.tf"), "locals {}\n").unwrap();
    for flag in ["--diff-base main", "--staged"] {
        let ran = run(plain.path(), &format!("scan {flag}"));
        assert_eq!(ran.status, 2);
        assert!(ran.err.contains("needs a git repository"), "{}", ran.err);
    }
}

#[test]
fn given_files_stand_for_the_modules_they_are_part_of() {
    let module = bucket("this", "var.acl") + "variable \"acl\" {}\n";
    let call = |acl: &str| format!("module \"m\" {{\n  source = \"../../modules/b\"\n  acl = \"{acl}\"\n}}\n");
    let repo = Repo::new(&[
        ("modules/b/main.tf", &module),
        ("modules/b/notes.md", "# nothing\n"),
        ("roots/prod/main.tf", &call("public-read")),
        ("roots/prod/own.tofu", &bucket("own", PUBLIC)),
        ("roots/test/main.tf", &call("private")),
        ("apart/main.tf", &bucket("apart", PUBLIC)),
    ]);
    let open = |files: &str| repo.run(&format!("scan --only-touching {files} --select {ACL} --format json")).open();
    assert_eq!(open("modules/b/main.tf"), ["module.m.aws_s3_bucket_acl.this"], "judged through its callers");
    assert_eq!(open("roots/prod/main.tf"), ["module.m.aws_s3_bucket_acl.this"], "the call takes part");
    assert_eq!(open("roots/prod/own.tofu"), ["aws_s3_bucket_acl.own"]);
    assert_eq!(open("roots/test/main.tf"), [""; 0]);
    assert_eq!(open("modules/b/notes.md"), [""; 0], "no input, and nothing to say about it");
    assert_eq!(open("apart"), ["aws_s3_bucket_acl.apart"], "a directory stands for what is in it");
    assert_eq!(open("apart/main.tf --exclude apart"), [""; 0], "exclusions hold for given files");
    let staged = repo.run(&format!("scan --staged modules/b/main.tf modules/b/notes.md --select {ACL} --format json"));
    assert_eq!(staged.open(), ["module.m.aws_s3_bucket_acl.this"]);
    assert!(staged.json()["problems"].as_array().unwrap().is_empty(), "{}", staged.out);
    let from_below =
        run(&repo.path().join("modules/b"), &format!("scan --only-touching main.tf --select {ACL} --format json"));
    assert_eq!(from_below.open(), ["module.m.aws_s3_bucket_acl.this"]);
}

#[test]
fn what_is_broken_elsewhere_does_not_stop_a_commit() {
    let repo = Repo::new(&[("main.tf", "locals {}\n"), ("broken.tf", "resource {\n")]);
    let scan = |file: &str| repo.run(&format!("scan --only-touching {file} --select {ACL}")).status;
    assert_eq!(scan("main.tf"), 0);
    assert_eq!(scan("broken.tf"), 3);
}

#[test]
fn five_hundred_files_may_be_given() {
    let mut files = Vec::new();
    for n in 0..500 {
        files.push((
            format!("r{}/f{n}.tf", n % 20),
            bucket(&format!("b{n}"), if n % 100 == 0 { PUBLIC } else { "\"private\"" }),
        ));
    }
    files.push(("extra/main.tf".into(), bucket("extra", PUBLIC)));
    let given: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let repo = Repo::new(&given);
    let names: Vec<&str> = given.iter().take(500).map(|(path, _)| *path).collect();
    let ran = repo.run(&format!("scan --staged {} --select {ACL} --format json", names.join(" ")));
    assert_eq!((ran.status, ran.open().len()), (1, 5), "{}", ran.err);
}
