//! Text in, resources out: one loader per input format.
//!
//! A format is one file and one row of [`LOADERS`]. It does not know where files come from or what policies ask.

pub mod dockerfile;
pub mod json;
pub mod kubernetes;
mod single;
pub mod terraform;
pub mod yaml;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

pub use single::{Content, SingleFiles};

use crate::model::{FileId, Outcome, Problem, Resource, SourceMap, Stage};

/// What loaders share.
#[derive(Debug)]
pub struct Context<'a> {
    pub sources: &'a SourceMap,
    /// The working directory; paths of the source map are relative to it.
    pub base: &'a Path,
    /// Nothing outside of this directory is read.
    pub root: &'a Path,
    /// Bytes.
    pub max_file_size: u64,
    pub terraform: &'a TerraformSettings,
}

/// Values for Terraform root modules.
#[derive(Clone, Debug, Default)]
pub struct TerraformSettings {
    /// Relative to the working directory, in order.
    pub var_files: Vec<String>,
    /// `--var name=value`, in order.
    pub vars: Vec<(String, String)>,
    /// `TF_VAR_name` of the environment, name without the prefix.
    pub env: BTreeMap<String, String>,
    pub workspace: Option<String>,
    /// Directories of external modules, relative to the working directory, by source address or glob; later ones win.
    pub modules: Vec<(String, String)>,
    /// Every root is evaluated once for each; none means once without any.
    pub environments: Vec<Environment>,
}

/// A named set of values, over those that hold for all.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    pub name: Arc<str>,
    pub var_files: Vec<String>,
    pub vars: Vec<(String, String)>,
    pub workspace: Option<String>,
}

/// What a loader makes of its files.
#[derive(Debug, Default)]
pub struct Loaded {
    pub resources: Vec<Resource>,
    /// Files looked at.
    pub files: usize,
    /// Files recognised but not looked at, such as templates.
    pub skipped: usize,
}

/// One input format.
pub trait Loader: Sync {
    /// True when a file of this name may be of this format; `load` may still find that it is not.
    fn claims(&self, path: &str) -> bool;

    /// Loads all claimed files. What cannot be loaded is a problem; the rest is there.
    fn load(&self, files: &[FileId], context: &Context<'_>) -> Outcome<Loaded>;
}

/// All formats. The first that claims a file gets it.
pub static LOADERS: [&dyn Loader; 3] = [&terraform::Terraform, &dockerfile::LOADER, &kubernetes::LOADER];

/// True when some format may want a file of this name.
pub fn is_input(path: &str) -> bool {
    LOADERS.iter().any(|loader| loader.claims(path))
}

/// Reads and loads everything; `paths` are relative to the working directory.
pub fn load_all(paths: &[String], context: &Context<'_>) -> Outcome<Loaded> {
    let read: Vec<(usize, Result<FileId, Problem>)> = paths
        .par_iter()
        .filter_map(|path| {
            let loader = LOADERS.iter().position(|loader| loader.claims(path))?;
            Some((loader, read_source(context, path)))
        })
        .collect();
    let mut out = Outcome::new(Loaded::default());
    let mut claimed: Vec<Vec<FileId>> = vec![Vec::new(); LOADERS.len()];
    for (loader, result) in read {
        match (result, claimed.get_mut(loader)) {
            (Ok(file), Some(list)) => list.push(file),
            (Err(problem), _) => {
                out.value.skipped += 1;
                out.problems.push(problem);
            }
            _ => {}
        }
    }
    for (loader, files) in LOADERS.iter().zip(&claimed) {
        if files.is_empty() {
            continue;
        }
        let loaded = loader.load(files, context);
        out.value.resources.extend(loaded.value.resources);
        out.value.files += loaded.value.files;
        out.value.skipped += loaded.value.skipped;
        out.problems.extend(loaded.problems);
    }
    out
}

/// Reads one file into the source map. Every way it can fail has its own words.
pub fn read_source(context: &Context<'_>, path: &str) -> Result<FileId, Problem> {
    if let Some(file) = context.sources.find(path) {
        return Ok(file);
    }
    let problem = |message: String| Problem::new(Stage::Load, path, message);
    let full = context.base.join(path);
    let size = full.metadata().map_err(|error| problem(format!("{path} cannot be read: {}", reason(&error))))?.len();
    if size > context.max_file_size {
        let (have, limit) = (megabytes(size), megabytes(context.max_file_size));
        return Err(problem(format!("{path} has {have}, more than {limit}; it is not looked at (--max-file-size)")));
    }
    let bytes = std::fs::read(&full).map_err(|error| problem(format!("{path} cannot be read: {}", reason(&error))))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(context.sources.add(path, text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let message = format!("{path} is not UTF-8 text (byte {at}); save it as UTF-8 or exclude it");
            Err(problem(message))
        }
    }
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => "permission denied; make it readable or exclude it".into(),
        std::io::ErrorKind::NotFound => "it is not there".into(),
        std::io::ErrorKind::IsADirectory => "it is a directory".into(),
        _ => error.to_string(),
    }
}

fn megabytes(bytes: u64) -> String {
    if bytes < 1_000_000 { format!("{bytes} bytes") } else { format!("{} MB", bytes / 1_000_000) }
}
