//! Every shipped policy is proved by fixtures that carry their expectations on the line.
//!
//! `fixtures/policies/<policy-id>/<case>/` is scanned with that policy alone. `# expect: <policy-id>` marks the line that must hold
//! a finding (a comment of its own speaks of the next line). A finding without a mark and a mark without a finding both fail.
//!
//! A case that holds `live.jsonl` is a snapshot of an account instead. JSON has no comments: `expect` beside it holds the addresses
//! that must have a finding, one to a line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::expect::{self, Place, directories, marks, name};
use stanchion::evaluate;
use stanchion::load::{self, Context, TerraformSettings};
use stanchion::model::{PathStep, Problem, Report, Resource, SourceMap, Stage, Value, Verdict};
use stanchion::pipeline::{self, PolicyOptions, ScanOptions};
use stanchion::policy::{self, PolicySet, Selection};

const MAX_FILE_SIZE: u64 = 20 << 20;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/policies")
}

/// `DIR/stanchion.toml` of the case, or of all the policy's cases.
fn options(id: &str, case: &Path) -> ScanOptions {
    let mut policy = PolicyOptions { select: vec![id.to_owned()], ..PolicyOptions::default() };
    for dir in [case, case.parent().unwrap()] {
        let file = dir.join("stanchion.toml");
        if file.exists() {
            policy.parameters = stanchion::config::load(dir, Path::new("stanchion.toml")).unwrap().parameters;
            break;
        }
    }
    ScanOptions {
        directory: case.to_owned(),
        paths: vec![".".into()],
        max_file_size: MAX_FILE_SIZE,
        policy,
        ..ScanOptions::default()
    }
}

/// The snapshot of a case that is an account.
fn snapshot(case: &Path) -> Option<PathBuf> {
    let file = case.join("live.jsonl");
    file.exists().then_some(file)
}

fn judged(case: &Path, options: &ScanOptions, policies: &PolicySet) -> Result<Report, pipeline::Error> {
    match snapshot(case) {
        None => pipeline::in_pool(0, || pipeline::scan_with(options, policies)),
        Some(_) => pipeline::live(
            &pipeline::LiveOptions {
                scan: ScanOptions { paths: Vec::new(), ..options.clone() },
                inputs: pipeline::Inputs::Snapshot("live.jsonl".into()),
                ..pipeline::LiveOptions::default()
            },
            |_| {},
        ),
    }
}

/// Places that must hold a finding, by path below the case.
fn expected(id: &str, case: &Path) -> BTreeSet<Place> {
    if snapshot(case).is_some() {
        let addresses = std::fs::read_to_string(case.join("expect")).unwrap_or_default();
        return addresses.lines().map(|address| (address.to_owned(), 0)).collect();
    }
    let marks = marks(case, "expect").into_iter().filter(|mark| mark.words.iter().any(|word| word == id));
    marks.map(|mark| mark.place).collect()
}

fn found(report: &Report, id: &str) -> BTreeSet<Place> {
    expect::found(report, id, Verdict::Fail)
}

/// Addresses stand for places where the input is an account.
fn found_in(case: &Path, report: &Report, id: &str) -> BTreeSet<Place> {
    if snapshot(case).is_none() {
        return found(report, id);
    }
    let fails = report.findings.iter().filter(|it| it.verdict == Verdict::Fail && *it.policy == *id);
    fails.map(|it| (it.address.to_string(), 0)).collect()
}

