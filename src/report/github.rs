//! Workflow commands: annotations beside the lines of a change, as GitHub Actions shows them.
//!
//! A step shows ten annotations of each kind and drops the rest without a word, so the worst ten are written and the rest
//! is counted. It does not know what runs it.

use std::cmp::Reverse;
use std::io::{self, Write};

use super::escape::bounded;
use super::group::{Group, group};
use super::{Renderer, View, advice, counted};
use crate::model::{Problem, Report, Severity, Span, Verdict};

/// Annotations of one kind that a step shows.
const MAX_OF_KIND: usize = 10;

/// See the module.
#[derive(Debug)]
pub(super) struct Github {
    view: View,
}

impl Github {
    pub(super) const fn new(view: View) -> Self {
        Self { view }
    }
}

impl Renderer for Github {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<Option<String>> {
        let mut groups = group(report.findings.iter().filter(|finding| self.view.lists_open(finding)));
        groups.sort_by_key(|group| (group.first.verdict, Reverse(group.severity())));
        let problems = report.problems.iter().filter(|problem| problem.incomplete);
        // What could not be looked at comes first: it is what a reader would not think of.
        let mut all: Vec<Annotation> = problems.map(|problem| problem_annotation(report, problem)).collect();
        all.extend(groups.iter().map(|group| annotation(report, group)));
        let silences = report.diff.iter().flat_map(|diff| &diff.silences);
        all.extend(silences.map(|silence| Annotation {
            kind: Kind::Warning,
            place: Some((silence.path.clone(), silence.line, None)),
            title: "this change silences findings".into(),
            message: bounded(&silence.message),
        }));
        for kind in [Kind::Error, Kind::Warning] {
            for one in all.iter().filter(|one| one.kind == kind).take(MAX_OF_KIND) {
                one.write(out)?;
            }
        }
        // The last notice counts what is left out, itself included.
        let of = |kind| all.iter().filter(|one| one.kind == kind).count();
        let over = [Kind::Error, Kind::Warning].map(|kind| of(kind).saturating_sub(MAX_OF_KIND));
        let is_cut = over.iter().any(|&over| over > 0) || of(Kind::Notice) > MAX_OF_KIND;
        let notices = if is_cut { MAX_OF_KIND - 1 } else { MAX_OF_KIND };
        for one in all.iter().filter(|one| one.kind == Kind::Notice).take(notices) {
            one.write(out)?;
        }
        if !is_cut {
            return Ok(None);
        }
        let more = [over, [of(Kind::Notice).saturating_sub(notices), 0]].concat();
        let parts: Vec<String> = [("error", "errors"), ("warning", "warnings"), ("notice", "notices")]
            .into_iter()
            .zip(&more)
            .filter(|&(_, &count)| count > 0)
            .map(|((one, many), &count)| counted(count, one, many))
            .collect();
        let total: usize = more.iter().sum();
        let message = format!(
            "{total} more not shown here ({}): a step shows {MAX_OF_KIND} of a kind; --format markdown and --format sarif list them",
            parts.join(", ")
        );
        Annotation { kind: Kind::Notice, place: None, title: "stanchion".into(), message }.write(out)?;
        Ok(None)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Error,
    Warning,
    Notice,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

struct Annotation {
    kind: Kind,
    /// Path, line and column.
    place: Option<(String, Option<u32>, Option<u32>)>,
    title: String,
    message: String,
}

impl Annotation {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "::{} ", self.kind.as_str())?;
        if let Some((path, line, column)) = &self.place {
            write!(out, "file={},", property(path))?;
            if let Some(line) = line {
                write!(out, "line={line},")?;
            }
            if let Some(column) = column {
                write!(out, "col={column},")?;
            }
        }
        writeln!(out, "title={}::{}", property(&self.title), data(&self.message))
    }
}

fn annotation(report: &Report, group: &Group<'_>) -> Annotation {
    let first = group.first;
    let kind = match (first.verdict, group.severity()) {
        (Verdict::Undetermined, _) | (_, Severity::Low) => Kind::Notice,
        (_, Severity::Medium) => Kind::Warning,
        (_, Severity::High | Severity::Critical) => Kind::Error,
    };
    let undetermined = if first.verdict == Verdict::Undetermined { "undetermined: " } else { "" };
    let mut message = format!("{undetermined}{}", bounded(&first.message));
    let instances = group.addresses().len();
    if instances > 1 {
        message = format!("{message}; {instances} instances: {}", bounded(&group.address_list("")));
    } else if !first.message.contains(&*first.address) {
        message = format!("{message} ({})", bounded(&first.address));
    }
    let causes: Vec<String> = group.causes().into_iter().take(3).map(bounded).collect();
    if !causes.is_empty() {
        message = format!("{message}; {}", causes.join("; "));
    }
    if let Some(advice) = report.policy(&first.policy).and_then(advice::sentence) {
        message = format!("{message}\n{}", bounded(&advice));
    }
    Annotation { kind, place: Some(place(report, first.span)), title: first.policy.to_string(), message }
}

fn problem_annotation(report: &Report, problem: &Problem) -> Annotation {
    let about = if problem.span.is_some() || problem.subject.is_empty() {
        String::new()
    } else {
        format!("{}: ", bounded(&problem.subject))
    };
    Annotation {
        kind: Kind::Warning,
        place: problem.span.map(|span| place(report, span)),
        title: format!("not looked at ({})", problem.stage),
        message: format!("{about}{}", bounded(&problem.message)),
    }
}

/// A column is valid only where the place lies on one line.
fn place(report: &Report, span: Span) -> (String, Option<u32>, Option<u32>) {
    let region = report.sources.region(span);
    let column = (region.start.line == region.end.line).then_some(region.start.column);
    (report.sources.path(span).to_string(), Some(region.start.line), column)
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which also ends at a comma and at a colon.
fn property(text: &str) -> String {
    data(&bounded(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_inside_its_command() {
        assert_eq!(data("100%\r\n::error::x"), "100%25%0D%0A::error::x");
        assert_eq!(property("a,b:c%0A\n"), "a%2Cb%3Ac%250A\\n");
    }
}
