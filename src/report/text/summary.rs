//! The last lines of the report for people: what was found, what was looked at, what to run next.
//!
//! It does not know snippets. No time is told: the same input gives the same bytes.

use std::io::{self, Write};

use super::super::{View, counted, headline, silenced as silenced_count, undetermined};
use super::{bounded, drift, visible, worst};
use crate::model::{Diff, Report, Severity, Status, Verdict};

/// Most silenced findings listed one by one.
const MAX_SILENCED: usize = 100;
/// Most things that a change silences listed one by one.
const MAX_SILENCES: usize = 20;

/// What was silenced, with the reason given for it.
pub(super) fn silenced(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let all = report.findings.iter().filter(|f| f.verdict == Verdict::Fail && f.status != Status::Open);
    for finding in all.clone().take(MAX_SILENCED) {
        let start = report.sources.region(finding.span).start;
        let path = report.sources.path(finding.span);
        let reason = finding.status.reason().map(|reason| format!(": {}", bounded(reason))).unwrap_or_default();
        let (status, policy, path) = (finding.status.as_str(), visible(&finding.policy), visible(&path));
        writeln!(out, "{status}[{policy}] {path}:{}:{}{reason}", start.line, start.column)?;
    }
    let count = all.count();
    if count > MAX_SILENCED {
        writeln!(out, "and {} more silenced findings: --format json lists them all", count - MAX_SILENCED)?;
    }
    if count > 0 { writeln!(out) } else { Ok(()) }
}

/// `2 new, 1 fixed, 14 unchanged since main`, and what the change silences.
fn change(diff: &Diff, view: View, out: &mut dyn Write) -> io::Result<()> {
    let moved = if diff.moved > 0 { format!(", {} moved", diff.moved) } else { String::new() };
    let (new, fixed, unchanged) = (diff.new, diff.fixed.len(), diff.unchanged);
    let base: String = diff.base.chars().take(10).collect();
    let since = format!("{} ({base})", bounded(&diff.reference));
    writeln!(out, "  change: {new} new, {fixed} fixed, {unchanged} unchanged{moved} since {since}")?;
    if view.verbose {
        for fixed in diff.fixed.iter().take(MAX_SILENCED) {
            let (policy, path) = (visible(&fixed.policy), visible(&fixed.path));
            writeln!(out, "    fixed[{policy}] {path}:{}: {}", fixed.line, bounded(&fixed.message))?;
        }
    }
    let count = diff.silences.len();
    if count > 0 {
        writeln!(out, "  this change silences:")?;
    }
    for silence in diff.silences.iter().take(MAX_SILENCES) {
        let line = silence.line.map(|line| format!(":{line}")).unwrap_or_default();
        writeln!(out, "    {}{line}: {}", visible(&silence.path), bounded(&silence.message))?;
    }
    if count > MAX_SILENCES {
        writeln!(out, "    and {} more: --format json lists them all", count - MAX_SILENCES)?;
    }
    Ok(())
}

pub(super) fn write(report: &Report, view: View, out: &mut dyn Write) -> io::Result<()> {
    let bold = if view.color { anstyle::Style::new().bold() } else { anstyle::Style::new() };
    writeln!(out, "{bold}{}{bold:#}", headline(report))?;
    let coverage = report.coverage;
    writeln!(
        out,
        "  looked at: {}, {}; {}, {}",
        counted(coverage.files, "file", "files"),
        counted(coverage.resources, "resource", "resources"),
        counted(coverage.policies, "policy", "policies"),
        counted(coverage.evaluations, "evaluation", "evaluations"),
    )?;
    let missed = report.problems.iter().filter(|p| p.incomplete).count();
    let notices = report.problems.len() - missed;
    let mut not_looked_at = Vec::new();
    if missed > 0 {
        not_looked_at.push(format!("{} (listed above)", counted(missed, "problem", "problems")));
    }
    if coverage.files_skipped > 0 {
        not_looked_at.push(format!("{} skipped", counted(coverage.files_skipped, "file", "files")));
    }
    if !not_looked_at.is_empty() {
        writeln!(out, "  not looked at: {}", not_looked_at.join(", "))?;
    }
    if let Some(drift) = &report.drift {
        drift::summary(report, drift, view, out)?;
    }
    let undetermined = undetermined(report);
    if undetermined > 0 && report.drift.is_none() {
        let depend = if undetermined == 1 { "verdict depends" } else { "verdicts depend" };
        let hint = if view.show_undetermined { "" } else { ": --show-undetermined lists them" };
        writeln!(out, "  undetermined: {undetermined} {depend} on values that are not known{hint}")?;
    }
    let hidden: usize =
        Severity::ALL.into_iter().filter(|&it| it < view.min_severity).map(|it| report.count_open(it)).sum();
    if hidden > 0 {
        writeln!(
            out,
            "  not shown: {} below --min-severity {}",
            counted(hidden, "finding", "findings"),
            view.min_severity
        )?;
    }
    let silenced: Vec<String> = ["suppressed", "in the baseline", "outside the change"]
        .into_iter()
        .zip(silenced_count(report))
        .filter(|&(_, count)| count > 0)
        .map(|(what, count)| format!("{count} {what}"))
        .collect();
    let foreign = report.suppressions.foreign;
    let silenced = match (silenced.join(", "), foreign) {
        (text, 0) => text,
        (text, _) => format!("{text} ({foreign} by comments for other scanners)"),
    };
    if !silenced.is_empty() {
        let hint = if view.verbose { "" } else { ": -v lists them" };
        writeln!(out, "  silenced: {silenced}{hint}")?;
    }
    if let Some(diff) = &report.diff {
        change(diff, view, out)?;
    }
    if notices > 0 && !view.verbose {
        writeln!(out, "  notices: {notices}: -v lists them")?;
    }
    match worst(report) {
        Some(policy) => writeln!(out, "next: stanchion policy explain {}", visible(&policy.id)),
        None if coverage.resources == 0 && report.of_accounts => {
            writeln!(
                out,
                "next: check the account, --region, and what the credentials may read (stanchion live --print-iam-policy)"
            )
        }
        None if coverage.resources == 0 && report.drift.is_none() => {
            writeln!(out, "next: name a folder that holds Terraform, Kubernetes or Dockerfile sources")
        }
        None => Ok(()),
    }
}
