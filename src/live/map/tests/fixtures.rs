//! Live shapes in, Terraform shapes out: `fixtures/aws/<terraform type>/<name>.json`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::*;
use crate::model::{PathStep, display_path};

/// All fixtures: path and content, in order.
pub fn all() -> Vec<(PathBuf, Value)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/aws");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(root)
        .unwrap()
        .flat_map(|dir| std::fs::read_dir(dir.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path, value)
    };
    paths.into_iter().map(read).collect()
}

pub fn record(fixture: &Value) -> LiveRecord {
    serde_json::from_value(fixture["record"].clone()).unwrap_or_else(|error| panic!("{error}: {fixture:#}"))
}

/// The record of a type's first fixture.
pub fn first(kind: &str) -> LiveRecord {
    let (_, fixture) = all().into_iter().find(|(path, _)| path.parent().unwrap().ends_with(kind)).unwrap();
    record(&fixture)
}

fn mapped(record: LiveRecord) -> Mapped {
    map(&Inventory { records: vec![record], ..Inventory::default() })
}

fn shown(object: &LiveObject) -> Value {
    let mut out = json!({
        "kind": &*object.kind,
        "id": &*object.id,
        "attributes": object.attributes,
        "unread": object.unread.iter().map(|path| display_path(path)).collect::<Vec<_>>(),
    });
    if let Some(arn) = &object.arn {
        out["arn"] = (&**arn).into();
    }
    if let Some((kind, id)) = &object.parent {
        out["parent"] = json!([&**kind, &**id]);
    }
    if !object.identity.is_empty() {
        out["identity"] = json!(object.identity);
    }
    out
}

