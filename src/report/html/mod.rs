//! One page that needs nothing else: no network, no scripts but its own, and none at all to read it.
//!
//! The findings stand in a `noscript` element, a row on each line. A browser without scripts shows them as they are; with
//! scripts the element is plain text, from which the page's own script makes the rows that somebody looks at. So the findings are
//! written once, and a page of tens of thousands of them opens at once. It does not know how rows are made.

mod findings;
mod prose;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::xml::escaped;
use super::{Renderer, View, counted, headline, silenced, undetermined};
use crate::model::{Diff, Difference, DriftClass, DriftReport, Report, Severity, Shown, Span, display_path};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Most differences of one class, and most problems, fixed findings and silences.
const MAX_LISTED: usize = 1000;

/// See the module.
#[derive(Debug)]
pub(super) struct Html {
    view: View,
}

impl Html {
    pub(super) const fn new(view: View) -> Self {
        Self { view }
    }
}

impl Renderer for Html {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<Option<String>> {
        let mut page = head(report);
        page.push_str(&tiles(report, self.view));
        if let Some(diff) = &report.diff {
            change(diff, &mut page);
        }
        problems(report, self.view, &mut page);
        page.push_str("<section id=\"findings\"><h2>Findings</h2>\n");
        page.push_str(CONTROLS);
        page.push_str(
            "<div id=\"list\"></div>\n<p id=\"more\" hidden><button type=\"button\">show more</button></p>\n",
        );
        out.write_all(page.as_bytes())?;
        let rows = findings::rows(report, self.view);
        writeln!(out, "<noscript id=\"rows\">")?;
        if rows.is_empty() {
            writeln!(out, "<p>none are listed</p>")?;
        }
        out.write_all(rows.as_bytes())?;
        writeln!(out, "</noscript>\n</section>")?;
        let mut page = String::new();
        if let Some(drift) = &report.drift {
            differences(report, drift, &mut page);
        }
        policies(report, self.view, &mut page);
        let _ = writeln!(page, "</main>\n<footer>stanchion {}</footer>", env!("CARGO_PKG_VERSION"));
        let _ = writeln!(page, "<script>{SCRIPT}</script>\n</body>\n</html>");
        out.write_all(page.as_bytes())?;
        Ok(None)
    }
}

/// What a policy of a page allows by its hash.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

fn head(report: &Report) -> String {
    let (style, script) = (hash(STYLE), hash(SCRIPT));
    let headline = headline(report);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>Stanchion: {headline}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>Stanchion <small>{headline}</small></h1>\n"
    )
}

/// Numbers by severity, and what was looked at.
fn tiles(report: &Report, view: View) -> String {
    let mut out = String::from("<ul class=\"tiles\">\n");
    for severity in Severity::ALL {
        let count = report.count_open(severity);
        let none = if count == 0 { " none" } else { "" };
        let _ = writeln!(out, "<li class=\"{severity}{none}\"><strong>{count}</strong> {severity}</li>");
    }
    out.push_str("</ul>\n<p class=\"facts\">");
    let coverage = report.coverage;
    let mut facts = vec![
        format!("looked at {}", counted(coverage.files, "file", "files")),
        counted(coverage.resources, "resource", "resources"),
        counted(coverage.policies, "policy", "policies"),
        counted(coverage.evaluations, "evaluation", "evaluations"),
    ];
    if coverage.files_skipped > 0 {
        facts.push(format!("{} skipped", counted(coverage.files_skipped, "file", "files")));
    }
    for (word, count) in ["suppressed", "in the baseline", "outside the change"].into_iter().zip(silenced(report)) {
        if count > 0 {
            facts.push(format!("{count} {word}"));
        }
    }
    let undetermined = undetermined(report);
    if undetermined > 0 {
        facts.push(format!("{undetermined} undetermined"));
    }
    let hidden: usize =
        Severity::ALL.into_iter().filter(|&it| it < view.min_severity).map(|it| report.count_open(it)).sum();
    if hidden > 0 {
        facts.push(format!("{hidden} below {} not listed", view.min_severity));
    }
    out + &facts.join(" · ") + "</p>\n"
}

