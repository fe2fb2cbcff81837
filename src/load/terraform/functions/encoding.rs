//! Functions that encode, decode and hash.

use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::number::Number;
use super::super::value::MAX_TEXT;
use super::{Answer, argument, string, text_argument};
use crate::load::json;
use crate::model::{Collection, Document, Map, Node, Reason, Shape, Span, Unknown, Value};

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
        return Ok(freed(document.tree.clone()));
    }
    if let Some(unknown) = node.as_unknown() {
        return Ok(Node::unknown(Unknown::new(unknown.reason, unknown.cause.clone()), span));
    }
    let text = text_argument(arguments, 0)?;
    let tree = json::parse(node.origin.file, "the text", &text).map_err(|problem| problem.message)?;
    Ok(decoded(tree, node, &text, span))
}

/// JSON has no sets and no types of elements.
fn freed(mut node: Node) -> Node {
    node.marks.collection = Collection::Free;
    node.value = match node.value {
        Value::List(items) => Value::List(Arc::new(items.iter().cloned().map(freed).collect())),
        Value::Map(map) => {
            Value::Map(Arc::new(map.iter().map(|(key, item)| (key.clone(), freed(item.clone()))).collect()))
        }
        value => value,
    };
    node
}

/// A tree read from the text of a node. Where the text is a whole file, its parts keep their places as origins; elsewhere
/// everything stands at the call.
pub fn decoded(tree: Node, from: &Node, text: &str, span: Span) -> Node {
    let whole = from.origin.start == 0 && from.origin.end as usize == text.len();
    let origin = if whole { tree.origin } else { from.origin };
    Node { via: span, origin, ..placed(tree, (!whole).then_some(span)) }
}

fn placed(mut node: Node, span: Option<Span>) -> Node {
    if let Some(span) = span {
        node.via = span;
        node.origin = span;
    }
    node.value = match node.value {
        Value::List(items) => Value::List(Arc::new(items.iter().map(|item| placed(item.clone(), span)).collect())),
        Value::Map(map) => {
            let map: Map = map.iter().map(|(key, item)| (key.clone(), placed(item.clone(), span))).collect();
            Value::Map(Arc::new(map))
        }
        Value::Number(number) => Number::parse(&number).map_or(Value::Number(number), |number| number.to_value()),
        value => value,
    };
    node
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
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            other => out.push(other),
        }
    }
    Some(())
}

/// A text in quotes as `jsonencode` writes it.
pub fn json_string(text: &str) -> String {
    let mut out = String::new();
    let _ = write_string(text, &mut out);
    out
}

/// A text in quotes, as JSON has it.
pub fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

pub fn base64encode(arguments: &[Node], span: Span) -> Answer {
    Ok(Node::string(STANDARD.encode(text_argument(arguments, 0)?.as_bytes()), span))
}

pub fn base64decode(arguments: &[Node], span: Span) -> Answer {
    let bytes = STANDARD.decode(text_argument(arguments, 0)?.as_bytes()).map_err(|_| "not base64")?;
    Ok(Node::string(String::from_utf8(bytes).map_err(|_| "the bytes are not text")?, span))
}

/// Reads a gzip stream: header, deflated bytes, and a checksum that is not looked at.
pub fn base64gunzip(arguments: &[Node], span: Span) -> Answer {
    let bytes = STANDARD.decode(text_argument(arguments, 0)?.as_bytes()).map_err(|_| "not base64")?;
    let body = gzip_body(&bytes).ok_or("not gzip")?;
    let text = miniz_oxide::inflate::decompress_to_vec_with_limit(body, MAX_TEXT).map_err(|_| "not gzip")?;
    string(String::from_utf8(text).map_err(|_| "the bytes are not text")?, span)
}

fn gzip_body(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(&[0x1f, 0x8b, 8])?;
    let (&flags, rest) = rest.split_first()?;
    let mut rest = rest.get(6..)?;
    if flags & 4 != 0 {
        let length = usize::from(u16::from_le_bytes([*rest.first()?, *rest.get(1)?]));
        rest = rest.get(2 + length..)?;
    }
    // A file name and a comment end with a zero.
    for flag in [8, 16] {
        if flags & flag != 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = rest.get(end + 1..)?;
        }
    }
    if flags & 2 != 0 { rest.get(2..) } else { Some(rest) }
}

/// How the names of other encodings begin.
const FAMILIES: [&str; 14] = [
    "ASCII",
    "BIG5",
    "CP",
    "EUC-",
    "GB",
    "HZ-",
    "IBM",
    "ISO-",
    "KOI8-",
    "MAC",
    "SHIFT_JIS",
    "US-ASCII",
    "UTF-",
    "WINDOWS-",
];

/// Encodings of text that are done by hand; the names are those of IANA.
enum Encoding {
    Utf8,
    Utf16 { big: bool },
    Latin1,
    Other,
}

fn encoding(name: &str) -> Result<Encoding, String> {
    Ok(match name.to_ascii_uppercase().as_str() {
        "UTF-8" | "UTF8" => Encoding::Utf8,
        "UTF-16LE" => Encoding::Utf16 { big: false },
        "UTF-16BE" => Encoding::Utf16 { big: true },
        "ISO-8859-1" | "LATIN1" => Encoding::Latin1,
        other if FAMILIES.iter().any(|family| other.starts_with(family)) => Encoding::Other,
        _ => return Err(format!("'{name}' is no encoding")),
    })
}

fn not_done(name: &str, span: Span) -> Node {
    let cause = format!("texts in the encoding {name} are not evaluated");
    let unknown = Unknown { shape: Shape::String, nullable: false, ..Unknown::new(Reason::Unsupported, cause) };
    Node::unknown(unknown, span)
}

pub fn textencodebase64(arguments: &[Node], span: Span) -> Answer {
    let (text, name) = (text_argument(arguments, 0)?, text_argument(arguments, 1)?);
    let bytes: Vec<u8> = match encoding(&name)? {
        Encoding::Utf8 => text.bytes().collect(),
        Encoding::Utf16 { big } => {
            text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        }
        Encoding::Latin1 => {
            let bytes: Result<Vec<u8>, _> = text.chars().map(|c| u8::try_from(u32::from(c))).collect();
            bytes.map_err(|_| "a character is not in this encoding")?
        }
        Encoding::Other => return Ok(not_done(&name, span)),
    };
    string(STANDARD.encode(bytes), span)
}

pub fn textdecodebase64(arguments: &[Node], span: Span) -> Answer {
    let name = text_argument(arguments, 1)?;
    let bytes = STANDARD.decode(text_argument(arguments, 0)?.as_bytes()).map_err(|_| "not base64")?;
    let text = match encoding(&name)? {
        Encoding::Utf8 => String::from_utf8(bytes).map_err(|_| "the bytes are not text")?,
        Encoding::Utf16 { big } => {
            let unit = |pair: &[u8]| match *pair {
                [a, b] if big => u16::from_be_bytes([a, b]),
                [a, b] => u16::from_le_bytes([a, b]),
                _ => 0xfffd,
            };
            String::from_utf16_lossy(&bytes.chunks(2).map(unit).collect::<Vec<_>>())
        }
        Encoding::Latin1 => bytes.into_iter().map(char::from).collect(),
        Encoding::Other => return Ok(not_done(&name, span)),
    };
    string(text, span)
}
