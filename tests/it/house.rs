//! The house rules: who may import whom, where outside crates live, and how a file begins and how long it gets.
//!
//! The source is read as text with comments, strings and test modules taken out. That is enough, because paths of ours begin
//! with `crate::`, `super::` or `self::` and those of other crates with their name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const MAX_LINES: usize = 450;

/// Every room and the rooms it may import. A room without a row may import `model` only.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("evaluate", &["model", "policy"]),
    // Both write files, and know nothing of each other.
    ("live", &["model", "whole"]),
    ("whole", &[]),
    ("pipeline", &["model", "discover", "vcs", "load", "live", "policy", "evaluate", "drift", "filter"]),
    ("cli", &["model", "pipeline", "config", "report", "exit", "whole"]),
    ("main", &["cli"]),
    // The front door names every room and uses none.
    ("lib", &[]),
];

/// Outside crates with one home: files (ending in `.rs`) or folders (ending in `/`) below `src`.
const HOMES: &[(&str, &[&str])] = &[
    // `module` and `walk` read the syntax tree that regorus makes of a policy.
    (
        "regorus",
        &[
            "policy/engine.rs",
            "policy/engine/",
            "policy/builtins.rs",
            "policy/builtins/",
            "policy/check.rs",
            "policy/module.rs",
            "policy/walk.rs",
        ],
    ),
    ("hcl_edit", &["load/terraform/"]),
    ("jsonc_parser", &["load/json.rs"]),
    ("mimalloc", &["main.rs"]),
    ("clap", &["cli/"]),
    ("clap_complete", &["cli/"]),
    ("clap_complete_nushell", &["cli/"]),
    ("clap_mangen", &["cli/"]),
    ("indicatif", &["cli/"]),
    ("granit_parser", &["load/yaml.rs", "load/yaml/", "policy/metadata.rs", "policy/metadata/"]),
    ("aws_config", &["live/aws/"]),
    ("aws_sdk_account", &["live/aws/"]),
    ("aws_sdk_cloudcontrol", &["live/aws/"]),
    ("aws_sdk_config", &["live/aws/"]),
    ("aws_sdk_iam", &["live/aws/"]),
    ("aws_sdk_organizations", &["live/aws/"]),
    ("aws_sdk_sts", &["live/aws/"]),
    ("aws_smithy_http_client", &["live/aws/"]),
    ("tokio", &["live/aws/"]),
    ("annotate_snippets", &["report/text.rs", "report/text/"]),
    ("toml", &["config.rs", "config/", "drift/rules.rs", "filter/baseline/", "live/map/"]),
];

/// One source file: its path below `src`, its text, and its code without comments, strings and test modules.
struct File {
    path: String,
    text: String,
    code: String,
}

impl File {
    fn new(path: &str, text: String) -> Self {
        let code = without_tests(&bare(&text));
        Self { path: path.to_owned(), text, code }
    }

    /// `report` for `report/text/mod.rs`, `exit` for `exit.rs`.
    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// The module path of the file: `["report", "text"]`.
    fn module(&self) -> Vec<&str> {
        let mut parts: Vec<&str> = self.path.trim_end_matches(".rs").split('/').collect();
        if parts.last() == Some(&"mod") || parts == ["lib"] || parts == ["main"] {
            parts.pop();
        }
        parts
    }

    /// True for files that hold tests only.
    fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }
}

fn source() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    assert!(paths.len() > 10, "the source is found");
    let file = |path: &PathBuf| {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        File::new(&name, std::fs::read_to_string(path).unwrap())
    };
    paths.iter().map(file).collect()
}

