//! Makes the `input` document of a resource, and remembers where the unknown values in it stand.
//!
//! Each config is converted once, however many policies look at it. It does not know policies or verdicts.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::links::{Direction, Link, LinkTable};
use super::memo::{self, Digests, Key};
use super::unknown::FRESH;
use crate::model::{Existence, LeftOut, Node, PathStep, Reason, Resource, Unknown, Value as NodeValue, display_path};
use crate::policy::{Reads, Value};

/// Stands for the resource's own address where a policy only puts it into messages, so that equal resources have equal
/// documents. Written out when the finding is.
pub(super) const ADDRESS: &str = "\u{e002}address\u{e003}";

/// A value a policy sees that is not known.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// From the top of the `input` document.
    pub(super) path: Vec<PathStep>,
    pub(super) unknown: Arc<Unknown>,
}

/// A linked resource that may not be there.
#[derive(Clone, Debug)]
pub(super) struct MaybeLink {
    /// Place of its entry in the `input` document.
    pub(super) path: Vec<PathStep>,
    pub(super) cause: Arc<str>,
}

/// One resource's document.
#[derive(Clone, Debug, Default)]
pub(super) struct Document {
    pub(super) leaves: Vec<Leaf>,
    pub(super) maybe_links: Vec<MaybeLink>,
    /// What the config leaves to the provider: absent here, and unknown for policies that ask for it by name.
    pub(super) left_out: Arc<[LeftOut]>,
    pub(super) value: Option<Value>,
}

impl Document {
    /// The unknown values, those included that a policy with these reads asks for although they are left out.
    pub(super) fn leaves_for(&self, reads: &Reads) -> Vec<Leaf> {
        let asked = self.left_out.iter().filter(|it| {
            let keys = it.path.iter().filter_map(|step| match step {
                PathStep::Key(key) => Some(&**key),
                PathStep::Index(_) => None,
            });
            keys.into_iter().all(|key| reads.names(key))
        });
        let asked = asked.map(|it| {
            let cause = format!("{} is left to the provider", display_path(&it.path));
            let unknown = Unknown { shape: it.shape, nullable: false, ..Unknown::new(Reason::Computed, cause) };
            let path = std::iter::once(PathStep::Key("config".into())).chain(it.path.iter().cloned()).collect();
            Leaf { path, unknown: Arc::new(unknown) }
        });
        self.leaves.iter().cloned().chain(asked).collect()
    }
}

/// Documents of all resources, made when first asked for.
#[derive(Debug)]
pub(super) struct Documents<'a> {
    resources: &'a [Resource],
    links: &'a LinkTable,
    plain: Vec<OnceLock<Document>>,
    linked: Vec<OnceLock<Document>>,
    digests: Vec<OnceLock<Digests>>,
}

impl<'a> Documents<'a> {
    pub(super) fn new(resources: &'a [Resource], links: &'a LinkTable) -> Self {
        let slots = || std::iter::repeat_with(OnceLock::new).take(resources.len()).collect();
        let digests = std::iter::repeat_with(OnceLock::new).take(resources.len()).collect();
        Self { resources, links, plain: slots(), linked: slots(), digests }
    }

    /// What a policy with these reads can see of a resource, in short.
    pub(super) fn key(&self, index: usize, reads: &Reads) -> Option<Key> {
        let resource = self.resources.get(index)?;
        let links = if reads.mentions("links") { self.links.of(index) } else { &[] };
        let links = links.iter().filter_map(|link| Some((link, self.resources.get(link.to)?, self.digests(link.to)?)));
        Some(memo::key(reads, resource, self.digests(index)?, links))
    }

    fn digests(&self, index: usize) -> Option<&Digests> {
        let resource = self.resources.get(index)?;
        Some(self.digests.get(index)?.get_or_init(|| Digests::of(resource)))
    }

    /// The document without links.
    pub(super) fn plain(&self, index: usize) -> Option<&Document> {
        let resource = self.resources.get(index)?;
        Some(self.plain.get(index)?.get_or_init(|| document(resource)))
    }

