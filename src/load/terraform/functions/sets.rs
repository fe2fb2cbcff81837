//! Functions over sets.

use super::super::kinds::{self, Kind};
use super::super::value::{derived, equal, find_unknown};
use super::{Answer, list_argument};
use crate::model::{Node, Shape, Span};

/// The most elements that `setproduct` makes.
const MAX_PRODUCT: usize = 10_000;

/// The arguments as sets of one type, or the answer that is left when one of them is not known.
fn operands(arguments: &[Node], span: Span) -> Result<Result<Vec<Vec<Node>>, Node>, String> {
    let as_set = |node: &Node| kinds::convert(node, &Kind::Set(Box::new(Kind::Any))).ok_or("an argument is not a set");
    let sets = arguments.iter().map(as_set).collect::<Result<Vec<_>, _>>()?;
    let kinds: Vec<Kind> = sets.iter().map(kinds::of).collect();
    let kind = kinds::unify(&kinds).ok_or("the sets hold values of different types")?;
    if let Some(unknown) = sets.iter().find_map(find_unknown) {
        return Ok(Err(derived(unknown, Shape::List, span)));
    }
    let unified = sets.iter().map(|set| {
        let set = kinds::convert(set, &kind).ok_or("the sets hold values of different types")?;
        Ok(set.as_list().unwrap_or(&[]).to_vec())
    });
    unified.collect::<Result<Vec<_>, &str>>().map(Ok).map_err(Into::into)
}

fn combined(arguments: &[Node], span: Span, combine: impl Fn(Vec<Node>, &[Node]) -> Vec<Node>) -> Answer {
    match operands(arguments, span)? {
        Err(unknown) => Ok(unknown),
        Ok(sets) => {
            let mut sets = sets.into_iter();
            let first = sets.next().ok_or("needs a set")?;
            Ok(kinds::set(sets.fold(first, |all, set| combine(all, &set)), span))
        }
    }
}

fn holds(set: &[Node], item: &Node) -> bool {
    set.iter().any(|other| equal(other, item) == Some(true))
}

pub fn setunion(arguments: &[Node], span: Span) -> Answer {
    if arguments.iter().all(|argument| argument.as_list().is_some())
        && arguments.iter().any(|a| find_unknown(a).is_some())
    {
        let all = Node::list(arguments.iter().filter_map(Node::as_list).flatten().cloned().collect(), span);
        return kinds::convert(&all, &Kind::Set(Box::new(Kind::Any))).ok_or_else(|| "the sets differ in type".into());
    }
    combined(arguments, span, |mut all, set| {
        all.extend_from_slice(set);
        all
    })
}

pub fn setintersection(arguments: &[Node], span: Span) -> Answer {
    combined(arguments, span, |mut all, set| {
        all.retain(|item| holds(set, item));
        all
    })
}

pub fn setsubtract(arguments: &[Node], span: Span) -> Answer {
    combined(arguments, span, |mut all, set| {
        all.retain(|item| !holds(set, item));
        all
    })
}

pub fn setproduct(arguments: &[Node], span: Span) -> Answer {
    if arguments.len() < 2 {
        return Err("needs two sets or more".into());
    }
    if let Some(unknown) = arguments.iter().find_map(Node::as_unknown) {
        return Ok(derived(unknown, Shape::List, span));
    }
    let are_sets = arguments.iter().all(kinds::is_set);
    if are_sets && let Some(unknown) = arguments.iter().find_map(find_unknown) {
        return Ok(derived(unknown, Shape::List, span));
    }
    let mut rows: Vec<Vec<Node>> = vec![Vec::new()];
    for (index, argument) in arguments.iter().enumerate() {
        list_argument(arguments, index)?;
        let one_type = kinds::convert(argument, &Kind::List(Box::new(Kind::Any))).ok_or("elements differ in type")?;
        let items = one_type.as_list().unwrap_or(&[]);
        if rows.len().saturating_mul(items.len()) > MAX_PRODUCT {
            return Err("the product has more than 10000 elements".into());
        }
        rows = rows
            .iter()
            .flat_map(|row| items.iter().map(|item| row.iter().cloned().chain([item.clone()]).collect()))
            .collect();
    }
    let rows: Vec<Node> = rows.into_iter().map(|row| Node::list(row, span)).collect();
    Ok(if are_sets { kinds::set(rows, span) } else { kinds::list(rows, span) })
}
