//! What people and Terraform wrote down about an account: states, plans and the source beside them.
//!
//! It does not know what any of it is held against.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Error, ScanOptions, scan_root, terraform_settings};
use crate::load::terraform::Records;
use crate::model::{Problem, Resource, SourceMap};
use crate::{discover, load};

/// The name of a state that came through a pipe.
const PIPED: &str = "stdin.tfstate";

/// Where it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written<'a> {
    /// `paths` are the directories of the source, none where it is not here.
    pub(super) scan: &'a ScanOptions,
    /// Files, directories of states, or globs.
    pub(super) states: &'a [PathBuf],
    pub(super) piped: Option<&'a str>,
    pub(super) plans: &'a [PathBuf],
}

/// What is written.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) records: Records,
    pub(super) source: Vec<Resource>,
    /// The source was read without a problem.
    pub(super) source_whole: bool,
    pub(super) source_files: usize,
}

impl Written<'_> {
    /// Reads all of it; what cannot be read is a problem.
    pub(super) fn read(&self, base: &Path, sources: &SourceMap, problems: &mut Vec<Problem>) -> Result<Read, Error> {
        let scan = self.scan;
        let named = inputs(base, self)?;
        let root = scan_root(base, &scan.paths);
        let mut terraform = terraform_settings(base, &root, scan)?;
        terraform.named.extend(named.iter().cloned());
        let context = load::Context {
            sources,
            base,
            root: &root,
            max_file_size: scan.max_file_size,
            terraform: &terraform,
            reader: load::Reader::Disk,
        };
        if let Some(text) = self.piped {
            sources.add(PIPED, text);
        }
        let mut files = Vec::new();
        for path in &named {
            match load::read_source(&context, path) {
                Ok(file) => files.push(file),
                Err(problem) => problems.push(problem),
            }
        }
        let records = load::terraform::records(&files, &context);
        problems.extend(records.problems);
        let (source, source_whole, source_files) = source(scan, base, &context, problems)?;
        Ok(Read { records: records.value, source, source_whole, source_files })
    }
}

/// Paths of states and plans, relative to the working directory where they lie in it.
fn inputs(base: &Path, from: &Written<'_>) -> Result<Vec<String>, Error> {
    let mut out = BTreeSet::new();
    for path in from.states {
        let shown = path.display().to_string();
        let found = expand(base, path)?;
        if found.is_empty() {
            return Err(Error(format!("there is no state at {shown}; check --state")));
        }
        out.extend(found);
    }
    for path in from.plans {
        if !base.join(path).is_file() {
            return Err(Error(format!("the plan {} is not there; check --plan", path.display())));
        }
        out.insert(discover::relative(base, &base.join(path)));
    }
    out.extend(from.piped.iter().map(|_| PIPED.to_owned()));
    Ok(out.into_iter().collect())
}

/// The states that a path means: itself, those of a directory, or those that a glob finds.
fn expand(base: &Path, path: &Path) -> Result<Vec<String>, Error> {
    let full = base.join(path);
    if full.is_file() {
        return Ok(vec![discover::relative(base, &full)]);
    }
    let text = full.to_string_lossy().replace('\\', "/");
    let (start, pattern) = match text.find(['*', '?', '[', '{']) {
        Some(at) => {
            let dir = text.get(..at).and_then(|text| text.rfind('/')).unwrap_or(0);
            (PathBuf::from(text.get(..dir.max(1)).unwrap_or("/")), text.clone())
        }
        None => (full.clone(), format!("{text}/**/*.tfstate")),
    };
    let glob = globset::GlobBuilder::new(&pattern).literal_separator(true).build();
    let glob = glob.map_err(|error| Error(format!("{} is no glob: {error}", path.display())))?.compile_matcher();
    let mut out = Vec::new();
    walk(&start, 0, &mut |file| {
        if glob.is_match(file) {
            out.push(discover::relative(base, file));
        }
    });
    out.sort();
    Ok(out)
}

/// Files below a directory; links are not followed.
fn walk(dir: &Path, depth: usize, found: &mut dyn FnMut(&Path)) {
    const MAX_DEPTH: usize = 32;
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth < MAX_DEPTH && entry.file_name() != ".git" => {
                walk(&path, depth + 1, found);
            }
            Ok(kind) if kind.is_file() => found(&path),
            _ => {}
        }
    }
}

/// The resources of the source, whether all of it could be read, and the number of its files.
fn source(
    scan: &ScanOptions,
    base: &Path,
    context: &load::Context<'_>,
    problems: &mut Vec<Problem>,
) -> Result<(Vec<Resource>, bool, usize), Error> {
    if scan.paths.is_empty() {
        return Ok((Vec::new(), false, 0));
    }
    let is_source = |name: &str| [".tf", ".tofu", ".tf.json", ".tofu.json"].iter().any(|ending| name.ends_with(ending));
    let found = discover::discover(base, &scan.paths, &scan.exclude, &is_source).map_err(Error)?;
    let loaded = load::load_all(&found.value, context);
    let all = [found.problems, loaded.problems].concat();
    let whole = !all.iter().any(|problem| problem.incomplete);
    problems.extend(all);
    Ok((loaded.value.resources, whole, loaded.value.files))
}
