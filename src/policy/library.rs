//! Where policies come from: the shipped ones inside the binary, and folders named by the user. And which of them run.
//!
//! The only part of this room that reads files. It does not evaluate anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::check::{self, Names};
use super::metadata::{self, Metadata};
use super::module::Module;
use super::{Policy, Reads, builtins, engine};
use crate::model::{PolicyInfo, Severity, SourceKind};

/// Which policies run, and with which settings.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Folders (or single files) added to the shipped library.
    pub dirs: Vec<PathBuf>,
    /// Ids or globs; empty selects all.
    pub select: Vec<String>,
    pub ignore: Vec<String>,
    /// Only policies of these families; empty means all.
    pub families: Vec<String>,
    /// Severity by id or glob, instead of the metadata's.
    pub severities: BTreeMap<String, Severity>,
    /// Parameters by policy id, over the metadata's defaults.
    pub parameters: BTreeMap<String, serde_json::Map<String, serde_json::Value>>,
}

/// Every reason why the policies cannot be used, one sentence each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError(pub Vec<String>);

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for LoadError {}

/// The policies of a run, sorted by id.
#[derive(Clone, Debug, Default)]
pub struct PolicySet {
    policies: Vec<Arc<Policy>>,
    /// All there are, selected or not.
    known: Vec<Arc<PolicyInfo>>,
}

impl PolicySet {
    pub fn policies(&self) -> &[Arc<Policy>] {
        &self.policies
    }

    /// The metadata of every policy, for reports.
    pub fn infos(&self) -> Vec<Arc<PolicyInfo>> {
        self.policies.iter().map(|policy| policy.info.clone()).collect()
    }

    /// The metadata of every policy there is, selected or not, sorted by id.
    pub fn known(&self) -> &[Arc<PolicyInfo>] {
        &self.known
    }

    /// The policy id that was probably meant.
    pub fn closest(&self, id: &str) -> Option<String> {
        closest(id, self.known.iter().map(|policy| policy.id.to_string()))
    }

    /// The policies that name a type of ours outright, and all others.
    pub fn split(&self, kind: &str) -> (Self, Self) {
        let names = |policy: &&Arc<Policy>| policy.info.resource_types.iter().any(|named| named == kind);
        let (own, others) = self.policies.iter().partition::<Vec<_>, _>(names);
        let set = |policies: Vec<&Arc<Policy>>| self.with(policies.into_iter().cloned().collect());
        (set(own), set(others))
    }

    /// Without the policies that look at all resources of a source and scope together.
    #[must_use]
    pub fn of_single_resources(&self) -> Self {
        self.with(self.policies.iter().filter(|policy| !policy.estate).cloned().collect())
    }

    fn with(&self, policies: Vec<Arc<Policy>>) -> Self {
        Self { policies, known: self.known.clone() }
    }

    pub fn get(&self, id: &str) -> Option<&Arc<Policy>> {
        self.policies.iter().find(|policy| &*policy.info.id == id)
    }

    /// This policy alone; the rest stays known.
    #[must_use]
    pub fn only(&self, id: &str) -> Self {
        let policies = self.policies.iter().filter(|policy| &*policy.info.id == id).cloned().collect();
        Self { policies, known: self.known.clone() }
    }

    /// The policies meant for resources of this source and type, as indexes into [`PolicySet::policies`].
    pub fn route(&self, source: SourceKind, kind: &str) -> Vec<usize> {
        let matching =
            self.policies.iter().enumerate().filter(|(_, policy)| !policy.estate && policy.applies_to(source, kind));
        matching.map(|(index, _)| index).collect()
    }
}

/// Loads the shipped policies and those of the named folders, and applies the selection.
pub fn load(selection: &Selection) -> Result<PolicySet, LoadError> {
    let mut files: Vec<(String, String)> =
        SHIPPED.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let mut problems = Vec::new();
    for dir in &selection.dirs {
        let before = files.len();
        read_folder(dir, 0, &mut files, &mut problems);
        if files.len() == before && problems.is_empty() {
            problems.push(format!("{}: no .rego file here; check the path given to --policy", dir.display()));
        }
    }
    if !problems.is_empty() {
        return Err(LoadError(problems));
    }
    load_texts(&files, selection)
}

