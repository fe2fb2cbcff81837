//! Resources and policies in, findings out; decides what an unknown value means.
//!
//! Every resource is judged by the policies meant for its type. It does not know how resources were loaded, which findings
//! count, or how they are shown. The only room that imports `policy`.

mod input;
mod links;
mod mutate;
mod place;
#[cfg(test)]
mod tests;
mod trials;
mod unknown;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::model::{
    Finding, Node, PathStep, Problem, Related, Resource, SourceKind, SourceMap, Span, Stage, Status,
    Value as NodeValue, Verdict,
};
use crate::policy::{Denial, Judge, JudgeError, Policy, PolicySet, Value};
use input::{Document, Documents};
use links::LinkTable;

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
        sources,
        judges: Mutex::default(),
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
    for finding in findings {
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
const MAX_BROKEN: usize = 8;
/// Shorter texts are too common to be masked wherever they occur.
const MIN_MASKED: usize = 4;

fn routes(resources: &[Resource], policies: &PolicySet) -> HashMap<(SourceKind, Arc<str>), Vec<usize>> {
    let mut out: HashMap<(SourceKind, Arc<str>), Vec<usize>> = HashMap::new();
    for resource in resources {
        let key = (resource.source, resource.kind.clone());
        out.entry(key).or_insert_with(|| policies.route(resource.source, &resource.kind));
    }
    out
}

/// One thread's engines, by policy.
type Judges = Vec<Option<Judge>>;

struct Run<'a> {
    resources: &'a [Resource],
    policies: &'a [Arc<Policy>],
    routes: HashMap<(SourceKind, Arc<str>), Vec<usize>>,
    documents: Documents<'a>,
    sources: &'a SourceMap,
    /// Engines not in use; there are never more sets than threads.
    judges: Mutex<Vec<Judges>>,
    broken: Vec<AtomicUsize>,
}

