//! Records that need no table: those in Terraform's own shape, and the pseudo types that describe an account, a region and
//! what its credential report says.
//!
//! Pseudo types have no schema, so little of them is unread. It does not know how they were collected.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::notation::snake;
use super::terraform_types as types_of;
use super::{convert, table::table};
use crate::model::{Listing, LiveObject, LiveRecord, Outcome, PathStep, Problem, Stage, schema};

/// Account and region.
type Spot = (Arc<str>, Arc<str>);

const CREDENTIAL: &str = "Stanchion::IAM::CredentialReport";
const ACCOUNT: &str = "Stanchion::Account";
const REGION: &str = "Stanchion::Region";
const LAST_ACCESSED: &str = "Stanchion::IAM::LastAccessed";
const PASSWORD_POLICY: &str = "aws_iam_account_password_policy";

/// The Terraform types of a pseudo type.
pub fn terraform_types(cfn: &str) -> &'static [&'static str] {
    match cfn {
        CREDENTIAL => &["aws_iam_credential"],
        ACCOUNT => &["aws_account", PASSWORD_POLICY],
        REGION => &["aws_region"],
        LAST_ACCESSED => &["aws_iam_last_accessed"],
        _ => &[],
    }
}

/// The objects of a record of a pseudo type; `None` for any other record.
pub fn objects(record: &LiveRecord) -> Option<Outcome<Vec<LiveObject>>> {
    let kind = *terraform_types(&record.kind).first()?;
    let Value::Object(members) = &record.value else { return Some(not_an_object(record)) };
    if &*record.kind == LAST_ACCESSED && !members.get("services").is_some_and(Value::is_array) {
        let message = format!("{} {} names no services; nothing of it is judged", record.kind, record.id);
        return Some(Outcome::with(Vec::new(), vec![Problem::new(Stage::Collect, &*record.id, message)]));
    }
    let mut attributes: Map<String, Value> = members
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    attributes.entry("id").or_insert_with(|| Value::from(&*record.id));
    let mut out = Vec::new();
    if let (ACCOUNT, Some(Value::Object(policy))) = (&*record.kind, members.get("password_policy")) {
        out.push(password_policy(record, policy));
    }
    let made = object(record, kind, &record.id, attributes);
    out.push(match &*record.kind {
        LAST_ACCESSED => of_principal(made),
        ACCOUNT => unread_without(made, "root_virtual_mfa"),
        _ => made,
    });
    Some(Outcome::new(out))
}

/// What a role or user last used is a part of it. The ARN is the principal's, and names that.
fn of_principal(object: LiveObject) -> LiveObject {
    let part = object.id.split_once('/');
    let parent = part.map(|(kind, name)| (format!("aws_iam_{kind}").into(), name.into()));
    LiveObject { parent, arn: None, ..unread_without(object, "create_date") }
}

/// What a record may lack is not known then.
fn unread_without(object: LiveObject, name: &str) -> LiveObject {
    let lacks = !object.attributes.contains_key(name);
    LiveObject { unread: lacks.then(|| vec![PathStep::Key(name.into())]).into_iter().collect(), ..object }
}

fn password_policy(record: &LiveRecord, policy: &Map<String, Value>) -> LiveObject {
    let names = schema::resource(PASSWORD_POLICY);
    let names: BTreeSet<Arc<str>> = names.iter().flat_map(|body| body.attributes.keys().cloned()).collect();
    let mut attributes = Map::new();
    for (name, value) in policy.iter().filter(|(_, value)| !value.is_null()) {
        let name = snake(name);
        if names.contains(&*name) {
            attributes.insert(name, value.clone());
        }
    }
    attributes.insert("id".into(), PASSWORD_POLICY.into());
    let parent = Some(("aws_account".into(), record.id.clone()));
    LiveObject { parent, ..object(record, PASSWORD_POLICY, "iam-account-password-policy", attributes) }
}

fn object(record: &LiveRecord, kind: &str, id: &str, attributes: Map<String, Value>) -> LiveObject {
    LiveObject {
        account: record.account.clone(),
        region: record.region.clone(),
        kind: kind.into(),
        id: id.into(),
        arn: record.arn.clone(),
        identity: BTreeMap::new(),
        attributes,
        unread: Vec::new(),
        parent: None,
        tags: record.tags.clone(),
        captured: record.captured.clone(),
    }
}

/// A record of `terraform query -json`: the object as the provider sees it, with its identity.
pub fn passed_through(record: &LiveRecord) -> Outcome<Vec<LiveObject>> {
    let inner = record.value.get("resource_object").filter(|value| !value.is_null());
    let identity = record.value.get("identity").and_then(Value::as_object);
    let plain = inner.is_none() && identity.is_none();
    let Some(Value::Object(given)) = (if plain { Some(&record.value) } else { inner }) else {
        return if identity.is_some() { identity_only(record, identity) } else { not_an_object(record) };
    };
    let mut attributes = given.clone();
    attributes.retain(|_, value| !value.is_null());
    let text = |name: &str| attributes.get(name).and_then(Value::as_str).map(Arc::<str>::from);
    let id = text("id").unwrap_or_else(|| record.id.clone());
    let arn = record.arn.clone().or_else(|| text("arn"));
    let mut tags = record.tags.clone();
    for (key, value) in attributes.get("tags").and_then(convert::tags).into_iter().flatten() {
        tags.insert(key.into(), value.as_str().unwrap_or("").into());
    }
    let made = object(record, &record.kind, &id, attributes);
    Outcome::new(vec![LiveObject { arn, tags, identity: identity_of(identity), ..made }])
}

