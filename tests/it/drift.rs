//! Drift from end to end: policies for differences, whole cases from files to findings, and the command.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::expect::{directories, name};
use stanchion::cli::{Engine, Env, run};
use stanchion::evaluate;
use stanchion::load;
use stanchion::model::{SourceMap, Verdict};
use stanchion::policy::{self, Selection};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// Differences of a case, each with the policies that find something in it and their severities.
fn decided(case: &Path, policies: &policy::PolicySet) -> Vec<(Value, Vec<(String, String)>)> {
    let text = std::fs::read_to_string(case.join("differences.json")).unwrap();
    let entries: Vec<Value> = serde_json::from_str(&text).unwrap();
    let sources = SourceMap::new();
    let mut resources = Vec::new();
    for (number, entry) in entries.iter().enumerate() {
        let path = format!("{number}.json");
        let text = entry.to_string();
        let file = sources.add(&path, text.as_str());
        let config = load::json::parse(file, &path, &text).unwrap();
        let span = config.via;
        resources.push(evaluate::drift_resource("aws_x.example", config, number, span));
    }
    let judged = evaluate::evaluate(&resources, policies, &sources);
    assert!(judged.problems.is_empty(), "{:?}", judged.problems);
    assert!(judged.findings.iter().all(|finding| finding.verdict == Verdict::Fail));
    let of = |number: usize| {
        let own = judged.findings.iter().filter(|finding| *finding.scope == *number.to_string());
        own.map(|finding| (finding.policy.to_string(), finding.severity.to_string())).collect()
    };
    entries.iter().enumerate().map(|(number, entry)| (entry.clone(), of(number))).collect()
}

