//! Functions over strings, paths and network addresses.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use regex::Regex;

use super::super::value::{MAX_TEXT, MAX_WEIGHT, Number, derived, find_unknown, join_parts, parts, to_number, to_text};
use super::{Answer, argument, index_argument, list_argument, number_argument, text_argument};
use crate::model::{Map, Node, Part, Shape, Span, Unknown, Value};

#[expect(clippy::unnecessary_wraps, reason = "the answer of a function")]
fn string(text: impl Into<Arc<str>>, span: Span) -> Answer {
    Ok(Node::string(text, span))
}

#[expect(clippy::unnecessary_wraps, reason = "the answer of a function")]
fn boolean(value: bool, span: Span) -> Answer {
    Ok(Node::new(Value::Bool(value), span))
}

pub fn lower(arguments: &[Node], span: Span) -> Answer {
    string(text_argument(arguments, 0)?.to_lowercase(), span)
}

pub fn upper(arguments: &[Node], span: Span) -> Answer {
    string(text_argument(arguments, 0)?.to_uppercase(), span)
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
        start = !c.is_alphanumeric() && c != '_' && c != '\'';
    }
    string(out, span)
}

pub fn strrev(arguments: &[Node], span: Span) -> Answer {
    string(text_argument(arguments, 0)?.chars().rev().collect::<String>(), span)
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

pub fn startswith(arguments: &[Node], span: Span) -> Answer {
    boolean(text_argument(arguments, 0)?.starts_with(&*text_argument(arguments, 1)?), span)
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
        return Ok(Node::list(vec![Node::string("", span)], span));
    }
    let parts: Vec<Node> = if separator.is_empty() {
        text.chars().take(MAX_WEIGHT).map(|c| Node::string(c.to_string(), span)).collect()
    } else {
        text.split(&*separator).take(MAX_WEIGHT).map(|part| Node::string(part, span)).collect()
    };
    if parts.len() == MAX_WEIGHT {
        return Err("too many parts".into());
    }
    Ok(Node::list(parts, span))
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

pub fn replace(arguments: &[Node], span: Span) -> Answer {
    let (text, search, with) =
        (text_argument(arguments, 0)?, text_argument(arguments, 1)?, text_argument(arguments, 2)?);
    if search.len() > 1
        && let Some(pattern) = search.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'))
    {
        // Terraform writes a group as `$1`, which would swallow letters after it here.
        let with = with.replace("$$", "\u{0}");
        let with =
            Regex::new(r"\$(\d+)").map_err(|e| e.to_string())?.replace_all(&with, "$${$1}").replace('\u{0}', "$$");
        let regex = compile(pattern)?;
        // A group may stand in the replacement as often as it likes.
        let longest = with.len().saturating_add(with.matches('$').count().saturating_mul(text.len()));
        if regex.find_iter(&text).count().saturating_mul(longest) > 16 * MAX_TEXT {
            return Err("the text becomes too long".into());
        }
        return string(regex.replace_all(&text, with.as_str()).into_owned(), span);
    }
    let found = text.matches(&*search).count();
    if found.saturating_mul(with.len()) > MAX_TEXT {
        return Err("the text becomes too long".into());
    }
    string(text.replace(&*search, &with), span)
}

fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|_| format!("'{pattern}' is not a regular expression"))
}

/// Named groups give a map, unnamed groups a list, no groups the text.
fn captured(regex: &Regex, captures: &regex::Captures<'_>, span: Span) -> Node {
    let group = |found: Option<regex::Match<'_>>| {
        found.map_or_else(|| Node::new(Value::Null, span), |found| Node::string(found.as_str(), span))
    };
    let names: Vec<&str> = regex.capture_names().flatten().collect();
    if !names.is_empty() {
        let map: Map = names.into_iter().map(|name| (name.into(), group(captures.name(name)))).collect();
        return Node::map(map, span);
    }
    if captures.len() > 1 {
        return Node::list(captures.iter().skip(1).map(group).collect(), span);
    }
    group(captures.get(0))
}

pub fn regex(arguments: &[Node], span: Span) -> Answer {
    let regex = compile(&text_argument(arguments, 0)?)?;
    let text = text_argument(arguments, 1)?;
    let captures = regex.captures(&text).ok_or("the pattern does not match")?;
    Ok(captured(&regex, &captures, span))
}

pub fn regexall(arguments: &[Node], span: Span) -> Answer {
    let regex = compile(&text_argument(arguments, 0)?)?;
    let text = text_argument(arguments, 1)?;
    let found: Vec<Node> =
        regex.captures_iter(&text).take(MAX_WEIGHT).map(|captures| captured(&regex, &captures, span)).collect();
    if found.len() == MAX_WEIGHT { Err("too many matches".into()) } else { Ok(Node::list(found, span)) }
}

