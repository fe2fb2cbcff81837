//! Claims about a network that goes away in the middle of a run.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stanchion::live::aws::collect;
use stanchion::live::{Cancel, gaps, snapshot};
use stanchion::model::{GapReason, Inventory};

use crate::fake_aws::{Fake, World};

const QUEUE: &str = "AWS::SQS::Queue";
const TOPIC: &str = "AWS::SNS::Topic";
/// A run that hangs takes for ever; one on a busy machine may take its time.
const LONGEST: Duration = Duration::from_mins(2);

/// Queues and topics, whose server goes away after so many answers.
fn doomed(answers: usize) -> World {
    let world = World { dies_after: Some(answers), ..World::default() };
    (0..6).fold(world, |world, n| {
        let (queue, topic) = (format!("q{n}"), format!("arn:aws:sns:eu-west-1:111122223333:t{n}"));
        let url = format!("https://sqs.eu-west-1.amazonaws.com/111122223333/{queue}");
        world.thing("eu-west-1", QUEUE, &url, json!({ "QueueName": queue, "QueueUrl": url })).thing(
            "eu-west-1",
            TOPIC,
            &topic,
            json!({ "TopicName": format!("t{n}"), "TopicArn": topic }),
        )
    })
}

fn read(fake: &Fake, kinds: &[&str]) -> Result<Inventory, String> {
    let started = Instant::now();
    let settings = stanchion::live::Settings { last_accessed: Some(10), ..fake.settings(kinds) };
    let inventory = collect(&settings, &Cancel::default(), Arc::new(|_| {}));
    assert!(started.elapsed() < LONGEST, "it ends in time");
    inventory
}

/// What was listed to its end was read in full; everything else has a gap.
fn is_honest(inventory: &Inventory, whole: &Inventory) {
    for kind in whole.listings.iter().map(|it| &it.kind) {
        let of: Vec<_> = inventory.listings.iter().filter(|it| it.kind == *kind || &*it.kind == "*").collect();
        assert!(!of.is_empty(), "{kind} has a listing: {:?}", inventory.listings);
        if of.iter().any(|it| it.gap.is_some()) {
            continue;
        }
        let things = |inventory: &Inventory| inventory.records.iter().filter(|it| it.kind == *kind).count();
        assert_eq!(things(inventory), things(whole), "{kind} was read to its end");
    }
}

#[test]
fn a_network_that_dies_after_any_answer_leaves_gaps_and_no_certainty() {
    let kinds =
        [QUEUE, TOPIC, "AWS::IAM::Role", "Stanchion::Account", "Stanchion::Region", "Stanchion::IAM::LastAccessed"];
    let whole = Fake::start(World { dies_after: None, ..doomed(0) });
    let all = read(&whole, &kinds).unwrap();
    assert!(all.complete);
    let calls = whole.calls().len();
    assert!(calls > 20, "{calls}");
    let mut cut = 0;
    for answers in 0..calls {
        let fake = Fake::start(doomed(answers));
        match read(&fake, &kinds) {
            // Not even whose credentials these are is known.
            Err(told) => assert!(answers == 0 && told.contains("check the network"), "{answers}: {told}"),
            Ok(inventory) => {
                assert!(fake.is_dead() && !inventory.complete, "after {answers} answers");
                let gaps: Vec<_> = inventory.listings.iter().filter_map(|it| it.gap.as_ref()).collect();
                assert!(gaps.iter().all(|gap| gap.reason == GapReason::Failed), "{gaps:?}");
                assert!(gaps::problems(&inventory).iter().any(|problem| problem.incomplete), "after {answers} answers");
                is_honest(&inventory, &all);
                cut += 1;
            }
        }
    }
    assert_eq!(cut, calls - 1);
}

#[test]
fn everything_of_an_account_ends_in_time_without_a_network() {
    for answers in [3, 40, 150] {
        let fake = Fake::start(World { regions: vec!["eu-west-1".into(), "us-east-1".into()], ..doomed(answers) });
        let inventory = read(&fake, &[]).unwrap();
        assert!(fake.is_dead() && !inventory.complete, "after {answers} answers");
        assert!(inventory.listings.iter().any(|it| it.gap.is_some()));
    }
}

