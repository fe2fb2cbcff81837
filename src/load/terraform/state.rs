//! States: what Terraform has recorded, as it keeps it (version 4) and as `terraform show -json` writes it.
//!
//! Everything in a state is known; what is null or empty is absent. It knows no schema and no source.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;

use super::plan::address::{self, ModulePath, key_suffix, names_of, split_modules};
use super::plan::change::{concealed, is_secret_name, overlaid, without_empty};
use super::plan::{facets, scope_of, texts_of};
use super::records::{Kind, Record, major};
use super::schema;
use crate::load::Context;
use crate::model::{
    Edge, Map, Node, Outcome, PathStep, Problem, Recorded, Resource, SourceKind, SourceMap, Span, Stage, Value,
};

/// The resources of all states; one outcome each.
pub fn load(records: &[Record], context: &Context<'_>) -> Vec<Outcome<Vec<Resource>>> {
    let resources = |it: Outcome<Vec<Recorded>>| {
        Outcome::with(it.value.into_iter().map(|item| item.resource).collect(), it.problems)
    };
    recorded(records, context).into_iter().map(resources).collect()
}

/// The same with all that is recorded of them.
pub fn recorded(records: &[Record], context: &Context<'_>) -> Vec<Outcome<Vec<Recorded>>> {
    let scopes: Vec<Arc<str>> = records.iter().map(|record| record.dir().into()).collect();
    records
        .par_iter()
        .map(|record| {
            let scope = scope_of(&record.dir().into(), record, &scopes);
            let mut reader = Reader { record, sources: context.sources, found: Vec::new(), problems: Vec::new() };
            match record.kind {
                Kind::ShownState => reader.shown(),
                _ => reader.kept(),
            }
            let resources = resources(&reader.found, &scope);
            let recorded = |(resource, found): (Resource, Found)| Recorded {
                resource,
                attributes: found.raw,
                identity: found.identity,
                provider: found.whole_provider,
                gone: false,
            };
            Outcome::with(resources.into_iter().zip(reader.found).map(recorded).collect(), reader.problems)
        })
        .collect()
}

/// One recorded instance.
struct Found {
    modules: ModulePath,
    kind: String,
    name: String,
    address: Arc<str>,
    provider: String,
    config: Node,
    /// Everything recorded, null and empty values too.
    raw: Node,
    identity: Map,
    /// As recorded, with the alias.
    whole_provider: Arc<str>,
    body: Span,
    /// Addresses without keys.
    depends_on: Vec<Arc<str>>,
    /// Values by which others may name it.
    names: Vec<Arc<str>>,
}

