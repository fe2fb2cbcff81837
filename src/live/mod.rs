//! Live accounts in, an inventory out: what was read, and for every place and type whether it was read to its end.
//!
//! A collection reads only, and whatever goes wrong costs the least it can: one thing, one type in one place, one account.
//! It does not know Terraform, policies or findings. Asynchronous code and the AWS SDK stay in [`aws`].

pub mod actions;
#[cfg(feature = "aws")]
pub mod aws;
pub mod gaps;
pub mod map;
pub mod query;
pub mod redact;
mod settings;
pub mod snapshot;
pub mod types;

pub use settings::{Cancel, Event, Keys, Organization, Pace, Settings};

use crate::model::Inventory;

/// The name of what belongs to no region.
pub const GLOBAL: &str = "global";
/// The name of all regions or all types, where something costs them all.
pub const ALL: &str = "*";

/// Puts an inventory into its order, and takes out what is there twice.
pub fn arrange(inventory: &mut Inventory) {
    inventory.records.sort_by(|a, b| {
        (&a.account, &a.region, &a.kind, &a.id, &a.arn).cmp(&(&b.account, &b.region, &b.kind, &b.id, &b.arn))
    });
    inventory.records.dedup_by(|a, b| {
        (&a.account, &a.region, &a.kind, &a.id, &a.arn) == (&b.account, &b.region, &b.kind, &b.id, &b.arn)
    });
    inventory.listings.sort_by(|a, b| {
        let gap = |listing: &crate::model::Listing| {
            listing.gap.as_ref().map(|gap| (gap.id.clone(), gap.reason, gap.message.clone()))
        };
        (&a.account, &a.region, &a.kind, gap(a)).cmp(&(&b.account, &b.region, &b.kind, gap(b)))
    });
    inventory.listings.dedup();
}

/// The member of a record of AWS Config that names what the answer did not carry: it is not read, whatever it is.
pub const UNCARRIED: &str = "uncarried";

/// `arn:aws` partitions and the region that their global services answer in.
pub fn home_region(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-northwest-1",
        "aws-us-gov" => "us-gov-west-1",
        "aws-eusc" => "eusc-de-east-1",
        _ => "us-east-1",
    }
}
