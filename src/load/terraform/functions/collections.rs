//! Functions over lists and maps, and conversions.

use std::sync::Arc;

use super::super::kinds::{self, Kind};
use super::super::value::{derived, equal, find_unknown, to_bool, to_text};
use super::conversions::like;
use super::{Answer, argument, boolean, index_argument, list_argument, number_argument, text_argument};
use crate::model::{Collection, Map, Node, Shape, Span, Value};

pub fn merge(arguments: &[Node], span: Span) -> Answer {
    let mut out = Map::new();
    let mut all_maps = true;
    for node in arguments {
        match &node.value {
            Value::Null => {}
            Value::Map(map) => {
                all_maps &= node.marks.collection == Collection::Map;
                out.extend(map.iter().map(|(key, value)| (key.clone(), value.clone())));
            }
            _ => return Err("an argument is not a map".into()),
        }
    }
    if arguments.is_empty() || !all_maps {
        return Ok(Node::map(out, span));
    }
    if arguments.iter().all(Node::is_null) {
        return Ok(Node::map(out, span));
    }
    let kinds: Vec<Kind> = arguments.iter().map(kinds::of).filter(|kind| *kind != Kind::Any).collect();
    let same = kinds.iter().all(|kind| Some(kind) == kinds.first());
    Ok(if same { kinds::map(out, span) } else { Node::map(out, span) })
}

pub fn length(arguments: &[Node], span: Span) -> Answer {
    let node = argument(arguments, 0)?;
    let length = match &node.value {
        Value::List(items) if kinds::is_set(node) && items.len() > 1 && find_unknown(node).is_some() => {
            // Two of them may turn out to be the same.
            return Ok(derived(find_unknown(node).ok_or("not known")?, Shape::Number, span));
        }
        Value::List(items) => items.len(),
        Value::Map(map) => map.keys().filter(|key| !key.starts_with('\u{0}')).count(),
        Value::String(text) => super::strings::graphemes(text).count(),
        Value::Document(document) => match &document.text {
            Some(text) => super::strings::graphemes(text).count(),
            None => return Ok(derived(find_unknown(node).ok_or("not known")?, Shape::Number, span)),
        },
        Value::Unknown(unknown) => return Ok(derived(unknown, Shape::Number, span)),
        _ => return Err("needs a string or collection".into()),
    };
    Ok(Node::new(Value::Number(length.to_string().into()), span))
}

pub fn lookup(arguments: &[Node], span: Span) -> Answer {
    let map = argument(arguments, 0)?.as_map().ok_or("argument 1 is not a map")?;
    let key = text_argument(arguments, 1)?;
    match (map.get(&key), arguments.get(2)) {
        (Some(value), _) => Ok(value.clone()),
        (None, Some(default)) => {
            let of_map = match kinds::of(argument(arguments, 0)?) {
                Kind::Map(element) => kinds::convert(default, &element).ok_or("the default is of another type")?,
                _ => default.clone(),
            };
            Ok(of_map.at(span))
        }
        (None, None) => Err(format!("there is no key {key}")),
    }
}

pub fn coalesce(arguments: &[Node], span: Span) -> Answer {
    let kinds: Vec<Kind> = arguments.iter().map(kinds::of).collect();
    let kind = kinds::unify(&kinds).ok_or("the arguments have no type in common")?;
    for node in arguments {
        match &node.value {
            Value::Null => {}
            Value::String(text) if text.is_empty() => {}
            Value::Unknown(unknown) => {
                if !unknown.nullable && unknown.opaque {
                    return Ok(node.clone());
                }
                let mut result = derived(unknown, kind.shape(), span);
                result.marks = node.marks;
                return Ok(result);
            }
            _ => return Ok(kinds::convert(node, &kind).unwrap_or_else(|| node.clone())),
        }
    }
    Err("all arguments are null or empty".into())
}

pub fn coalescelist(arguments: &[Node], span: Span) -> Answer {
    for node in arguments {
        match &node.value {
            Value::List(items) if items.is_empty() => {}
            Value::Null => return Err("an argument is null".into()),
            Value::Unknown(unknown) => return Ok(derived(unknown, Shape::List, span)),
            _ => return Ok(node.clone()),
        }
    }
    Err("all arguments are empty".into())
}