pub fn substr(arguments: &[Node], span: Span) -> Answer {
    let chars: Vec<char> = text_argument(arguments, 0)?.chars().collect();
    let total = i128::try_from(chars.len()).unwrap_or(i128::MAX);
    let offset = number_argument(arguments, 1)?.whole().ok_or("the offset is not whole")?;
    let length = number_argument(arguments, 2)?.whole().ok_or("the length is not whole")?;
    let start = if offset < 0 { (total + offset).max(0) } else { offset.min(total) };
    let end = if length < 0 { total } else { start.saturating_add(length).min(total) };
    let range = usize::try_from(start).unwrap_or(0)..usize::try_from(end).unwrap_or(0);
    string(chars.get(range).unwrap_or(&[]).iter().collect::<String>(), span)
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
    string(path.trim_end_matches('/').rsplit('/').next().unwrap_or(""), span)
}

pub fn dirname(arguments: &[Node], span: Span) -> Answer {
    let path = text_argument(arguments, 0)?;
    string(path.trim_end_matches('/').rsplit_once('/').map_or(".", |(dir, _)| dir), span)
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

/// `format`; unknown arguments become unknown parts.
pub fn format(arguments: &[Node], span: Span) -> Answer {
    let template = argument(arguments, 0)?;
    if let Some(unknown) = template.as_unknown() {
        return Ok(derived(unknown, Shape::String, span));
    }
    let template = text_argument(arguments, 0)?;
    let values = arguments.get(1..).unwrap_or(&[]);
    let unknown: Option<&Arc<Unknown>> = values.iter().find_map(find_unknown);
    Ok(join_parts(format_parts(&template, values)?, unknown.map(AsRef::as_ref), span))
}

pub fn formatlist(arguments: &[Node], span: Span) -> Answer {
    if let Some(unknown) = arguments.iter().find_map(Node::as_unknown) {
        return Ok(derived(unknown, Shape::List, span));
    }
    let template = text_argument(arguments, 0)?;
    let values = arguments.get(1..).unwrap_or(&[]);
    let rows = values.iter().filter_map(Node::as_list).map(<[Node]>::len).max().unwrap_or(1);
    if rows.saturating_mul(template.len()) > MAX_TEXT {
        return Err("the texts become too long".into());
    }
    let mut out = Vec::with_capacity(rows);
    for row in 0..rows {
        let value = |node: &Node| match node.as_list() {
            Some(items) => items.get(row).cloned().ok_or("the lists differ in length"),
            None => Ok(node.clone()),
        };
        let values = values.iter().map(value).collect::<Result<Vec<_>, _>>()?;
        let unknown: Option<&Arc<Unknown>> = values.iter().find_map(find_unknown);
        out.push(join_parts(format_parts(&template, &values)?, unknown.map(AsRef::as_ref), span));
    }
    Ok(Node::list(out, span))
}

fn format_parts(template: &str, values: &[Node]) -> Result<Vec<Part>, String> {
    let mut out = Vec::new();
    let mut known = String::new();
    let mut next = 0;
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            known.push(c);
            continue;
        }
        let mut flags = String::new();
        while let Some(&flag) = chars.peek() {
            if !(flag.is_ascii_digit() || "+- #.[]".contains(flag)) {
                break;
            }
            flags.push(flag);
            chars.next();
        }
        let verb = chars.next().ok_or("the format ends after %")?;
        if verb == '%' {
            known.push('%');
            continue;
        }
        let mut spec = flags.as_str();
        let mut index = next;
        if let Some((before, rest)) = flags.split_once('[')
            && let Some((number, after)) = rest.split_once(']')
        {
            index = number.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).ok_or("a bad argument number")?;
            spec = if after.is_empty() { before } else { after };
        }
        next = index + 1;
        let value = values.get(index).ok_or("an argument is missing")?;
        if let Some(text) = formatted(verb, spec, value)? {
            known.push_str(&text);
        } else {
            if !known.is_empty() {
                out.push(Part::Known(std::mem::take(&mut known).into()));
            }
            out.extend(parts(value));
        }
    }
    out.push(Part::Known(known.into()));
    Ok(out)
}

