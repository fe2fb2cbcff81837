//! The README's main job: the demonstration estate, scanned as a newcomer would.

use std::path::Path;
use std::process::Command;

#[test]
fn the_demonstration_estate_has_findings_in_all_three_formats() {
    let output = Command::new(env!("CARGO_BIN_EXE_stanchion"))
        .args(["scan", "fixtures/demo", "--config", "fixtures/demo/stanchion.toml", "--format", "concise"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    for expected in [
        "fixtures/demo/app/Dockerfile:11:5: medium[dockerfile-curl-pipe-shell]",
        "fixtures/demo/kubernetes/web.yaml:33:13: critical[k8s-privileged-container]",
        "fixtures/demo/terraform/main.tf:60:22: high[aws-security-group-open-admin-port]",
        "fixtures/demo/terraform/modules/bucket/main.tf:34:3: critical[aws-s3-public-acl]",
    ] {
        assert!(text.contains(expected), "no '{expected}' in\n{text}");
    }
    // Only the call with `acl = public-read` is at fault, and what has no value accuses nobody.
    assert!(!text.contains("module.logs"), "{text}");
    assert!(!text.contains("aws-rds-unencrypted"), "{text}");
}

#[test]
fn the_first_finding_that_the_readme_shows_is_one() {
    let output = Command::new(env!("CARGO_BIN_EXE_stanchion"))
        .args(["scan", "fixtures/demo", "--config", "fixtures/demo/stanchion.toml"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .env_remove("GITHUB_ACTIONS")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let readme = include_str!("../../README.md").replace("\r\n", "\n");
    let shown = readme.split("```\n").nth(1).unwrap();
    assert!(shown.contains("= help: ") && text.contains(shown), "the README shows\n{shown}\nand this is told:\n{text}");
}
