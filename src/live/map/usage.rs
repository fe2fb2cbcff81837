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
            // It bears its own, or none.
            "aws_iam_last_accessed" => None,
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
    let mut made = Made::default();
    for (from, to) in [("RoleName", "role"), ("Arn", "arn"), ("Path", "path"), ("CreateDate", "create_date")] {
        made.copy(value.get(from), to, Value::is_string);
    }
    if let Some(Value::Object(used)) = value.get("RoleLastUsed") {
        // There and empty: not in the time that AWS looks back.
        made.copy(used.get("LastUsedDate"), "last_used_date", Value::is_string);
        made.copy(used.get("Region"), "last_used_region", Value::is_string);
    } else {
        made.lack("last_used_date");
        made.lack("last_used_region");
    }
    Some(made.object(record, "aws_iam_role_usage", text(value, "RoleName")?, "aws_iam_role", &record.id))
}

fn policy(record: &LiveRecord) -> Option<LiveObject> {
    let value = &record.value;
    let arn = text(value, "Arn").or(record.arn.as_deref()).filter(|_| value.is_object())?;
    if arn.contains(":iam::aws:") {
        return None;
    }
    let mut made = Made::default();
    for (from, to) in [("PolicyName", "name"), ("Arn", "arn"), ("Path", "path")] {
        made.copy(value.get(from), to, Value::is_string);
    }
    let counts = [
        ("AttachmentCount", "attachment_count"),
        ("PermissionsBoundaryUsageCount", "permissions_boundary_usage_count"),
    ];
    for (from, to) in counts {
        match value.get(from) {
            Some(count) => made.copy(Some(count), to, Value::is_u64),
            None => made.lack(to),
        }
    }
    Some(made.object(record, "aws_iam_policy_usage", arn, "aws_iam_policy", arn))
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
        let mut made = Made::default();
        for (name, value) in [
            ("vpc_id", Value::from(&*record.id)),
            ("is_default", is_default.into()),
            ("network_interfaces", names(&self.interfaces)),
            ("instances", names(&self.instances)),
        ] {
            made.attributes.insert(name.into(), value);
        }
        Some(made.object(record, "aws_vpc_usage", &record.id, "aws_vpc", &record.id))
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// What was read of one thing so far.
#[derive(Default)]
struct Made {
    attributes: Map<String, Value>,
    unread: Vec<Vec<PathStep>>,
}

impl Made {
    /// A value of a form that was not expected is not read.
    fn copy(&mut self, value: Option<&Value>, name: &str, fits: fn(&Value) -> bool) {
        match value {
            Some(value) if fits(value) => {
                self.attributes.insert(name.into(), value.clone());
            }
            Some(_) => self.lack(name),
            None => {}
        }
    }

    fn lack(&mut self, name: &str) {
        self.unread.push(vec![PathStep::Key(name.into())]);
    }

    fn object(mut self, record: &LiveRecord, kind: &str, id: &str, parent: &str, parent_id: &str) -> LiveObject {
        self.attributes.insert("id".into(), id.into());
        let parent: Option<(Arc<str>, Arc<str>)> = Some((parent.into(), parent_id.into()));
        LiveObject {
            account: record.account.clone(),
            region: record.region.clone(),
            kind: kind.into(),
            id: id.into(),
            arn: None,
            identity: BTreeMap::new(),
            attributes: self.attributes,
            unread: self.unread,
            parent,
            tags: record.tags.clone(),
            captured: record.captured.clone(),
        }
    }
}
