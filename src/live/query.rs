//! What `terraform query -json` prints, as records under Terraform's own names.
//!
//! A list that was begun and not finished is a gap. It does not run Terraform and does not know its provider.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::{ALL, GLOBAL, arrange, redact};
use crate::model::{Gap, GapReason, Inventory, Listing, LiveRecord, LiveShape, Outcome, Problem, Stage};

/// What one list block gave.
struct List {
    kind: Arc<str>,
    /// Read to its end.
    done: bool,
    /// Its block asks for some of the things only, or may have been cut at the limit that such blocks have.
    part: bool,
    /// Accounts and regions in which it found something.
    places: BTreeSet<(Arc<str>, Arc<str>)>,
}

/// The limit of a list block that names none.
const LIMIT: u64 = 100;

/// True when the block's config asks for some of the things only; a region is where, not which.
fn is_filtered(start: &Value) -> bool {
    let is_nothing = |value: &Value| match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    let config = start.get("input_config").and_then(Value::as_object).into_iter().flatten();
    config
        .filter(|(name, _)| !matches!(name.as_str(), "region" | "include_resource"))
        .any(|(_, value)| !is_nothing(value))
}

/// Reads the messages of a run from a file.
pub fn read_file(path: &Path) -> Result<Outcome<Inventory>, String> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        format!("the output of terraform query '{shown}' cannot be read: {error}; check the path given with --query")
    })?;
    Ok(read(&text, &shown))
}

/// Reads the messages of a run.
pub fn read(text: &str, name: &str) -> Outcome<Inventory> {
    let mut out = Outcome::new(Inventory { complete: true, ..Inventory::default() });
    // By the address of its block.
    let mut lists: BTreeMap<String, List> = BTreeMap::new();
    let mut messages = 0;
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            let message = format!("line {} is left out: it is no JSON; run terraform query -json again", index + 1);
            out.problems.push(Problem::new(Stage::Collect, name, message));
            continue;
        };
        messages += 1;
        let kind = message.get("type").and_then(Value::as_str).unwrap_or_default();
        let body = message.get(kind).unwrap_or(&Value::Null);
        let of = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let list = || List { kind: of("resource_type").into(), done: false, part: false, places: BTreeSet::new() };
        match kind {
            "list_start" => {
                lists.entry(of("address").to_owned()).or_insert_with(list).part |= is_filtered(body);
            }
            "list_complete" => {
                let list = lists.entry(of("address").to_owned()).or_insert_with(list);
                list.done = true;
                list.part |= body.get("total").and_then(Value::as_u64).is_none_or(|total| total >= LIMIT);
            }
            "list_resource_found" => {
                if let Some(record) = record(body) {
                    let place = (record.account.clone(), record.region.clone());
                    lists.entry(of("address").to_owned()).or_insert_with(list).places.insert(place);
                    out.value.records.push(record);
                } else {
                    let message = format!("line {} is left out: it names no type or identity", index + 1);
                    out.problems.push(Problem::new(Stage::Collect, name, message));
                }
            }
            "diagnostic" if message.get("@level").and_then(Value::as_str) == Some("error") => {
                let summary = message.pointer("/diagnostic/summary").and_then(Value::as_str).unwrap_or("an error");
                let message = format!("terraform query reported: {summary}; repair that and run it again");
                out.problems.push(Problem::new(Stage::Collect, name, message));
            }
            _ => {}
        }
    }
    if messages == 0 {
        let message = "it holds no messages: give the output of terraform query -json";
        out.problems.push(Problem::new(Stage::Collect, name, message));
    }
    let lost = !out.problems.is_empty();
    for (address, List { kind, done, part, places }) in lists {
        let done = done && !lost;
        let gap = if !done {
            let message = format!("{address} was not listed to its end: run terraform query again");
            Some(Gap { reason: GapReason::Failed, message, id: None })
        } else if part {
            // What it does not show may be there all the same.
            let message = format!(
                "{address} may show a part only: take the filter out of its config and raise its limit above the number of things"
            );
            Some(Gap { reason: GapReason::NotRecorded, message, id: None })
        } else {
            None
        };
        // It says nothing about places without a find.
        let places = if places.is_empty() && !done { [(ALL.into(), ALL.into())].into() } else { places };
        let listing = |(account, region)| Listing { account, region, kind: kind.clone(), gap: gap.clone() };
        out.value.listings.extend(places.into_iter().map(listing));
    }
    let is_lost = |listing: &Listing| listing.gap.as_ref().is_some_and(|gap| gap.reason == GapReason::Failed);
    out.value.complete = !lost && !out.value.listings.iter().any(is_lost);
    arrange(&mut out.value);
    out
}

