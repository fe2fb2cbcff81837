//! Reports built by hand, so that every shape a renderer may meet is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use stanchion::model::{
    Coverage, Finding, PathStep, PolicyInfo, Problem, Related, Report, Severity, SourceKind, SourceMap, Span, Stage,
    Status, Verdict,
};
use stanchion::report::{Format, View};

/// A value that must never come out again.
pub(crate) const SECRET: &str = "hunter2-not-a-real-password";

pub(crate) fn policy(id: &str, severity: Severity, family: &str) -> Arc<PolicyInfo> {
    Arc::new(PolicyInfo {
        id: id.into(),
        title: format!("Title of {id}"),
        description: "It matters. Very much so.".into(),
        severity,
        family: family.into(),
        resource_types: vec!["aws_s3_bucket".into(), "Deployment".into(), "dockerfile".into()],
        remediation: "Set `acl` to \"private\". Then apply:\n\n```hcl\nacl = \"private\"\n```".into(),
        frameworks: BTreeMap::from([
            ("cis-aws-3.0.0".into(), vec!["2.1.4".into()]),
            ("pci-dss-4.0".into(), vec!["1.2".into(), "1.3".into()]),
        ]),
        aliases: vec!["CKV_AWS_20".into()],
        parameters: BTreeMap::from([("required".into(), serde_json::json!(["owner"]))]),
        unsuppressable: false,
        references: vec!["https://example.com/read".into()],
        path: format!("embedded:{id}.rego"),
    })
}

/// The span of the `nth` occurrence of `needle` in a file of the map.
pub(crate) fn span(sources: &SourceMap, path: &str, needle: &str, nth: usize) -> Span {
    let file = sources.find(path).unwrap();
    let text = sources.file(file).text.clone();
    let (start, _) = text.match_indices(needle).nth(nth).unwrap_or_else(|| panic!("{needle:?} in {path}"));
    Span::new(file, u32::try_from(start).unwrap(), u32::try_from(start + needle.len()).unwrap())
}

pub(crate) fn finding(policy: &str, severity: Severity, address: &str, span: Span) -> Finding {
    Finding {
        policy: policy.into(),
        severity,
        verdict: Verdict::Fail,
        status: Status::Open,
        message: format!("bucket '{address}' has the canned ACL 'public-read'"),
        source: SourceKind::Terraform,
        scope: "".into(),
        address: address.into(),
        kind: "aws_s3_bucket".into(),
        span,
        attribute: vec![PathStep::Key("acl".into())],
        related: Vec::new(),
        causes: Vec::new(),
        environments: Vec::new(),
        fingerprint: format!("{policy}|{address}"),
    }
}

