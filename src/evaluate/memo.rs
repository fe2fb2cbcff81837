//! Decisions already made: what one policy said about one make-up of a resource holds for every resource of the same make-up.
//!
//! Estates repeat themselves, and a decision about unknown values takes many evaluations. A make-up is everything that the policy
//! may read, values and what is known of the unknown ones; not places, not causes, not the address (see
//! [`super::input::ADDRESS`]). It does not know how decisions are made.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::links::{Direction, Link};
use super::trials::Decision;
use super::unknown::is_arn_cause;
use crate::model::{Existence, Map, Node, Part, Resource, Shape, Unknown, Value};
use crate::policy::Reads;

/// Half of a SHA-256: inputs come from strangers, so that no two may be made to look alike.
type Digest = [u8; 16];
/// A make-up in short.
pub(super) type Key = Digest;

/// The digests of a resource's top-level members, made once and used by all its policies.
#[derive(Debug)]
pub(super) struct Digests {
    config: Vec<(Arc<str>, Digest)>,
    facets: Vec<(Arc<str>, Digest)>,
}

impl Digests {
    pub(super) fn of(resource: &Resource) -> Self {
        let members = |map: &Map| map.iter().map(|(name, node)| (name.clone(), digest(node))).collect();
        Self { config: resource.config.as_map().map(members).unwrap_or_default(), facets: members(&resource.facets) }
    }
}

/// What a policy decided, by policy and make-up.
#[derive(Debug)]
pub(super) struct Memo {
    by_policy: Vec<Mutex<HashMap<Key, Arc<Decision>>>>,
}

impl Memo {
    pub(super) fn new(policies: usize) -> Self {
        Self { by_policy: (0..policies).map(|_| Mutex::default()).collect() }
    }

    pub(super) fn get(&self, policy: usize, key: &Key) -> Option<Arc<Decision>> {
        self.by_policy.get(policy)?.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    pub(super) fn put(&self, policy: usize, key: Key, decision: Arc<Decision>) {
        if let Some(made) = self.by_policy.get(policy) {
            made.lock().unwrap_or_else(PoisonError::into_inner).insert(key, decision);
        }
    }
}

/// The make-up of a resource as far as a policy with these reads can see it.
pub(super) fn key<'r>(
    reads: &Reads,
    resource: &Resource,
    own: &Digests,
    links: impl Iterator<Item = (&'r Link, &'r Resource, &'r Digests)>,
) -> Key {
    let mut out = Sink::default();
    out.text(resource.source.as_str());
    out.text(&resource.kind);
    if reads.address {
        out.text(&resource.address);
    }
    let scope = Some(&resource.scope);
    let texts = [("scope", scope), ("provider", resource.provider.as_ref()), ("account", resource.account.as_ref())];
    for (name, text) in texts.into_iter().chain([("region", resource.region.as_ref())]) {
        if let Some(text) = text.filter(|_| reads.mentions(name)) {
            out.text(name);
            out.text(text);
        }
    }
    out.members(&own.facets, reads);
    out.members(&own.config, reads);
    for (link, other, digests) in links {
        out.text(&other.kind);
        out.text(&link.attribute);
        out.tag(match link.direction {
            Direction::In => 0,
            Direction::Out => 1,
            Direction::Sibling => 2,
        });
        out.tag(u8::from(link.uncertain.is_some() || other.exists != Existence::Yes));
        if reads.other_addresses {
            out.text(&other.address);
        }
        if reads.other_configs {
            out.members(&digests.config, reads);
        }
    }
    out.tag(u8::from(!resource.open_links_for(|kind| reads.mentions(kind)).is_empty()));
    out.finish()
}

fn digest(node: &Node) -> Digest {
    let mut out = Sink::default();
    out.node(node);
    out.finish()
}

/// Feeds values to the hash so that no two different values give the same bytes.
#[derive(Default)]
struct Sink {
    hash: Sha256,
}

impl Sink {
    fn finish(self) -> Digest {
        let whole = self.hash.finalize();
        let mut out = Digest::default();
        out.iter_mut().zip(whole).for_each(|(to, byte)| *to = byte);
        out
    }