/// The same, from texts by path; nothing is added to them.
pub fn load_texts(files: &[(String, String)], selection: &Selection) -> Result<PolicySet, LoadError> {
    let mut problems = Vec::new();
    let mut modules = Vec::new();
    let parsed: Vec<(&String, Result<Module, String>)> = files
        .par_iter()
        .map(|(path, text)| {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            (path, check::nesting(path, text).and_then(|()| parse(path, text)))
        })
        .collect();
    for (path, result) in parsed {
        match result {
            Ok(module) => modules.push(Arc::new(module)),
            Err(error) if error.starts_with(path.as_str()) => problems.push(error),
            Err(error) => problems.push(format!("{path}: {error}")),
        }
    }
    let mut policies = Vec::new();
    let entries = entries(&modules, &mut problems);
    let built: Vec<_> = entries.into_par_iter().map(|(metadata, own)| build(metadata, &own, &modules)).collect();
    for result in built {
        match result {
            Ok(policy) => policies.push(policy),
            Err(found) => problems.extend(found),
        }
    }
    policies.sort_by(|a, b| (&a.info.id, &a.info.path).cmp(&(&b.info.id, &b.info.path)));
    for (a, b) in policies.iter().zip(policies.iter().skip(1)) {
        if a.info.id == b.info.id {
            problems.push(format!(
                "{}: the id '{}' is already used by {}; give one of them another id",
                b.info.path, b.info.id, a.info.path
            ));
        }
    }
    let known = policies.iter().map(|policy| policy.info.clone()).collect();
    let policies = if problems.is_empty() { select(policies, selection, &mut problems) } else { policies };
    problems.sort();
    problems.dedup();
    if problems.is_empty() {
        Ok(PolicySet { policies: policies.into_iter().map(Arc::new).collect(), known })
    } else {
        Err(LoadError(problems))
    }
}

/// The nearest of some names, if any is near enough to be meant.
pub(super) fn closest(name: &str, candidates: impl Iterator<Item = String>) -> Option<String> {
    let limit = (name.chars().count() / 3).max(2);
    let scored = candidates.map(|candidate| (distance(name, &candidate), candidate));
    scored.filter(|(distance, _)| *distance <= limit).min().map(|(_, candidate)| candidate)
}

/// Parses, and survives a parser that does not.
fn parse(path: &str, text: &str) -> Result<Module, String> {
    let crashed = || Err("the Rego parser crashed on this file; take its last change back".to_owned());
    engine::quietly(|| Module::parse(path, text)).unwrap_or_else(crashed)
}

/// How paths of shipped policies begin.
const EMBEDDED: &str = "embedded:";

static SHIPPED: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/policies.in"));

/// Folders nested deeper than this are taken for a loop.
const MAX_FOLDERS: usize = 32;

fn read_folder(path: &Path, depth: usize, files: &mut Vec<(String, String)>, problems: &mut Vec<String>) {
    let shown = path.display().to_string().replace('\\', "/");
    if path.is_dir() && depth < MAX_FOLDERS {
        let entries = std::fs::read_dir(path).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
        match entries {
            Ok(entries) => {
                let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
                paths.sort();
                let wanted = |p: &PathBuf| p.is_dir() || p.extension().is_some_and(|extension| extension == "rego");
                paths.iter().filter(|p| wanted(p)).for_each(|p| read_folder(p, depth + 1, files, problems));
            }
            Err(error) => problems.push(format!("{shown}: cannot read this folder: {error}")),
        }
        return;
    }
    if depth > 0 && shown.ends_with("_test.rego") {
        return;
    }
    match std::fs::read_to_string(path) {
        Ok(text) => files.push((shown, text)),
        Err(error) => {
            problems.push(format!("{shown}: cannot read this policy: {error}; check the path given to --policy"));
        }
    }
}

