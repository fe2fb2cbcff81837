//! Values in a form in which those that mean the same are equal.
//!
//! What is not known agrees with everything: it is never a difference. It does not know resources, only values, paths and rules.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use serde_json::Value as Json;

use super::policy_document;
use super::rules::{Rules, TypeRules};
use crate::model::schema::{self, Body};
use crate::model::{Map, Node, PathStep, Span, Unknown, Value};

/// A value without its spelling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Canon {
    /// Null, empty, false and zero: what a provider writes down where nothing was set.
    Absent,
    /// Not known, or not readable.
    Opaque,
    /// Not known, but something is there: a secret that was not kept.
    Present,
    Text(String),
    List(Vec<Canon>),
    /// Sorted.
    Set(Vec<Canon>),
    Map(BTreeMap<String, Canon>),
}

/// What decides how values of one type are read.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    pub rules: &'a Rules,
    pub own: &'a TypeRules,
    /// Paths that the live side does not show.
    unread: BTreeSet<String>,
    /// What the provider declares, where that is known.
    body: Option<Arc<Body>>,
}

impl<'a> Context<'a> {
    pub fn new(rules: &'a Rules, kind: &str, unread: BTreeSet<String>) -> Self {
        Self { rules, own: rules.of(kind), unread, body: schema::resource(kind) }
    }

    /// The value at a path, which is names joined by dots.
    pub fn canon(&self, node: Option<&Node>, path: &str) -> Canon {
        let Some(node) = node else { return self.absent(path) };
        if self.is_unread(path) {
            return Canon::Opaque;
        }
        if names_or_below(&self.own.verbatim, path) {
            return strict(node);
        }
        if let Some(tree) = document(node) {
            if self.is_blocks(path) {
                return self.canon(Some(&tree), path);
            }
            return policy_document::canon(&tree).unwrap_or_else(|| strict(&tree));
        }
        // Values of tags are texts of somebody's own, and an empty one is one.
        if is_free_map(path) {
            return tags(node);
        }
        match &node.value {
            Value::Null => self.absent(path),
            Value::Unknown(unknown) => opaque(unknown),
            Value::String(text) if text.is_empty() => self.absent(path),
            Value::List(items) if items.is_empty() => self.absent(path),
            Value::Bool(false) => Canon::Absent,
            Value::Bool(true) => Canon::Text("true".into()),
            Value::Number(text) | Value::String(text) => self.text(text, path),
            Value::List(items) => self.list(items, path),
            Value::Map(map) => self.map(map, path),
            Value::Document(document) => strict(&document.tree),
        }
    }

    pub fn is_volatile(&self, path: &str) -> bool {
        let anywhere = |path| self.rules.any.volatile.contains(path) && !self.own.steady.contains(path);
        self.own.volatile.contains(path) || (!path.contains('.') && anywhere(path))
    }

    /// The live side does not show it. What a newer provider records is not looked for.
    pub fn is_unread(&self, path: &str) -> bool {
        self.unread.contains(path) || self.body.as_ref().is_some_and(|body| !body.has(path))
    }

    /// A document that is read as blocks are: neither order nor what is left out or empty says anything.
    pub fn is_blocks(&self, path: &str) -> bool {
        self.own.blocks.contains(path)
    }

    /// What absence means at a path.
    fn absent(&self, path: &str) -> Canon {
        self.own.defaults.get(path).map_or(Canon::Absent, |default| self.json(default, path))
    }

    fn json(&self, json: &Json, path: &str) -> Canon {
        match json {
            Json::Null | Json::Bool(false) => Canon::Absent,
            Json::Bool(true) => Canon::Text("true".into()),
            Json::Number(number) => self.text(&number.to_string(), path),
            Json::String(text) => self.text(text, path),
            Json::Array(items) => self.collection(items.iter().map(|item| self.json(item, path)).collect(), path),
            Json::Object(map) => {
                let entry = |(key, item): (&String, &Json)| (key.clone(), self.json(item, &below(path, key)));
                mapping(map.iter().map(entry).collect())
            }
        }
    }

