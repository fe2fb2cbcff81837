//! What the policy room accepts, refuses and answers.

use super::engine;
use super::library::{LoadError, PolicySet, Selection, load, load_texts};
use crate::model::Severity;

#[test]
fn the_shipped_policies_load() {
    let set = load(&Selection::default()).map_err(|error| error.to_string()).unwrap();
    assert!(set.policies().len() >= 3);
    for policy in set.policies() {
        assert_eq!(engine::try_out(policy), Ok(()));
    }
    assert!(set.infos().iter().all(|info| info.family != "custom" && !info.remediation.is_empty()));
}

fn policy(id: &str, body: &str) -> (String, String) {
    let text = format!(
        "# METADATA\n# title: t\n# custom:\n#   id: {id}\n#   severity: high\n#   resource_types: [x]\n#   parameters: {{days: 7}}\npackage p.{}\n{body}\n",
        id.replace('-', "_")
    );
    (format!("{id}.rego"), text)
}

const BODY: &str = "deny contains \"no\" if input.x";

fn texts(files: &[(String, String)], selection: &Selection) -> Result<PolicySet, LoadError> {
    load_texts(files, selection)
}

fn only_problem(files: &[(String, String)], selection: &Selection) -> String {
    let LoadError(problems) = texts(files, selection).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].clone()
}

#[test]
fn the_same_id_twice_is_an_error() {
    let mut second = policy("a-b", BODY);
    second.0 = "z.rego".into();
    let problem = only_problem(&[policy("a-b", BODY), second], &Selection::default());
    assert_eq!(problem, "z.rego: the id 'a-b' is already used by a-b.rego; give one of them another id");
}

#[test]
fn all_problems_of_all_files_are_listed_at_once() {
    let deep = format!("package t\nx := {}{}\n", "[".repeat(12), "]".repeat(12));
    let files = [
        policy("a", "deny contains x if { x := sprintff(\"\", []) }"),
        policy("b", "deny contains x if {"),
        ("c.rego".into(), deep),
        policy("d", "f(x) := f(x)\ndeny contains f(1)"),
        policy("e", "allow if true"),
    ];
    let LoadError(problems) = texts(&files, &Selection::default()).unwrap_err();
    let starts = [
        "a.rego:9: unknown function",
        "b.rego:",
        "c.rego:2: brackets nest",
        "d.rego:9: the function 'f'",
        "e.rego: policy 'e' has no deny",
    ];
    assert_eq!(problems.len(), starts.len(), "{problems:#?}");
    for (problem, start) in problems.iter().zip(starts) {
        assert!(problem.starts_with(start), "{problem}");
    }
}

#[test]
fn selection_takes_globs_and_refuses_unknown_ids() {
    let files = [policy("aws-s3-a", BODY), policy("aws-s3-b", BODY), policy("k8s-c", BODY)];
    let ids = |selection: &Selection| {
        texts(&files, selection).unwrap().infos().iter().map(|info| info.id.to_string()).collect::<Vec<_>>()
    };
    let select = |select: &[&str], ignore: &[&str]| Selection {
        select: select.iter().map(ToString::to_string).collect(),
        ignore: ignore.iter().map(ToString::to_string).collect(),
        ..Selection::default()
    };
    assert_eq!(ids(&select(&[], &[])).len(), 3);
    assert_eq!(ids(&select(&["aws-*"], &["*-b"])), ["aws-s3-a"]);
    let problem = only_problem(&files, &select(&["aws-s3-x"], &[]));
    assert_eq!(problem, "select: no policy is called 'aws-s3-x'; did you mean 'aws-s3-a'?");
}

#[test]
fn severities_and_parameters_are_overlaid_and_checked() {
    let files = [policy("a-b", BODY)];
    let mut selection = Selection::default();
    selection.severities.insert("a-*".into(), Severity::Low);
    selection.parameters.insert("a-b".into(), serde_json::Map::from_iter([("days".to_owned(), 30.into())]));
    let set = texts(&files, &selection).unwrap();
    assert_eq!((set.policies()[0].info.severity, &set.policies()[0].parameters["days"]), (Severity::Low, &30.into()));
    selection.parameters.insert("a-b".into(), serde_json::Map::from_iter([("day".to_owned(), 30.into())]));
    assert_eq!(only_problem(&files, &selection), "parameters: policy 'a-b' has no parameter 'day'; it has days");
    selection.parameters.insert("a-b".into(), serde_json::Map::from_iter([("days".to_owned(), "x".into())]));
    assert_eq!(only_problem(&files, &selection), "parameters: 'days' of policy 'a-b' must be a number");
}

#[test]
fn folders_are_read_without_tests_and_missing_ones_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("sub")).unwrap();
    let (_, text) = policy("mine", BODY);
    std::fs::write(dir.path().join("sub/mine.rego"), text).unwrap();
    std::fs::write(dir.path().join("mine_test.rego"), "not rego").unwrap();
    let selection = |path: std::path::PathBuf| Selection { dirs: vec![path], ..Selection::default() };
    let set = load(&selection(dir.path().to_owned())).unwrap();
    assert!(set.get("mine").is_some());
    let LoadError(problems) = load(&selection(dir.path().join("nope"))).unwrap_err();
    assert!(problems[0].contains("cannot read this policy"), "{problems:?}");
}

#[test]
fn files_without_metadata_share_a_policy_by_package() {
    let files = [
        ("a.rego".to_owned(), "package main\ndeny contains \"a\" if helper\n".to_owned()),
        ("b.rego".to_owned(), "package main\nviolation contains {\"msg\": \"b\"} if helper\n".to_owned()),
        ("h.rego".to_owned(), "package main\nhelper if input.x\n".to_owned()),
    ];
    let set = texts(&files, &Selection::default()).unwrap();
    assert_eq!(set.policies().len(), 1);
    let mut judge = super::Judge::new(set.policies()[0].clone());
    let found = judge.judge(&super::Value::from(serde_json::json!({"x": 1}))).unwrap();
    assert_eq!(found.iter().map(|denial| denial.message.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn parameters_reach_the_policy() {
    let body = "deny contains sprintf(\"%v\", [data.params[\"a\"].days])";
    let set = texts(&[policy("a", body)], &Selection::default()).unwrap();
    let mut judge = super::Judge::new(set.policies()[0].clone());
    assert_eq!(judge.judge(&super::Value::new_object()).unwrap()[0].message, "7");
}

#[test]
fn a_name_that_means_nothing_is_found_at_load() {
    let problem = only_problem(&[policy("a", "deny contains \"x\" if foo == input.x")], &Selection::default());
    assert!(problem.contains("foo"), "{problem}");
}
