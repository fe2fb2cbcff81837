//! Every flag and command, as clap sees them.
//!
//! Types only: what a flag does is decided by the command that reads it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::args_live::{DriftArgs, LiveArgs};
use super::args_policy::PolicyCommand;
pub(super) use super::args_report::{ConvertArgs, ReportArgs, SilencingArgs};
use super::help::{
    BASELINE_HELP, COMPLETIONS_HELP, DRIFT_HELP, LIVE_HELP, MAN_HELP, POLICY_HELP, SCAN_HELP, START, START_LONG,
};

/// Policy-as-code compliance and drift scanner: one policy, judged against infrastructure as declared, as recorded and as it is.
#[derive(Debug, Parser)]
#[command(name = "stanchion", version, propagate_version = true, after_help = START, after_long_help = START_LONG, max_term_width = 110)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) shared: Shared,
}

const EXIT_STATUS: &str = "Exit status:
  0  no findings at or above --fail-on, and everything was looked at
  1  findings at or above --fail-on
  2  could not run: usage, configuration, a policy that does not load
  3  no such findings, but something could not be looked at (0 with --allow-incomplete)";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Judge everything below the given paths
    #[command(after_help = EXIT_STATUS, after_long_help = SCAN_HELP)]
    Scan(Box<ScanArgs>),
    /// Judge a live AWS account, a whole organization, or a snapshot of one; it only reads
    #[command(after_help = EXIT_STATUS, after_long_help = LIVE_HELP)]
    Live(Box<LiveArgs>),
    /// Compare what is recorded with what is live, and judge the differences
    #[command(after_help = EXIT_STATUS, after_long_help = DRIFT_HELP)]
    Drift(Box<DriftArgs>),
    /// Keep the file of findings that are known and do not count
    #[command(after_help = BASELINE_HELP)]
    Baseline(BaselineCommand),
    /// Write an earlier JSON report in other formats, without scanning again
    Convert(Box<ConvertArgs>),
    /// Show what the policies are and say, and try your own
    #[command(after_help = POLICY_HELP)]
    Policy(PolicyCommand),
    /// Print a completion script for a shell
    #[command(after_help = COMPLETIONS_HELP)]
    Completions {
        /// The shell that will read it
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print a manual page
    #[command(after_help = MAN_HELP)]
    Man {
        /// The command to describe, such as `scan` or `policy list`; the program itself by default
        command: Vec<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Shell {
    Bash,
    Elvish,
    Fish,
    Nushell,
    Powershell,
    Zsh,
}

/// Flags of every command.
#[derive(Debug, Args)]
pub(super) struct Shared {
    /// When to use colours (auto also heeds `NO_COLOR`, `FORCE_COLOR`, `CLICOLOR` and `CLICOLOR_FORCE`)
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN", help_heading = "Output")]
    pub(super) color: ColorChoice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorChoice {
    Auto,
    Always,
    Never,
}

/// Where settings come from.
#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    /// Read this configuration instead of the `stanchion.toml` found upward to the repository's root
    #[arg(long, value_name = "FILE", conflicts_with = "isolated", help_heading = "Configuration")]
    pub(super) config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, help_heading = "Configuration")]
    pub(super) isolated: bool,
}

/// Which policies run.
#[derive(Debug, Args)]
pub(super) struct SelectArgs {
    /// Add the policies below a folder (may be repeated)
    #[arg(long, value_name = "DIR", help_heading = "Policies")]
    pub(super) policy: Vec<PathBuf>,
    /// Run only policies with these ids or globs, instead of the configuration's (may be repeated, or separated by commas)
    #[arg(long, value_name = "ID", value_delimiter = ',', help_heading = "Policies")]
    pub(super) select: Vec<String>,
    /// Leave out policies with these ids or globs, instead of the configuration's (may be repeated, or separated by commas)
    #[arg(long, value_name = "ID", value_delimiter = ',', help_heading = "Policies")]
    pub(super) ignore: Vec<String>,
    /// Run only policies of these families, such as secrets or encryption (may be repeated, or separated by commas)
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Policies")]
    pub(super) family: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct ScanArgs {
    /// Files and folders to judge
    #[arg(default_value = ".")]
    pub(super) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) report: ReportArgs,

    #[command(flatten)]
    pub(super) select: SelectArgs,

    /// Count only what is new since this branch, tag or commit: since its merge base with HEAD
    #[arg(long, value_name = "REF", help_heading = "Change")]
    pub(super) diff_base: Option<String>,
    /// Judge what is staged instead of the working directory; given files are judged as with --only-touching
    #[arg(long, help_heading = "Change")]
    pub(super) staged: bool,
    /// Take the given paths as touched: judge the modules and manifests they take part in, count only what touches them
    #[arg(long, help_heading = "Change")]
    pub(super) only_touching: bool,

