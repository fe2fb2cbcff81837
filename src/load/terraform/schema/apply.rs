//! What a schema adds to an evaluated resource: declared types, sensitive marks, and what is left to the provider.
//!
//! It does not know how the resource was evaluated.

use std::sync::Arc;

use crate::load::terraform::value::{make_sensitive, to_bool, to_number, to_text};
use crate::model::schema::{Body, Type};
use crate::model::{LeftOut, Map, Node, PathStep, Shape, Unknown, Value};

/// The config in its declared types, and the attributes that it leaves to the provider.
pub(super) fn apply(config: Node, body: &Body) -> (Node, Vec<LeftOut>) {
    let mut left_out = Vec::new();
    let config = members(config, body, &mut Vec::new(), &mut left_out);
    (config, left_out)
}

fn members(node: Node, body: &Body, path: &mut Vec<PathStep>, left_out: &mut Vec<LeftOut>) -> Node {
    let Value::Map(map) = &node.value else { return node };
    for (name, attribute) in &body.attributes {
        if attribute.computed && map.get(name).is_none_or(Node::is_null) {
            let path = path.iter().cloned().chain([PathStep::Key(name.clone())]).collect();
            left_out.push(LeftOut { path, shape: shape(&attribute.kind) });
        }
    }
    let member = |(name, item): (&Arc<str>, &Node)| {
        path.push(PathStep::Key(name.clone()));
        let item = match (body.attributes.get(name), body.blocks.get(name)) {
            (Some(attribute), _) => {
                let item = match &item.value {
                    // What is read as a document may turn out to be a tree.
                    Value::Unknown(_) if may_hold_a_document(name) => item.clone(),
                    _ => converted(item, &attribute.kind, path, left_out),
                };
                if attribute.sensitive { make_sensitive(item) } else { item }
            }
            (None, Some(block)) => blocks(item.clone(), block, path, left_out),
            (None, None) => item.clone(),
        };
        path.pop();
        (name.clone(), item)
    };
    let map: Map = map.iter().map(member).collect();
    Node { value: Value::Map(Arc::new(map)), ..node }
}

fn blocks(node: Node, body: &Body, path: &mut Vec<PathStep>, left_out: &mut Vec<LeftOut>) -> Node {
    match &node.value {
        Value::List(items) => {
            let mut out = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                path.push(PathStep::Index(index));
                out.push(members(item.clone(), body, path, left_out));
                path.pop();
            }
            Node { value: Value::List(Arc::new(out)), ..node }
        }
        Value::Map(_) => members(node, body, path, left_out),
        _ => node,
    }
}

/// Text attributes that are read as JSON.
fn may_hold_a_document(name: &str) -> bool {
    ["polic", "definition", "document", "json", "body"].iter().any(|part| name.contains(part))
}

/// A primitive in its declared type, and an unknown of that type; what does not convert stays as it is.
fn converted(node: &Node, kind: &Type, path: &mut Vec<PathStep>, left_out: &mut Vec<LeftOut>) -> Node {
    let value = match (kind, &node.value) {
        (Type::Bool, Value::String(_)) => to_bool(node).map(Value::Bool),
        (Type::Number, Value::String(_)) => to_number(node).map(|number| number.to_value()),
        (Type::String, Value::Bool(_) | Value::Number(_)) => to_text(node).map(Value::String),
        (Type::List(inner), Value::List(items)) => {
            let each = |item| converted(item, inner, path, left_out);
            Some(Value::List(Arc::new(items.iter().map(each).collect())))
        }
        (Type::Map(inner), Value::Map(map)) => {
            let each = |(name, item): (&Arc<str>, &Node)| (name.clone(), converted(item, inner, path, left_out));
            Some(Value::Map(Arc::new(map.iter().map(each).collect())))
        }
        (Type::Object(declared), Value::Map(map)) => {
            let each = |(name, item): (&Arc<str>, &Node)| {
                let item =
                    declared.get(name).map_or_else(|| item.clone(), |kind| converted(item, kind, path, left_out));
                (name.clone(), item)
            };
            Some(Value::Map(Arc::new(map.iter().map(each).collect())))
        }
        (_, Value::Unknown(unknown)) if unknown.shape == Shape::Any && unknown.options.is_empty() => {
            Some(Value::Unknown(Arc::new(Unknown { shape: shape(kind), ..(**unknown).clone() })))
        }
        (Type::Nested(body), _) => return blocks(node.clone(), body, path, left_out),
        _ => None,
    };
    value.map_or_else(|| node.clone(), |value| Node { value, ..node.clone() })
}

const fn shape(kind: &Type) -> Shape {
    match kind {
        Type::String => Shape::String,
        Type::Number => Shape::Number,
        Type::Bool => Shape::Bool,
        Type::List(_) => Shape::List,
        Type::Map(_) | Type::Object(_) => Shape::Map,
        Type::Any | Type::Nested(_) => Shape::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::schema::resource;
    use crate::model::{SourceMap, Span, display_path};

    #[test]
    fn values_take_their_declared_types_and_the_rest_is_left_to_the_provider() {
        let sources = SourceMap::new();
        let span = Span::new(sources.add("a", ""), 0, 0);
        let text = |text: &str| Node::string(text, span);
        let map = |entries: Vec<(&str, Node)>| {
            Node::map(entries.into_iter().map(|(key, node)| (key.into(), node)).collect(), span)
        };
        let device = map(vec![("device_name", text("sdf")), ("volume_size", text("8"))]);
        let config = map(vec![
            ("ebs_optimized", text("true")),
            ("ami", Node::new(Value::Number("7".into()), span)),
            ("user_data", text("#!/bin/sh")),
            ("ebs_block_device", Node::list(vec![device], span)),
        ]);
        let (config, left_out) = apply(config, &resource("aws_instance").unwrap());
        assert_eq!(config.key("ebs_optimized").unwrap().as_bool(), Some(true));
        assert_eq!(config.key("ami").unwrap().as_str(), Some("7"));
        let size = config.key("ebs_block_device").unwrap().as_list().unwrap()[0].key("volume_size").unwrap().clone();
        assert!(matches!(size.value, Value::Number(n) if &*n == "8"));
        let left_out: Vec<String> = left_out.iter().map(|it| display_path(&it.path)).collect();
        let has = |path: &str| left_out.iter().any(|it| it == path);
        assert!(has("monitoring") && has("ebs_block_device[0].iops") && has("arn"), "{left_out:?}");
        assert!(!has("ami") && !has("ebs_block_device[0].encrypted") && !has("get_password_data"), "{left_out:?}");
    }

    #[test]
    fn sensitive_attributes_are_marked() {
        let sources = SourceMap::new();
        let span = Span::new(sources.add("a", ""), 0, 0);
        let config = Node::map(Map::from([("password".into(), Node::string("x", span))]), span);
        let (config, _) = apply(config, &resource("aws_db_instance").unwrap());
        assert!(config.key("password").unwrap().marks.sensitive);
    }
}
