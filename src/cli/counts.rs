//! The numbers of a run as lines of `name=value`, which scripts and CI systems read without a parser.
//!
//! It does not know where they go.

use std::fmt::Write as _;

use crate::exit::ExitStatus;
use crate::model::{Report, Severity, Status, Verdict};

/// Names are a public contract: lines may be added, none may change its meaning.
pub(super) fn lines(report: &Report, status: ExitStatus) -> String {
    let open = report.open().count();
    let outside = report.findings.iter().filter(|f| f.verdict == Verdict::Fail && f.status == Status::OutsideDiff);
    let severities = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
    let highest = severities.into_iter().find(|severity| report.count_open(*severity) > 0);
    let mut text = String::new();
    for (name, value) in [
        ("new", open.to_string()),
        ("fixed", report.diff.as_ref().map_or(0, |diff| diff.fixed.len()).to_string()),
        ("total", (open + outside.count()).to_string()),
        ("highest", highest.map_or("none".into(), |severity| severity.to_string())),
        ("incomplete", report.incomplete().to_string()),
        ("exit-code", status.code().to_string()),
    ] {
        let _ = writeln!(text, "{name}={value}");
    }
    text
}
