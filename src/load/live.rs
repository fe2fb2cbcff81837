//! Live things, which already have a provider's names, as resources.
//!
//! Each gets a text of its own, so that findings have lines, and goes through what states go through. It does not know how
//! things were collected or mapped.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::{json, terraform};
use crate::model::schema::{self, Body, Type};
use crate::model::{
    Document, Edge, FileId, LiveObject, Map, Node, PathStep, REDACTED, Reason, Resource, Shape, SourceKind, SourceMap,
    Span, Unknown, Value, display_path,
};

/// The resources that live things are.
pub fn live(objects: &[LiveObject], sources: &SourceMap) -> Vec<Resource> {
    let mut taken = BTreeSet::new();
    let paths: Vec<String> = objects.iter().map(|object| path(object, &mut taken, sources)).collect();
    let addresses = addresses(objects);
    let index = Index::new(objects, &addresses);
    let parts: Vec<(&LiveObject, &String, &Arc<str>)> =
        objects.iter().zip(&paths).zip(&addresses).map(|((object, path), address)| (object, path, address)).collect();
    parts.into_par_iter().map(|(object, path, address)| resource(object, path, address, &index, sources)).collect()
}

/// A path that is one on every system, and that no other thing of the run has.
fn path(object: &LiveObject, taken: &mut BTreeSet<String>, sources: &SourceMap) -> String {
    const LONGEST: usize = 120;
    let safe = |text: &str| {
        let text: String = text
            .chars()
            .take(LONGEST)
            .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' })
            .collect();
        if text.is_empty() || text.starts_with('.') { format!("_{text}") } else { text }
    };
    let parts = [&object.account, &object.region, &object.kind, &object.id].map(|part| safe(part));
    let base = format!("aws/{}", parts.join("/"));
    let mut out = base.clone();
    let mut number = 1;
    while sources.find(&out).is_some() || !taken.insert(out.clone()) {
        number += 1;
        out = format!("{base}.{number}");
    }
    out
}

/// Its ARN, or type and id; of several things with one ARN the first has it.
fn addresses(objects: &[LiveObject]) -> Vec<Arc<str>> {
    let mut seen: BTreeSet<(&str, &str, Arc<str>)> = BTreeSet::new();
    let address = |object: &LiveObject| -> Arc<str> { object.arn.clone().unwrap_or_else(|| plain_address(object)) };
    objects
        .iter()
        .map(|object| {
            let wanted = address(object);
            if seen.insert((&object.account, &object.region, wanted.clone())) { wanted } else { plain_address(object) }
        })
        .collect()
}

fn plain_address(object: &LiveObject) -> Arc<str> {
    format!("{}/{}", object.kind, object.id).into()
}

fn scope(object: &LiveObject) -> Arc<str> {
    format!("aws/{}/{}", object.account, object.region).into()
}

/// Things by what others may call them.
struct Index<'a> {
    /// Account and name to address.
    named: BTreeMap<(&'a str, &'a str), Vec<&'a Arc<str>>>,
    /// Account, region, type and id to the thing.
    by_id: BTreeMap<[&'a str; 4], (&'a LiveObject, &'a Arc<str>)>,
}

impl<'a> Index<'a> {
    fn new(objects: &'a [LiveObject], addresses: &'a [Arc<str>]) -> Self {
        let mut out = Self { named: BTreeMap::new(), by_id: BTreeMap::new() };
        for (object, address) in objects.iter().zip(addresses) {
            let names = object.arn.iter().chain(Some(&object.id).filter(|id| is_telling(id)));
            for name in names.collect::<BTreeSet<_>>() {
                out.named.entry((&object.account, name)).or_default().push(address);
            }
            let id = [&*object.account, &*object.region, &*object.kind, &*object.id];
            out.by_id.entry(id).or_insert((object, address));
        }
        out
    }

    fn parent(&self, object: &'a LiveObject) -> Option<(&'a LiveObject, &'a Arc<str>)> {
        let (kind, id) = object.parent.as_ref()?;
        self.by_id.get(&[&*object.account, &*object.region, &**kind, &**id]).copied()
    }

