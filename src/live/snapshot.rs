//! An inventory as a file of JSON lines, and back.
//!
//! A snapshot appears whole or not at all, the same inventory gives the same bytes, and one that was cut says so: without
//! its last line it is incomplete, whatever it holds. It does not know where an inventory comes from.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{arrange, redact};
use crate::model::{Inventory, Listing, LiveRecord, Outcome, Problem, Stage};
use crate::whole;

/// The version of the format that this program writes.
const VERSION: u64 = 1;

#[derive(Deserialize, Serialize)]
struct Header {
    #[serde(rename = "stanchion-snapshot")]
    version: u64,
    #[serde(default)]
    tool: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    Record(LiveRecord),
    Listing(Listing),
    End(End),
}

#[derive(Deserialize, Serialize)]
struct End {
    complete: bool,
    records: usize,
}

/// Writes a snapshot, or leaves what is there as it is.
pub fn write_file(path: &Path, inventory: &Inventory) -> Result<(), String> {
    whole::write(path, |out| write(out, inventory)).map_err(|error| {
        format!(
            "the snapshot '{}' cannot be written: {error}; check the directory, its permissions and the free space",
            path.display()
        )
    })
}

/// Reads a snapshot. Only a file that is none at all is an error.
pub fn read_file(path: &Path) -> Result<Outcome<Inventory>, String> {
    let shown = path.display().to_string();
    let bytes = fs::read(path).map_err(|error| {
        format!("the snapshot '{shown}' cannot be read: {error}; check the path given with --snapshot")
    })?;
    read(&bytes, &shown)
}

/// Writes the lines of a snapshot.
pub fn write(out: &mut dyn Write, inventory: &Inventory) -> io::Result<()> {
    let mut inventory = inventory.clone();
    arrange(&mut inventory);
    let end = End { complete: inventory.complete, records: inventory.records.len() };
    line(out, &Header { version: VERSION, tool: format!("stanchion {}", env!("CARGO_PKG_VERSION")) })?;
    for record in inventory.records {
        line(out, &Line::Record(record))?;
    }
    for listing in inventory.listings {
        line(out, &Line::Listing(listing))?;
    }
    line(out, &Line::End(end))
}

/// Reads the lines of a snapshot. A line that makes no sense costs itself, a missing end makes the inventory incomplete.
pub fn read(bytes: &[u8], name: &str) -> Result<Outcome<Inventory>, String> {
    let mut lines = bytes.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.trim_ascii().is_empty());
    let header = lines.next().and_then(|(_, line)| serde_json::from_slice::<Header>(line).ok());
    match header {
        None => {
            return Err(format!(
                "'{name}' is no snapshot: its first line does not say so; make one with stanchion live --snapshot-out"
            ));
        }
        Some(header) if header.version != VERSION => {
            return Err(format!(
                "the snapshot '{name}' has version {}, and this program reads version {VERSION}: make it again, or use the \
                 stanchion that made it",
                header.version
            ));
        }
        Some(_) => {}
    }
    let mut out = Outcome::new(Inventory::default());
    let mut end = None;
    let mut bad = Vec::new();
    for (index, text) in lines {
        if end.is_some() {
            bad.push((index, "it stands after the end".to_owned()));
            continue;
        }
        match serde_json::from_slice(text) {
            Ok(Line::Record(mut record)) => {
                // Somebody may have edited it since.
                redact::record(&mut record);
                out.value.records.push(record);
            }
            Ok(Line::Listing(listing)) => out.value.listings.push(listing),
            Ok(Line::End(found)) => end = Some(found),
            Err(error) => bad.push((index, format!("it is no record, listing or end ({:?})", error.classify()))),
        }
    }
    for (index, why) in &bad {
        let message = format!("line {} is left out: {why}; make the snapshot again", index + 1);
        out.problems.push(Problem::new(Stage::Collect, name, message));
    }
    let read = out.value.records.len();
    out.value.complete = match end {
        None => {
            let message = "the snapshot was cut: its last line is missing; make it again";
            out.problems.push(Problem::new(Stage::Collect, name, message));
            false
        }
        Some(end) if end.records != read => {
            let message = format!("{read} of {} records could be read: make the snapshot again", end.records);
            out.problems.push(Problem::new(Stage::Collect, name, message));
            false
        }
        Some(end) => end.complete && bad.is_empty(),
    };
    if !out.value.complete {
        distrust(&mut out.value, !out.problems.is_empty());
    }
    arrange(&mut out.value);
    Ok(out)
}

