//! How resources belong together, and how a run behaves as a whole.

use super::*;

const VERSIONED: &str = r#"deny contains {"path": [], "message": "no versioning"} if not versioned
versioned if {
	some v in input.links.aws_b_versioning
	v.direction == "in"
	v.config.status == "Enabled"
}"#;

#[test]
fn links_follow_references_and_instances() {
    let w = World::new("");
    let mut bucket = w.resource("aws_b", "x", vec![]);
    bucket.address = "aws_b.x[0]".into();
    let mut versioning = w.resource("aws_b_versioning", "v", vec![("status", w.s("Enabled"))]);
    assert_eq!(w.verdict(VERSIONED, &bucket), "fail");
    versioning.edges.push(Edge { attribute: "bucket".into(), to: "aws_b.x".into() });
    let done = w.run(VERSIONED, &[bucket.clone(), versioning.clone()]);
    assert!(done.findings.iter().all(|finding| &*finding.address != "aws_b.x[0]"));
    // Elsewhere is not here.
    versioning.scope = "other".into();
    let done = w.run(VERSIONED, &[bucket, versioning]);
    assert!(done.findings.iter().any(|finding| &*finding.address == "aws_b.x[0]"));
}

#[test]
fn a_link_by_the_same_name_counts_and_one_by_an_unknown_name_may_count() {
    let w = World::new("");
    let bucket = w.resource("aws_b", "x", vec![("bucket", w.s("logs"))]);
    let versioning =
        |name: Node| w.resource("aws_b_versioning", "v", vec![("bucket", name), ("status", w.s("Enabled"))]);
    let done = w.run(VERSIONED, &[bucket.clone(), versioning(w.s("logs"))]);
    assert!(of(&done, "aws_b.x").is_none());
    let done = w.run(VERSIONED, &[bucket.clone(), versioning(w.s("other"))]);
    assert_eq!(of(&done, "aws_b.x").unwrap().verdict, Verdict::Fail);
    let done = w.run(VERSIONED, &[bucket, versioning(w.unknown(Shape::String, "var.name has no value"))]);
    let finding = of(&done, "aws_b.x").unwrap();
    assert_eq!(finding.verdict, Verdict::Undetermined);
    assert_eq!(finding.causes, ["var.name has no value".into()]);
}

#[test]
fn links_that_may_be_missing_or_unseen_make_a_verdict_undetermined() {
    let w = World::new("");
    let bucket = w.resource("aws_b", "x", vec![]);
    let mut versioning = w.resource("aws_b_versioning", "v", vec![("status", w.s("Enabled"))]);
    versioning.edges.push(Edge { attribute: "bucket".into(), to: "aws_b.x".into() });
    versioning.exists = Existence::Unknown("var.on has no value".into());
    let done = w.run(VERSIONED, &[bucket.clone(), versioning.clone()]);
    assert_eq!(of(&done, "aws_b.x").unwrap().causes, ["var.on has no value".into()]);
    // The linked resource's own attribute is unknown.
    versioning.exists = Existence::Yes;
    versioning.config = Node::map(map(vec![("status", w.unknown(Shape::String, "var.status has no value"))]), w.at());
    let done = w.run(VERSIONED, &[bucket.clone(), versioning]);
    assert_eq!(of(&done, "aws_b.x").unwrap().causes, ["var.status has no value".into()]);
    let mut open = bucket;
    open.open_links.push("module m is not here".into());
    let done = w.run(VERSIONED, &[open]);
    assert_eq!(of(&done, "aws_b.x").unwrap().causes, ["module m is not here".into()]);
}

#[test]
fn a_failing_policy_is_a_problem_and_costs_only_itself() {
    let w = World::new("");
    let r = w.resource("aws_b", "x", vec![("acl", w.s("public"))]);
    let crash = r#"deny contains "x" if object.subset([1], [])"#;
    let done = w.run(crash, std::slice::from_ref(&r));
    assert!(done.problems[0].message.starts_with("policy could not judge aws_b.x: "), "{:?}", done.problems);
    assert_eq!((done.problems[0].subject.as_str(), done.problems[0].incomplete), ("t", true));
    let wrong = r#"deny contains "x" if startswith(input.config.acl, 1)"#;
    assert_eq!(w.run(wrong, &[r.clone(), r]).problems.len(), 1);
}

#[test]
fn a_policy_that_never_ends_is_stopped() {
    let w = World::new("");
    let r = w.resource("aws_b", "x", vec![]);
    let slow = "n := numbers.range(1, 2000)\ndeny contains x if { some a in n; some b in n; some c in n; a + b + c < 0; x := \"never\" }";
    let done = w.run(slow, &[r]);
    assert!(done.problems[0].message.contains("ran longer than 4s"), "{:?}", done.problems);
}