#[test]
fn live_shapes_become_terraform_shapes() {
    let bless = std::env::var_os("STANCHION_BLESS").is_some();
    let mut mistakes = Vec::new();
    for (path, mut fixture) in all() {
        let made = mapped(record(&fixture));
        assert!(made.problems.is_empty(), "{}: {:?}", path.display(), made.problems);
        let shown: Value = made.value.iter().map(shown).collect();
        if shown != fixture["expect"] {
            if bless {
                fixture["expect"] = shown;
                std::fs::write(&path, format!("{fixture:#}\n")).unwrap();
            } else {
                mistakes.push(format!("{}: {shown:#}", path.display()));
            }
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn every_row_and_shape_has_a_fixture() {
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    for (path, fixture) in all() {
        let record = record(&fixture);
        let folder = path.parent().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
        let kinds: Vec<&str> =
            fixture["expect"].as_array().unwrap().iter().filter_map(|it| it["kind"].as_str()).collect();
        assert!(kinds.contains(&&*folder), "{} makes no {folder}", path.display());
        seen.extend(kinds.iter().map(|kind| ((*kind).to_owned(), format!("{:?}", record.shape))));
    }
    let mut missing = Vec::new();
    for row in rows() {
        for shape in row.bodies.keys() {
            if !seen.contains(&(row.tf.to_string(), format!("{shape:?}"))) {
                missing.push(format!("{} {} {shape:?}", row.cfn, row.tf));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Puts other values in the place of every value, one after the other.
fn mutations(value: &Value, others: &[Value]) -> Vec<Value> {
    let mut out: Vec<Value> = others.to_vec();
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                for changed in mutations(inner, others) {
                    let mut map = map.clone();
                    map.insert(key.clone(), changed);
                    out.push(Value::Object(map));
                }
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                for changed in mutations(inner, others) {
                    let mut items = items.clone();
                    items[index] = changed;
                    out.push(Value::Array(items));
                }
            }
        }
        _ => {}
    }
    out
}

#[test]
fn a_value_of_another_form_is_unread_or_told_and_never_a_crash() {
    let others = [
        json!([]),
        json!({}),
        json!("{\"x\": ["),
        json!(-1.5e300),
        json!([[{"a": 1}]]),
        json!({"a": {"b": []}}),
        Value::Null,
    ];
    for (path, fixture) in all() {
        let record = record(&fixture);
        for value in mutations(&record.value, &others) {
            let made = mapped(LiveRecord { value, ..record.clone() });
            for problem in &made.problems {
                assert!(!problem.message.is_empty() && !problem.subject.is_empty(), "{}", path.display());
            }
        }
    }
}

/// Puts an object in the place of every text, number and switch, one after the other.
fn broken_leaves(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(map) => {
            let changed = |(key, inner): (&String, &Value)| {
                broken_leaves(inner).into_iter().map(|changed| (key.clone(), changed)).collect::<Vec<_>>()
            };
            let with = |(key, changed): (String, Value)| {
                let mut map = map.clone();
                map.insert(key, changed);
                Value::Object(map)
            };
            map.iter().flat_map(changed).map(with).collect()
        }
        Value::Array(items) => {
            let with = |(index, changed): (usize, Value)| {
                let mut items = items.clone();
                items[index] = changed;
                Value::Array(items)
            };
            let each = items.iter().enumerate();
            each.flat_map(|(index, inner)| broken_leaves(inner).into_iter().map(move |it| (index, it)))
                .map(with)
                .collect()
        }
        Value::Null => Vec::new(),
        _ => vec![json!({"unforeseen": {"form": []}})],
    }
}

/// Puts a number in the place of every object and list, one after the other.
fn broken_branches(value: &Value) -> Vec<Value> {
    let mut out = vec![json!(7)];
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter().filter(|(_, inner)| inner.is_object() || inner.is_array()) {
                for changed in broken_branches(inner) {
                    let mut map = map.clone();
                    map.insert(key.clone(), changed);
                    out.push(Value::Object(map));
                }
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate().filter(|(_, inner)| inner.is_object() || inner.is_array()) {
                for changed in broken_branches(inner) {
                    let mut items = items.clone();
                    items[index] = changed;
                    out.push(Value::Array(items));
                }
            }
        }
        _ => {}
    }
    out
}

#[test]
fn an_attribute_made_of_a_value_of_another_form_is_unread_and_never_absent() {
    let mut mistakes = Vec::new();
    for (path, fixture) in all() {
        let record = record(&fixture);
        if record.shape == LiveShape::Terraform || record.kind.starts_with("Stanchion::") {
            continue;
        }
        let base = mapped(record.clone()).value;
        for value in broken_leaves(&record.value).into_iter().chain(broken_branches(&record.value)) {
            let made = mapped(LiveRecord { value, ..record.clone() });
            for object in &base {
                let Some(other) = made.value.iter().find(|it| it.kind == object.kind && it.id == object.id) else {
                    continue;
                };
                for name in object.attributes.keys().filter(|name| !other.attributes.contains_key(*name)) {
                    let key = PathStep::Key(name.as_str().into());
                    let unread = other.unread.iter().any(|path| path.first() == Some(&key));
                    if !unread {
                        mistakes.push(format!("{} {} {name}", path.display(), object.kind));
                    }
                }
            }
        }
    }
    mistakes.sort();
    mistakes.dedup();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn what_the_schema_has_is_read_unread_or_known_to_be_absent() {
    for (path, fixture) in all() {
        let record = record(&fixture);
        for object in mapped(record.clone()).value {
            let Some(row) = table().of_tf(&object.kind).filter(|_| record.shape != LiveShape::Terraform) else {
                continue;
            };
            let rows = || rows().into_iter().filter(|other| other.tf == row.tf && other.cfn == record.kind);
            let body = schema::resource(&object.kind).unwrap();
            for name in body.attributes.keys().chain(body.blocks.keys()) {
                let unread = object.unread.iter().any(|it| it.as_slice() == [PathStep::Key(name.clone())]);
                let is_targeted = rows().any(|row| {
                    row.bodies
                        .get(&record.shape)
                        .is_some_and(|(_, entries)| entries.iter().any(|it| it.target == *name))
                });
                let there = object.attributes.contains_key(&**name);
                assert!(!(there && unread), "{} {name} is there and unread", path.display());
                let own = matches!(&**name, "tags" | "tags_all" | "id" | "arn" | "region");
                assert!(there || unread || is_targeted || own, "{} {name} is nowhere", path.display());
            }
        }
    }
}
