//! Differences and policies in, findings out: each difference or attribute is judged as a resource of the kind `drift`.
//!
//! It does not know how differences came about.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Evaluated, evaluate};
use crate::model::{
    Difference, DriftClass, Finding, Map, Node, Owner, PathStep, Resource, Shown, SourceMap, Span, Value, display_path,
};
use crate::policy::PolicySet;

/// The type that policies for differences name.
pub const KIND: &str = "drift";
/// Longest value told in a message.
const MAX_VALUE: usize = 60;

/// Judges all differences that are somebody's business. Each gets one finding at most: of a policy of the user's if one
/// applies, else of the worst. The fingerprints of the findings are noted on the differences.
pub fn evaluate_drift(differences: &mut [Difference], policies: &PolicySet, sources: &SourceMap) -> Evaluated {
    let mut subjects: Vec<(usize, Option<usize>)> = Vec::new();
    let mut resources = Vec::new();
    for (index, difference) in differences.iter().enumerate() {
        if !is_judged(difference) {
            continue;
        }
        let attributes: Vec<Option<usize>> = match difference.attributes.len() {
            0 => vec![None],
            count => (0..count).map(Some).collect(),
        };
        for attribute in attributes {
            resources.push(resource(difference, attribute, subjects.len()));
            subjects.push((index, attribute));
        }
    }
    let mut judged = evaluate(&resources, policies, sources);
    let rank = |finding: &Finding| {
        let shipped = policies.get(&finding.policy).is_some_and(|policy| policy.info.path.starts_with("embedded:"));
        (shipped, std::cmp::Reverse(finding.severity), finding.policy.clone(), finding.message.clone())
    };
    let mut best: BTreeMap<usize, Finding> = BTreeMap::new();
    for finding in judged.findings.drain(..) {
        let Ok(number) = finding.scope.parse::<usize>() else { continue };
        match best.get(&number) {
            Some(other) if rank(other) <= rank(&finding) => {}
            _ => drop(best.insert(number, finding)),
        }
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (number, mut finding) in best {
        let Some((index, attribute)) = subjects.get(number).copied() else { continue };
        let Some(difference) = differences.get_mut(index) else { continue };
        complete(&mut finding, difference, attribute, sources);
        let count = seen.entry(finding.fingerprint.clone()).or_default();
        *count += 1;
        if *count > 1 {
            let _ = write!(finding.fingerprint, ":{count}");
        }
        let slot = match attribute {
            Some(at) => difference.attributes.get_mut(at).map(|it| &mut it.finding),
            None => Some(&mut difference.finding),
        };
        if let Some(slot) = slot {
            *slot = Some(finding.fingerprint.clone());
        }
        judged.findings.push(finding);
    }
    judged
}

/// What somebody looks after, and what could not be compared, is counted and not judged.
fn is_judged(difference: &Difference) -> bool {
    match difference.class {
        DriftClass::Unknown => false,
        DriftClass::Unmanaged => difference.owner == Owner::Nobody,
        _ => true,
    }
}

fn resource(difference: &Difference, attribute: Option<usize>, number: usize) -> Resource {
    let at = attribute.and_then(|at| difference.attributes.get(at));
    let span = at.map_or(difference.span, |it| it.span);
    let text = |text: &str| Node::string(text, span);
    let path = at.map(|it| names(&it.path)).unwrap_or_default();
    let mut config = Map::from([
        ("class".into(), text(difference.class.as_str())),
        ("type".into(), text(&difference.kind)),
        ("owner".into(), text(difference.owner.as_str())),
        ("path".into(), text(&path)),
    ]);
    if let Some(live) = &difference.live {
        config.insert("live_name".into(), text(live));
    }
    let values =
        at.into_iter().flat_map(|it| [("recorded", &it.recorded), ("live", &it.live), ("declared", &it.declared)]);
    for (name, value) in values {
        if let Some(Shown::Value(node)) = value {
            config.insert(name.into(), settled(node));
        }
    }
    let all = difference.attributes.iter().map(|it| text(&names(&it.path))).collect();
    config.insert("attributes".into(), Node::list(all, span));
    let tags = difference.tags.iter().map(|(key, value)| (key.clone(), text(value))).collect();
    let config = Node::map(config, span);
    Resource {
        account: difference.account.clone(),
        region: difference.region.clone(),
        facets: Map::from([("tags".into(), Node::map(tags, span))]),
        ..Resource::new(difference.placed.source, number.to_string(), difference.name().clone(), KIND, config, span)
    }
}

fn complete(finding: &mut Finding, difference: &Difference, attribute: Option<usize>, sources: &SourceMap) {
    let at = attribute.and_then(|at| difference.attributes.get(at));
    let (span, related) = at.map_or((difference.span, &difference.related), |it| (it.span, &it.related));
    finding.span = sources.first_line(span);
    finding.related.clone_from(related);
    for related in &mut finding.related {
        related.span = sources.first_line(related.span);
    }
    finding.attribute = at.map(|it| it.path.clone()).unwrap_or_default();
    finding.kind = difference.kind.clone();
    finding.source = difference.placed.source;
    finding.scope = difference.placed.scope.clone();
    finding.fingerprint = fingerprint(&finding.policy, difference, &finding.attribute);
    let Some(at) = at else { return };
    let short = |value: &Option<Shown>| match value {
        None => Some("nothing".to_owned()),
        Some(value) => Some(value.text()).filter(|text| text.chars().count() <= MAX_VALUE),
    };
    if let (Some(before), Some(after)) = (short(&at.recorded), short(&at.live)) {
        let _ = write!(finding.message, " (recorded {before}, live {after})");
    }
}

/// Identity without places: policy, state, address and the names of the attribute's path.
fn fingerprint(policy: &str, difference: &Difference, path: &[PathStep]) -> String {
    let parts = ["stanchion/v1", policy, KIND, &difference.scope, difference.name(), &names(path)];
    let digest = Sha256::digest(parts.join("\0").as_bytes());
    digest.iter().take(16).fold(String::with_capacity(32), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn names(path: &[PathStep]) -> String {
    let names: Vec<PathStep> = path.iter().filter(|step| matches!(step, PathStep::Key(_))).cloned().collect();
    match names.as_slice() {
        // Tags may have any name.
        [PathStep::Key(first), PathStep::Key(name)] if &**first == "tags" => format!("tags.{name}"),
        names => display_path(names),
    }
}

/// A value for policies to look at: nothing in it is open.
fn settled(node: &Node) -> Node {
    let value = match &node.value {
        Value::Unknown(_) => Value::String("(not known)".into()),
        Value::List(items) => Value::List(Arc::new(items.iter().map(settled).collect())),
        Value::Map(map) => Value::Map(Arc::new(map.iter().map(|(key, item)| (key.clone(), settled(item))).collect())),
        Value::Document(document) => settled(&document.tree).value,
        other => other.clone(),
    };
    Node { value, ..node.clone() }
}

/// A resource of the kind `drift` from the members of its config, for tests of policies.
pub fn drift_resource(address: &str, config: Node, number: usize, span: Span) -> Resource {
    let mut out = resource(&Difference::of(address, span), None, number);
    out.config = config;
    out
}
