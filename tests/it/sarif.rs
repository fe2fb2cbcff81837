//! Claims about SARIF: valid by the OASIS schema, readable by another program, and fit for code scanning services.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use stanchion::model::{Coverage, Problem, Report, Severity, SourceMap, Span, Stage};
use stanchion::report::sarif::MAX_RESULTS;
use stanchion::report::{Format, View};

use crate::sample::{self, render};

const SCHEMA: &str = include_str!("../data/sarif-schema-2.1.0.json");

fn log_of(report: &Report, view: View) -> Value {
    serde_json::from_str(&render(report, Format::Sarif, view)).unwrap()
}

fn log() -> Value {
    log_of(&sample::report(), View::default())
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// What code scanning services ask for beyond the schema; each mistake is a sentence.
fn service_mistakes(log: &Value) -> Vec<String> {
    let mut mistakes = Vec::new();
    let mut claim = |holds: bool, what: String| {
        if !holds {
            mistakes.push(what);
        }
    };
    claim(log["version"] == "2.1.0" && !text(log, "/$schema").is_empty(), "version and schema are named".into());
    claim(list(log, "/runs").len() == 1, "one run".into());
    let run = &log["runs"][0];
    claim(run["results"].is_array(), "results are there, if only empty".into());
    claim(list(run, "/results").len() <= 5000, "at most 5000 results".into());
    claim(run["columnKind"] == "utf16CodeUnits", "the kind of column is stated".into());
    claim(text(run, "/automationDetails/id") == "stanchion/scan/", "the run has a category".into());
    claim(run["invocations"][0]["executionSuccessful"].is_boolean(), "success is stated".into());
    let rules = list(run, "/tool/driver/rules");
    for rule in rules {
        let id = text(rule, "/id");
        for member in
            ["/id", "/name", "/shortDescription/text", "/fullDescription/text", "/help/text", "/help/markdown"]
        {
            claim(!text(rule, member).is_empty(), format!("rule {id} has {member}"));
        }
        claim(text(rule, "/name").len() <= 255, format!("rule {id}: short name"));
        claim(text(rule, "/name").chars().all(char::is_alphanumeric), format!("rule {id}: name in PascalCase"));
        for member in ["/shortDescription/text", "/fullDescription/text"] {
            claim(text(rule, member).chars().count() <= 1024, format!("rule {id}: short {member}"));
            claim(text(rule, member).ends_with(['.', '!', '?', '…']), format!("rule {id}: {member} is a sentence"));
        }
        let tags = list(rule, "/properties/tags");
        claim((1..=10).contains(&tags.len()) && tags[0] == "security", format!("rule {id}: 1 to 10 tags"));
        let severity: f64 = text(rule, "/properties/security-severity").parse().unwrap_or(-1.0);
        claim((0.1..=10.0).contains(&severity), format!("rule {id}: security-severity is a string of a number"));
        let precision = text(rule, "/properties/precision");
        claim(["very-high", "high", "medium", "low"].contains(&precision), format!("rule {id}: precision"));
        let level = text(rule, "/defaultConfiguration/level");
        claim(["error", "warning", "note"].contains(&level), format!("rule {id}: level"));
        claim(
            rule.get("helpUri").is_none_or(|uri| uri.as_str().is_some_and(|u| u.starts_with("http"))),
            format!("rule {id}: helpUri"),
        );
    }
    let ids: BTreeSet<&str> = rules.iter().map(|rule| text(rule, "/id")).collect();
    claim(ids.len() == rules.len(), "rule ids are unique".into());
    let mut prints = BTreeSet::new();
    for (index, result) in list(run, "/results").iter().enumerate() {
        let rule = result["ruleIndex"].as_u64().and_then(|at| rules.get(usize::try_from(at).unwrap()));
        claim(rule.is_some_and(|rule| rule["id"] == result["ruleId"]), format!("result {index}: rule by index and id"));
        let message = text(result, "/message/text");
        claim(message.ends_with('.'), format!("result {index}: the message is a sentence: {message}"));
        let named = message.split(". ").next().is_some_and(|first| first.matches('\'').count() >= 2);
        claim(named, format!("result {index}: the first sentence names the resource: {message}"));
        claim(result.pointer("/message/id").is_none(), format!("result {index}: message as text"));
        claim(list(result, "/locations").len() == 1, format!("result {index}: one location"));
        claim(result.get("suppressions").is_none(), format!("result {index}: not suppressed"));
        let fingerprint = text(result, "/partialFingerprints/primaryLocationLineHash");
        let parts: Vec<_> = fingerprint.split(':').collect();
        let sound = parts.len() == 2 && u64::from_str_radix(parts[0], 16).is_ok() && parts[1].parse::<u64>().is_ok();
        claim(sound, format!("result {index}: line hash {fingerprint}"));
        claim(
            !text(result, "/partialFingerprints/stanchion~1v1").is_empty(),
            format!("result {index}: own fingerprint"),
        );
        let place = result["locations"][0]["physicalLocation"].to_string();
        claim(prints.insert((text(result, "/ruleId"), place)), format!("result {index}: one for each rule and place"));
        for (at, related) in list(result, "/relatedLocations").iter().enumerate() {
            claim(related["id"] == json!(at + 1), format!("result {index}: related ids count up"));
            claim(
                message.contains(&format!("]({})", at + 1)),
                format!("result {index}: related {at} is in the message"),
            );
            claim(!text(related, "/message/text").is_empty(), format!("result {index}: related {at} has a message"));
        }
    }
    walk(log, &mut |value| {
        if let Some(uri) = value.pointer("/artifactLocation/uri").and_then(Value::as_str) {
            let plain = uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b));
            claim(plain && !uri.starts_with('/') && !uri.starts_with("./"), format!("{uri} is relative and encoded"));
            claim(value["artifactLocation"]["uriBaseId"] == "%SRCROOT%", format!("{uri} has a base"));
            let region = &value["region"];
            let number = |name: &str| region[name].as_u64().unwrap_or(0);
            let (start, end) = ((number("startLine"), number("startColumn")), (number("endLine"), number("endColumn")));
            claim(start >= (1, 1) && end.1 >= 1 && end >= start, format!("{uri}: sound region {region}"));
        }
        claim(value.get("snippet").is_none() && value.get("contextRegion").is_none(), "no snippets".into());
    });
    let base = &run["originalUriBaseIds"]["%SRCROOT%"];
    claim(
        base.get("uri").is_none() && !text(base, "/description/text").is_empty(),
        "the base has no absolute path".into(),
    );
    mistakes
}

