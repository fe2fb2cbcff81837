//! Claims about reading live accounts, against a small AWS on loopback that misbehaves on demand.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stanchion::live::aws::collect;
use stanchion::live::{Cancel, Settings, gaps};
use stanchion::model::{Gap, GapReason, Inventory, LiveRecord, LiveShape};

use crate::fake_aws::answers::virtual_devices;
use crate::fake_aws::{Call, Fake, OWN, Reply, World};

const QUEUE: &str = "AWS::SQS::Queue";
const CLUSTER: &str = "AWS::EKS::Cluster";

fn read(settings: &Settings) -> Inventory {
    let started = Instant::now();
    let inventory = collect(settings, &Cancel::default(), Arc::new(|_| {})).unwrap();
    assert!(started.elapsed() < Duration::from_secs(20), "it ends in time");
    inventory
}

fn records<'a>(inventory: &'a Inventory, kind: &str) -> Vec<&'a LiveRecord> {
    inventory.records.iter().filter(|record| &*record.kind == kind).collect()
}

fn ids(inventory: &Inventory, kind: &str) -> Vec<String> {
    records(inventory, kind).iter().map(|record| record.id.to_string()).collect()
}

/// The gaps of a type; empty when it was read to its end.
fn gaps_of(inventory: &Inventory, kind: &str) -> Vec<Gap> {
    let of: Vec<_> = inventory.listings.iter().filter(|listing| &*listing.kind == kind).collect();
    assert!(!of.is_empty(), "{kind} has a listing: {:?}", inventory.listings);
    of.into_iter().filter_map(|listing| listing.gap.clone()).collect()
}

fn reason(inventory: &Inventory, kind: &str) -> GapReason {
    let gaps = gaps_of(inventory, kind);
    let [gap] = &gaps[..] else { panic!("one gap: {gaps:?}") };
    gap.reason
}

fn queues(count: usize) -> World {
    let queue = |world: World, n: usize| {
        world.thing("eu-west-1", QUEUE, &format!("q{n}"), json!({ "QueueName": format!("q{n}") }))
    };
    (0..count).fold(World::default(), queue)
}

fn is(action: &'static str) -> impl Fn(&Call) -> bool + Send + Sync + Copy {
    move |call| call.action == action
}

#[test]
fn what_config_records_is_read_from_config_and_the_rest_through_cloud_control() {
    let world = queues(3)
        .thing("eu-west-1", CLUSTER, "c", json!({ "Name": "c", "Arn": "arn:aws:eks:eu-west-1:111122223333:cluster/c" }))
        .recording(&[CLUSTER]);
    let fake = Fake::start(world);
    let inventory = read(&fake.settings(&[QUEUE, CLUSTER]));
    assert!(inventory.complete && gaps::problems(&inventory).is_empty(), "{inventory:?}");
    assert_eq!(ids(&inventory, QUEUE), ["q0", "q1", "q2"]);
    assert_eq!((gaps_of(&inventory, QUEUE), gaps_of(&inventory, CLUSTER)), (vec![], vec![]));
    let cluster = records(&inventory, CLUSTER)[0];
    assert_eq!((&*cluster.account, &*cluster.region, &*cluster.tags["a"]), (OWN, "eu-west-1", "b"));
    assert_eq!(cluster.captured.as_deref(), Some("2026-01-02T03:04:05.000Z"));
    assert_eq!((fake.count("SelectResourceConfig"), fake.count("GetResource"), fake.count("ListResources")), (1, 3, 2));
}

#[test]
fn two_readings_of_the_same_account_are_the_same() {
    let fake = Fake::start(queues(9));
    let (first, second) = (read(&fake.settings(&[])), read(&fake.settings(&[])));
    assert_eq!(first, second);
    assert!(first.listings.len() > 80, "every type has its listing");
}

