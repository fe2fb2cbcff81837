//! Policies: their metadata, the library they come from, the checks they must pass, and the Rego engine that runs them.
//!
//! This room reads policy files and judges one `input` document at a time. It does not know resources, spans or verdicts;
//! what an unknown value means is decided in `evaluate`. The Rego engine's crate is touched by `engine` (running),
//! `module` and `walk` (its syntax tree) and `builtins` (functions added to it).

mod builtins;
mod check;
mod engine;
mod library;
mod metadata;
mod module;
mod reads;
mod selftest;
#[cfg(test)]
mod tests;
mod walk;

use std::sync::Arc;

use crate::model::{PolicyInfo, Severity, SourceKind};

pub use engine::{Denial, Judge, JudgeError, RelatedDenial, Value};
pub use library::{LoadError, PolicySet, Selection, load, load_texts};
pub use reads::{Reads, TextTest};
pub use selftest::{Case, cases, faults, strangers};

/// A policy that passed all checks, ready to be run by a [`Judge`].
#[derive(Clone, Debug)]
pub struct Policy {
    pub info: Arc<PolicyInfo>,
    /// Empty means every source.
    pub sources: Vec<SourceKind>,
    /// Judged once per source and scope, over all its resources, instead of once per resource.
    pub estate: bool,
    /// Written for conftest: without metadata, and expecting a Kubernetes manifest itself as `input`.
    pub conftest: bool,
    /// The metadata's defaults with the run's settings over them.
    pub parameters: serde_json::Map<String, serde_json::Value>,
    pub reads: Reads,
    /// Rule paths to evaluate, with the severity they imply.
    rules: Vec<(String, Option<Severity>)>,
    /// The policy's own file and everything it imports.
    modules: Vec<Arc<module::Module>>,
}

impl Policy {
    /// True when the policy is meant for this source and type.
    pub fn applies_to(&self, source: SourceKind, kind: &str) -> bool {
        (self.sources.is_empty() || self.sources.contains(&source))
            && self.info.resource_types.iter().any(|pattern| builtins::glob_match(pattern, kind))
    }
}
