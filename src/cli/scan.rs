//! `stanchion scan`: flags and configuration to options, a report to its renderers, its outcome to an exit status.
//!
//! It does not know what happens in between.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use super::args::{ConfigArgs, ReportArgs, ScanArgs, SelectArgs, Shared, SilencingArgs};
use super::baseline;
use super::counts;
use super::output::{self, Target};
use super::today::today;
use super::{Engine, Env, Stop, wants_color};
use crate::config::{self, Config, FailOn};
use crate::exit::ExitStatus;
use crate::model::{Report, Severity};
use crate::pipeline::{
    BaselineFile, ChangeOptions, EnvironmentOptions, PolicyOptions, Rule, ScanOptions, SuppressOptions, Tag,
    TerraformOptions,
};
use crate::report::sarif::MAX_RESULTS;
use crate::report::{Format, View, headline, visible};

/// Larger inputs are generated, not written.
pub(super) const MAX_FILE_SIZE: u64 = 20 << 20;
const TERRAFORM_VARIABLE: &str = "TF_VAR_";

pub(super) fn run(
    env: &Env,
    shared: &Shared,
    args: &ScanArgs,
    engine: Engine,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitStatus, Stop> {
    let targets = output::checked(&args.report.formats, &env.cwd)?;
    for path in &args.paths {
        if !args.staged && env.cwd.join(path).symlink_metadata().is_err() {
            return Err(Stop::Error(format!("'{}' does not exist: check the path", path.display())));
        }
    }
    let config = load_config(env, &args.config, args.report.verbose, err)?;
    let showing = Showing::new(env, shared, &args.report, &config, targets);
    let baseline = baseline_file(env, &args.silencing, &config)?;
    let options = ScanOptions { baseline, ..options(env, args, config) };

    let spinner = wants_progress(env, &args.report).then(|| spinner("scanning"));
    let report = (engine.scan)(&options);
    if let Some(spinner) = spinner {
        spinner.finish_and_clear();
    }
    showing.show(&report?, out, err)
}

/// True when somebody watches and wants to.
pub(super) fn wants_progress(env: &Env, args: &ReportArgs) -> bool {
    env.stderr_is_terminal && !args.no_progress && !args.quiet
}

/// What becomes of a finished report.
pub(super) struct Showing<'a> {
    env: &'a Env,
    targets: Vec<Target>,
    view: View,
    styled: bool,
    fail_on: FailOn,
    allow_incomplete: bool,
    summary_out: Option<std::path::PathBuf>,
}

impl<'a> Showing<'a> {
    /// Flags first, then the configuration. The targets were checked before anything else was done.
    pub(super) fn new(env: &'a Env, shared: &Shared, args: &ReportArgs, config: &Config, targets: Vec<Target>) -> Self {
        let view = View {
            min_severity: args.min_severity.or(config.min_severity).unwrap_or(Severity::Low),
            show_undetermined: args.show_undetermined,
            color: false,
            quiet: args.quiet,
            verbose: args.verbose,
            sarif_suppressed: args.sarif_include_suppressed,
            sarif_baseline: args.limits.sarif_baseline_state,
            sarif_results: args.limits.sarif_max_results.unwrap_or(MAX_RESULTS),
            markdown_bytes: args.limits.markdown_limit.unwrap_or(View::default().markdown_bytes),
        };
        Self {
            env,
            targets,
            view,
            styled: wants_color(shared.color, &env.vars, env.stdout_is_terminal),
            fail_on: args.fail_on.or(config.fail_on).unwrap_or(FailOn::At(Severity::Low)),
            allow_incomplete: args.allow_incomplete,
            summary_out: args.summary_out.clone(),
        }
    }

    /// Writes the report to its targets and says what it means.
    pub(super) fn show(&self, report: &Report, out: &mut dyn Write, err: &mut dyn Write) -> Result<ExitStatus, Stop> {
        let status = ExitStatus::of(report, self.fail_on.severity(), self.allow_incomplete);
        write_all(self.env, &self.targets, self.view, self.styled, report, out, err)?;
        if let Some(file) = &self.summary_out {
            output::write_file(&self.env.cwd, file, counts::lines(report, status).as_bytes())?;
        }
        // Whoever has the report in a file still gets to know how it went.
        let as_text = |target: &Target| target.file.is_none() && target.format == Format::Text;
        if !self.view.quiet && !self.targets.iter().any(as_text) {
            let problems = report.problems.iter().filter(|problem| problem.incomplete).count();
            let looked_at = if problems == 0 { String::new() } else { format!(", {problems} not looked at") };
            writeln!(err, "{}{looked_at}", headline(report))?;
        }
        Ok(status)
    }
}

/// The configuration of a run, if there is one.
pub(super) fn load_config(env: &Env, args: &ConfigArgs, verbose: bool, err: &mut dyn Write) -> Result<Config, Stop> {
    let found = if args.isolated { None } else { args.config.clone().or_else(|| config::find(&env.cwd)) };
    let Some(path) = found else { return Ok(Config::default()) };
    if verbose {
        writeln!(err, "configuration: {}", visible(&path.display().to_string()))?;
    }
    config::load(&env.cwd, &path).map_err(|error| Stop::Error(error.to_string()))
}