#[test]
fn iam_gives_its_own_members_with_documents_decoded() {
    let fake = Fake::start(World::default());
    let names = [
        "AWS::IAM::Role",
        "AWS::IAM::User",
        "Stanchion::IAM::CredentialReport",
        "Stanchion::Account",
        "Stanchion::Region",
    ];
    let inventory = read(&fake.settings(&names));
    assert!(gaps::problems(&inventory).is_empty(), "{:?}", inventory.listings);
    let role = records(&inventory, "AWS::IAM::Role")[0];
    assert_eq!((role.shape, &*role.region, &*role.tags["a"]), (LiveShape::Iam, "global", "b"));
    assert_eq!(role.value["AssumeRolePolicyDocument"], json!({ "Version": "2012-10-17", "Statement": [] }));
    assert_eq!(role.value["RolePolicyList"][0]["PolicyDocument"]["Version"], "2012-10-17");
    assert_eq!(role.value["CreateDate"], "2026-01-02T03:04:05Z");
    assert_eq!(ids(&inventory, "AWS::IAM::User"), ["ann"]);
    let report = records(&inventory, "Stanchion::IAM::CredentialReport");
    assert_eq!((&*report[0].id, &report[0].value["mfa_active"]), ("<root_account>", &json!(false)));
    assert_eq!((&*report[1].id, &report[1].value["mfa_active"]), ("ann", &json!(true)));
    let account = &records(&inventory, "Stanchion::Account")[0].value;
    assert_eq!(account["password_policy"], Value::Null);
    assert_eq!(
        (&account["summary"]["AccountMFAEnabled"], &account["credential_report_time"]),
        (&json!(1), &json!("2026-01-02T03:04:05Z"))
    );
    assert_eq!(account["root_virtual_mfa"], json!(false));
    let region = &records(&inventory, "Stanchion::Region")[0].value;
    assert_eq!((&region["recorder"]["exists"], &region["recorder"]["recording"]), (&json!(false), &json!(false)));
}

#[test]
fn a_virtual_device_of_the_root_user_is_found_on_any_page_and_not_known_where_it_is_denied() {
    let kinds = ["Stanchion::Account"];
    let devices = is("ListVirtualMFADevices");
    let second = move |call: &Call| {
        let more = "<IsTruncated>true</IsTruncated><Marker>m</Marker>";
        devices(call).then(|| match call.text("Marker") {
            "" => virtual_devices(&["arn:aws:iam::111122223333:mfa/ann"], more),
            _ => virtual_devices(&["arn:aws:iam::111122223333:mfa/root-account-mfa-device"], ""),
        })
    };
    let inventory = read(&Fake::start(World::with(second)).settings(&kinds));
    assert_eq!(records(&inventory, kinds[0])[0].value["root_virtual_mfa"], json!(true));
    let other = move |call: &Call| {
        let Reply::Xml(text) = virtual_devices(&["arn:aws:iam::111122223333:mfa/phone"], "") else { return None };
        let user = "<User><UserName></UserName><Arn>arn:aws:iam::111122223333:root</Arn></User><EnableDate>";
        devices(call).then(|| Reply::Xml(text.replace("<EnableDate>", user)))
    };
    let inventory = read(&Fake::start(World::with(other)).settings(&kinds));
    assert_eq!(records(&inventory, kinds[0])[0].value["root_virtual_mfa"], json!(true));
    let denied = move |call: &Call| devices(call).then_some(Reply::Error(403, "AccessDenied", "no"));
    let inventory = read(&Fake::start(World::with(denied)).settings(&kinds));
    let account = records(&inventory, kinds[0])[0];
    assert!(account.value.get("root_virtual_mfa").is_none() && account.value["summary"].is_object());
    assert_eq!(reason(&inventory, kinds[0]), GapReason::Denied);
    assert!(gaps::problems(&inventory)[0].message.contains("allow iam:ListVirtualMFADevices"));
    let made = stanchion::live::map::map(&inventory).value;
    let unread = &made.iter().find(|it| &*it.kind == "aws_account").unwrap().unread;
    assert_eq!(unread.len(), 1, "what is not known is not absent");
}

#[test]
fn without_queries_config_is_asked_for_a_list_and_its_details() {
    let world = World::with(|call| {
        is("SelectResourceConfig")(call).then_some(Reply::Error(400, "AccessDeniedException", "no"))
    });
    let world = world.thing("eu-west-1", CLUSTER, "c", json!({ "Name": "c" })).recording(&[CLUSTER]);
    let fake = Fake::start(world);
    let inventory = read(&fake.settings(&[CLUSTER]));
    assert!(gaps_of(&inventory, CLUSTER).is_empty());
    let cluster = records(&inventory, CLUSTER)[0];
    assert_eq!((&cluster.value, &*cluster.tags["a"]), (&json!({ "Name": "c" }), "b"));
    assert_eq!(cluster.captured.as_deref(), Some("2026-01-02T00:00:00.5Z"));
    assert_eq!(fake.count("BatchGetResourceConfig"), 1);
}

