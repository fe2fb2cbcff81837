//! Evaluation of a root module and everything it calls, on demand.
//!
//! Every symbol of every module instance is a cell that is computed when first asked for and kept. A cell asked for while it
//! is being computed is a cycle: unknown, and a problem. It never fails: what cannot be known is `Unknown` with a reason.
//! It does not read files itself and does not know policies.

mod attribute;
mod call;
mod expansion;
mod expr;
mod iam;
mod lifecycle;
mod provider;
mod reference;
mod resource;
mod template;

use std::cell::{Cell as StdCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::ast::{Block, Expr};
use super::files::Files;
use super::module::{CallSource, Module, call_source_of};
use super::types::{self, Type};
use super::value::{failed, is_heavy, make_sensitive, text};
use super::{Inputs, Modules, sources};
use crate::model::{Node, Problem, Reason, SourceMap, Span, Stage, Unknown};

pub use expansion::{Each, Expansion, Form, Key};
use expansion::{MAX_INSTANCES, pairs, unknown_of};
pub use resource::{is_meta, materialise};

/// Symbols that need each other in a longer chain than this are not followed.
const MAX_DEPTH: usize = 250;
const MAX_MODULE_DEPTH: usize = 50;
/// Expressions and instances of one root module; far more than real code has, and done in seconds.
const MAX_STEPS: usize = 4_000_000;
/// The cause of values that come after the last step.
const EXHAUSTED: &str = "this root module takes too many steps to evaluate";

pub struct Evaluator<'a> {
    pub modules: &'a Modules<'a>,
    pub files: &'a Files<'a>,
    pub sources: &'a SourceMap,
    pub inputs: &'a Inputs,
    root: RefCell<Option<Rc<Instance>>>,
    problems: RefCell<Vec<Problem>>,
    /// Addresses referred to since the innermost cell began.
    references: RefCell<Vec<Arc<str>>>,
    depth: StdCell<usize>,
    /// What has been spent of [`MAX_STEPS`].
    steps: StdCell<usize>,
    /// True while a template is rendered: Terraform does not let one render another.
    rendering: StdCell<bool>,
}

/// One instance of a module: a directory with the arguments of one call.
pub struct Instance {
    pub module: Arc<Module>,
    /// `module.a["x"].module.b`; empty for the root.
    pub path: String,
    /// The names of the calls that lead here: `a.b`.
    pub call_path: String,
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
    pub fn new(modules: &'a Modules<'a>, files: &'a Files<'a>, sources: &'a SourceMap, inputs: &'a Inputs) -> Self {
        Self {
            modules,
            files,
            sources,
            inputs,
            root: RefCell::new(None),
            problems: RefCell::default(),
            references: RefCell::default(),
            depth: StdCell::new(0),
            steps: StdCell::new(0),
            rendering: StdCell::new(false),
        }
    }

    pub fn root(&self, module: &Arc<Module>) -> Rc<Instance> {
        let instance = Rc::new(Instance::new(module.clone(), String::new(), None, Each::default(), None));
        *self.root.borrow_mut() = Some(instance.clone());
        instance
    }

    pub fn take_problems(&self) -> Vec<Problem> {
        self.problems.take()
    }

    fn problem(&self, subject: &str, message: impl Into<String>, span: Span) {
        self.problems.borrow_mut().push(Problem::new(Stage::Load, subject, message).at(span));
    }

