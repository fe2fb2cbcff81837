//! The file of known findings: written, heeded, renewed and thinned out by the real program.

use std::fs;
use std::path::Path;
use std::process::Command;

const BASELINE: &str = "stanchion-baseline.toml";

struct Dir(tempfile::TempDir);

impl Dir {
    fn new(files: &[(&str, &str)]) -> Self {
        let dir = Self(tempfile::tempdir().unwrap());
        for (path, text) in files {
            dir.write(path, text);
        }
        dir
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    fn baseline(&self) -> String {
        fs::read_to_string(self.path(BASELINE)).unwrap()
    }

    /// Exit status and everything printed.
    fn run(&self, args: &str) -> (i32, String) {
        self.run_on("2026-11-21", args)
    }

    fn run_on(&self, day: &str, args: &str) -> (i32, String) {
        let epoch = if day == "2026-11-21" { "1795219200" } else { "1798761600" };
        let out = Command::new(env!("CARGO_BIN_EXE_stanchion"))
            .args(args.split(' '))
            .current_dir(self.0.path())
            .env_clear()
            .env("SOURCE_DATE_EPOCH", epoch)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
        (out.status.code().unwrap(), text)
    }
}

fn bucket(name: &str) -> String {
    format!("resource \"aws_s3_bucket_acl\" \"{name}\" {{\n  bucket = \"b\"\n  acl = \"public-read\"\n}}\n")
}

const SELECT: &str = "--select aws-s3-public-acl";

#[test]
fn known_findings_do_not_count_and_new_ones_do() {
    let dir = Dir::new(&[("main.tf", &(bucket("a") + &bucket("b")))]);
    let (status, said) = dir.run(&format!("baseline create {SELECT} --reason legacy"));
    assert_eq!((status, said.trim()), (0, "stanchion-baseline.toml: 2 findings"));
    let text = dir.baseline();
    assert!(
        text.contains("address = \"aws_s3_bucket_acl.a\"\nattribute = \"acl\"\nlocation = \"main.tf:3\"\n"),
        "{text}"
    );
    assert_eq!(text.matches("reason = \"legacy\"").count(), 2);
    assert_eq!(dir.run(&format!("scan {SELECT}")).0, 1, "it has to be asked for");
    let (status, said) = dir.run(&format!("scan {SELECT} -v --baseline {BASELINE}"));
    assert_eq!(status, 0, "{said}");
    assert!(
        said.contains("2 in the baseline") && said.contains("baseline[aws-s3-public-acl] main.tf:3:3: legacy"),
        "{said}"
    );
    // Lines move, and a third comes.
    dir.write("main.tf", &format!("# moved\n\n{}{}{}", bucket("b"), bucket("a"), bucket("c")));
    dir.write("stanchion.toml", &format!("baseline = \"{BASELINE}\"\n"));
    let (status, said) = dir.run(&format!("scan {SELECT} --format concise"));
    assert_eq!(status, 1);
    assert!(said.contains("main.tf:13:3") && !said.contains("main.tf:5:3"), "{said}");
}

#[test]
fn it_grows_only_where_that_is_asked_for() {
    let dir = Dir::new(&[("main.tf", &bucket("a"))]);
    dir.run(&format!("baseline create {SELECT}"));
    let edited = dir.baseline().replace("fingerprint =", "reason = \"ours\"\nuntil = 2027-06-30\nfingerprint =");
    dir.write(BASELINE, &edited);
    dir.write("main.tf", &format!("\n{}{}", bucket("a"), bucket("b")));
    let (status, said) = dir.run(&format!("baseline update {SELECT}"));
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("1 finding, 0 added, 0 dropped") && said.contains("--allow-new"), "{said}");
    let text = dir.baseline();
    assert!(text.contains("reason = \"ours\"\nuntil = \"2027-06-30\"") && text.contains("main.tf:4"), "{text}");
    let (status, said) = dir.run(&format!("baseline update {SELECT} --allow-new --reason later --until 2026-12-31"));
    assert_eq!((status, said.trim()), (0, "stanchion-baseline.toml: 2 findings, 1 added, 0 dropped"));
    assert!(dir.baseline().contains("reason = \"later\"\nuntil = \"2026-12-31\""));
    assert!(dir.baseline().contains("reason = \"ours\""), "what people wrote stays");
    let (status, said) = dir.run(&format!("baseline create {SELECT}"));
    assert_eq!(status, 2);
    assert!(said.contains("--force"), "{said}");
}

