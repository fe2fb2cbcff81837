//! The `stanchion/v1` contract; `docs/stanchion-v1.schema.json` describes it.
//!
//! It knows nothing but that contract: a change here that is not an addition needs a new version.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;

use super::json_sources::{Source, sources};
use super::sarif::LineHashes;
use super::{Renderer, View, json_drift, pretty, silenced, undetermined};
use crate::model::{Diff, Finding, PathStep, PolicyInfo, Problem, Report, Severity, Span};

/// See the module.
#[derive(Debug)]
pub(super) struct Json {
    view: View,
}

impl Json {
    pub(super) const fn new(view: View) -> Self {
        Self { view }
    }
}

impl Renderer for Json {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<Option<String>> {
        pretty::write(&document(report, self.view), out)?;
        Ok(None)
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    findings: Vec<Entry<'a>>,
    problems: Vec<ProblemEntry<'a>>,
    coverage: CoverageEntry,
    #[serde(skip_serializing_if = "Option::is_none")]
    drift: Option<json_drift::Drift<'a>>,
    summary: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<DiffEntry<'a>>,
    /// What other formats say beyond the findings, for whoever makes them of this one.
    policies: Vec<PolicyEntry<'a>>,
    sources: Vec<Source>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Entry<'a> {
    policy: &'a str,
    severity: &'static str,
    family: &'a str,
    verdict: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_reason: Option<&'a str>,
    message: &'a str,
    resource: Resource<'a>,
    location: Location,
    attribute: Vec<Step<'a>>,
    related: Vec<RelatedEntry<'a>>,
    causes: Vec<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    environments: &'a [Arc<str>],
    remediation: &'a str,
    frameworks: BTreeMap<&'a str, &'a [String]>,
    aliases: &'a [String],
    fingerprint: &'a str,
    line_hash: String,
}

#[derive(Serialize)]
struct PolicyEntry<'a> {
    id: &'a str,
    title: &'a str,
    description: &'a str,
    severity: &'static str,
    family: &'a str,
    resource_types: &'a [String],
    remediation: &'a str,
    frameworks: &'a BTreeMap<String, Vec<String>>,
    aliases: &'a [String],
    references: &'a [String],
}

#[derive(Serialize)]
struct Resource<'a> {
    address: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    source: &'static str,
}

/// Columns count UTF-16 code units; the end is exclusive.
#[derive(Serialize)]
pub(super) struct Location {
    path: Arc<str>,
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

#[derive(Serialize)]
struct RelatedEntry<'a> {
    message: &'a str,
    location: Location,
}

#[derive(Serialize)]
struct ProblemEntry<'a> {
    stage: &'static str,
    message: &'a str,
    location: Option<Location>,
    subject: &'a str,
    incomplete: bool,
}

#[derive(Serialize)]
struct CoverageEntry {
    files: usize,
    files_skipped: usize,
    resources: usize,
    policies: usize,
    evaluations: usize,
    undetermined: usize,
}

#[derive(Serialize)]
struct Summary {
    open: Counts,
    suppressed: usize,
    suppressed_by: SuppressedBy,
    baseline: usize,
    outside_diff: usize,
    undetermined: usize,
}

#[derive(Serialize)]
struct SuppressedBy {
    inline: usize,
    configuration: usize,
    other_scanners: usize,
}

#[derive(Serialize)]
struct DiffEntry<'a> {
    reference: &'a str,
    base: &'a str,
    new: usize,
    unchanged: usize,
    moved: usize,
    fixed: Vec<FixedEntry<'a>>,
    silences: Vec<SilenceEntry<'a>>,
}

#[derive(Serialize)]
struct FixedEntry<'a> {
    policy: &'a str,
    severity: &'static str,
    address: &'a str,
    path: &'a str,
    line: u32,
    message: &'a str,
    fingerprint: &'a str,
}

#[derive(Serialize)]
struct SilenceEntry<'a> {
    kind: &'static str,
    path: &'a str,
    line: Option<u32>,
    message: &'a str,
}

#[derive(Serialize)]
struct Counts {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
}

