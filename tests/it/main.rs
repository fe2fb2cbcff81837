//! One integration binary: what users and other programs see of Stanchion.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, as it should"
)]

mod cli;
mod demo;
mod drift;
mod environments;
mod expect;
mod house;
mod json;
mod plan;
mod policies;
mod properties;
mod resilience;
mod sample;
mod sarif;
mod suppress;
mod terraform;
mod text;
