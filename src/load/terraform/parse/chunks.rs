//! Where a text can be cut into top-level blocks without parsing it. It knows lines, strings, comments and heredocs only.

use std::ops::Range;

/// Cuts a text where a new top-level block or attribute starts: an identifier at the start of a line, outside heredocs and
/// block comments, that either stands at brace depth zero or looks like a block header. The second rule ends a
/// chunk whose braces never close.
pub fn top_level_chunks(text: &str) -> Vec<Range<usize>> {
    let mut starts = vec![0];
    let mut heredoc: Option<String> = None;
    let mut in_comment = false;
    let mut depth = 0i32;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let line_start = offset;
        offset += line.len();
        if let Some(marker) = &heredoc {
            if line.trim() == marker {
                heredoc = None;
            }
            continue;
        }
        let code = code_part(line, &mut in_comment);
        if code.starts_with(|c: char| c.is_alphabetic() || c == '_') && (depth <= 0 || looks_like_header(&code)) {
            if starts.last() != Some(&line_start) {
                starts.push(line_start);
            }
            depth = 0;
        }
        for c in code.chars() {
            match c {
                '{' | '[' | '(' => depth += 1,
                '}' | ']' | ')' => depth -= 1,
                _ => {}
            }
        }
        heredoc = heredoc_marker(&code);
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]).collect::<Vec<_>>();
    starts.into_iter().zip(ends).map(|(start, end)| start..end).filter(|range| !range.is_empty()).collect()
}

/// A line without its comments and with the contents of its strings blanked.
pub fn code_part(line: &str, in_comment: &mut bool) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.trim_end().chars().peekable();
    let mut in_string = false;
    while let Some(c) = chars.next() {
        if *in_comment {
            if c == '*' && chars.peek() == Some(&'/') {
                chars.next();
                *in_comment = false;
            }
            continue;
        }
        if in_string {
            match c {
                '\\' => {
                    chars.next();
                }
                '"' => {
                    in_string = false;
                    out.push('"');
                }
                _ => {}
            }
            continue;
        }
        match (c, chars.peek()) {
            ('"', _) => {
                in_string = true;
                out.push('"');
            }
            ('#', _) | ('/', Some('/')) => break,
            ('/', Some('*')) => {
                chars.next();
                *in_comment = true;
            }
            _ => out.push(c),
        }
    }
    out
}

/// `resource "…" "…" {`, `locals {`: words and strings up to an opening brace.
fn looks_like_header(code: &str) -> bool {
    const KINDS: [&str; 14] = [
        "resource",
        "data",
        "module",
        "variable",
        "output",
        "locals",
        "provider",
        "terraform",
        "moved",
        "import",
        "removed",
        "check",
        "ephemeral",
        "action",
    ];
    let word = code.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
    let rest = code.get(word.len()..).unwrap_or("").trim_start();
    KINDS.contains(&word) && (rest.starts_with('"') || rest.starts_with('{'))
}

pub fn heredoc_marker(code: &str) -> Option<String> {
    let (_, after) = code.split_once("<<")?;
    let after = after.strip_prefix('-').unwrap_or(after);
    let marker: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!marker.is_empty() && after.len() == marker.len()).then_some(marker)
}
