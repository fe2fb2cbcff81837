//! Words of an instruction, JSON arrays, and `$variables`; as `BuildKit` reads them, which is not what a shell does.

use std::sync::Arc;

/// Stands for unknown text inside a [`Filled`].
pub(super) const HOLE: char = '\0';

/// A text after substitution: what is known of it and where the rest would come from.
#[derive(Clone, Debug, Default)]
pub(super) struct Filled {
    /// With a [`HOLE`] for each unknown part.
    pub(super) text: String,
    pub(super) cause: Option<Arc<str>>,
    /// The definition that the first variable came from.
    pub(super) origin: Option<(usize, usize)>,
    /// An ARG's default went into it, which a build may replace.
    pub(super) defaulted: bool,
}

impl Filled {
    pub(super) fn unknown(cause: impl Into<Arc<str>>) -> Self {
        Self { text: HOLE.to_string(), cause: Some(cause.into()), ..Self::default() }
    }

    pub(super) fn known(text: &str) -> Self {
        Self { text: text.replace(HOLE, "\u{fffd}"), ..Self::default() }
    }

    pub(super) fn is_known(&self) -> bool {
        self.cause.is_none()
    }

    /// The same with another text, cut from this one.
    pub(super) fn part(&self, text: &str) -> Self {
        let cause = self.cause.clone().filter(|_| text.contains(HOLE));
        Self { text: text.into(), cause, origin: self.origin, defaulted: self.defaulted }
    }

    fn append(&mut self, other: &Self) {
        self.text.push_str(&other.text);
        self.cause = self.cause.take().or_else(|| other.cause.clone());
        self.origin = self.origin.or(other.origin);
        self.defaulted |= other.defaulted;
    }
}

/// What a name stands for at some line.
pub(super) enum Lookup {
    Value(Filled),
    /// An ARG without a default: empty unless the build gives it.
    NotGiven(Filled),
    /// Certainly not set.
    Unset,
}

/// Byte ranges of blank-separated words; quotes and escapes keep blanks inside a word.
pub(super) fn split(text: &str, escape: char) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == escape && quote != Some('\'') {
            start = start.or(Some(at));
            escaped = true;
        } else if let Some(open) = quote {
            quote = (c != open).then_some(open);
        } else if c.is_whitespace() {
            found.extend(start.take().map(|start| (start, at)));
        } else {
            start = start.or(Some(at));
            quote = matches!(c, '"' | '\'').then_some(c);
        }
    }
    found.extend(start.map(|start| (start, text.len())));
    found
}

/// The strings of a JSON array and their byte ranges, quotes included; nothing unless all of the text is one.
pub(super) fn json_array(text: &str) -> Option<Vec<(String, usize, usize)>> {
    let trimmed = text.trim_end();
    let lead = trimmed.len() - trimmed.trim_start().len();
    let mut at = lead + 1;
    if !trimmed.get(lead..)?.starts_with('[') {
        return None;
    }
    let blank = |at: usize| {
        let rest = trimmed.get(at..).unwrap_or("");
        at + rest.len() - rest.trim_start().len()
    };
    let mut items = Vec::new();
    at = blank(at);
    if trimmed.get(at..) == Some("]") {
        return Some(items);
    }
    loop {
        let (item, end) = json_string(trimmed, at)?;
        items.push((item, at, end));
        at = blank(end);
        match trimmed.get(at..)? {
            "]" => return Some(items),
            rest if rest.starts_with(',') => at = blank(at + 1),
            _ => return None,
        }
    }
}

fn json_string(text: &str, start: usize) -> Option<(String, usize)> {
    let rest = text.get(start..)?;
    let mut escaped = false;
    let mut chars = rest.char_indices();
    if chars.next()?.1 != '"' {
        return None;
    }
    for (at, c) in chars {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                let literal = rest.get(..=at)?;
                return serde_json::from_str(literal).ok().map(|item| (item, start + at + 1));
            }
            _ => {}
        }
    }
    None
}

/// Removes quotes and escapes and puts values in for variables.
pub(super) fn expand(text: &str, escape: char, lookup: &dyn Fn(&str) -> Lookup) -> Filled {
    let mut out = Filled::default();
    Expander { text, escape, lookup, depth: 0 }.run(&mut out);
    out
}