/// Which policies run: flags first, then the configuration.
pub(super) fn policy_options(select: &SelectArgs, config: &mut Config) -> PolicyOptions {
    let first = |flags: &Vec<String>, config: Option<Vec<String>>| {
        if flags.is_empty() { config.unwrap_or_default() } else { flags.clone() }
    };
    let mut dirs = std::mem::take(&mut config.policy_dirs);
    dirs.extend(select.policy.iter().cloned());
    PolicyOptions {
        dirs,
        select: first(&select.select, config.select.take()),
        ignore: first(&select.ignore, config.ignore.take()),
        families: select.family.clone(),
        severities: std::mem::take(&mut config.severities),
        parameters: std::mem::take(&mut config.parameters),
    }
}

pub(super) fn terraform_variables(env: &Env) -> BTreeMap<String, String> {
    let variables = env.vars.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix(TERRAFORM_VARIABLE).filter(|name| !name.is_empty())?;
        Some((name.to_owned(), value.clone()))
    });
    variables.collect()
}

/// What may silence findings: flags and the configuration.
pub(super) fn suppress_options(args: &SilencingArgs, config: &mut Config) -> SuppressOptions {
    SuppressOptions {
        no_inline: args.no_inline,
        no_foreign: config.foreign_suppressions == Some(false),
        rules: std::mem::take(&mut config.suppress).into_iter().map(rule).collect(),
        unsuppressable: std::mem::take(&mut config.unsuppressable),
        configuration: config.file.take().map(|file| (file.path, file.text.into())),
    }
}

/// The baseline of the flags, else that of the configuration.
pub(super) fn baseline_file(env: &Env, args: &SilencingArgs, config: &Config) -> Result<Option<BaselineFile>, Stop> {
    let path = args.baseline.clone().or_else(|| config.baseline.clone());
    path.map(|path| baseline::read(env, &path)).transpose()
}

pub(super) fn options(env: &Env, args: &ScanArgs, mut config: Config) -> ScanOptions {
    let policy = policy_options(&args.select, &mut config);
    let suppress = suppress_options(&args.silencing, &mut config);
    let exclude = if args.exclude.is_empty() { config.exclude.unwrap_or_default() } else { args.exclude.clone() };
    // What comes later wins, so flags follow the file.
    let var_files = config.var_files.into_iter().chain(args.var_file.iter().cloned()).collect();
    let vars = config.vars.into_iter().chain(args.var.iter().cloned()).collect();
    ScanOptions {
        directory: env.cwd.clone(),
        paths: args.paths.clone(),
        exclude,
        max_file_size: args.max_file_size.or(config.max_file_size).unwrap_or(MAX_FILE_SIZE),
        jobs: args.jobs.unwrap_or(0),
        terraform: TerraformOptions {
            var_files,
            vars,
            env: terraform_variables(env),
            workspace: args.workspace.clone().or(config.workspace),
            environments: config.environments.into_iter().map(environment).collect(),
            modules: config.modules.into_iter().chain(args.module.iter().cloned()).collect(),
            source: args.source.clone().or(config.source),
            include_state: args.include_state || config.include_state,
        },
        policy,
        suppress,
        baseline: None,
        change: change(env, args),
        today: today(&env.vars),
    }
}

fn change(env: &Env, args: &ScanArgs) -> ChangeOptions {
    let files = args.paths.iter().all(|path| !env.cwd.join(path).is_dir());
    ChangeOptions {
        base: args.diff_base.clone(),
        staged: args.staged,
        touching: args.only_touching || (args.staged && files),
        weakened: Some(config::weakened),
    }
}

pub(super) fn environment(from: config::Environment) -> EnvironmentOptions {
    let config::Environment { name, var_files, vars, workspace } = from;
    EnvironmentOptions { name, var_files, vars: vars.into_iter().collect(), workspace }
}

fn rule(from: config::Suppress) -> Rule {
    let config::Suppress { policies, address, path, tag, reason, until, place } = from;
    Rule { policies, address, path, tag: tag.map(|(key, value)| Tag { key, value }), reason, until, place }
}

/// Files first: a reader of standard output may hang up at any time.
pub(super) fn write_all(
    env: &Env,
    targets: &[Target],
    view: View,
    styled: bool,
    report: &Report,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Stop> {
    for target in targets {
        if let Some(file) = &target.file {
            let mut bytes = Vec::new();
            let left_out = target.format.renderer(view).render(report, &mut bytes)?;
            output::write_file(&env.cwd, file, &bytes)?;
            tell(left_out, err)?;
        }
    }
    for target in targets.iter().filter(|target| target.file.is_none()) {
        let renderer = target.format.renderer(View { color: styled, ..view });
        let written = if output::is_in_actions(env, target.format) {
            let mut text = Vec::new();
            renderer.render(report, &mut text).and_then(|left_out| {
                output::write_without_commands(&text, out)?;
                Ok(left_out)
            })
        } else {
            let mut buffered = io::BufWriter::new(&mut *out);
            renderer.render(report, &mut buffered).and_then(|left_out| buffered.flush().map(|()| left_out))
        };
        match written {
            Ok(left_out) => tell(left_out, err)?,
            // The reader has seen enough; the verdict stands.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn tell(left_out: Option<String>, err: &mut dyn Write) -> io::Result<()> {
    left_out.map_or(Ok(()), |left_out| writeln!(err, "note: {left_out}"))
}

fn spinner(what: &'static str) -> indicatif::ProgressBar {
    let spinner = indicatif::ProgressBar::new_spinner().with_message(what);
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}
