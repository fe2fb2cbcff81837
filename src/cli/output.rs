//! Where reports go: one to standard output, any number to files that appear whole or not at all.
//!
//! It does not know what is in them.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::{Env, Stop};
use crate::config::did_you_mean;
use crate::report::Format;
use crate::whole;

/// A format and, unless it is standard output, a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) format: Format,
    pub(super) file: Option<PathBuf>,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err("a file name is missing after '='".into()),
            Some((format, "-")) => (format, None),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let parsed = format.parse().map_err(|error| {
            format!("{error}{}", did_you_mean(format, Format::ALL.iter().map(|format| format.as_str())))
        })?;
        Ok(Self { format: parsed, file })
    }
}

/// The targets of a run, checked before any work is done.
pub(super) fn checked(targets: &[Target], cwd: &Path) -> Result<Vec<Target>, Stop> {
    if targets.is_empty() {
        return Ok(vec![Target { format: Format::Text, file: None }]);
    }
    for (index, target) in targets.iter().enumerate() {
        let earlier = targets.get(..index).unwrap_or_default();
        match &target.file {
            None if earlier.iter().any(|other| other.file.is_none()) => {
                let message = "only one format can go to standard output: give the others a file, as in --format sarif=stanchion.sarif";
                return Err(Stop::Error(message.into()));
            }
            None => {}
            Some(file) => {
                let shown = file.display();
                let real = real(cwd, file);
                if earlier.iter().filter_map(|other| other.file.as_ref()).any(|other| self::real(cwd, other) == real) {
                    return Err(Stop::Error(format!(
                        "two formats would be written to '{shown}': give each a file of its own"
                    )));
                }
                if cwd.join(file).is_dir() {
                    return Err(Stop::Error(format!("'{shown}' is a directory: name a file in it")));
                }
                if !cwd.join(parent(file)).is_dir() {
                    let message = format!(
                        "'{shown}' cannot be written: the directory '{}' does not exist",
                        parent(file).display()
                    );
                    return Err(Stop::Error(message));
                }
            }
        }
    }
    Ok(targets.to_vec())
}

fn parent(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The one name of a file that may be written in several ways, and may not be there yet.
fn real(cwd: &Path, file: &Path) -> PathBuf {
    let path = cwd.join(file);
    let directory = cwd.join(parent(file));
    let named = || Some(fs::canonicalize(directory).ok()?.join(file.file_name()?));
    fs::canonicalize(&path).ok().or_else(named).unwrap_or(path)
}

/// True where lines for people go to a log that is searched for commands.
pub(super) fn is_in_actions(env: &Env, format: Format) -> bool {
    let is_actions = env.vars.get("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    is_actions && matches!(format, Format::Text | Format::Concise)
}

/// Writes lines among which nothing is taken for a workflow command. The word that ends this is the hash of the text, which the
/// text cannot hold, so that the same report is always the same bytes and nobody can end it from within.
pub(super) fn write_without_commands(text: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let mut token = String::from("stanchion-");
    for byte in Sha256::digest(text) {
        let _ = write!(token, "{byte:02x}");
    }
    writeln!(out, "::stop-commands::{token}")?;
    out.write_all(text)?;
    if !text.is_empty() && !text.ends_with(b"\n") {
        writeln!(out)?;
    }
    writeln!(out, "::{token}::")?;
    out.flush()
}

/// Writes a file so that a reader never sees half a report.
pub(super) fn write_file(cwd: &Path, file: &Path, bytes: &[u8]) -> Result<(), Stop> {
    whole::write(&cwd.join(file), |out| out.write_all(bytes))
        .map_err(|error| Stop::Error(format!("'{}' cannot be written: {error}", file.display())))
}
