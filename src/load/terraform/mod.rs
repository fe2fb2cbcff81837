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
mod modules;
mod number;
mod parse;
mod plan;
mod recorded;
mod records;
mod schema;
mod sources;
mod state;
#[cfg(test)]
mod tests;
mod types;
mod value;
mod variables;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use self::eval::Evaluator;
use self::files::Files;
use self::module::{CallSource, Module};
pub use self::modules::Modules;
use self::modules::directory;
use self::sources::Fetched;
pub use self::sources::is_fetched;
use self::variables::Inputs;
use super::{Context, Environment, Loaded, Loader, read_source};
use crate::model::{FileId, Outcome, Problem};

pub(super) use self::plan::{facets, texts_of};
pub(super) use self::recorded::live_config;
pub use self::recorded::{Records, records};
pub use self::records::is_binary_plan;
pub(super) use self::state::stems;

/// The loader of Terraform source.
#[derive(Debug)]
pub struct Terraform;

impl Loader for Terraform {
    fn claims(&self, path: &str) -> bool {
        is_source(path) || records::claims(path)
    }

    fn takes(&self, path: &str, text: &str) -> bool {
        is_source(path) || records::kind(path, text).is_some()
    }

    fn load(&self, files: &[FileId], context: &Context<'_>) -> Outcome<Loaded> {
        let mut problems = Vec::new();
        let records::Sorted { records, others, skipped } = records::sort_out(files, context, &mut problems);
        let read = records.len();
        // What Terraform fetched is judged through its callers, unless there is nothing else to judge.
        let is_fetched = |file: &FileId| is_fetched(&context.sources.file(*file).path);
        let (mut fetched, mut own): (Vec<FileId>, Vec<FileId>) = others.iter().partition(|file| is_fetched(file));
        if own.is_empty() {
            std::mem::swap(&mut fetched, &mut own);
        }
        let modules = Modules::parse(&own, context);
        let given: BTreeSet<Arc<str>> =
            own.iter().map(|file| directory(&context.sources.file(*file).path).into()).collect();
        let (plans, states): (Vec<_>, Vec<_>) =
            records.into_iter().partition(|record| record.kind == records::Kind::Plan);
        let plans = plan::prepare(plans, &modules, context, &mut problems);
        let mut roots = roots(&modules, &given, context);
        // A plan says the same as its source, and more: one report of it is enough.
        roots.retain(|root| !plans.iter().any(|plan| plan.source.as_ref() == Some(&root.dir)));
        let outcomes: Vec<Outcome<Vec<_>>> = evaluations(&roots, context)
            .par_iter()
            .map(|(module, it)| evaluate_root(module, &modules, *it, context))
            .collect();
        let planned: Vec<Outcome<Vec<_>>> = plans.par_iter().map(|plan| plan.load(&modules, context)).collect();
        let recorded = state::load(&states, context);
        let mut resources = Vec::new();
        for outcome in outcomes.into_iter().chain(planned).chain(recorded) {
            resources.extend(outcome.value);
            problems.extend(outcome.problems);
        }
        fetched.retain(|file| !modules.is_loaded(directory(&context.sources.file(*file).path)));
        problems.extend(modules.into_problems());
        let (files, skipped) = (others.len() - fetched.len() + read, skipped + fetched.len());
        Outcome::with(Loaded { resources, files, skipped }, problems)
    }
}

/// True for files that Terraform reads as part of a module.
pub fn is_source(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let hidden = name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'));
    !hidden && [".tf", ".tofu", ".tf.json", ".tofu.json"].iter().any(|ending| name.ends_with(ending))
}

/// Directories that a module calls, as far as that can be told without its callers.
fn called(module: &Arc<Module>, modules: &Modules<'_>, context: &Context<'_>) -> Vec<Arc<str>> {
    let mut out = Vec::new();
    for (index, call) in module.calls.iter().enumerate() {
        let source = match &call.source {
            CallSource::Unclear => {
                as_root(module, modules, None, context, |evaluator, root, _| evaluator.call_source(root, index)).ok()
            }
            known => Some(known.clone()),
        };
        match source {
            Some(CallSource::Local(dir)) => out.push(dir),
            Some(CallSource::External(source)) => out.extend(sources::mapped(&source, &context.terraform.modules)),
            _ => {}
        }
    }
    out
}

