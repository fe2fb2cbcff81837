//! A whole organization from one account, through an aggregator of AWS Config.
//!
//! An aggregator does not tell what is not recorded where. A type is taken as listed in a place only if something of it was
//! found there, so that nothing shows as missing because nobody recorded it.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_config::Client;
use aws_sdk_config::types::AggregatedSourceStatusType;
use serde_json::Value;

use super::call::{Gate, Pages};
use super::config::{FIELDS, PAGE, no_sense};
use super::desk::{Collector, Desk, Item, Key, Work};
use super::failure::{Failure, What, tidy};
use super::session::Account;
use super::shape::{self, Place};
use crate::live::actions::{AGGREGATOR_SOURCES, SELECT_AGGREGATE};
use crate::live::types::{Kind, Scope};
use crate::live::{ALL, GLOBAL};

#[derive(Debug)]
pub(super) struct Aggregate;

impl Collector for Aggregate {
    fn lists(&self, kind: &Kind) -> bool {
        kind.config.is_some()
    }

    fn collect<'a>(&'a self, item: &'a Item, desk: &'a Desk) -> Work<'a> {
        Box::pin(async move {
            let (Some(kind), Some(name)) = (item.kind, desk.settings.aggregator.as_deref()) else { return Ok(()) };
            let key = plan_key(&item.account, kind.name);
            let mut found = BTreeSet::new();
            let result = select(item, desk, kind, name, &mut found).await;
            match &result {
                Ok(()) if found.is_empty() => {
                    let message = "the aggregator shows none of it, and does not tell whether it is recorded: what there is stays unknown";
                    desk.end(&key, Err(&Failure { what: What::Unsupported, message: message.into() }));
                }
                Ok(()) => {
                    for (account, region) in found {
                        desk.end(&(account, region, kind.name.into()), Ok(()));
                    }
                    desk.drop_plan(&key);
                }
                Err(failure) => desk.end(&key, Err(failure)),
            }
            Ok(())
        })
    }
}

/// What stands for a type in all places of an aggregator while it is read, and after if that failed.
pub(super) fn plan_key(own: &Account, kind: &str) -> Key {
    (own.id.clone(), ALL.into(), kind.into())
}

/// Gaps for the accounts and regions that the aggregator does not have up to date, and how many it has at all.
pub(super) async fn sources(desk: &Desk, own: &Account, region: &Arc<str>, name: &str) -> Result<usize, Failure> {
    let (client, gate) = client(desk, own, region);
    let (mut pages, mut token, mut count) = (Pages::default(), None, 0_usize);
    loop {
        let request = client
            .describe_configuration_aggregator_sources_status()
            .configuration_aggregator_name(name)
            .limit(PAGE)
            .set_next_token(token);
        let page =
            gate.call(AGGREGATOR_SOURCES, || request.clone().send()).await.map_err(|failure| match failure.what {
                What::Lasting => Failure::lasting(format!("{}; check --aggregator", failure.message)),
                _ => failure,
            })?;
        for source in page.aggregated_source_status_list() {
            count += 1;
            if source.last_update_status() == Some(&AggregatedSourceStatusType::Succeeded) {
                continue;
            }
            let why = source.last_error_message().or(source.last_error_code()).map(tidy).unwrap_or_default();
            let message = format!(
                "the aggregator '{name}' is not up to date here ({why}): repair its source, or read without it"
            );
            let account: Arc<str> = source.source_id().unwrap_or(ALL).into();
            let region: Arc<str> = source.aws_region().unwrap_or(ALL).into();
            desk.end(&(account, region, ALL.into()), Err(&Failure::lasting(message)));
        }
        token = pages.next(AGGREGATOR_SOURCES, page.next_token())?;
        if token.is_none() {
            break;
        }
    }
    Ok(count)
}

/// The gap of an aggregator that shows nothing, which is hardly so because there is nothing.
pub(super) fn empty(desk: &Desk, own: &Account, name: &str) {
    let message = format!(
        "the aggregator '{name}' shows nothing: check that it has accounts and that these record, or read without it"
    );
    desk.end(&(own.id.clone(), ALL.into(), ALL.into()), Err(&Failure { what: What::NotRecorded, message }));
}

fn client(desk: &Desk, own: &Account, region: &Arc<str>) -> (Client, Gate) {
    (Client::new(&own.in_region(region)), own.gate(&desk.gates, region, "config"))
}

async fn select(
    item: &Item,
    desk: &Desk,
    kind: &'static Kind,
    aggregator: &str,
    found: &mut BTreeSet<(Arc<str>, Arc<str>)>,
) -> Result<(), Failure> {
    let Some(name) = kind.config else { return Ok(()) };
    let (client, gate) = client(desk, &item.account, &item.region);
    let expression = format!("SELECT {FIELDS} WHERE resourceType = '{name}'");
    let (mut pages, mut token, mut senseless) = (Pages::default(), None, None);
    loop {
        let request = client
            .select_aggregate_resource_config()
            .configuration_aggregator_name(aggregator)
            .expression(&expression)
            .limit(PAGE)
            .set_next_token(token);
        let page = gate.call(SELECT_AGGREGATE, || request.clone().send()).await?;
        for text in page.results() {
            let row: Value = serde_json::from_str(text).unwrap_or_default();
            let of = |name: &str| row.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            let Some(account) = of("accountId").map(Arc::<str>::from) else {
                senseless = Some(no_sense(name, "it names no account"));
                continue;
            };
            let region: Arc<str> =
                if kind.scope == Scope::Global { GLOBAL } else { of("awsRegion").unwrap_or(GLOBAL) }.into();
            let key = (account.clone(), region.clone(), Arc::<str>::from(kind.name));
            match shape::of_row(Place { account: &account, region: &region, kind: kind.name }, &row) {
                Ok(record) => desk.put(record),
                Err(why) => desk.dent(&key, of("resourceId").unwrap_or("?"), &no_sense(name, why)),
            }
            found.insert((account, region));
        }
        token = pages.next(SELECT_AGGREGATE, page.next_token())?;
        if token.is_none() {
            return senseless.map_or(Ok(()), Err);
        }
    }
}
