//! `checkov:skip=ID[,ID][:reason]` inside a block, and the annotations `checkov.io/skip1: ID=reason`.
//!
//! In Terraform a comment covers the block that holds it, in YAML its document, in a Dockerfile the whole file. Comments that stand
//! above a block instead of in it cover that block, too. It does not know which checks there are.

use super::{Check, Foreign, Line, Reach, Scanner, reason};

const MARKS: [&str; 2] = ["checkov:skip=", "bridgecrew:skip="];
/// How names of annotations begin.
const ANNOTATION: &str = "checkov.io/skip";

pub(super) fn read(path: &str, text: &str, line: &Line<'_>, out: &mut Vec<Foreign>) {
    let found = MARKS.iter().find_map(|mark| line.text.find(mark).map(|at| (at, at + mark.len())));
    let Some((at, after)) = found else { return };
    let said = line.text.get(after..).unwrap_or("").trim_start();
    let (ids, why) = said.split_once(':').map_or((said, ""), |(ids, why)| (ids, why));
    // Without a colon, the first word is the list and the rest says why.
    let (ids, why) = match ids.trim().split_once(char::is_whitespace) {
        Some((first, rest)) if !first.ends_with(',') && !rest.trim_start().starts_with(',') => {
            (first, if why.is_empty() { rest } else { why })
        }
        _ => (ids, why),
    };
    let checks: Vec<Check> = ids.split(',').map(str::trim).filter(|id| !id.is_empty()).map(Check::new).collect();
    if checks.is_empty() {
        return;
    }
    out.push(Foreign {
        scanner: Scanner::Checkov,
        line: line.number,
        start: line.start + at,
        end: line.start + line.text.len(),
        reach: reach(path, text, line),
        checks,
        reason: reason(why),
        others: false,
    });
}

/// The check and the reason of an annotation; `None` when it is another one.
pub(in super::super) fn annotation<'a>(name: &str, value: &'a str) -> Option<(&'a str, Option<String>)> {
    name.strip_prefix(ANNOTATION)?;
    let (id, why) = value.split_once('=').unwrap_or((value, ""));
    Some((id.trim(), reason(why)))
}

fn reach(path: &str, text: &str, line: &Line<'_>) -> Reach {
    let lower = path.to_ascii_lowercase();
    let is = |endings: &[&str]| endings.iter().any(|ending| lower.ends_with(ending));
    let lines: Vec<&str> = text.split('\n').collect();
    if is(&[".tf", ".tofu"]) {
        let begins = |text: &&str| text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.contains('{');
        let ends = |text: &&str| text.starts_with('}');
        let above = lines.get(..=line.number).unwrap_or(&[]);
        let from = above.iter().rposition(|text| begins(text) || ends(text));
        let inside = from.filter(|&from| lines.get(from).is_some_and(begins));
        let length = |from: usize| lines.get(from..).unwrap_or(&[]).iter().position(ends);
        return match inside {
            Some(from) => {
                let to = length(from).map_or(lines.len(), |length| from + length);
                // A block on one line ends where it begins.
                let one_line = from < line.number && lines.get(from).is_some_and(|text| text.trim_end().ends_with('}'));
                if one_line { Reach::Beside { alone: line.alone } } else { Reach::Lines(number(from), number(to)) }
            }
            None => Reach::Beside { alone: line.alone },
        };
    }
    if is(&[".yaml", ".yml"]) {
        let separates = |text: &&str| text.starts_with("---");
        let from = lines.get(..=line.number).unwrap_or(&[]).iter().rposition(separates).unwrap_or(0);
        let rest = lines.get(line.number + 1..).unwrap_or(&[]);
        let to = rest.iter().position(separates).map_or(lines.len(), |at| line.number + at);
        return Reach::Lines(number(from), number(to));
    }
    Reach::File
}

fn number(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::comments;
    use super::*;

    fn one(path: &str, text: &str) -> Foreign {
        let mut all = comments(path, text);
        assert_eq!(all.len(), 1, "{text}");
        all.remove(0)
    }

    fn ids(found: &Foreign) -> Vec<&str> {
        found.checks.iter().map(|check| check.id.as_str()).collect()
    }

    #[test]
    fn a_comment_covers_its_block() {
        let text =
            "locals {\n}\nresource \"a\" \"b\" {\n  # checkov:skip=CKV_AWS_20:a public site: really\n  x {\n  }\n}\n";
        let found = one("main.tf", text);
        assert_eq!(found.reach, Reach::Lines(3, 7));
        assert_eq!(ids(&found), ["CKV_AWS_20"]);
        assert_eq!(found.reason.as_deref(), Some("a public site: really"));
        let above = one("main.tf", "}\n#checkov:skip=CKV_AWS_1,CKV_AWS_2\nresource \"a\" \"b\" {\n}\n");
        assert_eq!(above.reach, Reach::Beside { alone: true });
        assert_eq!(ids(&above), ["CKV_AWS_1", "CKV_AWS_2"]);
        assert_eq!(above.reason, None);
        let header = one("main.tf", "resource \"a\" \"b\" { # bridgecrew:skip=CKV_AWS_1: x\n}\n");
        assert_eq!(header.reach, Reach::Lines(1, 2));
    }

    #[test]
    fn a_comment_covers_its_document_or_its_dockerfile() {
        let text = "a: 1\n---\nb: 1\n# checkov:skip=CKV_K8S_1 because\n---\nc: 1\n";
        let found = one("a.yaml", text);
        assert_eq!(found.reach, Reach::Lines(2, 4));
        assert_eq!(found.reason.as_deref(), Some("because"));
        assert_eq!(one("Dockerfile", "FROM a\n#checkov:skip=CKV_DOCKER_3\n").reach, Reach::File);
    }

    #[test]
    fn an_annotation_names_check_and_reason() {
        assert_eq!(annotation("checkov.io/skip1", "CKV_K8S_20=why not"), Some(("CKV_K8S_20", Some("why not".into()))));
        assert_eq!(annotation("checkov.io/skip2", "CKV_K8S_14"), Some(("CKV_K8S_14", None)));
        assert_eq!(annotation("example.com/skip", "x"), None);
    }
}