fn change(diff: &Diff, out: &mut String) {
    let (new, fixed, unchanged, moved) = (diff.new, diff.fixed.len(), diff.unchanged, diff.moved);
    let since = escaped(&diff.reference);
    let _ = writeln!(
        out,
        "<section><h2>Change</h2>\n<p><strong>{new} new</strong>, {fixed} fixed, {unchanged} unchanged, {moved} moved since <code>{since}</code></p>"
    );
    let silences = diff.silences.iter().map(|it| {
        let line = it.line.map(|line| format!(":{line}")).unwrap_or_default();
        [it.kind.to_owned(), format!("{}{line}", escaped(&it.path)), escaped(&it.message)]
    });
    table("This change silences findings", ["by", "place", "what"], silences, out);
    let fixed = diff.fixed.iter().map(|it| {
        let message = format!("{} <span class=\"w\"><code>{}</code></span>", escaped(&it.message), escaped(&it.policy));
        [it.severity.to_string(), message, format!("{}:{}", escaped(&it.path), it.line)]
    });
    table("Fixed", ["severity", "finding", "place"], fixed, out);
    out.push_str("</section>\n");
}

fn problems(report: &Report, view: View, out: &mut String) {
    let mut all = report.problems.iter().filter(|it| it.incomplete || view.verbose).peekable();
    if all.peek().is_none() {
        return;
    }
    out.push_str("<section><h2>Not looked at</h2>\n");
    let rows = all.map(|it| {
        let place = it.span.map_or_else(|| escaped(&it.subject), |span| place(report, span));
        let word = if it.incomplete { it.stage.as_str() } else { "notice" };
        [word.to_owned(), place, escaped(&it.message)]
    });
    table("Problems", ["stage", "what", "why"], rows, out);
    out.push_str("</section>\n");
}

fn table<const N: usize>(caption: &str, head: [&str; N], rows: impl Iterator<Item = [String; N]>, out: &mut String) {
    let mut count = 0;
    for cells in rows {
        if count == 0 {
            let head = head.map(|name| format!("<th scope=\"col\">{name}</th>")).concat();
            let _ = writeln!(
                out,
                "<div class=\"scroll\"><table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>"
            );
        }
        count += 1;
        if count <= MAX_LISTED {
            let _ = writeln!(out, "<tr>{}</tr>", cells.map(|cell| format!("<td>{cell}</td>")).concat());
        }
    }
    if count > 0 {
        out.push_str("</tbody></table></div>\n");
    }
    if count > MAX_LISTED {
        let _ = writeln!(out, "<p>and {} more: the JSON report lists them all</p>", count - MAX_LISTED);
    }
}

fn place(report: &Report, span: Span) -> String {
    format!("{}:{}", escaped(&report.sources.path(span)), report.sources.region(span).start.line)
}

fn differences(report: &Report, drift: &DriftReport, out: &mut String) {
    let coverage = &drift.coverage;
    let _ = writeln!(
        out,
        "<section><h2>Drift</h2>\n<p class=\"facts\">compared {} of {} · {} in sync · {}</p>",
        coverage.compared,
        counted(coverage.recorded, "recorded instance", "recorded instances"),
        coverage.in_sync,
        counted(coverage.live, "live thing", "live things"),
    );
    if let Some(since) = &drift.since {
        let (new, known, fixed) = (since.new, since.persisting, since.fixed.len());
        let _ = writeln!(out, "<p>since then: <strong>{new} new</strong>, {known} known, {fixed} fixed</p>");
    }
    let reasons = coverage.not_compared.iter();
    let reasons = reasons.map(|(reason, count)| [count.to_string(), escaped(reason)]);
    table("Recorded instances that were not compared", ["number", "why"], reasons, out);
    for class in DriftClass::ALL {
        let rows = drift.differences.iter().filter(|it| it.class == class);
        let rows = rows.map(|it| [thing(it), said(it), place(report, it.span)]);
        table(class.as_str(), ["thing", "difference", "place"], rows, out);
    }
    out.push_str("</section>\n");
}

