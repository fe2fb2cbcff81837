//! Operations on evaluated values: comparison, conversion to text and numbers, unknown results.
//!
//! Follows Terraform's rules for conversion. It does not know expressions.

use std::sync::Arc;

pub use super::number::Number;
use crate::model::{Marks, Node, Part, Reason, Shape, Span, Unknown, Value};

/// Key under which a whole resource, taken as a value, remembers its address: attributes that its block does not set
/// are known after apply rather than missing. Never leaves the evaluator.
pub const RESOURCE_KEY: &str = "\u{0}resource";

pub fn failed(cause: impl Into<Arc<str>>, span: Span) -> Node {
    Node::unknown(Unknown::new(Reason::Failed, cause), span)
}

/// An unknown result that inherits reason and cause from the unknown input that made it so.
pub fn derived(from: &Unknown, shape: Shape, span: Span) -> Node {
    let unknown = Unknown { shape, nullable: false, ..Unknown::new(from.reason, from.cause.clone()) };
    Node::unknown(unknown, span)
}

/// The first unknown inside, depth first.
pub fn find_unknown(node: &Node) -> Option<&Arc<Unknown>> {
    match &node.value {
        Value::Unknown(unknown) => Some(unknown),
        Value::List(items) => items.iter().find_map(find_unknown),
        Value::Map(map) => map.values().find_map(find_unknown),
        Value::Document(document) if document.text.is_none() => find_unknown(&document.tree),
        _ => None,
    }
}

/// True when evaluating it failed, at any depth; `try` and `can` ask this.
pub fn is_failed(node: &Node) -> bool {
    match &node.value {
        Value::Unknown(unknown) => unknown.reason == Reason::Failed,
        Value::List(items) => items.iter().any(is_failed),
        Value::Map(map) => map.values().any(is_failed),
        _ => false,
    }
}

pub fn all_marks(node: &Node) -> Marks {
    match &node.value {
        Value::List(items) => items.iter().fold(node.marks, |marks, item| marks.union(all_marks(item))),
        Value::Map(map) => map.values().fold(node.marks, |marks, item| marks.union(all_marks(item))),
        Value::Unknown(unknown) => unknown.options.iter().fold(node.marks, |marks, item| marks.union(all_marks(item))),
        _ => node.marks,
    }
}

/// Values larger than this are not kept: they grow by doubling, not by being written.
pub const MAX_WEIGHT: usize = 300_000;
/// Bytes of one text.
pub const MAX_TEXT: usize = 16 << 20;

/// The size of a value: its nodes, and its text by the line. Stops counting where it is too large.
pub fn weight(node: &Node) -> usize {
    fn add(node: &Node, sum: &mut usize) {
        *sum += 1;
        if *sum > MAX_WEIGHT {
            return;
        }
        match &node.value {
            Value::String(text) => *sum += text.len() / 64,
            Value::List(items) => items.iter().for_each(|item| add(item, sum)),
            Value::Map(map) => map.values().for_each(|item| add(item, sum)),
            Value::Unknown(unknown) => unknown.options.iter().for_each(|item| add(item, sum)),
            Value::Document(document) => add(&document.tree, sum),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut sum = 0;
    add(node, &mut sum);
    sum
}

pub fn is_heavy(node: &Node) -> bool {
    weight(node) > MAX_WEIGHT
}

/// Marks a value and everything inside as sensitive, so that no part of it loses the mark on its way.
pub fn make_sensitive(mut node: Node) -> Node {
    node.marks.sensitive = true;
    node.value = match node.value {
        Value::List(items) => Value::List(Arc::new(items.iter().cloned().map(make_sensitive).collect())),
        Value::Map(map) => {
            Value::Map(Arc::new(map.iter().map(|(key, item)| (key.clone(), make_sensitive(item.clone()))).collect()))
        }
        Value::Unknown(unknown) if !unknown.options.is_empty() => {
            let options = unknown.options.iter().cloned().map(make_sensitive).collect();
            Value::Unknown(Arc::new(Unknown { options, ..(*unknown).clone() }))
        }
        value => value,
    };
    node
}

/// A result that shows something of sensitive inputs is sensitive itself.
pub fn tainted(node: Node, inputs: &[&Node]) -> Node {
    if inputs.iter().any(|input| all_marks(input).sensitive) { make_sensitive(node) } else { node }
}

/// The text of a string, wholly known documents included.
pub fn text(node: &Node) -> Option<Arc<str>> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Document(document) => document.text.clone(),
        _ => None,
    }
}

/// Conversion to string as templates and string arguments do it.
pub fn to_text(node: &Node) -> Option<Arc<str>> {
    match &node.value {
        Value::Bool(true) => Some("true".into()),
        Value::Bool(false) => Some("false".into()),
        Value::Number(number) => Some(number.clone()),
        _ => text(node),
    }
}

pub fn to_bool(node: &Node) -> Option<bool> {
    match &node.value {
        Value::Bool(value) => Some(*value),
        Value::String(text) if matches!(&**text, "true" | "1") => Some(true),
        Value::String(text) if matches!(&**text, "false" | "0") => Some(false),
        _ => None,
    }
}

pub fn to_number(node: &Node) -> Option<Number> {
    match &node.value {
        Value::Number(text) | Value::String(text) => Number::parse(text),
        _ => None,
    }
}

