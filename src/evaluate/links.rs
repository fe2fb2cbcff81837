//! Which resources belong together: by reference, and by the name that one gives of the other.
//!
//! Only resources of one source and scope can belong together. It does not know policies.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::model::{Node, Resource, SourceKind, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    /// The other resource refers to this one.
    In,
    /// This one refers to the other.
    Out,
    /// Both belong to the same third resource, as a bucket's ACL and its public access block do.
    Sibling,
}

#[derive(Clone, Debug)]
pub(super) struct Link {
    /// Index of the other resource.
    pub(super) to: usize,
    pub(super) direction: Direction,
    /// The attribute that refers.
    pub(super) attribute: Arc<str>,
    /// Set where the two may belong together but need not.
    pub(super) uncertain: Option<Arc<str>>,
}

/// The links of every resource.
#[derive(Debug)]
pub(super) struct LinkTable {
    links: Vec<Vec<Link>>,
}

impl LinkTable {
    pub(super) fn new(resources: &[Resource]) -> Self {
        let mut groups: BTreeMap<(SourceKind, &str, Option<&str>), Vec<usize>> = BTreeMap::new();
        for (index, resource) in resources.iter().enumerate() {
            groups.entry(resource.group()).or_default().push(index);
        }
        let mut table = Self { links: vec![Vec::new(); resources.len()] };
        for members in groups.values() {
            table.by_reference(resources, members);
            table.by_name(resources, members);
            table.by_owner(resources, members);
        }
        for links in &mut table.links {
            links.sort_by(|a, b| {
                let key = |link: &Link| {
                    (resources.get(link.to).map(|r| r.address.clone()), link.direction, link.attribute.clone())
                };
                key(a).cmp(&key(b))
            });
            links.dedup_by(|a, b| a.to == b.to && a.direction == b.direction && a.attribute == b.attribute);
        }
        table
    }

    pub(super) fn of(&self, index: usize) -> &[Link] {
        self.links.get(index).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, from: usize, to: usize, attribute: &Arc<str>, uncertain: Option<&Arc<str>>) {
        for (this, other, direction) in [(from, to, Direction::Out), (to, from, Direction::In)] {
            if let Some(links) = self.links.get_mut(this) {
                links.push(Link { to: other, direction, attribute: attribute.clone(), uncertain: uncertain.cloned() });
            }
        }
    }

    fn by_reference(&mut self, resources: &[Resource], members: &[usize]) {
        let mut by_address: HashMap<&str, Vec<usize>> = HashMap::new();
        for &index in members {
            let Some(resource) = resources.get(index) else { continue };
            by_address.entry(&resource.address).or_default().push(index);
            let base = without_instance(&resource.address);
            if base != &*resource.address {
                by_address.entry(base).or_default().push(index);
            }
        }
        for &from in members {
            let Some(resource) = resources.get(from) else { continue };
            for edge in &resource.edges {
                for &to in by_address.get(&*edge.to).into_iter().flatten() {
                    if to != from {
                        self.add(from, to, &edge.attribute, None);
                    }
                }
            }
        }
    }

