//! `format` and `formatlist`: verbs with flags, width, precision and argument numbers; unknown arguments stay unknown parts.

use std::sync::Arc;

use super::super::kinds;
use super::super::number::Number;
use super::super::value::{MAX_TEXT, derived, find_unknown, join_parts, parts, to_bool, to_number, to_text};
use super::{Answer, argument, json_text, text_argument};
use crate::model::{Node, Part, Shape, Span, Unknown, Value};

const MAX_WIDTH: usize = 1024;

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
    if let Some(unknown) = arguments.first().and_then(Node::as_unknown) {
        return Ok(derived(unknown, Shape::List, span));
    }
    let template = text_argument(arguments, 0)?;
    let values = arguments.get(1..).unwrap_or(&[]);
    let lengths: Vec<usize> = values.iter().filter_map(Node::as_list).map(<[Node]>::len).collect();
    if lengths.iter().any(|length| Some(length) != lengths.first()) {
        return Err("the lists differ in length".into());
    }
    if let Some(unknown) =
        values.iter().find_map(|value| value.as_unknown().filter(|u| matches!(u.shape, Shape::List | Shape::Any)))
    {
        return Ok(derived(unknown, Shape::List, span));
    }
    let rows = lengths.first().copied().unwrap_or(1);
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
    Ok(kinds::list(out, span))
}

/// What stands between `%` and the verb.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
struct Flags {
    plus: bool,
    minus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: usize,
    precision: Option<usize>,
    argument: Option<usize>,
}

fn format_parts(template: &str, values: &[Node]) -> Result<Vec<Part>, String> {
    let mut out = Vec::new();
    let mut known = String::new();
    let mut next = 0;
    let mut highest = 0;
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        known.push_str(rest.get(..at).unwrap_or(""));
        rest = rest.get(at + 1..).unwrap_or("");
        if let Some(after) = rest.strip_prefix('%') {
            known.push('%');
            rest = after;
            continue;
        }
        let (flags, verb, after) = directive(rest)?;
        rest = after;
        let index = flags.argument.unwrap_or(next);
        next = index + 1;
        highest = highest.max(next);
        let value = values.get(index).ok_or("an argument is missing")?;
        if let Some(text) = formatted(verb, &flags, value)? {
            known.push_str(&text);
        } else {
            if !known.is_empty() {
                out.push(Part::Known(std::mem::take(&mut known).into()));
            }
            // A width may add blanks to what is not known.
            out.extend(if flags.width == 0 { parts(value) } else { vec![Part::Hole { opaque: false }] });
        }
    }
    if highest < values.len() {
        return Err(format!("the format uses {highest} of {} arguments", values.len()));
    }
    known.push_str(rest);
    out.push(Part::Known(known.into()));
    Ok(out)
}

/// Flags and verb behind a `%`, and what follows them.
fn directive(text: &str) -> Result<(Flags, char, &str), String> {
    let mut flags = Flags::default();
    let mut rest = text;
    let number = |rest: &mut &str| -> Option<usize> {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(end);
        *rest = after;
        digits.parse().ok()
    };
    while let Some(flag) = rest.chars().next() {
        match flag {
            '+' => flags.plus = true,
            '-' => flags.minus = true,
            ' ' => flags.space = true,
            '0' => flags.zero = true,
            '#' => flags.sharp = true,
            _ => break,
        }
        rest = rest.get(1..).unwrap_or("");
    }
    flags.width = number(&mut rest).unwrap_or(0);
    if let Some(after) = rest.strip_prefix('.') {
        rest = after;
        flags.precision = Some(number(&mut rest).unwrap_or(0));
    }
    if let Some(after) = rest.strip_prefix('[') {
        rest = after;
        let index = number(&mut rest).and_then(|index| index.checked_sub(1)).ok_or("a bad argument number")?;
        flags.argument = Some(index);
        rest = rest.strip_prefix(']').ok_or("a bad argument number")?;
    }
    if flags.width > MAX_WIDTH || flags.precision.is_some_and(|precision| precision > MAX_WIDTH) {
        return Err(format!("a width of more than {MAX_WIDTH} is not supported"));
    }
    let verb = rest.chars().next().ok_or("the format ends after %")?;
    Ok((flags, verb, rest.get(verb.len_utf8()..).unwrap_or("")))
}

