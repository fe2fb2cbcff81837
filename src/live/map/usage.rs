//! What is known of the use of things, beside what they are: roles, policies and networks have it under names of their own.
//!
//! Ages are counted up to the time that the data themselves bear (`as_of`), never up to now. What nothing tells is unread.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::model::{Inventory, LiveObject, LiveRecord, LiveShape, PathStep};

/// The types of ours.
pub const KINDS: [&str; 3] = ["aws_iam_policy_usage", "aws_iam_role_usage", "aws_vpc_usage"];

const AS_OF: &str = "as_of";
const ACCOUNT: &str = "Stanchion::Account";

/// Adds what is known of use, and to which time that holds.
pub fn add(objects: &mut Vec<LiveObject>, inventory: &Inventory) {
    let networks = Networks::new(inventory);
    objects.extend(inventory.records.iter().filter_map(|record| match (&*record.kind, record.shape) {
        ("AWS::IAM::Role", LiveShape::Iam) => role(record),
        ("AWS::IAM::ManagedPolicy", LiveShape::Iam) => policy(record),
        ("AWS::EC2::VPC", LiveShape::Config) => networks.usage(record),
        _ => None,
    }));
    let key = |it: &LiveObject| (it.account.clone(), it.region.clone(), it.kind.clone(), it.id.clone());
    objects.sort_by_cached_key(key);
    date(objects, inventory);
}

/// Puts the time of the credential report to what is as old as it, and the newest time of all to the account.
fn date(objects: &mut [LiveObject], inventory: &Inventory) {
    let mut made: BTreeMap<&str, &str> = BTreeMap::new();
    let mut newest: BTreeMap<&str, &str> = BTreeMap::new();
    for record in &inventory.records {
        if let (ACCOUNT, Some(time)) = (&*record.kind, text(&record.value, "credential_report_time")) {
            made.insert(&record.account, time);
        }
        if let Some(captured) = &record.captured {
            let newest = newest.entry(&record.account).or_insert(captured);
            *newest = (*newest).max(captured);
        }
    }
    for object in objects {
        let time = match &*object.kind {
            "aws_account" => newest.get(&*object.account),
            "aws_iam_credential" | "aws_iam_role_usage" => made.get(&*object.account),
            _ => continue,
        };
        match time {
            Some(time) => {
                object.attributes.entry(AS_OF).or_insert_with(|| Value::from(*time));
            }
            // Not everything bears a time, and an account is no older than what is in it.
            None if object.attributes.contains_key(AS_OF) || &*object.kind == "aws_account" => {}
            None => object.unread.push(vec![PathStep::Key(AS_OF.into())]),
        }
    }
}

fn role(record: &LiveRecord) -> Option<LiveObject> {
    let value = &record.value;
    let mut attributes =
        copied(value, [("RoleName", "role"), ("Arn", "arn"), ("Path", "path"), ("CreateDate", "create_date")]);
    let mut unread = Vec::new();
    match value.get("RoleLastUsed") {
        // There and empty: not in the time that AWS looks back.
        Some(used) if used.is_object() => {
            attributes.extend(copied(used, [("LastUsedDate", "last_used_date"), ("Region", "last_used_region")]));
        }
        _ => unread.push(vec![PathStep::Key("last_used_date".into())]),
    }
    object(record, "aws_iam_role_usage", text(value, "RoleName")?, attributes, unread, "aws_iam_role", &record.id)
}

fn policy(record: &LiveRecord) -> Option<LiveObject> {
    let value = &record.value;
    let arn = text(value, "Arn").or(record.arn.as_deref())?;
    if arn.contains(":iam::aws:") {
        return None;
    }
    let names = [
        ("PolicyName", "name"),
        ("Arn", "arn"),
        ("Path", "path"),
        ("AttachmentCount", "attachment_count"),
        ("PermissionsBoundaryUsageCount", "permissions_boundary_usage_count"),
    ];
    let attributes = copied(value, names);
    let counts = ["attachment_count", "permissions_boundary_usage_count"];
    let unread = counts.iter().filter(|name| !attributes.contains_key(**name));
    let unread = unread.map(|name| vec![PathStep::Key((*name).into())]).collect();
    object(record, "aws_iam_policy_usage", arn, attributes, unread, "aws_iam_policy", arn)
}

