//! `hadolint ignore=DL3006,DL3020` above an instruction, and `hadolint global ignore=DL3006` for a whole file.
//!
//! It does not know which rules there are.

use super::{Check, Foreign, Line, Reach, Scanner, reason};

pub(super) fn read(line: &Line<'_>, out: &mut Vec<Foreign>) {
    let Some(rest) = line.text.trim_start().strip_prefix("hadolint ").map(str::trim_start) else { return };
    let (reach, rest) = match rest.strip_prefix("global ") {
        Some(rest) => (Reach::File, rest.trim_start()),
        None => (Reach::Beside { alone: line.alone }, rest),
    };
    let Some(list) = rest.strip_prefix("ignore").and_then(|rest| rest.trim_start().strip_prefix('=')) else { return };
    let (list, why) = list.split_once('#').unwrap_or((list, ""));
    let checks: Vec<Check> = list.split([',', ' ']).filter(|id| is_rule(id)).map(Check::new).collect();
    if checks.is_empty() || !line.alone {
        return;
    }
    out.push(Foreign {
        scanner: Scanner::Hadolint,
        line: line.number,
        start: line.start + (line.text.len() - line.text.trim_start().len()),
        end: line.start + line.text.len(),
        reach,
        checks,
        reason: reason(why),
        others: false,
    });
}

/// `DL3006`, `SC2046`.
fn is_rule(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.ends_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::super::comments;
    use super::*;

    #[test]
    fn it_names_rules_for_an_instruction_or_a_file() {
        let found = comments(
            "Dockerfile",
            "# hadolint global ignore=DL3003\nFROM a\n# hadolint ignore=DL3006, SC2046 # why\nRUN b\n",
        );
        assert_eq!(found[0].reach, Reach::File);
        assert_eq!(found[1].reach, Reach::Beside { alone: true });
        assert_eq!(found[1].checks, [Check::new("DL3006"), Check::new("SC2046")]);
        assert_eq!(found[1].reason.as_deref(), Some("why"));
        assert!(comments("Dockerfile", "# run hadolint before you push\n").is_empty());
    }
}
