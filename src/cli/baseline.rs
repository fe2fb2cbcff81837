//! `stanchion baseline`: the file of known findings is written, renewed, thinned out and shown.
//!
//! New findings come in only where that is asked for. It does not know how findings are found again.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::{BaselineAction, BaselineCommand, NewEntries, ScanArgs};
use super::scan::{load_config, options};
use super::{Engine, Env, Stop, output};
use crate::exit::ExitStatus;
use crate::model::Report;
use crate::pipeline::{
    Baseline, BaselineChanges, BaselineEntry, BaselineFile, ScanOptions, covers, parse_baseline, render_baseline,
};
use crate::report::visible;

/// The file that is meant when none is named.
const FILE: &str = "stanchion-baseline.toml";

pub(super) fn run(
    env: &Env,
    command: &BaselineCommand,
    engine: Engine,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitStatus, Stop> {
    match &command.action {
        BaselineAction::Create { new, force, scan } => {
            let (path, looked) = look(env, scan, engine, err)?;
            if !force && env.cwd.join(&path).symlink_metadata().is_ok() {
                let message = format!(
                    "'{}' is there already: 'stanchion baseline update' renews it, --force writes over it",
                    path.display()
                );
                return Err(Stop::Error(message));
            }
            let changes = looked.changes(&Baseline::default());
            let count = changes.new.len();
            write(env, &path, &Baseline::new(noted(changes.new, new)))?;
            writeln!(out, "{}: {}", shown(&path), findings(count))?;
            looked.finish(changes.refused, scan, err)
        }
        BaselineAction::Update { allow_new, new, scan } => {
            let (path, looked) = look(env, scan, engine, err)?;
            let file = read(env, &path)?;
            let changes = looked.changes(&file.baseline);
            let (mut entries, dropped) = looked.left(&changes, scan, err)?;
            entries.extend(changes.kept.iter().cloned());
            let unknown = changes.new.len();
            if *allow_new {
                entries.extend(noted(changes.new, new));
            }
            let baseline = Baseline::new(entries);
            let count = baseline.entries.len();
            write(env, &path, &baseline)?;
            let added = if *allow_new { unknown } else { 0 };
            writeln!(out, "{}: {}, {added} added, {dropped} dropped", shown(&path), findings(count))?;
            if unknown > added {
                let are = if unknown == 1 { "is" } else { "are" };
                writeln!(
                    out,
                    "{} {are} new and not added: mend them, or add them with --allow-new",
                    findings(unknown)
                )?;
                return Ok(ExitStatus::Findings);
            }
            looked.finish(changes.refused, scan, err)
        }
        BaselineAction::Prune { scan } => {
            let (path, looked) = look(env, scan, engine, err)?;
            let file = read(env, &path)?;
            let changes = looked.changes(&file.baseline);
            let (left, dropped) = looked.left(&changes, scan, err)?;
            let stays = |entry: &&BaselineEntry| {
                left.contains(entry) || changes.kept.iter().any(|kept| kept.fingerprint == entry.fingerprint)
            };
            let entries: Vec<BaselineEntry> = file.baseline.entries.iter().filter(stays).cloned().collect();
            let count = entries.len();
            if dropped > 0 {
                write(env, &path, &Baseline::new(entries))?;
            }
            writeln!(out, "{}: {}, {dropped} dropped", shown(&path), findings(count))?;
            looked.finish(0, scan, err)
        }
        BaselineAction::Show { baseline, config } => {
            let config = load_config(env, config, false, err)?;
            let path = baseline.clone().or(config.baseline).unwrap_or_else(|| FILE.into());
            let file = read(env, &path)?;
            out.write_all(listing(&path, &file.baseline).as_bytes())?;
            Ok(ExitStatus::Clean)
        }
    }
}

/// Reads a baseline; `path` is relative to the working directory or absolute.
pub(super) fn read(env: &Env, path: &Path) -> Result<BaselineFile, Stop> {
    let shown = shown(path);
    let text = std::fs::read_to_string(env.cwd.join(path)).map_err(|error| {
        Stop::Error(format!("the baseline {shown} cannot be read ({error}): 'stanchion baseline create' writes one"))
    })?;
    let baseline = parse_baseline(&shown, &text).map_err(Stop::Error)?;
    Ok(BaselineFile { path: shown, text: text.into(), baseline })
}

/// A scan without any baseline.
struct Looked {
    report: Report,
    options: ScanOptions,
}

fn look(env: &Env, args: &ScanArgs, engine: Engine, err: &mut dyn Write) -> Result<(PathBuf, Looked), Stop> {
    let config = load_config(env, &args.config, args.report.verbose, err)?;
    let path = args.silencing.baseline.clone().or_else(|| config.baseline.clone()).unwrap_or_else(|| FILE.into());
    let options = options(env, args, config);
    let report = (engine.scan)(&options)?;
    Ok((path, Looked { report, options }))
}

impl Looked {
    fn changes(&self, baseline: &Baseline) -> BaselineChanges {
        let unsuppressable = &self.options.suppress.unsuppressable;
        baseline.compare(&self.report, unsuppressable, &|path| covers(&self.options, path))
    }

    /// Entries that stay although no finding of theirs was seen, and how many go.
    fn left(
        &self,
        changes: &BaselineChanges,
        args: &ScanArgs,
        err: &mut dyn Write,
    ) -> Result<(Vec<BaselineEntry>, usize), Stop> {
        let mut left = changes.unseen.clone();
        if self.report.incomplete() && !args.report.allow_incomplete && !changes.stale.is_empty() {
            let count = changes.stale.len();
            let message = "entries whose findings were not seen are kept, because something could not be looked at; --allow-incomplete drops them";
            writeln!(err, "warning: {count} {message}")?;
            left.extend(changes.stale.iter().cloned());
            return Ok((left, 0));
        }
        Ok((left, changes.stale.len()))
    }

    fn finish(&self, refused: usize, args: &ScanArgs, err: &mut dyn Write) -> Result<ExitStatus, Stop> {
        if refused > 0 {
            writeln!(err, "warning: {} of policies that nothing silences stay out", findings(refused))?;
        }
        let problems = self.report.problems.iter().filter(|problem| problem.incomplete).count();
        if problems > 0 && !args.report.allow_incomplete {
            writeln!(err, "warning: {problems} not looked at; 'stanchion scan' says what")?;
            return Ok(ExitStatus::Incomplete);
        }
        Ok(ExitStatus::Clean)
    }
}

fn noted(entries: Vec<BaselineEntry>, new: &NewEntries) -> Vec<BaselineEntry> {
    let reason = new.reason.as_deref().unwrap_or_default().trim();
    entries
        .into_iter()
        .map(|entry| BaselineEntry { reason: reason.to_owned(), until: new.until.clone(), ..entry })
        .collect()
}

fn write(env: &Env, path: &Path, baseline: &Baseline) -> Result<(), Stop> {
    output::write_file(&env.cwd, path, render_baseline(baseline).as_bytes())
}

fn listing(path: &Path, baseline: &Baseline) -> String {
    let mut out = format!("{}: {}\n", shown(path), findings(baseline.entries.len()));
    let mut last = "";
    for entry in &baseline.entries {
        if entry.policy != last {
            let count = baseline.entries.iter().filter(|other| other.policy == entry.policy).count();
            let _ = writeln!(out, "{} ({count})", visible(&entry.policy));
            last = &entry.policy;
        }
        let _ = write!(out, "  {} {}", visible(&entry.location), visible(&entry.address));
        if let Some(until) = &entry.until {
            let _ = write!(out, " until {}", visible(until));
        }
        if !entry.reason.is_empty() {
            let _ = write!(out, ": {}", visible(&entry.reason));
        }
        out.push('\n');
    }
    out
}

fn findings(count: usize) -> String {
    format!("{count} {}", if count == 1 { "finding" } else { "findings" })
}

fn shown(path: &Path) -> String {
    visible(&path.display().to_string().replace('\\', "/")).into_owned()
}
