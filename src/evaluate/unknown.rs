//! The values that are tried in place of an unknown one.
//!
//! What is known about the unknown narrows them; what the policy compares with widens them. It does not evaluate.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::input::{known_value, number};
use crate::model::{Node, Part, PathStep, Shape, Unknown, Value as NodeValue};
use crate::policy::{Reads, TextTest, Value};

/// Stands for text that nobody knows. The private-use characters never occur in real input and mark it in messages.
pub(super) const FRESH: &str = "\u{e000}unknown\u{e001}";
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';
const ARN: &str = "arn:aws:unknown::000000000000:";

/// At most this many values are tried for one unknown.
const MAX_CANDIDATES: usize = 64;
/// At most this many variants of a container whose elements are unknown.
const MAX_PICKS: usize = 24;
/// Made-up blocks nest this deep.
const MAX_DEPTH: usize = 3;
/// At most this many of the policy's strings are put inside made-up containers.
const MAX_INSIDE: usize = 8;

/// How hard to try for one unknown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// No more values than this are made.
    pub(super) most: usize,
    /// Try every literal of the policy, those included for which others stand.
    pub(super) every_literal: bool,
}

/// Values to try for the unknown at `path`; `None` is "absent". The first one is the base, where nothing in particular is
/// assumed. `index` keeps the made-up texts of different unknowns apart.
pub(super) fn candidates(
    unknown: &Unknown,
    path: &[PathStep],
    index: usize,
    reads: &Reads,
    effort: Effort,
) -> Vec<Option<Value>> {
    let maker = Maker { reads, index, arn: is_arn(unknown, path), effort };
    let mut values = maker.values(unknown, 0);
    if matches!(path.last(), Some(PathStep::Index(_))) {
        // An element of a list of known length is there.
        values.retain(Option::is_some);
    }
    let mut seen = Vec::with_capacity(values.len());
    values.retain(|value| {
        let new = !seen.contains(value);
        if new {
            seen.push(value.clone());
        }
        new
    });
    values.truncate(effort.most.min(MAX_CANDIDATES));
    if values.is_empty() {
        values.push(Some(maker.fresh()));
    }
    values
}

/// Replaces the marks of made-up texts by words.
pub(super) fn readable(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(start) = rest.find(OPEN) {
        let before = rest.get(..start).unwrap_or("");
        out.push_str(before.strip_suffix(ARN).unwrap_or(before));
        out.push_str("(unknown)");
        let after = rest.get(start + OPEN.len_utf8()..).unwrap_or("");
        rest = after.find(CLOSE).and_then(|end| after.get(end + CLOSE.len_utf8()..)).unwrap_or("");
    }
    out.push_str(rest);
    out
}

/// True when a verdict that holds for the values tried holds for all.
pub(super) fn is_exhaustive(unknown: &Unknown, reads: &Reads) -> bool {
    if unknown.opaque || !unknown.options.is_empty() {
        return true;
    }
    match unknown.shape {
        Shape::Bool | Shape::Number => true,
        Shape::String if unknown.parts.is_empty() => reads.texts == TextTest::Equality,
        Shape::String => reads.texts <= TextTest::Pieces,
        Shape::Any | Shape::List | Shape::Map => false,
    }
}

/// True for text that was made up here.
pub(super) fn is_made_up(text: &str) -> bool {
    text.contains(OPEN)
}

fn is_arn(unknown: &Unknown, path: &[PathStep]) -> bool {
    let key = path.iter().rev().find_map(|step| match step {
        PathStep::Key(key) => Some(&**key),
        PathStep::Index(_) => None,
    });
    key.is_some_and(|key| key == "arn" || key.ends_with("_arn") || key.ends_with("_arns")) || is_arn_cause(unknown)
}

/// True when the unknown value is the ARN of a resource.
pub(super) fn is_arn_cause(unknown: &Unknown) -> bool {
    unknown.cause.ends_with(".arn is known after apply")
}

struct Maker<'a> {
    reads: &'a Reads,
    index: usize,
    arn: bool,
    effort: Effort,
}

