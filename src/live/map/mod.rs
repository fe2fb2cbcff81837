//! Live things under Terraform's names.
//!
//! Which property becomes which attribute is data (`types/`). What a row does not read is unread, never absent. It does not know
//! how anything was collected, and no policy.

mod body;
mod convert;
mod coverage;
mod identity;
mod notation;
mod pseudo;
mod table;
#[cfg(test)]
mod tests;
mod usage;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::Value;

use self::body::Place;
pub use self::coverage::{Covered, coverage};
use self::identity::Parts;
use self::notation::From;
pub use self::table::Traits;
use self::table::{Row, table};
use crate::model::{
    Gap, GapReason, Inventory, Listing, LiveObject, LiveRecord, LiveShape, Outcome, PathStep, Problem, Stage, schema,
};

/// Names of tags by which a thing shows who made it.
pub const OWNER_TAGS: &[&str] = &[
    "aws:cloudformation:stack-id",
    "aws:cloudformation:stack-name",
    "aws:autoscaling:groupName",
    "aws:servicecatalog:provisionedProductArn",
    "aws:backup:source-resource",
    "aws:elasticmapreduce:job-flow-id",
    "eks:cluster-name",
    "eks:nodegroup-name",
    "karpenter.sh/nodepool",
    "elasticbeanstalk:environment-id",
];

/// What became of an inventory.
#[derive(Debug, Default)]
pub struct Mapped {
    /// Sorted by account, region, type and id.
    pub value: Vec<LiveObject>,
    pub problems: Vec<Problem>,
    /// Records of which nothing, or not all, was made: whatever they hold is there and was not read.
    pub gaps: Vec<Listing>,
}

/// The live things of an inventory under Terraform's names.
pub fn map(inventory: &Inventory) -> Mapped {
    let made: Vec<Outcome<Vec<LiveObject>>> = inventory.records.par_iter().map(objects).collect();
    let mut out = Mapped::default();
    for (record, made) in inventory.records.iter().zip(made) {
        if made.problems.iter().any(|problem| problem.incomplete) {
            out.gaps.push(not_understood(record));
        }
        out.value.extend(made.value);
        out.problems.extend(made.problems);
    }
    out.gaps.dedup();
    out.value.iter_mut().for_each(bring_to_its_region);
    let key = |it: &LiveObject| (it.account.clone(), it.region.clone(), it.kind.clone(), it.id.clone());
    // Of two readings of one thing the one that shows more is kept.
    out.value.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.unread.len().cmp(&b.unread.len())));
    out.value.dedup_by(|a, b| key(a) == key(b));
    out.problems.sort_by(|a, b| (&a.subject, &a.message).cmp(&(&b.subject, &b.message)));
    out.problems.dedup();
    let listings: Vec<&Listing> = inventory.listings.iter().chain(&out.gaps).collect();
    settle(&mut out.value, &listings);
    pseudo::count_present(&mut out.value, &listings);
    usage::add(&mut out.value, inventory);
    out
}

/// Of a shape that no row reads, no thing is known, not even its name.
fn not_understood(record: &LiveRecord) -> Listing {
    let id = understands(&record.kind, record.shape).then(|| record.id.clone());
    let message = "it has a form that is not known".into();
    Listing {
        account: record.account.clone(),
        region: record.region.clone(),
        kind: record.kind.clone(),
        gap: Some(Gap { reason: GapReason::Unsupported, message, id }),
    }
}

/// A trail of all regions shows in each of them, and is one trail: that of the region in its ARN.
fn bring_to_its_region(object: &mut LiveObject) {
    if &*object.kind != "aws_cloudtrail" {
        return;
    }
    let home = object.arn.as_deref().and_then(|arn| arn.split(':').nth(3)).filter(|region| !region.is_empty());
    if let Some(home) = home.map(Arc::<str>::from) {
        if object.attributes.contains_key("region") {
            object.attributes.insert("region".into(), Value::from(&*home));
        }
        object.region = home;
    }
}

/// Where things of another type show an attribute or part and were all read, a thing for which there is none has none.
fn settle(objects: &mut [LiveObject], listings: &[&Listing]) {
    // Listed at all, and all of it; a listing of everything that has a gap takes the certainty from each type.
    let mut listed: BTreeMap<[&str; 3], bool> = BTreeMap::new();
    for listing in listings {
        let whole = listed.entry([&*listing.account, &*listing.region, &*listing.kind]).or_insert(true);
        *whole &= listing.gap.is_none();
    }
    let whole = |object: &LiveObject, cfn: &str| {
        let of = |kind| listed.get(&[&*object.account, &*object.region, kind]).copied();
        of(cfn) == Some(true) && of("*") != Some(false)
    };
    objects.par_iter_mut().for_each(|object| {
        let Some(row) = table().of_tf(&object.kind).filter(|row| !row.settled.is_empty()) else { return };
        let settled: Vec<&str> =
            row.settled.iter().filter(|(_, cfn)| whole(object, cfn)).map(|(name, _)| &**name).collect();
        object.unread.retain(|path| !matches!(path.as_slice(), [PathStep::Key(name)] if settled.contains(&&**name)));
    });
}

/// All Terraform types that the table makes, sorted.
pub fn kinds() -> Vec<&'static str> {
    let mut out: Vec<&str> = table().rows.iter().map(|row| &*row.tf).collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// Types of ours: they say something about an account or about a thing in it, and are no things themselves.
