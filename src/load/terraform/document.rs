//! JSON texts in string attributes, as trees whose nodes point at the lines that hold them.
//!
//! A text may have unknown parts; the tree is kept all the same, with unknown leaves. It does not know what the document means.

use std::sync::Arc;

use crate::model::{Document, Map, Node, Part, Shape, SourceMap, Span, Unknown, Value};

/// Stands for an unknown part inside a text under parse; a private-use character that no policy contains.
const HOLE: char = '\u{F8F0}';
const OPAQUE_HOLE: char = '\u{F8F1}';
const MAX_DEPTH: usize = 64;

/// The tree of a string that holds a JSON object or array; `None` for any other value.
pub fn parse(node: &Node, sources: &SourceMap) -> Option<Node> {
    let (text, unknown) = match &node.value {
        Value::String(text) => (text.to_string(), None),
        Value::Unknown(unknown) if unknown.parts.len() > 1 => {
            let text = unknown.parts.iter().map(|part| match part {
                Part::Known(text) => text.to_string(),
                Part::Hole { opaque: true } => OPAQUE_HOLE.to_string(),
                Part::Hole { opaque: false } => HOLE.to_string(),
            });
            (text.collect::<String>(), Some(unknown.clone()))
        }
        _ => return None,
    };
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let places = Places::new(&text, node.origin, sources);
    let mut parser = Parser { text: &text, offset: 0, places, unknown: unknown.as_ref(), whole: node.origin };
    let tree = parser.value(0)?;
    parser.skip_space();
    if parser.offset != text.len() {
        return None;
    }
    let text = unknown.is_none().then(|| Arc::from(text.as_str()));
    let mut out = node.clone();
    out.value = Value::Document(Arc::new(Document { tree, text }));
    Some(out)
}

/// Start offset of a text line, and the span of its source line with the shift of its columns (`None`: whole line).
type Line = (usize, Option<(Span, Option<i64>)>);

/// Where each line of the text stands in its source.
struct Places {
    lines: Vec<Line>,
}

impl Places {
    fn new(text: &str, origin: Span, sources: &SourceMap) -> Self {
        let file = sources.file(origin.file);
        let slice = file.text.get(origin.start as usize..origin.end as usize).unwrap_or("");
        // A heredoc's span covers its markers; `policy = <<EOF` as a whole may be the origin too.
        let (skip, body) = match slice.find("<<") {
            Some(at) if slice.get(..at).is_some_and(|before| !before.contains('\n')) => {
                let first = slice.find('\n').map_or(slice.len(), |newline| newline + 1);
                (first, slice.get(first..).unwrap_or(""))
            }
            _ => (0, slice),
        };
        let text_lines: Vec<&str> = text.split('\n').collect();
        let source_lines: Vec<&str> = body.split('\n').collect();
        // The closing marker of a heredoc is one or two lines more than its text.
        let comparable = source_lines.len() >= text_lines.len()
            && source_lines.len() <= text_lines.len() + 2
            && text_lines.len() > 1
            || source_lines == text_lines;
        let mut lines = Vec::with_capacity(text_lines.len());
        let mut text_offset = 0;
        let mut source_offset = origin.start as usize + skip;
        for (index, line) in text_lines.iter().enumerate() {
            let place = source_lines.get(index).filter(|_| comparable).map(|source| {
                let trimmed = source.trim();
                let lead = source.len() - source.trim_start().len();
                let start = source_offset + lead;
                let span = Span::new(origin.file, to_u32(start), to_u32(start + trimmed.len()));
                let same = trimmed == line.trim();
                let line_lead = line.len() - line.trim_start().len();
                let shift = same.then(|| to_i64(start) - to_i64(text_offset + line_lead));
                source_offset += source.len() + 1;
                (span, shift)
            });
            lines.push((text_offset, place));
            text_offset += line.len() + 1;
        }
        Self { lines }
    }

    fn span(&self, start: usize, end: usize) -> Option<Span> {
        let index = self.lines.partition_point(|(offset, _)| *offset <= start).checked_sub(1)?;
        let (line_span, shift) = self.lines.get(index)?.1?;
        let Some(shift) = shift else { return Some(line_span) };
        let start = u32::try_from(to_i64(start) + shift).ok()?;
        let end = u32::try_from(to_i64(end) + shift).ok()?;
        // A value of several lines points at its first.
        let end = end.min(line_span.end).max(start);
        Some(Span { start, end, ..line_span })
    }
}

