//! Claims about the formats for build services, reviews and browsers, and about the way from JSON to all others.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use stanchion::model::{
    AttributeDifference, Coverage, Diff, Difference, DriftClass, DriftReport, Finding, Fixed, Node, Owner, PathStep,
    PolicyDelta, Problem, Related, Report, Severity, Shown, Silence, Since, SourceMap, Span, Stage, Status, Value as V,
};
use stanchion::report::{Format, View, read};
use xmlparser::{ElementEnd, Token, Tokenizer};

use crate::sample::{self, SECRET, render};

/// What a scanned file may be called and say, in the hope that some output acts on it.
const HOSTILE: &[&str] = &[
    "::error file=a::owned",
    "##[error]owned",
    "%0A::warning::owned%0D%25",
    "\u{1b}[31mred\u{1b}]8;;https://evil.example\u{7}",
    "[click](javascript:alert(1)) ![x](https://evil.example/p.png)",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</noscript></pre></details></style><script>alert(2)</script>",
    "a | b | c `code` **bold** _it_ ~~s~~ $x$",
    "@everyone #1 owner/name#2 https://evil.example www.evil.example",
    "=cmd|' /C calc'!A0",
    "]]><a/><!-- &lt; &amp; &#60; -->",
    "\u{202e}desrever\u{2066}\u{200b}\u{feff}",
    "line one\r\nline two\n::stop-commands::x\n",
    "nul\u{0}\u{b}\u{fffe}\u{ffff}",
    "\"' onmouseover=alert(1) data-s=\"x",
];

fn view() -> View {
    View { show_undetermined: true, verbose: true, sarif_suppressed: true, ..View::default() }
}

fn value(text: &str, span: Span) -> Shown {
    Shown::Value(Node::new(V::String(text.into()), span))
}

/// The sample with everything that only some runs have: what changed, and what drifted.
pub(crate) fn full() -> Report {
    let mut report = sample::report();
    let span = report.findings[0].span;
    let first = report.findings[0].fingerprint.clone();
    report.diff = Some(Diff {
        reference: "main".into(),
        base: "0123456789abcdef".into(),
        new: 2,
        unchanged: 3,
        moved: 1,
        fixed: vec![Fixed {
            path: "old.tf".into(),
            line: 3,
            policy: "aws-tags".into(),
            severity: Severity::Low,
            address: "aws_s3_bucket.gone".into(),
            message: "no tags".into(),
            fingerprint: "aws-tags|gone".into(),
        }],
        silences: vec![Silence {
            kind: "suppression",
            path: "main.tf".into(),
            line: Some(2),
            message: "a suppression of aws-tags was added".into(),
        }],
    });
    let mut drift = DriftReport::default();
    drift.coverage.recorded = 4;
    drift.coverage.compared = 3;
    drift.coverage.live = 5;
    drift.coverage.in_sync = 1;
    drift.coverage.not_compared.insert("reading was denied".into(), 1);
    drift.coverage.owned.insert("cloudformation", 2);
    drift.since = Some(Since { new: 1, persisting: 1, fixed: Vec::new() });
    let mut changed = Difference::of("aws_s3_bucket.site", span);
    changed.class = DriftClass::ChangedOutside;
    changed.kind = "aws_s3_bucket".into();
    changed.account = Some("111122223333".into());
    changed.region = Some("eu-central-1".into());
    changed.attributes = vec![AttributeDifference {
        path: vec![PathStep::Key("acl".into()), PathStep::Index(0)],
        recorded: Some(value("private", span)),
        live: Some(value("public-read", span)),
        declared: None,
        declared_in_code: true,
        span,
        related: Vec::new(),
        ignored: None,
        finding: Some(first),
    }];
    changed.worse =
        vec![PolicyDelta { policy: "aws-s3-public-read".into(), severity: Severity::High, message: "public".into() }];
    let mut unmanaged = Difference::of("", span);
    unmanaged.class = DriftClass::Unmanaged;
    unmanaged.address = None;
    unmanaged.live = Some("arn:aws:s3:::other".into());
    unmanaged.owner = Owner::CloudFormation("stack".into());
    unmanaged.reasons = vec!["made by a stack".into()];
    drift.differences = vec![changed, unmanaged];
    report.drift = Some(drift);
    report
}

