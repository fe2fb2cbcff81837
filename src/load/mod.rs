//! Text in, resources out: one loader per input format.
//!
//! A format is one file and one row of [`LOADERS`]. It does not know where files come from or what policies ask.

pub mod dockerfile;
pub mod json;
mod keys;
pub mod kubernetes;
mod live;
mod reach;
mod reader;
mod single;
pub mod terraform;
pub mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

pub use live::live;
pub use reach::{Reached, reach};
pub use reader::Reader;
pub use single::{Content, SingleFiles};

use crate::model::{FileBytes, FileId, Outcome, Problem, Resource, SourceMap, Stage};

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
    /// Where files are read from.
    pub reader: Reader<'a>,
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
    /// The root module that plans belong to, relative to the working directory; by default it is looked for beside the plan.
    pub source: Option<String>,
    /// Judge states that are found in a directory, too.
    pub include_state: bool,
    /// Files that were asked for by name; states among them are judged.
    pub named: BTreeSet<String>,
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

    /// True when the file is this format's, now that its text is there; a name may be claimed by more than one format.
    fn takes(&self, path: &str, text: &str) -> bool {
        let _ = text;
        self.claims(path)
    }

    /// Loads all files taken. What cannot be loaded is a problem; the rest is there.
    fn load(&self, files: &[FileId], context: &Context<'_>) -> Outcome<Loaded>;
}

/// All formats. The first that takes a file gets it.
pub static LOADERS: [&dyn Loader; 3] = [&terraform::Terraform, &dockerfile::LOADER, &kubernetes::LOADER];

/// True when some format may want a file of this name.
pub fn is_input(path: &str) -> bool {
    LOADERS.iter().any(|loader| loader.claims(path))
}

/// True when a file of any name is of some format by what it holds; meant for files that were asked for by name.
pub fn is_input_by_content(path: &str, full: &Path, max_file_size: u64, reader: Reader<'_>) -> bool {
    match reader.read(full, max_file_size) {
        // Reading it says what is wrong with it.
        Ok(FileBytes::Bytes(bytes)) => {
            terraform::is_binary_plan(&bytes)
                || decode(bytes).is_ok_and(|text| LOADERS.iter().any(|loader| loader.takes(path, &text)))
        }
        _ => false,
    }
}

/// Reads and loads everything; `paths` are relative to the working directory.
pub fn load_all(paths: &[String], context: &Context<'_>) -> Outcome<Loaded> {
    let read: Vec<(usize, Result<FileId, Problem>)> = paths
        .par_iter()
        .filter_map(|path| {
            let read = read_source(context, path);
            let loader = match &read {
                Ok(file) => {
                    let text = &context.sources.file(*file).text;
                    LOADERS.iter().position(|loader| loader.takes(path, text))?
                }
                Err(_) => 0,
            };
            Some((loader, read))
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
    let read = context.reader.read(&full, context.max_file_size);
    let bytes = match read.map_err(|error| problem(format!("{path} cannot be read: {}", reason(&error))))? {
        FileBytes::Bytes(bytes) => bytes,
        FileBytes::TooLarge(size) => {
            let (have, limit) = (megabytes(size), megabytes(context.max_file_size));
            let message = format!("{path} has {have}, more than {limit}; it is not looked at (--max-file-size)");
            return Err(problem(message));
        }
    };
    if terraform::is_binary_plan(&bytes) {
        let message = format!(
            "{path} is a plan in Terraform's binary form, which is not read; write it as JSON with 'terraform show -json {path} > plan.json' and scan that"
        );
        return Err(problem(message));
    }
    match decode(bytes) {
        Ok(text) => Ok(context.sources.add(path, text)),
        Err(at) => {
            let message = format!("{path} is not UTF-8 text (byte {at}); save it as UTF-8 or exclude it");
            Err(problem(message))
        }
    }
}

/// The text of a file, or where it stops being one. PowerShell's `>` writes UTF-16, and JSON is mostly written by `>`.
fn decode(bytes: Vec<u8>) -> Result<String, usize> {
    let unit: Option<fn([u8; 2]) -> u16> = match bytes.as_slice() {
        [0xff, 0xfe, ..] => Some(u16::from_le_bytes),
        [0xfe, 0xff, ..] => Some(u16::from_be_bytes),
        _ => None,
    };
    if let Some(unit) = unit {
        let units = bytes.chunks_exact(2).filter_map(|pair| Some(unit(pair.try_into().ok()?)));
        let text: Result<String, _> = char::decode_utf16(units).skip(1).collect();
        if let Ok(text) = text
            && bytes.len().is_multiple_of(2)
            && text.trim_start().starts_with('{')
        {
            return Ok(text);
        }
    }
    String::from_utf8(bytes).map_err(|error| error.utf8_error().valid_up_to())
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
