//! What a suppression comment silences, and what it leaves alone.

use std::fs;
use std::path::Path;

use stanchion::model::{Report, Status, Suppressions};
use stanchion::pipeline::{Rule, ScanOptions, Tag, scan};

fn run(files: &[(&str, &str)], today: Option<&str>) -> Report {
    run_with(files, |options| options.today = today.map(str::to_owned))
}

fn run_with(files: &[(&str, &str)], change: impl FnOnce(&mut ScanOptions)) -> Report {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let full = dir.path().join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }
    let mut options = ScanOptions {
        directory: dir.path().to_path_buf(),
        paths: vec![Path::new(".").into()],
        max_file_size: 1 << 20,
        jobs: 2,
        ..ScanOptions::default()
    };
    change(&mut options);
    scan(&options).unwrap()
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

/// A public bucket ACL, with a line above it and one in it.
fn acl(above: &str, inside: &str) -> String {
    format!("{above}resource \"aws_s3_bucket_acl\" \"a\" {{\n{inside}  bucket = \"b\"\n  acl = \"public-read\"\n}}\n")
}

fn reason(report: &Report) -> Option<&str> {
    report.findings.iter().find(|finding| &*finding.policy == ACL).and_then(|finding| finding.status.reason())
}

#[test]
fn comments_for_other_scanners_are_heeded_and_counted_apart() {
    let status = |text: &str| {
        let report = run_with(&[("main.tf", text)], |options| options.today = Some("2026-11-21".into()));
        let foreign = report.suppressions.foreign;
        assert_eq!(statuses(&report, ACL).len(), 1, "{text}");
        let status = statuses(&report, ACL)[0].1;
        assert_eq!(foreign > 0, status == "suppressed", "{text}");
        status
    };
    let inside = |comment: &str| status(&acl("", &format!("  {comment}\n")));
    let above = |comment: &str| status(&acl(&format!("{comment}\n"), ""));
    assert_eq!(inside("#checkov:skip=CKV_AWS_20:a public site"), "suppressed");
    assert_eq!(inside("// bridgecrew:skip=CKV_AWS_20"), "suppressed");
    assert_eq!(inside("#checkov:skip=CKV_AWS_21:another check"), "open");
    assert_eq!(above("#tfsec:ignore:aws-s3-no-public-access-with-acl"), "suppressed");
    assert_eq!(above("#tfsec:ignore:aws-s3-enable-versioning tfsec:ignore:AWS001"), "suppressed");
    assert_eq!(above("# trivy:ignore:AVD-AWS-0092"), "suppressed");
    assert_eq!(above("# trivy:ignore:aws-0092:exp:2026-11-22"), "suppressed");
    assert_eq!(above("# trivy:ignore:AVD-AWS-0092:exp:2026-11-21"), "open", "the day has come");
    assert_eq!(above("# trivy:ignore:aws-s3-*"), "suppressed");
    assert_eq!(above("# trivy:ignore:AVD-AWS-0092:ws:prod"), "open", "the workspace is 'default'");
    assert_eq!(above("# trivy:ignore:AVD-AWS-0092[acl=public-read]"), "suppressed");
    assert_eq!(above("# trivy:ignore:AVD-AWS-0092[acl=private]"), "open");
    assert_eq!(above("# kics-scan ignore-block"), "suppressed");
    assert_eq!(above("# kics-scan ignore-line"), "open", "the finding is further down");
    assert_eq!(status(&acl("", "").replace("  acl", "  # kics-scan ignore-line\n  acl")), "suppressed");
    assert_eq!(above("# kics-scan ignore\n"), "suppressed");
    assert_eq!(above("# kics-scan disable=38c5ee0d-7f22-4260-ab72-5073048df100\n"), "suppressed");
    assert_eq!(above("# kics-scan disable=568a4d22-3517-44a6-a7ad-6a7eed88722c\n"), "open", "another check");
    assert_eq!(above("# kics-scan enable=568a4d22-3517-44a6-a7ad-6a7eed88722c\n"), "suppressed", "only another check");
    assert_eq!(
        above("# kics-scan enable=568a4d22-3517-44a6-a7ad-6a7eed88722c,38C5EE0D-7F22-4260-AB72-5073048DF100\n"),
        "open"
    );
}

#[test]
fn what_kics_does_not_check_stays_where_it_may_check_little() {
    let text = "# kics-scan enable=568a4d22-3517-44a6-a7ad-6a7eed88722c\n\nresource \"aws_iam_access_key\" \"a\" {\n  user = \"u\"\n}\n";
    let report = run(&[("main.tf", text)], None);
    assert_eq!(statuses(&report, "aws-iam-access-key")[0].1, "open");
    assert_eq!(messages(&report), [""; 0]);
}