/// A report in which every text is hostile, one finding, problem and difference for each.
fn hostile() -> Report {
    let sources = Arc::new(SourceMap::new());
    let (mut findings, mut problems, mut differences) = (Vec::new(), Vec::new(), Vec::new());
    let (mut fixed, mut silences) = (Vec::new(), Vec::new());
    for (number, evil) in HOSTILE.iter().enumerate() {
        let path = format!("{number}/{evil}");
        let file = sources.add(&path, format!("{evil}\n").as_str());
        let span = Span::new(file, 0, u32::try_from(evil.lines().next().unwrap().len()).unwrap());
        for status in [Status::Open, Status::Suppressed((*evil).into())] {
            let mut one = sample::finding("aws-tags", Severity::High, evil, span);
            one.message = (*evil).into();
            one.kind = (*evil).into();
            one.attribute = vec![PathStep::Key((*evil).into())];
            one.related = vec![Related { message: (*evil).into(), span: Span::new(file, 1, 1) }];
            one.causes = vec![(*evil).into()];
            one.environments = vec![(*evil).into()];
            one.fingerprint = format!("{number}{}", status.as_str());
            one.status = status;
            findings.push(one);
        }
        problems.push(Problem::new(Stage::Parse, *evil, *evil).at(span));
        problems.push(Problem::new(Stage::Config, *evil, *evil));
        let mut difference = Difference::of(evil, span);
        difference.attributes = vec![AttributeDifference {
            path: vec![PathStep::Key((*evil).into())],
            recorded: Some(value(evil, span)),
            live: Some(value(evil, span)),
            declared: Some(value(evil, span)),
            declared_in_code: true,
            span,
            related: Vec::new(),
            ignored: None,
            finding: None,
        }];
        difference.reasons = vec![(*evil).into()];
        difference.owner = Owner::Autoscaling((*evil).into());
        difference.account = Some((*evil).into());
        differences.push(difference);
        silences.push(Silence { kind: "baseline", path: path.clone(), line: None, message: (*evil).into() });
        fixed.push(Fixed {
            path,
            line: 1,
            policy: "aws-tags".into(),
            severity: Severity::Low,
            address: (*evil).into(),
            message: (*evil).into(),
            fingerprint: (*evil).into(),
        });
    }
    let policies = vec![sample::policy("aws-tags", Severity::Low, "tagging")];
    let mut report = Report::finish(sources, findings, problems, policies, Coverage::default());
    let reference = HOSTILE.concat();
    report.diff = Some(Diff { reference, base: "abc".into(), fixed, silences, ..Diff::default() });
    report.drift = Some(DriftReport { differences, ..DriftReport::default() });
    report
}

/// So many findings, in files of a hundred.
fn large(count: u32) -> Report {
    let sources = Arc::new(SourceMap::new());
    let mut findings: Vec<Finding> = Vec::new();
    let families = ["network", "encryption", "tagging", "logging"];
    let policies = families.map(|family| sample::policy(&format!("aws-{family}"), Severity::Low, family));
    let mut text = String::new();
    (0..100)
        .for_each(|n| writeln!(text, "resource \"aws_s3_bucket\" \"b{n:02}\" {{ acl = \"public-read\" }}").unwrap());
    let line = u32::try_from(text.len()).unwrap() / 100;
    for number in 0..count {
        let (file, at) = (number / 100, number % 100);
        let file = sources.add(&format!("estate/module-{file:04}/main.tf"), text.as_str());
        let span = Span::new(file, at * line + 32, at * line + 51);
        let severity = Severity::ALL[(number % 4) as usize];
        let policy = format!("aws-{}", families[(number / 7 % 4) as usize]);
        let address = format!("module.m{}.aws_s3_bucket.b{at:02}", number / 100);
        findings.push(sample::finding(&policy, severity, &address, span));
    }
    Report::finish(sources, findings, Vec::new(), policies.into(), Coverage::default())
}