#[test]
fn where_config_is_denied_cloud_control_is_asked_and_where_both_are_the_action_is_named() {
    let denied =
        Reply::Error(400, "AccessDeniedException", "User: x is not authorized to perform: sqs:ListQueues on it");
    let both = denied.clone();
    let config =
        move |call: &Call| (call.service == "config" && !call.action.starts_with("Describe")).then(|| denied.clone());
    let fake = Fake::start(World { fault: Box::new(config), ..queues(1).recording(&[QUEUE]) });
    assert_eq!(ids(&read(&fake.settings(&[QUEUE])), QUEUE), ["q0"]);
    let all = move |call: &Call| (call.service == "config" || call.service == "cloudcontrolapi").then(|| both.clone());
    let fake = Fake::start(World { fault: Box::new(all), ..queues(1).recording(&[QUEUE]) });
    let inventory = read(&fake.settings(&[QUEUE]));
    assert_eq!((reason(&inventory, QUEUE), inventory.complete), (GapReason::Denied, true));
    let problem = &gaps::problems(&inventory)[0];
    assert!(problem.incomplete && problem.message.contains("allow sqs:ListQueues"), "{problem:?}");
    assert_eq!(fake.count("ListResources"), 1, "what is denied is not tried again");
}

#[test]
fn a_type_that_nobody_records_or_lists_is_a_gap_and_not_an_empty_listing() {
    let fake = Fake::start(World::default().recording(&[QUEUE]));
    let inventory = read(&fake.settings(&["AWS::CodeBuild::Project"]));
    assert_eq!(reason(&inventory, "AWS::CodeBuild::Project"), GapReason::NotRecorded);
}

#[test]
fn a_burst_of_throttling_is_waited_out_and_one_without_end_is_a_gap() {
    let throttled = Reply::Error(400, "ThrottlingException", "Rate exceeded");
    let (burst, endless) = (throttled.clone(), throttled);
    let some = move |call: &Call| (is("GetResource")(call) && call.before < 6).then(|| burst.clone());
    let fake = Fake::start(World { fault: Box::new(some), ..queues(5) });
    let inventory = read(&fake.settings(&[QUEUE]));
    assert_eq!((ids(&inventory, QUEUE).len(), gaps_of(&inventory, QUEUE)), (5, vec![]));
    let all = move |call: &Call| is("GetResource")(call).then(|| endless.clone());
    let fake = Fake::start(World { fault: Box::new(all), ..queues(5) });
    let inventory = read(&fake.settings(&[QUEUE]));
    assert_eq!(reason(&inventory, QUEUE), GapReason::Throttled);
    assert!(fake.count("GetResource") <= 8 * 8, "retries are bounded: {}", fake.count("GetResource"));
}

#[test]
fn answers_that_make_no_sense_are_gaps_with_their_status() {
    let html = || Reply::Raw(200, "text/html", "<html><body>Sign in</body></html>".into());
    let faults: [(&str, Reply); 5] = [
        ("500", Reply::Error(500, "InternalFailure", "oops")),
        ("500", Reply::Raw(500, "text/html", "<html>oops</html>".into())),
        ("200", html()),
        ("", Reply::Cut(json!({ "ResourceDescriptions": [{ "Identifier": "q0" }], "x": "0123456789" }))),
        ("", Reply::Slow(Duration::from_millis(900), Box::new(Reply::Json(json!({}))))),
    ];
    for (status, fault) in faults {
        let shown = format!("{fault:?}");
        let fault = move |call: &Call| is("ListResources")(call).then(|| fault.clone());
        let fake = Fake::start(World { fault: Box::new(fault), ..queues(1) });
        let inventory = read(&fake.settings(&[QUEUE]));
        assert_eq!(reason(&inventory, QUEUE), GapReason::Failed, "{shown}");
        let message = &gaps_of(&inventory, QUEUE)[0].message;
        assert!(message.contains(status), "{shown}: {message}");
        assert!(fake.count("ListResources") <= 4, "{shown}: {} tries", fake.count("ListResources"));
        assert!(inventory.records.iter().all(|record| &*record.kind != QUEUE));
    }
}

