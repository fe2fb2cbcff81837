//! Everything in a source that silences findings, read into one shape: comments, annotations, comments of other scanners.
//!
//! It knows where each begins to hold. It does not know findings.

use super::comment::{self, Comment, comments, is_comment};
use super::foreign::{self, Check, Foreign, Reach, Scanner};
use super::suppress::Settings;
use crate::model::{FileId, Node, PolicyInfo, Problem, Resource, SourceFile, Span, Stage};

/// A suppression, whatever it was written as.
#[derive(Debug)]
pub(super) struct Directive {
    /// `None` for our own.
    pub(super) scanner: Option<Scanner>,
    pub(super) checks: Vec<Check>,
    /// It silences the checks of its scanner that it does not name.
    pub(super) others: bool,
    pub(super) reason: String,
    /// The last day on which it holds.
    pub(super) until: Option<String>,
    pub(super) span: Span,
    pub(super) target: Target,
}

/// What it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Whatever stands on or begins on these lines (1-based, both included).
    Lines(FileId, u32, u32),
    /// What stands on this line, and nothing that begins there.
    Exactly(FileId, u32),
    /// The resource of this index.
    Resource(usize),
}

/// How annotations of ours are called; further ones have something behind a dash.
const ANNOTATION: &str = "stanchion.dev/ignore";

/// All suppressions of the sources, and what is wrong with some.
pub(super) fn collect(resources: &[Resource], settings: &Settings<'_>) -> (Vec<Directive>, Vec<Problem>) {
    let (mut out, mut problems) = (Vec::new(), Vec::new());
    if !settings.inline {
        return (out, problems);
    }
    for (file, source) in settings.sources.files() {
        if settings.configuration == Some(&*source.path) {
            continue;
        }
        for comment in comments(&source.text) {
            let span = Span::new(file, to_u32(comment.start), to_u32(comment.end));
            let line = target(&comment, &source);
            match comment.said {
                Ok(said) => out.push(own(said, span, Target::Lines(file, line, line))),
                Err(why) => problems.push(unread(span, &source.path, &why)),
            }
        }
        if settings.foreign {
            let found = foreign::comments(&source.path, &source.text);
            out.extend(found.into_iter().map(|found| other(found, file, &source)));
        }
    }
    for (index, resource) in resources.iter().enumerate() {
        annotations(resource, index, settings, &mut out, &mut problems);
    }
    (out, problems)
}

fn own(said: comment::Said, span: Span, target: Target) -> Directive {
    let checks = said.ids.into_iter().map(|id| Check { id, ..Check::default() }).collect();
    Directive { scanner: None, checks, others: false, reason: said.reason, until: said.until, span, target }
}

fn other(found: Foreign, file: FileId, source: &SourceFile) -> Directive {
    let own = to_u32(found.line + 1);
    let target = match found.reach {
        Reach::Beside { alone } => {
            let line = if alone { below(own, source) } else { own };
            Target::Lines(file, line, line)
        }
        Reach::NextLine => Target::Exactly(file, own + 1),
        Reach::Lines(from, to) => Target::Lines(file, from, to),
        Reach::File => Target::Lines(file, 1, u32::MAX),
    };
    Directive {
        scanner: Some(found.scanner),
        checks: found.checks,
        others: found.others,
        reason: found.reason.unwrap_or_else(|| format!("a comment for {}, without a reason", found.scanner.as_str())),
        until: None,
        span: Span::new(file, to_u32(found.start), to_u32(found.end)),
        target,
    }
}

/// Annotations of a Kubernetes object and of its pod template.
fn annotations(
    resource: &Resource,
    index: usize,
    settings: &Settings<'_>,
    out: &mut Vec<Directive>,
    problems: &mut Vec<Problem>,
) {
    let own = resource.config.key("metadata");
    let template = resource.config.key("spec").and_then(|spec| spec.key("template")?.key("metadata"));
    for metadata in [own, template].into_iter().flatten() {
        for (name, node) in metadata.key("annotations").and_then(Node::as_map).into_iter().flatten() {
            let Some(value) = node.as_str() else { continue };
            let target = Target::Resource(index);
            if name.strip_prefix(ANNOTATION).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.'])) {
                match comment::annotation(value) {
                    Ok(said) => out.push(self::own(said, node.via, target)),
                    Err(why) => problems.push(unread(node.via, &settings.sources.path(node.via), &why)),
                }
            } else if settings.foreign
                && let Some((id, reason)) = foreign::checkov_annotation(name, value)
            {
                out.push(Directive {
                    scanner: Some(Scanner::Checkov),
                    checks: vec![Check { id: id.to_owned(), ..Check::default() }],
                    others: false,
                    reason: reason.unwrap_or_else(|| "an annotation for checkov, without a reason".to_owned()),
                    until: None,
                    span: node.via,
                    target,
                });
            }
        }
    }
}

fn unread(span: Span, path: &str, why: &str) -> Problem {
    Problem::new(Stage::Config, path, format!("this suppression is not read: {why}")).at(span).notice()
}

/// True for a policy's id, a glob over ids, and other scanners' ids of the same check.
pub(super) fn names(id: &str, policy: &PolicyInfo) -> bool {
    crate::model::pattern::matches(id, &policy.id) || policy.aliases.iter().any(|alias| alias == id)
}

/// The 1-based line that a comment belongs to: its own, or the first below that is no comment.
fn target(comment: &Comment, source: &SourceFile) -> u32 {
    let own = to_u32(comment.line + 1);
    if comment.alone { below(own, source) } else { own }
}

fn below(own: u32, source: &SourceFile) -> u32 {
    let below = (own + 1..).map_while(|line| Some((line, source.line(line)?)));
    below.into_iter().find(|(_, text)| !is_comment(text)).map_or(own, |(line, _)| line)
}

pub(super) fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
