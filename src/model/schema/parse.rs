//! Reads one line of the schema data.
//!
//! The data is ours and tested as a whole, so what does not fit the format ends the body it stands in.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Attribute, Body, Type};

/// `decided` are dotted paths of attributes that do not count as computed.
pub fn body(text: &str, decided: &[&str]) -> Body {
    Reader { rest: text }.body("", decided)
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn take(&mut self, prefix: &str) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn letter(&mut self) -> Option<char> {
        let letter = self.rest.chars().next()?;
        self.rest = self.rest.get(letter.len_utf8()..).unwrap_or("");
        Some(letter)
    }

    fn name(&mut self) -> &'t str {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        name
    }

    /// Members up to the closing brace or the end of the line.
    fn body(&mut self, prefix: &str, decided: &[&str]) -> Body {
        let mut body = Body::default();
        loop {
            while self.take(" ") || self.take("...") {}
            let name = self.name();
            if name.is_empty() {
                self.take("}");
                return body;
            }
            let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
            if self.take(":") {
                if self.letter() == Some('S') {
                    body.sets.insert(name.into());
                }
                self.take("{");
                body.blocks.insert(name.into(), self.body(&path, decided));
            } else if self.take("=") {
                let flag = self.letter();
                let sensitive = self.take("!");
                self.take("~");
                if self.rest.starts_with(['e', 'S']) {
                    body.sets.insert(name.into());
                }
                let computed = matches!(flag, Some('x' | 'c')) && !decided.contains(&path.as_str());
                let kind = self.kind(&path, decided);
                let filled = flag == Some('c');
                body.attributes.insert(name.into(), Attribute { computed, filled, sensitive, kind });
            } else {
                return body;
            }
        }
    }

    fn kind(&mut self, path: &str, decided: &[&str]) -> Type {
        let inner = |reader: &mut Self| Box::new(reader.kind(path, decided));
        match self.letter() {
            Some('s') => Type::String,
            Some('n') => Type::Number,
            Some('b') => Type::Bool,
            Some('l' | 'e') => Type::List(inner(self)),
            Some('m') => Type::Map(inner(self)),
            Some('o') => Type::Object(self.object(path, decided)),
            Some('L' | 'S' | 'M' | '1') => {
                self.take("{");
                Type::Nested(self.body(path, decided))
            }
            _ => Type::Any,
        }
    }

    fn object(&mut self, path: &str, decided: &[&str]) -> BTreeMap<Arc<str>, Type> {
        let mut out = BTreeMap::new();
        self.take("(");
        while !self.take(")") && !self.rest.is_empty() {
            let name = self.name();
            self.take(":");
            out.insert(name.into(), self.kind(path, decided));
            self.take(",");
        }
        out
    }
}

/// How many attributes and blocks were read, nested ones included.
#[cfg(test)]
pub fn written(body: &Body) -> usize {
    let inner = |attribute: &Attribute| match &attribute.kind {
        Type::Nested(body) => 1 + written(body),
        _ => 1,
    };
    body.attributes.values().map(inner).sum::<usize>()
        + body.blocks.values().map(|block| 1 + written(block)).sum::<usize>()
}
