//! Two versions of one tree: which findings a change made, which it mended, and which were there before.
//!
//! Matched by name, never by line. What was there before is marked as outside of the change. It does not know git.

mod lines;
mod moves;
mod touch;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

pub use touch::mark_untouched;

use self::moves::{follow, moves};
use crate::model::{Diff, Finding, Fixed, PathStep, Problem, Report, SourceMap, Span, Status, Verdict};

/// Places that are named as the reason why a finding is new.
const MAX_CAUSES: usize = 3;

/// Marks what the base had, says of the rest what made it new, and counts. Texts that are equal in both are not looked at.
pub fn compare(head: &mut Report, base: &Report) -> Diff {
    let mut pairing = Pairing::new(&head.findings, &base.findings);
    pairing.by_identity(&head.findings, &base.findings);
    let moved_from = pairing.matched();
    pairing.by_moves(head, base);
    pairing.by_file(head, base);
    pairing.by_family(&head.findings, &base.findings);
    let pairs = pairing.pairs;
    let mut diff = Diff::default();
    let changed = Changed::new(&head.sources, &base.sources);
    for (index, finding) in head.findings.iter_mut().enumerate() {
        if finding.status != Status::Open {
            continue;
        }
        let counts = finding.verdict == Verdict::Fail;
        if pairs.contains_key(&index) {
            finding.status = Status::OutsideDiff;
            let is_moved = !moved_from.contains(&index);
            diff.moved += usize::from(counts && is_moved);
            diff.unchanged += usize::from(counts && !is_moved);
        } else {
            diff.new += usize::from(counts);
            changed.explain(finding, &head.sources);
        }
    }
    let seen: HashSet<usize> = pairs.values().copied().collect();
    let unseen = unread_directories(&head.problems, &head.sources);
    for (index, finding) in base.findings.iter().enumerate() {
        if seen.contains(&index) || finding.verdict != Verdict::Fail || finding.status != Status::Open {
            continue;
        }
        let path = base.sources.path(finding.span);
        // What cannot be read is not mended.
        if unseen.contains(directory(&path)) {
            continue;
        }
        diff.fixed.push(Fixed {
            path: path.to_string(),
            line: base.sources.region(finding.span).start.line,
            policy: finding.policy.clone(),
            severity: finding.severity,
            address: finding.address.clone(),
            message: finding.message.clone(),
            fingerprint: finding.fingerprint.clone(),
        });
    }
    diff.fixed.sort();
    diff
}