/// A lost line may have been a record of any listing: none of them shows any more that something is missing.
fn distrust(inventory: &mut Inventory, lost: bool) {
    if lost {
        inventory.listings.retain(|listing| listing.gap.is_some());
    }
}

fn line<T: Serialize>(out: &mut dyn Write, value: &T) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Gap, GapReason, LiveShape};

    fn inventory() -> Inventory {
        let record = |id: &str| LiveRecord {
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            kind: "AWS::S3::Bucket".into(),
            id: id.into(),
            arn: Some(format!("arn:aws:s3:::{id}").into()),
            shape: LiveShape::CloudFormation,
            captured: Some("2026-01-02T03:04:05Z".into()),
            tags: [("a".into(), "b".into())].into(),
            value: json!({ "BucketName": id }),
        };
        let listing = |kind: &str, gap| Listing {
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            kind: kind.into(),
            gap,
        };
        let denied = Gap { reason: GapReason::Denied, message: "denied: allow it".into(), id: None };
        Inventory {
            records: vec![record("a"), record("b")],
            listings: vec![listing("AWS::S3::Bucket", None), listing("AWS::SQS::Queue", Some(denied))],
            complete: true,
        }
    }

    fn bytes(inventory: &Inventory) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out, inventory).unwrap();
        out
    }

    #[test]
    fn what_is_written_is_read_and_order_does_not_matter() {
        let inventory = inventory();
        let read = read(&bytes(&inventory), "x").unwrap();
        assert_eq!((read.value, read.problems), (inventory.clone(), Vec::new()));
        let mut shuffled = inventory.clone();
        shuffled.records.reverse();
        shuffled.listings.reverse();
        assert_eq!(bytes(&shuffled), bytes(&inventory));
    }

    #[test]
    fn a_cut_snapshot_is_incomplete_and_shows_nothing_missing_wherever_it_was_cut() {
        let whole = bytes(&inventory());
        let header = whole.iter().position(|byte| *byte == b'\n').unwrap();
        for length in header..whole.len() - 1 {
            let read = read(&whole[..length], "x").unwrap();
            assert!(!read.value.complete, "cut at {length}");
            assert!(!read.problems.is_empty());
            assert!(read.value.listings.iter().all(|listing| listing.gap.is_some()));
        }
    }

    #[test]
    fn a_bad_line_costs_itself_and_is_told() {
        let text = String::from_utf8(bytes(&inventory())).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        lines[1] = "{\"record\": 1}";
        let read = read(lines.join("\n").as_bytes(), "x").unwrap();
        assert_eq!(read.value.records.len(), 1);
        assert!(read.problems[0].message.starts_with("line 2 is left out"), "{:?}", read.problems);
        assert!(!read.value.complete);
    }

    #[test]
    fn what_is_no_snapshot_or_a_newer_one_is_an_error() {
        assert!(read(b"", "x").unwrap_err().contains("is no snapshot"));
        assert!(read(b"{\"a\": 1}\n", "x").unwrap_err().contains("is no snapshot"));
        assert!(read(b"{\"stanchion-snapshot\": 2}\n", "x").unwrap_err().contains("version 2"));
    }

    #[test]
    fn an_incomplete_collection_stays_incomplete() {
        let incomplete = Inventory { complete: false, ..inventory() };
        let read = read(&bytes(&incomplete), "x").unwrap();
        assert_eq!((read.value, read.problems), (incomplete, Vec::new()));
    }

    #[test]
    fn no_half_file_is_left_where_writing_fails() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("none/x.jsonl");
        assert!(write_file(&missing, &inventory()).unwrap_err().contains("cannot be written"));
        let place = dir.path().join("x.jsonl");
        write_file(&place, &inventory()).unwrap();
        assert_eq!(fs::read(&place).unwrap(), bytes(&inventory()));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file is left");
        if Path::new("/dev/full").exists() {
            assert!(write_file(Path::new("/dev/full"), &inventory()).unwrap_err().contains("free space"));
        }
    }
}
