//! `yamlencode` and `yamldecode`.

use std::fmt::Write as _;

use super::super::value::text;
use super::encoding::{decoded, quote};
use super::{Answer, argument, string, text_argument};
use crate::load::yaml::{self, Dialect};
use crate::model::{Node, Span, Value};

pub fn yamlencode(arguments: &[Node], span: Span) -> Answer {
    let node = argument(arguments, 0)?;
    let mut out = String::new();
    match &node.value {
        Value::List(items) if !items.is_empty() => write(node, 0, true, &mut out).ok_or("cannot be YAML")?,
        Value::Map(_) => write(node, 0, true, &mut out).ok_or("cannot be YAML")?,
        _ => {
            write(node, 0, true, &mut out).ok_or("cannot be YAML")?;
            // A plain scalar alone is followed by the end of its document.
            if matches!(node.value, Value::Null | Value::Bool(_) | Value::Number(_)) {
                out.push_str("...\n");
            }
        }
    }
    string(out, span)
}

/// Writes a value; `fresh` when the cursor stands at the start of a line, and not behind `key:` or `-`.
fn write(node: &Node, indent: usize, fresh: bool, out: &mut String) -> Option<()> {
    let pad = "  ".repeat(indent);
    let gap = if fresh { "" } else { " " };
    match &node.value {
        Value::List(items) if items.is_empty() => {
            let _ = writeln!(out, "{gap}[]");
        }
        Value::List(items) => {
            if !fresh {
                out.push('\n');
            }
            for item in items.iter() {
                let _ = write!(out, "{pad}-");
                nested(item, indent, out)?;
            }
        }
        Value::Map(map) if map.keys().all(|key| key.starts_with('\u{0}')) => {
            let _ = writeln!(out, "{gap}{{}}");
        }
        Value::Map(map) => {
            if !fresh {
                out.push('\n');
            }
            for (key, value) in map.iter().filter(|(key, _)| !key.starts_with('\u{0}')) {
                let _ = write!(out, "{pad}{}:", quote(key));
                // Lists stand at the indentation of their key.
                let deeper = if matches!(value.value, Value::Map(_)) { indent + 1 } else { indent };
                write(value, deeper, false, out)?;
            }
        }
        Value::Null => {
            let _ = writeln!(out, "{gap}null");
        }
        Value::Bool(value) => {
            let _ = writeln!(out, "{gap}{value}");
        }
        Value::Number(number) => {
            let _ = writeln!(out, "{gap}{number}");
        }
        Value::String(_) | Value::Document(_) => {
            let text = text(node)?;
            block(&text, indent, gap, out);
        }
        Value::Unknown(_) => return None,
    }
    Some(())
}

/// An element of a list begins on the line of its dash.
fn nested(item: &Node, indent: usize, out: &mut String) -> Option<()> {
    let empty = match &item.value {
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => true,
    };
    if empty {
        return write(item, indent + 1, false, out);
    }
    let mut inner = String::new();
    write(item, indent + 1, true, &mut inner)?;
    out.push(' ');
    out.push_str(inner.trim_start_matches(' '));
    Some(())
}

/// A text of several lines is a literal block, as long as one can hold it.
fn block(text: &str, indent: usize, gap: &str, out: &mut String) {
    let plain =
        text.chars().all(|c| c == '\n' || !c.is_control()) && !text.starts_with([' ', '\n']) && !text.contains(" \n");
    if !text.contains('\n') || !plain {
        let _ = writeln!(out, "{gap}{}", quote(text));
        return;
    }
    let chomp = if !text.ends_with('\n') {
        "-"
    } else if text.ends_with("\n\n") {
        "+"
    } else {
        ""
    };
    let _ = writeln!(out, "{gap}|{chomp}");
    let pad = "  ".repeat(indent + 1);
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        let _ = if line.is_empty() { writeln!(out) } else { writeln!(out, "{pad}{line}") };
    }
}

pub fn yamldecode(arguments: &[Node], span: Span) -> Answer {
    let node = argument(arguments, 0)?;
    let text = text_argument(arguments, 0)?;
    let outcome = yaml::parse(node.origin.file, &text, Dialect::Terraform);
    if let Some(problem) = outcome.problems.first() {
        return Err(format!("not YAML: {}", problem.message));
    }
    let mut documents = outcome.value.into_iter();
    match (documents.next(), documents.next()) {
        (None, _) => Err("there is no document".into()),
        (Some(only), None) => Ok(decoded(only.node, node, &text, span)),
        _ => Err("the text holds more than one document".into()),
    }
}
