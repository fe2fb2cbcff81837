//! Policies as SARIF rules: what a reader of an alert gets to know.
//!
//! It does not know results.

use std::fmt::Write as _;

use super::model::{Configuration, Help, Rule, RuleProperties, Text};
use crate::model::{PolicyInfo, Severity};

/// Code scanning services reject longer ones.
const MAX_NAME: usize = 255;
const MAX_DESCRIPTION: usize = 1024;
const MAX_TAGS: usize = 10;

pub(super) const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// A secret is recognised by its looks; everything else is read.
pub(super) fn is_guess(policy: &PolicyInfo) -> bool {
    policy.family == "secrets"
}

pub(super) fn rule(policy: &PolicyInfo) -> Rule<'_> {
    let title = sentence(&policy.title, &policy.id);
    Rule {
        id: &policy.id,
        name: cut(&pascal_case(&policy.id), MAX_NAME),
        full_description: Text { text: cut(&sentence(&policy.description, &title), MAX_DESCRIPTION) },
        help_uri: policy.references.iter().map(|url| &**url).find(|url| is_link(url)),
        help: help(policy, &title),
        short_description: Text { text: cut(&title, MAX_DESCRIPTION) },
        default_configuration: Configuration { level: level(policy.severity) },
        properties: RuleProperties {
            precision: if is_guess(policy) { "medium" } else { "high" },
            problem_severity: match policy.severity {
                Severity::Critical | Severity::High => "error",
                Severity::Medium => "warning",
                Severity::Low => "recommendation",
            },
            security_severity: match policy.severity {
                Severity::Critical => "9.5",
                Severity::High => "8.0",
                Severity::Medium => "5.5",
                Severity::Low => "2.0",
            },
            tags: tags(policy),
        },
    }
}

/// What, why, what to write instead, and where to read on.
fn help(policy: &PolicyInfo, title: &str) -> Help {
    let run = format!("stanchion policy explain {}", policy.id);
    let mut text = format!("{title}\n\n{}\n\n{}\n", policy.description.trim(), policy.remediation.trim());
    let mut markdown =
        format!("# {title}\n\n{}\n\n## Remediation\n\n{}\n", policy.description.trim(), policy.remediation.trim());
    if !policy.frameworks.is_empty() {
        let controls: Vec<_> =
            policy.frameworks.iter().map(|(name, ids)| format!("{name}: {}", ids.join(", "))).collect();
        let _ = writeln!(text, "\nFrameworks: {}", controls.join("; "));
        let _ = writeln!(markdown, "\n## Frameworks\n\n- {}", controls.join("\n- "));
    }
    let links: Vec<&str> = policy.references.iter().map(|url| &**url).filter(|url| is_link(url)).collect();
    if !links.is_empty() {
        let _ = writeln!(text, "\nReferences: {}", links.join(", "));
        let _ = writeln!(markdown, "\n## References\n\n- <{}>", links.join(">\n- <"));
    }
    let _ = writeln!(text, "\nMore: {run}");
    let _ = writeln!(markdown, "\nMore: `{run}`");
    Help { text, markdown }
}

/// `security`, the family, the platform and the frameworks, as many as are shown.
fn tags(policy: &PolicyInfo) -> Vec<String> {
    let mut tags = vec!["security".to_owned()];
    let platforms = policy.resource_types.iter().map(|kind| match kind.split_once('_') {
        Some((provider, _)) => provider.to_lowercase(),
        None if kind == "dockerfile" => "docker".into(),
        None => "kubernetes".into(),
    });
    for tag in std::iter::once(policy.family.clone()).chain(platforms).chain(policy.frameworks.keys().cloned()) {
        if tags.len() < MAX_TAGS && !tag.is_empty() && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

fn is_link(url: &str) -> bool {
    let plain = url.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b'`'));
    plain && (url.starts_with("https://") || url.starts_with("http://"))
}

/// Text or its stand-in, on one line and with a period.
fn sentence(text: &str, otherwise: &str) -> String {
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        otherwise.clone_into(&mut text);
    }
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

/// `aws-s3-public-read` to `AwsS3PublicRead`.
fn pascal_case(id: &str) -> String {
    id.split(|c: char| !c.is_alphanumeric())
        .flat_map(|word| {
            let mut chars = word.chars();
            chars.next().into_iter().flat_map(char::to_uppercase).chain(chars)
        })
        .collect()
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_sentences() {
        assert_eq!(pascal_case("aws-s3-public-read"), "AwsS3PublicRead");
        assert_eq!(sentence(" a\n b ", "x"), "a b.");
        assert_eq!(sentence("", "x"), "x.");
        assert_eq!(cut("abcdef", 4), "abc…");
        assert!(is_link("https://example.com/a") && !is_link("javascript:x") && !is_link("https://a b"));
    }
}
