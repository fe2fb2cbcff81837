//! SARIF 2.1.0 as code scanning services read it: rules, results with stable fingerprints, problems as notifications.
//!
//! Silenced (unless asked for) and undetermined findings are left out, because those services show whatever is a result as an
//! open alert.
//! No snippet, absolute path, clock or random value is written. It does not know who reads the file.

mod hash;
mod model;
mod rules;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::{self, Write};

use self::model::{
    ArtifactLocation, AutomationDetails, BaseLocation, Descriptor, Driver, Invocation, Location, Log, LogicalLocation,
    Notification, NotificationKind, PhysicalLocation, Region, Run, SarifResult, Suppression, Text, Tool,
};
use super::escape::bounded;
use super::group::{Group, group};
use super::{Renderer, View, counted, pretty, undetermined};
use crate::model::{FileId, Finding, Report, Span, Stage, Status, Verdict};

/// More results are not shown by code scanning services, which then choose by themselves.
pub const MAX_RESULTS: usize = 5000;
/// Larger uploads are rejected; some room is left for what compresses less well elsewhere.
const MAX_COMPRESSED: usize = 9_900_000;
/// Logical locations of one result; more than this nobody reads.
const MAX_LOGICAL: usize = 100;
/// Notifications of one run; a broken tree may have one for each file.
const MAX_NOTIFICATIONS: usize = 1000;
const ROOT: &str = "%SRCROOT%";

/// See the module.
#[derive(Debug)]
pub(super) struct Sarif {
    view: View,
}

impl Sarif {
    pub(super) const fn new(view: View) -> Self {
        Self { view }
    }
}

impl Renderer for Sarif {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<Option<String>> {
        let mut groups = self.groups(report);
        let all = groups.len();
        groups.truncate(self.view.sarif_results);
        let (bytes, kept) = loop {
            let mut bytes = Vec::new();
            pretty::write(&self.log(report, &groups, all - groups.len()), &mut bytes)?;
            let size = compressed(&bytes);
            if size <= MAX_COMPRESSED || groups.is_empty() {
                break (bytes, groups.len());
            }
            // Rules and notifications do not shrink, so a little less than in proportion is kept.
            groups.truncate((groups.len() * 9 / 10).min(groups.len() * (MAX_COMPRESSED / 1024) / (size / 1024 + 1)));
        };
        out.write_all(&bytes)?;
        let left_out = all - kept;
        Ok((left_out > 0).then(|| {
            format!("{} left out of the SARIF report: {}", counted(left_out, "result is", "results are"), self.limits())
        }))
    }
}

/// About as many bytes as the text has when it is uploaded. Compressing takes time, so what is surely small is not tried.
fn compressed(text: &[u8]) -> usize {
    if text.len() <= MAX_COMPRESSED { text.len() } else { miniz_oxide::deflate::compress_to_vec(text, 6).len() + 18 }
}

impl Sarif {
    fn limits(&self) -> String {
        let most = self.view.sarif_results;
        format!("at most {most} results and 10 MB compressed are written, the most severe first")
    }

    /// Whether a finding is a result.
    fn is_result(&self, finding: &Finding) -> bool {
        let wanted = match finding.status {
            Status::Open => true,
            Status::Suppressed(_) => self.view.sarif_suppressed,
            Status::Baseline(_) | Status::OutsideDiff => self.view.sarif_suppressed || self.view.sarif_baseline,
        };
        wanted && finding.verdict == Verdict::Fail && self.view.lists(finding)
    }

    /// The worst first, among equals the surest, among those by path and place.
    fn groups<'a>(&self, report: &'a Report) -> Vec<Group<'a>> {
        let mut groups = group(report.findings.iter().filter(|finding| self.is_result(finding)));
        let is_guess = |group: &Group<'_>| report.policy(&group.first.policy).is_some_and(rules::is_guess);
        groups.sort_by_cached_key(|group| (Reverse(group.severity()), is_guess(group)));
        groups
    }

    fn log<'a>(&self, report: &'a Report, groups: &[Group<'a>], left_out: usize) -> Log<'a> {
        let mut hashes = LineHashes::new(report);
        let results = groups.iter().map(|group| result(report, group, &mut hashes, self.view)).collect();
        let left_out = (left_out > 0).then(|| {
            format!(
                "{} left out: {}. Scan fewer paths or select fewer policies.",
                counted(left_out, "result is", "results are"),
                self.limits()
            )
        });
        let (invocation, notifications) = invocation(report, left_out);
        let driver = Driver {
            name: "stanchion",
            version: env!("CARGO_PKG_VERSION"),
            semantic_version: env!("CARGO_PKG_VERSION"),
            information_uri: env!("CARGO_PKG_REPOSITORY"),
            rules: report.policies.iter().map(|policy| rules::rule(policy)).collect(),
            notifications,
        };
        let root = BaseLocation { description: Text { text: "The directory the scan was started in.".into() } };
        Log {
            schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            version: "2.1.0",
            runs: [Run {
                tool: Tool { driver },
                automation_details: AutomationDetails { id: category(report) },
                invocations: [invocation],
                original_uri_base_ids: BTreeMap::from([(ROOT, root)]),
                column_kind: "utf16CodeUnits",
                results,
            }],
        }
    }
}