    fn list(&self, items: &[Node], path: &str) -> Canon {
        self.collection(items.iter().map(|item| self.canon(Some(item), path)).collect(), path)
    }

    fn collection(&self, mut items: Vec<Canon>, path: &str) -> Canon {
        if self.is_ordered(path) {
            return if items.iter().all(|item| *item == Canon::Absent) { Canon::Absent } else { Canon::List(items) };
        }
        items.retain(|item| *item != Canon::Absent);
        items.sort();
        items.dedup();
        if items.is_empty() { Canon::Absent } else { Canon::Set(items) }
    }

    fn map(&self, map: &Map, path: &str) -> Canon {
        let entry = |(key, item): (&Arc<str>, &Node)| {
            let path = below(path, key);
            let canon = if self.is_volatile(&path) { Canon::Absent } else { self.canon(Some(item), &path) };
            (key.to_string(), canon)
        };
        let mut members: BTreeMap<String, Canon> = map.iter().map(entry).collect();
        for (below, default) in &self.own.defaults {
            let name = below.strip_prefix(path).and_then(|rest| rest.strip_prefix('.'));
            if let Some(name) = name.filter(|name| !name.contains('.') && !map.contains_key(*name)) {
                members.insert(name.to_owned(), self.json(default, below));
            }
        }
        if self.is_telling(path) {
            members.insert(String::new(), Canon::Text("there".into()));
        }
        mapping(members)
    }

    /// True for a block that says something by being there.
    pub fn is_telling(&self, path: &str) -> bool {
        self.own.telling.contains(path)
    }

    fn text(&self, text: &str, path: &str) -> Canon {
        let text = text.trim_end_matches(['\n', '\r']);
        if matches!(text, "" | "false" | "0" | "0.0") {
            return Canon::Absent;
        }
        let mut out: Cow<'_, str> = Cow::Borrowed(text);
        if names(path, &self.rules.any.trailing, &self.own.trailing) {
            let trimmed = text.trim_end_matches(['.', '/']);
            // The root path is no text without its slash.
            out = Cow::Borrowed(if trimmed.is_empty() { text } else { trimmed });
        }
        if names(path, &self.rules.any.insensitive, &self.own.insensitive) {
            out = Cow::Owned(out.to_ascii_lowercase());
        }
        if path.rsplit('.').next().is_some_and(|name| name.ends_with("protocol")) {
            out = Cow::Owned(protocol(&out));
        }
        if let Some(network) = network(&out) {
            return Canon::Text(network);
        }
        Canon::Text(number(&out).unwrap_or_else(|| out.into_owned()))
    }

    fn is_ordered(&self, path: &str) -> bool {
        names(path, &self.rules.any.ordered, &self.own.ordered)
    }
}

/// Whether two values mean the same, as far as is known.
pub fn agree(a: &Canon, b: &Canon) -> bool {
    match (a, b) {
        (Canon::Opaque, _) | (_, Canon::Opaque) => true,
        (Canon::Present, other) | (other, Canon::Present) => *other != Canon::Absent,
        (Canon::Text(a), Canon::Text(b)) => a == b || names_same(a, b) || names_same(b, a),
        (Canon::List(a), Canon::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| agree(a, b)),
        (Canon::Set(a) | Canon::List(a), Canon::Set(b) | Canon::List(b)) => {
            a.len() == b.len() && (a == b || leftovers(a, b) == (Vec::new(), Vec::new()))
        }
        // A block written as an object.
        (Canon::Set(items) | Canon::List(items), map @ Canon::Map(_))
        | (map @ Canon::Map(_), Canon::Set(items) | Canon::List(items)) => {
            matches!(items.as_slice(), [only] if agree(only, map))
        }
        // One text is the set of it.
        (Canon::Set(items), text @ Canon::Text(_)) | (text @ Canon::Text(_), Canon::Set(items)) => {
            matches!(items.as_slice(), [only] if agree(only, text))
        }
        (Canon::Map(a), Canon::Map(b)) => {
            let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            let value = |map: &BTreeMap<String, Canon>, name: &String| map.get(name).cloned().unwrap_or(Canon::Absent);
            names.into_iter().all(|name| agree(&value(a, name), &value(b, name)))
        }
        // A block whose every part may still be nothing.
        (Canon::Absent, Canon::Map(map)) | (Canon::Map(map), Canon::Absent) => {
            map.values().all(|item| agree(item, &Canon::Absent))
        }
        (Canon::Absent, Canon::Set(items) | Canon::List(items))
        | (Canon::Set(items) | Canon::List(items), Canon::Absent) => {
            items.iter().all(|item| agree(item, &Canon::Absent))
        }
        (a, b) => a == b,
    }
}

