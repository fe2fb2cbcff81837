//! Resources and policies in, findings out; decides what an unknown value means.
//!
//! Every resource is judged by the policies meant for its type. It does not know how resources were loaded, which findings
//! count, or how they are shown. The only room that imports `policy`.

mod delta;
mod drift;
mod environments;
mod estate;
mod finding;
mod input;
mod links;
mod memo;
mod mutate;
mod place;
#[cfg(test)]
mod tests;
mod trials;
mod unknown;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use crate::model::{Finding, Problem, Resource, SourceKind, SourceMap, Span, Stage, Verdict};
use crate::policy::{Judge, JudgeError, Policy, PolicySet};
use finding::Writer;
use input::{Document, Documents};
use links::LinkTable;
use memo::Memo;
use trials::Decision;

pub use delta::deltas;
pub use drift::{KIND as DRIFT, drift_resource, evaluate_drift};
pub use environments::merge_environments;
pub use mutate::{leaves, mutate_leaves, with_leaf};

/// What came of judging.
#[derive(Debug, Default)]
pub struct Evaluated {
    pub findings: Vec<Finding>,
    pub problems: Vec<Problem>,
    /// Pairs of policy and resource that were judged.
    pub evaluations: usize,
    /// Pairs whose verdict is undetermined.
    pub undetermined: usize,
}

/// Threads with stacks large enough for deep policies; everything that evaluates runs inside. 0 jobs means one per core.
pub fn thread_pool(jobs: usize) -> Result<rayon::ThreadPool, rayon::ThreadPoolBuildError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(jobs)
        .stack_size(STACK)
        .thread_name(|i| format!("stanchion-{i}"))
        .build()
}

/// Judges all resources by all policies. Findings come in no particular order; the report sorts them.
pub fn evaluate(resources: &[Resource], policies: &PolicySet, sources: &SourceMap) -> Evaluated {
    let links = LinkTable::new(resources);
    let run = Run {
        resources,
        policies: policies.policies(),
        routes: routes(resources, policies),
        documents: Documents::new(resources, &links),
        writer: Writer::new(resources, &links, sources),
        sources,
        judges: Mutex::default(),
        memo: Memo::new(policies.policies().len()),
        broken: policies.policies().iter().map(|_| AtomicUsize::new(0)).collect(),
    };
    let indexes: Vec<usize> = (0..resources.len()).collect();
    let mut parts: Vec<Part> = indexes.par_chunks(CHUNK).map(|chunk| run.chunk(chunk)).collect();
    parts.push(run.estates());
    run.collect(parts)
}

/// Numbers findings that share an identity: the second gets `:2`. Call it on the report's findings, once they are sorted.
pub fn number_fingerprints(findings: &mut [Finding]) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    // What is certain comes first, so that its identity does not depend on what is not.
    let (certain, open): (Vec<_>, Vec<_>) = findings.iter_mut().partition(|finding| finding.verdict == Verdict::Fail);
    for finding in certain.into_iter().chain(open) {
        let count = seen.entry(finding.fingerprint.clone()).or_default();
        *count += 1;
        if *count > 1 {
            let _ = write!(finding.fingerprint, ":{count}");
        }
    }
}

const STACK: usize = 32 * 1024 * 1024;
/// Resources judged in one go by one thread.
const CHUNK: usize = 64;
/// A policy that was stopped or crashed this often is switched off.
const MAX_BROKEN: usize = 4;

fn routes(resources: &[Resource], policies: &PolicySet) -> HashMap<(SourceKind, Arc<str>), Vec<usize>> {
    let mut out: HashMap<(SourceKind, Arc<str>), Vec<usize>> = HashMap::new();
    for resource in resources {
        let key = (resource.source, resource.kind.clone());
        out.entry(key).or_insert_with(|| policies.route(resource.source, &resource.kind));
    }
    out
}

/// True when the policy expects a Kubernetes manifest itself as its `input`.
fn sees_manifest(policy: &Policy, resource: &Resource) -> bool {
    policy.conftest && resource.source == SourceKind::Kubernetes
}

/// One thread's engines, by policy.
type Judges = Vec<Option<Judge>>;

struct Run<'a> {
    resources: &'a [Resource],
    policies: &'a [Arc<Policy>],
    routes: HashMap<(SourceKind, Arc<str>), Vec<usize>>,
    documents: Documents<'a>,
    sources: &'a SourceMap,
    writer: Writer<'a>,
    /// Engines not in use; there are never more sets than threads.
    judges: Mutex<Vec<Judges>>,
    memo: Memo,
    broken: Vec<AtomicUsize>,
}

#[derive(Default)]
struct Part {
    findings: Vec<(usize, Finding)>,
    errors: Vec<PairError>,
    evaluations: usize,
    undetermined: Vec<usize>,
}

/// An address and its place.
type Subject = (Arc<str>, Option<Span>);

struct PairError {
    policy: usize,
    text: String,
    address: Arc<str>,
    span: Option<Span>,
}

