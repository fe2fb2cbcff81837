//! `kics-scan ignore-line`, `ignore-block`, and at the top of a file `ignore`, `enable=ID,ID` and `disable=ID,ID`.
//!
//! The first three name no check and silence all. `enable=` leaves only what it names, and `disable=` beside it has no effect. It does
//! not know which checks there are.

use super::{Check, Foreign, Line, Reach, Scanner};

const MARK: &str = "kics-scan ";

pub(super) fn read(line: &Line<'_>, out: &mut Vec<Foreign>) {
    let Some(rest) = line.text.trim_start().strip_prefix(MARK) else { return };
    let rest = rest.trim();
    let (enabled, disabled) = (rest.strip_prefix("enable="), rest.strip_prefix("disable="));
    let (reach, list) = match (rest.split_whitespace().next(), enabled.or(disabled)) {
        (Some("ignore-line"), _) => (Reach::NextLine, ""),
        (Some("ignore-block"), _) => (Reach::Beside { alone: line.alone }, ""),
        (Some("ignore"), _) if line.at_top => (Reach::File, ""),
        (_, Some(list)) if line.at_top && !list.trim().is_empty() => (Reach::File, list),
        _ => return,
    };
    let checks: Vec<Check> = list.split(',').map(str::trim).filter(|id| !id.is_empty()).map(Check::new).collect();
    let earlier = out.iter().position(|it| it.scanner == Scanner::Kics && it.others);
    match earlier.and_then(|at| out.get_mut(at)) {
        Some(earlier) if enabled.is_some() => return earlier.checks.extend(checks),
        Some(_) if disabled.is_some() => return,
        _ => {}
    }
    if enabled.is_some() {
        out.retain(|it| it.scanner != Scanner::Kics || it.checks.is_empty());
    }
    out.push(Foreign {
        scanner: Scanner::Kics,
        line: line.number,
        start: line.start + (line.text.len() - line.text.trim_start().len()),
        end: line.start + line.text.len(),
        reach,
        checks,
        reason: None,
        others: enabled.is_some(),
    });
}

#[cfg(test)]
mod tests {
    use super::super::comments;
    use super::*;

    #[test]
    fn commands_reach_a_line_a_block_or_the_file() {
        let reach = |text: &str| comments("main.tf", text).first().map(|found| found.reach);
        assert_eq!(reach("a {\n  # kics-scan ignore-line\n  b = 1\n}\n"), Some(Reach::NextLine));
        assert_eq!(reach("# kics-scan ignore-block\na {\n}\n"), Some(Reach::Beside { alone: true }));
        assert_eq!(reach("# kics-scan ignore\na {\n}\n"), Some(Reach::File));
        assert_eq!(reach("a {\n}\n# kics-scan ignore\n"), None);
        let found = comments("main.tf", "\n# x\n// kics-scan disable=0a, 0b\n");
        assert_eq!(found[0].checks, [Check::new("0a"), Check::new("0b")]);
        assert!(!found[0].others);
    }

    #[test]
    fn enabled_checks_are_one_list_and_outdo_disabled_ones() {
        let found = comments("main.tf", "# kics-scan disable=0a\n# kics-scan enable=0a\n# kics-scan enable=0b\n");
        assert_eq!((found.len(), found[0].others), (1, true));
        assert_eq!(found[0].checks, [Check::new("0a"), Check::new("0b")]);
        let found =
            comments("main.tf", "# kics-scan enable=0a\n# kics-scan disable=0b\n# kics-scan ignore-block\na {\n}\n");
        assert_eq!(found.iter().map(|it| it.others).collect::<Vec<_>>(), [true, false]);
        assert_eq!(comments("main.tf", "a {\n}\n# kics-scan enable=0a\n"), []);
    }
}
