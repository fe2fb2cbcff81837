//! The source that a plan was made from: which directory it is, what it makes with the plan's variables, and where things
//! that evaluation does not reach are declared.
//!
//! It does not know planned values.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::super::ast::Body;
use super::super::eval::{self, Evaluator};
use super::super::files::Files;
use super::super::module::{CallSource, Mode, Module, join_path};
use super::super::records::Record;
use super::super::sources::Fetched;
use super::super::variables::{self, Inputs};
use super::super::{Modules, automatic_files};
use super::address::{split_modules, static_path};
use super::overlay::{self, Source};
use crate::load::{Context, read_source};
use crate::model::{Map, Node, Problem, Reason, Resource, Span, Stage, Unknown, Value};

/// What a root module has to declare to be the one that a plan was made from.
#[derive(Debug, Default)]
pub struct Fingerprint {
    /// Mode, type and name.
    pub resources: Vec<(String, String, String)>,
    pub calls: Vec<String>,
}

impl Fingerprint {
    /// From `configuration.root_module`.
    pub fn new(root: &Node) -> Self {
        let mut out = Self::default();
        for resource in root.key("resources").and_then(Node::as_list).unwrap_or(&[]) {
            let text = |key: &str| resource.key(key).and_then(Node::as_str).unwrap_or_default().to_owned();
            out.resources.push((text("mode"), text("type"), text("name")));
        }
        let calls = root.key("module_calls").and_then(Node::as_map);
        out.calls.extend(calls.into_iter().flatten().map(|(name, _)| name.to_string()));
        out
    }

    fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.calls.is_empty()
    }

    /// The first thing that a module does not declare.
    fn missing(&self, module: &Module) -> Option<String> {
        let resource = self.resources.iter().find(|(mode, kind, name)| {
            let mode = match mode.as_str() {
                "data" => Mode::Data,
                "ephemeral" => Mode::Ephemeral,
                _ => Mode::Managed,
            };
            module.declaration(mode, kind, name).is_none()
        });
        let call = || self.calls.iter().find(|name| module.call(name).is_none()).map(|name| format!("module.{name}"));
        resource.map(|(_, kind, name)| format!("{kind}.{name}")).or_else(call)
    }
}

/// The directory of a plan's root module: the one that was asked for, or else the nearest of the plan's own directory and those
/// above it that declares everything the plan's root has.
pub fn locate(
    record: &Record,
    fingerprint: &Fingerprint,
    modules: &Modules<'_>,
    context: &Context<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Arc<str>> {
    if let Some(dir) = &context.terraform.source {
        let Some(module) = modules.get(dir) else {
            let message =
                format!("--source {dir} holds no Terraform files that may be read; give the root module's directory");
            problems.push(record.problem(message));
            return None;
        };
        if let Some(missing) = fingerprint.missing(&module) {
            let message = format!(
                "{missing} of {} is not declared in {}; the source may be older than the plan, so places may be missing",
                record.path,
                if dir.is_empty() { "." } else { dir }
            );
            problems.push(record.problem(message).notice());
        }
        return Some(dir.as_str().into());
    }
    if fingerprint.is_empty() {
        return None;
    }
    let mut dir = record.dir().to_owned();
    for _ in 0..64 {
        if modules.get(&dir).is_some_and(|module| fingerprint.missing(&module).is_none()) {
            return Some(dir.into());
        }
        let above = join_path(&dir, "..")?;
        let inside = |dir: &str| {
            let root = context.root.canonicalize().ok()?;
            Some(context.reader.canonicalize(&context.base.join(dir)).ok()?.starts_with(root))
        };
        if inside(&above) != Some(true) {
            return None;
        }
        dir = above;
    }
    None
}

/// A root module as evaluated with a plan's variables.
#[derive(Debug)]
pub struct Evaluated<'m> {
    root: Arc<Module>,
    modules: &'m Modules<'m>,
    resources: Vec<Resource>,
    by_address: HashMap<Arc<str>, usize>,
    /// Without keys, for instances that evaluation did not find.
    by_declaration: HashMap<String, usize>,
}

