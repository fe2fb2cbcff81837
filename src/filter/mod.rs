//! What silences findings: each is marked with its reason, and none is dropped.
//!
//! It does not know how findings were made or how they are shown.

mod baseline;
mod comment;
mod complaint;
mod diff;
mod directive;
mod drift;
mod foreign;
mod rule;
mod suppress;

pub use baseline::{
    Baseline, BaselineSettings, Changes as BaselineChanges, Entry as BaselineEntry, apply as apply_baseline,
    parse as parse_baseline, render as render_baseline,
};
pub use diff::{base_notices, compare, mark_untouched};
pub use drift::{ignore_by_lifecycle, ignore_drift};
pub use rule::{Rule, Tag};
pub use suppress::{Noted, Settings, Silenced, suppress};
