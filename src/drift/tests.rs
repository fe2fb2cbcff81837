//! What must be quiet is quiet, and what changed is told: case by case, and for everything against itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map as JsonMap, Value as Json, json};

use super::normalize::{dotted, node_at};
use super::*;
use crate::model::{Gap, GapReason, LiveObject, Node, PathStep, Resource, SourceMap, Span};

const CASES: &str = include_str!("../../fixtures/drift/normalisations.json");
const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";

fn nowhere() -> Span {
    Span::new(SourceMap::new().add("x", ""), 0, 0)
}

fn resource(source: SourceKind, address: &str, kind: &str, attributes: &Json) -> Resource {
    let config = node_at(attributes, nowhere());
    Resource { provider: Some("aws".into()), ..Resource::new(source, "", address, kind, config, nowhere()) }
}

fn recorded(entry: &Json) -> Recorded {
    let address = entry["address"].as_str().unwrap();
    let kind = address.rsplit_once('.').unwrap().0.rsplit('.').next().unwrap();
    let identity = json!({"account_id": ACCOUNT, "region": REGION});
    Recorded {
        resource: resource(SourceKind::State, address, kind, &entry["attributes"]),
        attributes: node_at(&entry["attributes"], nowhere()),
        identity: node_at(&identity, nowhere()).as_map().unwrap().clone(),
        provider: "aws".into(),
        gone: false,
    }
}

fn live(entry: &Json) -> Live {
    let text = |key: &str| entry[key].as_str().map(Arc::from);
    let (kind, id): (Arc<str>, Arc<str>) = (text("kind").unwrap(), text("id").unwrap());
    let pair = |node: &Json| Some((node[0].as_str()?.into(), node[1].as_str()?.into()));
    let unread = entry["unread"].as_array().into_iter().flatten().filter_map(Json::as_str);
    let tags = entry["tags"].as_object().into_iter().flatten();
    let attributes: JsonMap<String, Json> = entry["attributes"].as_object().unwrap().clone();
    Live {
        resource: resource(SourceKind::Aws, &id, &kind, &Json::Object(attributes.clone())),
        object: LiveObject {
            account: ACCOUNT.into(),
            region: text("region").unwrap_or_else(|| REGION.into()),
            arn: text("arn"),
            identity: BTreeMap::new(),
            attributes,
            unread: unread.map(|path| path.split('.').map(|key| PathStep::Key(key.into())).collect()).collect(),
            parent: pair(&entry["parent"]),
            tags: tags.map(|(key, value)| (key.as_str().into(), value.as_str().unwrap().into())).collect(),
            captured: None,
            kind,
            id,
        },
    }
}

fn listing(kind: &str, region: &str, gap: Option<Gap>) -> Listing {
    Listing { account: ACCOUNT.into(), region: region.into(), kind: kind.into(), gap }
}

fn all_listings() -> Vec<Listing> {
    let rules = Rules::embedded();
    let kinds: BTreeSet<&str> = rules.types.keys().flat_map(|kind| rules.listed(kind)).collect();
    let extra = ["aws_athena_workgroup", "aws_route"];
    kinds
        .into_iter()
        .chain(extra)
        .flat_map(|kind| [listing(kind, REGION, None), listing(kind, "global", None)])
        .collect()
}

fn run(recorded: &[Recorded], live: &[Live], listings: &[Listing], source: &[Resource]) -> Compared {
    let rules = Rules::embedded();
    compare(Input { recorded, live, listings, source, source_whole: true, rules })
}

fn told(compared: &Compared) -> Vec<String> {
    let one = |it: &Difference| {
        let head = match it.class {
            DriftClass::Unmanaged => format!("unmanaged:{} {}", it.owner.as_str(), it.name()),
            class => format!("{} {}", class.as_str(), it.name()),
        };
        if it.attributes.is_empty() {
            return vec![head];
        }
        it.attributes.iter().map(|attribute| format!("{head} {}", dotted(&attribute.path))).collect()
    };
    let mut out: Vec<String> = compared.differences.iter().flat_map(one).collect();
    out.sort();
    out
}

fn entries(case: &Json, side: &str) -> Vec<Json> {
    case[side].as_array().unwrap().clone()
}

