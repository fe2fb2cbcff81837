//! Module instances to resources: bodies with their `dynamic` blocks become attribute trees.
//!
//! It does not know what any attribute means, except Terraform's own meta-arguments.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::super::ast::{Block, Body, ExprKind};
use super::super::document;
use super::super::module::{CallSource, Declaration, Mode};
use super::super::schema;
use super::super::value::{RESOURCE_KEY, to_text, weight};
use super::attribute::computed_from;
use super::expansion::{elements, makes_set};
use super::lifecycle::ignored_changes;
use super::{Each, Evaluator, Instance, Key, Names, Scope, Symbol, pairs, unknown_of};
use crate::model::{Edge, Existence, Map, Node, Reason, Resource, Shape, SourceKind, Span, Unknown, Value};

/// Terraform's own arguments of a resource; not attributes of what is made.
pub fn is_meta(name: &str) -> bool {
    matches!(name, "count" | "for_each" | "provider" | "depends_on" | "lifecycle" | "provisioner" | "connection")
}

/// Terraform's own arguments of a module call; not variables of the module.
pub fn is_call_meta(name: &str) -> bool {
    matches!(name, "source" | "version" | "providers" | "depends_on" | "count" | "for_each")
}

/// All resources of a root module, modules that it calls included.
pub fn materialise(evaluator: &Evaluator<'_>, root: &Rc<Instance>) -> Vec<Resource> {
    let mut out = Vec::new();
    let mut given = BTreeMap::new();
    evaluator.instance_resources(root, &mut out, &mut given);
    for resource in &mut out {
        if let Some(causes) = given.get(&resource.address) {
            resource.open_links.extend(causes.iter().cloned());
        }
    }
    out
}

/// Addresses given to modules that are not here, with the causes to name.
type Given = BTreeMap<Arc<str>, Vec<Arc<str>>>;

