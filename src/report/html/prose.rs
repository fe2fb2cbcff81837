//! The part of Markdown that policies are written in, as HTML: paragraphs, headings, lists, code, bold text and links.
//!
//! What it does not know stays text. It does not trust policies: only `http` and `https` are linked.

use std::fmt::Write as _;

use super::super::escape::visible;
use super::super::xml::markup;

/// Markdown as HTML.
pub(super) fn html(markdown: &str) -> String {
    let mut out = String::new();
    let mut open = "";
    let mut lines = markdown.trim().lines();
    let mut paragraph: Vec<&str> = Vec::new();
    let flush = |paragraph: &mut Vec<&str>, out: &mut String| {
        if !paragraph.is_empty() {
            let _ = writeln!(out, "<p>{}</p>", inline(&paragraph.join(" ")));
            paragraph.clear();
        }
    };
    let switch = |to: &'static str, open: &mut &'static str, out: &mut String| {
        if *open != to {
            if !open.is_empty() {
                let _ = writeln!(out, "</{open}>");
            }
            if !to.is_empty() {
                let _ = writeln!(out, "<{to}>");
            }
            *open = to;
        }
    };
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        let item = trimmed.strip_prefix("- ").or_else(|| trimmed.strip_prefix("* ")).map(|text| ("ul", text));
        let item = item.or_else(|| {
            let digits = trimmed.bytes().take_while(u8::is_ascii_digit).count();
            let text = trimmed.get(digits..)?.strip_prefix(". ")?;
            (digits > 0).then_some(("ol", text))
        });
        if let Some(fence) = trimmed.strip_prefix("```") {
            flush(&mut paragraph, &mut out);
            switch("", &mut open, &mut out);
            let _ = fence;
            let code: Vec<String> = lines
                .by_ref()
                .take_while(|line| line.trim() != "```")
                .map(|line| markup(&visible(&line.replace('\t', "    "))))
                .collect();
            let _ = writeln!(out, "<pre><code>{}</code></pre>", code.join("&#10;"));
        } else if let Some((list, text)) = item {
            flush(&mut paragraph, &mut out);
            switch(list, &mut open, &mut out);
            let _ = writeln!(out, "<li>{}</li>", inline(text));
        } else if trimmed.is_empty() {
            flush(&mut paragraph, &mut out);
            switch("", &mut open, &mut out);
        } else if trimmed.starts_with('#') {
            flush(&mut paragraph, &mut out);
            switch("", &mut open, &mut out);
            let _ = writeln!(out, "<p><strong>{}</strong></p>", inline(trimmed.trim_start_matches('#').trim()));
        } else {
            switch("", &mut open, &mut out);
            paragraph.push(trimmed);
        }
    }
    flush(&mut paragraph, &mut out);
    switch("", &mut open, &mut out);
    out
}

/// Code, bold text and links within a line.
fn inline(text: &str) -> String {
    let text = visible(text);
    let mut out = String::new();
    let mut rest: &str = &text;
    while let Some(at) = rest.find(['`', '*', '[', '<']) {
        let (before, from) = rest.split_at(at);
        out.push_str(&markup(before));
        let (html, length) = span(from).unwrap_or_else(|| {
            let length = from.chars().next().map_or(0, char::len_utf8);
            (markup(from.get(..length).unwrap_or_default()), length)
        });
        out.push_str(&html);
        rest = from.get(length.max(1)..).unwrap_or_default();
    }
    out + &markup(rest)
}

/// The piece of markup that begins here, and its length.
fn span(from: &str) -> Option<(String, usize)> {
    if let Some(rest) = from.strip_prefix('`') {
        let end = rest.find('`')?;
        return Some((format!("<code>{}</code>", markup(rest.get(..end)?)), end + 2));
    }
    if let Some(rest) = from.strip_prefix("**") {
        let end = rest.find("**")?;
        return Some((format!("<strong>{}</strong>", markup(rest.get(..end)?)), end + 4));
    }
    if let Some(rest) = from.strip_prefix('[') {
        let (label, after) = rest.split_once("](")?;
        let (url, _) = after.split_once(')')?;
        return Some((link(url, label)?, label.len() + url.len() + 4));
    }
    let rest = from.strip_prefix('<')?;
    let (url, _) = rest.split_once('>')?;
    Some((link(url, url)?, url.len() + 2))
}

/// A link, if it leads to a page.
pub(super) fn link(url: &str, label: &str) -> Option<String> {
    let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"'`".contains(&byte));
    let is_page = url.starts_with("https://") || url.starts_with("http://");
    let (url, label) = (markup(url), markup(&visible(label)));
    // In print, an address stands behind what does not show it.
    let class = if url == label { " class=\"bare\"" } else { "" };
    (is_plain && is_page).then(|| format!("<a href=\"{url}\"{class} rel=\"noopener noreferrer\">{label}</a>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_policies_use_becomes_html() {
        assert_eq!(html("Set `a < b`\nto **x**."), "<p>Set <code>a &lt; b</code> to <strong>x</strong>.</p>\n");
        assert_eq!(
            html("```hcl\na = 1\n\n  b\n```\ntext"),
            "<pre><code>a = 1&#10;&#10;  b</code></pre>\n<p>text</p>\n"
        );
        assert_eq!(html("- a\n- b\n\n1. c"), "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<ol>\n<li>c</li>\n</ol>\n");
        let link = "<a href=\"https://example.com\" rel=\"noopener noreferrer\">x</a>";
        assert_eq!(html("[x](https://example.com)"), format!("<p>{link}</p>\n"));
    }

    #[test]
    fn nothing_else_does() {
        let text = html("<script>x</script> [x](javascript:alert) [y](https://a\"b) ** ` [ é*<");
        assert!(!text.contains("<s") && !text.contains("<a"), "{text}");
        assert!(!html("```\n</code><script>\n").contains("<script"));
    }
}
