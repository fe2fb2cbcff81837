//! A policy's verdict on a resource that somebody should see.
//!
//! It does not know how verdicts are reached or findings are printed.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::node::PathStep;
use super::resource::SourceKind;
use super::source::Span;

/// How bad it is. Ordered: `Low < Critical`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|severity| severity.as_str() == text)
            .ok_or_else(|| format!("unknown severity '{text}': use critical, high, medium or low"))
    }
}

/// `Pass` is counted, not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    Fail,
    /// The answer depends on values that are not known; see [`Finding::causes`].
    Undetermined,
}

impl Verdict {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Undetermined => "undetermined",
        }
    }
}

/// Whether a finding counts. Filters set it, with a reason; they never delete.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    Open,
    /// Silenced on purpose; the text is the given reason.
    Suppressed(String),
    /// Known in the baseline; the text is the reason given there, empty where none is.
    Baseline(String),
    /// Not caused by the change under review.
    OutsideDiff,
}

impl Status {
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Suppressed(_) => "suppressed",
            Self::Baseline(_) => "baseline",
            Self::OutsideDiff => "outside-diff",
        }
    }

    /// Why it does not count, where somebody said so.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Suppressed(reason) | Self::Baseline(reason) => Some(reason.as_str()).filter(|text| !text.is_empty()),
            Self::Open | Self::OutsideDiff => None,
        }
    }
}

/// Another place that explains a finding: the value's origin, a module call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Related {
    pub message: String,
    pub span: Span,
}

/// A policy, a resource and a place.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The policy's id.
    pub policy: Arc<str>,
    pub severity: Severity,
    pub verdict: Verdict,
    pub status: Status,
    /// One sentence without trailing period; safe to print, secrets masked.
    pub message: String,
    pub source: SourceKind,
    pub scope: Arc<str>,
    pub address: Arc<str>,
    pub kind: Arc<str>,
    /// The attribute at fault, or the header of the block that lacks it; never more than one line.
    pub span: Span,
    /// The attribute's path in the resource's config, as far as it exists or as the policy gave it.
    pub attribute: Vec<PathStep>,
    pub related: Vec<Related>,
    /// Why the verdict is undetermined; in a comparison, the changed places that made it new.
    pub causes: Vec<Arc<str>>,
    /// The configured environments in which it holds, sorted; empty where none are configured.
    pub environments: Vec<Arc<str>>,
    /// Line-free identity: policy, source (a plan counts as its source), scope, address and attribute path.
    pub fingerprint: String,
}
