//! The spine: the whole story of a run on one screen.
//!
//! It knows every room and the order of things, and nothing of what happens inside a room.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::model::{PolicyInfo, Report, Severity};

/// What to scan and how; flags and `stanchion.toml` end up here.
#[derive(Clone, Debug, Default)]
pub struct ScanOptions {
    /// Files and directories; never empty.
    pub paths: Vec<PathBuf>,
    /// Globs relative to the working directory that are left out.
    pub exclude: Vec<String>,
    /// Files larger than this many bytes are a problem instead of an input.
    pub max_file_size: u64,
    /// Worker threads; 0 means one per core.
    pub jobs: usize,
    pub terraform: TerraformOptions,
    pub policy: PolicyOptions,
}

/// Values for Terraform root modules.
#[derive(Clone, Debug, Default)]
pub struct TerraformOptions {
    /// `--var-file`, in order.
    pub var_files: Vec<PathBuf>,
    /// `--var name=value`, in order.
    pub vars: Vec<(String, String)>,
    /// `TF_VAR_name` of the environment, name without the prefix.
    pub env: BTreeMap<String, String>,
    pub workspace: Option<String>,
}

/// Which policies run, and with which settings.
#[derive(Clone, Debug, Default)]
pub struct PolicyOptions {
    /// Folders added to the shipped library.
    pub dirs: Vec<PathBuf>,
    /// Ids or globs; empty selects all.
    pub select: Vec<String>,
    pub ignore: Vec<String>,
    /// Severity by policy id or glob, instead of the metadata's.
    pub severities: BTreeMap<String, Severity>,
    /// Parameters by policy id, over the metadata's defaults.
    pub parameters: BTreeMap<String, serde_json::Map<String, serde_json::Value>>,
}

/// Why a run could not go on (exit status 2). A lower-case sentence with cause and remedy.
#[derive(Debug)]
pub struct Error(pub String);

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// Judges everything below the given paths.
pub fn scan(_options: &ScanOptions) -> Result<Report, Error> {
    Err(Error("not wired yet".into()))
}

/// The policies that `options` selects, sorted by id.
pub fn policies(_options: &PolicyOptions) -> Result<Vec<Arc<PolicyInfo>>, Error> {
    Err(Error("not wired yet".into()))
}