    /// `aws_s3_bucket_versioning` belongs to the `aws_s3_bucket` whose `bucket` it names.
    fn by_name(&mut self, resources: &[Resource], members: &[usize]) {
        let mut by_type: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for &index in members {
            if let Some(resource) = resources.get(index) {
                by_type.entry(&resource.kind).or_default().push(index);
            }
        }
        let mut named: HashMap<(&str, &'static str, &str), Vec<usize>> = HashMap::new();
        for (kind, indexes) in &by_type {
            for &index in indexes {
                let Some(resource) = resources.get(index) else { continue };
                for name in NAMES.iter().chain(&OWN_NAMES) {
                    if let Some(value) = resource.config.key(name).and_then(Node::as_str) {
                        named.entry((kind, name, value)).or_default().push(index);
                    }
                }
            }
        }
        for &from in members {
            let Some(resource) = resources.get(from) else { continue };
            for (kind, owners) in owner_types(&resource.kind).filter_map(|kind| Some((kind, by_type.get(kind)?))) {
                for name in NAMES {
                    let Some(node) = resource.config.key(name) else { continue };
                    let attribute: Arc<str> = name.into();
                    match &node.value {
                        Value::String(text) => {
                            // `role = "app"` of a role policy names the role's `name`.
                            let own: &[&'static str] = if names_its(name, kind) { &OWN_NAMES } else { &[] };
                            for attribute_of_owner in std::iter::once(&name).chain(own) {
                                for &to in named.get(&(kind, attribute_of_owner, text)).into_iter().flatten() {
                                    self.add_once(from, to, &attribute, None);
                                }
                            }
                        }
                        Value::Unknown(unknown)
                            if name != "arn"
                                && !unknown.opaque
                                && !resource.edges.iter().any(|edge| *edge.attribute == *name) =>
                        {
                            for &to in owners {
                                self.add_once(from, to, &attribute, Some(&unknown.cause));
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// Parts of one resource (`aws_s3_bucket_acl`, `aws_s3_bucket_public_access_block`) see each other.
    fn by_owner(&mut self, resources: &[Resource], members: &[usize]) {
        let is_part = |part: usize, owner: usize| match (resources.get(part), resources.get(owner)) {
            (Some(part), Some(owner)) => part.kind.strip_prefix(&*owner.kind).is_some_and(|rest| rest.starts_with('_')),
            _ => false,
        };
        let mut siblings: Vec<(usize, Link)> = Vec::new();
        for &owner in members {
            let parts: Vec<&Link> = self
                .of(owner)
                .iter()
                .filter(|link| link.direction == Direction::In && is_part(link.to, owner))
                .collect();
            if parts.len() > MAX_PARTS {
                continue;
            }
            for part in &parts {
                for other in parts.iter().filter(|other| other.to != part.to) {
                    let uncertain = part.uncertain.clone().or_else(|| other.uncertain.clone());
                    let link = Link { direction: Direction::Sibling, uncertain, ..(*other).clone() };
                    siblings.push((part.to, link));
                }
            }
        }
        for (part, link) in siblings {
            if let Some(links) = self.links.get_mut(part) {
                links.push(link);
            }
        }
    }

    fn add_once(&mut self, from: usize, to: usize, attribute: &Arc<str>, uncertain: Option<&Arc<str>>) {
        if !self.of(from).iter().any(|link| link.to == to && link.direction == Direction::Out) {
            self.add(from, to, attribute, uncertain);
        }
    }
}

/// An owner with more parts than this (rules of a listener, say) does not introduce them to each other: the cost would be quadratic.
const MAX_PARTS: usize = 32;

/// Attributes by which one resource names another.
const NAMES: [&str; 14] = [
    "bucket",
    "role",
    "user",
    "group",
    "repository",
    "function_name",
    "cluster_identifier",
    "cluster_name",
    "queue_url",
    "vault_name",
    "file_system_id",
    "key_id",
    "topic_arn",
    "arn",
];

/// Attributes by which a resource is called itself.
const OWN_NAMES: [&str; 4] = ["name", "id", "arn", "url"];

/// True for `role` and `aws_iam_role`, `queue_url` and `aws_sqs_queue`: the attribute holds the owner's own name.
fn names_its(attribute: &str, kind: &str) -> bool {
    let stem = ["_name", "_id", "_url", "_identifier", "_arn"].iter().find_map(|suffix| attribute.strip_suffix(suffix));
    kind.strip_suffix(stem.unwrap_or(attribute)).is_some_and(|rest| rest.ends_with('_'))
}

/// `aws_s3_bucket_acl` may belong to an `aws_s3_bucket`, an `aws_s3` or an `aws`.
fn owner_types(kind: &str) -> impl Iterator<Item = &str> {
    kind.char_indices().filter(|(_, c)| *c == '_').filter_map(|(at, _)| kind.get(..at))
}

/// An address without the instance key at its end: `aws_s3_bucket.b["x"]` is one of `aws_s3_bucket.b`.
fn without_instance(address: &str) -> &str {
    if !address.ends_with(']') {
        return address;
    }
    // A key may hold brackets itself, so a quoted one ends at its quote.
    let start = if address.ends_with("\"]") {
        address.find("[\"").and_then(|_| last_quoted(address))
    } else {
        address.rfind('[')
    };
    start.and_then(|start| address.get(..start)).unwrap_or(address)
}

/// Where the last `["` that opens a key begins.
fn last_quoted(address: &str) -> Option<usize> {
    let mut start = None;
    let mut open = false;
    let mut escaped = false;
    let bytes = address.as_bytes();
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if open => escaped = true,
            b'"' if !open => {
                open = true;
                start = index.checked_sub(1);
            }
            b'"' => open = false,
            _ => {}
        }
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instance_key_is_taken_off_even_when_it_holds_brackets() {
        assert_eq!(without_instance("module.m[\"x\"].aws_s3_bucket.b[0]"), "module.m[\"x\"].aws_s3_bucket.b");
        assert_eq!(without_instance("aws_s3_bucket.b[\"a[\\\"1\"]"), "aws_s3_bucket.b");
        assert_eq!(without_instance("aws_s3_bucket.b"), "aws_s3_bucket.b");
    }
}
