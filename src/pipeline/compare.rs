//! A change under review: two versions of one tree judged alike, or only what some files take part in.
//!
//! It knows the order of things, and nothing of what git or a comparison does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::ending::Judged;
use super::{Error, Scene, judge};
use crate::model::{Outcome, Problem, Report, Silence, SourceMap, Stage};
use crate::{discover, filter, load, vcs};

/// Most entries of a baseline that are told one by one.
const MAX_ENTRIES: usize = 20;

pub(super) fn scan(scene: &Scene<'_>) -> Result<Report, Error> {
    let change = &scene.options.change;
    let flag = if change.base.is_some() { "--diff-base" } else { "--staged" };
    let repository = if change.base.is_some() || change.staged {
        Some(vcs::Repository::open(&scene.base, flag).map_err(Error)?)
    } else {
        None
    };
    let index = match &repository {
        Some(repository) if change.staged => Some(repository.index().map_err(Error)?),
        _ => None,
    };
    let on_disk = found_on_disk(scene)?;
    let given = given(scene, &on_disk.value);
    let head_reader = index.as_ref().map_or(load::Reader::Disk, |tree| load::Reader::Tree(tree));
    let head_inputs = inputs(scene, &on_disk, index.as_ref(), &given)?;
    let mut head = judge(scene, head_inputs, head_reader);
    if let (Some(reference), Some(repository)) = (&change.base, &repository) {
        let base = repository.base(reference).map_err(Error)?;
        let tree = repository.tree(&base.commit).map_err(Error)?;
        let base_inputs = inputs(scene, &on_disk, Some(&tree), &given)?;
        let mut before = judge(scene, base_inputs, load::Reader::Tree(&tree));
        // A baseline is of the tree as it is now.
        unmark_baseline(&mut before.report);
        let mut diff = filter::compare(&mut head.report, &before.report);
        diff.reference.clone_from(reference);
        diff.base.clone_from(&base.commit);
        diff.silences = silences(scene, &head, &before, head_reader, load::Reader::Tree(&tree));
        let mut notices = filter::base_notices(&head.report, &before.report);
        notices.extend(base.notice.map(|notice| Problem::new(Stage::Load, "git", notice).notice()));
        head.report.add_problems(notices);
        head.report.diff = Some(diff);
    }
    if change.touching {
        // One file may be reached by several paths.
        let normal = |path: &str| discover::normal(&scene.base, Path::new(path));
        filter::mark_untouched(&mut head.report, &|path| given.contains(path) || given.contains(&normal(path)));
    }
    Ok(head.report)
}

/// The files that were given by name, relative to the working directory.
fn given(scene: &Scene<'_>, all: &[String]) -> BTreeSet<String> {
    let paths = scene.options.paths.iter().map(|path| scene.base.join(path));
    let (dirs, files): (Vec<_>, Vec<_>) = paths.partition(|path| path.is_dir());
    let mut out: BTreeSet<String> = files.iter().map(|path| discover::normal(&scene.base, path)).collect();
    for dir in dirs {
        // A directory stands for all that is in it.
        let dir = discover::normal(&scene.base, &dir);
        let below = |name: &&String| {
            let climbs = name.starts_with("../");
            if dir.is_empty() { !climbs } else { name.strip_prefix(&dir).is_some_and(|rest| rest.starts_with('/')) }
        };
        out.extend(all.iter().filter(below).cloned());
    }
    out
}

/// What a walk finds. Where files are given, all of the repository may take part.
fn found_on_disk(scene: &Scene<'_>) -> Result<Outcome<Vec<String>>, Error> {
    if !scene.options.change.touching {
        return scene.discover(&scene.options.paths);
    }
    let mut found = scene.discover(std::slice::from_ref(&scene.root))?;
    // What cannot be read elsewhere is not what was asked about.
    found.problems.clear();
    Ok(found)
}

