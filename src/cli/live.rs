//! `stanchion live`: flags to what is collected and judged, a report to its renderers.
//!
//! It does not know AWS.

use std::io::Write;
use std::sync::Arc;

use super::args::Shared;
use super::args_live::{AwsArgs, CollectArgs, LiveArgs};
use super::drift::{account_options, states};
use super::scan::{Showing, load_config, wants_progress};
use super::{Env, Stop, output};
use crate::exit::ExitStatus;
use crate::pipeline::{self, Event, Inputs, LiveOptions, Organization, Settings};

pub(super) fn run(
    env: &Env,
    shared: &Shared,
    args: &LiveArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitStatus, Stop> {
    let account = &args.account;
    let aws = &account.collect.aws;
    if args.print_iam_policy {
        out.write_all(pipeline::iam_policy(aws.org, aws.last_accessed.is_some()).as_bytes())?;
        return Ok(ExitStatus::Clean);
    }
    let targets = output::checked(&account.report.formats, &env.cwd)?;
    let config = load_config(env, &account.config, account.report.verbose, err)?;
    let showing = Showing::new(env, shared, &account.report, &config, targets);
    let (states, piped) = states(env, &account.written)?;
    let options = LiveOptions {
        scan: account_options(env, account, config)?,
        inputs: inputs(&account.collect),
        states,
        piped,
        snapshot_out: account.collect.snapshot_out.clone(),
    };
    let report = told_on_a_bar(wants_progress(env, &account.report), |told| pipeline::live(&options, told));
    showing.show(&report?, out, err)
}

/// Runs `work` with a bar that shows how the collection goes, where somebody watches.
pub(super) fn told_on_a_bar<T>(watched: bool, work: impl FnOnce(Box<dyn Fn(Event) + Send + Sync>) -> T) -> T {
    let bar = watched.then(bar).map(Arc::new);
    let shown = bar.clone();
    let out = work(Box::new(move |event| {
        if let Some(bar) = &shown {
            tell(bar, event);
        }
    }));
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    out
}

/// Where the inventory comes from.
pub(super) fn inputs(args: &CollectArgs) -> Inputs {
    match (&args.snapshot, &args.query) {
        (Some(path), _) => Inputs::Snapshot(path.clone()),
        (None, Some(path)) => Inputs::Query(path.clone()),
        (None, None) => Inputs::Aws(Box::new(settings(&args.aws))),
    }
}

fn settings(args: &AwsArgs) -> Settings {
    let organization = args.org.then(|| Organization {
        role: args.role_name.clone().unwrap_or_default(),
        external_id: args.external_id.clone(),
        include_accounts: args.include_account.clone(),
        exclude_accounts: args.exclude_account.clone(),
        include_units: args.include_ou.clone(),
        exclude_units: args.exclude_ou.clone(),
    });
    Settings {
        profile: args.profile.clone(),
        regions: args.region.clone(),
        organization,
        aggregator: args.aggregator.clone(),
        timeout: args.timeout,
        last_accessed: args.last_accessed,
        rates: args.max_rate.iter().cloned().collect(),
        ..Settings::default()
    }
}

fn bar() -> indicatif::ProgressBar {
    let bar = indicatif::ProgressBar::new(0);
    if let Ok(style) = indicatif::ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar
}

fn tell(bar: &indicatif::ProgressBar, event: Event) {
    match event {
        Event::Planned(more) => bar.inc_length(u64::try_from(more).unwrap_or(0)),
        Event::Done { account, region, kind } => {
            bar.inc(1);
            bar.set_message(format!("{account} {region} {kind}"));
        }
    }
}
