//! The attribute tree: what a resource says, where it says it, and where each value came from.
//!
//! A value that is set but not known is [`Value::Unknown`], never null and never missing. It does not know any input format.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::source::Span;

/// Attributes by name. Sorted, so that every report comes out in the same order.
pub type Map = BTreeMap<Arc<str>, Node>;

/// A value with its two places.
#[derive(Clone, Debug)]
pub struct Node {
    pub value: Value,
    /// The expression, in the thing that contains this value, that yields it (for a map entry or attribute: key and value).
    pub via: Span,
    /// The literal that produced the value: a tfvars line, a local, a module default. Equal to `via` for a literal in place.
    pub origin: Span,
    pub marks: Marks,
}

/// What a value is. Containers are shared, so a clone is cheap.
#[derive(Clone, Debug)]
pub enum Value {
    Null,
    Bool(bool),
    /// The literal's own text, so that long integers keep their digits; always a valid JSON number.
    Number(Arc<str>),
    String(Arc<str>),
    List(Arc<Vec<Node>>),
    Map(Arc<Map>),
    /// A string that holds a JSON document (a policy, a task definition). Policies see the tree.
    Document(Arc<Document>),
    Unknown(Arc<Unknown>),
}

/// A JSON document carried in a string attribute.
#[derive(Clone, Debug)]
pub struct Document {
    pub tree: Node,
    /// The text, where every part of it is known.
    pub text: Option<Arc<str>>,
}

/// A value that is set but cannot be known now, with everything that is known about it nevertheless.
#[derive(Clone, Debug)]
pub struct Unknown {
    pub reason: Reason,
    /// For people: `var.acl has no value`, `aws_s3_bucket.logs.arn is known after apply`.
    pub cause: Arc<str>,
    pub shape: Shape,
    /// True when the value may turn out to be null, that is absent.
    pub nullable: bool,
    /// True for an identifier that the provider will make up: never empty, never a wildcard, never equal to a literal.
    pub opaque: bool,
    /// For a partly known string: its known and unknown parts in order.
    pub parts: Vec<Part>,
    /// Where the value is one of a few (a conditional on an unknown): all of them. Empty means not narrowed.
    pub options: Vec<Node>,
}

#[derive(Clone, Debug)]
pub enum Part {
    Known(Arc<str>),
    /// Unknown text; `opaque` as in [`Unknown::opaque`].
    Hole {
        opaque: bool,
    },
}

/// The type an unknown value will have, where that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Any,
    String,
    Number,
    Bool,
    List,
    Map,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// An input variable (or Dockerfile ARG, Helm value) without a value.
    NoValue,
    /// Known only after apply.
    Computed,
    DataSource,
    /// A module whose source is not here.
    ExternalModule,
    /// `terraform.workspace` without `--workspace`.
    Workspace,
    /// The expression could not be evaluated; a problem says why.
    Failed,
    /// A function or feature that is never evaluated offline (`timestamp()`, `uuid()`).
    Unsupported,
}

/// Marks that travel with a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Declared sensitive: no output may show it.
    pub sensitive: bool,
    /// Came from a variable's default rather than from a given value.
    pub defaulted: bool,
    /// What kind of list or map the value is, where the language tells them apart.
    pub collection: Collection,
}

/// Kinds of lists and maps: an element of a list is found by position and that of a set is not; the elements of lists, sets
/// and maps are of one type. Of interest while expressions are evaluated only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Collection {
    /// As written: tuples, objects, and whatever other formats hold.
    #[default]
    Free,
    List,
    Set,
    Map,
}

impl Marks {
    /// The marks of a value made of two; what kind of collection it is stays as it was.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self {
            sensitive: self.sensitive || other.sensitive,
            defaulted: self.defaulted || other.defaulted,
            collection: self.collection,
        }
    }
}

/// One step of a path into a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathStep {
    Key(Arc<str>),
    Index(usize),
}

/// Writes a path the way people write it: `ingress[0].cidr_blocks[1]`.
pub fn display_path(path: &[PathStep]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            PathStep::Index(index) => {
                let _ = write!(out, "[{index}]");
            }
            PathStep::Key(key) if is_plain(key) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(key);
            }
            PathStep::Key(key) => {
                let _ = write!(out, "[{key:?}]");
            }
        }
    }
    out
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

impl Unknown {
    /// An unknown of which nothing but the cause is known.
    pub fn new(reason: Reason, cause: impl Into<Arc<str>>) -> Self {
        let cause = cause.into();
        Self { reason, cause, shape: Shape::Any, nullable: true, opaque: false, parts: Vec::new(), options: Vec::new() }
    }
}

impl Node {
    /// A value written literally at `span`.
    pub fn new(value: Value, span: Span) -> Self {
        Self { value, via: span, origin: span, marks: Marks::default() }
    }

    pub fn string(text: impl Into<Arc<str>>, span: Span) -> Self {
        Self::new(Value::String(text.into()), span)
    }

    pub fn list(items: Vec<Self>, span: Span) -> Self {
        Self::new(Value::List(Arc::new(items)), span)
    }

    pub fn map(entries: Map, span: Span) -> Self {
        Self::new(Value::Map(Arc::new(entries)), span)
    }

    pub fn unknown(unknown: Unknown, span: Span) -> Self {
        Self::new(Value::Unknown(Arc::new(unknown)), span)
    }

    /// The same value, as seen at another place.
    #[must_use]
    pub fn at(mut self, via: Span) -> Self {
        self.via = via;
        self
    }

    /// The child one step down; looks through documents.
    pub fn get(&self, step: &PathStep) -> Option<&Self> {
        match (&self.value, step) {
            (Value::Document(document), _) => document.tree.get(step),
            (Value::Map(map), PathStep::Key(key)) => map.get(key),
            (Value::List(items), PathStep::Index(index)) => items.get(*index),
            _ => None,
        }
    }

    pub fn key(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Document(document) => document.tree.key(key),
            Value::Map(map) => map.get(key),
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match &self.value {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Document(document) => document.tree.as_map(),
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    pub fn as_unknown(&self) -> Option<&Arc<Unknown>> {
        match &self.value {
            Value::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }

    pub const fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// True when nothing inside is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match &self.value {
            Value::Unknown(_) => false,
            Value::List(items) => items.iter().all(Self::is_wholly_known),
            Value::Map(map) => map.values().all(Self::is_wholly_known),
            Value::Document(document) => document.text.is_some() || document.tree.is_wholly_known(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        }
    }
}
