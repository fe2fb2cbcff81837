//! Conversions, and the functions about marks and types.

use std::fmt::Write as _;

use super::super::kinds::{self, Kind};
use super::super::value::{all_marks, make_sensitive};
use super::{Answer, argument, boolean, string};
use crate::model::{Collection, Node, Span};

fn to(arguments: &[Node], kind: &Kind, otherwise: &str) -> Answer {
    kinds::convert(argument(arguments, 0)?, kind).ok_or_else(|| otherwise.to_owned())
}

pub fn tostring(arguments: &[Node], _: Span) -> Answer {
    to(arguments, &Kind::String, "cannot become a string")
}

pub fn tonumber(arguments: &[Node], _: Span) -> Answer {
    to(arguments, &Kind::Number, "cannot become a number")
}

pub fn tobool(arguments: &[Node], _: Span) -> Answer {
    to(arguments, &Kind::Bool, "cannot become a bool")
}

pub fn tolist(arguments: &[Node], _: Span) -> Answer {
    to(arguments, &Kind::List(Box::new(Kind::Any)), "cannot become a list")
}

pub fn toset(arguments: &[Node], _: Span) -> Answer {
    to(arguments, &Kind::Set(Box::new(Kind::Any)), "cannot become a set")
}

pub fn tomap(arguments: &[Node], _: Span) -> Answer {
    to(arguments, &Kind::Map(Box::new(Kind::Any)), "cannot become a map")
}

/// `list(...)` of Terraform 0.11.
#[expect(clippy::unnecessary_wraps, reason = "the signature of the table")]
pub fn list(arguments: &[Node], span: Span) -> Answer {
    let node = Node::list(arguments.to_vec(), span);
    Ok(kinds::convert(&node, &Kind::List(Box::new(Kind::Any))).unwrap_or(node))
}

/// `map(key, value, ...)` of Terraform 0.11.
pub fn map(arguments: &[Node], span: Span) -> Answer {
    if !arguments.len().is_multiple_of(2) {
        return Err("needs pairs of key and value".into());
    }
    let mut out = crate::model::Map::new();
    for pair in arguments.chunks(2) {
        if let [key, value] = pair {
            out.insert(super::super::value::to_text(key).ok_or("a key is not a string")?, value.clone());
        }
    }
    let node = Node::map(out, span);
    Ok(kinds::convert(&node, &Kind::Map(Box::new(Kind::Any))).unwrap_or(node))
}

pub fn identity(arguments: &[Node], _: Span) -> Answer {
    argument(arguments, 0).cloned()
}

pub fn sensitive(arguments: &[Node], _: Span) -> Answer {
    Ok(make_sensitive(argument(arguments, 0)?.clone()))
}

pub fn issensitive(arguments: &[Node], span: Span) -> Answer {
    let node = argument(arguments, 0)?;
    if let (Some(unknown), false) = (node.as_unknown(), all_marks(node).sensitive) {
        return Ok(super::super::value::derived(unknown, crate::model::Shape::Bool, span));
    }
    boolean(node.marks.sensitive, span)
}

/// The type of a value, as the console shows it.
pub fn kind(arguments: &[Node], span: Span) -> Answer {
    let mut out = String::new();
    describe(&kinds::of(argument(arguments, 0)?), 0, &mut out);
    string(out, span)
}

fn describe(kind: &Kind, indent: usize, out: &mut String) {
    let pad = "    ".repeat(indent + 1);
    let end = "    ".repeat(indent);
    let wrap = |name: &str, inner: &Kind, out: &mut String| {
        let _ = write!(out, "{name}(");
        describe(inner, indent, out);
        out.push(')');
    };
    match kind {
        Kind::Any => out.push_str("dynamic"),
        Kind::String => out.push_str("string"),
        Kind::Number => out.push_str("number"),
        Kind::Bool => out.push_str("bool"),
        Kind::List(inner) => wrap("list", inner, out),
        Kind::Set(inner) => wrap("set", inner, out),
        Kind::Map(inner) => wrap("map", inner, out),
        Kind::Tuple(items) if items.is_empty() => out.push_str("tuple([])"),
        Kind::Tuple(items) => {
            out.push_str("tuple([\n");
            for item in items {
                out.push_str(&pad);
                describe(item, indent + 1, out);
                out.push_str(",\n");
            }
            let _ = write!(out, "{end}])");
        }
        Kind::Object(entries) if entries.is_empty() => out.push_str("object({})"),
        Kind::Object(entries) => {
            out.push_str("object({\n");
            for (name, entry) in entries {
                let _ = write!(out, "{pad}{name}: ");
                describe(entry, indent + 1, out);
                out.push_str(",\n");
            }
            let _ = write!(out, "{end}}})");
        }
    }
}

/// The collection with the marks of another: what filtering and reordering keep.
pub fn like(mut node: Node, of: &Node) -> Node {
    node.marks.collection = of.marks.collection;
    if node.marks.collection == Collection::Set {
        kinds::set(node.as_list().unwrap_or(&[]).to_vec(), node.via)
    } else {
        node
    }
}
