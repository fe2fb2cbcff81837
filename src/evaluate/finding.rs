//! Turns a deny entry into a finding: its place, its wording, its identity.
//!
//! It does not know how the verdict was reached.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::input::ADDRESS;
use super::links::LinkTable;
use super::place::place;
use super::unknown::{is_made_up, readable};
use crate::model::{Finding, Node, PathStep, Related, Resource, SourceKind, SourceMap, Status, Value, Verdict};
use crate::policy::{Denial, Policy};

/// A group of resources, and an address in it.
type Address<'a> = ((SourceKind, &'a str, Option<&'a str>), &'a str);

/// Everything a finding is written from.
pub(super) struct Writer<'a> {
    resources: &'a [Resource],
    by_address: HashMap<Address<'a>, usize>,
    links: &'a LinkTable,
    sources: &'a SourceMap,
}

impl<'a> Writer<'a> {
    pub(super) fn new(resources: &'a [Resource], links: &'a LinkTable, sources: &'a SourceMap) -> Self {
        let key = |resource: &'a Resource| (resource.group(), &*resource.address);
        let by_address = resources.iter().enumerate().map(|(index, resource)| (key(resource), index)).collect();
        Self { resources, by_address, links, sources }
    }

    /// The resource of an address, in the same source and scope as another one.
    pub(super) fn find(&self, near: &Resource, address: &str) -> Option<usize> {
        self.by_address.get(&(near.group(), address)).copied()
    }

    /// `causes` makes it undetermined.
    pub(super) fn finding(
        &self,
        policy: &Policy,
        index: usize,
        denial: &Denial,
        causes: Option<Vec<Arc<str>>>,
    ) -> Option<Finding> {
        let resource = self.resources.get(index)?;
        let path = real_path(resource, &denial.path);
        let found = place(resource, path, self.sources);
        let mut related = found.related;
        for entry in &denial.related {
            let other = match &entry.address {
                Some(address) => self.find(resource, address).and_then(|index| self.resources.get(index)),
                None => Some(resource),
            };
            if let Some(other) = other {
                let span = place(other, &entry.path, self.sources).span;
                related.push(Related { message: self.presentable(policy, index, &entry.message), span });
            }
        }
        let message = match (&causes, denial.message.is_empty()) {
            // What a trial says about a made-up value is not for people.
            (Some(_), _) => format!("cannot be ruled out: {}", policy.info.title),
            (None, true) => policy.info.title.clone(),
            (None, false) => self.presentable(policy, index, &denial.message),
        };
        Some(Finding {
            policy: policy.info.id.clone(),
            severity: denial.severity.unwrap_or(policy.info.severity),
            verdict: if causes.is_some() { Verdict::Undetermined } else { Verdict::Fail },
            status: Status::Open,
            message,
            source: resource.source,
            scope: resource.scope.clone(),
            address: resource.address.clone(),
            kind: resource.kind.clone(),
            span: found.span,
            attribute: path.to_vec(),
            related,
            causes: causes.unwrap_or_default(),
            environments: resource.environment.iter().cloned().collect(),
            fingerprint: fingerprint(policy, resource, path),
        })
    }

    /// A policy's text without made-up values and without sensitive ones, on one line.
    fn presentable(&self, policy: &Policy, index: usize, message: &str) -> String {
        let address = self.resources.get(index).map_or("", |resource| &*resource.address);
        let mut text = readable(message).replace(ADDRESS, address);
        let mut hidden: Vec<Arc<str>> = Vec::new();
        // What the policy saw, and may repeat: its own resource, linked ones, or all of them.
        if policy.estate {
            self.resources.iter().for_each(|resource| sensitive_texts(resource, &mut hidden));
        } else {
            let linked = self.links.of(index).iter().map(|link| link.to);
            let seen = std::iter::once(index).chain(linked).filter_map(|index| self.resources.get(index));
            seen.for_each(|resource| sensitive_texts(resource, &mut hidden));
        }
        // Longer ones first, so that one that holds another leaves nothing behind.
        hidden.sort_by_key(|text| std::cmp::Reverse(text.len()));
        for secret in &hidden {
            if text.contains(&**secret) {
                text = text.replace(&**secret, "***");
            }
        }
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned()
    }
}

/// Shorter texts are too common to be masked wherever they occur.
const MIN_MASKED: usize = 4;

/// The path without what was made up: it ends where a value is not known.
fn real_path<'a>(resource: &Resource, path: &'a [PathStep]) -> &'a [PathStep] {
    let made_up = |step: &PathStep| matches!(step, PathStep::Key(key) if is_made_up(key));
    let end = path.iter().position(made_up).unwrap_or(path.len());
    let path = path.get(..end).unwrap_or(path);
    let mut node = &resource.config;
    for (index, step) in path.iter().enumerate() {
        if node.as_unknown().is_some() {
            return path.get(..index).unwrap_or(path);
        }
        match node.get(step) {
            Some(next) => node = next,
            None => break,
        }
    }
    path
}

/// Identity without places: the same finding after lines moved, entries were added or files renamed.
fn fingerprint(policy: &Policy, resource: &Resource, path: &[PathStep]) -> String {
    let keys = path.iter().filter_map(|step| match step {
        PathStep::Key(key) if key.parse::<usize>().is_err() => Some(&**key),
        PathStep::Key(_) | PathStep::Index(_) => None,
    });
    let attribute = keys.collect::<Vec<_>>().join(".");
    // A plan says of its source what the source says: a finding keeps its identity from one to the other.
    let source = if resource.source == SourceKind::Plan { SourceKind::Terraform } else { resource.source };
    let parts = ["stanchion/v1", &policy.info.id, source.as_str(), &resource.scope, &resource.address, &attribute];
    let digest = Sha256::digest(parts.join("\0").as_bytes());
    digest.iter().take(16).fold(String::with_capacity(32), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Texts of values that no output may show.
fn sensitive_texts(resource: &Resource, out: &mut Vec<Arc<str>>) {
    sensitive(&resource.config, false, out);
    resource.facets.values().for_each(|facet| sensitive(facet, false, out));
}

fn sensitive(node: &Node, above: bool, out: &mut Vec<Arc<str>>) {
    let marked = above || node.marks.sensitive;
    match &node.value {
        Value::String(text) | Value::Number(text) if marked && text.chars().count() >= MIN_MASKED => {
            out.push(text.clone());
        }
        Value::List(items) => items.iter().for_each(|item| sensitive(item, marked, out)),
        Value::Map(map) => map.values().for_each(|item| sensitive(item, marked, out)),
        Value::Document(document) => {
            if let (true, Some(text)) = (marked, &document.text) {
                out.push(text.clone());
            }
            sensitive(&document.tree, marked, out);
        }
        _ => {}
    }
}
