//! Suppressions of the configuration: by policy, address, path and tag.
//!
//! It does not know how they are written in a file.

use std::ops::Range;

use globset::{GlobBuilder, GlobMatcher};

use super::directive::names;
use crate::model::{Finding, Map, Node, PolicyInfo, Resource, Value, pattern};

/// One `[[suppress]]`. What is `None` matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// Ids, globs over ids, or other scanners' ids of the same check.
    pub policies: Vec<String>,
    /// A glob over addresses in which `*` stands for any text.
    pub address: Option<String>,
    /// A glob over paths, relative to the working directory.
    pub path: Option<String>,
    pub tag: Option<Tag>,
    pub reason: String,
    /// The last day on which it holds, `YYYY-MM-DD`.
    pub until: Option<String>,
    /// Bytes of the file it was read from.
    pub place: Range<usize>,
}

/// A tag that a resource has, its value a glob; without a value, any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    pub key: String,
    pub value: Option<String>,
}

/// A rule ready to be asked.
pub(super) struct Matcher<'a> {
    pub(super) rule: &'a Rule,
    path: Option<Result<GlobMatcher, ()>>,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(rule: &'a Rule) -> Self {
        let build = |glob: &String| {
            let glob = glob.trim_start_matches("./");
            let glob = if glob.ends_with('/') { format!("{glob}**") } else { glob.to_owned() };
            let built = GlobBuilder::new(&glob).literal_separator(true).build();
            built.map(|glob| glob.compile_matcher()).map_err(|_| ())
        };
        Self { rule, path: rule.path.as_ref().map(build) }
    }

    /// Whether it covers a finding of this policy; `owners` are the resources of the finding's address.
    pub(super) fn covers(&self, finding: &Finding, path: &str, policy: &PolicyInfo, owners: &[&Resource]) -> bool {
        self.rule.policies.iter().any(|id| names(id, policy))
            && self.rule.address.as_ref().is_none_or(|pattern| pattern::matches(pattern, &finding.address))
            && self.path.as_ref().is_none_or(|glob| glob.as_ref().is_ok_and(|glob| is_below(glob, path)))
            && self.rule.tag.as_ref().is_none_or(|tag| owners.iter().any(|resource| has_tag(resource, tag)))
    }

    /// False when the path is no glob and so matches nothing.
    pub(super) fn is_sound(&self) -> bool {
        !matches!(self.path, Some(Err(())))
    }
}

/// A glob matches a file or a directory above it.
fn is_below(glob: &GlobMatcher, path: &str) -> bool {
    std::path::Path::new(path).ancestors().any(|path| !path.as_os_str().is_empty() && glob.is_match(path))
}

fn has_tag(resource: &Resource, tag: &Tag) -> bool {
    let text = |node: &Node| match &node.value {
        Value::String(text) | Value::Number(text) => Some(text.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    };
    let tags: Option<&Map> = resource.facets.get("tags").and_then(Node::as_map);
    let Some(node) = tags.and_then(|tags| tags.get(tag.key.as_str())) else { return false };
    match &tag.value {
        Some(pattern) => text(node).is_some_and(|value| pattern::matches(pattern, &value)),
        None => true,
    }
}