fn thing(it: &Difference) -> String {
    let mut out = format!("<code>{}</code>", escaped(it.name()));
    let region = [it.account.as_deref(), it.region.as_deref()].into_iter().flatten().filter(|text| !text.is_empty());
    let region: Vec<String> = region.map(escaped).collect();
    if !region.is_empty() {
        let _ = write!(out, "<br><span class=\"w\">{}</span>", region.join("/"));
    }
    out
}

fn said(it: &Difference) -> String {
    let value = |value: &Option<Shown>| value.as_ref().map_or_else(|| "nothing".to_owned(), |it| escaped(&it.text()));
    let mut parts: Vec<String> = it
        .attributes
        .iter()
        .map(|it| {
            let declared = it.declared.as_ref().map(|it| format!("<br>in code <code>{}</code>", escaped(&it.text())));
            let (recorded, live) = (value(&it.recorded), value(&it.live));
            let path = escaped(&display_path(&it.path));
            let declared = declared.unwrap_or_default();
            format!("<code>{path}</code><br><del>{recorded}</del><br><ins>{live}</ins>{declared}")
        })
        .collect();
    if let Some(owner) = it.owner.name() {
        parts.push(format!("looked after: {} {}", it.owner.as_str(), escaped(owner)));
    }
    parts.extend(it.reasons.iter().map(|reason| escaped(reason)));
    parts.extend(it.worse.iter().map(|worse| format!("drift made it worse: <code>{}</code>", escaped(&worse.policy))));
    parts.extend(it.better.iter().map(|it| format!("mended by drift: <code>{}</code>", escaped(&it.policy))));
    parts.join("<br>")
}

/// The policies of what is listed: why, and what to write instead.
fn policies(report: &Report, view: View, out: &mut String) {
    let used: BTreeSet<&str> = report.findings.iter().filter(|it| view.lists(it)).map(|it| &*it.policy).collect();
    let used: Vec<_> = used.into_iter().filter_map(|id| report.policy(id)).collect();
    if used.is_empty() {
        return;
    }
    out.push_str("<section id=\"policies\"><h2>Policies</h2>\n");
    for policy in used {
        let id = escaped(&policy.id);
        let _ = writeln!(
            out,
            "<article id=\"p-{id}\"><h3>{} <code>{id}</code></h3>\n<p class=\"w\">{} · {}</p>\n{}",
            escaped(&policy.title),
            policy.severity,
            escaped(&policy.family),
            prose::html(&policy.description),
        );
        let _ = writeln!(out, "<h4>What to write instead</h4>\n{}", prose::html(&policy.remediation));
        let frameworks: Vec<String> =
            policy.frameworks.iter().map(|(name, ids)| escaped(&format!("{name}: {}", ids.join(", ")))).collect();
        if !frameworks.is_empty() {
            let _ = writeln!(out, "<p class=\"w\">{}</p>", frameworks.join(" · "));
        }
        let links: Vec<String> = policy.references.iter().filter_map(|url| prose::link(url, url)).collect();
        if !links.is_empty() {
            let _ = writeln!(out, "<p>{}</p>", links.join("<br>"));
        }
        out.push_str("</article>\n");
    }
    out.push_str("</section>\n");
}

/// Shown by the script: without it nothing could be filtered.
const CONTROLS: &str = r#"<form id="controls" role="search" aria-label="Findings" hidden>
<label>Search <input type="search" id="q" placeholder="text, policy"></label>
<label>Severity <select id="s"><option value="">all</option></select></label>
<label>Family <select id="f"><option value="">all</option></select></label>
<label>Status <select id="t"><option value="">all</option></select></label>
<label>Resource <input type="search" id="r" placeholder="address, type"></label>
<label>File <input type="search" id="p" placeholder="path"></label>
<label>Group by <select id="g"><option value="s">severity</option><option value="f">family</option><option value="k">resource type</option><option value="r">resource</option><option value="p">file</option><option value="i">policy</option></select></label>
<button type="reset">reset</button>
<p id="count" role="status"></p>
</form>
"#;
