//! Parser events folded into nodes: anchors, merge keys, duplicate keys, limits.
//!
//! It keeps an explicit stack, so that deep input costs no call stack.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use granit_parser::{Event, Marker, ScalarStyle, StructureStyle, Tag};

use super::{Dialect, Doc, MAX_DEPTH, scalar};
use crate::model::{FileId, Map, Node, Problem, Reason, Span, Stage, Unknown, Value};

/// How many nodes the aliases of one file may stand for. Aliases share memory here, but whoever walks
/// the tree pays for each use.
const MAX_ALIASED_NODES: usize = 1_000_000;

/// Why a document cannot be kept.
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) at: usize,
}

pub(super) struct Builder<'t> {
    file: FileId,
    text: &'t str,
    /// Bytes of the text before the parser's own offset 0.
    shift: usize,
    dialect: Dialect,
    problems: Vec<Problem>,
    stack: Vec<Frame>,
    root: Option<Built>,
    anchors: HashMap<usize, Built>,
    aliased: usize,
}

/// A finished node with the cost of walking it.
#[derive(Clone)]
struct Built {
    node: Node,
    size: usize,
    depth: usize,
    /// A plain `<<`, which as a key means merge.
    merge: bool,
}

struct Frame {
    start: usize,
    /// End of the last child, because a block collection has no closing mark of its own.
    end: usize,
    anchor: usize,
    size: usize,
    depth: usize,
    open: Open,
}

enum Open {
    List(Vec<Node>),
    Map { entries: Map, key: Option<Key>, seen: HashSet<Arc<str>> },
}

struct Key {
    span: Span,
    kind: KeyKind,
}

enum KeyKind {
    Name(Arc<str>),
    Merge,
    /// A key that is not a scalar; its value is dropped.
    Unusable,
}

impl<'t> Builder<'t> {
    pub(super) fn new(file: FileId, text: &'t str, shift: usize, dialect: Dialect) -> Self {
        Self {
            file,
            text,
            shift,
            dialect,
            problems: Vec::new(),
            stack: Vec::new(),
            root: None,
            anchors: HashMap::new(),
            aliased: 0,
        }
    }

    pub(super) fn offset(&self, marker: &Marker) -> usize {
        (marker.byte_offset().unwrap_or(0) + self.shift).min(self.text.len())
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    pub(super) fn event(&mut self, event: Event<'_>, span: &granit_parser::Span) -> Result<(), Fault> {
        let start = self.offset(&span.start);
        let end = self.offset(&span.end).max(start);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let built = self.scalar(&text, style, tag.as_deref(), start, end);
                self.add(built, anchor)
            }
            Event::SequenceStart(style, anchor, _) => self.open(style, anchor, start, end, Open::List(Vec::new())),
            Event::MappingStart(style, anchor, _) => {
                let open = Open::Map { entries: Map::new(), key: None, seen: HashSet::new() };
                self.open(style, anchor, start, end, open)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(start, end),
            Event::Alias(id) => {
                let built = self.alias(id, start, end)?;
                self.add(built, 0)
            }
            Event::UnresolvedAlias(name) => Err(Fault {
                message: format!(
                    "the alias '*{name}' has no anchor; define '&{name}' above it, the document was left out"
                ),
                at: start,
            }),
            _ => Ok(()),
        }
    }

    /// Takes the finished document; one without any node gives nothing.
    pub(super) fn finish_document(&mut self, start: usize) -> Option<Doc> {
        self.anchors.clear();
        self.stack.clear();
        let built = self.root.take()?;
        let end = self.document_end(built.node.via.end as usize);
        Some(Doc { node: built.node, span: self.span(start.min(end), end) })
    }

    /// Behind the comments that follow the last value, up to the next document mark.
    fn document_end(&self, end: usize) -> usize {
        let rest = self.text.get(end..).unwrap_or("");
        let mut length = 0;
        for (index, line) in rest.split_inclusive('\n').enumerate() {
            if index > 0 && (line.starts_with("---") || line.starts_with("...")) {
                break;
            }
            length += line.len();
        }
        end + rest.get(..length).unwrap_or("").trim_end().len()
    }