/// All tags in order with their attributes' texts; panics where it is not well formed.
fn xml(text: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut open: Vec<String> = Vec::new();
    let mut tags: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for token in Tokenizer::from(text) {
        match token.unwrap_or_else(|error| panic!("{error}")) {
            Token::ElementStart { local, .. } => {
                open.push(local.to_string());
                tags.push((local.to_string(), Vec::new()));
            }
            Token::Attribute { local, value, .. } => {
                tags.last_mut().unwrap().1.push((local.to_string(), value.to_string()));
            }
            Token::ElementEnd { end: ElementEnd::Empty, .. } => drop(open.pop()),
            Token::ElementEnd { end: ElementEnd::Close(_, local), .. } => {
                assert_eq!(open.pop().as_deref(), Some(local.as_str()));
            }
            _ => {}
        }
    }
    assert_eq!(open, [""; 0]);
    tags
}

fn attribute<'a>(tag: &'a (String, Vec<(String, String)>), name: &str) -> &'a str {
    tag.1.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

fn json(report: &Report, format: Format) -> Value {
    serde_json::from_str(&render(report, format, view())).unwrap()
}

#[test]
fn annotations_have_places_and_the_worst_come_first() {
    let text = render(&sample::report(), Format::Github, View::default());
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with("::error file=modules/logs/main.tf,line=4,col=3,title=aws-s3-public-read::"),
        "{text}"
    );
    assert!(lines[0].contains("7 instances") && lines[0].ends_with("%0ASet `acl` to \"private\"."), "{text}");
    assert!(text.contains("::warning file=broken.tf,line=2,col=3,title=not looked at (parse)::"), "{text}");
    assert!(text.contains("::warning file=%3A\\u{3a}error file=x%3A%3Ay.tf,line=1,"), "{text}");
    assert!(text.contains("::notice file=main.tf,line=7"), "{text}");
    assert_eq!(render(&sample::empty(), Format::Github, View::default()), "");
}

#[test]
fn at_most_ten_annotations_of_a_kind_and_the_last_counts_the_rest() {
    let text = render(&large(400), Format::Github, View::default());
    for kind in ["::error ", "::warning ", "::notice "] {
        assert_eq!(text.lines().filter(|line| line.starts_with(kind)).count(), 10, "{kind}");
    }
    let last = text.lines().last().unwrap();
    assert!(
        last.starts_with("::notice title=stanchion::371 more not shown here (190 errors, 90 warnings, 91 notices)"),
        "{last}"
    );
    let few = render(&large(40), Format::Github, View::default());
    assert!(few.lines().any(|line| line.contains("11 more not shown here (10 errors, 1 notice)")), "{few}");
}

#[test]
fn junit_has_a_suite_for_each_file_and_sound_numbers() {
    let report = full();
    let tags = xml(&render(&report, Format::Junit, view()));
    let sum = |name: &str| tags.iter().filter(|tag| tag.0 == name).count();
    assert_eq!(attribute(&tags[0], "failures"), sum("failure").to_string());
    assert_eq!(attribute(&tags[0], "errors"), "2");
    assert_eq!(attribute(&tags[0], "skipped"), sum("skipped").to_string());
    assert_eq!(attribute(&tags[0], "tests"), sum("testcase").to_string());
    assert_eq!(sum("failure"), 12);
    let skipped: Vec<_> = tags.iter().filter(|tag| tag.0 == "skipped").map(|tag| attribute(tag, "message")).collect();
    assert!(skipped.contains(&"suppressed: static website") && skipped.contains(&"outside-diff"), "{skipped:?}");
    assert!(skipped.contains(&"undetermined: var.acl has no value"), "{skipped:?}");
    for suite in tags.split(|tag| tag.0 == "testsuite").skip(1) {
        let files: BTreeSet<&str> =
            suite.iter().filter(|tag| tag.0 == "testcase").map(|tag| attribute(tag, "classname")).collect();
        assert_eq!(files.len(), 1);
    }
    let clean = xml(&render(&sample::empty(), Format::Junit, View::default()));
    assert_eq!(clean.iter().map(|tag| &*tag.0).collect::<Vec<_>>(), ["testsuites", "testsuite", "testcase"]);
}

