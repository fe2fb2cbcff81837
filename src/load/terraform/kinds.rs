//! The types of values, the type several values have in common, and conversion to a type.
//!
//! As Terraform converts: texts, numbers and bools into each other where the text allows, tuples to lists, objects to maps.
//! It does not know type constraints as they are written; `types` does.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::value::{RESOURCE_KEY, equal, to_bool, to_number, to_text};
use crate::model::{Collection, Map, Node, Shape, Unknown, Value};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Not known: of null, and of unknown values.
    Any,
    String,
    Number,
    Bool,
    List(Box<Kind>),
    Set(Box<Kind>),
    Map(Box<Kind>),
    Tuple(Vec<Kind>),
    Object(BTreeMap<Arc<str>, Kind>),
}

impl Kind {
    const fn is_primitive(&self) -> bool {
        matches!(self, Self::String | Self::Number | Self::Bool)
    }

    pub const fn shape(&self) -> Shape {
        match self {
            Self::Any => Shape::Any,
            Self::String => Shape::String,
            Self::Number => Shape::Number,
            Self::Bool => Shape::Bool,
            Self::List(_) | Self::Set(_) | Self::Tuple(_) => Shape::List,
            Self::Map(_) | Self::Object(_) => Shape::Map,
        }
    }
}

/// The type of a value.
pub fn of(node: &Node) -> Kind {
    match &node.value {
        Value::Null => Kind::Any,
        Value::Bool(_) => Kind::Bool,
        Value::Number(_) => Kind::Number,
        Value::String(_) | Value::Document(_) => Kind::String,
        Value::List(items) => match node.marks.collection {
            Collection::List => Kind::List(Box::new(of_elements(items.iter()))),
            Collection::Set => Kind::Set(Box::new(of_elements(items.iter()))),
            _ => Kind::Tuple(items.iter().map(of).collect()),
        },
        // What a resource has beside its written attributes is known to the provider only.
        Value::Map(map) if map.contains_key(RESOURCE_KEY) => Kind::Any,
        Value::Map(map) => match node.marks.collection {
            Collection::Map => Kind::Map(Box::new(of_elements(map.values()))),
            _ => Kind::Object(map.iter().map(|(name, value)| (name.clone(), of(value))).collect()),
        },
        Value::Unknown(unknown) => match unknown.shape {
            Shape::Any => Kind::Any,
            Shape::String => Kind::String,
            Shape::Number => Kind::Number,
            Shape::Bool => Kind::Bool,
            Shape::List if node.marks.collection == Collection::Set => Kind::Set(Box::new(Kind::Any)),
            Shape::List => Kind::List(Box::new(Kind::Any)),
            Shape::Map => Kind::Map(Box::new(Kind::Any)),
        },
    }
}

/// Elements of a collection have one type; the first that says it stands for all.
fn of_elements<'a>(mut items: impl Iterator<Item = &'a Node>) -> Kind {
    items.find_map(|item| Some(of(item)).filter(|kind| *kind != Kind::Any)).unwrap_or(Kind::Any)
}

/// The type that all of them can be converted to; `None` when there is none.
pub fn unify<'k>(kinds: impl IntoIterator<Item = &'k Kind>) -> Option<Kind> {
    kinds.into_iter().try_fold(Kind::Any, |all, kind| both(&all, kind))
}

