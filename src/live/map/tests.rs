//! The table against the provider's schema and against shapes that AWS documents.
//!
//! `STANCHION_BLESS=1` writes the expectations anew; read what changed before keeping it.

mod fixtures;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::notation::{Entry, Source};
use super::table::{Row, table};
use super::{convert, *};
use crate::model::schema::{Body, Type};

/// Every row with the name of its place in the table.
fn rows() -> Vec<&'static Row> {
    table().rows.iter().flat_map(|row| std::iter::once(row).chain(&row.splits)).collect()
}

/// What a path leads to in a schema.
enum At<'a> {
    Body(&'a Body),
    Object(&'a BTreeMap<Arc<str>, Type>),
    Leaf(&'a Type),
}

fn member<'a>(at: &At<'a>, name: &str) -> Option<At<'a>> {
    let of_type = |kind: &'a Type| match kind {
        Type::Nested(body) => At::Body(body),
        Type::Object(fields) => At::Object(fields),
        Type::List(inner) => match &**inner {
            Type::Object(fields) => At::Object(fields),
            _ => At::Leaf(kind),
        },
        _ => At::Leaf(kind),
    };
    match at {
        At::Body(body) => {
            let attribute = body.attributes.get(name).map(|it| of_type(&it.kind));
            attribute.or_else(|| body.blocks.get(name).map(At::Body))
        }
        At::Object(fields) => fields.get(name).map(of_type),
        At::Leaf(_) => None,
    }
}

fn check(entries: &[Entry], at: &At<'_>, place: &str, mistakes: &mut Vec<String>) {
    for entry in entries {
        let place = format!("{place} {}", entry.target);
        for step in &entry.steps {
            if !convert::NAMES.contains(&&*step.name) {
                mistakes.push(format!("{place}: no conversion '{}'", step.name));
            }
        }
        match (member(at, &entry.target), &entry.inner) {
            (None, _) => mistakes.push(format!("{place} is not in the schema")),
            (Some(At::Leaf(kind)), None) => {
                if let Some(default) = &entry.default
                    && convert::fitted(default.clone(), kind).as_ref() != Some(default)
                {
                    mistakes.push(format!("{place}: the default is of another type"));
                }
                let last = entry.steps.last().map(|step| &*step.name);
                let fits = match last {
                    Some("json" | "last" | "after" | "between" | "swapped" | "lower") => matches!(kind, Type::String),
                    Some("group_uri" | "permission" | "protocol" | "starts") => matches!(kind, Type::String),
                    Some("on" | "present" | "is" | "holds") => matches!(kind, Type::Bool),
                    Some("list" | "pluck" | "commas") => matches!(kind, Type::List(_)),
                    Some("tags" | "pairs") => matches!(kind, Type::Map(_)),
                    Some("port") => matches!(kind, Type::Number),
                    _ => true,
                };
                if !fits {
                    mistakes.push(format!("{place}: the conversion gives another type"));
                }
            }
            (Some(inner), Some(entries)) if !matches!(inner, At::Leaf(_)) => check(entries, &inner, &place, mistakes),
            (Some(_), None)
                if entry.source == Source::Nothing || entry.steps.iter().any(|step| &*step.name == "none") => {}
            (Some(_), None) => mistakes.push(format!("{place} is nested; it needs inner entries")),
            (Some(_), Some(_)) => mistakes.push(format!("{place} is not nested")),
        }
    }
}