impl Evaluator<'_> {
    fn instance_resources(&self, instance: &Rc<Instance>, out: &mut Vec<Resource>, given: &mut Given) {
        for (index, declaration) in instance.module.resources.iter().enumerate() {
            if declaration.mode != Mode::Managed {
                continue;
            }
            let expansion = self.expansion(instance, false, index, &declaration.block);
            for (key, each) in &expansion.items {
                if !self.spend(10, declaration.block.header) {
                    return;
                }
                let unknown = expansion.unknown.as_ref().map(|unknown| unknown.cause.clone());
                out.push(self.resource_instance(instance, declaration, index, key, each, unknown));
            }
        }
        self.provider_resources(instance, out);
        for (index, call) in instance.module.calls.iter().enumerate() {
            let expansion = self.expansion(instance, true, index, &call.block);
            let module = self.called(instance, index);
            if module.is_err() {
                self.missing_module(instance, index, given);
            }
            let is_external = !matches!(self.call_source(instance, index), Ok(CallSource::Local(_)));
            for (key, each) in &expansion.items {
                if !self.spend(50, call.block.header) {
                    return;
                }
                let unknown = expansion.unknown.as_ref().map(|unknown| unknown.cause.clone());
                if module.is_err() || is_external {
                    out.extend(self.call_resource(instance, index, key, each, unknown, module.is_err()));
                }
                if module.is_ok()
                    && let Some(child) = self.child(instance, index, key, each)
                {
                    self.instance_resources(&child, out, given);
                }
            }
        }
    }

    /// Notes what a module that is not here was given: it may declare more about these resources.
    fn missing_module(&self, instance: &Rc<Instance>, index: usize, given: &mut Given) {
        let Some(call) = instance.module.calls.get(index) else { return };
        if let CallSource::Local(dir) = &call.source {
            let subject = format!("module.{}", call.name);
            let shown = if dir.is_empty() { "." } else { dir };
            let message = format!("{subject} calls {shown}, where no Terraform files are; correct its source");
            self.problem(&subject, message, call.block.header);
        }
        let expansion = self.expansion(instance, true, index, &call.block);
        let Some((_, each)) = expansion.items.first() else { return };
        let scope = Scope { instance, each, names: None };
        let ((), references) = self.tracing(|| {
            for attribute in &call.block.body.attributes {
                if !is_call_meta(&attribute.name) {
                    self.eval(&attribute.expr, scope);
                }
            }
        });
        let cause: Arc<str> =
            format!("{}module.{} was given it, and its source is not here", instance.prefix(), call.name).into();
        for address in references.iter() {
            given.entry(address.clone()).or_default().push(cause.clone());
        }
    }

    fn resource_instance(
        &self,
        instance: &Rc<Instance>,
        declaration: &Declaration,
        index: usize,
        key: &Key,
        each: &Each,
        unknown: Option<Arc<str>>,
    ) -> Resource {
        let block = &declaration.block;
        let mut edges = Vec::new();
        let mut config = Map::new();
        let mut names: Vec<&Arc<str>> = Vec::new();
        for name in attribute_names(&block.body) {
            if !is_meta(name) && !names.contains(&name) {
                names.push(name);
            }
        }
        for name in names {
            let (node, references) = self.tracing(|| self.own_attribute(instance, index, key, each, name));
            self.spend(weight(&node), block.header);
            let mut to: Vec<Arc<str>> = references.to_vec();
            // What `each` brings was referred to by `for_each`, not here.
            computed_from(&node, &mut to);
            to.retain(|to| !to.starts_with("data.") && !to.contains(".data."));
            to.sort();
            to.dedup();
            edges.extend(to.into_iter().map(|to| Edge { attribute: name.clone(), to }));
            config.insert(name.clone(), self.finish(node));
        }
        let exists = unknown.or_else(|| instance.uncertain.clone()).map_or(Existence::Yes, Existence::Unknown);
        let config = Node::map(config, block.header);
        let (config, left_out) = schema::apply(&declaration.kind, config);
        let provider = self.provider_of(instance, declaration, each);
        // A region of the resource's own goes before its provider's.
        let region = match config.key("region").filter(|node| !node.is_null()) {
            Some(node) => to_text(node),
            None => provider.as_ref().and_then(|provider| provider.region.clone()),
        };
        let facets = self.facets(&config, &declaration.kind, provider.as_ref());
        let address = format!("{}{}{}", instance.prefix(), declaration.address(), key.suffix());
        let kind = declaration.kind.clone();
        Resource {
            provider: Some(kind.split('_').next().unwrap_or("").into()),
            region,
            facets,
            calls: instance.call_spans(),
            exists,
            edges,
            left_out,
            ignored: ignored_changes(&block.body),
            ..Resource::new(SourceKind::Terraform, instance.root_dir(), address, kind, config, block.span)
        }
    }

    /// An attribute or group of nested blocks of a resource, by name.
    pub(super) fn own_attribute(
        &self,
        instance: &Rc<Instance>,
        index: usize,
        key: &Key,
        each: &Each,
        name: &Arc<str>,
    ) -> Node {
        let Some(declaration) = instance.module.resources.get(index) else {
            return super::failed(
                "not declared",
                instance.module.resources.first().map_or_else(no_span, |d| d.block.header),
            );
        };
        let block = &declaration.block;
        let label = || format!("{}{}.{name}", instance.prefix(), declaration.address());
        let symbol = Symbol::Attribute(index, key.clone(), name.clone());
        let scope = Scope { instance, each, names: None };
        self.cell(instance, symbol, &label, block.header, || self.named(&block.body, name, scope, block.header))
    }

    fn named(&self, body: &Body, name: &str, scope: Scope<'_>, header: Span) -> Node {
        match body.attribute(name) {
            Some(attribute) => {
                let mut node = self.eval(&attribute.expr, scope).at(attribute.span);
                if node.origin == attribute.expr.span {
                    node.origin = attribute.span;
                }
                node
            }
            None => self.blocks(body, name, scope, header),
        }
    }

    /// Attributes and nested blocks of a body, as a map.
    pub(super) fn body(&self, body: &Body, scope: Scope<'_>, header: Span) -> Node {
        let mut map = Map::new();
        for name in attribute_names(body) {
            if !map.contains_key(name) && !is_block_meta(name) {
                map.insert(name.clone(), self.named(body, name, scope, header));
            }
        }
        Node::map(map, header)
    }

    /// The nested blocks of one kind, as a list; `dynamic` blocks in their place.
    fn blocks(&self, body: &Body, kind: &str, scope: Scope<'_>, header: Span) -> Node {
        let mut items = Vec::new();
        // Set when some `dynamic` may or may not yield blocks: one list without, one with a sample block.
        let mut unsure: Option<(Arc<Unknown>, Vec<Node>)> = None;
        let mut place = None;
        for block in &body.blocks {
            if &*block.kind == kind {
                place.get_or_insert(block.header);
                items.push(self.body(&block.body, scope, block.header));
            } else if &*block.kind == "dynamic" && block.label(0).is_some_and(|label| &**label == kind) {
                place.get_or_insert(block.header);
                self.dynamic(block, kind, scope, &mut items, &mut unsure);
            }
        }
        let place = place.unwrap_or(header);
        let Some((unknown, samples)) = unsure else { return Node::list(items, place) };
        let mut with_samples = items.clone();
        with_samples.extend(samples);
        let unknown = Unknown {
            shape: Shape::List,
            nullable: false,
            options: vec![Node::list(items, place), Node::list(with_samples, place)],
            ..Unknown::new(unknown.reason, unknown.cause.clone())
        };
        Node::unknown(unknown, place)
    }

    fn dynamic(
        &self,
        block: &Block,
        kind: &str,
        scope: Scope<'_>,
        items: &mut Vec<Node>,
        unsure: &mut Option<(Arc<Unknown>, Vec<Node>)>,
    ) {
        let Some(content) = block.body.blocks("content").next() else { return };
        let iterator = block.body.attribute("iterator").and_then(|attribute| match &attribute.expr.kind {
            ExprKind::Variable(name) => Some(name.clone()),
            _ => None,
        });
        let iterator = iterator.unwrap_or_else(|| kind.into());
        let collection = match block.body.attribute("for_each") {
            Some(attribute) => self.eval(&attribute.expr, scope),
            None => return,
        };
        let one = |key: Node, value: Node| {
            let map = Map::from([("key".into(), key), ("value".into(), value)]);
            let names = Names { name: &iterator, value: Node::map(map, block.header), outer: scope.names };
            self.body(&content.body, Scope { names: Some(&names), ..scope }, block.header)
        };
        let is_set = block
            .body
            .attribute("for_each")
            .and_then(|attribute| makes_set(&attribute.expr, &scope.instance.module, 8));
        if let Some(pairs) = elements(&collection, is_set) {
            if pairs.len() > super::MAX_INSTANCES {
                let subject = format!("dynamic {kind}");
                let (count, most) = (pairs.len(), super::MAX_INSTANCES);
                let message =
                    format!("{subject} makes {count} blocks, more than {most}; the rest of them is not judged");
                self.problem(&subject, message, block.header);
            }
            for (key, value) in pairs.into_iter().take(super::MAX_INSTANCES) {
                if !self.spend(1, block.header) {
                    return;
                }
                items.push(one(key, value));
            }
            return;
        }
        let unknown = unknown_of(&collection, "for_each of a dynamic block is not a collection");
        // A conditional collection gives known blocks for each of its outcomes.
        let outcomes = collection.as_unknown().map_or(&[][..], |unknown| &unknown.options);
        let mut samples = Vec::new();
        if !outcomes.is_empty() && outcomes.iter().all(|outcome| pairs(outcome).is_some()) {
            for outcome in outcomes {
                samples
                    .extend(elements(outcome, is_set).unwrap_or_default().into_iter().take(16).map(|(k, v)| one(k, v)));
            }
        } else {
            let value = |what: &str| {
                let cause = format!("{iterator}.{what} is not known: {}", unknown.cause);
                Node::unknown(Unknown::new(unknown.reason, cause), block.header)
            };
            samples.push(one(value("key"), value("value")));
        }
        unsure.get_or_insert_with(|| (unknown, Vec::new())).1.extend(samples);
    }

    /// The last touch of an attribute: documents become trees, the evaluator's own keys go.
    pub(super) fn finish(&self, node: Node) -> Node {
        match &node.value {
            Value::String(text) if text.starts_with(['{', '[', ' ', '\n', '\t', '\r']) => {
                document::parse(&node, self.sources).unwrap_or(node)
            }
            Value::Unknown(unknown) if unknown.parts.len() > 1 => document::parse(&node, self.sources).unwrap_or(node),
            Value::Unknown(unknown) if !unknown.options.is_empty() => {
                let options = unknown.options.iter().map(|option| self.finish(option.clone())).collect();
                let unknown = Unknown { options, ..(**unknown).clone() };
                Node { value: Value::Unknown(Arc::new(unknown)), ..node }
            }
            Value::List(items) if items.iter().any(needs_finish) => {
                let items = items.iter().map(|item| self.finish(item.clone())).collect();
                Node { value: Value::List(Arc::new(items)), ..node }
            }
            Value::Map(map) if map.contains_key(RESOURCE_KEY) || map.values().any(needs_finish) => {
                let own = map.iter().filter(|(key, _)| !key.starts_with('\u{0}'));
                let map = own.map(|(key, value)| (key.clone(), self.finish(value.clone()))).collect();
                Node { value: Value::Map(Arc::new(map)), ..node }
            }
            _ => node,
        }
    }
}

