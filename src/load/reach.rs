//! Which inputs have to be looked at to judge some given files: their modules, the modules that call these, their manifests.
//!
//! Calls are found in the text, without parsing whatever else there is. It does not evaluate anything.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::Context;
use super::terraform::{is_fetched, is_source};
use crate::model::FileBytes;

/// How far above a file that is no input its module is looked for: a template, a policy document.
const MAX_UP: usize = 3;
/// Most callers of the given modules that are looked at.
const MAX_CALLERS: usize = 64;

/// What has to be looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Inputs, sorted.
    pub files: Vec<String>,
    /// Directories of modules that call the given ones and are left out, because there are too many.
    pub left_out: usize,
}

/// The inputs that judge the given files; `all` are the inputs of the whole tree. Paths are relative to the working directory.
///
/// `normal` gives a path the one form that `all` has it in.
pub fn reach(
    given: &BTreeSet<String>,
    all: &[String],
    normal: &(dyn Fn(&str) -> String + Sync),
    context: &Context<'_>,
) -> Reached {
    let mut modules: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    let mut others: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for path in all {
        let list = if is_source(path) { &mut modules } else { &mut others };
        list.entry(directory(path)).or_default().push(path);
    }
    let mut files: BTreeSet<&String> = BTreeSet::new();
    let mut dirs: BTreeSet<&str> = BTreeSet::new();
    for path in given {
        dirs.extend(module_of(path, &modules));
        let claimed = all.binary_search(path).ok().and_then(|at| all.get(at));
        if let Some(path) = claimed.filter(|path| !is_source(path)) {
            files.insert(path);
            files.extend(manifests(path, &others));
        }
    }
    let left_out = if dirs.is_empty() { 0 } else { add_callers(&mut dirs, &modules, normal, context) };
    files.extend(dirs.iter().filter_map(|dir| modules.get(dir)).flatten());
    Reached { files: files.into_iter().cloned().collect(), left_out }
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// The module that a file is part of, or that is nearest above it.
fn module_of<'m>(path: &str, modules: &BTreeMap<&'m str, Vec<&String>>) -> Option<&'m str> {
    let mut dir = directory(path);
    for _ in 0..=MAX_UP {
        if let Some((found, _)) = modules.get_key_value(dir) {
            return Some(found);
        }
        if dir.is_empty() {
            return None;
        }
        dir = directory(dir);
    }
    None
}

/// The manifests that belong with one: all below the nearest kustomization, else those beside it.
fn manifests<'a>(path: &str, others: &BTreeMap<&'a str, Vec<&'a String>>) -> Vec<&'a String> {
    let is_manifest = |path: &str| [".yaml", ".yml"].iter().any(|ending| path.ends_with(ending));
    if !is_manifest(path) {
        return Vec::new();
    }
    let holds = |dir: &str| {
        let name = |path: &String| {
            let name = path.rsplit('/').next().unwrap_or(path);
            matches!(name, "kustomization.yaml" | "kustomization.yml")
        };
        others.get(dir).is_some_and(|files| files.iter().any(|path| name(path)))
    };
    let mut dir = directory(path);
    let own = dir;
    loop {
        if holds(dir) {
            let below = |candidate: &str| {
                dir.is_empty()
                    || candidate.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            let inside = others.iter().filter(|(candidate, _)| below(candidate));
            return inside.flat_map(|(_, files)| files).copied().filter(|path| is_manifest(path)).collect();
        }
        if dir.is_empty() {
            break;
        }
        dir = directory(dir);
    }
    others.get(own).into_iter().flatten().copied().filter(|path| is_manifest(path)).collect()
}

/// Adds the modules that call those there are, and their callers in turn. Returns how many were left out.
fn add_callers<'a>(
    dirs: &mut BTreeSet<&'a str>,
    modules: &BTreeMap<&'a str, Vec<&'a String>>,
    normal: &(dyn Fn(&str) -> String + Sync),
    context: &Context<'_>,
) -> usize {
    let calls: Vec<(&str, String)> = modules
        .par_iter()
        .filter(|(dir, _)| !is_fetched(&format!("{dir}/x")))
        .flat_map_iter(|(dir, files)| {
            let read = |path: &&String| match context.reader.read(&context.base.join(path), context.max_file_size) {
                Ok(FileBytes::Bytes(bytes)) => local_sources(&String::from_utf8_lossy(&bytes), dir),
                _ => Vec::new(),
            };
            files.iter().flat_map(read).map(|target| (*dir, normal(&target))).collect::<Vec<_>>()
        })
        .collect();
    let mut callers: BTreeMap<String, BTreeSet<&'a str>> = BTreeMap::new();
    for (from, to) in calls {
        if let Some((from, _)) = modules.get_key_value(from) {
            callers.entry(to).or_default().insert(from);
        }
    }
    let mut pending: Vec<&str> = dirs.iter().copied().collect();
    let (mut added, mut left_out) = (0, 0);
    while let Some(dir) = pending.pop() {
        for caller in callers.get(dir).into_iter().flatten() {
            if dirs.contains(caller) {
                continue;
            }
            if added == MAX_CALLERS {
                left_out += 1;
                continue;
            }
            added += 1;
            dirs.insert(caller);
            pending.push(caller);
        }
    }
    left_out
}

/// Directories that a module's text names as sources: quoted paths that begin with `./` or `../`, on lines that say so.
fn local_sources(text: &str, dir: &str) -> Vec<String> {
    if !text.contains("source") {
        return Vec::new();
    }
    let lines = text.lines().filter(|line| line.contains("source") && line.contains("\"."));
    lines
        .flat_map(|line| line.split('"'))
        .filter(|quoted| quoted.starts_with("./") || quoted.starts_with("../"))
        .filter_map(|path| join(dir, path))
        .collect()
}

fn join(dir: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = dir.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.last().is_none_or(|last| *last == "..") {
                    parts.push("..");
                } else {
                    parts.pop();
                }
            }
            part if part.contains("${") => return None,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_sources_are_read_off_the_text() {
        let text = "module \"a\" {\n  source = \"../b\"\n}\n# source\nmodule \"c\" { source = \"./d/../e\" }\nx = \"./no\"\nsource = \"a/b/aws\"\n";
        assert_eq!(local_sources(text, "x/y"), ["x/b", "x/y/e"]);
        assert_eq!(local_sources("{\"module\":{\"a\":{\"source\":\"../../up\"}}}", "x"), ["../up"]);
    }

    #[test]
    fn manifests_belong_to_the_nearest_kustomization() {
        let all = ["k/kustomization.yaml", "k/base/a.yaml", "k/base/b.json", "o/c.yaml", "o/d.yaml", "o/p/e.yaml"];
        let all: Vec<String> = all.map(String::from).to_vec();
        let mut others: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
        for path in &all {
            others.entry(directory(path)).or_default().push(path);
        }
        assert_eq!(manifests("k/base/a.yaml", &others), [&all[0], &all[1]]);
        assert_eq!(manifests("o/c.yaml", &others), [&all[3], &all[4]]);
    }
}