fn collect(dir: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

/// Code with comments and the insides of strings and character literals replaced by spaces.
fn bare(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let is = |at: usize, c: char| chars.get(at) == Some(&c);
    while at < chars.len() {
        let end = match chars[at] {
            '/' if is(at + 1, '/') => (at..chars.len()).find(|&i| is(i, '\n')).unwrap_or(chars.len()),
            '/' if is(at + 1, '*') => {
                let mut depth = 0;
                let mut i = at;
                while i < chars.len() {
                    if is(i, '/') && is(i + 1, '*') {
                        (depth, i) = (depth + 1, i + 2);
                    } else if is(i, '*') && is(i + 1, '/') {
                        (depth, i) = (depth - 1, i + 2);
                        if depth == 0 {
                            break;
                        }
                    } else {
                        i += 1;
                    }
                }
                i
            }
            'r' if (is(at + 1, '"') || is(at + 1, '#')) && !ends_in_word(&out) => {
                let hashes = chars[at + 1..].iter().take_while(|&&c| c == '#').count();
                if is(at + 1 + hashes, '"') {
                    let closes = |i: usize| is(i, '"') && (1..=hashes).all(|n| is(i + n, '#'));
                    let from = at + 2 + hashes;
                    (from..chars.len()).find(|&i| closes(i)).map_or(chars.len(), |i| i + 1 + hashes)
                } else {
                    at
                }
            }
            '"' => {
                let mut i = at + 1;
                while i < chars.len() && !is(i, '"') {
                    i += if is(i, '\\') { 2 } else { 1 };
                }
                i + 1
            }
            // A lifetime has no closing quote right after its first character.
            '\'' if is(at + 1, '\\') => (at + 3..chars.len()).find(|&i| is(i, '\'')).map_or(chars.len(), |i| i + 1),
            '\'' if is(at + 2, '\'') => at + 3,
            _ => at,
        };
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            let end = end.min(chars.len());
            out.extend(chars[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

fn ends_in_word(text: &str) -> bool {
    text.chars().last().is_some_and(|c| c.is_alphanumeric() || c == '_')
}

/// Bare code without the items marked `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    let mut out = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        out.push_str(&rest[..at]);
        let item = &rest[at..];
        let (brace, semicolon) = (item.find('{'), item.find(';'));
        let end = match (brace, semicolon) {
            (Some(brace), semicolon) if semicolon.is_none_or(|semicolon| brace < semicolon) => {
                let mut depth = 0;
                let closing = item.char_indices().skip_while(|&(i, _)| i < brace).find(|&(_, c)| {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    depth == 0
                });
                closing.map_or(item.len(), |(i, _)| i + 1)
            }
            (_, Some(semicolon)) => semicolon + 1,
            _ => item.len(),
        };
        rest = &item[end..];
    }
    out.push_str(rest);
    out
}

/// Rooms of this crate that a file refers to, through `crate::`, `super::` or (in the binary) `stanchion::`.
fn rooms_used(file: &File) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for prefix in ["crate", "stanchion"] {
        for after in paths_after(&file.code, prefix) {
            rooms.extend(heads(after));
        }
    }
    // `super` climbs from the module of the file; only a path that leaves the room names another one.
    let depth = file.module().len();
    for after in paths_after(&file.code, "super") {
        let mut after = after;
        let mut climbed = 1;
        while let Some(rest) = after.trim_start().strip_prefix("super::") {
            (after, climbed) = (rest, climbed + 1);
        }
        if climbed >= depth {
            rooms.extend(heads(after));
        }
    }
    rooms
}

/// What follows `prefix::` wherever that stands as a word of its own.
fn paths_after<'a>(code: &'a str, prefix: &str) -> Vec<&'a str> {
    let needle = format!("{prefix}::");
    code.match_indices(&needle)
        .filter(|&(at, _)| {
            let before = &code[..at];
            // `a::super::b` is no path of ours; `super::super` is counted from its first step.
            !ends_in_word(before) && !before.ends_with("::") && !before.ends_with('$')
        })
        .map(|(at, found)| &code[at + found.len()..])
        .collect()
}

/// The first names of a path or of a brace list of paths: `a::b` gives `a`, `{a::b, c}` gives `a` and `c`.
fn heads(path: &str) -> Vec<String> {
    let word = |text: &str| text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let path = path.trim_start();
    let Some(list) = path.strip_prefix('{') else {
        return vec![word(path)];
    };
    let mut depth = 0;
    let mut items = vec![String::new()];
    for c in list.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => items.push(String::new()),
            c => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                items.last_mut().unwrap().push(c);
            }
        }
    }
    items.iter().map(|item| word(item)).filter(|head| !head.is_empty() && head != "self").collect()
}

/// The top-level modules of the crate: what counts as a room.
fn all_rooms(files: &[File]) -> BTreeSet<String> {
    files.iter().map(|file| file.room().to_owned()).filter(|room| room != "lib" && room != "main").collect()
}

fn arrow_mistakes(files: &[File]) -> Vec<String> {
    let rooms = all_rooms(files);
    let mut mistakes = Vec::new();
    for file in files {
        let room = file.room();
        let allowed: &[&str] = ARROWS.iter().find(|(name, _)| *name == room).map_or(&["model"], |(_, to)| to);
        for used in rooms_used(file) {
            if rooms.contains(&used) && used != room && !allowed.contains(&used.as_str()) {
                let by: Vec<&str> =
                    ARROWS.iter().filter(|(_, to)| to.contains(&used.as_str())).map(|(name, _)| *name).collect();
                let only = if by.is_empty() { "no room may".into() } else { format!("only {} may", by.join(" and ")) };
                mistakes.push(format!("src/{} imports room {used}; {only}", file.path));
            }
        }
    }
    mistakes
}

fn home_mistakes(files: &[File]) -> Vec<String> {
    let mut mistakes = Vec::new();
    for file in files.iter().filter(|file| !file.is_test()) {
        for (name, homes) in HOMES {
            let uses = !paths_after(&file.code, name).is_empty() || file.code.contains(&format!("use {name};"));
            let at_home = homes
                .iter()
                .any(|home| if home.ends_with('/') { file.path.starts_with(home) } else { file.path == *home });
            if uses && !at_home {
                mistakes.push(format!(
                    "src/{} uses the crate {name}; only src/{} may",
                    file.path,
                    homes.join(" and src/")
                ));
            }
        }
    }
    mistakes
}

