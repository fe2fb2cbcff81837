//! `[[suppress]]`: which policies are silenced where, why, and until when.
//!
//! It does not know which policies there are.

use toml::de::DeValue;

use super::{Reader, Value};
use crate::config::{Config, Suppress};

const KEYS: [&str; 6] = ["policy", "address", "path", "tag", "reason", "until"];

pub(super) fn read(reader: &mut Reader<'_>, value: &Value<'_>, config: &mut Config) {
    let DeValue::Array(tables) = value.get_ref() else {
        reader.mistake(value.span(), "suppressions are written as [[suppress]], one table for each");
        return;
    };
    for table in tables {
        let mut suppress = Suppress { place: table.span(), ..Suppress::default() };
        for (key, value) in reader.table(table).into_iter().flatten() {
            match &**key.get_ref() {
                "policy" => suppress.policies = policies(reader, value),
                "address" => suppress.address = reader.string(value),
                "path" => suppress.path = reader.string(value),
                "tag" => {
                    suppress.tag = reader.string(value).map(|tag| match tag.split_once('=') {
                        Some((key, value)) => (key.trim().to_owned(), Some(value.trim().to_owned())),
                        None => (tag.trim().to_owned(), None),
                    });
                }
                "reason" => reader.string(value).unwrap_or_default().trim().clone_into(&mut suppress.reason),
                "until" => suppress.until = day(reader, value),
                other => reader.unknown(key.span(), other, " in [[suppress]]", &KEYS),
            }
        }
        if suppress.policies.is_empty() {
            reader.mistake(table.span(), "a suppression names no policy: add policy = \"...\"");
        }
        if suppress.reason.is_empty() {
            reader.mistake(table.span(), "a suppression gives no reason: add reason = \"...\"");
        }
        config.suppress.push(suppress);
    }
}

/// One id or a list of them.
fn policies(reader: &mut Reader<'_>, value: &Value<'_>) -> Vec<String> {
    match value.get_ref() {
        DeValue::String(id) => vec![id.trim().to_owned()],
        _ => reader.strings(value).unwrap_or_default(),
    }
}

/// A day as text or as TOML's own date.
fn day(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<String> {
    let text = match value.get_ref() {
        DeValue::Datetime(date) => date.to_string(),
        _ => reader.string(value)?,
    };
    if !is_day(&text) {
        reader.mistake(value.span(), &format!("'{text}' is no day: write until = \"2027-01-31\""));
    }
    Some(text)
}

fn is_day(text: &str) -> bool {
    let parts: Vec<Option<u32>> = text.split('-').map(|part| part.parse().ok()).collect();
    match parts.as_slice() {
        [Some(_), Some(month), Some(day)] => text.len() == 10 && (1..=12).contains(month) && (1..=31).contains(day),
        _ => false,
    }
}
