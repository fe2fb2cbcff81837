//! One body: the members of an object of the cloud as the attributes of a Terraform body.
//!
//! Whatever the Terraform body has and the row does not read is unread. It does not know rows or identities.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::convert::{convert, fitted};
use super::notation::{Entry, Source};
use crate::model::schema::{Body, Type};
use crate::model::{LiveRecord, LiveShape, PathStep, display_path};

/// The record that a body is read from.
#[derive(Debug)]
pub struct Place<'a> {
    pub top: &'a Value,
    /// `@account` and the like.
    pub record: &'a BTreeMap<Arc<str>, Value>,
}

/// Members of AWS Config's items whose names are those of things, which rows read as a list.
const BY_NAME: &[(&str, &str)] = &[("AWS::ApiGateway::Stage", "methodSettings")];
/// The member that holds such a name.
const NAME: &str = "name";

/// What came of a body.
#[derive(Debug, Default)]
pub struct Made {
    pub unread: BTreeSet<Vec<PathStep>>,
    /// Attributes whose value had a form that the row did not expect.
    pub odd: Vec<String>,
}

/// The value does not tell the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread;

/// The members that something nested has.
#[derive(Clone, Copy)]
enum Members<'a> {
    Body(&'a Body),
    Object(&'a BTreeMap<Arc<str>, Type>),
}

#[derive(Clone, Copy)]
enum Member<'a> {
    Attribute(&'a Type),
    Block(&'a Body),
}

impl<'a> Members<'a> {
    fn names(self) -> Vec<&'a Arc<str>> {
        match self {
            Self::Body(body) => body.attributes.keys().chain(body.blocks.keys()).collect(),
            Self::Object(fields) => fields.keys().collect(),
        }
    }

    /// The provider always fills it in: its absence shows only that it was not read.
    fn is_filled(self, name: &str) -> bool {
        matches!(self, Self::Body(body) if body.attributes.get(name).is_some_and(|it| it.filled))
    }

    fn get(self, name: &str) -> Option<Member<'a>> {
        match self {
            Self::Body(body) => {
                let attribute = body.attributes.get(name).map(|it| Member::Attribute(&it.kind));
                attribute.or_else(|| body.blocks.get(name).map(Member::Block))
            }
            Self::Object(fields) => fields.get(name).map(Member::Attribute),
        }
    }
}

/// Reads `value` with the entries of a row.
pub fn read(entries: &[Entry], value: &Value, place: &Place<'_>, body: &Body) -> (Map<String, Value>, Made) {
    let mut reader = Reader { place, made: Made::default(), path: Vec::new() };
    let map = reader.members(entries, value, Members::Body(body));
    (map, reader.made)
}

/// The value at a path; null is absent. `Err` when something on the way has no members.
pub fn find<'v>(value: &'v Value, path: &[Arc<str>]) -> Result<Option<&'v Value>, Unread> {
    let mut at = value;
    for step in path {
        let next = match at {
            Value::Null => None,
            Value::Object(map) => map.get(&**step),
            Value::Array(items) => items.get(step.parse::<usize>().map_err(|_| Unread)?),
            _ => return Err(Unread),
        };
        let Some(next) = next else { return Ok(None) };
        at = next;
    }
    Ok(Some(at).filter(|value| !value.is_null()))
}

/// AWS Config writes some parts of its items as texts that hold JSON, twice at times.
pub fn unpacked(record: &LiveRecord) -> Cow<'_, LiveRecord> {
    if record.shape != LiveShape::Config {
        return Cow::Borrowed(record);
    }
    let mut record = record.clone();
    if let Value::Object(members) = &mut record.value {
        for name in ["configuration", "supplementaryConfiguration", "relationships"] {
            let Some(part) = members.get_mut(name) else { continue };
            unpack(part);
            if let (Value::Object(inner), "supplementaryConfiguration") = (part, name) {
                inner.values_mut().for_each(unpack);
            }
        }
        for (_, name) in BY_NAME.iter().filter(|(kind, _)| *record.kind == **kind) {
            if let Some(map) = members.get_mut("configuration").and_then(|it| it.get_mut(*name)) {
                list(map);
            }
        }
    }
    Cow::Owned(record)
}

/// A map of objects as a list of them, each with its own name.
fn list(value: &mut Value) {
    let Value::Object(map) = &*value else { return };
    let named = |(name, item): (&String, &Value)| {
        let mut item = item.as_object()?.clone();
        item.insert(NAME.to_owned(), name.as_str().into());
        Some(Value::Object(item))
    };
    if let Some(items) = map.iter().map(named).collect::<Option<Vec<Value>>>() {
        *value = Value::Array(items);
    }
}

fn unpack(value: &mut Value) {
    for _ in 0..3 {
        let Value::String(text) = &*value else { return };
        match serde_json::from_str::<Value>(text) {
            Ok(inner) if !inner.is_number() => *value = inner,
            _ => return,
        }
    }
}

