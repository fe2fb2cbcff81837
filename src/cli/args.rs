//! Every flag and command, as clap sees them.
//!
//! Types only: what a flag does is decided by the command that reads it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::output::Target;
use crate::config::FailOn;
use crate::model::Severity;

/// Policy-as-code compliance scanner: one policy, judged against infrastructure as declared and as recorded.
#[derive(Debug, Parser)]
#[command(name = "stanchion", version, propagate_version = true, after_help = EXIT_STATUS, max_term_width = 110)]
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
    #[command(after_help = EXIT_STATUS)]
    Scan(Box<ScanArgs>),
    /// Compare what is recorded with what is live, and judge the differences
    #[command(after_help = EXIT_STATUS)]
    Drift(Box<DriftArgs>),
    /// Show what the policies are and say
    Policy(PolicyCommand),
    /// Print a completion script for a shell
    Completions { shell: clap_complete::Shell },
    /// Print a manual page
    Man {
        /// The command to describe, such as `scan` or `policy list`; the program itself by default
        command: Vec<String>,
    },
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
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct ScanArgs {
    /// Files and folders to judge
    #[arg(default_value = ".")]
    pub(super) paths: Vec<PathBuf>,

    /// Write the report as text, concise, json or sarif, to a file if one is given (may be repeated; text by default)
    #[arg(long = "format", value_name = "FORMAT[=FILE]", help_heading = "Output")]
    pub(super) formats: Vec<Target>,
    /// Do not list findings below this severity; they still count
    #[arg(long, value_name = "SEVERITY", help_heading = "Output")]
    pub(super) min_severity: Option<Severity>,
    /// List findings whose verdict depends on values that are not known (text, concise and json)
    #[arg(long, help_heading = "Output")]
    pub(super) show_undetermined: bool,
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

    #[command(flatten)]
    pub(super) select: SelectArgs,

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
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct DriftArgs {
    /// Directories of the Terraform source, for the places of findings and for what the code itself says
    #[arg(value_name = "DIR")]
    pub(super) source: Vec<PathBuf>,

    /// A state, a folder of states, a glob, or - for standard input (may be repeated)
    #[arg(long, value_name = "PATH", help_heading = "Records")]
    pub(super) state: Vec<PathBuf>,
    /// A plan as `terraform show -json` writes it, for what it found changed outside of Terraform (may be repeated)
    #[arg(long, value_name = "FILE", help_heading = "Records")]
    pub(super) plan: Vec<PathBuf>,
    /// What was read of the accounts, as a snapshot
    #[arg(long, value_name = "FILE", help_heading = "Live")]
    pub(super) snapshot: Option<PathBuf>,
    /// Tell only what is new, and what was fixed, since an earlier JSON report of drift or an earlier snapshot
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(super) since: Option<PathBuf>,

    /// Write the report as text, concise, json or sarif, to a file if one is given (may be repeated; text by default)
    #[arg(long = "format", value_name = "FORMAT[=FILE]", help_heading = "Output")]
    pub(super) formats: Vec<Target>,
    /// Do not list findings below this severity; they still count
    #[arg(long, value_name = "SEVERITY", help_heading = "Output")]
    pub(super) min_severity: Option<Severity>,
    /// Show no progress on the terminal
    #[arg(long, help_heading = "Output")]
    pub(super) no_progress: bool,
    /// Print differences and problems only
    #[arg(long, short, conflicts_with = "verbose", help_heading = "Output")]
    pub(super) quiet: bool,
    /// Print notices, silenced differences and those that somebody looks after too
    #[arg(long, short, help_heading = "Output")]
    pub(super) verbose: bool,

    /// Fail (exit status 1) on findings of at least this severity: critical, high, medium, low (default) or never
    #[arg(long, value_name = "SEVERITY", help_heading = "Outcome")]
    pub(super) fail_on: Option<FailOn>,
    /// Succeed even though something could not be compared
    #[arg(long, help_heading = "Outcome")]
    pub(super) allow_incomplete: bool,

    #[command(flatten)]
    pub(super) select: SelectArgs,

    /// Read values of Terraform variables from a file, after those of the configuration (may be repeated)
    #[arg(long, value_name = "FILE", help_heading = "Source")]
    pub(super) var_file: Vec<PathBuf>,
    /// Set a Terraform variable (may be repeated)
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_var, help_heading = "Source")]
    pub(super) var: Vec<(String, String)>,
    /// The Terraform workspace of the source
    #[arg(long, value_name = "NAME", help_heading = "Source")]
    pub(super) workspace: Option<String>,
    /// Do not read larger files; such as 20MB (default)
    #[arg(long, value_name = "SIZE", value_parser = crate::config::parse_size, help_heading = "Records")]
    pub(super) max_file_size: Option<u64>,
    /// Number of threads; one for each core by default
    #[arg(long, value_name = "N", value_parser = parse_jobs, help_heading = "Live")]
    pub(super) jobs: Option<usize>,

    #[command(flatten)]
    pub(super) config: ConfigArgs,
}

#[derive(Debug, Args)]
pub(super) struct PolicyCommand {
    #[command(subcommand)]
    pub(super) action: PolicyAction,
}

#[derive(Debug, Subcommand)]
pub(super) enum PolicyAction {
    /// List the policies that would run
    List {
        /// How to write the list
        #[arg(long, value_enum, default_value_t = ListFormat::Table, value_name = "FORMAT", help_heading = "Output")]
        format: ListFormat,
        #[command(flatten)]
        select: SelectArgs,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Tell what a policy checks, why it matters and what to write instead
    Explain {
        /// The policy's id, as findings show it
        id: String,
        /// Add the policies below a folder (may be repeated)
        #[arg(long, value_name = "DIR", help_heading = "Policies")]
        policy: Vec<PathBuf>,
        #[command(flatten)]
        config: ConfigArgs,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    Table,
    Json,
}

fn parse_var(text: &str) -> Result<(String, String), String> {
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

fn parse_jobs(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|jobs| (1..=1024).contains(jobs)).ok_or_else(|| "give a number from 1 to 1024".into())
}
