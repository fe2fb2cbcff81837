//! `stanchion policy docs`: the reference of the policies as one Markdown page, made of their metadata.
//!
//! It does not know where the page is kept.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::model::PolicyInfo;
use crate::report::visible;

/// The page: an overview by family, then every policy in full.
pub(super) fn reference(policies: &[Arc<PolicyInfo>]) -> String {
    let mut families: BTreeMap<&str, Vec<&PolicyInfo>> = BTreeMap::new();
    for policy in policies {
        let family = if policy.family.is_empty() { "other" } else { &policy.family };
        families.entry(family).or_default().push(policy);
    }
    let mut text = String::from(
        "# Policies\n\nMade from the policies' metadata by `stanchion policy docs`; do not edit it by hand. \
         `stanchion policy explain ID` shows one of them on the terminal.\n",
    );
    for (family, members) in &families {
        let _ = writeln!(text, "\n## {}\n\n| policy | severity | what is wrong |\n|---|---|---|", line(family));
        for policy in members {
            let id = line(&policy.id);
            let _ = writeln!(text, "| [{id}](#{id}) | {} | {} |", policy.severity, cell(&policy.title));
        }
    }
    for policy in policies {
        text.push('\n');
        entry(&mut text, policy);
    }
    text
}

fn entry(text: &mut String, policy: &PolicyInfo) {
    let _ = writeln!(text, "### {}\n\n**{}**\n", line(&policy.id), line(&policy.title));
    let mut facts = vec![("severity", policy.severity.to_string()), ("family", policy.family.clone())];
    facts.push(("judges", code(&policy.resource_types)));
    facts.extend(policy.frameworks.iter().map(|(name, controls)| (name.as_str(), controls.join(", "))));
    facts.push(("elsewhere", policy.aliases.join(", ")));
    let default = |(name, value): (&String, &serde_json::Value)| format!("`{name}` (default `{value}`)");
    facts.push(("parameters", policy.parameters.iter().map(default).collect::<Vec<_>>().join(", ")));
    if policy.unsuppressable {
        facts.push(("silencing", "nothing silences it".into()));
    }
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(text, "- {}: {}", line(name), line(value));
    }
    for body in [&policy.description, &policy.remediation] {
        if !body.trim().is_empty() {
            let lines: Vec<_> = body.trim().lines().map(|line| visible(line.trim_end()).into_owned()).collect();
            let _ = writeln!(text, "\n{}", lines.join("\n"));
        }
    }
    if !policy.references.is_empty() {
        text.push('\n');
        for link in &policy.references {
            let _ = writeln!(text, "- <{}>", line(link));
        }
    }
}

fn code(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn line(text: &str) -> String {
    visible(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}

/// What may stand in a table.
fn cell(text: &str) -> String {
    line(text).replace('|', "\\|")
}
