//! Every expression of `tests/oracle/expressions.txt` comes to what the reference implementation makes of it, or to what
//! `tests/oracle/differences.txt` gives a reason for.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::load::terraform::value::all_marks;
use crate::model::Collection;

const PRELUDE: &str = include_str!("../../../../tests/oracle/prelude.tf");
const RESULTS: &str = include_str!("../../../../tests/oracle/results.jsonl");
const EXPRESSIONS: &str = include_str!("../../../../tests/oracle/expressions.txt");
const DIFFERENCES: &str = include_str!("../../../../tests/oracle/differences.txt");
const FILES: [(&str, &str); 5] = [
    ("files/hello.txt", include_str!("../../../../tests/oracle/files/hello.txt")),
    ("files/data.json", include_str!("../../../../tests/oracle/files/data.json")),
    ("files/data.yaml", include_str!("../../../../tests/oracle/files/data.yaml")),
    ("files/greet.tftpl", include_str!("../../../../tests/oracle/files/greet.tftpl")),
    ("files/deep/inner.txt", include_str!("../../../../tests/oracle/files/deep/inner.txt")),
];

/// A known value with the digits of its numbers as they are; unknown parts are `{"?": true}`.
fn plain(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => json!(**text).to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(",")),
        Value::Map(map) => {
            let entries: Vec<String> =
                map.iter().map(|(key, item)| format!("{}:{}", json!(**key), plain(item))).collect();
            format!("{{{}}}", entries.join(","))
        }
        Value::Document(document) => match &document.text {
            Some(text) => json!(**text).to_string(),
            None => "{\"?\":true}".into(),
        },
        Value::Unknown(unknown) if unknown.reason == Reason::Failed => "error".into(),
        Value::Unknown(_) => "{\"?\":true}".into(),
    }
}

/// The outermost kind of a value, where it shows.
fn kind(node: &Node) -> &'static str {
    match (&node.value, node.marks.collection) {
        (Value::List(_), Collection::List) => "list",
        (Value::List(_), Collection::Set) => "set",
        (Value::List(_), _) => "tuple",
        (Value::Map(_), Collection::Map) => "map",
        (Value::Map(_), _) => "object",
        (Value::Bool(_), _) => "bool",
        (Value::Number(_), _) => "number",
        (Value::String(_) | Value::Document(_), _) => "string",
        _ => "",
    }
}

/// Raw text of a field of a line of results.
#[derive(serde::Deserialize)]
struct Line {
    expression: String,
    #[serde(default)]
    value: Json,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    unknown: bool,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    sensitive: bool,
    #[serde(default)]
    error: String,
}

/// What is wrong with our answer, if anything.
fn difference(line: &Line, raw: &str, node: Option<&Node>) -> Option<String> {
    let ours = node.map_or_else(|| "error".to_owned(), plain);
    if !line.error.is_empty() {
        return (!ours.contains("error") || node.is_some_and(|node| !value::is_failed(node)))
            .then(|| format!("{ours}, not an error"));
    }
    let Some(node) = node else { return Some("does not parse".into()) };
    if line.sensitive && !all_marks(node).sensitive {
        return Some("not sensitive".into());
    }
    if line.unknown {
        if ours != "{\"?\":true}" {
            return Some(format!("{ours}, not unknown"));
        }
        // The tree of a document says more than the beginning of its text.
        if matches!(node.value, Value::Document(_)) {
            return None;
        }
        let known = match node.as_unknown().and_then(|unknown| unknown.parts.first()) {
            Some(Part::Known(text)) => text,
            _ => "",
        };
        return (!known.starts_with(&line.prefix)).then(|| format!("does not begin with {:?}", line.prefix));
    }
    // Numbers of many digits are compared as text: as they stand in the line.
    let same =
        serde_json::from_str::<Json>(&ours).is_ok_and(|ours| ours == line.value) && raw.contains(&shown_numbers(node));
    if !same {
        return Some(format!("{ours}, not {}", line.value));
    }
    let theirs = line.kind.split('(').next().unwrap_or("");
    (!line.value.is_null() && theirs != "dynamic" && kind(node) != theirs)
        .then(|| format!("a {}, not a {}", kind(node), line.kind))
}

/// The text of a lone number, which must be found as it is; nothing for other values.
fn shown_numbers(node: &Node) -> String {
    if let Value::Number(number) = &node.value { format!("\"value\":{number},") } else { String::new() }
}

fn expressions() -> Vec<String> {
    let mut out = Vec::new();
    let mut lines = EXPRESSIONS.lines();
    while let Some(line) = lines.next() {
        if line == "<<<" {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != ">>>").collect();
            out.push(format!("{}\n", block.join("\n")));
        } else if !line.is_empty() && !line.starts_with('#') {
            out.push(line.to_owned());
        }
    }
    out
}

/// Expressions with a reason each: an expression (`⏎` for its line breaks), then an indented line.
fn listed() -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let mut expression = String::new();
    for line in DIFFERENCES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix("  because ") {
            Some(reason) => {
                out.insert(std::mem::take(&mut expression).replace('⏎', "\n"), reason.to_owned());
            }
            None => expression = line.to_owned(),
        }
    }
    assert!(expression.is_empty(), "{expression} has no reason");
    out
}

#[test]
fn expressions_come_to_what_the_reference_makes_of_them() {
    let expressions = expressions();
    let mut files: Vec<(String, String)> = vec![("prelude.tf".into(), PRELUDE.into())];
    files.extend(FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
    for (index, expression) in expressions.iter().enumerate() {
        files.push((format!("e{index}.tf"), format!("resource \"test\" \"e{index}\" {{\n  v = {expression}\n}}\n")));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    let world = load(&files);
    let by_address: BTreeMap<&str, &Resource> =
        world.resources.iter().map(|resource| (&*resource.address, resource)).collect();

    let mut lines = RESULTS.lines();
    assert!(lines.next().is_some_and(|line| line.contains("\"versions\"")), "the first line names the versions");
    let lines: Vec<&str> = lines.collect();
    assert_eq!(lines.len(), expressions.len(), "results.jsonl is older than expressions.txt: run the oracle again");

    let listed = listed();
    let mut seen = BTreeSet::new();
    let (mut agreed, mut wrong) = (0, Vec::new());
    for (index, (raw, expression)) in lines.iter().zip(&expressions).enumerate() {
        let line: Line = serde_json::from_str(raw).unwrap();
        assert_eq!(&line.expression, expression, "results.jsonl is older than expressions.txt: run the oracle again");
        let address = format!("test.e{index}");
        let node = by_address.get(&*address).and_then(|resource| resource.config.key("v"));
        let known = listed.get(expression);
        seen.insert(expression.clone());
        match (difference(&line, raw, node), known) {
            (None, None) => agreed += 1,
            (None, Some(_)) => wrong.push(format!("{expression}\n    agrees, and is listed as a difference")),
            (Some(_), Some(_)) => {}
            (Some(text), None) => wrong.push(format!("{expression}\n    {text}")),
        }
    }
    for expression in listed.keys().filter(|expression| !seen.contains(*expression)) {
        wrong.push(format!("{expression}\n    is listed as a difference, and is no expression of the table"));
    }
    assert!(wrong.is_empty(), "{} of {} ({} agree):\n{}", wrong.len(), lines.len(), agreed, wrong.join("\n"));
    assert!(agreed * 100 >= lines.len() * 99, "only {agreed} of {} agree", lines.len());
}
