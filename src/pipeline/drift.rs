//! Records against live things, from files to a report, on one screen.
//!
//! It knows the rooms and their order, and nothing of what happens inside them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::ending::Ending;
use super::live::{Event, Inputs, inventory, live_side};
use super::written::{Read, Written};
use super::{Error, ScanOptions, in_pool, load_policies};
use crate::model::{
    Coverage, Difference, DriftIgnore, DriftReport, Finding, FixedDrift, Outcome, Problem, Recorded, Report, Resource,
    Since, SourceMap, Stage, Status, Verdict,
};
use crate::{drift, evaluate, filter, policy};

/// What to compare and how.
#[derive(Clone, Debug, Default)]
pub struct DriftOptions {
    /// Directory, policies, Terraform's values; `paths` are the directories of the source, none where it is not here.
    pub scan: ScanOptions,
    /// Files, directories of states, or globs.
    pub states: Vec<PathBuf>,
    /// A state that came through a pipe.
    pub piped: Option<String>,
    /// Plans in JSON, for what they found changed.
    pub plans: Vec<PathBuf>,
    /// Where what is live comes from; `None` when plans alone say what changed.
    pub live: Option<Inputs>,
    /// Writes down what was read.
    pub snapshot_out: Option<PathBuf>,
    pub ignore: Vec<DriftIgnore>,
    pub since: Option<Earlier>,
}

/// What to hold the findings against.
#[derive(Clone, Debug)]
pub enum Earlier {
    /// Findings of an earlier report.
    Report(Vec<FixedDrift>),
    /// An earlier snapshot: compared with the same records.
    Snapshot(PathBuf),
}

/// Compares records with what is live, and judges the differences. `told` hears how the collection goes.
pub fn drift(options: &DriftOptions, told: impl Fn(Event) + Send + Sync + 'static) -> Result<Report, Error> {
    in_pool(options.scan.jobs, || drift_with(options, &load_policies(&options.scan.policy)?, Arc::new(told)))
}

type Told = Arc<dyn Fn(Event) + Send + Sync>;

/// The same with policies that are loaded already.
pub fn drift_with(options: &DriftOptions, policies: &policy::PolicySet, told: Told) -> Result<Report, Error> {
    let mut report = judged(options, policies, told.clone())?;
    let earlier = match &options.since {
        None => return Ok(report),
        Some(Earlier::Report(findings)) => findings.clone(),
        Some(Earlier::Snapshot(path)) => {
            let live = Some(Inputs::Snapshot(path.clone()));
            let options = DriftOptions { live, snapshot_out: None, since: None, ..options.clone() };
            let before = judged(&options, policies, told)?;
            before.open().map(as_fixed).collect()
        }
    };
    hold_against(&mut report, earlier);
    Ok(report)
}

fn judged(options: &DriftOptions, policies: &policy::PolicySet, told: Told) -> Result<Report, Error> {
    let sources = Arc::new(SourceMap::new());
    let scan = &options.scan;
    let base = scan.directory.canonicalize().unwrap_or_else(|_| scan.directory.clone());
    let mut problems = Vec::new();
    let from = Written { scan, states: &options.states, piped: options.piped.as_deref(), plans: &options.plans };
    let Read { records, source, source_whole, source_files } = from.read(&base, &sources, &mut problems)?;

    let read = options.live.as_ref().map(|from| inventory(&base, from, options.snapshot_out.as_deref(), told));
    let Outcome { value: mut inventory, problems: found } = read.transpose()?.unwrap_or_default();
    problems.extend(found);
    let live = live_side(&mut inventory, &sources, &mut problems);
    let live = [live, records.live].concat();

    let (recorded, aside) = comparable(records.recorded, options.live.is_some());
    let listings = &inventory.listings;
    let rules = &rules();
    let input = drift::Input { recorded: &recorded, live: &live, listings, source: &source, source_whole, rules };
    let mut compared = drift::compare(input);
    problems.extend(compared.problems);
    compared.coverage.left_aside = aside;

    let (own, others) = policies.split(evaluate::DRIFT);
    let sides = (recorded.as_slice(), live.as_slice());
    problems.extend(evaluate::deltas(&mut compared.differences, sides, &compared.pairs, &others, &sources));
    let mut judged = evaluate::evaluate_drift(&mut compared.differences, &own, &sources);
    tell_worse(&mut judged.findings, &compared.differences);
    filter::ignore_by_lifecycle(&mut judged.findings, &compared.differences, &sources);
    let today = scan.today.as_deref();
    problems.extend(filter::ignore_drift(&mut judged.findings, &compared.differences, &options.ignore, today));
    let placed: Vec<Resource> = source
        .into_iter()
        .chain(recorded.iter().map(|it| it.resource.clone()))
        .chain(live.iter().map(|it| it.resource.clone()))
        .collect();
    let coverage =
        Coverage { files: records.files + source_files, resources: recorded.len() + live.len(), ..Coverage::default() };
    // What a baseline of a scan holds is not looked for here.
    let covered = |_: &str| false;
    let ending =
        Ending { options: scan, policies: &own, sources, resources: &placed, problems, coverage, covered: &covered };
    let mut report = ending.report(judged).report;
    let (differences, coverage) = (compared.differences, compared.coverage);
    report.drift = Some(DriftReport { differences, coverage, since: None });
    Ok(report)
}

