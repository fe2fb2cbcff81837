//! Differences for people: by class, each attribute with what is recorded and what is live.
//!
//! Values come masked. It does not know snippets.

use std::collections::HashMap;
use std::io::{self, Write};

use super::super::{View, counted, undetermined};
use super::{bounded, visible};
use crate::model::{
    AttributeDifference, Difference, DriftClass, DriftReport, Finding, Owner, PolicyDelta, Report, Severity, Span,
    Status, display_path,
};

/// Most differences of one class listed one by one.
const MAX_LISTED: usize = 200;
/// Most fixed findings listed one by one.
const MAX_FIXED: usize = 50;

pub(super) fn differences(report: &Report, drift: &DriftReport, view: View, out: &mut dyn Write) -> io::Result<()> {
    let findings: HashMap<&str, &Finding> = report.findings.iter().map(|it| (&*it.fingerprint, it)).collect();
    let lister = Lister { report, findings, view };
    for class in DriftClass::ALL {
        let all = drift.differences.iter().filter(|it| it.class == class && lister.is_listed(it));
        let count = all.clone().count();
        if count == 0 {
            continue;
        }
        let bold = lister.style(anstyle::Style::new().bold());
        writeln!(out, "{bold}{} ({count}){bold:#}\n", heading(class))?;
        for difference in all.take(MAX_LISTED) {
            lister.difference(difference, out)?;
        }
        if count > MAX_LISTED {
            writeln!(out, "  and {} more: --format json lists them all\n", count - MAX_LISTED)?;
        }
    }
    Ok(())
}

pub(super) fn summary(report: &Report, drift: &DriftReport, view: View, out: &mut dyn Write) -> io::Result<()> {
    let coverage = &drift.coverage;
    writeln!(
        out,
        "  compared: {} of {}, {} in sync; {}",
        coverage.compared,
        counted(coverage.recorded, "recorded instance", "recorded instances"),
        coverage.in_sync,
        counted(coverage.live, "live thing", "live things"),
    )?;
    let missed: usize = coverage.not_compared.values().sum();
    if missed > 0 {
        writeln!(out, "  not compared: {}", counted(missed, "recorded instance", "recorded instances"))?;
        for (reason, count) in &coverage.not_compared {
            writeln!(out, "    {count}: {}", bounded(reason))?;
        }
    }
    if coverage.left_aside > 0 {
        writeln!(out, "  left aside: {} of other providers", counted(coverage.left_aside, "instance", "instances"))?;
    }
    if coverage.attributes_unread > 0 {
        writeln!(
            out,
            "  unread: {} that the accounts do not show",
            counted(coverage.attributes_unread, "attribute", "attributes")
        )?;
    }
    if !coverage.owned.is_empty() {
        let owners: Vec<String> = coverage.owned.iter().map(|(owner, count)| format!("{count} {owner}")).collect();
        let hint = if view.verbose { "" } else { ": -v lists them" };
        writeln!(out, "  unmanaged and looked after: {}{hint}", owners.join(", "))?;
    }
    if let Some(since) = &drift.since {
        writeln!(out, "  since then: {} new, {} known, {} fixed", since.new, since.persisting, since.fixed.len())?;
        for fixed in since.fixed.iter().take(MAX_FIXED) {
            writeln!(out, "    fixed: {} [{}]", bounded(&fixed.address), visible(&fixed.policy))?;
        }
        if since.fixed.len() > MAX_FIXED {
            writeln!(out, "    and {} more: --format json lists them all", since.fixed.len() - MAX_FIXED)?;
        }
    }
    let open = undetermined(report);
    if open > 0 {
        writeln!(out, "  undetermined: {open}")?;
    }
    Ok(())
}

struct Lister<'r> {
    report: &'r Report,
    findings: HashMap<&'r str, &'r Finding>,
    view: View,
}