/// The inputs of one version: what the walk found and the version has, and what only the version has.
fn inputs(
    scene: &Scene<'_>,
    on_disk: &Outcome<Vec<String>>,
    tree: Option<&vcs::Objects>,
    given: &BTreeSet<String>,
) -> Result<Outcome<Vec<String>>, Error> {
    let mut out = on_disk.clone();
    let mut reader = load::Reader::Disk;
    if let Some(tree) = tree {
        reader = load::Reader::Tree(tree);
        let excluded = discover::Excluded::new(&scene.base, &scene.options.exclude).map_err(Error)?;
        let ignored = vcs::Ignored::by_walk(&scene.root);
        out.value.retain(|name| reader.is_file(&scene.base.join(name)));
        let covered = |name: &str| scene.options.change.touching || super::covers(scene.options, name);
        for path in tree.files() {
            let name = discover::relative(&scene.base, &path);
            let wanted = load::is_input(&name) && covered(&name) && path.symlink_metadata().is_err();
            if wanted && !excluded.matches(&path) && !ignored.matches(&path) {
                out.value.push(name);
            }
        }
        out.value.sort();
        out.value.dedup();
    }
    if scene.options.change.touching {
        let sources = SourceMap::new();
        let excluded = discover::Excluded::new(&scene.base, &scene.options.exclude).map_err(Error)?;
        let given = given.iter().filter(|name| !excluded.matches(&scene.base.join(name))).cloned().collect();
        let normal = |path: &str| discover::normal(&scene.base, Path::new(path));
        let reached = load::reach(&given, &out.value, &normal, &scene.context(&sources, reader));
        out.value = reached.files;
        if reached.left_out > 0 {
            let message = format!(
                "{} more modules call what was given and are not looked at; scan the whole tree to judge them too",
                reached.left_out
            );
            out.problems.push(Problem::new(Stage::Load, "calls", message).notice());
        }
    }
    Ok(out)
}

fn unmark_baseline(report: &mut Report) {
    for finding in &mut report.findings {
        if matches!(finding.status, crate::model::Status::Baseline(_)) {
            finding.status = crate::model::Status::Open;
        }
    }
}

/// What the change keeps from being seen or from counting.
fn silences(
    scene: &Scene<'_>,
    head: &Judged,
    before: &Judged,
    head_reader: load::Reader<'_>,
    base_reader: load::Reader<'_>,
) -> Vec<Silence> {
    let text =
        |reader: load::Reader<'_>, path: &str| match reader.read(&scene.base.join(path), scene.options.max_file_size) {
            Ok(crate::model::FileBytes::Bytes(bytes)) => String::from_utf8(bytes).ok(),
            _ => None,
        };
    let mut out = suppressions_added(head, before);
    let options = scene.options;
    if let (Some((path, _)), Some(weakened)) = (&options.suppress.configuration, options.change.weakened) {
        let now = text(head_reader, path).unwrap_or_default();
        for (line, message) in weakened(text(base_reader, path).as_deref(), &now) {
            out.push(Silence { kind: "configuration", path: path.clone(), line, message });
        }
    }
    if let Some(file) = &options.baseline {
        let known = text(base_reader, &file.path).and_then(|text| filter::parse_baseline(&file.path, &text).ok());
        let known = known.unwrap_or_default();
        let known: BTreeSet<&str> = known.entries.iter().map(|entry| entry.fingerprint.as_str()).collect();
        let added = file.baseline.entries.iter().filter(|entry| !known.contains(entry.fingerprint.as_str()));
        let added: Vec<_> = added.collect();
        let line = |at: usize| file.text.get(..at).map(|text| text.matches('\n').count() + 1);
        let silence = |line: Option<usize>, message: String| Silence {
            kind: "baseline",
            path: file.path.clone(),
            line: line.and_then(|line| u32::try_from(line).ok()),
            message,
        };
        for entry in added.iter().take(MAX_ENTRIES) {
            let message = format!("{} of {} comes into the baseline", entry.policy, entry.address);
            out.push(silence(line(entry.place.start), message));
        }
        if let Some(more) = added.len().checked_sub(MAX_ENTRIES).filter(|more| *more > 0) {
            out.push(silence(None, format!("{more} more findings come into the baseline")));
        }
    }
    out.sort();
    out
}

/// Comments and annotations that the base does not have, wherever they stood there.
fn suppressions_added(head: &Judged, before: &Judged) -> Vec<Silence> {
    let mut known: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for noted in &before.suppressions {
        *known.entry((noted.path.as_str(), noted.text.as_str())).or_default() += 1;
    }
    // In a file of another name, a suppression is not new.
    let gone = |path: &str| before.report.sources.find(path).is_some() && head.report.sources.find(path).is_none();
    let mut elsewhere: BTreeMap<&str, usize> = BTreeMap::new();
    for noted in before.suppressions.iter().filter(|noted| gone(&noted.path)) {
        *elsewhere.entry(noted.text.as_str()).or_default() += 1;
    }
    let mut take = |path: &str, text: &str| {
        let own = known.iter_mut().find(|((at, said), left)| *at == path && *said == text && **left > 0);
        let moved = elsewhere.iter_mut().find(|(said, left)| **said == text && **left > 0).map(|(_, left)| left);
        let left = own.map(|(_, left)| left).or(moved);
        left.map(|left| *left -= 1).is_some()
    };
    let added = head.suppressions.iter().filter(|noted| !take(&noted.path, &noted.text));
    added
        .map(|noted| Silence {
            kind: "suppression",
            path: noted.path.clone(),
            line: Some(noted.line),
            message: format!("a suppression is added: {}", noted.text),
        })
        .collect()
}
