//! Claims about the `stanchion/v1` contract.

use serde_json::{Value, json};
use stanchion::report::{Format, View};

use crate::sample::{self, render};

const SCHEMA: &str = include_str!("../../docs/stanchion-v1.schema.json");

fn document(view: View) -> Value {
    serde_json::from_str(&render(&sample::report(), Format::Json, view)).unwrap()
}

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

fn mistakes(validator: &jsonschema::Validator, document: &Value) -> Vec<String> {
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn every_report_follows_the_schema() {
    let validator = validator();
    for view in sample::views() {
        assert_eq!(mistakes(&validator, &document(view)), [""; 0], "{view:?}");
    }
    let empty = serde_json::from_str(&render(&sample::empty(), Format::Json, View::default())).unwrap();
    assert_eq!(mistakes(&validator, &empty), [""; 0]);
}

#[test]
fn the_schema_is_strict() {
    let validator = validator();
    let spoil: [fn(&mut Value); 8] = [
        |d| d["extra"] = json!(1),
        |d| d["findings"][0]["extra"] = json!(1),
        |d| d["findings"][0]["location"]["start_line"] = json!(0),
        |d| d["findings"][0]["severity"] = json!("info"),
        |d| d["findings"][0]["attribute"] = json!([1.5]),
        |d| d["findings"][0]["status"] = json!("closed"),
        |d| d["problems"][0]["location"] = json!("x"),
        |d| d["summary"]["open"]["low"] = json!(-1),
    ];
    for (index, spoil) in spoil.into_iter().enumerate() {
        let mut document = document(View::default());
        spoil(&mut document);
        assert!(!validator.is_valid(&document), "change {index} went unnoticed");
    }
}

#[test]
fn a_finding_has_all_its_members() {
    let document = document(View::default());
    let findings = document["findings"].as_array().unwrap();
    let one = findings.iter().find(|f| f["resource"]["address"] == "module.logs.aws_s3_bucket.this[\"a\"]").unwrap();
    assert_eq!(
        *one,
        json!({
            "policy": "aws-s3-public-read", "severity": "critical", "family": "least-privilege",
            "verdict": "fail", "status": "open",
            "message": "bucket 'module.logs.aws_s3_bucket.this[\"a\"]' has the canned ACL 'public-read'",
            "resource": {"address": "module.logs.aws_s3_bucket.this[\"a\"]", "type": "aws_s3_bucket", "source": "terraform"},
            "location": {"path": "modules/logs/main.tf", "start_line": 4, "start_column": 3, "end_line": 4, "end_column": 21},
            "attribute": ["acl"],
            "related": [
                {"message": "the value is the default of var.acl", "location": {"path": "modules/logs/variables.tf",
                    "start_line": 2, "start_column": 13, "end_line": 2, "end_column": 26}},
                {"message": "module called here", "location": {"path": "main.tf",
                    "start_line": 2, "start_column": 1, "end_line": 2, "end_column": 14}},
            ],
            "causes": [],
            "remediation": "Set `acl` to \"private\". Then apply:\n\n```hcl\nacl = \"private\"\n```",
            "frameworks": {"cis-aws-3.0.0": ["2.1.4"], "pci-dss-4.0": ["1.2", "1.3"]},
            "aliases": ["CKV_AWS_20"], "fingerprint": "aws-s3-public-read|module.logs.aws_s3_bucket.this[\"a\"]",
            "line_hash": "8d47c7bdf5c1309c:1",
        })
    );
    let tags = findings.iter().find(|f| f["message"] == "no tags").unwrap();
    assert_eq!(tags["attribute"], json!(["tags", 0, "k.v"]));
    assert_eq!(tags["location"]["start_column"], 43, "columns count UTF-16 units");
}

#[test]
fn undetermined_is_always_counted_and_listed_when_asked() {
    for (show, listed) in [(false, 0), (true, 1)] {
        let document = document(View { show_undetermined: show, ..View::default() });
        let count = document["findings"].as_array().unwrap().iter().filter(|f| f["verdict"] == "undetermined").count();
        assert_eq!((count, &document["summary"]["undetermined"]), (listed, &json!(1)));
    }
}

#[test]
fn silenced_findings_keep_their_status() {
    let document = document(View::default());
    let with = |status: &str| document["findings"].as_array().unwrap().iter().filter(|f| f["status"] == status).count();
    assert_eq!((with("open"), with("suppressed"), with("baseline"), with("outside-diff")), (12, 1, 1, 1));
    assert_eq!(
        document["summary"],
        json!({
            "open": {"critical": 7, "high": 2, "medium": 2, "low": 1},
            "suppressed": 1,
            "suppressed_by": {"inline": 0, "configuration": 0, "other_scanners": 0},
            "baseline": 1,
            "outside_diff": 1,
            "undetermined": 1,
        })
    );
    let reasons: Vec<_> =
        document["findings"].as_array().unwrap().iter().filter_map(|f| f["status_reason"].as_str()).collect();
    assert_eq!(reasons, ["static website"]);
}

#[test]
fn problems_have_a_location_or_null() {
    let document = document(View::default());
    let problems = document["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 3);
    assert_eq!(problems[0]["location"], Value::Null);
    assert_eq!(problems[2]["location"]["path"], "broken.tf");
    assert_eq!(problems[2]["stage"], "parse");
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    for format in Format::ALL {
        let first = render(&sample::report(), format, View::default());
        assert_eq!(first, render(&sample::report(), format, View::default()));
    }
}
