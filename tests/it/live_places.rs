//! Findings about live things stand where a person can change them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use stanchion::cli::{Engine, Env, run};

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/drift").join(name)
}

fn report(dir: &Path, args: &[&str]) -> Value {
    let all = ["stanchion", "live", "--isolated", "--format", "json", "--snapshot", "live.jsonl"];
    let env = Env {
        args: all.iter().chain(args).map(Into::into).collect(),
        cwd: dir.to_path_buf(),
        vars: BTreeMap::new(),
        ..Env::default()
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    run(&env, Engine::default(), &mut out, &mut err);
    serde_json::from_slice(&out).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&err)))
}

/// Policy and place of each finding.
fn places(report: &Value) -> BTreeSet<(String, String)> {
    let place = |it: &Value| format!("{}:{}", it["location"]["path"].as_str().unwrap(), it["location"]["start_line"]);
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|it| (it["policy"].as_str().unwrap().to_owned(), place(it))).collect()
}

fn pairs(list: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    list.iter().map(|(policy, place)| ((*policy).to_owned(), (*place).to_owned())).collect()
}

const EXPECTED: [(&str, &str); 4] = [
    ("aws-rds-backup-disabled", "main.tf:2"),
    ("aws-rds-unencrypted", "main.tf:7"),
    ("aws-iam-full-admin-policy", "main.tf:22"),
    ("aws-security-group-open-admin-port", "main.tf:51"),
];

#[test]
fn a_live_finding_stands_on_the_line_of_the_source_that_its_state_leads_to() {
    let report = report(&case("all-at-once"), &[".", "--state", "terraform.tfstate"]);
    assert_eq!(places(&report), pairs(&EXPECTED));
    for finding in report["findings"].as_array().unwrap() {
        assert_eq!(finding["resource"]["source"], "aws");
        assert!(finding["resource"]["address"].as_str().unwrap().starts_with("arn:aws:"));
        let related = &finding["related"][0];
        assert_eq!(related["message"], "live value");
        assert!(related["location"]["path"].as_str().unwrap().starts_with("aws/111122223333/"));
    }
}

#[test]
fn the_source_alone_leads_to_its_lines_by_the_names_it_gives() {
    assert_eq!(places(&report(&case("all-at-once"), &["."])), pairs(&EXPECTED));
}

#[test]
fn without_source_the_line_is_the_states_and_without_either_that_of_what_was_read() {
    let dir = case("all-at-once");
    let of_state = report(&dir, &["--state", "terraform.tfstate"]);
    assert!(places(&of_state).iter().all(|(_, place)| place.starts_with("terraform.tfstate:")), "{of_state}");
    let bare = report(&dir, &[]);
    assert!(places(&bare).iter().all(|(_, place)| place.starts_with("aws/111122223333/")), "{bare}");
    let prints = |report: &Value| -> BTreeSet<String> {
        report["findings"].as_array().unwrap().iter().map(|it| it["fingerprint"].to_string()).collect()
    };
    assert_eq!(prints(&of_state), prints(&bare), "the place is no part of what a finding is");
}

#[test]
fn a_name_that_two_live_things_have_leads_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("main.tf"), "resource \"aws_security_group\" \"web\" {\n  name = \"web\"\n}\n")
        .unwrap();
    let group = |id: &str| {
        format!(
            "{{\"record\":{{\"account\":\"111122223333\",\"region\":\"eu-west-1\",\"kind\":\"AWS::EC2::SecurityGroup\",\"id\":\"{id}\",\
             \"shape\":\"cloud-formation\",\"value\":{{\"GroupId\":\"{id}\",\"Id\":\"{id}\",\"GroupName\":\"web\",\"VpcId\":\"vpc-0a1b2c3d\",\
             \"SecurityGroupIngress\":[{{\"CidrIp\":\"0.0.0.0/0\",\"IpProtocol\":\"tcp\",\"FromPort\":22,\"ToPort\":22}}]}}}}}}\n"
        )
    };
    let write = |ids: &[&str]| {
        let records: String = ids.iter().map(|id| group(id)).collect();
        let end = format!("{{\"end\":{{\"complete\":true,\"records\":{}}}}}\n", ids.len());
        std::fs::write(dir.path().join("live.jsonl"), format!("{{\"stanchion-snapshot\":1}}\n{records}{end}")).unwrap();
        places(&report(dir.path(), &[".", "--select", "aws-security-group-open-admin-port"]))
    };
    assert!(write(&["sg-0aaa1111"]).iter().all(|(_, place)| place.starts_with("main.tf:")));
    let two = write(&["sg-0aaa1111", "sg-0bbb2222"]);
    assert_eq!(two.len(), 2);
    assert!(two.iter().all(|(_, place)| place.starts_with("aws/")), "{two:?}");
}

/// An inline policy and an attachment are things of their own, and attributes of their role.
#[test]
fn what_a_role_may_do_is_told_once() {
    let all = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] });
    let trust = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" },
    ] });
    let arn = "arn:aws:iam::111122223333:role/api";
    let attached =
        json!([{ "PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess" }]);
    let role = json!({
        "RoleName": "api", "RoleId": "AROAX", "Arn": arn, "Path": "/", "CreateDate": "2026-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": trust, "AttachedManagedPolicies": attached,
        "RolePolicyList": [{ "PolicyName": "all", "PolicyDocument": all }],
    });
    let record = json!({
        "account": "111122223333", "region": "global", "kind": "AWS::IAM::Role", "id": "api", "arn": arn,
        "shape": "iam", "tags": {}, "value": role,
    });
    let lines = [
        json!({ "stanchion-snapshot": 1 }),
        json!({ "record": record }),
        json!({ "listing": { "account": "111122223333", "region": "global", "kind": "AWS::IAM::Role" } }),
        json!({ "end": { "complete": true, "records": 1 } }),
    ];
    let dir = tempfile::tempdir().unwrap();
    let text: Vec<String> = lines.iter().map(ToString::to_string).collect();
    std::fs::write(dir.path().join("live.jsonl"), text.join("\n") + "\n").unwrap();
    let report = report(dir.path(), &["--select", "aws-iam-*admin*"]);
    let told = report["findings"].as_array().unwrap().iter();
    let told: Vec<_> =
        told.map(|it| (it["policy"].as_str().unwrap(), it["resource"]["type"].as_str().unwrap())).collect();
    assert_eq!(
        told,
        [
            ("aws-iam-full-admin-policy", "aws_iam_role_policy"),
            ("aws-iam-administrator-access-attached", "aws_iam_role_policy_attachment"),
        ]
    );
}
