//! Evaluation of a root module and everything it calls, on demand.
//!
//! Every symbol of every module instance is a cell that is computed when first asked for and kept. A cell asked for while it
//! is being computed is a cycle: unknown, and a problem. It never fails: what cannot be known is `Unknown` with a reason.
//! It does not read files itself and does not know policies.

mod expr;
mod iam;
mod provider;
mod reference;
mod resource;

use std::cell::{Cell as StdCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::ast::{Block, Expr};
use super::files::Files;
use super::module::{CallSource, Module};
use super::types::{self, Type};
use super::value::{equal, failed};
use super::{Inputs, Modules};
use crate::model::{Marks, Node, Problem, Reason, Shape, SourceMap, Span, Stage, Unknown, Value};

pub use resource::materialise;

/// More instances than this of one block are a problem, not a result.
const MAX_INSTANCES: usize = 10_000;
/// Symbols that need each other in a longer chain than this are not followed.
const MAX_DEPTH: usize = 250;
const MAX_MODULE_DEPTH: usize = 50;

pub struct Evaluator<'a> {
    pub modules: &'a Modules,
    pub files: &'a Files<'a>,
    pub sources: &'a SourceMap,
    pub inputs: &'a Inputs,
    root: RefCell<Option<Rc<Instance>>>,
    problems: RefCell<Vec<Problem>>,
    /// Addresses referred to since the innermost cell began.
    references: RefCell<Vec<Arc<str>>>,
    depth: StdCell<usize>,
}

/// One instance of a module: a directory with the arguments of one call.
pub struct Instance {
    pub module: Arc<Module>,
    /// `module.a["x"].module.b`; empty for the root.
    pub path: String,
    /// The instance that calls this one, and the index of its call.
    pub parent: Option<(Rc<Instance>, usize)>,
    pub each: Each,
    pub depth: usize,
    /// Why it is not certain that this instance exists.
    pub uncertain: Option<Arc<str>>,
    cells: RefCell<HashMap<Symbol, Cell>>,
    expansions: RefCell<HashMap<(bool, usize), Rc<Expansion>>>,
    children: RefCell<HashMap<(usize, Key), Rc<Instance>>>,
}

/// `each` and `count` of one instance of a block.
#[derive(Clone, Debug, Default)]
pub struct Each {
    pub key: Option<Node>,
    pub value: Option<Node>,
    pub index: Option<Node>,
}

/// Which instance of a block with `count` or `for_each`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    None,
    Index(usize),
    Name(Arc<str>),
    /// The one instance that stands for all when `count` or `for_each` is not known.
    Unknown,
}

impl Key {
    /// `[0]`, `["eu"]`, nothing.
    pub fn suffix(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Index(index) => format!("[{index}]"),
            Self::Name(name) => format!("[{}]", serde_json::Value::from(&**name)),
            Self::Unknown => "[*]".to_owned(),
        }
    }
}

/// What `count` or `for_each` makes of a block.
#[derive(Debug)]
pub struct Expansion {
    pub form: Form,
    pub items: Vec<(Key, Each)>,
    /// Set when `count` or `for_each` is not known; then there is one item with [`Key::Unknown`].
    pub unknown: Option<Arc<Unknown>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Single,
    Count,
    ForEach,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Symbol {
    Variable(Arc<str>),
    Local(Arc<str>),
    Output(Arc<str>),
    Attribute(usize, Key, Arc<str>),
}

enum Cell {
    Busy,
    Done(Node, Rc<[Arc<str>]>),
}

/// Where an expression stands: its module instance and the names around it.
#[derive(Clone, Copy)]
pub struct Scope<'s> {
    pub instance: &'s Rc<Instance>,
    pub each: &'s Each,
    pub names: Option<&'s Names<'s>>,
}

/// Names bound by `for` expressions, `dynamic` iterators and template variables.
pub struct Names<'s> {
    pub name: &'s str,
    pub value: Node,
    pub outer: Option<&'s Names<'s>>,
}

impl Scope<'_> {
    fn lookup(&self, name: &str) -> Option<&Node> {
        let mut frame = self.names;
        while let Some(names) = frame {
            if names.name == name {
                return Some(&names.value);
            }
            frame = names.outer;
        }
        None
    }
}

impl<'a> Evaluator<'a> {
    pub fn new(modules: &'a Modules, files: &'a Files<'a>, sources: &'a SourceMap, inputs: &'a Inputs) -> Self {
        Self {
            modules,
            files,
            sources,
            inputs,
            root: RefCell::new(None),
            problems: RefCell::default(),
            references: RefCell::default(),
            depth: StdCell::new(0),
        }
    }

