//! Policies tried on their fixtures, each case with its own policy alone.
//!
//! It knows where fixtures lie. What they say must be found is the policy room's business.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Error, PolicyOptions, ScanOptions, in_pool, load_policies, scan_with};
use crate::policy::{self, PolicySet};

/// What to try on what.
#[derive(Clone, Debug)]
pub struct TestOptions {
    /// The working directory, absolute.
    pub directory: PathBuf,
    /// Folders of policies; none means the shipped ones that have a folder below `fixtures`.
    pub policies: Vec<PathBuf>,
    /// `<policy-id>/<case>/` below each of these.
    pub fixtures: Vec<PathBuf>,
    pub max_file_size: u64,
    /// The policies' parameters that a case's `stanchion.toml` sets, told by whoever knows configurations.
    pub parameters: Parameters,
}

/// A folder with a `stanchion.toml` to parameters by policy id, or why it cannot be read.
pub type Parameters = fn(&Path) -> Result<BTreeMap<String, serde_json::Map<String, serde_json::Value>>, String>;

/// How it went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tested {
    pub policies: usize,
    pub cases: usize,
    /// What does not hold, one sentence each after the policy and case it is about.
    pub faults: Vec<String>,
}

/// Judges every case with its policy and holds the findings against the case's marks.
pub fn test_policies(options: &TestOptions) -> Result<Tested, Error> {
    in_pool(0, || {
        let dirs: Vec<PathBuf> = options.policies.iter().map(|dir| options.directory.join(dir)).collect();
        let load = PolicyOptions { dirs: dirs.clone(), ..PolicyOptions::default() };
        let all = load_policies(&load)?;
        let folders = folders(options)?;
        let own: BTreeSet<String> = if dirs.is_empty() {
            folders.keys().cloned().collect()
        } else {
            let shipped = load_policies(&PolicyOptions::default())?;
            all.infos().iter().filter(|info| shipped.get(&info.id).is_none()).map(|info| info.id.to_string()).collect()
        };
        let mut out = Tested::default();
        for id in folders.keys().filter(|id| all.get(id).is_none()) {
            let hint = all.closest(id).map(|id| format!("; did you mean '{id}'?")).unwrap_or_default();
            out.faults.push(format!("{id}: there are fixtures and no policy of this id{hint}"));
        }
        for id in own.iter().filter(|id| !folders.contains_key(*id)) {
            out.faults.push(format!("{id}: there are no fixtures; put them into {id}/bad and {id}/good"));
        }
        let tried: Vec<(&String, &Vec<PathBuf>)> =
            folders.iter().filter(|(id, _)| own.contains(*id) && all.get(id).is_some()).collect();
        let results: Vec<Tested> =
            tried.par_iter().map(|(id, dirs)| try_policy(id, dirs, &all, &load, options)).collect();
        for result in results {
            out.policies += 1;
            out.cases += result.cases;
            out.faults.extend(result.faults);
        }
        Ok(out)
    })
}

/// The folders of fixtures by policy id.
fn folders(options: &TestOptions) -> Result<BTreeMap<String, Vec<PathBuf>>, Error> {
    let mut out: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for dir in &options.fixtures {
        let full = options.directory.join(dir);
        if !full.is_dir() {
            return Err(Error(format!("the folder of fixtures {} is not there; check --fixtures", dir.display())));
        }
        for folder in policy::cases(&full) {
            out.entry(folder.name).or_default().push(folder.dir);
        }
    }
    Ok(out)
}

fn try_policy(id: &str, dirs: &[PathBuf], all: &PolicySet, load: &PolicyOptions, options: &TestOptions) -> Tested {
    let mut out = Tested { policies: 1, ..Tested::default() };
    let alone = all.only(id);
    let cases: Vec<policy::Case> = dirs.iter().flat_map(|dir| policy::cases(dir)).collect();
    for prefix in ["bad", "good"] {
        if !cases.iter().any(|case| case.name.starts_with(prefix)) {
            out.faults.push(format!("{id}: there is no case whose name begins with '{prefix}'"));
        }
    }
    for case in cases {
        out.cases += 1;
        let faults = try_case(id, &case, &alone, load, options).unwrap_or_else(|error| vec![error.0]);
        let strangers = policy::strangers(&case, &|id| all.get(id).is_some());
        out.faults.extend(faults.into_iter().chain(strangers).map(|fault| format!("{id}/{}: {fault}", case.name)));
    }
    out
}

fn try_case(
    id: &str,
    case: &policy::Case,
    alone: &PolicySet,
    load: &PolicyOptions,
    options: &TestOptions,
) -> Result<Vec<String>, Error> {
    let places = [Some(case.dir.as_path()), case.dir.parent()];
    let configured = places.into_iter().flatten().find(|dir| dir.join("stanchion.toml").is_file());
    let parameters = configured.map(|dir| (options.parameters)(dir)).transpose().map_err(Error)?.unwrap_or_default();
    let scan = ScanOptions {
        directory: case.dir.clone(),
        paths: vec![".".into()],
        max_file_size: options.max_file_size,
        ..ScanOptions::default()
    };
    let report = if parameters.is_empty() {
        scan_with(&scan, alone)?
    } else {
        let set = load_policies(&PolicyOptions { parameters, select: vec![id.to_owned()], ..load.clone() })?;
        scan_with(&scan, &set)?
    };
    Ok(policy::faults(id, case, &report))
}
