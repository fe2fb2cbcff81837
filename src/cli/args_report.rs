//! Flags about reports: what is shown, in which formats, and what silences findings.
//!
//! Types only: what a flag does is decided by the command that reads it.

use std::path::PathBuf;

use clap::Args;

use super::output::Target;
use crate::config::FailOn;
use crate::model::Severity;

/// What is shown of a report, and what it makes of the exit status.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct ReportArgs {
    /// Write the report as text, concise, json, sarif, github, junit, gitlab, markdown or html, to a file if one is given
    /// (may be repeated; text by default)
    #[arg(long = "format", value_name = "FORMAT[=FILE]", help_heading = "Output")]
    pub(super) formats: Vec<Target>,
    /// Do not list findings below this severity; they still count
    #[arg(long, value_name = "SEVERITY", help_heading = "Output")]
    pub(super) min_severity: Option<Severity>,
    /// List findings whose verdict depends on values that are not known (in all formats but sarif and gitlab)
    #[arg(long, help_heading = "Output")]
    pub(super) show_undetermined: bool,
    /// Write silenced findings to SARIF too, marked as such; GitHub shows them as open alerts
    #[arg(long, help_heading = "Output")]
    pub(super) sarif_include_suppressed: bool,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
    /// Write counts and the exit status to a file, as lines of NAME=VALUE for scripts
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(super) summary_out: Option<PathBuf>,
    /// Show no progress on the terminal
    #[arg(long, help_heading = "Output")]
    pub(super) no_progress: bool,
    /// Print findings and problems only
    #[arg(long, short, conflicts_with = "verbose", help_heading = "Output")]
    pub(super) quiet: bool,
    /// Print notices and silenced findings too, and which configuration is used
    #[arg(long, short, help_heading = "Output")]
    pub(super) verbose: bool,

    /// Fail (exit status 1) on findings of at least this severity: critical, high, medium, low (default) or never
    #[arg(long, value_name = "SEVERITY", help_heading = "Outcome")]
    pub(super) fail_on: Option<FailOn>,
    /// Succeed even though something could not be looked at
    #[arg(long, help_heading = "Outcome")]
    pub(super) allow_incomplete: bool,
}

/// What single formats say, and how much.
#[derive(Debug, Args)]
pub(super) struct LimitArgs {
    /// Say in SARIF whether each result is new; what the base or the baseline knows is then a result, too
    #[arg(long, help_heading = "Output")]
    pub(super) sarif_baseline_state: bool,
    /// Write at most so many results to SARIF, the most severe ones (5000 by default)
    #[arg(long, value_name = "N", value_parser = parse_results, help_heading = "Output")]
    pub(super) sarif_max_results: Option<usize>,
    /// Write at most so much Markdown, such as 65000 for a comment (900KB by default)
    #[arg(long, value_name = "SIZE", value_parser = parse_markdown, help_heading = "Output")]
    pub(super) markdown_limit: Option<usize>,
}

/// What becomes of an earlier report.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct ConvertArgs {
    /// A report that `--format json` wrote; - for standard input
    #[arg(value_name = "REPORT")]
    pub(super) report: PathBuf,
    /// Write it as text, concise, json, sarif, github, junit, gitlab, markdown or html, to a file if one is given (may be repeated)
    #[arg(long = "to", value_name = "FORMAT[=FILE]", required = true)]
    pub(super) formats: Vec<Target>,
    /// Do not list findings below this severity
    #[arg(long, value_name = "SEVERITY")]
    pub(super) min_severity: Option<Severity>,
    /// List findings whose verdict depends on values that are not known, if the report has them
    #[arg(long)]
    pub(super) show_undetermined: bool,
    /// Write silenced findings to SARIF too, marked as such; GitHub shows them as open alerts
    #[arg(long)]
    pub(super) sarif_include_suppressed: bool,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
    /// Print findings and problems only
    #[arg(long, short, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Print notices and silenced findings too
    #[arg(long, short)]
    pub(super) verbose: bool,
}

/// What may silence findings.
#[derive(Debug, Args)]
pub(super) struct SilencingArgs {
    /// Do not count the findings in this file, which `stanchion baseline create` writes
    #[arg(long, value_name = "FILE", help_heading = "Outcome")]
    pub(super) baseline: Option<PathBuf>,
    /// Heed no suppressions in comments and annotations
    #[arg(long, help_heading = "Outcome")]
    pub(super) no_inline: bool,
}

fn parse_results(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|most| (1..=25_000).contains(most)).ok_or_else(|| "give a number from 1 to 25000".into())
}

fn parse_markdown(text: &str) -> Result<usize, String> {
    let bytes = usize::try_from(crate::config::parse_size(text)?).unwrap_or(usize::MAX);
    if bytes < 10_000 { Err("give at least 10KB".into()) } else { Ok(bytes) }
}
