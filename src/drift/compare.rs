//! Which attributes of a recorded and a live thing differ.
//!
//! Only what is recorded and can be read is compared. It does not know which side is right.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::normalize::{Canon, Context, agree, below, document, dotted, leftovers};
use super::policy_document;
use crate::model::{Map, Node, PathStep, Value};

/// One attribute whose sides do not agree. Of sets and policies only the entries that nothing agrees with.
#[derive(Clone, Debug)]
pub struct Differing {
    pub path: Vec<PathStep>,
    pub recorded: Option<Node>,
    pub live: Option<Node>,
}

/// The attributes that differ, in order of their paths. Names in `but` are left out.
pub fn compare(context: &Context<'_>, recorded: &Map, live: &Map, but: &BTreeSet<String>) -> Vec<Differing> {
    let mut out = Vec::new();
    let compared = recorded.keys().filter(|name| is_compared(context, name) && !but.contains(&***name));
    for name in compared {
        let (a, b) = (recorded.get(name), live.get(name));
        let mut path = vec![PathStep::Key(name.clone())];
        if &**name == "tags" {
            // What providers add to every resource is in `tags_all`; live tags are all tags.
            let all = |map: &Map| {
                map.get("tags_all").filter(|node| node.as_map().is_some()).or_else(|| map.get(name)).cloned()
            };
            differ(context, all(recorded).as_ref(), all(live).as_ref(), &mut path, &mut out);
        } else {
            differ(context, a, b, &mut path, &mut out);
        }
    }
    out
}

/// True for attributes that an account knows and that do not change by themselves.
pub fn is_compared(context: &Context<'_>, name: &str) -> bool {
    !context.rules.any.local.contains(name) && !context.is_volatile(name) && !context.is_unread(name)
}

fn differ(
    context: &Context<'_>,
    recorded: Option<&Node>,
    live: Option<&Node>,
    path: &mut Vec<PathStep>,
    out: &mut Vec<Differing>,
) {
    let place = dotted(path);
    if context.is_volatile(&place) || context.is_unread(&place) {
        return;
    }
    let (a, b) = (context.canon(recorded, &place), context.canon(live, &place));
    if agree(&a, &b) {
        return;
    }
    let (before, after) = (recorded.filter(|node| !node.is_null()), live.filter(|node| !node.is_null()));
    if let (Some(one), Some(other)) = (before, after) {
        if let (Some(one), Some(other)) = (document(one), document(other)) {
            if context.is_blocks(&place) {
                return differ(context, Some(&one), Some(&other), path, out);
            }
            return differ_documents(one, other, path, out);
        }
        let (one, other) = (block(one), block(other));
        if let (Some((one, index)), Some((other, _))) = (one, other) {
            path.extend(index.map(PathStep::Index));
            let names: BTreeSet<&Arc<str>> = one.keys().chain(other.keys()).collect();
            for name in names {
                // Tags of AWS's own are nobody's change.
                if name.starts_with("aws:") {
                    continue;
                }
                path.push(PathStep::Key(name.clone()));
                differ_member(context, one.get(name), other.get(name), path, out);
                path.pop();
            }
            if index.is_some() {
                path.pop();
            }
            return;
        }
    }
    // A block that is not there has what its members have by default.
    if let (Some(only), None) | (None, Some(only)) = (before, after)
        && !context.is_telling(&place)
        && let Some((members, _)) = block(only)
    {
        let nothing = |name: &Arc<str>| context.canon(None, &below(&place, name));
        let is_default =
            |(name, node): (&Arc<str>, &Node)| agree(&context.canon(Some(node), &below(&place, name)), &nothing(name));
        if members.iter().all(is_default) {
            return;
        }
    }
    let rest = |node: Option<&Node>, other: Option<&Node>| entries(context, node, other, &place);
    let (recorded, live) = match (&a, &b) {
        (Canon::List(_), Canon::List(_)) => (before.cloned(), after.cloned()),
        _ => (rest(before, after), rest(after, before)),
    };
    if recorded.is_some() || live.is_some() {
        out.push(Differing { path: path.clone(), recorded, live });
    }
}

/// Entries of a map of somebody's own are what they are; members of blocks have defaults.
fn differ_member(
    context: &Context<'_>,
    recorded: Option<&Node>,
    live: Option<&Node>,
    path: &mut Vec<PathStep>,
    out: &mut Vec<Differing>,
) {
    let free =
        matches!(path.first(), Some(PathStep::Key(name)) if matches!(&**name, "tags" | "tags_all" | "volume_tags"));
    if !free {
        return differ(context, recorded, live, path, out);
    }
    let canon = |node: Option<&Node>| node.map_or(Canon::Absent, super::normalize::strict);
    if !agree(&canon(recorded), &canon(live)) {
        out.push(Differing { path: path.clone(), recorded: recorded.cloned(), live: live.cloned() });
    }
}