fn walk(value: &Value, visit: &mut impl FnMut(&Value)) {
    visit(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Object(entries) => entries.values().for_each(|item| walk(item, visit)),
        _ => {}
    }
}

/// A report of `count` findings at as many places, a third of them critical.
fn large(count: usize) -> Report {
    let sources = Arc::new(SourceMap::new());
    let text = (0..count).map(|n| format!("acl = \"x{n}\"")).collect::<Vec<_>>().join("\n");
    let file = sources.add("a.tf", text.clone());
    let mut findings = Vec::new();
    let mut start = 0;
    for (n, line) in text.lines().enumerate() {
        let severity = if n % 3 == 2 { Severity::Critical } else { Severity::Low };
        findings.push(sample::finding("p", severity, &format!("a.b{n}"), Span::new(file, start, start + 3)));
        start += u32::try_from(line.len() + 1).unwrap();
    }
    let policies = vec![sample::policy("p", Severity::Low, "network")];
    Report::finish(sources, findings, Vec::new(), policies, Coverage::default())
}

#[test]
fn every_report_is_valid_sarif_and_fit_for_services() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let mut logs: Vec<Value> = sample::views().into_iter().map(|view| log_of(&sample::report(), view)).collect();
    logs.push(log_of(&sample::empty(), View::default()));
    logs.push(log_of(&large(20), View::default()));
    for log in &logs {
        let errors: Vec<_> =
            validator.iter_errors(log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, [""; 0]);
        assert_eq!(service_mistakes(log), [""; 0]);
    }
}

