//! Stanchion: policies as code, judged against infrastructure as declared, as recorded and as it is.
//!
//! The code map, in the order data flows:
//!
//! ```text
//! scan:  discover -> load -> resources -> evaluate -> findings -> filter -> report
//! live:  collect (AWS | snapshot) -> map -> load -> evaluate -> findings -> filter -> report
//! drift: records x live things -> compare -> differences -> evaluate -> findings -> filter -> report
//! ```
//!
//! | room | what it holds |
//! |---|---|
//! | [`model`] | the nouns: spans, attribute trees, resources, findings, problems, reports; imports nothing of ours |
//! | [`discover`] | which files there are, and what each is |
//! | [`vcs`] | which commit a change is compared with, and its files as git keeps them |
//! | [`load`] | text in, resources out; one loader per format |
//! | [`live`] | what accounts hold: read from AWS or a snapshot, and what could not be read |
//! | [`policy`] | metadata, the policy library, and the Rego engine |
//! | [`evaluate`] | resources and policies in, findings out; decides what an unknown value means |
//! | [`drift`] | records and live things in, differences out |
//! | [`filter`] | what silences findings: marks them with a reason, never drops one |
//! | [`report`] | one renderer per output format |
//! | [`config`] | `stanchion.toml` |
//! | [`whole`] | files that appear whole or not at all |
//! | [`pipeline`] | the spine: the whole story on one screen |
//! | [`cli`] | flags and commands |
//!
//! Invariants, each held by a test: rooms import [`model`] only (two exceptions: `evaluate` imports `policy`, and `live` imports
//! `whole`); a value that is not known never makes a finding; whatever could not be looked at is a problem in the report and in
//! the exit status; the same input gives the same bytes, whatever the number of threads.

pub mod cli;
pub mod config;
pub mod discover;
pub mod drift;
pub mod evaluate;
pub mod exit;
pub mod filter;
pub mod live;
pub mod load;
pub mod model;
pub mod pipeline;
pub mod policy;
pub mod report;
pub mod vcs;
pub mod whole;