#[derive(Default)]
struct Part {
    findings: Vec<(usize, Finding)>,
    errors: Vec<PairError>,
    evaluations: usize,
    undetermined: Vec<usize>,
}

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
        let with_links = policy.reads.mentions("links");
        let document = if with_links { self.documents.linked(index) } else { self.documents.plain(index) };
        let Some(document) = document else { return };
        let open_links: &[Arc<str>] = if with_links { &resource.open_links } else { &[] };
        match self.decide(number, judges, document, open_links) {
            None => {}
            Some(Ok(decision)) => {
                for denial in &decision.fails {
                    part.findings.push((number, self.finding(policy, resource, denial, None)));
                }
                if let Some((denial, causes)) = decision.undetermined {
                    if decision.fails.is_empty() {
                        part.undetermined.push(number);
                    }
                    part.findings.push((number, self.finding(policy, resource, &denial, Some(causes))));
                }
            }
            Some(Err(text)) => {
                let span = Some(self.sources.first_line(resource.config.via));
                part.errors.push(PairError { policy: number, text, address: resource.address.clone(), span });
            }
        }
    }

    /// `None` when the policy is switched off.
    fn decide(
        &self,
        number: usize,
        judges: &mut Judges,
        document: &Document,
        open_links: &[Arc<str>],
    ) -> Option<Result<trials::Decision, String>> {
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

    fn finding(&self, policy: &Policy, resource: &Resource, denial: &Denial, causes: Option<Vec<Arc<str>>>) -> Finding {
        let place = place::place(resource, &denial.path, self.sources);
        let mut related = place.related;
        for entry in &denial.related {
            let other = match &entry.address {
                Some(address) => self.find(resource, address),
                None => Some(resource),
            };
            if let Some(other) = other {
                let span = place::place(other, &entry.path, self.sources).span;
                related.push(Related { message: self.presentable(policy, resource, &entry.message), span });
            }
        }
        let message = match (&causes, denial.message.is_empty()) {
            // What a trial says about a made-up value is not for people.
            (Some(_), _) => format!("cannot be ruled out: {}", policy.info.title),
            (None, true) => policy.info.title.clone(),
            (None, false) => self.presentable(policy, resource, &denial.message),
        };
        Finding {
            policy: policy.info.id.clone(),
            severity: denial.severity.unwrap_or(policy.info.severity),
            verdict: if causes.is_some() { Verdict::Undetermined } else { Verdict::Fail },
            status: Status::Open,
            message,
            source: resource.source,
            scope: resource.scope.clone(),
            address: resource.address.clone(),
            kind: resource.kind.clone(),
            span: place.span,
            attribute: denial.path.clone(),
            related,
            causes: causes.unwrap_or_default(),
            fingerprint: fingerprint(policy, resource, &denial.path),
        }
    }

    fn find(&self, near: &Resource, address: &str) -> Option<&Resource> {
        self.resources
            .iter()
            .find(|other| other.source == near.source && other.scope == near.scope && *other.address == *address)
    }

    /// A policy's text without made-up values and without sensitive ones, on one line.
    fn presentable(&self, policy: &Policy, resource: &Resource, message: &str) -> String {
        let mut text = unknown::readable(message);
        let mut hidden: Vec<Arc<str>> = Vec::new();
        sensitive(&resource.config, false, &mut hidden);
        resource.facets.values().for_each(|facet| sensitive(facet, false, &mut hidden));
        if policy.estate || policy.reads.mentions("links") {
            let group = self.resources.iter().filter(|r| r.source == resource.source && r.scope == resource.scope);
            group.for_each(|other| sensitive(&other.config, false, &mut hidden));
        }
        // Longer ones first, so that one that holds another leaves nothing behind.
        hidden.sort_by_key(|text| std::cmp::Reverse(text.len()));
        for secret in &hidden {
            if text.contains(&**secret) {
                text = text.replace(&**secret, "***");
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned()
    }

    /// Policies that judge all resources of a source and scope together.
    fn estates(&self) -> Part {
        let mut part = Part::default();
        if !self.policies.iter().any(|policy| policy.estate) {
            return part;
        }
        let mut groups: BTreeMap<(SourceKind, &str), Vec<usize>> = BTreeMap::new();
        for (index, resource) in self.resources.iter().enumerate() {
            groups.entry((resource.source, &resource.scope)).or_default().push(index);
        }
        let mut judges = self.borrow_judges();
        for (number, policy) in self.policies.iter().enumerate().filter(|(_, policy)| policy.estate) {
            for ((source, scope), members) in &groups {
                let applies =
                    |index: &&usize| self.resources.get(**index).is_some_and(|r| policy.applies_to(r.source, &r.kind));
                let members: Vec<usize> = members.iter().filter(applies).copied().collect();
                if !members.is_empty() {
                    self.estate(number, policy, (*source, scope), &members, &mut judges, &mut part);
                }
            }
        }
        self.return_judges(judges);
        part
    }

    fn estate(
        &self,
        number: usize,
        policy: &Policy,
        (source, scope): (SourceKind, &str),
        members: &[usize],
        judges: &mut Judges,
        part: &mut Part,
    ) {
        part.evaluations += 1;
        let mut by_type: BTreeMap<Value, BTreeMap<Value, Value>> = BTreeMap::new();
        let mut leaves = Vec::new();
        for &index in members {
            let (Some(resource), Some(document)) = (self.resources.get(index), self.documents.plain(index)) else {
                continue;
            };
            let Some(value) = &document.value else { continue };
            let prefix = ["resources".into(), resource.kind.clone(), resource.address.clone()].map(PathStep::Key);
            leaves.extend(document.leaves.iter().map(|leaf| input::Leaf {
                path: prefix.iter().chain(&leaf.path).cloned().collect(),
                unknown: leaf.unknown.clone(),
            }));
            let of_type = by_type.entry(Value::String(resource.kind.clone())).or_default();
            of_type.insert(Value::String(resource.address.clone()), value.clone());
        }
        let resources: BTreeMap<Value, Value> =
            by_type.into_iter().map(|(kind, map)| (kind, Value::from(map))).collect();
        let value = BTreeMap::from([
            (Value::from("source"), Value::from(source.as_str())),
            ("scope".into(), scope.into()),
            ("resources".into(), resources.into()),
        ]);
        let document = Document { leaves, maybe_links: Vec::new(), value: Some(value.into()) };
        let Some(first) = members.first().and_then(|&index| self.resources.get(index)) else { return };
        let about = |denial: &Denial| match &denial.address {
            Some(address) => self.find(first, address),
            None => None,
        };
        let failed = |text: String| PairError {
            policy: number,
            text,
            address: format!("{source} {scope}").trim().into(),
            span: None,
        };
        match self.decide(number, judges, &document, &[]) {
            None => {}
            Some(Err(text)) => part.errors.push(failed(text)),
            Some(Ok(decision)) => {
                if decision.fails.is_empty() && decision.undetermined.is_some() {
                    part.undetermined.push(number);
                }
                let undetermined = decision.undetermined.map(|(denial, causes)| (denial, Some(causes)));
                for (denial, causes) in decision.fails.into_iter().map(|denial| (denial, None)).chain(undetermined) {
                    match about(&denial) {
                        Some(resource) => part.findings.push((number, self.finding(policy, resource, &denial, causes))),
                        None => {
                            part.errors.push(failed("a deny entry names no known resource; add its 'address'".into()))
                        }
                    }
                }
            }
        }
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
        let mut errors: BTreeMap<(usize, String), Vec<(Arc<str>, Option<Span>)>> = BTreeMap::new();
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

/// Identity without places: the same finding after lines moved, entries were added or files renamed.
fn fingerprint(policy: &Policy, resource: &Resource, path: &[PathStep]) -> String {
    let keys = path.iter().filter_map(|step| match step {
        PathStep::Key(key) if key.parse::<usize>().is_err() => Some(&**key),
        PathStep::Key(_) | PathStep::Index(_) => None,
    });
    let attribute = keys.collect::<Vec<_>>().join(".");
    let parts =
        ["stanchion/v1", &policy.info.id, resource.source.as_str(), &resource.scope, &resource.address, &attribute];
    let digest = Sha256::digest(parts.join("\0").as_bytes());
    digest.iter().take(16).fold(String::with_capacity(32), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Texts of values that no output may show.
fn sensitive(node: &Node, above: bool, out: &mut Vec<Arc<str>>) {
    let marked = above || node.marks.sensitive;
    match &node.value {
        NodeValue::String(text) | NodeValue::Number(text) if marked && text.chars().count() >= MIN_MASKED => {
            out.push(text.clone())
        }
        NodeValue::List(items) => items.iter().for_each(|item| sensitive(item, marked, out)),
        NodeValue::Map(map) => map.values().for_each(|item| sensitive(item, marked, out)),
        NodeValue::Document(document) => {
            if let (true, Some(text)) = (marked, &document.text) {
                out.push(text.clone());
            }
            sensitive(&document.tree, marked, out);
        }
        _ => {}
    }
}
