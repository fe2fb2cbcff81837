//! The grammar of suppression comments: `# stanchion: ignore[ID, ID] reason="why" until=2027-01-31`.
//!
//! `#`, `//` and `/*` open a comment. An id is a policy's id, a glob over ids, or another scanner's id of the same check. It does not
//! know what a comment covers.

/// The word that makes a comment ours.
const MARK: &str = "stanchion:";

/// A suppression as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// 0-based line of the comment.
    pub line: usize,
    /// Byte range of the comment's own text, from the mark to its end.
    pub start: usize,
    pub end: usize,
    /// True when nothing but the comment stands on its line.
    pub alone: bool,
    pub said: Result<Said, String>,
}

/// What a well-formed suppression says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub ids: Vec<String>,
    pub reason: String,
    /// The last day on which it holds, `YYYY-MM-DD`.
    pub until: Option<String>,
}

/// All suppression comments of a text, well-formed or not.
pub fn comments(text: &str) -> Vec<Comment> {
    if !text.contains(MARK) {
        return Vec::new();
    }
    let mut out = Vec::new();
    let mut offset = 0;
    for (line, content) in text.split('\n').enumerate() {
        if let Some(at) = content.find(MARK)
            && let Some(alone) = opens_comment(content.get(..at).unwrap_or(""))
        {
            let rest = content.get(at + MARK.len()..).unwrap_or("").trim_end();
            let rest = rest.strip_suffix("*/").unwrap_or(rest).trim_end();
            let end = offset + at + MARK.len() + rest.len();
            out.push(Comment { line, start: offset + at, end, alone, said: parse(rest.trim_start()) });
        }
        offset += content.len() + 1;
    }
    out
}

/// Whether a line is nothing but a comment.
pub fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    ["#", "//", "/*", "*/", "* "].iter().any(|marker| line.starts_with(marker))
}

/// `Some(alone)` when what stands before the mark opens a comment right there.
fn opens_comment(before: &str) -> Option<bool> {
    let before = before.trim_end();
    if before.trim_start() == "*" {
        return Some(true);
    }
    let code = ["#", "//", "/*"].iter().find_map(|marker| before.strip_suffix(marker))?;
    if !code.is_empty() && !code.ends_with(char::is_whitespace) {
        return None;
    }
    // Inside quotes it is text.
    let quotes = code.replace("\\\\", "").replace("\\\"", "").matches('"').count();
    (quotes % 2 == 0).then(|| code.trim().is_empty())
}

fn parse(text: &str) -> Result<Said, String> {
    const FORM: &str = "write `stanchion: ignore[policy-id] reason=\"why\"`";
    let list = text.strip_prefix("ignore").map(str::trim_start).and_then(|rest| rest.strip_prefix('['));
    let Some((list, rest)) = list.and_then(|rest| rest.split_once(']')) else {
        return Err(format!("it names no policy; {FORM}"));
    };
    said(list, rest, FORM)
}

/// What an annotation says: `ID, ID reason="why" until=2027-01-31`, the ids in brackets or not.
pub(super) fn annotation(text: &str) -> Result<Said, String> {
    const FORM: &str = "write 'policy-id reason=\"why\"'";
    let text = text.trim();
    if let Some((list, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return said(list, rest, FORM);
    }
    let settings = ["reason", "until"].iter().filter_map(|key| {
        let at = text.match_indices(key).find(|(at, _)| {
            let before = text.get(..*at).unwrap_or("");
            let after = text.get(at + key.len()..).unwrap_or("").trim_start();
            (before.is_empty() || before.ends_with(char::is_whitespace)) && after.starts_with('=')
        });
        at.map(|(at, _)| at)
    });
    let (list, rest) = text.split_at(settings.min().unwrap_or(text.len()));
    said(list, rest, FORM)
}

fn said(list: &str, rest: &str, form: &str) -> Result<Said, String> {
    let ids: Vec<String> = list.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect();
    if ids.is_empty() {
        return Err(format!("it names no policy; {form}"));
    }
    let (mut reason, mut until) = (None, None);
    let mut rest = rest.trim_start();
    while !rest.is_empty() {
        let Some((key, after)) = rest.split_once('=') else {
            return Err(format!("'{rest}' is not a setting; {form}"));
        };
        let (value, after) = value(after).ok_or_else(|| format!("the quote after '{key}=' is not closed; {form}"))?;
        match key.trim() {
            "reason" => reason = Some(value),
            "until" if is_date(&value) => until = Some(value),
            "until" => return Err(format!("'{value}' is not a day; write until=2027-01-31")),
            other => return Err(format!("'{other}' is not a setting; {form}")),
        }
        rest = after.trim_start();
    }
    match reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty()) {
        Some(reason) => Ok(Said { ids, reason, until }),
        None => Err(format!("it gives no reason; {form}")),
    }
}

