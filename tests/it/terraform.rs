//! What Terraform code means, shown by what shipped policies find in it.
//!
//! `fixtures/terraform/<claim>/` is scanned with the policies that its comments name. Beside `expect` there are
//! `expect-undetermined` and, for an incomplete problem, `expect-problem`; `judged-by` names policies that find nothing. A mark may go
//! on with the addresses at fault. Whatever is found and not marked fails, as does a mark without its finding.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use stanchion::model::{Report, Verdict};
use stanchion::pipeline::{self, EnvironmentOptions, PolicyOptions, ScanOptions, TerraformOptions};

use crate::expect::{Place, directories, marks, name, place};

/// Addresses by policy and place; no addresses means that they do not matter.
type Found = BTreeMap<(String, Place), BTreeSet<String>>;

fn expected(case: &Path, key: &str) -> Found {
    let mut out = Found::new();
    for mark in marks(case, key) {
        let (addresses, policies): (Vec<String>, Vec<String>) =
            mark.words.into_iter().partition(|word| word.contains('.'));
        for policy in policies {
            out.entry((policy, mark.place.clone())).or_default().extend(addresses.iter().cloned());
        }
    }
    out
}

fn found(report: &Report, verdict: Verdict) -> Found {
    let mut out = Found::new();
    for finding in report.findings.iter().filter(|finding| finding.verdict == verdict) {
        let key = (finding.policy.to_string(), place(report, finding.span));
        out.entry(key).or_default().insert(finding.address.to_string());
    }
    out
}

/// Where the values of findings were written.
fn origins(report: &Report) -> Found {
    let mut out = Found::new();
    for finding in report.findings.iter().filter(|finding| finding.verdict == Verdict::Fail) {
        for related in finding.related.iter().filter(|related| related.message == "value comes from here") {
            let key = (finding.policy.to_string(), place(report, related.span));
            out.entry(key).or_default().insert(finding.address.to_string());
        }
    }
    out
}

fn compare(case: &str, what: &str, expected: &Found, found: &Found, faults: &mut String) {
    for ((policy, place), addresses) in expected {
        match found.get(&(policy.clone(), place.clone())) {
            None => {
                let _ = writeln!(faults, "{case}: {policy} has no {what} at {}:{}", place.0, place.1);
            }
            Some(found) if !addresses.is_empty() && found != addresses => {
                let _ = writeln!(faults, "{case}: {policy} has {what} at {}:{} for {found:?}", place.0, place.1);
            }
            Some(_) => {}
        }
    }
    for ((policy, place), addresses) in found {
        if !expected.contains_key(&(policy.clone(), place.clone())) {
            let _ = writeln!(
                faults,
                "{case}: {policy} has an unexpected {what} at {}:{} for {addresses:?}",
                place.0, place.1
            );
        }
    }
}

/// `stanchion.toml` of the case, if it has one, and the policies that its comments name.
fn options(case: &Path, select: Vec<String>) -> ScanOptions {
    let mut options = ScanOptions {
        directory: case.to_owned(),
        paths: vec![".".into()],
        max_file_size: 20 << 20,
        policy: PolicyOptions { select, ..PolicyOptions::default() },
        ..ScanOptions::default()
    };
    if case.join("stanchion.toml").exists() {
        let config = stanchion::config::load(case, Path::new("stanchion.toml")).unwrap();
        options.policy.parameters = config.parameters;
        options.terraform = TerraformOptions {
            var_files: config.var_files,
            vars: config.vars.into_iter().collect(),
            workspace: config.workspace,
            modules: config.modules.into_iter().collect(),
            environments: config.environments.into_iter().map(environment).collect(),
            ..TerraformOptions::default()
        };
    }
    options
}

fn environment(from: stanchion::config::Environment) -> EnvironmentOptions {
    let stanchion::config::Environment { name, var_files, vars, workspace } = from;
    EnvironmentOptions { name, var_files, vars: vars.into_iter().collect(), workspace }
}

#[test]
fn every_terraform_fixture_means_what_its_marks_say() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/terraform");
    let mut faults = String::new();
    // Plans and states have their own tests.
    let cases = directories(&fixtures)
        .into_iter()
        .filter(|case| !["plan", "state"].iter().any(|kind| name(case).starts_with(kind)));
    let mut count = 0;
    for case in cases {
        count += 1;
        let (fails, unsure) = (expected(&case, "expect"), expected(&case, "expect-undetermined"));
        let named = expected(&case, "judged-by");
        let mut select: Vec<String> =
            [&fails, &unsure, &named].iter().flat_map(|map| map.keys().map(|(policy, _)| policy.clone())).collect();
        select.sort();
        select.dedup();
        let case_name = name(&case);
        if select.is_empty() {
            let _ = writeln!(faults, "{case_name}: names no policy, so it proves nothing");
            continue;
        }
        let options = options(&case, select);
        let report = match pipeline::scan(&options) {
            Ok(report) => report,
            Err(error) => {
                let _ = writeln!(faults, "{case_name}: {error}");
                continue;
            }
        };
        compare(&case_name, "finding", &fails, &found(&report, Verdict::Fail), &mut faults);
        let wanted = expected(&case, "expect-origin");
        if !wanted.is_empty() {
            compare(&case_name, "origin", &wanted, &origins(&report), &mut faults);
        }
        compare(&case_name, "undetermined verdict", &unsure, &found(&report, Verdict::Undetermined), &mut faults);
        let problems: BTreeSet<Place> = report
            .problems
            .iter()
            .filter(|problem| problem.incomplete)
            .filter_map(|problem| Some(place(&report, problem.span?)))
            .collect();
        let expected: BTreeSet<Place> = marks(&case, "expect-problem").into_iter().map(|mark| mark.place).collect();
        for problem in problems.symmetric_difference(&expected) {
            let _ =
                writeln!(faults, "{case_name}: problem expected or found, not both, at {}:{}", problem.0, problem.1);
        }
        for problem in report
            .problems
            .iter()
            .filter(|problem| problem.incomplete && (problem.span.is_none() || expected.is_empty()))
        {
            let _ = writeln!(faults, "{case_name}: {}", problem.message);
        }
    }
    assert!(count > 30, "only {count} fixtures are found");
    assert!(faults.is_empty(), "\n{faults}");
}
