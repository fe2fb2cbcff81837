//! `stanchion convert`: an earlier JSON report to other formats.
//!
//! It judges nothing: what fails a run was decided by the run. It does not know how reports are read or written.

use std::io::{Read, Write};
use std::path::Path;

use super::args::{ConvertArgs, Shared};
use super::scan::write_all;
use super::{Env, Stop, output, wants_color};
use crate::exit::ExitStatus;
use crate::model::Severity;
use crate::report::sarif::MAX_RESULTS;
use crate::report::{View, read};

pub(super) fn run(
    env: &Env,
    shared: &Shared,
    args: &ConvertArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitStatus, Stop> {
    let targets = output::checked(&args.formats, &env.cwd)?;
    let shown = if args.report == Path::new("-") { "standard input".into() } else { args.report.display().to_string() };
    let mut text = String::new();
    let result = if args.report == Path::new("-") {
        std::io::stdin().lock().read_to_string(&mut text)
    } else {
        std::fs::File::open(env.cwd.join(&args.report)).and_then(|mut file| file.read_to_string(&mut text))
    };
    result.map_err(|error| Stop::Error(format!("'{shown}' cannot be read ({error}): give a JSON report")))?;
    let report = read::read(&text).map_err(|error| Stop::Error(format!("'{shown}' cannot be converted: {error}")))?;
    let view = View {
        min_severity: args.min_severity.unwrap_or(Severity::Low),
        show_undetermined: args.show_undetermined,
        quiet: args.quiet,
        verbose: args.verbose,
        sarif_suppressed: args.sarif_include_suppressed,
        sarif_baseline: args.limits.sarif_baseline_state,
        sarif_results: args.limits.sarif_max_results.unwrap_or(MAX_RESULTS),
        markdown_bytes: args.limits.markdown_limit.unwrap_or(View::default().markdown_bytes),
        ..View::default()
    };
    let styled = wants_color(shared.color, &env.vars, env.stdout_is_terminal);
    write_all(env, &targets, view, styled, &report, out, err)?;
    Ok(ExitStatus::Clean)
}