impl Maker<'_> {
    fn fresh(&self) -> Value {
        self.fresh_part(0).into()
    }

    fn fresh_part(&self, part: usize) -> String {
        let prefix = if self.arn && part == 0 { ARN } else { "" };
        format!("{prefix}{OPEN}unknown{}.{part}{CLOSE}", self.index)
    }

    fn values(&self, unknown: &Unknown, depth: usize) -> Vec<Option<Value>> {
        if !unknown.options.is_empty() {
            let options = unknown.options.iter().flat_map(|option| self.option(option, depth)).collect();
            return options;
        }
        let mut out = Vec::new();
        if !unknown.parts.is_empty() {
            out.extend(self.parts(&unknown.parts).into_iter().map(|text| Some(text.into())));
        } else if unknown.opaque {
            return vec![Some(self.fresh())];
        } else {
            out.extend(self.of_shape(unknown.shape).into_iter().map(Some));
        }
        if unknown.nullable {
            out.insert(out.len().min(1), None);
        }
        out
    }

    /// One of the values an unknown may have; unknowns inside it are tried in turn.
    fn option(&self, node: &Node, depth: usize) -> Vec<Option<Value>> {
        if let Some(value) = known_value(node) {
            return vec![(value != Value::Null).then_some(value)];
        }
        if depth > 3 {
            return vec![Some(self.fresh())];
        }
        match &node.value {
            NodeValue::Unknown(unknown) => self.values(unknown, depth + 1),
            NodeValue::Document(document) => self.option(&document.tree, depth),
            NodeValue::List(items) => {
                let inner: Vec<Vec<Option<Value>>> = items.iter().map(|item| self.option(item, depth + 1)).collect();
                let list = |pick: usize| {
                    inner.iter().map(|values| nth(values, pick).unwrap_or(Value::Null)).collect::<Vec<_>>()
                };
                (0..widest(&inner).min(MAX_PICKS)).map(|pick| Some(list(pick).into())).collect()
            }
            NodeValue::Map(map) => {
                let inner: Vec<Vec<Option<Value>>> = map.values().map(|item| self.option(item, depth + 1)).collect();
                let object = |pick: usize| {
                    let entries = map.keys().zip(&inner);
                    let entries =
                        entries.filter_map(|(key, values)| Some((Value::String(key.clone()), nth(values, pick)?)));
                    entries.collect::<BTreeMap<_, _>>()
                };
                (0..widest(&inner).min(MAX_PICKS)).map(|pick| Some(object(pick).into())).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Texts with holes: each hole filled with nothing, a star, something fresh, and what makes one of the policy's strings.
    fn parts(&self, parts: &[Part]) -> Vec<String> {
        let fill = |text: Option<&str>| {
            let piece = |(index, part): (usize, &Part)| match (part, text) {
                (Part::Known(known), _) => known.to_string(),
                (Part::Hole { opaque: false }, Some(text)) => text.to_owned(),
                (Part::Hole { .. }, _) => self.fresh_part(index + 1),
            };
            parts.iter().enumerate().map(piece).collect::<String>()
        };
        let mut out = vec![fill(None)];
        if parts.iter().all(|part| matches!(part, Part::Known(_) | Part::Hole { opaque: true })) {
            return out;
        }
        out.extend([fill(Some("")), fill(Some("*"))]);
        let prefix = match parts.first() {
            Some(Part::Known(known)) => &**known,
            _ => "",
        };
        // Behind a known beginning a whole string of the policy is far-fetched, unless pieces are looked for.
        let whole = prefix.is_empty() || self.effort.every_literal || self.reads.texts >= TextTest::Patterns;
        for text in self.texts() {
            out.extend(whole.then(|| fill(Some(text))));
            // `repo:` and the policy's `:latest` share their colon.
            let overlaps = text
                .char_indices()
                .map(|(at, _)| at)
                .skip(1)
                .filter(|&at| text.get(..at).is_some_and(|s| prefix.ends_with(s)));
            out.extend(overlaps.filter_map(|at| text.get(at..)).map(|rest| fill(Some(rest))));
            if let Some(rest) = text.strip_prefix(prefix).filter(|_| !prefix.is_empty()) {
                out.push(fill(Some(rest)));
            }
        }
        out
    }

    fn of_shape(&self, shape: Shape) -> Vec<Value> {
        match shape {
            Shape::Bool => vec![true.into(), false.into()],
            Shape::Number => self.numbers(),
            Shape::String => self.strings(),
            Shape::List => self.lists(),
            Shape::Map => self.maps(),
            Shape::Any => {
                // What the policy compares with comes early, for where there is no room for all.
                let mut out = vec![self.fresh(), true.into(), false.into()];
                out.extend(self.strings());
                out.extend(self.numbers());
                out.extend([Value::new_array(), vec![self.fresh()].into(), Value::new_object()]);
                // Made-up containers are costly to build.
                if out.len() < self.effort.most {
                    out.extend([self.fresh(), true.into()].map(|value| self.nested(&value, 1)));
                    out.extend(self.lists());
                    out.extend(self.maps());
                }
                out
            }
        }
    }

    /// The strings the policy compares with.
    fn texts(&self) -> impl Iterator<Item = &Arc<str>> {
        let alike = if self.effort.every_literal { &*self.reads.alike_strings } else { &[] };
        self.reads.strings.iter().chain(alike)
    }

    /// The numbers it compares with.
    fn figures(&self) -> impl Iterator<Item = &Arc<str>> {
        let alike = if self.effort.every_literal { &*self.reads.alike_numbers } else { &[] };
        self.reads.numbers.iter().chain(alike)
    }

    fn numbers(&self) -> Vec<Value> {
        let mut out = vec![Value::from(1_000_003_i64), 0_i64.into(), (-1_i64).into()];
        for text in self.figures() {
            match text.parse::<i64>() {
                Ok(n) => out.extend([n, n.saturating_sub(1), n.saturating_add(1)].map(Value::from)),
                Err(_) => out.push(number(text)),
            }
        }
        out
    }

    fn strings(&self) -> Vec<Value> {
        let mut out = vec![self.fresh(), "".into(), "*".into()];
        // What a policy takes apart says more than its words, which are many.
        if self.reads.networks {
            out.extend(["0.0.0.0/0", "::/0", "10.0.0.0/8", "203.0.113.7/32"].map(Value::from));
        }
        if self.reads.arns {
            out.extend(["arn:aws:iam::000000000000:root", "arn:aws:iam::000000000001:role/r"].map(Value::from));
        }
        out.extend(self.texts().map(|text| Value::String(text.clone())));
        if self.reads.counts {
            out.extend(self.lengths().map(|n| Value::from("a".repeat(n))));
        }
        out
    }

    fn lists(&self) -> Vec<Value> {
        let mut out: Vec<Value> = vec![vec![self.fresh()].into(), Value::new_array()];
        out.extend(self.inside(MAX_INSIDE).into_iter().map(|value| vec![value].into()));
        if self.reads.counts {
            let many = |n: usize| (0..n).map(|i| Value::from(self.fresh_part(100 + i))).collect::<Vec<_>>();
            out.extend(self.lengths().map(|n| many(n).into()));
        }
        out.extend(self.blocks().into_iter().map(|block| vec![block].into()));
        out
    }

    fn maps(&self) -> Vec<Value> {
        let fresh = self.fresh();
        let mut out: Vec<Value> = vec![BTreeMap::from([(fresh.clone(), fresh)]).into(), Value::new_object()];
        out.extend(self.blocks());
        out
    }

    /// Made-up blocks, flat ones first; the deeper, the fewer.
    fn blocks(&self) -> Vec<Value> {
        let depths = (1..=MAX_DEPTH).zip([MAX_INSIDE, MAX_INSIDE / 2, MAX_INSIDE / 4]);
        depths
            .flat_map(|(depth, texts)| self.inside(texts).into_iter().map(move |value| (depth, value)))
            .map(|(depth, value)| self.nested(&value, depth))
            .collect()
    }

    /// Blocks within blocks, each with every key the policy may ask for.
    fn nested(&self, value: &Value, depth: usize) -> Value {
        let flat = self.object_of(value);
        (1..depth).fold(flat, |inner, _| self.object_of(&vec![inner].into()))
    }

    /// A map that has every key the policy may ask for.
    fn object_of(&self, value: &Value) -> Value {
        self.reads.keys.iter().map(|key| (Value::String(key.clone()), value.clone())).collect::<BTreeMap<_, _>>().into()
    }

    /// What is put into made-up containers: the list of all texts at once, and some of them one by one.
    fn inside(&self, texts: usize) -> Vec<Value> {
        let mut all: Vec<Value> = self.texts().map(|text| Value::String(text.clone())).collect();
        if self.reads.networks {
            all.insert(0, "0.0.0.0/0".into());
        }
        let mut out = vec![self.fresh(), true.into(), false.into()];
        let some: Vec<Value> = all.iter().take(texts).cloned().collect();
        all.extend(["*".into(), self.fresh()]);
        out.push(all.into());
        out.extend(some);
        out
    }

    /// Sizes around the numbers the policy compares with.
    fn lengths(&self) -> impl Iterator<Item = usize> {
        let sizes =
            self.reads.numbers.iter().filter_map(|text| text.parse::<usize>().ok()).filter(|&n| n > 0 && n <= 64);
        sizes.flat_map(|n| [n.saturating_sub(1), n, n + 1]).filter(|&n| n > 1)
    }
}

fn widest(inner: &[Vec<Option<Value>>]) -> usize {
    inner.iter().map(Vec::len).max().unwrap_or(1).min(MAX_CANDIDATES)
}

fn nth(values: &[Option<Value>], pick: usize) -> Option<Value> {
    values.get(pick).or_else(|| values.first()).cloned().flatten()
}
