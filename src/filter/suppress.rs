//! What a suppression covers, and which findings it thereby silences.
//!
//! A comment at the end of a line, or alone above it, belongs to that line. It covers what stands there, and all of a block,
//! resource or object that begins there; on a module call it covers what the module makes for this call. An annotation covers its
//! object, a rule of the configuration whatever it matches. It does not know how any of them is written.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::complaint::complaints;
use super::directive::{Directive, Target, collect, names};
use super::foreign::{Check, is_of_kics, is_same};
use super::rule::{Matcher, Rule};
use crate::model::{
    FileId, Finding, Node, PolicyInfo, Problem, Resource, SourceKind, SourceMap, Span, Status, Suppressions, Value,
    Verdict, pattern,
};

/// What suppressions are judged with.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "it holds a function")]
pub struct Settings<'a> {
    pub sources: &'a SourceMap,
    /// The policies of this run.
    pub policies: &'a [Arc<PolicyInfo>],
    /// All policies there are.
    pub known: &'a [Arc<PolicyInfo>],
    /// The policy that was probably meant.
    pub closest: &'a dyn Fn(&str) -> Option<String>,
    /// `YYYY-MM-DD`; without it nothing expires.
    pub today: Option<&'a str>,
    /// The Terraform workspace.
    pub workspace: Option<&'a str>,
    /// Heed comments and annotations.
    pub inline: bool,
    /// Heed those of other scanners, too.
    pub foreign: bool,
    pub rules: &'a [Rule],
    /// Globs over ids of policies that nothing silences.
    pub unsuppressable: &'a [String],
    /// The path of the configuration, if it is among the sources.
    pub configuration: Option<&'a str>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Silenced {
    /// Notices: suppressions that are malformed, expired, unknown, or cover nothing.
    pub problems: Vec<Problem>,
    /// Every suppression in the sources.
    pub noted: Vec<Noted>,
    by: BTreeMap<(String, String), By>,
}

/// A suppression as it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Noted {
    pub path: String,
    pub line: u32,
    /// Its own text.
    pub text: String,
}

#[derive(Clone, Copy, Debug)]
enum By {
    Inline,
    Configuration,
    Foreign,
}

impl Silenced {
    /// How many of these findings each kind of suppression silenced.
    pub fn count(&self, findings: &[Finding]) -> Suppressions {
        let mut out = Suppressions::default();
        let counts =
            |finding: &&Finding| finding.verdict == Verdict::Fail && matches!(finding.status, Status::Suppressed(_));
        for finding in findings.iter().filter(counts) {
            match self.by.get(&identity(finding)) {
                Some(By::Inline) | None => out.inline += 1,
                Some(By::Configuration) => out.configuration += 1,
                Some(By::Foreign) => out.foreign += 1,
            }
        }
        out
    }
}

fn identity(finding: &Finding) -> (String, String) {
    (format!("{} {}", finding.policy, finding.address), finding.status.reason().unwrap_or_default().to_owned())
}

/// How a suppression fared.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fate {
    /// It covers a finding.
    pub(super) used: bool,
    /// It covers a finding, and is no longer valid.
    pub(super) expired: bool,
    /// It covers a finding that nothing may silence.
    pub(super) refused: bool,
}

/// Marks what suppressions silence.
pub fn suppress(findings: &mut [Finding], resources: &[Resource], settings: &Settings<'_>) -> Silenced {
    let (directives, problems) = collect(resources, settings);
    let matchers: Vec<Matcher<'_>> = settings.rules.iter().map(Matcher::new).collect();
    let noted = directives.iter().map(|directive| noted(directive.span, settings.sources)).collect();
    let mut out = Silenced { problems, noted, by: BTreeMap::new() };
    if directives.is_empty() && matchers.is_empty() {
        return out;
    }
    let table = Table::new(directives, matchers, resources);
    let mut fates = vec![Fate::default(); table.directives.len()];
    let mut rule_fates = vec![Fate::default(); table.matchers.len()];
    let policies: HashMap<&str, &PolicyInfo> = settings.policies.iter().map(|info| (&*info.id, &**info)).collect();
    for finding in findings {
        let Some(policy) = policies.get(&*finding.policy) else { continue };
        let refused = policy.unsuppressable || settings.unsuppressable.iter().any(|id| names(id, policy));
        for hit in table.hits(finding, policy, settings) {
            let list = if hit.by_rule { &mut rule_fates } else { &mut fates };
            if let Some(fate) = list.get_mut(hit.index) {
                fate.used = true;
                fate.expired |= hit.expired;
                fate.refused |= refused;
            }
            if !hit.expired && !refused && finding.status == Status::Open {
                finding.status = Status::Suppressed(hit.reason.to_owned());
                out.by.insert(identity(finding), hit.by);
            }
        }
    }
    out.problems.extend(complaints(&table.directives, &fates, &table.matchers, &rule_fates, settings));
    out
}

