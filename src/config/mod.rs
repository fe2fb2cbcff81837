//! `stanchion.toml`: found, read, checked. A key nobody knows is an error with a place, never ignored.
//!
//! It does not know what the settings do, nor flags: the command line puts both together.

mod read;
mod rebase;
mod suggest;
mod weaken;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::model::{DriftIgnore, Severity};

pub use read::parse_size;
pub use suggest::{closest, did_you_mean};
pub use weaken::weakened;

/// The name looked for.
pub const FILE_NAME: &str = "stanchion.toml";

/// The checked settings of one file. What is absent was not set. Paths and globs are relative to the working directory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    pub fail_on: Option<FailOn>,
    pub min_severity: Option<Severity>,
    pub select: Option<Vec<String>>,
    pub ignore: Option<Vec<String>>,
    pub exclude: Option<Vec<String>>,
    pub policy_dirs: Vec<PathBuf>,
    /// In bytes.
    pub max_file_size: Option<u64>,
    pub var_files: Vec<PathBuf>,
    pub vars: BTreeMap<String, String>,
    pub workspace: Option<String>,
    /// `[[environments]]`, in order.
    pub environments: Vec<Environment>,
    /// Directories of external Terraform modules, by source address or glob.
    pub modules: BTreeMap<String, PathBuf>,
    /// The root module that plans belong to.
    pub source: Option<PathBuf>,
    pub include_state: bool,
    /// `[[suppress]]`, in order.
    pub suppress: Vec<Suppress>,
    /// Policies that nothing silences, as ids or globs.
    pub unsuppressable: Vec<String>,
    /// Heed comments that are meant for other scanners; they are by default.
    pub foreign_suppressions: Option<bool>,
    /// The file of known findings.
    pub baseline: Option<PathBuf>,
    /// Where it was read and what it says.
    pub file: Option<ConfigFile>,
    /// By policy id or glob.
    pub severities: BTreeMap<String, Severity>,
    /// By policy id.
    pub parameters: BTreeMap<String, serde_json::Map<String, serde_json::Value>>,
    /// `[[drift.ignore]]`, in order.
    pub drift_ignore: Vec<DriftIgnore>,
}

/// A configuration as it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFile {
    /// Relative to the working directory, with `/` between components.
    pub path: String,
    pub text: String,
}

/// A suppression by policy, address, path or tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suppress {
    pub policies: Vec<String>,
    pub address: Option<String>,
    pub path: Option<String>,
    /// A key and, unless any will do, a value.
    pub tag: Option<(String, Option<String>)>,
    pub reason: String,
    pub until: Option<String>,
    /// Bytes of the table's header.
    pub place: std::ops::Range<usize>,
}

/// A named set of values for Terraform roots.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Environment {
    pub name: String,
    pub var_files: Vec<PathBuf>,
    pub vars: BTreeMap<String, String>,
    pub workspace: Option<String>,
}

/// The least severity that fails a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    At(Severity),
    Never,
}

impl FailOn {
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::At(severity) => Some(severity),
            Self::Never => None,
        }
    }
}

impl FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self::Never);
        }
        text.parse()
            .map(Self::At)
            .map_err(|_| format!("unknown severity '{text}': use critical, high, medium, low or never"))
    }
}

/// Everything that is wrong with a file, in order of place.
#[derive(Debug, PartialEq, Eq)]
pub struct Error {
    pub mistakes: Vec<Mistake>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub path: String,
    /// 1-based line and column (in characters), where the mistake has a place.
    pub place: Option<(usize, usize)>,
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => write!(f, "{}:{line}:{column}: {}", self.path, self.message),
            None => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            mistake.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// Looks for the file from `cwd` upward to the root of the repository that holds it; outside a repository only in `cwd`, so that
/// a file in somebody's home directory never has a say. The answer is relative to `cwd`.
pub fn find(cwd: &Path) -> Option<PathBuf> {
    let in_repository = cwd.ancestors().any(|dir| dir.join(".git").exists());
    let mut up = PathBuf::new();
    for dir in cwd.ancestors() {
        if dir.join(FILE_NAME).is_file() {
            return Some(up.join(FILE_NAME));
        }
        if !in_repository || dir.join(".git").exists() {
            return None;
        }
        up.push("..");
    }
    None
}

/// Reads and checks a file; `path` is relative to `cwd` or absolute.
pub fn load(cwd: &Path, path: &Path) -> Result<Config, Error> {
    let shown = path.display().to_string().replace('\\', "/");
    let fail = |message: String| Error { mistakes: vec![Mistake { path: shown.clone(), place: None, message }] };
    let text = std::fs::read_to_string(cwd.join(path))
        .map_err(|error| fail(format!("cannot be read ({error}): check the path given with --config")))?;
    parse(cwd, path, &text)
}

/// Checks a text as if it were the file at `path` (relative to `cwd`).
pub fn parse(cwd: &Path, path: &Path, text: &str) -> Result<Config, Error> {
    let shown = path.display().to_string().replace('\\', "/");
    let dir = path.parent().unwrap_or(Path::new(""));
    let mut config = read::parse(text, &shown, dir)?;
    for glob in config.exclude.iter_mut().flatten() {
        *glob = rebase::glob(glob, cwd, dir);
    }
    for glob in config.suppress.iter_mut().filter_map(|suppress| suppress.path.as_mut()) {
        *glob = rebase::glob(glob, cwd, dir);
    }
    config.file = Some(ConfigFile { path: shown, text: text.to_owned() });
    Ok(config)
}

#[cfg(test)]
mod tests;
