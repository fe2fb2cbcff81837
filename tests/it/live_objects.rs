//! Live things, from the cloud's shapes to verdicts.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use stanchion::evaluate::{self, Evaluated};
use stanchion::live::map;
use stanchion::load;
use stanchion::model::{
    Existence, Gap, GapReason, Inventory, Listing, LiveObject, LiveRecord, PathStep, Resource, SourceKind, SourceMap,
    Verdict,
};
use stanchion::policy::{self, PolicySet, Selection};

fn shipped(select: &[&str]) -> PolicySet {
    let select = select.iter().map(|id| (*id).to_owned()).collect();
    policy::load(&Selection { select, ..Selection::default() }).unwrap()
}

fn records() -> Vec<LiveRecord> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/aws");
    let dirs = std::fs::read_dir(root).unwrap().map(|dir| dir.unwrap().path());
    let mut paths: Vec<_> =
        dirs.flat_map(|dir| std::fs::read_dir(dir).unwrap().map(|file| file.unwrap().path())).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let fixture: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        serde_json::from_value(fixture["record"].clone()).unwrap()
    };
    paths.iter().map(read).collect()
}

fn fixture(path: &str) -> LiveRecord {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/aws").join(path);
    let fixture: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    serde_json::from_value(fixture["record"].clone()).unwrap()
}

fn objects(records: Vec<LiveRecord>, listings: Vec<Listing>) -> Vec<LiveObject> {
    let made = map::map(&Inventory { records, listings, complete: true });
    assert!(made.problems.is_empty(), "{:?}", made.problems);
    made.value
}

fn judged(objects: &[LiveObject], select: &[&str]) -> (Vec<Resource>, Evaluated) {
    let sources = SourceMap::new();
    let resources = load::live(objects, &sources);
    let evaluated = evaluate::evaluate(&resources, &shipped(select), &sources);
    (resources, evaluated)
}

fn verdicts(objects: &[LiveObject], policy: &str) -> BTreeSet<(String, String)> {
    let (_, evaluated) = judged(objects, &[policy]);
    assert!(evaluated.problems.is_empty(), "{:?}", evaluated.problems);
    let word = |verdict| if verdict == Verdict::Fail { "fail" } else { "undetermined" };
    evaluated.findings.iter().map(|it| (it.kind.to_string(), word(it.verdict).to_owned())).collect()
}

fn pair(kind: &str, verdict: &str) -> (String, String) {
    (kind.to_owned(), verdict.to_owned())
}

fn listing(kind: &str) -> Listing {
    Listing { account: "123456789012".into(), region: "eu-west-1".into(), kind: kind.into(), gap: None }
}

#[test]
fn no_policy_errs_on_a_live_thing() {
    let (resources, evaluated) = judged(&objects(records(), Vec::new()), &[]);
    assert!(resources.len() > 60, "{}", resources.len());
    assert!(evaluated.problems.is_empty(), "{:?}", evaluated.problems);
    for resource in &resources {
        assert!(resource.source == SourceKind::Aws && resource.exists == Existence::Yes);
        assert!(resource.scope.starts_with("aws/123456789012/"), "{}", resource.scope);
    }
    assert!(evaluated.findings.iter().any(|it| it.verdict == Verdict::Fail));
}

#[test]
fn texts_of_live_things_have_safe_paths_of_their_own() {
    let mut all = objects(records(), Vec::new());
    let mut odd = all[0].clone();
    odd.id = "../../etc/passwd:C:\\x\u{202e}".into();
    all.extend([odd.clone(), odd]);
    let sources = SourceMap::new();
    let resources = load::live(&all, &sources);
    let mut seen = BTreeSet::new();
    for resource in &resources {
        let path = sources.file(resource.body.file).path.clone();
        let plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
        assert!(plain && path.split('/').count() == 5 && !path.contains("/."), "{path}");
        assert!(seen.insert(path), "two things have one text");
    }
}

#[test]
fn an_unread_attribute_makes_no_finding_and_an_absent_one_does() {
    let policy = "aws-kms-no-rotation";
    let mut record = fixture("aws_kms_key/cloudformation.json");
    record.value.as_object_mut().unwrap().remove("EnableKeyRotation");
    let absent = objects(vec![record], Vec::new());
    assert!(!absent[0].attributes.contains_key("enable_key_rotation"));
    assert!(verdicts(&absent, policy).contains(&pair("aws_kms_key", "fail")), "{:?}", verdicts(&absent, policy));
    let mut unread = absent;
    unread[0].unread.push(vec![PathStep::Key("enable_key_rotation".into())]);
    assert_eq!(verdicts(&unread, policy), BTreeSet::from([pair("aws_kms_key", "undetermined")]));
}

