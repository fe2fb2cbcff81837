//! What a plan says of changes outside of Terraform: the differences between the recorded and the refreshed state.
//!
//! Only where things differ is told, never values: some are secrets. A plan without any does not prove that there was none, for
//! it may have been made without refreshing. It does not know policies.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::source::declaration_key;
use crate::load::terraform::records::Record;
use crate::model::{Node, PathStep, Problem, Value, display_path};

/// Named before the rest is only counted.
const MAX_NAMED: usize = 10;
/// The same for the attributes of one resource.
const MAX_PATHS: usize = 5;

/// One resource that is not as Terraform left it.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    pub address: Arc<str>,
    /// Attributes that differ; none for a resource that is gone.
    pub paths: Vec<String>,
    /// The plan does something because of it.
    pub answered: bool,
}

/// The changes that a plan tells of, those first to which the plan answers.
pub fn changes(tree: &Node) -> Vec<Change> {
    let relevant: Vec<(String, Vec<&str>)> = list(tree, "relevant_attributes").iter().filter_map(relevant).collect();
    let mut out: Vec<Change> =
        list(tree, "resource_drift").iter().filter_map(|entry| change(entry, &relevant)).collect();
    out.sort_by(|a, b| (!a.answered, &a.address).cmp(&(!b.answered, &b.address)));
    out
}

/// One notice for all of them.
pub fn notice(record: &Record) -> Option<Problem> {
    let changes = changes(&record.tree);
    let count = match changes.len() {
        0 => return None,
        1 => "1 resource was".to_owned(),
        n => format!("{n} resources were"),
    };
    let mut named: Vec<String> = changes.iter().take(MAX_NAMED).map(described).collect();
    if changes.len() > MAX_NAMED {
        named.push(format!("{} more", changes.len() - MAX_NAMED));
    }
    let message = format!("{count} changed outside of Terraform since the last apply: {}", named.join(", "));
    Some(record.problem(message).notice())
}

fn described(change: &Change) -> String {
    let mut what = match change.paths.as_slice() {
        [] => "gone".to_owned(),
        paths if paths.len() > MAX_PATHS => {
            let first: Vec<&str> = paths.iter().take(MAX_PATHS).map(String::as_str).collect();
            format!("{} and {} more", first.join(", "), paths.len() - MAX_PATHS)
        }
        paths => paths.join(", "),
    };
    if change.answered {
        what.push_str("; this plan answers to it");
    }
    format!("{} ({what})", change.address)
}

pub fn list<'n>(tree: &'n Node, key: &str) -> &'n [Node] {
    tree.key(key).and_then(Node::as_list).unwrap_or(&[])
}

/// An address without instance keys, and the path of an attribute.
fn relevant(entry: &Node) -> Option<(String, Vec<&str>)> {
    let path = entry.key("attribute").and_then(Node::as_list).unwrap_or(&[]);
    let names = path.iter().map_while(Node::as_str).collect();
    Some((declaration_key(entry.key("resource")?.as_str()?), names))
}

pub fn change(entry: &Node, relevant: &[(String, Vec<&str>)]) -> Option<Change> {
    if entry.key("mode").and_then(Node::as_str).is_some_and(|mode| mode != "managed") {
        return None;
    }
    let address = entry.key("address")?.as_str()?;
    let change = entry.key("change")?;
    let actions: Vec<&str> = list(change, "actions").iter().filter_map(Node::as_str).collect();
    let mut differences = BTreeSet::new();
    if actions == ["delete"] {
        let answered = relevant.iter().any(|(resource, _)| *resource == declaration_key(address));
        return Some(Change { address: address.into(), paths: Vec::new(), answered });
    }
    differ(change.key("before")?, change.key("after")?, &mut Vec::new(), &mut differences);
    // A resource that was only moved is as it was.
    if differences.is_empty() {
        return None;
    }
    let resource = declaration_key(address);
    let answered = relevant.iter().filter(|(other, _)| *other == resource).any(|(_, names)| {
        differences.iter().any(|path| names.iter().zip(path).all(|(name, step)| is_step(name, step)))
    });
    let paths = differences.iter().map(|path| display_path(path)).collect();
    Some(Change { address: address.into(), paths, answered })
}