struct Reader<'a> {
    record: &'a Record,
    sources: &'a SourceMap,
    found: Vec<Found>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, node: &Node, message: String) {
        self.problems.push(Problem::new(Stage::Load, &*self.record.path, message).at(node.via));
    }

    /// `terraform.tfstate`.
    fn kept(&mut self) {
        let (path, tree) = (&self.record.path, &self.record.tree);
        let version = match tree.key("version").map(|node| &node.value) {
            Some(Value::Number(number)) => number.parse::<u64>().ok(),
            _ => None,
        };
        match version {
            Some(4) => {}
            Some(0..=3) => {
                let message = format!(
                    "{path} is a state of Terraform 0.11 or older, which is not read; 'terraform state pull' with Terraform 0.12 or newer writes it anew after an apply"
                );
                return self.problems.push(self.record.problem(message));
            }
            _ => {
                let message = format!(
                    "{path} is a state of another version than 4; update stanchion, or write it with an older Terraform"
                );
                return self.problems.push(self.record.problem(message));
            }
        }
        let Some(entries) = tree.key("resources").filter(|node| !node.is_null()) else { return };
        let Some(entries) = entries.as_list() else {
            let message = format!("resources of {path} is no list; nothing of the state is judged");
            return self.problem(entries, message);
        };
        for entry in entries {
            self.kept_resource(entry);
        }
    }

    fn kept_resource(&mut self, entry: &Node) {
        let path = &self.record.path;
        let text = |key: &str| entry.key(key).and_then(Node::as_str);
        if text("mode").is_some_and(|mode| mode != "managed") {
            return;
        }
        let (Some(kind), Some(name)) = (text("type"), text("name")) else {
            let message = format!("a resource in {path} has no type or no name; it is not judged");
            return self.problem(entry, message);
        };
        let module = text("module").unwrap_or("");
        let of_module = if module.is_empty() { String::new() } else { format!("{module}.") };
        let Some(instances) = entry.key("instances").and_then(Node::as_list) else {
            let message = format!("{of_module}{kind}.{name} in {path} has no list of instances; it is not judged");
            return self.problem(entry, message);
        };
        let header = entry.key("name").map_or(entry.via, |node| node.via);
        for instance in instances {
            if instance.key("deposed").and_then(Node::as_str).is_some_and(|key| !key.is_empty()) {
                continue;
            }
            let key = key_suffix(instance.key("index_key"));
            let address: Arc<str> = format!("{of_module}{kind}.{name}{key}").into();
            let Some(attributes) = instance.key("attributes").filter(|node| node.as_map().is_some()) else {
                let why = if instance.key("attributes_flat").is_some() {
                    "was recorded by Terraform 0.11 and never since; 'terraform refresh' writes it anew"
                } else {
                    "has no attributes"
                };
                let message = format!("{address} in {path} {why}; it is not judged");
                self.problem(instance, message);
                continue;
            };
            let paths = instance.key("sensitive_attributes").and_then(Node::as_list).unwrap_or(&[]);
            let paths: Vec<Vec<PathStep>> = paths.iter().filter_map(sensitive_path).collect();
            let mut attributes = undressed(attributes);
            for path in &paths {
                attributes = marked(attributes, path, self.sources);
            }
            let raw = self.raw(kind, &attributes, None, header);
            let config = without_empty(without_null(&raw));
            let depends_on = dependencies(instance.key("dependencies"));
            self.found.push(Found {
                modules: split_modules(module).0,
                kind: kind.to_owned(),
                name: name.to_owned(),
                address,
                provider: provider(text("provider"), kind),
                names: names_of(&config),
                config,
                raw,
                identity: identity(instance),
                whole_provider: text("provider").unwrap_or("").into(),
                body: if instances.len() == 1 { entry.via } else { instance.via },
                depends_on,
            });
        }
    }

    /// `terraform show -json`.
    fn shown(&mut self) {
        let (path, tree) = (&self.record.path, &self.record.tree);
        if !matches!(tree.key("format_version").and_then(Node::as_str).and_then(major), Some(0 | 1)) {
            let message = format!("{path} is a state of a newer format than 1.x; update stanchion");
            return self.problems.push(self.record.problem(message));
        }
        if let Some(root) = tree.key("values").and_then(|node| node.key("root_module")) {
            self.shown_module(root);
        }
    }

    fn shown_module(&mut self, module: &Node) {
        for (key, each) in
            [("resources", Self::shown_resource as fn(&mut Self, &Node)), ("child_modules", Self::shown_module)]
        {
            match module.key(key).map(|node| (node, node.as_list())) {
                Some((_, Some(items))) => items.iter().for_each(|item| each(self, item)),
                Some((node, None)) if !node.is_null() => {
                    let message = format!("{key} of a module in {} is no list; it is not judged", self.record.path);
                    self.problem(node, message);
                }
                _ => {}
            }
        }
    }

    fn shown_resource(&mut self, entry: &Node) {
        let text = |key: &str| entry.key(key).and_then(Node::as_str);
        if text("mode").is_some_and(|mode| mode != "managed") || text("deposed_key").is_some_and(|key| !key.is_empty())
        {
            return;
        }
        let values = entry.key("values").filter(|node| node.as_map().is_some());
        let (Some(kind), Some(name), Some(address), Some(values)) =
            (text("type"), text("name"), text("address"), values)
        else {
            let message =
                format!("a resource in {} lacks its type, name, address or values; it is not judged", self.record.path);
            return self.problem(entry, message);
        };
        let header = entry.key("address").map_or(entry.via, |node| node.via);
        let raw = self.raw(kind, values, entry.key("sensitive_values"), header);
        let config = without_empty(without_null(&raw));
        self.found.push(Found {
            modules: split_modules(address).0,
            kind: kind.to_owned(),
            name: name.to_owned(),
            address: address.into(),
            provider: provider(text("provider_name"), kind),
            names: names_of(&config),
            config,
            raw,
            identity: identity(entry),
            // It does not tell aliases apart: what is so of one instance need not be of another.
            whole_provider: address.into(),
            body: entry.via,
            depends_on: dependencies(entry.key("depends_on")),
        });
    }

    fn raw(&self, kind: &str, attributes: &Node, sensitive: Option<&Node>, header: Span) -> Node {
        raw(kind, attributes, sensitive, header, self.sources)
    }
}

