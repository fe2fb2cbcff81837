//! JSON text to attribute trees, with a span on every value.
//!
//! For formats that are JSON by definition: plans, states, Terraform's JSON syntax. Strict JSON only. It does not know any of
//! these formats, and documents inside strings are not its business.

use std::sync::Arc;

use jsonc_parser::ast::{self, ObjectPropName};
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use crate::model::{FileId, Map, Node, Problem, Span, Stage, Value};

/// Reads a JSON text. Of equal keys in one object the last wins.
///
/// # Errors
/// Text that is not JSON, or is nested deeper than 512, as a problem at its place.
pub fn parse(file: FileId, path: &str, text: &str) -> Result<Node, Problem> {
    read(file, path, text, |reader, value| reader.node(value, value.range()))
}

/// Reads a JSON text and keeps every property, repeated ones too, with the places of their names.
///
/// # Errors
/// As [`parse`].
pub fn parse_tree(file: FileId, path: &str, text: &str) -> Result<Tree, Problem> {
    read(file, path, text, Reader::tree)
}

/// A JSON value as it is written.
#[derive(Clone, Debug)]
pub struct Tree {
    pub kind: Kind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Null,
    Bool(bool),
    Number(Arc<str>),
    String(Arc<str>),
    Array(Vec<Tree>),
    /// In their order.
    Object(Vec<Property>),
}

#[derive(Clone, Debug)]
pub struct Property {
    pub name: Arc<str>,
    pub name_span: Span,
    /// Name and value.
    pub span: Span,
    pub value: Tree,
}

/// Where the decoded bytes of a string literal stand in its source.
#[derive(Debug)]
pub struct Places {
    /// Offset of the first byte after the opening quote.
    start: usize,
    /// Decoded and source offset right after each escape, counted from `start`.
    escapes: Vec<(usize, usize)>,
}

impl Places {
    /// For a literal that starts at `start` of the file; `literal` is its source with both quotes.
    pub fn new(literal: &str, start: usize) -> Self {
        let inner = literal.get(1..literal.len().saturating_sub(1)).unwrap_or("");
        let mut escapes = Vec::new();
        let (mut decoded, mut at) = (0, 0);
        while let Some(next) = inner.get(at..).and_then(|rest| rest.find('\\')) {
            decoded += next;
            at += next;
            let (bytes, length) = escape(inner.get(at..).unwrap_or(""));
            decoded += bytes;
            at += length;
            escapes.push((decoded, at));
        }
        Self { start: start + 1, escapes }
    }

    /// The offset in the file of a decoded byte.
    pub fn at(&self, decoded: usize) -> usize {
        let before = self.escapes.partition_point(|(after, _)| *after <= decoded);
        let (base, source) = before.checked_sub(1).and_then(|index| self.escapes.get(index)).copied().unwrap_or((0, 0));
        self.start + source + (decoded - base)
    }
}

