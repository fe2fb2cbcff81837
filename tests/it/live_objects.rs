//! Live things, from the cloud's shapes to verdicts.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use stanchion::evaluate::{self, Evaluated};
use stanchion::live::map;
use stanchion::load;
use stanchion::model::{
    Existence, Gap, GapReason, Inventory, Listing, LiveObject, LiveRecord, LiveShape, PathStep, Resource, SourceKind,
    SourceMap, Verdict,
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
    let evaluated = evaluate::evaluate(&resources, &shipped(&["aws-security-group-open-admin-port"]), &sources);
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
    assert_eq!(verdicts(&open, policy), BTreeSet::from([pair("aws_s3_bucket_acl", "undetermined")]));
    // Without ownership controls that might switch ACLs off, the grant to everyone counts.
    let mut known = open;
    for object in &mut known {
        object.unread.retain(|path| path.as_slice() != [PathStep::Key("aws_s3_bucket_ownership_controls".into())]);
    }
    assert_eq!(verdicts(&known, policy), BTreeSet::from([pair("aws_s3_bucket_acl", "fail")]));
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
    let listings = vec![listing("*"), listing("AWS::EC2::SecurityGroup"), listing("AWS::GuardDuty::Detector"), denied];
    let all = objects(vec![region, fixture("aws_security_group/cloudformation.json")], listings);
    let region = all.iter().find(|it| &*it.kind == "aws_region").unwrap();
    assert_eq!(
        region.attributes["present"],
        json!({"aws_default_security_group": 0, "aws_guardduty_detector": 0, "aws_security_group": 1})
    );
}

/// The page that says what is read of live accounts.
fn coverage_page() -> String {
    let policies = shipped(&[]);
    let covered = map::coverage();
    let words = |shape: &LiveShape| match shape {
        LiveShape::CloudFormation => "Cloud Control, AWS Config",
        LiveShape::Config => "AWS Config (older items)",
        LiveShape::Iam => "IAM",
        LiveShape::Terraform => "terraform query",
    };
    let mut rows = String::new();
    let (mut asked, mut answered) = (0, 0);
    for it in &covered {
        let applying: Vec<_> =
            policies.policies().iter().filter(|policy| policy.applies_to(SourceKind::Aws, &it.terraform)).collect();
        let cloud: Vec<&str> = it.cloud.iter().map(|name| &**name).collect();
        for (index, (shape, read)) in it.read.iter().enumerate() {
            let wanted: Vec<&str> = it
                .declared
                .iter()
                .map(|name| &**name)
                .filter(|name| applying.iter().any(|policy| policy.reads.names(name)))
                .collect();
            let missing: Vec<String> =
                wanted.iter().filter(|name| !read.contains(**name)).map(|name| format!("`{name}`")).collect();
            asked += wanted.len();
            answered += wanted.len() - missing.len();
            let of = read.intersection(&it.declared).count();
            let (name, cloud) = if index == 0 {
                (format!("`{}`", it.terraform), cloud.join(", "))
            } else {
                (String::new(), String::new())
            };
            writeln!(
                rows,
                "| {name} | {cloud} | {} | {of} of {} | {} |",
                words(shape),
                it.declared.len(),
                missing.join(", ")
            )
            .unwrap();
        }
    }
    let clouds: BTreeSet<&str> = covered.iter().flat_map(|it| &it.cloud).map(|name| &**name).collect();
    format!(
        "# What is read of live accounts\n\n\
         Live things are judged under Terraform's names. {} types of AWS become {} Terraform types; whatever else Terraform knows of\n\
         a type is not read, and a policy that asks for it answers *undetermined*, never *pass* or *fail*.\n\
         Of the attributes that shipped policies name, {answered} of {asked} are read, counted once for each source.\n\n\
         This page is made from `src/live/map/types/` by `STANCHION_BLESS=1 cargo test --test it live_objects`.\n\n\
         | Terraform type | AWS type | source | attributes read | named by shipped policies, not read |\n\
         |---|---|---|---|---|\n{rows}\n\
         Besides, `aws_account`, `aws_region` and `aws_iam_credential` describe an account, its regions and its credential report, and\n\
         what `terraform query -json` lists is taken as it is.\n",
        clouds.len(),
        covered.len(),
    )
}

#[test]
fn the_page_of_live_coverage_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/live-coverage.md");
    let page = coverage_page();
    if std::env::var_os("STANCHION_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == page, "docs/live-coverage.md is stale; STANCHION_BLESS=1 writes it anew");
}