/// What lives in each network, as far as it was read.
struct Networks<'a> {
    /// Account, region and network to the interfaces and instances in it.
    interfaces: BTreeMap<[&'a str; 3], BTreeSet<&'a str>>,
    instances: BTreeMap<[&'a str; 3], BTreeSet<&'a str>>,
}

impl<'a> Networks<'a> {
    fn new(inventory: &'a Inventory) -> Self {
        let of = |kind: &'static str| inventory.records.iter().filter(move |record| &*record.kind == kind);
        let read = |record: &'a LiveRecord, names: [&str; 2]| {
            let value = record.value.get("configuration").unwrap_or(&record.value);
            names.iter().find_map(|name| text(value, name))
        };
        let network_of: BTreeMap<&str, &str> = of("AWS::EC2::Subnet")
            .filter_map(|subnet| Some((&*subnet.id, read(subnet, ["vpcId", "VpcId"])?)))
            .collect();
        let within = |kind: &'static str| {
            let mut out: BTreeMap<[&'a str; 3], BTreeSet<&'a str>> = BTreeMap::new();
            for record in of(kind) {
                let subnet = || network_of.get(read(record, ["subnetId", "SubnetId"])?).copied();
                if let Some(network) = read(record, ["vpcId", "VpcId"]).or_else(subnet) {
                    out.entry([&record.account, &record.region, network]).or_default().insert(&record.id);
                }
            }
            out
        };
        Self { interfaces: within("AWS::EC2::NetworkInterface"), instances: within("AWS::EC2::Instance") }
    }

    fn usage(&self, record: &LiveRecord) -> Option<LiveObject> {
        let is_default = record.value.get("configuration")?.get("isDefault")?.as_bool()?;
        let spot = [&*record.account, &*record.region, &*record.id];
        let names = |map: &BTreeMap<[&str; 3], BTreeSet<&str>>| -> Value {
            map.get(&spot).into_iter().flatten().map(|id| Value::from(*id)).collect()
        };
        let mut attributes = Map::new();
        attributes.insert("vpc_id".into(), Value::from(&*record.id));
        attributes.insert("is_default".into(), is_default.into());
        attributes.insert("network_interfaces".into(), names(&self.interfaces));
        attributes.insert("instances".into(), names(&self.instances));
        object(record, "aws_vpc_usage", &record.id, attributes, Vec::new(), "aws_vpc", &record.id)
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str().filter(|text| !text.is_empty())
}

fn copied<const N: usize>(value: &Value, names: [(&str, &str); N]) -> Map<String, Value> {
    let there = names.iter().filter_map(|(from, to)| Some(((*to).to_owned(), value.get(*from)?.clone())));
    there.filter(|(_, value)| !value.is_null()).collect()
}

fn object(
    record: &LiveRecord,
    kind: &str,
    id: &str,
    mut attributes: Map<String, Value>,
    unread: Vec<Vec<PathStep>>,
    parent: &str,
    parent_id: &str,
) -> Option<LiveObject> {
    attributes.insert("id".into(), id.into());
    let parent: Option<(Arc<str>, Arc<str>)> = Some((parent.into(), parent_id.into()));
    Some(LiveObject {
        account: record.account.clone(),
        region: record.region.clone(),
        kind: kind.into(),
        id: id.into(),
        arn: None,
        identity: BTreeMap::new(),
        attributes,
        unread,
        parent,
        tags: record.tags.clone(),
        captured: record.captured.clone(),
    })
}