/// Removes quotes and escapes and leaves variables alone.
pub(super) fn unquote(text: &str, escape: char) -> Filled {
    let lookup = |name: &str| Lookup::Value(Filled { text: format!("${name}"), ..Filled::default() });
    if text.contains("${") {
        // Braces would be lost above; a word that has them keeps its variables as written.
        return Filled::known(&text.replace(['"', '\''], ""));
    }
    expand(text, escape, &lookup)
}

struct Expander<'a> {
    text: &'a str,
    escape: char,
    lookup: &'a dyn Fn(&str) -> Lookup,
    depth: usize,
}

impl Expander<'_> {
    fn run(&self, out: &mut Filled) {
        let mut at = 0;
        let mut quote = None;
        while let Some(c) = self.text.get(at..).and_then(|rest| rest.chars().next()) {
            let next = at + c.len_utf8();
            match c {
                '\'' if quote.is_none() => quote = Some(c),
                '"' if quote.is_none() => quote = Some(c),
                _ if quote == Some(c) => quote = None,
                _ if c == self.escape && quote != Some('\'') => {
                    let Some(escaped) = self.text.get(next..).and_then(|rest| rest.chars().next()) else {
                        // An escape at the very end stands for itself.
                        out.text.push(c);
                        break;
                    };
                    if quote == Some('"') && !matches!(escaped, '"' | '$') && escaped != self.escape {
                        out.text.push(c);
                    }
                    out.text.push(if escaped == HOLE { '\u{fffd}' } else { escaped });
                    at = next + escaped.len_utf8();
                    continue;
                }
                '$' if quote != Some('\'') => {
                    at = self.variable(next, out);
                    continue;
                }
                HOLE => out.text.push('\u{fffd}'),
                _ => out.text.push(c),
            }
            at = next;
        }
    }

    /// Reads a variable behind its `$`; returns where the text goes on.
    fn variable(&self, at: usize, out: &mut Filled) -> usize {
        let rest = self.text.get(at..).unwrap_or("");
        if let Some(inner) = rest.strip_prefix('{') {
            let Some(length) = closing_brace(inner) else {
                out.text.push('$');
                return at;
            };
            self.braced(inner.get(..length).unwrap_or(""), out);
            return at + length + 2;
        }
        let length = name_length(rest);
        if length == 0 {
            out.text.push('$');
            return at;
        }
        Self::plain((self.lookup)(rest.get(..length).unwrap_or("")), out);
        at + length
    }

    fn plain(found: Lookup, out: &mut Filled) {
        match found {
            Lookup::Value(value) | Lookup::NotGiven(value) => out.append(&value),
            Lookup::Unset => {}
        }
    }

    fn braced(&self, inner: &str, out: &mut Filled) {
        let (name, operator) = inner.split_at(name_length(inner));
        let found = (self.lookup)(name);
        if operator.is_empty() {
            return Self::plain(found, out);
        }
        let (colon, operator) = operator.strip_prefix(':').map_or((false, operator), |rest| (true, rest));
        let mut chars = operator.chars();
        let kind = chars.next();
        let word = chars.as_str();
        match (kind, found) {
            (Some('-'), Lookup::Value(value)) if value.is_known() && (!value.text.is_empty() || !colon) => {
                out.append(&value);
            }
            (Some('-'), Lookup::Value(value)) if !value.is_known() => out.append(&value),
            (Some('-'), Lookup::NotGiven(_)) => {
                out.defaulted = true;
                self.word(word, out);
            }
            (Some('-'), _) => self.word(word, out),
            (Some('+'), Lookup::Value(value)) if value.is_known() => {
                if !value.text.is_empty() || !colon {
                    self.word(word, out);
                }
            }
            (Some('+'), Lookup::Unset) => {}
            (Some('?'), found) => Self::plain(found, out),
            (_, Lookup::Value(value) | Lookup::NotGiven(value)) if !value.is_known() => out.append(&value),
            _ => out.append(&Filled::unknown(format!("'${{{inner}}}' is not evaluated"))),
        }
    }

    fn word(&self, word: &str, out: &mut Filled) {
        // Defaults nest, but nobody nests them deep.
        if self.depth < 16 {
            Expander { text: word, depth: self.depth + 1, ..*self }.run(out);
        } else {
            out.append(&Filled::unknown("a variable's default is nested too deep"));
        }
    }
}

fn name_length(text: &str) -> usize {
    if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '@' | '*' | '#')) {
        return 1;
    }
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// The length of what stands before the brace that closes. It is looked for nearby only, so that a file full of
/// opening braces costs no quadratic time.
fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices().take(1024) {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}
