//! A recorded tree put over the source's: values from the record, places from the source.
//!
//! It does not know plans or resources, only two trees and where to point when the source has nothing.

use std::sync::Arc;

use super::super::value::{equal, to_text};
use super::change::{is_empty, without_given_secrets};
use crate::model::{Document, Map, Node, Reason, Span, Unknown, Value};

/// What the source has at the place of a recorded value.
#[derive(Clone, Copy, Debug)]
pub enum Source<'s> {
    /// The value as evaluated; possibly unknown.
    Node(&'s Node),
    /// Something that cannot be told apart further.
    Unclear(Span),
    /// The source sets nothing here; the place is that of the enclosing block.
    Unset(Span),
}

/// The record's value at the source's places.
pub fn overlay(record: &Node, source: Source<'_>) -> Node {
    let own = match source {
        Source::Node(own) => own,
        Source::Unclear(place) | Source::Unset(place) => {
            return placed(record, place, matches!(source, Source::Unset(_)));
        }
    };
    let value = match (&record.value, &own.value) {
        (Value::Unknown(unknown), _) => return still_unknown(record, unknown, own),
        // Where a secret comes from, only the source says: given from outside it stays as unknown as it is there.
        (Value::String(_) | Value::Document(_), Value::Unknown(_)) if record.marks.sensitive => own.value.clone(),
        // The plan's own variables are outside, too.
        (Value::String(_), _) if record.marks.sensitive && own.origin.file == record.origin.file => {
            let given = without_given_secrets(record.clone());
            return Node { via: own.via, origin: own.via, ..given };
        }
        (Value::Document(document), Value::Document(own_document)) => {
            let tree = overlay(&document.tree, Source::Node(&own_document.tree));
            Value::Document(Arc::new(Document { tree, text: document.text.clone() }))
        }
        (Value::Document(document), _) => {
            let tree = overlay(&document.tree, Source::Unclear(own.via));
            Value::Document(Arc::new(Document { tree, text: document.text.clone() }))
        }
        (Value::Map(map), Value::Map(own_map)) => {
            let entry = |(key, node): (&Arc<str>, &Node)| {
                let inner = own_map.get(key).map_or(Source::Unset(own.via), Source::Node);
                (key.clone(), overlay(node, inner))
            };
            Value::Map(Arc::new(map.iter().map(entry).collect()))
        }
        // A block that can occur once is an object in records and a list of one in source; policies see the source's form.
        (Value::Map(_), Value::List(items)) if items.len() == 1 => {
            let items = items.iter().map(|item| block(record, Source::Node(item))).collect();
            Value::List(Arc::new(items))
        }
        (Value::List(items), Value::List(own_items)) => {
            let matched = matched(items, own_items);
            let item = |(item, index): (&Node, Option<usize>)| match index.and_then(|index| own_items.get(index)) {
                Some(own) => block(item, Source::Node(own)),
                None => block(item, Source::Unclear(own.via)),
            };
            Value::List(Arc::new(items.iter().zip(matched).map(item).collect()))
        }
        (Value::List(items), Value::Unknown(unknown)) => {
            // A `dynamic` block whose collection the source does not know: one sample stands for any number of blocks.
            let options = unknown.options.iter().filter_map(Node::as_list);
            let samples = options.max_by_key(|items| items.len()).unwrap_or(&[]);
            let item = |(index, item): (usize, &Node)| match most_alike(item, index, samples) {
                Some(own) => block(item, Source::Node(own)),
                None => block(item, Source::Unclear(own.via)),
            };
            Value::List(Arc::new(items.iter().enumerate().map(item).collect()))
        }
        (Value::Map(map), _) => {
            let entry = |(key, node): (&Arc<str>, &Node)| (key.clone(), overlay(node, Source::Unclear(own.via)));
            Value::Map(Arc::new(map.iter().map(entry).collect()))
        }
        (Value::List(items), _) => {
            Value::List(Arc::new(items.iter().map(|item| overlay(item, Source::Unclear(own.via))).collect()))
        }
        (value, _) => value.clone(),
    };
    Node { value, via: own.via, origin: own.origin, marks: record.marks.union(own.marks) }
}

