//! Findings that are one story: the same policy at the same place, for several instances of a resource.
//!
//! It does not know formats.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;

use crate::model::{Finding, Related, Severity, Span, Verdict};

/// Most addresses named before the rest is only counted.
const MAX_ADDRESSES: usize = 5;
/// Most places shown besides the primary one.
const MAX_RELATED: usize = 6;

/// One or more findings of one policy, one verdict and one status at one place.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// The finding that stands for all.
    pub(super) first: &'a Finding,
    pub(super) rest: Vec<&'a Finding>,
}

/// Groups findings and keeps the order in which each group was first seen.
pub(super) fn group<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut index: HashMap<(&str, Span, Verdict, &str), usize> = HashMap::new();
    for finding in findings {
        let key = (&*finding.policy, finding.span, finding.verdict, finding.status.as_str());
        if let Some(group) = index.get(&key).and_then(|&at| groups.get_mut(at)) {
            group.rest.push(finding);
        } else {
            index.insert(key, groups.len());
            groups.push(Group { first: finding, rest: Vec::new() });
        }
    }
    groups
}

impl<'a> Group<'a> {
    pub(super) fn findings(&self) -> impl Iterator<Item = &'a Finding> + '_ {
        std::iter::once(self.first).chain(self.rest.iter().copied())
    }

    /// The worst severity, should a policy have set them one by one.
    pub(super) fn severity(&self) -> Severity {
        self.findings().map(|f| f.severity).max().unwrap_or(self.first.severity)
    }

    /// The addresses, each once, in order.
    pub(super) fn addresses(&self) -> BTreeSet<&'a str> {
        self.findings().map(|f| &*f.address).collect()
    }

    /// The addresses as text, the first few by name and the rest by number.
    pub(super) fn address_list(&self, quote: &str) -> String {
        let addresses = self.addresses();
        let mut text =
            addresses.iter().take(MAX_ADDRESSES).map(|a| format!("{quote}{a}{quote}")).collect::<Vec<_>>().join(", ");
        if addresses.len() > MAX_ADDRESSES {
            let _ = write!(text, " and {} more", addresses.len() - MAX_ADDRESSES);
        }
        text
    }

    /// Messages that say something else than the first one, apart from the address in them.
    pub(super) fn other_messages(&self) -> Vec<&'a str> {
        let plain = |finding: &Finding| finding.message.replace(&*finding.address, "");
        let mut seen = BTreeSet::from([plain(self.first)]);
        self.rest.iter().filter(|f| seen.insert(plain(f))).map(|f| &*f.message).collect()
    }

    /// Related places of all findings, each once, and how many were left out.
    pub(super) fn related(&self) -> (Vec<&'a Related>, usize) {
        let mut seen = HashSet::new();
        let all = self.findings().flat_map(|f| &f.related);
        let mut places: Vec<&'a Related> = all.filter(|r| r.span != self.first.span && seen.insert(*r)).collect();
        let more = places.len().saturating_sub(MAX_RELATED);
        places.truncate(MAX_RELATED);
        (places, more)
    }

    /// The environments in which any of them holds.
    pub(super) fn environments(&self) -> BTreeSet<&'a str> {
        self.findings().flat_map(|f| &f.environments).map(|name| &**name).collect()
    }

    /// Why the verdict is undetermined, each cause once.
    pub(super) fn causes(&self) -> BTreeSet<&'a str> {
        self.findings().flat_map(|f| &f.causes).map(|cause| &**cause).collect()
    }
}
