//! Flags about accounts: what of them is read and how, and what is written down about them.
//!
//! Types only, as in `args`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::args::{ConfigArgs, SelectArgs, parse_jobs, parse_var};
use super::args_report::{ReportArgs, SilencingArgs};

/// What is written down about an account: where findings belong.
#[derive(Debug, Args)]
pub(super) struct WrittenArgs {
    /// Directories of the Terraform source, for the places of findings and for what the code itself says
    #[arg(value_name = "DIR")]
    pub(super) source: Vec<PathBuf>,
    /// A state, a folder of states, a glob, or - for standard input (may be repeated)
    #[arg(long, value_name = "PATH", help_heading = "Records")]
    pub(super) state: Vec<PathBuf>,
    /// Do not read larger files; such as 20MB (default 256MB)
    #[arg(long, value_name = "SIZE", value_parser = crate::config::parse_size, help_heading = "Records")]
    pub(super) max_file_size: Option<u64>,
    /// Read values of Terraform variables from a file, after those of the configuration (may be repeated)
    #[arg(long, value_name = "FILE", help_heading = "Records")]
    pub(super) var_file: Vec<PathBuf>,
    /// Set a Terraform variable (may be repeated)
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_var, help_heading = "Records")]
    pub(super) var: Vec<(String, String)>,
    /// The Terraform workspace of the source
    #[arg(long, value_name = "NAME", help_heading = "Records")]
    pub(super) workspace: Option<String>,
}

/// Where live resources come from.
#[derive(Debug, Args)]
pub(super) struct CollectArgs {
    /// Judge what a snapshot holds instead of asking AWS
    #[arg(long, value_name = "FILE", conflicts_with_all = ["query", "AwsArgs"], help_heading = "Source")]
    pub(super) snapshot: Option<PathBuf>,
    /// Judge the output of `terraform query -json` instead of asking AWS
    #[arg(long, value_name = "FILE", conflicts_with = "AwsArgs", help_heading = "Source")]
    pub(super) query: Option<PathBuf>,
    /// Write what was read to a file, without secrets; --snapshot judges it again
    #[arg(long, value_name = "FILE", help_heading = "Source")]
    pub(super) snapshot_out: Option<PathBuf>,

    #[command(flatten)]
    pub(super) aws: AwsArgs,
}

/// Whom to ask for what, and how fast.
#[derive(Debug, Args)]
pub(super) struct AwsArgs {
    /// Read this region instead of all that are enabled (may be repeated, or separated by commas)
    #[arg(long, value_name = "REGION", value_delimiter = ',', help_heading = "AWS")]
    pub(super) region: Vec<String>,
    /// Use this profile of the AWS configuration files
    #[arg(long, value_name = "NAME", help_heading = "AWS")]
    pub(super) profile: Option<String>,
    /// Ask this aggregator of AWS Config for all of its accounts, instead of each account
    #[arg(long, value_name = "NAME", help_heading = "AWS")]
    pub(super) aggregator: Option<String>,
    /// End after this long and keep what was read, such as 90s, 10m or 1h
    #[arg(long, value_name = "TIME", value_parser = parse_time, help_heading = "AWS")]
    pub(super) timeout: Option<Duration>,
    /// Call a service at most so often per second, in each account and region: config, cloudcontrol, iam, organizations,
    /// account or sts (may be repeated)
    #[arg(long, value_name = "SERVICE=N", value_parser = parse_rate, help_heading = "AWS")]
    pub(super) max_rate: Vec<(String, f64)>,
    /// Ask which services each role and user may use and last used when, with at most so many calls in each account; each
    /// takes two or more, and who may do most comes first
    #[arg(long, value_name = "CALLS", value_parser = parse_calls, help_heading = "AWS")]
    pub(super) last_accessed: Option<usize>,