#[test]
fn without_a_network_nobody_waits_for_each_call_to_be_tried_again() {
    let fake = Fake::start(World { regions: vec!["eu-west-1".into(), "us-east-1".into()], ..doomed(40) });
    let mut settings = fake.settings(&[]);
    // Fourteen seconds for each call, were it tried as often as usual.
    (settings.pace.first_wait, settings.pace.longest_wait) = (Duration::from_secs(2), Duration::from_secs(15));
    let started = Instant::now();
    let inventory = collect(&settings, &Cancel::default(), Arc::new(|_| {})).unwrap();
    assert!(fake.is_dead() && !inventory.complete);
    // A minute and a half, were each tried again.
    assert!(started.elapsed() < Duration::from_mins(1), "{:?}", started.elapsed());
}

fn program(fake: &Fake, dir: &Path, args: &[&str]) -> (Option<i32>, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanchion"));
    command.current_dir(dir).args(args).env_clear();
    command.args(["--isolated", "--region", "eu-west-1", "--format", "json", "--snapshot-out", "x.jsonl"]);
    command.env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE").env("AWS_SECRET_ACCESS_KEY", "made-up");
    command.env("AWS_ENDPOINT_URL", fake.settings(&[]).endpoint.unwrap()).env("AWS_EC2_METADATA_DISABLED", "true");
    command.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    for service in ["config", "cloudcontrol", "iam"] {
        command.args(["--max-rate", &format!("{service}=1000")]);
    }
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!told.contains("panicked"), "{told}");
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}")))
}

/// A state with one queue and one topic that are there, and one of each that nobody made.
fn state() -> String {
    let one = |kind: &str, name: &str, attributes: Value| {
        json!({
            "mode": "managed", "type": kind, "name": name, "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "instances": [{ "schema_version": 0, "attributes": attributes }],
        })
    };
    let queue = |name: &str| {
        let url = format!("https://sqs.eu-west-1.amazonaws.com/111122223333/{name}");
        let arn = format!("arn:aws:sqs:eu-west-1:111122223333:{name}");
        one("aws_sqs_queue", name, json!({ "id": url, "url": url, "arn": arn, "name": name, "region": "eu-west-1" }))
    };
    let topic = |name: &str| {
        let arn = format!("arn:aws:sns:eu-west-1:111122223333:{name}");
        one("aws_sns_topic", name, json!({ "id": arn, "arn": arn, "name": name, "region": "eu-west-1" }))
    };
    let resources = [queue("q0"), queue("gone"), topic("t0"), topic("gone")];
    let body = json!({ "version": 4, "terraform_version": "1.14.0", "serial": 1, "lineage": "x", "outputs": {}, "resources": resources });
    body.to_string()
}

#[test]
fn the_program_writes_a_whole_snapshot_of_a_run_that_was_cut_and_calls_nothing_missing() {
    let classes = |report: &Value| -> Vec<String> {
        let all = report["drift"]["differences"].as_array().unwrap();
        all.iter().filter_map(|it| it["class"].as_str()).map(ToOwned::to_owned).collect()
    };
    let drift = ["drift", "--state", "terraform.tfstate", "--select", "drift-missing*"];
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("terraform.tfstate"), state()).unwrap();
    let fake = Fake::start(World { dies_after: None, ..doomed(0) });
    let (_, report) = program(&fake, dir.path(), &drift);
    assert_eq!(classes(&report).iter().filter(|class| *class == "missing").count(), 2, "{report}");
    for answers in [2, 8] {
        for command in [&drift[..], &["live", "--select", "aws-sqs-*"]] {
            let dir = tempfile::tempdir().unwrap();
            std::fs::write(dir.path().join("terraform.tfstate"), state()).unwrap();
            let fake = Fake::start(doomed(answers));
            let started = Instant::now();
            let (code, report) = program(&fake, dir.path(), command);
            assert!(fake.is_dead() && started.elapsed() < LONGEST, "it ends in time: {:?}", started.elapsed());
            if command[0] == "drift" {
                let classes = classes(&report);
                assert!(classes.iter().all(|class| class == "unknown") && classes.len() >= 4, "{report}");
                assert_eq!(code, Some(3), "{report}");
            } else {
                assert!(code == Some(3) || !report["findings"].as_array().unwrap().is_empty(), "{report}");
            }
            let files: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
            assert_eq!(files.len(), 2, "no half file is left: {files:?}");
            let text = std::fs::read_to_string(dir.path().join("x.jsonl")).unwrap();
            assert!(text.lines().last().unwrap().contains("\"complete\":false"), "{text}");
            let kept = snapshot::read_file(&dir.path().join("x.jsonl")).unwrap();
            assert!(kept.problems.is_empty() && !kept.value.complete);
        }
    }
}