#[test]
fn a_fault_that_passes_costs_nothing() {
    for fault in [
        Reply::Error(503, "ServiceUnavailableException", "later"),
        Reply::Cut(json!({ "x": "0123456789" })),
        Reply::Raw(200, "text/html", "<html></html>".into()),
    ] {
        let fault = move |call: &Call| (call.before == 0 && call.service == "cloudcontrolapi").then(|| fault.clone());
        let fake = Fake::start(World { fault: Box::new(fault), ..queues(3) });
        let inventory = read(&fake.settings(&[QUEUE]));
        assert_eq!((ids(&inventory, QUEUE).len(), gaps_of(&inventory, QUEUE)), (3, vec![]));
    }
}

#[test]
fn credentials_that_end_mid_page_keep_what_was_read_and_make_a_gap() {
    let expired = |call: &Call| {
        let second = is("SelectResourceConfig")(call) && call.before == 1;
        second.then_some(Reply::Error(
            400,
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ))
    };
    let fake = Fake::start(World { fault: Box::new(expired), ..queues(5).recording(&[QUEUE]) });
    let inventory = read(&fake.settings(&[QUEUE]));
    assert_eq!((ids(&inventory, QUEUE).len(), reason(&inventory, QUEUE)), (2, GapReason::Failed));
    assert!(gaps_of(&inventory, QUEUE)[0].message.contains("get new ones"));
    assert_eq!(fake.count("SelectResourceConfig"), 2);
}

#[test]
fn a_page_that_comes_again_is_a_gap_and_no_loop() {
    let same = |call: &Call| {
        is("ListResources")(call).then(|| Reply::Json(json!({ "ResourceDescriptions": [], "NextToken": "again" })))
    };
    let fake = Fake::start(World::with(same));
    let inventory = read(&fake.settings(&[QUEUE]));
    assert_eq!(reason(&inventory, QUEUE), GapReason::Failed);
    assert_eq!(fake.count("ListResources"), 2);
}

