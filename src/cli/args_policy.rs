//! The flags of `stanchion policy`, as clap sees them.
//!
//! Types only: what a flag does is decided by the command that reads it.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::args::{ConfigArgs, SelectArgs};
use super::help::TEST_HELP;

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
    /// Try policies on fixtures that mark what must be found in them
    #[command(after_help = TEST_HELP)]
    Test {
        /// Folders of policies, or files in them; the shipped policies if none is given
        paths: Vec<PathBuf>,
        /// Where fixtures lie, instead of `fixtures` in or beside each folder (may be repeated)
        #[arg(long, value_name = "DIR", help_heading = "Inputs")]
        fixtures: Vec<PathBuf>,
    },
    /// Print a reference of the policies, in Markdown
    Docs {
        #[command(flatten)]
        select: SelectArgs,
        #[command(flatten)]
        config: ConfigArgs,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    Table,
    Json,
}