/// Positions of entries on either side that nothing on the other side agrees with.
pub fn leftovers(a: &[Canon], b: &[Canon]) -> (Vec<usize>, Vec<usize>) {
    let mut free: Vec<bool> = b.iter().map(|_| true).collect();
    let mut by_value: BTreeMap<&Canon, Vec<usize>> = BTreeMap::new();
    for (index, item) in b.iter().enumerate().rev() {
        by_value.entry(item).or_default().push(index);
    }
    // What is equal belongs together; what merely agrees takes what is left.
    let mut left: Vec<usize> = Vec::new();
    for (index, item) in a.iter().enumerate() {
        match by_value.get_mut(item).and_then(Vec::pop) {
            Some(found) => free.get_mut(found).into_iter().for_each(|slot| *slot = false),
            None => left.push(index),
        }
    }
    left.retain(|&index| {
        let Some(item) = a.get(index) else { return false };
        let open = b.iter().enumerate().zip(free.iter()).find(|((_, other), free)| **free && agree(item, other));
        let Some(found) = open.map(|((found, _), _)| found) else { return true };
        free.get_mut(found).into_iter().for_each(|slot| *slot = false);
        false
    });
    let right = free.iter().enumerate().filter(|(_, free)| **free).map(|(index, _)| index).collect();
    (left, right)
}

fn opaque(unknown: &Unknown) -> Canon {
    if unknown.nullable { Canon::Opaque } else { Canon::Present }
}

/// Values as they are: in documents and tags, false and empty say something.
pub fn strict(node: &Node) -> Canon {
    match &node.value {
        Value::Null => Canon::Absent,
        Value::Unknown(unknown) => opaque(unknown),
        Value::Bool(value) => Canon::Text(value.to_string()),
        Value::Number(text) => Canon::Text(number(text).unwrap_or_else(|| text.to_string())),
        Value::String(text) => Canon::Text(text.to_string()),
        Value::List(items) => Canon::List(items.iter().map(strict).collect()),
        Value::Map(map) => Canon::Map(map.iter().map(|(key, item)| (key.to_string(), strict(item))).collect()),
        Value::Document(document) => strict(&document.tree),
    }
}

/// The tree of a value that is a JSON document, as text or parsed.
pub fn document(node: &Node) -> Option<Cow<'_, Node>> {
    match &node.value {
        Value::Document(document) => Some(Cow::Borrowed(&document.tree)),
        Value::Map(_) if policy_document::is_policy(node) => Some(Cow::Borrowed(node)),
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            let json: Json = serde_json::from_str(text).ok()?;
            Some(Cow::Owned(node_of(&json, node)))
        }
        _ => None,
    }
}

/// A JSON value with the place and marks of the node it was written in.
fn node_of(json: &Json, at: &Node) -> Node {
    let value = match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Number(number.to_string().into()),
        Json::String(text) => Value::String(text.as_str().into()),
        Json::Array(items) => Value::List(Arc::new(items.iter().map(|item| node_of(item, at)).collect())),
        Json::Object(map) => {
            let entry = |(key, item): (&String, &Json)| (key.as_str().into(), node_of(item, at));
            Value::Map(Arc::new(map.iter().map(entry).collect()))
        }
    };
    Node { value, ..at.clone() }
}

