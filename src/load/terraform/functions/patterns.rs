//! `regex`, `regexall` and `replace`: patterns in Go's dialect, translated to ours.

use regex::Regex;

use super::super::kinds;
use super::super::value::{MAX_TEXT, MAX_WEIGHT};
use super::{Answer, string, text_argument};
use crate::model::{Map, Node, Span, Value};

pub fn replace(arguments: &[Node], span: Span) -> Answer {
    let (text, search, with) =
        (text_argument(arguments, 0)?, text_argument(arguments, 1)?, text_argument(arguments, 2)?);
    if search.len() > 1
        && let Some(pattern) = search.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'))
    {
        let regex = compile(pattern)?;
        // A group may stand in the replacement as often as it likes.
        let longest = with.len().saturating_add(with.matches('$').count().saturating_mul(text.len()));
        if regex.find_iter(&text).count().saturating_mul(longest) > 16 * MAX_TEXT {
            return Err("the text becomes too long".into());
        }
        return string(regex.replace_all(&text, &*with).into_owned(), span);
    }
    let found = text.matches(&*search).count();
    if found.saturating_mul(with.len()) > MAX_TEXT {
        return Err("the text becomes too long".into());
    }
    string(text.replace(&*search, &with), span)
}

pub fn regex(arguments: &[Node], span: Span) -> Answer {
    let regex = compile(&text_argument(arguments, 0)?)?;
    let shape = Groups::of(&regex)?;
    let text = text_argument(arguments, 1)?;
    let captures = regex.captures(&text).ok_or("the pattern does not match")?;
    Ok(shape.captured(&regex, &captures, span))
}

pub fn regexall(arguments: &[Node], span: Span) -> Answer {
    let regex = compile(&text_argument(arguments, 0)?)?;
    let shape = Groups::of(&regex)?;
    let text = text_argument(arguments, 1)?;
    let found = regex.captures_iter(&text).take(MAX_WEIGHT).map(|captures| shape.captured(&regex, &captures, span));
    let found: Vec<Node> = found.collect();
    if found.len() == MAX_WEIGHT { Err("too many matches".into()) } else { Ok(kinds::list(found, span)) }
}

/// What a match is shown as: its text, a list of its groups, or a map of its named groups.
enum Groups {
    None,
    Numbered,
    Named,
}

impl Groups {
    fn of(regex: &Regex) -> Result<Self, String> {
        let named = regex.capture_names().flatten().count();
        match (regex.captures_len() - 1, named) {
            (0, _) => Ok(Self::None),
            (_, 0) => Ok(Self::Numbered),
            (all, named) if all == named => Ok(Self::Named),
            _ => Err("either all groups have a name or none".into()),
        }
    }

    fn captured(&self, regex: &Regex, captures: &regex::Captures<'_>, span: Span) -> Node {
        let group = |found: Option<regex::Match<'_>>| {
            found.map_or_else(|| Node::new(Value::Null, span), |found| Node::string(found.as_str(), span))
        };
        match self {
            Self::None => group(captures.get(0)),
            Self::Numbered => Node::list(captures.iter().skip(1).map(group).collect(), span),
            Self::Named => {
                let names = regex.capture_names().flatten();
                let map: Map = names.map(|name| (name.into(), group(captures.name(name)))).collect();
                Node::map(map, span)
            }
        }
    }
}

fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(&translate(pattern)).map_err(|_| format!("'{pattern}' is not a regular expression"))
}

/// Go's `\d`, `\w`, `\s` and `\b` know ASCII only, its brackets hold no brackets, and `\Q..\E` quotes.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut in_class = false;
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        let next = rest.get(taken..).and_then(|after| after.chars().next());
        match (c, next) {
            ('\\', Some('Q')) if !in_class => {
                let quoted = rest.get(2..).unwrap_or("");
                let (quoted, length) =
                    quoted.find("\\E").map_or((quoted, rest.len()), |end| (quoted.get(..end).unwrap_or(""), end + 4));
                out.push_str(&regex::escape(quoted));
                taken = length;
            }
            ('\\', Some(letter)) => {
                taken += letter.len_utf8();
                match (letter, in_class) {
                    ('d', false) => out.push_str("[0-9]"),
                    ('d', true) => out.push_str("0-9"),
                    ('D', _) => out.push_str("[^0-9]"),
                    ('w', false) => out.push_str("[0-9A-Za-z_]"),
                    ('w', true) => out.push_str("0-9A-Za-z_"),
                    ('W', _) => out.push_str("[^0-9A-Za-z_]"),
                    ('s', false) => out.push_str("[\\t\\n\\f\\r ]"),
                    ('s', true) => out.push_str("\\t\\n\\f\\r "),
                    ('S', _) => out.push_str("[^\\t\\n\\f\\r ]"),
                    ('b', false) => out.push_str("(?-u:\\b)"),
                    ('B', false) => out.push_str("(?-u:\\B)"),
                    (letter, _) => out.extend(['\\', letter]),
                }
            }
            ('[', _) if !in_class => {
                in_class = true;
                out.push('[');
                // A bracket right at the start is one of the characters.
                let after = rest.get(1..).unwrap_or("");
                let negated = after.starts_with('^');
                if negated {
                    out.push('^');
                    taken += 1;
                }
                if after.get(usize::from(negated)..).is_some_and(|after| after.starts_with(']')) {
                    out.push_str("\\]");
                    taken += 1;
                }
            }
            ('[', Some(':')) => {
                let end = rest.find(":]").map_or(1, |end| end + 2);
                out.push_str(rest.get(..end).unwrap_or("["));
                taken = end;
            }
            ('[', _) => out.push_str("\\["),
            ('&' | '~', _) if in_class => out.extend(['\\', c]),
            ('-', Some('-')) if in_class => out.push_str("\\-"),
            (']', _) if in_class => {
                in_class = false;
                out.push(']');
            }
            (c, _) => out.push(c),
        }
        rest = rest.get(taken..).unwrap_or("");
    }
    out
}
