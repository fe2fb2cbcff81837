//! Plans and states among the given files: told by content, and those that cannot be read named as what they are.
//!
//! It does not know what a plan or a state says.

use std::ops::ControlFlow;

use super::Context;
use crate::load::json;
use crate::load::keys::outer_keys;
use crate::model::{FileId, Node, Problem, Span, Stage};

/// What a file of records is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `terraform show -json` of a plan.
    Plan,
    /// A state as Terraform keeps it.
    State,
    /// `terraform show -json` of a state.
    ShownState,
    /// A plan or state that OpenTofu has encrypted.
    Encrypted,
    /// Its name promises a state, and it is none.
    NoState,
}

/// A file of records, read.
#[derive(Debug)]
pub struct Record {
    pub path: std::sync::Arc<str>,
    pub kind: Kind,
    pub tree: Node,
}

impl Record {
    pub fn dir(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(dir, _)| dir)
    }

    /// A problem about this file.
    pub fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(Stage::Load, &*self.path, message)
    }
}

/// The records of some files, and what is left of the files.
#[derive(Debug, Default)]
pub struct Sorted {
    pub records: Vec<Record>,
    pub others: Vec<FileId>,
    /// Records that are not looked at.
    pub skipped: usize,
}

/// True for names that plans and states have; a `.json` file may be anything.
pub fn claims(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    has_state_name(&name) || [".json", ".tfplan"].iter().any(|ending| name.ends_with(ending)) || name == "tfplan"
}

/// What a text is by its own top-level keys; cut off texts are told, too.
pub fn kind(path: &str, text: &str) -> Option<Kind> {
    let keys = top_keys(text);
    let has = |key: &str| keys.contains(&key);
    if has("encrypted_data") && has("encryption_version") {
        return Some(Kind::Encrypted);
    }
    if has("format_version") {
        if ["resource_changes", "planned_values", "resource_drift", "output_changes", "configuration"]
            .iter()
            .any(|key| has(key))
        {
            return Some(Kind::Plan);
        }
        let plain = keys.iter().all(|key| matches!(*key, "format_version" | "terraform_version" | "values" | "checks"));
        if has("values") || plain {
            return Some(Kind::ShownState);
        }
        // A plan that is cut off says its version first, then the variables.
        return (has("terraform_version") && has("variables")).then_some(Kind::Plan);
    }
    let origin = has("lineage") || has("terraform_version");
    if has("version") && (origin || has_state_name(path)) && (has("resources") || has("modules") || has("serial")) {
        return Some(Kind::State);
    }
    has_state_name(path).then_some(Kind::NoState)
}

/// True for Terraform's binary plan: a zip of its parts, or what came before 0.12.
pub fn is_binary_plan(bytes: &[u8]) -> bool {
    let holds = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
    bytes.starts_with(b"tfplan") || (bytes.starts_with(b"PK\x03\x04") && holds(b"tfplan"))
}

/// Takes the plans and states out of the files, and reads them.
pub fn sort_out(files: &[FileId], context: &Context<'_>, problems: &mut Vec<Problem>) -> Sorted {
    let mut out = Sorted::default();
    for &file in files {
        let source = context.sources.file(file);
        if super::is_source(&source.path) {
            out.others.push(file);
            continue;
        }
        let Some(kind) = kind(&source.path, &source.text) else { continue };
        let path = source.path.clone();
        let is_state = match kind {
            Kind::Plan => false,
            Kind::State | Kind::ShownState | Kind::NoState => true,
            Kind::Encrypted => has_state_name(&path),
        };
        if is_state && !wanted(&path, context) {
            out.skipped += 1;
            let message =
                format!("{path} is a state and is not looked at; judge it with --include-state or by its name");
            problems.push(Problem::new(Stage::Load, &*path, message).notice());
            continue;
        }
        let whole = Span::new(file, 0, 0);
        let refused = match kind {
            Kind::Encrypted => Some(format!(
                "{path} is encrypted by OpenTofu and cannot be judged; where its key is, write it as JSON with 'tofu show -json' and scan that"
            )),
            Kind::NoState => {
                Some(format!("{path} is named like a Terraform state and is none; rename it or exclude it"))
            }
            _ => None,
        };
        if let Some(message) = refused {
            out.skipped += 1;
            problems.push(Problem::new(Stage::Load, &*path, message).at(whole));
            continue;
        }
        match json::parse(file, &path, &source.text) {
            Ok(tree) => {
                conceal_unless_lines(file, &source.text, context);
                out.records.push(Record { path, kind, tree });
            }
            Err(problem) => {
                out.skipped += 1;
                problems.push(problem);
            }
        }
    }
    out
}

/// The dotted version of a text such as `1.2`, as far as it has numbers.
pub fn major(version: &str) -> Option<u64> {
    version.split('.').next()?.trim().parse().ok()
}

fn has_state_name(path: &str) -> bool {
    let name = path.to_ascii_lowercase();
    name.ends_with(".tfstate") || name.ends_with(".tfstate.backup")
}

/// States are records of what was, and hold secrets: they are looked at when asked for. A backup is an older copy of the
/// state beside it.
fn wanted(path: &str, context: &Context<'_>) -> bool {
    let settings = context.terraform;
    if settings.named.contains(path) {
        return true;
    }
    let is_copy = path.strip_suffix(".backup").is_some_and(|state| context.reader.is_file(&context.base.join(state)));
    settings.include_state && !is_copy
}

/// A record on one line has its secrets on the line of everything else: none of it may be shown. Where every attribute has
/// its own line, the secrets alone are concealed by whoever knows them.
fn conceal_unless_lines(file: FileId, text: &str, context: &Context<'_>) {
    let first = text.trim_start_matches('\u{feff}').trim_start().lines().next().unwrap_or("");
    if first.trim() != "{" {
        context.sources.conceal(Span::new(file, 0, u32::try_from(text.len()).unwrap_or(u32::MAX)));
    }
}

/// Keys of the outermost object; none when the text is not one.
fn top_keys(text: &str) -> Vec<&str> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let mut keys = Vec::new();
    if text.starts_with('{') {
        outer_keys(text, &mut |key| {
            keys.push(key);
            ControlFlow::Continue(())
        });
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_told_by_their_own_keys() {
        let told = |text: &str| kind("x.json", text);
        assert_eq!(told(r#"{"format_version":"1.2","planned_values":{}}"#), Some(Kind::Plan));
        assert_eq!(told(r#"{"a":{"format_version":"1","resource_changes":1},"b":"resource_changes"}"#), None);
        assert_eq!(
            told(r#"{"format_version":"1.0","terraform_version":"1.9.0","variables":{"a":{"va"#),
            Some(Kind::Plan)
        );
        assert_eq!(told(r#"{"format_version":"1.0"}"#), Some(Kind::ShownState));
        assert_eq!(told(r#"{"format_version":"1.0","provider_schemas":{}}"#), None);
        assert_eq!(told(r#"{"version":4,"terraform_version":"1.9.0","serial":1,"lin"#), Some(Kind::State));
        assert_eq!(told(r#"{"version":"4.0","resources":[]}"#), None);
        assert_eq!(
            told(r#"{"serial":1,"lineage":"x","encrypted_data":"y","encryption_version":"v0"}"#),
            Some(Kind::Encrypted)
        );
        assert_eq!(told(r#"{"apiVersion":"v1","kind":"Pod"}"#), None);
        assert_eq!(told("[1]"), None);
        assert_eq!(told("{\"version\": {\"lineage\": \"\\\""), None);
        assert_eq!(kind("a/terraform.tfstate", ""), Some(Kind::NoState));
    }
}