#[test]
fn the_checks_notice_mistakes() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let by_schema: [fn(&mut Value); 4] = [
        |log| log["runs"][0]["extra"] = json!(1),
        |log| log["runs"][0]["results"][0]["level"] = json!("fatal"),
        |log| log["runs"][0]["columnKind"] = json!("bytes"),
        |log| log["runs"][0]["tool"] = json!({}),
    ];
    for (index, spoil) in by_schema.into_iter().enumerate() {
        let mut log = log();
        spoil(&mut log);
        assert!(!validator.is_valid(&log), "change {index} went unnoticed");
    }
    let by_services: [fn(&mut Value); 9] = [
        |log| log["runs"][0]["results"][0]["ruleIndex"] = json!(99),
        |log| log["runs"][0]["results"][0]["message"]["text"] = json!("no period"),
        |log| log["runs"][0]["results"][0]["partialFingerprints"]["primaryLocationLineHash"] = json!("x"),
        |log| log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = json!("/a"),
        |log| log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["endLine"] = json!(0),
        |log| log["runs"][0]["tool"]["driver"]["rules"][0]["help"]["text"] = json!(""),
        |log| log["runs"][0]["tool"]["driver"]["rules"][0]["properties"]["security-severity"] = json!(9.5),
        |log| log["runs"][0]["tool"]["driver"]["rules"][0]["properties"]["tags"] = json!(vec!["security"; 11]),
        |log| log["runs"][0]["results"] = Value::Null,
    ];
    for (index, spoil) in by_services.into_iter().enumerate() {
        let mut log = log();
        spoil(&mut log);
        assert!(!service_mistakes(&log).is_empty(), "change {index} went unnoticed");
    }
}

#[test]
fn another_reader_understands_it() {
    let text = render(&sample::report(), Format::Sarif, View::default());
    let read: serde_sarif::sarif::Sarif = serde_json::from_str(&text).unwrap();
    let run = &read.runs[0];
    assert_eq!(run.tool.driver.name, "stanchion");
    assert_eq!(run.results.as_ref().map(Vec::len), Some(6));
    assert_eq!(run.tool.driver.rules.as_ref().map(Vec::len), Some(4));
    let back: Value = serde_json::to_value(&read).unwrap();
    assert_eq!(back, log(), "nothing is lost on the way");
}

#[test]
fn instances_at_one_place_are_one_result() {
    let log = log();
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "aws-s3-public-read");
    assert_eq!(result["occurrenceCount"], 7);
    assert_eq!(
        text(result, "/message/text"),
        "bucket 'module.logs.aws_s3_bucket.this[\"a\"]' has the canned ACL 'public-read'. 7 instances: \
         'module.logs.aws_s3_bucket.this[\"a\"]', 'module.logs.aws_s3_bucket.this[\"b\"]', \
         'module.logs.aws_s3_bucket.this[\"c\"]', 'module.logs.aws_s3_bucket.this[\"d\"]', \
         'module.logs.aws_s3_bucket.this[\"e\"]' and 2 more. \
         See [the value is the default of var.acl](1), [module called here](2)."
    );
    assert_eq!(list(result, "/locations/0/logicalLocations").len(), 7);
    assert_eq!(list(result, "/relatedLocations").len(), 2);
}

#[test]
fn rules_carry_severity_tags_and_help() {
    let log = log();
    let rule = &log["runs"][0]["tool"]["driver"]["rules"][0];
    assert_eq!(rule["name"], "AwsS3PublicRead");
    assert_eq!(rule["helpUri"], "https://example.com/read");
    assert_eq!(
        rule["properties"],
        json!({"precision": "high", "problem.severity": "error", "security-severity": "9.5",
            "tags": ["security", "least-privilege", "aws", "kubernetes", "docker", "cis-aws-3.0.0", "pci-dss-4.0"]})
    );
    assert!(text(rule, "/help/markdown").contains("## Remediation\n\nSet `acl`"));
    let severities: Vec<_> =
        list(&log, "/runs/0/tool/driver/rules").iter().map(|r| text(r, "/properties/security-severity")).collect();
    assert_eq!(severities, ["9.5", "2.0", "8.0", "5.5"]);
}

