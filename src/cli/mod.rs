//! The command line: flags in, exit status out. The only place flags live, and the only one that speaks to a terminal.
//!
//! It does not know how anything is found, judged or rendered. Everything it prints goes through writers it is given.

mod args;
mod args_live;
mod args_policy;
mod args_report;
mod baseline;
mod convert;
mod counts;
#[cfg(test)]
mod documented;
mod drift;
mod help;
mod live;
mod output;
mod policy;
mod policy_docs;
mod policy_test;
mod scan;
mod today;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, Parser};

use self::args::{Cli, ColorChoice, Command, Shell};
use crate::exit::ExitStatus;
use crate::model::{PolicyInfo, Report};
use crate::pipeline::{self, PolicyOptions, ScanOptions};
use crate::report::visible;

/// What a run sees of the process it runs in.
#[derive(Clone, Debug, Default)]
pub struct Env {
    /// With the program's name first.
    pub args: Vec<OsString>,
    /// The working directory, absolute.
    pub cwd: PathBuf,
    pub vars: BTreeMap<String, String>,
    pub stdout_is_terminal: bool,
    pub stderr_is_terminal: bool,
}

/// The rooms behind the commands. Tests put hand-made ones here.
#[derive(Clone, Copy, Debug)]
pub struct Engine {
    pub scan: fn(&ScanOptions) -> Result<Report, pipeline::Error>,
    pub policies: fn(&PolicyOptions) -> Result<Vec<Arc<PolicyInfo>>, pipeline::Error>,
}

impl Default for Engine {
    fn default() -> Self {
        Self { scan: pipeline::scan, policies: pipeline::policies }
    }
}

/// Why a command ended early.
#[derive(Debug)]
enum Stop {
    /// Usage or configuration; the text is for the user.
    Error(String),
    /// Writing failed.
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<pipeline::Error> for Stop {
    fn from(error: pipeline::Error) -> Self {
        Self::Error(error.0)
    }
}

/// Runs the process that called it.
pub fn main() -> ExitCode {
    let env = Env {
        args: std::env::args_os().collect(),
        cwd: std::env::current_dir().unwrap_or_default(),
        vars: std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect(),
        stdout_is_terminal: io::stdout().is_terminal(),
        stderr_is_terminal: io::stderr().is_terminal(),
    };
    // Whether there are styles is decided below; these translate them where a terminal does not know them.
    let mut out = anstream::AutoStream::always(io::stdout());
    let mut err = anstream::AutoStream::always(io::stderr());
    run(&env, Engine::default(), &mut out, &mut err).into()
}

/// Runs one command.
pub fn run(env: &Env, engine: Engine, out: &mut dyn Write, err: &mut dyn Write) -> ExitStatus {
    let cli = match Cli::try_parse_from(&env.args) {
        Ok(cli) => cli,
        Err(error) => return usage(env, &error, out, err),
    };
    let result = match &cli.command {
        Command::Scan(args) => scan::run(env, &cli.shared, args, engine, out, err),
        Command::Live(args) => live::run(env, &cli.shared, args, out, err),
        Command::Baseline(args) => baseline::run(env, args, engine, out, err),
        Command::Drift(args) => drift::run(env, &cli.shared, args, out, err),
        Command::Convert(args) => convert::run(env, &cli.shared, args, out, err),
        Command::Policy(args) => policy::run(env, &cli.shared, args, engine, out),
        Command::Completions { shell } => {
            out.write_all(&completions(*shell)).map(|()| ExitStatus::Clean).map_err(Stop::Io)
        }
        Command::Man { command } => man(command, out),
    };
    match result {
        Ok(status) => match out.flush() {
            // The reader has seen enough (`stanchion scan | head`); the verdict stands.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => fail(err, &unwritable(&error)),
            _ => status,
        },
        Err(Stop::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitStatus::Clean,
        Err(Stop::Io(error)) => fail(err, &unwritable(&error)),
        Err(Stop::Error(message)) => fail(err, &message),
    }
}

fn unwritable(error: &io::Error) -> String {
    format!("cannot write the output: {error}")
}

fn fail(err: &mut dyn Write, message: &str) -> ExitStatus {
    // Nowhere is left to tell when this fails too.
    for line in message.lines() {
        let _ = writeln!(err, "error: {}", visible(line));
    }
    ExitStatus::Failed
}

/// Help and version are answers, everything else is a mistake.
fn usage(env: &Env, error: &clap::Error, out: &mut dyn Write, err: &mut dyn Write) -> ExitStatus {
    let text = error.render();
    let is_answer = !error.use_stderr();
    let terminal = if is_answer { env.stdout_is_terminal } else { env.stderr_is_terminal };
    let styled = wants_color(ColorChoice::Auto, &env.vars, terminal);
    let text = if styled { text.ansi().to_string() } else { text.to_string() };
    let written = if is_answer { out.write_all(text.as_bytes()) } else { err.write_all(text.as_bytes()) };
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitStatus::Failed,
        _ if is_answer => ExitStatus::Clean,
        _ => ExitStatus::Failed,
    }
}

fn completions(shell: Shell) -> Vec<u8> {
    let mut text = Vec::new();
    let command = &mut Cli::command();
    let known = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Elvish => clap_complete::Shell::Elvish,
        Shell::Fish => clap_complete::Shell::Fish,
        Shell::Powershell => clap_complete::Shell::PowerShell,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Nushell => {
            clap_complete::generate(clap_complete_nushell::Nushell, command, "stanchion", &mut text);
            return text;
        }
    };
    clap_complete::generate(known, command, "stanchion", &mut text);
    text
}