    pub fn root(&self, module: &Arc<Module>) -> Rc<Instance> {
        let instance = Rc::new(Instance::new(module.clone(), String::new(), None, Each::default(), None));
        *self.root.borrow_mut() = Some(instance.clone());
        instance
    }

    pub fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    fn problem(&self, subject: &str, message: impl Into<String>, span: Span) {
        self.problems.borrow_mut().push(Problem::new(Stage::Load, subject, message).at(span));
    }

    /// Runs `compute` and returns, beside its result, the addresses it referred to. The caller's own list gets them too.
    fn tracing<T>(&self, compute: impl FnOnce() -> T) -> (T, Rc<[Arc<str>]>) {
        let outer = std::mem::take(&mut *self.references.borrow_mut());
        let value = compute();
        let mut inner = std::mem::replace(&mut *self.references.borrow_mut(), outer);
        inner.sort();
        inner.dedup();
        self.references.borrow_mut().extend(inner.iter().cloned());
        (value, inner.into())
    }

    fn cell(
        &self,
        instance: &Instance,
        symbol: Symbol,
        name: &dyn Fn() -> String,
        span: Span,
        compute: impl FnOnce() -> Node,
    ) -> Node {
        if let Some(cell) = instance.cells.borrow().get(&symbol) {
            match cell {
                Cell::Done(node, references) => {
                    self.references.borrow_mut().extend(references.iter().cloned());
                    return node.clone();
                }
                Cell::Busy => {
                    let message = format!("{} refers to itself; break the cycle", name());
                    self.problem(&name(), message, span);
                    return failed(format!("{} refers to itself", name()), span);
                }
            }
        }
        if self.depth.get() >= MAX_DEPTH {
            let message = format!("the chain of references to {} is longer than {MAX_DEPTH}; shorten it", name());
            self.problem(&name(), message, span);
            return failed("chain of references too long", span);
        }
        instance.cells.borrow_mut().insert(symbol.clone(), Cell::Busy);
        self.depth.set(self.depth.get() + 1);
        let (node, references) = self.tracing(compute);
        self.depth.set(self.depth.get() - 1);
        instance.cells.borrow_mut().insert(symbol, Cell::Done(node.clone(), references));
        node
    }

    fn variable(&self, instance: &Rc<Instance>, name: &Arc<str>, span: Span) -> Node {
        let Some(block) = instance.module.variables.get(name) else {
            return failed(format!("var.{name} is not declared"), span);
        };
        let label = || format!("{}var.{name}", instance.prefix());
        self.cell(instance, Symbol::Variable(name.clone()), &label, span, || {
            self.compute_variable(instance, name, block)
        })
    }

    fn compute_variable(&self, instance: &Rc<Instance>, name: &Arc<str>, block: &Block) -> Node {
        let declared = block.body.attribute("type").map_or(Type::Any, |attribute| types::parse(&attribute.expr));
        let flag = |attribute: &str| block.body.attribute(attribute).map(|a| self.constant(&a.expr, instance));
        let sensitive = flag("sensitive").and_then(|node| node.as_bool()).unwrap_or(false);
        let nullable = flag("nullable").and_then(|node| node.as_bool()).unwrap_or(true);
        let default = block.body.attribute("default");
        let given = match &instance.parent {
            None => self.inputs.get(name).cloned(),
            Some((parent, call)) => parent.module.calls.get(*call).and_then(|call| {
                let attribute = call.block.body.attribute(name)?;
                let scope = Scope { instance: parent, each: &instance.each, names: None };
                let mut node = self.eval(&attribute.expr, scope);
                if node.origin == attribute.expr.span {
                    node.origin = attribute.span;
                }
                Some(node)
            }),
        };
        // Null stands for "use the default" where null is not allowed.
        let given = given.filter(|node| !(node.is_null() && !nullable && default.is_some()));
        let mut node = match (given, default) {
            (Some(node), _) => node,
            (None, Some(attribute)) => {
                let mut node = self.constant(&attribute.expr, instance).at(attribute.span);
                node.origin = attribute.span;
                node.marks.defaulted = true;
                node
            }
            (None, None) => {
                let cause = format!("{}var.{name} has no value", instance.prefix());
                let mut unknown = Unknown::new(Reason::NoValue, cause);
                unknown.nullable = nullable;
                Node::unknown(unknown, block.header)
            }
        };
        node = types::convert(&node, &declared, self, instance);
        node.marks = node.marks.union(Marks { sensitive, defaulted: false });
        node
    }