pub fn contains(arguments: &[Node], span: Span) -> Answer {
    let (list, wanted) = (argument(arguments, 0)?, argument(arguments, 1)?);
    if let Some(unknown) = list.as_unknown().or(wanted.as_unknown()) {
        return Ok(derived(unknown, Shape::Bool, span));
    }
    let items = list.as_list().ok_or("argument 1 is not a list")?;
    if wanted.is_null() {
        return Err("null cannot be looked for".into());
    }
    let mut unsure = None;
    for item in items {
        match equal(item, wanted) {
            Some(true) => return boolean(true, span),
            Some(false) => {}
            None => unsure = find_unknown(item).or_else(|| find_unknown(wanted)),
        }
    }
    unsure.map_or_else(|| boolean(false, span), |unknown| Ok(derived(unknown, Shape::Bool, span)))
}

/// Elements of a list of strings equal numbers and bools of the same text.
pub fn equal_converted(a: &Node, b: &Node) -> Option<bool> {
    match (to_text(a), to_text(b)) {
        (Some(x), Some(y)) => Some(x == y),
        _ => equal(a, b),
    }
}

pub fn concat(arguments: &[Node], span: Span) -> Answer {
    let mut out = Vec::new();
    for (index, node) in arguments.iter().enumerate() {
        if kinds::is_set(node) {
            return Err("a set is no list; use setunion or tolist".into());
        }
        out.extend_from_slice(list_argument(arguments, index)?);
    }
    let node = Node::list(out, span);
    if arguments.iter().any(|argument| argument.marks.collection != Collection::List) {
        return Ok(node);
    }
    kinds::convert(&node, &Kind::List(Box::new(Kind::Any)))
        .ok_or_else(|| "the lists hold values of different types".into())
}

pub fn flatten(arguments: &[Node], span: Span) -> Answer {
    fn collect(node: &Node, out: &mut Vec<Node>) -> Result<(), Node> {
        match &node.value {
            Value::List(items) => items.iter().try_for_each(|item| collect(item, out)),
            // It may turn out to be a list of any length.
            Value::Unknown(unknown) if matches!(unknown.shape, Shape::Any | Shape::List) => Err(node.clone()),
            _ => {
                out.push(node.clone());
                Ok(())
            }
        }
    }
    if !matches!(argument(arguments, 0)?.value, Value::List(_) | Value::Unknown(_)) {
        return Err("needs a list".into());
    }
    let mut out = Vec::new();
    match collect(argument(arguments, 0)?, &mut out) {
        Ok(()) => Ok(Node::list(out, span)),
        Err(node) => {
            let unknown = node.as_unknown().ok_or("cannot be flattened")?;
            Ok(derived(unknown, Shape::List, span))
        }
    }
}

pub fn distinct(arguments: &[Node], span: Span) -> Answer {
    if let Some(unknown) = find_unknown(argument(arguments, 0)?) {
        return Ok(derived(unknown, Shape::List, span));
    }
    let list = kinds::convert(argument(arguments, 0)?, &Kind::List(Box::new(Kind::Any))).ok_or("needs a list")?;
    Ok(kinds::list(unique(list.as_list().ok_or("needs a list")?), span))
}

pub fn unique(items: &[Node]) -> Vec<Node> {
    let mut out: Vec<Node> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for item in items {
        let fresh = match to_text(item) {
            Some(text) => seen.insert(text),
            None => !out.iter().any(|have| equal(have, item) == Some(true)),
        };
        if fresh {
            out.push(item.clone());
        }
    }
    out
}

pub fn element(arguments: &[Node], _: Span) -> Answer {
    let items = list_argument(arguments, 0)?;
    if kinds::is_set(argument(arguments, 0)?) {
        return Err("a set has no positions".into());
    }
    let index = number_argument(arguments, 1)?.whole().ok_or("the index is not whole")?;
    let length = i128::try_from(items.len()).unwrap_or(i128::MAX);
    if length == 0 {
        return Err("the list is empty".into());
    }
    let index = usize::try_from(index.rem_euclid(length)).map_err(|_| "the index is too large")?;
    items.get(index).cloned().ok_or_else(|| "the index is too large".into())
}

pub fn alltrue(arguments: &[Node], span: Span) -> Answer {
    truths(arguments, span, false)
}

pub fn anytrue(arguments: &[Node], span: Span) -> Answer {
    truths(arguments, span, true)
}