fn needs_finish(node: &Node) -> bool {
    match &node.value {
        Value::List(_) | Value::Map(_) => true,
        Value::String(text) => text.starts_with(['{', '[', ' ', '\n', '\t', '\r']),
        Value::Unknown(unknown) => unknown.parts.len() > 1 || !unknown.options.is_empty(),
        _ => false,
    }
}

fn is_block_meta(name: &str) -> bool {
    matches!(name, "lifecycle" | "provisioner" | "connection")
}

/// Names of attributes and nested blocks, the kinds that `dynamic` makes included; may repeat.
pub fn attribute_names(body: &Body) -> impl Iterator<Item = &Arc<str>> {
    let blocks = body
        .blocks
        .iter()
        .filter_map(|block| if &*block.kind == "dynamic" { block.label(0) } else { Some(&block.kind) });
    body.attributes.iter().map(|attribute| &attribute.name).chain(blocks)
}

#[expect(clippy::unreachable, reason = "an index always comes from the same module's own list")]
fn no_span() -> Span {
    unreachable!("a resource index without resources")
}

/// The unknown for a value that the provider decides.
pub(super) fn provider_decides(cause: &str, span: Span) -> Node {
    let unknown = Unknown { shape: Shape::Bool, nullable: false, ..Unknown::new(Reason::NoValue, cause) };
    Node::unknown(unknown, span)
}
