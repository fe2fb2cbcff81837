//! Which changes a declaration says to leave alone.
//!
//! It does not know how a change was found, or what becomes of it.

use std::sync::Arc;

use super::classify::Change;
use super::compare::covers;
use super::normalize::{Context, agree, dotted};
use crate::model::{IgnoredChange, Map, Node, PathStep, Span, Value};

/// Where it says so of the attribute or of something above it.
pub fn above(ignored: &[IgnoredChange], path: &[PathStep]) -> Option<Span> {
    ignored.iter().find(|it| starts_with(path, &it.path)).map(|it| it.span)
}

/// Where it says so of parts of what differs, and nothing else in it differs.
pub fn within(
    context: &Context<'_>,
    ignored: &[IgnoredChange],
    change: &Change,
    (recorded, live): (&Map, &Map),
) -> Option<Span> {
    let parts: Vec<(&[PathStep], Span)> =
        ignored.iter().filter_map(|it| Some((below(&change.path, &it.path)?, it.span))).collect();
    let first = parts.first()?.1;
    let left = |node: Option<Node>| node.map(|node| parts.iter().fold(node, |node, (path, _)| without(node, path)));
    let place = dotted(&change.path);
    let side = |map: &Map| left(super::classify::whole(map, &change.path));
    let (recorded, live) = (side(recorded), side(live));
    let same = agree(&context.canon(recorded.as_ref(), &place), &context.canon(live.as_ref(), &place));
    let code = left(change.declared.clone().filter(Node::is_wholly_known));
    (same && code.is_none_or(|code| covers(context, &code, recorded.as_ref(), &place))).then_some(first)
}

/// True when the path is what was written or lies below it.
fn starts_with(path: &[PathStep], written: &[PathStep]) -> bool {
    match (path, written) {
        (_, []) => true,
        ([a, path @ ..], [b, written @ ..]) if a == b => starts_with(path, written),
        // A single block has a place in the code, which the values of a state may lack.
        ([PathStep::Key(_), ..], [PathStep::Index(0), written @ ..]) => starts_with(path, written),
        _ => false,
    }
}

/// What was written, from the path on, where it lies below that.
fn below<'w>(path: &[PathStep], written: &'w [PathStep]) -> Option<&'w [PathStep]> {
    match (path, written) {
        (_, []) => None,
        ([], written) => Some(written),
        ([a, path @ ..], [b, written @ ..]) if a == b => below(path, written),
        ([PathStep::Key(_), ..], [PathStep::Index(0), written @ ..]) => below(path, written),
        _ => None,
    }
}

