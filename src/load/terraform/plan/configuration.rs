//! What a plan says of the configuration it was made from: which attributes are set, and what they refer to.
//!
//! Values are not here, nor are places; locals and `dynamic` blocks are left out by Terraform itself. It does not know
//! source files.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::address::{Group, ModulePath, Segment, Target, Targets, segments, static_path};
use crate::model::{Edge, Node, Value};

/// The `configuration` of a plan, by module and resource.
#[derive(Debug, Default)]
pub struct Configuration<'p> {
    modules: HashMap<String, ModuleConfig<'p>>,
    providers: Option<&'p Node>,
}

#[derive(Debug, Default)]
struct ModuleConfig<'p> {
    /// By `type.name`, `data.type.name` for data sources.
    resources: HashMap<String, &'p Node>,
    calls: HashMap<&'p str, &'p Node>,
    outputs: Option<&'p Node>,
}

/// A resource instance whose references are followed.
#[derive(Clone, Copy, Debug)]
pub struct Referrer<'r> {
    pub address: &'r str,
    pub kind: &'r str,
    pub name: &'r str,
    pub modules: &'r [(String, String)],
    pub key: &'r str,
    pub config: &'r Node,
}

/// References lead through this many variables and outputs at most.
const MAX_HOPS: usize = 64;
/// A reference to more instances than this links none of them: the cost would be quadratic.
const MAX_TARGETS: usize = 256;

impl<'p> Configuration<'p> {
    pub fn new(configuration: Option<&'p Node>) -> Self {
        let mut out = Self { providers: configuration.and_then(|node| node.key("provider_config")), ..Self::default() };
        if let Some(root) = configuration.and_then(|node| node.key("root_module")) {
            out.add(String::new(), root);
        }
        out
    }

    fn add(&mut self, path: String, module: &'p Node) {
        let mut config = ModuleConfig { outputs: module.key("outputs"), ..ModuleConfig::default() };
        for resource in module.key("resources").and_then(Node::as_list).unwrap_or(&[]) {
            let text = |key: &str| resource.key(key).and_then(Node::as_str);
            let (Some(kind), Some(name)) = (text("type"), text("name")) else { continue };
            let key =
                if text("mode") == Some("data") { format!("data.{kind}.{name}") } else { format!("{kind}.{name}") };
            config.resources.insert(key, resource);
        }
        for (name, call) in module.key("module_calls").and_then(Node::as_map).into_iter().flatten() {
            config.calls.insert(name, call);
            if let Some(inner) = call.key("module") {
                let inner_path = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
                self.add(inner_path, inner);
            }
        }
        self.modules.insert(path, config);
    }

    /// What a resource sets, by attribute; `None` when the plan does not say.
    pub fn expressions(&self, modules: &[(String, String)], kind: &str, name: &str) -> Option<&'p Node> {
        self.resource(modules, &format!("{kind}.{name}"))?.key("expressions").filter(|node| node.as_map().is_some())
    }

    fn resource(&self, modules: &[(String, String)], key: &str) -> Option<&'p Node> {
        self.modules.get(&static_path(modules))?.resources.get(key).copied()
    }

    /// A constant of the provider configuration that a resource uses, or the root variable that holds it.
    pub fn provider_setting(&self, referrer: &Referrer<'_>, path: &[&str], variables: Option<&Node>) -> Option<Node> {
        let key = format!("{}.{}", referrer.kind, referrer.name);
        let key = self.resource(referrer.modules, &key)?.key("provider_config_key")?.as_str()?;
        let mut node = self.providers?.key(key)?.key("expressions")?;
        for step in path {
            node = match &node.value {
                Value::List(items) => items.first()?.key(step)?,
                _ => node.key(step)?,
            };
        }
        if let Some(constant) = node.key("constant_value") {
            return Some(constant.clone());
        }
        let [reference] = node.key("references")?.as_list()? else { return None };
        let variable = reference.as_str()?.strip_prefix("var.")?;
        // The configuration of a provider in a module takes variables of that module.
        let in_root = !key.contains(':');
        variables.filter(|_| in_root)?.key(variable)?.key("value").cloned()
    }

    /// Edges from one resource instance to others, as far as references lead to planned resources.
    pub fn edges(&self, referrer: &Referrer<'_>, targets: &Targets) -> Vec<Edge> {
        let Some(expressions) = self.expressions(referrer.modules, referrer.kind, referrer.name) else {
            return Vec::new();
        };
        let key = format!("{}.{}", referrer.kind, referrer.name);
        let own = self.resource(referrer.modules, &key).and_then(|resource| resource.key("for_each_expression"));
        let mut edges = Vec::new();
        for (attribute, expression) in expressions.as_map().into_iter().flatten() {
            let mut walk = Walk {
                configuration: self,
                referrer,
                targets,
                attribute: referrer.config.key(attribute),
                found: BTreeSet::new(),
                seen: BTreeSet::new(),
            };
            let place = Place { modules: referrer.modules, key: referrer.key, each: own };
            walk.follow(&references(expression), place, MAX_HOPS);
            edges.extend(walk.found.into_iter().map(|to| Edge { attribute: attribute.clone(), to }));
        }
        edges
    }
}

