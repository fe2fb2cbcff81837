//! The source lines of a finding, with its places marked.
//!
//! It does not know findings: only a primary place and further ones with a message each.

use std::collections::BTreeMap;

use annotate_snippets::{Annotation, AnnotationKind, Element, Origin, Padding, Snippet};

use crate::model::{FileId, Related, Report, Span};
use crate::report::escape::{bounded, visible};
use crate::report::lines::Line;
use crate::report::mask::SecretLines;

/// Lines further apart than this are shown as two snippets.
const MAX_GAP: u32 = 3;

/// A marked place: bytes within one line.
struct Mark {
    line: u32,
    start: usize,
    end: usize,
    /// `None` for the primary place, whose message is the title.
    label: Option<String>,
}

/// Snippets for the primary place and the related ones, the primary one first.
pub(super) fn elements<'a>(
    report: &Report,
    primary: Span,
    related: &[&Related],
    secrets: &SecretLines,
) -> Vec<Element<'a>> {
    let mut files: BTreeMap<(bool, std::sync::Arc<str>), (FileId, Vec<Mark>)> = BTreeMap::new();
    let labelled = related.iter().map(|related| (related.span, Some(bounded(&related.message))));
    for (span, label) in std::iter::once((primary, None)).chain(labelled) {
        let key = (span.file != primary.file, report.sources.path(span));
        files.entry(key).or_insert_with(|| (span.file, Vec::new())).1.push(mark(report, span, label));
    }
    let mut elements = Vec::new();
    for (file, marks) in files.into_values() {
        let mut blocks = blocks(marks);
        blocks.sort_by_key(|block| !block.iter().any(|mark| mark.label.is_none()));
        for block in blocks {
            block_elements(report, file, &block, secrets, &mut elements);
        }
    }
    elements
}

fn mark(report: &Report, span: Span, label: Option<String>) -> Mark {
    let span = report.sources.first_line(span);
    let file = report.sources.file(span.file);
    let line = file.position(span.start).line;
    let line_start = file.line_start(line).unwrap_or(0);
    let at = |offset: u32| offset.saturating_sub(line_start) as usize;
    Mark { line, start: at(span.start), end: at(span.end), label }
}

/// Marks close together, in order of their lines.
fn blocks(mut marks: Vec<Mark>) -> Vec<Vec<Mark>> {
    marks.sort_by_key(|mark| (mark.line, mark.start, mark.label.is_some()));
    let mut blocks: Vec<Vec<Mark>> = Vec::new();
    for mark in marks {
        match blocks.last_mut() {
            Some(block) if block.last().is_some_and(|last| mark.line - last.line <= MAX_GAP) => block.push(mark),
            _ => blocks.push(vec![mark]),
        }
    }
    blocks
}

fn block_elements<'a>(
    report: &Report,
    file: FileId,
    block: &[Mark],
    secrets: &SecretLines,
    elements: &mut Vec<Element<'a>>,
) {
    let (Some(first), Some(last)) = (block.first(), block.last()) else { return };
    let source = report.sources.file(file);
    let mut text = String::new();
    let mut annotations: Vec<Annotation<'a>> = Vec::new();
    for number in first.line..=last.line {
        let marks = || block.iter().filter(|mark| mark.line == number);
        let anchor = marks().find(|mark| mark.label.is_none()).or_else(|| marks().next()).map_or(0, |mark| mark.start);
        let line = Line::new(&source, file, number, anchor, secrets);
        for mark in marks() {
            let range = line.range(mark.start, mark.end);
            let range = text.len() + range.start..text.len() + range.end;
            annotations.push(match &mark.label {
                None => AnnotationKind::Primary.span(range),
                Some(label) => AnnotationKind::Context.span(range).label(label.clone()),
            });
        }
        text.push_str(&line.text);
        text.push('\n');
    }
    // The place is given by hand: counted in the file, not in what is shown of it.
    let place = block.iter().find(|mark| mark.label.is_none()).unwrap_or(first);
    let line_start = source.line_start(place.line).unwrap_or(0);
    let column = source.position(line_start + u32::try_from(place.start).unwrap_or(0)).column;
    let path = visible(&source.path).into_owned();
    if !elements.is_empty() {
        elements.push(Padding.into());
    }
    elements.push(Origin::path(path).line(place.line as usize).char_column(column as usize).into());
    elements.push(Snippet::source(text).line_start(first.line as usize).annotations(annotations).into());
}