/// A map, or the only block of a list and its position.
fn block(node: &Node) -> Option<(&Map, Option<usize>)> {
    match &node.value {
        Value::Map(map) => Some((map, None)),
        Value::List(items) => match items.as_slice() {
            [only] => only.as_map().map(|map| (map, Some(0))),
            _ => None,
        },
        _ => None,
    }
}

/// What of a set has nothing to agree with on the other side; any other value whole.
fn entries(context: &Context<'_>, node: Option<&Node>, other: Option<&Node>, place: &str) -> Option<Node> {
    let node = node?;
    let (Value::List(items), other) = (&node.value, other.map(|node| &node.value)) else { return Some(node.clone()) };
    let empty = Vec::new();
    let others = match other {
        Some(Value::List(others)) => others,
        None => &empty,
        Some(_) => return Some(node.clone()),
    };
    let canon = |items: &[Node]| -> Vec<Canon> { items.iter().map(|item| context.canon(Some(item), place)).collect() };
    let (left, _) = leftovers(&canon(items), &canon(others));
    let left: Vec<Node> = left.into_iter().filter_map(|index| items.get(index)).cloned().collect();
    (!left.is_empty()).then(|| Node { value: Value::List(Arc::new(left)), ..node.clone() })
}

fn differ_documents(one: Cow<'_, Node>, other: Cow<'_, Node>, path: &mut Vec<PathStep>, out: &mut Vec<Differing>) {
    if policy_document::is_policy(&one) && policy_document::is_policy(&other) {
        let (before, after) = (policy_document::statements(&one), policy_document::statements(&other));
        let canon = |list: &[&Node]| -> Vec<Canon> { list.iter().map(|it| policy_document::statement(it)).collect() };
        let (left, right) = leftovers(&canon(&before), &canon(&after));
        let pick = |from: &[&Node], which: Vec<usize>, whole: &Node| {
            let items: Vec<Node> = which.into_iter().filter_map(|index| from.get(index).copied()).cloned().collect();
            (!items.is_empty()).then(|| Node { value: Value::List(Arc::new(items)), ..whole.clone() })
        };
        let (recorded, live) = (pick(&before, left, &one), pick(&after, right, &other));
        if recorded.is_some() || live.is_some() {
            return out.push(Differing { path: path.clone(), recorded, live });
        }
    } else if let (Some(a), Some(b)) = (one.as_map(), other.as_map()) {
        let names: BTreeSet<&Arc<str>> = a.keys().chain(b.keys()).collect();
        for name in names {
            let canon = |map: &Map| map.get(name).map_or(Canon::Absent, super::normalize::strict);
            if !agree(&canon(a), &canon(b)) {
                path.push(PathStep::Key(name.clone()));
                out.push(Differing { path: path.clone(), recorded: a.get(name).cloned(), live: b.get(name).cloned() });
                path.pop();
            }
        }
        return;
    }
    out.push(Differing { path: path.clone(), recorded: Some(one.into_owned()), live: Some(other.into_owned()) });
}

/// True when what the code says is what a value is; what the code leaves out or does not know says nothing.
pub fn covers(context: &Context<'_>, code: &Node, value: Option<&Node>, place: &str) -> bool {
    if code.as_unknown().is_some() || context.is_volatile(place) {
        return true;
    }
    let Some(value) = value.filter(|node| !node.is_null()) else {
        return agree(&context.canon(Some(code), place), &Canon::Absent);
    };
    if document(code).is_some() || document(value).is_some() {
        return agree(&context.canon(Some(code), place), &context.canon(Some(value), place));
    }
    match (&code.value, &value.value) {
        (Value::Map(code), Value::Map(map)) if !place.starts_with("tags") => {
            code.iter().all(|(name, code)| code.is_null() || covers(context, code, map.get(name), &below(place, name)))
        }
        (Value::List(blocks), Value::List(items)) if blocks.iter().any(|block| block.as_map().is_some()) => {
            let mut free: Vec<&Node> = items.iter().collect();
            let found = blocks.iter().all(|block| {
                let at = free.iter().position(|item| covers(context, block, Some(item), place));
                at.map(|at| free.remove(at)).is_some()
            });
            found && free.is_empty()
        }
        (Value::Map(_), Value::List(items)) => {
            matches!(items.as_slice(), [only] if covers(context, code, Some(only), place))
        }
        _ => agree(&context.canon(Some(code), place), &context.canon(Some(value), place)),
    }
}