fn form_mistakes(files: &[File]) -> Vec<String> {
    let mut mistakes = Vec::new();
    for file in files {
        if !file.text.starts_with("//!") {
            mistakes.push(format!(
                "src/{} does not open with `//!`: say what this room is, and what it does not know",
                file.path
            ));
        }
        let lines = file.text.lines().count();
        if lines > MAX_LINES {
            mistakes.push(format!("src/{} has {lines} lines; {MAX_LINES} are allowed: split it", file.path));
        }
    }
    mistakes
}

fn report(mistakes: &[String]) {
    let mut text = String::new();
    for mistake in mistakes {
        let _ = writeln!(text, "  {mistake}");
    }
    assert!(mistakes.is_empty(), "the house rules are broken:\n{text}");
}

#[test]
fn rooms_import_only_what_the_design_allows() {
    report(&arrow_mistakes(&source()));
}

#[test]
fn each_outside_crate_has_one_home() {
    report(&home_mistakes(&source()));
}

#[test]
fn files_open_with_their_purpose_and_stay_short() {
    report(&form_mistakes(&source()));
}

#[test]
fn rows_about_rooms_name_rooms_that_can_be() {
    let planned = ["discover", "vcs", "load", "live", "policy", "evaluate", "drift", "filter"];
    let rooms = all_rooms(&source());
    for (from, to) in ARROWS {
        for name in std::iter::once(from).chain(*to).filter(|name| !["lib", "main"].contains(name)) {
            assert!(rooms.contains(*name) || planned.contains(name), "the table names {name}, which is no room");
        }
    }
}

#[test]
fn every_rule_is_held() {
    let files = |entries: &[(&str, &str)]| -> Vec<File> {
        let rooms = ["model/mod.rs", "load/mod.rs", "policy/mod.rs", "report/mod.rs", "pipeline.rs", "config.rs"];
        let given: BTreeMap<&str, &str> =
            rooms.iter().map(|room| (*room, "//! x")).chain(entries.iter().copied()).collect();
        given.into_iter().map(|(path, text)| File::new(path, text.to_owned())).collect()
    };
    let arrows = |path: &str, text: &str| arrow_mistakes(&files(&[(path, text)]));
    assert_eq!(arrows("load/a.rs", "use crate::model::Node;"), [""; 0]);
    assert_eq!(
        arrows("load/a.rs", "use crate::policy::X;"),
        ["src/load/a.rs imports room policy; only evaluate and pipeline may"]
    );
    assert_eq!(arrows("load/a.rs", "use crate::{model::Node, policy::{A, B}};").len(), 1);
    assert_eq!(arrows("load/a.rs", "fn f() { crate::policy::x() }").len(), 1);
    assert_eq!(arrows("load/a.rs", "use super::super::policy::X;").len(), 1);
    assert_eq!(arrows("load/mod.rs", "use super::policy::X;").len(), 1);
    assert_eq!(arrows("load/a/b.rs", "use super::policy::X;"), [""; 0], "a module of the room itself");
    assert_eq!(arrows("load/a.rs", "// crate::policy::x\nconst A: &str = \"crate::policy\";"), [""; 0]);
    assert_eq!(
        arrows("load/a.rs", "const A: &str = r#\"\"crate::policy\"#; const B: char = '\"'; fn f<'a>() {}"),
        [""; 0]
    );
    assert_eq!(arrows("load/a.rs", "#[cfg(test)]\nmod tests { use crate::policy::X; fn f() {} }"), [""; 0]);
    assert_eq!(arrows("load/a.rs", "#[cfg(test)]\nmod tests;\nuse crate::policy::X;").len(), 1);
    assert_eq!(arrows("evaluate.rs", "use crate::policy::X;"), [""; 0]);
    assert_eq!(arrows("evaluate.rs", "use crate::load::X;").len(), 1);
    assert_eq!(arrows("model/a.rs", "use crate::load::X;").len(), 1);
    assert_eq!(arrows("main.rs", "stanchion::report::x()").len(), 1);
    assert_eq!(arrows("report/a.rs", "use crate::config::X;"), ["src/report/a.rs imports room config; only cli may"]);
    assert_eq!(arrows("load/a.rs", "use crate::cli::X;"), [""; 0], "no such room in this house");

    let homes = |path: &str, text: &str| home_mistakes(&files(&[(path, text)]));
    assert_eq!(homes("load/a.rs", "use regorus::Value;").len(), 1);
    assert_eq!(homes("policy/engine.rs", "use regorus::Value;"), [""; 0]);
    assert_eq!(
        homes("load/a.rs", "fn f(v: toml::Value) {}"),
        [
            "src/load/a.rs uses the crate toml; only src/config.rs and src/config/ and src/drift/rules.rs and src/filter/baseline/ and src/live/map/ may"
        ]
    );
    assert_eq!(homes("load/a.rs", "fn f() { not_toml::x() }"), [""; 0]);
    assert_eq!(homes("load/a.rs", "#[derive(clap::Parser)] struct X;").len(), 1);

    let long = format!("//! x\n{}", "\n".repeat(MAX_LINES));
    assert_eq!(form_mistakes(&files(&[("load/a.rs", &long), ("load/b.rs", "use x;")])).len(), 2);
}
