//! Which accounts there are, and which regions of one are in use.
//!
//! It does not get into them.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_account::types::RegionOptStatus;

use super::call::Pages;
use super::desk::Desk;
use super::failure::{Failure, What};
use super::session::Account;
use crate::live::actions::{LIST_ACCOUNTS, LIST_PARENTS, LIST_REGIONS};
use crate::live::{GLOBAL, Organization};

/// No organization is as deep.
const MAX_UNITS: usize = 16;

/// The active accounts of the organization that were not left out, sorted.
pub(super) async fn of_organization(desk: &Desk, own: &Account, wanted: &Organization) -> Result<Vec<String>, Failure> {
    let client = aws_sdk_organizations::Client::new(&own.in_region(&own.home()));
    let gate = own.gate(&desk.gates, &GLOBAL.into(), "organizations");
    let (mut pages, mut token, mut ids) = (Pages::default(), None, Vec::new());
    loop {
        let request = client.list_accounts().set_next_token(token);
        let page = gate.call(LIST_ACCOUNTS, || request.clone().send()).await?;
        for account in page.accounts() {
            // Newer answers say STATE, older ones STATUS, and emulators one of them.
            let status = account.status().map(|status| status.as_str().to_owned());
            let state = account.state().map(|state| state.as_str().to_owned());
            let active = state.or(status).is_none_or(|state| state == "ACTIVE");
            if let Some(id) = account.id().filter(|_| active) {
                ids.push(id.to_owned());
            }
        }
        token = pages.next(LIST_ACCOUNTS, page.next_token())?;
        if token.is_none() {
            break;
        }
    }
    ids.sort();
    ids.dedup();
    let named = |list: &[String], id: &String| list.contains(id);
    ids.retain(|id| wanted.include_accounts.is_empty() || named(&wanted.include_accounts, id));
    ids.retain(|id| !named(&wanted.exclude_accounts, id));
    if wanted.include_units.is_empty() && wanted.exclude_units.is_empty() {
        return Ok(ids);
    }
    let mut kept = Vec::new();
    for id in ids {
        let units = units_above(&client, &gate, &id).await?;
        let of = |list: &[String]| list.iter().any(|unit| units.contains(unit));
        if (wanted.include_units.is_empty() || of(&wanted.include_units)) && !of(&wanted.exclude_units) {
            kept.push(id);
        }
    }
    Ok(kept)
}

/// Ids of the units and the root above an account.
async fn units_above(
    client: &aws_sdk_organizations::Client,
    gate: &super::call::Gate,
    id: &str,
) -> Result<BTreeSet<String>, Failure> {
    let (mut units, mut child) = (BTreeSet::new(), id.to_owned());
    while units.len() < MAX_UNITS {
        let request = client.list_parents().child_id(&child);
        let page = gate.call(LIST_PARENTS, || request.clone().send()).await?;
        let Some(parent) = page.parents().first().and_then(|parent| parent.id()) else { break };
        let root = parent.starts_with("r-");
        if !units.insert(parent.to_owned()) || root {
            break;
        }
        parent.clone_into(&mut child);
    }
    Ok(units)
}

/// The regions to read of an account: those that were named, else those that are enabled for it.
pub(super) async fn regions(desk: &Desk, account: &Account) -> Result<Vec<Arc<str>>, Failure> {
    if !desk.settings.regions.is_empty() {
        let named: BTreeSet<Arc<str>> = desk.settings.regions.iter().map(|region| region.as_str().into()).collect();
        return Ok(named.into_iter().collect());
    }
    let client = aws_sdk_account::Client::new(&account.in_region(&account.home()));
    let gate = account.gate(&desk.gates, &GLOBAL.into(), "account");
    let (mut pages, mut token, mut regions) = (Pages::default(), None, BTreeSet::new());
    loop {
        let request = client
            .list_regions()
            .region_opt_status_contains(RegionOptStatus::Enabled)
            .region_opt_status_contains(RegionOptStatus::EnabledByDefault)
            .set_next_token(token);
        let page = gate.call(LIST_REGIONS, || request.clone().send()).await?;
        regions.extend(page.regions().iter().filter_map(|region| region.region_name()).map(Arc::<str>::from));
        token = pages.next(LIST_REGIONS, page.next_token())?;
        if token.is_none() {
            break;
        }
    }
    if regions.is_empty() {
        let message = "AWS named no region that is enabled: name them with --region";
        return Err(Failure { what: What::Lasting, message: message.into() });
    }
    Ok(regions.into_iter().collect())
}