/// All attributes, in the form that policies see: documents parsed, secrets concealed; what is null stays.
pub fn raw(kind: &str, attributes: &Node, sensitive: Option<&Node>, header: Span, sources: &SourceMap) -> Node {
    let none: Arc<str> = "".into();
    let all = sensitive.and_then(Node::as_bool) == Some(true);
    let mut config = Map::new();
    for (name, node) in attributes.as_map().into_iter().flatten() {
        let marks = sensitive.and_then(|node| node.key(name));
        let kept = overlaid(Some(node), None, marks, &none, sources).map_or_else(
            || Node { value: Value::Null, ..node.clone() },
            |node| if all || is_secret_name(kind, name) { concealed(node, sources) } else { node },
        );
        config.insert(name.clone(), kept);
    }
    Node::map(config, header)
}

/// What policies see of it: null is absent.
pub fn without_null(raw: &Node) -> Node {
    let set = raw.as_map().into_iter().flatten().filter(|(_, node)| !node.is_null());
    Node::map(set.map(|(name, node)| (name.clone(), node.clone())).collect(), raw.via)
}

/// The provider's resource identity, where the state has one.
fn identity(entry: &Node) -> Map {
    entry.key("identity").and_then(Node::as_map).cloned().unwrap_or_default()
}

fn dependencies(node: Option<&Node>) -> Vec<Arc<str>> {
    let items = node.and_then(Node::as_list).unwrap_or(&[]);
    items.iter().filter_map(|item| item.as_str().map(Arc::from)).collect()
}

/// The local name in `provider["registry.terraform.io/hashicorp/aws"].west`, or what the type begins with.
fn provider(text: Option<&str>, kind: &str) -> String {
    let text = text.unwrap_or("");
    let quoted = text.split_once("[\"").and_then(|(_, rest)| rest.split_once("\"]")).map(|(name, _)| name);
    let plain = text.split_once("provider.").map(|(_, rest)| rest.split('.').next().unwrap_or(rest));
    let name = quoted.or(plain).unwrap_or(text).rsplit('/').next().unwrap_or("");
    if name.is_empty() { kind.split('_').next().unwrap_or("").to_owned() } else { name.to_owned() }
}

/// A path as `sensitive_attributes` writes it.
fn sensitive_path(node: &Node) -> Option<Vec<PathStep>> {
    let step = |step: &Node| {
        // `{"type": "index", "value": {"value": 0, "type": "number"}}`, or the name alone.
        let value = step.key("value").unwrap_or(step);
        match &value.key("value").unwrap_or(value).value {
            Value::String(name) => Some(PathStep::Key(name.clone())),
            Value::Number(number) => Some(PathStep::Index(number.parse().ok()?)),
            _ => None,
        }
    };
    // A step that cannot be read makes everything below the last readable one sensitive.
    Some(node.as_list()?.iter().map_while(step).collect())
}

fn marked(node: Node, path: &[PathStep], sources: &SourceMap) -> Node {
    let Some((step, rest)) = path.split_first() else { return concealed(node, sources) };
    let value = match (&node.value, step) {
        (Value::Map(map), PathStep::Key(key)) => {
            let Some(inner) = map.get(key) else { return node };
            let mut map = (**map).clone();
            map.insert(key.clone(), marked(inner.clone(), rest, sources));
            Value::Map(Arc::new(map))
        }
        (Value::List(items), PathStep::Index(index)) if *index < items.len() => {
            let item = |(at, item): (usize, &Node)| {
                if at == *index { marked(item.clone(), rest, sources) } else { item.clone() }
            };
            Value::List(Arc::new(items.iter().enumerate().map(item).collect()))
        }
        // Sets have no indexes: one sensitive element makes all of them so.
        (Value::List(_), _) => return concealed(node, sources),
        _ => return node,
    };
    Node { value, ..node }
}