pub fn is_pseudo(kind: &str) -> bool {
    matches!(kind, "aws_account" | "aws_region" | "aws_iam_credential" | "aws_iam_last_accessed")
        || usage::KINDS.contains(&kind)
}

/// What comparing has to know of a Terraform type.
pub fn traits(kind: &str) -> Option<&'static Traits> {
    table().of_tf(kind).map(|row| &row.traits)
}

/// True when records of a type are understood in a shape; ask another source for it otherwise.
pub fn understands(cfn: &str, shape: LiveShape) -> bool {
    shape == LiveShape::Terraform
        || (shape == LiveShape::Iam && !pseudo::terraform_types(cfn).is_empty())
        || table().of_cfn(cfn).any(|row| row.bodies.contains_key(&shape))
}

/// The Terraform types that things of a type of the cloud become.
pub fn terraform_types(cfn: &str) -> Vec<&'static str> {
    let names = |row: &'static Row| std::iter::once(&*row.tf).chain(row.splits.iter().map(|split| &*split.tf));
    let mut out: Vec<&str> = table().of_cfn(cfn).flat_map(names).collect();
    out.extend(pseudo::terraform_types(cfn));
    out.sort_unstable();
    out.dedup();
    out
}

fn objects(record: &LiveRecord) -> Outcome<Vec<LiveObject>> {
    if record.shape == LiveShape::Terraform {
        return pseudo::passed_through(record);
    }
    if let Some(made) = pseudo::objects(record) {
        return made;
    }
    // What AWS owns, such as its managed policies, is nobody's to judge.
    if record.arn.as_deref().is_some_and(|arn| arn.contains(":iam::aws:")) {
        return Outcome::default();
    }
    let plain = body::unpacked(record);
    let record = plain.as_ref();
    let mut out = Outcome::new(Vec::new());
    let rows: Vec<&Row> = table().of_cfn(&record.kind).collect();
    let mut made: Vec<(&Row, Vec<LiveObject>)> = Vec::new();
    for row in &rows {
        let mut problems = Vec::new();
        let objects = of_row(row, record, None, &mut problems);
        if !row.when.is_empty() && objects.iter().all(|object| applies(row, object)) && !objects.is_empty() {
            made = vec![(row, objects)];
            out.problems = problems;
            break;
        }
        if row.when.is_empty() {
            made.push((row, objects));
            out.problems.extend(problems);
        }
    }
    if !rows.iter().any(|row| row.bodies.contains_key(&record.shape)) {
        let message = format!(
            "{} in the shape of {:?} has no row in the mapping table; none of them is judged, read them from another source",
            record.kind, record.shape
        );
        out.problems.push(Problem::new(Stage::Collect, &*record.kind, message));
    }
    for (row, objects) in made {
        for split in &row.splits {
            for parent in &objects {
                let parts = of_row(split, record, Some(parent), &mut out.problems);
                out.value.extend(parts.into_iter().filter(|part| applies(split, part)));
            }
        }
        out.value.extend(objects);
    }
    out
}

impl Row {
    /// Types of parts that a record of a shape does not show.
    fn unseen(&self, shape: LiveShape) -> impl Iterator<Item = &Arc<str>> {
        let splits = self.splits.iter().filter(move |split| !split.bodies.contains_key(&shape)).map(|split| &split.tf);
        splits.chain(&self.parts).collect::<BTreeSet<_>>().into_iter()
    }
}

/// True when the thing has one of the values that the row asks for.
fn applies(row: &Row, object: &LiveObject) -> bool {
    row.when.iter().all(|(name, words)| {
        let value = object.attributes.get(&**name);
        let text = value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        text.is_some_and(|text| words.iter().any(|word| **word == *text))
    })
}

fn of_row(row: &Row, record: &LiveRecord, parent: Option<&LiveObject>, problems: &mut Vec<Problem>) -> Vec<LiveObject> {
    let Some((from, entries)) = row.bodies.get(&record.shape) else { return Vec::new() };
    let Some(body) = schema::resource(&row.tf) else { return Vec::new() };
    let facts = identity::facts(record);
    let place = Place { top: &record.value, record: &facts };
    let subject = || record.arn.as_deref().map_or_else(|| format!("{} {}", record.kind, record.id), str::to_owned);
    let found = match from {
        From::Top => Ok(Some(&record.value)),
        From::One(path) | From::Each(path) => body::find(&record.value, path),
    };
    let values: Vec<&Value> = match (from, found) {
        (_, Ok(None)) => Vec::new(),
        (From::Each(_), Ok(Some(Value::Array(items)))) => items.iter().collect(),
        (From::Top | From::One(_), Ok(Some(value))) => vec![value],
        (From::Each(_), Ok(Some(_))) | (_, Err(_)) => {
            let message = format!(
                "a part of {} has another form than is known; no {} is made of it, judge it by hand",
                subject(),
                row.tf
            );
            problems.push(Problem::new(Stage::Collect, subject(), message));
            Vec::new()
        }
    };
    let mut out = Vec::new();
    for value in values {
        let (attributes, made) = body::read(entries, value, &place, &body);
        if !made.odd.is_empty() {
            let message = format!(
                "{} of {} {} has another form than is known; it counts as not read",
                made.odd.join(", "),
                row.tf,
                record.id
            );
            problems.push(Problem::new(Stage::Collect, subject(), message).notice());
        }
        let parts = Parts { row, record, parent, body: &body, facts: &facts };
        let mut unread = made.unread;
        unread.extend(row.unseen(record.shape).map(|part| vec![PathStep::Key(part.clone())]));
        out.push(parts.object(attributes, unread));
    }
    out
}