#[test]
fn rows_that_make_no_sense_cost_themselves_or_their_listing() {
    let rows = |rows: Value| {
        let fault =
            move |call: &Call| is("SelectResourceConfig")(call).then(|| Reply::Json(json!({ "Results": rows })));
        let fake = Fake::start(World { fault: Box::new(fault), ..World::default().recording(&[QUEUE]) });
        read(&fake.settings(&[QUEUE]))
    };
    let good = r#"{"resourceId":"a","configuration":{"QueueName":"a"}}"#;
    let one = rows(json!([good, r#"{"resourceId":"b"}"#]));
    assert_eq!(ids(&one, QUEUE), ["a"]);
    assert_eq!(gaps_of(&one, QUEUE)[0].id.as_deref(), Some("b"));
    for senseless in ["{", "[]", "null", "{}"] {
        let whole = rows(json!([good, senseless]));
        assert_eq!((ids(&whole, QUEUE).len(), gaps_of(&whole, QUEUE)[0].id.clone()), (1, None), "{senseless}");
    }
}

#[test]
fn one_thing_that_cannot_be_read_costs_itself_and_one_that_went_away_nothing() {
    let fault = |call: &Call| match call.text("Identifier") {
        "q1" => Some(Reply::Error(400, "ResourceNotFoundException", "gone")),
        "q2" => Some(Reply::Error(400, "AccessDeniedException", "no")),
        _ => None,
    };
    let fake = Fake::start(World { fault: Box::new(fault), ..queues(5) });
    let inventory = read(&fake.settings(&[QUEUE]));
    assert_eq!(ids(&inventory, QUEUE), ["q0", "q3", "q4"]);
    let gaps = gaps_of(&inventory, QUEUE);
    assert_eq!((gaps.len(), gaps[0].id.as_deref(), gaps[0].reason), (1, Some("q2"), GapReason::Denied));
}

#[test]
fn a_type_that_is_not_offered_somewhere_is_told_and_is_no_failure() {
    let fake = Fake::start(World::with(|call| {
        is("ListResources")(call).then_some(Reply::Error(400, "TypeNotFoundException", "no such type"))
    }));
    let inventory = read(&fake.settings(&[QUEUE]));
    assert_eq!(reason(&inventory, QUEUE), GapReason::Unsupported);
    assert!(gaps::problems(&inventory).iter().all(|problem| !problem.incomplete));
}

#[test]
fn types_that_need_a_parent_are_listed_for_each_and_not_trusted_without_it() {
    let (parent, child) = ("AWS::EKS::Cluster", "AWS::EKS::Nodegroup");
    let world = || {
        let nodes = |id: &str, of: &str| (id.to_owned(), json!({ "ClusterName": of }));
        let world = ["a", "b"]
            .iter()
            .fold(World::default(), |world, id| world.thing("eu-west-1", parent, id, json!({ "Name": id })));
        [nodes("a|1", "a"), nodes("b|1", "b"), nodes("b|2", "b")]
            .into_iter()
            .fold(world, |world, (id, value)| world.thing("eu-west-1", child, &id, value))
    };
    let fake = Fake::start(world());
    let inventory = read(&fake.settings(&[parent, child]));
    assert_eq!(
        (ids(&inventory, child), gaps_of(&inventory, child)),
        (vec!["a|1".into(), "b|1".into(), "b|2".into()], vec![])
    );
    let denied =
        move |call: &Call| (call.text("Identifier") == "b").then_some(Reply::Error(400, "AccessDeniedException", "no"));
    let fake = Fake::start(World { fault: Box::new(denied), ..world() });
    let inventory = read(&fake.settings(&[parent, child]));
    assert_eq!((ids(&inventory, child), reason(&inventory, child)), (vec!["a|1".into()], GapReason::Denied));
}

#[test]
fn inputs_of_the_home_region_are_asked_for_there_only() {
    let kind = "AWS::WAFv2::WebACL";
    let world = World { regions: vec!["eu-west-1".into(), "us-east-1".into()], ..World::default() };
    let world = world
        .thing("eu-west-1", kind, "a|1|REGIONAL", json!({ "Scope": "REGIONAL" }))
        .thing("us-east-1", kind, "b|2|REGIONAL", json!({ "Scope": "REGIONAL" }))
        .thing("us-east-1", kind, "c|3|CLOUDFRONT", json!({ "Scope": "CLOUDFRONT" }));
    let fake = Fake::start(world);
    let inventory = read(&fake.settings(&[kind]));
    assert_eq!(ids(&inventory, kind), ["a|1|REGIONAL", "b|2|REGIONAL", "c|3|CLOUDFRONT"]);
    assert_eq!(fake.count("ListResources"), 3);
}

#[test]
fn buckets_are_listed_once_and_put_where_they_are() {
    let (bucket, policy) = ("AWS::S3::Bucket", "AWS::S3::BucketPolicy");
    let mut world = World { regions: vec!["eu-west-1".into(), "us-east-1".into()], page: 10, ..World::default() };
    for (id, region) in [("a", "eu-west-1"), ("b", "us-east-1"), ("c", "ap-south-1")] {
        let name = format!("{id}.s3.{region}.amazonaws.com");
        world = world.thing("eu-west-1", bucket, id, json!({ "BucketName": id, "RegionalDomainName": name }));
        world = world.thing("eu-west-1", policy, id, json!({ "Bucket": id }));
    }
    let fake = Fake::start(world);
    let inventory = read(&fake.settings(&[bucket, policy]));
    for kind in [bucket, policy] {
        let places: Vec<_> =
            records(&inventory, kind).iter().map(|it| (it.region.to_string(), it.id.to_string())).collect();
        assert_eq!(places, [("eu-west-1".into(), "a".into()), ("us-east-1".into(), "b".into())]);
        let listed: BTreeSet<_> =
            inventory.listings.iter().filter(|it| &*it.kind == kind).map(|it| &*it.region).collect();
        assert_eq!(listed.into_iter().collect::<Vec<_>>(), ["eu-west-1", "us-east-1"]);
    }
    assert_eq!(fake.count("ListResources"), 2);
}
