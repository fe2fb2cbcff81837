//! One line per finding: `path:line:col: severity[policy] message (address)`.
//!
//! It does not know snippets or summaries.

use std::io::{self, Write};

use super::escape::{bounded, visible};
use super::{Renderer, View};
use crate::model::{Report, Span, Verdict};

/// See the module.
#[derive(Debug)]
pub(super) struct Concise {
    view: View,
}

impl Concise {
    pub(super) const fn new(view: View) -> Self {
        Self { view }
    }
}

impl Renderer for Concise {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<Option<String>> {
        for finding in report.findings.iter().filter(|f| self.view.lists_open(f)) {
            let word = match finding.verdict {
                Verdict::Fail => finding.severity.as_str(),
                Verdict::Undetermined => "undetermined",
            };
            let (policy, message) = (visible(&finding.policy), bounded(&finding.message));
            let address = bounded(&finding.address);
            let environments: Vec<String> = finding.environments.iter().map(|name| bounded(name)).collect();
            let environments =
                if environments.is_empty() { String::new() } else { format!(" in {}", environments.join(", ")) };
            writeln!(out, "{}: {word}[{policy}] {message} ({address}){environments}", place(report, finding.span))?;
        }
        for problem in report.problems.iter().filter(|p| p.incomplete || self.view.verbose) {
            let place = problem.span.map_or_else(|| bounded(&problem.subject), |span| place(report, span));
            let word = if problem.incomplete { "problem" } else { "notice" };
            writeln!(out, "{place}: {word}[{}] {}", problem.stage, bounded(&problem.message))?;
        }
        Ok(None)
    }
}

fn place(report: &Report, span: Span) -> String {
    let start = report.sources.region(span).start;
    format!("{}:{}:{}", visible(&report.sources.path(span)), start.line, start.column)
}