/// A policy's metadata and own files, for every policy among the modules.
fn entries(modules: &[Arc<Module>], problems: &mut Vec<String>) -> Vec<(Metadata, Vec<Arc<Module>>)> {
    let mut out = Vec::new();
    // Files of one package without metadata are one policy, as conftest sees them.
    let mut bare: BTreeMap<&str, Vec<Arc<Module>>> = BTreeMap::new();
    for module in modules {
        let judges = !entry_rules(module).is_empty();
        match metadata::read(&module.path, &module.text) {
            Err(error) => problems.push(error),
            Ok(Some(metadata)) if judges => out.push((metadata, vec![module.clone()])),
            Ok(Some(metadata)) => problems.push(format!(
                "{}: policy '{}' has no deny rule; write 'deny contains finding if {{ ... }}' or remove custom.id",
                module.path, metadata.info.id
            )),
            Ok(None) if judges && metadata::has_block(&module.text) => problems.push(format!(
                "{}: the METADATA block has no custom.id; add 'custom:' with id, severity and resource_types",
                module.path
            )),
            Ok(None) if judges => bare.entry(&module.package).or_default().push(module.clone()),
            Ok(None) => {}
        }
    }
    for (package, own) in bare {
        let path = own.first().map_or("", |module| &*module.path);
        out.push((metadata::assumed(path, package), own));
    }
    out
}

/// Names of the rules that are evaluated, with the severity they imply.
fn entry_rules(module: &Module) -> Vec<(String, Option<Severity>)> {
    let names: BTreeSet<&str> =
        module.rules.iter().map(|rule| rule.name.as_str()).filter(|name| module.has_rule(name)).collect();
    let implied = |name: &str| {
        let is = |base: &str| name.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
        match () {
            () if is("deny") || is("violation") => Some(None),
            () if is("warn") => Some(Some(Severity::Low)),
            () => None,
        }
    };
    names.into_iter().filter_map(|name| Some((name.to_owned(), implied(name)?))).collect()
}

fn build(metadata: Metadata, own: &[Arc<Module>], all: &[Arc<Module>]) -> Result<Policy, Vec<String>> {
    let modules = closure(own, all);
    let names = Names::new(&modules);
    let found = names.problems();
    if !found.is_empty() {
        return Err(found);
    }
    let rules: BTreeMap<String, Option<Severity>> = own
        .iter()
        .flat_map(|module| {
            entry_rules(module).into_iter().map(|(name, implied)| (check::full_name(module, &name), implied))
        })
        .collect();
    let entries: Vec<String> = rules.keys().cloned().collect();
    let mut reads = Reads::of(&names, &entries, &metadata.parameters);
    reads.literals = metadata.literals;
    let policy = Policy {
        info: Arc::new(metadata.info),
        sources: metadata.sources,
        estate: metadata.estate,
        conftest: metadata.assumed,
        parameters: metadata.parameters,
        reads,
        rules: rules.into_iter().collect(),
        modules,
    };
    // The shipped ones are tried by a test instead; doing it at each start would only cost time.
    if policy.info.path.starts_with(EMBEDDED) {
        return Ok(policy);
    }
    engine::try_out(&policy).map_err(|error| {
        if error.contains(".rego:") { vec![error] } else { vec![format!("{}: {error}", policy.info.path)] }
    })?;
    Ok(policy)
}

/// A policy's own files, the helper files of their packages, and all that these import.
fn closure(own: &[Arc<Module>], all: &[Arc<Module>]) -> Vec<Arc<Module>> {
    let mut taken: Vec<Arc<Module>> = own.to_vec();
    let mut next = 0;
    while let Some(module) = taken.get(next).cloned() {
        next += 1;
        let imports = module.imports.iter().map(|import| import.path.clone());
        let refs = module.rules.iter().flat_map(|rule| &rule.refs).chain([]);
        let refs = refs.filter(|path| path.first().is_some_and(|first| first == "data")).map(|path| path.join("."));
        let targets: BTreeSet<String> = imports.chain(refs).filter(|path| path != "data").collect();
        for candidate in all {
            if taken.iter().any(|known| Arc::ptr_eq(known, candidate)) {
                continue;
            }
            let package = format!("data.{}", candidate.package);
            let helper = candidate.package == module.package && entry_rules(candidate).is_empty();
            let imported =
                targets.iter().any(|target| check::is_prefix(&package, target) || check::is_prefix(target, &package));
            if helper || imported {
                taken.push(candidate.clone());
            }
        }
    }
    taken
}

