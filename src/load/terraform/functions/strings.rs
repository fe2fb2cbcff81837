//! Functions over strings and paths.

use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation as _;

use super::super::kinds;
use super::super::value::{MAX_TEXT, MAX_WEIGHT, derived, find_unknown, join_parts, parts};
use super::{Answer, argument, boolean, index_argument, list_argument, number_argument, string, text_argument};
use crate::model::{Node, Part, Reason, Shape, Span, Unknown, Value};

/// What people take for characters.
pub fn graphemes(text: &str) -> impl Iterator<Item = &str> {
    text.graphemes(true)
}

pub fn lower(arguments: &[Node], span: Span) -> Answer {
    string(text_argument(arguments, 0)?.chars().filter_map(|c| c.to_lowercase().next()).collect::<String>(), span)
}

pub fn upper(arguments: &[Node], span: Span) -> Answer {
    string(text_argument(arguments, 0)?.chars().map(|c| single(c.to_uppercase(), c)).collect::<String>(), span)
}

/// One character for one character: `ß` has no capital.
fn single(mut mapped: impl Iterator<Item = char>, c: char) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ => c,
    }
}

pub fn title(arguments: &[Node], span: Span) -> Answer {
    let text = text_argument(arguments, 0)?;
    let mut out = String::with_capacity(text.len());
    let mut start = true;
    for c in text.chars() {
        if start {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
        start = if c.is_ascii() { !c.is_ascii_alphanumeric() && c != '_' } else { c.is_whitespace() };
    }
    string(out, span)
}

pub fn strrev(arguments: &[Node], span: Span) -> Answer {
    let text = text_argument(arguments, 0)?;
    string(text.graphemes(true).rev().collect::<String>(), span)
}

pub fn trim(arguments: &[Node], span: Span) -> Answer {
    let (text, cut) = (text_argument(arguments, 0)?, text_argument(arguments, 1)?);
    string(text.trim_matches(|c| cut.contains(c)), span)
}

pub fn trimspace(arguments: &[Node], span: Span) -> Answer {
    string(text_argument(arguments, 0)?.trim(), span)
}

pub fn chomp(arguments: &[Node], span: Span) -> Answer {
    string(text_argument(arguments, 0)?.trim_end_matches(['\n', '\r']), span)
}

pub fn trimprefix(arguments: &[Node], span: Span) -> Answer {
    let (text, prefix) = (text_argument(arguments, 0)?, text_argument(arguments, 1)?);
    string(text.strip_prefix(&*prefix).unwrap_or(&text), span)
}

pub fn trimsuffix(arguments: &[Node], span: Span) -> Answer {
    let (text, suffix) = (text_argument(arguments, 0)?, text_argument(arguments, 1)?);
    string(text.strip_suffix(&*suffix).unwrap_or(&text), span)
}

/// The known beginning of a text that is not known as a whole may be enough.
pub fn startswith(arguments: &[Node], span: Span) -> Answer {
    let (text, prefix) = (argument(arguments, 0)?, argument(arguments, 1)?);
    if let Some(unknown) = prefix.as_unknown() {
        return Ok(derived(unknown, Shape::Bool, span));
    }
    let prefix = text_argument(arguments, 1)?;
    let Some(unknown) = find_unknown(text) else {
        return boolean(text_argument(arguments, 0)?.starts_with(&*prefix), span);
    };
    match unknown.parts.first() {
        Some(Part::Known(known)) if known.starts_with(&*prefix) => boolean(true, span),
        Some(Part::Known(known)) if !prefix.starts_with(&**known) => boolean(false, span),
        _ => Ok(derived(unknown, Shape::Bool, span)),
    }
}

pub fn endswith(arguments: &[Node], span: Span) -> Answer {
    boolean(text_argument(arguments, 0)?.ends_with(&*text_argument(arguments, 1)?), span)
}

pub fn strcontains(arguments: &[Node], span: Span) -> Answer {
    boolean(text_argument(arguments, 0)?.contains(&*text_argument(arguments, 1)?), span)
}

pub fn split(arguments: &[Node], span: Span) -> Answer {
    let (separator, text) = (text_argument(arguments, 0)?, text_argument(arguments, 1)?);
    if text.is_empty() {
        return Ok(kinds::list(vec![Node::string("", span)], span));
    }
    let parts: Vec<Node> = if separator.is_empty() {
        text.chars().take(MAX_WEIGHT).map(|c| Node::string(c.to_string(), span)).collect()
    } else {
        text.split(&*separator).take(MAX_WEIGHT).map(|part| Node::string(part, span)).collect()
    };
    if parts.len() == MAX_WEIGHT {
        return Err("too many parts".into());
    }
    Ok(kinds::list(parts, span))
}

/// Joins strings; unknown elements become unknown parts of the result.
pub fn join(arguments: &[Node], span: Span) -> Answer {
    if let Some(unknown) = arguments.iter().find_map(Node::as_unknown) {
        return Ok(derived(unknown, Shape::String, span));
    }
    let separator = text_argument(arguments, 0)?;
    let mut out = Vec::new();
    let mut unknown = None;
    for index in 1..arguments.len() {
        for item in list_argument(arguments, index)? {
            if !out.is_empty() {
                out.push(Part::Known(separator.clone()));
            }
            if matches!(item.value, Value::List(_) | Value::Map(_) | Value::Null) {
                return Err("an element is not a string".into());
            }
            unknown = unknown.or(find_unknown(item));
            // An empty first element must still be followed by the separator.
            out.push(Part::Known("".into()));
            out.extend(parts(item));
        }
    }
    Ok(join_parts(out, unknown.map(AsRef::as_ref), span))
}

pub fn substr(arguments: &[Node], span: Span) -> Answer {
    let text = text_argument(arguments, 0)?;
    let clusters: Vec<&str> = graphemes(&text).collect();
    let total = i128::try_from(clusters.len()).unwrap_or(i128::MAX);
    let offset = number_argument(arguments, 1)?.whole().ok_or("the offset is not whole")?;
    let length = number_argument(arguments, 2)?.whole().ok_or("the length is not whole")?;
    let start = if offset < 0 { (total + offset).max(0) } else { offset.min(total) };
    let end = if length < 0 { total } else { start.saturating_add(length).min(total) };
    let range = usize::try_from(start).unwrap_or(0)..usize::try_from(end).unwrap_or(0);
    string(clusters.get(range).unwrap_or(&[]).concat(), span)
}

pub fn indent(arguments: &[Node], span: Span) -> Answer {
    let pad = " ".repeat(index_argument(arguments, 0)?.min(1024));
    let text = text_argument(arguments, 1)?;
    if text.matches('\n').count().saturating_mul(pad.len()) > MAX_TEXT {
        return Err("the text becomes too long".into());
    }
    string(text.replace('\n', &format!("\n{pad}")), span)
}

pub fn basename(arguments: &[Node], span: Span) -> Answer {
    let path = text_argument(arguments, 0)?;
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or("");
    let root = if path.is_empty() { "." } else { "/" };
    string(if name.is_empty() { root } else { name }, span)
}

pub fn dirname(arguments: &[Node], span: Span) -> Answer {
    let path = text_argument(arguments, 0)?;
    let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
    string(if path.starts_with('/') { clean(&format!("/{dir}")) } else { clean(dir) }, span)
}

/// The shortest path that means the same, by its text alone.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".into(),
        (false, false) => parts.join("/"),
    }
}