#[test]
fn every_policy_finds_what_its_fixtures_mark_and_nothing_else() {
    let mut faults = String::new();
    for policy_dir in directories(&fixtures()) {
        let id = name(&policy_dir);
        // Those judge differences, which no scan makes: see `drift`.
        if id.starts_with("drift-") {
            continue;
        }
        let mut loaded: BTreeMap<String, PolicySet> = BTreeMap::new();
        for case in directories(&policy_dir) {
            let case_name = name(&case);
            let options = options(&id, &case);
            let policies = loaded.entry(format!("{:?}", options.policy)).or_insert_with(|| {
                pipeline::in_pool(0, || pipeline::load_policies(&options.policy)).unwrap_or_default()
            });
            let report = match judged(&case, &options, policies) {
                Ok(report) => report,
                Err(error) => {
                    let _ = writeln!(faults, "{id}/{case_name}: {error}");
                    continue;
                }
            };
            let (expected, found) = (expected(&id, &case), found_in(&case, &report, &id));
            for place in expected.difference(&found) {
                let _ = writeln!(faults, "{id}/{case_name}: no finding at {}:{}", place.0, place.1);
            }
            for place in found.difference(&expected) {
                let _ = writeln!(faults, "{id}/{case_name}: unexpected finding at {}:{}", place.0, place.1);
            }
            // What an account refuses to show is what such a case is about.
            let denied = |problem: &Problem| snapshot(&case).is_some() && problem.stage == Stage::Collect;
            for problem in report.problems.iter().filter(|problem| problem.incomplete && !denied(problem)) {
                let _ = writeln!(faults, "{id}/{case_name}: problem: {}", problem.message);
            }
            if case_name.starts_with("bad") == expected.is_empty() {
                let _ = writeln!(faults, "{id}/{case_name}: only cases named bad* mark findings, and they do");
            }
            let undetermined = report.findings.iter().any(|finding| finding.verdict == Verdict::Undetermined);
            if case_name.starts_with("unknown") && !undetermined {
                let _ = writeln!(faults, "{id}/{case_name}: an unknown* case must be undetermined");
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn every_policy_has_a_bad_and_a_good_fixture_and_whole_metadata() {
    let mut faults = String::new();
    let policies = pipeline::policies(&PolicyOptions::default()).unwrap();
    let mut families: BTreeMap<String, usize> = BTreeMap::new();
    for info in &policies {
        *families.entry(info.family.clone()).or_default() += 1;
        let dir = fixtures().join(&*info.id);
        let cases: Vec<String> =
            if dir.is_dir() { directories(&dir).iter().map(|d| name(d)).collect() } else { Vec::new() };
        let mut fault = |what: &str| {
            let _ = writeln!(faults, "{}: {what}", info.id);
        };
        for prefix in ["bad", "good"] {
            if !cases.iter().any(|case| case.starts_with(prefix)) {
                fault(&format!("has no {prefix} fixture"));
            }
        }
        if info.description.split_whitespace().count() < 12 {
            fault("its description does not say why it matters");
        }
        if !info.remediation.contains("```") {
            fault("its remediation has no example");
        }
        if info.references.is_empty() {
            fault("it has no reference");
        }
        if info.resource_types.is_empty() {
            fault("it names no resource types");
        }
    }
    for dir in directories(&fixtures()) {
        if !policies.iter().any(|info| *info.id == *name(&dir)) {
            let _ = writeln!(faults, "{}: fixtures of no policy", name(&dir));
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
    for family in ["least-privilege", "encryption", "tagging", "secrets", "network"] {
        assert!(families.get(family).is_some_and(|count| *count > 0), "no policy of family {family}");
    }
}

/// All policies in one run find in each policy's own fixtures what that policy finds alone.
#[test]
fn policies_do_not_disturb_each_other() {
    let everything = ScanOptions {
        directory: fixtures(),
        paths: vec![".".into()],
        max_file_size: MAX_FILE_SIZE,
        ..ScanOptions::default()
    };
    let report = pipeline::scan(&everything).unwrap();
    let mut faults = String::new();
    for policy_dir in directories(&fixtures()) {
        let id = name(&policy_dir);
        // Parameters differ between cases; those are proved alone.
        if policy_dir.join("stanchion.toml").exists() {
            continue;
        }
        let expected: BTreeSet<(String, u32)> = directories(&policy_dir)
            .iter()
            .filter(|case| !case.join("stanchion.toml").exists() && snapshot(case).is_none())
            .flat_map(|case| {
                let prefix = format!("{id}/{}", name(case));
                expected(&id, case).into_iter().map(move |(path, line)| (format!("{prefix}/{path}"), line))
            })
            .collect();
        let own = found(&report, &id).into_iter().filter(|(path, _)| path.starts_with(&format!("{id}/")));
        let found: BTreeSet<(String, u32)> = own.collect();
        for place in expected.symmetric_difference(&found) {
            let _ = writeln!(faults, "{id}: {}:{}", place.0, place.1);
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

fn load_case(case: &Path, sources: &SourceMap) -> Vec<Resource> {
    if let Some(file) = snapshot(case) {
        let inventory = stanchion::live::snapshot::read_file(&file).unwrap().value;
        return load::live(&stanchion::live::map::map(&inventory).value, sources);
    }
    let settings = TerraformSettings::default();
    let context = Context {
        sources,
        base: case,
        root: case,
        max_file_size: MAX_FILE_SIZE,
        terraform: &settings,
        reader: stanchion::load::Reader::Disk,
    };
    let files = stanchion::discover::discover(case, &[".".into()], &[], &load::is_input).unwrap();
    load::load_all(&files.value, &context).value.resources
}

/// Concrete values to try in place of an unknown one.
fn substitutes() -> Vec<Option<Value>> {
    let text = |text: &str| Some(Value::String(text.into()));
    vec![
        None,
        Some(Value::Bool(true)),
        Some(Value::Bool(false)),
        text(""),
        text("*"),
        text("some-value"),
        text("arn:aws:iam::123456789012:role/some-role"),
        text("2048"),
        text("TLSv1.2_2021"),
        text("required"),
        text("aws:kms"),
        text("10.0.0.0/8"),
        Some(Value::Number("0".into())),
        Some(Value::Number("443".into())),
    ]
}

/// A policy may call a resource with an unknown value failed only if it fails whatever the value is.
#[test]
fn an_unknown_value_never_makes_a_failure() {
    let mut faults = String::new();
    let mut mutants = 0;
    for policy_dir in directories(&fixtures()) {
        let id = name(&policy_dir);
        let mut loaded: BTreeMap<String, PolicySet> = BTreeMap::new();
        for case in directories(&policy_dir) {
            let options = options(&id, &case);
            let selection = Selection {
                select: vec![id.clone()],
                parameters: options.policy.parameters.clone(),
                ..Selection::default()
            };
            let key = format!("{:?}", options.policy);
            let policies = &*loaded.entry(key).or_insert_with(|| policy::load(&selection).unwrap());
            let sources = SourceMap::new();
            let resources = load_case(&case, &sources);
            let mut groups: Vec<(Vec<PathStep>, usize)> = Vec::new();
            let mut unknown = Vec::new();
            for (index, resource) in resources.iter().enumerate() {
                for (path, mutant) in evaluate::mutate_leaves(resource) {
                    unknown.extend(in_scope(&resources, index, mutant, groups.len()));
                    groups.push((path, index));
                }
            }
            mutants += groups.len();
            let failed = failures(&evaluate::evaluate(&unknown, policies, &sources).findings);
            // Only a mutant that still fails needs its witnesses.
            let mut concrete = Vec::new();
            let mut witnesses = Vec::new();
            for (number, (path, index)) in groups.iter().enumerate() {
                let Some(resource) = resources.get(*index) else { continue };
                if !failed.contains(&(format!("v{number}"), resource.address.to_string())) {
                    continue;
                }
                for value in substitutes() {
                    let mutant = evaluate::with_leaf(resource, path, value.as_ref());
                    concrete.extend(in_scope(&resources, *index, mutant, witnesses.len()));
                    witnesses.push((number, value));
                }
            }
            let still = failures(&evaluate::evaluate(&concrete, policies, &sources).findings);
            for (witness, (number, value)) in witnesses.iter().enumerate() {
                let (path, index) = &groups[*number];
                let address = resources[*index].address.to_string();
                if !still.contains(&(format!("v{witness}"), address.clone())) {
                    let path = stanchion::model::display_path(path);
                    let _ = writeln!(
                        faults,
                        "{id}/{}: {address} fails with {path} unknown, but passes with {value:?}",
                        name(&case)
                    );
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
    assert!(mutants > 100, "only {mutants} values were made unknown");
}

/// One resource of a case, changed, with those it belongs to; kept apart from other mutants by their scope.
fn in_scope(resources: &[Resource], index: usize, mutant: Resource, number: usize) -> Vec<Resource> {
    let mut members = BTreeSet::from([index]);
    // Two steps reach the other parts of the same owner.
    for _ in 0..2 {
        let near: Vec<usize> = members.iter().copied().collect();
        for (other, resource) in resources.iter().enumerate() {
            if near.iter().any(|&member| refers(&resources[member], resource) || refers(resource, &resources[member])) {
                members.insert(other);
            }
        }
    }
    let mut out: Vec<Resource> = members.into_iter().filter(|&i| i != index).map(|i| resources[i].clone()).collect();
    out.push(mutant);
    for resource in &mut out {
        resource.scope = format!("v{number}").into();
    }
    out
}

fn refers(from: &Resource, to: &Resource) -> bool {
    from.edges.iter().any(|edge| edge.to == to.address || to.address.starts_with(&format!("{}[", edge.to)))
}

fn failures(findings: &[stanchion::model::Finding]) -> BTreeSet<(String, String)> {
    let failed = findings.iter().filter(|finding| finding.verdict == Verdict::Fail);
    failed.map(|finding| (finding.scope.to_string(), finding.address.to_string())).collect()
}
