//! The finished result of a run: sorted once, then only read.
//!
//! It does not know formats, and nothing in it depends on time, machine or thread order.

use std::collections::BTreeMap;
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
    /// What silenced the suppressed findings.
    pub suppressions: Suppressions,
    /// How it compares with another version of the same tree.
    pub diff: Option<Diff>,
    /// Set by a run that compared records with what is live.
    pub drift: Option<DriftReport>,
    /// Findings that are counted and not kept: those that an earlier report of the run left out.
    pub unlisted: Unlisted,
    /// The line hashes of findings whose source is not here as a whole, by fingerprint.
    pub line_hashes: BTreeMap<String, String>,
    /// Accounts were judged, and no files.
    pub of_accounts: bool,
}

/// Numbers of findings that are not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unlisted {
    /// Failed and open, by severity in the order of [`Severity::ALL`].
    pub open: [usize; 4],
    pub suppressed: usize,
    pub baseline: usize,
    pub outside_diff: usize,
    pub undetermined: usize,
}

/// How many findings each kind of suppression silenced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Suppressions {
    /// Comments and annotations of our own.
    pub inline: usize,
    /// `[[suppress]]` in the configuration.
    pub configuration: usize,
    /// Comments and annotations meant for other scanners.
    pub foreign: usize,
}

/// What changed since a base.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// The base as it was asked for, such as `main`.
    pub reference: String,
    /// The commit that was compared with.
    pub base: String,
    pub new: usize,
    pub unchanged: usize,
    /// Same finding under another address or in another file.
    pub moved: usize,
    /// What the base had and the head has not.
    pub fixed: Vec<Fixed>,
    /// What this change keeps from being seen or from counting.
    pub silences: Vec<Silence>,
}

/// A finding that is gone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fixed {
    pub path: String,
    pub line: u32,
    pub policy: Arc<str>,
    pub severity: Severity,
    pub address: Arc<str>,
    pub message: String,
    pub fingerprint: String,
}

/// Something in a change that silences findings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Silence {
    /// `suppression`, `baseline` or `configuration`.
    pub kind: &'static str,
    pub path: String,
    /// 1-based, where it has one.
    pub line: Option<u32>,
    /// One sentence without trailing period.
    pub message: String,
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
        sort_problems(&mut problems, &sources);
        policies.sort_by(|a, b| a.id.cmp(&b.id));
        Self {
            sources,
            findings,
            problems,
            policies,
            coverage,
            suppressions: Suppressions::default(),
            diff: None,
            drift: None,
            unlisted: Unlisted::default(),
            line_hashes: BTreeMap::new(),
            of_accounts: false,
        }
    }

    /// Adds problems that were met after the report was finished.
    pub fn add_problems(&mut self, problems: Vec<Problem>) {
        self.problems.extend(problems);
        sort_problems(&mut self.problems, &self.sources);
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
        let index = Severity::ALL.iter().position(|it| *it == severity);
        let unlisted = index.and_then(|index| self.unlisted.open.get(index)).copied().unwrap_or(0);
        unlisted + self.open().filter(|f| f.severity == severity).count()
    }

    /// True when something was left unjudged.
    pub fn incomplete(&self) -> bool {
        self.problems.iter().any(|problem| problem.incomplete)
    }
}

fn sort_problems(problems: &mut Vec<Problem>, sources: &SourceMap) {
    problems.sort_by_cached_key(|p| {
        (p.span.map(|span| sources.sort_key(span)), p.stage, p.subject.clone(), p.message.clone(), p.incomplete)
    });
    problems.dedup();
}
