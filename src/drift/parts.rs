//! Things that are parts of others: attached in one place, inline in the other, or gone with their whole.
//!
//! It does not know listings.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value as Json;

use super::Input;
use super::classify::Change;
use super::normalize::{Canon, Context, agree, node_at};
use super::pair::{Pairs, short, text_of};
use super::rules::{Part, Rules};
use crate::model::{DriftClass, Live, Map, Node, PathStep, Recorded};

/// How a whole shows a part.
#[derive(Debug)]
pub enum Inline {
    /// An entry of a list is it.
    Entry,
    /// The part and what is live of it, with the one attribute that both have.
    Value(Box<(Recorded, Live)>),
}

#[derive(Debug)]
pub struct Parts {
    /// For each recorded instance the recorded whole it is part of.
    pub whole_of_recorded: Vec<Option<usize>>,
    /// The same for each live thing.
    pub whole_of_live: Vec<Option<usize>>,
    /// Live parts by the recorded whole.
    by_whole_live: HashMap<usize, Vec<usize>>,
    by_whole_recorded: HashMap<usize, Vec<usize>>,
}

impl Parts {
    pub fn new(input: Input<'_>, pairs: &Pairs) -> Self {
        let rules = input.rules;
        let mut wholes: HashMap<(String, String), usize> = HashMap::new();
        for (index, item) in input.recorded.iter().enumerate() {
            let family = rules.family(&item.resource.kind);
            let row = rules.of(family);
            for name in row.key.iter().map(String::as_str).chain(["id", "arn", "name"]) {
                if let Some(text) = text_of(item.attributes.key(name)) {
                    wholes.entry((family.to_owned(), short(&text).to_owned())).or_insert(index);
                    wholes.entry((family.to_owned(), text)).or_insert(index);
                }
            }
        }
        let find = |family: &str, text: &str| {
            let look = |text: &str| wholes.get(&(family.to_owned(), text.to_owned())).copied();
            look(text).or_else(|| look(short(text)))
        };
        let of_recorded = |item: &Recorded| {
            let part = rules.of(&item.resource.kind).part.as_ref()?;
            find(&part.of, &text_of(item.attributes.key(&part.by))?)
        };
        let by_id: HashMap<(&str, &str), usize> =
            input.live.iter().enumerate().map(|(index, it)| ((&*it.object.kind, &*it.object.id), index)).collect();
        let of_live = |thing: &Live| {
            let by_rule = || {
                let part = rules.of(&thing.object.kind).part.as_ref()?;
                find(&part.of, &text_of(thing.resource.config.key(&part.by))?)
            };
            let by_parent = || {
                let (kind, id) = thing.object.parent.as_ref()?;
                let whole = by_id.get(&(&**kind, &**id));
                let paired = whole.and_then(|whole| pairs.recorded.get(*whole).copied().flatten());
                paired.or_else(|| find(rules.family(kind), id))
            };
            by_rule().or_else(by_parent)
        };
        let whole_of_recorded: Vec<Option<usize>> = input.recorded.iter().map(of_recorded).collect();
        let whole_of_live: Vec<Option<usize>> = input.live.iter().map(of_live).collect();
        let group = |list: &[Option<usize>]| {
            let mut out: HashMap<usize, Vec<usize>> = HashMap::new();
            for (part, whole) in list.iter().enumerate() {
                if let Some(whole) = whole {
                    out.entry(*whole).or_default().push(part);
                }
            }
            out
        };
        let (by_whole_live, by_whole_recorded) = (group(&whole_of_live), group(&whole_of_recorded));
        Self { whole_of_recorded, whole_of_live, by_whole_live, by_whole_recorded }
    }

    /// Attributes of a whole that its parts hold: those are compared on the parts.
    pub fn held_apart(&self, whole: usize, live: &Live, input: Input<'_>) -> BTreeSet<String> {
        let recorded = self.kinds_recorded(whole, input);
        let found = self.live_parts_of(whole, input).map(|thing| &*thing.object.kind);
        let kinds: BTreeSet<&str> = found.chain(recorded.iter().copied()).collect();
        let held = |kind: &&str| {
            let part = input.rules.of(kind).part.as_ref()?;
            let inline = part.inline.clone()?;
            let shown = live.resource.config.key(&inline).is_some();
            // What both wholes show is compared there, unless a part of its own is recorded.
            (recorded.contains(kind) || part.entry.is_some() || !shown).then_some(inline)
        };
        kinds.iter().filter_map(held).collect()
    }

