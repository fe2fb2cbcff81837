//! Cloud Control: lists a type and gets each of its things, for whatever AWS Config does not show.
//!
//! What is gone between listing and getting is simply gone. One thing that cannot be got costs itself; where none can be
//! got, the listing is given up early.

use std::sync::Arc;

use aws_sdk_cloudcontrol::Client;
use serde_json::json;
use tokio::task::JoinSet;

use super::call::{Gate, Pages};
use super::desk::{Collector, Desk, Item, Work};
use super::failure::{Failure, What};
use super::shape::{self, Place};
use crate::live::actions::{GET_RESOURCE, LIST_RESOURCES};
use crate::live::types::{Control, Kind, Scope, inputs};

/// Things of one listing that are got together.
const TOGETHER: usize = 8;
/// Failures in a row, before any success, after which the rest is expected to fail alike.
const HOPELESS: usize = 5;

#[derive(Debug)]
pub(super) struct CloudControl;

impl Collector for CloudControl {
    fn lists(&self, kind: &Kind) -> bool {
        kind.control != Control::Not
    }

    fn collect<'a>(&'a self, item: &'a Item, desk: &'a Desk) -> Work<'a> {
        Box::pin(async move {
            let Some(kind) = item.kind else { return Ok(()) };
            let client = Client::new(&item.account.in_region(&item.region));
            let gate = item.account.gate(&desk.gates, &item.region, "cloudcontrol");
            let mut getting = Getting { client, gate, item, desk, kind, got: 0, failed: 0 };
            match kind.control {
                Control::Not => {}
                Control::One => getting.get_all(vec![item.account.id.to_string()]).await?,
                Control::List => getting.list(None).await?,
                Control::With { property, values } => {
                    for value in inputs(values, item.region == item.account.home()) {
                        getting.list(Some(json!({ property: value }).to_string())).await?;
                    }
                }
                Control::Each { property, .. } => {
                    for parent in &item.parents {
                        match getting.list(Some(json!({ property: parent }).to_string())).await {
                            // The parent went away meanwhile, or has none.
                            Err(failure) if failure.what == What::Gone => {}
                            result => result?,
                        }
                    }
                }
            }
            Ok(())
        })
    }
}

struct Getting<'a> {
    client: Client,
    gate: Gate,
    item: &'a Item,
    desk: &'a Desk,
    kind: &'static Kind,
    got: usize,
    failed: usize,
}

type Got = (String, Result<String, Failure>);

impl Getting<'_> {
    async fn list(&mut self, model: Option<String>) -> Result<(), Failure> {
        let (mut pages, mut token) = (Pages::default(), None);
        loop {
            let request = self.client.list_resources().type_name(self.kind.name).max_results(100);
            let request = request.set_resource_model(model.clone()).set_next_token(token);
            let page = self.gate.call(LIST_RESOURCES, || request.clone().send()).await?;
            let ids = page.resource_descriptions().iter().filter_map(|it| it.identifier().map(ToOwned::to_owned));
            self.get_all(ids.collect()).await?;
            token = pages.next(LIST_RESOURCES, page.next_token())?;
            if token.is_none() {
                return Ok(());
            }
        }
    }

    async fn get_all(&mut self, ids: Vec<String>) -> Result<(), Failure> {
        let mut under_way: JoinSet<Got> = JoinSet::new();
        for id in ids {
            if under_way.len() >= TOGETHER
                && let Some(got) = under_way.join_next().await
            {
                self.settle(got)?;
            }
            let (gate, request) =
                (self.gate.clone(), self.client.get_resource().type_name(self.kind.name).identifier(&id));
            under_way.spawn(async move {
                let answer = gate.call(GET_RESOURCE, || request.clone().send()).await;
                let properties = answer.and_then(|answer| {
                    let properties =
                        answer.resource_description().and_then(|it| it.properties()).map(ToOwned::to_owned);
                    properties.ok_or_else(|| Failure::lasting("Cloud Control gave no properties of it: run it again"))
                });
                (id, properties)
            });
        }
        while let Some(got) = under_way.join_next().await {
            self.settle(got)?;
        }
        Ok(())
    }

    fn settle(&mut self, got: Result<Got, tokio::task::JoinError>) -> Result<(), Failure> {
        let Ok((id, properties)) = got else {
            return Err(Failure::lasting("reading one of them ended in a fault of this program: please report it"));
        };
        let failure = match properties.and_then(|properties| self.put(&id, &properties)) {
            Ok(()) => {
                self.got += 1;
                return Ok(());
            }
            Err(failure) => failure,
        };
        match failure.what {
            What::Gone => Ok(()),
            What::Expired | What::Throttled => Err(failure),
            _ => {
                self.failed += 1;
                if self.kind.control == Control::One || (self.got == 0 && self.failed >= HOPELESS) {
                    return Err(failure);
                }
                let place = self.item.place();
                self.desk.dent(&(self.item.account.id.clone(), place, self.kind.name.into()), &id, &failure);
                Ok(())
            }
        }
    }

    fn put(&self, id: &str, properties: &str) -> Result<(), Failure> {
        let place = self.item.place();
        let place = Place { account: &self.item.account.id, region: &place, kind: self.kind.name };
        let mut record = shape::of_properties(place, id, properties).map_err(|why| {
            Failure::lasting(format!("Cloud Control gave something that makes no sense: {why}; run it again"))
        })?;
        let region = match self.kind.scope {
            Scope::Region | Scope::Global => None,
            Scope::Account => region_in(&record.value),
            Scope::With(other) => {
                let at = |it: &crate::model::LiveRecord| {
                    (&*it.kind == other && it.account == self.item.account.id && &*it.id == id)
                        .then(|| it.region.clone())
                };
                match self.desk.find(at).into_iter().next() {
                    // What it belongs to is not among the regions asked for.
                    None => return Ok(()),
                    found => found,
                }
            }
        };
        if let Some(region) = region {
            if !self.item.places.contains(&region) {
                return Ok(());
            }
            record.region = region;
        }
        self.desk.put(record);
        Ok(())
    }
}

/// The region in the name that a bucket answers to: `name.s3.eu-west-1.amazonaws.com`.
fn region_in(value: &serde_json::Value) -> Option<Arc<str>> {
    let (_, rest) = value.get("RegionalDomainName")?.as_str()?.rsplit_once(".s3.")?;
    let region = rest.split('.').next()?;
    (region != "amazonaws").then(|| region.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_tells_its_region() {
        let of = |name: &str| region_in(&json!({ "RegionalDomainName": name }));
        assert_eq!(of("b.s3.eu-west-1.amazonaws.com").as_deref(), Some("eu-west-1"));
        assert_eq!(of("b.s3.x.s3.cn-north-1.amazonaws.com.cn").as_deref(), Some("cn-north-1"));
        assert_eq!((of("b.s3.amazonaws.com"), region_in(&json!({}))), (None, None));
    }
}