#[test]
fn at_least_66_types_are_mapped_and_each_is_understood() {
    let covered = map::coverage();
    let clouds: BTreeSet<_> = covered.iter().flat_map(|it| it.cloud.clone()).collect();
    assert!(clouds.len() >= 66 && covered.len() >= 100, "{} {}", clouds.len(), covered.len());
    for cloud in &clouds {
        assert!(
            [LiveShape::CloudFormation, LiveShape::Config, LiveShape::Iam]
                .iter()
                .any(|it| map::understands(cloud, *it))
        );
        assert!(!map::terraform_types(cloud).is_empty());
    }
    assert!(!map::understands("AWS::Unknown::Thing", LiveShape::CloudFormation));
}

/// Types that the mapping knows and no collector lists: they come from snapshots of others and from `terraform query` only.
const NOT_COLLECTED: [&str; 14] = [
    "AWS::Config::ConfigurationRecorder",
    "AWS::Config::DeliveryChannel",
    "AWS::DMS::ReplicationInstance",
    "AWS::DocDB::DBCluster",
    "AWS::Elasticsearch::Domain",
    "AWS::Events::EventBusPolicy",
    "AWS::Glue::SecurityConfiguration",
    "AWS::IAM::Policy",
    "AWS::Kinesis::ResourcePolicy",
    "AWS::RDS::GlobalCluster",
    "AWS::Route53::RecordSet",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::WAFv2::WebACLAssociation",
];
/// Other names of types that are listed under one of their names.
const OTHER_NAMES: [&str; 1] = ["AWS::IAM::Policy"];
/// Found among things of another type, whose listing proves nothing about them.
const FOUND_ONLY: [&str; 2] = ["aws_docdb_cluster", "aws_neptune_cluster"];

/// A type is collected, mapped and compared, or it is none of these.
#[test]
fn the_tables_of_types_agree() {
    let own = ["AWS::IAM::Group", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role", "AWS::IAM::User"];
    let collected: BTreeSet<&str> = stanchion::live::types::kinds().iter().map(|kind| kind.name).chain(own).collect();
    let mut faults = String::new();
    for name in &collected {
        if map::terraform_types(name).is_empty() {
            let _ = writeln!(faults, "{name} is collected and becomes nothing");
        }
    }
    let rules = stanchion::drift::Rules::embedded();
    for covered in map::coverage() {
        let listed = rules.listed(&covered.terraform);
        if rules.of(rules.family(&covered.terraform)).listed.is_empty() {
            let _ = writeln!(faults, "{} is mapped and has no row in drift/types.toml", covered.terraform);
        }
        for cloud in &covered.cloud {
            let excused = FOUND_ONLY.contains(&&*covered.terraform) || OTHER_NAMES.contains(&&**cloud);
            if !listed.contains(&&**cloud) && !excused {
                let _ = writeln!(
                    faults,
                    "{} is mapped from {cloud}, under which drift does not look for it",
                    covered.terraform
                );
            }
            if collected.contains(&**cloud) == NOT_COLLECTED.contains(&&**cloud) && !cloud.starts_with("Stanchion::") {
                let _ = writeln!(faults, "{cloud} is mapped and not collected, or no longer is an exception");
            }
        }
    }
    for (kind, row) in &rules.types {
        let known = |name: &&String| {
            collected.contains(&***name) || NOT_COLLECTED.contains(&&***name) || name.starts_with("Stanchion::")
        };
        if !row.listed.iter().any(|name| known(&name)) && map::kinds().contains(&&**kind) {
            let _ = writeln!(faults, "{kind} is compared and nothing lists it: {:?}", row.listed);
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// The same value written otherwise: lists whose order says nothing backwards, documents in JSON spread over lines.
fn written_otherwise(value: &Value, path: &str, rules: &stanchion::drift::Rules, kind: &str) -> Value {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let last = path.rsplit('.').next().unwrap_or_default();
    let is_ordered = |set: &BTreeSet<String>| set.contains(path) || set.contains(last);
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), written_otherwise(value, &below(name), rules, kind)))
            .collect(),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| written_otherwise(item, path, rules, kind)).collect();
            if !is_ordered(&rules.any.ordered) && !is_ordered(&rules.of(kind).ordered) {
                items.reverse();
            }
            Value::Array(items)
        }
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner) if inner.is_object() => {
                Value::String(format!("{:#}", written_otherwise(&inner, path, rules, kind)))
            }
            _ => value.clone(),
        },
        other => other.clone(),
    }
}