    fn local(&self, instance: &Rc<Instance>, name: &Arc<str>, span: Span) -> Node {
        let Some(attribute) = instance.module.locals.get(name) else {
            return failed(format!("local.{name} is not declared"), span);
        };
        let label = || format!("{}local.{name}", instance.prefix());
        self.cell(instance, Symbol::Local(name.clone()), &label, span, || {
            let mut node = self.eval(&attribute.expr, Scope { instance, each: &instance.each, names: None });
            if node.origin == attribute.expr.span {
                node.origin = attribute.span;
            }
            node
        })
    }

    fn output(&self, instance: &Rc<Instance>, name: &Arc<str>, span: Span) -> Node {
        let Some(attribute) = instance.module.outputs.get(name).and_then(|block| block.body.attribute("value")) else {
            return failed(format!("{} has no output {name}", instance.path), span);
        };
        let label = || format!("{}output.{name}", instance.prefix());
        self.cell(instance, Symbol::Output(name.clone()), &label, span, || {
            self.eval(&attribute.expr, Scope { instance, each: &instance.each, names: None })
        })
    }

    /// An expression that may not refer to anything but functions: defaults, flags.
    pub fn constant(&self, expr: &Expr, instance: &Rc<Instance>) -> Node {
        self.eval(expr, Scope { instance, each: &instance.each, names: None })
    }

    /// The instances of a resource (`is_call` false) or module call of this module instance.
    fn expansion(&self, instance: &Rc<Instance>, is_call: bool, index: usize, block: &Block) -> Rc<Expansion> {
        if let Some(expansion) = instance.expansions.borrow().get(&(is_call, index)) {
            return expansion.clone();
        }
        // Asking for the expansion while computing it is a cycle; until it is done it counts as unknown.
        let unknown = Unknown::new(Reason::Failed, "count or for_each refers to its own block");
        let busy = Rc::new(Expansion::unknown(Form::Single, Arc::new(unknown), block.header));
        instance.expansions.borrow_mut().insert((is_call, index), busy);
        let expansion = Rc::new(self.compute_expansion(instance, block));
        instance.expansions.borrow_mut().insert((is_call, index), expansion.clone());
        expansion
    }

    fn compute_expansion(&self, instance: &Rc<Instance>, block: &Block) -> Expansion {
        let scope = Scope { instance, each: &Each::default(), names: None };
        if let Some(attribute) = block.body.attribute("count") {
            let node = self.eval(&attribute.expr, scope);
            return match super::value::to_number(&node).and_then(super::value::Number::index) {
                Some(count) if count > MAX_INSTANCES => {
                    self.too_many(block, count, attribute.span);
                    Expansion::unknown(Form::Count, unknown_of(&node, "count is too large"), attribute.span)
                }
                Some(count) => {
                    let item = |index: usize| {
                        let number = Node::new(Value::Number(index.to_string().into()), attribute.span);
                        (Key::Index(index), Each { index: Some(number), ..Each::default() })
                    };
                    Expansion { form: Form::Count, items: (0..count).map(item).collect(), unknown: None }
                }
                None => Expansion::unknown(Form::Count, unknown_of(&node, "count is not a number"), attribute.span),
            };
        }
        if let Some(attribute) = block.body.attribute("for_each") {
            let node = self.eval(&attribute.expr, scope);
            return match pairs(&node) {
                Some(pairs) if pairs.len() > MAX_INSTANCES => {
                    self.too_many(block, pairs.len(), attribute.span);
                    Expansion::unknown(Form::ForEach, unknown_of(&node, "for_each is too large"), attribute.span)
                }
                Some(pairs) => {
                    let item = |(key, value): (Node, Node)| {
                        let name = super::value::to_text(&key)?;
                        Some((Key::Name(name), Each { key: Some(key), value: Some(value), index: None }))
                    };
                    let total = pairs.len();
                    let items: Vec<_> = pairs.into_iter().filter_map(item).collect();
                    if items.len() == total {
                        return Expansion { form: Form::ForEach, items, unknown: None };
                    }
                    Expansion::unknown(
                        Form::ForEach,
                        unknown_of(&node, "a key of for_each is not known"),
                        attribute.span,
                    )
                }
                None => {
                    Expansion::unknown(Form::ForEach, unknown_of(&node, "for_each is not a map or set"), attribute.span)
                }
            };
        }
        Expansion { form: Form::Single, items: vec![(Key::None, instance.each.clone())], unknown: None }
    }

    fn too_many(&self, block: &Block, count: usize, span: Span) {
        let subject = block.labels.join(".");
        let message = format!(
            "{subject} has {count} instances, more than {MAX_INSTANCES}; they are judged as one, unknown instance"
        );
        self.problem(&subject, message, span);
    }