#[test]
fn gitlab_entries_are_unique_and_only_what_is_open() {
    let report = json(&full(), Format::Gitlab);
    let entries = report.as_array().unwrap();
    assert_eq!(entries.len(), 14, "twelve findings and two problems");
    let prints: BTreeSet<&str> = entries.iter().map(|entry| entry["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), entries.len());
    for entry in entries {
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&entry["severity"].as_str().unwrap()));
        assert!(entry["description"].as_str().unwrap().starts_with('['));
        assert!(!entry["location"]["path"].as_str().unwrap().is_empty());
        assert!(entry["location"]["lines"]["begin"].as_u64().unwrap() > 0);
    }
    assert!(!report.to_string().contains("aws_s3_bucket.later"));
}

#[test]
fn markdown_tells_what_changed_and_stays_within_its_bound() {
    let text = render(&full(), Format::Markdown, view());
    for expected in [
        "## Stanchion: 12 findings: 7 critical",
        "**2 new**, **1 fixed**, 3 unchanged, 1 moved since <code>main</code>",
        "### This change silences findings",
        "### Not looked at",
        "### New findings",
        "### Undetermined",
        "### Drift",
        "#### changed-outside",
        "### Fixed",
    ] {
        assert!(text.contains(expected), "no '{expected}' in\n{text}");
    }
    for limit in [10_000, 65_000, 900 << 10] {
        let mut out = Vec::new();
        let view = View { markdown_bytes: limit, ..View::default() };
        let told = Format::Markdown.renderer(view).render(&large(30_000), &mut out).unwrap();
        assert!(out.len() <= limit && out.len() > limit * 8 / 10, "{} of {limit}", out.len());
        assert!(told.unwrap().contains("left out of the Markdown report"));
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("rows are left out") && text.contains("looked at"), "{limit}");
    }
}

#[test]
fn the_page_allows_nothing_but_itself() {
    use base64::Engine as _;
    use sha2::Digest as _;
    let text = render(&full(), Format::Html, view());
    let hash = |opening: &str, closing: &str| {
        let inner = text.split(opening).nth(1).unwrap().split(closing).next().unwrap();
        let digest = sha2::Sha256::digest(inner.as_bytes());
        format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(digest))
    };
    let (style, script) = (hash("<style>", "</style>"), hash("<script>", "</script>"));
    let expected =
        format!("default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'");
    assert!(text.contains(&format!("content=\"{expected}\"")));
    assert_eq!(text.matches("<script").count(), 1);
    assert_eq!(text.matches("<style").count(), 1);
    assert_eq!(text.matches("<noscript").count(), 1);
    for absent in ["src=", " style=", "onclick", "url(", "@import", "<link", "<img", "<iframe"] {
        assert!(!text.contains(absent), "{absent}");
    }
}

#[test]
fn every_finding_is_in_the_page_without_scripts() {
    let report = full();
    let text = render(&report, Format::Html, view());
    let rows = text.split("<noscript id=\"rows\">").nth(1).unwrap().split("</noscript>").next().unwrap();
    for finding in &report.findings {
        let address = finding.address.replace('"', "&quot;").replace('\u{1b}', "\\u{1b}");
        assert!(rows.contains(&address), "{address}");
    }
    for line in rows.lines().filter(|line| line.contains("<details")) {
        assert!(line.starts_with("<details class=\"f ") && line.ends_with("</details>"), "{line}");
    }
    for expected in ["module called here", "var.acl has no value", "static website", "<h3>critical</h3>", "<mark>"] {
        assert!(rows.contains(expected), "{expected}");
    }
    for expected in ["<h2>Drift</h2>", "<h2>Change</h2>", "<h2>Not looked at</h2>", "<ins>", "What to write instead"] {
        assert!(text.contains(expected), "{expected}");
    }
}

