//! Terraform source: directories of `.tf` files to resources.
//!
//! Every directory that no other one calls is a root module and is evaluated with the values it is given; modules are judged
//! through their callers, with their callers' arguments. It does not fetch modules, does not run anything, and does not know policies.

mod ast;
mod document;
mod eval;
mod files;
mod functions;
mod kinds;
mod module;
mod number;
mod parse;
#[cfg(test)]
mod tests;
mod types;
mod value;
mod variables;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use self::eval::Evaluator;
use self::files::Files;
use self::module::{CallSource, Module, ParsedFile};
use self::variables::Inputs;
use super::{Context, Loaded, Loader, read_source};
use crate::model::{FileId, Outcome, Problem, Stage};

/// The ending of Terraform's other syntax.
const JSON_SYNTAX: &str = ".tf.json";

/// The loader of Terraform source.
#[derive(Debug)]
pub struct Terraform;

/// Modules by directory.
#[derive(Debug)]
pub struct Modules(BTreeMap<Arc<str>, Arc<Module>>);

impl Modules {
    pub fn get(&self, dir: &str) -> Option<&Arc<Module>> {
        self.0.get(dir)
    }

    pub fn contains(&self, dir: &str) -> bool {
        self.0.contains_key(dir)
    }
}

impl Loader for Terraform {
    fn claims(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        let hidden = name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'));
        !hidden && [".tf", ".tofu", JSON_SYNTAX, ".tofu.json"].iter().any(|ending| name.ends_with(ending))
    }

    fn load(&self, files: &[FileId], context: &Context<'_>) -> Outcome<Loaded> {
        let mut problems = Vec::new();
        let (json, files): (Vec<FileId>, Vec<FileId>) =
            files.iter().partition(|&&file| context.sources.file(file).path.ends_with(".json"));
        for file in &json {
            let path = context.sources.file(*file).path.clone();
            let message =
                format!("{path} is Terraform in JSON syntax, which is not read yet; what it declares is not judged");
            problems.push(Problem::new(Stage::Load, &*path, message));
        }
        let mut directories = parse_directories(&files, context, &mut problems);
        let given: BTreeSet<Arc<str>> = directories.keys().cloned().collect();
        follow_calls(&mut directories, context, &mut problems);
        let modules = Modules(directories);
        let roots = roots(&modules, &given);
        let outcomes: Vec<Outcome<Vec<_>>> =
            roots.par_iter().map(|module| evaluate_root(module, &modules, context)).collect();
        let mut resources = Vec::new();
        for outcome in outcomes {
            resources.extend(outcome.value);
            problems.extend(outcome.problems);
        }
        Outcome::with(Loaded { resources, files: files.len(), skipped: json.len() }, problems)
    }
}

fn parse_directories(
    files: &[FileId],
    context: &Context<'_>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<Arc<str>, Arc<Module>> {
    let mut by_dir: BTreeMap<Arc<str>, Vec<FileId>> = BTreeMap::new();
    for &file in files {
        let path = context.sources.file(file).path.clone();
        let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
        by_dir.entry(dir.into()).or_default().push(file);
    }
    let parsed: Vec<(Arc<str>, Outcome<Module>)> =
        by_dir.into_par_iter().map(|(dir, files)| (dir.clone(), parse_directory(&dir, &files, context))).collect();
    let mut modules = BTreeMap::new();
    for (dir, outcome) in parsed {
        problems.extend(outcome.problems);
        modules.insert(dir, Arc::new(outcome.value));
    }
    modules
}

fn parse_directory(dir: &str, files: &[FileId], context: &Context<'_>) -> Outcome<Module> {
    let mut problems = Vec::new();
    let mut parsed = Vec::new();
    let paths: BTreeSet<Arc<str>> = files.iter().map(|&file| context.sources.file(file).path.clone()).collect();
    for &file in files {
        let source = context.sources.file(file);
        // OpenTofu reads `main.tofu` instead of a `main.tf` beside it.
        let hidden = source.path.strip_suffix(".tf").is_some_and(|stem| paths.contains(&*format!("{stem}.tofu")));
        if hidden || source.path.ends_with(".json") {
            continue;
        }
        let outcome = parse::parse_file(file, &source.path, &source.text);
        problems.extend(outcome.problems);
        let name = source.path.rsplit('/').next().unwrap_or(&source.path).to_owned();
        parsed.push(ParsedFile { name, body: outcome.value });
    }
    Outcome::with(Module::new(dir, parsed, &mut problems), problems)
}

/// Reads modules that are called but lie outside of the scanned paths, as far as the scan root reaches.
fn follow_calls(modules: &mut BTreeMap<Arc<str>, Arc<Module>>, context: &Context<'_>, problems: &mut Vec<Problem>) {
    let mut pending: Vec<Arc<str>> = modules.keys().cloned().collect();
    let mut missing = BTreeSet::new();
    while let Some(dir) = pending.pop() {
        let Some(module) = modules.get(&dir).cloned() else { continue };
        for call in &module.calls {
            let CallSource::Local(target) = &call.source else { continue };
            if modules.contains_key(target) || !missing.insert(target.clone()) {
                continue;
            }
            let files = directory_files(target, context, problems);
            if files.is_empty() {
                let subject = format!("module.{}", call.name);
                let shown = if target.is_empty() { "." } else { target };
                let message = format!("{subject} calls {shown}, where no Terraform files are; correct its source");
                problems.push(Problem::new(Stage::Load, subject, message).at(call.block.header));
                continue;
            }
            let outcome = parse_directory(target, &files, context);
            problems.extend(outcome.problems);
            modules.insert(target.clone(), Arc::new(outcome.value));
            pending.push(target.clone());
        }
    }
}

