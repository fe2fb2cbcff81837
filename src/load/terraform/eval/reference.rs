//! Traversals: what a chain of attributes and indexes refers to.
//!
//! A reference is followed step by step without computing what it passes by: `aws_s3_bucket.b[0].id` computes one attribute
//! of one instance.

use std::rc::Rc;
use std::sync::Arc;

use super::super::ast::{Expr, ExprKind, Step};
use super::super::kinds;
use super::super::module::Mode;
use super::super::value::{Number, RESOURCE_KEY, derived, failed, to_number, to_text};
use super::{Each, Evaluator, Expansion, Form, Instance, Key, Scope};
use crate::model::{Collection, Node, Reason, Shape, Span, Unknown, Value};

/// What a reference stands for before it is a value.
enum Place {
    Value(Node),
    Resource(usize),
    ResourceInstance(usize, Key, Each),
    Module(usize),
    ModuleInstance(usize, Key, Each),
}

impl Evaluator<'_> {
    pub(super) fn traversal(&self, base: &Expr, steps: &[Step], scope: Scope<'_>, span: Span) -> Node {
        let ExprKind::Variable(root) = &base.kind else {
            return self.steps(Place::Value(self.eval(base, scope)), steps, scope, span);
        };
        if let Some(value) = scope.lookup(root) {
            return self.steps(Place::Value(value.clone()), steps, scope, span);
        }
        let name = |index: usize| match steps.get(index) {
            Some(Step::Attribute(name)) => Some(name),
            _ => None,
        };
        let instance = scope.instance;
        let (place, used) = match (&**root, name(0)) {
            ("var", Some(variable)) => (Place::Value(self.variable(instance, variable, span)), 1),
            ("local", Some(local)) => (Place::Value(self.local(instance, local, span)), 1),
            ("each", Some(part)) => {
                let value = if &**part == "key" { &scope.each.key } else { &scope.each.value };
                (Place::Value(value.clone().unwrap_or_else(|| failed("each is not set here", span))), 1)
            }
            ("count", Some(_)) => {
                let value = scope.each.index.clone();
                (Place::Value(value.unwrap_or_else(|| failed("count is not set here", span))), 1)
            }
            ("path", Some(part)) => {
                let dir = match &**part {
                    "module" => instance.module.dir.clone(),
                    "root" => instance.root_dir(),
                    _ => "".into(),
                };
                let dir = if dir.is_empty() { ".".into() } else { dir };
                (Place::Value(Node::string(dir, span)), 1)
            }
            ("terraform" | "tofu", Some(part)) if &**part == "workspace" => {
                let value = match &self.inputs.workspace {
                    Some(workspace) => Node::string(workspace.as_str(), span),
                    None => Node::unknown(
                        Unknown {
                            shape: Shape::String,
                            nullable: false,
                            ..Unknown::new(Reason::Workspace, "terraform.workspace is not given (--workspace)")
                        },
                        span,
                    ),
                };
                (Place::Value(value), 1)
            }
            ("terraform" | "tofu", Some(part)) if &**part == "applying" => {
                let unknown = Unknown::new(Reason::Computed, "terraform.applying differs between plan and apply");
                let unknown = Unknown { shape: Shape::Bool, nullable: false, ..unknown };
                (Place::Value(Node::unknown(unknown, span)), 1)
            }
            ("module", Some(call)) => match instance.module.call(call) {
                Some(index) => (Place::Module(index), 1),
                None => return failed(format!("module.{call} is not declared"), span),
            },
            ("data", Some(kind)) => return self.resource(Mode::Data, kind, name(1), steps, 2, scope, span),
            ("ephemeral", Some(kind)) => return self.resource(Mode::Ephemeral, kind, name(1), steps, 2, scope, span),
            ("self", _) => {
                let unknown = Unknown::new(Reason::Computed, "self is known after apply");
                return Node::unknown(unknown, span);
            }
            // `resource.aws_vpc.main` is the long form of `aws_vpc.main`.
            ("resource", Some(kind)) => return self.resource(Mode::Managed, kind, name(1), steps, 2, scope, span),
            (kind, resource) => return self.resource(Mode::Managed, kind, resource, steps, 1, scope, span),
        };
        self.steps(place, steps.get(used..).unwrap_or(&[]), scope, span)
    }

    #[expect(clippy::too_many_arguments, reason = "one call site per mode")]
    fn resource(
        &self,
        mode: Mode,
        kind: &str,
        name: Option<&Arc<str>>,
        steps: &[Step],
        used: usize,
        scope: Scope<'_>,
        span: Span,
    ) -> Node {
        let Some(name) = name else { return failed(format!("{kind} is not declared"), span) };
        match scope.instance.module.declaration(mode, kind, name) {
            Some(index) => self.steps(Place::Resource(index), steps.get(used..).unwrap_or(&[]), scope, span),
            None => failed(format!("{kind}.{name} is not declared"), span),
        }
    }

    fn steps(&self, mut place: Place, steps: &[Step], scope: Scope<'_>, span: Span) -> Node {
        // Inside an attribute of a resource, what the configuration does not say is for the provider to fill in.
        let mut in_resource = false;
        for (index, step) in steps.iter().enumerate() {
            let was_value = matches!(place, Place::Value(_));
            let rest = steps.get(index + 1..).unwrap_or(&[]);
            place = match step {
                Step::Attribute(name) => self.attribute_step(place, name, scope, span),
                Step::Index(expr) => {
                    let key = self.eval(expr, scope);
                    self.index_step(place, &key, scope, span)
                }
                Step::FullSplat => return self.splat(place, rest, scope, span),
                Step::AttributeSplat => {
                    // Only the attributes right after `.*` belong to each element.
                    let own = rest.iter().take_while(|step| matches!(step, Step::Attribute(_))).count();
                    let list = self.splat(place, rest.get(..own).unwrap_or(&[]), scope, span);
                    return self.steps(Place::Value(list), rest.get(own..).unwrap_or(&[]), scope, span);
                }
            };
            if let Place::Value(node) = &place
                && node.as_unknown().is_some_and(|unknown| unknown.reason == Reason::Failed)
            {
                if in_resource {
                    return Node::unknown(Unknown::new(Reason::Computed, "the provider decides it"), span);
                }
                return node.clone();
            }
            in_resource |= !was_value && matches!(place, Place::Value(_));
        }
        self.value_of(place, scope.instance, span)
    }

    fn attribute_step(&self, place: Place, name: &Arc<str>, scope: Scope<'_>, span: Span) -> Place {
        let instance = scope.instance;
        // `.0` is the old way to write `[0]`.
        if !matches!(place, Place::Value(_)) && name.starts_with(|c: char| c.is_ascii_digit()) {
            return self.index_step(place, &Node::new(Value::Number(name.clone()), span), scope, span);
        }
        match place {
            Place::Value(node) => {
                // A resource that came as a value (`each.value` over another resource) is referred to all the same.
                if let Some(address) = node.as_map().and_then(|map| map.get(RESOURCE_KEY)).and_then(Node::as_str) {
                    self.references.borrow_mut().push(address.into());
                }
                Place::Value(member(&node, name, span))
            }
            Place::Resource(index) => {
                let Some(declaration) = instance.module.resources.get(index) else {
                    return Place::Value(failed("not declared", span));
                };
                let expansion = self.expansion(instance, false, index, &declaration.block);
                match (expansion.form, expansion.items.as_slice()) {
                    (Form::Single, [(key, each)]) => {
                        Place::Value(self.resource_attribute(instance, index, key, each, name, span))
                    }
                    (Form::ForEach, _) => select(&expansion, Some(&Key::Name(name.clone()))).map_or_else(
                        || Place::Value(failed(format!("there is no instance {name}"), span)),
                        |(key, each)| Place::ResourceInstance(index, key, each),
                    ),
                    _ => Place::Value(failed("an instance must be chosen with an index", span)),
                }
            }
            Place::ResourceInstance(index, key, each) => {
                Place::Value(self.resource_attribute(instance, index, &key, &each, name, span))
            }
            Place::Module(index) => {
                let Some(call) = instance.module.calls.get(index) else {
                    return Place::Value(failed("not declared", span));
                };
                let expansion = self.expansion(instance, true, index, &call.block);
                match (expansion.form, expansion.items.as_slice()) {
                    (Form::Single, [(key, each)]) => {
                        Place::Value(self.module_output(instance, index, key, each, name, span))
                    }
                    (Form::ForEach, _) => select(&expansion, Some(&Key::Name(name.clone()))).map_or_else(
                        || Place::Value(failed(format!("there is no instance {name}"), span)),
                        |(key, each)| Place::ModuleInstance(index, key, each),
                    ),
                    _ => Place::Value(failed("an instance must be chosen with an index", span)),
                }
            }
            Place::ModuleInstance(index, key, each) => {
                Place::Value(self.module_output(instance, index, &key, &each, name, span))
            }
        }
    }

    fn index_step(&self, place: Place, key: &Node, scope: Scope<'_>, span: Span) -> Place {
        let instance = scope.instance;
        let (block, is_call, index) = match &place {
            Place::Value(node) => return Place::Value(element(node, key, span)),
            Place::Resource(index) => (instance.module.resources.get(*index).map(|d| &d.block), false, *index),
            Place::Module(index) => (instance.module.calls.get(*index).map(|c| &c.block), true, *index),
            Place::ResourceInstance(..) | Place::ModuleInstance(..) => {
                let Some(name) = to_text(key) else { return Place::Value(failed("an index is not a name", span)) };
                return self.attribute_step(place, &name, scope, span);
            }
        };
        let Some(block) = block else { return Place::Value(failed("not declared", span)) };
        let expansion = self.expansion(instance, is_call, index, block);
        let wanted = match (expansion.form, to_number(key).and_then(Number::index), to_text(key)) {
            (Form::Count, Some(number), _) => Some(Key::Index(number)),
            (Form::ForEach, _, Some(name)) => Some(Key::Name(name)),
            // Old code indexes single resources with 0.
            (Form::Single, Some(0), _) => Some(Key::None),
            _ => None,
        };
        if wanted.is_none()
            && let Some(unknown) = key.as_unknown()
        {
            let unknown = Unknown::new(unknown.reason, unknown.cause.clone());
            return Place::Value(Node::unknown(unknown, span));
        }
        match select(&expansion, wanted.as_ref()) {
            Some((key, each)) if is_call => Place::ModuleInstance(index, key, each),
            Some((key, each)) => Place::ResourceInstance(index, key, each),
            None => Place::Value(failed("there is no such instance", span)),
        }
    }

    fn splat(&self, place: Place, rest: &[Step], scope: Scope<'_>, span: Span) -> Node {
        let instance = scope.instance;
        let (index, is_call, block) = match &place {
            Place::Value(node) => {
                return match &node.value {
                    Value::Null => Node::list(Vec::new(), span),
                    Value::Unknown(unknown) => derived(unknown, Shape::List, span),
                    Value::List(items) => {
                        let each = |item: &Node| self.steps(Place::Value(item.clone()), rest, scope, span);
                        let items = items.iter().map(each).collect();
                        if node.marks.collection == Collection::Free {
                            Node::list(items, span)
                        } else {
                            kinds::list(items, span)
                        }
                    }
                    _ => Node::list(vec![self.steps(Place::Value(node.clone()), rest, scope, span)], span),
                };
            }
            Place::Resource(index) => (*index, false, instance.module.resources.get(*index).map(|d| &d.block)),
            Place::Module(index) => (*index, true, instance.module.calls.get(*index).map(|c| &c.block)),
            Place::ResourceInstance(..) | Place::ModuleInstance(..) => {
                return Node::list(vec![self.steps(place, rest, scope, span)], span);
            }
        };
        let Some(block) = block else { return failed("not declared", span) };
        let expansion = self.expansion(instance, is_call, index, block);
        if let Some(unknown) = &expansion.unknown {
            if let Some((key, each)) = expansion.items.first() {
                // Evaluated once all the same, so that references are seen.
                let _ = self.instance_steps(is_call, index, key, each, rest, scope, span);
            }
            return derived(unknown, Shape::List, span);
        }
        let items = expansion.items.iter();
        Node::list(
            items.map(|(key, each)| self.instance_steps(is_call, index, key, each, rest, scope, span)).collect(),
            span,
        )
    }

    #[expect(clippy::too_many_arguments, reason = "the two kinds of instances differ only in their place")]
    fn instance_steps(
        &self,
        is_call: bool,
        index: usize,
        key: &Key,
        each: &Each,
        rest: &[Step],
        scope: Scope<'_>,
        span: Span,
    ) -> Node {
        let place = if is_call {
            Place::ModuleInstance(index, key.clone(), each.clone())
        } else {
            Place::ResourceInstance(index, key.clone(), each.clone())
        };
        self.steps(place, rest, scope, span)
    }

    /// A whole resource or module taken as a value.
    fn value_of(&self, place: Place, instance: &Rc<Instance>, span: Span) -> Node {
        match place {
            Place::Value(node) => node,
            Place::ResourceInstance(index, key, each) => self.whole_resource(instance, index, &key, &each, span),
            Place::Resource(index) => {
                let Some(declaration) = instance.module.resources.get(index) else {
                    return failed("not declared", span);
                };
                let expansion = self.expansion(instance, false, index, &declaration.block);
                collect(&expansion, span, |key, each| self.whole_resource(instance, index, key, each, span))
            }
            Place::ModuleInstance(index, key, each) => self.whole_module(instance, index, &key, &each, span),
            Place::Module(index) => {
                let Some(call) = instance.module.calls.get(index) else { return failed("not declared", span) };
                let expansion = self.expansion(instance, true, index, &call.block);
                collect(&expansion, span, |key, each| self.whole_module(instance, index, key, each, span))
            }
        }
    }
}

