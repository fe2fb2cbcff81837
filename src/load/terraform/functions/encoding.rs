//! Functions that encode, decode and hash.

use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::super::value::find_unknown;
use super::{Answer, argument, text_argument};
use crate::model::{Document, Map, Node, Reason, Shape, Span, Unknown, Value};

pub fn jsonencode(arguments: &[Node], span: Span) -> Answer {
    let tree = argument(arguments, 0)?;
    if let (Some(unknown), None) = (tree.as_unknown(), tree.as_map()) {
        let unknown =
            Unknown { shape: Shape::String, nullable: false, ..Unknown::new(unknown.reason, unknown.cause.clone()) };
        return Ok(Node::unknown(unknown, span));
    }
    let text = json_text(tree);
    match &tree.value {
        Value::Map(_) | Value::List(_) => {
            let document = Document { tree: tree.clone(), text: text.map(Into::into) };
            Ok(Node { value: Value::Document(Arc::new(document)), ..tree.clone() }.at(span))
        }
        _ => Ok(Node::string(text.ok_or("the value is not known")?, span)),
    }
}

pub fn jsondecode(arguments: &[Node], span: Span) -> Answer {
    let node = argument(arguments, 0)?;
    if let Value::Document(document) = &node.value {
        return Ok(document.tree.clone());
    }
    let text = text_argument(arguments, 0)?;
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| format!("not JSON: {error}"))?;
    Ok(Node { origin: node.origin, ..from_json(&value, span) })
}

fn from_json(value: &serde_json::Value, span: Span) -> Node {
    use serde_json::Value as Json;
    let value = match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Number(number.to_string().into()),
        Json::String(text) => Value::String(text.as_str().into()),
        Json::Array(items) => Value::List(Arc::new(items.iter().map(|item| from_json(item, span)).collect())),
        Json::Object(map) => {
            let map: Map = map.iter().map(|(key, value)| (key.as_str().into(), from_json(value, span))).collect();
            Value::Map(Arc::new(map))
        }
    };
    Node::new(value, span)
}

/// JSON as Terraform writes it: sorted keys, `<`, `>` and `&` escaped. `None` when some part is unknown.
pub fn json_text(node: &Node) -> Option<String> {
    let mut out = String::new();
    write_json(node, &mut out)?;
    Some(out)
}

fn write_json(node: &Node, out: &mut String) -> Option<()> {
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => {
            let _ = write!(out, "{value}");
        }
        Value::Number(number) => out.push_str(number),
        Value::String(text) => write_string(text, out)?,
        Value::Document(document) => write_string(document.text.as_ref()?, out)?,
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_json(item, out)?;
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            let visible = map.iter().filter(|(key, _)| !key.starts_with('\u{0}'));
            for (index, (key, value)) in visible.enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(key, out)?;
                out.push(':');
                write_json(value, out)?;
            }
            out.push('}');
        }
        Value::Unknown(_) => return None,
    }
    Some(())
}

fn write_string(text: &str, out: &mut String) -> Option<()> {
    let quoted = serde_json::to_string(text).ok()?;
    for c in quoted.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            other => out.push(other),
        }
    }
    Some(())
}

pub fn base64encode(arguments: &[Node], span: Span) -> Answer {
    Ok(Node::string(STANDARD.encode(text_argument(arguments, 0)?.as_bytes()), span))
}

pub fn base64decode(arguments: &[Node], span: Span) -> Answer {
    let bytes = STANDARD.decode(text_argument(arguments, 0)?.as_bytes()).map_err(|_| "not base64")?;
    Ok(Node::string(String::from_utf8(bytes).map_err(|_| "the bytes are not text")?, span))
}

pub fn sha256(arguments: &[Node], span: Span) -> Answer {
    let digest = Sha256::digest(text_argument(arguments, 0)?.as_bytes());
    let mut out = String::with_capacity(64);
    for byte in digest {
        let _ = write!(out, "{byte:02x}");
    }
    Ok(Node::string(out, span))
}

pub fn base64sha256(arguments: &[Node], span: Span) -> Answer {
    Ok(Node::string(STANDARD.encode(Sha256::digest(text_argument(arguments, 0)?.as_bytes())), span))
}

/// A digest we do not compute: a text that is certainly there and equals nothing written down.
pub fn opaque_text(arguments: &[Node], span: Span) -> Answer {
    if find_unknown(argument(arguments, 0)?).is_some() {
        return Err("the value is not known".into());
    }
    let unknown = Unknown {
        shape: Shape::String,
        nullable: false,
        opaque: true,
        ..Unknown::new(Reason::Unsupported, "this digest is not computed")
    };
    Ok(Node::unknown(unknown, span))
}