fn is_step(name: &str, step: &PathStep) -> bool {
    matches!(step, PathStep::Key(key) if **key == *name)
}

fn differ(before: &Node, after: &Node, path: &mut Vec<PathStep>, out: &mut BTreeSet<Vec<PathStep>>) {
    match (&before.value, &after.value) {
        (Value::Map(a), Value::Map(b)) => {
            let names: BTreeSet<&Arc<str>> = a.keys().chain(b.keys()).collect();
            for name in names {
                path.push(PathStep::Key(name.clone()));
                match (a.get(name), b.get(name)) {
                    (Some(a), Some(b)) => differ(a, b, path, out),
                    (Some(only), None) | (None, Some(only)) if only.is_null() => {}
                    _ => drop(out.insert(path.clone())),
                }
                path.pop();
            }
        }
        (Value::List(a), Value::List(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b.iter()).enumerate() {
                path.push(PathStep::Index(index));
                differ(a, b, path, out);
                path.pop();
            }
        }
        (Value::Null, Value::Null) => {}
        (Value::Bool(a), Value::Bool(b)) if a == b => {}
        (Value::Number(a) | Value::String(a), Value::Number(b) | Value::String(b)) if a == b => {}
        _ => drop(out.insert(path.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::json;
    use crate::load::terraform::records::Kind;
    use crate::model::SourceMap;

    fn record(text: &str) -> Record {
        let file = SourceMap::new().add("plan.json", text);
        Record { path: "plan.json".into(), kind: Kind::Plan, tree: json::parse(file, "plan.json", text).unwrap() }
    }

    const PLAN: &str = r#"{
      "resource_drift": [
        {"address": "aws_a.tags", "mode": "managed", "change": {"actions": ["update"],
          "before": {"tags": {"Owner": "me"}, "size": 1}, "after": {"tags": {"Owner": "you", "By": "hand"}, "size": 1}}},
        {"address": "module.m[\"a.b\"].aws_b.x[0]", "mode": "managed", "change": {"actions": ["update"],
          "before": {"password": "hunter2-before", "rule": [{"port": 22}], "id": "i"},
          "after": {"password": "hunter2-after", "rule": [{"port": 23}], "id": "i"},
          "before_sensitive": {"password": true}, "after_sensitive": {"password": true}}},
        {"address": "aws_c.gone", "mode": "managed", "change": {"actions": ["delete"], "before": {"id": "c"}, "after": null}},
        {"address": "aws_d.moved", "previous_address": "aws_d.old", "mode": "managed",
          "change": {"actions": ["no-op"], "before": {"id": "d"}, "after": {"id": "d"}}},
        {"address": "data.aws_e.read", "mode": "data", "change": {"actions": ["update"], "before": {"a": 1}, "after": {"a": 2}}},
        {"address": 7}, "x"
      ],
      "relevant_attributes": [
        {"resource": "module.m.aws_b.x", "attribute": ["rule", 0, "port"]},
        {"resource": "aws_a.tags", "attribute": ["size"]}
      ]
    }"#;

    #[test]
    fn what_the_plan_answers_to_comes_first_and_what_only_moved_is_no_change() {
        let found = changes(&record(PLAN).tree);
        let short: Vec<(&str, Vec<&str>, bool)> =
            found.iter().map(|it| (&*it.address, it.paths.iter().map(String::as_str).collect(), it.answered)).collect();
        let expected = [
            ("module.m[\"a.b\"].aws_b.x[0]", vec!["password", "rule[0].port"], true),
            ("aws_a.tags", vec!["tags.By", "tags.Owner"], false),
            ("aws_c.gone", vec![], false),
        ];
        assert_eq!(short, expected);
    }

    #[test]
    fn the_notice_names_attributes_and_never_values() {
        let notice = notice(&record(PLAN)).unwrap();
        assert!(!notice.incomplete);
        assert_eq!(
            notice.message,
            "3 resources were changed outside of Terraform since the last apply: \
             module.m[\"a.b\"].aws_b.x[0] (password, rule[0].port; this plan answers to it), \
             aws_a.tags (tags.By, tags.Owner), aws_c.gone (gone)"
        );
        assert!(super::notice(&record("{\"resource_drift\": []}")).is_none());
        assert!(super::notice(&record("{\"resource_drift\": 7}")).is_none());
    }
}