#[test]
fn nothing_scanned_acts_in_any_format() {
    let report = hostile();
    let converted = read::read(&render(&report, Format::Json, view())).unwrap();
    for report in [&report, &converted] {
        for format in Format::ALL {
            let text = render(report, format, view());
            for c in ['\u{1b}', '\u{7}', '\u{0}', '\u{9b}', '\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}', '\r'] {
                assert!(!text.contains(c), "{format:?} holds {c:?}");
            }
            assert!(!text.contains("##["), "{format:?}");
            for line in text.lines() {
                let line = line.trim_start();
                let ours = format == Format::Github
                    && ["::error file=", "::error title=", "::warning file=", "::warning title=", "::notice "]
                        .iter()
                        .any(|start| line.starts_with(start));
                assert!(ours || !line.starts_with("::"), "{format:?}: {line}");
            }
        }
        let github = render(report, Format::Github, view());
        assert!(github.lines().count() <= 30);
        for line in github.lines() {
            let rest = line.strip_prefix("::").unwrap();
            let (properties, message) = rest.split_once("::").unwrap();
            assert!(!properties.contains("%0A") || properties.contains("%250A"), "{line}");
            assert!(!message.replace("%250A", "").contains("%0A::"), "{line}");
        }
        for tag in xml(&render(report, Format::Junit, view())) {
            let known = ["testsuites", "testsuite", "testcase", "failure", "error", "skipped"];
            assert!(known.contains(&tag.0.as_str()), "{tag:?}");
        }
        let html = render(report, Format::Html, view());
        assert_eq!(html.matches("<script").count(), 1);
        assert_eq!(html.matches("</noscript>").count(), 1);
        assert!(!html.contains("<img") && !html.contains("href=\"javascript") && !html.contains("<a/>"));
        let body = html.split("</style>").nth(1).unwrap().split("<script>").next().unwrap();
        for tag in body.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap();
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
            let outside: String = tag.split('"').step_by(2).collect();
            assert!(!outside.contains("onmouseover") && !outside.contains("onerror"), "{tag}");
        }
        let markdown = render(report, Format::Markdown, view());
        // Numbers of entities are no numbers of issues.
        let markdown = markdown.replace("&#", "");
        for absent in
            ["](", "![", "<script", "<img", "<a", "https://", "www.e", "@everyone", "#1", "#2 ", "**bold", "`"]
        {
            assert!(!markdown.contains(absent), "{absent} in\n{markdown}");
        }
        for line in markdown.lines().filter(|line| line.starts_with('|')) {
            let cells = line.matches('|').count();
            assert!((4..=5).contains(&cells), "{cells}: {line}");
        }
    }
}

#[test]
fn a_secret_is_in_no_byte_of_any_format() {
    // Made here, so that it stands in no file.
    let secret = ["Planted", "Secret", &"9f".repeat(8)].concat();
    let sources = Arc::new(SourceMap::new());
    let text = format!("a = 1\npassword = \"{secret}\"\nkey = <<EOT\n  {secret}\nEOT\n");
    let file = sources.add("main.tf", text.as_str());
    let concealed = sources.add("terraform.tfstate", format!("{{\"token\": \"{secret}\"}}").as_str());
    sources.conceal(Span::new(concealed, 1, 20));
    let at = |needle: &str| sample::span(&sources, "main.tf", needle, 0);
    let long = at("key = <<EOT");
    let mut findings = vec![
        sample::finding("secrets-hard-coded", Severity::High, "a.a", at("password = ")),
        sample::finding("secrets-hard-coded", Severity::High, "a.b", Span::new(file, long.start, long.end + 30)),
        sample::finding("aws-tags", Severity::Low, "a.c", at("password = ")),
        sample::finding("aws-tags", Severity::Low, "a.d", Span::new(concealed, 2, 7)),
    ];
    findings[2].related = vec![Related { message: "beside".into(), span: Span::new(file, long.end + 2, long.end + 5) }];
    let policies = vec![
        sample::policy("aws-tags", Severity::Low, "tagging"),
        sample::policy("secrets-hard-coded", Severity::High, "secrets"),
    ];
    let problem = Problem::new(Stage::Config, "main.tf", "odd").at(at("password = "));
    let report = Report::finish(sources.clone(), findings, vec![problem], policies, Coverage::default());
    let mut views = sample::views();
    views.push(View { sarif_suppressed: true, sarif_baseline: true, ..view() });
    for view in views {
        let converted = read::read(&render(&report, Format::Json, view)).unwrap();
        for format in Format::ALL {
            for report in [&report, &converted] {
                assert!(!render(report, format, view).contains(&secret), "{format:?} {view:?}");
            }
        }
    }
    for format in Format::ALL {
        assert!(!render(&full(), format, view()).contains(SECRET), "{format:?}");
    }
}