/// One `decisive` element decides; otherwise any unknown one leaves it open. Null is not true.
fn truths(arguments: &[Node], span: Span, decisive: bool) -> Answer {
    let node = argument(arguments, 0)?;
    if let Some(unknown) = node.as_unknown() {
        return Ok(derived(unknown, Shape::Bool, span));
    }
    let items = node.as_list().ok_or("needs a list")?;
    let mut unsure = None;
    for item in items {
        match (to_bool(item), item.as_unknown()) {
            (Some(value), _) if value == decisive => return boolean(decisive, span),
            (Some(_), _) => {}
            (None, Some(unknown)) => unsure = unsure.or(Some(unknown)),
            (None, None) if item.is_null() && !decisive => return boolean(false, span),
            (None, None) if item.is_null() => {}
            (None, None) => return Err("an element is not a bool".into()),
        }
    }
    unsure.map_or_else(|| boolean(!decisive, span), |unknown| Ok(derived(unknown, Shape::Bool, span)))
}

pub fn keys(arguments: &[Node], span: Span) -> Answer {
    let node = argument(arguments, 0)?;
    if let Some(unknown) = node.as_unknown() {
        return Ok(derived(unknown, Shape::List, span));
    }
    let map = node.as_map().ok_or("needs a map")?;
    let visible = map.iter().filter(|(key, _)| !key.starts_with('\u{0}'));
    let keys = Node::list(visible.map(|(key, value)| Node::string(key.clone(), value.via)).collect(), span);
    Ok(as_list_of(keys, node))
}

/// A list where it comes from a map, a tuple where it comes from an object.
fn as_list_of(mut node: Node, map: &Node) -> Node {
    if map.marks.collection == Collection::Map {
        node.marks.collection = Collection::List;
    }
    node
}

pub fn values(arguments: &[Node], span: Span) -> Answer {
    let node = argument(arguments, 0)?;
    if let Some(unknown) = node.as_unknown() {
        return Ok(derived(unknown, Shape::List, span));
    }
    let map = node.as_map().ok_or("needs a map")?;
    let visible = map.iter().filter(|(key, _)| !key.starts_with('\u{0}'));
    Ok(as_list_of(Node::list(visible.map(|(_, value)| value.clone()).collect(), span), node))
}

pub fn one(arguments: &[Node], span: Span) -> Answer {
    let node = argument(arguments, 0)?;
    match &node.value {
        Value::Unknown(unknown) => {
            let mut result = derived(unknown, Shape::Any, span);
            if let Value::Unknown(inner) = &mut result.value {
                Arc::make_mut(inner).nullable = true;
            }
            Ok(result)
        }
        Value::List(items) => match items.as_slice() {
            [] => Ok(Node::new(Value::Null, span)),
            [only] => Ok(only.clone()),
            _ => Err("the list has more than one element".into()),
        },
        _ => Err("needs a list".into()),
    }
}

pub fn compact(arguments: &[Node], span: Span) -> Answer {
    let node = argument(arguments, 0)?;
    if let Some(unknown) = node.as_unknown() {
        return Ok(derived(unknown, Shape::List, span));
    }
    let items = node.as_list().ok_or("needs a list")?;
    // An element that may be null or empty leaves the length open.
    if let Some(unknown) = items.iter().filter_map(Node::as_unknown).find(|unknown| !unknown.opaque) {
        return Ok(derived(unknown, Shape::List, span));
    }
    let kept = items.iter().filter(|item| !item.is_null() && item.as_str() != Some(""));
    let text = |item: &Node| kinds::convert(item, &Kind::String).ok_or("an element is not a string");
    Ok(kinds::list(kept.map(text).collect::<Result<_, _>>()?, span))
}

pub fn zipmap(arguments: &[Node], span: Span) -> Answer {
    let (keys, values) = (list_argument(arguments, 0)?, list_argument(arguments, 1)?);
    if keys.len() != values.len() {
        return Err("the lists differ in length".into());
    }
    if let Some(unknown) = keys.iter().find_map(Node::as_unknown) {
        return Ok(derived(unknown, Shape::Map, span));
    }
    let mut out = Map::new();
    for (key, value) in keys.iter().zip(values) {
        out.insert(to_text(key).ok_or("a key is not a string")?, value.clone());
    }
    let is_list = argument(arguments, 1)?.marks.collection == Collection::List;
    Ok(if is_list { kinds::map(out, span) } else { Node::map(out, span) })
}

