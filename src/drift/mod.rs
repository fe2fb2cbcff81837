//! Records against live things: what is missing, what nobody records, what was changed, and what could not be compared.
//!
//! The record is a state (or what a plan found on refreshing it); where the source is here, too, it says which of the three is
//! the odd one out. It does not know how anything is loaded or collected, what a difference is worth, or which of them count.

mod classify;
mod compare;
mod forms;
mod home;
mod ignored;
mod normalize;
mod owner;
mod pair;
mod parts;
mod policy_document;
mod rules;
mod seen;
mod source;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{
    Difference, DriftClass, DriftCoverage, Listing, Live, Owner, Placed, Problem, Recorded, Resource, SourceKind, Stage,
};
use classify::Change;
use owner::Owners;
use pair::{Pairs, Place, text_of};
use parts::{Inline, Parts};
use seen::{Seen, Unseen};
use source::Sources;

pub use home::{Home, homes};
pub use rules::{Common, Part, Rules, TypeRules};

/// What is compared.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    pub recorded: &'a [Recorded],
    pub live: &'a [Live],
    /// How reading the live things went.
    pub listings: &'a [Listing],
    /// Resources of the source; empty where it is not here.
    pub source: &'a [Resource],
    /// The source was read without a problem: what is not in it is not declared.
    pub source_whole: bool,
    pub rules: &'a Rules,
}

/// What came of comparing.
#[derive(Debug, Default)]
pub struct Compared {
    /// In the order of reports.
    pub differences: Vec<Difference>,
    pub coverage: DriftCoverage,
    pub problems: Vec<Problem>,
    /// Positions of recorded instances and the live things they are.
    pub pairs: Vec<(usize, usize)>,
}

/// Kinds of ours that say something about an account and are no things in it.
const PSEUDO: [&str; 7] = [
    "aws_account",
    "aws_region",
    "aws_iam_credential",
    "aws_iam_last_accessed",
    "aws_iam_policy_usage",
    "aws_iam_role_usage",
    "aws_vpc_usage",
];

/// Compares everything with everything it may be.
pub fn compare(input: Input<'_>) -> Compared {
    let places = pair::places(input.recorded);
    let pairs = pair::pair(input.recorded, &places, input.live, input.rules);
    let parts = Parts::new(input, &pairs);
    let run = Run {
        input,
        owners: Owners::new(input.recorded, input.live, input.rules),
        sources: Sources::new(input.recorded, input.source),
        seen: Seen(input.listings),
        places,
        pairs,
        parts,
    };
    run.compare()
}

struct Run<'a> {
    input: Input<'a>,
    places: Vec<Place>,
    pairs: Pairs,
    parts: Parts,
    owners: Owners,
    sources: Sources<'a>,
    seen: Seen<'a>,
}

/// How one recorded instance fared.
enum Fate {
    Compared(Vec<Difference>),
    Missing,
    /// It is a part of something missing.
    GoneWith(usize),
    Unknown(Unseen),
}