/// Where an expression stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    modules: &'a [(String, String)],
    /// Key of the block that holds the expression.
    key: &'a str,
    /// The `for_each` of that block.
    each: Option<&'a Node>,
}

struct Walk<'a> {
    configuration: &'a Configuration<'a>,
    referrer: &'a Referrer<'a>,
    targets: &'a Targets,
    attribute: Option<&'a Node>,
    found: BTreeSet<Arc<str>>,
    seen: BTreeSet<(String, String)>,
}

impl<'a> Walk<'a> {
    fn follow(&mut self, references: &BTreeSet<&str>, place: Place<'_>, hops: usize) {
        if hops == 0 {
            return;
        }
        let by_key = references.iter().any(|text| text.starts_with("each.") || text.starts_with("count."));
        for &text in references {
            // Each reference is followed by its own prefixes, which say less.
            let longer = |other: &str| other.strip_prefix(text).is_some_and(|rest| rest.starts_with(['.', '[']));
            if references.range(text..).skip(1).take_while(|other| other.starts_with(text)).any(|other| longer(other)) {
                continue;
            }
            if !self.seen.insert((super::address::join_modules(place.modules), text.to_owned())) {
                continue;
            }
            self.reference(text, place, by_key, hops);
        }
    }

    fn reference(&mut self, text: &str, place: Place<'_>, by_key: bool, hops: usize) {
        let parts = segments(text);
        let parts = match parts.as_slice() {
            [first, rest @ ..] if first.name == "resource" => rest,
            all => all,
        };
        let (Some(first), second) = (parts.first(), parts.get(1)) else { return };
        match (first.name, second) {
            ("var", Some(variable)) => {
                let Some(((call, key), parent)) = place.modules.split_last() else { return };
                let Some(call) = self.call(parent, call) else { return };
                if let Some(expression) = call.key("expressions").and_then(|node| node.key(variable.name)) {
                    let place = Place { modules: parent, key, each: call.key("for_each_expression") };
                    self.follow(&references(expression), place, hops - 1);
                }
            }
            ("module", Some(call)) => {
                let Some(output) = parts.get(2) else { return };
                let mut modules = place.modules.to_vec();
                let expanded = self.call(place.modules, call.name).is_some_and(|node| {
                    node.key("for_each_expression").is_some() || node.key("count_expression").is_some()
                });
                // Which instance an index chooses is not said: the one with the same key, or any.
                let key = match (call.key, expanded) {
                    ("", true) => ANY,
                    (key, _) => key,
                };
                modules.push((call.name.to_owned(), key.to_owned()));
                let configuration: &'a Configuration<'a> = self.configuration;
                let config = configuration.modules.get(&static_path(&modules));
                let output = config.and_then(|config| config.outputs?.key(output.name)?.key("expression"));
                if let Some(expression) = output {
                    let place = Place { modules: &modules, key: place.key, each: None };
                    self.follow(&references(expression), place, hops - 1);
                }
            }
            ("each", Some(part)) if part.name == "value" => {
                if let Some(expression) = place.each {
                    self.follow(&references(expression), Place { each: None, ..place }, hops - 1);
                }
            }
            ("data", Some(kind)) => {
                let Some(name) = parts.get(2) else { return };
                let key = format!("data.{}.{}", kind.name, name.name);
                let configuration: &'a Configuration<'a> = self.configuration;
                let data = configuration.resource(place.modules, &key);
                if let Some(expression) = data.and_then(|data| data.key("expressions")) {
                    self.follow(&references(expression), place, hops - 1);
                }
            }
            ("each" | "count" | "path" | "terraform" | "tofu" | "local" | "self" | "ephemeral", _) => {}
            (kind, Some(name)) => self.resource(kind, *name, place, by_key),
            _ => {}
        }
    }

