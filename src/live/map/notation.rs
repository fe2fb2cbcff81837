//! The notation of a row: which property becomes which attribute.
//!
//! Entries are separated by white space; `#` begins a comment. An entry is
//!
//! ```text
//! Source=target:conversion(argument)?"default"{ inner entries }
//! ```
//!
//! and everything after the source may be left out; `Source!` is something that is always there, so that its absence shows only that
//! it was not read. Without a target the source's name in `snake_case` is the target. A source is a
//! path with dots; `/Name` begins at the top of the record, `.` is the value itself, `@id` and the like are the record's own, and
//! `_` is never there, for what a thing is known not to have. A target with dots goes into a nested block, which is there when one of its members is. Inner entries are
//! about an object or every object of a list. It does not know types or values.

use std::sync::Arc;

use serde_json::Value;

/// One property and the attribute that it becomes.
#[derive(Clone, Debug)]
pub struct Entry {
    pub source: Source,
    /// Where the source is not there, the target is unread rather than absent.
    pub always: bool,
    pub target: Arc<str>,
    pub steps: Vec<Step>,
    pub default: Option<Value>,
    pub inner: Option<Vec<Entry>>,
    /// Made from dotted targets: the block is there when one of its members is.
    pub grouped: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// From the value at hand.
    Here(Vec<Arc<str>>),
    /// From the top of the record.
    Top(Vec<Arc<str>>),
    /// `@account`, `@region`, `@partition`, `@id`, `@id.1`, `@arn`.
    Record(Arc<str>),
    Nothing,
}

/// One step of a conversion, with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub name: Arc<str>,
    pub arguments: Vec<Arc<str>>,
}

/// Where the things of a row are in a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// The record is the thing.
    Top,
    /// The value at a path, where it is there.
    One(Vec<Arc<str>>),
    /// Every element of the list at a path.
    Each(Vec<Arc<str>>),
}

/// A whole text: an optional `from PATH` or `each PATH`, and entries.
pub fn parse(text: &str) -> Result<(From, Vec<Entry>), String> {
    let mut reader = Reader { rest: text };
    reader.space();
    let from = if let Some(rest) = reader.rest.strip_prefix("from ") {
        reader.rest = rest;
        reader.space();
        From::One(path(reader.word()))
    } else if let Some(rest) = reader.rest.strip_prefix("each ") {
        reader.rest = rest;
        reader.space();
        From::Each(path(reader.word()))
    } else {
        From::Top
    };
    let entries = reader.entries()?;
    if !reader.rest.is_empty() {
        return Err(format!("unexpected '{}'", reader.rest.chars().take(20).collect::<String>()));
    }
    Ok((from, entries))
}