/// Drift has alerts of its own beside those of the scan.
const fn category(report: &Report) -> &'static str {
    if report.drift.is_some() { "stanchion/drift/" } else { "stanchion/scan/" }
}

fn result<'a>(report: &Report, group: &Group<'a>, hashes: &mut LineHashes<'_>, view: View) -> SarifResult<'a> {
    let first = group.first;
    let addresses = group.addresses();
    let (related, more) = group.related();
    let related: Vec<Location> = related
        .into_iter()
        .enumerate()
        .map(|(index, related)| Location {
            id: Some(index + 1),
            message: Some(Text { text: plain(&related.message) }),
            ..location(report, related.span)
        })
        .collect();
    let mut place = location(report, first.span);
    place.logical_locations = addresses
        .iter()
        .take(MAX_LOGICAL)
        .map(|address| LogicalLocation { fully_qualified_name: (*address).to_owned(), kind: "resource" })
        .collect();
    SarifResult {
        rule_id: &first.policy,
        rule_index: report.policies.binary_search_by(|policy| policy.id.cmp(&first.policy)).ok(),
        level: rules::level(group.severity()),
        message: Text { text: message(group, &related, more) },
        locations: [place],
        related_locations: related,
        suppressions: if view.sarif_suppressed { suppressions(&first.status) } else { Vec::new() },
        baseline_state: view.sarif_baseline.then(|| baseline_state(&first.status)),
        occurrence_count: (addresses.len() > 1).then_some(addresses.len()),
        partial_fingerprints: BTreeMap::from([
            ("primaryLocationLineHash", hashes.of(first)),
            ("stanchion/v1", first.fingerprint.clone()),
        ]),
    }
}

/// Held against the base of the change, or against the baseline.
const fn baseline_state(status: &Status) -> &'static str {
    match status {
        Status::Baseline(_) | Status::OutsideDiff => "unchanged",
        Status::Open | Status::Suppressed(_) => "new",
    }
}

/// A comment is kept in the source, the rest elsewhere; a change under review silences nothing on purpose.
fn suppressions(status: &Status) -> Vec<Suppression> {
    let kind = match status {
        Status::Open => return Vec::new(),
        Status::Suppressed(_) => "inSource",
        Status::Baseline(_) | Status::OutsideDiff => "external",
    };
    let unspoken = || if matches!(status, Status::OutsideDiff) { "outside of the change" } else { "in the baseline" };
    vec![Suppression { kind, justification: bounded(status.reason().unwrap_or_else(unspoken)) }]
}

/// The first sentence becomes the alert's title: it names the resource in single quotes and ends with a period.
fn message(group: &Group<'_>, related: &[Location], more: usize) -> String {
    let first = group.first;
    let quoted = format!("'{}'", first.address);
    let named = first.message.contains(&quoted);
    let mut text = if named { plain(&first.message) } else { plain(&format!("{quoted}: {}", first.message)) };
    text.push('.');
    let others: Vec<String> = group.other_messages().into_iter().take(5).map(plain).collect();
    if !others.is_empty() {
        let _ = write!(text, " Also: {}.", others.join("; "));
    }
    let instances = group.addresses().len();
    if instances > 1 {
        let _ = write!(text, " {instances} instances: {}.", plain(&group.address_list("'")));
    }
    let environments: Vec<String> = group.environments().into_iter().map(plain).collect();
    if !environments.is_empty() {
        let _ = write!(text, " In: {}.", environments.join(", "));
    }
    let links: Vec<String> = related
        .iter()
        .filter_map(|location| {
            let label = location.message.as_ref()?.text.replace(['[', ']'], "");
            Some(format!("[{label}]({})", location.id?))
        })
        .collect();
    if !links.is_empty() {
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = write!(text, " See {}{more}.", links.join(", "));
    }
    text
}

/// Text without trailing period in which nothing acts: not on a terminal, and not as a SARIF or Markdown link.
fn plain(text: &str) -> String {
    bounded(text.trim().trim_end_matches('.')).replace("](", "] (").replace('<', "‹").replace('>', "›")
}

