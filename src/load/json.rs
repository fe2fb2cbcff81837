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
    // Offsets go on counting from the start of the file, byte order mark included.
    let lead = text.len() - text.trim_start_matches('\u{feff}').len();
    let reader = Reader { file, lead };
    let body = text.get(lead..).unwrap_or("");
    let problem = |message: String, range: Range| Problem::new(Stage::Parse, path, message).at(reader.span(range));
    match parse_to_ast(body, &CollectOptions::default(), &STRICT) {
        Ok(parsed) => match parsed.value {
            Some(value) => Ok(reader.node(&value, value.range())),
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