#[test]
fn what_is_converted_is_what_the_run_would_have_written() {
    let long = {
        let sources = Arc::new(SourceMap::new());
        let text = format!("{}NEEDLE{}😀{}", "é".repeat(5_000), "x".repeat(3_000), "y".repeat(50_000));
        let file = sources.add("plan.json", text.as_str());
        let mut findings = Vec::new();
        for at in [0, 2, 90, 10_000, 10_006, 13_100, 60_000] {
            let mut one = sample::finding("aws-tags", Severity::Low, &format!("a.b{at}"), Span::new(file, at, at + 4));
            one.related = vec![Related { message: "see".into(), span: Span::new(file, 12_000, 12_010) }];
            findings.push(one);
        }
        let policies = vec![sample::policy("aws-tags", Severity::Low, "tagging")];
        Report::finish(sources, findings, Vec::new(), policies, Coverage::default())
    };
    for (name, report) in
        [("full", full()), ("empty", sample::empty()), ("large", large(300)), ("hostile", hostile()), ("long", long)]
    {
        let json = render(&report, Format::Json, view());
        let converted = read::read(&json).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(render(&converted, Format::Json, view()), json, "{name}");
        for listed in [view(), View::default(), View { quiet: true, ..view() }] {
            for format in Format::ALL {
                // The JSON of less is another file.
                if format != Format::Json {
                    let (direct, converted) = (render(&report, format, listed), render(&converted, format, listed));
                    assert!(direct == converted, "{name} {format:?}:\n{direct}\n---\n{converted}");
                }
            }
        }
    }
}

#[test]
fn what_a_report_left_out_is_still_counted() {
    let report = sample::report();
    let json = render(&report, Format::Json, View { min_severity: Severity::High, ..View::default() });
    let converted = read::read(&json).unwrap();
    let high = View { min_severity: Severity::High, ..View::default() };
    for format in [Format::Text, Format::Concise, Format::Markdown, Format::Html, Format::Junit, Format::Gitlab] {
        assert_eq!(render(&converted, format, high), render(&report, format, high), "{format:?}");
    }
}

#[test]
fn odd_reports_are_refused_with_a_reason() {
    let good = render(&full(), Format::Json, view());
    assert!(read::read(&good).is_ok());
    assert!(read::read(&format!("\u{feff}{good}")).is_ok());
    let spoiled = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1)
    };
    let cases = [
        (String::new(), "it is no JSON"),
        ("{".into(), "it is no JSON"),
        ("[]".into(), "it is no report"),
        ("{}".into(), "it is no report"),
        ("{\"version\": \"2.1.0\", \"runs\": []}".into(), "it is no report"),
        (good[..good.len() / 2].into(), "it is no JSON"),
        (spoiled("stanchion/v1", "stanchion/v2"), "its schema is 'stanchion/v2'"),
        (spoiled("\"severity\": \"critical\"", "\"severity\": \"bad\""), "unknown severity 'bad'"),
        (spoiled("\"status\": \"open\"", "\"status\": \"closed\""), "unknown status 'closed'"),
        (spoiled("\"findings\": [", "\"extra\": 1,\n  \"findings\": ["), "unknown field `extra`"),
        (spoiled("\"start_line\": 4", "\"start_line\": 0"), "lines count from 1"),
        (spoiled("\"start_line\": 4", "\"start_line\": 4000000000"), "far outside"),
        (spoiled("\"start_column\": 3", "\"start_column\": 4000000000"), "far outside"),
        (spoiled("\"end_column\": 21", "\"end_column\": 1"), "ends before it begins"),
        (spoiled("\"class\": \"unmanaged\"", "\"class\": \"odd\""), "unknown class 'odd'"),
    ];
    for (text, expected) in cases {
        let error = read::read(&text).unwrap_err();
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

#[test]
fn thirty_thousand_findings_are_written_in_every_format() {
    let report = large(30_000);
    for format in Format::ALL {
        let mut out = Vec::new();
        let told = format.renderer(View::default()).render(&report, &mut out).unwrap();
        assert_eq!(told.is_some(), matches!(format, Format::Sarif | Format::Markdown), "{format:?}: {told:?}");
        assert!(out.len() < 60 << 20, "{format:?}: {}", out.len());
        if let Ok(dir) = std::env::var("STANCHION_KEEP") {
            std::fs::write(Path::new(&dir).join(format!("large.{}", format.as_str())), &out).unwrap();
        }
    }
    let sarif: Value = serde_json::from_str(&render(&report, Format::Sarif, View::default())).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 5000);
    assert!(read::read(&render(&report, Format::Json, View::default())).is_ok());
}