/// A JSON value of the table as a node.
pub fn node_at(json: &Json, span: Span) -> Node {
    node_of(json, &Node::new(Value::Null, span))
}

/// The names of a path, joined by dots.
pub fn dotted(path: &[PathStep]) -> String {
    let names = path.iter().filter_map(|step| match step {
        PathStep::Key(key) => Some(&**key),
        PathStep::Index(_) => None,
    });
    names.collect::<Vec<_>>().join(".")
}

pub fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Maps whose keys and values are somebody's own.
fn is_free_map(path: &str) -> bool {
    matches!(path, "tags" | "tags_all" | "environment.variables" | "volume_tags" | "tag_specifications.tags")
}

fn tags(node: &Node) -> Canon {
    let Value::Map(map) = &node.value else {
        return if node.as_unknown().is_some() { Canon::Opaque } else { Canon::Absent };
    };
    let own = map.iter().filter(|(key, item)| !key.starts_with("aws:") && !item.is_null());
    let tags: BTreeMap<String, Canon> = own.map(|(key, item)| (key.to_string(), strict(item))).collect();
    if tags.is_empty() { Canon::Absent } else { Canon::Map(tags) }
}

/// True when a path, or its last name among those of all types, is in a set of rules.
fn names(path: &str, any: &BTreeSet<String>, own: &BTreeSet<String>) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    own.contains(path) || any.contains(path) || any.contains(last)
}

/// True when a path is in a set of rules, or below one that is.
fn names_or_below(set: &BTreeSet<String>, path: &str) -> bool {
    set.iter().any(|name| path.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

fn mapping(map: BTreeMap<String, Canon>) -> Canon {
    let map: BTreeMap<String, Canon> = map.into_iter().filter(|(_, item)| *item != Canon::Absent).collect();
    if map.is_empty() { Canon::Absent } else { Canon::Map(map) }
}

/// True for an ARN that ends in the other text as the name of what it is about: `role/app` or `app`.
fn names_same(arn: &str, name: &str) -> bool {
    let Some(rest) = arn.strip_prefix("arn:") else { return false };
    if name.len() < 2 || name.starts_with("arn:") {
        return false;
    }
    // arn:partition:service:region:account:resource
    let Some(resource) = rest.splitn(5, ':').nth(4) else { return false };
    // An account is its root.
    if resource == "root" && rest.split(':').nth(3) == Some(name) {
        return true;
    }
    let resource = resource.strip_suffix(":*").unwrap_or(resource);
    let before = resource.strip_suffix(name);
    before.is_some_and(|before| before.is_empty() || before.ends_with(['/', ':']) || name.starts_with('/'))
}

/// The shortest way to write a number.
fn number(text: &str) -> Option<String> {
    if !text.contains('.') {
        return None;
    }
    let (whole, part) = text.split_once('.')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole.strip_prefix('-').unwrap_or(whole)) || !digits(part) {
        return None;
    }
    let part = part.trim_end_matches('0');
    Some(if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") })
}

/// Protocols by name or number.
fn protocol(text: &str) -> String {
    match text {
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "58" => "icmpv6",
        "all" => "-1",
        other => other,
    }
    .to_owned()
}

/// A network by its first address.
fn network(text: &str) -> Option<String> {
    let (address, length) = text.split_once('/')?;
    let length: u8 = length.parse().ok()?;
    let address: IpAddr = address.parse().ok()?;
    Some(match address {
        IpAddr::V4(it) if length <= 32 => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            format!("{}/{length}", std::net::Ipv4Addr::from(u32::from(it) & mask))
        }
        IpAddr::V6(it) if length <= 128 => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            format!("{}/{length}", std::net::Ipv6Addr::from(u128::from(it) & mask))
        }
        _ => return None,
    })
}
