//! The facets `tags` and `tags_complete` of recorded resources.
//!
//! It does not know which tags anybody wants.

use std::sync::Arc;

use super::overlay::{self, Source};
use crate::model::{Map, Node, Reason, Shape, Span, Unknown, Value};

/// `tags` and `tags_complete` as policies know them, from `tags_all` where it is known.
pub fn facets(config: &Node, kind: &str, default_tags: Option<&Node>) -> Map {
    if !kind.starts_with("aws_") {
        return Map::new();
    }
    let mut tags = Map::new();
    let mut open: Option<Arc<str>> = None;
    let all = config.key("tags_all").filter(|node| node.as_map().is_some());
    let layers: Vec<&Node> = match all {
        Some(all) => vec![all],
        None => default_tags.into_iter().chain(config.key("tags")).chain(config.key("tags_all")).collect(),
    };
    for layer in layers {
        match &layer.value {
            Value::Map(map) => tags.extend(map.iter().map(|(key, value)| (key.clone(), value.clone()))),
            Value::Unknown(unknown) => open = Some(unknown.cause.clone()),
            _ => {}
        }
    }
    let place = config.key("tags").or(all).map_or(config.via, |node| node.via);
    let complete = match open {
        Some(cause) => {
            let unknown = Unknown { shape: Shape::Bool, nullable: false, ..Unknown::new(Reason::Computed, cause) };
            Node::unknown(unknown, place)
        }
        None => Node::new(Value::Bool(true), place),
    };
    Map::from([("tags".into(), Node::map(tags, place)), ("tags_complete".into(), complete)])
}

/// The facets at the places of the source's own.
pub fn placed_facets(facets: Map, own: &Map, header: Span) -> Map {
    let place = |(name, node): (Arc<str>, Node)| {
        let source = own.get(&name).map_or(Source::Unclear(header), Source::Node);
        let placed = overlay::overlay(&node, source);
        (name, placed)
    };
    facets.into_iter().map(place).collect()
}
