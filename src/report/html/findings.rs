//! Findings as rows of the page, each on one line, worst first.
//!
//! A row says in its first tag what it is filtered by. It does not know where rows go.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt::Write as _;

use super::super::View;
use super::super::group::{Group, group};
use super::super::lines::Line;
use super::super::mask::SecretLines;
use super::super::xml::{escaped, markup};
use crate::model::{FileId, Report, SourceFile, Span, Status, Verdict, display_path};
use std::sync::Arc;

/// Most addresses named in one row.
const MAX_ADDRESSES: usize = 100;
/// Most causes and further messages in one row.
const MAX_NOTES: usize = 20;

/// All rows, with a heading before each kind.
pub(super) fn rows(report: &Report, view: View) -> String {
    let secrets = SecretLines::of(report);
    let mut groups = group(report.findings.iter().filter(|finding| view.lists(finding)));
    groups.sort_by_cached_key(|group| (rank(group), Reverse(group.severity())));
    let mut rows = Rows { report, secrets, files: HashMap::new(), out: String::new() };
    let mut heading = String::new();
    for group in &groups {
        let next = match rank(group) {
            0 => group.severity().to_string(),
            1 => "undetermined".into(),
            _ => "silenced".into(),
        };
        if next != heading {
            let _ = writeln!(rows.out, "<h3>{next}</h3>");
            heading = next;
        }
        rows.row(group);
    }
    rows.out
}

/// What needs attention, what may need it, what does not.
fn rank(group: &Group<'_>) -> u8 {
    match (&group.first.status, group.first.verdict) {
        (Status::Open, Verdict::Fail) => 0,
        (Status::Open, Verdict::Undetermined) => 1,
        _ => 2,
    }
}

struct Rows<'r> {
    report: &'r Report,
    secrets: SecretLines,
    files: HashMap<FileId, Arc<SourceFile>>,
    out: String,
}

impl Rows<'_> {
    fn row(&mut self, group: &Group<'_>) {
        let first = group.first;
        let severity = group.severity();
        let family = self.report.policy(&first.policy).map_or("", |policy| &policy.family);
        let status = if rank(group) == 1 { "undetermined" } else { first.status.as_str() };
        let path = escaped(&self.report.sources.path(first.span));
        let start = self.report.sources.region(first.span).start;
        let (policy, message) = (escaped(&first.policy), escaped(&first.message));
        let addresses = group.addresses();
        let named: Vec<String> = addresses.iter().take(MAX_ADDRESSES).map(|address| escaped(address)).collect();
        let _ = write!(
            self.out,
            "<details class=\"f {severity}\" data-s=\"{severity}\" data-f=\"{}\" data-p=\"{path}\" data-k=\"{}\" data-t=\"{status}\" data-i=\"{policy}\" data-r=\"{}\">",
            escaped(family),
            escaped(&first.kind),
            named.join(" "),
        );
        let chip = if status == "open" { String::new() } else { format!(" <i>{status}</i>") };
        let _ = write!(
            self.out,
            "<summary><b>{severity}</b>{chip} <span class=\"m\">{message}</span> <span class=\"w\"><code>{policy}</code> {path}:{}</span></summary>",
            start.line
        );
        self.snippet(first.span);
        self.facts(group, &named, addresses.len());
        let (related, more) = group.related();
        if !related.is_empty() {
            self.out.push_str("<ol>");
            for related in related {
                let path = escaped(&self.report.sources.path(related.span));
                let line = self.report.sources.region(related.span).start.line;
                let _ = write!(self.out, "<li>{} <span class=\"w\">{path}:{line}</span>", escaped(&related.message));
                self.snippet(related.span);
                self.out.push_str("</li>");
            }
            if more > 0 {
                let _ = write!(self.out, "<li>and {more} more places</li>");
            }
            self.out.push_str("</ol>");
        }
        let _ = writeln!(
            self.out,
            "<p class=\"advice\"><a href=\"#p-{policy}\">why, and what to write instead</a></p></details>"
        );
    }

    fn facts(&mut self, group: &Group<'_>, named: &[String], count: usize) {
        let first = group.first;
        self.out.push_str("<dl>");
        let mut fact = |name: &str, value: &str| {
            let _ = write!(self.out, "<dt>{name}</dt><dd>{value}</dd>");
        };
        let more = if count > named.len() { format!(" and {} more", count - named.len()) } else { String::new() };
        let codes: Vec<String> = named.iter().map(|address| format!("<code>{address}</code>")).collect();
        fact(if count == 1 { "resource" } else { "resources" }, &format!("{}{more}", codes.join(", ")));
        let attribute = display_path(&first.attribute);
        if !attribute.is_empty() {
            fact("attribute", &format!("<code>{}</code>", escaped(&attribute)));
        }
        let environments: Vec<String> = group.environments().into_iter().map(escaped).collect();
        if !environments.is_empty() {
            fact("environments", &environments.join(", "));
        }
        for cause in group.causes().into_iter().take(MAX_NOTES) {
            fact("cause", &escaped(cause));
        }
        for message in group.other_messages().into_iter().take(MAX_NOTES) {
            fact("also", &escaped(message));
        }
        if let Some(reason) = first.status.reason() {
            fact("silenced because", &escaped(reason));
        }
        self.out.push_str("</dl>");
    }

    /// The line of a place, with the place marked.
    fn snippet(&mut self, span: Span) {
        let span = self.report.sources.first_line(span);
        let report = self.report;
        let file = self.files.entry(span.file).or_insert_with(|| report.sources.file(span.file));
        let number = file.position(span.start).line;
        let begin = file.line_start(number).unwrap_or(0);
        let at = |offset: u32| offset.saturating_sub(begin) as usize;
        let line = Line::new(file, span.file, number, at(span.start), &self.secrets);
        let range = line.range(at(span.start), at(span.end));
        let part =
            |range: std::ops::Range<usize>| markup(line.text.get(range).unwrap_or_default()).replace('\t', "    ");
        let marked = part(range.clone());
        let marked = if marked.is_empty() { marked } else { format!("<mark>{marked}</mark>") };
        let (before, after) = (part(0..range.start), part(range.end..line.text.len()));
        if !line.text.trim().is_empty() {
            let _ = write!(self.out, "<pre><span>{number}</span>{before}{marked}{after}</pre>");
        }
    }
}