    /// Read the accounts of the organization
    #[arg(long, requires = "role_name", help_heading = "Organization")]
    pub(super) org: bool,
    /// The role to assume in each account
    #[arg(long, value_name = "ROLE", requires = "org", help_heading = "Organization")]
    pub(super) role_name: Option<String>,
    /// The external id that the role asks for
    #[arg(long, value_name = "ID", requires = "org", help_heading = "Organization")]
    pub(super) external_id: Option<String>,
    /// Read only these accounts (may be repeated, or separated by commas)
    #[arg(long, value_name = "ID", value_delimiter = ',', requires = "org", help_heading = "Organization")]
    pub(super) include_account: Vec<String>,
    /// Leave out accounts (may be repeated, or separated by commas)
    #[arg(long, value_name = "ID", value_delimiter = ',', requires = "org", help_heading = "Organization")]
    pub(super) exclude_account: Vec<String>,
    /// Read only accounts at or below these organizational units (may be repeated, or separated by commas)
    #[arg(long, value_name = "ID", value_delimiter = ',', requires = "org", help_heading = "Organization")]
    pub(super) include_ou: Vec<String>,
    /// Leave out accounts at or below organizational units (may be repeated, or separated by commas)
    #[arg(long, value_name = "ID", value_delimiter = ',', requires = "org", help_heading = "Organization")]
    pub(super) exclude_ou: Vec<String>,
}

fn parse_time(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let seconds = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => 0,
    };
    let time = number.parse::<u64>().ok().and_then(|number| number.checked_mul(seconds)).filter(|time| *time > 0);
    time.map(Duration::from_secs).ok_or_else(|| "write it as 90s, 10m or 1h".into())
}

fn parse_calls(text: &str) -> Result<usize, String> {
    let calls = text.parse().ok().filter(|calls| *calls >= 2);
    calls.ok_or_else(|| "give a number of calls from 2 up: each role and user takes two or more".into())
}

/// A misspelt service would be called as fast as ever.
fn parse_rate(text: &str) -> Result<(String, f64), String> {
    const SERVICES: [&str; 6] = ["account", "cloudcontrol", "config", "iam", "organizations", "sts"];
    let (service, rate) = text.split_once('=').ok_or("write it as SERVICE=N, as in cloudcontrol=5")?;
    if !SERVICES.contains(&service) {
        let hint = crate::config::did_you_mean(service, SERVICES);
        return Err(format!("there is no service '{service}'{hint}; they are {}", SERVICES.join(", ")));
    }
    let rate = rate.parse::<f64>().ok().filter(|rate| rate.is_finite() && (0.5..=1000.0).contains(rate));
    Ok((service.to_owned(), rate.ok_or("give a number of calls per second from 0.5 to 1000")?))
}

/// What all commands about accounts take.
#[derive(Debug, Args)]
pub(super) struct AccountArgs {
    #[command(flatten)]
    pub(super) written: WrittenArgs,
    #[command(flatten)]
    pub(super) collect: CollectArgs,
    #[command(flatten)]
    pub(super) report: ReportArgs,
    #[command(flatten)]
    pub(super) silencing: SilencingArgs,
    #[command(flatten)]
    pub(super) select: SelectArgs,
    /// Number of threads; one for each core by default
    #[arg(long, value_name = "N", value_parser = parse_jobs, help_heading = "Inputs")]
    pub(super) jobs: Option<usize>,
    #[command(flatten)]
    pub(super) config: ConfigArgs,
}

#[derive(Debug, Args)]
pub(super) struct LiveArgs {
    #[command(flatten)]
    pub(super) account: AccountArgs,
    /// Print the IAM policy that allows exactly the calls of this command, and end; with --org that of its account
    #[arg(long, help_heading = "AWS")]
    pub(super) print_iam_policy: bool,
}

#[derive(Debug, Args)]
pub(super) struct DriftArgs {
    #[command(flatten)]
    pub(super) account: AccountArgs,
    /// A plan as `terraform show -json` writes it, for what it found changed outside of Terraform (may be repeated)
    #[arg(long, value_name = "FILE", help_heading = "Records")]
    pub(super) plan: Vec<PathBuf>,
    /// Tell only what is new, and what was fixed, since an earlier JSON report of drift or an earlier snapshot
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(super) since: Option<PathBuf>,
}
