//! Other forms of the same thing: one rule for three addresses, or three rules; a block, or the attribute that is short for it.
//!
//! All sides are brought to one form before anything is compared. It does not know which side it has.

use std::borrow::Cow;
use std::sync::Arc;

use super::rules::{Itself, Short, TypeRules};
use crate::model::{Map, Node, Value};

/// The attributes of a thing with this id, in the one form.
pub fn brought<'m>(own: &TypeRules, id: Option<&str>, attributes: &'m Map) -> Cow<'m, Map> {
    let mut out = Cow::Borrowed(attributes);
    for (name, lists) in &own.rows {
        if let Some(node) = attributes.get(&**name)
            && let Some(blocks) = rows(node, lists, own.itself.as_ref(), id)
        {
            out.to_mut().insert(name.as_str().into(), blocks);
        }
    }
    if let Some(short) = &own.short
        && let Some(node) = attributes.get(&*short.within)
        && let Value::List(blocks) = &node.value
    {
        let blocks = blocks.iter().map(|block| shortened(block, short)).collect();
        let node = Node { value: Value::List(Arc::new(blocks)), ..node.clone() };
        out.to_mut().insert(short.within.as_str().into(), node);
    }
    out
}

/// One block for each member of the lists; nothing where something else than blocks stands there.
fn rows(node: &Node, lists: &[String], itself: Option<&Itself>, id: Option<&str>) -> Option<Node> {
    let Value::List(blocks) = &node.value else { return None };
    let mut out = Vec::new();
    for block in blocks.iter() {
        let block = match (itself, block.as_map()) {
            (Some(itself), Some(map)) => named(block, map, itself, id),
            _ => block.clone(),
        };
        out.extend(split(&block, block.as_map()?, lists));
    }
    Some(Node { value: Value::List(Arc::new(out)), ..node.clone() })
}

/// The flag as the id that it means.
fn named(block: &Node, map: &Map, itself: &Itself, id: Option<&str>) -> Node {
    let (Some(flag), Some(id)) = (map.get(&*itself.flag), id) else { return block.clone() };
    let mut map = map.clone();
    map.remove(&*itself.flag);
    if is_on(flag) {
        let list = map.get(&*itself.list).and_then(Node::as_list).unwrap_or_default();
        let mut ids = list.to_vec();
        if !ids.iter().any(|node| node.as_str() == Some(id)) {
            ids.push(Node::string(id, flag.via));
        }
        map.insert(itself.list.as_str().into(), Node { value: Value::List(Arc::new(ids)), ..flag.clone() });
    }
    Node { value: Value::Map(Arc::new(map)), ..block.clone() }
}

fn split(block: &Node, map: &Map, lists: &[String]) -> Vec<Node> {
    let is_list = |name: &Arc<str>| lists.iter().any(|list| **list == **name);
    let rest: Map =
        map.iter().filter(|(name, _)| !is_list(name)).map(|(name, node)| (name.clone(), node.clone())).collect();
    let mut out = Vec::new();
    for (name, node) in map.iter().filter(|(name, _)| is_list(name)) {
        // What is not known may be any number of them: the block stays whole.
        let Value::List(members) = &node.value else {
            if node.is_null() {
                continue;
            }
            return vec![block.clone()];
        };
        for member in members.iter() {
            let mut map = rest.clone();
            map.insert(name.clone(), Node { value: Value::List(Arc::new(vec![member.clone()])), ..node.clone() });
            out.push(Node { value: Value::Map(Arc::new(map)), ..block.clone() });
        }
    }
    if out.is_empty() { vec![block.clone()] } else { out }
}

fn shortened(block: &Node, short: &Short) -> Node {
    let Some(map) = block.as_map() else { return block.clone() };
    let Some(value) = map.get(&*short.block).and_then(|inner| only_value(inner, short)) else { return block.clone() };
    let mut map: Map = map.clone();
    map.remove(&*short.block);
    map.insert(short.attribute.as_str().into(), value);
    Node { value: Value::Map(Arc::new(map)), ..block.clone() }
}

/// The value of the only entry of the block, where nothing else in it says anything.
fn only_value(block: &Node, short: &Short) -> Option<Node> {
    let inner = only(block)?;
    let entry = only(inner.get(&*short.entry)?)?;
    // A weight among one, and a switch that is off.
    let says = |node: &Node| {
        only(node).and_then(|map| map.get("enabled")).is_some_and(|node| is_on(node) || node.as_unknown().is_some())
    };
    let others = inner.iter().filter(|(name, _)| ***name != *short.entry);
    if others.map(|(_, node)| node).any(says) { None } else { entry.get(&*short.value).cloned() }
}

fn is_on(node: &Node) -> bool {
    node.as_bool() == Some(true) || node.as_str() == Some("true")
}

/// The only block of a list, or a map.
fn only(node: &Node) -> Option<&Map> {
    match &node.value {
        Value::List(items) => match items.as_slice() {
            [only] => only.as_map(),
            _ => None,
        },
        _ => node.as_map(),
    }
}
