//! Markdown for summaries of builds and comments of reviews: a headline, a table, what changed, what drifted, and what could
//! not be looked at.
//!
//! It is bounded, because a summary that is too long is dropped whole. Scanned text is made of entities wherever Markdown or
//! HTML would see more in it than text. It does not know who shows it.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::escape::bounded;
use super::group::{Group, group};
use super::{Renderer, View, advice, counted, headline, silenced, undetermined};
use crate::model::{
    Diff, Difference, DriftClass, DriftReport, PolicyInfo, Report, Severity, Shown, Span, Verdict, display_path,
};

/// A step's summary has room for 1 MiB, and is dropped whole when it is larger.
pub(super) const MAX_BYTES: usize = 900 << 10;
/// What the last lines may need.
const RESERVE: usize = 2000;
/// Most rows of the smaller tables.
const MAX_ROWS: usize = 100;
/// Most attributes of one difference.
const MAX_ATTRIBUTES: usize = 20;

/// See the module.
#[derive(Debug)]
pub(super) struct Markdown {
    view: View,
}

impl Markdown {
    pub(super) const fn new(view: View) -> Self {
        Self { view }
    }
}

impl Renderer for Markdown {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<Option<String>> {
        let limit = self.view.markdown_bytes.saturating_sub(RESERVE);
        let mut page = Page { text: String::new(), limit, left_out: 0 };
        page.always(&format!("## Stanchion: {}\n\n", headline(report)));
        if let Some(diff) = &report.diff {
            change(diff, &mut page);
        }
        problems(report, &mut page);
        self.findings(report, &mut page);
        if let Some(drift) = &report.drift {
            differences(report, drift, &mut page);
        }
        if let Some(diff) = &report.diff {
            fixed(diff, &mut page);
        }
        self.remedies(report, &mut page);
        page.always(&format!("{}\n", self.footer(report)));
        let left_out = (page.left_out > 0)
            .then(|| format!("{} left out of the Markdown report", counted(page.left_out, "row is", "rows are")));
        if let Some(left_out) = &left_out {
            page.always(&format!("\n_{left_out}: the JSON and SARIF reports list more._\n"));
        }
        out.write_all(page.text.as_bytes())?;
        Ok(left_out.map(|text| format!("{text}: at most {} bytes are written", self.view.markdown_bytes)))
    }
}

/// Text that ends before it is too long.
struct Page {
    text: String,
    limit: usize,
    left_out: usize,
}

impl Page {
    fn always(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds a heading with what belongs below it, row by row as long as there is room.
    fn table(&mut self, head: &str, rows: impl IntoIterator<Item = String>, most: usize) {
        let mut written = 0;
        let mut left_out = 0;
        for row in rows {
            let head = if written == 0 { head } else { "" };
            if left_out == 0 && written < most && self.text.len() + head.len() + row.len() < self.limit {
                self.text.push_str(head);
                self.text.push_str(&row);
                written += 1;
            } else {
                left_out += 1;
            }
        }
        if written > 0 {
            self.text.push('\n');
        }
        if left_out > 0 && self.text.len() + 100 < self.limit {
            let _ = writeln!(self.text, "_and {left_out} more_\n");
        }
        self.left_out += left_out;
    }
}

impl Markdown {
    fn findings(&self, report: &Report, page: &mut Page) {
        let mut groups = group(report.findings.iter().filter(|finding| self.view.lists_open(finding)));
        groups.sort_by_key(|group| (group.first.verdict, Reverse(group.severity())));
        let (failed, open): (Vec<_>, Vec<_>) = groups.iter().partition(|group| group.first.verdict == Verdict::Fail);
        let columns = "| Severity | Finding | Resource | Place |\n|---|---|---|---|\n";
        let new = if report.diff.is_some() { "New findings" } else { "Findings" };
        let rows = failed.iter().map(|group| row(report, group));
        page.table(&format!("### {new}\n\n{columns}"), rows, usize::MAX);
        let rows = open.iter().map(|group| row(report, group));
        page.table(&format!("### Undetermined\n\n{columns}"), rows, MAX_ROWS);
    }

    /// Last, because all else is about this run.
    fn remedies(&self, report: &Report, page: &mut Page) {
        let mut failed: Vec<_> = report.findings.iter().filter(|it| self.view.lists_open(it)).collect();
        failed.retain(|finding| finding.verdict == Verdict::Fail);
        failed.sort_by_key(|finding| Reverse(finding.severity));
        let mut told = BTreeSet::new();
        let policies = failed.iter().map(|finding| &*finding.policy).filter(|id| told.insert(*id));
        let rows = policies.filter_map(|id| report.policy(id)).filter_map(remedy);
        page.table("### What to write instead\n\n", rows, MAX_ROWS);
    }

