//! What the exit status says about a run.
//!
//! It knows findings and problems, not how a run came about or how it is shown.

use std::process::ExitCode;

use crate::model::{Report, Severity};

/// The four answers of a run. The numbers are a public contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// No finding at or above the threshold, and everything was looked at.
    Clean = 0,
    /// An open finding at or above the threshold.
    Findings = 1,
    /// The run could not start or go on: usage, configuration, a policy that does not load.
    Failed = 2,
    /// No such finding, but something could not be looked at.
    Incomplete = 3,
}

impl ExitStatus {
    /// The status of a finished run. `fail_on` is the least severity that fails it; `None` never does.
    pub fn of(report: &Report, fail_on: Option<Severity>, allow_incomplete: bool) -> Self {
        // Findings win: a run that is both has something certain to say.
        if fail_on.is_some_and(|least| report.open().any(|finding| finding.severity >= least)) {
            Self::Findings
        } else if report.incomplete() && !allow_incomplete {
            Self::Incomplete
        } else {
            Self::Clean
        }
    }

    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}
