//! The same policies on what is recorded and on what is live: what drift made worse, and what it mended.
//!
//! A verdict that is not certain on either side says nothing. It does not know how things were paired.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::evaluate;
use super::links::LinkTable;
use crate::model::{
    Difference, DriftClass, Finding, Live, PolicyDelta, Problem, Recorded, Resource, SourceMap, Verdict,
};
use crate::policy::PolicySet;

/// Marks differences with the policies that fail on one side only; those that look at everything at once say nothing of one thing. `pairs` are positions of recorded and live things.
pub fn deltas(
    differences: &mut [Difference],
    (recorded, live): (&[Recorded], &[Live]),
    pairs: &[(usize, usize)],
    policies: &PolicySet,
    sources: &SourceMap,
) -> Vec<Problem> {
    // What only one side has changes the verdicts on what belongs to it.
    let is_outside =
        |it: &&Difference| !matches!(it.class, DriftClass::Unknown | DriftClass::PendingInCode | DriftClass::Orphan);
    if !differences.iter().any(|it| is_outside(&it)) {
        return Vec::new();
    }
    let policies = &policies.of_single_resources();
    let numbered = |resource: &Resource, side: &str| {
        let scope = format!("{side}/{}", resource.scope);
        Resource { scope: scope.into(), ..resource.clone() }
    };
    let before: Vec<Resource> = recorded.iter().map(|it| numbered(&it.resource, "recorded")).collect();
    let after: Vec<Resource> = live.iter().map(|it| numbered(&it.resource, "live")).collect();
    // Of things that agree, and belong to nothing that differs, both sides say the same.
    let differing: HashSet<(&str, &str)> = differences
        .iter()
        .filter(is_outside)
        .flat_map(|it| [(&*it.scope, it.address.as_deref()), (&*it.placed.scope, Some(&*it.placed.address))])
        .filter_map(|(scope, address)| Some((scope, address?)))
        .collect();
    let is_seed = |resource: &Resource| differing.contains(&(&*resource.scope, &*resource.address));
    let mut of_recorded: BTreeSet<usize> =
        (0..recorded.len()).filter(|at| recorded.get(*at).is_some_and(|it| is_seed(&it.resource))).collect();
    let mut of_live: BTreeSet<usize> =
        (0..live.len()).filter(|at| live.get(*at).is_some_and(|it| is_seed(&it.resource))).collect();
    let (links_before, links_after) = (LinkTable::new(&before), LinkTable::new(&after));
    let meet = |of_recorded: &mut BTreeSet<usize>, of_live: &mut BTreeSet<usize>| {
        let met: Vec<_> =
            pairs.iter().filter(|(one, other)| of_recorded.contains(one) || of_live.contains(other)).collect();
        of_recorded.extend(met.iter().map(|(one, _)| *one));
        of_live.extend(met.iter().map(|(_, other)| *other));
    };
    meet(&mut of_recorded, &mut of_live);
    widen(&mut of_recorded, &links_before);
    widen(&mut of_live, &links_after);
    meet(&mut of_recorded, &mut of_live);
    let pairs: Vec<&(usize, usize)> = pairs.iter().filter(|(one, _)| of_recorded.contains(one)).collect();
    // What these are judged with.
    for _ in 0..2 {
        widen(&mut of_recorded, &links_before);
        widen(&mut of_live, &links_after);
    }
    let (before, after) = (chosen(before, &of_recorded), chosen(after, &of_live));
    let (before, after) = (evaluate(&before, policies, sources), evaluate(&after, policies, sources));
    let (of_before, of_after) = (by_address(&before.findings), by_address(&after.findings));
    let mut by_difference: HashMap<(Arc<str>, Arc<str>), Vec<usize>> = HashMap::new();
    for (index, difference) in differences.iter().enumerate().filter(|(_, it)| is_outside(it)) {
        if let Some(address) = &difference.address {
            by_difference.entry((difference.scope.clone(), address.clone())).or_default().push(index);
        }
    }
    let mut referring: HashMap<(&str, &str), Vec<&Resource>> = HashMap::new();
    for Recorded { resource, .. } in recorded {
        for edge in &resource.edges {
            referring.entry((&resource.scope, &edge.to)).or_default().push(resource);
        }
    }
    for (index, found) in pairs {
        let (Some(item), Some(thing)) = (recorded.get(*index), live.get(*found)) else { continue };
        let old = of_before.get(&key("recorded", &item.resource));
        let new = of_after.get(&key("live", &thing.resource));
        let (worse, better) = (only(new, old), only(old, new));
        if worse.is_empty() && better.is_empty() {
            continue;
        }
        let own = by_difference.get(&(item.resource.scope.clone(), item.resource.address.clone()));
        // A part that went missing shows on its whole.
        let near: Vec<usize> = if let Some(own) = own {
            own.clone()
        } else {
            let parts = referring.get(&(&*item.resource.scope, &*item.resource.address)).into_iter().flatten();
            let of = |other: &&Resource| by_difference.get(&(other.scope.clone(), other.address.clone()));
            parts.filter_map(of).flatten().copied().collect()
        };
        if let Some(difference) = near.first().and_then(|at| differences.get_mut(*at)) {
            difference.worse.extend(worse);
            difference.better.extend(better);
        }
    }
    for difference in differences {
        for list in [&mut difference.worse, &mut difference.better] {
            list.sort();
            list.dedup();
        }
    }
    before.problems.into_iter().chain(after.problems).map(Problem::notice).collect()
}

/// Adds what belongs to any of them.
fn widen(indexes: &mut BTreeSet<usize>, links: &LinkTable) {
    let near: Vec<usize> = indexes.iter().flat_map(|index| links.of(*index).iter().map(|link| link.to)).collect();
    indexes.extend(near);
}

fn chosen(resources: Vec<Resource>, indexes: &BTreeSet<usize>) -> Vec<Resource> {
    resources.into_iter().enumerate().filter(|(index, _)| indexes.contains(index)).map(|(_, it)| it).collect()
}

type Key = (Arc<str>, Arc<str>);
type ByPolicy<'f> = BTreeMap<Arc<str>, Vec<&'f Finding>>;

fn key(side: &str, resource: &Resource) -> Key {
    (format!("{side}/{}", resource.scope).into(), resource.address.clone())
}

fn by_address(findings: &[Finding]) -> HashMap<Key, ByPolicy<'_>> {
    let mut out: HashMap<Key, ByPolicy<'_>> = HashMap::new();
    for finding in findings {
        let of = out.entry((finding.scope.clone(), finding.address.clone())).or_default();
        of.entry(finding.policy.clone()).or_default().push(finding);
    }
    out
}

/// Policies that certainly fail more often here than there, where nothing is uncertain.
fn only(here: Option<&ByPolicy<'_>>, there: Option<&ByPolicy<'_>>) -> Vec<PolicyDelta> {
    let fails = |list: &[&Finding]| list.iter().filter(|it| it.verdict == Verdict::Fail).count();
    let mut out = Vec::new();
    for (policy, found) in here.into_iter().flatten() {
        let others = there.and_then(|map| map.get(policy)).map_or(&[][..], Vec::as_slice);
        let uncertain = others.iter().any(|it| it.verdict == Verdict::Undetermined);
        if fails(found) <= fails(others) || uncertain {
            continue;
        }
        if let Some(finding) = found.iter().find(|it| it.verdict == Verdict::Fail) {
            let (policy, severity) = (policy.clone(), finding.severity);
            out.push(PolicyDelta { policy, severity, message: finding.message.clone() });
        }
    }
    out
}