/// A quoted or bare value, and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start();
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted.split_once('"').map(|(value, rest)| (value.to_owned(), rest));
    }
    let (value, rest) = text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
    Some((value.to_owned(), rest))
}

pub(super) fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |part: &str, length: usize| (part.len() == length).then(|| part.parse::<u32>().ok()).flatten();
    match parts.as_slice() {
        [year, month, day] => {
            number(year, 4).is_some()
                && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
                && number(day, 2).is_some_and(|day| (1..=31).contains(&day))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Comment {
        let mut all = comments(text);
        assert_eq!(all.len(), 1, "{text}");
        all.remove(0)
    }

    #[test]
    fn a_suppression_names_policies_and_a_reason() {
        let comment = one("acl = \"x\" # stanchion: ignore[a-b, c-*] reason=\"a public site\" until=2027-01-31\n");
        assert!(!comment.alone);
        let said = comment.said.unwrap();
        assert_eq!(said.ids, ["a-b", "c-*"]);
        assert_eq!((said.reason.as_str(), said.until.as_deref()), ("a public site", Some("2027-01-31")));
        assert!(one("  // stanchion:ignore[a] reason=test").alone);
        let block = one("/* stanchion: ignore[a] reason=\"b c\" */").said.unwrap();
        assert_eq!(block.reason, "b c");
        assert!(one("/*\n * stanchion: ignore[a] reason=b\n */").alone);
    }

    #[test]
    fn what_is_malformed_says_why() {
        let why = |text: &str| one(&format!("# stanchion: {text}")).said.unwrap_err();
        assert!(why("ignore").contains("names no policy"));
        assert!(why("ignore[]").contains("names no policy"));
        assert!(why("ignore[a]").contains("no reason"));
        assert!(why("ignore[a] reason=\"\"").contains("no reason"));
        assert!(why("ignore[a] reason=\"x").contains("not closed"));
        assert!(why("ignore[a] reason=x until=soon").contains("not a day"));
        assert!(why("ignore[a] because=x").contains("'because' is not a setting"));
    }

    #[test]
    fn an_annotation_says_the_same_without_the_mark() {
        let said = annotation("k8s-a, k8s-b* reason=\"the reason of it\" until=2027-01-31").unwrap();
        assert_eq!(said.ids, ["k8s-a", "k8s-b*"]);
        assert_eq!((said.reason.as_str(), said.until.as_deref()), ("the reason of it", Some("2027-01-31")));
        assert_eq!(annotation("[k8s-a] reason=x").unwrap().ids, ["k8s-a"]);
        assert!(annotation("k8s-a").unwrap_err().contains("gives no reason"));
        assert!(annotation("reason=x").unwrap_err().contains("names no policy"));
        assert!(annotation("k8s-a reason=the node agent").unwrap_err().contains("is not a setting"));
    }

    #[test]
    fn text_in_quotes_is_no_comment() {
        assert!(comments("a = \"# stanchion: ignore[a] reason=b\"").is_empty());
        assert!(comments("stanchion: ignore[a] reason=b").is_empty());
        assert!(comments("url: http://stanchion: ignore").is_empty());
    }
}
