//! `trivy:ignore:ID` and `tfsec:ignore:ID`, several on a line, each with `:exp:DATE`, `:ws:WORKSPACE` or `[attribute=value]`.
//!
//! A comment covers its line or, alone, the line below, and the block that begins there. It does not know which checks there are.

use super::super::comment::is_date;
use super::{Check, Foreign, Line, Reach, Scanner, reason};

const MARKS: [(&str, Scanner); 2] = [("trivy:ignore:", Scanner::Trivy), ("tfsec:ignore:", Scanner::Tfsec)];

pub(super) fn read(line: &Line<'_>, out: &mut Vec<Foreign>) {
    for (mark, scanner) in MARKS {
        let Some(first) = line.text.find(mark) else { continue };
        let mut checks = Vec::new();
        let mut why = None;
        for (at, _) in line.text.match_indices(mark) {
            let rest = line.text.get(at + mark.len()..).unwrap_or("");
            let (check, after) = check(rest);
            checks.extend(check);
            // What follows the last one says why, up to another scanner's comment.
            let after = after.split('#').next().unwrap_or(after);
            let names_more = MARKS.iter().any(|(mark, _)| after.contains(mark));
            why = if names_more { why } else { reason(after).or(why) };
        }
        if checks.is_empty() {
            continue;
        }
        out.push(Foreign {
            scanner,
            line: line.number,
            start: line.start + first,
            end: line.start + line.text.len(),
            reach: Reach::Beside { alone: line.alone },
            checks,
            reason: why,
            others: false,
        });
    }
}

/// One check with its conditions, and what follows them.
fn check(text: &str) -> (Option<Check>, &str) {
    let is_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '*' | '.');
    let end = text.find(|c| !is_id(c)).unwrap_or(text.len());
    let (id, mut rest) = text.split_at(end);
    if id.is_empty() {
        return (None, rest);
    }
    let mut check = Check::new(id);
    loop {
        if let Some((condition, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            check.attribute = condition
                .split_once('=')
                .map(|(path, value)| (path.trim().to_owned(), value.trim().trim_matches(['"', '\'']).to_owned()));
            rest = after;
            continue;
        }
        let word = |rest: &str| rest.find(|c: char| c == ':' || c.is_whitespace()).unwrap_or(rest.len());
        if let Some(after) = rest.strip_prefix(":exp:") {
            let (date, after) = after.split_at(word(after));
            // A day that cannot be read has passed: silence that nobody meant is worse than a finding.
            check.expires = Some(if is_date(date) { date.to_owned() } else { "0000-00-00".to_owned() });
            rest = after;
        } else if let Some(after) = rest.strip_prefix(":ws:") {
            let (workspace, after) = after.split_at(word(after));
            check.workspace = Some(workspace.to_owned());
            rest = after;
        } else {
            return (Some(check), rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::comments;
    use super::*;

    fn all(text: &str) -> Vec<Foreign> {
        comments("main.tf", text)
    }

    #[test]
    fn several_checks_stand_on_one_line() {
        for text in [
            "#tfsec:ignore:aws-s3-a tfsec:ignore:aws-s3-b\n",
            "# tfsec:ignore:aws-s3-a #tfsec:ignore:aws-s3-b",
            "x = 1 //tfsec:ignore:aws-s3-a tfsec:ignore:aws-s3-b",
        ] {
            let found = all(text);
            let ids: Vec<_> = found[0].checks.iter().map(|check| check.id.as_str()).collect();
            assert_eq!((found.len(), ids), (1, vec!["aws-s3-a", "aws-s3-b"]), "{text}");
            assert_eq!(found[0].reason, None);
        }
    }

    #[test]
    fn conditions_are_read() {
        let found =
            all("#trivy:ignore:AVD-AWS-0107[ingress.from_port=443]:exp:2026-12-31:ws:dev-* public: by design\n");
        let check = &found[0].checks[0];
        assert_eq!(check.id, "AVD-AWS-0107");
        assert_eq!(check.attribute, Some(("ingress.from_port".into(), "443".into())));
        assert_eq!(check.expires.as_deref(), Some("2026-12-31"));
        assert_eq!(check.workspace.as_deref(), Some("dev-*"));
        assert_eq!(found[0].reason.as_deref(), Some("public: by design"));
        assert_eq!(all("#tfsec:ignore:AWS1:TODO")[0].reason.as_deref(), Some("TODO"));
        assert_eq!(all("#tfsec:ignore:AWS1:exp:soon")[0].checks[0].expires.as_deref(), Some("0000-00-00"));
    }

    #[test]
    fn both_scanners_may_be_told_on_one_line() {
        let found = all("x = 1 #trivy:ignore:AVD-AWS-0001 #tfsec:ignore:aws-a\n");
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].reach, Reach::Beside { alone: false });
    }
}
