//! `stanchion drift`: flags and configuration to options, a report to its renderers, its outcome to an exit status.
//!
//! It does not know what happens in between.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::args::Shared;
use super::args_live::{AccountArgs, DriftArgs, WrittenArgs};
use super::live::{inputs, told_on_a_bar};
use super::output;
use super::scan::{
    MAX_FILE_SIZE, Showing, baseline_file, environment, load_config, policy_options, suppress_options,
    terraform_variables, wants_progress,
};
use super::today::today;
use super::{Env, Stop};
use crate::config::Config;
use crate::exit::ExitStatus;
use crate::model::FixedDrift;
use crate::pipeline::{self, DriftOptions, Earlier, ScanOptions, TerraformOptions};

pub(super) fn run(
    env: &Env,
    shared: &Shared,
    args: &DriftArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitStatus, Stop> {
    let report = &args.account.report;
    let targets = output::checked(&report.formats, &env.cwd)?;
    let config = load_config(env, &args.account.config, report.verbose, err)?;
    let showing = Showing::new(env, shared, report, &config, targets);
    let options = options(env, args, config)?;
    let report = told_on_a_bar(wants_progress(env, report), |told| pipeline::drift(&options, told));
    showing.show(&report?, out, err)
}

fn options(env: &Env, args: &DriftArgs, mut config: Config) -> Result<DriftOptions, Stop> {
    let stop = |message: &str| Err(Stop::Error(message.to_owned()));
    let account = &args.account;
    if account.written.state.is_empty() && args.plan.is_empty() {
        return stop("nothing is recorded: give states with --state or a plan with --plan");
    }
    let (states, piped) = states(env, &account.written)?;
    let read = |path: &Path| {
        let shown = path.display().to_string();
        let file = std::fs::File::open(env.cwd.join(path));
        let mut file =
            file.map_err(|error| Stop::Error(format!("'{shown}' cannot be read ({error}): check the path")))?;
        Ok::<_, Stop>((shown.clone(), read_all(&mut file, &shown)?))
    };
    let since = args.since.as_deref().map(read).transpose()?;
    let since = since.map(|(name, text)| earlier(&name, &text)).transpose()?;
    // A plan alone says itself what was changed.
    let asked = account.collect.snapshot.is_some() || account.collect.query.is_some();
    let live = (asked || !account.written.state.is_empty()).then(|| inputs(&account.collect));
    let ignore = std::mem::take(&mut config.drift_ignore);
    let scan = account_options(env, account, config)?;
    let snapshot_out = account.collect.snapshot_out.clone();
    Ok(DriftOptions { scan, states, piped, plans: args.plan.clone(), live, snapshot_out, ignore, since })
}

/// The states of the flags: paths, and the text of one that comes through a pipe.
pub(super) fn states(env: &Env, args: &WrittenArgs) -> Result<(Vec<PathBuf>, Option<String>), Stop> {
    for dir in &args.source {
        if !env.cwd.join(dir).is_dir() {
            let shown = dir.display();
            return Err(Stop::Error(format!("the source directory '{shown}' is not there: check the path")));
        }
    }
    let (piped, states): (Vec<_>, Vec<_>) = args.state.iter().cloned().partition(|path| path == Path::new("-"));
    let piped = if piped.is_empty() { None } else { Some(read_all(&mut std::io::stdin().lock(), "standard input")?) };
    Ok((states, piped))
}

/// How to read states and the source beside them, and with which policies to judge.
pub(super) fn account_options(env: &Env, account: &AccountArgs, mut config: Config) -> Result<ScanOptions, Stop> {
    let args = &account.written;
    Ok(ScanOptions {
        policy: policy_options(&account.select, &mut config),
        baseline: baseline_file(env, &account.silencing, &config)?,
        suppress: suppress_options(&account.silencing, &mut config),
        directory: env.cwd.clone(),
        paths: args.source.clone(),
        exclude: config.exclude.unwrap_or_default(),
        max_file_size: args.max_file_size.or(config.max_file_size).unwrap_or(MAX_FILE_SIZE.max(256 << 20)),
        jobs: account.jobs.unwrap_or(0),
        terraform: TerraformOptions {
            var_files: config.var_files.into_iter().chain(args.var_file.iter().cloned()).collect(),
            vars: config.vars.into_iter().chain(args.var.iter().cloned()).collect(),
            env: terraform_variables(env),
            workspace: args.workspace.clone().or(config.workspace),
            environments: config.environments.into_iter().map(environment).collect(),
            modules: config.modules.into_iter().collect(),
            source: None,
            include_state: false,
        },
        today: today(&env.vars),
        ..ScanOptions::default()
    })
}

fn read_all(from: &mut dyn Read, name: &str) -> Result<String, Stop> {
    let mut text = String::new();
    from.read_to_string(&mut text)
        .map_err(|error| Stop::Error(format!("{name} cannot be read ({error}): give UTF-8 text")))?;
    Ok(text)
}

/// An earlier report is one JSON document; a snapshot is one on each line.
fn earlier(name: &str, text: &str) -> Result<Earlier, Stop> {
    let Ok(report) = serde_json::from_str::<Value>(text) else {
        let is_snapshot = text.lines().next().is_some_and(|line| line.contains("stanchion-snapshot"));
        if is_snapshot {
            return Ok(Earlier::Snapshot(name.into()));
        }
        return Err(Stop::Error(format!("'{name}' is neither a JSON report nor a snapshot: check --since")));
    };
    if report.get("schema").and_then(Value::as_str) != Some("stanchion/v1") || report.get("drift").is_none() {
        return Err(Stop::Error(format!("'{name}' is no JSON report of drift: check --since")));
    }
    let mut out = Vec::new();
    for finding in report.get("findings").and_then(Value::as_array).into_iter().flatten() {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        // What was known then is known now; what was silenced then counts when it no longer is.
        let counts = matches!(finding.get("status").and_then(Value::as_str), Some("open" | "baseline"));
        if counts && finding.get("verdict").and_then(Value::as_str) == Some("fail") {
            out.push(FixedDrift {
                policy: text(finding.get("policy")),
                address: text(finding.get("resource").and_then(|it| it.get("address"))),
                message: text(finding.get("message")),
                fingerprint: text(finding.get("fingerprint")),
            });
        }
    }
    Ok(Earlier::Report(out))
}
