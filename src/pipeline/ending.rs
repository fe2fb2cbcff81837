//! The end of every run: findings are silenced, put into a report, and held against the baseline.
//!
//! It does not know what was judged or where it came from.

use std::sync::Arc;

use super::ScanOptions;
use crate::model::{Coverage, Finding, Problem, Report, Resource, SourceMap};
use crate::{evaluate, filter, policy};

/// What a run comes to its end with.
pub(super) struct Ending<'a> {
    /// What silences, the baseline, and the day.
    pub(super) options: &'a ScanOptions,
    /// The policies that judged.
    pub(super) policies: &'a policy::PolicySet,
    pub(super) sources: Arc<SourceMap>,
    /// Everything that a finding may be about or may stand in.
    pub(super) resources: &'a [Resource],
    /// Those met before anything was judged.
    pub(super) problems: Vec<Problem>,
    /// What was looked at; what judging counts is filled in.
    pub(super) coverage: Coverage,
    /// Tells paths that were looked at, so that what a baseline has there and is not found there is not there.
    pub(super) covered: &'a dyn Fn(&str) -> bool,
}

/// A finished report, and the suppressions that were met.
pub(super) struct Judged {
    pub(super) report: Report,
    pub(super) suppressions: Vec<filter::Noted>,
}

impl Ending<'_> {
    pub(super) fn report(self, mut judged: evaluate::Evaluated) -> Judged {
        let silenced = self.silence(&mut judged.findings);
        let findings = evaluate::merge_environments(judged.findings);
        let coverage = Coverage {
            policies: self.policies.policies().len(),
            evaluations: judged.evaluations,
            undetermined: judged.undetermined,
            ..self.coverage
        };
        let problems = [self.problems, judged.problems, silenced.problems.clone()].concat();
        let mut report = Report::finish(self.sources, findings, problems, self.policies.infos(), coverage);
        report.suppressions = silenced.count(&report.findings);
        evaluate::number_fingerprints(&mut report.findings);
        apply_baseline(&mut report, self.options, self.covered);
        Judged { report, suppressions: silenced.noted }
    }

    /// Marks what comments, annotations and the configuration silence.
    fn silence(&self, findings: &mut [Finding]) -> filter::Silenced {
        let silencing = &self.options.suppress;
        if let Some((path, text)) = &silencing.configuration {
            self.sources.add(path, text.clone());
        }
        let settings = filter::Settings {
            sources: &self.sources,
            policies: &self.policies.infos(),
            known: self.policies.known(),
            closest: &|id| self.policies.closest(id),
            today: self.options.today.as_deref(),
            workspace: self.options.terraform.workspace.as_deref(),
            inline: !silencing.no_inline,
            foreign: !silencing.no_foreign,
            rules: &silencing.rules,
            unsuppressable: &silencing.unsuppressable,
            configuration: silencing.configuration.as_ref().map(|(path, _)| path.as_str()),
        };
        filter::suppress(findings, self.resources, &settings)
    }
}

/// Marks what the baseline knows, where there is one.
fn apply_baseline(report: &mut Report, options: &ScanOptions, covered: &dyn Fn(&str) -> bool) {
    let Some(file) = &options.baseline else { return };
    report.sources.add(&file.path, file.text.clone());
    let settings = filter::BaselineSettings {
        sources: &report.sources,
        policies: &report.policies,
        path: &file.path,
        today: options.today.as_deref(),
        unsuppressable: &options.suppress.unsuppressable,
        covered,
    };
    let notices = filter::apply_baseline(&mut report.findings, &file.baseline, &settings);
    report.add_problems(notices);
}
