//! One entry of `resource_changes`: whether it will be there, and with which values.
//!
//! It does not know the configuration or the source.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::address::{ModulePath, key_suffix, split_modules};
use super::change;
use crate::load::Context;
use crate::model::{Map, Node, Reason, Shape, Span, Unknown};

/// One managed resource instance that the plan keeps or makes.
#[derive(Debug)]
pub struct Planned<'p> {
    pub address: Arc<str>,
    pub modules: ModulePath,
    pub kind: String,
    pub name: &'p str,
    pub key: String,
    pub provider: String,
    /// At the places of the plan's own text.
    pub config: Node,
    pub body: Span,
}

impl<'p> Planned<'p> {
    /// `None` for what is not judged: data sources, what is deleted or forgotten, deposed objects.
    pub fn new(entry: &'p Node, context: &Context<'_>) -> Result<Option<Self>, (&'p Node, String)> {
        if entry.as_map().is_none() {
            return Err((entry, "an entry of resource_changes is no object".into()));
        }
        let text = |key: &str| entry.key(key).and_then(Node::as_str);
        let filled = |key: &str| entry.key(key).is_some_and(|node| !node.is_null());
        if text("mode").is_some_and(|mode| mode != "managed") || text("deposed").is_some_and(|key| !key.is_empty()) {
            return Ok(None);
        }
        let (Some(kind), Some(name)) = (text("type"), text("name")) else {
            return Err((entry, "an entry of resource_changes has no type or no name".into()));
        };
        if filled("module_address") && text("module_address").is_none() {
            return Err((entry, format!("the module_address of {kind}.{name} is no text")));
        }
        let key = key_suffix(entry.key("index"));
        let address = text("address").map_or_else(
            || {
                let module = text("module_address").map_or_else(String::new, |module| format!("{module}."));
                format!("{module}{kind}.{name}{key}")
            },
            ToOwned::to_owned,
        );
        let change = entry.key("change").filter(|node| node.as_map().is_some());
        let change = change.ok_or_else(|| (entry, format!("{address} has no change")))?;
        let actions = change.key("actions").and_then(Node::as_list);
        let actions = actions.ok_or_else(|| (change, format!("the change of {address} has no list of actions")))?;
        let actions: Vec<&str> = actions.iter().filter_map(Node::as_str).collect();
        if actions.iter().all(|action| matches!(*action, "delete" | "forget" | "read")) && !actions.is_empty() {
            return Ok(None);
        }
        let after = change.key("after");
        let (unknown, sensitive) = (change.key("after_unknown"), change.key("after_sensitive"));
        let nothing = after.is_none_or(Node::is_null) && unknown.and_then(Node::as_bool) != Some(true);
        if nothing && unknown.and_then(Node::as_map).is_none_or(BTreeMap::is_empty) {
            return Err((change, format!("{address} is planned without a value")));
        }
        if after.is_some_and(|node| !node.is_null() && node.as_map().is_none()) {
            return Err((change, format!("the planned value of {address} is no object")));
        }
        let header = entry.key("address").or(entry.key("name")).map_or(entry.via, |node| node.via);
        let mut config = Map::new();
        let (known, open) = (after.and_then(Node::as_map), unknown.and_then(Node::as_map));
        let names: BTreeSet<&Arc<str>> = known.into_iter().chain(open).flat_map(BTreeMap::keys).collect();
        let wholly = sensitive.and_then(Node::as_bool) == Some(true);
        for attribute in names {
            let cause: Arc<str> = format!("{address}.{attribute} is known after apply").into();
            let get = |map: Option<&'p Map>| map.and_then(|map| map.get(attribute));
            let node = change::overlaid(
                get(known),
                get(open),
                sensitive.and_then(|node| node.key(attribute)),
                &cause,
                context.sources,
            );
            let secret = wholly || change::is_secret_name(kind, attribute);
            if let Some(node) = node {
                let node = if secret { change::concealed(node, context.sources) } else { node };
                config.insert(attribute.clone(), node);
            }
        }
        let modules = text("module_address").map_or_else(|| modules_of(&address), modules_of);
        let provider = text("provider_name").and_then(|name| name.rsplit('/').next()).filter(|name| !name.is_empty());
        Ok(Some(Self {
            modules,
            kind: kind.to_owned(),
            name,
            key,
            provider: provider.unwrap_or_else(|| kind.split('_').next().unwrap_or("")).to_owned(),
            // Nothing at all is known of it.
            config: match unknown.and_then(Node::as_bool) {
                Some(true) => {
                    let cause = format!("{address} is known after apply");
                    let whole = Unknown { shape: Shape::Map, nullable: false, ..Unknown::new(Reason::Computed, cause) };
                    Node::unknown(whole, header)
                }
                _ => Node::map(config, header),
            },
            body: entry.via,
            address: address.into(),
        }))
    }
}

fn modules_of(address: &str) -> ModulePath {
    split_modules(address).0
}