    /// The document with the linked resources' configs in it.
    pub(super) fn linked(&self, index: usize) -> Option<&Document> {
        let slot = self.linked.get(index)?;
        if let Some(done) = slot.get() {
            return Some(done);
        }
        let made = self.with_links(index)?;
        Some(slot.get_or_init(|| made))
    }

    fn with_links(&self, index: usize) -> Option<Document> {
        let mut out = self.plain(index)?.clone();
        let mut by_type: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
        for link in self.links.of(index) {
            let Some(other) = self.resources.get(link.to) else { continue };
            let Some(document) = self.plain(link.to) else { continue };
            let list = by_type.entry(other.kind.clone()).or_default();
            let place =
                vec![PathStep::Key("links".into()), PathStep::Key(other.kind.clone()), PathStep::Index(list.len())];
            list.push(link_value(other, link, document));
            for leaf in &document.leaves {
                if leaf.path.first() == Some(&PathStep::Key("config".into())) {
                    let path = place.iter().chain(&leaf.path).cloned().collect();
                    out.leaves.push(Leaf { path, unknown: leaf.unknown.clone() });
                }
            }
            let cause = match (&link.uncertain, &other.exists) {
                (Some(cause), _) | (None, Existence::Unknown(cause)) => cause.clone(),
                (None, Existence::Yes) => continue,
            };
            out.maybe_links.push(MaybeLink { path: place, cause });
        }
        if let Some(Ok(object)) = out.value.as_mut().map(Value::as_object_mut) {
            let links = by_type.into_iter().map(|(kind, list)| (Value::String(kind), Value::from(list)));
            object.insert("links".into(), Value::from(links.collect::<BTreeMap<_, _>>()));
        }
        Some(out)
    }
}

fn link_value(other: &Resource, link: &Link, document: &Document) -> Value {
    let mut entry = BTreeMap::new();
    entry.insert(Value::from("address"), Value::String(other.address.clone()));
    entry.insert("type".into(), Value::String(other.kind.clone()));
    entry.insert("attribute".into(), Value::String(link.attribute.clone()));
    let direction = match link.direction {
        Direction::In => "in",
        Direction::Out => "out",
        Direction::Sibling => "sibling",
    };
    entry.insert("direction".into(), direction.into());
    let config = document.value.as_ref().and_then(|value| value.as_object().ok()?.get(&"config".into()).cloned());
    entry.insert("config".into(), config.unwrap_or_else(Value::new_object));
    entry.into()
}

fn document(resource: &Resource) -> Document {
    let mut leaves = Vec::new();
    let mut members: BTreeMap<Value, Value> = BTreeMap::new();
    for (name, facet) in &resource.facets {
        let mut path = vec![PathStep::Key(name.clone())];
        if let Some(value) = convert(facet, &mut path, &mut leaves) {
            members.insert(Value::String(name.clone()), value);
        }
    }
    let mut path = vec![PathStep::Key("config".into())];
    let config = convert(&resource.config, &mut path, &mut leaves).unwrap_or_else(Value::new_object);
    members.insert("config".into(), config);
    members.insert("links".into(), Value::new_object());
    members.insert("address".into(), ADDRESS.into());
    members.insert("type".into(), Value::String(resource.kind.clone()));
    members.insert("source".into(), resource.source.as_str().into());
    members.insert("scope".into(), Value::String(resource.scope.clone()));
    for (name, text) in [("provider", &resource.provider), ("account", &resource.account), ("region", &resource.region)]
    {
        if let Some(text) = text {
            members.insert(name.into(), Value::String(text.clone()));
        }
    }
    Document {
        leaves,
        maybe_links: Vec::new(),
        left_out: resource.left_out.as_slice().into(),
        value: Some(members.into()),
    }
}

impl Document {
    /// The same document with the resource's own address in it.
    pub(super) fn with_address(&self, address: &Arc<str>) -> Self {
        let mut out = self.clone();
        if let Some(value) = &mut out.value {
            patch(value, &[PathStep::Key("address".into())], Some(Value::String(address.clone())));
        }
        out
    }
}

