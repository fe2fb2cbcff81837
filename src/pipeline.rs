//! The spine: the whole story of a run on one screen.
//!
//! It knows every room and the order of things, and nothing of what happens inside a room.

mod compare;
mod drift;
mod ending;
mod live;
mod selftest;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ending::{Ending, Judged};

pub use drift::{DriftOptions, Earlier, drift, drift_with};
pub use live::{Event, Inputs, LiveOptions, Organization, Settings, iam_policy, live};
pub use selftest::{Parameters, TestOptions, Tested, test_policies};

pub use crate::filter::{Baseline, BaselineChanges, BaselineEntry, Rule, Tag, parse_baseline, render_baseline};
use crate::model::{Coverage, Outcome, PolicyInfo, Report, Resource, Severity, SourceMap};
use crate::{discover, evaluate, load, policy};

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
    pub suppress: SuppressOptions,
    pub baseline: Option<BaselineFile>,
    pub change: ChangeOptions,
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
    /// Only policies of these families; empty means all.
    pub families: Vec<String>,
    /// Severity by policy id or glob, instead of the metadata's.
    pub severities: BTreeMap<String, Severity>,
    /// Parameters by policy id, over the metadata's defaults.
    pub parameters: BTreeMap<String, serde_json::Map<String, serde_json::Value>>,
}

/// What may silence findings.
#[derive(Clone, Debug, Default)]
pub struct SuppressOptions {
    /// Heed no comments and annotations.
    pub no_inline: bool,
    /// Heed no comments and annotations that are meant for other scanners.
    pub no_foreign: bool,
    /// `[[suppress]]`
    pub rules: Vec<Rule>,
    /// Policies that nothing silences, as ids or globs.
    pub unsuppressable: Vec<String>,
    /// The configuration's path and text, to point into.
    pub configuration: Option<(String, Arc<str>)>,
}

/// What of the tree counts as the change under review.
#[derive(Clone, Debug, Default)]
pub struct ChangeOptions {
    /// Compare with where the tree left this branch, tag or commit.
    pub base: Option<String>,
    /// Read the index instead of the working directory.
    pub staged: bool,
    /// The given paths are files that somebody touched: judge what they take part in, and only that.
    pub touching: bool,
    /// What a changed configuration weakens, told by whoever knows configurations.
    pub weakened: Option<Weakened>,
}

/// The texts of a configuration's file before and now, to lines and sentences about what now counts less.
pub type Weakened = fn(before: Option<&str>, now: &str) -> Vec<(Option<u32>, String)>;

impl ChangeOptions {
    const fn is_asked(&self) -> bool {
        self.base.is_some() || self.staged || self.touching
    }
}

/// A baseline and the file it was read from.
#[derive(Clone, Debug)]
pub struct BaselineFile {
    /// Relative to the working directory, with `/` between components.
    pub path: String,
    pub text: Arc<str>,
    pub baseline: Baseline,
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
    let scene = Scene::new(options, policies)?;
    let report = if options.change.is_asked() {
        compare::scan(&scene)?
    } else {
        let found = scene.discover(&options.paths)?;
        judge(&scene, found, load::Reader::Disk).report
    };
    Ok(report)
}

/// What all versions of a tree are judged with.
struct Scene<'a> {
    options: &'a ScanOptions,
    policies: &'a policy::PolicySet,
    /// The working directory, without links.
    base: PathBuf,
    /// Nothing outside of it is read.
    root: PathBuf,
    terraform: load::TerraformSettings,
}

impl<'a> Scene<'a> {
    fn new(options: &'a ScanOptions, policies: &'a policy::PolicySet) -> Result<Self, Error> {
        let base = options.directory.canonicalize().unwrap_or_else(|_| options.directory.clone());
        let inputs: Vec<PathBuf> = options.paths.iter().chain(&options.terraform.source).cloned().collect();
        let root = scan_root(&base, &inputs);
        let terraform = terraform_settings(&base, &root, options)?;
        Ok(Self { options, policies, base, root, terraform })
    }

    fn is_input(&self, name: &str) -> bool {
        let limit = self.options.max_file_size;
        let named = || self.terraform.named.contains(name);
        load::is_input(name)
            || (named() && load::is_input_by_content(name, &self.base.join(name), limit, load::Reader::Disk))
    }

    fn discover(&self, paths: &[PathBuf]) -> Result<Outcome<Vec<String>>, Error> {
        discover::discover(&self.base, paths, &self.options.exclude, &|name| self.is_input(name)).map_err(Error)
    }

    fn context<'c>(&'c self, sources: &'c SourceMap, reader: load::Reader<'c>) -> load::Context<'c> {
        load::Context {
            sources,
            base: &self.base,
            root: &self.root,
            max_file_size: self.options.max_file_size,
            terraform: &self.terraform,
            reader,
        }
    }
}

/// Everything but what compares with other versions.
fn judge(scene: &Scene<'_>, found: Outcome<Vec<String>>, reader: load::Reader<'_>) -> Judged {
    let (options, policies) = (scene.options, scene.policies);
    let sources = Arc::new(SourceMap::new());
    let loaded = load::load_all(&found.value, &scene.context(&sources, reader));
    // Policies for differences have nothing to say here.
    let (_, policies) = &policies.split(evaluate::DRIFT);
    let resources = loaded.value.resources;
    let judged = evaluate::evaluate(&resources, policies, &sources);
    let coverage = Coverage {
        files: loaded.value.files,
        files_skipped: loaded.value.skipped,
        resources: count(&resources),
        ..Coverage::default()
    };
    let problems = [found.problems, loaded.problems].concat();
    let covered = |path: &str| covers(options, path);
    let ending = Ending { options, policies, sources, resources: &resources, problems, coverage, covered: &covered };
    ending.report(judged)
}

/// Whether a path lies below what is scanned, so that what is not found there is not there.
pub fn covers(options: &ScanOptions, path: &str) -> bool {
    let normal = |path: &Path| discover::normal(&options.directory, path);
    let path = normal(Path::new(path));
    options.paths.iter().map(|scanned| normal(scanned)).any(|scanned| {
        let climbs = path.starts_with("..");
        (scanned.is_empty() && !climbs) || Path::new(&path).starts_with(&scanned) && !scanned.is_empty()
    })
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
        families: options.families.clone(),
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
