//! `kics-scan ignore-line`, `ignore-block`, and at the top of a file `ignore` and `disable=ID,ID`.
//!
//! The first two name no check and silence all. `enable=` has no counterpart here. It does not know which checks there are.

use super::{Check, Foreign, Line, Reach, Scanner};

const MARK: &str = "kics-scan ";

pub(super) fn read(line: &Line<'_>, out: &mut Vec<Foreign>) {
    let Some(rest) = line.text.trim_start().strip_prefix(MARK) else { return };
    let rest = rest.trim();
    let (reach, list) = match (rest.split_whitespace().next(), rest.strip_prefix("disable=")) {
        (Some("ignore-line"), _) => (Reach::NextLine, ""),
        (Some("ignore-block"), _) => (Reach::Beside { alone: line.alone }, ""),
        (Some("ignore"), _) if line.at_top => (Reach::File, ""),
        (_, Some(list)) if line.at_top && !list.trim().is_empty() => (Reach::File, list),
        _ => return,
    };
    out.push(Foreign {
        scanner: Scanner::Kics,
        line: line.number,
        start: line.start + (line.text.len() - line.text.trim_start().len()),
        end: line.start + line.text.len(),
        reach,
        checks: list.split(',').map(str::trim).filter(|id| !id.is_empty()).map(Check::new).collect(),
        reason: None,
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
    }
}
