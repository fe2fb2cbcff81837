//! What states record, and what plans have found to be otherwise when they refreshed them.
//!
//! It does not know what is live beyond what a plan says of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::plan::drift::{change, list};
use super::plan::facets;
use super::records::{self, Kind, Record, Sorted};
use super::{schema, state};
use crate::load::Context;
use crate::model::{
    FileId, Live, LiveObject, Map, Node, Outcome, Recorded, Resource, SourceKind, SourceMap, Span, Value,
};

/// The recorded side of a comparison, and the live side of what plans have already compared.
#[derive(Debug, Default)]
pub struct Records {
    pub recorded: Vec<Recorded>,
    pub live: Vec<Live>,
    /// Files read.
    pub files: usize,
}

/// Reads states and plans. A file that is neither is left to its problem.
pub fn records(files: &[FileId], context: &Context<'_>) -> Outcome<Records> {
    let mut out = Outcome::new(Records::default());
    let Sorted { records, others, .. } = records::sort_out(files, context, &mut out.problems);
    for file in others {
        let path = context.sources.file(file).path.clone();
        let message = format!("{path} is neither a state nor a plan in JSON; check --state and --plan");
        out.problems.push(crate::model::Problem::new(crate::model::Stage::Load, &*path, message));
    }
    out.value.files = records.len();
    let (plans, states): (Vec<Record>, Vec<Record>) = records.into_iter().partition(|it| it.kind == Kind::Plan);
    for outcome in state::recorded(&states, context) {
        out.value.recorded.extend(outcome.value);
        out.problems.extend(outcome.problems);
    }
    for plan in &plans {
        for entry in list(&plan.tree, "resource_drift") {
            // Data sources, and what has only moved, are no changes.
            if change(entry, &[]).is_some()
                && let Some((before, after)) = refreshed(entry, plan, context)
            {
                out.value.recorded.push(before);
                out.value.live.extend(after);
            }
        }
    }
    out
}

/// One entry of `resource_drift`: what was recorded, and what was found; nothing found is gone.
fn refreshed(entry: &Node, plan: &Record, context: &Context<'_>) -> Option<(Recorded, Option<Live>)> {
    let text = |key: &str| entry.key(key).and_then(Node::as_str);
    let (kind, address) = (text("type")?, text("address")?);
    let change = entry.key("change")?;
    let header = entry.key("address").map_or(entry.via, |node| node.via);
    let side = |values: &str, sensitive: &str| {
        let values = change.key(values).filter(|node| node.as_map().is_some())?;
        Some(state::raw(kind, values, change.key(sensitive), header, context.sources))
    };
    let before = side("before", "before_sensitive")?;
    // A plan pairs by address what it has read itself.
    let identity = Map::from([("address".into(), Node::string(address, header))]);
    let resource = |source: SourceKind, scope: &str, raw: &Node| {
        let config = schema::apply(kind, super::plan::change::without_empty(state::without_null(raw))).0;
        resource(source, scope, address, kind, config, entry.via)
    };
    let after = side("after", "after_sensitive").map(|raw| {
        let text = |key: &str| raw.key(key).and_then(Node::as_str).map(Arc::<str>::from);
        let tags = raw.key("tags_all").or_else(|| raw.key("tags")).and_then(Node::as_map);
        let tag = |(key, node): (&Arc<str>, &Node)| Some((key.clone(), node.as_str()?.into()));
        let mut live = resource(SourceKind::Aws, &format!("plan/{}", plan.path), &raw);
        // What was read is what there is: an attribute that is empty now has lost its value.
        live.config = state::without_null(&raw);
        Live {
            resource: live,
            object: LiveObject {
                account: "".into(),
                region: text("region").unwrap_or_default(),
                kind: kind.into(),
                id: text("id").unwrap_or_else(|| address.into()),
                arn: text("arn"),
                identity: BTreeMap::from([("address".into(), address.into())]),
                attributes: serde_json::Map::new(),
                unread: Vec::new(),
                parent: None,
                tags: tags.into_iter().flatten().filter_map(tag).collect(),
                captured: None,
            },
        }
    });
    let recorded = Recorded {
        resource: resource(SourceKind::Plan, plan.dir(), &before),
        attributes: before,
        identity,
        provider: text("provider_name").unwrap_or("").into(),
        gone: after.is_none(),
    };
    Some((recorded, after))
}

fn resource(source: SourceKind, scope: &str, address: &str, kind: &str, config: Node, body: Span) -> Resource {
    let region = config.key("region").and_then(Node::as_str).map(Into::into);
    let facets = facets(&config, kind, None);
    let config = if matches!(config.value, Value::Map(_)) { config } else { Node::map(Map::new(), body) };
    Resource {
        provider: kind.split('_').next().map(Into::into),
        region,
        facets,
        ..Resource::new(source, scope, address, kind, config, body)
    }
}

/// A live thing's attributes as policies see recorded ones: documents parsed, secrets concealed, declared types.
pub fn live_config(kind: &str, attributes: &Node, sources: &SourceMap) -> Node {
    let raw = state::raw(kind, attributes, None, attributes.via, sources);
    schema::apply(kind, super::plan::change::without_empty(state::without_null(&raw))).0
}