    #[command(flatten)]
    pub(super) silencing: SilencingArgs,

    /// Read values of Terraform variables from a file, after those of the configuration (may be repeated)
    #[arg(long, value_name = "FILE", help_heading = "Inputs")]
    pub(super) var_file: Vec<PathBuf>,
    /// Set a Terraform variable (may be repeated)
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_var, help_heading = "Inputs")]
    pub(super) var: Vec<(String, String)>,
    /// The Terraform workspace to judge
    #[arg(long, value_name = "NAME", help_heading = "Inputs")]
    pub(super) workspace: Option<String>,
    /// Where the code of an external Terraform module is, by its source address or a glob (may be repeated)
    #[arg(long, value_name = "SOURCE=DIR", value_parser = parse_module, help_heading = "Inputs")]
    pub(super) module: Vec<(String, PathBuf)>,
    /// The root module that a plan was made from, for the places of findings; looked for at and above the plan by default
    #[arg(long, value_name = "DIR", help_heading = "Inputs")]
    pub(super) source: Option<PathBuf>,
    /// Judge Terraform states found in folders, too; one given by name is always judged
    #[arg(long, help_heading = "Inputs")]
    pub(super) include_state: bool,
    /// Leave out files that match a glob, instead of the configuration's (may be repeated)
    #[arg(long, value_name = "GLOB", help_heading = "Inputs")]
    pub(super) exclude: Vec<String>,
    /// Do not read larger files; such as 20MB (default)
    #[arg(long, value_name = "SIZE", value_parser = crate::config::parse_size, help_heading = "Inputs")]
    pub(super) max_file_size: Option<u64>,
    /// Number of threads; one for each core by default
    #[arg(long, value_name = "N", value_parser = parse_jobs, help_heading = "Inputs")]
    pub(super) jobs: Option<usize>,

    #[command(flatten)]
    pub(super) config: ConfigArgs,
}

#[derive(Debug, Args)]
pub(super) struct BaselineCommand {
    #[command(subcommand)]
    pub(super) action: BaselineAction,
}

#[derive(Debug, Subcommand)]
pub(super) enum BaselineAction {
    /// Write down every finding that is open now; takes the flags of `scan`
    Create {
        #[command(flatten)]
        new: NewEntries,
        /// Write over a file that is there already
        #[arg(long, help_heading = "Baseline")]
        force: bool,
        #[command(flatten)]
        scan: Box<ScanArgs>,
    },
    /// Drop what is gone and renew the places of what is left; takes the flags of `scan`
    Update {
        /// Add findings that are new, too
        #[arg(long, help_heading = "Baseline")]
        allow_new: bool,
        #[command(flatten)]
        new: NewEntries,
        #[command(flatten)]
        scan: Box<ScanArgs>,
    },
    /// Drop what is gone and leave the rest as it is; takes the flags of `scan`
    Prune {
        #[command(flatten)]
        scan: Box<ScanArgs>,
    },
    /// List what the file holds
    Show {
        /// The file; the configuration's by default, else stanchion-baseline.toml
        #[arg(long, value_name = "FILE")]
        baseline: Option<PathBuf>,
        #[command(flatten)]
        config: ConfigArgs,
    },
}

/// What is noted of findings that come into a baseline.
#[derive(Debug, Args)]
pub(super) struct NewEntries {
    /// Why they are let be
    #[arg(long, value_name = "TEXT", help_heading = "Baseline")]
    pub(super) reason: Option<String>,
    /// The last day on which they do not count, such as 2027-01-31
    #[arg(long, value_name = "DAY", value_parser = parse_day, help_heading = "Baseline")]
    pub(super) until: Option<String>,
}

pub(super) fn parse_var(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".into()),
    }
}

/// A source may hold `=` itself, in `?ref=v1`.
fn parse_module(text: &str) -> Result<(String, PathBuf), String> {
    match text.rsplit_once('=') {
        Some((source, dir)) if !source.trim().is_empty() && !dir.trim().is_empty() => {
            Ok((source.trim().to_owned(), dir.trim().into()))
        }
        _ => Err("write it as SOURCE=DIR".into()),
    }
}

fn parse_day(text: &str) -> Result<String, String> {
    let parts: Vec<Option<u32>> = text.split('-').map(|part| part.parse().ok()).collect();
    match parts.as_slice() {
        [Some(_), Some(1..=12), Some(1..=31)] if text.len() == 10 => Ok(text.to_owned()),
        _ => Err("write it as 2027-01-31".into()),
    }
}

pub(super) fn parse_jobs(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|jobs| (1..=1024).contains(jobs)).ok_or_else(|| "give a number from 1 to 1024".into())
}
