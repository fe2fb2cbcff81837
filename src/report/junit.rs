//! `JUnit` XML, as the servers that run builds show test results: a suite for each file, a case for each finding.
//!
//! What counts is a failure, what is silenced or undetermined is skipped with the reason, what could not be looked at is an
//! error. It does not know policies that hold: they are counted, not kept.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use super::xml::escaped;
use super::{Renderer, View, advice};
use crate::model::{Finding, Report, Status, Verdict, display_path};

/// See the module.
#[derive(Debug)]
pub(super) struct Junit {
    view: View,
}

impl Junit {
    pub(super) const fn new(view: View) -> Self {
        Self { view }
    }
}

/// The cases of one file, and how many are what.
#[derive(Default)]
struct Suite {
    cases: Vec<String>,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Renderer for Junit {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<Option<String>> {
        let mut suites: BTreeMap<Arc<str>, Suite> = BTreeMap::new();
        for finding in report.findings.iter().filter(|finding| self.view.lists(finding)) {
            let path = report.sources.path(finding.span);
            let suite = suites.entry(path.clone()).or_default();
            suite.cases.push(case(report, finding, &path));
            let counts = finding.verdict == Verdict::Fail && finding.status == Status::Open;
            *(if counts { &mut suite.failures } else { &mut suite.skipped }) += 1;
        }
        for problem in report.problems.iter().filter(|problem| problem.incomplete) {
            let path = problem.span.map_or_else(|| problem.subject.as_str().into(), |span| report.sources.path(span));
            let line = problem.span.map(|span| report.sources.region(span).start.line);
            let suite = suites.entry(path.clone()).or_default();
            suite.errors += 1;
            let about = if problem.subject.is_empty() { problem.stage.as_str() } else { &problem.subject };
            let (stage, message) = (problem.stage, escaped(&problem.message));
            let opening = opening(&format!("not looked at: {about}"), &path, line);
            suite
                .cases
                .push(format!("{opening}\n      <error type=\"{stage}\" message=\"{message}\"/>\n    </testcase>"));
        }
        if suites.values().all(|suite| suite.failures + suite.errors == 0) {
            // Some servers take a report without a test that passed for a build that did not test.
            let case = "    <testcase name=\"no policy fails\" classname=\"stanchion\" time=\"0\"/>";
            suites.entry("stanchion".into()).or_default().cases.push(case.into());
        }
        let sum = |of: fn(&Suite) -> usize| suites.values().map(of).sum::<usize>();
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(
            out,
            "<testsuites name=\"stanchion\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"0\">",
            sum(|suite| suite.cases.len()),
            sum(|suite| suite.failures),
            sum(|suite| suite.errors),
            sum(|suite| suite.skipped),
        )?;
        for (path, suite) in &suites {
            let name = if path.is_empty() { "stanchion".into() } else { escaped(path) };
            let (tests, failures, errors, skipped) = (suite.cases.len(), suite.failures, suite.errors, suite.skipped);
            writeln!(
                out,
                "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"0\">"
            )?;
            for case in &suite.cases {
                writeln!(out, "{case}")?;
            }
            writeln!(out, "  </testsuite>")?;
        }
        writeln!(out, "</testsuites>")?;
        Ok(None)
    }
}

fn opening(name: &str, path: &str, line: Option<u32>) -> String {
    let class = if path.is_empty() { "stanchion".into() } else { escaped(path) };
    let file = if path.is_empty() { String::new() } else { format!(" file=\"{class}\"") };
    let line = line.map(|line| format!(" line=\"{line}\"")).unwrap_or_default();
    format!("    <testcase name=\"{}\" classname=\"{class}\"{file}{line} time=\"0\">", escaped(name))
}

fn case(report: &Report, finding: &Finding, path: &str) -> String {
    let start = report.sources.region(finding.span).start;
    let attribute = display_path(&finding.attribute);
    let attribute = if attribute.is_empty() { attribute } else { format!(" {attribute}") };
    let name = format!("{}: {}{attribute}", finding.policy, finding.address);
    let opening = opening(&name, path, Some(start.line));
    let silenced = match (&finding.status, finding.verdict) {
        (Status::Open, Verdict::Fail) => None,
        (Status::Open, Verdict::Undetermined) => Some(format!("undetermined: {}", causes(finding))),
        (status, _) => {
            let reason = status.reason().map(|reason| format!(": {reason}")).unwrap_or_default();
            Some(format!("{}{reason}", status.as_str()))
        }
    };
    if let Some(why) = silenced {
        return format!("{opening}\n      <skipped message=\"{}\"/>\n    </testcase>", escaped(&why));
    }
    let mut lines = vec![format!("at {}:{}:{}", escaped(path), start.line, start.column)];
    lines.push(format!("resource: {}", escaped(&finding.address)));
    if !finding.environments.is_empty() {
        let names: Vec<String> = finding.environments.iter().map(|name| escaped(name)).collect();
        lines.push(format!("environments: {}", names.join(", ")));
    }
    lines.extend(finding.causes.iter().map(|cause| format!("cause: {}", escaped(cause))));
    for related in &finding.related {
        let start = report.sources.region(related.span).start;
        let path = escaped(&report.sources.path(related.span));
        lines.push(format!("{}: {path}:{}:{}", escaped(&related.message), start.line, start.column));
    }
    if let Some(advice) = report.policy(&finding.policy).and_then(advice::sentence) {
        lines.push(format!("help: {}", escaped(&advice)));
        lines.push(format!("run: stanchion policy explain {}", escaped(&finding.policy)));
    }
    let (severity, message) = (finding.severity, escaped(&finding.message));
    let body = lines.join("\n        ");
    format!(
        "{opening}\n      <failure type=\"{severity}\" message=\"{message}\">\n        {body}\n      </failure>\n    </testcase>"
    )
}

fn causes(finding: &Finding) -> String {
    finding.causes.iter().map(|cause| &**cause).collect::<Vec<_>>().join("; ")
}