fn man(path: &[String], out: &mut dyn Write) -> Result<ExitStatus, Stop> {
    let mut command = Cli::command();
    command.build();
    for name in path {
        let known: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
        let hint = crate::config::did_you_mean(name, known.iter().map(|name| &**name));
        command = command
            .find_subcommand(name)
            .cloned()
            .ok_or_else(|| Stop::Error(format!("there is no command '{name}'{hint}")))?;
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(command).render(&mut text)?;
    out.write_all(&text)?;
    Ok(ExitStatus::Clean)
}

/// A flag decides, then the customary variables, then whether anybody is watching.
fn wants_color(choice: ColorChoice, vars: &BTreeMap<String, String>, terminal: bool) -> bool {
    let set = |name: &str| vars.get(name).map(|value| &**value).filter(|value| !value.is_empty());
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set("NO_COLOR").is_some() => false,
        ColorChoice::Auto
            if ["FORCE_COLOR", "CLICOLOR_FORCE"].into_iter().any(|n| set(n).is_some_and(|v| v != "0")) =>
        {
            true
        }
        ColorChoice::Auto if set("CLICOLOR") == Some("0") || set("TERM") == Some("dumb") => false,
        ColorChoice::Auto => terminal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn color_follows_flag_then_variables_then_terminal() {
        let vars = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let auto = |pairs: &[(&str, &str)], terminal| wants_color(ColorChoice::Auto, &vars(pairs), terminal);
        assert!(auto(&[], true) && !auto(&[], false));
        assert!(!auto(&[("NO_COLOR", "1")], true) && auto(&[("NO_COLOR", "")], true));
        assert!(!auto(&[("NO_COLOR", "1"), ("FORCE_COLOR", "1")], false));
        assert!(auto(&[("FORCE_COLOR", "1")], false) && !auto(&[("FORCE_COLOR", "0")], false));
        assert!(auto(&[("CLICOLOR_FORCE", "1")], false) && !auto(&[("CLICOLOR", "0")], true));
        assert!(!auto(&[("TERM", "dumb")], true));
        assert!(wants_color(ColorChoice::Always, &vars(&[("NO_COLOR", "1")]), false));
        assert!(!wants_color(ColorChoice::Never, &vars(&[("FORCE_COLOR", "1")]), true));
    }
}