    /// Inline values of a recorded whole that are not what its live parts say.
    pub fn inline_changes(&self, whole: usize, item: &Recorded, live: &Live, input: Input<'_>) -> Vec<Change> {
        let kinds = self.kinds_recorded(whole, input);
        let mut found: BTreeMap<&str, Vec<&Live>> = BTreeMap::new();
        for thing in self.live_parts_of(whole, input).filter(|thing| !kinds.contains(&*thing.object.kind)) {
            found.entry(&thing.object.kind).or_default().push(thing);
        }
        let mut out = Vec::new();
        for (kind, things) in found {
            let Some(part) = &input.rules.of(kind).part else { continue };
            let Some(inline) = part.inline.as_deref() else { continue };
            let Some(recorded) = item.attributes.key(inline).filter(|node| !is_nothing(node)) else { continue };
            let (before, after) = match (&part.entry, &part.field) {
                (Some(entry), _) => {
                    let names: Vec<String> =
                        things.iter().filter_map(|thing| text_of(thing.resource.config.key(entry))).collect();
                    let is_gone = |own: &&Node| {
                        let one = Node::list(vec![(*own).clone()], own.via);
                        !names.iter().any(|name| has_entry(&one, part, Some(name)))
                    };
                    let gone: Vec<Node> = recorded.as_list().unwrap_or(&[]).iter().filter(is_gone).cloned().collect();
                    if gone.is_empty() {
                        continue;
                    }
                    (Node::list(gone, recorded.via), None)
                }
                (None, Some(field)) if live.resource.config.key(inline).is_none() => {
                    let value = things.first().and_then(|thing| thing.resource.config.key(field));
                    if same(input.rules, &item.resource.kind, recorded, value, inline) {
                        continue;
                    }
                    (recorded.clone(), value.cloned())
                }
                _ => continue,
            };
            out.push(Change {
                class: DriftClass::ChangedOutside,
                path: vec![PathStep::Key(inline.into())],
                recorded: Some(before),
                live: after,
                declared: None,
                ignored: None,
            });
        }
        out
    }

    fn kinds_recorded<'a>(&self, whole: usize, input: Input<'a>) -> BTreeSet<&'a str> {
        let parts = self.by_whole_recorded.get(&whole).into_iter().flatten();
        parts.filter_map(|at| input.recorded.get(*at).map(|it| &*it.resource.kind)).collect()
    }

    fn live_parts_of<'a>(&self, whole: usize, input: Input<'a>) -> impl Iterator<Item = &'a Live> {
        self.by_whole_live.get(&whole).into_iter().flatten().filter_map(move |at| input.live.get(*at))
    }

    /// True when the recorded whole already says what a live part is.
    pub fn is_covered(live: usize, parent: &Recorded, input: Input<'_>) -> bool {
        let Some(thing) = input.live.get(live) else { return false };
        let Some(part) = &input.rules.of(&thing.object.kind).part else { return false };
        let Some(inline) = part.inline.as_ref().and_then(|name| parent.attributes.key(name)) else { return false };
        if is_nothing(inline) {
            return false;
        }
        match &part.entry {
            Some(entry) => has_entry(inline, part, text_of(thing.resource.config.key(entry)).as_deref()),
            // Told as a change of the whole where it is not the same.
            None => true,
        }
    }

    /// The part as the live whole shows it inline: its attribute of the same value, or `None` where it is not there.
    pub fn inline_on_live(&self, part: usize, pairs: &Pairs, input: Input<'_>) -> Option<Inline> {
        let item = input.recorded.get(part)?;
        let row = input.rules.of(&item.resource.kind).part.as_ref()?;
        let whole = self.live_whole(part, pairs, input)?;
        let inline = whole.resource.config.key(row.inline.as_ref()?).filter(|node| !is_nothing(node))?;
        match (&row.field, &row.entry) {
            (Some(field), _) => {
                let only = |node: &Node| Node::map(Map::from([(field.as_str().into(), node.clone())]), node.via);
                let mut recorded = item.clone();
                recorded.attributes = only(item.attributes.key(field)?);
                let mut live = whole.clone();
                live.resource.config = only(inline);
                live.object.kind = item.resource.kind.clone();
                live.object.unread.clear();
                Some(Inline::Value(Box::new((recorded, live))))
            }
            (None, Some(entry)) => {
                has_entry(inline, row, text_of(item.attributes.key(entry)).as_deref()).then_some(Inline::Entry)
            }
            (None, None) => None,
        }
    }

    /// True when the live whole does not show whether it has such a part.
    pub fn is_unread(&self, part: usize, pairs: &Pairs, input: Input<'_>) -> bool {
        let Some(item) = input.recorded.get(part) else { return false };
        let kind = &*item.resource.kind;
        let Some(live) = self.live_whole(part, pairs, input) else { return false };
        let inline = input.rules.of(kind).part.as_ref().and_then(|part| part.inline.as_deref());
        live.object.unread.iter().any(|path| match path.first() {
            // A part that could not be read may be named by its type.
            Some(PathStep::Key(name)) => {
                &**name == kind || (path.len() == 1 && Some(&**name) == inline && is_setting(input, kind))
            }
            _ => false,
        })
    }

    /// True for a part that every new whole has.
    pub fn is_fresh(thing: &Live, rules: &Rules) -> bool {
        let row = rules.of(&thing.object.kind);
        [&row.fresh, &row.nothing]
            .into_iter()
            .any(|values| !values.is_empty() && has_values(&thing.resource.config, values, rules, &thing.object.kind))
    }

    fn live_whole<'a>(&self, part: usize, pairs: &Pairs, input: Input<'a>) -> Option<&'a Live> {
        let whole = self.whole_of_recorded.get(part).copied().flatten()?;
        input.live.get(pairs.live.get(whole).copied().flatten()?)
    }
}

