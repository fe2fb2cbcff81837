//! What a suppression comment covers, and which findings it thereby silences.
//!
//! A comment at the end of a line, or alone above it, belongs to that line. It covers what stands there, and all of a block,
//! resource or object that begins there; on a module call it covers what the module makes for this call. Comments that silence
//! nothing are reported. It does not know the grammar of comments.

use std::collections::HashMap;
use std::sync::Arc;

use super::comment::{Comment, Said, comments, is_comment};
use crate::model::{
    FileId, Finding, PolicyInfo, Problem, Resource, SourceFile, SourceKind, SourceMap, Span, Stage, Status,
};

/// Marks what comments silence. `today` (`YYYY-MM-DD`) decides which have expired. The problems are notices: comments that are
/// malformed, expired, or cover nothing.
pub fn suppress(
    findings: &mut [Finding],
    resources: &[Resource],
    policies: &[Arc<PolicyInfo>],
    sources: &SourceMap,
    today: Option<&str>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut all: Vec<Suppression> = Vec::new();
    for (file, source) in sources.files() {
        for comment in comments(&source.text) {
            let span = Span::new(file, to_u32(comment.start), to_u32(comment.end));
            match comment.said {
                Ok(ref said) => all.push(Suppression {
                    target: (file, target(&comment, &source)),
                    expired: said.until.as_deref().zip(today).is_some_and(|(until, today)| until < today),
                    said: said.clone(),
                    span,
                    used: false,
                }),
                Err(why) => problems.push(notice(span, &source.path, format!("this suppression is not read: {why}"))),
            }
        }
    }
    if all.is_empty() {
        return problems;
    }
    let mut by_place: HashMap<(FileId, u32), Vec<usize>> = HashMap::new();
    for (index, suppression) in all.iter().enumerate() {
        by_place.entry(suppression.target).or_default().push(index);
    }
    let mut owners: HashMap<(SourceKind, &str, &str), Vec<&Resource>> = HashMap::new();
    for resource in resources {
        owners.entry((resource.source, &resource.scope, &resource.address)).or_default().push(resource);
    }
    for finding in findings {
        let owners = owners.get(&(finding.source, &*finding.scope, &*finding.address)).map_or(&[][..], Vec::as_slice);
        let policy = policies.iter().find(|policy| policy.id == finding.policy);
        for place in places(finding, owners, sources) {
            for &index in by_place.get(&place).into_iter().flatten() {
                let Some(suppression) = all.get_mut(index) else { continue };
                if !suppression.said.ids.iter().any(|id| policy.is_some_and(|policy| is_meant(id, policy))) {
                    continue;
                }
                suppression.used = true;
                if !suppression.expired && finding.status == Status::Open {
                    finding.status = Status::Suppressed(suppression.said.reason.clone());
                }
            }
        }
    }
    problems.extend(all.iter().filter_map(|suppression| suppression.complaint(policies, sources)));
    problems
}

struct Suppression {
    /// The file and 1-based line it belongs to.
    target: (FileId, u32),
    said: Said,
    span: Span,
    expired: bool,
    used: bool,
}

impl Suppression {
    fn complaint(&self, policies: &[Arc<PolicyInfo>], sources: &SourceMap) -> Option<Problem> {
        let ids = self.said.ids.join(", ");
        let message = if self.used {
            let until = self.said.until.as_deref().filter(|_| self.expired)?;
            format!("this suppression of {ids} ended on {until}; mend the finding or give a later day")
        } else if self.said.ids.iter().any(|id| policies.iter().any(|policy| is_meant(id, policy))) {
            format!("this suppression of {ids} silences nothing; remove it")
        } else {
            // The policy may only be left out of this run.
            return None;
        };
        Some(notice(self.span, &sources.path(self.span), message))
    }
}

fn notice(span: Span, path: &str, message: String) -> Problem {
    Problem::new(Stage::Config, path, message).at(span).notice()
}

/// True for a policy's id, a glob over ids, and other scanners' ids of the same check.
fn is_meant(id: &str, policy: &PolicyInfo) -> bool {
    let glob = |pattern: &str| match pattern.split_once('*') {
        Some((start, end)) => {
            policy.id.len() >= start.len() + end.len() && policy.id.starts_with(start) && policy.id.ends_with(end)
        }
        None => *policy.id == *pattern,
    };
    glob(id) || policy.aliases.iter().any(|alias| **alias == *id)
}

/// The 1-based line that a comment belongs to: its own, or the first below that is no comment.
fn target(comment: &Comment, source: &SourceFile) -> u32 {
    let own = to_u32(comment.line + 1);
    if !comment.alone {
        return own;
    }
    let below = (own + 1..).map_while(|line| Some((line, source.line(line)?)));
    below.into_iter().find(|(_, text)| !is_comment(text)).map_or(own, |(line, _)| line)
}

/// Lines whose comments cover a finding, the nearest first: its own, and where the things begin that hold it.
fn places(finding: &Finding, owners: &[&Resource], sources: &SourceMap) -> Vec<(FileId, u32)> {
    let mut spans = vec![finding.span];
    for resource in owners {
        let mut inside = Vec::new();
        let mut node = &resource.config;
        for step in &finding.attribute {
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
    let is_text = |text: &str| !(text.trim().is_empty() || text.starts_with("---") || is_comment(text));
    lines.into_iter().find(|line| source.line(*line).is_some_and(is_text)).map(|line| (body.file, line))
}

fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
