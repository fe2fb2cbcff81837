//! One renderer per output format: a finished report in, bytes out.
//!
//! A renderer never decides and never reorders what the report says; it may leave out what the [`View`] hides. This room
//! does not know files, terminals or exit statuses.

mod concise;
mod escape;
mod group;
mod json;
mod json_drift;
mod mask;
mod pretty;
pub mod sarif;
mod text;

use std::io::{self, Write};
use std::str::FromStr;

use crate::model::{Finding, Report, Severity, Status, Verdict};

pub use escape::visible;

/// Writes a report in one format.
pub trait Renderer {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<()>;
}

/// The output formats there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people: source snippets and a summary.
    Text,
    /// One line per finding.
    Concise,
    /// The `stanchion/v1` contract.
    Json,
    /// SARIF 2.1.0, as code scanning services read it.
    Sarif,
}

impl Format {
    pub const ALL: [Self; 4] = [Self::Text, Self::Concise, Self::Json, Self::Sarif];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Sarif => "sarif",
        }
    }

    pub fn renderer(self, view: View) -> Box<dyn Renderer> {
        match self {
            Self::Text => Box::new(text::Text::new(view)),
            Self::Concise => Box::new(concise::Concise::new(view)),
            Self::Json => Box::new(json::Json::new(view)),
            Self::Sarif => Box::new(sarif::Sarif::new(view)),
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|format| format.as_str() == text).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|format| format.as_str()).collect();
            format!("unknown format '{text}': use one of {}", known.join(", "))
        })
    }
}

/// What of a report is shown. It never changes what counts.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct View {
    pub min_severity: Severity,
    /// List findings whose verdict is undetermined (they are always counted).
    pub show_undetermined: bool,
    /// ANSI styles, for the formats that have any.
    pub color: bool,
    /// Findings and problems only, no summary.
    pub quiet: bool,
    /// Notices and silenced findings too.
    pub verbose: bool,
    /// Silenced findings in SARIF, marked as such; code scanning services show them as open.
    pub sarif_suppressed: bool,
}

impl Default for View {
    fn default() -> Self {
        Self {
            min_severity: Severity::Low,
            show_undetermined: false,
            color: false,
            quiet: false,
            verbose: false,
            sarif_suppressed: false,
        }
    }
}

impl View {
    /// Whether a finding is listed at all, whatever its status.
    fn lists(self, finding: &Finding) -> bool {
        finding.severity >= self.min_severity && (finding.verdict == Verdict::Fail || self.show_undetermined)
    }

    /// Whether a finding is listed among those that need attention.
    fn lists_open(self, finding: &Finding) -> bool {
        self.lists(finding) && finding.status == Status::Open
    }
}

/// The number of findings that are undetermined and not silenced.
fn undetermined(report: &Report) -> usize {
    report.findings.iter().filter(|f| f.verdict == Verdict::Undetermined && f.status == Status::Open).count()
}

/// The number of failed findings with a status other than open that `matches`.
fn silenced(report: &Report, matches: impl Fn(&Status) -> bool) -> usize {
    report.findings.iter().filter(|f| f.verdict == Verdict::Fail && matches(&f.status)).count()
}

/// A number and its noun: `1 file`, `2 files`.
fn counted(number: usize, singular: &str, plural: &str) -> String {
    format!("{number} {}", if number == 1 { singular } else { plural })
}

/// `7 findings: 1 critical, 2 high, 4 low`, the headline of a run.
pub fn headline(report: &Report) -> String {
    let open = report.open().count();
    if open == 0 {
        return "no findings".into();
    }
    let counts: Vec<String> = Severity::ALL
        .into_iter()
        .map(|severity| (report.count_open(severity), severity))
        .filter(|&(count, _)| count > 0)
        .map(|(count, severity)| format!("{count} {severity}"))
        .collect();
    format!("{}: {}", counted(open, "finding", "findings"), counts.join(", "))
}
