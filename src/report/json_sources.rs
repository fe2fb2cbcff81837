//! The `sources` member of the `stanchion/v1` contract: the lines that other formats show, with secrets masked.
//!
//! A line that is long is given in parts around the places of interest. It does not know what is made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::View;
use super::lines::{AFTER, BEFORE};
use super::mask::{SecretLines, masked};
use crate::model::{FileId, Report, Span, Stage};

/// Longer lines are given in parts.
const MAX_LINE: usize = 1000;
/// Lines between two places no further apart than this are shown with them.
const MAX_GAP: u32 = 3;

#[derive(Serialize)]
pub(super) struct Source {
    path: Arc<str>,
    lines: Vec<Line>,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "these are the names of the contract")]
struct Line {
    line: u32,
    /// In UTF-16 code units, from 1.
    column: u32,
    text: String,
    /// The line goes on.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more: bool,
    /// The line holds a secret, which is left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    masked: bool,
}

/// The lines of everything that is listed, by path.
pub(super) fn sources(report: &Report, view: View) -> Vec<Source> {
    let secrets = SecretLines::of(report);
    let findings = report.findings.iter().filter(|finding| view.lists(finding));
    let findings = findings.flat_map(|it| std::iter::once(it.span).chain(it.related.iter().map(|it| it.span)));
    // What does not parse may hold anything, so only settings and suppressions are shown.
    let problems = report.problems.iter().filter(|it| it.stage == Stage::Config).filter_map(|it| it.span);
    let mut places: BTreeMap<Arc<str>, (FileId, BTreeSet<u32>)> = BTreeMap::new();
    for span in findings.chain(problems) {
        places.entry(report.sources.path(span)).or_insert_with(|| (span.file, BTreeSet::new())).1.insert(span.start);
    }
    places
        .into_iter()
        .map(|(path, (file, starts))| Source { path, lines: lines(report, file, &starts, &secrets) })
        .collect()
}

fn lines(report: &Report, file: FileId, starts: &BTreeSet<u32>, secrets: &SecretLines) -> Vec<Line> {
    let source = report.sources.file(file);
    let mut anchors: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
    for &start in starts {
        let line = source.position(report.sources.first_line(Span::new(file, start, start)).start).line;
        let column = start.saturating_sub(source.line_start(line).unwrap_or(0)) as usize;
        anchors.entry(line).or_default().insert(column);
    }
    let marked: Vec<u32> = anchors.keys().copied().collect();
    for pair in marked.windows(2) {
        if let &[one, next] = pair
            && next - one <= MAX_GAP
        {
            for between in one + 1..next {
                anchors.entry(between).or_default().insert(0);
            }
        }
    }
    let mut out = Vec::new();
    for (number, anchors) in anchors {
        let full = source.line(number).unwrap_or_default();
        let shown = secrets.shown_bytes(file, number, full).map(|shown| masked(full, shown));
        let is_masked = shown.is_some();
        let text = shown.as_deref().unwrap_or(full);
        for (start, end) in windows(text, &anchors) {
            // The byte order mark has no column.
            let before = text.get(..start).unwrap_or_default().trim_start_matches('\u{feff}');
            let column = u32::try_from(before.encode_utf16().count() + 1).unwrap_or(u32::MAX);
            let part = text.get(start..end).unwrap_or_default().to_owned();
            out.push(Line { line: number, column, text: part, more: end < text.len(), masked: is_masked });
        }
    }
    out
}

/// The whole line, or what lies around each anchor.
fn windows(text: &str, anchors: &BTreeSet<usize>) -> Vec<(usize, usize)> {
    if text.len() <= MAX_LINE {
        return vec![(0, text.len())];
    }
    let mut out: Vec<(usize, usize)> = Vec::new();
    for &anchor in anchors {
        let anchor = anchor.min(text.len());
        let start = text.floor_char_boundary(anchor.saturating_sub(BEFORE));
        let end = text.floor_char_boundary(anchor.saturating_add(AFTER));
        match out.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => out.push((start, end)),
        }
    }
    out
}
