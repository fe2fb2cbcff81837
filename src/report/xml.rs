//! Text as XML 1.0 may hold it.
//!
//! It does not know elements.

use super::escape::bounded;

/// Text for an attribute or between tags: nothing acts on a terminal, no markup, no character that XML forbids.
pub(super) fn escaped(text: &str) -> String {
    markup(&bounded(text))
}

/// Text that is safe to print already, without markup.
pub(super) fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Control characters are gone already; these two are all that is left of what XML forbids.
            '\u{fffe}' => out.push_str("\\u{fffe}"),
            '\u{ffff}' => out.push_str("\\u{ffff}"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_forbidden_characters_are_escaped() {
        assert_eq!(escaped("<a b=\"c\">'&]]>"), "&lt;a b=&quot;c&quot;&gt;&#39;&amp;]]&gt;");
        assert_eq!(escaped("\u{0}\u{b}\u{ffff}\u{fffe}\n"), "\\u{0}\\u{b}\\u{ffff}\\u{fffe}\\n");
    }
}
