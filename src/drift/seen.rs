//! Whether something that was not found is not there: only a listing read to its end can say so.
//!
//! It does not know attributes.

use super::pair::{Place, is_global};
use crate::model::{Gap, Listing};

/// Why nothing can be said of a recorded instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unseen {
    pub reason: String,
    /// No source reads the type at all: it is not a matter of this run.
    pub unmapped: bool,
}

/// What was asked of accounts, and what came of it.
#[derive(Debug)]
pub struct Seen<'a>(pub &'a [Listing]);

impl Seen<'_> {
    /// `Ok` when all things that are listed under these names at this place were read.
    pub fn whole(&self, kind: &str, names: &[&str], place: &Place, ids: &[&str]) -> Result<(), Unseen> {
        let fail = |reason: String| Err(Unseen { reason, unmapped: false });
        let Some(account) = &place.account else {
            if !self.0.iter().any(|listing| names.contains(&&*listing.kind) || listing.gap.is_some()) {
                return Err(unmapped(kind));
            }
            return fail("its account is not recorded, so that nothing proves it missing".into());
        };
        let of_account: Vec<&Listing> = self.0.iter().filter(|listing| *listing.account == **account).collect();
        if of_account.is_empty() {
            return fail(format!("account {account} was not read"));
        }
        if let Some(gap) =
            of_account.iter().filter(|it| &*it.kind == "*" && reaches(it, place)).find_map(|it| whole_gap(it))
        {
            return fail(format!("account {account} was not read: {}: {}", gap.reason.as_str(), gap.message));
        }
        let of_type: Vec<&Listing> = of_account.iter().copied().filter(|it| names.contains(&&*it.kind)).collect();
        if of_type.is_empty() {
            return Err(unmapped(kind));
        }
        let here: Vec<&Listing> = of_type.iter().copied().filter(|listing| reaches(listing, place)).collect();
        if here.is_empty() {
            return fail(match &place.region {
                Some(region) => format!("{kind} in region {region} of account {account} was not read"),
                None => "its region is not recorded, so that nothing proves it missing".into(),
            });
        }
        for listing in here {
            let Some(gap) = &listing.gap else { continue };
            let about_it = gap.id.as_ref().is_none_or(|id| ids.iter().any(|own| **own == **id));
            if about_it {
                let (kind, region) = (&listing.kind, &listing.region);
                return fail(format!(
                    "{kind} in {account}/{region} was not read: {}: {}",
                    gap.reason.as_str(),
                    gap.message
                ));
            }
        }
        Ok(())
    }
}

fn unmapped(kind: &str) -> Unseen {
    Unseen { reason: format!("no live source reads {kind}"), unmapped: true }
}

fn whole_gap(listing: &Listing) -> Option<&Gap> {
    listing.gap.as_ref().filter(|gap| gap.id.is_none())
}

/// True for a listing in which a thing at the place would have been.
fn reaches(listing: &Listing, place: &Place) -> bool {
    &*listing.region == "global"
        || is_global(&listing.kind)
        || place.region.as_ref().is_some_and(|region| **region == *listing.region)
}
