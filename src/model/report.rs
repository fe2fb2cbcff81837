//! The finished result of a run: sorted once, then only read.
//!
//! It does not know formats, and nothing in it depends on time, machine or thread order.

use std::sync::Arc;

use super::difference::DriftReport;
use super::finding::{Finding, Severity, Status, Verdict};
use super::policy::PolicyInfo;
use super::problem::Problem;
use super::source::SourceMap;

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Files read.
    pub files: usize,
    /// Files recognised but not looked at: Helm templates, files too large.
    pub files_skipped: usize,
    pub resources: usize,
    /// Policies loaded and selected.
    pub policies: usize,
    /// Pairs of policy and resource judged.
    pub evaluations: usize,
    /// Pairs whose verdict is undetermined.
    pub undetermined: usize,
}

/// Everything a renderer may show.
#[derive(Debug)]
pub struct Report {
    pub sources: Arc<SourceMap>,
    /// Sorted by path, place, policy, address and message.
    pub findings: Vec<Finding>,
    /// Sorted by path and place; those without a place first.
    pub problems: Vec<Problem>,
    /// The selected policies, sorted by id.
    pub policies: Vec<Arc<PolicyInfo>>,
    pub coverage: Coverage,
    /// Set by a run that compared records with what is live.
    pub drift: Option<DriftReport>,
}

impl Report {
    /// Sorts once; every renderer relies on this order.
    pub fn finish(
        sources: Arc<SourceMap>,
        mut findings: Vec<Finding>,
        mut problems: Vec<Problem>,
        mut policies: Vec<Arc<PolicyInfo>>,
        coverage: Coverage,
    ) -> Self {
        findings.sort_by_cached_key(|f| {
            let place = sources.sort_key(f.span);
            (place, f.policy.clone(), f.scope.clone(), f.address.clone(), f.attribute.clone(), f.message.clone())
        });
        problems.sort_by_cached_key(|p| {
            (p.span.map(|span| sources.sort_key(span)), p.stage, p.subject.clone(), p.message.clone(), p.incomplete)
        });
        problems.dedup();
        policies.sort_by(|a, b| a.id.cmp(&b.id));
        Self { sources, findings, problems, policies, coverage, drift: None }
    }

    pub fn policy(&self, id: &str) -> Option<&PolicyInfo> {
        let index = self.policies.binary_search_by(|policy| (*policy.id).cmp(id)).ok()?;
        self.policies.get(index).map(AsRef::as_ref)
    }

    /// Findings that count: failed and open.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.verdict == Verdict::Fail && f.status == Status::Open)
    }

    pub fn count_open(&self, severity: Severity) -> usize {
        self.open().filter(|f| f.severity == severity).count()
    }

    /// True when something was left unjudged.
    pub fn incomplete(&self) -> bool {
        self.problems.iter().any(|problem| problem.incomplete)
    }
}