#[test]
fn undetermined_and_silenced_findings_are_no_results() {
    let log = log_of(&sample::report(), View { show_undetermined: true, verbose: true, ..View::default() });
    let text = log["runs"][0]["results"].to_string();
    for absent in ["aws_s3_bucket.later", "aws_s3_bucket.site", "aws_s3_bucket.old", "aws_s3_bucket.else"] {
        assert!(!text.contains(absent), "{absent}");
    }
}

#[test]
fn silenced_findings_are_marked_results_where_that_is_asked_for() {
    let log = log_of(&sample::report(), View { sarif_suppressed: true, ..View::default() });
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    assert!(validator.is_valid(&log));
    let results = list(&log, "/runs/0/results");
    let mut found: Vec<_> = results.iter().filter_map(|result| result["suppressions"].get(0)).cloned().collect();
    found.sort_by_key(Value::to_string);
    let expected =
        [("external", "in the baseline"), ("external", "outside of the change"), ("inSource", "static website")];
    let mut expected = expected.map(|(kind, why)| json!({"kind": kind, "justification": why}));
    expected.sort_by_key(Value::to_string);
    assert_eq!(found, expected);
}

#[test]
fn problems_are_notifications_and_decide_success() {
    let log = log();
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let execution = list(invocation, "/toolExecutionNotifications");
    let told: Vec<_> = execution.iter().map(|n| (text(n, "/descriptor/id"), text(n, "/level"))).collect();
    assert_eq!(told, [("load", "error"), ("parse", "error"), ("undetermined", "note")]);
    assert_eq!(text(&execution[1], "/message/text"), "'broken.tf': the block is not closed: add '}'.");
    assert_eq!(text(&execution[1], "/locations/0/physicalLocation/artifactLocation/uri"), "broken.tf");
    let configuration = list(invocation, "/toolConfigurationNotifications");
    assert_eq!(configuration.len(), 1);
    assert_eq!(configuration[0]["level"], "note");
    let kinds = list(&log, "/runs/0/tool/driver/notifications");
    for notification in execution.iter().chain(configuration) {
        let index = usize::try_from(notification["descriptor"]["index"].as_u64().unwrap()).unwrap();
        assert_eq!(kinds[index]["id"], notification["descriptor"]["id"]);
    }
    let clean = log_of(&sample::empty(), View::default());
    assert_eq!(clean["runs"][0]["invocations"][0], json!({"executionSuccessful": true}));
}

#[test]
fn a_notice_does_not_spoil_success() {
    let notice = Problem::new(Stage::Load, "x", "a duplicate key").notice();
    let report = Report::finish(Arc::new(SourceMap::new()), Vec::new(), vec![notice], Vec::new(), Coverage::default());
    assert_eq!(log_of(&report, View::default())["runs"][0]["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn too_many_results_keep_the_worst_and_say_so() {
    let log = log_of(&large(MAX_RESULTS * 2), View::default());
    assert_eq!(service_mistakes(&log), [""; 0]);
    let results = list(&log, "/runs/0/results");
    assert_eq!(results.len(), MAX_RESULTS);
    assert_eq!(results.iter().filter(|r| r["level"] == "error").count(), MAX_RESULTS * 2 / 3);
    assert_eq!(results[0]["level"], "error");
    let notification = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(notification["descriptor"]["id"], "truncated");
    assert!(text(notification, "/message/text").starts_with("5000 results are left out: at most 5000 results"));
}

#[test]
fn equal_lines_have_different_fingerprints() {
    let sources = Arc::new(SourceMap::new());
    let file = sources.add("a.tf", "acl = 1\n".repeat(50));
    let findings =
        (0..10).map(|n| sample::finding("p", Severity::Low, &format!("a.b{n}"), Span::new(file, n * 8, n * 8 + 3)));
    let policies = vec![sample::policy("p", Severity::Low, "network")];
    let report = Report::finish(sources.clone(), findings.collect(), Vec::new(), policies, Coverage::default());
    let log = log_of(&report, View::default());
    let hashes: Vec<_> =
        list(&log, "/runs/0/results").iter().map(|r| text(r, "/partialFingerprints/primaryLocationLineHash")).collect();
    let first = hashes[0].split(':').next().unwrap();
    assert_eq!(hashes, (1..=10).map(|n| format!("{first}:{n}")).collect::<Vec<_>>());
}
