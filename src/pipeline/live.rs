//! The spine of `live`: an inventory from wherever it comes, judged like everything else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::drift::rules;
use super::ending::Ending;
use super::written::{Read, Written};
use super::{Error, ScanOptions, in_pool, load_policies};
pub use crate::live::{Event, Organization, Settings};
use crate::live::{gaps, query, snapshot};
use crate::model::{
    Coverage, Finding, Inventory, Live, Outcome, Problem, Related, Report, Resource, SourceMap, Stage, Value,
};
use crate::{drift, evaluate, load, policy};

/// What to judge of live accounts and how.
#[derive(Clone, Debug, Default)]
pub struct LiveOptions {
    /// Directory, policies, Terraform's values; `paths` are the directories of the source, none where it is not here.
    pub scan: ScanOptions,
    pub inputs: Inputs,
    /// Files, directories of states, or globs: they say where live things are written down.
    pub states: Vec<PathBuf>,
    /// A state that came through a pipe.
    pub piped: Option<String>,
    /// Writes down what was read.
    pub snapshot_out: Option<PathBuf>,
}

/// Where an inventory comes from.
#[derive(Clone, Debug)]
pub enum Inputs {
    Aws(Box<Settings>),
    Snapshot(PathBuf),
    /// The output of `terraform query -json`.
    Query(PathBuf),
}

impl Default for Inputs {
    fn default() -> Self {
        Self::Snapshot(PathBuf::new())
    }
}

/// Judges what accounts hold. `told` hears how the collection goes.
pub fn live(options: &LiveOptions, told: impl Fn(Event) + Send + Sync + 'static) -> Result<Report, Error> {
    in_pool(options.scan.jobs, || live_with(options, &load_policies(&options.scan.policy)?, Arc::new(told)))
}

/// The IAM policy that lets everything be read, as text; that of the account which reads an organization; with what roles
/// and users last used.
pub fn iam_policy(organization: bool, last_accessed: bool) -> String {
    format!("{:#}\n", crate::live::actions::iam_policy(organization, last_accessed))
}

fn live_with(
    options: &LiveOptions,
    policies: &policy::PolicySet,
    told: Arc<dyn Fn(Event) + Send + Sync>,
) -> Result<Report, Error> {
    let scan = &options.scan;
    let base = scan.directory.canonicalize().unwrap_or_else(|_| scan.directory.clone());
    let sources = Arc::new(SourceMap::new());
    let mut problems = Vec::new();
    let from = Written { scan, states: &options.states, piped: options.piped.as_deref(), plans: &[] };
    let written = from.read(&base, &sources, &mut problems)?;
    let mut read = inventory(&scan.directory, &options.inputs, options.snapshot_out.as_deref(), told)?;
    problems.extend(read.problems);
    let live = live_side(&mut read.value, &sources, &mut problems);
    let resources = said_once(&live);
    // Policies for differences have nothing to say here.
    let (_, policies) = &policies.split(evaluate::DRIFT);
    let mut judged = evaluate::evaluate(&resources, policies, &sources);
    bring_home(&mut judged.findings, &live, &written, &sources);
    let placed: Vec<Resource> = written.source.into_iter().chain(resources).collect();
    let coverage =
        Coverage { files: written.records.files + written.source_files, resources: live.len(), ..Coverage::default() };
    // Entries of a baseline about other sources say nothing of an account, and whether theirs is gone is not seen here.
    let covered = |_: &str| false;
    let ending = Ending { options: scan, policies, sources, resources: &placed, problems, coverage, covered: &covered };
    let mut report = ending.report(judged).report;
    report.of_accounts = true;
    Ok(report)
}

/// What was read, under Terraform's names. What is not understood leaves a gap in its listing.
pub(super) fn live_side(inventory: &mut Inventory, sources: &SourceMap, problems: &mut Vec<Problem>) -> Vec<Live> {
    let mapped = crate::live::map::map(inventory);
    problems.extend(mapped.problems);
    inventory.listings.extend(mapped.gaps);
    let resources = load::live(&mapped.value, sources);
    mapped.value.into_iter().zip(resources).map(|(object, resource)| Live { object, resource }).collect()
}

/// The live things as policies judge them: what a part of its own says is not said by the whole as well.
fn said_once(live: &[Live]) -> Vec<Resource> {
    const SAID: [(&str, &str); 2] =
        [("aws_iam_role_policy", "inline_policy"), ("aws_iam_role_policy_attachment", "managed_policy_arns")];
    let mut said: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for thing in live {
        let attribute = SAID.iter().find(|(part, _)| **part == *thing.object.kind).map(|(_, attribute)| *attribute);
        if let (Some(attribute), Some((_, role))) = (attribute, &thing.object.parent) {
            said.entry((&thing.object.account, role)).or_default().insert(attribute);
        }
    }
    let judged = |it: &Live| {
        let mut resource = it.resource.clone();
        let by_parts = said.get(&(&*it.object.account, &*it.object.id)).filter(|_| &*it.object.kind == "aws_iam_role");
        if let (Some(names), Value::Map(map)) = (by_parts, &resource.config.value) {
            let kept = map.iter().filter(|(name, _)| !names.contains(&***name));
            let kept = kept.map(|(name, node)| (name.clone(), node.clone())).collect();
            resource.config.value = Value::Map(Arc::new(kept));
        }
        resource
    };
    live.iter().map(judged).collect()
}

/// Puts findings on the line that a person can change, where states or the source say which that is.
fn bring_home(findings: &mut [Finding], live: &[Live], written: &Read, sources: &SourceMap) {
    if written.records.recorded.is_empty() && written.source.is_empty() {
        return;
    }
    let homes = drift::homes(&written.records.recorded, &written.source, live, &rules());
    let key = |it: &Resource| (it.scope.clone(), it.address.clone());
    let by_address: BTreeMap<_, _> = live.iter().zip(&homes).map(|(it, home)| (key(&it.resource), home)).collect();
    for finding in findings {
        let home = by_address.get(&(finding.scope.clone(), finding.address.clone()));
        if let Some(Some(home)) = home {
            let seen = std::mem::replace(&mut finding.span, sources.first_line(home.place(&finding.attribute)));
            finding.related.insert(0, Related { message: "live value".into(), span: seen });
        }
    }
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