/// The text of one verb; `None` when the value is unknown.
fn formatted(verb: char, flags: &str, value: &Node) -> Result<Option<String>, String> {
    if find_unknown(value).is_some() {
        return Ok(None);
    }
    let text = match verb {
        's' | 'v' => match &value.value {
            Value::List(_) | Value::Map(_) => super::json_text(value).ok_or("cannot be text")?,
            Value::Null if verb == 'v' => "null".into(),
            _ => to_text(value).ok_or("cannot be text")?.to_string(),
        },
        'q' => serde_json::Value::from(&*to_text(value).ok_or("cannot be text")?).to_string(),
        't' => to_text(value).filter(|text| matches!(&**text, "true" | "false")).ok_or("not a bool")?.to_string(),
        'd' => match to_number(value).ok_or("not a number")? {
            Number::Whole(whole) => whole.to_string(),
            Number::Float(float) => format!("{}", float.trunc()),
        },
        'x' => in_base(value, |whole| format!("{whole:x}"))?,
        'X' => in_base(value, |whole| format!("{whole:X}"))?,
        'b' => in_base(value, |whole| format!("{whole:b}"))?,
        'o' => in_base(value, |whole| format!("{whole:o}"))?,
        'f' | 'g' | 'e' => {
            let number = to_number(value).ok_or("not a number")?;
            let precision = flags.split_once('.').and_then(|(_, digits)| digits.parse::<usize>().ok());
            match (verb, precision) {
                ('f', precision) => format!("{:.*}", precision.unwrap_or(6).min(64), number.float()),
                _ => to_text(value).ok_or("not a number")?.to_string(),
            }
        }
        other => return Err(format!("%{other} is not supported")),
    };
    let width = flags.split('.').next().unwrap_or("").trim_start_matches(['+', '-', ' ', '#']);
    let zero = width.starts_with('0') && !flags.contains('-');
    let width = width.parse::<usize>().unwrap_or(0).min(1024);
    let pad = width.saturating_sub(text.chars().count());
    Ok(Some(if pad == 0 {
        text
    } else if flags.contains('-') {
        format!("{text}{}", " ".repeat(pad))
    } else if zero {
        let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
        format!("{sign}{}{digits}", "0".repeat(pad))
    } else {
        format!("{}{text}", " ".repeat(pad))
    }))
}

/// A number in another base; its sign stands before the digits.
fn in_base(value: &Node, digits: fn(u128) -> String) -> Result<String, String> {
    let whole = to_number(value).and_then(Number::whole).ok_or("not a whole number")?;
    Ok(format!("{}{}", if whole < 0 { "-" } else { "" }, digits(whole.unsigned_abs())))
}

fn network(text: &str) -> Result<IpNet, String> {
    text.parse::<IpNet>().map_err(|_| format!("'{text}' is not a CIDR block"))
}

pub fn cidrsubnet(arguments: &[Node], span: Span) -> Answer {
    let base = network(&text_argument(arguments, 0)?)?.trunc();
    let new_bits = u8::try_from(index_argument(arguments, 1)?).map_err(|_| "too many bits")?;
    let number = number_argument(arguments, 2)?.whole().and_then(|n| u128::try_from(n).ok()).ok_or("a bad number")?;
    let length = base.prefix_len().checked_add(new_bits).filter(|l| *l <= base.max_prefix_len());
    let length = length.ok_or("the prefix becomes too long")?;
    if u32::from(new_bits) < 128 && number >> new_bits != 0 {
        return Err("the network number does not fit".into());
    }
    let shift = u32::from(base.max_prefix_len() - length);
    let address = add(base.network(), number.checked_shl(shift).unwrap_or(0));
    string(format!("{address}/{length}"), span)
}

/// Consecutive subnets of the given additional bits, each aligned to its own size.
pub fn cidrsubnets(arguments: &[Node], span: Span) -> Answer {
    let base = network(&text_argument(arguments, 0)?)?.trunc();
    let width = u32::from(base.max_prefix_len());
    let mut next: u128 = 0;
    let mut out = Vec::new();
    for index in 1..arguments.len() {
        let bits = u8::try_from(index_argument(arguments, index)?).map_err(|_| "too many bits")?;
        let length = base.prefix_len().checked_add(bits).filter(|l| *l <= base.max_prefix_len());
        let length = length.ok_or("the prefix becomes too long")?;
        let size = 1u128.checked_shl(width - u32::from(length)).unwrap_or(u128::MAX);
        next = next.div_ceil(size).saturating_mul(size);
        let total = 1u128.checked_shl(width - u32::from(base.prefix_len())).unwrap_or(u128::MAX);
        if next.saturating_add(size) > total {
            return Err("the network has no room for all subnets".into());
        }
        out.push(Node::string(format!("{}/{length}", add(base.network(), next)), span));
        next += size;
    }
    Ok(Node::list(out, span))
}

pub fn cidrhost(arguments: &[Node], span: Span) -> Answer {
    let base = network(&text_argument(arguments, 0)?)?.trunc();
    let number = number_argument(arguments, 1)?.whole().ok_or("a bad number")?;
    let size = 1i128 << u32::from(base.max_prefix_len() - base.prefix_len()).min(126);
    let offset = if number < 0 { size + number } else { number };
    if offset < 0 || offset >= size {
        return Err("the host number does not fit".into());
    }
    string(add(base.network(), u128::try_from(offset).unwrap_or(0)).to_string(), span)
}

pub fn cidrnetmask(arguments: &[Node], span: Span) -> Answer {
    string(network(&text_argument(arguments, 0)?)?.netmask().to_string(), span)
}

fn add(address: IpAddr, offset: u128) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let sum = u32::from(v4).wrapping_add(u32::try_from(offset & u128::from(u32::MAX)).unwrap_or(0));
            IpAddr::V4(sum.into())
        }
        IpAddr::V6(v6) => IpAddr::V6(u128::from(v6).wrapping_add(offset).into()),
    }
}