/// The shipped rules of comparison, with what the mapping knows of its types.
pub(super) fn rules() -> drift::Rules {
    let mut rules = drift::Rules::embedded().clone();
    for kind in crate::live::map::kinds() {
        let Some(traits) = crate::live::map::traits(kind) else { continue };
        let defaults = traits.defaults.iter().map(|(path, value)| (&**path, value));
        rules.learn(kind, traits.volatile.iter().map(|path| &**path), defaults);
    }
    rules
}

/// Recorded instances that can be compared, and the number of the others.
fn comparable(recorded: Vec<Recorded>, has_live: bool) -> (Vec<Recorded>, usize) {
    let is_state = |it: &Recorded| it.resource.source == crate::model::SourceKind::State;
    let of_state: BTreeSet<Arc<str>> =
        recorded.iter().filter(|it| is_state(it)).map(|it| it.resource.address.clone()).collect();
    let all = recorded.len();
    let (kept, _): (Vec<_>, Vec<_>) = recorded.into_iter().partition(|it| drift::is_comparable(&it.resource));
    let aside = all - kept.len();
    // What a snapshot shows is newer than what a plan found; without one, states have nothing to be held against.
    let wanted =
        |it: &Recorded| if has_live { is_state(it) || !of_state.contains(&it.resource.address) } else { !is_state(it) };
    (kept.into_iter().filter(wanted).collect(), aside)
}

/// Says in a finding which policies fail because of it.
fn tell_worse(findings: &mut [Finding], differences: &[Difference]) {
    let mut worse: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for difference in differences {
        let policies: Vec<&str> = difference.worse.iter().map(|it| &*it.policy).collect();
        let own = difference.attributes.iter().filter_map(|it| it.finding.as_deref());
        for fingerprint in own.chain(difference.finding.as_deref()) {
            worse.insert(fingerprint, policies.clone());
        }
    }
    for finding in findings {
        match worse.get(&*finding.fingerprint).map(Vec::as_slice) {
            None | Some([]) => {}
            Some(policies) => {
                finding.message.push_str("; it made things worse: ");
                finding.message.push_str(&policies.join(", "));
            }
        }
    }
}

fn as_fixed(finding: &Finding) -> FixedDrift {
    FixedDrift {
        policy: finding.policy.to_string(),
        address: finding.address.to_string(),
        message: finding.message.clone(),
        fingerprint: finding.fingerprint.clone(),
    }
}

/// What the earlier run told as well is known; what it told and is no more was fixed, unless it could not be looked at now.
fn hold_against(report: &mut Report, earlier: Vec<FixedDrift>) {
    let Some(drift) = &mut report.drift else { return };
    let known: BTreeSet<&str> = earlier.iter().map(|it| &*it.fingerprint).collect();
    let mut since = Since::default();
    for finding in report.findings.iter_mut().filter(|it| it.verdict == Verdict::Fail && it.status == Status::Open) {
        if known.contains(&*finding.fingerprint) {
            finding.status = Status::Baseline("told before".into());
            since.persisting += 1;
        } else {
            since.new += 1;
        }
    }
    let now: BTreeSet<String> = report.findings.iter().map(|it| it.fingerprint.clone()).collect();
    let open: BTreeSet<&str> = drift
        .differences
        .iter()
        .filter(|it| it.class == crate::model::DriftClass::Unknown)
        .map(|it| &**it.name())
        .collect();
    let (unseen, mut fixed): (Vec<FixedDrift>, Vec<FixedDrift>) =
        earlier.into_iter().filter(|it| !now.contains(&it.fingerprint)).partition(|it| open.contains(&*it.address));
    fixed.sort();
    since.fixed = fixed;
    drift.since = Some(since);
    if !unseen.is_empty() {
        let message = format!("{} earlier findings could be neither found again nor called fixed", unseen.len());
        report.problems.push(Problem::new(Stage::Collect, "drift", message));
    }
}
