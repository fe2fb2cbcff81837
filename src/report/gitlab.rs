//! GitLab Code Quality: what a merge request shows beside its changes.
//!
//! It compares reports by fingerprint itself, so only what is open is written. It does not know columns.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::escape::{bounded, visible};
use super::{Renderer, View, pretty};
use crate::model::{Finding, Problem, Report, Severity, Verdict};

/// See the module.
#[derive(Debug)]
pub(super) struct Gitlab {
    view: View,
}

impl Gitlab {
    pub(super) const fn new(view: View) -> Self {
        Self { view }
    }
}

#[derive(Serialize)]
struct Entry {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

impl Renderer for Gitlab {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<Option<String>> {
        let open = report.findings.iter().filter(|f| f.verdict == Verdict::Fail && self.view.lists_open(f));
        let mut seen = BTreeSet::new();
        let findings = open.map(|finding| self::finding(report, finding, &mut seen));
        let mut entries: Vec<Entry> = findings.collect();
        let problems = report.problems.iter().filter(|problem| problem.incomplete);
        entries.extend(problems.map(|problem| self::problem(report, problem, &mut seen)));
        pretty::write(&entries, out)?;
        Ok(None)
    }
}

fn finding(report: &Report, finding: &Finding, seen: &mut BTreeSet<String>) -> Entry {
    Entry {
        // The name of the check is not shown, so the description begins with it.
        description: format!("[{}] {}", visible(&finding.policy), bounded(&finding.message)),
        check_name: finding.policy.to_string(),
        fingerprint: unique(&finding.fingerprint, seen),
        severity: match finding.severity {
            Severity::Low => "minor",
            Severity::Medium => "major",
            Severity::High => "critical",
            Severity::Critical => "blocker",
        },
        location: Location {
            path: report.sources.path(finding.span).to_string(),
            lines: Lines { begin: report.sources.region(finding.span).start.line },
        },
    }
}

fn problem(report: &Report, problem: &Problem, seen: &mut BTreeSet<String>) -> Entry {
    let path = problem.span.map_or_else(|| problem.subject.clone(), |span| report.sources.path(span).to_string());
    Entry {
        description: format!("[not looked at] {}", bounded(&problem.message)),
        check_name: format!("stanchion-{}", problem.stage),
        fingerprint: unique(&format!("{}|{path}|{}|{}", problem.stage, problem.subject, problem.message), seen),
        severity: "info",
        location: Location {
            path: if path.is_empty() { ".".into() } else { path },
            lines: Lines { begin: problem.span.map_or(1, |span| report.sources.region(span).start.line) },
        },
    }
}

/// Of two entries with one fingerprint, only the first is shown.
fn unique(identity: &str, seen: &mut BTreeSet<String>) -> String {
    let hash = |text: &str| {
        Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    };
    let mut fingerprint = hash(identity);
    let mut nth = 1;
    while !seen.insert(fingerprint.clone()) {
        nth += 1;
        fingerprint = hash(&format!("{identity}#{nth}"));
    }
    fingerprint
}
