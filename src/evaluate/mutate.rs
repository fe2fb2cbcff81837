//! Changes single values of a resource, to prove that an unknown value never makes a failure.
//!
//! Used by tests of policies; a scan does not need it.

use std::sync::Arc;

use crate::model::{Map, Node, PathStep, Reason, Resource, Shape, Span, Unknown, Value};

/// The resource with each known leaf in turn replaced by something unknown. Paths begin with `config` or a facet's name.
/// The same value seen in a facet (a pod, the tags) is replaced along with it.
pub fn mutate_leaves(resource: &Resource) -> impl Iterator<Item = (Vec<PathStep>, Resource)> + '_ {
    leaves(resource).into_iter().map(|path| {
        let mut unknown = Unknown::new(Reason::NoValue, "a value was made unknown");
        unknown.shape = Shape::Any;
        let mutated = with_leaf(resource, &path, Some(&Value::Unknown(Arc::new(unknown))));
        (path, mutated)
    })
}

/// The paths of all leaves.
pub fn leaves(resource: &Resource) -> Vec<Vec<PathStep>> {
    let mut out = Vec::new();
    collect(&resource.config, &mut vec![PathStep::Key("config".into())], &mut out);
    let mut seen: Vec<Span> = out.iter().filter_map(|path| Some(find(resource, path)?.via)).collect();
    for (name, facet) in &resource.facets {
        let mut below = Vec::new();
        collect(facet, &mut vec![PathStep::Key(name.clone())], &mut below);
        for path in below {
            if let Some(node) = find(resource, &path).filter(|node| !seen.contains(&node.via)) {
                seen.push(node.via);
                out.push(path);
            }
        }
    }
    out
}

/// The resource with one leaf replaced, or removed from its map for `None` (a list element becomes null).
#[must_use]
pub fn with_leaf(resource: &Resource, path: &[PathStep], value: Option<&Value>) -> Resource {
    let mut out = resource.clone();
    let Some(target) = find(resource, path).cloned() else { return out };
    let Some((PathStep::Key(first), rest)) = path.split_first() else { return out };
    if &**first == "config" {
        out.config = replaced(&resource.config, rest, value).unwrap_or_else(|| resource.config.clone());
        let facets =
            resource.facets.iter().filter_map(|(name, facet)| Some((name.clone(), same_place(facet, &target, value)?)));
        out.facets = facets.collect();
    } else if let Some(facet) = resource.facets.get(first) {
        match replaced(facet, rest, value) {
            Some(facet) => drop(out.facets.insert(first.clone(), facet)),
            None => drop(out.facets.remove(first)),
        }
    }
    out
}

fn collect(node: &Node, path: &mut Vec<PathStep>, out: &mut Vec<Vec<PathStep>>) {
    let mut below = |step: PathStep, child: &Node| {
        path.push(step);
        collect(child, path, out);
        path.pop();
    };
    match &node.value {
        Value::Map(map) => map.iter().for_each(|(key, child)| below(PathStep::Key(key.clone()), child)),
        Value::List(items) => items.iter().enumerate().for_each(|(index, child)| below(PathStep::Index(index), child)),
        Value::Document(document) => collect(&document.tree, path, out),
        Value::Null | Value::Unknown(_) => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) => out.push(path.clone()),
    }
}

fn find<'a>(resource: &'a Resource, path: &[PathStep]) -> Option<&'a Node> {
    let (PathStep::Key(first), rest) = path.split_first()? else { return None };
    let root = if &**first == "config" { &resource.config } else { resource.facets.get(first)? };
    rest.iter().try_fold(root, |node, step| node.get(step))
}

/// The tree with the leaf at the path changed; `None` when the tree itself goes.
fn replaced(node: &Node, path: &[PathStep], value: Option<&Value>) -> Option<Node> {
    let Some((step, rest)) = path.split_first() else {
        return value.map(|value| Node { value: value.clone(), ..node.clone() });
    };
    rebuilt(node, &mut |key, child| if key == step { replaced(child, rest, value) } else { Some(child.clone()) })
}

/// The tree with every leaf changed that is the same value at the same place.
fn same_place(node: &Node, target: &Node, value: Option<&Value>) -> Option<Node> {
    match &node.value {
        Value::Map(_) | Value::List(_) | Value::Document(_) => {
            rebuilt(node, &mut |_, child| same_place(child, target, value))
        }
        _ if node.via == target.via && node.origin == target.origin => {
            value.map(|value| Node { value: value.clone(), ..node.clone() })
        }
        _ => Some(node.clone()),
    }
}

fn rebuilt(node: &Node, change: &mut dyn FnMut(&PathStep, &Node) -> Option<Node>) -> Option<Node> {
    let value = match &node.value {
        Value::Map(map) => {
            let entries =
                map.iter().filter_map(|(key, child)| Some((key.clone(), change(&PathStep::Key(key.clone()), child)?)));
            Value::Map(Arc::new(entries.collect::<Map>()))
        }
        Value::List(items) => {
            let null = |child: &Node| Node { value: Value::Null, ..child.clone() };
            let items = items
                .iter()
                .enumerate()
                .map(|(i, child)| change(&PathStep::Index(i), child).unwrap_or_else(|| null(child)));
            Value::List(Arc::new(items.collect()))
        }
        Value::Document(document) => {
            return rebuilt(&document.tree, change).map(|tree| Node { value: tree.value, ..node.clone() });
        }
        _ => return Some(node.clone()),
    };
    Some(Node { value, ..node.clone() })
}