#[test]
fn the_reason_of_another_scanners_comment_is_kept() {
    let report = run(&[("main.tf", &acl("", "  #checkov:skip=CKV_AWS_20:a public site\n"))], None);
    assert_eq!(reason(&report), Some("a public site"));
    let report = run(&[("main.tf", &acl("#tfsec:ignore:AWS001\n", ""))], None);
    assert_eq!(reason(&report), Some("a comment for tfsec, without a reason"));
}

#[test]
fn comments_for_other_scanners_can_be_turned_off_alone_or_with_ours() {
    let text = acl("#tfsec:ignore:AWS001\n", "");
    let own = acl("# stanchion: ignore[aws-s3-public-acl] reason=x\n", "");
    let status = |text: &str, change: fn(&mut ScanOptions)| statuses(&run_with(&[("main.tf", text)], change), ACL)[0].1;
    assert_eq!(status(&text, |options| options.suppress.no_foreign = true), "open");
    assert_eq!(status(&own, |options| options.suppress.no_foreign = true), "suppressed");
    assert_eq!(status(&text, |options| options.suppress.no_inline = true), "open");
    assert_eq!(status(&own, |options| options.suppress.no_inline = true), "open");
}

#[test]
fn checks_that_nothing_here_stands_for_are_listed_once() {
    let text = acl("", "  #checkov:skip=CKV_XYZ_1:x\n  #checkov:skip=CKV_XYZ_2:x\n");
    let report = run(&[("a/main.tf", &text), ("b/main.tf", &text)], None);
    let said: Vec<_> = messages(&report);
    let expected = "4 comments for checkov silence checks that no policy here stands for: CKV_XYZ_1 (2 times), CKV_XYZ_2 (2 times); they need no change";
    assert_eq!(said, [expected]);
    assert!(!report.incomplete());
}

#[test]
fn a_block_that_holds_the_value_silences_what_comes_of_it() {
    let text = "variable \"acl\" {\n  # checkov:skip=CKV_AWS_20:on purpose\n  default = \"public-read\"\n}\nresource \"aws_s3_bucket_acl\" \"a\" {\n  bucket = \"b\"\n  acl = var.acl\n}\n";
    assert_eq!(statuses(&run(&[("main.tf", text)], None), ACL)[0].1, "suppressed");
}

fn pod(annotations: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  annotations:\n{annotations}spec:\n  containers:\n  - name: c\n    image: a:1\n    securityContext: {{privileged: true}}\n"
    )
}

#[test]
fn annotations_of_an_object_silence_it() {
    const PRIVILEGED: &str = "k8s-privileged-container";
    let seen = |annotations: &str| {
        let report = run(&[("p.yaml", &pod(annotations))], Some("2026-11-21"));
        let status = statuses(&report, PRIVILEGED)[0].1;
        (status, report.suppressions, messages(&report).join("\n"))
    };
    let own = "    stanchion.dev/ignore: k8s-privileged-container reason=\"the node agent\"\n";
    let one = Suppressions { inline: 1, ..Suppressions::default() };
    assert_eq!(seen(own), ("suppressed", one, String::new()));
    let second = "    stanchion.dev/ignore: k8s-host-network reason=x\n    stanchion.dev/ignore-2: '[k8s-privileged-*] reason=\"the node agent\" until=2026-11-21'\n";
    assert_eq!(seen(second).0, "suppressed");
    let (status, _, said) = seen("    stanchion.dev/ignore: k8s-privileged-container reason=x until=2026-11-20\n");
    assert_eq!(status, "open");
    assert!(said.contains("ended on 2026-11-20"), "{said}");
    let (status, _, said) = seen("    stanchion.dev/ignore: k8s-privileged-container\n");
    assert_eq!(status, "open");
    assert!(said.contains("gives no reason"), "{said}");
    let (status, counts, _) = seen("    checkov.io/skip1: CKV_K8S_16=the node agent\n");
    assert_eq!((status, counts.foreign), ("suppressed", 1));
}

#[test]
fn dockerfiles_heed_hadolint_and_checkov() {
    let text = "FROM alpine:latest\nUSER app\n";
    let count = |text: &str| run(&[("Dockerfile", text)], None).suppressions.foreign;
    assert_eq!(count(text), 0);
    assert_eq!(count(&format!("# hadolint ignore=DL3007\n{text}")), 1);
    assert_eq!(count(&format!("{text}# hadolint global ignore=DL3007\n")), 1);
    assert_eq!(count(&format!("{text}# checkov:skip=CKV_DOCKER_7:x\n")), 1);
    assert_eq!(count(&format!("{text}# hadolint ignore=DL3007\n")), 0, "nothing follows it");
}