impl Lister<'_> {
    fn finding(&self, fingerprint: Option<&String>) -> Option<&Finding> {
        self.findings.get(fingerprint?.as_str()).copied()
    }

    fn shows(&self, fingerprint: Option<&String>) -> bool {
        match self.finding(fingerprint) {
            Some(finding) => self.view.lists_open(finding) || (self.view.verbose && self.view.lists(finding)),
            // Nobody judged it.
            None => self.view.verbose,
        }
    }

    fn is_listed(&self, difference: &Difference) -> bool {
        if difference.attributes.is_empty() {
            return self.shows(difference.finding.as_ref());
        }
        difference.attributes.iter().any(|it| self.shows(it.finding.as_ref()))
    }

    fn difference(&self, difference: &Difference, out: &mut dyn Write) -> io::Result<()> {
        let own = self.finding(difference.finding.as_ref());
        let all = difference.attributes.iter().filter_map(|it| self.finding(it.finding.as_ref())).chain(own);
        let worst = all.map(|it| it.severity).max();
        let style = self.style(style(worst));
        let word = worst.map_or("-", Severity::as_str);
        write!(out, "  {style}{word:8}{style:#} {}", bounded(difference.name()))?;
        if let Some(finding) = own {
            write!(out, " [{}]{}", visible(&finding.policy), status(finding))?;
        }
        writeln!(out)?;
        let place = [difference.account.as_deref(), difference.region.as_deref()];
        let place: Vec<&str> = place.into_iter().flatten().filter(|text| !text.is_empty()).collect();
        let live = difference.live.as_deref().filter(|live| *live != &**difference.name());
        let live = live.map(|live| format!("{} ", bounded(live))).unwrap_or_default();
        let place = if place.is_empty() { String::new() } else { format!("in {}", bounded(&place.join("/"))) };
        let text = format!("           {} {live}{place}", self.place(difference.span));
        writeln!(out, "{}", text.trim_end())?;
        for attribute in difference.attributes.iter().filter(|it| self.shows(it.finding.as_ref())) {
            self.attribute(attribute, out)?;
        }
        if difference.owner != Owner::Nobody {
            let name = difference.owner.name().map(|name| format!(" {}", bounded(name))).unwrap_or_default();
            writeln!(out, "           looked after: {}{name}", difference.owner.as_str())?;
        }
        for reason in &difference.reasons {
            writeln!(out, "           {}", bounded(reason))?;
        }
        let names = |list: &[PolicyDelta]| {
            list.iter().map(|it| visible(&it.policy).into_owned()).collect::<Vec<_>>().join(", ")
        };
        if !difference.worse.is_empty() {
            writeln!(out, "           drift made it worse: {}", names(&difference.worse))?;
        }
        if !difference.better.is_empty() {
            writeln!(out, "           mended by drift: {}", names(&difference.better))?;
        }
        writeln!(out)
    }

    fn attribute(&self, attribute: &AttributeDifference, out: &mut dyn Write) -> io::Result<()> {
        let finding = self.finding(attribute.finding.as_ref());
        let policy = finding.map(|it| format!(" [{}]{}", visible(&it.policy), status(it))).unwrap_or_default();
        let place = self.place(attribute.span);
        writeln!(out, "           {}{policy} {place}", bounded(&display_path(&attribute.path)))?;
        let (minus, plus) = (anstyle::AnsiColor::Red.on_default(), anstyle::AnsiColor::Green.on_default());
        let lines = [("-", "recorded", &attribute.recorded, minus), ("+", "live", &attribute.live, plus)];
        for (sign, what, value, style) in lines {
            let style = self.style(style);
            let text = value.as_ref().map_or_else(|| "nothing".to_owned(), |it| bounded(&it.text()));
            writeln!(out, "             {style}{sign} {what:9}{text}{style:#}")?;
        }
        match &attribute.declared {
            Some(declared) => writeln!(out, "               in code  {}", bounded(&declared.text())),
            None => Ok(()),
        }
    }

    fn place(&self, span: Span) -> String {
        let start = self.report.sources.region(span).start;
        format!("{}:{}:{}", visible(&self.report.sources.path(span)), start.line, start.column)
    }

    fn style(&self, style: anstyle::Style) -> anstyle::Style {
        if self.view.color { style } else { anstyle::Style::new() }
    }
}

fn status(finding: &Finding) -> String {
    match &finding.status {
        Status::Open => String::new(),
        Status::Suppressed(reason) => format!(" suppressed: {}", bounded(reason)),
        other => format!(" {}", other.as_str()),
    }
}

fn style(severity: Option<Severity>) -> anstyle::Style {
    match severity {
        Some(Severity::Critical | Severity::High) => anstyle::AnsiColor::Red.on_default().bold(),
        Some(Severity::Medium) => anstyle::AnsiColor::Yellow.on_default(),
        _ => anstyle::Style::new(),
    }
}

const fn heading(class: DriftClass) -> &'static str {
    match class {
        DriftClass::Missing => "missing: recorded, and not there",
        DriftClass::Unmanaged => "unmanaged: there, and not recorded",
        DriftClass::ChangedOutside => "changed outside of the code",
        DriftClass::Conflict => "changed in the code and outside of it",
        DriftClass::NotRecorded => "in code and live, and not recorded",
        DriftClass::PendingInCode => "changed in the code, and not applied",
        DriftClass::Orphan => "recorded, and not in the code any more",
        DriftClass::Unknown => "not compared",
    }
}
