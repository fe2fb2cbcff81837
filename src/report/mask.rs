//! Which lines hold a secret, and what of such a line may be shown.
//!
//! It trusts nothing about the value: whatever may belong to it is replaced. It does not know formats.

use std::collections::HashSet;

use crate::model::{FileId, Report, Span};

/// What stands for a value.
const MASK: &str = "***";
/// Longest name shown before a masked value; anything longer may itself be a secret.
const MAX_NAME: usize = 40;

/// Bytes of a line that are searched for a name.
const MAX_HEAD: usize = 1024;

/// The lines of every file that a finding of family `secrets` touches, and those that a loader concealed.
#[derive(Debug)]
pub(super) struct SecretLines {
    lines: HashSet<(FileId, u32)>,
    /// Lines on which a span goes on that began earlier: they have no name to show.
    inner: HashSet<(FileId, u32)>,
}

impl SecretLines {
    pub(super) fn of(report: &Report) -> Self {
        let mut this = Self { lines: HashSet::new(), inner: HashSet::new() };
        report.sources.concealed().into_iter().for_each(|span| this.add(report, span));
        // All findings, shown or not: a hidden finding's secret is just as secret.
        for finding in &report.findings {
            if report.policy(&finding.policy).is_some_and(|policy| policy.family == "secrets") {
                this.add(report, finding.span);
                finding.related.iter().for_each(|related| this.add(report, related.span));
            }
        }
        this
    }

    fn add(&mut self, report: &Report, span: Span) {
        let region = report.sources.region(span);
        self.lines.insert((span.file, region.start.line));
        for line in region.start.line + 1..=region.end.line {
            self.inner.insert((span.file, line));
        }
    }

    /// How many leading bytes of a line may be shown; `None` when the line holds no secret.
    pub(super) fn shown_bytes(&self, file: FileId, number: u32, line: &str) -> Option<usize> {
        if self.inner.contains(&(file, number)) {
            Some(line.len() - line.trim_start().len())
        } else if self.lines.contains(&(file, number)) {
            // A plan may be one line of megabytes; a name stands in its first bytes or nowhere.
            let head = (0..=line.len().min(MAX_HEAD)).rev().find_map(|end| line.get(..end));
            Some(name_length(head.unwrap_or_default()))
        } else {
            None
        }
    }
}

/// A line cut after `shown` bytes, with a mask for the rest.
pub(super) fn masked(line: &str, shown: usize) -> String {
    format!("{}{MASK}", line.get(..shown).unwrap_or_default())
}

/// The length of the part of a line that names a value: up to and with the first `=` or `:`, or an `ENV NAME `. Only the indentation where
/// what stands before the value does not look like a single short name.
fn name_length(line: &str) -> usize {
    let indent = line.len() - line.trim_start().len();
    let rest = line.get(indent..).unwrap_or_default();
    let keyword = rest.split_once(char::is_whitespace).filter(|(word, _)| {
        ["ENV", "ARG", "LABEL"].iter().any(|known| known.eq_ignore_ascii_case(word))
            || matches!(*word, "-" | "export" | "{")
    });
    let (before, rest) = match keyword {
        Some((word, tail)) => (indent + word.len() + (rest.len() - word.len() - tail.len()), tail),
        None => (indent, rest),
    };
    let gap = rest.len() - rest.trim_start().len();
    let rest = rest.get(gap..).unwrap_or_default();
    let name: usize =
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'')).count();
    if name == 0 || name > MAX_NAME {
        return indent;
    }
    let after = rest.get(name..).unwrap_or_default();
    let space = after.len() - after.trim_start().len();
    let mut tail = after.trim_start().chars();
    match tail.next() {
        // Padding at the end of encoded text looks like an assignment of nothing.
        Some('=' | ':') if tail.as_str().trim_matches(['=', ' ']).is_empty() => indent,
        Some('=' | ':') => {
            let value = tail.as_str();
            before + gap + name + space + 1 + (value.len() - value.trim_start().len())
        }
        Some(_) if space > 0 && keyword.is_some_and(|(word, _)| word.eq_ignore_ascii_case("ENV")) => {
            before + gap + name + space
        }
        _ => indent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        masked(line, name_length(line))
    }

    #[test]
    fn the_value_after_a_name_is_replaced() {
        assert_eq!(shown("  password = \"hunter2\""), "  password = ***");
        assert_eq!(shown("password: hunter2 # a: b"), "password: ***");
        assert_eq!(shown("  \"password\": \"hunter2\","), "  \"password\": ***");
        assert_eq!(shown("  - password: hunter2"), "  - password: ***");
        assert_eq!(shown("ENV DB_PASSWORD=hunter2"), "ENV DB_PASSWORD=***");
        assert_eq!(shown("ENV DB_PASSWORD hunter2"), "ENV DB_PASSWORD ***");
        assert_eq!(shown("ARG TOKEN=hunter2"), "ARG TOKEN=***");
        assert_eq!(shown("export TOKEN=hunter2"), "export TOKEN=***");
    }

    #[test]
    fn a_line_without_a_plain_name_is_replaced_whole() {
        assert_eq!(shown("  - hunter2"), "  ***");
        assert_eq!(shown("RUN echo hunter2 | login --user=x"), "***");
        assert_eq!(shown("  c2VjcmV0aHVudGVyMg=="), "  ***");
        assert_eq!(shown("-----BEGIN RSA PRIVATE KEY-----"), "***");
        assert_eq!(shown(&format!("{}: x", "k".repeat(41))), "***");
        assert_eq!(shown(""), "***");
        assert_eq!(shown("ü = \"hunter2\""), "***");
    }
}
