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
use crate::model::{FileId, Report, Span, Stage, Status, Verdict};

/// More results are not shown by code scanning services, which then choose by themselves.
pub const MAX_RESULTS: usize = 5000;
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
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        pretty::write(&log(report, self.view), out)
    }
}

fn log(report: &Report, view: View) -> Log<'_> {
    let listed = report.findings.iter().filter(|f| {
        f.verdict == Verdict::Fail && if view.sarif_suppressed { view.lists(f) } else { view.lists_open(f) }
    });
    let mut groups = group(listed);
    groups.sort_by_key(|group| Reverse(group.severity()));
    let left_out = groups.len().saturating_sub(MAX_RESULTS);
    groups.truncate(MAX_RESULTS);

    let mut hashes = Hashes { report, files: HashMap::new() };
    let results = groups.iter().map(|group| result(report, group, &mut hashes)).collect();
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

/// Drift has alerts of its own beside those of the scan.
const fn category(report: &Report) -> &'static str {
    if report.drift.is_some() { "stanchion/drift/" } else { "stanchion/scan/" }
}

fn result<'a>(report: &Report, group: &Group<'a>, hashes: &mut Hashes<'_>) -> SarifResult<'a> {
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
        suppressions: suppressions(&first.status),
        occurrence_count: (addresses.len() > 1).then_some(addresses.len()),
        partial_fingerprints: BTreeMap::from([
            ("primaryLocationLineHash", hashes.of(first.span)),
            ("stanchion/v1", first.fingerprint.clone()),
        ]),
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
fn invocation(report: &Report, left_out: usize) -> (Invocation, Vec<NotificationKind>) {
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
    if left_out > 0 {
        let text = format!(
            "{} left out: at most {MAX_RESULTS} results are written, the most severe first. Scan fewer paths or select fewer policies.",
            counted(left_out, "result is", "results are")
        );
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
struct Hashes<'r> {
    report: &'r Report,
    files: HashMap<FileId, Vec<String>>,
}

impl Hashes<'_> {
    fn of(&mut self, span: Span) -> String {
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
