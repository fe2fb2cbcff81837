//! Findings that were there when somebody began to look: known by name, never by line, and never counted again.
//!
//! It marks what a baseline holds and says what of it is stale. It does not know disks.

mod file;

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

pub use file::{parse, render};

use super::directive::{names, to_u32};
use crate::model::{Finding, PolicyInfo, Problem, Report, SourceMap, Span, Stage, Status, Verdict, display_path};

/// Known findings, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    pub entries: Vec<Entry>,
}

/// One known finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub policy: String,
    pub address: String,
    /// The attribute's path, for readers.
    pub attribute: String,
    /// `path:line` when it was last seen, for readers.
    pub location: String,
    /// What it is found by.
    pub fingerprint: String,
    pub reason: String,
    /// The last day on which it holds.
    pub until: Option<String>,
    /// Bytes of the file it was read from.
    pub place: Range<usize>,
}

impl Entry {
    /// The file it was last seen in.
    pub fn path(&self) -> &str {
        self.location.rsplit_once(':').map_or(&*self.location, |(path, _)| path)
    }

    fn of(finding: &Finding, sources: &SourceMap) -> Self {
        let line = sources.region(finding.span).start.line;
        Self {
            policy: finding.policy.to_string(),
            address: finding.address.to_string(),
            attribute: display_path(&finding.attribute),
            location: format!("{}:{line}", sources.path(finding.span)),
            fingerprint: finding.fingerprint.clone(),
            ..Self::default()
        }
    }
}

/// How a baseline and a report differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Findings that the baseline does not know.
    pub new: Vec<Entry>,
    /// Entries whose finding is still there, as it is now, with their own reason and day.
    pub kept: Vec<Entry>,
    /// Entries whose finding is gone.
    pub stale: Vec<Entry>,
    /// Entries about what was not looked at.
    pub unseen: Vec<Entry>,
    /// Open findings that no baseline may hold.
    pub refused: usize,
}

impl Baseline {
    pub(super) fn sort(&mut self) {
        self.entries.sort_by(|a, b| {
            let key = |entry: &Entry| {
                (entry.policy.clone(), entry.path().to_owned(), entry.address.clone(), entry.fingerprint.clone())
            };
            key(a).cmp(&key(b))
        });
        self.entries.dedup_by(|a, b| a.fingerprint == b.fingerprint);
    }

    /// A baseline of these entries.
    pub fn new(entries: Vec<Entry>) -> Self {
        let mut this = Self { entries };
        this.sort();
        this
    }

    /// Compares with a report that was made without any baseline. `covered` tells whether a path was looked at.
    pub fn compare(&self, report: &Report, unsuppressable: &[String], covered: &dyn Fn(&str) -> bool) -> Changes {
        let mut out = Changes::default();
        let known: HashMap<&str, &Entry> =
            self.entries.iter().map(|entry| (entry.fingerprint.as_str(), entry)).collect();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for finding in report.findings.iter().filter(|finding| finding.verdict == Verdict::Fail) {
            let now = Entry::of(finding, &report.sources);
            if let Some(entry) = known.get(finding.fingerprint.as_str()) {
                seen.insert(&entry.fingerprint);
                out.kept.push(Entry { reason: entry.reason.clone(), until: entry.until.clone(), ..now });
            } else if finding.status == Status::Open {
                let policy = report.policy(&finding.policy);
                if policy.is_some_and(|policy| is_unsuppressable(policy, unsuppressable)) {
                    out.refused += 1;
                } else {
                    out.new.push(now);
                }
            }
        }
        for entry in self.entries.iter().filter(|entry| !seen.contains(entry.fingerprint.as_str())) {
            let judged = report.policy(&entry.policy).is_some() && covered(entry.path());
            if judged { out.stale.push(entry.clone()) } else { out.unseen.push(entry.clone()) }
        }
        out
    }
}

/// What a baseline is judged with.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "it holds a function")]
pub struct BaselineSettings<'a> {
    pub sources: &'a SourceMap,
    pub policies: &'a [Arc<PolicyInfo>],
    /// The path of the baseline's file, among the sources.
    pub path: &'a str,
    pub today: Option<&'a str>,
    pub unsuppressable: &'a [String],
    /// Whether a path was looked at, so that what is not found there is gone.
    pub covered: &'a dyn Fn(&str) -> bool,
}

/// Marks the findings that a baseline holds. Their fingerprints have to be numbered. The problems are notices.
pub fn apply(findings: &mut [Finding], baseline: &Baseline, settings: &BaselineSettings<'_>) -> Vec<Problem> {
    let by_fingerprint: HashMap<&str, (usize, &Entry)> =
        baseline.entries.iter().enumerate().map(|(at, entry)| (entry.fingerprint.as_str(), (at, entry))).collect();
    let mut seen = vec![false; baseline.entries.len()];
    let mut problems = Vec::new();
    let mut tell = |entry: &Entry, message: String| {
        let problem = Problem::new(Stage::Config, settings.path, message).notice();
        let span = settings.sources.find(settings.path);
        let span = span.map(|file| Span::new(file, to_u32(entry.place.start), to_u32(entry.place.end)));
        problems.push(span.map_or(problem.clone(), |span| problem.at(span)));
    };
    for finding in findings.iter_mut() {
        let Some((at, entry)) = by_fingerprint.get(finding.fingerprint.as_str()) else { continue };
        if let Some(seen) = seen.get_mut(*at) {
            *seen = true;
        }
        if finding.status != Status::Open {
            continue;
        }
        let policy = settings.policies.iter().find(|policy| policy.id == finding.policy);
        let (policy_id, address) = (&entry.policy, &entry.address);
        if policy.is_some_and(|policy| is_unsuppressable(policy, settings.unsuppressable)) {
            let message = format!(
                "the baseline does not hold {policy_id} of {address}: the policy is not to be suppressed; mend the finding"
            );
            tell(entry, message);
        } else if let Some(until) =
            entry.until.as_deref().filter(|until| settings.today.is_some_and(|day| *until < day))
        {
            let message = format!(
                "the baseline held {policy_id} of {address} until {until}; mend the finding or give a later day"
            );
            tell(entry, message);
        } else {
            finding.status = Status::Baseline(entry.reason.clone());
        }
    }
    for (entry, _) in baseline.entries.iter().zip(&seen).filter(|(_, seen)| !**seen) {
        let judged = settings.policies.iter().any(|policy| *policy.id == *entry.policy);
        if judged && (settings.covered)(entry.path()) {
            let message = format!(
                "the baseline holds {} of {}, which is gone; 'stanchion baseline prune' drops it",
                entry.policy, entry.address
            );
            tell(entry, message);
        }
    }
    problems
}

fn is_unsuppressable(policy: &PolicyInfo, globs: &[String]) -> bool {
    policy.unsuppressable || globs.iter().any(|id| names(id, policy))
}