    /// Drops what there is of the document and reports why.
    pub(super) fn abandon_document(&mut self, fault: Fault) {
        self.anchors.clear();
        self.stack.clear();
        self.root = None;
        let line_end = self.text.get(fault.at..).and_then(|rest| rest.find(['\n', '\r']));
        let end = line_end.map_or(self.text.len(), |length| fault.at + length);
        self.problems.push(Problem::new(Stage::Parse, "", fault.message).at(self.span(fault.at, end)));
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span::new(self.file, narrow(start), narrow(end))
    }

    fn open(
        &mut self,
        style: StructureStyle,
        anchor: usize,
        start: usize,
        end: usize,
        open: Open,
    ) -> Result<(), Fault> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(too_deep(start));
        }
        let end = if style == StructureStyle::Flow { end } else { start };
        self.stack.push(Frame { start, end, anchor, size: 1, depth: 0, open });
        Ok(())
    }

    fn close(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        // Only a flow collection has a closing mark; that of a block collection is empty and lies further on.
        let end = if end > start { end.max(frame.end) } else { frame.end.max(frame.start) };
        let span = self.span(frame.start, end);
        let value = match frame.open {
            Open::List(items) => Value::List(Arc::new(items)),
            Open::Map { entries, .. } => Value::Map(Arc::new(entries)),
        };
        let built = Built { node: Node::new(value, span), size: frame.size, depth: frame.depth + 1, merge: false };
        self.add(built, frame.anchor)
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, start: usize, end: usize) -> Built {
        // The end of a block scalar lies behind its last line break.
        let written = self.text.get(start..end).unwrap_or("");
        let end = start + written.trim_end().len();
        let span = self.span(start, end);
        let plain = style == ScalarStyle::Plain;
        let value = match tag.map(|tag| tag.suffix_in_namespace("tag:yaml.org,2002:")) {
            None if plain => match self.dialect {
                Dialect::K8s => scalar::resolve(text),
                Dialect::Terraform => Ok(scalar::resolve_terraform(text)),
            },
            Some(Some(kind)) if self.dialect == Dialect::Terraform && kind != "binary" => {
                let resolves = plain && matches!(kind.as_ref(), "int" | "float" | "bool" | "null");
                Ok(if resolves { scalar::resolve_terraform(text) } else { Value::String(text.into()) })
            }
            None | Some(None) if self.dialect == Dialect::Terraform && tag.is_some() => {
                self.problems.push(Problem::new(Stage::Parse, "", "a tag is not one of YAML's own").at(span));
                Ok(Value::String(text.into()))
            }
            Some(Some(kind)) if matches!(kind.as_ref(), "int" | "float" | "bool" | "null") => scalar::resolve(text),
            Some(Some(kind)) if kind == "binary" => {
                let cause = "a value tagged '!!binary' is not decoded";
                Ok(Value::Unknown(Arc::new(Unknown::new(Reason::Unsupported, cause))))
            }
            _ => Ok(Value::String(text.into())),
        };
        let value = value.unwrap_or_else(|scalar::NotANumber| {
            let message =
                format!("'{text}' cannot be written as json, so kubernetes refuses it; quote it or write a number");
            self.problems.push(Problem::new(Stage::Parse, "", message).at(span));
            Value::Unknown(Arc::new(Unknown::new(Reason::Failed, format!("'{text}' is not a number that json knows"))))
        });
        let merge = plain && tag.is_none() && text == "<<";
        Built { node: Node::new(value, span), size: 1, depth: 0, merge }
    }

    fn alias(&mut self, id: usize, start: usize, end: usize) -> Result<Built, Fault> {
        let Some(target) = self.anchors.get(&id).cloned() else {
            return Err(Fault {
                message:
                    "an alias stands inside the value it refers to; write the value out, the document was left out"
                        .into(),
                at: start,
            });
        };
        if self.stack.len() + target.depth > MAX_DEPTH {
            return Err(too_deep(start));
        }
        self.aliased = self.aliased.saturating_add(target.size);
        if self.aliased > MAX_ALIASED_NODES {
            let message = format!(
                "aliases stand for more than {MAX_ALIASED_NODES} values; write fewer of them, the document was left out"
            );
            return Err(Fault { message, at: start });
        }
        let span = self.span(start, end);
        Ok(Built { node: target.node.at(span), merge: false, ..target })
    }

    /// Puts a finished node where it belongs.
    fn add(&mut self, built: Built, anchor: usize) -> Result<(), Fault> {
        if anchor != 0 {
            self.anchors.insert(anchor, built.clone());
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root.get_or_insert(built);
            return Ok(());
        };
        let via = built.node.via;
        frame.end = frame.end.max(via.end as usize);
        frame.size = frame.size.saturating_add(built.size);
        frame.depth = frame.depth.max(built.depth);
        match &mut frame.open {
            Open::List(items) => items.push(built.node),
            Open::Map { key, entries, seen } => match key.take() {
                None => *key = Some(read_key(&built, &mut self.problems)),
                Some(Key { span: key_span, kind }) => {
                    let (node, whole) = entry(built.node, key_span);
                    match kind {
                        KeyKind::Name(name) => {
                            if !seen.insert(name.clone()) {
                                self.problems.push(duplicate(&name, key_span));
                            }
                            entries.insert(name, node);
                        }
                        KeyKind::Merge => {
                            if !merge(entries, &node) {
                                return Err(Fault {
                                    message: "'<<' needs a map or a list of maps; the document was left out".into(),
                                    at: whole.start as usize,
                                });
                            }
                        }
                        KeyKind::Unusable => {}
                    }
                }
            },
        }
        Ok(())
    }
}