/// The same document with the manifest's own members at the top, as conftest policies expect them.
pub(super) fn with_manifest_on_top(document: &Document) -> Document {
    let mut out = document.clone();
    let config: PathStep = PathStep::Key("config".into());
    let on_top = document.leaves.iter().filter(|leaf| leaf.path.len() > 1 && leaf.path.first() == Some(&config));
    out.leaves.extend(on_top.map(|leaf| {
        let path = leaf.path.iter().skip(1).cloned().collect();
        Leaf { path, unknown: leaf.unknown.clone() }
    }));
    let Some(Ok(object)) = out.value.as_mut().map(Value::as_object_mut) else { return out };
    let Some(Value::Object(manifest)) = object.get(&"config".into()).cloned() else { return out };
    for (key, value) in manifest.iter() {
        object.insert(key.clone(), value.clone());
    }
    out
}

/// Null is absent in a map, and stays in a list so that indexes keep their meaning.
fn convert(node: &Node, path: &mut Vec<PathStep>, leaves: &mut Vec<Leaf>) -> Option<Value> {
    Some(match &node.value {
        NodeValue::Null => return None,
        NodeValue::Bool(value) => Value::Bool(*value),
        NodeValue::Number(text) => number(text),
        NodeValue::String(text) => Value::String(text.clone()),
        NodeValue::List(items) => {
            let mut out = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                path.push(PathStep::Index(index));
                out.push(convert(item, path, leaves).unwrap_or(Value::Null));
                path.pop();
            }
            out.into()
        }
        NodeValue::Map(map) => {
            let mut out = BTreeMap::new();
            for (key, item) in map.iter() {
                path.push(PathStep::Key(key.clone()));
                if let Some(value) = convert(item, path, leaves) {
                    out.insert(Value::String(key.clone()), value);
                }
                path.pop();
            }
            out.into()
        }
        NodeValue::Document(document) => return convert(&document.tree, path, leaves),
        NodeValue::Unknown(unknown) => {
            leaves.push(Leaf { path: path.clone(), unknown: unknown.clone() });
            FRESH.into()
        }
    })
}

/// The value without its places; unknown values inside give `None` for the whole.
pub(super) fn known_value(node: &Node) -> Option<Value> {
    let mut leaves = Vec::new();
    let value = convert(node, &mut Vec::new(), &mut leaves);
    leaves.is_empty().then(|| value.unwrap_or(Value::Null))
}

pub(super) fn number(text: &str) -> Value {
    Value::from_numeric_string(text).unwrap_or_else(|_| text.into())
}

/// Puts a value at a place of a document, or takes the place's entry out. Only containers on the way are copied.
pub(super) fn patch(document: &mut Value, path: &[PathStep], value: Option<Value>) {
    let Some((last, way)) = path.split_last() else { return };
    let mut at = document;
    for step in way {
        let next = match step {
            PathStep::Key(key) => {
                at.as_object_mut().ok().and_then(|object| object.get_mut(&Value::String(key.clone())))
            }
            PathStep::Index(index) => at.as_array_mut().ok().and_then(|array| array.get_mut(*index)),
        };
        let Some(next) = next else { return };
        at = next;
    }
    match (last, value) {
        (PathStep::Key(key), Some(value)) => {
            if let Ok(object) = at.as_object_mut() {
                object.insert(Value::String(key.clone()), value);
            }
        }
        (PathStep::Key(key), None) => {
            if let Ok(object) = at.as_object_mut() {
                object.remove(&Value::String(key.clone()));
            }
        }
        (PathStep::Index(index), Some(value)) => {
            if let Some(slot) = at.as_array_mut().ok().and_then(|array| array.get_mut(*index)) {
                *slot = value;
            }
        }
        (PathStep::Index(index), None) => {
            if let Ok(array) = at.as_array_mut() {
                let mut items = array.to_vec();
                if *index < items.len() {
                    items.remove(*index);
                    *at = items.into();
                }
            }
        }
    }
}
