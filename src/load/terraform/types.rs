//! Type constraints of variables, and conversion of values to them.
//!
//! Terraform's conversion rules: strings, numbers and bools turn into each other where the text allows; objects keep their
//! declared attributes; `optional` attributes get their defaults. A value that does not fit is left as it is.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::ast::{Expr, ExprKind, ObjectKey};
use super::eval::{Evaluator, Instance};
use super::kinds::{self, Kind};
use super::value::{Number, to_bool, to_text};
use crate::model::{Collection, Map, Node, Shape, Unknown, Value};

#[derive(Debug)]
pub enum Type<'e> {
    Any,
    String,
    Number,
    Bool,
    List(Box<Type<'e>>),
    Set(Box<Type<'e>>),
    Map(Box<Type<'e>>),
    Object(BTreeMap<Arc<str>, Attribute<'e>>),
    Tuple(Vec<Type<'e>>),
}

#[derive(Debug)]
pub struct Attribute<'e> {
    declared: Type<'e>,
    optional: bool,
    default: Option<&'e Expr>,
}

/// Reads a type constraint; what is not one counts as `any`.
pub fn parse(expr: &Expr) -> Type<'_> {
    match &expr.kind {
        ExprKind::Variable(name) => named(name),
        // The quoted form of Terraform 0.11.
        ExprKind::String(name) => named(name),
        ExprKind::Parentheses(inner) => parse(inner),
        ExprKind::Call(call) => {
            let argument = call.arguments.first();
            let inner = || Box::new(argument.map_or(Type::Any, parse));
            match (&*call.name, argument.map(|argument| &argument.kind)) {
                ("list", _) => Type::List(inner()),
                ("set", _) => Type::Set(inner()),
                ("map", _) => Type::Map(inner()),
                ("object", Some(ExprKind::Object(items))) => {
                    let attribute = |item: &'_ super::ast::ObjectItem| match &item.key {
                        ObjectKey::Name(name) => Some(name.clone()),
                        ObjectKey::Expr(_) => None,
                    };
                    Type::Object(
                        items
                            .iter()
                            .filter_map(|item| Some((attribute(item)?, parse_attribute(&item.value))))
                            .collect(),
                    )
                }
                ("tuple", Some(ExprKind::List(items))) => Type::Tuple(items.iter().map(parse).collect()),
                _ => Type::Any,
            }
        }
        _ => Type::Any,
    }
}

fn named(name: &str) -> Type<'static> {
    match name {
        "string" => Type::String,
        "number" => Type::Number,
        "bool" => Type::Bool,
        "list" => Type::List(Box::new(Type::Any)),
        "map" => Type::Map(Box::new(Type::Any)),
        _ => Type::Any,
    }
}

fn parse_attribute(expr: &Expr) -> Attribute<'_> {
    match &expr.kind {
        ExprKind::Call(call) if &*call.name == "optional" => Attribute {
            declared: call.arguments.first().map_or(Type::Any, parse),
            optional: true,
            default: call.arguments.get(1),
        },
        _ => Attribute { declared: parse(expr), optional: false, default: None },
    }
}

/// The type without its defaults.
pub fn kind(declared: &Type<'_>) -> Kind {
    let inner = |inner: &Type<'_>| Box::new(kind(inner));
    match declared {
        Type::Any => Kind::Any,
        Type::String => Kind::String,
        Type::Number => Kind::Number,
        Type::Bool => Kind::Bool,
        Type::List(element) => Kind::List(inner(element)),
        Type::Set(element) => Kind::Set(inner(element)),
        Type::Map(element) => Kind::Map(inner(element)),
        Type::Tuple(items) => Kind::Tuple(items.iter().map(kind).collect()),
        Type::Object(attributes) => {
            Kind::Object(attributes.iter().map(|(name, attribute)| (name.clone(), kind(&attribute.declared))).collect())
        }
    }
}

/// Converts a value to a declared type.
pub fn convert(node: &Node, declared: &Type<'_>, evaluator: &Evaluator<'_>, instance: &Rc<Instance>) -> Node {
    let original = node;
    let value = match (declared, &node.value) {
        (_, Value::Null) | (Type::Any, _) => return node.clone(),
        (_, Value::Unknown(unknown)) if unknown.shape == Shape::Any && unknown.options.is_empty() => {
            let unknown = Unknown { shape: kind(declared).shape(), ..(**unknown).clone() };
            let mut out = Node { value: Value::Unknown(Arc::new(unknown)), ..node.clone() };
            out.marks.collection = if matches!(declared, Type::Set(_)) { Collection::Set } else { Collection::Free };
            return out;
        }
        (_, Value::Unknown(_)) => return node.clone(),
        (Type::String, _) => match (&node.value, to_text(node)) {
            (Value::Document(_), _) | (_, None) => return node.clone(),
            (_, Some(text)) => Value::String(text),
        },
        (Type::Number, Value::String(text)) => match Number::parse(text) {
            Some(number) => number.to_value(),
            None => return node.clone(),
        },
        (Type::Bool, Value::String(_)) => match to_bool(node) {
            Some(value) => Value::Bool(value),
            None => return node.clone(),
        },
        (Type::List(inner), Value::List(items)) => {
            let node =
                kinds::list(items.iter().map(|item| convert(item, inner, evaluator, instance)).collect(), node.via);
            return placed(common(node, &Kind::List(Box::new(Kind::Any))), original);
        }
        (Type::Set(inner), Value::List(items)) => {
            let node =
                kinds::set(items.iter().map(|item| convert(item, inner, evaluator, instance)).collect(), node.via);
            return placed(common(node, &Kind::Set(Box::new(Kind::Any))), original);
        }
        (Type::Tuple(types), Value::List(items)) => {
            let types = types.iter().chain(std::iter::repeat(&Type::Any));
            Value::List(Arc::new(items.iter().zip(types).map(|(i, t)| convert(i, t, evaluator, instance)).collect()))
        }
        (Type::Map(inner), Value::Map(map)) => {
            let entry = |(key, value): (&Arc<str>, &Node)| (key.clone(), convert(value, inner, evaluator, instance));
            let node = kinds::map(map.iter().map(entry).collect(), node.via);
            return placed(common(node, &Kind::Map(Box::new(Kind::Any))), original);
        }
        (Type::Object(attributes), Value::Map(map)) => {
            let mut out = Map::new();
            for (name, attribute) in attributes {
                let given = map.get(name).filter(|value| !(value.is_null() && attribute.default.is_some()));
                match (given, attribute.default) {
                    (Some(value), _) => {
                        out.insert(name.clone(), convert(value, &attribute.declared, evaluator, instance));
                    }
                    (None, Some(default)) => {
                        let mut value = evaluator.constant(default, instance);
                        value.marks.defaulted = true;
                        out.insert(name.clone(), convert(&value, &attribute.declared, evaluator, instance));
                    }
                    (None, None) if attribute.optional => {
                        out.insert(name.clone(), Node::new(Value::Null, node.via));
                    }
                    (None, None) => {}
                }
            }
            Value::Map(Arc::new(out))
        }
        _ => return node.clone(),
    };
    let mut out = Node { value, ..node.clone() };
    out.marks.collection = Collection::Free;
    out
}

/// A converted value with the places and marks that it had.
fn placed(node: Node, like: &Node) -> Node {
    Node { via: like.via, origin: like.origin, marks: node.marks.union(like.marks), ..node }
}

/// Elements of one type, where they have one in common.
fn common(node: Node, kind: &Kind) -> Node {
    kinds::convert(&node, kind).unwrap_or(node)
}
