//! What could not be looked at. A problem is data: it is in the report, in SARIF notifications and in the exit status.
//!
//! It does not know how problems are shown.

use std::fmt;

use super::source::Span;

/// The stage of the run that met the problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    Config,
    /// Finding and reading inputs.
    Load,
    /// The input's own syntax.
    Parse,
    Evaluate,
    /// Live accounts.
    Collect,
}

impl Stage {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Load => "load",
            Self::Parse => "parse",
            Self::Evaluate => "evaluate",
            Self::Collect => "collect",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that stayed unread or unjudged, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub stage: Stage,
    /// A lower-case sentence with cause and remedy.
    pub message: String,
    pub span: Option<Span>,
    /// What it is about: a path, an address, a policy id.
    pub subject: String,
    /// True when something was left unjudged because of it (exit status 3); false for a mere notice,
    /// such as a duplicate key that the format allows.
    pub incomplete: bool,
}

impl Problem {
    /// A problem that leaves something unjudged.
    pub fn new(stage: Stage, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { stage, message: message.into(), span: None, subject: subject.into(), incomplete: true }
    }

    #[must_use]
    pub const fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// Makes it a notice: worth telling, but nothing was left out.
    #[must_use]
    pub const fn notice(mut self) -> Self {
        self.incomplete = false;
        self
    }
}

/// A value and what was lost on the way to it. Per-input work returns this; `Result` means the run cannot go on.
#[derive(Clone, Debug, Default)]
pub struct Outcome<T> {
    pub value: T,
    pub problems: Vec<Problem>,
}

impl<T> Outcome<T> {
    pub const fn new(value: T) -> Self {
        Self { value, problems: Vec::new() }
    }

    pub const fn with(value: T, problems: Vec<Problem>) -> Self {
        Self { value, problems }
    }
}