fn both(a: &Kind, b: &Kind) -> Option<Kind> {
    Some(match (a, b) {
        (Kind::Any, other) | (other, Kind::Any) => other.clone(),
        _ if a == b => a.clone(),
        (Kind::String, other) | (other, Kind::String) if other.is_primitive() => Kind::String,
        (Kind::List(x), Kind::List(y)) => Kind::List(Box::new(both(x, y)?)),
        (Kind::Set(x), Kind::Set(y)) => Kind::Set(Box::new(both(x, y)?)),
        (Kind::Set(x), Kind::List(y)) | (Kind::List(x), Kind::Set(y)) => Kind::List(Box::new(both(x, y)?)),
        (Kind::Map(x), Kind::Map(y)) => Kind::Map(Box::new(both(x, y)?)),
        (Kind::Tuple(items), Kind::List(element)) | (Kind::List(element), Kind::Tuple(items)) => {
            Kind::List(Box::new(unify(items.iter().chain([&**element]))?))
        }
        (Kind::Tuple(items), Kind::Set(element)) | (Kind::Set(element), Kind::Tuple(items)) => {
            Kind::Set(Box::new(unify(items.iter().chain([&**element]))?))
        }
        (Kind::Object(entries), Kind::Map(element)) | (Kind::Map(element), Kind::Object(entries)) => {
            Kind::Map(Box::new(unify(entries.values().chain([&**element]))?))
        }
        (Kind::Tuple(x), Kind::Tuple(y)) => {
            let pairwise = || x.iter().zip(y).map(|(x, y)| both(x, y)).collect::<Option<Vec<_>>>();
            match (x.len() == y.len()).then(pairwise).flatten() {
                Some(items) => Kind::Tuple(items),
                None => Kind::List(Box::new(unify(x.iter().chain(y))?)),
            }
        }
        (Kind::Object(x), Kind::Object(y)) => {
            let pairwise =
                || x.iter().map(|(name, x)| Some((name.clone(), both(x, y.get(name)?)?))).collect::<Option<_>>();
            match (x.len() == y.len()).then(pairwise).flatten() {
                Some(entries) => Kind::Object(entries),
                None => Kind::Map(Box::new(unify(x.values().chain(y.values()))?)),
            }
        }
        _ => return None,
    })
}

/// The value as one of the given type; `None` when it cannot be one.
pub fn convert(node: &Node, kind: &Kind) -> Option<Node> {
    let with = |value: Value, collection: Collection| {
        let mut out = Node { value, ..node.clone() };
        out.marks.collection = collection;
        Some(out)
    };
    match (kind, &node.value) {
        (Kind::Any, _) | (_, Value::Null) => Some(node.clone()),
        (_, Value::Unknown(unknown)) => {
            let fits = match (unknown.shape, kind.shape()) {
                (Shape::Any, _) => true,
                (a @ (Shape::List | Shape::Map), b) => a == b,
                (_, b) => !matches!(b, Shape::List | Shape::Map),
            };
            if !fits {
                return None;
            }
            let collection = if matches!(kind, Kind::Set(_)) { Collection::Set } else { Collection::Free };
            if unknown.shape == kind.shape() {
                return with(node.value.clone(), collection);
            }
            let options: Vec<Node> = unknown.options.iter().filter_map(|option| convert(option, kind)).collect();
            let options = if options.len() == unknown.options.len() { options } else { Vec::new() };
            let unknown = Unknown { shape: kind.shape(), options, ..(**unknown).clone() };
            with(Value::Unknown(Arc::new(unknown)), collection)
        }
        (Kind::String, Value::Document(_)) => Some(node.clone()),
        (Kind::String, _) => with(Value::String(to_text(node)?), Collection::Free),
        (Kind::Number, _) => with(to_number(node)?.to_value(), Collection::Free),
        (Kind::Bool, _) => with(Value::Bool(to_bool(node)?), Collection::Free),
        (Kind::List(element), Value::List(items)) => {
            with(Value::List(Arc::new(elements(items, element)?)), Collection::List)
        }
        (Kind::Set(element), Value::List(items)) => {
            with(Value::List(Arc::new(as_set(elements(items, element)?))), Collection::Set)
        }
        (Kind::Map(element), Value::Map(map)) => {
            let shown = || map.iter().filter(|(name, _)| !name.starts_with('\u{0}'));
            let kinds: Vec<Kind> =
                if **element == Kind::Any { shown().map(|(_, value)| of(value)).collect() } else { Vec::new() };
            let element = if kinds.is_empty() { (**element).clone() } else { unify(&kinds)? };
            let entry = |(name, value): (&Arc<str>, &Node)| Some((name.clone(), convert(value, &element)?));
            with(Value::Map(Arc::new(shown().map(entry).collect::<Option<_>>()?)), Collection::Map)
        }
        (Kind::Tuple(kinds), Value::List(items)) if kinds.len() == items.len() => {
            let items = items.iter().zip(kinds).map(|(item, kind)| convert(item, kind)).collect::<Option<_>>()?;
            with(Value::List(Arc::new(items)), Collection::Free)
        }
        (Kind::Object(kinds), Value::Map(map)) => {
            let entry = |(name, kind): (&Arc<str>, &Kind)| Some((name.clone(), convert(map.get(name)?, kind)?));
            with(Value::Map(Arc::new(kinds.iter().map(entry).collect::<Option<Map>>()?)), Collection::Free)
        }
        _ => None,
    }
}

