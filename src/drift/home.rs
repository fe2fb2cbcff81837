//! Where each live thing is written down: in the source where that is here, else in a record.
//!
//! It does not know differences.

use std::collections::HashMap;

use super::pair::{self, Pairs};
use super::rules::Rules;
use super::source::Sources;
use super::{PSEUDO, classify};
use crate::model::{Existence, Live, Map, PathStep, Recorded, Resource, Span};

/// What a live thing is called where a person writes it down.
#[derive(Clone, Copy, Debug)]
pub struct Home<'a> {
    resource: &'a Resource,
    /// False for what is only said about the resource: it is no attribute of it.
    own: bool,
}

impl Home<'_> {
    /// The attribute, or the header of what lacks it.
    pub fn place(&self, path: &[PathStep]) -> Span {
        classify::place(self.resource, if self.own { path } else { &[] })
    }
}

/// For every live thing what it is in the source or, where there is none, in the records.
pub fn homes<'a>(
    recorded: &'a [Recorded],
    source: &'a [Resource],
    live: &[Live],
    rules: &Rules,
) -> Vec<Option<Home<'a>>> {
    let places = pair::places(recorded);
    let pairs = pair::pair(recorded, &places, live, rules);
    let sources = Sources::new(recorded, source);
    let named = by_name(source, live, rules);
    let mut out: Vec<Option<Home<'a>>> = (0..live.len())
        .map(|index| {
            let record = pairs.recorded.get(index).copied().flatten();
            let in_source = record.and_then(|at| sources.of(at)).or_else(|| *named.get(index)?);
            let resource = in_source.or_else(|| recorded.get(record?).map(|it| &it.resource))?;
            Some(Home { resource, own: true })
        })
        .collect();
    let by_id: HashMap<[&str; 4], usize> =
        live.iter().enumerate().map(|(index, it)| (key(it, &it.object.kind, &it.object.id), index)).collect();
    for (index, thing) in live.iter().enumerate().filter(|(_, it)| PSEUDO.contains(&&*it.object.kind)) {
        let Some((kind, id)) = &thing.object.parent else { continue };
        let of = by_id.get(&key(thing, kind, id)).and_then(|at| *out.get(*at)?);
        if let Some(slot) = out.get_mut(index) {
            *slot = of.map(|home| Home { own: false, ..home });
        }
    }
    out
}

fn key<'t>(near: &'t Live, kind: &'t str, id: &'t str) -> [&'t str; 4] {
    [&near.object.account, &near.object.region, kind, id]
}

/// Source without a record is paired by the names that it gives, where only one live thing has them.
fn by_name<'a>(source: &'a [Resource], live: &[Live], rules: &Rules) -> Vec<Option<&'a Resource>> {
    let is_thing = |it: &&Resource| !it.is_declaration() && it.exists == Existence::Yes && it.kind.starts_with("aws_");
    let written: Vec<&Resource> = source.iter().filter(is_thing).collect();
    let record = |resource: &&Resource| Recorded {
        resource: (*resource).clone(),
        attributes: resource.config.clone(),
        identity: Map::new(),
        provider: resource.scope.clone(),
        gone: false,
    };
    let records: Vec<Recorded> = written.iter().map(record).collect();
    let places: Vec<pair::Place> = written
        .iter()
        .map(|it| pair::Place {
            account: it.account.as_deref().map(ToOwned::to_owned),
            region: it.region.as_deref().map(ToOwned::to_owned),
        })
        .collect();
    let by_given_name = by_given_name(live, rules);
    // Whatever comes first is taken: where first and last differ, there are several, and nobody knows which it is.
    let backwards: Vec<Live> = live.iter().rev().cloned().collect();
    let first: Pairs = pair::pair(&records, &places, live, rules);
    let last: Pairs = pair::pair(&records, &places, &backwards, rules);
    let mut out = vec![None; live.len()];
    for (index, resource) in written.into_iter().enumerate() {
        let of = |pairs: &Pairs| pairs.live.get(index).copied().flatten();
        let found = match (of(&first), of(&last)) {
            (Some(first), Some(last)) => (first + last + 1 == live.len()).then_some(first),
            _ => given_name(resource).and_then(|name| {
                let same = by_given_name.get(&(rules.family(&resource.kind), name))?;
                if let [only] = same.as_slice() { Some(*only) } else { None }
            }),
        };
        if let Some(slot) = found.and_then(|at| out.get_mut(at)) {
            slot.get_or_insert(resource);
        }
    }
    out
}

/// Most types have a name that people give, beside the id that AWS makes up.
fn given_name(resource: &Resource) -> Option<String> {
    pair::text_of(resource.config.key("name"))
}

fn by_given_name<'t>(live: &'t [Live], rules: &'t Rules) -> HashMap<(&'t str, String), Vec<usize>> {
    let mut out: HashMap<(&str, String), Vec<usize>> = HashMap::new();
    for (index, thing) in live.iter().enumerate() {
        if let Some(name) = given_name(&thing.resource) {
            out.entry((rules.family(&thing.object.kind), name)).or_default().push(index);
        }
    }
    out
}
