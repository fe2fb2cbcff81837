//! What a change of the configuration makes count less than before.
//!
//! Only what silences is told; what is made stricter is not. It does not know which policies there are.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Config, FailOn, read};
use crate::model::Severity;

/// Lines of the new text and a sentence each. A text that cannot be read counts as empty: the run itself has told so.
pub fn weakened(before: Option<&str>, now: &str) -> Vec<(Option<u32>, String)> {
    let parse = |text: &str| read::parse(text, super::FILE_NAME, Path::new("")).unwrap_or_default();
    let (old, new) = (parse(before.unwrap_or("")), parse(now));
    let mut out = Vec::new();
    let mut tell = |needle: &str, message: String| out.push((line_of(now, needle), message));

    let threshold = |config: &Config| config.fail_on.unwrap_or(FailOn::At(Severity::Low));
    if rank(threshold(&new)) > rank(threshold(&old)) {
        let shown = |fail_on: FailOn| fail_on.severity().map_or("never", Severity::as_str);
        tell("fail-on", format!("fail-on goes from {} to {}", shown(threshold(&old)), shown(threshold(&new))));
    }
    if new.min_severity.unwrap_or(Severity::Low) > old.min_severity.unwrap_or(Severity::Low) {
        let shown = new.min_severity.unwrap_or(Severity::Low);
        tell("min-severity", format!("findings below {shown} are no longer listed"));
    }
    for id in added(old.ignore.as_deref(), new.ignore.as_deref()) {
        tell(&id, format!("'{id}' is ignored"));
    }
    for glob in added(old.exclude.as_deref(), new.exclude.as_deref()) {
        tell(&glob, format!("'{glob}' is excluded"));
    }
    match (&old.select, &new.select) {
        (None, Some(_)) => tell("select", "only some policies are selected".into()),
        (Some(_), Some(_)) => {
            for id in added(new.select.as_deref(), old.select.as_deref()) {
                tell("select", format!("'{id}' is no longer selected"));
            }
        }
        (_, None) => {}
    }
    for (id, severity) in &new.severities {
        match old.severities.get(id) {
            Some(before) if severity < before => {
                tell(id, format!("the severity of '{id}' goes from {before} to {severity}"));
            }
            None => tell(id, format!("the severity of '{id}' is set to {severity}")),
            Some(_) => {}
        }
    }
    for suppress in new.suppress.iter().filter(|new| !old.suppress.iter().any(|old| is_same(old, new))) {
        let line = now.get(..suppress.place.start).map(|text| text.matches('\n').count() + 1);
        let line = line.and_then(|line| u32::try_from(line).ok());
        out.push((line, format!("a suppression of {} is added: {}", suppress.policies.join(", "), suppress.reason)));
    }
    let mut tell = |needle: &str, message: String| out.push((line_of(now, needle), message));
    for id in added(Some(&new.unsuppressable), Some(&old.unsuppressable)) {
        tell("unsuppressable", format!("'{id}' can be suppressed now"));
    }
    if old.foreign_suppressions == Some(false) && new.foreign_suppressions != Some(false) {
        tell("foreign-suppressions", "comments for other scanners are heeded now".into());
    }
    if let (true, Some(size)) =
        (new.max_file_size < old.max_file_size || old.max_file_size.is_none(), new.max_file_size)
    {
        tell("max-file-size", format!("files of more than {size} bytes are not looked at"));
    }
    if let (None, Some(file)) = (&old.baseline, &new.baseline) {
        tell("baseline", format!("the baseline {} is used", file.display()));
    }
    out
}

fn rank(fail_on: FailOn) -> (bool, Option<Severity>) {
    (fail_on == FailOn::Never, fail_on.severity())
}

fn added(old: Option<&[String]>, new: Option<&[String]>) -> BTreeSet<String> {
    let old = old.unwrap_or_default();
    new.unwrap_or_default().iter().filter(|entry| !old.contains(entry)).cloned().collect()
}

fn is_same(old: &super::Suppress, new: &super::Suppress) -> bool {
    let aside = |suppress: &super::Suppress| super::Suppress { place: 0..0, ..suppress.clone() };
    let (mut old, new) = (aside(old), aside(new));
    // Another reason silences no more; a later day does.
    old.reason.clone_from(&new.reason);
    old == new
}

fn line_of(text: &str, needle: &str) -> Option<u32> {
    let at = text.lines().position(|line| line.contains(needle) && !line.trim_start().starts_with('#'))?;
    u32::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(before: &str, now: &str) -> Vec<String> {
        weakened(Some(before), now).into_iter().map(|(line, text)| format!("{}: {text}", line.unwrap_or(0))).collect()
    }

    #[test]
    fn what_counts_less_is_told_with_its_line() {
        assert_eq!(told("", "fail-on = 'high'\n"), ["1: fail-on goes from low to high"]);
        assert_eq!(told("fail-on = 'high'", "fail-on = 'never'"), ["1: fail-on goes from high to never"]);
        assert_eq!(told("ignore = ['a']", "ignore = [\n'a',\n'b']"), ["3: 'b' is ignored"]);
        assert_eq!(told("", "exclude = ['gen/**']"), ["1: 'gen/**' is excluded"]);
        assert_eq!(told("select = ['a', 'b']", "select = ['a']"), ["1: 'b' is no longer selected"]);
        let severity = |severity: &str| format!("[policy.a]\nseverity = '{severity}'\n");
        assert_eq!(told(&severity("high"), &severity("low")), ["1: the severity of 'a' goes from high to low"]);
        let rule = "[[suppress]]\npolicy = 'a'\nreason = 'because'\n";
        assert_eq!(told("", &format!("\n{rule}")), ["2: a suppression of a is added: because"]);
        assert_eq!(told("unsuppressable = ['a']", ""), ["0: 'a' can be suppressed now"]);
    }

    #[test]
    fn what_is_stricter_or_the_same_is_not() {
        let rule = "[[suppress]]\npolicy = 'a'\nreason = 'because'\n";
        assert_eq!(told(rule, &rule.replace("because", "said better")), [""; 0]);
        assert_eq!(told("fail-on = 'high'\nignore = ['a']", "ignore = []"), [""; 0]);
        assert_eq!(told("select = ['a']", ""), [""; 0]);
    }
}
