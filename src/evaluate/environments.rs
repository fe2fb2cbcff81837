//! Findings of one place in several environments become one finding that names them.
//!
//! It does not know what an environment is.

use std::collections::HashMap;

use crate::model::{Finding, PathStep, SourceKind, Span, Status, Verdict};

/// Everything but the environment that makes a finding what it is.
type Identity = (String, SourceKind, String, String, Span, Vec<PathStep>, Verdict, Status);

/// Merges findings that differ in their environment only. Wording and places of the first environment by name stand for all, and
/// the further origins of the values are kept.
pub fn merge_environments(findings: Vec<Finding>) -> Vec<Finding> {
    if findings.iter().all(|finding| finding.environments.is_empty()) {
        return findings;
    }
    let mut by_environment = findings;
    by_environment.sort_by(|a, b| (&a.environments, &a.message).cmp(&(&b.environments, &b.message)));
    let mut out: Vec<Finding> = Vec::new();
    let mut seen: HashMap<Identity, usize> = HashMap::new();
    for finding in by_environment {
        let known = seen.get(&identity(&finding)).and_then(|&index| out.get_mut(index));
        match known.filter(|known| known.environments.is_empty() == finding.environments.is_empty()) {
            // The same environment twice is two findings, such as two rules of one list.
            Some(known) if !finding.environments.iter().any(|name| known.environments.contains(name)) => {
                known.environments.extend(finding.environments);
                let new: Vec<_> = finding.related.into_iter().filter(|it| !known.related.contains(it)).collect();
                known.related.extend(new);
                let new: Vec<_> = finding.causes.into_iter().filter(|it| !known.causes.contains(it)).collect();
                known.causes.extend(new);
                known.causes.sort();
            }
            _ => {
                seen.insert(identity(&finding), out.len());
                out.push(finding);
            }
        }
    }
    out
}

fn identity(finding: &Finding) -> Identity {
    (
        finding.policy.to_string(),
        finding.source,
        finding.scope.to_string(),
        finding.address.to_string(),
        finding.span,
        finding.attribute.clone(),
        finding.verdict,
        finding.status.clone(),
    )
}