/// A value without what stands at a path.
fn without(node: Node, path: &[PathStep]) -> Node {
    let Some((step, rest)) = path.split_first() else { return node };
    match (&node.value, step) {
        (Value::Map(map), PathStep::Key(name)) => {
            let mut map = (**map).clone();
            match map.remove(name) {
                Some(inner) if !rest.is_empty() => drop(map.insert(name.clone(), without(inner, rest))),
                _ => {}
            }
            Node { value: Value::Map(Arc::new(map)), ..node }
        }
        (Value::Map(_), PathStep::Index(0)) => without(node, rest),
        (Value::List(items), PathStep::Index(index)) => {
            let mut items = (**items).clone();
            if rest.is_empty() {
                items = items.into_iter().enumerate().filter(|(at, _)| at != index).map(|(_, item)| item).collect();
            } else if let Some(item) = items.get_mut(*index) {
                *item = without(item.clone(), rest);
            }
            Node { value: Value::List(Arc::new(items)), ..node }
        }
        _ => node,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value as Json, json};

    use super::*;
    use crate::drift::Rules;
    use crate::drift::normalize::node_at;
    use crate::model::{DriftClass, SourceMap};

    fn key(name: &str) -> PathStep {
        PathStep::Key(name.into())
    }

    fn span() -> Span {
        Span::new(SourceMap::new().add("x", ""), 0, 0)
    }

    fn written(paths: &[&[PathStep]]) -> Vec<IgnoredChange> {
        paths.iter().map(|path| IgnoredChange { path: path.to_vec(), span: span() }).collect()
    }

    /// Whether what is written below covers a change of a whole attribute: what code, record and live thing say.
    fn covers_parts(paths: &[&[PathStep]], name: &str, code: &Json, recorded: &Json, live: &Json) -> bool {
        let rules = Rules::embedded();
        let context = Context::new(rules, "aws_x", BTreeSet::new());
        let node = |value: &Json| (!value.is_null()).then(|| node_at(value, span()));
        let map = |value: &Json| node(value).map(|node| Map::from([(name.into(), node)])).unwrap_or_default();
        let change = Change {
            class: DriftClass::ChangedOutside,
            path: vec![key(name)],
            recorded: node(recorded),
            live: node(live),
            declared: node(code),
            ignored: None,
        };
        within(&context, &written(paths), &change, (&map(recorded), &map(live))).is_some()
    }

    #[test]
    fn an_attribute_covers_itself_and_what_is_below_it_and_all_covers_everything() {
        let tag = [key("tags"), key("Owner")];
        for (path, of, expected) in [
            (&[][..], &tag[..], true),
            (&[key("tags")], &tag, true),
            (&[key("tags")], &[key("tags")], true),
            (&tag, &tag, true),
            (&[key("tags"), key("Team")], &tag, false),
            (&[key("tag")], &tag, false),
            (&[key("tags_all")], &tag, false),
            (&tag, &[key("tags")], false),
        ] {
            assert_eq!(above(&written(&[path]), of).is_some(), expected, "{path:?} {of:?}");
        }
        assert!(above(&[], &tag).is_none(), "nothing is ignored where nothing says so");
    }

    #[test]
    fn blocks_are_found_by_their_place() {
        let size = [key("scaling_config"), PathStep::Index(0), key("desired_size")];
        let without = [key("scaling_config"), key("desired_size")];
        let second = [key("scaling_config"), PathStep::Index(1), key("desired_size")];
        let covers = |path: &[PathStep], of: &[PathStep]| above(&written(&[path]), of).is_some();
        assert!(covers(&size, &size) && covers(&size[..1], &size));
        assert!(covers(&size, &without), "a single block may stand without a place");
        assert!(!covers(&second, &size));
        assert!(!covers(&size, &[key("scaling_config"), PathStep::Index(0), key("max_size")]));
    }

    #[test]
    fn a_map_is_covered_where_each_member_that_differs_is() {
        let (owner, team) = ([key("tags"), key("Owner")], [key("tags"), key("Team")]);
        let both: [&[PathStep]; 2] = [&owner, &team];
        let (value, none) = (json!({ "Owner": "ann", "Team": "core" }), Json::Null);
        let covers =
            |paths: &[&[PathStep]], recorded: &Json, live: &Json| covers_parts(paths, "tags", &none, recorded, live);
        assert!(covers(&both, &value, &none) && covers(&both, &none, &value));
        assert!(covers(&[&owner], &value, &json!({ "Team": "core" })));
        assert!(!covers(&[&owner], &value, &none));
        assert!(!covers(&[&owner], &value, &json!({ "Team": "data" })));
        assert!(!covers(&[&[key("other")]], &value, &json!({ "Team": "core" })));
    }

    #[test]
    fn what_the_code_says_of_ignored_parts_only_waits_for_nothing() {
        let size: [PathStep; 3] = [key("scaling_config"), PathStep::Index(0), key("desired_size")];
        let is = json!([{ "desired_size": 5, "max_size": 9 }]);
        let covers = |code: Json| covers_parts(&[&size], "scaling_config", &code, &is, &is);
        assert!(covers(json!([{ "desired_size": 2, "max_size": 9 }])));
        assert!(!covers(json!([{ "desired_size": 2, "max_size": 7 }])));
        let grown = json!([{ "desired_size": 7, "max_size": 9 }]);
        assert!(covers_parts(&[&size], "scaling_config", &Json::Null, &is, &grown));
        let label = [key("tags"), key("team")];
        let all = json!({ "Owner": "ann", "team": "core" });
        assert!(covers_parts(&[&label], "tags", &json!({ "Owner": "ann" }), &all, &all));
    }

    #[test]
    fn a_place_in_a_list_covers_that_one() {
        let second: [PathStep; 3] = [key("rule"), PathStep::Index(1), key("port")];
        let rules = |a: i64, b: i64| json!([{ "name": "a", "port": a }, { "name": "b", "port": b }]);
        let covers = |live: Json| covers_parts(&[&second], "rule", &Json::Null, &rules(1, 2), &live);
        assert!(covers(rules(1, 3)) && !covers(rules(3, 2)));
        assert!(covers_parts(&[&second[..2]], "rule", &Json::Null, &rules(1, 2), &json!([{ "name": "a", "port": 1 }])));
    }
}