fn record(body: &Value) -> Option<LiveRecord> {
    let kind = body.get("resource_type")?.as_str()?;
    let identity = body.get("identity")?.as_object()?;
    let object = body.get("resource_object");
    let text = |name: &str| {
        let own = identity.get(name).and_then(Value::as_str);
        own.or_else(|| object?.get(name)?.as_str()).filter(|text| !text.is_empty())
    };
    let arn = text("arn");
    let of_arn = |index: usize| arn.and_then(|arn| arn.split(':').nth(index)).filter(|part| !part.is_empty());
    // Without an id of its own, a thing is what tells it from others: the rest of its identity.
    let others = || {
        let parts = identity.iter().filter(|(name, _)| !["account_id", "region"].contains(&name.as_str()));
        parts.filter_map(|(_, value)| value.as_str()).collect::<Vec<_>>().join("|")
    };
    let id = text("id").or(arn).map_or_else(others, ToOwned::to_owned);
    let tags = object.and_then(|object| object.get("tags_all").or_else(|| object.get("tags")));
    let tags = tags.and_then(Value::as_object).into_iter().flatten();
    let mut record = LiveRecord {
        account: text("account_id").or_else(|| of_arn(4)).unwrap_or("unknown").into(),
        region: text("region").or_else(|| of_arn(3)).unwrap_or(GLOBAL).into(),
        kind: kind.into(),
        id: id.into(),
        arn: arn.map(Into::into),
        shape: LiveShape::Terraform,
        captured: None,
        tags: tags.filter_map(|(name, value)| Some((name.as_str().into(), value.as_str()?.into()))).collect(),
        value: serde_json::json!({ "identity": identity, "resource_object": object }),
    };
    redact::record(&mut record);
    Some(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = r#"{"@level":"info","type":"list_start","list_start":{"address":"list.aws_sqs_queue.all","resource_type":"aws_sqs_queue"}}"#;
    const FOUND: &str = r#"{"@level":"info","type":"list_resource_found","list_resource_found":{"address":"list.aws_sqs_queue.all","display_name":"q","identity":{"account_id":"111122223333","region":"eu-west-1","url":"https://sqs/q"},"resource_type":"aws_sqs_queue","resource_object":{"arn":"arn:aws:sqs:eu-west-1:111122223333:q","id":"https://sqs/q","name":"q","tags":{"a":"b"},"secret_string":"canary"}}}"#;
    const END: &str = r#"{"@level":"info","type":"list_complete","list_complete":{"address":"list.aws_sqs_queue.all","resource_type":"aws_sqs_queue","total":1}}"#;

    #[test]
    fn a_finished_list_gives_records_and_a_listing() {
        let read = read(&[START, FOUND, END].join("\n"), "q.json");
        assert!(read.problems.is_empty() && read.value.complete, "{read:?}");
        let record = &read.value.records[0];
        assert_eq!((&*record.account, &*record.region, &*record.id), ("111122223333", "eu-west-1", "https://sqs/q"));
        assert_eq!((record.shape, &*record.tags["a"]), (LiveShape::Terraform, "b"));
        assert!(!format!("{read:?}").contains("canary"));
        assert_eq!(read.value.listings[0].gap, None);
    }

    #[test]
    fn a_list_with_a_filter_or_at_its_limit_proves_nothing() {
        let config = |config: &str| START.replace("\"}}", &format!("\",\"input_config\":{config}}}}}"));
        let gap = |start: &str, end: &str| {
            let read = read(&[start, FOUND, end].join("\n"), "q.json");
            assert!(read.problems.is_empty() && read.value.complete, "{read:?}");
            read.value.listings[0].gap.as_ref().map(|gap| gap.reason)
        };
        assert_eq!(gap(&config(r#"{"region":"eu-west-1","filter":null,"names":[]}"#), END), None);
        assert_eq!(gap(&config(r#"{"filter":[{"name":"x"}]}"#), END), Some(GapReason::NotRecorded));
        assert_eq!(gap(START, &END.replace("\"total\":1", "\"total\":100")), Some(GapReason::NotRecorded));
    }

    #[test]
    fn a_list_without_its_end_is_a_gap() {
        for text in [[START, FOUND].join("\n"), START.to_owned()] {
            let read = read(&text, "q.json");
            assert!(
                !read.value.complete && read.value.listings.iter().all(|listing| listing.gap.is_some()),
                "{read:?}"
            );
        }
    }

    #[test]
    fn what_is_no_message_is_a_problem_and_the_rest_goes_on() {
        let cut = read(&format!("{START}\n{FOUND}\n{{\"type\": \"li"), "q.json");
        assert_eq!((cut.value.records.len(), cut.problems.len()), (1, 1));
        assert!(!read("", "q.json").problems.is_empty());
        assert!(
            !read("{\"type\":\"diagnostic\",\"@level\":\"error\",\"diagnostic\":{\"summary\":\"no\"}}", "q")
                .problems
                .is_empty()
        );
    }
}