#[test]
fn names_that_no_policy_has_are_reported_with_the_nearest() {
    let text = acl("# stanchion: ignore[aws-s3-public-acll] reason=\"a public site\"\n", "");
    let said = messages(&run(&[("main.tf", &text)], None)).join("\n");
    assert!(said.contains("'aws-s3-public-acll'") && said.contains("did you mean 'aws-s3-public-acl'?"), "{said}");
    // A policy that is only left out of this run is known all the same.
    let known = acl("# stanchion: ignore[aws-s3-public-acl] reason=\"a public site\"\n", "");
    let report = run_with(&[("main.tf", &known)], |options| options.policy.select = vec!["k8s-*".into()]);
    assert!(messages(&report).is_empty(), "{:?}", report.problems);
}

fn rule(change: impl FnOnce(&mut Rule)) -> Rule {
    let mut rule = Rule { policies: vec![ACL.into()], reason: "agreed".into(), ..Rule::default() };
    change(&mut rule);
    rule
}

#[test]
fn a_rule_of_the_configuration_matches_by_address_path_and_tag() {
    let tagged = "resource \"aws_s3_bucket\" \"t\" {\n  bucket = \"b\"\n  acl = \"public-read\"\n  tags = { env = \"test\" }\n}\n";
    let files = [("main.tf", acl("", "")), ("infra/prod/main.tf", acl("", "")), ("t/main.tf", tagged.to_owned())];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let silenced = |rule: Rule| {
        let report = run_with(&files, |options| options.suppress.rules = vec![rule]);
        let silenced = report.findings.iter().filter(|finding| matches!(finding.status, Status::Suppressed(_)));
        let paths: Vec<String> = silenced.map(|finding| report.sources.path(finding.span).to_string()).collect();
        assert_eq!(report.suppressions.configuration, paths.len());
        paths
    };
    assert_eq!(silenced(rule(|_| {})).len(), 3);
    assert_eq!(silenced(rule(|it| it.policies = vec!["CKV_AWS_20".into()])).len(), 3);
    assert_eq!(silenced(rule(|it| it.path = Some("infra/**".into()))), ["infra/prod/main.tf"]);
    assert_eq!(silenced(rule(|it| it.path = Some("infra".into()))), ["infra/prod/main.tf"]);
    assert_eq!(silenced(rule(|it| it.path = Some("*.tf".into()))), ["main.tf"]);
    assert_eq!(silenced(rule(|it| it.address = Some("aws_s3_bucket.*".into()))), ["t/main.tf"]);
    let tag = |value: Option<&str>| Some(Tag { key: "env".into(), value: value.map(str::to_owned) });
    assert_eq!(silenced(rule(|it| it.tag = tag(Some("te*")))), ["t/main.tf"]);
    assert_eq!(silenced(rule(|it| it.tag = tag(None))), ["t/main.tf"]);
    assert_eq!(silenced(rule(|it| it.tag = tag(Some("prod")))), [""; 0]);
}

#[test]
fn rules_that_are_stale_or_wrong_are_reported_where_they_stand() {
    let toml = "# x\n[[suppress]]\npolicy = \"...\"\n";
    let said = |rule: Rule| {
        let report = run_with(&[("main.tf", &acl("", ""))], |options| {
            options.today = Some("2026-11-21".into());
            options.suppress.rules = vec![Rule { place: 4..16, ..rule }];
            options.suppress.configuration = Some(("stanchion.toml".into(), toml.into()));
        });
        let problem = report.problems.first().unwrap();
        let region = report.sources.region(problem.span.unwrap());
        assert_eq!((region.start.line, problem.incomplete), (2, false));
        problem.message.clone()
    };
    assert!(said(rule(|it| it.address = Some("gone".into()))).contains("silences nothing"));
    assert!(said(rule(|it| it.until = Some("2026-11-20".into()))).contains("ended on 2026-11-20"));
    assert!(
        said(rule(|it| it.policies = vec!["aws-s3-public-alc".into()])).contains("did you mean 'aws-s3-public-acl'?")
    );
    assert!(said(rule(|it| it.path = Some("a[".into()))).contains("not a glob"));
}

#[test]
fn nothing_silences_an_unsuppressable_policy() {
    let text = acl("# stanchion: ignore[aws-s3-public-acl] reason=\"a public site\"\n", "");
    let report = run_with(&[("main.tf", &text)], |options| {
        options.suppress.unsuppressable = vec!["aws-s3-*".into()];
        options.suppress.rules = vec![rule(|_| {})];
    });
    assert_eq!(statuses(&report, ACL)[0].1, "open");
    assert!(messages(&report).iter().all(|message| message.contains("has no effect")), "{:?}", report.problems);
    assert_eq!(report.problems.len(), 2);
}