/// Elements of one type: the given one, or what they have in common.
fn elements(items: &[Node], element: &Kind) -> Option<Vec<Node>> {
    if *element != Kind::Any {
        return items.iter().map(|item| convert(item, element)).collect();
    }
    let kinds: Vec<Kind> = items.iter().map(of).collect();
    let element = unify(&kinds)?;
    items.iter().map(|item| convert(item, &element)).collect()
}

/// A list (its elements of one type) with the mark of being one.
pub fn list(items: Vec<Node>, span: crate::model::Span) -> Node {
    let mut node = Node::list(items, span);
    node.marks.collection = Collection::List;
    node
}

/// A set of the elements.
pub fn set(items: Vec<Node>, span: crate::model::Span) -> Node {
    let mut node = Node::list(as_set(items), span);
    node.marks.collection = Collection::Set;
    node
}

pub fn map(entries: Map, span: crate::model::Span) -> Node {
    let mut node = Node::map(entries, span);
    node.marks.collection = Collection::Map;
    node
}

pub fn is_set(node: &Node) -> bool {
    node.marks.collection == Collection::Set && matches!(node.value, Value::List(_) | Value::Unknown(_))
}

/// Without repetition and in the order of sets: texts by text, numbers by size, everything else by a text of its parts.
pub fn as_set(items: Vec<Node>) -> Vec<Node> {
    let mut keyed: Vec<(Option<super::number::Number>, String, Node)> = items
        .into_iter()
        .map(|item| {
            let number = if let Value::Number(_) = item.value { to_number(&item) } else { None };
            let mut key = String::new();
            match &item.value {
                Value::String(text) => key.push_str(text),
                // What is not known comes last.
                Value::Unknown(_) => key.push('\u{10ffff}'),
                _ => sort_text(&item, &mut key),
            }
            (number, key, item)
        })
        .collect();
    keyed.sort_by(|(a, x, _), (b, y, _)| match (a, b) {
        (Some(a), Some(b)) => a.compare(b),
        _ => x.cmp(y),
    });
    // What is not known may be anything, and stays beside its like.
    keyed.dedup_by(|(_, x, a), (_, y, b)| x == y && equal(a, b) == Some(true));
    keyed.into_iter().map(|(_, _, item)| item).collect()
}

fn sort_text(node: &Node, out: &mut String) {
    use std::fmt::Write as _;
    match &node.value {
        Value::Null => out.push('~'),
        Value::Bool(value) => out.push(if *value { 'T' } else { 'F' }),
        Value::Number(number) => out.push_str(number),
        Value::String(text) => {
            let _ = write!(out, "{text:?}");
        }
        Value::Document(document) => {
            let _ = write!(out, "{:?}", document.text.as_deref().unwrap_or("?"));
        }
        Value::Unknown(_) => out.push('?'),
        Value::List(items) => {
            let (open, close) = if node.marks.collection == Collection::Free { ('<', '>') } else { ('[', ']') };
            out.push(open);
            for item in items.iter() {
                sort_text(item, out);
                out.push(';');
            }
            out.push(close);
        }
        Value::Map(map) if node.marks.collection == Collection::Map => {
            out.push('{');
            for (name, item) in map.iter() {
                let _ = write!(out, "{name:?}:");
                sort_text(item, out);
                out.push(';');
            }
            out.push('}');
        }
        Value::Map(map) => {
            out.push('<');
            for item in map.values() {
                sort_text(item, out);
                out.push(';');
            }
            out.push('>');
        }
    }
}