    /// Counts steps; false when there are none left. The first step too many is a problem.
    fn spend(&self, steps: usize, span: Span) -> bool {
        let before = self.steps.get();
        let after = before.saturating_add(steps);
        self.steps.set(after);
        if before <= MAX_STEPS && after > MAX_STEPS {
            let message = format!(
                "{EXHAUSTED} (more than {MAX_STEPS}); the rest of it is not judged, make it build fewer values"
            );
            self.problem("evaluation", message, span);
        }
        after <= MAX_STEPS
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
        let node = if is_heavy(&node) {
            let message = format!("the value of {} is too large to evaluate; build a smaller one", name());
            self.problem(&name(), message, span);
            failed("the value is too large", span)
        } else {
            node
        };
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
        let node = match (given, default) {
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
        let node = types::convert(&node, &declared, self, instance);
        if sensitive { make_sensitive(node) } else { node }
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
        let block = instance.module.outputs.get(name);
        let Some((block, attribute)) = block.and_then(|block| Some((block, block.body.attribute("value")?))) else {
            return failed(format!("{} has no output {name}", instance.path), span);
        };
        let flag = block.body.attribute("sensitive").map(|flag| self.constant(&flag.expr, instance));
        let sensitive = flag.and_then(|flag| flag.as_bool()).unwrap_or(false);
        let label = || format!("{}output.{name}", instance.prefix());
        self.cell(instance, Symbol::Output(name.clone()), &label, span, || {
            let node = self.eval(&attribute.expr, Scope { instance, each: &instance.each, names: None });
            if sensitive { make_sensitive(node) } else { node }
        })
    }

    /// An expression that may not refer to anything but functions: defaults, flags.
    pub fn constant(&self, expr: &Expr, instance: &Rc<Instance>) -> Node {
        self.eval(expr, Scope { instance, each: &instance.each, names: None })
    }

    /// What a call names as its source. An expression counts with its value, if that is known.
    ///
    /// # Errors
    /// Why the source is not known.
    pub fn call_source(&self, instance: &Rc<Instance>, call_index: usize) -> Result<CallSource, Arc<str>> {
        let call = instance.module.calls.get(call_index).ok_or("the call is not declared")?;
        if call.source != CallSource::Unclear {
            return Ok(call.source.clone());
        }
        let attribute = call.block.body.attribute("source").ok_or("it has no source")?;
        // No instance of the call has a source of its own.
        let node = self.eval(&attribute.expr, Scope { instance, each: &Each::default(), names: None });
        match text(&node) {
            Some(text) => Ok(call_source_of(&instance.module.dir, &text)),
            None => Err(unknown_of(&node, "its source is not a string").cause.clone()),
        }
    }

    /// The module behind a call.
    ///
    /// # Errors
    /// What is not here, or why that is not known.
    pub(super) fn called(&self, instance: &Rc<Instance>, call_index: usize) -> Result<Arc<Module>, Arc<str>> {
        let source = self.call_source(instance, call_index);
        let source = source.map_err(|cause| Arc::from(format!("a source that is not known ({cause})")))?;
        let name = instance.module.calls.get(call_index).map_or("", |call| &*call.name);
        let dir = sources::locate(&source, &instance.call_path(name), self.inputs);
        dir.and_then(|dir| self.modules.get(&dir)).ok_or_else(|| match source {
            CallSource::External(source) | CallSource::Local(source) => format!("{source}, which is not here").into(),
            CallSource::Unclear => "an unclear source".into(),
        })
    }

    /// The module instance behind a call, or `None` when its source is not here.
    pub fn child(&self, instance: &Rc<Instance>, call_index: usize, key: &Key, each: &Each) -> Option<Rc<Instance>> {
        let call = instance.module.calls.get(call_index)?;
        if let Some(child) = instance.children.borrow().get(&(call_index, key.clone())) {
            return Some(child.clone());
        }
        let module = self.called(instance, call_index).ok()?;
        if instance.depth >= MAX_MODULE_DEPTH || instance.calls_itself(&module.dir) {
            let subject = format!("{}module.{}", instance.prefix(), call.name);
            let message = if instance.calls_itself(&module.dir) {
                format!("{subject} calls its own directory {}; remove the cycle of modules", module.dir)
            } else {
                format!("{subject} lies more than {MAX_MODULE_DEPTH} modules deep and is not judged; nest less")
            };
            self.problem(&subject, message, call.block.header);
            return None;
        }
        let path = format!("{}module.{}{}", instance.prefix(), call.name, key.suffix());
        let expansion = self.expansion(instance, true, call_index, &call.block);
        let uncertain = expansion.unknown.as_ref().map(|unknown| unknown.cause.clone());
        let parent = Some((instance.clone(), call_index));
        let mut child = Instance::new(module, path, parent, each.clone(), uncertain.or(instance.uncertain.clone()));
        child.depth = instance.depth + 1;
        child.call_path = instance.call_path(&call.name);
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
            call_path: String::new(),
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

    /// The names of the calls that lead to a call of this instance.
    fn call_path(&self, call: &str) -> String {
        if self.call_path.is_empty() { call.to_owned() } else { format!("{}.{call}", self.call_path) }
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
