//! The spine: the whole story of a run on one screen.
//!
//! It knows every room and the order of things, and nothing of what happens inside a room.

mod drift;
mod live_side;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::{Coverage, PolicyInfo, Report, Resource, Severity, SourceMap};
use crate::{discover, evaluate, filter, load, policy};

pub use self::drift::{DriftOptions, Earlier, drift, drift_with};

/// What to scan and how; flags and `stanchion.toml` end up here.
#[derive(Clone, Debug, Default)]
pub struct ScanOptions {
    /// The working directory, absolute: paths in reports are relative to it.
    pub directory: PathBuf,
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
    /// `YYYY-MM-DD`: suppressions that ended before it no longer hold. Without it none ends.
    pub today: Option<String>,
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
    /// Directories of external modules by source address or glob; later ones win.
    pub modules: Vec<(String, PathBuf)>,
    /// Sets of values to judge every root with, one after the other; none means once, with the values above.
    pub environments: Vec<EnvironmentOptions>,
    /// The directory of the root module that plans belong to; `None` looks for it beside the plan.
    pub source: Option<PathBuf>,
    /// Judge states found in directories, too.
    pub include_state: bool,
}

/// One set of values, over those that hold for all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnvironmentOptions {
    pub name: String,
    pub var_files: Vec<PathBuf>,
    pub vars: Vec<(String, String)>,
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
pub fn scan(options: &ScanOptions) -> Result<Report, Error> {
    in_pool(options.jobs, || scan_with(options, &load_policies(&options.policy)?))
}

/// The same with policies that are loaded already; call it where the stack is large.
pub fn scan_with(options: &ScanOptions, policies: &policy::PolicySet) -> Result<Report, Error> {
    let sources = Arc::new(SourceMap::new());
    let base = options.directory.canonicalize().unwrap_or_else(|_| options.directory.clone());
    let inputs: Vec<PathBuf> = options.paths.iter().chain(&options.terraform.source).cloned().collect();
    let root = scan_root(&base, &inputs);
    let terraform = terraform_settings(&base, &root, options)?;
    let is_input = |name: &str| {
        let named = || terraform.named.contains(name);
        load::is_input(name) || (named() && load::is_input_by_content(name, &base.join(name), options.max_file_size))
    };
    let found = discover::discover(&base, &options.paths, &options.exclude, &is_input).map_err(Error)?;
    let context = load::Context {
        sources: &sources,
        base: &base,
        root: &root,
        max_file_size: options.max_file_size,
        terraform: &terraform,
    };
    let loaded = load::load_all(&found.value, &context);
    // Policies for differences have nothing to say here.
    let (_, policies) = policies.split(evaluate::DRIFT);
    let resources = loaded.value.resources;
    let mut judged = evaluate::evaluate(&resources, &policies, &sources);
    let infos = policies.infos();
    let today = options.today.as_deref();
    let silenced = filter::suppress(&mut judged.findings, &resources, &infos, &sources, today);

    let findings = evaluate::merge_environments(judged.findings);
    let coverage = Coverage {
        files: loaded.value.files,
        files_skipped: loaded.value.skipped,
        resources: count(&resources),
        policies: policies.policies().len(),
        evaluations: judged.evaluations,
        undetermined: judged.undetermined,
    };
    let problems = [found.problems, loaded.problems, judged.problems, silenced].concat();
    let mut report = Report::finish(sources, findings, problems, infos, coverage);
    evaluate::number_fingerprints(&mut report.findings);
    Ok(report)
}

/// Resources, each once whatever the number of environments; declarations that make nothing do not count.
fn count(resources: &[Resource]) -> usize {
    let made = resources.iter().filter(|resource| !resource.is_declaration());
    let (plain, several): (Vec<_>, Vec<_>) = made.partition(|resource| resource.environment.is_none());
    let several: BTreeSet<_> =
        several.into_iter().map(|resource| (resource.source, &resource.scope, &resource.address)).collect();
    plain.len() + several.len()
}

/// Runs on threads whose stacks hold deep policies and deep inputs.
pub fn in_pool<T: Send>(jobs: usize, work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    let pool = evaluate::thread_pool(jobs).map_err(|error| Error(format!("threads cannot be started: {error}")))?;
    pool.install(work)
}

