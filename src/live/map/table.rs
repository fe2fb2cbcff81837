//! The mapping table: one row per type of the cloud, and what Terraform makes of it.
//!
//! The data is `types/*.toml`; `notation` reads the bodies. A row is
//!
//! ```toml
//! [[type]]
//! cfn = "AWS::S3::Bucket"            # the cloud's name
//! tf = "aws_s3_bucket"               # Terraform's
//! id = "{bucket}"                    # import id, of Terraform attributes or @id, @id.1, @account, @region, @partition
//! arn = "arn:{@partition}:s3:::{bucket}"
//! parent = "aws_vpc {vpc_id}"        # the thing that this one is a part of
//! when = { engine = ["docdb"] }      # the row counts for things with such attributes only
//! properties = "BucketName=bucket"   # how the CloudFormation shape is read
//! config = "..."                     # AWS Config's older shape
//! iam = "..."                        # the shape of IAM's answers
//! volatile = ["..."]                 # attributes that change by themselves
//! sets = ["..."]                     # lists whose order means nothing, beside those that are sets in Terraform
//! defaults = { acl = "private" }     # values that mean the same as absence
//! parts = ["aws_s3_bucket_acl"]      # types that belong to this one and that nothing shows
//! settled = { policy = "AWS::S3::BucketPolicy" }  # what another type shows: known to be absent where its listing has none
//! ```
//!
//! and `[[type.split]]` is another Terraform type that is made from the same record. It does not know values.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use super::notation::{self, Entry, From};
use crate::model::LiveShape;
use crate::model::schema::{self, Body, Type};

/// One Terraform type made from one type of the cloud.
#[derive(Debug)]
pub struct Row {
    pub cfn: Arc<str>,
    pub tf: Arc<str>,
    pub id: Option<Arc<str>>,
    pub arn: Option<Arc<str>>,
    pub parent: Option<(Arc<str>, Arc<str>)>,
    pub when: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    pub bodies: BTreeMap<LiveShape, (From, Vec<Entry>)>,
    pub splits: Vec<Row>,
    pub parts: Vec<Arc<str>>,
    pub settled: BTreeMap<Arc<str>, Arc<str>>,
    pub traits: Traits,
}

/// What comparing two readings of a type has to know. Paths are dotted Terraform attributes.
#[derive(Debug, Default)]
pub struct Traits {
    /// They change by themselves.
    pub volatile: Vec<Arc<str>>,
    /// Lists whose order means nothing: the provider's sets, and what the table names besides.
    pub sets: Vec<Arc<str>>,
    /// Texts that are JSON documents.
    pub json: Vec<Arc<str>>,
    /// What absence means; equal to it is equal to absent.
    pub defaults: BTreeMap<Arc<str>, serde_json::Value>,
}

/// All rows.
#[derive(Debug, Default)]
pub struct Table {
    pub rows: Vec<Row>,
    /// What is wrong with the data; a test keeps it empty.
    pub mistakes: Vec<String>,
    by_cfn: HashMap<Arc<str>, Vec<usize>>,
    by_tf: HashMap<Arc<str>, (usize, Option<usize>)>,
}

impl Table {
    pub fn of_cfn(&self, cfn: &str) -> impl Iterator<Item = &Row> {
        self.by_cfn.get(cfn).into_iter().flatten().filter_map(|index| self.rows.get(*index))
    }

    pub fn of_tf(&self, tf: &str) -> Option<&Row> {
        let (row, split) = self.by_tf.get(tf)?;
        let row = self.rows.get(*row)?;
        match split {
            Some(split) => row.splits.get(*split),
            None => Some(row),
        }
    }
}

static FILES: &[(&str, &str)] = &[
    ("storage", include_str!("types/storage.toml")),
    ("iam", include_str!("types/iam.toml")),
    ("network", include_str!("types/network.toml")),
    ("compute", include_str!("types/compute.toml")),
    ("database", include_str!("types/database.toml")),
    ("application", include_str!("types/application.toml")),
    ("security", include_str!("types/security.toml")),
];

