//! One root with several sets of values: one finding per place, which says where it holds.

use std::fs;
use std::path::PathBuf;

use stanchion::model::{Finding, Report, Verdict};
use stanchion::pipeline::{EnvironmentOptions, ScanOptions, TerraformOptions, scan};

const ROOT: &str = "variable \"acl\" {}\nvariable \"other\" { default = \"private\" }\n\
    resource \"aws_s3_bucket_acl\" \"a\" {\n  bucket = \"a\"\n  acl = var.acl\n}\n\
    resource \"aws_s3_bucket_acl\" \"b\" {\n  bucket = \"b\"\n  acl = var.other\n}\n\
    resource \"aws_s3_bucket_acl\" \"c\" {\n  bucket = \"c\"\n  acl = \"public-read\"\n}\n\
    resource \"aws_s3_bucket_acl\" \"d\" {\n  count = terraform.workspace == \"live\" ? 1 : 0\n  bucket = \"d\"\n  acl = \"public-read\"\n}\n";

fn run(environments: &[(&str, &[&str], Option<&str>)]) -> Report {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| fs::write(dir.path().join(path), text).unwrap();
    write("main.tf", ROOT);
    write("open.tfvars", "acl = \"public-read\"\n");
    write("closed.tfvars", "acl = \"private\"\nother = \"public-read\"\n");
    let environments = environments.iter().map(|(name, files, workspace)| EnvironmentOptions {
        name: (*name).to_owned(),
        var_files: files.iter().map(PathBuf::from).collect(),
        workspace: workspace.map(str::to_owned),
        ..EnvironmentOptions::default()
    });
    scan(&ScanOptions {
        directory: dir.path().to_path_buf(),
        paths: vec![".".into()],
        max_file_size: 1 << 20,
        terraform: TerraformOptions { environments: environments.collect(), ..TerraformOptions::default() },
        ..ScanOptions::default()
    })
    .unwrap()
}

fn of<'r>(report: &'r Report, address: &str) -> Vec<&'r Finding> {
    report.findings.iter().filter(|f| &*f.policy == "aws-s3-public-acl" && &*f.address == address).collect()
}

fn names(finding: &Finding) -> Vec<&str> {
    finding.environments.iter().map(|name| &**name).collect()
}

#[test]
fn each_place_has_one_finding_that_names_its_environments() {
    let report = run(&[("prod", &["open.tfvars"], Some("live")), ("test", &["closed.tfvars"], Some("test"))]);
    let expected: [(&str, &[&str]); 4] = [
        ("aws_s3_bucket_acl.a", &["prod"]),
        ("aws_s3_bucket_acl.b", &["test"]),
        ("aws_s3_bucket_acl.c", &["prod", "test"]),
        ("aws_s3_bucket_acl.d[0]", &["prod"]),
    ];
    for (address, environments) in expected {
        let found = of(&report, address);
        assert_eq!(found.len(), 1, "{address}");
        assert_eq!(names(found[0]), environments, "{address}");
        assert_eq!(found[0].verdict, Verdict::Fail);
    }
    assert_eq!(report.coverage.resources, 4, "a resource of two environments is one resource");
}

#[test]
fn what_is_certain_in_one_and_unknown_in_another_is_told_apart() {
    let report = run(&[("prod", &["open.tfvars"], None), ("bare", &[], None)]);
    let verdicts: Vec<_> = of(&report, "aws_s3_bucket_acl.a").iter().map(|f| (f.verdict, names(f))).collect();
    assert!(verdicts.contains(&(Verdict::Fail, vec!["prod"])), "{verdicts:?}");
    assert!(verdicts.contains(&(Verdict::Undetermined, vec!["bare"])), "{verdicts:?}");
}

#[test]
fn a_finding_keeps_its_identity_when_environments_are_added() {
    let identity = |report: &Report| of(report, "aws_s3_bucket_acl.c")[0].fingerprint.clone();
    let one = run(&[("prod", &["open.tfvars"], None)]);
    let two = run(&[("bare", &[], None), ("prod", &["open.tfvars"], None)]);
    assert_eq!(identity(&one), identity(&two));
    assert_eq!(identity(&one), identity(&run(&[])));
}
