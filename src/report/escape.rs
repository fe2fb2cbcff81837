//! Makes scanned text safe to print: nothing in it may act on a terminal or a build service.
//!
//! It does not know what the text means; secrets are the business of `mask`.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Longest piece of scanned text shown on one line, in characters.
pub(super) const MAX_TEXT: usize = 600;

/// Replaces what a terminal would act on or hide (control characters, direction overrides, invisible characters) by a
/// visible escape, and breaks the two spellings of a workflow command that build services look for.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_active) && !text.contains("##[") && !text.trim_start().starts_with("::") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push(c, &mut out);
    }
    // `::` begins one where a line begins.
    if out.trim_start().starts_with("::") {
        out = out.replacen("::", ":\\u{3a}", 1);
    }
    Cow::Owned(out)
}

/// [`visible`], cut to a length that leaves the line readable.
pub(super) fn bounded(text: &str) -> String {
    let text = visible(text);
    match text.char_indices().nth(MAX_TEXT) {
        Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or_default()),
        None => text.into_owned(),
    }
}

/// True for characters that change how or where other text appears.
pub(super) fn is_active(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Appends a character, escaped if need be.
pub(super) fn push(c: char, out: &mut String) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        // `##[` begins a workflow command anywhere in a line.
        '[' if out.ends_with("##") => out.push_str("\\u{5b}"),
        c if is_active(c) => {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(visible("bucket 'ü 😀' is public"), Cow::Borrowed(_)));
    }

    #[test]
    fn nothing_active_survives() {
        assert_eq!(visible("\u{1b}[31mred\u{7}"), "\\u{1b}[31mred\\u{7}");
        assert_eq!(visible("a\nb\r\tc"), "a\\nb\\r\\tc");
        assert_eq!(visible("\u{9b}31m\u{202e}x\u{feff}"), "\\u{9b}31m\\u{202e}x\\u{feff}");
        assert_eq!(visible(" ::error::x"), " :\\u{3a}error::x");
        assert_eq!(visible("a ##[error]x"), "a ##\\u{5b}error]x");
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(bounded(&"x".repeat(MAX_TEXT + 1)).chars().count(), MAX_TEXT + 1);
        assert_eq!(bounded("x"), "x");
    }
}