/// The `.tf` files of a directory outside of the scanned paths; none when it lies outside of the scan root.
fn directory_files(dir: &str, context: &Context<'_>, problems: &mut Vec<Problem>) -> Vec<FileId> {
    let path = context.base.join(dir);
    let Ok(canonical) = path.canonicalize() else { return Vec::new() };
    let inside = context.root.canonicalize().is_ok_and(|root| canonical.starts_with(root));
    let Some(entries) = canonical.read_dir().ok().filter(|_| inside) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect();
    names.sort();
    let claimed = names.into_iter().filter(|name| Terraform.claims(name));
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

/// Local directories that a module calls.
fn called(module: &Module) -> impl Iterator<Item = Arc<str>> {
    module.calls.iter().filter_map(|call| match &call.source {
        CallSource::Local(dir) => Some(dir.clone()),
        _ => None,
    })
}

/// Directories of the scanned paths that no module calls. In a cycle of calls the first by name is a root.
fn roots(modules: &Modules, given: &BTreeSet<Arc<str>>) -> Vec<Arc<Module>> {
    let mut reached: BTreeSet<Arc<str>> =
        modules.0.values().flat_map(|module| called(module).filter(|dir| **dir != *module.dir)).collect();
    let mut roots: Vec<Arc<Module>> = Vec::new();
    for dir in given {
        if let Some(module) = modules.get(dir).filter(|_| !reached.contains(dir)) {
            roots.push(module.clone());
        }
    }
    // Whatever no root leads to lies on a cycle: it is entered at its first directory.
    let mut seen = BTreeSet::new();
    let mut pending: Vec<Arc<str>> = roots.iter().map(|module| module.dir.clone()).collect();
    reached.clear();
    loop {
        while let Some(dir) = pending.pop() {
            if seen.insert(dir.clone())
                && let Some(module) = modules.get(&dir)
            {
                pending.extend(called(module));
            }
        }
        let Some(dir) = given.iter().find(|dir| !seen.contains(*dir)) else { return roots };
        roots.extend(modules.get(dir).cloned());
        pending.push(dir.clone());
    }
}

fn evaluate_root(
    module: &Arc<Module>,
    modules: &Modules,
    context: &Context<'_>,
) -> Outcome<Vec<crate::model::Resource>> {
    let mut problems = Vec::new();
    let inputs = inputs(module, context, &mut problems);
    let files = Files::new(context.sources, context.base, context.root, context.max_file_size);
    let evaluator = Evaluator::new(modules, &files, context.sources, &inputs);
    let root = evaluator.root(module);
    let resources = eval::materialise(&evaluator, &root);
    problems.extend(evaluator.into_problems());
    Outcome::with(resources, problems)
}

fn inputs(module: &Module, context: &Context<'_>, problems: &mut Vec<Problem>) -> Inputs {
    let settings = context.terraform;
    let mut inputs = Inputs::new(settings.workspace.clone());
    let is_string = |name: &str| {
        let block = module.variables.get(name);
        let declared =
            block.and_then(|block| block.body.attribute("type")).map(|attribute| types::parse(&attribute.expr));
        matches!(declared, None | Some(types::Type::String | types::Type::Number | types::Type::Bool))
    };
    for (name, text) in &settings.env {
        if module.variables.contains_key(name.as_str()) {
            problems.extend(inputs.add_text(context.sources, name, text, is_string(name), "TF_VAR").err());
        }
    }
    for path in automatic_files(&module.dir, context.base) {
        match read_source(context, &path) {
            Ok(file) => inputs.add_file(context.sources, file, problems),
            Err(problem) => problems.push(problem),
        }
    }
    for path in &settings.var_files {
        match read_source(context, path) {
            Ok(file) => inputs.add_file(context.sources, file, problems),
            Err(problem) => problems.push(problem),
        }
    }
    for (name, text) in &settings.vars {
        if module.variables.contains_key(name.as_str()) {
            problems.extend(inputs.add_text(context.sources, name, text, is_string(name), "--var").err());
        }
    }
    inputs
}

/// The variable files that Terraform reads by itself, in its order.
fn automatic_files(dir: &str, base: &Path) -> Vec<String> {
    let Ok(entries) = base.join(dir).read_dir() else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| {
            matches!(name.as_str(), "terraform.tfvars" | "terraform.tfvars.json")
                || name.ends_with(".auto.tfvars")
                || name.ends_with(".auto.tfvars.json")
        })
        .collect();
    let rank = |name: &str| match name {
        "terraform.tfvars" => 0,
        "terraform.tfvars.json" => 1,
        _ => 2,
    };
    names.sort_by(|a, b| (rank(a), a).cmp(&(rank(b), b)));
    names.into_iter().map(|name| if dir.is_empty() { name } else { format!("{dir}/{name}") }).collect()
}