fn noted(span: Span, sources: &SourceMap) -> Noted {
    let file = sources.file(span.file);
    let text = file.text.get(span.start as usize..span.end as usize).unwrap_or_default();
    Noted { path: file.path.to_string(), line: file.position(span.start).line, text: text.trim().to_owned() }
}

/// Everything that may silence, by where it holds.
struct Table<'a> {
    directives: Vec<Directive>,
    matchers: Vec<Matcher<'a>>,
    resources: &'a [Resource],
    by_file: HashMap<FileId, Vec<usize>>,
    by_resource: HashMap<usize, Vec<usize>>,
    owners: HashMap<(SourceKind, &'a str, &'a str), Vec<usize>>,
}

/// A suppression that covers a finding.
struct Hit<'t> {
    by_rule: bool,
    index: usize,
    expired: bool,
    reason: &'t str,
    by: By,
}

impl<'a> Table<'a> {
    fn new(directives: Vec<Directive>, matchers: Vec<Matcher<'a>>, resources: &'a [Resource]) -> Self {
        let mut by_file: HashMap<FileId, Vec<usize>> = HashMap::new();
        let mut by_resource: HashMap<usize, Vec<usize>> = HashMap::new();
        for (index, directive) in directives.iter().enumerate() {
            match directive.target {
                Target::Lines(file, ..) | Target::Exactly(file, _) => by_file.entry(file).or_default().push(index),
                Target::Resource(resource) => by_resource.entry(resource).or_default().push(index),
            }
        }
        let mut owners: HashMap<(SourceKind, &str, &str), Vec<usize>> = HashMap::new();
        for (index, resource) in resources.iter().enumerate() {
            owners.entry((resource.source, &resource.scope, &resource.address)).or_default().push(index);
        }
        Self { directives, matchers, resources, by_file, by_resource, owners }
    }

