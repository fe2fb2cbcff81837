//! What the mapping table covers, for people and for `docs/live-coverage.md`.
//!
//! It does not know policies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::table::{Row, table};
use crate::model::{LiveShape, schema};

/// One Terraform type that live things become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    pub terraform: Arc<str>,
    /// The types of the cloud that it is made from.
    pub cloud: BTreeSet<Arc<str>>,
    /// Attributes and blocks of the first level that are read, by the shape they are read from.
    pub read: BTreeMap<LiveShape, BTreeSet<Arc<str>>>,
    /// All attributes and blocks of the first level that the provider declares.
    pub declared: BTreeSet<Arc<str>>,
}

/// All types that the table maps, in order.
pub fn coverage() -> Vec<Covered> {
    let mut out: BTreeMap<Arc<str>, Covered> = BTreeMap::new();
    for row in table().rows.iter().flat_map(|row| std::iter::once(row).chain(&row.splits)) {
        let covered = out.entry(row.tf.clone()).or_insert_with(|| empty(&row.tf));
        covered.cloud.insert(row.cfn.clone());
        for (shape, (_, entries)) in &row.bodies {
            let read = covered.read.entry(*shape).or_default();
            read.extend(entries.iter().map(|entry| entry.target.clone()));
            read.extend(always(row).filter(|name| covered.declared.contains(*name)).map(Arc::from));
        }
    }
    out.into_values().collect()
}

/// Set from what every record says of itself.
fn always(row: &Row) -> impl Iterator<Item = &'static str> {
    let tagged = row.bodies.values().any(|(_, entries)| entries.iter().any(|entry| &*entry.target == "tags"));
    let arn = row.arn.is_some();
    ["id", "region", "tags_all", "arn"].into_iter().filter(move |name| match *name {
        "tags_all" => tagged,
        "arn" => arn,
        _ => true,
    })
}

fn empty(terraform: &Arc<str>) -> Covered {
    let body = schema::resource(terraform);
    let names = body.iter().flat_map(|body| body.attributes.keys().chain(body.blocks.keys()));
    Covered {
        terraform: terraform.clone(),
        cloud: BTreeSet::new(),
        read: BTreeMap::new(),
        declared: names.cloned().collect(),
    }
}