fn says_none(value: &Value, words: &[Arc<str>]) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::String(text) => words.iter().any(|word| **word == *text),
        other => words.iter().any(|word| **word == *other.to_string()),
    }
}

struct Reader<'a> {
    place: &'a Place<'a>,
    made: Made,
    path: Vec<PathStep>,
}

impl Reader<'_> {
    fn members(&mut self, entries: &[Entry], value: &Value, members: Members<'_>) -> Map<String, Value> {
        let mut out = Map::new();
        for entry in entries {
            let Some(member) = members.get(&entry.target) else { continue };
            // The first of several sources that is there is taken.
            if out.contains_key(&*entry.target) {
                continue;
            }
            self.path.push(PathStep::Key(entry.target.clone()));
            let found = match self.entry(entry, value, member) {
                Ok(None) if entry.source != Source::Nothing && members.is_filled(&entry.target) => Err(Unread),
                found => found,
            };
            if let Ok(Some(found)) = found {
                self.made.unread.remove(&self.path);
                out.insert(entry.target.to_string(), found);
            } else if found.is_err() {
                self.made.unread.insert(self.path.clone());
            }
            self.path.pop();
        }
        for name in members.names() {
            if !entries.iter().any(|entry| entry.target == *name) {
                let path = self.path.iter().cloned().chain([PathStep::Key(name.clone())]).collect();
                self.made.unread.insert(path);
            }
        }
        out
    }

    /// `Ok(None)`: absent. `Err`: of a form that was not expected, or partly so.
    fn entry(&mut self, entry: &Entry, value: &Value, member: Member<'_>) -> Result<Option<Value>, Unread> {
        let source = match &entry.source {
            Source::Here(path) => find(value, path).map_err(|_| self.odd())?,
            Source::Top(path) => find(self.place.top, path).map_err(|_| self.odd())?,
            Source::Record(name) => self.place.record.get(name),
            Source::Nothing => None,
        };
        let wants_absence = entry.steps.first().is_some_and(|step| &*step.name == "present");
        let mut found = match source {
            Some(found) => found.clone(),
            None if wants_absence => Value::Null,
            None if entry.always => return Err(Unread),
            None => return Ok(entry.default.clone()),
        };
        for step in &entry.steps {
            if &*step.name == "none" {
                // The value says that there is none, or leaves it open.
                return if says_none(&found, &step.arguments) { Ok(None) } else { Err(Unread) };
            }
            found = convert(found, step).ok_or_else(|| self.odd())?;
            if found.is_null() {
                return Ok(entry.default.clone());
            }
        }
        match &entry.inner {
            None => match member {
                Member::Attribute(kind) => fitted(found, kind).map(Some).ok_or_else(|| self.odd()),
                Member::Block(_) => Err(self.odd()),
            },
            Some(inner) => self.nested(entry, inner, &found, member),
        }
    }

    fn nested(
        &mut self,
        entry: &Entry,
        inner: &[Entry],
        found: &Value,
        member: Member<'_>,
    ) -> Result<Option<Value>, Unread> {
        let (members, alone) = match member {
            Member::Block(body) => (Members::Body(body), false),
            Member::Attribute(Type::Nested(body)) => (Members::Body(body), found.is_object() && !entry.grouped),
            Member::Attribute(Type::Object(fields)) => (Members::Object(fields), true),
            Member::Attribute(Type::List(element)) => match &**element {
                Type::Object(fields) => (Members::Object(fields), false),
                _ => return Err(self.odd()),
            },
            Member::Attribute(_) => return Err(self.odd()),
        };
        let items: &[Value] = match found {
            Value::Array(items) if !alone => items,
            _ if entry.grouped => std::slice::from_ref(found),
            Value::Object(_) => std::slice::from_ref(found),
            _ => return Err(self.odd()),
        };
        let mut out = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let plain = inner.iter().any(|entry| entry.source == Source::Here(Vec::new()) && !entry.grouped);
            if !item.is_object() && !plain {
                return Err(self.odd());
            }
            if !alone {
                self.path.push(PathStep::Index(index));
            }
            let map = self.members(inner, item, members);
            if entry.grouped && map.is_empty() {
                let here = self.path.clone();
                let failed = inner.iter().any(|entry| {
                    let key = PathStep::Key(entry.target.clone());
                    self.made.unread.contains(&here.iter().cloned().chain([key]).collect::<Vec<_>>())
                });
                self.made.unread.retain(|path| !path.starts_with(&here));
                self.path.pop();
                return if failed { Err(Unread) } else { Ok(None) };
            }
            if !alone {
                self.path.pop();
            }
            out.push(Value::Object(map));
        }
        Ok(if alone { out.pop() } else { Some(Value::Array(out)) })
    }

    fn odd(&mut self) -> Unread {
        self.made.odd.push(display_path(&self.path));
        Unread
    }
}