/// What the source has for one planned instance.
#[derive(Debug)]
pub enum Match<'e> {
    /// The same instance.
    Instance(&'e Resource),
    /// The declaration of it: attributes and blocks, their values not known.
    Declared {
        config: Node,
        body: Span,
        calls: Vec<Span>,
    },
    /// A module call whose module is not here.
    Call {
        header: Span,
        body: Span,
        calls: Vec<Span>,
    },
    Nothing,
}

impl<'m> Evaluated<'m> {
    pub fn new(
        root: Arc<Module>,
        modules: &'m Modules<'m>,
        values: Option<&Node>,
        context: &Context<'_>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let inputs = inputs(&root, values, context, problems);
        let files = Files::new(context);
        let evaluator = Evaluator::new(modules, &files, context.sources, &inputs);
        let instance = evaluator.root(&root);
        let resources = eval::materialise(&evaluator, &instance);
        // The plan has the values: what could not be evaluated leaves nothing unjudged.
        problems.extend(evaluator.take_problems().into_iter().map(Problem::notice));
        let mut by_address = HashMap::new();
        let mut by_declaration = HashMap::new();
        for (index, resource) in resources.iter().enumerate() {
            by_address.insert(resource.address.clone(), index);
            let place = by_declaration.entry(declaration_key(&resource.address)).or_insert(index);
            // The instance that stands for all of an unknown number fits every one of them.
            if resource.address.contains("[*]") {
                *place = index;
            }
        }
        Self { root, modules, resources, by_address, by_declaration }
    }

    /// Provider blocks and variables, which no plan has but which are judged with the source.
    pub fn declarations(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(|resource| resource.is_declaration())
    }

    pub fn find(&self, address: &str) -> Match<'_> {
        let exact = self.by_address.get(address).or_else(|| {
            // Terraform escapes `${` in keys.
            if address.contains("$${") { self.by_address.get(&*address.replace("$${", "${")) } else { None }
        });
        let template =
            || self.by_declaration.get(&declaration_key(address)).filter(|index| self.stands_for_all(**index));
        if let Some(resource) = exact.or_else(template).and_then(|index| self.resources.get(*index)) {
            return Match::Instance(resource);
        }
        self.declared(address)
    }

    fn stands_for_all(&self, index: usize) -> bool {
        self.resources.get(index).is_some_and(|resource| resource.address.contains("[*]"))
    }

    fn declared(&self, address: &str) -> Match<'_> {
        let (path, rest) = split_modules(address);
        let mut module = self.root.clone();
        let mut calls = Vec::new();
        for (name, _) in &path {
            let Some(call) = module.call(name).and_then(|index| module.calls.get(index)) else { return Match::Nothing };
            let inner = match &call.source {
                CallSource::Local(dir) => self.modules.get(dir),
                _ => None,
            };
            let Some(inner) = inner else {
                return Match::Call { header: call.block.header, body: call.block.span, calls };
            };
            calls.push(call.block.header);
            module = inner;
        }
        let [kind, name, ..] = rest.as_slice() else { return Match::Nothing };
        let index = module.declaration(Mode::Managed, kind.name, name.name);
        match index.and_then(|index| module.resources.get(index)) {
            Some(declaration) => {
                let block = &declaration.block;
                let config = skeleton(&block.body, block.header);
                Match::Declared { config, body: block.span, calls }
            }
            None => Match::Nothing,
        }
    }
}

/// Module calls, type and name of an address, without instance keys.
pub fn declaration_key(address: &str) -> String {
    let (path, rest) = split_modules(address);
    let names: Vec<&str> = rest.iter().map(|segment| segment.name).collect();
    format!("{}:{}", static_path(&path), names.join("."))
}

