//! Comments that silence other scanners, so that a team can move over without touching its code.
//!
//! One file per family of comments. What is honoured is what the scanners' user documentation promises. It does not know policies:
//! identifiers are matched with the aliases that policies name.

mod checkov;
mod hadolint;
mod ids;
mod kics;
mod trivy;

pub(super) use checkov::annotation as checkov_annotation;
pub(super) use ids::{is_of_kics, is_same, known_name};

/// Whose comment it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scanner {
    Checkov,
    Trivy,
    Tfsec,
    Kics,
    Hadolint,
}

impl Scanner {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Checkov => "checkov",
            Self::Trivy => "trivy",
            Self::Tfsec => "tfsec",
            Self::Kics => "kics",
            Self::Hadolint => "hadolint",
        }
    }
}

/// A comment of another scanner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Foreign {
    pub(super) scanner: Scanner,
    /// 0-based line of the comment.
    pub(super) line: usize,
    /// Byte range in the text.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) reach: Reach,
    /// The checks it names; none means every check.
    pub(super) checks: Vec<Check>,
    pub(super) reason: Option<String>,
    /// It silences the checks of its scanner that it does not name.
    pub(super) others: bool,
}

/// One check, and when its comment holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Check {
    /// An identifier, or a pattern with `*`.
    pub(super) id: String,
    /// The first day on which it no longer holds, `YYYY-MM-DD`.
    pub(super) expires: Option<String>,
    /// Only in workspaces that match.
    pub(super) workspace: Option<String>,
    /// Only where an attribute (dotted path) has this value.
    pub(super) attribute: Option<(String, String)>,
}

impl Check {
    fn new(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }
}

/// What a comment covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Its own line, or the line below when it stands alone; and what begins there.
    Beside { alone: bool },
    /// The next line and nothing else.
    NextLine,
    /// 1-based lines, both included: the block or document that holds it.
    Lines(u32, u32),
    /// The whole file.
    File,
}

/// A line's comment.
#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    /// 0-based.
    number: usize,
    /// What follows the comment's opening.
    text: &'a str,
    /// Byte offset of `text` in the file.
    start: usize,
    alone: bool,
    /// Nothing but comments stands above.
    at_top: bool,
}

/// The words by which comments are known; a text without any is passed over at once.
const MARKS: [&str; 6] = ["checkov:skip", "bridgecrew:skip", "tfsec:ignore", "trivy:ignore", "kics-scan", "hadolint"];

/// All comments of other scanners in a text.
pub(super) fn comments(path: &str, text: &str) -> Vec<Foreign> {
    let mut out = Vec::new();
    if !MARKS.iter().any(|mark| text.contains(mark)) {
        return out;
    }
    let mut offset = 0;
    let mut at_top = true;
    for (number, content) in text.split('\n').enumerate() {
        if let Some((at, alone)) = opening(content) {
            let line = content.get(at..).unwrap_or("");
            let line = Line { number, text: line.trim_end(), start: offset + at, alone, at_top };
            checkov::read(path, text, &line, &mut out);
            trivy::read(&line, &mut out);
            kics::read(&line, &mut out);
            hadolint::read(&line, &mut out);
            at_top &= alone;
        } else {
            at_top &= content.trim().is_empty();
        }
        offset += content.len() + 1;
    }
    out
}

/// Where a line's comment text begins, and whether nothing stands before it.
fn opening(line: &str) -> Option<(usize, bool)> {
    let mut quoted: Option<char> = None;
    let mut escaped = false;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        if escaped {
            escaped = false;
        } else if let Some(quote) = quoted {
            match c {
                '\\' if quote == '"' => escaped = true,
                c if c == quote => quoted = None,
                _ => {}
            }
        } else {
            let rest = line.get(at..).unwrap_or("");
            let opener = ["#", "//", "/*"].into_iter().find(|opener| rest.starts_with(opener));
            if let Some(opener) = opener.filter(|_| before.is_whitespace()) {
                let alone = line.get(..at).unwrap_or("").trim().is_empty();
                return Some((at + opener.len(), alone));
            }
            if c == '"' || (c == '\'' && !before.is_alphanumeric()) {
                quoted = Some(c);
            }
        }
        before = c;
    }
    None
}

/// A reason worth showing.
fn reason(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches("*/").trim_start_matches([':', '-', '#']).trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_opens_outside_of_quotes_and_after_a_blank() {
        assert_eq!(opening("  # a"), Some((3, true)));
        assert_eq!(opening("a = \"#\" // b"), Some((10, false)));
        assert_eq!(opening("a: it's # b"), Some((9, false)));
        assert_eq!(opening("url: http://a#b"), None);
        assert_eq!(opening("a = \"# b\""), None);
    }
}