pub fn urlencode(arguments: &[Node], span: Span) -> Answer {
    let mut out = String::new();
    for byte in text_argument(arguments, 0)?.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    string(out, span)
}

pub fn urldecode(arguments: &[Node], span: Span) -> Answer {
    let text = text_argument(arguments, 0)?;
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let mut digit = || bytes.next().and_then(|digit| char::from(digit).to_digit(16));
                let value = digit().zip(digit()).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
                out.push(value.ok_or("a % is not followed by two hexadecimal digits")?);
            }
            other => out.push(other),
        }
    }
    string(String::from_utf8(out).map_err(|_| "the bytes are not text")?, span)
}

/// A leading `~` stands for a home directory, and there is none here.
pub fn pathexpand(arguments: &[Node], span: Span) -> Answer {
    let path = text_argument(arguments, 0)?;
    if path.starts_with('~') && !(path.len() == 1 || path.starts_with("~/")) {
        return Err("only ~ and ~/ stand for a home directory".into());
    }
    if path.starts_with('~') {
        let cause = "pathexpand() is not evaluated: it depends on who runs it";
        let unknown = Unknown { shape: Shape::String, nullable: false, ..Unknown::new(Reason::Unsupported, cause) };
        return Ok(Node::unknown(unknown, span));
    }
    string(path, span)
}