/// What a body sets and where, without any value.
fn skeleton(body: &Body, header: Span) -> Node {
    let somehow = |span: Span| Node::unknown(Unknown::new(Reason::Computed, "the plan does not say"), span);
    let mut map = Map::new();
    for attribute in &body.attributes {
        if !eval::is_meta(&attribute.name) {
            map.insert(attribute.name.clone(), somehow(attribute.span));
        }
    }
    let mut blocks: BTreeMap<Arc<str>, Vec<Node>> = BTreeMap::new();
    let mut dynamic: BTreeMap<Arc<str>, Node> = BTreeMap::new();
    for block in &body.blocks {
        if &*block.kind == "dynamic" {
            if let (Some(kind), Some(content)) = (block.label(0), block.body.blocks("content").next()) {
                let sample = Node::list(vec![skeleton(&content.body, block.header)], block.header);
                let unknown =
                    Unknown { options: vec![sample], ..Unknown::new(Reason::Computed, "the plan does not say") };
                dynamic.insert(kind.clone(), Node::unknown(unknown, block.header));
            }
        } else if !eval::is_meta(&block.kind) {
            blocks.entry(block.kind.clone()).or_default().push(skeleton(&block.body, block.header));
        }
    }
    for (kind, items) in blocks {
        let place = items.first().map_or(header, |item| item.via);
        map.insert(kind, Node::list(items, place));
    }
    map.extend(dynamic);
    Node::map(map, header)
}

/// The plan's variables; places are those of the variable files and defaults where these say the same.
fn inputs(module: &Module, values: Option<&Node>, context: &Context<'_>, problems: &mut Vec<Problem>) -> Inputs {
    let mut written = Inputs::new(context.terraform.workspace.clone());
    for path in automatic_files(&module.dir, context) {
        match read_source(context, &path) {
            Ok(file) => written.add_file(context.sources, file, problems),
            Err(problem) => problems.push(problem),
        }
    }
    let mut out = Inputs::new(context.terraform.workspace.clone());
    out.fetched = Fetched::read(&module.dir, context, problems);
    out.modules.clone_from(&context.terraform.modules);
    for (name, entry) in values.and_then(Node::as_map).into_iter().flatten() {
        let Some(value) = entry.key("value") else { continue };
        let default = module.variables.get(name).and_then(|block| block.body.attribute("default"));
        let default = default.map(|attribute| (variables::constant(&attribute.expr), attribute.span));
        // Left to the default, so that the value is known to come from there.
        if written.get(name).is_none() && default.as_ref().is_some_and(|(own, _)| overlay::agrees(value, own)) {
            continue;
        }
        let node = match (written.get(name), default) {
            // A secret given from outside stays unknown, as it is in source.
            (own, _) if entry.marks.sensitive && !own.is_some_and(|own| overlay::agrees(value, own)) => continue,
            (Some(own), _) => overlay::overlay(value, Source::Node(own)),
            (None, Some((default, span))) if !matches!(default.value, Value::Unknown(_)) && alike(value, &default) => {
                Node { via: span, origin: span, ..overlay::overlay(value, Source::Node(&default)) }
            }
            (None, _) => value.clone(),
        };
        out.add(name.clone(), node);
    }
    out
}

/// True when a value is the default, completed by the optional attributes of its type.
fn alike(value: &Node, default: &Node) -> bool {
    match (&value.value, &default.value) {
        (Value::Map(map), Value::Map(own)) => own.iter().all(|(key, own)| map.get(key).is_some_and(|v| alike(v, own))),
        (Value::List(items), Value::List(own)) => {
            items.len() == own.len() && items.iter().zip(own.iter()).all(|(item, own)| alike(item, own))
        }
        _ => overlay::agrees(value, default),
    }
}

/// A problem with one thing in a record.
pub fn at(record: &Record, node: &Node, message: impl Into<String>) -> Problem {
    Problem::new(Stage::Load, &*record.path, message).at(node.via)
}