/// The text of one verb; `None` when the value is unknown.
fn formatted(verb: char, flags: &Flags, value: &Node) -> Result<Option<String>, String> {
    if find_unknown(value).is_some() {
        return Ok(None);
    }
    if value.is_null() && verb != 'v' {
        return Err(format!("%{verb} cannot show null"));
    }
    let number = || to_number(value).ok_or("not a number");
    let text = match verb {
        'v' if flags.sharp => json_text(value).ok_or("cannot be text")?,
        'v' => match &value.value {
            Value::Null => "null".into(),
            Value::List(_) | Value::Map(_) => json_text(value).ok_or("cannot be text")?,
            Value::Number(_) => general(&number()?, flags.precision),
            _ => cut(&to_text(value).ok_or("cannot be text")?, flags.precision),
        },
        's' => cut(&to_text(value).ok_or("cannot be text")?, flags.precision),
        'q' => super::encoding::json_string(&cut(&to_text(value).ok_or("cannot be text")?, flags.precision)),
        't' => to_bool(value).ok_or("not a bool")?.to_string(),
        'd' => number()?.whole().ok_or("not a whole number")?.to_string(),
        'b' => number()?.truncate().in_base(2).ok_or("not a number")?,
        'o' => number()?.truncate().in_base(8).ok_or("not a number")?,
        'x' => prefixed(number()?.truncate().in_base(16).ok_or("not a number")?, flags, "0x"),
        'X' => prefixed(number()?.truncate().in_base(16).ok_or("not a number")?.to_uppercase(), flags, "0X"),
        'f' => fixed(&number()?, flags.precision.unwrap_or(6)),
        'e' => scientific(&number()?, flags.precision.or(Some(6))),
        'E' => scientific(&number()?, flags.precision.or(Some(6))).to_uppercase(),
        'g' => general(&number()?, flags.precision),
        'G' => general(&number()?, flags.precision).to_uppercase(),
        other => return Err(format!("%{other} is not supported")),
    };
    let numeric = matches!(verb, 'd' | 'b' | 'o' | 'x' | 'X' | 'f' | 'e' | 'E' | 'g' | 'G');
    Ok(Some(pad(text, flags, numeric)))
}

fn pad(mut text: String, flags: &Flags, numeric: bool) -> String {
    if numeric && !text.starts_with('-') {
        if flags.plus {
            text.insert(0, '+');
        } else if flags.space {
            text.insert(0, ' ');
        }
    }
    let missing = flags.width.saturating_sub(super::strings::graphemes(&text).count());
    if missing == 0 {
        text
    } else if flags.minus {
        format!("{text}{}", " ".repeat(missing))
    } else if flags.zero {
        let signed = numeric && text.starts_with(['-', '+', ' ']);
        let (sign, digits) = text.split_at(usize::from(signed));
        format!("{sign}{}{digits}", "0".repeat(missing))
    } else {
        format!("{}{text}", " ".repeat(missing))
    }
}

fn prefixed(digits: String, flags: &Flags, prefix: &str) -> String {
    match digits.strip_prefix('-') {
        _ if !flags.sharp => digits,
        Some(digits) => format!("-{prefix}{digits}"),
        None => format!("{prefix}{digits}"),
    }
}

fn cut(text: &str, precision: Option<usize>) -> String {
    precision.map_or_else(|| text.to_owned(), |kept| super::strings::graphemes(text).take(kept).collect())
}

/// A number with so many places, halves to even.
fn fixed(number: &Number, places: usize) -> String {
    let digits = number.shifted(places).text();
    let (sign, digits) = digits.strip_prefix('-').map_or(("", &*digits), |digits| ("-", digits));
    let digits = format!("{digits:0>width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// Sign, digits without leading and trailing zeros, and the power of ten of the first digit.
fn digits(number: &Number) -> (bool, String, i64) {
    let text = number.text();
    let (negative, text) = text.strip_prefix('-').map_or((false, &*text), |text| (true, text));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all = format!("{whole}{fraction}");
    let lead = all.len() - all.trim_start_matches('0').len();
    let kept = all.trim_matches('0');
    if kept.is_empty() {
        return (negative, "0".into(), 0);
    }
    let exponent = i64::try_from(whole.len()).unwrap_or(0) - 1 - i64::try_from(lead).unwrap_or(0);
    (negative, kept.into(), exponent)
}

/// Digits rounded to so many, halves to even.
fn significant(number: &Number, count: usize) -> (bool, String, i64) {
    let (negative, text, exponent) = digits(number);
    if text.len() <= count {
        return (negative, text, exponent);
    }
    let (kept, cut) = text.split_at(count);
    let rounded = Number::parse(&format!("{kept}.{cut}")).map(|number| number.shifted(0).text()).unwrap_or_default();
    let carried = i64::from(rounded.len() > count);
    (negative, rounded.trim_end_matches('0').to_owned(), exponent + carried)
}

fn scientific(number: &Number, precision: Option<usize>) -> String {
    let (negative, digits, exponent) = match precision {
        Some(places) => significant(number, places + 1),
        None => digits(number),
    };
    let places = precision.unwrap_or(digits.len() - 1);
    let (first, rest) = digits.split_at(1);
    let fraction = if places == 0 { String::new() } else { format!(".{rest:0<places$}") };
    let sign = if negative { "-" } else { "" };
    format!("{sign}{first}{fraction}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

/// Plain for numbers of a common size, scientific for others.
fn general(number: &Number, precision: Option<usize>) -> String {
    let (negative, shown, exponent) = match precision {
        Some(count) => significant(number, count.max(1)),
        None => digits(number),
    };
    let length = i64::try_from(shown.len()).unwrap_or(i64::MAX);
    let limit = match precision {
        Some(count) => i64::try_from(count.max(1)).unwrap_or(i64::MAX).max(if length > exponent { length } else { 0 }),
        None => 6,
    };
    if exponent < -4 || exponent >= limit {
        return scientific(number, Some(shown.len() - 1));
    }
    let sign = if negative { "-" } else { "" };
    if exponent < 0 {
        let zeros = "0".repeat(usize::try_from(-exponent - 1).unwrap_or(0));
        return format!("{sign}0.{zeros}{shown}");
    }
    let whole = usize::try_from(exponent + 1).unwrap_or(0);
    let padded = format!("{shown:0<whole$}");
    let (whole, fraction) = padded.split_at(whole);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}
