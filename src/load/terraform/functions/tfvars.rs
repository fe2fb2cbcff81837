//! The pure functions of the built-in provider: values as Terraform's own syntax, and back.

use std::fmt::Write as _;

use super::super::parse;
use super::super::value::text;
use super::super::variables::constant;
use super::{Answer, argument, string, text_argument};
use crate::model::{Map, Node, Span, Value};

pub fn encode_expr(arguments: &[Node], span: Span) -> Answer {
    let mut out = String::new();
    write(argument(arguments, 0)?, 0, &mut out).ok_or("the value cannot be written")?;
    string(out, span)
}

pub fn encode_tfvars(arguments: &[Node], span: Span) -> Answer {
    let map = argument(arguments, 0)?.as_map().ok_or("needs an object")?;
    if map.keys().any(|key| !is_identifier(key)) {
        return Err("a key is no name of a variable".into());
    }
    let mut out = String::new();
    let keys = map.keys().map(ToString::to_string).collect();
    entries(keys, map, 0, "", &mut out).ok_or("a value cannot be written")?;
    string(out, span)
}

pub fn decode_tfvars(arguments: &[Node], span: Span) -> Answer {
    let node = argument(arguments, 0)?;
    let parsed = parse::parse_file(node.origin.file, "", &text_argument(arguments, 0)?);
    if !parsed.problems.is_empty() || !parsed.value.blocks.is_empty() {
        return Err("the text is no tfvars file".into());
    }
    let mut map = Map::new();
    for attribute in &parsed.value.attributes {
        let value = constant(&attribute.expr);
        if super::super::value::is_failed(&value) {
            return Err("the text is no tfvars file".into());
        }
        map.insert(attribute.name.clone(), at(value, span));
    }
    Ok(Node::map(map, span))
}

/// The value with everything in it standing at the call.
fn at(mut node: Node, span: Span) -> Node {
    node.value = match node.value {
        Value::List(items) => Value::List(items.iter().map(|item| at(item.clone(), span)).collect::<Vec<_>>().into()),
        Value::Map(map) => {
            Value::Map(map.iter().map(|(key, item)| (key.clone(), at(item.clone(), span))).collect::<Map>().into())
        }
        value => value,
    };
    Node { via: span, origin: span, ..node }
}

fn write(node: &Node, indent: usize, out: &mut String) -> Option<()> {
    let pad = "  ".repeat(indent + 1);
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => {
            let _ = write!(out, "{value}");
        }
        Value::Number(number) => out.push_str(number),
        Value::String(_) | Value::Document(_) => out.push_str(&escaped(&text(node)?)),
        Value::List(items) if items.is_empty() => out.push_str("[]"),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write(item, indent, out)?;
            }
            out.push(']');
        }
        Value::Map(map) if map.is_empty() => out.push_str("{}"),
        Value::Map(map) => {
            let keys: Vec<String> =
                map.keys().map(|key| if is_identifier(key) { key.to_string() } else { escaped(key) }).collect();
            out.push_str("{\n");
            entries(keys, map, indent + 1, &pad, out)?;
            let _ = write!(out, "{}}}", "  ".repeat(indent));
        }
        Value::Unknown(_) => return None,
    }
    Some(())
}

/// Lines of `key = value`; values of one line are aligned with their neighbours.
fn entries(keys: Vec<String>, map: &Map, indent: usize, pad: &str, out: &mut String) -> Option<()> {
    let mut lines = Vec::new();
    for (key, value) in keys.into_iter().zip(map.values()) {
        let mut text = String::new();
        write(value, indent, &mut text)?;
        lines.push((key, text));
    }
    for run in lines.chunk_by(|(_, a), (_, b)| !a.contains('\n') && !b.contains('\n')) {
        let width = run.iter().map(|(key, _)| key.chars().count()).max().unwrap_or(0);
        for (key, text) in run {
            let _ = writeln!(out, "{pad}{key:width$} = {text}");
        }
    }
    Some(())
}

fn is_identifier(key: &str) -> bool {
    let mut chars = key.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || "_-".contains(c))
}

fn escaped(text: &str) -> String {
    let mut out = String::from("\"");
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => out.extend([c, c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