#[test]
fn findings_point_at_lines_of_the_things_text() {
    let objects = objects(vec![fixture("aws_security_group/cloudformation.json")], Vec::new());
    let sources = SourceMap::new();
    let resources = load::live(&objects, &sources);
    let evaluated = evaluate::evaluate(&resources, &shipped(&["aws-vpc-security-group-open-admin-port"]), &sources);
    let finding = &evaluated.findings[0];
    assert_eq!(finding.verdict, Verdict::Fail);
    let span = finding.span;
    let file = sources.file(span.file);
    assert!(file.text[span.start as usize..span.end as usize].contains("0.0.0.0/0"));
    assert!(file.position(span.start).line > 3);
}

#[test]
fn a_buckets_parts_decide_with_it() {
    let policy = "aws-s3-public-acl";
    let record = fixture("aws_s3_bucket/config_item.json");
    let open = objects(vec![record.clone()], Vec::new());
    let mut open_acl = open.clone();
    // The grants are AWS Config's; whether there is a separate ACL does not matter to a bucket that nobody declared.
    for object in &mut open_acl {
        object.unread.retain(|path| path.as_slice() != [PathStep::Key("aws_s3_bucket_acl".into())]);
        object.unread.retain(|path| path.as_slice() != [PathStep::Key("aws_s3_bucket_ownership_controls".into())]);
    }
    assert!(verdicts(&open_acl, policy).contains(&pair("aws_s3_bucket", "fail")));
    assert_eq!(verdicts(&open, policy), BTreeSet::from([pair("aws_s3_bucket", "undetermined")]));
    let mut closed = record;
    closed.value["supplementaryConfiguration"]["PublicAccessBlockConfiguration"]["ignorePublicAcls"] = json!(true);
    assert!(verdicts(&objects(vec![closed], Vec::new()), policy).is_empty());
}

#[test]
fn a_bucket_without_a_policy_is_known_only_where_all_policies_were_read() {
    let policy = |object: &LiveObject| object.unread.contains(&vec![PathStep::Key("policy".into())]);
    let bucket = || fixture("aws_s3_bucket/plain.json");
    let find = |objects: Vec<LiveObject>| objects.into_iter().find(|it| &*it.kind == "aws_s3_bucket").unwrap();
    assert!(policy(&find(objects(vec![bucket()], Vec::new()))));
    assert!(!policy(&find(objects(vec![bucket()], vec![listing("AWS::S3::BucketPolicy")]))));
    let gap = Gap { reason: GapReason::Denied, message: "denied".into(), id: None };
    let partly = vec![Listing { gap: Some(gap), ..listing("AWS::S3::BucketPolicy") }];
    assert!(policy(&find(objects(vec![bucket()], partly))));
}

#[test]
fn a_public_policy_is_found_through_its_own_type_and_blocked_by_its_sibling() {
    let policy = "aws-s3-public-policy";
    let own = |block: bool| {
        let mut record = fixture("aws_s3_bucket/config_item.json");
        record.value["supplementaryConfiguration"]["PublicAccessBlockConfiguration"]["restrictPublicBuckets"] =
            json!(block);
        objects(vec![record], Vec::new())
    };
    assert!(
        verdicts(&own(false), policy).contains(&pair("aws_s3_bucket_policy", "fail")),
        "{:?}",
        verdicts(&own(false), policy)
    );
    assert!(verdicts(&own(true), policy).is_empty(), "{:?}", verdicts(&own(true), policy));
}

#[test]
fn regions_count_only_what_was_read_to_its_end() {
    let region =
        LiveRecord { kind: "Stanchion::Region".into(), id: "eu-west-1".into(), ..fixture("aws_region/region.json") };
    let gap = Gap { reason: GapReason::Denied, message: "denied".into(), id: None };
    let denied = Listing { gap: Some(gap), ..listing("AWS::KMS::Key") };
    let listings = vec![listing("AWS::EC2::SecurityGroup"), listing("AWS::GuardDuty::Detector"), denied];
    let all = objects(vec![region, fixture("aws_security_group/cloudformation.json")], listings);
    let region = all.iter().find(|it| &*it.kind == "aws_region").unwrap();
    assert_eq!(region.attributes["present"], json!({"aws_security_group": 1, "aws_guardduty_detector": 0}));
}
