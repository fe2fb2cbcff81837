//! What all work items share: where records and gaps are put, and the gates that calls go through.
//!
//! A record is redacted here, before anything else can see it. What was planned and not done is a gap in the end.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Told;
use super::call::Gates;
use super::failure::{Failure, What};
use super::session::Account;
use crate::live::types::Kind;
use crate::live::{Event, Settings, arrange, redact};
use crate::model::{Gap, GapReason, Inventory, Listing, LiveRecord};

/// One source of records.
pub(super) trait Collector: Send + Sync {
    /// True when it can list things of a type at all.
    fn lists(&self, kind: &Kind) -> bool;

    /// Reads everything that the item asks for, and puts it on the desk as it comes. `Ok` means: read to its end.
    fn collect<'a>(&'a self, item: &'a Item, desk: &'a Desk) -> Work<'a>;
}

pub(super) type Work<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>>;

/// One piece of work: a type (or what one call gives of several) in one account, called in one region.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) collector: &'static dyn Collector,
    pub(super) account: Account,
    /// Where it is called.
    pub(super) region: Arc<str>,
    /// `None` for collectors whose answer holds several types.
    pub(super) kind: Option<&'static Kind>,
    /// The types whose listings it makes.
    pub(super) names: Vec<Arc<str>>,
    /// The regions whose listings it makes; things of others are left out.
    pub(super) places: Vec<Arc<str>>,
    /// What the listing is to be made for, one after the other.
    pub(super) parents: Vec<String>,
}

/// Account, region and type of a listing.
pub(super) type Key = (Arc<str>, Arc<str>, Arc<str>);

pub(super) struct Desk {
    pub(super) settings: Settings,
    pub(super) gates: Gates,
    told: Told,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    records: Vec<LiveRecord>,
    listings: Vec<Listing>,
    planned: BTreeSet<Key>,
    /// Listings of which a single thing could not be read.
    dented: BTreeSet<Key>,
    /// Something was not read because nobody was there to answer.
    cut: bool,
}

impl Item {
    pub(super) fn keys(&self) -> Vec<Key> {
        let of = |place: &Arc<str>| {
            let key = |name: &Arc<str>| (self.account.id.clone(), place.clone(), name.clone());
            self.names.iter().map(key).collect::<Vec<_>>()
        };
        self.places.iter().flat_map(of).collect()
    }

    /// The first of its regions; most items have one.
    pub(super) fn place(&self) -> Arc<str> {
        self.places.first().unwrap_or(&self.region).clone()
    }
}

impl Desk {
    pub(super) fn new(settings: Settings, told: Told) -> Self {
        let gates = Gates::new(&settings);
        Self { settings, gates, told, state: Mutex::default() }
    }

    pub(super) fn plan(&self, keys: impl IntoIterator<Item = Key>) {
        let mut state = self.state();
        let before = state.planned.len();
        state.planned.extend(keys);
        let more = state.planned.len().saturating_sub(before);
        drop(state);
        (self.told)(Event::Planned(more));
    }

    pub(super) fn put(&self, mut record: LiveRecord) {
        redact::record(&mut record);
        self.state().records.push(record);
    }

    /// One thing could not be read, the others can.
    pub(super) fn dent(&self, key: &Key, id: &str, failure: &Failure) {
        let gap = Gap { id: Some(id.into()), ..failure.gap() };
        let mut state = self.state();
        state.cut |= failure.what == What::Unreached;
        state.dented.insert(key.clone());
        state.listings.push(listing(key, Some(gap)));
    }

    /// A listing has ended, well or not.
    pub(super) fn end(&self, key: &Key, result: Result<(), &Failure>) {
        let failure = result.err();
        self.state().cut |= failure.is_some_and(|failure| failure.what == What::Unreached);
        self.end_with(key, failure.map(Failure::gap));
    }

    pub(super) fn end_with(&self, key: &Key, gap: Option<Gap>) {
        let mut state = self.state();
        state.planned.remove(key);
        // The gaps of its things stand for the listing.
        if gap.is_some() || !state.dented.contains(key) {
            state.listings.push(listing(key, gap));
        }
        drop(state);
        let (account, region, kind) = key.clone();
        (self.told)(Event::Done { account, region, kind });
    }

    /// What was planned as a whole is planned in detail now, or not needed.
    pub(super) fn drop_plan(&self, key: &Key) {
        self.state().planned.remove(key);
        let (account, region, kind) = key.clone();
        (self.told)(Event::Done { account, region, kind });
    }

    /// Asks something of all records read so far.
    pub(super) fn find<T>(&self, of: impl FnMut(&LiveRecord) -> Option<T>) -> Vec<T> {
        self.state().records.iter().filter_map(of).collect()
    }

    /// The gap of a listing that was not read to its end.
    pub(super) fn gap(&self, key: &Key) -> Option<Gap> {
        let state = self.state();
        let (account, region, kind) = key;
        let of = |listing: &&Listing| (&listing.account, &listing.region, &listing.kind) == (account, region, kind);
        state.listings.iter().filter(of).find_map(|listing| listing.gap.clone())
    }

    /// True when the settings ask for a type.
    pub(super) fn wants(&self, name: &str) -> bool {
        self.settings.kinds.is_empty() || self.settings.kinds.contains(name)
    }

    pub(super) fn finish(&self, complete: bool) -> Inventory {
        let mut state = self.state();
        let left: Vec<Key> = std::mem::take(&mut state.planned).into_iter().collect();
        let (reason, message) = if complete {
            (GapReason::Failed, "reading it ended in a fault of this program: please report it")
        } else {
            (
                GapReason::Cancelled,
                "the collection was stopped before its turn: run it again, or with a longer --timeout",
            )
        };
        for key in &left {
            let gap = Gap { reason, message: message.into(), id: None };
            state.listings.push(listing(key, Some(gap)));
        }
        let mut inventory = Inventory {
            records: std::mem::take(&mut state.records),
            listings: std::mem::take(&mut state.listings),
            // Without a network a run comes to its end early.
            complete: complete && !state.cut,
        };
        arrange(&mut inventory);
        inventory
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn listing(key: &Key, gap: Option<Gap>) -> Listing {
    let (account, region, kind) = key.clone();
    Listing { account, region, kind, gap }
}
