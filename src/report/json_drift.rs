//! The `drift` member of the `stanchion/v1` contract.
//!
//! It knows nothing but that contract. Values come masked.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::json::{Location, Step, location, step};
use crate::model::{AttributeDifference, Difference, DriftReport, PolicyDelta, Report};

#[derive(Serialize)]
pub(super) struct Drift<'a> {
    differences: Vec<Entry<'a>>,
    coverage: Coverage<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Since<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    class: &'static str,
    #[serde(rename = "type")]
    kind: &'a str,
    address: Option<&'a str>,
    state: &'a str,
    live: Option<&'a str>,
    account: Option<&'a str>,
    region: Option<&'a str>,
    owner: Owner<'a>,
    tags: &'a BTreeMap<Arc<str>, Arc<str>>,
    attributes: Vec<Attribute<'a>>,
    reasons: &'a [String],
    location: Location,
    worse: Vec<Delta<'a>>,
    better: Vec<Delta<'a>>,
    finding: Option<&'a str>,
}

#[derive(Serialize)]
struct Owner<'a> {
    kind: &'static str,
    name: Option<&'a str>,
}

#[derive(Serialize)]
struct Attribute<'a> {
    path: Vec<Step<'a>>,
    recorded: Option<String>,
    live: Option<String>,
    declared: Option<String>,
    declared_in_code: bool,
    location: Location,
    finding: Option<&'a str>,
}

#[derive(Serialize)]
struct Delta<'a> {
    policy: &'a str,
    severity: &'static str,
    message: &'a str,
}

#[derive(Serialize)]
struct Coverage<'a> {
    recorded: usize,
    left_aside: usize,
    live: usize,
    compared: usize,
    in_sync: usize,
    not_compared: &'a BTreeMap<String, usize>,
    owned: &'a BTreeMap<&'static str, usize>,
    attributes_unread: usize,
}

#[derive(Serialize)]
struct Since<'a> {
    new: usize,
    persisting: usize,
    fixed: Vec<Fixed<'a>>,
}

#[derive(Serialize)]
struct Fixed<'a> {
    policy: &'a str,
    address: &'a str,
    message: &'a str,
    fingerprint: &'a str,
}

pub(super) fn drift<'a>(report: &'a Report, drift: &'a DriftReport) -> Drift<'a> {
    let coverage = &drift.coverage;
    Drift {
        differences: drift.differences.iter().map(|it| entry(report, it)).collect(),
        coverage: Coverage {
            recorded: coverage.recorded,
            left_aside: coverage.left_aside,
            live: coverage.live,
            compared: coverage.compared,
            in_sync: coverage.in_sync,
            not_compared: &coverage.not_compared,
            owned: &coverage.owned,
            attributes_unread: coverage.attributes_unread,
        },
        since: drift.since.as_ref().map(|since| Since {
            new: since.new,
            persisting: since.persisting,
            fixed: since
                .fixed
                .iter()
                .map(|it| Fixed {
                    policy: &it.policy,
                    address: &it.address,
                    message: &it.message,
                    fingerprint: &it.fingerprint,
                })
                .collect(),
        }),
    }
}

fn entry<'a>(report: &Report, it: &'a Difference) -> Entry<'a> {
    Entry {
        class: it.class.as_str(),
        kind: &it.kind,
        address: it.address.as_deref(),
        state: &it.scope,
        live: it.live.as_deref(),
        account: it.account.as_deref(),
        region: it.region.as_deref(),
        owner: Owner { kind: it.owner.as_str(), name: it.owner.name() },
        tags: &it.tags,
        attributes: it.attributes.iter().map(|attribute| self::attribute(report, attribute)).collect(),
        reasons: &it.reasons,
        location: location(report, report.sources.first_line(it.span)),
        worse: it.worse.iter().map(delta).collect(),
        better: it.better.iter().map(delta).collect(),
        finding: it.finding.as_deref(),
    }
}

fn attribute<'a>(report: &Report, it: &'a AttributeDifference) -> Attribute<'a> {
    Attribute {
        path: it.path.iter().map(step).collect(),
        recorded: it.recorded.as_ref().map(crate::model::Shown::text),
        live: it.live.as_ref().map(crate::model::Shown::text),
        declared: it.declared.as_ref().map(crate::model::Shown::text),
        declared_in_code: it.declared_in_code,
        location: location(report, report.sources.first_line(it.span)),
        finding: it.finding.as_deref(),
    }
}

fn delta(it: &PolicyDelta) -> Delta<'_> {
    Delta { policy: &it.policy, severity: it.severity.as_str(), message: &it.message }
}