    fn footer(&self, report: &Report) -> String {
        let coverage = report.coverage;
        let mut parts = vec![format!(
            "looked at {}, {} with {}",
            counted(coverage.files, "file", "files"),
            counted(coverage.resources, "resource", "resources"),
            counted(coverage.policies, "policy", "policies"),
        )];
        let words = ["suppressed", "in the baseline", "outside the change"];
        for (word, count) in words.into_iter().zip(silenced(report)).filter(|&(_, count)| count > 0) {
            parts.push(format!("{count} {word}"));
        }
        let undetermined = undetermined(report);
        if undetermined > 0 {
            parts.push(format!("{undetermined} undetermined"));
        }
        let hidden: usize =
            Severity::ALL.into_iter().filter(|&it| it < self.view.min_severity).map(|it| report.count_open(it)).sum();
        if hidden > 0 {
            parts.push(format!("{hidden} below {}", self.view.min_severity));
        }
        if coverage.files_skipped > 0 {
            parts.push(format!("{} skipped", counted(coverage.files_skipped, "file", "files")));
        }
        format!("<sub>{}</sub>", parts.join(" · "))
    }
}

fn change(diff: &Diff, page: &mut Page) {
    let moved = if diff.moved > 0 { format!(", {} moved", diff.moved) } else { String::new() };
    let (new, fixed, unchanged) = (diff.new, diff.fixed.len(), diff.unchanged);
    let since = code(&diff.reference);
    page.always(&format!("**{new} new**, **{fixed} fixed**, {unchanged} unchanged{moved} since {since}\n\n"));
    let rows = diff.silences.iter().map(|silence| {
        let line = silence.line.map(|line| format!(":{line}")).unwrap_or_default();
        format!("| {} | {} | {} |\n", silence.kind, code(&format!("{}{line}", silence.path)), text(&silence.message))
    });
    page.table("### This change silences findings\n\n| By | Place | What |\n|---|---|---|\n", rows, MAX_ROWS);
}

fn fixed(diff: &Diff, page: &mut Page) {
    let rows = diff.fixed.iter().map(|fixed| {
        let place = code(&format!("{}:{}", fixed.path, fixed.line));
        let (policy, address) = (code(&fixed.policy), code(&fixed.address));
        format!("| {} | {policy} {} | {address} | {place} |\n", fixed.severity, text(&fixed.message))
    });
    page.table("### Fixed\n\n| Severity | Finding | Resource | Place |\n|---|---|---|---|\n", rows, MAX_ROWS);
}

fn problems(report: &Report, page: &mut Page) {
    let rows = report.problems.iter().filter(|problem| problem.incomplete).map(|it| {
        let place = it.span.map_or_else(|| code(&it.subject), |span| place(report, span));
        format!("| {} | {place} | {} |\n", it.stage, text(&it.message))
    });
    page.table("### Not looked at\n\n| Stage | What | Why |\n|---|---|---|\n", rows, MAX_ROWS);
}

fn row(report: &Report, group: &Group<'_>) -> String {
    let first = group.first;
    let mut what = format!("{}<br>{}", code(&first.policy), text(&first.message));
    for cause in group.causes().into_iter().take(3) {
        let _ = write!(what, "<br>{}", text(cause));
    }
    if let Some(advice) = report.policy(&first.policy).and_then(advice::sentence) {
        let _ = write!(what, "<br>→ {}", text(&advice));
    }
    let environments: Vec<String> = group.environments().into_iter().map(text).collect();
    if !environments.is_empty() {
        let _ = write!(what, "<br>in {}", environments.join(", "));
    }
    let count = group.addresses().len();
    let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
    let address = code(&first.address);
    format!("| {} | {what} | {address}{more} | {} |\n", word(group), place(report, first.span))
}

/// One line, because an empty one would end the HTML in it.
fn remedy(policy: &PolicyInfo) -> Option<String> {
    let lines: Vec<String> = advice::lines(policy).iter().map(|line| entities(line)).collect();
    let (id, title) = (code(&policy.id), text(&policy.title));
    let lines = lines.join("&#10;");
    (!lines.is_empty()).then(|| format!("<details><summary>{id} {title}</summary><pre>{lines}</pre></details>\n"))
}

fn word(group: &Group<'_>) -> String {
    match group.severity() {
        Severity::Critical | Severity::High => format!("**{}**", group.severity()),
        other => other.to_string(),
    }
}

fn differences(report: &Report, drift: &DriftReport, page: &mut Page) {
    let coverage = &drift.coverage;
    page.always(&format!(
        "### Drift\n\ncompared {} of {}, {} in sync\n\n",
        coverage.compared,
        counted(coverage.recorded, "recorded instance", "recorded instances"),
        coverage.in_sync
    ));
    if let Some(since) = &drift.since {
        page.always(&format!(
            "since then: **{} new**, {} known, **{} fixed**\n\n",
            since.new,
            since.persisting,
            since.fixed.len()
        ));
    }
    for class in DriftClass::ALL {
        let rows = drift.differences.iter().filter(|it| it.class == class).map(|it| difference(report, it));
        let head = format!("#### {}\n\n| Thing | Difference | Place |\n|---|---|---|\n", class.as_str());
        page.table(&head, rows, MAX_ROWS);
    }
}

fn difference(report: &Report, it: &Difference) -> String {
    let mut name = code(it.name());
    let place_of = [it.account.as_deref(), it.region.as_deref()];
    let place_of: Vec<&str> = place_of.into_iter().flatten().filter(|text| !text.is_empty()).collect();
    if !place_of.is_empty() {
        let _ = write!(name, "<br>in {}", text(&place_of.join("/")));
    }
    let value = |value: &Option<Shown>| value.as_ref().map_or_else(|| "nothing".to_owned(), |it| code(&it.text()));
    let mut parts: Vec<String> = it
        .attributes
        .iter()
        .take(MAX_ATTRIBUTES)
        .map(|it| format!("{}: {} → {}", code(&display_path(&it.path)), value(&it.recorded), value(&it.live)))
        .collect();
    if it.attributes.len() > MAX_ATTRIBUTES {
        parts.push(format!("and {} more", it.attributes.len() - MAX_ATTRIBUTES));
    }
    if let Some(owner) = it.owner.name() {
        parts.push(format!("looked after: {} {}", it.owner.as_str(), text(owner)));
    }
    parts.extend(it.reasons.iter().map(|reason| text(reason)));
    parts.extend(it.worse.iter().map(|worse| format!("drift made it worse: {}", code(&worse.policy))));
    format!("| {name} | {} | {} |\n", parts.join("<br>"), place(report, it.span))
}

fn place(report: &Report, span: Span) -> String {
    code(&format!("{}:{}", report.sources.path(span), report.sources.region(span).start.line))
}

/// Text as code, where nobody is mentioned and nothing is linked.
fn code(plain: &str) -> String {
    if plain.is_empty() { String::new() } else { format!("<code>{}</code>", text(plain)) }
}

/// Text to be copied: as it is, but nothing in it is markup. Services leave names and links in `pre` alone.
fn entities(safe: &str) -> String {
    let mut out = String::with_capacity(safe.len() + 16);
    for c in safe.chars() {
        if c.is_alphanumeric() || " .,;=()/-_'+%?".contains(c) {
            out.push(c);
        } else {
            let _ = write!(out, "&#{};", u32::from(c));
        }
    }
    out
}

/// Text in which nothing is markup. Entities stand for text wherever they are; what services look for in finished text (names,
/// numbers of issues, links) is broken by a space without width.
fn text(plain: &str) -> String {
    let plain = bounded(plain);
    let mut out = String::with_capacity(plain.len() + 16);
    let mut chars = plain.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        match c {
            '@' | '#' => {
                let _ = write!(out, "&#{};&#8203;", u32::from(c));
            }
            // `https://` and `::error::`
            ':' if matches!(next, '/' | ':') => out.push_str("&#58;&#8203;"),
            '.' if before.eq_ignore_ascii_case(&'w') => out.push_str(".&#8203;"),
            '_' if before.is_alphanumeric() && next.is_alphanumeric() => out.push('_'),
            '&' | '<' | '>' | '"' | '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '!' | '~' | '$' | '{' | '}' | '^' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_text_is_markup() {
        assert_eq!(text("aws_s3_bucket.a"), "aws_s3_bucket.a");
        assert_eq!(text("a|b`c`\n"), "a&#124;b&#96;c&#96;&#92;n");
        assert_eq!(text("<b>*x*</b>"), "&#60;b&#62;&#42;x&#42;&#60;/b&#62;");
        assert_eq!(text("@me #12"), "&#64;&#8203;me &#35;&#8203;12");
        assert_eq!(text("https://a www.b"), "https&#58;&#8203;//a www.&#8203;b");
        assert_eq!(entities("a_b: <i>`@c`</i> #1\n"), "a_b&#58; &#60;i&#62;&#96;&#64;c&#96;&#60;/i&#62; &#35;1&#10;");
        assert_eq!(text("[x](javascript:y) ![z]"), "&#91;x&#93;(javascript:y) &#33;&#91;z&#93;");
    }
}