#[test]
fn exactly_one_policy_decides_each_difference() {
    let all = policy::load(&Selection::default()).unwrap();
    let (policies, _) = all.split(evaluate::DRIFT);
    assert!(policies.policies().len() >= 10);
    let mut faults = String::new();
    for policy in policies.policies() {
        let (id, default) = (policy.info.id.to_string(), policy.info.severity.to_string());
        for case in directories(&root().join("fixtures/policies").join(&id)) {
            let is_bad = name(&case).starts_with("bad");
            for (entry, found) in decided(&case, &policies) {
                let severity = entry["severity"].as_str().unwrap_or(&default).to_owned();
                let fits = match found.as_slice() {
                    [only] if is_bad => *only == (id.clone(), severity),
                    [(other, _)] => !is_bad && *other != id,
                    _ => false,
                };
                if !fits {
                    let _ = writeln!(faults, "{id}/{}: {entry} is decided by {found:?}", name(&case));
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

fn stanchion(dir: &Path, args: &[&str]) -> (u8, String, String) {
    let env = Env {
        args: std::iter::once("stanchion").chain(args.iter().copied()).map(Into::into).collect(),
        cwd: dir.to_path_buf(),
        vars: BTreeMap::from([("SOURCE_DATE_EPOCH".to_owned(), "1795000000".to_owned())]),
        ..Env::default()
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = run(&env, Engine::default(), &mut out, &mut err);
    (status.code(), String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

const ALL: [&str; 7] = ["drift", ".", "--state", "terraform.tfstate", "--snapshot", "live.jsonl", "--isolated"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    ALL.iter().copied().chain(more.iter().copied()).collect()
}

fn report(dir: &Path, more: &[&str]) -> (u8, Value) {
    let (code, out, err) = stanchion(dir, &with(&[&["--format", "json"], more].concat()));
    let report = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
    (code, report)
}

fn case(name: &str) -> PathBuf {
    root().join("fixtures/drift").join(name)
}

/// Findings as the expectations write them.
fn found(report: &Value) -> Vec<Value> {
    let worse: BTreeMap<&str, &Value> = report["drift"]["differences"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|it| {
            let own = it["attributes"].as_array().unwrap().iter().map(|attribute| &attribute["finding"]);
            own.chain([&it["finding"]]).filter_map(|it| it.as_str()).map(move |finding| (finding, &it["worse"]))
        })
        .collect();
    let one = |finding: &Value| {
        let path: Vec<&str> = finding["attribute"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let place = format!("{}:{}", finding["location"]["path"].as_str().unwrap(), finding["location"]["start_line"]);
        let mut out = json!({
            "policy": finding["policy"], "severity": finding["severity"], "address": finding["resource"]["address"],
            "path": path.join("."), "place": place,
        });
        let worse = worse[finding["fingerprint"].as_str().unwrap()].as_array().unwrap();
        let worse: Vec<&Value> = worse.iter().map(|it| &it["policy"]).collect();
        if !worse.is_empty() {
            out["worse"] = json!(worse);
        }
        out
    };
    let mut out: Vec<Value> =
        report["findings"].as_array().unwrap().iter().filter(|it| it["status"] == "open").map(one).collect();
    out.sort_by_key(Value::to_string);
    out
}

#[test]
fn each_case_finds_what_was_changed_and_nothing_else() {
    let schema: Value = serde_json::from_str(include_str!("../../docs/stanchion-v1.schema.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let mut faults = String::new();
    let mut cases = 0;
    for dir in directories(&root().join("fixtures/drift")) {
        cases += 1;
        let expected: Value = serde_json::from_str(&std::fs::read_to_string(dir.join("expect.json")).unwrap()).unwrap();
        let (code, report) = report(&dir, &[]);
        let mut wanted: Vec<Value> = expected["findings"].as_array().unwrap().clone();
        wanted.sort_by_key(Value::to_string);
        let found = found(&report);
        if found != wanted || json!(code) != expected["exit"] {
            let _ = writeln!(
                faults,
                "{}: exit {code}\n  expected {wanted:#?}\n  found {found:#?}\n  problems {}",
                name(&dir),
                report["problems"]
            );
        }
        for mistake in validator.iter_errors(&report) {
            let _ = writeln!(faults, "{}: {mistake}", name(&dir));
        }
        assert_eq!(report["drift"]["coverage"]["left_aside"], 1);
        let again = stanchion(&dir, &with(&["--format", "json", "--jobs", "1"])).1;
        assert_eq!(serde_json::from_str::<Value>(&again).unwrap(), report, "the same input gives the same report");
    }
    assert!(cases >= 8);
    assert!(faults.is_empty(), "\n{faults}");
}

/// Puts a value at a JSON pointer; null takes away what is there, and `-` adds to a list.
fn put(at: &mut Value, pointer: &str, value: &Value) {
    let (above, last) = pointer.rsplit_once('/').unwrap();
    let last = &*last.replace("~1", "/");
    match at.pointer_mut(above).unwrap_or_else(|| panic!("nothing is at {above}")) {
        Value::Object(members) if value.is_null() => drop(members.remove(last).unwrap()),
        Value::Object(members) => drop(members.insert(last.to_owned(), value.clone())),
        Value::Array(items) if last == "-" => items.push(value.clone()),
        Value::Array(items) => items[last.parse::<usize>().unwrap()] = value.clone(),
        other => panic!("{other} has no members"),
    }
}

/// One change of each thing at a time, so that few runs try them all.
#[test]
fn each_change_of_an_estate_is_told_and_nothing_else() {
    let estates = ["an-estate-as-both-sides-write-it", "an-estate-as-config-shows-it", "an-estate-of-further-types"];
    let faults = estates.map(|name| untold(&case(name))).concat();
    assert!(faults.is_empty(), "\n{faults}");
}

/// What is not told of the changes of an estate, and what is told besides.
fn untold(case: &Path) -> String {
    let text = |name: &str| std::fs::read_to_string(case.join(name)).unwrap();
    let changes: Vec<Value> = serde_json::from_str(&text("changes.json")).unwrap();
    let lines: Vec<Value> = text("live.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // Where there are several things of a kind, the change says which.
    let is_of = |line: &Value, change: &Value| {
        line["record"]["kind"] == change["kind"] && (change["id"].is_null() || line["record"]["id"] == change["id"])
    };
    let mut rounds: Vec<BTreeMap<usize, &Value>> = Vec::new();
    for change in &changes {
        let place = lines.iter().position(|line| is_of(line, change));
        let place = place.unwrap_or_else(|| panic!("there is no {}", change["kind"]));
        match rounds.iter_mut().find(|round| !round.contains_key(&place)) {
            Some(round) => drop(round.insert(place, change)),
            None => rounds.push(BTreeMap::from([(place, change)])),
        }
    }
    let mut faults = String::new();
    for round in &rounds {
        let mut lines = lines.clone();
        for (place, change) in round {
            put(&mut lines[*place]["record"]["value"], change["at"].as_str().unwrap(), &change["value"]);
        }
        let dir = tempfile::tempdir().unwrap();
        std::fs::copy(case.join("terraform.tfstate"), dir.path().join("terraform.tfstate")).unwrap();
        let snapshot: Vec<String> = lines.iter().map(ToString::to_string).collect();
        std::fs::write(dir.path().join("live.jsonl"), snapshot.join("\n") + "\n").unwrap();
        let (_, report) = report(dir.path(), &[]);
        let name = |it: &Value| format!("{} {}", it["address"].as_str().unwrap(), it["path"].as_str().unwrap());
        let found: BTreeSet<String> = found(&report).iter().map(name).collect();
        let told = round.values().flat_map(|change| change["told"].as_array().unwrap());
        let told: BTreeSet<String> = told.map(|it| it.as_str().unwrap().to_owned()).collect();
        for missed in told.difference(&found) {
            let _ = writeln!(faults, "not told: {missed}");
        }
        for extra in found.difference(&told) {
            let _ = writeln!(faults, "told as well: {extra}");
        }
    }
    faults
}

#[test]
fn the_text_tells_old_and_new_and_never_a_secret() {
    let (code, out, _) = stanchion(&case("all-at-once"), &with(&[]));
    assert_eq!(code, 1);
    for part in [
        "missing: recorded, and not there (1)",
        "unmanaged: there, and not recorded (1)",
        "changed outside of the code (4)",
        "- recorded true",
        "+ live     false",
        "drift made it worse: aws-rds-unencrypted",
        "compared: 6 of 6 recorded instances, 1 in sync",
        "left aside: 1 instance of other providers",
        "main.tf:7:3",
    ] {
        assert!(out.contains(part), "{part} is not in\n{out}");
    }
    for format in ["text", "json", "sarif", "concise"] {
        let (_, out, err) = stanchion(&case("all-at-once"), &with(&["--format", format, "--verbose"]));
        assert!(!out.contains("not-a-real-password") && !err.contains("not-a-real-password"), "{format}");
    }
}

#[test]
fn code_scanning_gets_a_category_and_lines_of_the_source() {
    let (_, out, _) = stanchion(&case("encryption-turned-off"), &with(&["--format", "sarif"]));
    let sarif: Value = serde_json::from_str(&out).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(run["automationDetails"]["id"], "stanchion/drift/");
    let place = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "main.tf");
    assert_eq!(place["region"]["startLine"], 7);
    let text = run["results"][0]["message"]["text"].as_str().unwrap();
    assert!(
        text.contains("recorded true, live false") && text.contains("it made things worse: aws-rds-unencrypted"),
        "{text}"
    );
}

#[test]
fn only_what_is_new_counts_since_an_earlier_report_or_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    for file in ["main.tf", "terraform.tfstate", "live.jsonl"] {
        std::fs::copy(case("all-at-once").join(file), dir.path().join(file)).unwrap();
    }
    std::fs::copy(case("tag-lost").join("live.jsonl"), dir.path().join("before.jsonl")).unwrap();
    let (_, before) = report(&case("tag-lost"), &[]);
    std::fs::write(dir.path().join("before.json"), before.to_string()).unwrap();
    let (_, all) = report(dir.path(), &[]);
    std::fs::write(dir.path().join("all.json"), all.to_string()).unwrap();
    for since in ["before.json", "before.jsonl"] {
        let (code, now) = report(dir.path(), &["--since", since]);
        let counts = &now["drift"]["since"];
        assert_eq!((code, &counts["new"], &counts["persisting"]), (1, &json!(5), &json!(1)), "{since}");
    }
    std::fs::copy(case("tag-lost").join("live.jsonl"), dir.path().join("live.jsonl")).unwrap();
    let (code, now) = report(dir.path(), &["--since", "all.json"]);
    assert_eq!(code, 0, "nothing is new");
    let fixed: BTreeSet<&str> =
        now["drift"]["since"]["fixed"].as_array().unwrap().iter().map(|it| it["policy"].as_str().unwrap()).collect();
    assert_eq!(fixed.len(), 5);
    let (code, _, err) = stanchion(dir.path(), &with(&["--since", "main.tf"]));
    assert!(code == 2 && err.contains("check --since"), "{err}");
}

#[test]
fn rules_and_comments_silence_with_a_reason_and_unused_ones_are_told() {
    let dir = tempfile::tempdir().unwrap();
    for file in ["terraform.tfstate", "live.jsonl"] {
        std::fs::copy(case("all-at-once").join(file), dir.path().join(file)).unwrap();
    }
    let source = std::fs::read_to_string(case("all-at-once").join("main.tf")).unwrap();
    let comment =
        "  # stanchion: ignore[drift-encryption-changed] reason=\"moved to another key\"\n  storage_encrypted ";
    std::fs::write(dir.path().join("main.tf"), source.replace("  storage_encrypted ", comment)).unwrap();
    let rules = "[[drift.ignore]]\ntype = \"aws_s3_bucket\"\nattribute = \"tags\"\nreason = \"tags come later\"\n\
        [[drift.ignore]]\naddress = \"aws_sqs_queue.*\"\nreason = \"over\"\nuntil = 2020-01-01\n\
        [[drift.ignore]]\ntype = \"aws_nothing\"\nreason = \"never\"\n";
    std::fs::write(dir.path().join("stanchion.toml"), rules).unwrap();
    let args = ["drift", ".", "--state", "*.tfstate", "--snapshot", "live.jsonl", "--format", "json"];
    let (_, out, _) = stanchion(dir.path(), &args);
    let report: Value = serde_json::from_str(&out).unwrap();
    let status = |policy: &str| {
        let all = report["findings"].as_array().unwrap();
        all.iter().find(|it| it["policy"] == policy).map(|it| it["status"].clone()).unwrap()
    };
    assert_eq!(status("drift-tag-changed"), "suppressed");
    assert_eq!(status("drift-encryption-changed"), "suppressed");
    assert_eq!(status("drift-missing"), "open");
    let problems = report["problems"].to_string();
    assert!(problems.contains("ended on 2020-01-01") && problems.contains("silences nothing"), "{problems}");
}

#[test]
fn what_the_code_says_to_leave_alone_is_shown_and_does_not_fail_and_missing_always_does() {
    let dir = tempfile::tempdir().unwrap();
    for file in ["terraform.tfstate", "live.jsonl"] {
        std::fs::copy(case("all-at-once").join(file), dir.path().join(file)).unwrap();
    }
    let source = std::fs::read_to_string(case("all-at-once").join("main.tf")).unwrap();
    let write = |rules: &[(&str, &str)]| {
        let with = |text: String, (resource, list): &(&str, &str)| {
            let header = format!("resource {resource} {{\n");
            assert!(text.contains(&header), "{resource}");
            text.replace(&header, &format!("{header}  lifecycle {{\n    ignore_changes = {list}\n  }}\n"))
        };
        std::fs::write(dir.path().join("main.tf"), rules.iter().fold(source.clone(), with)).unwrap();
        let (code, report) = report(dir.path(), &["--select", "drift-*", "--ignore", "drift-unmanaged*"]);
        let told = |it: &Value| {
            let text = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
            (text("policy"), text("status"), text("status_reason"))
        };
        let told: BTreeSet<_> = report["findings"].as_array().unwrap().iter().map(told).collect();
        (code, told, report)
    };
    let (code, all, before) = write(&[]);
    assert!(code == 1 && all.len() == 5 && all.iter().all(|(_, status, _)| status == "open"), "{all:?}");
    let (code, told, after) = write(&[
        ("\"aws_db_instance\" \"orders\"", "all"),
        ("\"aws_iam_policy\" \"reader\"", "[description]"),
        ("\"aws_s3_bucket\" \"logs\"", "[tags[\"Owner\"]]"),
        ("\"aws_security_group\" \"web\"", "[name, ingress]"),
        ("\"aws_sqs_queue\" \"jobs\"", "all"),
    ]);
    let at = |line: u32| format!("ignored by lifecycle.ignore_changes at main.tf:{line}");
    let of = |policy: &str, status: &str, reason: String| (policy.to_owned(), status.to_owned(), reason);
    let expected = BTreeSet::from([
        of("drift-encryption-changed", "suppressed", at(4)),
        of("drift-missing", "open", String::new()),
        of("drift-network-changed", "suppressed", at(58)),
        of("drift-policy-changed", "open", String::new()),
        of("drift-tag-changed", "suppressed", at(38)),
    ]);
    assert_eq!((code, told), (1, expected));
    assert_eq!(after["summary"]["suppressed"], 3);
    let differences = |report: &Value| report["drift"]["differences"].as_array().unwrap().len();
    assert_eq!(differences(&before), differences(&after), "each is counted as before");
    let (_, text, _) = stanchion(dir.path(), &with(&["--select", "drift-*", "-v"]));
    assert!(text.contains("suppressed: ignored by lifecycle.ignore_changes at main.tf:38"), "{text}");
    // Where only what is ignored differs, nothing fails.
    std::fs::copy(case("tag-lost").join("live.jsonl"), dir.path().join("live.jsonl")).unwrap();
    let (code, told, _) = write(&[("\"aws_s3_bucket\" \"logs\"", "[tags]")]);
    assert_eq!((code, told), (0, BTreeSet::from([of("drift-tag-changed", "suppressed", at(32))])));
}

#[test]
fn a_plan_tells_what_it_found_without_a_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    let entry = |address: &str, change: Value| {
        let (kind, name) = address.split_once('.').unwrap();
        json!({"address": address, "mode": "managed", "type": kind, "name": name,
            "provider_name": "registry.terraform.io/hashicorp/aws", "change": change})
    };
    let plan = json!({
        "format_version": "1.2", "terraform_version": "1.13.0", "planned_values": {}, "resource_changes": [],
        "resource_drift": [
            entry("aws_db_instance.orders", json!({"actions": ["update"],
                "before": {"id": "d", "deletion_protection": true, "password": "not-a-real-password", "engine": "postgres"},
                "after": {"id": "d", "deletion_protection": false, "password": "not-another-password", "engine": "postgres"},
                "before_sensitive": {"password": true}, "after_sensitive": {"password": true}})),
            entry("aws_kms_key.k", json!({"actions": ["delete"], "before": {"id": "k"}, "after": null})),
        ],
    });
    std::fs::write(dir.path().join("plan.json"), format!("{plan:#}")).unwrap();
    let (code, out, err) = stanchion(dir.path(), &["drift", "--plan", "plan.json", "--isolated", "--format", "json"]);
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
    let policies: BTreeSet<&str> =
        report["findings"].as_array().unwrap().iter().map(|it| it["policy"].as_str().unwrap()).collect();
    assert_eq!(policies, BTreeSet::from(["drift-missing-security", "drift-resilience-changed"]), "{out}");
    assert_eq!(code, 1);
    assert!(!out.contains("not-a-real") && !out.contains("not-another"), "{out}");
}

#[test]
fn what_is_missing_on_the_command_line_is_said() {
    let dir = case("nothing-changed");
    for (args, part) in [
        (&["drift"][..], "give states with --state"),
        (&["drift", "--state", "no.tfstate", "--snapshot", "live.jsonl"], "check --state"),
        (&["drift", "--state", "terraform.tfstate", "--snapshot", "no.jsonl"], "cannot be read"),
        (&["drift", "nowhere", "--state", "terraform.tfstate", "--snapshot", "live.jsonl"], "is not there"),
    ] {
        let (code, _, err) = stanchion(&dir, args);
        assert!(code == 2 && err.contains(part), "{args:?}: {err}");
    }
}

#[test]
fn a_policy_of_the_users_goes_before_the_shipped_ones() {
    let dir = tempfile::tempdir().unwrap();
    let policy = "# METADATA\n# title: Queues come and go\n# custom:\n#   id: queue-gone\n#   severity: low\n\
        #   resource_types: [drift]\npackage mine.queues\n\ndeny contains finding if {\n\
        \tinput.config.class == \"missing\"\n\tinput.config.type == \"aws_sqs_queue\"\n\
        \tfinding := {\"path\": [], \"message\": sprintf(\"%s is gone\", [input.address])}\n}\n";
    std::fs::write(dir.path().join("mine.rego"), policy).unwrap();
    let policies = dir.path().display().to_string();
    let (code, report) = report(&case("resource-deleted"), &["--policy", &policies]);
    let findings = report["findings"].as_array().unwrap();
    assert_eq!((code, findings.len()), (1, 1));
    assert_eq!((&findings[0]["policy"], &findings[0]["severity"]), (&json!("queue-gone"), &json!("low")));
    assert_eq!(findings[0]["message"], "aws_sqs_queue.jobs is gone");
}

#[test]
fn fingerprints_stay_when_lines_move() {
    let dir = tempfile::tempdir().unwrap();
    for file in ["main.tf", "terraform.tfstate", "live.jsonl"] {
        std::fs::copy(case("all-at-once").join(file), dir.path().join(file)).unwrap();
    }
    let prints = |report: &Value| -> BTreeSet<String> {
        report["findings"].as_array().unwrap().iter().map(|it| it["fingerprint"].to_string()).collect()
    };
    let (_, before) = report(dir.path(), &[]);
    let text = std::fs::read_to_string(dir.path().join("main.tf")).unwrap();
    std::fs::write(dir.path().join("main.tf"), format!("# moved\n\n{text}")).unwrap();
    let (_, after) = report(dir.path(), &[]);
    assert_eq!(prints(&before), prints(&after));
    assert_eq!(prints(&before).len(), 6);
    // Without the source the places are those of the state, and the findings the same.
    std::fs::remove_file(dir.path().join("main.tf")).unwrap();
    let args = ["drift", "--state", "terraform.tfstate", "--snapshot", "live.jsonl", "--isolated", "--format", "json"];
    let bare: Value = serde_json::from_str(&stanchion(dir.path(), &args).1).unwrap();
    assert_eq!(prints(&before), prints(&bare));
    let places: BTreeSet<&str> =
        bare["findings"].as_array().unwrap().iter().map(|it| it["location"]["path"].as_str().unwrap()).collect();
    assert!(places.contains("terraform.tfstate") && !places.contains("main.tf"), "{places:?}");
}
