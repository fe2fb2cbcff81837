//! What the AWS provider declares about its resources: types, and which attributes it fills in by itself.
//!
//! The data is `aws.txt`, one line per resource type, made by `tests/schema/regenerate.py`; `extra.txt` and `decided.txt` beside
//! it are written by hand. A line is a type and its members. An attribute is `name=`, then `r` required, `o` optional, `x` optional and filled in by
//! the provider if left out, or `c` always filled in; then `!` if sensitive and `~` if write-only; then its type: `s` string,
//! `n` number, `b` bool, `*` anything, `l`, `e`, `m` a list, set or map of what follows, `o(..)` an object, or a nested body. A
//! block is `name:` and a nested body: `L{..}` list, `S{..}` set, `U{..}` at most one, `1{..}` exactly one, `M{..}` by name.
//! It does not know resources, values or what any attribute means.

mod parse;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The members of a resource type or of a nested block.
#[derive(Debug, Default)]
pub struct Body {
    pub attributes: BTreeMap<Arc<str>, Attribute>,
    pub blocks: BTreeMap<Arc<str>, Body>,
    /// Attributes and blocks of which the order means nothing.
    pub sets: BTreeSet<Arc<str>>,
}

#[derive(Debug)]
pub struct Attribute {
    /// The provider fills it in where the configuration leaves it out, and what it fills in is not known beforehand.
    pub computed: bool,
    /// The provider always fills it in, and nobody else can.
    pub filled: bool,
    pub sensitive: bool,
    pub kind: Type,
}

#[derive(Debug)]
pub enum Type {
    String,
    Number,
    Bool,
    Any,
    /// Lists and sets alike.
    List(Box<Type>),
    Map(Box<Type>),
    Object(BTreeMap<Arc<str>, Type>),
    /// An attribute that is written like a block.
    Nested(Body),
}

static AWS: &str = include_str!("aws.txt");
static EXTRA: &str = include_str!("extra.txt");
static DECIDED: &str = include_str!("decided.txt");

/// The schema of a resource type; `None` for types that are not in the data.
pub fn resource(kind: &str) -> Option<Arc<Body>> {
    static READ: OnceLock<Mutex<HashMap<&'static str, Arc<Body>>>> = OnceLock::new();
    let (name, text) = line(kind)?;
    let mut read = READ.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    Some(read.entry(name).or_insert_with(|| Arc::new(parse::body(text, &decided(name)))).clone())
}

impl Body {
    /// Whether there is something at a path of names joined by dots, as far as the data goes.
    pub fn has(&self, path: &str) -> bool {
        let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
        // Blocks that are cut off have no members in the data.
        if self.attributes.is_empty() && self.blocks.is_empty() {
            return true;
        }
        match (self.attributes.get(name), self.blocks.get(name), rest) {
            (None, None, _) => false,
            (Some(Attribute { kind: Type::Nested(body), .. }), _, Some(rest)) | (None, Some(body), Some(rest)) => {
                body.has(rest)
            }
            _ => true,
        }
    }
}

/// The line of a type, found by halving.
fn line(kind: &str) -> Option<(&'static str, &'static str)> {
    static LINES: OnceLock<Vec<(&'static str, &'static str)>> = OnceLock::new();
    let lines = LINES.get_or_init(|| {
        let lines = AWS.lines().chain(EXTRA.lines()).filter(|line| !line.starts_with('#'));
        let mut lines: Vec<_> = lines.filter_map(|line| line.split_once(' ')).collect();
        // Two sorted runs: next to nothing.
        lines.sort_by_key(|(name, _)| *name);
        lines
    });
    let index = lines.binary_search_by_key(&kind, |(name, _)| name).ok()?;
    lines.get(index).copied()
}

/// Attributes of a type whose absence has a known meaning although the provider fills them in.
fn decided(kind: &str) -> Vec<&'static str> {
    let rows = DECIDED.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' '));
    rows.filter(|(name, _)| *name == kind)
        .filter_map(|(_, rest)| rest.split_whitespace().next())
        .map(|entry| entry.split_once('=').map_or(entry, |(path, _)| path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_data_is_read_to_its_end() {
        let mut seen = BTreeSet::new();
        for text in AWS.lines().chain(EXTRA.lines()).filter(|line| !line.starts_with('#')) {
            let (kind, _) = text.split_once(' ').unwrap();
            assert!(seen.insert(kind), "{kind} is there twice");
            let body = resource(kind).unwrap();
            assert_eq!(
                parse::written(&body),
                text.matches('=').count()
                    + text.matches(":L{").count()
                    + text.matches(":S{").count()
                    + text.matches(":U{").count()
                    + text.matches(":1{").count()
                    + text.matches(":M{").count(),
                "{kind}"
            );
        }
    }

    #[test]
    fn every_decided_attribute_is_one_that_the_provider_fills_in() {
        for text in DECIDED.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let (kind, rest) = text.split_once(' ').unwrap();
            let path = rest.split(['=', ' ']).next().unwrap();
            let (_, line) = line(kind).unwrap_or_else(|| panic!("{kind} is no type"));
            let body = parse::body(line, &[]);
            let (last, way) = path.rsplit_once('.').map_or((path, ""), |(way, last)| (last, way));
            let inner = way.split('.').filter(|step| !step.is_empty()).fold(&body, |body, step| &body.blocks[step]);
            assert!(inner.attributes[last].computed, "{text}");
        }
    }

    #[test]
    fn flags_and_types_are_read() {
        let volume = resource("aws_ebs_volume").unwrap();
        assert!(!volume.attributes["encrypted"].computed, "its absence is decided");
        assert!(volume.attributes["iops"].computed && matches!(volume.attributes["iops"].kind, Type::Number));
        assert!(!volume.attributes["multi_attach_enabled"].computed);
        assert!(resource("aws_db_instance").unwrap().attributes["password"].sensitive);
        let instance = resource("aws_instance").unwrap();
        assert!(instance.blocks["ebs_block_device"].attributes["volume_size"].computed);
        assert!(resource("aws_nothing").is_none() && resource("#").is_none());
        assert!(volume.attributes["arn"].filled && !volume.attributes["iops"].filled);
        let has =
            ["arn", "ebs_block_device", "ebs_block_device.encrypted", "tags.Owner"].map(|path| instance.has(path));
        assert_eq!(has, [true; 4]);
        assert!(!instance.has("ebs_block_device.nothing") && !instance.has("nothing.encrypted"));
    }
}