/// A block: what the source does not set there, and the provider has not said, is absent as it is in source.
pub fn block(record: &Node, source: Source<'_>) -> Node {
    let (Value::Map(map), own) = (&record.value, source) else { return overlay(record, source) };
    let (set, place): (Option<&Map>, Span) = match own {
        Source::Node(Node { value: Value::Map(set), via, .. }) => (Some(set), *via),
        Source::Unset(place) => (None, place),
        Source::Node(_) | Source::Unclear(_) => return overlay(record, source),
    };
    let mut out = Map::new();
    for (name, node) in map.iter() {
        match set.and_then(|set| set.get(name)) {
            Some(own) => {
                out.insert(name.clone(), overlay(node, Source::Node(own)));
            }
            None if node.as_unknown().is_some() || is_empty(node) => {}
            None => {
                out.insert(name.clone(), overlay(node, Source::Unset(place)));
            }
        }
    }
    for (name, own) in set.into_iter().flatten() {
        // A write-only argument is set, and no record holds it.
        if name.ends_with("_wo") && !out.contains_key(name) && !own.is_null() {
            out.insert(name.clone(), own.clone());
        }
    }
    match own {
        Source::Node(own) => Node {
            value: Value::Map(Arc::new(out)),
            via: own.via,
            origin: own.origin,
            marks: record.marks.union(own.marks),
        },
        _ => Node { value: Value::Map(Arc::new(out)), via: place, origin: place, marks: record.marks },
    }
}

/// Known only after apply, says the record; whatever the source knows of it narrows it.
fn still_unknown(record: &Node, unknown: &Arc<Unknown>, own: &Node) -> Node {
    let value = match &own.value {
        Value::Unknown(known) => Value::Unknown(Arc::new(match known.reason {
            Reason::Computed => (**known).clone(),
            _ => Unknown { reason: unknown.reason, cause: unknown.cause.clone(), ..(**known).clone() },
        })),
        Value::List(_) | Value::Map(_) | Value::Document(_) if !own.is_wholly_known() => own.value.clone(),
        _ => Value::Unknown(unknown.clone()),
    };
    Node { value, via: own.via, origin: own.origin, marks: record.marks.union(own.marks) }
}

/// The same value with everything in it at one place.
fn placed(record: &Node, place: Span, unset: bool) -> Node {
    let value = match &record.value {
        Value::List(items) => {
            let item = |item: &Node| match (&item.value, unset) {
                (Value::Map(_), true) => block(item, Source::Unset(place)),
                _ => placed(item, place, false),
            };
            Value::List(Arc::new(items.iter().map(item).collect()))
        }
        Value::Map(map) => {
            Value::Map(Arc::new(map.iter().map(|(key, node)| (key.clone(), placed(node, place, false))).collect()))
        }
        Value::Document(document) => {
            let tree = placed(&document.tree, place, false);
            Value::Document(Arc::new(Document { tree, text: document.text.clone() }))
        }
        value => value.clone(),
    };
    Node { value, via: place, origin: place, marks: record.marks }
}

/// Lists longer than this are matched by position: comparing all with all would be quadratic.
const MAX_COMPARED: usize = 256;

/// For each recorded element the source's: equal ones first, then those most alike, then by position.
fn matched(items: &[Node], own: &[Node]) -> Vec<Option<usize>> {
    if items.len() > MAX_COMPARED || own.len() > MAX_COMPARED {
        return (0..items.len()).map(|index| (index < own.len()).then_some(index)).collect();
    }
    let mut taken = vec![false; own.len()];
    let mut out: Vec<Option<usize>> = vec![None; items.len()];
    // In turns: perfect at its position, perfect anywhere, then the best that is left.
    for turn in 0..3 {
        for (index, item) in items.iter().enumerate() {
            if out.get(index).is_none_or(Option::is_some) {
                continue;
            }
            let candidates = own.iter().enumerate().filter(|(at, _)| taken.get(*at) == Some(&false));
            let best = candidates
                .map(|(at, own)| (likeness(item, own), at))
                .filter(|((matching, wrong), at)| match turn {
                    0 => *wrong == 0 && *matching > 0 && *at == index,
                    1 => *wrong == 0 && *matching > 0,
                    _ => true,
                })
                .max_by_key(|((matching, wrong), at)| {
                    (i64::from(*matching) - i64::from(*wrong), *at == index, std::cmp::Reverse(*at))
                });
            if let Some((_, at)) = best {
                if let Some(slot) = out.get_mut(index) {
                    *slot = Some(at);
                }
                if let Some(taken) = taken.get_mut(at) {
                    *taken = true;
                }
            }
        }
    }
    out
}

