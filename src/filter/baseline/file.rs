//! The baseline as a file: TOML, one table for each finding, in a fixed order, so that reviews show what was added and what went.
//!
//! It does not know findings or disks.

use std::fmt::Write as _;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::comment::is_date;
use super::{Baseline, Entry};

const HEAD: &str = "# Findings that are known and do not count; `stanchion baseline` keeps this file.\n# `reason` and `until` are yours to write. Entries are found again by `fingerprint`; `location` is for readers.\n\nversion = 1\n";
const KEYS: [&str; 7] = ["policy", "address", "attribute", "location", "fingerprint", "reason", "until"];

/// Reads a file; every mistake has its place: `path:line:column: what`.
pub fn parse(path: &str, text: &str) -> Result<Baseline, String> {
    let mut reader = Reader { path, text, mistakes: Vec::new() };
    let mut entries = Vec::new();
    match DeTable::parse(text) {
        Ok(table) => reader.top(table.get_ref(), &mut entries),
        Err(error) => reader.mistake(error.span().unwrap_or(0..0), error.message()),
    }
    if !reader.mistakes.is_empty() {
        return Err(reader.mistakes.join("\n"));
    }
    let mut baseline = Baseline { entries };
    baseline.sort();
    Ok(baseline)
}

/// The whole file.
pub fn render(baseline: &Baseline) -> String {
    let mut out = HEAD.to_owned();
    for entry in &baseline.entries {
        out.push_str("\n[[finding]]\n");
        let until = entry.until.as_deref().unwrap_or_default();
        let all: [(&str, &str); 7] = [
            ("policy", &entry.policy),
            ("address", &entry.address),
            ("attribute", &entry.attribute),
            ("location", &entry.location),
            ("fingerprint", &entry.fingerprint),
            ("reason", &entry.reason),
            ("until", until),
        ];
        for (key, value) in all.into_iter().filter(|(_, value)| !value.is_empty()) {
            let _ = writeln!(out, "{key} = {}", quoted(value));
        }
    }
    out
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

struct Reader<'a> {
    path: &'a str,
    text: &'a str,
    mistakes: Vec<String>,
}

impl Reader<'_> {
    fn top(&mut self, table: &DeTable<'_>, entries: &mut Vec<Entry>) {
        for (key, value) in table {
            match (&**key.get_ref(), value.get_ref()) {
                ("version", DeValue::Integer(version)) if version.as_str() == "1" => {}
                ("version", _) => {
                    self.mistake(value.span(), "this version of the file is not known: use a newer stanchion");
                }
                ("finding", DeValue::Array(tables)) => {
                    entries.extend(tables.iter().filter_map(|table| self.entry(table)));
                }
                ("finding", _) => self.mistake(value.span(), "findings are written as [[finding]], one table for each"),
                (other, _) => {
                    self.mistake(key.span(), &format!("unknown key '{other}': known keys are version, finding"));
                }
            }
        }
    }

    fn entry(&mut self, table: &Spanned<DeValue<'_>>) -> Option<Entry> {
        let Some(fields) = table.get_ref().as_table() else {
            self.mistake(table.span(), "findings are written as [[finding]], one table for each");
            return None;
        };
        let mut entry = Entry { place: table.span(), ..Entry::default() };
        for (key, value) in fields {
            let text = match value.get_ref() {
                DeValue::String(text) => text.to_string(),
                DeValue::Datetime(date) => date.to_string(),
                _ => {
                    self.mistake(value.span(), "expected a string");
                    continue;
                }
            };
            match &**key.get_ref() {
                "policy" => entry.policy = text,
                "address" => entry.address = text,
                "attribute" => entry.attribute = text,
                "location" => entry.location = text,
                "fingerprint" => entry.fingerprint = text,
                "reason" => text.trim().clone_into(&mut entry.reason),
                "until" if is_date(&text) => entry.until = Some(text),
                "until" => self.mistake(value.span(), &format!("'{text}' is no day: write until = \"2027-01-31\"")),
                other => {
                    let known = KEYS.join(", ");
                    self.mistake(key.span(), &format!("unknown key '{other}' in [[finding]]: known keys are {known}"));
                }
            }
        }
        if entry.fingerprint.is_empty() || entry.policy.is_empty() {
            self.mistake(
                table.span(),
                "an entry has no policy or no fingerprint: let `stanchion baseline update` write it",
            );
            return None;
        }
        Some(entry)
    }

    fn mistake(&mut self, span: Range<usize>, message: &str) {
        let before = self.text.get(..span.start.min(self.text.len())).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let message = message.trim().replace('\n', "; ");
        self.mistakes.push(format!("{}:{line}:{column}: {message}", self.path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(fingerprint: &str, reason: &str) -> Entry {
        Entry {
            policy: "aws-s3-public-acl".into(),
            address: "aws_s3_bucket.this[\"a\\b\"]".into(),
            attribute: "acl".into(),
            location: "main.tf:3".into(),
            fingerprint: fingerprint.into(),
            reason: reason.into(),
            until: Some("2027-01-31".into()),
            place: 0..0,
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut baseline = Baseline { entries: vec![entry("b", "a \"site\"\tü\u{1b}"), entry("a", "")] };
        baseline.sort();
        let text = render(&baseline);
        let mut read = parse("b.toml", &text).unwrap();
        assert!(read.entries.iter().all(|entry| text[entry.place.clone()].starts_with("[[finding]]")));
        read.entries.iter_mut().for_each(|entry| entry.place = 0..0);
        assert_eq!(read, baseline);
        assert_eq!(render(&read), text);
        assert_eq!(parse("b.toml", HEAD).unwrap(), Baseline::default());
    }

    #[test]
    fn every_mistake_has_a_place() {
        let wrong = |text: &str| parse("b.toml", text).unwrap_err();
        assert!(wrong("version = 2").starts_with("b.toml:1:11: this version"));
        assert!(wrong("[[finding]]\npolicy = \"a\"\n").contains("no fingerprint"));
        assert!(
            wrong("[[finding]]\npolicy = \"a\"\nfingerprint = \"b\"\nuntil = \"soon\"\n")
                .starts_with("b.toml:4:9: 'soon'")
        );
        assert!(wrong("[[finding]]\nwhy = \"a\"\n").contains("unknown key 'why'"));
        assert!(wrong("finding = 1").contains("[[finding]]"));
        assert!(wrong("x = ").starts_with("b.toml:1:"));
    }
}