#[test]
fn every_case_tells_what_it_expects_and_nothing_else() {
    let cases: Vec<Json> = serde_json::from_str(CASES).unwrap();
    assert!(cases.len() >= 52, "{} cases", cases.len());
    let mut faults = Vec::new();
    for case in &cases {
        let recorded: Vec<Recorded> = entries(case, "recorded").iter().map(recorded).collect();
        let live: Vec<Live> = entries(case, "live").iter().map(live).collect();
        let compared = run(&recorded, &live, &all_listings(), &[]);
        let mut expected: Vec<String> =
            case["expect"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect();
        expected.sort();
        let found = told(&compared);
        if found != expected {
            faults.push(format!("{}\n  expected {expected:?}\n  found    {found:?}", case["name"]));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// The same value written another way: sets shuffled, documents reordered, defaults spelled out.
fn respelled(json: &Json) -> Json {
    match json {
        Json::Array(items) => Json::Array(items.iter().rev().map(respelled).collect()),
        Json::Object(map) => Json::Object(map.iter().map(|(key, item)| (key.clone(), respelled(item))).collect()),
        Json::Number(number) => Json::String(number.to_string()),
        Json::Bool(value) => Json::String(value.to_string()),
        Json::String(text) if text.starts_with('{') => {
            let document: Json = serde_json::from_str(text).unwrap();
            Json::String(format!(" {} ", serde_json::to_string_pretty(&shuffled_policy(&document)).unwrap()))
        }
        other => other.clone(),
    }
}

fn shuffled_policy(json: &Json) -> Json {
    let mut out = json.clone();
    if let Some(statements) = out.get_mut("Statement").and_then(Json::as_array_mut) {
        statements.reverse();
    }
    out
}

#[test]
fn nothing_differs_from_itself_however_it_is_spelled() {
    let cases: Vec<Json> = serde_json::from_str(CASES).unwrap();
    let mut seen = 0;
    for case in &cases {
        for entry in entries(case, "live").iter().chain(&entries(case, "recorded")) {
            let mut attributes = entry["attributes"].as_object().unwrap().clone();
            let kind =
                entry["kind"].as_str().unwrap_or_else(|| entry["address"].as_str().unwrap().split('.').next().unwrap());
            attributes.entry("id").or_insert_with(|| entry.get("id").cloned().unwrap_or_else(|| "x".into()));
            let row = Rules::embedded().of(kind);
            let id = attributes["id"].clone();
            let record = recorded(&json!({"address": format!("{kind}.x"), "attributes": attributes}));
            for spelled_out in [false, true] {
                let mut other = respelled(&Json::Object(attributes.clone())).as_object().unwrap().clone();
                if spelled_out {
                    for (name, value) in row.defaults.iter().filter(|(name, _)| !name.contains('.')) {
                        if attributes.get(name).is_none_or(Json::is_null) {
                            other.insert(name.clone(), value.clone());
                        }
                    }
                }
                let thing = live(&json!({"kind": kind, "id": id, "arn": attributes.get("arn"), "attributes": other}));
                let found = told(&run(std::slice::from_ref(&record), &[thing], &all_listings(), &[]));
                assert_eq!(found, [""; 0], "{}", case["name"]);
                seen += 1;
            }
        }
    }
    assert!(seen > 100);
}

#[test]
fn what_is_called_changed_is_the_same_from_either_side() {
    let a = json!({"id": "sg-1", "name": "web", "description": "a", "tags": {"A": "1", "B": "2"},
        "ingress": [{"from_port": 1, "to_port": 1}, {"from_port": 2, "to_port": 2}], "egress": [], "vpc_id": "vpc-1"});
    let b = json!({"id": "sg-1", "name": "web", "description": "b", "tags": {"A": "1", "C": "3"},
        "ingress": [{"from_port": 2, "to_port": 2}], "egress": [{"from_port": 9, "to_port": 9}], "vpc_id": "vpc-1"});
    let paths = |a: &Json, b: &Json| {
        let record = recorded(&json!({"address": "aws_security_group.x", "attributes": a}));
        let thing = live(&json!({"kind": "aws_security_group", "id": "sg-1", "attributes": b}));
        told(&run(&[record], &[thing], &all_listings(), &[]))
    };
    assert_eq!(paths(&a, &b), paths(&b, &a));
    assert_eq!(paths(&a, &b).len(), 5, "{:?}", paths(&a, &b));
}

#[test]
fn only_a_listing_read_to_its_end_makes_missing_or_unmanaged() {
    let record = [recorded(&json!({"address": "aws_sqs_queue.q", "attributes": {"id": "q", "url": "q"}}))];
    let thing = [live(&json!({"kind": "aws_kms_key", "id": "k", "attributes": {"key_id": "k"}}))];
    let gap = |reason, id: Option<&str>| {
        Some(Gap { reason, message: "sqs:ListQueues is not allowed".into(), id: id.map(Into::into) })
    };
    let classes = |listings: &[Listing]| told(&run(&record, &thing, listings, &[]));
    let queue = |gap| listing("AWS::SQS::Queue", REGION, gap);
    let key = |gap| listing("AWS::KMS::Key", REGION, gap);
    let (unknown, missing) = ("unknown aws_sqs_queue.q".to_owned(), "missing aws_sqs_queue.q".to_owned());
    let (open, unmanaged) = ("unknown aws_kms_key/k".to_owned(), "unmanaged:nobody aws_kms_key/k".to_owned());
    assert_eq!(classes(&[queue(None), key(None)]), [missing.clone(), unmanaged.clone()]);
    assert_eq!(classes(&[]), [open.clone(), unknown.clone()], "nothing was asked for");
    assert_eq!(
        classes(&[queue(gap(GapReason::Denied, None)), key(gap(GapReason::Throttled, None))]),
        [open, unknown.clone()]
    );
    assert_eq!(classes(&[queue(gap(GapReason::Failed, Some("q"))), key(None)]), [unknown.clone(), unmanaged.clone()]);
    assert_eq!(classes(&[queue(gap(GapReason::Failed, Some("other"))), key(None)]), [missing, unmanaged.clone()]);
    assert_eq!(
        classes(&[listing("AWS::SQS::Queue", "us-east-1", None), key(None)]),
        [unknown.clone(), unmanaged.clone()]
    );
    let elsewhere = Listing { account: "444455556666".into(), ..queue(None) };
    assert_eq!(classes(&[elsewhere, key(None)]), [unknown.clone(), unmanaged.clone()]);
    assert_eq!(classes(&[listing("*", REGION, gap(GapReason::Denied, None)), queue(None)])[1], unknown);
    let compared = run(&record, &thing, &[], &[]);
    assert!(compared.coverage.not_compared.len() == 1 && compared.problems.iter().any(|it| it.incomplete));
}

#[test]
fn the_odd_one_out_is_named() {
    let state = json!({"id": "vol-1", "size": 10, "type": "gp2", "iops": 100, "encrypted": true, "snapshot_id": "s"});
    let now = json!({"size": 20, "type": "gp3", "iops": 300, "encrypted": true, "snapshot_id": "s"});
    let code = json!({"size": 10, "type": "gp3", "iops": 200, "encrypted": false});
    let record = [recorded(&json!({"address": "aws_ebs_volume.v", "attributes": state}))];
    let gone = recorded(&json!({"address": "aws_ebs_volume.old", "attributes": {"id": "vol-2"}}));
    let thing =
        |id: &str, attributes: &Json| live(&json!({"kind": "aws_ebs_volume", "id": id, "attributes": attributes}));
    let source = [resource(SourceKind::Terraform, "aws_ebs_volume.v", "aws_ebs_volume", &code)];
    let things = [thing("vol-1", &now), thing("vol-2", &json!({}))];
    let found = told(&run(&[record[0].clone(), gone], &things, &all_listings(), &source));
    assert_eq!(
        found,
        [
            "changed-outside aws_ebs_volume.v size",
            "conflict aws_ebs_volume.v iops",
            "not-recorded aws_ebs_volume.v type",
            "orphan aws_ebs_volume.old",
            "pending-in-code aws_ebs_volume.v encrypted",
        ]
    );
}

#[test]
fn what_is_not_known_or_hidden_is_never_told() {
    let mut thing =
        live(&json!({"kind": "aws_db_instance", "id": "d", "attributes": {"identifier": "d", "username": "b"}}));
    let mut record = recorded(
        &json!({"address": "aws_db_instance.d", "attributes": {"id": "d", "identifier": "d", "username": "a"}}),
    );
    let hide = |node: &mut Node| {
        let mut map = node.as_map().unwrap().clone();
        map.get_mut("username").unwrap().marks.sensitive = true;
        *node = Node::map(map, node.via);
    };
    hide(&mut record.attributes);
    hide(&mut thing.resource.config);
    let compared = run(&[record.clone()], &[thing.clone()], &all_listings(), &[]);
    let attribute = &compared.differences[0].attributes[0];
    assert_eq!(attribute.recorded.as_ref().unwrap().text(), "***");
    assert_eq!(attribute.live.as_ref().unwrap().text(), "***");
    let mut map = thing.resource.config.as_map().unwrap().clone();
    let unknown = crate::model::Unknown::new(crate::model::Reason::Computed, "redacted");
    map.insert("username".into(), Node::unknown(unknown, nowhere()));
    thing.resource.config = Node::map(map, nowhere());
    assert_eq!(told(&run(&[record], &[thing], &all_listings(), &[])), [""; 0]);
}

/// The live shapes of the mapping's own fixtures, wherever those are: each is recorded, spelled otherwise, and compared.
#[test]
fn nothing_that_is_mapped_differs_from_itself() {
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/aws");
    let Ok(folders) = std::fs::read_dir(fixtures) else { return };
    let files = folders.flat_map(|dir| std::fs::read_dir(dir.unwrap().path()).unwrap());
    let mut seen = 0;
    for path in files.map(|file| file.unwrap().path()) {
        let case: Json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let (mut records, mut things) = (Vec::new(), Vec::new());
        for (number, entry) in entries(&case, "expect").into_iter().enumerate() {
            let mut attributes = entry["attributes"].as_object().cloned().unwrap_or_default();
            let mut thing = entry.clone();
            thing["attributes"] = respelled(&Json::Object(attributes.clone()));
            thing["unread"] = Json::Null;
            for name in ["id", "arn"] {
                if entry[name].is_string() {
                    attributes.entry(name).or_insert_with(|| entry[name].clone());
                }
            }
            let address = format!("{}.x{number}", entry["kind"].as_str().unwrap());
            records.push(recorded(&json!({"address": address, "attributes": attributes})));
            things.push(live(&thing));
            seen += 1;
        }
        let found = told(&run(&records, &things, &all_listings(), &[]));
        assert_eq!(found, [""; 0], "{}", path.display());
    }
    assert!(seen > 100, "{seen}");
}

/// Types that no source lists by themselves, recorded in an account of which everything that can be listed was read.
#[test]
fn what_nothing_lists_is_never_missing() {
    let collected: Vec<Listing> =
        crate_types().flat_map(|kind| [listing(kind, REGION, None), listing(kind, "global", None)]).collect();
    for (kind, attributes) in [
        (
            "aws_sqs_queue_policy",
            json!({ "id": "https://sqs/q", "queue_url": "https://sqs/q", "policy": "{}", "region": REGION }),
        ),
        (
            "aws_sns_topic_policy",
            json!({ "id": "arn:aws:sns:eu-west-1:111122223333:t", "arn": "arn:aws:sns:eu-west-1:111122223333:t", "policy": "{}" }),
        ),
        ("aws_route53_record", json!({ "id": "Z_a_A", "zone_id": "Z", "name": "a", "type": "A" })),
        ("aws_config_delivery_channel", json!({ "id": "default", "name": "default", "region": REGION })),
        (
            "aws_wafv2_web_acl_association",
            json!({ "id": "a,b", "resource_arn": "a", "web_acl_arn": "b", "region": REGION }),
        ),
        ("aws_docdb_cluster", json!({ "id": "d", "cluster_identifier": "d", "region": REGION })),
    ] {
        let record = recorded(&json!({ "address": format!("{kind}.x"), "attributes": attributes }));
        let compared = run(&[record], &[], &collected, &[]);
        assert_eq!(told(&compared), [format!("unknown {kind}.x")], "{kind}");
    }
}

/// What collectors list, as their table names it.
fn crate_types() -> impl Iterator<Item = &'static str> {
    let table = include_str!("../live/types.txt").lines().filter(|line| !line.starts_with('#'));
    table.filter_map(|line| line.split_whitespace().next())
}
