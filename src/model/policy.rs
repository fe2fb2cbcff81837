//! What a reader needs to know of a policy: the facts of its metadata block.
//!
//! It does not know Rego; the compiled policy lives in the policy room.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::finding::Severity;

/// A policy's metadata, as every output format shows it.
#[derive(Clone, Debug)]
pub struct PolicyInfo {
    /// Kebab-case, unique, stable.
    pub id: Arc<str>,
    pub title: String,
    /// Why it matters, in two or three sentences.
    pub description: String,
    pub severity: Severity,
    /// `least-privilege`, `encryption`, `tagging`, `secrets`, `network`, `resilience`, `logging`, `supply-chain` or `drift`.
    pub family: String,
    pub resource_types: Vec<String>,
    /// What to write instead; Markdown, with an example.
    pub remediation: String,
    /// Control numbers by framework: `cis-aws-3.0.0` to `["2.1.4"]`.
    pub frameworks: BTreeMap<String, Vec<String>>,
    /// The same check in other scanners.
    pub aliases: Vec<String>,
    /// What the policy can be told in the configuration, with the defaults.
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// No suppression and no baseline silences it.
    pub unsuppressable: bool,
    /// Links for further reading.
    pub references: Vec<String>,
    /// Where the policy was read: a path, `embedded:aws/s3/public_read.rego` for a shipped one.
    pub path: String,
}

impl PolicyInfo {
    /// A policy of which only the id is known.
    pub fn unknown(id: &str) -> Self {
        Self {
            id: id.into(),
            title: String::new(),
            description: String::new(),
            severity: Severity::Low,
            family: String::new(),
            resource_types: Vec::new(),
            remediation: String::new(),
            frameworks: BTreeMap::new(),
            aliases: Vec::new(),
            parameters: BTreeMap::new(),
            unsuppressable: false,
            references: Vec::new(),
            path: String::new(),
        }
    }
}