/// Attributes of no fixed type are kept as `{"value": .., "type": ..}`.
fn undressed(attributes: &Node) -> Node {
    let Value::Map(map) = &attributes.value else { return attributes.clone() };
    let plain = |node: &Node| match &node.value {
        Value::Map(inner) if inner.len() == 2 && inner.get("type").is_some_and(|kind| kind.as_list().is_some()) => {
            inner.get("value").map_or_else(|| node.clone(), |value| Node { via: node.via, ..value.clone() })
        }
        _ => node.clone(),
    };
    let map = map.iter().map(|(name, node)| (name.clone(), plain(node))).collect();
    Node { value: Value::Map(Arc::new(map)), ..attributes.clone() }
}

fn resources(found: &[Found], scope: &Arc<str>) -> Vec<Resource> {
    let index = Index::new(found);
    found
        .iter()
        .map(|item| {
            // A state has everything: what is not there is not set.
            let config = schema::apply(&item.kind, item.config.clone()).0;
            Resource {
                provider: Some(item.provider.as_str().into()),
                region: item.config.key("region").and_then(Node::as_str).map(Into::into),
                facets: facets(&item.config, &item.kind, None),
                edges: index.edges(item),
                ..Resource::new(
                    SourceKind::State,
                    scope.clone(),
                    item.address.clone(),
                    item.kind.as_str(),
                    config,
                    item.body,
                )
            }
        })
        .collect()
}

/// Instances by the values that name them, with their declarations.
struct Index<'a>(HashMap<&'a str, Vec<(String, &'a Arc<str>)>>);

impl<'a> Index<'a> {
    fn new(found: &'a [Found]) -> Self {
        let mut out: HashMap<&'a str, Vec<(String, &'a Arc<str>)>> = HashMap::new();
        for item in found {
            let key = declaration(&item.modules, &item.kind, &item.name);
            for name in &item.names {
                out.entry(name).or_default().push((key.clone(), &item.address));
            }
        }
        Self(out)
    }

    /// A dependency says which declaration, transitive ones included; a value in an attribute says which instance of it.
    fn edges(&self, item: &Found) -> Vec<Edge> {
        let mut edges = BTreeSet::new();
        let declarations: BTreeSet<String> = item.depends_on.iter().map(|text| dependency(text)).collect();
        if declarations.is_empty() {
            return Vec::new();
        }
        for (attribute, node) in item.config.as_map().into_iter().flatten() {
            let mut texts = BTreeSet::new();
            texts_of(node, &mut texts);
            for text in texts.into_iter().flat_map(stems) {
                let named = self.0.get(text).into_iter().flatten();
                let others =
                    named.filter(|(declaration, to)| **to != item.address && declarations.contains(declaration));
                edges.extend(others.map(|(_, to)| Edge { attribute: attribute.clone(), to: (*to).clone() }));
            }
        }
        edges.into_iter().collect()
    }
}

/// A text, and for an ARN what it is below.
pub fn stems(text: &str) -> Vec<&str> {
    let mut out = vec![text];
    if text.starts_with("arn:") {
        out.extend(text.char_indices().filter(|(_, c)| matches!(c, '/' | ':')).filter_map(|(at, _)| text.get(..at)));
    }
    out
}

fn declaration(modules: &[(String, String)], kind: &str, name: &str) -> String {
    format!("{}:{kind}.{name}", address::static_path(modules))
}

fn dependency(text: &str) -> String {
    let (modules, rest) = split_modules(text);
    let names: Vec<&str> = rest.iter().map(|segment| segment.name).collect();
    format!("{}:{}", address::static_path(&modules), names.join("."))
}