/// True when attributes have all these values.
pub fn has_values(attributes: &Node, values: &BTreeMap<String, Json>, rules: &Rules, kind: &str) -> bool {
    let context = Context::new(rules, kind, BTreeSet::new());
    values.iter().all(|(name, value)| {
        let expected = context.canon(Some(&node_at(&referred(value, attributes), attributes.via)), name);
        // Parts of a value that are left out may be anything that goes without saying.
        agree(&context.canon(attributes.key(name), name), &expected)
    })
}

/// A text `{a.b}` is what the thing itself has at that path.
fn referred(value: &Json, attributes: &Node) -> Json {
    match value {
        Json::String(text) => {
            let path = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
            let first = |node: &Node| node.as_list().map_or_else(|| Some(node.clone()), |items| items.first().cloned());
            let found =
                path.and_then(|path| path.split('.').try_fold(attributes.clone(), |node, name| first(node.key(name)?)));
            found.and_then(|node| text_of(Some(&node))).map_or_else(|| value.clone(), Json::String)
        }
        Json::Array(items) => items.iter().map(|item| referred(item, attributes)).collect(),
        Json::Object(map) => map.iter().map(|(name, item)| (name.clone(), referred(item, attributes))).collect(),
        other => other.clone(),
    }
}

/// Whole types listed with their whole do not show a missing setting as unread unless it is named so.
fn is_setting(input: Input<'_>, kind: &str) -> bool {
    input.rules.of(kind).part.as_ref().is_some_and(|part| part.field.is_some() || part.entry.is_some())
        && !kind.starts_with("aws_iam_")
}

fn same(rules: &Rules, kind: &str, a: &Node, b: Option<&Node>, path: &str) -> bool {
    let context = Context::new(rules, kind, BTreeSet::new());
    agree(&context.canon(Some(a), path), &context.canon(b, path))
}

fn has_entry(inline: &Node, part: &Part, name: Option<&str>) -> bool {
    let Some(name) = name else { return false };
    let names = |item: &Node| match &part.entry_of {
        Some(member) => text_of(item.key(member)),
        None => text_of(Some(item)),
    };
    let same = |own: &str| own == name || agree(&Canon::Text(own.to_owned()), &Canon::Text(name.to_owned()));
    inline.as_list().unwrap_or(&[]).iter().filter_map(names).any(|own| same(&own))
}

fn is_nothing(node: &Node) -> bool {
    node.is_null()
        || node.as_str().is_some_and(str::is_empty)
        || node.as_list().is_some_and(<[Node]>::is_empty)
        || node.as_map().is_some_and(Map::is_empty)
}