/// Whether two values are equal; `None` when that depends on something unknown.
pub fn equal(a: &Node, b: &Node) -> Option<bool> {
    match (&a.value, &b.value) {
        (Value::Unknown(x), Value::Unknown(_)) if a.via == b.via && x.reason != Reason::Unsupported => None,
        (Value::Unknown(unknown), other) | (other, Value::Unknown(unknown)) => match other {
            Value::Null if !unknown.nullable => Some(false),
            // A declared type cannot change; that of a provider's attribute is a guess.
            _ if differs(unknown.shape, shape(a), shape(b))
                && !matches!(unknown.reason, Reason::Computed | Reason::DataSource) =>
            {
                Some(false)
            }
            // An identifier that the provider makes up is not equal to anything written down.
            Value::String(_) if unknown.opaque => Some(false),
            _ if !unknown.options.is_empty() => {
                let known = if matches!(a.value, Value::Unknown(_)) { b } else { a };
                let mut answers = unknown.options.iter().map(|option| equal(option, known));
                let first = answers.next().flatten()?;
                answers.all(|answer| answer == Some(first)).then_some(first)
            }
            _ => None,
        },
        (Value::Null, Value::Null) => Some(true),
        (Value::Bool(x), Value::Bool(y)) => Some(x == y),
        (Value::Number(x), Value::Number(y)) => Some(match (Number::parse(x), Number::parse(y)) {
            (Some(x), Some(y)) => x.compare(&y).is_eq(),
            _ => x == y,
        }),
        // A tuple is no list, and an object no map, whatever they hold.
        (Value::List(_), Value::List(_)) | (Value::Map(_), Value::Map(_))
            if a.marks.collection != b.marks.collection =>
        {
            Some(false)
        }
        (Value::List(x), Value::List(y)) => {
            if x.len() != y.len() {
                return Some(false);
            }
            all_equal(x.iter().zip(y.iter()))
        }
        (Value::Map(x), Value::Map(y)) => {
            if x.len() != y.len() || x.keys().ne(y.keys()) {
                return Some(false);
            }
            all_equal(x.values().zip(y.values()))
        }
        (Value::Document(x), _) if x.text.is_none() => None,
        (_, Value::Document(y)) if y.text.is_none() => None,
        _ => match (text(a), text(b)) {
            (Some(x), Some(y)) => Some(x == y),
            _ => Some(false),
        },
    }
}

/// Whether the known one of two shapes cannot be that of the unknown.
fn differs(unknown: Shape, a: Shape, b: Shape) -> bool {
    let primitive = |shape| matches!(shape, Shape::String | Shape::Number | Shape::Bool);
    primitive(unknown) && primitive(a) && primitive(b) && a != b
}

fn all_equal<'a>(pairs: impl Iterator<Item = (&'a Node, &'a Node)>) -> Option<bool> {
    let mut unsure = false;
    for (a, b) in pairs {
        match equal(a, b) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => unsure = true,
        }
    }
    (!unsure).then_some(true)
}

/// The shape of a known value, or the one an unknown will have.
pub fn shape(node: &Node) -> Shape {
    match &node.value {
        Value::Null => Shape::Any,
        Value::Bool(_) => Shape::Bool,
        Value::Number(_) => Shape::Number,
        Value::String(_) | Value::Document(_) => Shape::String,
        Value::List(_) => Shape::List,
        Value::Map(_) => Shape::Map,
        Value::Unknown(unknown) => unknown.shape,
    }
}

/// The parts of a string value inside a template.
pub fn parts(node: &Node) -> Vec<Part> {
    if let Some(text) = to_text(node) {
        return vec![Part::Known(text)];
    }
    match &node.value {
        Value::Unknown(unknown) if !unknown.parts.is_empty() => unknown.parts.clone(),
        Value::Unknown(unknown) => vec![Part::Hole { opaque: unknown.opaque }],
        _ => vec![Part::Hole { opaque: false }],
    }
}

/// A string made of parts: known if all of them are.
pub fn join_parts(parts: Vec<Part>, from: Option<&Unknown>, span: Span) -> Node {
    let length: usize = parts.iter().map(|part| if let Part::Known(text) = part { text.len() } else { 0 }).sum();
    if length > MAX_TEXT {
        return failed("the text is too long", span);
    }
    let mut joined: Vec<Part> = Vec::new();
    let mut known = String::new();
    for part in parts {
        match part {
            Part::Known(text) => known.push_str(&text),
            hole @ Part::Hole { .. } => {
                if !known.is_empty() {
                    joined.push(Part::Known(std::mem::take(&mut known).into()));
                }
                joined.push(hole);
            }
        }
    }
    if !known.is_empty() {
        joined.push(Part::Known(known.into()));
    }
    match joined.as_slice() {
        [] => Node::string("", span),
        [Part::Known(text)] => Node::string(text.clone(), span),
        _ => {
            let (reason, cause) = from.map_or((Reason::Failed, "unknown part".into()), |u| (u.reason, u.cause.clone()));
            let opaque = joined.iter().any(|part| matches!(part, Part::Hole { opaque: true })) && joined.len() == 1;
            let unknown =
                Unknown { shape: Shape::String, nullable: false, opaque, parts: joined, ..Unknown::new(reason, cause) };
            Node::unknown(unknown, span)
        }
    }
}
