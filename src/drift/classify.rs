//! Code, record and live thing side by side: which of them is the odd one out, attribute by attribute.
//!
//! It does not know how things were paired.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::compare::{Differing, compare, covers, is_compared};
use super::normalize::{Context, dotted};
use super::rules::Rules;
use super::{forms, ignored};
use crate::model::{
    AttributeDifference, DriftClass, Live, Map, Node, PathStep, Recorded, Related, Resource, Shown, Span,
};

/// One attribute and what its difference is.
#[derive(Clone, Debug)]
pub struct Change {
    pub class: DriftClass,
    pub path: Vec<PathStep>,
    pub recorded: Option<Node>,
    pub live: Option<Node>,
    pub declared: Option<Node>,
    /// Where the code says to leave alone all of it that differs.
    pub ignored: Option<Span>,
}

/// What the source declares, in the form that is compared.
struct Code<'a> {
    source: &'a Resource,
    attributes: Cow<'a, Map>,
}

/// Every attribute on which the sides do not agree.
pub fn changes(
    item: &Recorded,
    live: &Live,
    source: Option<&Resource>,
    but: &BTreeSet<String>,
    rules: &Rules,
) -> Vec<Change> {
    let unread: BTreeSet<String> = live.object.unread.iter().map(|path| dotted(path)).collect();
    let context = Context::new(rules, &item.resource.kind, unread);
    let none = Map::new();
    let id = item.attributes.key("id").and_then(Node::as_str);
    let form = |map| forms::brought(context.own, id, map);
    let recorded = form(item.attributes.as_map().unwrap_or(&none));
    let shown = form(live.resource.config.as_map().unwrap_or(&none));
    let code = source.map(|source| Code { source, attributes: form(source.config.as_map().unwrap_or(&none)) });
    let (recorded, shown, code) = (&*recorded, &*shown, code.as_ref());
    let mut but = but.clone();
    // Types that share their things do not share all their attributes.
    if item.resource.kind != live.object.kind {
        but.extend(recorded.keys().filter(|name| !shown.contains_key(*name)).map(ToString::to_string));
    }
    let differing = compare(&context, recorded, shown, &but);
    let tops: BTreeSet<String> = differing.iter().map(|it| top(&it.path).to_owned()).collect();
    let mut out: Vec<Change> =
        differing.into_iter().map(|it| three_way(&context, it, (recorded, shown), code)).collect();
    if let Some(code) = code {
        let open = |name: &&String| is_compared(&context, name) && !but.contains(*name) && !tops.contains(*name);
        let names: Vec<String> = recorded.keys().map(ToString::to_string).collect();
        out.extend(names.iter().filter(open).filter_map(|name| pending(&context, name, (recorded, shown), code)));
    }
    for change in &mut out {
        let parts = |source: &Resource| ignored::within(&context, &source.ignored, change, (recorded, shown));
        change.ignored = source.and_then(parts);
    }
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

/// The change with its place: in the source, else in the record, else in the live document.
pub fn placed(change: Change, item: &Recorded, live: &Live, source: Option<&Resource>) -> AttributeDifference {
    let span = source.map_or_else(|| place(&item.resource, &change.path), |source| place(source, &change.path));
    AttributeDifference {
        span,
        related: related(&change.path, item, Some(live), source),
        ignored: change.ignored.or_else(|| source.and_then(|source| ignored::above(&source.ignored, &change.path))),
        declared_in_code: change.declared.is_some() || source.is_some_and(|source| is_declared(source, &change.path)),
        path: change.path,
        recorded: change.recorded.map(Shown::Value),
        live: change.live.map(Shown::Value),
        declared: change.declared.map(Shown::Value),
        finding: None,
    }
}

/// The other two places.
pub fn related(path: &[PathStep], item: &Recorded, live: Option<&Live>, source: Option<&Resource>) -> Vec<Related> {
    let mut out = Vec::new();
    if source.is_some() {
        out.push(Related { message: "recorded here".into(), span: place(&item.resource, path) });
    }
    if let Some(live) = live {
        out.push(Related { message: "live value".into(), span: place(&live.resource, path) });
    }
    out
}

fn three_way(context: &Context<'_>, it: Differing, (recorded, shown): (&Map, &Map), code: Option<&Code<'_>>) -> Change {
    let code = code.and_then(|code| code.declared(&it.path));
    let class = match &code {
        None => DriftClass::ChangedOutside,
        Some(code) if !code.is_wholly_known() => DriftClass::ChangedOutside,
        Some(code) => {
            let at = dotted(&it.path);
            let is_tag = top(&it.path) == "tags" && it.path.len() > 1;
            let value = |map: &Map, own: &Option<Node>| if is_tag { own.clone() } else { walk(map, &it.path) };
            let is = |value: Option<Node>| covers(context, code, value.as_ref(), &at);
            match (is(value(recorded, &it.recorded)), is(value(shown, &it.live))) {
                (true, _) => DriftClass::ChangedOutside,
                (false, true) => DriftClass::NotRecorded,
                (false, false) => DriftClass::Conflict,
            }
        }
    };
    Change { class, path: it.path, recorded: it.recorded, live: it.live, declared: code, ignored: None }
}

/// Record and live thing agree; does the code?
fn pending(context: &Context<'_>, name: &str, (recorded, shown): (&Map, &Map), code: &Code<'_>) -> Option<Change> {
    let path = vec![PathStep::Key(name.into())];
    let code = code.declared(&path).filter(Node::is_wholly_known)?;
    let value = whole(recorded, &path);
    if covers(context, &code, value.as_ref(), name) {
        return None;
    }
    let live = shown.get(name).cloned();
    let class = DriftClass::PendingInCode;
    Some(Change { class, path, recorded: value, live, declared: Some(code), ignored: None })
}

/// The value at a path; all tags, with those that the provider adds.
pub fn whole(map: &Map, path: &[PathStep]) -> Option<Node> {
    let is_tags = matches!(path, [PathStep::Key(name)] if &**name == "tags");
    let all = if is_tags { map.get("tags_all").filter(|node| node.as_map().is_some()) } else { None };
    all.cloned().or_else(|| walk(map, path))
}

impl Code<'_> {
    /// What it says at a path; tags with those that the provider adds.
    fn declared(&self, path: &[PathStep]) -> Option<Node> {
        if top(path) == "tags" {
            let tags = self.source.facets.get("tags")?;
            let whole = self.source.facets.get("tags_complete").is_none_or(|node| node.as_bool() == Some(true));
            return match path.get(1) {
                Some(step) => tags.get(step).cloned(),
                None if whole => Some(tags.clone()),
                None => None,
            };
        }
        walk(&self.attributes, path).filter(|node| !node.is_null())
    }
}

fn walk(map: &Map, path: &[PathStep]) -> Option<Node> {
    let (first, rest) = path.split_first()?;
    let PathStep::Key(name) = first else { return None };
    let mut node = map.get(name)?;
    for step in rest {
        node = match (node.get(step), step) {
            (Some(next), _) => next,
            // A block written as an object.
            (None, PathStep::Index(0)) if node.as_map().is_some() => node,
            (None, _) => return None,
        };
    }
    Some(node.clone())
}

fn is_declared(source: &Resource, path: &[PathStep]) -> bool {
    source.config.as_map().and_then(|map| walk(map, path)).is_some_and(|node| !node.is_null())
}

/// The place of a path, or of the last thing on the way to it that stands in the resource itself.
/// The attribute in the resource's own text, or the header of what lacks it.
pub fn place(resource: &Resource, path: &[PathStep]) -> Span {
    let mut span = resource.config.via;
    let mut node = &resource.config;
    for step in path {
        let Some(next) = node.get(step) else { break };
        node = next;
        if !resource.body.contains(node.via) {
            break;
        }
        span = node.via;
    }
    span
}

fn top(path: &[PathStep]) -> &str {
    match path.first() {
        Some(PathStep::Key(name)) => name,
        _ => "",
    }
}