/// Listed without its attributes: it is there, and nothing more is known of it.
fn identity_only(record: &LiveRecord, identity: Option<&Map<String, Value>>) -> Outcome<Vec<LiveObject>> {
    let body = schema::resource(&record.kind);
    let known = identity_of(identity);
    let mut attributes = Map::new();
    let mut unread = Vec::new();
    for name in body.iter().flat_map(|body| body.attributes.keys().chain(body.blocks.keys())) {
        match known.get(name) {
            Some(value) if !value.is_null() => {
                attributes.insert(name.to_string(), value.clone());
            }
            _ => unread.push(vec![PathStep::Key(name.clone())]),
        }
    }
    let made = object(record, &record.kind, &record.id, attributes);
    Outcome::new(vec![LiveObject { identity: known, unread, ..made }])
}

fn identity_of(identity: Option<&Map<String, Value>>) -> BTreeMap<Arc<str>, Value> {
    identity.into_iter().flatten().map(|(name, value)| (name.as_str().into(), value.clone())).collect()
}

fn not_an_object(record: &LiveRecord) -> Outcome<Vec<LiveObject>> {
    let message = format!("{} {} is no object; nothing of it is judged", record.kind, record.id);
    Outcome::with(Vec::new(), vec![Problem::new(Stage::Collect, &*record.id, message)])
}

/// Tells every region how many things of each type are there, for types whose listing was read to its end.
pub fn count_present(objects: &mut [LiveObject], listings: &[&Listing]) {
    let mut counts: BTreeMap<Spot, BTreeMap<&str, u64>> = BTreeMap::new();
    let mut gaps: BTreeSet<(Spot, &str)> = BTreeSet::new();
    for listing in listings {
        let place = (listing.account.clone(), listing.region.clone());
        let kinds: Vec<&str> = match &*listing.kind {
            // What was asked for is not known from it; but a gap in it may be anywhere.
            "*" if listing.gap.is_none() => continue,
            "*" => table().rows.iter().map(|row| &*row.cfn).collect(),
            kind => vec![kind],
        };
        for kind in kinds {
            let own = [&*listing.kind];
            let types = types_of(kind);
            // A type of the cloud without a row, and Terraform's own types, count under their own name.
            for name in if types.is_empty() { own.to_vec() } else { types } {
                match &listing.gap {
                    None => {
                        counts.entry(place.clone()).or_default().entry(name).or_default();
                    }
                    Some(_) => {
                        gaps.insert((place.clone(), name));
                    }
                }
            }
        }
    }
    for (spot, counts) in &mut counts {
        counts.retain(|name, _| !gaps.contains(&(spot.clone(), *name)));
    }
    for object in objects.iter() {
        let here = counts.get_mut(&(object.account.clone(), object.region.clone()));
        if let Some(count) = here.and_then(|counts| counts.get_mut(&*object.kind)) {
            *count += 1;
        }
    }
    for object in objects.iter_mut().filter(|it| &*it.kind == "aws_region") {
        let counts = counts.get(&(object.account.clone(), object.region.clone()));
        let present = counts.into_iter().flatten().map(|(name, count)| ((*name).to_owned(), Value::from(*count)));
        object.attributes.insert("present".into(), Value::Object(present.collect()));
    }
    count_of_account(objects, listings);
}

/// Tells every account of which all regions were read how many things of each type are in all of them together.
fn count_of_account(objects: &mut [LiveObject], listings: &[&Listing]) {
    let mut sums: BTreeMap<Arc<str>, Option<BTreeMap<String, u64>>> = BTreeMap::new();
    for region in objects.iter().filter(|it| &*it.kind == "aws_region") {
        let Some(Value::Object(here)) = region.attributes.get("present") else { continue };
        let here: BTreeMap<String, u64> =
            here.iter().filter_map(|(name, count)| Some((name.clone(), count.as_u64()?))).collect();
        match sums.entry(region.account.clone()).or_default() {
            // What one region does not tell is not known of all.
            Some(sum) => {
                sum.retain(|name, _| here.contains_key(name));
                for (name, count) in sum.iter_mut() {
                    *count += here.get(name).copied().unwrap_or(0);
                }
            }
            none => *none = Some(here),
        }
    }
    // A region that nobody got into may hold anything.
    let hidden = |it: &LiveObject| {
        let mut listings = listings.iter().filter(|listing| listing.account == it.account);
        listings.any(|listing| listing.gap.is_some() && matches!(&*listing.kind, "*" | REGION))
    };
    let asked = |it: &LiveObject| it.attributes.get("all_regions").and_then(Value::as_bool) == Some(true);
    let is_whole = |it: &LiveObject| asked(it) && !hidden(it);
    for object in objects.iter_mut().filter(|it| &*it.kind == "aws_account" && is_whole(it)) {
        let sum = sums.get(&object.account).cloned().flatten().unwrap_or_default();
        let present = sum.into_iter().map(|(name, count)| (name, Value::from(count)));
        object.attributes.insert("present".into(), Value::Object(present.collect()));
    }
}
