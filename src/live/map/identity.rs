//! Who a live thing is: its id, ARN, place, tags and parent, and the attributes that follow from them.
//!
//! It does not know how the other attributes were read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::convert;
use super::table::Row;
use crate::live::UNCARRIED;
use crate::model::schema::Body;
use crate::model::{LiveObject, LiveRecord, PathStep};

/// What a record says about itself, by the names that rows use: `@account`, `@region`, `@partition`, `@id`, `@id.0`, `@arn`.
pub fn facts(record: &LiveRecord) -> BTreeMap<Arc<str>, Value> {
    let partition = match &*record.region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    let mut out = BTreeMap::from([
        ("@account".into(), Value::from(&*record.account)),
        ("@region".into(), Value::from(&*record.region)),
        ("@partition".into(), Value::from(partition)),
        ("@id".into(), Value::from(&*record.id)),
    ]);
    if let Some(arn) = &record.arn {
        out.insert("@arn".into(), Value::from(&**arn));
    }
    for (index, part) in record.id.split('|').enumerate() {
        out.insert(format!("@id.{index}").into(), Value::from(part));
    }
    out
}

/// Everything that goes into one object.
#[derive(Debug)]
pub struct Parts<'a> {
    pub row: &'a Row,
    pub record: &'a LiveRecord,
    /// For a part that is a Terraform type of its own.
    pub parent: Option<&'a LiveObject>,
    pub body: &'a Body,
    pub facts: &'a BTreeMap<Arc<str>, Value>,
}

impl Parts<'_> {
    pub fn object(&self, mut attributes: Map<String, Value>, mut unread: BTreeSet<Vec<PathStep>>) -> LiveObject {
        let mut set = |attributes: &mut Map<String, Value>, name: &str, value: Value| {
            if self.body.attributes.contains_key(name) && !attributes.contains_key(name) {
                attributes.insert(name.to_owned(), value);
                unread.remove([PathStep::Key(name.into())].as_slice());
            }
        };
        let arn = match &self.row.arn {
            Some(template) => self.filled(template, &attributes),
            None => attributes.get("arn").and_then(Value::as_str).map(str::to_owned),
        };
        let arn = arn.or_else(|| self.record.arn.as_deref().filter(|_| self.parent.is_none()).map(str::to_owned));
        if let Some(arn) = &arn {
            set(&mut attributes, "arn", arn.as_str().into());
        }
        if &*self.record.region != "global" {
            set(&mut attributes, "region", (&*self.record.region).into());
        }
        let id = self.row.id.as_ref().and_then(|template| self.filled(template, &attributes));
        let id = id.unwrap_or_else(|| self.record.id.to_string());
        set(&mut attributes, "id", id.as_str().into());
        let mut tags: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
        if self.parent.is_none() {
            tags.clone_from(&self.record.tags);
            let read = attributes.get("tags").and_then(convert::tags);
            for (key, value) in read.into_iter().flatten() {
                tags.insert(key.into(), value.as_str().unwrap_or("").into());
            }
            self.set_tags(&mut attributes, &mut unread, &tags);
        }
        let parent = match self.parent {
            Some(parent) => Some((parent.kind.clone(), parent.id.clone())),
            None => self
                .row
                .parent
                .as_ref()
                .and_then(|(kind, id)| Some((kind.clone(), self.filled(id, &attributes)?.as_str().into()))),
        };
        LiveObject {
            account: self.record.account.clone(),
            region: self.record.region.clone(),
            kind: self.row.tf.clone(),
            id: id.as_str().into(),
            arn: arn.map(|arn| arn.as_str().into()),
            identity: BTreeMap::new(),
            attributes,
            unread: unread.into_iter().collect(),
            parent,
            tags,
            captured: self.record.captured.clone(),
        }
    }

    /// `tags` and `tags_all` hold what people set; what AWS sets itself is no part of either.
    fn set_tags(
        &self,
        attributes: &mut Map<String, Value>,
        unread: &mut BTreeSet<Vec<PathStep>>,
        tags: &BTreeMap<Arc<str>, Arc<str>>,
    ) {
        let key = |name: &str| vec![PathStep::Key(name.into())];
        if !self.body.attributes.contains_key("tags") || (tags.is_empty() && unread.contains(&key("tags"))) {
            return;
        }
        let uncarried = self.record.value.get(UNCARRIED).and_then(Value::as_array);
        let uncarried = tags.is_empty() && uncarried.is_some_and(|names| names.iter().any(|name| name == "tags"));
        let own: Map<String, Value> = tags
            .iter()
            .filter(|(key, _)| !key.starts_with("aws:"))
            .map(|(key, value)| (key.to_string(), Value::from(&**value)))
            .collect();
        for name in ["tags", "tags_all"].into_iter().filter(|name| self.body.attributes.contains_key(*name)) {
            unread.remove(&key(name));
            if uncarried {
                attributes.remove(name);
                unread.insert(key(name));
            } else if own.is_empty() {
                attributes.remove(name);
            } else {
                attributes.insert(name.to_owned(), Value::Object(own.clone()));
            }
        }
    }

    /// A template with its holes filled; `None` when something for it is not there.
    fn filled(&self, template: &str, attributes: &Map<String, Value>) -> Option<String> {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, hole)) = rest.split_once('{') {
            let (name, after) = hole.split_once('}')?;
            out.push_str(before);
            rest = after;
            let value = match name.strip_prefix("parent.") {
                Some(name) => self.parent?.attributes.get(name),
                None if name.starts_with('@') => self.facts.get(name),
                None => attributes.get(name),
            };
            match value? {
                Value::String(text) => out.push_str(text),
                Value::Number(number) => out.push_str(&number.to_string()),
                Value::Bool(on) => out.push_str(if *on { "true" } else { "false" }),
                _ => return None,
            }
        }
        out.push_str(rest);
        Some(out)
    }
}
