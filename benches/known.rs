//! How much of real Terraform is known without running it: `cargo bench --bench known -- DIR...`.
//!
//! Counts the leaves of all resources' attributes, and the reasons of those that are unknown. Without a directory it counts the
//! demonstration estate. Not a measure of time.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints and may fail")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use stanchion::load::{self, Context, TerraformSettings};
use stanchion::model::{Node, SourceKind, SourceMap, Value};
use stanchion::{discover, evaluate};

#[derive(Default)]
struct Count {
    known: usize,
    unknown: BTreeMap<String, usize>,
}

fn main() {
    let dirs: Vec<PathBuf> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).map(PathBuf::from).collect();
    let dirs = if dirs.is_empty() { vec![PathBuf::from("fixtures/demo")] } else { dirs };
    let pool = evaluate::thread_pool(0).unwrap();
    for dir in dirs {
        pool.install(|| count(&dir));
    }
}

fn count(dir: &Path) {
    let base = dir.canonicalize().unwrap();
    let sources = SourceMap::new();
    let is_terraform = |path: &str| [".tf", ".tf.json"].iter().any(|ending| path.ends_with(ending));
    let found = discover::discover(&base, &[PathBuf::from(".")], &[], &is_terraform).unwrap();
    let terraform = TerraformSettings::default();
    let context = Context {
        sources: &sources,
        base: &base,
        root: &base,
        max_file_size: 20 << 20,
        terraform: &terraform,
        reader: stanchion::load::Reader::Disk,
    };
    let loaded = load::load_all(&found.value, &context);
    let mut count = Count::default();
    let mut resources = 0;
    for resource in &loaded.value.resources {
        if resource.source == SourceKind::Terraform && !resource.is_declaration() {
            resources += 1;
            leaves(&resource.config, &mut count);
        }
    }
    let unknown: usize = count.unknown.values().sum();
    let share = 100 * count.known / (count.known + unknown).max(1);
    println!("{}: {} files, {resources} resources, {share} % of leaves known", dir.display(), loaded.value.files);
    println!("    known {}, unknown {:?}", count.known, count.unknown);
}

fn leaves(node: &Node, count: &mut Count) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| leaves(item, count)),
        Value::Map(map) => map.values().for_each(|item| leaves(item, count)),
        Value::Document(document) => leaves(&document.tree, count),
        Value::Unknown(unknown) => *count.unknown.entry(format!("{:?}", unknown.reason)).or_default() += 1,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => count.known += 1,
    }
}
