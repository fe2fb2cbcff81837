//! One integration binary: what users and other programs see of Stanchion.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, as it should"
)]

mod baseline;
mod cli;
mod demo;
mod diff;
mod docs;
mod drift;
mod environments;
mod expect;
#[cfg(feature = "aws")]
mod fake_aws;
mod formats;
mod formats_docs;
mod golden;
mod house;
mod json;
#[cfg(feature = "aws")]
mod live;
#[cfg(feature = "aws")]
mod live_cut;
#[cfg(feature = "aws")]
mod live_last_accessed;
mod live_objects;
mod live_places;
#[cfg(feature = "aws")]
mod live_runs;
mod plan;
mod policies;
mod policy_test;
mod properties;
mod read_only;
mod resilience;
mod sample;
mod sarif;
mod suppress;
mod suppressing_docs;
mod terraform;
mod text;