/// `DBInstanceIdentifier` as `db_instance_identifier`.
pub fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| chars.get(before));
        let after = chars.get(at + 1);
        let starts = before.is_some_and(|c| c.is_lowercase() || c.is_ascii_digit())
            || (before.is_some_and(|c| c.is_uppercase()) && after.is_some_and(|c| c.is_lowercase()));
        if c.is_uppercase() && starts {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

fn path(text: &str) -> Vec<Arc<str>> {
    text.split('.').filter(|part| !part.is_empty()).map(Arc::from).collect()
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn space(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            let Some(comment) = self.rest.strip_prefix('#') else { return };
            self.rest = comment.split_once('\n').map_or("", |(_, rest)| rest);
        }
    }

    fn take(&mut self, prefix: char) -> bool {
        let rest = self.rest.strip_prefix(prefix);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn until(&mut self, ends: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn word(&mut self) -> &'t str {
        self.until(|c: char| !(c.is_alphanumeric() || "_-./@".contains(c)))
    }

    fn entries(&mut self) -> Result<Vec<Entry>, String> {
        let mut out: Vec<Entry> = Vec::new();
        loop {
            self.space();
            if self.rest.is_empty() || self.rest.starts_with('}') {
                return Ok(out);
            }
            self.entry(&mut out)?;
        }
    }

    fn entry(&mut self, out: &mut Vec<Entry>) -> Result<(), String> {
        let written = self.word();
        if written.is_empty() {
            return Err(format!("no source at '{}'", self.rest.chars().take(20).collect::<String>()));
        }
        let always = self.take('!');
        let target = if self.take('=') { self.word().to_owned() } else { String::new() };
        let mut steps = Vec::new();
        while self.take(':') {
            let name = self.until(|c: char| !(c.is_alphanumeric() || c == '_')).into();
            let mut arguments = Vec::new();
            if self.take('(') {
                arguments = self.until(|c| c == ')').split(',').map(|text| text.trim().into()).collect();
                self.take(')');
            }
            steps.push(Step { name, arguments });
        }
        let default = if self.take('?') {
            let mut stream = serde_json::Deserializer::from_str(self.rest).into_iter::<Value>();
            let value =
                stream.next().and_then(Result::ok).ok_or_else(|| format!("{written} has no readable default"))?;
            let end = stream.byte_offset();
            self.rest = self.rest.get(end..).unwrap_or("");
            Some(value)
        } else {
            None
        };
        let inner = if self.take('{') {
            let inner = self.entries()?;
            if !self.take('}') {
                return Err(format!("{written} is not closed"));
            }
            Some(inner)
        } else {
            None
        };
        let source = match written {
            "_" => Source::Nothing,
            "." => Source::Here(Vec::new()),
            _ if written.starts_with('@') => Source::Record(written.into()),
            _ => match written.strip_prefix('/') {
                Some(rest) => Source::Top(path(rest)),
                None => Source::Here(path(written)),
            },
        };
        let target =
            if target.is_empty() { snake(written.rsplit(['.', '/']).next().unwrap_or(written)) } else { target };
        let targets: Vec<&str> = target.split('.').collect();
        place(out, &targets, Entry { source, always, target: "".into(), steps, default, inner, grouped: false });
        Ok(())
    }
}

/// Puts an entry where its target says, into the groups that dotted targets make.
fn place(out: &mut Vec<Entry>, target: &[&str], mut entry: Entry) {
    let Some((first, rest)) = target.split_first() else { return };
    if rest.is_empty() {
        entry.target = (*first).into();
        return out.push(entry);
    }
    let found = out.iter().position(|other| other.grouped && *other.target == **first);
    let at = found.unwrap_or_else(|| {
        let (source, target) = (Source::Here(Vec::new()), (*first).into());
        let (steps, inner) = (Vec::new(), Some(Vec::new()));
        out.push(Entry { source, always: false, target, steps, default: None, inner, grouped: true });
        out.len() - 1
    });
    if let Some(inner) = out.get_mut(at).and_then(|group| group.inner.as_mut()) {
        place(inner, rest, entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_snake_case() {
        for (name, expected) in [
            ("BucketName", "bucket_name"),
            ("DBInstanceIdentifier", "db_instance_identifier"),
            ("KmsKeyId", "kms_key_id"),
            ("EBSOptions", "ebs_options"),
            ("camelCaseId", "camel_case_id"),
            ("EnableIAMDatabaseAuthentication", "enable_iam_database_authentication"),
            ("SHA256", "sha256"),
        ] {
            assert_eq!(snake(name), expected);
        }
    }

    #[test]
    fn entries_have_targets_conversions_defaults_and_inner_entries() {
        let (from, entries) = parse("each A.B # list\n Name=bucket C:on(Enabled)?false /X D!{E F=g.h}").unwrap();
        assert_eq!(from, From::Each(vec!["A".into(), "B".into()]));
        assert_eq!(entries.len(), 4);
        assert_eq!((&*entries[0].target, &*entries[1].target), ("bucket", "c"));
        assert_eq!(entries[1].steps[0].arguments, ["Enabled".into()]);
        assert_eq!(entries[1].default, Some(Value::Bool(false)));
        assert_eq!(entries[2].source, Source::Top(vec!["X".into()]));
        assert!(entries[3].always && !entries[2].always);
        let inner = entries[3].inner.as_ref().unwrap();
        assert!(inner[1].grouped && &*inner[1].inner.as_ref().unwrap()[0].target == "h");
        assert!(parse("A{").is_err() && parse("A}").is_err() && parse("A?x").is_err() && parse("=x").is_err());
    }
}