#[test]
fn sarif_never_grows_beyond_an_upload() {
    let sources = Arc::new(SourceMap::new());
    let file = sources.add("a.tf", "a = 1\n");
    // Text that does not compress well, because no two messages are alike.
    let alphabet: Vec<char> = ('a'..='z').chain('A'..='Z').chain('0'..='9').collect();
    let mut seed = 1u64;
    let mut findings = Vec::new();
    for number in 0..25_000u32 {
        let mut one = sample::finding("aws-tags", Severity::High, &format!("a.b{number}"), Span::new(file, 0, 1));
        one.policy = format!("p{number}").into();
        one.message = (0..590)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                alphabet[usize::try_from(seed >> 33).unwrap() % alphabet.len()]
            })
            .collect();
        findings.push(one);
    }
    let report = Report::finish(sources.clone(), findings, Vec::new(), Vec::new(), Coverage::default());
    let mut out = Vec::new();
    let view = View { sarif_results: 25_000, ..View::default() };
    let told = Format::Sarif.renderer(view).render(&report, &mut out).unwrap().unwrap();
    assert!(told.contains("left out of the SARIF report"), "{told}");
    assert!(miniz_oxide::deflate::compress_to_vec(&out, 6).len() < 10_000_000);
    let log: Value = serde_json::from_slice(&out).unwrap();
    assert!(log["runs"][0]["results"].as_array().unwrap().len() > 10_000);
}

#[test]
fn sarif_says_what_is_new_where_that_is_asked_for() {
    let log: Value = serde_json::from_str(&render(
        &sample::report(),
        Format::Sarif,
        View { sarif_baseline: true, ..View::default() },
    ))
    .unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let of = |state: &str| results.iter().filter(|result| result["baselineState"] == state).count();
    assert_eq!((of("new"), of("unchanged"), results.len()), (6, 2, 8));
    assert!(results.iter().all(|result| result.get("suppressions").is_none()));
    let plain = render(&sample::report(), Format::Sarif, View { sarif_results: 2, ..View::default() });
    assert!(!plain.contains("baselineState"));
    let plain: Value = serde_json::from_str(&plain).unwrap();
    assert_eq!(plain["runs"][0]["results"].as_array().unwrap().len(), 2);
}

fn stanchion(dir: &Path, args: &[&str], actions: bool) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanchion"));
    command.args(args).current_dir(dir).env_remove("GITHUB_ACTIONS");
    if actions {
        command.env("GITHUB_ACTIONS", "true");
    }
    let out = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
}