struct Parser<'a> {
    text: &'a str,
    offset: usize,
    places: Places,
    unknown: Option<&'a Arc<Unknown>>,
    whole: Span,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.offset..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.offset += rest.len() - rest.trim_start().len();
    }

    fn take(&mut self, c: char) -> bool {
        self.skip_space();
        let found = self.peek() == Some(c);
        if found {
            self.offset += c.len_utf8();
        }
        found
    }

    fn span(&self, start: usize) -> Span {
        self.places.span(start, self.offset).unwrap_or(self.whole)
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        self.skip_space();
        let start = self.offset;
        if depth > MAX_DEPTH {
            return None;
        }
        let value = match self.peek()? {
            '{' => self.object(depth)?,
            '[' => self.array(depth)?,
            '"' => {
                let text = self.string()?;
                self.string_value(&text)
            }
            HOLE | OPAQUE_HOLE => {
                self.offset += HOLE.len_utf8();
                let from = self.unknown?;
                Value::Unknown(Arc::new(Unknown::new(from.reason, from.cause.clone())))
            }
            _ => {
                let end = self.rest().find([',', '}', ']', ' ', '\n', '\r', '\t']).unwrap_or(self.rest().len());
                let word = self.rest().get(..end)?.to_owned();
                self.offset += end;
                match word.as_str() {
                    "true" => Value::Bool(true),
                    "false" => Value::Bool(false),
                    "null" => Value::Null,
                    number if serde_json::from_str::<serde_json::Number>(number).is_ok() => {
                        Value::Number(number.into())
                    }
                    _ => return None,
                }
            }
        };
        Some(Node::new(value, self.span(start)))
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.take('{');
        let mut map = Map::new();
        if self.take('}') {
            return Some(Value::Map(Arc::new(map)));
        }
        loop {
            self.skip_space();
            let start = self.offset;
            let key = self.string()?;
            if !self.take(':') {
                return None;
            }
            let value = self.value(depth + 1)?;
            let entry = self.span(start);
            map.insert(key.replace([HOLE, OPAQUE_HOLE], "(unknown)").into(), value.at(entry));
            if self.take('}') {
                return Some(Value::Map(Arc::new(map)));
            }
            if !self.take(',') {
                return None;
            }
        }
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        self.take('[');
        let mut items = Vec::new();
        if self.take(']') {
            return Some(Value::List(Arc::new(items)));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.take(']') {
                return Some(Value::List(Arc::new(items)));
            }
            if !self.take(',') {
                return None;
            }
        }
    }

    /// A quoted string, unescaped by the JSON library.
    fn string(&mut self) -> Option<String> {
        let start = self.offset;
        let mut chars = self.rest().char_indices();
        if chars.next()?.1 != '"' {
            return None;
        }
        let mut escaped = false;
        for (index, c) in chars {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    self.offset = start + index + 1;
                    let quoted = self.text.get(start..self.offset)?;
                    return serde_json::from_str(quoted).ok();
                }
                _ => {}
            }
        }
        None
    }

    fn string_value(&self, text: &str) -> Value {
        let Some(from) = self.unknown.filter(|_| text.contains([HOLE, OPAQUE_HOLE])) else {
            return Value::String(text.into());
        };
        let mut parts = Vec::new();
        let mut known = String::new();
        for c in text.chars() {
            if c == HOLE || c == OPAQUE_HOLE {
                if !known.is_empty() {
                    parts.push(Part::Known(std::mem::take(&mut known).into()));
                }
                parts.push(Part::Hole { opaque: c == OPAQUE_HOLE });
            } else {
                known.push(c);
            }
        }
        if !known.is_empty() {
            parts.push(Part::Known(known.into()));
        }
        let opaque = matches!(parts.as_slice(), [Part::Hole { opaque: true }]);
        Value::Unknown(Arc::new(Unknown {
            shape: Shape::String,
            nullable: false,
            opaque,
            parts,
            ..Unknown::new(from.reason, from.cause.clone())
        }))
    }
}

fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn to_i64(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