    /// What covers a finding, the nearest first.
    fn hits(&self, finding: &Finding, policy: &PolicyInfo, settings: &Settings<'_>) -> Vec<Hit<'_>> {
        let key = (finding.source, &*finding.scope, &*finding.address);
        let indexes = self.owners.get(&key).map_or(&[][..], Vec::as_slice);
        let owners: Vec<&Resource> = indexes.iter().filter_map(|index| self.resources.get(*index)).collect();
        let mut out = Vec::new();
        for index in self.near(finding, indexes, &owners, settings.sources) {
            let Some(directive) = self.directives.get(index) else { continue };
            if let Some(expired) = holds(directive, policy, &owners, settings) {
                let by = if directive.scanner.is_some() { By::Foreign } else { By::Inline };
                out.push(Hit { by_rule: false, index, expired, reason: &directive.reason, by });
            }
        }
        if !self.matchers.is_empty() {
            let path = settings.sources.path(finding.span);
            for (index, matcher) in self.matchers.iter().enumerate() {
                if matcher.covers(finding, &path, policy, &owners) {
                    let until = matcher.rule.until.as_deref().zip(settings.today);
                    let expired = until.is_some_and(|(until, today)| until < today);
                    let reason = &matcher.rule.reason;
                    out.push(Hit { by_rule: true, index, expired, reason, by: By::Configuration });
                }
            }
        }
        out
    }

    /// Comments and annotations that reach a finding, the nearest first.
    fn near(&self, finding: &Finding, indexes: &[usize], owners: &[&Resource], sources: &SourceMap) -> Vec<usize> {
        let annotated = indexes.iter().flat_map(|index| self.by_resource.get(index).into_iter().flatten());
        let mut candidates: Vec<usize> = annotated.copied().collect();
        let places = places(finding.span, &finding.attribute, owners, sources);
        let line = |span: Span| (span.file, sources.region(span).start.line);
        let origins: Vec<_> = finding.related.iter().map(|related| line(related.span)).collect();
        let mut files: Vec<FileId> = Vec::new();
        for (file, _) in places.iter().chain(&origins) {
            if !files.contains(file) {
                files.push(*file);
                candidates.extend(self.by_file.get(file).into_iter().flatten());
            }
        }
        let distance = |directive: &Directive| match directive.target {
            Target::Resource(_) => Some(places.len()),
            Target::Exactly(file, at) => (line(finding.span) == (file, at)).then_some(0),
            Target::Lines(file, from, to) => {
                let inside = |place: &(FileId, u32)| place.0 == file && (from..=to).contains(&place.1);
                let near = places.iter().position(inside);
                // A block that holds the value silences what comes of it.
                near.or_else(|| (from < to && origins.iter().any(inside)).then_some(places.len()))
            }
        };
        let reach = |index: usize| Some((distance(self.directives.get(index)?)?, index));
        let mut near: Vec<(usize, usize)> = candidates.into_iter().filter_map(reach).collect();
        near.sort_unstable();
        near.into_iter().map(|(_, index)| index).collect()
    }
}

/// Whether the suppression is about this policy and resource, and if so whether it has expired.
fn holds(directive: &Directive, policy: &PolicyInfo, owners: &[&Resource], settings: &Settings<'_>) -> Option<bool> {
    if directive.scanner.is_none() {
        directive.checks.iter().find(|check| names(&check.id, policy))?;
        let until = directive.until.as_deref().zip(settings.today);
        return Some(until.is_some_and(|(until, today)| until < today));
    }
    if directive.checks.is_empty() {
        return Some(false);
    }
    if directive.others {
        // What its scanner does not check at all, it did not silence either.
        let mut aliases = policy.aliases.iter().filter(|alias| is_of_kics(alias)).peekable();
        aliases.peek()?;
        let is_named = aliases.any(|alias| directive.checks.iter().any(|check| is_same(&check.id, alias)));
        return (!is_named).then_some(false);
    }
    let is_meant = |check: &&Check| {
        let workspace = settings.workspace.unwrap_or("default");
        policy.aliases.iter().any(|alias| is_same(&check.id, alias))
            && check.workspace.as_deref().is_none_or(|pattern| pattern::matches(pattern, workspace))
            && check
                .attribute
                .as_ref()
                .is_none_or(|(path, value)| owners.iter().any(|owner| has_value(&owner.config, path.split('.'), value)))
    };
    let expired = |check: &Check| check.expires.as_deref().zip(settings.today).is_some_and(|(day, today)| day <= today);
    let meant: Vec<&Check> = directive.checks.iter().filter(is_meant).collect();
    (!meant.is_empty()).then(|| meant.iter().all(|check| expired(check)))
}

/// Whether some value at a path of names, through any list, is this text.
fn has_value<'p>(node: &Node, mut path: impl Iterator<Item = &'p str> + Clone, text: &str) -> bool {
    if let Value::List(items) = &node.value {
        return items.iter().any(|item| has_value(item, path.clone(), text));
    }
    match (path.next(), &node.value) {
        (Some(key), _) => node.key(key).is_some_and(|next| has_value(next, path, text)),
        (None, Value::String(value) | Value::Number(value)) => **value == *text,
        (None, Value::Bool(value)) => value.to_string() == text,
        (None, _) => false,
    }
}

/// Lines whose comments cover a finding, the nearest first: its own, and where the things begin that hold it.
fn places(
    span: Span,
    attribute: &[crate::model::PathStep],
    owners: &[&Resource],
    sources: &SourceMap,
) -> Vec<(FileId, u32)> {
    let mut spans = vec![span];
    for resource in owners {
        let mut inside = Vec::new();
        let mut node = &resource.config;
        for step in attribute {
            let Some(next) = node.get(step) else { break };
            node = next;
            // A value from elsewhere is silenced where it is used.
            if resource.body.contains(node.via) {
                inside.push(node.via);
            }
        }
        spans.extend(inside.into_iter().rev());
        spans.push(resource.config.via);
        spans.extend(resource.calls.iter().rev());
    }
    let mut out: Vec<_> = spans.into_iter().map(|span| (span.file, sources.region(span).start.line)).collect();
    out.extend(owners.iter().filter_map(|resource| first_line(resource.body, sources)));
    out
}

/// The line on which a body begins, comments and separators above its first word left aside.
fn first_line(body: Span, sources: &SourceMap) -> Option<(FileId, u32)> {
    let source = sources.file(body.file);
    let lines = source.position(body.start).line..=source.position(body.end).line;
    let is_text = |text: &str| !(text.trim().is_empty() || text.starts_with("---") || super::comment::is_comment(text));
    lines.into_iter().find(|line| source.line(*line).is_some_and(is_text)).map(|line| (body.file, line))
}