#[test]
fn a_scan_and_its_conversion_write_the_same_bytes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let drift = "fixtures/drift/all-at-once";
    let runs: [(&str, Vec<String>); 2] = [
        ("scan", vec!["fixtures/demo".into(), "--config".into(), "fixtures/demo/stanchion.toml".into()]),
        (
            "drift",
            vec![
                drift.into(),
                "--isolated".into(),
                format!("--state={drift}/terraform.tfstate"),
                format!("--snapshot={drift}/live.jsonl"),
            ],
        ),
    ];
    for (command, inputs) in runs {
        let mut args = vec![command.to_owned()];
        args.extend(inputs);
        args.push("--show-undetermined".into());
        let mut convert =
            vec!["convert".to_owned(), file(&format!("{command}.direct.json")), "--show-undetermined".into()];
        for format in Format::ALL {
            let name = format.as_str();
            args.push(format!("--format={name}={}", file(&format!("{command}.direct.{name}"))));
            convert.push(format!("--to={name}={}", file(&format!("{command}.converted.{name}"))));
        }
        let (status, _, said) = stanchion(root, &args.iter().map(String::as_str).collect::<Vec<_>>(), false);
        assert_eq!(status, 1, "{said}");
        let (status, _, said) = stanchion(root, &convert.iter().map(String::as_str).collect::<Vec<_>>(), false);
        assert_eq!(status, 0, "{said}");
        for format in Format::ALL {
            let read =
                |kind: &str| std::fs::read_to_string(file(&format!("{command}.{kind}.{}", format.as_str()))).unwrap();
            let (direct, converted) = (read("direct"), read("converted"));
            assert!(direct == converted, "{command} {format:?}:\n{direct}\n---\n{converted}");
            assert!(!direct.is_empty());
        }
    }
    let (status, _, said) = stanchion(dir.path(), &["convert", "gone.json", "--to", "html"], false);
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("'gone.json' cannot be read"), "{said}");
    std::fs::write(dir.path().join("odd.json"), "{}").unwrap();
    let (status, out, said) = stanchion(dir.path(), &["convert", "odd.json", "--to", "html"], false);
    assert_eq!((status, &*out), (2, ""), "{said}");
    assert!(said.contains("'odd.json' cannot be converted: it is no report of stanchion"), "{said}");
}

#[test]
fn lines_for_people_are_kept_from_being_commands() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("Dockerfile"), "FROM alpine:latest\nRUN true # ::error::x\n").unwrap();
    for format in ["text", "concise"] {
        let args = ["scan", "--isolated", "--format", format];
        let (_, plain, _) = stanchion(dir.path(), &args, false);
        let (_, wrapped, _) = stanchion(dir.path(), &args, true);
        assert!(!plain.contains("stop-commands"), "{plain}");
        let first = wrapped.lines().next().unwrap();
        let token = first.strip_prefix("::stop-commands::stanchion-").unwrap();
        assert_eq!(token.len(), 64);
        assert_eq!(wrapped, format!("{first}\n{plain}::stanchion-{token}::\n"));
        assert_eq!(stanchion(dir.path(), &args, true).1, wrapped, "the same every time");
    }
    let (_, commands, _) = stanchion(dir.path(), &["scan", "--isolated", "--format", "github"], true);
    assert!(commands.starts_with("::") && !commands.contains("stop-commands"), "{commands}");
}

#[test]
fn every_format_goes_to_a_file_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("Dockerfile"), "FROM alpine:latest\n").unwrap();
    for format in Format::ALL {
        let name = format.as_str();
        let (one, gone) = (format!("{name}=a.out"), format!("{name}=gone/a.out"));
        let (status, _, said) = stanchion(dir.path(), &["scan", "--isolated", "--format", &one], false);
        assert_eq!(status, 1, "{said}");
        let (status, _, said) =
            stanchion(dir.path(), &["scan", "--isolated", "--format", &one, "--format", "json=./a.out"], false);
        assert_eq!(status, 2, "{said}");
        assert!(said.contains("two formats would be written to"), "{said}");
        let (status, _, said) = stanchion(dir.path(), &["scan", "--isolated", "--format", &gone], false);
        assert_eq!(status, 2, "{said}");
        assert!(said.contains("the directory 'gone' does not exist"), "{said}");
    }
    let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "no temporary file is left: {names:?}");
}