/// What the run could not look at, and the kinds of notification used for it.
fn invocation(report: &Report, left_out: Option<String>) -> (Invocation, Vec<NotificationKind>) {
    let mut kinds = Vec::new();
    let mut configuration = Vec::new();
    let mut execution = Vec::new();
    let mut add = |list: &mut Vec<Notification>, id, level, text, locations| {
        let descriptor = Descriptor { id, index: kind_index(&mut kinds, id) };
        list.push(Notification { descriptor, level, message: Text { text }, locations });
    };
    for problem in report.problems.iter().take(MAX_NOTIFICATIONS) {
        let list = if problem.stage == Stage::Config { &mut configuration } else { &mut execution };
        let level = if problem.incomplete { "error" } else { "note" };
        let about = if problem.subject.is_empty() { String::new() } else { format!("'{}': ", problem.subject) };
        let text = format!("{}.", plain(&format!("{about}{}", problem.message)));
        add(
            list,
            problem.stage.as_str(),
            level,
            text,
            problem.span.map(|at| location(report, at)).into_iter().collect(),
        );
    }
    let more = report.problems.len().saturating_sub(MAX_NOTIFICATIONS);
    if more > 0 {
        let text = format!("{more} more problems are left out: the JSON report lists them all.");
        add(&mut execution, "truncated", "warning", text, Vec::new());
    }
    if let Some(text) = left_out {
        add(&mut execution, "truncated", "warning", text, Vec::new());
    }
    let undetermined = undetermined(report);
    if undetermined > 0 {
        let text = format!(
            "{} undetermined: they depend on values that are not known.",
            counted(undetermined, "verdict is", "verdicts are")
        );
        add(&mut execution, "undetermined", "note", text, Vec::new());
    }
    let invocation = Invocation {
        execution_successful: !report.incomplete(),
        tool_configuration_notifications: configuration,
        tool_execution_notifications: execution,
    };
    (invocation, kinds)
}

fn kind_index(kinds: &mut Vec<NotificationKind>, id: &'static str) -> usize {
    if let Some(index) = kinds.iter().position(|kind| kind.id == id) {
        return index;
    }
    let text = match id {
        "config" => "The configuration has a part that could not be used.",
        "parse" => "An input could not be parsed.",
        "evaluate" => "A policy could not be judged.",
        "collect" => "A live account could not be read.",
        "truncated" => "The report leaves something out.",
        "undetermined" => "Verdicts depend on values that are not known.",
        _ => "An input could not be read.",
    };
    kinds.push(NotificationKind { id, short_description: Text { text: text.into() } });
    kinds.len() - 1
}

fn location(report: &Report, span: Span) -> Location {
    let region = report.sources.region(span);
    let region = Region {
        start_line: region.start.line,
        start_column: region.start.column,
        end_line: region.end.line,
        end_column: region.end.column,
    };
    let artifact_location = artifact(&report.sources.path(span));
    Location {
        id: None,
        physical_location: PhysicalLocation { artifact_location, region: Some(region) },
        logical_locations: Vec::new(),
        message: None,
    }
}

/// A path as a relative reference. One that is absolute, because it was given so, has no base.
fn artifact(path: &str) -> ArtifactLocation {
    let path = path.strip_prefix("./").unwrap_or(path);
    let mut uri = String::with_capacity(path.len());
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    ArtifactLocation { uri_base_id: (!path.starts_with('/')).then_some(ROOT), uri }
}

/// Line hashes, computed once per file.
pub(super) struct LineHashes<'r> {
    report: &'r Report,
    files: HashMap<FileId, Vec<String>>,
}

impl<'r> LineHashes<'r> {
    pub(super) fn new(report: &'r Report) -> Self {
        Self { report, files: HashMap::new() }
    }

    pub(super) fn of(&mut self, finding: &Finding) -> String {
        if let Some(known) = self.report.line_hashes.get(&finding.fingerprint) {
            return known.clone();
        }
        let span = finding.span;
        let file = self.report.sources.file(span.file);
        let line = file.position(span.start).line as usize;
        let hashes = self.files.entry(span.file).or_insert_with(|| hash::line_hashes(&file.text));
        hashes.get(line.saturating_sub(1)).or(hashes.last()).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_percent_encoded_and_relative() {
        let relative = artifact("./a b/ü#%:x.tf");
        assert_eq!(relative.uri, "a%20b/%C3%BC%23%25%3Ax.tf");
        assert_eq!(relative.uri_base_id, Some(ROOT));
        assert_eq!(artifact("/tmp/a.tf").uri, "file:///tmp/a.tf");
        assert_eq!(artifact("/tmp/a.tf").uri_base_id, None);
    }

    #[test]
    fn untrusted_text_makes_no_link() {
        assert_eq!(plain("see [here](https://example.com) <b>."), "see [here] (https://example.com) ‹b›");
    }
}