#[test]
fn an_estate_policy_sees_all_resources_and_names_one() {
    let w = World::new("");
    let text = "# METADATA\n# title: names are unique\n# custom:\n#   id: unique\n#   severity: low\n#   scope: estate\n#   resource_types: [aws_b]\npackage t\n\
        deny contains {\"address\": a, \"path\": [\"name\"], \"message\": \"used twice\"} if {\n\
        some a, x in input.resources.aws_b\nsome b, y in input.resources.aws_b\na != b\nx.config.name == y.config.name\n}\n";
    let set = load_texts(&[("t.rego".into(), text.into())], &Selection::default()).unwrap();
    let r = |name: &str, value: Node| w.resource("aws_b", name, vec![("name", value)]);
    let done = evaluate(&[r("a", w.s("n")), r("b", w.s("n")), r("c", w.s("m"))], &set, &w.sources);
    assert_eq!(done.findings.len(), 2);
    assert_eq!(done.evaluations, 1);
    let done = evaluate(&[r("a", w.s("n")), r("b", w.unknown(Shape::String, "var.n has no value"))], &set, &w.sources);
    assert!(done.findings.iter().all(|f| f.verdict == Verdict::Undetermined), "{:?}", done.findings);
}

#[test]
fn equal_identities_are_numbered_in_order() {
    let w = World::new("");
    let item = |text: &str| Node::map(map(vec![("cidr", Node::list(vec![w.s(text)], w.at()))]), w.at());
    let r = w.resource("aws_b", "x", vec![("ingress", Node::list(vec![item("0.0.0.0/0"), item("0.0.0.0/0")], w.at()))]);
    let mut findings = w.run(OPEN, &[r]).findings;
    assert_eq!(findings[0].fingerprint, findings[1].fingerprint);
    number_fingerprints(&mut findings);
    assert_eq!(findings[1].fingerprint, format!("{}:2", findings[0].fingerprint));
}

#[test]
fn mutated_leaves_never_fail_unless_every_value_fails() {
    let w = World::new("");
    let r = w.resource("aws_b", "x", vec![("acl", w.s("public")), ("other", w.s("y"))]);
    let verdicts: Vec<_> =
        mutate_leaves(&r).map(|(path, r)| (crate::model::display_path(&path), w.verdict(ACL, &r))).collect();
    assert_eq!(verdicts, [("config.acl".to_owned(), "undetermined"), ("config.other".to_owned(), "fail")]);
    let removed = with_leaf(&r, &leaves(&r)[0], None);
    assert_eq!(w.verdict(ACL, &removed), "pass");
    let changed = with_leaf(&r, &leaves(&r)[0], Some(&V::Bool(true)));
    assert_eq!(w.verdict(ACL, &changed), "pass");
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let w = World::new("");
    let resources: Vec<Resource> = (0..300)
        .map(|i| {
            w.resource(
                "aws_b",
                &format!("r{i}"),
                vec![("acl", if i % 3 == 0 { w.s("public") } else { w.unknown(Shape::Any, "var.a has no value") })],
            )
        })
        .collect();
    let run = |jobs| {
        let done = thread_pool(jobs).unwrap().install(|| w.run(ACL, &resources));
        let mut lines: Vec<String> =
            done.findings.iter().map(|f| format!("{} {} {:?}", f.address, f.message, f.causes)).collect();
        lines.sort();
        lines
    };
    assert_eq!(run(1), run(4));
    assert_eq!(run(2).len(), 300);
}

#[test]
fn what_is_left_to_the_provider_is_unknown_to_those_who_ask_for_it_by_name() {
    let w = World::new("");
    let mut r = w.resource("aws_b", "x", vec![("acl", w.s("private"))]);
    r.left_out =
        vec![crate::model::LeftOut { path: vec![crate::model::PathStep::Key("encrypted".into())], shape: Shape::Bool }];
    let asks = r#"deny contains "x" if not input.config.encrypted == true"#;
    let done = w.run(asks, std::slice::from_ref(&r));
    let finding = of(&done, "aws_b.x").unwrap();
    assert_eq!(finding.verdict, Verdict::Undetermined);
    assert_eq!(finding.causes, ["encrypted is left to the provider".into()]);
    let walks = r#"deny contains "x" if { some name, _ in input.config; name == "acl" }"#;
    assert_eq!(of(&w.run(walks, &[r]), "aws_b.x").unwrap().verdict, Verdict::Fail);
}