#[test]
fn what_is_gone_is_reported_and_can_be_dropped() {
    let dir = Dir::new(&[("a/main.tf", &bucket("a")), ("b/main.tf", &bucket("b"))]);
    dir.run(&format!("baseline create {SELECT}"));
    dir.write("a/main.tf", "");
    dir.write("b/main.tf", "");
    let (status, said) = dir.run(&format!("scan a {SELECT} -v --baseline {BASELINE}"));
    assert_eq!(status, 0);
    assert!(
        said.contains("aws_s3_bucket_acl.a, which is gone") && said.contains("stanchion-baseline.toml:6:1"),
        "{said}"
    );
    assert!(!said.contains("aws_s3_bucket_acl.b"), "what was not looked at is not gone: {said}");
    let (status, said) = dir.run(&format!("baseline prune a {SELECT}"));
    assert_eq!((status, said.trim()), (0, "stanchion-baseline.toml: 1 finding, 1 dropped"));
    let (_, said) = dir.run("baseline show");
    assert_eq!(said, "stanchion-baseline.toml: 1 finding\naws-s3-public-acl (1)\n  b/main.tf:3 aws_s3_bucket_acl.b\n");
    // Nothing is dropped while something could not be looked at.
    dir.write("b/broken.tf", "resource {");
    let (status, said) = dir.run(&format!("baseline prune {SELECT}"));
    assert_eq!(status, 3, "{said}");
    assert!(said.contains("1 finding, 0 dropped") && said.contains("--allow-incomplete"), "{said}");
    assert_eq!(
        dir.run(&format!("baseline prune {SELECT} --allow-incomplete")).1.trim(),
        "stanchion-baseline.toml: 0 findings, 1 dropped"
    );
}

#[test]
fn entries_that_ended_return() {
    let dir = Dir::new(&[("main.tf", &bucket("a"))]);
    dir.run(&format!("baseline create {SELECT} --until 2026-12-31"));
    let scan = format!("scan {SELECT} -v --baseline {BASELINE}");
    assert_eq!(dir.run(&scan).0, 0);
    let (status, said) = dir.run_on("2027-01-01", &scan);
    assert_eq!(status, 1);
    assert!(said.contains("until 2026-12-31; mend the finding"), "{said}");
}

#[test]
fn equal_findings_are_told_apart_by_number() {
    let rule = "  ingress {\n    from_port = 22\n    to_port = 22\n    protocol = \"tcp\"\n    cidr_blocks = [\"0.0.0.0/0\"]\n  }\n";
    let group = |rules: usize| format!("resource \"aws_security_group\" \"g\" {{\n{}}}\n", rule.repeat(rules));
    let dir = Dir::new(&[("main.tf", &group(2))]);
    let select = "--select aws-security-group-open-admin-port";
    dir.run(&format!("baseline create {select}"));
    assert!(dir.baseline().contains(":2\"\n"), "{}", dir.baseline());
    let scan = format!("scan {select} --baseline {BASELINE}");
    assert_eq!(dir.run(&scan).0, 0);
    dir.write("main.tf", &group(3));
    assert_eq!(dir.run(&scan).0, 1);
}

#[test]
fn policies_that_nothing_silences_stay_out() {
    let dir = Dir::new(&[("main.tf", &bucket("a")), ("stanchion.toml", "unsuppressable = [\"aws-s3-*\"]\n")]);
    let (status, said) = dir.run(&format!("baseline create {SELECT}"));
    assert_eq!(status, 0);
    assert!(said.contains("0 findings") && said.contains("1 finding of policies that nothing silences"), "{said}");
}

#[test]
fn a_file_that_cannot_be_used_stops_the_run() {
    let dir = Dir::new(&[("main.tf", &bucket("a")), (BASELINE, "version = 7\n")]);
    let (status, said) = dir.run(&format!("scan --baseline {BASELINE}"));
    assert_eq!(status, 2);
    assert!(said.contains("stanchion-baseline.toml:1:11: this version of the file is not known"), "{said}");
    let (status, said) = dir.run("scan --baseline gone.toml");
    assert_eq!(status, 2);
    assert!(said.contains("gone.toml") && said.contains("stanchion baseline create"), "{said}");
    assert!(Path::new(&dir.path(BASELINE)).exists());
}
