//! One planned value: `after` with what is known only after apply, and what is sensitive, put over it.
//!
//! In `after` an unknown value looks like an absent one; `after_unknown` tells them apart. It does not know resources.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::document;
use super::super::value::make_sensitive;
use crate::model::{Document, Map, Node, Reason, Shape, SourceMap, Unknown, Value};

/// The value, or `None` where it is absent: null and known to be.
pub fn overlaid(
    after: Option<&Node>,
    unknown: Option<&Node>,
    sensitive: Option<&Node>,
    cause: &Arc<str>,
    sources: &SourceMap,
) -> Option<Node> {
    let node = if let Some(mark) = unknown.filter(|node| node.as_bool() == Some(true)) {
        let place = after.filter(|node| !node.is_null()).unwrap_or(mark);
        Some(Node { marks: place.marks, ..Node::unknown(Unknown::new(Reason::Computed, cause.clone()), place.via) })
    } else {
        inside(after, unknown, sensitive, cause, sources)
    };
    let secret = sensitive.and_then(Node::as_bool) == Some(true);
    node.map(|node| if secret { concealed(node, sources) } else { node })
}

/// A value that no output may show, and its place neither.
pub fn concealed(node: Node, sources: &SourceMap) -> Node {
    if !matches!(node.value, Value::Null | Value::Unknown(_)) {
        sources.conceal(node.via);
    }
    let mut node = make_sensitive(node);
    if let Value::Document(document) = &node.value {
        let tree = make_sensitive(document.tree.clone());
        node.value = Value::Document(Arc::new(Document { tree, text: document.text.clone() }));
    }
    node
}

/// Secrets of which nothing shows that they are written down in the source: they come from a variable or a secret store,
/// and are as unknown as they are in source.
pub fn without_given_secrets(node: Node) -> Node {
    let value = match &node.value {
        Value::String(_) if node.marks.sensitive => {
            let cause = "a sensitive value is given from outside";
            let unknown = Unknown { shape: Shape::String, nullable: false, ..Unknown::new(Reason::NoValue, cause) };
            Value::Unknown(Arc::new(unknown))
        }
        Value::List(items) => Value::List(Arc::new(items.iter().cloned().map(without_given_secrets).collect())),
        Value::Map(map) => {
            let entry = |(key, node): (&Arc<str>, &Node)| (key.clone(), without_given_secrets(node.clone()));
            Value::Map(Arc::new(map.iter().map(entry).collect()))
        }
        Value::Document(document) if node.marks.sensitive => {
            Value::Document(Arc::new(Document { tree: without_given_secrets(document.tree.clone()), text: None }))
        }
        _ => return node,
    };
    Node { value, ..node }
}

/// Attributes of providers whose values are secrets although older records do not mark them.
pub fn is_secret_name(kind: &str, name: &str) -> bool {
    let exact = matches!(name, "secret" | "token" | "secret_string" | "secret_binary" | "private_key" | "access_token");
    exact
        || ["password", "_secret", "auth_token", "private_key_pem", "ses_smtp_password_v4"]
            .iter()
            .any(|ending| name.ends_with(ending))
        || (kind.starts_with("random_") && matches!(name, "result" | "bcrypt_hash"))
}

fn inside(
    after: Option<&Node>,
    unknown: Option<&Node>,
    sensitive: Option<&Node>,
    cause: &Arc<str>,
    sources: &SourceMap,
) -> Option<Node> {
    let after = after.filter(|node| !node.is_null());
    let shape = after.or_else(|| unknown.filter(|node| holds_unknown(node)))?;
    let value = match (&shape.value, unknown.map(|node| &node.value)) {
        (Value::Map(_), unknown_map) => {
            let none = Map::new();
            let known = after.and_then(Node::as_map).unwrap_or(&none);
            let open = match unknown_map {
                Some(Value::Map(map)) => map,
                _ => &none,
            };
            let mut out = Map::new();
            for key in known.keys().chain(open.keys().filter(|key| !known.contains_key(*key))) {
                let sensitive = sensitive.and_then(|node| step(node, key));
                if let Some(node) = overlaid(known.get(key), open.get(key), sensitive, cause, sources) {
                    out.insert(key.clone(), node);
                }
            }
            Value::Map(Arc::new(out))
        }
        (Value::List(_), unknown_list) => {
            let known = after.and_then(Node::as_list).unwrap_or(&[]);
            let open = match unknown_list {
                Some(Value::List(items)) => items.as_slice(),
                _ => &[],
            };
            // Only what is unknown makes the list longer than it is known to be.
            let open_length = open.iter().rposition(holds_unknown).map_or(0, |last| last + 1);
            let item = |index: usize| {
                let sensitive = sensitive.and_then(Node::as_list).and_then(|items| items.get(index));
                let (after, unknown) = (known.get(index), open.get(index));
                overlaid(after, unknown, sensitive, cause, sources).unwrap_or_else(|| {
                    let place = after.or(unknown).map_or(shape.via, |node| node.via);
                    Node::new(Value::Null, place)
                })
            };
            Value::List(Arc::new((0..known.len().max(open_length)).map(item).collect()))
        }
        (value, _) => value.clone(),
    };
    let node = Node { value, ..shape.clone() };
    // A string that holds a document is judged as a tree, as in source.
    Some(document::parse(&node, sources).unwrap_or(node))
}