/// The table, read once.
pub fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = Table::default();
        for (name, text) in FILES {
            match toml::from_str::<File>(text) {
                Ok(file) => {
                    for written in file.rows {
                        let cfn = written.cfn.clone().unwrap_or_default();
                        let row = row(written, &cfn, &mut table.mistakes);
                        table.rows.push(row);
                    }
                }
                Err(error) => table.mistakes.push(format!("{name}: {error}")),
            }
        }
        for (index, row) in table.rows.iter().enumerate() {
            table.by_cfn.entry(row.cfn.clone()).or_default().push(index);
            table.by_tf.entry(row.tf.clone()).or_insert((index, None));
        }
        for (index, row) in table.rows.iter().enumerate() {
            for (at, split) in row.splits.iter().enumerate() {
                table.by_tf.entry(split.tf.clone()).or_insert((index, Some(at)));
            }
        }
        table
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "type")]
    rows: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    cfn: Option<Arc<str>>,
    tf: Arc<str>,
    #[serde(default)]
    id: Option<Arc<str>>,
    #[serde(default)]
    arn: Option<Arc<str>>,
    #[serde(default)]
    parent: Option<Arc<str>>,
    #[serde(default)]
    when: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    #[serde(default)]
    properties: Option<String>,
    #[serde(default)]
    config: Option<String>,
    #[serde(default)]
    iam: Option<String>,
    #[serde(default)]
    volatile: Vec<Arc<str>>,
    #[serde(default)]
    sets: Vec<Arc<str>>,
    #[serde(default)]
    defaults: BTreeMap<Arc<str>, serde_json::Value>,
    #[serde(default)]
    parts: Vec<Arc<str>>,
    #[serde(default)]
    settled: BTreeMap<Arc<str>, Arc<str>>,
    #[serde(default)]
    split: Vec<Written>,
}

fn row(written: Written, cfn: &Arc<str>, mistakes: &mut Vec<String>) -> Row {
    let mut bodies = BTreeMap::new();
    let texts = [
        (LiveShape::CloudFormation, written.properties),
        (LiveShape::Config, written.config),
        (LiveShape::Iam, written.iam),
    ];
    for (shape, text) in texts.into_iter().filter_map(|(shape, text)| Some((shape, text?))) {
        match notation::parse(&text) {
            Ok(body) => {
                bodies.insert(shape, body);
            }
            Err(error) => mistakes.push(format!("{cfn} {}: {error}", written.tf)),
        }
    }
    let parent = written.parent.as_deref().and_then(|text| {
        let parts = text.split_once(' ').map(|(tf, id)| (tf.into(), id.into()));
        if parts.is_none() {
            mistakes.push(format!("{cfn}: parent '{text}' is no type with an id"));
        }
        parts
    });
    let mut json: Vec<Arc<str>> = Vec::new();
    for (_, entries) in bodies.values() {
        documents(entries, "", &mut json);
    }
    let mut unordered = written.sets;
    if let Some(body) = schema::resource(&written.tf) {
        for (_, entries) in bodies.values() {
            sets(entries, &body, "", &mut unordered);
        }
    }
    for paths in [&mut json, &mut unordered] {
        paths.sort();
        paths.dedup();
    }
    Row {
        cfn: cfn.clone(),
        tf: written.tf,
        id: written.id,
        arn: written.arn,
        parent,
        when: written.when,
        bodies,
        parts: written.parts,
        settled: written.settled,
        splits: written.split.into_iter().map(|split| row(split, cfn, mistakes)).collect(),
        traits: Traits { volatile: written.volatile, sets: unordered, json, defaults: written.defaults },
    }
}

/// Mapped attributes that the provider declares as sets.
fn sets(entries: &[Entry], body: &Body, path: &str, out: &mut Vec<Arc<str>>) {
    for entry in entries {
        let path = if path.is_empty() { entry.target.to_string() } else { format!("{path}.{}", entry.target) };
        if body.sets.contains(&entry.target) {
            out.push(path.as_str().into());
        }
        let nested = body.attributes.get(&entry.target).and_then(|attribute| match &attribute.kind {
            Type::Nested(inner) => Some(inner),
            _ => None,
        });
        if let Some(inner) = nested.or_else(|| body.blocks.get(&entry.target)) {
            sets(entry.inner.as_deref().unwrap_or(&[]), inner, &path, out);
        }
    }
}

fn documents(entries: &[Entry], path: &str, out: &mut Vec<Arc<str>>) {
    for entry in entries {
        let path = if path.is_empty() { entry.target.to_string() } else { format!("{path}.{}", entry.target) };
        if entry.steps.iter().any(|step| &*step.name == "json") {
            out.push(path.as_str().into());
        }
        documents(entry.inner.as_deref().unwrap_or(&[]), &path, out);
    }
}