fn too_deep(at: usize) -> Fault {
    Fault { message: format!("nested deeper than {MAX_DEPTH} levels; the document was left out"), at }
}

/// The value as seen from its map: key and value together.
fn entry(node: Node, key: Span) -> (Node, Span) {
    let value = node.via;
    // The place of an empty value is where the parser noticed, which may be lines away.
    let whole = if value.end > value.start { Span { end: value.end.max(key.end), ..key } } else { key };
    let in_place = node.origin == value;
    let mut node = node.at(whole);
    if in_place {
        node.origin = whole;
    }
    (node, whole)
}

fn read_key(built: &Built, problems: &mut Vec<Problem>) -> Key {
    let span = built.node.via;
    let name: Option<Arc<str>> = match &built.node.value {
        _ if built.merge => return Key { span, kind: KeyKind::Merge },
        Value::String(text) | Value::Number(text) => Some(text.clone()),
        Value::Bool(value) => Some(if *value { "true" } else { "false" }.into()),
        _ => None,
    };
    let kind = name.map_or_else(
        || {
            let message = "a key must be text, a number or a boolean; quote it, the entry was left out";
            problems.push(Problem::new(Stage::Parse, "", message).at(span));
            KeyKind::Unusable
        },
        KeyKind::Name,
    );
    Key { span, kind }
}

fn duplicate(name: &str, at: Span) -> Problem {
    let message = format!("the key '{name}' is here a second time and the last one counts; remove the others");
    Problem::new(Stage::Parse, name, message).at(at).notice()
}

/// Merges in the order of the text, as go-yaml v2 does: a merge replaces what stands above it, and is replaced by
/// what stands below. Of several maps in a list the first wins.
fn merge(entries: &mut Map, from: &Node) -> bool {
    match &from.value {
        Value::Map(map) => {
            entries.extend(map.iter().map(|(key, value)| (key.clone(), value.clone())));
            true
        }
        Value::List(maps) => maps.iter().rev().all(|map| matches!(map.value, Value::Map(_)) && merge(entries, map)),
        _ => false,
    }
}