/// The policies that a run with these options would use, sorted by id.
pub fn policies(options: &PolicyOptions) -> Result<Vec<Arc<PolicyInfo>>, Error> {
    in_pool(0, || Ok(load_policies(options)?.infos()))
}

/// The shipped policies and those of the given folders, as selected.
pub fn load_policies(options: &PolicyOptions) -> Result<policy::PolicySet, Error> {
    policy::load(&selection(options)).map_err(|error| Error(error.to_string()))
}

fn selection(options: &PolicyOptions) -> policy::Selection {
    policy::Selection {
        dirs: options.dirs.clone(),
        select: options.select.clone(),
        ignore: options.ignore.clone(),
        severities: options.severities.clone(),
        parameters: options.parameters.clone(),
    }
}

fn terraform_settings(base: &Path, root: &Path, options: &ScanOptions) -> Result<load::TerraformSettings, Error> {
    let named = options.paths.iter().map(|path| base.join(path)).filter(|path| path.is_file());
    let named = named.map(|path| discover::relative(base, &path)).collect();
    let options = &options.terraform;
    let source = match &options.source {
        Some(dir) if !base.join(dir).is_dir() => {
            return Err(Error(format!("the source directory {} is not there; check --source", dir.display())));
        }
        Some(dir) => Some(discover::relative(base, &base.join(dir))),
        None => None,
    };
    // A variable file that was asked for and is not there would change every verdict in silence.
    let check = |file: &PathBuf, asked: &str| {
        if base.join(file).is_file() {
            return Ok(file.to_string_lossy().into_owned());
        }
        Err(Error(format!("the variable file {} is not there; check {asked}", file.display())))
    };
    let var_files = options.var_files.iter().map(|file| check(file, "--var-file")).collect::<Result<_, _>>()?;
    let environment = |it: &EnvironmentOptions| {
        let asked = format!("the environment '{}'", it.name);
        Ok(load::Environment {
            name: it.name.as_str().into(),
            var_files: it.var_files.iter().map(|file| check(file, &asked)).collect::<Result<_, _>>()?,
            vars: it.vars.clone(),
            workspace: it.workspace.clone(),
        })
    };
    let mut modules = Vec::new();
    for (source, dir) in &options.modules {
        let shown = dir.display();
        let found = base.join(dir).canonicalize().ok().filter(|dir| dir.is_dir());
        let found = found
            .ok_or_else(|| Error(format!("the directory {shown} of module {source} is not there; check --module")))?;
        if !found.starts_with(root) {
            let message = format!(
                "the directory {shown} of module {source} lies outside of the scanned tree; scan from above it"
            );
            return Err(Error(message));
        }
        // Paths of inputs are relative to the working directory.
        let dir = found.strip_prefix(base).unwrap_or(dir);
        modules.push((source.clone(), dir.to_string_lossy().replace('\\', "/")));
    }
    Ok(load::TerraformSettings {
        var_files,
        modules,
        vars: options.vars.clone(),
        env: options.env.clone(),
        workspace: options.workspace.clone(),
        environments: options.environments.iter().map(environment).collect::<Result<_, Error>>()?,
        source,
        include_state: options.include_state,
        named,
    })
}

/// The directory that nothing read may lie outside of: the repository of the given paths, else the working directory if
/// they lie in it, else the directory that holds them all.
fn scan_root(base: &Path, paths: &[PathBuf]) -> PathBuf {
    let root_of = |path: &PathBuf| {
        let full = base.join(path);
        let full = full.canonicalize().unwrap_or(full);
        let repository = full.ancestors().find(|dir| dir.join(".git").exists()).map(Path::to_path_buf);
        let own = if full.is_file() { full.parent().map_or(full.clone(), Path::to_path_buf) } else { full.clone() };
        repository.unwrap_or_else(|| if full.starts_with(base) { base.to_path_buf() } else { own })
    };
    let mut roots = paths.iter().map(root_of);
    let first = roots.next().unwrap_or_else(|| base.to_path_buf());
    roots.fold(first, |common, root| {
        common.ancestors().find(|dir| root.starts_with(dir)).map_or(common.clone(), Path::to_path_buf)
    })
}
