//! Values that a later tool fills in: `${VAR}` (envsubst, Flux), `$(VAR)` (Kustomize), `{{ x }}` (generators).
//!
//! They are set but not known. Where such text means itself - commands, environment, config files - it is left alone.

use std::sync::Arc;

use crate::model::{Map, Node, Part, Reason, Shape, Span, Unknown, Value};

/// How far from its opening the end of a placeholder is looked for, so that a text full of openings costs no quadratic
/// time.
const NEAR: usize = 512;

/// A cheap look at the text of an object, to spare most of them the walk.
pub(super) fn may_hold(text: &str, body: Span) -> bool {
    // An alias brings values from outside the object's own text, so the whole text counts when there is one.
    let own = text.get(body.start as usize..body.end as usize).filter(|own| !own.contains('*')).unwrap_or(text);
    own.contains("${") || own.contains("$(") || own.contains("{{")
}

/// The tree with placeholders turned into unknown values.
pub(super) fn replace(node: &Node, kind: &str) -> Node {
    let Value::Map(map) = &node.value else { return node.clone() };
    let mut entries = Map::new();
    for (key, child) in map.iter() {
        let text =
            matches!(&**key, "apiVersion" | "kind") || (kind == "ConfigMap" && matches!(&**key, "data" | "binaryData"));
        entries.insert(key.clone(), if text { child.clone() } else { walk(child) });
    }
    Node { value: Value::Map(Arc::new(entries)), ..node.clone() }
}

fn walk(node: &Node) -> Node {
    let value = match &node.value {
        Value::String(text) => match unknown(text) {
            Some(unknown) => Value::Unknown(Arc::new(unknown)),
            None => return node.clone(),
        },
        Value::List(items) => Value::List(Arc::new(items.iter().map(walk).collect())),
        Value::Map(map) => {
            let entries = map.iter().map(|(key, child)| {
                let child = match &**key {
                    // The shell or the kubelet expands these inside the container.
                    "command" | "args" => child.clone(),
                    "env" => environment(child),
                    _ => walk(child),
                };
                (key.clone(), child)
            });
            Value::Map(Arc::new(entries.collect()))
        }
        _ => return node.clone(),
    };
    Node { value, ..node.clone() }
}

fn environment(node: &Node) -> Node {
    let Value::List(items) = &node.value else { return walk(node) };
    let items = items.iter().map(|item| match (item.key("value"), walk(item)) {
        (Some(value), Node { value: Value::Map(map), via, origin, marks }) => {
            let mut map = map.as_ref().clone();
            map.insert("value".into(), value.clone());
            Node { value: Value::Map(Arc::new(map)), via, origin, marks }
        }
        (_, item) => item,
    });
    Node { value: Value::List(Arc::new(items.collect())), ..node.clone() }
}

/// What is known of a text with placeholders; nothing for one without.
fn unknown(text: &str) -> Option<Unknown> {
    // Text of several lines is a script or a configuration file, with a syntax of its own.
    if !(text.contains('$') || text.contains("{{")) || text.trim_end().contains('\n') {
        return None;
    }
    let mut parts = Vec::new();
    let mut known = String::new();
    let mut first = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("$${") {
            known.push_str("$${");
            rest = rest.get(3..).unwrap_or("");
        } else if let Some(length) = placeholder(rest, rest.len() == text.len()) {
            let (hole, after) = rest.split_at(length);
            if !known.is_empty() {
                parts.push(Part::Known(std::mem::take(&mut known).into()));
            }
            parts.push(Part::Hole { opaque: false });
            first.get_or_insert(hole);
            rest = after;
        } else {
            known.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or("");
        }
    }
    let cause = match first? {
        hole if hole.starts_with('{') => format!("'{hole}' is filled in by a template"),
        hole => format!("'{hole}' is substituted at deploy time"),
    };
    if !known.is_empty() {
        parts.push(Part::Known(known.into()));
    }
    let mut unknown = Unknown::new(Reason::NoValue, cause);
    if parts.len() > 1 {
        unknown.shape = Shape::String;
        unknown.nullable = false;
        unknown.parts = parts;
    }
    Some(unknown)
}

/// The length of the placeholder a text begins with.
fn placeholder(text: &str, at_start: bool) -> Option<usize> {
    if let Some(inner) = text.strip_prefix("{{") {
        return inner.as_bytes().windows(2).take(NEAR).position(|pair| pair == b"}}").map(|end| end + 4);
    }
    // In the midst of a text `$(x)` is shell or Makefile syntax more often than a Kustomize variable.
    let (open, close) = if text.starts_with("${") { (2, '}') } else { (2, ')') };
    if !(text.starts_with("${") || text.starts_with("$(") && at_start) {
        return None;
    }
    let inner = text.get(open..)?;
    let end = inner.bytes().take(NEAR).position(|byte| char::from(byte) == close)?;
    let body = inner.get(..end)?;
    let name_end = body.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.').unwrap_or(body.len());
    let (name, operator) = body.split_at(name_end);
    // `${1}` is a capture group of a regular expression.
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let fits = match close {
        ')' => operator.is_empty() && end + open + 1 == text.len(),
        _ => operator.is_empty() || operator.starts_with([':', '-', '=', '+', '?', '#', '%', '/', '^', ',', '@']),
    };
    (named && fits).then_some(open + end + 1)
}
