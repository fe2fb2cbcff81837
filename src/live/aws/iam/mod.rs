//! IAM's own answers: everybody and everything that may do something, the credential report, and the account's settings.
//!
//! One call gives users, groups, roles and policies together, so that one item makes several listings.

mod account;
mod details;
mod last_accessed;
mod report;

pub(super) use self::account::AccountSettings;
pub(super) use self::details::Details;
pub(super) use self::last_accessed::LastAccessed;
pub(super) use self::report::Report;

use std::sync::Arc;

use aws_sdk_iam::Client;
use aws_sdk_iam::primitives::{DateTime, DateTimeFormat};
use serde_json::{Map, Value};

use super::call::Gate;
use super::desk::{Desk, Item};
use crate::live::GLOBAL;
use crate::model::{LiveRecord, LiveShape};

/// Types of ours for what no type of AWS is.
pub(super) const REPORT: &str = "Stanchion::IAM::CredentialReport";
pub(super) const ACCOUNT: &str = "Stanchion::Account";
pub(super) const LAST_ACCESSED: &str = "Stanchion::IAM::LastAccessed";

struct Iam<'a> {
    client: Client,
    gate: Gate,
    item: &'a Item,
    desk: &'a Desk,
}

impl<'a> Iam<'a> {
    fn new(item: &'a Item, desk: &'a Desk) -> Self {
        let client = Client::new(&item.account.in_region(&item.region));
        let gate = item.account.gate(&desk.gates, &GLOBAL.into(), "iam");
        Self { client, gate, item, desk }
    }

    fn put(&self, kind: &str, id: &str, arn: Option<&str>, members: Map<String, Value>) {
        let tags = members.get("Tags").map(super::shape::tags).unwrap_or_default();
        self.desk.put(LiveRecord {
            account: self.item.account.id.clone(),
            region: GLOBAL.into(),
            kind: kind.into(),
            id: id.into(),
            arn: arn.map(Arc::from),
            shape: LiveShape::Iam,
            captured: None,
            tags,
            value: Value::Object(members),
        });
    }
}

fn time(time: Option<&DateTime>) -> Option<Value> {
    time?.fmt(DateTimeFormat::DateTime).ok().map(Value::String)
}

/// An object of the members that are there.
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Map<String, Value> {
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