/// Directories of the scanned paths that no module calls. In a cycle of calls the first by name is a root.
fn roots(modules: &Modules<'_>, given: &BTreeSet<Arc<str>>, context: &Context<'_>) -> Vec<Arc<Module>> {
    let mut calls: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
    let mut pending: Vec<Arc<str>> = given.iter().cloned().collect();
    while let Some(dir) = pending.pop() {
        if calls.contains_key(&dir) {
            continue;
        }
        let targets = modules.get(&dir).map(|module| called(&module, modules, context)).unwrap_or_default();
        pending.extend(targets.iter().cloned());
        calls.insert(dir, targets);
    }
    let reached: BTreeSet<&Arc<str>> =
        calls.iter().flat_map(|(from, targets)| targets.iter().filter(move |to| *to != from)).collect();
    let mut roots: Vec<Arc<str>> = given.iter().filter(|dir| !reached.contains(dir)).cloned().collect();
    // Whatever no root leads to lies on a cycle: it is entered at its first directory.
    let mut seen = BTreeSet::new();
    let mut pending = roots.clone();
    loop {
        while let Some(dir) = pending.pop() {
            if seen.insert(dir.clone()) {
                pending.extend(calls.get(&dir).into_iter().flatten().cloned());
            }
        }
        let Some(dir) = given.iter().find(|dir| !seen.contains(*dir)) else { break };
        roots.push(dir.clone());
        pending.push(dir.clone());
    }
    roots.iter().filter_map(|dir| modules.get(dir)).collect()
}

/// Every root with every environment, or once without any.
fn evaluations<'c>(roots: &[Arc<Module>], context: &Context<'c>) -> Vec<(Arc<Module>, Option<&'c Environment>)> {
    let environments = &context.terraform.environments;
    let each = |module: &Arc<Module>| -> Vec<_> {
        if environments.is_empty() {
            return vec![(module.clone(), None)];
        }
        environments.iter().map(|environment| (module.clone(), Some(environment))).collect()
    };
    roots.iter().flat_map(each).collect()
}

fn evaluate_root(
    module: &Arc<Module>,
    modules: &Modules<'_>,
    environment: Option<&Environment>,
    context: &Context<'_>,
) -> Outcome<Vec<crate::model::Resource>> {
    let mut problems = Vec::new();
    let mut resources = as_root(module, modules, environment, context, |evaluator, root, found| {
        problems.append(found);
        let resources = eval::materialise(evaluator, root);
        problems.extend(evaluator.take_problems());
        resources
    });
    if let Some(environment) = environment {
        for resource in &mut resources {
            resource.environment = Some(environment.name.clone());
        }
    }
    Outcome::with(resources, problems)
}

/// Does something with an evaluator that has the module as its root; the last argument of `work` is what its inputs lack.
fn as_root<T>(
    module: &Arc<Module>,
    modules: &Modules<'_>,
    environment: Option<&Environment>,
    context: &Context<'_>,
    work: impl FnOnce(&Evaluator<'_>, &std::rc::Rc<eval::Instance>, &mut Vec<Problem>) -> T,
) -> T {
    let mut problems = Vec::new();
    let inputs = inputs(module, environment, context, &mut problems);
    let files = Files::new(context);
    let evaluator = Evaluator::new(modules, &files, context.sources, &inputs);
    let root = evaluator.root(module);
    work(&evaluator, &root, &mut problems)
}

fn inputs(
    module: &Module,
    environment: Option<&Environment>,
    context: &Context<'_>,
    problems: &mut Vec<Problem>,
) -> Inputs {
    let settings = context.terraform;
    let workspace = environment.and_then(|it| it.workspace.clone()).or_else(|| settings.workspace.clone());
    let mut inputs = Inputs::new(workspace);
    inputs.fetched = Fetched::read(&module.dir, context, problems);
    inputs.modules.clone_from(&settings.modules);
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
    for path in automatic_files(&module.dir, context) {
        match read_source(context, &path) {
            Ok(file) => inputs.add_file(context.sources, file, problems),
            Err(problem) => problems.push(problem),
        }
    }
    for path in settings.var_files.iter().chain(environment.iter().flat_map(|it| &it.var_files)) {
        match read_source(context, path) {
            Ok(file) => inputs.add_file(context.sources, file, problems),
            Err(problem) => problems.push(problem),
        }
    }
    for (name, text) in settings.vars.iter().chain(environment.iter().flat_map(|it| &it.vars)) {
        if module.variables.contains_key(name.as_str()) {
            problems.extend(inputs.add_text(context.sources, name, text, is_string(name), "--var").err());
        }
    }
    inputs
}

/// The variable files that Terraform reads by itself, in its order.
fn automatic_files(dir: &str, context: &Context<'_>) -> Vec<String> {
    let Ok(names) = context.reader.names(&context.base.join(dir)) else { return Vec::new() };
    let mut names: Vec<String> = names
        .into_iter()
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
