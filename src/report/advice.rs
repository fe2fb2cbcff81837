//! What a policy says to write instead: whole where there is room for it, or its first sentence.
//!
//! It does not know where it is shown.

use super::escape::{bounded, visible};
use crate::model::PolicyInfo;

/// Most lines of a remedy that is shown whole.
const MAX_LINES: usize = 40;

/// The first sentence, on one line. What it leads to is not there, so it does not end in a colon.
pub(super) fn sentence(policy: &PolicyInfo) -> Option<String> {
    let paragraph = policy.remediation.trim().split("\n\n").next().unwrap_or_default();
    let text = paragraph.split("```").next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    let text = match text.find(". ") {
        Some(end) => text.get(..=end).unwrap_or_default().to_owned(),
        None => text,
    };
    let text = match text.strip_suffix(':') {
        Some(text) => format!("{}.", text.trim_end()),
        None => text,
    };
    Some(text).filter(|text| text.len() > 1)
}

/// All of it as lines that are safe to print: examples are indented, fences and empty lines left out.
pub(super) fn lines(policy: &PolicyInfo) -> Vec<String> {
    let mut lines = Vec::new();
    let mut in_example = false;
    for line in policy.remediation.lines() {
        if line.trim_start().starts_with("```") {
            in_example = !in_example;
        } else if !line.trim().is_empty() {
            let indent = if in_example { "    " } else { "" };
            lines.push(bounded(&format!("{indent}{}", line.trim_end().replace('\t', "    "))));
        }
    }
    if lines.len() > MAX_LINES {
        lines.truncate(MAX_LINES);
        lines.push(format!("… stanchion policy explain {} shows the rest", visible(&policy.id)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(remediation: &str) -> PolicyInfo {
        PolicyInfo { remediation: remediation.into(), ..PolicyInfo::unknown("a") }
    }

    #[test]
    fn the_first_sentence_stands_alone() {
        let sentence = |remediation: &str| sentence(&policy(remediation)).unwrap_or_default();
        assert_eq!(sentence("Set `acl`\nto private. Then apply."), "Set `acl` to private.");
        assert_eq!(sentence("Name a key:\n```hcl\na = 1\n```"), "Name a key.");
        assert_eq!(sentence("Name a key:\n\n```hcl\na = 1\n```"), "Name a key.");
        assert_eq!(sentence("  "), "");
        assert_eq!(sentence("```hcl\na = 1\n```"), "");
        assert_eq!(sentence(":"), "");
    }

    #[test]
    fn the_whole_has_its_example_indented() {
        let text = "Name a key:\n\n```hcl\nresource \"a\" \"b\" {\n\tc = 1\n}\n```\n\nOr do not.\n";
        let expected = ["Name a key:", "    resource \"a\" \"b\" {", "        c = 1", "    }", "Or do not."];
        assert_eq!(lines(&policy(text)), expected);
        assert_eq!(lines(&policy("")), [""; 0]);
    }

    #[test]
    fn nothing_in_it_acts_and_it_ends() {
        let text = format!("::error::x \u{1b}[31m\n{}", "y\n".repeat(MAX_LINES + 5));
        let lines = lines(&policy(&text));
        assert_eq!(lines.len(), MAX_LINES + 1);
        assert!(lines[0].starts_with(":\\u{3a}error::x \\u{1b}"), "{}", lines[0]);
        assert_eq!(lines[MAX_LINES], "… stanchion policy explain a shows the rest");
    }
}