/// The sample that a block was most likely made from.
fn most_alike<'s>(item: &Node, index: usize, samples: &'s [Node]) -> Option<&'s Node> {
    if samples.len() > MAX_COMPARED {
        return samples.get(index).or(samples.last());
    }
    let score = |(at, sample): &(usize, &Node)| {
        let (matching, wrong) = likeness(item, sample);
        (i64::from(matching) - 2 * i64::from(wrong), *at == index, *at)
    };
    samples.iter().enumerate().max_by_key(score).map(|(_, sample)| sample)
}

/// How many leaves agree, and how many differ; unknown ones say nothing.
fn likeness(record: &Node, own: &Node) -> (u32, u32) {
    match (&record.value, &own.value) {
        (Value::Unknown(_), _) | (_, Value::Unknown(_)) => (0, 0),
        (Value::Map(map), Value::Map(own)) => own
            .iter()
            .filter(|(_, own)| !own.is_null())
            .map(|(key, own)| map.get(key).map_or((0, 1), |node| likeness(node, own)))
            .fold((0, 0), |sum, (matching, wrong)| (sum.0 + matching, sum.1 + wrong)),
        (Value::List(items), Value::List(own)) => {
            let pairs = items.iter().zip(own.iter()).map(|(item, own)| likeness(item, own));
            let differ = u32::from(items.len() != own.len());
            pairs.fold((0, differ), |sum, (matching, wrong)| (sum.0 + matching, sum.1 + wrong))
        }
        _ => {
            let same = agrees(record, own);
            (u32::from(same), u32::from(!same))
        }
    }
}

/// Equal up to the conversions that a provider's or variable's type makes.
pub fn agrees(record: &Node, own: &Node) -> bool {
    match (&record.value, &own.value) {
        (Value::Map(map), Value::Map(own)) => {
            map.len() == own.len() && map.iter().all(|(key, node)| own.get(key).is_some_and(|own| agrees(node, own)))
        }
        (Value::List(items), Value::List(own)) => {
            items.len() == own.len() && items.iter().zip(own.iter()).all(|(item, own)| agrees(item, own))
        }
        _ => match (to_text(record), to_text(own)) {
            (Some(a), Some(b)) => a == b,
            _ => equal(record, own) == Some(true),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SourceMap;

    fn text(value: &str, span: Span) -> Node {
        Node::string(value, span)
    }

    #[test]
    fn blocks_of_a_set_find_their_source_whatever_their_order() {
        let sources = SourceMap::new();
        let file = sources.add("x", "0123456789");
        let at = |n: u32| Span::new(file, n, n + 1);
        let port = |value: &str, span: Span| Node::map(Map::from([("port".into(), text(value, span))]), span);
        let record = Node::list(vec![port("443", at(0)), port("22", at(0)), port("80", at(0))], at(0));
        let own = Node::list(vec![port("22", at(1)), port("80", at(2)), port("443", at(3))], at(9));
        let Value::List(items) = overlay(&record, Source::Node(&own)).value else { panic!() };
        let places: Vec<u32> = items.iter().map(|item| item.via.start).collect();
        assert_eq!(places, [3, 1, 2]);
    }

    #[test]
    fn what_the_source_knows_of_an_unknown_narrows_it() {
        let sources = SourceMap::new();
        let span = Span::new(sources.add("x", "x"), 0, 1);
        let record = Node::unknown(Unknown::new(Reason::Computed, "a.b is known after apply"), span);
        let own = Unknown { opaque: true, nullable: false, ..Unknown::new(Reason::DataSource, "data") };
        let node = overlay(&record, Source::Node(&Node::unknown(own, span)));
        let unknown = node.as_unknown().unwrap();
        assert!(unknown.opaque && !unknown.nullable && &*unknown.cause == "a.b is known after apply");
        let literal = overlay(&record, Source::Node(&text("x", span)));
        assert!(literal.as_unknown().is_some(), "the plan's word counts");
    }
}
