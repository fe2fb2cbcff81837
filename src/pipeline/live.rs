//! The spine of `live`: an inventory from wherever it comes, judged like everything else.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{BaselineFile, Error, PolicyOptions, SuppressOptions, apply_baseline, in_pool, load_policies, silence};
pub use crate::live::{Event, Organization, Settings};
use crate::live::{gaps, query, snapshot};
use crate::model::{Coverage, Inventory, Outcome, Problem, Report, SourceMap, Stage};
use crate::{evaluate, load, policy};

/// What to judge of live accounts and how.
#[derive(Clone, Debug)]
pub struct LiveOptions {
    /// The working directory, absolute: other paths may be relative to it.
    pub directory: PathBuf,
    pub inputs: Inputs,
    /// Writes down what was read.
    pub snapshot_out: Option<PathBuf>,
    /// Worker threads; 0 means one per core.
    pub jobs: usize,
    pub policy: PolicyOptions,
    pub suppress: SuppressOptions,
    pub baseline: Option<BaselineFile>,
    /// `YYYY-MM-DD`: suppressions that ended before it no longer hold. Without it none ends.
    pub today: Option<String>,
}

/// Where an inventory comes from.
#[derive(Clone, Debug)]
pub enum Inputs {
    Aws(Box<Settings>),
    Snapshot(PathBuf),
    /// The output of `terraform query -json`.
    Query(PathBuf),
}

/// Judges what accounts hold. `told` hears how the collection goes.
pub fn live(options: &LiveOptions, told: impl Fn(Event) + Send + Sync + 'static) -> Result<Report, Error> {
    in_pool(options.jobs, || live_with(options, &load_policies(&options.policy)?, Arc::new(told)))
}

/// The IAM policy that lets everything be read, as text; that of the account which reads an organization.
pub fn iam_policy(organization: bool) -> String {
    format!("{:#}\n", crate::live::actions::iam_policy(organization))
}

fn live_with(
    options: &LiveOptions,
    policies: &policy::PolicySet,
    told: Arc<dyn Fn(Event) + Send + Sync>,
) -> Result<Report, Error> {
    let read = inventory(&options.directory, &options.inputs, options.snapshot_out.as_deref(), told)?;
    let mut problems = read.problems;
    let sources = Arc::new(SourceMap::new());
    let mapped = crate::live::map::map(&read.value);
    problems.extend(mapped.problems);
    let resources = load::live(&mapped.value, &sources);
    // Policies for differences have nothing to say here.
    let (_, policies) = &policies.split(evaluate::DRIFT);
    let mut judged = evaluate::evaluate(&resources, policies, &sources);
    problems.append(&mut judged.problems);
    let today = options.today.as_deref();
    let silenced = silence(&mut judged.findings, &resources, policies, &sources, &options.suppress, None, today);
    problems.extend(silenced.problems.iter().cloned());
    let coverage = Coverage {
        files: 0,
        files_skipped: 0,
        resources: resources.len(),
        policies: policies.policies().len(),
        evaluations: judged.evaluations,
        undetermined: judged.undetermined,
    };
    let mut report = Report::finish(sources, judged.findings, problems, policies.infos(), coverage);
    report.suppressions = silenced.count(&report.findings);
    evaluate::number_fingerprints(&mut report.findings);
    if let Some(file) = &options.baseline {
        // Entries about other sources say nothing of an account, and whether theirs is gone is not seen here.
        apply_baseline(&mut report, file, &options.suppress, today, &|_| false);
    }
    Ok(report)
}

/// Reads an inventory and writes it down where that was asked for. What could not be read is among the problems.
pub(super) fn inventory(
    directory: &Path,
    inputs: &Inputs,
    snapshot_out: Option<&Path>,
    told: Arc<dyn Fn(Event) + Send + Sync>,
) -> Result<Outcome<Inventory>, Error> {
    let read = match inputs {
        Inputs::Snapshot(path) => snapshot::read_file(&directory.join(path)),
        Inputs::Query(path) => query::read_file(&directory.join(path)),
        #[cfg(feature = "aws")]
        Inputs::Aws(settings) => {
            crate::live::aws::collect(settings, &crate::live::Cancel::default(), told).map(Outcome::new)
        }
        #[cfg(not(feature = "aws"))]
        Inputs::Aws(_) => {
            drop(told);
            Err("this stanchion was built without AWS: judge a snapshot with --snapshot, or build it with the feature 'aws'".into())
        }
    };
    let mut read = read.map_err(Error)?;
    read.problems.extend(gaps::problems(&read.value));
    if let Some(path) = snapshot_out {
        // What was read is judged all the same.
        let written = snapshot::write_file(&directory.join(path), &read.value);
        read.problems.extend(written.err().map(|why| Problem::new(Stage::Collect, path.display().to_string(), why)));
    }
    Ok(read)
}
