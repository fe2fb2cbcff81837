//! `stanchion policy test`: policies tried on their fixtures.
//!
//! It decides where fixtures are looked for. It does not know what they say.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Env, Stop};
use crate::config;
use crate::exit::ExitStatus;
use crate::pipeline::{self, TestOptions};
use crate::report::visible;

const FIXTURES: &str = "fixtures";
const MAX_FILE_SIZE: u64 = 20 << 20;

pub(super) fn run(env: &Env, paths: &[PathBuf], fixtures: &[PathBuf], out: &mut dyn Write) -> Result<ExitStatus, Stop> {
    let (policies, found) = folders(env, paths, fixtures)?;
    let options = TestOptions {
        directory: env.cwd.clone(),
        policies,
        fixtures: if fixtures.is_empty() { found } else { fixtures.to_vec() },
        max_file_size: MAX_FILE_SIZE,
        parameters,
    };
    let tested = pipeline::test_policies(&options)?;
    for fault in &tested.faults {
        writeln!(out, "fault: {}", visible(fault))?;
    }
    let count = |number: usize, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
    let faults = match tested.faults.len() {
        0 => "all as marked".to_owned(),
        number => count(number, "fault", "faults"),
    };
    let policies = count(tested.policies, "policy", "policies");
    writeln!(out, "{policies}, {}: {faults}", count(tested.cases, "case", "cases"))?;
    Ok(if tested.faults.is_empty() { ExitStatus::Clean } else { ExitStatus::Findings })
}

/// The policy folders that the paths mean, and where their fixtures lie.
fn folders(env: &Env, paths: &[PathBuf], fixtures: &[PathBuf]) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Stop> {
    let (mut policies, mut found): (Vec<PathBuf>, Vec<PathBuf>) = (Vec::new(), Vec::new());
    for path in paths {
        let full = env.cwd.join(path);
        let (dir, beside) = if full.is_dir() && !within_fixtures(path) {
            let beside = fixtures_of(env, path);
            (path.clone(), beside)
        } else {
            // A file stands for the folder whose fixtures it belongs to; it may just have been removed.
            let above = path.ancestors().skip(1).filter(|dir| !within_fixtures(dir));
            let owner = above.map(here).find(|dir| env.cwd.join(dir).join(FIXTURES).is_dir());
            match owner {
                Some(dir) => (dir.clone(), Some(dir.join(FIXTURES))),
                None if !full.exists() => {
                    return Err(Stop::Error(format!("'{}' does not exist: check the path", path.display())));
                }
                None => (here(path.parent().unwrap_or(Path::new(""))), None),
            }
        };
        match beside {
            Some(beside) if !found.contains(&beside) => found.push(beside),
            None if fixtures.is_empty() => {
                let message = format!(
                    "there is no folder '{FIXTURES}' in or beside '{}': put <policy-id>/bad and <policy-id>/good there, or name one with --fixtures",
                    dir.display()
                );
                return Err(Stop::Error(message));
            }
            _ => {}
        }
        if !policies.contains(&dir) {
            policies.push(dir);
        }
    }
    if paths.is_empty() && fixtures.is_empty() {
        return Err(Stop::Error(
            "name the folders of the policies to test, or with --fixtures those of shipped ones".into(),
        ));
    }
    Ok((policies, found))
}

fn fixtures_of(env: &Env, dir: &Path) -> Option<PathBuf> {
    let beside = dir.parent().map(|parent| parent.join(FIXTURES));
    let beside = beside.filter(|_| dir.file_name().is_some());
    [Some(dir.join(FIXTURES)), beside].into_iter().flatten().find(|dir| env.cwd.join(dir).is_dir())
}

fn within_fixtures(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == FIXTURES)
}

/// An empty path means the working directory.
fn here(path: &Path) -> PathBuf {
    if path.as_os_str().is_empty() { PathBuf::from(".") } else { path.to_owned() }
}

fn parameters(dir: &Path) -> Result<BTreeMap<String, serde_json::Map<String, serde_json::Value>>, String> {
    let config = config::load(dir, Path::new("stanchion.toml")).map_err(|error| error.to_string())?;
    Ok(config.parameters)
}