    /// The module instance behind a call, or `None` when its source is not here.
    pub fn child(&self, instance: &Rc<Instance>, call_index: usize, key: &Key, each: &Each) -> Option<Rc<Instance>> {
        let call = instance.module.calls.get(call_index)?;
        if let Some(child) = instance.children.borrow().get(&(call_index, key.clone())) {
            return Some(child.clone());
        }
        let CallSource::Local(dir) = &call.source else { return None };
        let module = self.modules.get(dir)?;
        if instance.depth >= MAX_MODULE_DEPTH || instance.calls_itself(dir) {
            let subject = format!("{}module.{}", instance.prefix(), call.name);
            let message = format!("{subject} calls its own directory {dir}; remove the cycle of modules");
            self.problem(&subject, message, call.block.header);
            return None;
        }
        let path = format!("{}module.{}{}", instance.prefix(), call.name, key.suffix());
        let expansion = self.expansion(instance, true, call_index, &call.block);
        let uncertain = expansion.unknown.as_ref().map(|unknown| unknown.cause.clone());
        let parent = Some((instance.clone(), call_index));
        let mut child =
            Instance::new(module.clone(), path, parent, each.clone(), uncertain.or(instance.uncertain.clone()));
        child.depth = instance.depth + 1;
        let child = Rc::new(child);
        instance.children.borrow_mut().insert((call_index, key.clone()), child.clone());
        Some(child)
    }
}

impl Instance {
    fn new(
        module: Arc<Module>,
        path: String,
        parent: Option<(Rc<Self>, usize)>,
        each: Each,
        uncertain: Option<Arc<str>>,
    ) -> Self {
        Self {
            module,
            path,
            parent,
            each,
            depth: 0,
            uncertain,
            cells: RefCell::default(),
            expansions: RefCell::default(),
            children: RefCell::default(),
        }
    }

    /// What stands before an address of this instance.
    pub fn prefix(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!("{}.", self.path) }
    }

    fn calls_itself(&self, dir: &str) -> bool {
        *self.module.dir == *dir || self.parent.as_ref().is_some_and(|(parent, _)| parent.calls_itself(dir))
    }

    /// Headers of the module calls that lead here, outermost first.
    pub fn call_spans(&self) -> Vec<Span> {
        let Some((parent, call)) = &self.parent else { return Vec::new() };
        let mut spans = parent.call_spans();
        spans.extend(parent.module.calls.get(*call).map(|call| call.block.header));
        spans
    }
}

impl Expansion {
    fn unknown(form: Form, unknown: Arc<Unknown>, span: Span) -> Self {
        let string = |what: &str| {
            let unknown = Unknown {
                shape: Shape::String,
                nullable: false,
                opaque: true,
                ..Unknown::new(unknown.reason, format!("{what} is not known: {}", unknown.cause))
            };
            Some(Node::unknown(unknown, span))
        };
        let value = Unknown::new(unknown.reason, format!("each.value is not known: {}", unknown.cause));
        let index = Unknown {
            shape: Shape::Number,
            nullable: false,
            ..Unknown::new(unknown.reason, format!("count.index is not known: {}", unknown.cause))
        };
        let each = Each {
            key: string("each.key"),
            value: Some(Node::unknown(value, span)),
            index: Some(Node::unknown(index, span)),
        };
        Self { form, items: vec![(Key::Unknown, each)], unknown: Some(unknown) }
    }
}

fn unknown_of(node: &Node, otherwise: &str) -> Arc<Unknown> {
    super::value::find_unknown(node).cloned().unwrap_or_else(|| Arc::new(Unknown::new(Reason::Failed, otherwise)))
}

/// Keys and values to iterate over, as `for_each`, `dynamic` and `for` do; a list counts as a set of its elements.
/// `None` when the value is unknown or not a collection.
fn pairs(node: &Node) -> Option<Vec<(Node, Node)>> {
    match &node.value {
        Value::Map(map) => {
            let visible = map.iter().filter(|(key, _)| !key.starts_with('\u{0}'));
            Some(visible.map(|(key, value)| (Node::string(key.clone(), value.via), value.clone())).collect())
        }
        Value::List(items) => {
            let mut out: Vec<(Node, Node)> = Vec::new();
            for item in items.iter() {
                if !out.iter().any(|(key, _)| equal(key, item) == Some(true)) {
                    out.push((item.clone(), item.clone()));
                }
            }
            Some(out)
        }
        Value::Null => Some(Vec::new()),
        _ => None,
    }
}