/// Bytes that an escape stands for, and its own length.
fn escape(text: &str) -> (usize, usize) {
    let unit = |at: usize| text.get(at..at + 4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    if text.as_bytes().get(1) != Some(&b'u') {
        return (1, 2.min(text.len().max(1)));
    }
    let Some(first) = unit(2) else { return (0, 2) };
    let low = text.get(6..8) == Some("\\u") && unit(8).is_some_and(|low| (0xDC00..0xE000).contains(&low));
    if (0xD800..0xDC00).contains(&first) && low {
        return (4, 12);
    }
    (char::from_u32(first).map_or(3, char::len_utf8), 6)
}

fn read<T>(
    file: FileId,
    path: &str,
    text: &str,
    make: impl FnOnce(&Reader, &ast::Value<'_>) -> T,
) -> Result<T, Problem> {
    // Offsets go on counting from the start of the file, byte order mark included.
    let lead = text.len() - text.trim_start_matches('\u{feff}').len();
    let reader = Reader { file, lead };
    let body = text.get(lead..).unwrap_or("");
    let problem = |message: String, range: Range| Problem::new(Stage::Parse, path, message).at(reader.span(range));
    match parse_to_ast(body, &CollectOptions::default(), &STRICT) {
        Ok(parsed) => match parsed.value {
            Some(value) => Ok(make(&reader, &value)),
            None => Err(problem(format!("{path} is empty; it should hold JSON"), Range::new(0, 0))),
        },
        Err(error) => {
            let what = error.kind().to_string();
            let what = what.strip_suffix('.').unwrap_or(&what).to_lowercase();
            Err(problem(format!("{path} is not valid JSON: {what}; correct it or exclude it"), error.range()))
        }
    }
}

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

struct Reader {
    file: FileId,
    /// Bytes before the text that was parsed.
    lead: usize,
}

impl Reader {
    fn span(&self, range: Range) -> Span {
        let offset = |at: usize| u32::try_from(at + self.lead).unwrap_or(u32::MAX);
        Span::new(self.file, offset(range.start), offset(range.end))
    }

    /// `via` takes in the key of an object's entry, `origin` is the value alone.
    fn node(&self, value: &ast::Value<'_>, via: Range) -> Node {
        let read = match value {
            ast::Value::StringLit(text) => Value::String(text.value.as_ref().into()),
            ast::Value::NumberLit(number) => Value::Number(number.value.into()),
            ast::Value::BooleanLit(boolean) => Value::Bool(boolean.value),
            ast::Value::NullKeyword(_) => Value::Null,
            ast::Value::Array(array) => {
                Value::List(Arc::new(array.elements.iter().map(|item| self.node(item, item.range())).collect()))
            }
            ast::Value::Object(object) => {
                let entry = |property: &ast::ObjectProp<'_>| {
                    let key: &str = match &property.name {
                        ObjectPropName::String(text) => &text.value,
                        ObjectPropName::Word(word) => word.value,
                    };
                    (key.into(), self.node(&property.value, property.range))
                };
                Value::Map(Arc::new(object.properties.iter().map(entry).collect::<Map>()))
            }
        };
        Node { origin: self.span(value.range()), ..Node::new(read, self.span(via)) }
    }

    fn tree(&self, value: &ast::Value<'_>) -> Tree {
        let kind = match value {
            ast::Value::StringLit(text) => Kind::String(text.value.as_ref().into()),
            ast::Value::NumberLit(number) => Kind::Number(number.value.into()),
            ast::Value::BooleanLit(boolean) => Kind::Bool(boolean.value),
            ast::Value::NullKeyword(_) => Kind::Null,
            ast::Value::Array(array) => Kind::Array(array.elements.iter().map(|item| self.tree(item)).collect()),
            ast::Value::Object(object) => {
                let property = |property: &ast::ObjectProp<'_>| {
                    let (name, range): (&str, Range) = match &property.name {
                        ObjectPropName::String(text) => (&text.value, text.range),
                        ObjectPropName::Word(word) => (word.value, word.range),
                    };
                    Property {
                        name: name.into(),
                        name_span: self.span(range),
                        span: self.span(property.range),
                        value: self.tree(&property.value),
                    }
                };
                Kind::Object(object.properties.iter().map(property).collect())
            }
        };
        Tree { kind, span: self.span(value.range()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SourceMap;

    fn read(text: &str) -> Result<Node, Problem> {
        let sources = SourceMap::new();
        parse(sources.add("x.json", text), "x.json", text)
    }

    #[test]
    fn an_entry_spans_key_and_value_and_its_origin_is_the_value() {
        let text = "\u{feff}{ \"a\": [1, \"\\u0041b\"], \"big\": 12345678901234567890123 }";
        let node = read(text).unwrap();
        let a = node.key("a").unwrap();
        assert_eq!(&text[a.via.start as usize..a.via.end as usize], r#""a": [1, "\u0041b"]"#);
        assert_eq!(&text[a.origin.start as usize..a.origin.end as usize], r#"[1, "\u0041b"]"#);
        assert_eq!(a.as_list().unwrap()[1].as_str(), Some("Ab"));
        assert!(matches!(&node.key("big").unwrap().value, Value::Number(n) if &**n == "12345678901234567890123"));
    }

    #[test]
    fn a_tree_keeps_repeated_properties_and_the_places_of_their_names() {
        let sources = SourceMap::new();
        let text = r#"{"a": 1, "a": {"b": null}}"#;
        let tree = parse_tree(sources.add("x.json", text), "x.json", text).unwrap();
        let Kind::Object(properties) = tree.kind else { panic!() };
        assert_eq!(properties.len(), 2);
        assert_eq!(&text[properties[1].name_span.start as usize..properties[1].name_span.end as usize], "\"a\"");
    }

    #[test]
    fn every_decoded_byte_has_its_place_in_the_literal() {
        let literal = r#""a\"b\u00e9c\ud83d\ude00d\n${e}""#;
        let decoded: String = serde_json::from_str(literal).unwrap();
        let places = Places::new(literal, 100);
        for part in ["a", "b", "c", "d", "${e}"] {
            let at = places.at(decoded.find(part).unwrap()) - 100;
            assert!(literal[at..].starts_with(part), "{part} at {at}");
        }
    }

    #[test]
    fn the_last_of_equal_keys_wins() {
        assert_eq!(read(r#"{"a": "x", "a": "y"}"#).unwrap().key("a").unwrap().as_str(), Some("y"));
    }

    #[test]
    fn what_is_not_json_is_a_problem_at_its_place() {
        for text in ["", "{", "{a: 1}", "[1,]", "{\"a\": .5}", "// x\n{}", "{} {}", "'x'"] {
            let problem = read(text).unwrap_err();
            assert!(problem.message.starts_with("x.json is"), "{}", problem.message);
            assert!(problem.span.is_some());
        }
        let deep = "[".repeat(100_000);
        assert!(read(&deep).unwrap_err().message.contains("depth"));
    }
}