impl Run<'_> {
    fn chunk(&self, indexes: &[usize]) -> Part {
        let mut part = Part::default();
        let mut judges = self.borrow_judges();
        for &index in indexes {
            let Some(resource) = self.resources.get(index) else { continue };
            let route = self.routes.get(&(resource.source, resource.kind.clone()));
            for &number in route.into_iter().flatten() {
                self.pair(number, index, resource, &mut judges, &mut part);
            }
        }
        self.return_judges(judges);
        part
    }

    fn pair(&self, number: usize, index: usize, resource: &Resource, judges: &mut Judges, part: &mut Part) {
        let Some(policy) = self.policies.get(number) else { return };
        part.evaluations += 1;
        let reads_links = policy.reads.mentions("links");
        let open_links =
            if reads_links { resource.open_links_for(|kind| policy.reads.mentions(kind)) } else { Vec::new() };
        let open_links = open_links.as_slice();
        let document = OnceCell::new();
        let document = || document.get_or_init(|| self.document(policy, index, resource));
        match self.decide_once(number, index, judges, &document, !open_links.is_empty()) {
            None => {}
            Some(Ok(decision)) => {
                for denial in &decision.fails {
                    part.findings
                        .extend(self.writer.finding(policy, index, denial, None).map(|finding| (number, finding)));
                }
                if let Some((denial, causes)) = &decision.undetermined {
                    if decision.fails.is_empty() {
                        part.undetermined.push(number);
                    }
                    let causes = document()
                        .as_ref()
                        .map(|document| trials::explain(causes, &policy.reads, document, open_links));
                    part.findings
                        .extend(self.writer.finding(policy, index, denial, causes).map(|finding| (number, finding)));
                }
            }
            Some(Err(text)) => {
                let span = Some(self.sources.first_line(resource.config.via));
                part.errors.push(PairError { policy: number, text, address: resource.address.clone(), span });
            }
        }
    }

    /// What a policy gets to see of a resource.
    fn document(&self, policy: &Policy, index: usize, resource: &Resource) -> Option<Cow<'_, Document>> {
        let with_links = policy.reads.mentions("links");
        let document = if with_links { self.documents.linked(index) } else { self.documents.plain(index) }?;
        if sees_manifest(policy, resource) {
            return Some(Cow::Owned(input::with_manifest_on_top(&document.with_address(&resource.address))));
        }
        if policy.reads.address {
            return Some(Cow::Owned(document.with_address(&resource.address)));
        }
        Some(Cow::Borrowed(document))
    }

    /// The decision about a make-up that was met before, else a new one. `None` as for [`Self::decide`].
    fn decide_once<'d>(
        &self,
        number: usize,
        index: usize,
        judges: &mut Judges,
        document: &dyn Fn() -> &'d Option<Cow<'d, Document>>,
        open_links: bool,
    ) -> Option<Result<Arc<Decision>, String>> {
        let (policy, resource) = (self.policies.get(number)?, self.resources.get(index)?);
        let key = if sees_manifest(policy, resource) { None } else { self.documents.key(index, &policy.reads) };
        if let Some(decision) = key.as_ref().and_then(|key| self.memo.get(number, key)) {
            return Some(Ok(decision));
        }
        let decision = self.decide(number, judges, document().as_ref()?, open_links)?.map(Arc::new);
        if let (Ok(decision), Some(key)) = (&decision, key) {
            self.memo.put(number, key, decision.clone());
        }
        Some(decision)
    }

    /// `None` when the policy is switched off.
    fn decide(
        &self,
        number: usize,
        judges: &mut Judges,
        document: &Document,
        open_links: bool,
    ) -> Option<Result<Decision, String>> {
        let policy = self.policies.get(number)?;
        let broken = self.broken.get(number)?;
        if broken.load(Ordering::Relaxed) >= MAX_BROKEN {
            return None;
        }
        let judge = judges.get_mut(number)?.get_or_insert_with(|| Judge::new(policy.clone()));
        Some(trials::decide(judge, &policy.reads, document, open_links).map_err(|error| match error {
            JudgeError::Failed(text) => text,
            JudgeError::Broken(text) => {
                broken.fetch_add(1, Ordering::Relaxed);
                text
            }
        }))
    }

    fn borrow_judges(&self) -> Judges {
        let idle = self.judges.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.unwrap_or_else(|| self.policies.iter().map(|_| None).collect())
    }

    fn return_judges(&self, judges: Judges) {
        self.judges.lock().unwrap_or_else(PoisonError::into_inner).push(judges);
    }

    fn collect(&self, parts: Vec<Part>) -> Evaluated {
        let off =
            |policy: usize| self.broken.get(policy).is_some_and(|count| count.load(Ordering::Relaxed) >= MAX_BROKEN);
        let mut out = Evaluated::default();
        let mut errors: BTreeMap<(usize, String), Vec<Subject>> = BTreeMap::new();
        for part in parts {
            out.evaluations += part.evaluations;
            out.undetermined += part.undetermined.iter().filter(|policy| !off(**policy)).count();
            out.findings
                .extend(part.findings.into_iter().filter(|(policy, _)| !off(*policy)).map(|(_, finding)| finding));
            for error in part.errors.into_iter().filter(|error| !off(error.policy)) {
                errors.entry((error.policy, error.text)).or_default().push((error.address, error.span));
            }
        }
        let id = |policy: usize| self.policies.get(policy).map_or("", |policy| &*policy.info.id);
        for ((policy, text), mut subjects) in errors {
            subjects.sort_by(|a, b| a.0.cmp(&b.0));
            let Some((address, span)) = subjects.first() else { continue };
            let others = match subjects.len() - 1 {
                0 => String::new(),
                1 => " and 1 more resource".to_owned(),
                n => format!(" and {n} more resources"),
            };
            let message = format!("policy could not judge {address}{others}: {text}");
            let problem = Problem::new(Stage::Evaluate, id(policy), message);
            out.problems.push(match span {
                Some(span) => problem.at(*span),
                None => problem,
            });
        }
        for policy in (0..self.policies.len()).filter(|policy| off(*policy)) {
            let message = format!(
                "policy was stopped or crashed on {MAX_BROKEN} resources and was switched off; its findings are left out. simplify it or ignore it"
            );
            out.problems.push(Problem::new(Stage::Evaluate, id(policy), message));
        }
        out
    }
}