    fn call(&self, modules: &[(String, String)], name: &str) -> Option<&'a Node> {
        let configuration: &'a Configuration<'a> = self.configuration;
        configuration.modules.get(&static_path(modules))?.calls.get(name).copied()
    }

    fn resource(&mut self, kind: &str, name: Segment<'_>, place: Place<'_>, by_key: bool) {
        let targets: &'a Targets = self.targets;
        let Some(group) = targets.of(place.modules, kind, name.name) else { return };
        let found = self.choose(group, kind, name.key, place, by_key);
        let others = found.into_iter().filter(|target| *target.address != *self.referrer.address);
        self.found.extend(others.map(|target| target.address.clone()));
    }

    /// Which of several instances is meant: a plan does not say what stands in brackets unless it is constant.
    fn choose(&self, group: &'a Group, kind: &str, key: &str, place: Place<'_>, by_key: bool) -> Vec<&'a Target> {
        let keys = place.modules.iter().map(|(_, key)| key.as_str()).chain([place.key, self.referrer.key]);
        let keys: BTreeSet<&str> = keys.filter(|key| !key.is_empty() && *key != ANY).collect();
        let mut modules: Vec<ModulePath> = vec![place.modules.to_vec()];
        if place.modules.iter().any(|(_, key)| key == ANY) {
            let with = |key: &&str| {
                let step = |(name, own): &(String, String)| {
                    (name.clone(), if own == ANY { (*key).to_owned() } else { own.clone() })
                };
                place.modules.iter().map(step).collect::<ModulePath>()
            };
            modules = keys.iter().map(with).filter(|modules| group.within(modules).next().is_some()).collect();
        }
        if !key.is_empty() && !modules.is_empty() {
            return modules.iter().filter_map(|modules| group.exact(modules, key)).collect();
        }
        let same_key = modules.iter().flat_map(|modules| keys.iter().map(move |key| group.exact(modules, key)));
        let same_key: Vec<&Target> = same_key.flatten().collect();
        if !same_key.is_empty() {
            return same_key;
        }
        let fitting: Vec<&Target> = if modules.is_empty() {
            let all = group.all().iter().filter(|target| key.is_empty() || target.key == key);
            all.filter(|target| fits(&target.modules, place.modules)).take(MAX_TARGETS + 1).collect()
        } else {
            modules.iter().flat_map(|modules| group.within(modules)).take(MAX_TARGETS + 1).collect()
        };
        if fitting.len() < 2 {
            return fitting;
        }
        if fitting.len() > MAX_TARGETS {
            return Vec::new();
        }
        let mut texts = BTreeSet::new();
        if let Some(node) = self.attribute {
            texts_of(node, &mut texts);
        }
        let by_name = fitting.iter().filter(|target| target.names.iter().any(|name| texts.contains(&**name)));
        let by_name: Vec<&Target> = by_name.copied().collect();
        if !by_name.is_empty() {
            return by_name;
        }
        // A part of one unknown owner: no link says so, rather than links to all.
        let is_part = self.referrer.kind.strip_prefix(kind).is_some_and(|rest| rest.starts_with('_'));
        if by_key && is_part { Vec::new() } else { fitting }
    }
}

/// Whether a module instance is one of those that a path with untold keys stands for.
fn fits(modules: &[(String, String)], path: &[(String, String)]) -> bool {
    modules.len() == path.len() && modules.iter().zip(path).all(|(a, b)| a.0 == b.0 && (a.1 == b.1 || b.1 == ANY))
}

/// Stands for the key of a module instance that the plan does not tell.
const ANY: &str = "*";

/// All references in an expression, nested blocks included.
pub fn references(expression: &Node) -> BTreeSet<&str> {
    fn collect<'n>(node: &'n Node, out: &mut BTreeSet<&'n str>) {
        match &node.value {
            Value::Map(map) => {
                if let Some(list) = map.get("references").and_then(Node::as_list) {
                    out.extend(list.iter().filter_map(Node::as_str));
                } else if !map.contains_key("constant_value") {
                    map.values().for_each(|node| collect(node, out));
                }
            }
            Value::List(items) => items.iter().for_each(|item| collect(item, out)),
            _ => {}
        }
    }
    let mut out = BTreeSet::new();
    collect(expression, &mut out);
    out
}

/// All texts inside a value.
pub fn texts_of<'n>(node: &'n Node, out: &mut BTreeSet<&'n str>) {
    match &node.value {
        Value::String(text) => {
            out.insert(text);
        }
        Value::List(items) => items.iter().for_each(|item| texts_of(item, out)),
        Value::Map(map) => map.values().for_each(|item| texts_of(item, out)),
        Value::Document(document) => texts_of(&document.tree, out),
        _ => {}
    }
}
