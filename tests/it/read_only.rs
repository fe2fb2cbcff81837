//! Reading an account changes nothing in it: the source holds no call that is not on the list of reading actions.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use stanchion::live::actions::ALL;

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The code of the only room that may call, without its unit tests and comments.
fn code() -> String {
    let mut paths = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/live/aws"), &mut paths);
    paths.sort();
    assert!(paths.len() > 10);
    let text = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    };
    paths.iter().map(text).collect::<Vec<_>>().join("\n")
}

/// Names after `client.`, wherever line breaks fall.
fn operations(code: &str) -> Vec<String> {
    let after = code.split("client").skip(1).map(str::trim_start).filter_map(|rest| rest.strip_prefix('.'));
    let name = |rest: &str| rest.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    after.map(name).collect()
}

#[test]
fn every_call_in_the_source_is_on_the_list_of_reading_actions() {
    let code = code();
    let operations = operations(&code);
    let allowed: BTreeSet<&str> = ALL.iter().map(|action| action.method).collect();
    for operation in &operations {
        assert!(allowed.contains(operation.as_str()), "{operation} is not on the list in src/live/actions.rs");
    }
    // A request is sent only where a client made it, and none is sent in another way.
    let sent = code.matches(".send()").count();
    let requests = operations.len();
    assert_eq!(sent, requests, "each request is sent once, by the call that names its action");
    for way in ["into_paginator", "customize", "send_with", "orchestrate", ".invoke("] {
        assert!(!code.contains(way), "{way} goes past the list");
    }
}

#[test]
fn every_request_goes_through_the_call_that_names_its_action() {
    let code = code();
    for (at, _) in code.match_indices(".send()") {
        let before = &code[..at];
        let call = before.rfind(".call(").expect("a call before it");
        let between = &before[call..];
        assert!(between.len() < 200 && between.contains("||"), "sent outside of a call: {between}");
    }
    let named: BTreeSet<&str> =
        code.split(".call(").skip(1).filter_map(|rest| rest.split(',').next()).map(str::trim).collect();
    assert!(named.iter().all(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_')), "{named:?}");
}

#[test]
fn no_action_of_the_list_is_there_for_nothing() {
    let code = code();
    let used: BTreeSet<String> = operations(&code).into_iter().collect();
    for action in ALL.iter().filter(|action| action.name != "AssumeRole") {
        assert!(used.contains(action.method), "{} is allowed and never called", action.name);
    }
}
