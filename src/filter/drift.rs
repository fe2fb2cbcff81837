//! Rules that silence differences, with their reasons: those of the configuration, of which the unused are reported, and what
//! the code says itself.
//!
//! It does not know how differences were found.

use std::collections::HashMap;

use crate::model::{
    AttributeDifference, Difference, DriftIgnore, Finding, PathStep, Problem, SourceMap, Span, Stage, Status,
};

/// Marks the findings of differences that a rule fits. `today` (`YYYY-MM-DD`) decides which rules have ended.
pub fn ignore_drift(
    findings: &mut [Finding],
    differences: &[Difference],
    rules: &[DriftIgnore],
    today: Option<&str>,
) -> Vec<Problem> {
    let mut used = vec![false; rules.len()];
    let mut reasons: HashMap<&str, &str> = HashMap::new();
    for difference in differences {
        let wholes = (difference.attributes.is_empty()).then_some((None, &difference.finding));
        let parts = difference.attributes.iter().map(|it| (Some(it), &it.finding));
        for (attribute, finding) in wholes.into_iter().chain(parts) {
            for (rule, used) in rules.iter().zip(&mut used) {
                if !fits(rule, difference, attribute) {
                    continue;
                }
                *used = true;
                if let (Some(finding), false) = (finding, has_ended(rule, today)) {
                    reasons.entry(finding).or_insert(&rule.reason);
                }
            }
        }
    }
    for finding in findings {
        if let (Status::Open, Some(reason)) = (&finding.status, reasons.get(&*finding.fingerprint)) {
            finding.status = Status::Suppressed((*reason).to_owned());
        }
    }
    let complaint = |(rule, used): (&DriftIgnore, bool)| {
        let message = match &rule.until {
            Some(until) if used && has_ended(rule, today) => {
                format!("this rule for drift ended on {until}; mend the difference or give a later day")
            }
            _ if used => return None,
            _ => "this rule for drift silences nothing; remove it".to_owned(),
        };
        Some(Problem::new(Stage::Config, rule.written.clone(), message).notice())
    };
    rules.iter().zip(used).filter_map(complaint).collect()
}

/// Marks the findings of attributes whose changes the code says to leave alone. What is missing as a whole has none.
pub fn ignore_by_lifecycle(findings: &mut [Finding], differences: &[Difference], sources: &SourceMap) {
    let attributes = differences.iter().flat_map(|it| &it.attributes);
    let places: HashMap<&str, Span> = attributes.filter_map(|it| Some((it.finding.as_deref()?, it.ignored?))).collect();
    for finding in findings.iter_mut().filter(|finding| finding.status == Status::Open) {
        if let Some(span) = places.get(&*finding.fingerprint) {
            let (path, line) = (sources.path(*span), sources.region(*span).start.line);
            finding.status = Status::Suppressed(format!("ignored by lifecycle.ignore_changes at {path}:{line}"));
        }
    }
}

fn has_ended(rule: &DriftIgnore, today: Option<&str>) -> bool {
    rule.until.as_deref().zip(today).is_some_and(|(until, today)| until < today)
}

fn fits(rule: &DriftIgnore, difference: &Difference, attribute: Option<&AttributeDifference>) -> bool {
    let is = |pattern: &Option<String>, texts: &[&str]| {
        pattern.as_ref().is_none_or(|pattern| texts.iter().any(|text| is_like(pattern, text)))
    };
    let names = attribute.map(|it| names(&it.path)).unwrap_or_default();
    // An attribute covers what is below it.
    let above: Vec<&str> = std::iter::once(&*names)
        .chain(names.match_indices('.').filter_map(|(at, _)| names.get(..at)))
        .filter(|name| !name.is_empty())
        .collect();
    let tags: Vec<String> =
        difference.tags.iter().flat_map(|(key, value)| [key.to_string(), format!("{key}={value}")]).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    let called = [difference.address.as_deref(), difference.live.as_deref()];
    is(&rule.kind, &[&difference.kind])
        && is(&rule.address, &called.into_iter().flatten().collect::<Vec<_>>())
        && is(&rule.attribute, &above)
        && is(&rule.owner, &[difference.owner.as_str(), difference.owner.name().unwrap_or_default()])
        && is(&rule.tag, &tags)
}

fn names(path: &[PathStep]) -> String {
    let names = path.iter().filter_map(|step| match step {
        PathStep::Key(key) => Some(&**key),
        PathStep::Index(_) => None,
    });
    names.collect::<Vec<_>>().join(".")
}

/// A glob in which `*` stands for any text.
fn is_like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text) in [("*", ""), ("a*", "ab"), ("*b", "ab"), ("a*c*", "abcd"), ("a", "a"), ("a*b*b", "abb")] {
            assert!(is_like(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a", "ab"), ("a*b", "a"), ("*b*b", "ab"), ("", "a")] {
            assert!(!is_like(pattern, text), "{pattern} {text}");
        }
    }
}