fn document(report: &Report, view: View) -> Document<'_> {
    let coverage = report.coverage;
    let [suppressed, baseline, outside_diff] = silenced(report);
    let mut hashes = LineHashes::new(report);
    Document {
        schema: "stanchion/v1",
        tool: Tool { name: "stanchion", version: env!("CARGO_PKG_VERSION") },
        findings: report.findings.iter().filter(|f| view.lists(f)).map(|f| entry(report, f, &mut hashes)).collect(),
        problems: report.problems.iter().map(|p| problem(report, p)).collect(),
        coverage: CoverageEntry {
            files: coverage.files,
            files_skipped: coverage.files_skipped,
            resources: coverage.resources,
            policies: coverage.policies,
            evaluations: coverage.evaluations,
            undetermined: coverage.undetermined,
        },
        drift: report.drift.as_ref().map(|drift| json_drift::drift(report, drift)),
        summary: Summary {
            open: Counts {
                critical: report.count_open(Severity::Critical),
                high: report.count_open(Severity::High),
                medium: report.count_open(Severity::Medium),
                low: report.count_open(Severity::Low),
            },
            suppressed,
            suppressed_by: SuppressedBy {
                inline: report.suppressions.inline,
                configuration: report.suppressions.configuration,
                other_scanners: report.suppressions.foreign,
            },
            baseline,
            outside_diff,
            undetermined: undetermined(report),
        },
        diff: report.diff.as_ref().map(diff),
        policies: report.policies.iter().map(|it| policy(it)).collect(),
        sources: sources(report, view),
    }
}

fn diff(diff: &Diff) -> DiffEntry<'_> {
    DiffEntry {
        reference: &diff.reference,
        base: &diff.base,
        new: diff.new,
        unchanged: diff.unchanged,
        moved: diff.moved,
        fixed: diff
            .fixed
            .iter()
            .map(|fixed| FixedEntry {
                policy: &fixed.policy,
                severity: fixed.severity.as_str(),
                address: &fixed.address,
                path: &fixed.path,
                line: fixed.line,
                message: &fixed.message,
                fingerprint: &fixed.fingerprint,
            })
            .collect(),
        silences: diff
            .silences
            .iter()
            .map(|silence| SilenceEntry {
                kind: silence.kind,
                path: &silence.path,
                line: silence.line,
                message: &silence.message,
            })
            .collect(),
    }
}

fn entry<'a>(report: &'a Report, finding: &'a Finding, hashes: &mut LineHashes<'a>) -> Entry<'a> {
    let policy = report.policy(&finding.policy);
    Entry {
        policy: &finding.policy,
        severity: finding.severity.as_str(),
        family: policy.map_or("", |policy| &policy.family),
        verdict: finding.verdict.as_str(),
        status: finding.status.as_str(),
        status_reason: finding.status.reason(),
        message: &finding.message,
        resource: Resource { address: &finding.address, kind: &finding.kind, source: finding.source.as_str() },
        location: location(report, finding.span),
        attribute: finding.attribute.iter().map(step).collect(),
        related: finding
            .related
            .iter()
            .map(|related| RelatedEntry { message: &related.message, location: location(report, related.span) })
            .collect(),
        causes: finding.causes.iter().map(|cause| &**cause).collect(),
        environments: &finding.environments,
        remediation: policy.map_or("", |policy| &policy.remediation),
        frameworks: policy
            .map(|policy| policy.frameworks.iter().map(|(name, ids)| (&**name, &**ids)).collect())
            .unwrap_or_default(),
        aliases: policy.map_or(&[], |policy| &policy.aliases),
        fingerprint: &finding.fingerprint,
        line_hash: hashes.of(finding),
    }
}

fn policy(policy: &PolicyInfo) -> PolicyEntry<'_> {
    PolicyEntry {
        id: &policy.id,
        title: &policy.title,
        description: &policy.description,
        severity: policy.severity.as_str(),
        family: &policy.family,
        resource_types: &policy.resource_types,
        remediation: &policy.remediation,
        frameworks: &policy.frameworks,
        aliases: &policy.aliases,
        references: &policy.references,
    }
}

pub(super) fn step(step: &PathStep) -> Step<'_> {
    match step {
        PathStep::Key(key) => Step::Key(key),
        PathStep::Index(index) => Step::Index(*index),
    }
}

fn problem<'a>(report: &Report, problem: &'a Problem) -> ProblemEntry<'a> {
    ProblemEntry {
        stage: problem.stage.as_str(),
        message: &problem.message,
        location: problem.span.map(|span| location(report, span)),
        subject: &problem.subject,
        incomplete: problem.incomplete,
    }
}

pub(super) fn location(report: &Report, span: Span) -> Location {
    let region = report.sources.region(span);
    Location {
        path: report.sources.path(span),
        start_line: region.start.line,
        start_column: region.start.column,
        end_line: region.end.line,
        end_column: region.end.column,
    }
}