    fn tag(&mut self, tag: u8) {
        self.hash.update([tag]);
    }

    fn size(&mut self, size: usize) {
        self.hash.update((size as u64).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.size(text.len());
        self.hash.update(text.as_bytes());
    }

    /// The members that the policy may read.
    fn members(&mut self, members: &[(Arc<str>, Digest)], reads: &Reads) {
        for (name, digest) in members.iter().filter(|(name, _)| reads.mentions(name)) {
            self.text(name);
            self.hash.update(digest);
        }
        self.tag(255);
    }

    fn node(&mut self, node: &Node) {
        match &node.value {
            Value::Null => self.tag(0),
            Value::Bool(value) => self.tag(if *value { 1 } else { 2 }),
            Value::Number(text) => {
                self.tag(3);
                self.text(text);
            }
            Value::String(text) => {
                self.tag(4);
                self.text(text);
            }
            Value::List(items) => {
                self.tag(5);
                self.size(items.len());
                items.iter().for_each(|item| self.node(item));
            }
            Value::Map(map) => {
                self.tag(6);
                self.size(map.len());
                for (name, item) in map.iter() {
                    self.text(name);
                    self.node(item);
                }
            }
            // Policies see the tree.
            Value::Document(document) => self.node(&document.tree),
            Value::Unknown(unknown) => self.unknown(unknown),
        }
    }

    fn unknown(&mut self, unknown: &Unknown) {
        self.tag(match unknown.shape {
            Shape::Any => 10,
            Shape::String => 11,
            Shape::Number => 12,
            Shape::Bool => 13,
            Shape::List => 14,
            Shape::Map => 15,
        });
        self.tag(u8::from(unknown.nullable));
        self.tag(u8::from(unknown.opaque));
        self.tag(u8::from(is_arn_cause(unknown)));
        self.size(unknown.parts.len());
        for part in &unknown.parts {
            match part {
                Part::Known(text) => {
                    self.tag(20);
                    self.text(text);
                }
                Part::Hole { opaque } => self.tag(if *opaque { 21 } else { 22 }),
            }
        }
        self.size(unknown.options.len());
        unknown.options.iter().for_each(|option| self.node(option));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Reason, SourceMap, Span};

    #[test]
    fn what_a_policy_can_tell_apart_has_different_digests() {
        let sources = SourceMap::new();
        let span = Span::new(sources.add("a", ""), 0, 0);
        let unknown = |change: &dyn Fn(&mut Unknown)| {
            let mut unknown = Unknown::new(Reason::NoValue, "var.x has no value");
            change(&mut unknown);
            Node::unknown(unknown, span)
        };
        let text = |text: &str| Node::string(text, span);
        let list = |items: Vec<Node>| Node::list(items, span);
        let all = [
            Node::new(Value::Null, span),
            Node::new(Value::Bool(true), span),
            text("a"),
            text(""),
            Node::new(Value::Number("1".into()), span),
            text("1"),
            list(vec![]),
            list(vec![text("a"), text("b")]),
            list(vec![text("ab")]),
            list(vec![list(vec![text("a")]), text("b")]),
            list(vec![list(vec![text("a"), text("b")])]),
            Node::map(Map::from([("a".into(), text("b"))]), span),
            unknown(&|_| {}),
            unknown(&|u| u.nullable = false),
            unknown(&|u| u.opaque = true),
            unknown(&|u| u.shape = Shape::Bool),
            unknown(&|u| u.cause = "aws_kms_key.k.arn is known after apply".into()),
            unknown(&|u| u.options = vec![text("a")]),
            unknown(&|u| u.parts = vec![Part::Known("a".into())]),
            unknown(&|u| u.parts = vec![Part::Hole { opaque: true }]),
        ];
        let digests: std::collections::BTreeSet<Digest> = all.iter().map(digest).collect();
        assert_eq!(digests.len(), all.len());
        assert_eq!(digest(&unknown(&|_| {})), digest(&unknown(&|u| u.cause = "var.y has no value".into())));
    }
}
