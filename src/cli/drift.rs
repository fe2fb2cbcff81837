//! `stanchion drift`: flags and configuration to options, a report to its renderers, its outcome to an exit status.
//!
//! It does not know what happens in between. What is read of live accounts comes from a snapshot.

use std::io::{Read, Write};
use std::path::Path;

use serde_json::Value;

use super::args::{DriftArgs, Shared};
use super::output;
use super::scan::{MAX_FILE_SIZE, environment, load_config, policy_options, spinner, terraform_variables, write_all};
use super::today::today;
use super::{Engine, Env, Stop, wants_color};
use crate::config::{Config, FailOn};
use crate::exit::ExitStatus;
use crate::model::{Fixed, Severity};
use crate::pipeline::{DriftOptions, Earlier, ScanOptions, TerraformOptions};
use crate::report::{Format, View, headline};

pub(super) fn run(
    env: &Env,
    shared: &Shared,
    args: &DriftArgs,
    engine: Engine,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitStatus, Stop> {
    let targets = output::checked(&args.formats, &env.cwd)?;
    let config = load_config(env, &args.config, args.verbose, err)?;
    let fail_on = args.fail_on.or(config.fail_on).unwrap_or(FailOn::At(Severity::Low));
    let view = View {
        min_severity: args.min_severity.or(config.min_severity).unwrap_or(Severity::Low),
        show_undetermined: false,
        color: false,
        quiet: args.quiet,
        verbose: args.verbose,
    };
    let options = options(env, args, config)?;
    let spinner = (env.stderr_is_terminal && !args.no_progress && !args.quiet).then(|| spinner("comparing"));
    let report = (engine.drift)(&options);
    if let Some(spinner) = spinner {
        spinner.finish_and_clear();
    }
    let report = report?;

    let styled = wants_color(shared.color, &env.vars, env.stdout_is_terminal);
    let status = ExitStatus::of(&report, fail_on.severity(), args.allow_incomplete);
    write_all(env, &targets, view, styled, &report, out)?;
    if !args.quiet && !targets.iter().any(|target| target.file.is_none() && target.format == Format::Text) {
        let problems = report.problems.iter().filter(|problem| problem.incomplete).count();
        let looked_at = if problems == 0 { String::new() } else { format!(", {problems} not looked at") };
        writeln!(err, "{}{looked_at}", headline(&report))?;
    }
    Ok(status)
}

fn options(env: &Env, args: &DriftArgs, mut config: Config) -> Result<DriftOptions, Stop> {
    let stop = |message: &str| Err(Stop::Error(message.to_owned()));
    if args.state.is_empty() && args.plan.is_empty() {
        return stop("nothing is recorded: give states with --state or a plan with --plan");
    }
    if !args.state.is_empty() && args.snapshot.is_none() {
        return stop("there is nothing to hold the states against: give a snapshot of the accounts with --snapshot");
    }
    for dir in &args.source {
        if !env.cwd.join(dir).is_dir() {
            return stop(&format!("the source directory '{}' is not there: check the path", dir.display()));
        }
    }
    let (piped, states): (Vec<_>, Vec<_>) = args.state.iter().cloned().partition(|path| path == Path::new("-"));
    let piped = if piped.is_empty() { None } else { Some(read_all(&mut std::io::stdin().lock(), "standard input")?) };
    let read = |path: &Path| {
        let shown = path.display().to_string();
        let file = std::fs::File::open(env.cwd.join(path));
        let mut file =
            file.map_err(|error| Stop::Error(format!("'{shown}' cannot be read ({error}): check the path")))?;
        Ok::<_, Stop>((shown.clone(), read_all(&mut file, &shown)?))
    };
    let snapshot = args.snapshot.as_deref().map(read).transpose()?;
    let since = args.since.as_deref().map(read).transpose()?;
    let since = since.map(|(name, text)| earlier(name, text)).transpose()?;
    let policy = policy_options(&args.select, &mut config);
    let scan = ScanOptions {
        directory: env.cwd.clone(),
        paths: args.source.clone(),
        exclude: config.exclude.unwrap_or_default(),
        max_file_size: args.max_file_size.or(config.max_file_size).unwrap_or(MAX_FILE_SIZE.max(256 << 20)),
        jobs: args.jobs.unwrap_or(0),
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
        policy,
        today: today(&env.vars),
    };
    let ignore = config.drift_ignore;
    Ok(DriftOptions { scan, states, piped, plans: args.plan.clone(), snapshot, ignore, since })
}

fn read_all(from: &mut dyn Read, name: &str) -> Result<String, Stop> {
    let mut text = String::new();
    from.read_to_string(&mut text)
        .map_err(|error| Stop::Error(format!("{name} cannot be read ({error}): give UTF-8 text")))?;
    Ok(text)
}

/// An earlier report is one JSON document; a snapshot is one on each line.
fn earlier(name: String, text: String) -> Result<Earlier, Stop> {
    let Ok(report) = serde_json::from_str::<Value>(&text) else {
        let is_snapshot = text.lines().next().is_some_and(|line| line.contains("stanchion-snapshot"));
        if is_snapshot {
            return Ok(Earlier::Snapshot(name, text));
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
            out.push(Fixed {
                policy: text(finding.get("policy")),
                address: text(finding.get("resource").and_then(|it| it.get("address"))),
                message: text(finding.get("message")),
                fingerprint: text(finding.get("fingerprint")),
            });
        }
    }
    Ok(Earlier::Report(out))
}