/// Applies selection, severities and parameters; every name that matches nothing is a problem.
fn select(mut policies: Vec<Policy>, selection: &Selection, problems: &mut Vec<String>) -> Vec<Policy> {
    let ids: Vec<Arc<str>> = policies.iter().map(|policy| policy.info.id.clone()).collect();
    let unknown = |pattern: &str, what: &str| {
        if ids.iter().any(|id| builtins::glob_match(pattern, id)) {
            return None;
        }
        let hint = closest(pattern, ids.iter().map(ToString::to_string)).map(|id| format!("; did you mean '{id}'?"));
        Some(format!(
            "{what}: no policy is called '{pattern}'{}",
            hint.unwrap_or_else(|| "; see 'stanchion policy list'".into())
        ))
    };
    problems.extend(selection.select.iter().filter_map(|pattern| unknown(pattern, "select")));
    problems.extend(selection.ignore.iter().filter_map(|pattern| unknown(pattern, "ignore")));
    problems.extend(selection.severities.keys().filter_map(|pattern| unknown(pattern, "severity")));
    problems.extend(selection.parameters.keys().filter_map(|id| unknown(id, "parameters")));

    let families: BTreeSet<&str> = policies.iter().map(|policy| policy.info.family.as_str()).collect();
    for family in selection.families.iter().filter(|family| !families.contains(family.as_str())) {
        let there: Vec<&str> = families.iter().copied().filter(|name| !name.is_empty()).collect();
        problems.push(format!("family: no policy is of the family '{family}'; there are {}", there.join(", ")));
    }

    for policy in &mut policies {
        // An exact id is closer to the point than a glob.
        let exact = selection.severities.get(&*policy.info.id);
        let glob = || {
            selection
                .severities
                .iter()
                .find(|(pattern, _)| builtins::glob_match(pattern, &policy.info.id))
                .map(|(_, s)| s)
        };
        if let Some(&severity) = exact.or_else(glob) {
            Arc::make_mut(&mut policy.info).severity = severity;
        }
        let Some(given) = selection.parameters.get(&*policy.info.id) else { continue };
        for (name, value) in given {
            let known = || policy.parameters.keys().cloned().collect::<Vec<_>>().join(", ");
            match policy.parameters.get(name) {
                None if policy.parameters.is_empty() => {
                    problems
                        .push(format!("parameters: policy '{}' has no parameters; remove '{name}'", policy.info.id));
                }
                None => problems.push(format!(
                    "parameters: policy '{}' has no parameter '{name}'; it has {}",
                    policy.info.id,
                    known()
                )),
                Some(default)
                    if !default.is_null() && std::mem::discriminant(default) != std::mem::discriminant(value) =>
                {
                    problems.push(format!(
                        "parameters: '{name}' of policy '{}' must be {}",
                        policy.info.id,
                        shape(default)
                    ));
                }
                Some(_) => {}
            }
        }
        policy.parameters.extend(given.clone());
        let values = policy.parameters.clone();
        values.values().for_each(|value| policy.reads.add_parameter(value));
    }
    let chosen = |id: &str, patterns: &[String]| patterns.iter().any(|pattern| builtins::glob_match(pattern, id));
    policies.retain(|policy| {
        (selection.select.is_empty() || chosen(&policy.info.id, &selection.select))
            && !chosen(&policy.info.id, &selection.ignore)
            && (selection.families.is_empty() || selection.families.contains(&policy.info.family))
    });
    policies
}

const fn shape(value: &serde_json::Value) -> &'static str {
    match value {
        serde_json::Value::Null => "null",
        serde_json::Value::Bool(_) => "true or false",
        serde_json::Value::Number(_) => "a number",
        serde_json::Value::String(_) => "a text",
        serde_json::Value::Array(_) => "a list",
        serde_json::Value::Object(_) => "a table",
    }
}

/// Edit distance, by characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, cb) in b.iter().enumerate() {
            let (above, diagonal) = (row.get(j + 1).copied().unwrap_or(0), row.get(j).copied().unwrap_or(0));
            let left = next.last().copied().unwrap_or(0);
            next.push((diagonal + usize::from(ca != *cb)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
