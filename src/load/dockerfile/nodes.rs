//! Nodes out of byte ranges and substituted texts.

use std::sync::Arc;

use super::words::{Filled, HOLE};
use crate::model::{FileId, Map, Marks, Node, Part, Reason, Shape, Span, Unknown, Value};

/// The file that ranges belong to.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) file: FileId,
}

/// A range of bytes in the source.
pub(super) type Range = (usize, usize);

impl Place {
    pub(super) fn span(&self, range: Range) -> Span {
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span::new(self.file, narrow(range.0), narrow(range.1))
    }

    pub(super) fn text(&self, text: &str, range: Range) -> Node {
        Node::string(text, self.span(range))
    }

    pub(super) fn bool(&self, value: bool, range: Range) -> Node {
        Node::new(Value::Bool(value), self.span(range))
    }

    pub(super) fn number(&self, value: usize, range: Range) -> Node {
        Node::new(Value::Number(value.to_string().into()), self.span(range))
    }

    pub(super) fn list(&self, items: Vec<Node>, range: Range) -> Node {
        Node::list(items, self.span(range))
    }

    pub(super) fn map(&self, entries: Map, range: Range) -> Node {
        Node::map(entries, self.span(range))
    }

    /// A substituted text: a string, or an unknown with what is known of it.
    pub(super) fn filled(&self, filled: &Filled, range: Range) -> Node {
        let via = self.span(range);
        let origin = filled.origin.map_or(via, |range| self.span(range));
        let marks = Marks { defaulted: filled.defaulted, ..Marks::default() };
        let value = match &filled.cause {
            None => Value::String(filled.text.as_str().into()),
            Some(cause) => Value::Unknown(Arc::new(unknown(&filled.text, cause.clone()))),
        };
        Node { value, via, origin, marks }
    }
}

fn unknown(text: &str, cause: Arc<str>) -> Unknown {
    let mut unknown = Unknown::new(Reason::NoValue, cause);
    unknown.shape = Shape::String;
    unknown.nullable = false;
    if text.chars().count() > 1 {
        for (index, known) in text.split(HOLE).enumerate() {
            if index > 0 {
                unknown.parts.push(Part::Hole { opaque: false });
            }
            if !known.is_empty() {
                unknown.parts.push(Part::Known(known.into()));
            }
        }
    }
    unknown
}