fn step<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    if node.as_bool() == Some(true) { Some(node) } else { node.key(key) }
}

fn holds_unknown(node: &Node) -> bool {
    match &node.value {
        Value::Bool(unknown) => *unknown,
        Value::List(items) => items.iter().any(holds_unknown),
        Value::Map(map) => map.values().any(holds_unknown),
        _ => false,
    }
}

/// True for what a provider writes down where nothing was set: empty text, list or map.
pub fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => false,
    }
}

/// What the name of an attribute and what it refers to tell of a value that is not known: a reference to another resource
/// by its identifier is a text that nobody has written down.
pub fn narrowed(node: Node, name: &str, references: &BTreeSet<&str>) -> Node {
    let Value::Unknown(unknown) = &node.value else { return node };
    let identifier = matches!(
        name,
        "id" | "bucket" | "role" | "user" | "group" | "repository" | "function_name" | "cluster_name" | "queue_url"
    ) || name.ends_with("_id");
    if unknown.shape != Shape::Any || !(identifier || name.ends_with("arn") || name == "name") {
        return node;
    }
    let outside = ["var.", "local.", "module.", "data.", "path.", "terraform.", "self."];
    let managed = |text: &&str| !outside.iter().any(|start| text.starts_with(start));
    let by_index = |text: &&str| text.starts_with("each.") || text.starts_with("count.");
    let opaque = identifier && references.iter().all(managed) && !references.iter().all(by_index);
    let unknown =
        Unknown { shape: Shape::String, opaque, nullable: unknown.nullable && !opaque, ..(**unknown).clone() };
    Node { value: Value::Unknown(Arc::new(unknown)), ..node }
}

/// A state says nothing of what was set: what is empty in a block counts as not set. Maps keep their entries.
pub fn without_empty(node: Node) -> Node {
    let Value::Map(map) = &node.value else { return node };
    let kept = map.iter().filter(|(_, value)| !is_empty(value));
    let map = kept.map(|(key, value)| (key.clone(), in_blocks(value.clone(), &without_empty))).collect();
    Node { value: Value::Map(Arc::new(map)), ..node }
}

/// Applies something to the blocks of a list of blocks; any other value stays.
fn in_blocks(node: Node, change: &dyn Fn(Node) -> Node) -> Node {
    match &node.value {
        Value::List(items) if items.iter().any(|item| matches!(item.value, Value::Map(_))) => {
            let items = items.iter().cloned().map(change).collect();
            Node { value: Value::List(Arc::new(items)), ..node }
        }
        _ => node,
    }
}

/// Leaves out what the configuration does not set and the provider has not said: such attributes are absent in source,
/// too. `expressions` names what is set.
pub fn without_unset(node: Node, expressions: &[&Node]) -> Node {
    let Value::Map(map) = &node.value else { return node };
    let mut out = Map::new();
    for (name, value) in map.iter() {
        let set: Vec<&Node> = expressions.iter().filter_map(|expression| expression.key(name)).collect();
        if set.is_empty() {
            if value.as_unknown().is_none() && !is_empty(value) {
                out.insert(name.clone(), value.clone());
            }
            continue;
        }
        // Blocks of one kind may come in another order than they are written: all of them say what is set.
        let blocks: Vec<&Node> = set
            .iter()
            .flat_map(|expression| match &expression.value {
                Value::List(items) => items.iter().collect(),
                _ => Vec::new(),
            })
            .collect();
        let value = value.clone();
        let value = if blocks.is_empty() { value } else { in_blocks(value, &|block| without_unset(block, &blocks)) };
        out.insert(name.clone(), value);
    }
    Node { value: Value::Map(Arc::new(out)), ..node }
}