pub fn slice(arguments: &[Node], span: Span) -> Answer {
    let items = list_argument(arguments, 0)?;
    let (start, end) = (index_argument(arguments, 1)?, index_argument(arguments, 2)?);
    let part = items.get(start..end).ok_or("the range is outside of the list")?.to_vec();
    let of = argument(arguments, 0)?;
    if kinds::is_set(of) { Err("a set has no positions".into()) } else { Ok(like(Node::list(part, span), of)) }
}

pub fn reverse(arguments: &[Node], span: Span) -> Answer {
    let reversed = Node::list(list_argument(arguments, 0)?.iter().rev().cloned().collect(), span);
    let mut reversed = like(reversed, argument(arguments, 0)?);
    if kinds::is_set(&reversed) {
        reversed = kinds::list(list_argument(arguments, 0)?.iter().rev().cloned().collect(), span);
    }
    Ok(reversed)
}

pub fn sort(arguments: &[Node], span: Span) -> Answer {
    let mut items = list_argument(arguments, 0)?.to_vec();
    if let Some(unknown) = items.iter().find_map(find_unknown) {
        // As many texts, in an order that is not known.
        return Ok(kinds::list(items.iter().map(|_| derived(unknown, Shape::String, span)).collect(), span));
    }
    if items.iter().any(|item| to_text(item).is_none()) {
        return Err("needs a list of strings".into());
    }
    items.sort_by_cached_key(to_text);
    let text = |item: &Node| kinds::convert(item, &Kind::String).unwrap_or_else(|| item.clone());
    Ok(kinds::list(items.iter().map(text).collect(), span))
}

pub fn index(arguments: &[Node], span: Span) -> Answer {
    let (list, wanted) = (argument(arguments, 0)?, argument(arguments, 1)?);
    if kinds::is_set(list) {
        return Err("a set has no positions".into());
    }
    for (position, item) in list_argument(arguments, 0)?.iter().enumerate() {
        match equal(item, wanted) {
            Some(true) => return Ok(Node::new(Value::Number(position.to_string().into()), span)),
            Some(false) => {}
            None => {
                let unknown = find_unknown(item).or_else(|| find_unknown(wanted)).ok_or("not known")?;
                return Ok(derived(unknown, Shape::Number, span));
            }
        }
    }
    Err("the value is not in the list".into())
}

pub fn chunklist(arguments: &[Node], span: Span) -> Answer {
    let list = kinds::convert(argument(arguments, 0)?, &Kind::List(Box::new(Kind::Any))).ok_or("needs a list")?;
    let items = list.as_list().ok_or("needs a list")?;
    // Size 0 asks for one chunk.
    let size = match index_argument(arguments, 1)? {
        0 => items.len().max(1),
        size => size,
    };
    Ok(kinds::list(items.chunks(size).map(|chunk| kinds::list(chunk.to_vec(), span)).collect(), span))
}

pub fn transpose(arguments: &[Node], span: Span) -> Answer {
    let map = argument(arguments, 0)?.as_map().ok_or("needs a map")?;
    let mut out: std::collections::BTreeMap<Arc<str>, Vec<Node>> = std::collections::BTreeMap::new();
    for (key, values) in map {
        for value in values.as_list().ok_or("needs a map of lists")? {
            let text = to_text(value).ok_or("needs lists of strings")?;
            out.entry(text).or_default().push(Node::string(key.clone(), span));
        }
    }
    Ok(kinds::map(out.into_iter().map(|(key, values)| (key, kinds::list(values, span))).collect(), span))
}

/// The values whose keys are among the wanted ones.
pub fn matchkeys(arguments: &[Node], span: Span) -> Answer {
    let (values, keys, wanted) =
        (list_argument(arguments, 0)?, list_argument(arguments, 1)?, list_argument(arguments, 2)?);
    if values.len() != keys.len() {
        return Err("the lists differ in length".into());
    }
    let found = keys.iter().map(|key| wanted.iter().any(|wanted| equal_converted(key, wanted) == Some(true)));
    let kept = values.iter().zip(found).filter(|(_, found)| *found).map(|(value, _)| value.clone());
    Ok(kinds::list(kept.collect(), span))
}