/// A bit of everything: instances, related places, unknowns, secrets, silenced findings, problems, hostile text.
pub(crate) fn report() -> Report {
    let sources = Arc::new(SourceMap::new());
    sources.add(
        "modules/logs/main.tf",
        "resource \"aws_s3_bucket\" \"this\" {\n  for_each = var.names\n  bucket   = each.key\n  acl      = var.acl\n}\n",
    );
    sources.add("modules/logs/variables.tf", "variable \"acl\" {\n  default = \"public-read\"\n}\n");
    sources.add(
        "main.tf",
        "\u{feff}# 😀\r\nmodule \"logs\" {\r\n\tsource = \"./modules/logs\"\r\n}\r\n\r\nresource \"aws_db_instance\" \"db\" {\r\n\tpassword = \"hunter2-not-a-real-password\" # 😀\r\n}\r\n",
    );
    sources.add("dir with space/ü#%.tf", "resource \"aws_s3_bucket\" \"x\u{1b}[31m\" {} ##[error]boo\n");
    sources.add("::error file=x::y.tf", "::error::boo\n");
    sources.add("broken.tf", "resource \"a\" {\n  password = \"hunter2-not-a-real-password\"\n");
    sources.add("Dockerfile", "FROM scratch\nENV DB_PASSWORD hunter2-not-a-real-password\n");

    let at = |path: &str, needle: &str, nth: usize| span(&sources, path, needle, nth);
    let mut findings = Vec::new();
    for key in ["a", "b", "c", "d", "e", "f", "g"] {
        let address = format!("module.logs.aws_s3_bucket.this[\"{key}\"]");
        let acl = at("modules/logs/main.tf", "acl      = var.acl", 0);
        let mut one = finding("aws-s3-public-read", Severity::Critical, &address, acl);
        one.related = vec![
            Related {
                message: "the value is the default of var.acl".into(),
                span: at("modules/logs/variables.tf", "\"public-read\"", 0),
            },
            Related { message: "module called here".into(), span: at("main.tf", "module \"logs\"", 0) },
        ];
        findings.push(one);
    }
    let mut secret =
        finding("secrets-hard-coded", Severity::High, "aws_db_instance.db", at("main.tf", "password = ", 0));
    let value = at("main.tf", SECRET, 0);
    secret.span = Span::new(secret.span.file, secret.span.start, value.end + 1);
    secret.message = "password of 'aws_db_instance.db' is written in the source".into();
    secret.attribute = vec![PathStep::Key("password".into())];
    findings.push(secret);
    // Another policy, on the line that holds the secret.
    let mut beside = finding("aws-tags", Severity::Low, "aws_db_instance.db", at("main.tf", "# 😀", 1));
    beside.message = "no tags".into();
    beside.attribute = vec![PathStep::Key("tags".into()), PathStep::Index(0), PathStep::Key("k.v".into())];
    findings.push(beside);
    let mut env = finding("secrets-hard-coded", Severity::High, "Dockerfile", at("Dockerfile", "ENV", 0));
    env.source = SourceKind::Dockerfile;
    env.kind = "dockerfile".into();
    env.message = "ENV of 'Dockerfile' holds a password".into();
    findings.push(env);

    let hostile = at("dir with space/ü#%.tf", "aws_s3_bucket", 0);
    let mut evil = finding("aws-tags", Severity::Medium, "aws_s3_bucket.x\u{1b}[31m", hostile);
    evil.message = "\u{1b}[31mred\n::error::boo [click](https://example.com) ##[error]x".into();
    findings.push(evil);
    let odd = at("::error file=x::y.tf", "::error", 0);
    findings.push(finding("aws-tags", Severity::Medium, "aws_s3_bucket.odd", odd));

    let mut unknown =
        finding("aws-s3-public-read", Severity::Critical, "aws_s3_bucket.later", at("main.tf", "source", 0));
    unknown.verdict = Verdict::Undetermined;
    unknown.message = "whether 'aws_s3_bucket.later' is public depends on unknown values".into();
    unknown.causes = vec!["var.acl has no value".into()];
    findings.push(unknown);
    for (status, address) in [
        (Status::Suppressed("static website".into()), "aws_s3_bucket.site"),
        (Status::Baseline(String::new()), "aws_s3_bucket.old"),
        (Status::OutsideDiff, "aws_s3_bucket.else"),
    ] {
        let mut silenced =
            finding("aws-s3-public-read", Severity::Critical, address, at("modules/logs/main.tf", "bucket   =", 0));
        silenced.status = status;
        findings.push(silenced);
    }

    let problems = vec![
        Problem::new(Stage::Parse, "broken.tf", "the block is not closed: add '}'").at(at("broken.tf", "password", 0)),
        Problem::new(Stage::Load, "modules/gone", "the module is not here: run terraform init"),
        Problem::new(Stage::Config, "stanchion.toml", "policy 'x' is ignored but does not exist: remove it").notice(),
    ];
    let policies = vec![
        policy("aws-tags", Severity::Low, "tagging"),
        policy("secrets-hard-coded", Severity::High, "secrets"),
        policy("aws-s3-public-read", Severity::Critical, "least-privilege"),
        policy("unused", Severity::Medium, "encryption"),
    ];
    let coverage =
        Coverage { files: 6, files_skipped: 1, resources: 12, policies: 4, evaluations: 30, undetermined: 1 };
    Report::finish(sources, findings, problems, policies, coverage)
}

/// A report with nothing in it.
pub(crate) fn empty() -> Report {
    let policies = vec![policy("aws-tags", Severity::Low, "tagging")];
    let coverage = Coverage { policies: 1, ..Coverage::default() };
    Report::finish(Arc::new(SourceMap::new()), Vec::new(), Vec::new(), policies, coverage)
}

pub(crate) fn render(report: &Report, format: Format, view: View) -> String {
    let mut out = Vec::new();
    format.renderer(view).render(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Every combination a user can ask for.
pub(crate) fn views() -> Vec<View> {
    let mut views = Vec::new();
    for color in [false, true] {
        for show_undetermined in [false, true] {
            for (quiet, verbose) in [(false, false), (true, false), (false, true)] {
                for min_severity in Severity::ALL {
                    let view = View { min_severity, show_undetermined, color, quiet, verbose, ..View::default() };
                    views.push(view);
                }
            }
        }
    }
    views
}