    fn edges(&self, object: &LiveObject, address: &Arc<str>, config: &Node) -> Vec<Edge> {
        let mut edges = BTreeSet::new();
        for (attribute, node) in config.as_map().into_iter().flatten().filter(|(name, _)| !is_own(name)) {
            let mut texts = BTreeSet::new();
            terraform::texts_of(node, &mut texts);
            for text in texts.into_iter().flat_map(terraform::stems) {
                let others = self.named.get(&(&*object.account, text)).into_iter().flatten();
                let others = others.filter(|to| **to != address);
                edges.extend(others.map(|to| Edge { attribute: attribute.clone(), to: (*to).clone() }));
            }
        }
        edges.into_iter().collect()
    }
}

fn is_own(attribute: &str) -> bool {
    matches!(attribute, "id" | "arn" | "tags" | "tags_all")
}

/// True for identifiers that AWS made up: they mean the same thing wherever they stand. Names that people gave do not.
fn is_telling(id: &str) -> bool {
    let generated = id.rsplit_once('-').is_some_and(|(kind, number)| {
        !kind.is_empty()
            && kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            && number.len() >= 8
            && number.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    generated || id.starts_with("arn:") || id.starts_with("https://")
}

fn resource(object: &LiveObject, path: &str, address: &Arc<str>, index: &Index<'_>, sources: &SourceMap) -> Resource {
    let text = serde_json::to_string_pretty(&object.attributes).unwrap_or_default();
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let file = sources.add(path, text.as_str());
    let read = json::parse(file, path, &text);
    let read = read.unwrap_or_else(|_| Node::map(Map::new(), Span::new(file, 0, 0)));
    // What lacks an attribute is shown at the opening brace.
    let header = Span::new(file, 0, length.min(1));
    let config = terraform::live_config(&object.kind, &Node { via: header, ..read }, sources);
    let mut edges = index.edges(object, address, &config);
    let mut open_links = open_links(object);
    if object.parent.is_some() {
        match index.parent(object) {
            Some((parent, to)) => {
                edges.extend(parent_edge(object, parent, to, &config));
                open_links.extend(self::open_links(parent));
            }
            None => open_links.extend(missing_parent(object)),
        }
    }
    edges.sort();
    edges.dedup();
    let config = with_unread(without_redacted(config), object, file);
    Resource {
        provider: Some("aws".into()),
        account: Some(object.account.clone()),
        region: Some(object.region.clone()),
        facets: terraform::facets(&config, &object.kind, None),
        edges,
        open_links,
        ..Resource::new(
            SourceKind::Aws,
            scope(object),
            address.clone(),
            object.kind.clone(),
            config,
            Span::new(file, 0, length),
        )
    }
}

fn parent_edge(object: &LiveObject, parent: &LiveObject, to: &Arc<str>, config: &Node) -> Option<Edge> {
    let names = [Some(&parent.id), parent.arn.as_ref()];
    let refers = |node: &Node| node.as_str().is_some_and(|text| names.iter().flatten().any(|name| ***name == *text));
    let mut attributes = config.as_map()?.iter().filter(|(name, node)| !is_own(name) && refers(node));
    let attribute = attributes.next().map_or_else(|| "id".into(), |(name, _)| name.clone());
    (object.kind != parent.kind || object.id != parent.id).then(|| Edge { attribute, to: to.clone() })
}

fn missing_parent(object: &LiveObject) -> Option<Arc<str>> {
    let (kind, id) = object.parent.as_ref()?;
    Some(format!("the {kind} {id} was not read").into())
}

/// Types of parts that were not read: whatever of them there is, it is not seen.
fn open_links(object: &LiveObject) -> Vec<Arc<str>> {
    let part = |path: &Vec<PathStep>| match path.as_slice() {
        [PathStep::Key(name)] if is_part(name) => Some(format!("{name} of {} was not read", object.id).into()),
        _ => None,
    };
    object.unread.iter().filter_map(part).collect()
}

/// Parts that are types of their own are unread under their type's name, which is no attribute's.
fn is_part(name: &str) -> bool {
    name.starts_with("aws_")
}

/// Puts an unknown wherever a secret was taken out: something is set there.
fn without_redacted(node: Node) -> Node {
    let value = match &node.value {
        Value::String(text) if **text == *REDACTED => {
            let cause = "what may be a secret was not kept";
            let unknown = Unknown { shape: Shape::String, nullable: false, ..Unknown::new(Reason::Computed, cause) };
            Value::Unknown(Arc::new(unknown))
        }
        Value::List(items) => Value::List(Arc::new(items.iter().cloned().map(without_redacted).collect())),
        Value::Map(map) => {
            let entry = |(key, node): (&Arc<str>, &Node)| (key.clone(), without_redacted(node.clone()));
            Value::Map(Arc::new(map.iter().map(entry).collect()))
        }
        Value::Document(document) if document.text.as_ref().is_some_and(|text| text.contains(REDACTED)) => {
            Value::Document(Arc::new(Document { tree: without_redacted(document.tree.clone()), text: None }))
        }
        _ => return node,
    };
    Node { value, ..node }
}

/// Puts an unknown wherever something was not read.
fn with_unread(config: Node, object: &LiveObject, file: FileId) -> Node {
    let body = schema::resource(&object.kind);
    let place = Span::new(file, config.via.start, config.via.end);
    object.unread.iter().fold(config, |config, path| {
        if matches!(path.as_slice(), [PathStep::Key(name)] if is_part(name)) {
            return config;
        }
        let cause = format!("{} was not read", display_path(path));
        let shape = body.as_deref().map_or(Shape::Any, |body| shape(body, path));
        let unknown = Unknown { shape, ..Unknown::new(Reason::Computed, cause) };
        placed(config, path, &Node::unknown(unknown, place))
    })
}

fn placed(node: Node, path: &[PathStep], unknown: &Node) -> Node {
    let Some((step, rest)) = path.split_first() else { return unknown.clone() };
    let value = match (&node.value, step) {
        (Value::Map(map), PathStep::Key(key)) => {
            let mut map = (**map).clone();
            let inner = match map.remove(key) {
                Some(inner) => placed(inner, rest, unknown),
                // What would hold it is not there: then all of it is unknown.
                None => unknown.clone(),
            };
            map.insert(key.clone(), inner);
            Value::Map(Arc::new(map))
        }
        (Value::List(items), PathStep::Index(index)) => {
            let mut items = (**items).clone();
            if let Some(item) = items.get_mut(*index) {
                *item = placed(item.clone(), rest, unknown);
            }
            Value::List(Arc::new(items))
        }
        _ => return node,
    };
    Node { value, ..node }
}

fn shape(body: &Body, path: &[PathStep]) -> Shape {
    let mut keys = path.iter().filter_map(|step| match step {
        PathStep::Key(key) => Some(key),
        PathStep::Index(_) => None,
    });
    let Some(first) = keys.next() else { return Shape::Any };
    let rest: Vec<PathStep> = keys.cloned().map(PathStep::Key).collect();
    match (body.attributes.get(first), body.blocks.get(first)) {
        (Some(attribute), _) => shape_of(&attribute.kind, &rest),
        (None, Some(_)) if rest.is_empty() => Shape::List,
        (None, Some(block)) => shape(block, &rest),
        (None, None) => Shape::Any,
    }
}

fn shape_of(kind: &Type, rest: &[PathStep]) -> Shape {
    match (kind, rest.split_first()) {
        (Type::Nested(body), Some(_)) => shape(body, rest),
        (Type::List(inner), Some(_)) => shape_of(inner, rest),
        (Type::Object(fields), Some((PathStep::Key(key), rest))) => {
            fields.get(key).map_or(Shape::Any, |kind| shape_of(kind, rest))
        }
        (_, Some(_)) => Shape::Any,
        (Type::String, None) => Shape::String,
        (Type::Number, None) => Shape::Number,
        (Type::Bool, None) => Shape::Bool,
        (Type::List(_), None) => Shape::List,
        (Type::Map(_) | Type::Object(_), None) => Shape::Map,
        (Type::Any | Type::Nested(_), None) => Shape::Any,
    }
}

#[cfg(test)]
mod tests;