#[test]
fn every_target_is_in_the_providers_schema_with_a_fitting_type() {
    let mut mistakes = table().mistakes.clone();
    for row in rows() {
        let Some(body) = schema::resource(&row.tf) else {
            mistakes.push(format!("{} is not in the schema", row.tf));
            continue;
        };
        for (shape, (_, entries)) in &row.bodies {
            check(entries, &At::Body(&body), &format!("{} {shape:?}", row.tf), &mut mistakes);
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn every_trait_names_a_mapped_attribute() {
    let mut mistakes = Vec::new();
    for row in rows() {
        let mut mapped = BTreeSet::new();
        for (_, entries) in row.bodies.values() {
            collect(entries, "", &mut mapped);
        }
        let traits = &row.traits;
        let paths = traits.volatile.iter().chain(&traits.sets).chain(&traits.json).chain(traits.defaults.keys());
        for path in paths.chain(row.when.keys()).filter(|path| !mapped.contains(&***path)) {
            mistakes.push(format!("{}: {path} is not mapped", row.tf));
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

fn collect(entries: &[Entry], path: &str, out: &mut BTreeSet<String>) {
    for entry in entries {
        let path = if path.is_empty() { entry.target.to_string() } else { format!("{path}.{}", entry.target) };
        collect(entry.inner.as_deref().unwrap_or(&[]), &path, out);
        out.insert(path);
    }
}

#[test]
fn every_conversion_is_used() {
    fn steps(entries: &[Entry], out: &mut BTreeSet<Arc<str>>) {
        for entry in entries {
            out.extend(entry.steps.iter().map(|step| step.name.clone()));
            steps(entry.inner.as_deref().unwrap_or(&[]), out);
        }
    }
    let mut used = BTreeSet::new();
    rows().iter().flat_map(|row| row.bodies.values()).for_each(|(_, entries)| steps(entries, &mut used));
    let unused: Vec<_> = convert::NAMES.iter().filter(|name| !used.contains(**name)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn traits_hold_the_providers_sets_documents_and_what_the_table_adds() {
    let group = traits("aws_security_group").unwrap();
    let has = |paths: &[Arc<str>], path: &str| paths.iter().any(|it| **it == *path);
    assert!(has(&group.sets, "ingress") && has(&group.sets, "ingress.cidr_blocks"), "{:?}", group.sets);
    assert!(has(&traits("aws_s3_bucket_policy").unwrap().json, "policy"));
    assert!(has(&traits("aws_iam_role").unwrap().json, "inline_policy.policy"));
    assert!(has(&traits("aws_iam_policy").unwrap().volatile, "attachment_count"));
    assert_eq!(traits("aws_kinesis_stream").unwrap().defaults.get("encryption_type"), Some(&Value::from("NONE")));
    assert!(traits("aws_nothing").is_none());
}

fn inventory(records: Vec<LiveRecord>) -> Inventory {
    Inventory { records, listings: Vec::new(), complete: true }
}

#[test]
fn the_order_of_records_does_not_show_and_of_two_readings_the_fuller_is_kept() {
    let records: Vec<LiveRecord> = fixtures::all().iter().map(|(_, fixture)| fixtures::record(fixture)).collect();
    let made = map(&inventory(records.clone()));
    let turned = map(&inventory(records.into_iter().rev().collect()));
    let shown = |made: &Mapped| {
        let key = |it: &LiveObject| (it.account.clone(), it.region.clone(), it.kind.clone(), it.id.clone());
        made.value.iter().map(|it| (key(it), it.unread.len())).collect::<Vec<_>>()
    };
    let shown_made = shown(&made);
    assert_eq!(shown_made, shown(&turned));
    assert!(shown_made.windows(2).all(|pair| pair[0].0 < pair[1].0), "sorted, each thing once");
}

#[test]
fn a_record_that_is_not_understood_leaves_a_gap_in_its_listing() {
    let record = LiveRecord { shape: LiveShape::Config, ..fixtures::first("aws_sqs_queue") };
    let made = map(&inventory(vec![record.clone()]));
    assert!(made.value.is_empty() && made.problems.iter().any(|problem| problem.incomplete));
    let [gap] = made.gaps.as_slice() else { panic!("{:?}", made.gaps) };
    assert_eq!((&gap.kind, gap.gap.as_ref().and_then(|gap| gap.id.clone())), (&record.kind, None));
    let whole = fixtures::first("aws_sqs_queue");
    assert!(map(&inventory(vec![whole])).gaps.is_empty());
}

#[test]
fn what_aws_owns_is_left_out_and_a_type_without_a_row_is_told() {
    let record = |kind: &str, arn: &str| LiveRecord {
        account: "123456789012".into(),
        region: "global".into(),
        kind: kind.into(),
        id: arn.into(),
        arn: Some(arn.into()),
        shape: LiveShape::CloudFormation,
        captured: None,
        tags: std::collections::BTreeMap::new(),
        value: serde_json::json!({}),
    };
    let owned = record("AWS::IAM::ManagedPolicy", "arn:aws:iam::aws:policy/AdministratorAccess");
    let made = map(&inventory(vec![owned]));
    assert!(made.value.is_empty() && made.problems.is_empty());
    let made = map(&inventory(vec![record("AWS::New::Thing", "a"), record("AWS::New::Thing", "b")]));
    assert!(made.value.is_empty());
    assert_eq!(made.problems.len(), 1);
    assert!(made.problems[0].incomplete && made.problems[0].message.contains("AWS::New::Thing"));
}
