//! Functions over sets, which are lists without repetition here.

use super::super::value::{derived, to_text};
use super::collections::{concat, equal_converted, unique};
use super::{Answer, argument, list_argument};
use crate::model::{Node, Shape, Span, Value};

/// Strings of a set come in the order of their text.
fn set(items: &[Node], span: Span) -> Node {
    let mut items = unique(items);
    if items.iter().all(|item| to_text(item).is_some()) {
        items.sort_by_cached_key(to_text);
    }
    Node::list(items, span)
}

pub fn toset(arguments: &[Node], span: Span) -> Answer {
    let node = argument(arguments, 0)?;
    match &node.value {
        Value::Unknown(unknown) => Ok(derived(unknown, Shape::List, span)),
        Value::List(items) => Ok(set(items, span)),
        Value::Null => Ok(node.clone()),
        _ => Err("needs a list".into()),
    }
}

pub fn setunion(arguments: &[Node], span: Span) -> Answer {
    let all = concat(arguments, span)?;
    Ok(set(all.as_list().unwrap_or(&[]), span))
}

pub fn setintersection(arguments: &[Node], span: Span) -> Answer {
    let mut out = unique(list_argument(arguments, 0)?);
    for index in 1..arguments.len() {
        let other = list_argument(arguments, index)?;
        out.retain(|item| other.iter().any(|o| equal_converted(o, item) == Some(true)));
    }
    Ok(set(&out, span))
}

pub fn setsubtract(arguments: &[Node], span: Span) -> Answer {
    let minus = list_argument(arguments, 1)?;
    let mut out = unique(list_argument(arguments, 0)?);
    out.retain(|item| !minus.iter().any(|o| equal_converted(o, item) == Some(true)));
    Ok(set(&out, span))
}

pub fn setproduct(arguments: &[Node], span: Span) -> Answer {
    let mut rows: Vec<Vec<Node>> = vec![Vec::new()];
    for index in 0..arguments.len() {
        let items = list_argument(arguments, index)?;
        if rows.len().saturating_mul(items.len()) > 10_000 {
            return Err("the product has more than 10000 elements".into());
        }
        rows = rows
            .iter()
            .flat_map(|row| items.iter().map(|item| row.iter().cloned().chain([item.clone()]).collect()))
            .collect();
    }
    Ok(Node::list(rows.into_iter().map(|row| Node::list(row, span)).collect(), span))
}
