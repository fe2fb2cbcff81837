//! What a suppression comment silences, and what it leaves alone.

use std::fs;
use std::path::Path;

use stanchion::model::{Report, Status};
use stanchion::pipeline::{ScanOptions, scan};

fn run(files: &[(&str, &str)], today: Option<&str>) -> Report {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let full = dir.path().join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }
    scan(&ScanOptions {
        directory: dir.path().to_path_buf(),
        paths: vec![Path::new(".").into()],
        max_file_size: 1 << 20,
        jobs: 2,
        today: today.map(str::to_owned),
        ..ScanOptions::default()
    })
    .unwrap()
}

/// Addresses with the status of their findings of one policy.
fn statuses(report: &Report, policy: &str) -> Vec<(String, &'static str)> {
    let mut out: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| &*finding.policy == policy)
        .map(|finding| (finding.address.to_string(), finding.status.as_str()))
        .collect();
    out.sort();
    out
}

fn messages(report: &Report) -> Vec<&str> {
    report.problems.iter().map(|problem| problem.message.as_str()).collect()
}

const BUCKET: &str =
    "resource \"aws_s3_bucket_acl\" \"this\" {\n  bucket = \"b\"\n  acl    = var.acl\n}\nvariable \"acl\" {}\n";
const ACL: &str = "aws-s3-public-acl";

#[test]
fn on_a_module_call_it_covers_what_that_call_makes_and_no_other() {
    let root = "# stanchion: ignore[aws-s3-public-acl] reason=\"a public site\"\n\
        module \"site\" {\n  source = \"./bucket\"\n  acl = \"public-read\"\n}\n\n\
        module \"private\" {\n  source = \"./bucket\"\n  acl = \"public-read\"\n}\n";
    let report = run(&[("main.tf", root), ("bucket/main.tf", BUCKET)], None);
    let expected =
        [("module.private.aws_s3_bucket_acl.this", "open"), ("module.site.aws_s3_bucket_acl.this", "suppressed")];
    assert_eq!(statuses(&report, ACL), expected.map(|(address, status)| (address.to_owned(), status)));
    let reason = report.findings.iter().find_map(|finding| match &finding.status {
        Status::Suppressed(reason) => Some(reason.as_str()),
        _ => None,
    });
    assert_eq!(reason, Some("a public site"));
    assert!(messages(&report).is_empty(), "{:?}", report.problems);
}

#[test]
fn on_a_module_call_it_reaches_through_further_calls() {
    let outer = "module \"inner\" {\n  source = \"../bucket\"\n  acl = \"public-read\"\n}\n";
    let root =
        "module \"outer\" { # stanchion: ignore[CKV_AWS_20] reason=\"a public site\"\n  source = \"./outer\"\n}\n";
    let report = run(&[("main.tf", root), ("outer/main.tf", outer), ("bucket/main.tf", BUCKET)], None);
    let expected = vec![("module.outer.module.inner.aws_s3_bucket_acl.this".to_owned(), "suppressed")];
    assert_eq!(statuses(&report, ACL), expected);
}

#[test]
fn a_marker_in_a_block_whose_values_are_unknown_does_no_harm() {
    let root = "module \"site\" {\n  # stanchion: ignore[aws-s3-public-acl] reason=\"later\"\n  for_each = var.sites\n  source = \"./bucket\"\n  acl = each.value\n}\nvariable \"sites\" {}\n";
    let report = run(&[("main.tf", root), ("bucket/main.tf", BUCKET)], None);
    assert_eq!(report.coverage.resources, 1);
}

#[test]
fn it_covers_a_line_a_block_or_a_resource() {
    let group = |before: &str, inside: &str, line: &str| {
        format!(
            "{before}resource \"aws_security_group\" \"g\" {{\n{inside}  ingress {{\n    from_port = 22\n    to_port = 22\n    protocol = \"tcp\"\n    cidr_blocks = [\"0.0.0.0/0\"]{line}\n  }}\n}}\n"
        )
    };
    let comment = "# stanchion: ignore[aws-security-group-*] reason=\"a bastion\"\n";
    let other = "# stanchion: ignore[aws-s3-public-acl] reason=\"wrong policy\"\n";
    let status = |text: String| statuses(&run(&[("main.tf", &text)], None), "aws-security-group-open-admin-port")[0].1;
    assert_eq!(status(group("", "", "")), "open");
    assert_eq!(status(group(comment, "", "")), "suppressed");
    assert_eq!(status(group("", comment, "")), "suppressed");
    assert_eq!(status(group("", "", &format!(" {}", comment.trim()))), "suppressed");
    assert_eq!(status(group(other, "", "")), "open");
    assert_eq!(status(group(&format!("{comment}\n"), "", "")), "open", "a blank line lies between");
}

#[test]
fn it_works_in_kubernetes_and_dockerfiles() {
    let pod = "# stanchion: ignore[k8s-privileged-container] reason=\"the node agent\"\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: c\n    image: a:1\n    securityContext: {privileged: true}\n";
    let docker = "FROM alpine:3.20\nUSER app\n# stanchion: ignore[dockerfile-curl-pipe-shell] reason=\"checked by hand\"\nRUN curl https://example.com/i.sh | sh\n";
    let report = run(&[("p.yaml", pod), ("Dockerfile", docker)], None);
    assert_eq!(statuses(&report, "k8s-privileged-container")[0].1, "suppressed");
    let silenced = report.findings.iter().filter(|f| f.status != Status::Open).count();
    assert_eq!(silenced, 2, "{:?} {:?}", report.findings, report.problems);
}

#[test]
fn one_that_ended_no_longer_holds() {
    let text = "# stanchion: ignore[aws-s3-public-acl] reason=\"until the move\" until=2026-11-20\nresource \"aws_s3_bucket_acl\" \"a\" {\n  bucket = \"b\"\n  acl = \"public-read\"\n}\n";
    let status = |today| {
        let report = run(&[("main.tf", text)], Some(today));
        (statuses(&report, ACL)[0].1, messages(&report).join("\n"))
    };
    assert_eq!(status("2026-11-20"), ("suppressed", String::new()));
    let (after, said) = status("2026-11-21");
    assert_eq!(after, "open");
    assert!(said.contains("ended on 2026-11-20"), "{said}");
}

#[test]
fn those_that_are_malformed_or_silence_nothing_are_reported_and_fail_no_run() {
    let text = "# stanchion: ignore[aws-s3-public-acl]\nresource \"aws_s3_bucket_acl\" \"a\" {\n  bucket = \"b\"\n  acl = \"private\" # stanchion: ignore[aws-s3-public-acl] reason=\"no longer needed\"\n}\n";
    let report = run(&[("main.tf", text)], None);
    let said = messages(&report).join("\n");
    assert!(said.contains("gives no reason") && said.contains("silences nothing"), "{said}");
    assert!(!report.incomplete());
}
