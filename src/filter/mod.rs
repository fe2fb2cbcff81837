//! What silences findings: each is marked with its reason, and none is dropped.
//!
//! It does not know how findings were made or how they are shown.

mod comment;
mod drift;
mod suppress;

pub use drift::ignore_drift;
pub use suppress::suppress;