/// `node.name`.
fn member(node: &Node, name: &str, span: Span) -> Node {
    match &node.value {
        Value::Map(map) => match map.get(name) {
            Some(value) => value.clone(),
            None => match map.get(RESOURCE_KEY).and_then(Node::as_str) {
                Some(address) => {
                    let cause = format!("{address}.{name} is known after apply");
                    Node::unknown(Unknown::new(Reason::Computed, cause), span)
                }
                None => failed(format!("there is no attribute {name}"), span),
            },
        },
        Value::List(_) => match name.parse::<usize>() {
            Ok(_) => element(node, &Node::new(Value::Number(name.into()), span), span),
            Err(_) => failed(format!("a list has no attribute {name}"), span),
        },
        Value::Unknown(unknown) if unknown.options.is_empty() => {
            let cause = unknown.cause.clone();
            Node { marks: node.marks, ..Node::unknown(Unknown::new(unknown.reason, cause), span) }
        }
        Value::Unknown(unknown) => {
            let options: Vec<Node> = unknown.options.iter().map(|option| member(option, name, span)).collect();
            if options.iter().all(super::super::value::is_failed) {
                return failed(format!("there is no attribute {name}"), span);
            }
            let nullable = options.iter().any(|o| o.is_null() || o.as_unknown().is_some_and(|u| u.nullable));
            let clean = !options.iter().any(|option| option.as_unknown().is_some());
            let unknown = Unknown {
                nullable,
                options: if clean { options } else { Vec::new() },
                ..Unknown::new(unknown.reason, unknown.cause.clone())
            };
            Node::unknown(unknown, span)
        }
        Value::Null => failed(format!("what should have the attribute {name} is null"), span),
        _ => failed(format!("there is no attribute {name}"), span),
    }
}