/// Problems of the base that the head does not have, as notices.
pub fn base_notices(head: &Report, base: &Report) -> Vec<Problem> {
    let known: HashSet<(&str, &str)> =
        head.problems.iter().map(|problem| (problem.subject.as_str(), problem.message.as_str())).collect();
    let own = base.problems.iter().filter(|problem| problem.incomplete);
    let own = own.filter(|problem| !known.contains(&(problem.subject.as_str(), problem.message.as_str())));
    own.map(|problem| {
        let message = format!("in the base, findings may be missing and so seem new: {}", problem.message);
        Problem::new(problem.stage, problem.subject.clone(), message).notice()
    })
    .collect()
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

fn unread_directories(problems: &[Problem], sources: &SourceMap) -> BTreeSet<String> {
    let unread = problems.iter().filter(|problem| problem.incomplete);
    unread
        .map(|problem| match problem.span {
            Some(span) => directory(&sources.path(span)).to_owned(),
            None => directory(&problem.subject).to_owned(),
        })
        .collect()
}

/// Which finding of the head is which of the base.
struct Pairing {
    pairs: HashMap<usize, usize>,
    /// Findings of each side that are still alone.
    head: BTreeSet<usize>,
    base: BTreeSet<usize>,
}

impl Pairing {
    fn new(head: &[Finding], base: &[Finding]) -> Self {
        Self { pairs: HashMap::new(), head: (0..head.len()).collect(), base: (0..base.len()).collect() }
    }

    fn matched(&self) -> HashSet<usize> {
        self.pairs.keys().copied().collect()
    }

    /// Pairs findings with equal keys: those that say the same first, then in order.
    fn pair<K: Ord>(
        &mut self,
        head: &[Finding],
        base: &[Finding],
        head_key: impl Fn(&Finding) -> Option<K>,
        base_key: impl Fn(&Finding) -> Option<K>,
    ) {
        let mut groups: BTreeMap<K, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for &index in &self.head {
            if let Some(key) = head.get(index).and_then(&head_key) {
                groups.entry(key).or_default().0.push(index);
            }
        }
        for &index in &self.base {
            if let Some(key) = base.get(index).and_then(&base_key) {
                groups.entry(key).or_default().1.push(index);
            }
        }
        for (ours, theirs) in groups.into_values() {
            for same_text in [true, false] {
                for &ours in &ours {
                    let Some(now) = head.get(ours).filter(|_| self.head.contains(&ours)) else { continue };
                    let fits = |theirs: &&usize| {
                        let before = base.get(**theirs).filter(|_| self.base.contains(*theirs));
                        before.is_some_and(|before| is_same(now, before) && (!same_text || text(now) == text(before)))
                    };
                    if let Some(&theirs) = theirs.iter().find(fits) {
                        self.pairs.insert(ours, theirs);
                        self.head.remove(&ours);
                        self.base.remove(&theirs);
                    }
                }
            }
        }
    }

    fn by_identity(&mut self, head: &[Finding], base: &[Finding]) {
        let key = |finding: &Finding| Some(unnumbered(&finding.fingerprint).to_owned());
        self.pair(head, base, key, key);
    }

    fn by_moves(&mut self, head: &Report, base: &Report) {
        let moves = moves(&head.sources);
        if moves.is_empty() {
            return;
        }
        let key = |finding: &Finding, address: String| {
            Some((finding.policy.clone(), finding.scope.clone(), address, names(&finding.attribute)))
        };
        let now = |finding: &Finding| key(finding, finding.address.to_string());
        let before = |finding: &Finding| key(finding, follow(&moves, &finding.scope, &finding.address)?);
        self.pair(&head.findings, &base.findings, now, before);
    }

    /// A file or directory that got another name: it is gone from the base, and new in the head.
    fn by_file(&mut self, head: &Report, base: &Report) {
        let gone = |finding: &Finding, from: &Report, other: &Report| {
            let path = from.sources.path(finding.span);
            other.sources.find(&path).is_none().then_some(path)
        };
        let key = |finding: &Finding, path: &str| {
            // Where a path is the address, the rest has to do.
            let address = if *finding.address == *path { String::new() } else { finding.address.to_string() };
            (
                finding.policy.clone(),
                finding.source,
                address,
                names(&finding.attribute),
                text(finding).replace(path, ""),
            )
        };
        let now = |finding: &Finding| gone(finding, head, base).map(|path| key(finding, &path));
        let before = |finding: &Finding| gone(finding, base, head).map(|path| key(finding, &path));
        self.pair(&head.findings, &base.findings, now, before);
    }

    /// Another instance of the same declaration, about which the same is said.
    fn by_family(&mut self, head: &[Finding], base: &[Finding]) {
        let key = |finding: &Finding| {
            let address = family(&finding.address);
            Some((
                finding.policy.clone(),
                finding.scope.clone(),
                address,
                names(&finding.attribute),
                family(&text(finding)),
            ))
        };
        self.pair(head, base, key, key);
    }
}

/// Whether a finding was there already, and no less bad than it is now.
fn is_same(now: &Finding, before: &Finding) -> bool {
    let was_seen = now.status != Status::Open || before.status == Status::Open;
    let was_certain = before.verdict == Verdict::Fail || now.verdict == Verdict::Undetermined;
    was_seen && was_certain && now.severity <= before.severity
}

fn unnumbered(fingerprint: &str) -> &str {
    fingerprint.split(':').next().unwrap_or(fingerprint)
}

fn names(path: &[PathStep]) -> Vec<String> {
    let name = |step: &PathStep| match step {
        PathStep::Key(key) if key.parse::<usize>().is_err() => Some(key.to_string()),
        PathStep::Key(_) | PathStep::Index(_) => None,
    };
    path.iter().filter_map(name).collect()
}

/// What is said, without the address it is said of.
fn text(finding: &Finding) -> String {
    finding.message.replace(&*finding.address, "")
}

/// An address or text without `[...]`.
fn family(text: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    for c in text.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

/// Lines of the head that the base does not have, by path.
struct Changed {
    lines: BTreeMap<String, BTreeSet<u32>>,
}

impl Changed {
    fn new(head: &SourceMap, base: &SourceMap) -> Self {
        let mut lines = BTreeMap::new();
        for (_, file) in head.files() {
            let before = base.find(&file.path).map(|id| base.file(id).text.clone());
            if before.as_ref() != Some(&file.text) {
                lines.insert(file.path.to_string(), lines::changed(before.as_deref().unwrap_or(""), &file.text));
            }
        }
        Self { lines }
    }

    fn place(&self, span: Span, sources: &SourceMap) -> Option<String> {
        let (path, region) = (sources.path(span), sources.region(span));
        let changed = self.lines.get(&*path)?;
        let line = changed.range(region.start.line..=region.end.line).next()?;
        Some(format!("{path}:{line}"))
    }

    /// Says which changed place made a finding, where the finding's own line did not.
    fn explain(&self, finding: &mut Finding, sources: &SourceMap) {
        let mut causes = Vec::new();
        for related in &mut finding.related {
            if let Some(place) = self.place(related.span, sources) {
                related.message.push_str(", which this change touches");
                causes.push(format!("{place} changed"));
            }
        }
        if self.place(finding.span, sources).is_none() {
            causes.dedup();
            finding.causes.extend(causes.into_iter().take(MAX_CAUSES).map(Into::into));
        }
    }
}