impl Run<'_> {
    fn compare(&self) -> Compared {
        let mut out = Compared::default();
        out.coverage.recorded = self.input.recorded.len();
        let is_thing = |thing: &&Live| !PSEUDO.contains(&&*thing.object.kind);
        out.coverage.live = self.input.live.iter().filter(is_thing).count();
        let fates: Vec<Fate> = (0..self.input.recorded.len()).map(|index| self.fate(index)).collect();
        let mut with: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for (index, fate) in fates.iter().enumerate() {
            if let (Fate::GoneWith(whole), Some(item)) = (fate, self.input.recorded.get(index)) {
                with.entry(*whole).or_default().push(item.resource.address.to_string());
            }
        }
        let mut unseen: BTreeMap<Unseen, usize> = BTreeMap::new();
        for (index, fate) in fates.into_iter().enumerate() {
            let Some(item) = self.input.recorded.get(index) else { continue };
            if let Some(live) = self.pairs.live.get(index).copied().flatten() {
                out.pairs.push((index, live));
            }
            match fate {
                Fate::Compared(found) => {
                    out.coverage.compared += 1;
                    out.coverage.in_sync += usize::from(found.is_empty());
                    out.coverage.attributes_unread += self.unread(index);
                    out.differences.extend(found);
                }
                Fate::Missing => {
                    out.coverage.compared += 1;
                    let mut difference = self.of_record(DriftClass::Missing, index, item);
                    difference.live = None;
                    if let Some(parts) = with.get(&index) {
                        difference.reasons.push(format!("gone with it: {}", parts.join(", ")));
                    }
                    out.differences.push(difference);
                }
                Fate::GoneWith(_) => out.coverage.compared += 1,
                Fate::Unknown(why) => {
                    let mut difference = self.of_record(DriftClass::Unknown, index, item);
                    difference.reasons.push(why.reason.clone());
                    out.differences.push(difference);
                    *out.coverage.not_compared.entry(why.reason.clone()).or_default() += 1;
                    *unseen.entry(why).or_default() += 1;
                }
            }
        }
        for index in 0..self.input.live.len() {
            out.differences.extend(self.unmanaged(index, &mut unseen));
        }
        for difference in &out.differences {
            if difference.class == DriftClass::Unmanaged && difference.owner != Owner::Nobody {
                *out.coverage.owned.entry(difference.owner.as_str()).or_default() += 1;
            }
        }
        out.problems = unseen.into_iter().map(|(why, count)| problem(&why, count)).collect();
        let key = |it: &Difference| {
            let class = DriftClass::ALL.iter().position(|class| *class == it.class);
            (class, it.owner.clone(), it.kind.clone(), it.scope.clone(), it.name().clone(), it.live.clone())
        };
        out.differences.sort_by_cached_key(key);
        out
    }

    fn fate(&self, index: usize) -> Fate {
        let Some(item) = self.input.recorded.get(index) else { return Fate::Compared(Vec::new()) };
        if let Some(live) = self.pairs.live.get(index).copied().flatten().and_then(|at| self.input.live.get(at)) {
            return Fate::Compared(self.changes(index, item, live));
        }
        if item.gone {
            return Fate::Missing;
        }
        let rules = self.input.rules;
        let row = rules.of(&item.resource.kind);
        let whole = self.parts.whole_of_recorded.get(index).copied().flatten();
        if row.within {
            // Its values are entries of the whole, and compared there.
            return match whole {
                Some(whole) if self.is_missing(whole) => Fate::GoneWith(whole),
                Some(whole) if self.pairs.live.get(whole).copied().flatten().is_some() => Fate::Compared(Vec::new()),
                Some(_) => {
                    Fate::Unknown(Unseen { reason: "what it is a part of could not be read".into(), unmapped: false })
                }
                None => Fate::Unknown(Unseen {
                    reason: format!(
                        "{} is seen within what it belongs to only, which no given state records",
                        item.resource.kind
                    ),
                    unmapped: true,
                }),
            };
        }
        if let Some(why) = self.unseen(index, item) {
            return Fate::Unknown(why);
        }
        if row.inline_only && whole.is_none() {
            let reason =
                format!("{} is seen in what it belongs to only, which no given state records", item.resource.kind);
            return Fate::Unknown(Unseen { reason, unmapped: true });
        }
        if let Some(whole) = whole {
            if self.is_missing(whole) {
                return Fate::GoneWith(whole);
            }
            if self.parts.is_unread(index, &self.pairs, self.input) {
                // Reading went well: what shows the whole never shows this.
                let reason = format!("whether there is {} is shown by no source that was read", item.resource.kind);
                return Fate::Unknown(Unseen { reason, unmapped: true });
            }
            match self.parts.inline_on_live(index, &self.pairs, self.input) {
                Some(Inline::Entry) => return Fate::Compared(Vec::new()),
                Some(Inline::Value(both)) => return Fate::Compared(self.changes(index, &both.0, &both.1)),
                None => {}
            }
        }
        if !row.nothing.is_empty() && parts::has_values(&item.attributes, &row.nothing, rules, &item.resource.kind) {
            return Fate::Compared(Vec::new());
        }
        Fate::Missing
    }

    /// Why nothing proves an unpaired instance missing, if nothing does.
    fn unseen(&self, index: usize, item: &Recorded) -> Option<Unseen> {
        let kind = &*item.resource.kind;
        let names = self.input.rules.listed(kind);
        let ids: Vec<String> = ["id", "arn"].iter().filter_map(|name| text_of(item.attributes.key(name))).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let place = self.places.get(index).cloned().unwrap_or_default();
        self.seen.whole(kind, &names, &place, &ids).err()
    }

    fn is_missing(&self, index: usize) -> bool {
        let paired = self.pairs.live.get(index).copied().flatten().is_some();
        let item = self.input.recorded.get(index);
        !paired && item.is_some_and(|item| item.gone || self.unseen(index, item).is_none())
    }

    fn unread(&self, index: usize) -> usize {
        let Some(item) = self.input.recorded.get(index) else { return 0 };
        let live = self.pairs.live.get(index).copied().flatten().and_then(|at| self.input.live.get(at));
        let Some(live) = live else { return 0 };
        let is_recorded = |name: &str| item.attributes.key(name).is_some_and(|node| !node.is_null());
        let names: BTreeSet<String> = live.object.unread.iter().map(|path| normalize::dotted(path)).collect();
        names.iter().filter(|name| is_recorded(name) && !self.input.rules.any.local.contains(*name)).count()
    }

    fn changes(&self, index: usize, item: &Recorded, live: &Live) -> Vec<Difference> {
        let source = self.sources.of(index);
        let but = self.parts.held_apart(index, live, self.input);
        let mut changes = classify::changes(item, live, source, &but, self.input.rules);
        changes.extend(self.parts.inline_changes(index, item, live, self.input));
        let mut by_class: BTreeMap<DriftClass, Vec<Change>> = BTreeMap::new();
        for change in changes {
            by_class.entry(change.class).or_default().push(change);
        }
        let mut out: Vec<Difference> = by_class
            .into_iter()
            .map(|(class, changes)| {
                let mut difference = self.of_record(class, index, item);
                difference.related.clear();
                difference.attributes =
                    changes.into_iter().map(|change| classify::placed(change, item, live, source)).collect();
                if let Some(first) = difference.attributes.first() {
                    difference.span = first.span;
                    difference.related.clone_from(&first.related);
                }
                difference
            })
            .collect();
        if source.is_none() && self.input.source_whole && self.sources.lacks(item) {
            out.push(self.of_record(DriftClass::Orphan, index, item));
        }
        out
    }

    /// A difference about a recorded instance as a whole.
    fn of_record(&self, class: DriftClass, index: usize, item: &Recorded) -> Difference {
        let live = self.pairs.live.get(index).copied().flatten().and_then(|at| self.input.live.get(at));
        let source = self.sources.of(index);
        let place = self.places.get(index).cloned().unwrap_or_default();
        let placed = source.unwrap_or(&item.resource);
        Difference {
            class,
            kind: item.resource.kind.clone(),
            address: Some(item.resource.address.clone()),
            scope: item.resource.scope.clone(),
            live: live.map(name_of),
            account: live.map(|it| it.object.account.clone()).or(place.account.map(Into::into)),
            region: live.map(|it| it.object.region.clone()).or(place.region.map(Into::into)),
            owner: Owner::Nobody,
            tags: live.map_or_else(|| recorded_tags(item), |it| it.object.tags.clone()),
            attributes: Vec::new(),
            reasons: Vec::new(),
            span: placed.config.via,
            related: classify::related(&[], item, live, source),
            placed: placed_at(placed),
            worse: Vec::new(),
            better: Vec::new(),
            finding: None,
        }
    }

    fn unmanaged(&self, index: usize, unseen: &mut BTreeMap<Unseen, usize>) -> Option<Difference> {
        let thing = self.input.live.get(index)?;
        if self.pairs.recorded.get(index).copied().flatten().is_some() || PSEUDO.contains(&&*thing.object.kind) {
            return None;
        }
        let object = &thing.object;
        let whole = self.parts.whole_of_live.get(index).copied().flatten();
        let parent = whole.and_then(|at| self.input.recorded.get(at));
        let mut owner = self.owners.of(thing, parent, self.input.rules);
        if owner == Owner::Nobody
            && let Some(parent) = parent
        {
            if Parts::is_covered(index, parent, self.input) {
                owner = Owner::PartOf(parent.resource.address.clone());
            } else if Parts::is_fresh(thing, self.input.rules) {
                owner = Owner::AwsDefault;
            }
        }
        let mut difference = Difference {
            class: DriftClass::Unmanaged,
            kind: object.kind.clone(),
            address: None,
            scope: thing.resource.scope.clone(),
            live: Some(name_of(thing)),
            account: Some(object.account.clone()),
            region: Some(object.region.clone()),
            owner,
            tags: object.tags.clone(),
            attributes: Vec::new(),
            reasons: Vec::new(),
            span: thing.resource.config.via,
            related: Vec::new(),
            placed: placed_at(&thing.resource),
            worse: Vec::new(),
            better: Vec::new(),
            finding: None,
        };
        if let Some(parent) = parent {
            difference.reasons.push(format!("it belongs to {}", parent.resource.address));
        }
        let place = Place { account: Some(object.account.to_string()), region: Some(object.region.to_string()) };
        let names = self.input.rules.listed(&object.kind);
        if difference.owner == Owner::Nobody
            && let Err(why) = self.seen.whole(&object.kind, &names, &place, &[&object.id])
        {
            // A part of a listing says too little about whose things these are.
            let reason = format!("nobody can say whether it is unmanaged: {}", why.reason);
            difference.class = DriftClass::Unknown;
            difference.reasons.push(reason.clone());
            *unseen.entry(Unseen { reason, unmapped: false }).or_default() += 1;
        }
        Some(difference)
    }
}

