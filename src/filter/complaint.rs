//! What is wrong with suppressions: expired, unknown, refused, or silencing nothing.
//!
//! All of it is told as notices. It does not know which findings there are.

use std::collections::BTreeMap;

use super::directive::{Directive, names, to_u32};
use super::foreign::{Scanner, is_same, known_name};
use super::rule::Matcher;
use super::suppress::{Fate, Settings};
use crate::model::{PolicyInfo, Problem, Span, Stage};

/// Most identifiers of other scanners that are named one by one.
const MAX_NAMED: usize = 40;

pub(super) fn complaints(
    directives: &[Directive],
    fates: &[Fate],
    matchers: &[Matcher<'_>],
    rule_fates: &[Fate],
    settings: &Settings<'_>,
) -> Vec<Problem> {
    let mut out = Vec::new();
    for (directive, fate) in directives.iter().zip(fates).filter(|(directive, _)| directive.scanner.is_none()) {
        let ids: Vec<&str> = directive.checks.iter().map(|check| check.id.as_str()).collect();
        let path = settings.sources.path(directive.span);
        let mut tell = |message| out.push(Problem::new(Stage::Config, &*path, message).at(directive.span).notice());
        about(&ids, directive.until.as_deref(), *fate, settings).into_iter().for_each(&mut tell);
    }
    for (matcher, fate) in matchers.iter().zip(rule_fates) {
        let rule = matcher.rule;
        let ids: Vec<&str> = rule.policies.iter().map(String::as_str).collect();
        let mut found = about(&ids, rule.until.as_deref(), *fate, settings);
        if !matcher.is_sound() {
            let glob = rule.path.as_deref().unwrap_or_default();
            found =
                vec![format!("'{glob}' is not a glob over paths, so this suppression silences nothing; correct it")];
        }
        let path = settings.configuration.unwrap_or("stanchion.toml");
        let span = settings.configuration.and_then(|path| settings.sources.find(path));
        let span = span.map(|file| Span::new(file, to_u32(rule.place.start), to_u32(rule.place.end)));
        for message in found {
            let problem = Problem::new(Stage::Config, path, message).notice();
            out.push(span.map_or(problem.clone(), |span| problem.at(span)));
        }
    }
    out.extend(unknown_elsewhere(directives, settings));
    out
}

/// What is wrong with one suppression of ours.
fn about(ids: &[&str], until: Option<&str>, fate: Fate, settings: &Settings<'_>) -> Vec<String> {
    let is = |id: &str, policies: &[std::sync::Arc<PolicyInfo>]| policies.iter().any(|policy| names(id, policy));
    let mut out = Vec::new();
    let list = ids.join(", ");
    for id in ids.iter().filter(|id| !is(id, settings.known)) {
        let hint = match (settings.closest)(id) {
            Some(closest) => format!("did you mean '{closest}'?"),
            None => "see 'stanchion policy list'".to_owned(),
        };
        out.push(format!("this suppression names '{id}', and no policy is called that; {hint}"));
    }
    if fate.refused {
        out.push(format!(
            "this suppression of {list} has no effect: the policy is not to be suppressed; mend the finding"
        ));
    } else if fate.expired {
        let until = until.unwrap_or_default();
        out.push(format!("this suppression of {list} ended on {until}; mend the finding or give a later day"));
    } else if !fate.used && ids.iter().any(|id| is(id, settings.policies)) {
        out.push(format!("this suppression of {list} silences nothing; remove it"));
    }
    out
}

/// Checks of other scanners that no policy of ours stands for: once for each scanner.
fn unknown_elsewhere(directives: &[Directive], settings: &Settings<'_>) -> Vec<Problem> {
    let mut seen: BTreeMap<&str, bool> = BTreeMap::new();
    let mut unknown: BTreeMap<Scanner, BTreeMap<String, usize>> = BTreeMap::new();
    for directive in directives {
        let Some(scanner) = directive.scanner.filter(|_| !directive.others) else { continue };
        for check in &directive.checks {
            let known = |policy: &PolicyInfo| policy.aliases.iter().any(|alias| is_same(&check.id, alias));
            let is_known =
                *seen.entry(check.id.as_str()).or_insert_with(|| settings.known.iter().any(|policy| known(policy)));
            if !is_known {
                *unknown.entry(scanner).or_default().entry(known_name(&check.id)).or_default() += 1;
            }
        }
    }
    let told = |(scanner, ids): (Scanner, BTreeMap<String, usize>)| {
        let total: usize = ids.values().sum();
        let mut ids: Vec<(String, usize)> = ids.into_iter().collect();
        ids.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let more = ids.len().saturating_sub(MAX_NAMED);
        let named: Vec<String> = ids
            .into_iter()
            .take(MAX_NAMED)
            .map(|(id, count)| if count == 1 { id } else { format!("{id} ({count} times)") })
            .collect();
        let more = if more > 0 { format!(" and {more} more checks") } else { String::new() };
        let (name, s) = (scanner.as_str(), if total == 1 { "" } else { "s" });
        let message = format!(
            "{total} comment{s} for {name} silence{} checks that no policy here stands for: {}{more}; they need no change",
            if total == 1 { "s" } else { "" },
            named.join(", ")
        );
        Problem::new(Stage::Config, name, message).notice()
    };
    unknown.into_iter().map(told).collect()
}