/// Whatever a live thing becomes, a state that holds just that differs in nothing, though its secrets were not kept.
#[test]
fn no_mapped_type_differs_from_itself() {
    use stanchion::drift::{self, Input};
    use stanchion::model::{DriftClass, Live, Recorded};
    let mut rules = drift::Rules::embedded().clone();
    for kind in map::kinds() {
        if let Some(traits) = map::traits(kind) {
            let defaults = traits.defaults.iter().map(|(path, value)| (&**path, value));
            rules.learn(kind, traits.volatile.iter().map(|path| &**path), defaults);
        }
    }
    let (mut faults, mut compared) = (String::new(), 0);
    for record in records() {
        let place = |kind: &str| Listing {
            account: record.account.clone(),
            region: record.region.clone(),
            kind: kind.into(),
            gap: None,
        };
        let listings = vec![place(&record.kind)];
        let mapped = |record: LiveRecord| {
            map::map(&Inventory { records: vec![record], listings: listings.clone(), complete: true }).value
        };
        let mut redacted = record.clone();
        stanchion::live::redact::record(&mut redacted);
        let (made, shown) = (mapped(record.clone()), mapped(redacted));
        let sources = SourceMap::new();
        let (resources, seen) = (load::live(&made, &sources), load::live(&shown, &sources));
        for otherwise in [false, true] {
            let recorded = made.iter().zip(&resources).filter(|(object, _)| !map::is_pseudo(&object.kind));
            let recorded: Vec<Recorded> = recorded
                .enumerate()
                .map(|(number, (object, resource))| {
                    let attributes = Value::Object(object.attributes.clone());
                    let attributes =
                        if otherwise { written_otherwise(&attributes, "", &rules, &object.kind) } else { attributes };
                    let (path, text) = (format!("{number}-{otherwise}.json"), attributes.to_string());
                    let file = sources.add(&path, text.as_str());
                    let attributes = load::json::parse(file, &path, &text).unwrap();
                    let address = format!("{}.x{number}", object.kind).into();
                    Recorded {
                        resource: Resource {
                            source: SourceKind::State,
                            scope: "".into(),
                            address,
                            config: attributes.clone(),
                            ..resource.clone()
                        },
                        attributes,
                        identity: stanchion::model::Map::new(),
                        provider: "aws".into(),
                        gone: false,
                    }
                })
                .collect();
            let live = shown.iter().zip(&seen);
            let live: Vec<Live> =
                live.map(|(object, resource)| Live { object: object.clone(), resource: resource.clone() }).collect();
            let found = drift::compare(Input {
                recorded: &recorded,
                live: &live,
                listings: &listings,
                source: &[],
                source_whole: false,
                rules: &rules,
            });
            compared += found.coverage.in_sync;
            for difference in found.differences.iter().filter(|it| it.class != DriftClass::Unknown) {
                let what: Vec<String> =
                    difference.attributes.iter().map(|it| stanchion::model::display_path(&it.path)).collect();
                let _ = writeln!(
                    faults,
                    "{} {} otherwise={otherwise}: {:?} {} {what:?}",
                    record.kind, record.id, difference.class, difference.kind
                );
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
    assert!(compared > 200, "{compared}");
}

/// A trail of all regions shows in each of them.
#[test]
fn a_trail_that_several_regions_show_is_one_trail_of_its_own_region() {
    let of = |region: &str| LiveRecord {
        region: region.into(),
        id: "main".into(),
        arn: Some("arn:aws:cloudtrail:us-east-1:123456789012:trail/main".into()),
        value: json!({
            "TrailName": "main", "IsLogging": true, "IsMultiRegionTrail": true, "S3BucketName": "example-audit-logs",
            "Arn": "arn:aws:cloudtrail:us-east-1:123456789012:trail/main",
        }),
        shape: LiveShape::CloudFormation,
        kind: "AWS::CloudTrail::Trail".into(),
        ..fixture("aws_region/region.json")
    };
    let made = objects(vec![of("eu-west-1"), of("us-east-1")], Vec::new());
    let places: Vec<_> = made.iter().map(|it| (&*it.kind, &*it.region, it.attributes["region"].as_str())).collect();
    assert_eq!(places, [("aws_cloudtrail", "us-east-1", Some("us-east-1"))]);
}
