//! `stanchion policy test` tells what does not hold between policies and their fixtures, and the reference page is not stale.

use std::fs;
use std::path::Path;
use std::process::Command;

const POLICY: &str = r#"# METADATA
# title: The queue has no name that tells whose it is
# custom:
#   id: acme-queue-name
#   severity: low
#   resource_types: [aws_sqs_queue]
#   parameters:
#     prefix: acme-
package acme.queue_name

deny contains finding if {
	not startswith(input.config.name, data.params["acme-queue-name"].prefix)
	finding := {"path": ["name"], "message": "the name does not begin with the prefix"}
}
"#;

fn write(dir: &Path, path: &str, text: &str) {
    let full = dir.join(path);
    fs::create_dir_all(full.parent().unwrap()).unwrap();
    fs::write(full, text).unwrap();
}

fn queue(name: &str) -> String {
    format!("resource \"aws_sqs_queue\" \"q\" {{\n  name = {name}\n}}\n")
}

fn run(dir: &Path, args: &[&str]) -> (i32, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_stanchion")).args(args).current_dir(dir).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    (out.status.code().unwrap(), text)
}

/// A folder of one policy whose fixtures hold.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    write(at, "rules/queue_name.rego", POLICY);
    write(at, "rules/fixtures/acme-queue-name/bad/main.tf", &queue("\"q\" # expect: acme-queue-name"));
    write(at, "rules/fixtures/acme-queue-name/good/main.tf", &queue("\"acme-q\""));
    write(at, "rules/fixtures/acme-queue-name/good-prefix/main.tf", &queue("\"other-q\""));
    let config = "[policy.acme-queue-name.parameters]\nprefix = \"other-\"\n";
    write(at, "rules/fixtures/acme-queue-name/good-prefix/stanchion.toml", config);
    write(
        at,
        "rules/fixtures/acme-queue-name/unknown/main.tf",
        &format!("variable \"name\" {{}}\n{}", queue("var.name")),
    );
    dir
}

#[test]
fn a_policy_whose_fixtures_hold_passes_however_it_is_named() {
    let dir = folder();
    let paths = [
        "rules",
        "rules/queue_name.rego",
        "rules/fixtures/acme-queue-name/bad/main.tf",
        "rules/fixtures/acme-queue-name/gone/main.tf",
        "rules/fixtures",
    ];
    for path in paths {
        let (status, said) = run(dir.path(), &["policy", "test", path]);
        assert_eq!((status, said.as_str()), (0, "1 policy, 4 cases: all as marked\n"), "{path}");
    }
}

