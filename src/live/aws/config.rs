//! AWS Config: one query for a type, or its listing and details where queries are not allowed, or Cloud Control where
//! Config is not allowed at all.
//!
//! It does not know what is recorded; whoever plans asks that first.

use aws_sdk_config::Client;
use aws_sdk_config::types::{BaseConfigurationItem, ConfigurationItemStatus, ResourceKey, ResourceType};
use aws_sdk_sts::primitives::DateTimeFormat;
use serde_json::{Map, Value};

use super::call::{Gate, Pages};
use super::cloudcontrol::CloudControl;
use super::desk::{Collector, Desk, Item, Key, Work};
use super::failure::{Failure, What};
use super::shape::{self, Place, UNCARRIED};
use crate::live::actions::{BATCH_GET, LIST_DISCOVERED, SELECT};
use crate::live::types::{Control, Kind};

/// What a query asks for: `*` would leave out all that is an object.
pub(super) const FIELDS: &str = "resourceId, resourceName, resourceType, arn, awsRegion, accountId, configurationItemCaptureTime, \
    configuration, supplementaryConfiguration, tags, relationships";
/// The most rows of a page.
pub(super) const PAGE: i32 = 100;
/// Times that details left out of an answer are asked for again.
const AGAIN: u32 = 3;

#[derive(Debug)]
pub(super) struct Config;

impl Collector for Config {
    fn lists(&self, kind: &Kind) -> bool {
        kind.config.is_some()
    }

    fn collect<'a>(&'a self, item: &'a Item, desk: &'a Desk) -> Work<'a> {
        Box::pin(async move {
            let Some((kind, name)) = item.kind.and_then(|kind| Some((kind, kind.config?))) else { return Ok(()) };
            let source = Source {
                client: Client::new(&item.account.in_region(&item.region)),
                gate: item.account.gate(&desk.gates, &item.region, "config"),
                item,
                desk,
                kind,
                name,
            };
            let closed = |failure: &Failure| matches!(failure.what, What::Denied | What::Unsupported);
            let first = match source.select().await {
                Err(failure) if closed(&failure) => failure,
                result => return result,
            };
            match source.discovered().await {
                Err(failure) if closed(&failure) => {}
                result => return result,
            }
            if CloudControl.lists(kind) && !matches!(kind.control, Control::Each { .. }) {
                return CloudControl.collect(item, desk).await;
            }
            Err(first)
        })
    }
}

struct Source<'a> {
    client: Client,
    gate: Gate,
    item: &'a Item,
    desk: &'a Desk,
    kind: &'static Kind,
    /// Config's name of the type.
    name: &'static str,
}