fn placed_at(resource: &Resource) -> Placed {
    Placed { source: resource.source, scope: resource.scope.clone(), address: resource.address.clone() }
}

fn name_of(thing: &Live) -> Arc<str> {
    thing.object.arn.clone().unwrap_or_else(|| format!("{}/{}", thing.object.kind, thing.object.id).into())
}

fn recorded_tags(item: &Recorded) -> BTreeMap<Arc<str>, Arc<str>> {
    let tags = item.attributes.key("tags_all").or_else(|| item.attributes.key("tags"));
    let entries = tags.and_then(|node| node.as_map()).into_iter().flatten();
    entries.filter_map(|(key, node)| Some((key.clone(), node.as_str()?.into()))).collect()
}

fn problem(why: &Unseen, count: usize) -> Problem {
    let things = if count == 1 { "1 thing was".to_owned() } else { format!("{count} things were") };
    let problem = Problem::new(Stage::Collect, "drift", format!("{things} not compared: {}", why.reason));
    // What no source reads at all is told and counted; no run could have done better.
    if why.unmapped { problem.notice() } else { problem }
}

/// True for resources of a provider whose things can be read live.
pub fn is_comparable(resource: &Resource) -> bool {
    resource.kind.starts_with("aws_") && matches!(resource.source, SourceKind::State | SourceKind::Plan)
}
