//! The report for people: what is wrong, where, why and what to do, in the shape rustc made familiar.
//!
//! It does not know how lines are made safe (`lines`) or what a secret is.

mod drift;
mod snippet;
mod summary;

use std::collections::BTreeSet;
use std::io::{self, Write};

use annotate_snippets::renderer::{DEFAULT_TERM_WIDTH, DecorStyle};
use annotate_snippets::{Element, Group as Section, Level, Origin, Padding};

use super::escape::{bounded, visible};
use super::group::{Group, group};
use super::mask::SecretLines;
use super::{Renderer, View, advice};
use crate::model::{PolicyInfo, Problem, Report, Severity, Stage, Verdict};

/// Most problems listed one by one.
const MAX_PROBLEMS: usize = 50;
/// Most notes of one kind under a finding.
const MAX_NOTES: usize = 5;

/// See the module.
#[derive(Debug)]
pub(super) struct Text {
    view: View,
    renderer: annotate_snippets::Renderer,
}

impl Text {
    pub(super) fn new(view: View) -> Self {
        let renderer =
            if view.color { annotate_snippets::Renderer::styled() } else { annotate_snippets::Renderer::plain() };
        // A fixed width: the same report on every terminal.
        let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(DEFAULT_TERM_WIDTH);
        Self { view, renderer }
    }
}

impl Text {
    fn draw(&self, section: Section<'_>) -> String {
        let drawn = self.renderer.render(&[section]);
        // Places are given as origins, because a column counted in the shown text would be wrong where that is cut or escaped.
        // The library then heads each snippet with an empty place; no other line consists of that alone.
        let named = |line: &&str| anstream::adapter::strip_str(line).to_string().trim() != ":::";
        drawn.lines().filter(named).flat_map(|line| [line, "\n"]).collect()
    }
}

impl Renderer for Text {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<Option<String>> {
        let secrets = SecretLines::of(report);
        if let Some(drift) = &report.drift {
            drift::differences(report, drift, self.view, out)?;
        }
        // What is told as a difference is not told again as a finding.
        let findings = report.findings.iter().filter(|f| report.drift.is_none() && self.view.lists_open(f));
        let mut told = BTreeSet::new();
        for group in group(findings) {
            let is_first = told.insert(&*group.first.policy);
            let section = finding(report, &group, is_first, &secrets);
            writeln!(out, "{}", self.draw(section))?;
        }
        let listed = report.problems.iter().filter(|p| p.incomplete || self.view.verbose);
        for problem in listed.clone().take(MAX_PROBLEMS) {
            writeln!(out, "{}", self.draw(self::problem(report, problem, &secrets)))?;
        }
        let more = listed.count().saturating_sub(MAX_PROBLEMS);
        if more > 0 {
            writeln!(out, "and {more} more problems: --format json lists them all\n")?;
        }
        if self.view.verbose && report.drift.is_none() {
            summary::silenced(report, out)?;
        }
        if !self.view.quiet {
            summary::write(report, self.view, out)?;
        }
        Ok(None)
    }
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Critical | Severity::High => Level::ERROR,
        Severity::Medium => Level::WARNING,
        Severity::Low => Level::NOTE,
    }
}

/// A line under the snippet: `= name: text`.
fn note(name: &'static str, text: String) -> Element<'static> {
    Level::NOTE.with_name(Some(name)).message(text).into()
}

/// The first finding of a policy says all about what to write instead, the next ones say it in a sentence.
fn finding<'a>(report: &'a Report, group: &Group<'a>, is_first: bool, secrets: &SecretLines) -> Section<'a> {
    let first = group.first;
    let policy = report.policy(&first.policy);
    let level = match first.verdict {
        Verdict::Fail => level(group.severity()),
        Verdict::Undetermined => Level::INFO.with_name(Some("undetermined")),
    };
    let id = visible(&first.policy).into_owned();
    let (related, more) = group.related();
    let mut section = level
        .primary_title(bounded(&first.message))
        .id(id.clone())
        .elements(snippet::elements(report, first.span, &related, secrets));
    let mut notes = Vec::new();
    if more > 0 {
        notes.push(note("related", format!("{more} more places")));
    }
    let family = policy.map(|policy| format!(" ({})", visible(&policy.family))).unwrap_or_default();
    notes.push(note("severity", format!("{}{family}", group.severity())));
    let instances = group.addresses().len();
    notes.push(if instances == 1 {
        note("resource", bounded(&first.address))
    } else {
        note("resources", format!("{instances} instances: {}", bounded(&group.address_list(""))))
    });
    let environments = group.environments();
    notes.extend(several("environment", "environments", environments.into_iter().map(bounded)));
    let causes = group.causes();
    notes.extend(several("cause", "causes", causes.into_iter().map(bounded)));
    notes.extend(several("also", "findings of this policy here", group.other_messages().into_iter().map(bounded)));
    let help = match policy {
        Some(policy) if is_first => Some(advice::lines(policy).join("\n")),
        Some(policy) => advice::sentence(policy).map(|text| bounded(&text)),
        None => None,
    };
    notes.extend(help.filter(|text| !text.is_empty()).map(|text| Level::HELP.message(text).into()));
    if policy.is_some() {
        notes.push(note("run", format!("stanchion policy explain {id}")));
    }
    section = section.elements(notes);
    section
}

/// The first few as notes, the rest as a number.
fn several(name: &'static str, plural: &str, texts: impl ExactSizeIterator<Item = String>) -> Vec<Element<'static>> {
    let more = texts.len().saturating_sub(MAX_NOTES);
    let mut notes: Vec<_> = texts.take(MAX_NOTES).map(|text| note(name, text)).collect();
    if more > 0 {
        notes.push(note(name, format!("and {more} more {plural}")));
    }
    notes
}

fn problem<'a>(report: &Report, problem: &Problem, secrets: &SecretLines) -> Section<'a> {
    let level = if problem.incomplete { Level::WARNING } else { Level::NOTE };
    let section = level.primary_title(bounded(&problem.message)).id(problem.stage.as_str());
    match problem.span {
        // Settings and suppressions are shown as they are written.
        Some(span) if problem.stage == Stage::Config => section.elements(snippet::elements(report, span, &[], secrets)),
        // Without the line itself: what does not parse may hold anything, secrets too.
        Some(span) => {
            let start = report.sources.region(span).start;
            let path = visible(&report.sources.path(span)).into_owned();
            section.element(Origin::path(path).line(start.line as usize).char_column(start.column as usize))
        }
        None if problem.subject.is_empty() => section.element(Padding),
        None => section.element(Origin::path(bounded(&problem.subject))),
    }
}

/// For the summary's last line.
fn worst(report: &Report) -> Option<&PolicyInfo> {
    let worst = report.open().map(|f| f.severity).max()?;
    report.open().find(|f| f.severity == worst).and_then(|f| report.policy(&f.policy))
}