/// `node[key]`.
fn element(node: &Node, key: &Node, span: Span) -> Node {
    if let Some(unknown) = key.as_unknown().or(node.as_unknown()) {
        return Node::unknown(Unknown::new(unknown.reason, unknown.cause.clone()), span);
    }
    match &node.value {
        Value::List(_) if kinds::is_set(node) => failed("a set has no positions", span),
        Value::Map(_) => match to_text(key) {
            Some(name) => member(node, &name, span),
            None => failed("an index is not a name", span),
        },
        Value::List(items) => {
            let found = to_number(key).and_then(Number::index).and_then(|index| items.get(index));
            found.cloned().unwrap_or_else(|| failed("the list is not that long", span))
        }
        _ => failed("only lists and maps have elements", span),
    }
}

/// The instance behind a key; when the instances are not known, the one that stands for all.
fn select(expansion: &Expansion, key: Option<&Key>) -> Option<(Key, Each)> {
    if expansion.unknown.is_some() {
        return expansion.items.first().cloned();
    }
    expansion.items.iter().find(|(own, _)| Some(own) == key).cloned()
}

fn collect(expansion: &Expansion, span: Span, value: impl Fn(&Key, &Each) -> Node) -> Node {
    if let Some(unknown) = &expansion.unknown
        && expansion.form != Form::Single
    {
        let shape = if expansion.form == Form::Count { Shape::List } else { Shape::Map };
        return derived(unknown, shape, span);
    }
    match expansion.form {
        Form::Single => expansion.items.first().map_or_else(|| failed("no instance", span), |(k, e)| value(k, e)),
        Form::Count => Node::list(expansion.items.iter().map(|(key, each)| value(key, each)).collect(), span),
        Form::ForEach => {
            let entry = |(key, each): &(Key, Each)| match key {
                Key::Name(name) => Some((name.clone(), value(key, each))),
                _ => None,
            };
            Node::map(expansion.items.iter().filter_map(entry).collect(), span)
        }
    }
}