#[test]
fn what_does_not_hold_is_told_with_its_place() {
    let dir = folder();
    let at = dir.path();
    write(at, "rules/fixtures/acme-queue-name/bad/main.tf", &queue("\"acme-q\" # expect: acme-queue-name"));
    write(at, "rules/fixtures/acme-queue-name/good/main.tf", &queue("\"q\""));
    write(at, "rules/fixtures/acme-queue-name/good-broken/main.tf", "resource {{{\n");
    write(at, "rules/fixtures/acme-queue-name/good-stranger/main.tf", &queue("\"acme-q\" # expect: acme-queue-nam"));
    write(at, "rules/fixtures/acme-queue-name/unknown/main.tf", &queue("\"acme-q\""));
    write(at, "rules/fixtures/acme-queue-nam/bad/main.tf", "");
    write(at, "rules/second.rego", &POLICY.replace("queue-name", "second").replace("queue_name", "second"));
    let (status, said) = run(at, &["policy", "test", "rules"]);
    assert_eq!(status, 1, "{said}");
    for expected in [
        "acme-queue-name/bad: main.tf:2: a finding is expected here, and there is none",
        "acme-queue-name/good: main.tf:2: there is a finding that no '# expect:' marks",
        "acme-queue-name/good-broken: ",
        "acme-queue-name/good-stranger: main.tf:2: there is no policy 'acme-queue-nam' to expect",
        "acme-queue-name/unknown: a case whose name begins with 'unknown' has to be undetermined, and is not",
        "acme-queue-nam: there are fixtures and no policy of this id; did you mean 'acme-queue-name'?",
        "acme-second: there are no fixtures; put them into acme-second/bad and acme-second/good",
        "1 policy, 6 cases: 7 faults",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
}

#[test]
fn what_cannot_be_tested_is_refused_with_a_remedy() {
    let dir = folder();
    let at = dir.path();
    for (args, expected) in [
        (&[][..], "name the folders of the policies to test"),
        (&["nowhere"], "'nowhere' does not exist"),
        (&["rules", "--fixtures", "nowhere"], "the folder of fixtures nowhere is not there"),
    ] {
        let (status, said) = run(at, &[&["policy", "test"], args].concat());
        assert!(status == 2 && said.contains(expected), "{said}");
    }
    fs::remove_dir_all(at.join("rules/fixtures")).unwrap();
    let (status, said) = run(at, &["policy", "test", "rules"]);
    assert!(status == 2 && said.contains("there is no folder 'fixtures' in or beside 'rules'"), "{said}");
    write(at, "rules/broken.rego", "package x\ndeny contains {{{\n");
    let (status, said) = run(at, &["policy", "test", "rules", "--fixtures", "rules"]);
    assert!(status == 2 && said.contains("broken.rego"), "{said}");
}

#[test]
fn shipped_policies_are_tested_by_their_fixtures_alone() {
    let dir = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/policies/aws-s3-public-acl/bad");
    for case in ["bad", "good"] {
        for file in from.read_dir().unwrap() {
            let file = file.unwrap().path();
            let text = if case == "bad" { fs::read_to_string(&file).unwrap() } else { "locals {}\n".into() };
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            write(dir.path(), &format!("f/aws-s3-public-acl/{case}/{name}"), &text);
        }
    }
    let (status, said) = run(dir.path(), &["policy", "test", "--fixtures", "f"]);
    assert_eq!((status, said.as_str()), (0, "1 policy, 2 cases: all as marked\n"));
}

#[test]
fn families_select_policies_and_unknown_ones_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (status, said) = run(dir.path(), &["policy", "list", "--family", "secrets"]);
    assert_eq!(status, 0);
    assert!(said.lines().count() > 5 && said.lines().skip(1).all(|line| line.contains(" secrets ")), "{said}");
    let (status, said) = run(dir.path(), &["policy", "list", "--family", "secret"]);
    assert!(
        status == 2 && said.contains("no policy is of the family 'secret'; there are drift, encryption, "),
        "{said}"
    );
}

#[test]
fn the_reference_of_policies_is_not_stale() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/policies.md");
    let (status, made) = run(&std::env::temp_dir(), &["policy", "docs", "--isolated"]);
    assert_eq!(status, 0);
    if std::env::var_os("STANCHION_BLESS").is_some() {
        fs::write(&page, &made).unwrap();
    }
    let kept = fs::read_to_string(&page).unwrap_or_default();
    assert!(kept == made, "docs/policies.md is stale: run 'STANCHION_BLESS=1 cargo test reference_of_policies'");
}

#[test]
fn counts_of_a_run_are_written_for_scripts() {
    let dir = tempfile::tempdir().unwrap();
    write(
        dir.path(),
        "main.tf",
        "resource \"aws_s3_bucket_acl\" \"a\" {\n  bucket = \"b\"\n  acl    = \"public-read\"\n}\n",
    );
    write(dir.path(), "broken.tf", "resource {{{\n");
    let (status, said) = run(dir.path(), &["scan", "--select", "aws-s3-public-acl", "--summary-out", "counts"]);
    assert_eq!(status, 1, "{said}");
    let counts = fs::read_to_string(dir.path().join("counts")).unwrap();
    assert_eq!(counts, "new=1\nfixed=0\ntotal=1\nhighest=critical\nincomplete=true\nexit-code=1\n");
}