impl Source<'_> {
    async fn select(&self) -> Result<(), Failure> {
        let expression = format!("SELECT {FIELDS} WHERE resourceType = '{}'", self.name);
        let (mut pages, mut token, mut senseless) = (Pages::default(), None, None);
        loop {
            let request =
                self.client.select_resource_config().expression(&expression).limit(PAGE).set_next_token(token);
            let page = self.gate.call(SELECT, || request.clone().send()).await?;
            for row in page.results() {
                match serde_json::from_str(row) {
                    Ok(row) => self.put(&row, &mut senseless),
                    Err(_) => senseless = Some(no_sense(self.name, "it is no JSON")),
                }
            }
            token = pages.next(SELECT, page.next_token())?;
            if token.is_none() {
                return senseless.map_or(Ok(()), Err);
            }
        }
    }

    async fn discovered(&self) -> Result<(), Failure> {
        let kind = ResourceType::from(self.name);
        let (mut pages, mut token, mut senseless) = (Pages::default(), None, None);
        loop {
            let request =
                self.client.list_discovered_resources().resource_type(kind.clone()).limit(PAGE).set_next_token(token);
            let page = self.gate.call(LIST_DISCOVERED, || request.clone().send()).await?;
            let found = page.resource_identifiers().iter().filter(|it| it.resource_deletion_time().is_none());
            let ids: Vec<&str> = found.filter_map(|it| it.resource_id()).collect();
            self.details(&kind, &ids, &mut senseless).await?;
            token = pages.next(LIST_DISCOVERED, page.next_token())?;
            if token.is_none() {
                return senseless.map_or(Ok(()), Err);
            }
        }
    }

    async fn details(&self, kind: &ResourceType, ids: &[&str], senseless: &mut Option<Failure>) -> Result<(), Failure> {
        let key = |id: &str| ResourceKey::builder().resource_type(kind.clone()).resource_id(id).build();
        let mut left: Vec<ResourceKey> = ids.iter().filter_map(|id| key(id).ok()).collect();
        for _ in 0..AGAIN {
            if left.is_empty() {
                return Ok(());
            }
            let request = self.client.batch_get_resource_config().set_resource_keys(Some(left));
            let answer = self.gate.call(BATCH_GET, || request.clone().send()).await?;
            for item in answer.base_configuration_items() {
                let deleted =
                    [ConfigurationItemStatus::ResourceDeleted, ConfigurationItemStatus::ResourceDeletedNotRecorded];
                if !item.configuration_item_status().is_some_and(|status| deleted.contains(status)) {
                    self.put(&row(item), senseless);
                }
            }
            left = answer.unprocessed_resource_keys().to_vec();
        }
        for key in left {
            let message = format!("{} (config) left it out each time: run it again", BATCH_GET.name);
            self.desk.dent(&self.key(), key.resource_id(), &Failure::lasting(message));
        }
        Ok(())
    }

    /// A row that makes no sense costs itself where it has an id, and else the whole listing: nobody knows what it was.
    fn put(&self, row: &Value, senseless: &mut Option<Failure>) {
        let place = self.item.place();
        let place = Place { account: &self.item.account.id, region: &place, kind: self.kind.name };
        match shape::of_row(place, row) {
            Ok(record) => self.desk.put(record),
            Err(why) => match row.get("resourceId").and_then(Value::as_str).filter(|id| !id.is_empty()) {
                Some(id) => self.desk.dent(&self.key(), id, &no_sense(self.name, why)),
                None => *senseless = Some(no_sense(self.name, why)),
            },
        }
    }

    fn key(&self) -> Key {
        (self.item.account.id.clone(), self.item.place(), self.kind.name.into())
    }
}

pub(super) fn no_sense(name: &str, why: &str) -> Failure {
    Failure::lasting(format!("AWS Config gave an item of {name} that makes no sense: {why}; run it again"))
}

/// A base item in the form of a query's row.
fn row(item: &BaseConfigurationItem) -> Value {
    let mut row = Map::new();
    let mut set = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            row.insert(name.into(), value.into());
        }
    };
    set("resourceId", item.resource_id());
    set("arn", item.arn());
    set("configuration", item.configuration());
    let captured = item.configuration_item_capture_time().and_then(|time| time.fmt(DateTimeFormat::DateTime).ok());
    set("configurationItemCaptureTime", captured.as_deref());
    let supplementary = item.supplementary_configuration().into_iter().flatten();
    let supplementary: Map<String, Value> =
        supplementary.map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    // The answer holds no tags of its own; most of the old types repeat them here.
    let tags = ["Tags", "BucketTaggingConfiguration"].iter().find_map(|name| supplementary.get(*name)?.as_str());
    let tags = tags.and_then(|text| serde_json::from_str::<Value>(text).ok());
    if let Some(tags) = tags.map(|tags| tags.pointer("/tagSets/0/tags").cloned().unwrap_or(tags)) {
        row.insert("tags".into(), tags);
    } else {
        row.insert(UNCARRIED.into(), serde_json::json!(["tags"]));
    }
    row.insert("supplementaryConfiguration".into(), Value::Object(supplementary));
    Value::Object(row)
}
