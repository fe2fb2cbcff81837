//! `count`, `for_each` and what `dynamic` iterates over: which instances a block has. It does not know what the block is.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use super::super::ast::{Block, Expr, ExprKind, Step};
use super::super::module::Module;
use super::super::types::{self, Type};
use super::super::value::{Number, equal, find_unknown, to_number, to_text};
use super::{Evaluator, Instance, Scope};
use crate::model::{Node, Reason, Shape, Span, Unknown, Value};

/// More instances than this of one block are a problem, not a result.
pub const MAX_INSTANCES: usize = 10_000;
/// The cause while `count` or `for_each` is being computed.
const OWN_BLOCK: &str = "count or for_each refers to its own block";

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

impl Evaluator<'_> {
    /// The instances of a resource (`is_call` false) or module call of this module instance.
    pub(super) fn expansion(
        &self,
        instance: &Rc<Instance>,
        is_call: bool,
        index: usize,
        block: &Block,
    ) -> Rc<Expansion> {
        if let Some(expansion) = instance.expansions.borrow().get(&(is_call, index)) {
            if expansion.unknown.as_ref().is_some_and(|unknown| &*unknown.cause == OWN_BLOCK) {
                let subject = format!("{}{}", instance.prefix(), block.labels.join("."));
                let message = format!("count or for_each of {subject} refers to {subject} itself; break the cycle");
                self.problem(&subject, message, block.header);
            }
            return expansion.clone();
        }
        // Asking for the expansion while computing it is a cycle; until it is done it counts as unknown.
        let unknown = Unknown::new(Reason::Failed, OWN_BLOCK);
        let busy = Rc::new(Expansion::unknown(Form::Single, Arc::new(unknown), block.header));
        instance.expansions.borrow_mut().insert((is_call, index), busy);
        let expansion = Rc::new(self.compute_expansion(instance, block));
        instance.expansions.borrow_mut().insert((is_call, index), expansion.clone());
        expansion
    }

    /// `each` of a provider configuration with `for_each`: that of the key, or an unknown one.
    pub(super) fn provider_each(&self, instance: &Rc<Instance>, block: &Block, key: Option<&Node>) -> Each {
        let expansion = self.compute_expansion(instance, block);
        let wanted = key.and_then(to_text).map(Key::Name);
        let found = expansion.items.iter().find(|(own, _)| expansion.unknown.is_some() || Some(own) == wanted.as_ref());
        if let Some((_, each)) = found {
            return each.clone();
        }
        let unknown = key.map_or_else(
            || Arc::new(Unknown::new(Reason::Failed, "no instance of the provider is chosen")),
            |key| unknown_of(key, "the provider has no such instance"),
        );
        let mut stand_in = Expansion::unknown(Form::ForEach, unknown, block.header);
        stand_in.items.pop().map(|(_, each)| each).unwrap_or_default()
    }

    fn compute_expansion(&self, instance: &Rc<Instance>, block: &Block) -> Expansion {
        let scope = Scope { instance, each: &Each::default(), names: None };
        if let Some(attribute) = block.body.attribute("count") {
            let node = self.eval(&attribute.expr, scope);
            return match to_number(&node).and_then(Number::index) {
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
                        let name = to_text(&key)?;
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

pub fn unknown_of(node: &Node, otherwise: &str) -> Arc<Unknown> {
    find_unknown(node).cloned().unwrap_or_else(|| Arc::new(Unknown::new(Reason::Failed, otherwise)))
}

/// Keys and values to iterate over, as `for_each`, `dynamic` and `for` do; a list counts as a set of its elements.
/// `None` when the value is unknown or not a collection.
pub fn pairs(node: &Node) -> Option<Vec<(Node, Node)>> {
    match &node.value {
        Value::Map(map) => {
            let visible = map.iter().filter(|(key, _)| !key.starts_with('\u{0}'));
            Some(visible.map(|(key, value)| (Node::string(key.clone(), value.via), value.clone())).collect())
        }
        Value::List(items) => {
            let mut out: Vec<(Node, Node)> = Vec::new();
            // Texts are compared by hash: a set of ten thousand names is ordinary.
            let mut texts: HashSet<&str> = HashSet::new();
            for item in items.iter() {
                if let Some(text) = item.as_str() {
                    if texts.insert(text) {
                        out.push((item.clone(), item.clone()));
                    }
                } else if !out.iter().any(|(key, _)| equal(key, item) == Some(true)) {
                    out.push((item.clone(), item.clone()));
                }
            }
            Some(out)
        }
        Value::Null => Some(Vec::new()),
        _ => None,
    }
}

/// What a `dynamic` block iterates over. The key of a list's element is its index, that of a set's is the element itself; for
/// texts, where it may be either, both.
pub fn elements(collection: &Node, is_set: Option<bool>) -> Option<Vec<(Node, Node)>> {
    let items = match collection.as_list() {
        Some(items) if is_set != Some(true) => items,
        _ => return pairs(collection),
    };
    let key = |(index, item): (usize, &Node)| {
        let index = Node::new(Value::Number(index.to_string().into()), item.via);
        let key = if is_set.is_none() && matches!(item.value, Value::String(_)) {
            let unknown = Unknown::new(Reason::Unsupported, "whether the collection is a list or a set is not clear");
            Node::unknown(Unknown { nullable: false, options: vec![item.clone(), index], ..unknown }, item.via)
        } else {
            index
        };
        (key, item.clone())
    };
    Some(items.iter().enumerate().map(key).collect())
}

/// Whether an expression makes a set rather than a list, as far as it shows. `steps` bounds the locals that are followed.
pub fn makes_set(expr: &Expr, module: &Module, steps: usize) -> Option<bool> {
    match &expr.kind {
        ExprKind::List(_) | ExprKind::For(_) => Some(false),
        ExprKind::Parentheses(inner) => makes_set(inner, module, steps),
        ExprKind::Call(call) => match &*call.name {
            "toset" | "setunion" | "setintersection" | "setsubtract" | "fileset" => Some(true),
            "concat" | "flatten" | "split" | "compact" | "tolist" | "keys" | "values" | "range" | "sort" | "slice" => {
                Some(false)
            }
            _ => None,
        },
        ExprKind::Conditional(parts) => {
            match (makes_set(&parts.1, module, steps), makes_set(&parts.2, module, steps)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            }
        }
        ExprKind::Traversal(base, path) => match (&base.kind, path.as_slice()) {
            (ExprKind::Variable(root), [Step::Attribute(name)]) if &**root == "local" && steps > 0 => {
                makes_set(&module.locals.get(name)?.expr, module, steps - 1)
            }
            (ExprKind::Variable(root), [Step::Attribute(name)]) if &**root == "var" => {
                match types::parse(&module.variables.get(name)?.body.attribute("type")?.expr) {
                    Type::Set(_) => Some(true),
                    Type::List(_) | Type::Tuple(_) => Some(false),
                    _ => None,
                }
            }
            _ => None,
        },
        _ => None,
    }
}
