//! Module directories, parsed once each: those that were given, and others when a call leads there.
//!
//! Nothing outside of the scan root is read. It does not know who calls whom.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rayon::prelude::*;

use super::module::{Module, ParsedFile};
use super::{is_source, parse};
use crate::load::{Context, read_source};
use crate::model::{FileId, Outcome, Problem};

/// Modules by directory.
#[derive(Debug)]
pub struct Modules<'a> {
    context: &'a Context<'a>,
    /// `None` for directories without Terraform files.
    loaded: RwLock<BTreeMap<Arc<str>, Option<Arc<Module>>>>,
    problems: Mutex<Vec<Problem>>,
}

impl<'a> Modules<'a> {
    /// Parses the directories of some files.
    pub fn parse(files: &[FileId], context: &'a Context<'a>) -> Self {
        let mut by_dir: BTreeMap<Arc<str>, Vec<FileId>> = BTreeMap::new();
        for &file in files {
            let path = context.sources.file(file).path.clone();
            by_dir.entry(directory(&path).into()).or_default().push(file);
        }
        let parsed: Vec<(Arc<str>, Outcome<Module>)> =
            by_dir.into_par_iter().map(|(dir, files)| (dir.clone(), parse_directory(&dir, &files, context))).collect();
        let (mut loaded, mut problems) = (BTreeMap::new(), Vec::new());
        for (dir, outcome) in parsed {
            problems.extend(outcome.problems);
            loaded.insert(dir, Some(Arc::new(outcome.value)));
        }
        Self { context, loaded: RwLock::new(loaded), problems: Mutex::new(problems) }
    }

    /// The module in a directory, which is read now if it has not been; `None` when no Terraform files are there.
    pub fn get(&self, dir: &str) -> Option<Arc<Module>> {
        if let Some(known) = self.loaded.read().unwrap_or_else(PoisonError::into_inner).get(dir) {
            return known.clone();
        }
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = loaded.get(dir) {
            return known.clone();
        }
        let mut problems = Vec::new();
        let files = directory_files(dir, self.context, &mut problems);
        let module = (!files.is_empty()).then(|| {
            let outcome = parse_directory(dir, &files, self.context);
            problems.extend(outcome.problems);
            Arc::new(outcome.value)
        });
        self.problems.lock().unwrap_or_else(PoisonError::into_inner).extend(problems);
        loaded.insert(dir.into(), module.clone());
        module
    }

    /// True when the directory has been read.
    pub fn is_loaded(&self, dir: &str) -> bool {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).get(dir).is_some_and(Option::is_some)
    }

    pub fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The directory part of a path; empty for the working directory.
pub fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

fn parse_directory(dir: &str, files: &[FileId], context: &Context<'_>) -> Outcome<Module> {
    let mut problems = Vec::new();
    let mut parsed = Vec::new();
    let paths: BTreeSet<Arc<str>> = files.iter().map(|&file| context.sources.file(file).path.clone()).collect();
    // OpenTofu reads `main.tofu` instead of a `main.tf` beside it, and `main.tofu.json` instead of a `main.tf.json`.
    let is_hidden = |path: &str| {
        let twin = path.strip_suffix(".tf").map(|stem| format!("{stem}.tofu"));
        let twin = twin.or_else(|| path.strip_suffix(".tf.json").map(|stem| format!("{stem}.tofu.json")));
        twin.is_some_and(|twin| paths.contains(&*twin))
    };
    for &file in files {
        let source = context.sources.file(file);
        if is_hidden(&source.path) {
            continue;
        }
        let outcome = parse::parse_file(file, &source.path, &source.text);
        problems.extend(outcome.problems);
        let name = source.path.rsplit('/').next().unwrap_or(&source.path).to_owned();
        parsed.push(ParsedFile { name, body: outcome.value });
    }
    Outcome::with(Module::new(dir, parsed, &mut problems), problems)
}

/// The Terraform files of a directory; none when it lies outside of the scan root.
fn directory_files(dir: &str, context: &Context<'_>, problems: &mut Vec<Problem>) -> Vec<FileId> {
    let path = context.base.join(dir);
    let Ok(canonical) = context.reader.canonicalize(&path) else { return Vec::new() };
    let inside = context.root.canonicalize().is_ok_and(|root| canonical.starts_with(root));
    let names = if inside { context.reader.names(&canonical) } else { return Vec::new() };
    let mut names = names.unwrap_or_default();
    names.sort();
    let claimed = names.into_iter().filter(|name| is_source(name));
    claimed
        .filter_map(|name| {
            let relative = if dir.is_empty() { name } else { format!("{dir}/{name}") };
            match read_source(context, &relative) {
                Ok(file) => Some(file),
                Err(problem) => {
                    problems.push(problem);
                    None
                }
            }
        })
        .collect()
}
