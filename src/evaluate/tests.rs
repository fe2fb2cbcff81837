use std::sync::Arc;

use super::*;
use crate::model::{
    Edge, Existence, FileId, Map, Marks, Node, Part as TextPart, Reason, Shape, Unknown, Value as V, Verdict,
};
use crate::policy::{PolicySet, Selection, load_texts};

/// A source text in which values are found by their own text.
struct World {
    sources: SourceMap,
    file: FileId,
    text: String,
}

impl World {
    fn new(text: &str) -> Self {
        let sources = SourceMap::new();
        let file = sources.add("main.tf", text);
        Self { sources, file, text: text.to_owned() }
    }

    fn span(&self, part: &str) -> Span {
        let start = self.text.find(part).unwrap_or_else(|| panic!("no '{part}'"));
        Span::new(self.file, u32::try_from(start).unwrap(), u32::try_from(start + part.len()).unwrap())
    }

    fn resource(&self, kind: &str, name: &str, entries: Vec<(&str, Node)>) -> Resource {
        let all = Span::new(self.file, 0, u32::try_from(self.text.len()).unwrap());
        let header = Span::new(self.file, 0, 0);
        Resource {
            source: SourceKind::Terraform,
            scope: "".into(),
            address: format!("{kind}.{name}").into(),
            kind: kind.into(),
            provider: Some("aws".into()),
            account: None,
            region: None,
            config: Node::map(map(entries), header),
            facets: Map::new(),
            body: all,
            calls: Vec::new(),
            exists: Existence::Yes,
            edges: Vec::new(),
            open_links: Vec::new(),
        }
    }

    fn at(&self) -> Span {
        Span::new(self.file, 0, 0)
    }

    fn s(&self, text: &str) -> Node {
        Node::string(text, self.at())
    }

    fn unknown(&self, shape: Shape, cause: &str) -> Node {
        let mut unknown = Unknown::new(Reason::NoValue, cause);
        unknown.shape = shape;
        Node::unknown(unknown, self.at())
    }

    fn run(&self, policy: &str, resources: &[Resource]) -> Evaluated {
        evaluate(resources, &policies(policy), &self.sources)
    }

    /// `fail`, `undetermined` or `pass` of a single resource.
    fn verdict(&self, policy: &str, resource: &Resource) -> &'static str {
        verdict(&self.run(policy, std::slice::from_ref(resource)))
    }
}

fn map(entries: Vec<(&str, Node)>) -> Map {
    entries.into_iter().map(|(key, node)| (Arc::from(key), node)).collect()
}

fn policies(body: &str) -> PolicySet {
    let text = format!(
        "# METADATA\n# title: a test\n# custom:\n#   id: t\n#   severity: high\n#   resource_types: [\"aws_*\"]\npackage t\n{body}\n"
    );
    load_texts(&[("t.rego".into(), text)], &Selection::default()).map_err(|error| error.to_string()).unwrap()
}

fn verdict(done: &Evaluated) -> &'static str {
    assert!(done.problems.is_empty(), "{:?}", done.problems);
    match done.findings.iter().map(|finding| finding.verdict).min() {
        Some(Verdict::Fail) => "fail",
        Some(Verdict::Undetermined) => "undetermined",
        None => "pass",
    }
}

const ACL: &str = r#"deny contains {"path": ["acl"], "message": sprintf("acl is %s", [input.config.acl])} if input.config.acl == "public""#;

#[test]
fn a_known_value_decides_in_one_evaluation() {
    let w = World::new("acl = \"public\"");
    let bad = w.resource("aws_b", "x", vec![("acl", w.s("public").at(w.span("acl = \"public\"")))]);
    let done = w.run(ACL, &[bad]);
    let finding = &done.findings[0];
    assert_eq!((finding.verdict, finding.message.as_str()), (Verdict::Fail, "acl is public"));
    assert_eq!(finding.span, w.span("acl = \"public\""));
    assert_eq!(finding.fingerprint.len(), 32);
    assert_eq!(done.evaluations, 1);
    let good = w.resource("aws_b", "x", vec![("acl", w.s("private"))]);
    assert_eq!(w.verdict(ACL, &good), "pass");
}

#[test]
fn an_unknown_value_is_neither_absent_nor_a_failure() {
    let w = World::new("");
    let r = w.resource("aws_b", "x", vec![("acl", w.unknown(Shape::Any, "var.acl has no value"))]);
    let done = w.run(ACL, &[r]);
    assert_eq!(verdict(&done), "undetermined");
    assert_eq!(done.findings[0].causes, ["var.acl has no value".into()]);
    assert_eq!(done.undetermined, 1);
    let missing =
        r#"deny contains {"path": ["kms"], "message": "no key"} if object.get(input.config, "kms", "") == """#;
    let r = w.resource("aws_b", "x", vec![("kms", w.unknown(Shape::String, "var.kms has no value"))]);
    assert_eq!(w.verdict(missing, &r), "undetermined");
    assert_eq!(w.verdict(missing, &w.resource("aws_b", "x", vec![])), "fail");
}

#[test]
fn an_unknown_that_the_policy_does_not_read_changes_nothing() {
    let w = World::new("");
    let r =
        w.resource("aws_b", "x", vec![("acl", w.s("public")), ("other", w.unknown(Shape::Any, "var.o has no value"))]);
    assert_eq!(w.verdict(ACL, &r), "fail");
}

#[test]
fn an_opaque_id_is_present_and_never_a_wildcard() {
    let w = World::new("");
    let mut id = Unknown::new(Reason::Computed, "aws_kms_key.k.arn is known after apply");
    id.opaque = true;
    let r = w.resource("aws_b", "x", vec![("kms", Node::unknown(id, w.at()))]);
    let missing =
        r#"deny contains {"path": ["kms"], "message": "no key"} if object.get(input.config, "kms", "") in {"", "*"}"#;
    assert_eq!(w.verdict(missing, &r), "pass");
    let not_arn = r#"deny contains {"path": ["kms"], "message": sprintf("is %s", [input.config.kms])} if startswith(input.config.kms, "arn:")"#;
    let done = w.run(not_arn, &[r]);
    assert_eq!(verdict(&done), "fail");
    assert_eq!(done.findings[0].message, "is (unknown)");
}

#[test]
fn two_unknowns_where_only_a_joint_choice_passes_are_undetermined() {
    let w = World::new("");
    let both = r#"deny contains {"path": [], "message": "not both"} if not good
good if { input.config.a == true; input.config.b == true }
good if { input.config.a == false; input.config.b == false }"#;
    // The base has both true, so let them differ only together.
    let joint = r#"deny contains {"path": [], "message": "no"} if not good
good if { input.config.a == false; input.config.b == false }"#;
    let r =
        w.resource("aws_b", "x", vec![("a", w.unknown(Shape::Bool, "var.a")), ("b", w.unknown(Shape::Bool, "var.b"))]);
    assert_eq!(w.verdict(both, &r), "undetermined");
    let done = w.run(joint, &[r]);
    assert_eq!(verdict(&done), "undetermined");
    assert_eq!(done.findings[0].causes, ["var.a".into(), "var.b".into()]);
}

#[test]
fn options_narrow_what_is_tried() {
    let w = World::new("");
    let options = |values: &[&str]| {
        let mut unknown = Unknown::new(Reason::NoValue, "var.c has no value");
        unknown.options = values.iter().map(|text| w.s(text)).collect();
        w.resource("aws_b", "x", vec![("acl", Node::unknown(unknown, w.at()))])
    };
    assert_eq!(w.verdict(ACL, &options(&["private", "log"])), "pass");
    assert_eq!(w.verdict(ACL, &options(&["private", "public"])), "undetermined");
    assert_eq!(w.verdict(ACL, &options(&["public"])), "fail");
}

#[test]
fn the_known_parts_of_a_text_decide_where_they_can() {
    let w = World::new("");
    let image = |parts: Vec<TextPart>| {
        let mut unknown = Unknown::new(Reason::NoValue, "var.tag has no value");
        (unknown.shape, unknown.parts, unknown.nullable) = (Shape::String, parts, false);
        w.resource("aws_b", "x", vec![("image", Node::unknown(unknown, w.at()))])
    };
    let latest = r#"deny contains {"path": ["image"], "message": "latest"} if endswith(input.config.image, ":latest")"#;
    let hole = || TextPart::Hole { opaque: false };
    assert_eq!(w.verdict(latest, &image(vec![TextPart::Known("repo:".into()), hole()])), "undetermined");
    assert_eq!(w.verdict(latest, &image(vec![hole(), TextPart::Known(":1.2".into())])), "pass");
    assert_eq!(w.verdict(latest, &image(vec![hole(), TextPart::Known(":latest".into())])), "fail");
}

const OPEN: &str = r#"deny contains {"path": ["ingress", i, "cidr", j], "message": "open"} if {
	some i, rule in input.config.ingress
	some j, cidr in rule.cidr
	cidr == "0.0.0.0/0"
}"#;

#[test]
fn a_known_element_beside_an_unknown_one_still_fails() {
    let w = World::new("");
    let cidr = |items: Vec<Node>| {
        let rule = Node::map(map(vec![("cidr", Node::list(items, w.at()))]), w.at());
        w.resource("aws_b", "x", vec![("ingress", Node::list(vec![rule], w.at()))])
    };
    let unknown = || w.unknown(Shape::Any, "var.cidr has no value");
    assert_eq!(w.verdict(OPEN, &cidr(vec![unknown()])), "undetermined");
    assert_eq!(w.verdict(OPEN, &cidr(vec![unknown(), w.s("10.0.0.0/8")])), "undetermined");
    let done = w.run(OPEN, &[cidr(vec![unknown(), w.s("0.0.0.0/0")])]);
    let verdicts: Vec<_> = done.findings.iter().map(|f| f.verdict).collect();
    assert_eq!(verdicts, [Verdict::Fail, Verdict::Undetermined]);
    assert_eq!(done.undetermined, 0);
}

#[test]
fn an_unknown_list_may_hold_anything() {
    let w = World::new("");
    let rule = Node::map(map(vec![("cidr", w.unknown(Shape::List, "var.cidrs has no value"))]), w.at());
    let r = w.resource("aws_b", "x", vec![("ingress", Node::list(vec![rule], w.at()))]);
    assert_eq!(w.verdict(OPEN, &r), "undetermined");
    let r = w.resource("aws_b", "x", vec![("ingress", w.unknown(Shape::List, "var.rules has no value"))]);
    assert_eq!(w.verdict(OPEN, &r), "undetermined");
}

#[test]
fn a_pattern_is_tried_with_a_text_that_matches() {
    let w = World::new("");
    let policy = r#"deny contains {"path": ["name"], "message": "bad name"} if not regex.match(`^[a-z]+-[0-9]{3}$`, input.config.name)"#;
    let r = |name: Node| w.resource("aws_b", "x", vec![("name", name)]);
    let mut name = Unknown::new(Reason::NoValue, "var.name has no value");
    (name.shape, name.nullable) = (Shape::String, false);
    assert_eq!(w.verdict(policy, &r(Node::unknown(name, w.at()))), "undetermined");
    assert_eq!(w.verdict(policy, &r(w.s("web"))), "fail");
    assert_eq!(w.verdict(policy, &r(w.s("web-001"))), "pass");
}

#[test]
fn required_keys_of_an_unknown_map_may_be_there() {
    let w = World::new("");
    let policy = r#"deny contains {"path": [], "message": "no owner"} if not input.tags.owner"#;
    let mut r = w.resource("aws_b", "x", vec![]);
    r.facets.insert("tags".into(), w.unknown(Shape::Map, "var.tags has no value"));
    assert_eq!(w.verdict(policy, &r), "undetermined");
    r.facets.insert("tags".into(), Node::map(map(vec![("env", w.s("x"))]), w.at()));
    assert_eq!(w.verdict(policy, &r), "fail");
}

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

fn of<'a>(done: &'a Evaluated, address: &str) -> Option<&'a Finding> {
    done.findings.iter().find(|finding| &*finding.address == address)
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
fn a_missing_attribute_lands_on_the_header_and_a_referenced_value_names_its_origin() {
    let w = World::new("resource {\n  acl = var.acl\n}\nvariable { default = \"public\" }\n");
    let header = w.span("resource {");
    let mut acl = w.s("public").at(w.span("acl = var.acl"));
    acl.origin = w.span("\"public\"");
    let mut r = w.resource("aws_b", "x", vec![("acl", acl)]);
    r.config.via = header;
    r.body = w.span("resource {\n  acl = var.acl\n}");
    let done = w.run(ACL, std::slice::from_ref(&r));
    assert_eq!(done.findings[0].span, w.span("acl = var.acl"));
    assert_eq!(done.findings[0].related[0].message, "value comes from here");
    assert_eq!(done.findings[0].related[0].span, w.span("\"public\""));
    let done = w.run(
        r#"deny contains {"path": ["encryption", "key"], "message": "no key"} if not input.config.encryption"#,
        &[r],
    );
    assert_eq!(done.findings[0].span, header);
    assert!(done.findings[0].related.is_empty());
    assert_eq!(done.findings[0].attribute.len(), 2);
}

#[test]
fn below_a_reference_the_last_place_inside_the_block_stays() {
    let w = World::new("resource {\n  rules = local.rules\n}\nlocals { rules = [{ cidr = \"0.0.0.0/0\" }] }\n");
    let cidr = Node::list(vec![Node::string("0.0.0.0/0", w.span("\"0.0.0.0/0\""))], w.span("cidr = \"0.0.0.0/0\""));
    let rule = Node::map(map(vec![("cidr", cidr)]), w.span("{ cidr = \"0.0.0.0/0\" }"));
    let mut r = w.resource("aws_b", "x", vec![("ingress", Node::list(vec![rule], w.span("rules = local.rules")))]);
    r.body = w.span("resource {\n  rules = local.rules\n}");
    let text = OPEN.replace("[\"ingress\", i, \"cidr\", j]", "[\"ingress\", \"0\", \"cidr\", j]");
    let done = w.run(&text, &[r]);
    assert_eq!(done.findings[0].span, w.span("rules = local.rules"));
    assert_eq!(w.sources.path(done.findings[0].related[0].span).as_ref(), "main.tf");
}

#[test]
fn deny_entries_may_be_texts_and_conftest_packages_run() {
    let w = World::new("");
    let text = "package main\nimport rego.v1\ndeny contains msg if { input.config.acl == \"public\"; msg := \"no public\" }\nwarn contains \"careful\" if input.config.acl\n";
    let set = load_texts(&[("policy/a.rego".into(), text.into())], &Selection::default()).unwrap();
    let r = w.resource("aws_b", "x", vec![("acl", w.s("public"))]);
    let done = evaluate(&[r], &set, &w.sources);
    let mut found: Vec<_> =
        done.findings.iter().map(|f| (f.severity.as_str(), f.message.as_str(), &*f.policy)).collect();
    found.sort_unstable();
    assert_eq!(found, [("low", "careful", "main"), ("medium", "no public", "main")]);
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
    assert!(done.problems[0].message.contains("ran longer than 1s"), "{:?}", done.problems);
}

#[test]
fn sensitive_values_never_reach_a_message() {
    let w = World::new("");
    let mut acl = w.s("public");
    acl.marks = Marks { sensitive: true, defaulted: false };
    let done = w.run(ACL, &[w.resource("aws_b", "x", vec![("acl", acl)])]);
    assert_eq!(done.findings[0].message, "acl is ***");
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

/// JSON as a tree; texts of the form `?cause` become unknown.
fn tree(w: &World, value: &serde_json::Value) -> Node {
    let node = |value| Node::new(value, w.at());
    match value {
        serde_json::Value::Null => node(V::Null),
        serde_json::Value::Bool(b) => node(V::Bool(*b)),
        serde_json::Value::Number(n) => node(V::Number(n.to_string().into())),
        serde_json::Value::String(text) => match text.strip_prefix('?') {
            Some(cause) => w.unknown(Shape::Any, cause),
            None => w.s(text),
        },
        serde_json::Value::Array(items) => Node::list(items.iter().map(|item| tree(w, item)).collect(), w.at()),
        serde_json::Value::Object(map) => {
            Node::map(map.iter().map(|(k, v)| (Arc::from(k.as_str()), tree(w, v))).collect(), w.at())
        }
    }
}

fn shipped(id: &str) -> PolicySet {
    crate::policy::load(&Selection { select: vec![id.into()], ..Selection::default() }).unwrap()
}

fn judged(id: &str, source: SourceKind, kind: &str, config: &serde_json::Value) -> Vec<(&'static str, String)> {
    let w = World::new("");
    let mut r = w.resource(kind, "x", vec![]);
    r.source = source;
    r.config = tree(&w, config);
    if let Some(pod) = config.get("__pod") {
        r.facets.insert("pod".into(), tree(&w, pod));
    }
    let done = evaluate(&[r], &shipped(id), &w.sources);
    assert!(done.problems.is_empty(), "{:?}", done.problems);
    done.findings.iter().map(|f| (f.verdict.as_str(), crate::model::display_path(&f.attribute))).collect()
}

fn user(name: &str, index: usize) -> serde_json::Value {
    serde_json::json!({"name": "USER", "onbuild": false, "args": [name], "path": ["stages", 0, "instructions", index]})
}

#[test]
fn the_shipped_dockerfile_policy_follows_stages() {
    let run = |stages: serde_json::Value| {
        judged("dockerfile-root-user", SourceKind::Dockerfile, "dockerfile", &serde_json::json!({ "stages": stages }))
    };
    let stage = |index: usize,
                 name: &str,
                 base: serde_json::Value,
                 last: bool,
                 instructions: Vec<serde_json::Value>| {
        serde_json::json!({"index": index, "name": name, "base": base, "final": last, "instructions": instructions})
    };
    let debian = || serde_json::json!({"reference": "debian:12"});
    let from_a = || serde_json::json!({"reference": "a", "stage": "a"});
    let found = run(serde_json::json!([stage(0, "a", debian(), true, vec![user("app", 0), user("root", 1)])]));
    assert_eq!(found, [("fail", "stages[0].instructions[1]".to_owned())]);
    let found = run(serde_json::json!([
        stage(0, "a", debian(), false, vec![user("app", 0)]),
        stage(1, "b", from_a(), true, vec![])
    ]));
    assert!(found.is_empty(), "{found:?}");
    let found = run(serde_json::json!([
        stage(0, "a", debian(), false, vec![user("0:0", 0)]),
        stage(1, "b", from_a(), true, vec![])
    ]));
    assert_eq!(found, [("fail", "stages[0].instructions[0]".to_owned())]);
    let found = run(serde_json::json!([stage(0, "a", debian(), true, vec![])]));
    assert_eq!(found, [("fail", "stages[0].base".to_owned())]);
    let found = run(serde_json::json!([stage(0, "a", debian(), true, vec![user("?ARG U has no value", 0)])]));
    assert_eq!(found, [("undetermined", "stages[0].instructions[0]".to_owned())]);
}

#[test]
fn the_shipped_kubernetes_policy_points_into_the_manifest() {
    let run = |privileged: serde_json::Value| {
        let pod = serde_json::json!({"containers": [{"name": "web", "path": ["spec", "containers", 0],
            "config": {"name": "web", "securityContext": {"privileged": privileged}}}]});
        judged("k8s-privileged-container", SourceKind::Kubernetes, "Pod", &serde_json::json!({ "__pod": pod }))
    };
    assert_eq!(run(true.into()), [("fail", "spec.containers[0].securityContext.privileged".to_owned())]);
    assert!(run(false.into()).is_empty());
    assert_eq!(run("?a Helm value".into())[0].0, "undetermined");
}

#[test]
fn the_shipped_bucket_policy_reads_acls_and_grants() {
    let run =
        |config: serde_json::Value| judged("aws-s3-public-acl", SourceKind::Terraform, "aws_s3_bucket_acl", &config);
    assert_eq!(run(serde_json::json!({"acl": "public-read"})), [("fail", "acl".to_owned())]);
    assert!(run(serde_json::json!({"acl": "private"})).is_empty());
    assert_eq!(run(serde_json::json!({"acl": "?var.acl has no value"}))[0].0, "undetermined");
    let group = "http://acs.amazonaws.com/groups/global/AllUsers";
    let grants = |uri: &str| serde_json::json!({"access_control_policy": [{"grant": [{"permission": "READ", "grantee": [{"uri": uri}]}]}]});
    let place = "access_control_policy[0].grant[0].grantee[0].uri".to_owned();
    assert_eq!(run(grants(group)), [("fail", place.clone())]);
    assert_eq!(run(grants("?var.group has no value")), [("undetermined", place)]);
}

#[test]
fn statements_of_a_policy_document_come_in_one_shape() {
    let text = "package t\nimport data.stanchion.lib.iam\ndeny contains {\"path\": action.path, \"message\": \"star\"} if {\n\
        some statement in iam.allows(input.config.policy, [\"policy\"])\nsome action in statement.actions\naction.value == \"*\"\n\
        some principal in statement.principals\niam.is_everyone(principal)\n}\n";
    let iam = (String::from("iam.rego"), include_str!("../../policies/lib/iam.rego").to_owned());
    let attr = (String::from("attr.rego"), include_str!("../../policies/lib/attr.rego").to_owned());
    let set = load_texts(&[("t.rego".into(), text.into()), iam, attr], &Selection::default()).unwrap();
    let w = World::new("");
    let run = |policy: serde_json::Value| {
        let mut r = w.resource("aws_b", "x", vec![]);
        r.config = tree(&w, &serde_json::json!({ "policy": policy }));
        let done = evaluate(&[r], &set, &w.sources);
        assert!(done.problems.is_empty(), "{:?}", done.problems);
        done.findings.iter().map(|f| (f.verdict.as_str(), crate::model::display_path(&f.attribute))).collect::<Vec<_>>()
    };
    let one = serde_json::json!({"Statement": {"Effect": "Allow", "Action": "*", "Principal": "*"}});
    assert_eq!(run(one), [("fail", "policy.Statement.Action".to_owned())]);
    let list = serde_json::json!({"Statement": [{"Effect": "Deny", "Action": "*", "Principal": "*"},
        {"Effect": "Allow", "Action": ["s3:Get*", "*"], "Principal": {"AWS": ["1", "*"]}}]});
    assert_eq!(run(list), [("fail", "policy.Statement[1].Action[1]".to_owned())]);
    let unknown = serde_json::json!({"Statement": [{"Effect": "Allow", "Action": "?var.a", "Principal": "*"}]});
    assert_eq!(run(unknown)[0].0, "undetermined");
    assert!(run(serde_json::json!({"Statement": []})).is_empty());
    assert!(run(serde_json::json!({})).is_empty());
}

#[test]
fn a_policy_that_crashes_again_and_again_is_switched_off() {
    let w = World::new("");
    let resources: Vec<Resource> = (0..20).map(|i| w.resource("aws_b", &format!("r{i}"), vec![])).collect();
    let done = w.run(r#"deny contains "x" if object.subset([1], [])"#, &resources);
    assert_eq!(done.problems.len(), 1);
    assert!(done.problems[0].message.contains("switched off"), "{:?}", done.problems);
}

#[test]
fn a_known_fault_stays_a_failure_among_many_unknowns() {
    let w = World::new("");
    let names: Vec<String> = (0..12).map(|i| format!("a{i}")).collect();
    let reads: Vec<String> = names
        .iter()
        .map(|n| format!("deny contains {{\"path\": [\"{n}\"], \"message\": \"x\"}} if input.config.{n} == \"v{n}\""))
        .collect();
    let mut entries = vec![("acl", w.s("public"))];
    entries.extend(names.iter().map(|name| (name.as_str(), w.unknown(Shape::Any, "var.x has no value"))));
    let done = w.run(&format!("{ACL}\n{}", reads.join("\n")), &[w.resource("aws_b", "x", entries)]);
    let found: Vec<_> =
        done.findings.iter().map(|f| (f.verdict.as_str(), crate::model::display_path(&f.attribute))).collect();
    assert_eq!(found[0], ("fail", "acl".to_owned()));
    assert_eq!(found[1].0, "undetermined");
}

#[test]
fn a_role_policy_belongs_to_the_role_it_names() {
    let w = World::new("");
    let policy = r#"deny contains {"path": [], "message": "none"} if count(object.get(input.links, "aws_iam_role_policy", [])) == 0"#;
    let role = |name: &str| w.resource("aws_iam_role", name, vec![("name", w.s(name))]);
    let inline = w.resource("aws_iam_role_policy", "p", vec![("role", w.s("app")), ("name", w.s("other"))]);
    let done = w.run(policy, &[role("app"), role("other"), inline]);
    assert!(of(&done, "aws_iam_role.app").is_none());
    assert!(of(&done, "aws_iam_role.other").is_some());
}

/// Every shipped policy, on a resource that it faults: with any one value unknown it may only fail where it fails for all values.
#[test]
fn shipped_policies_are_sound_about_unknown_values() {
    let w = World::new("");
    let json = |kind: &str, source: SourceKind, config: serde_json::Value| {
        let mut r = w.resource(kind, "x", vec![]);
        (r.source, r.config) = (source, tree(&w, &config));
        r
    };
    let group = "http://acs.amazonaws.com/groups/global/AllUsers";
    let acl = serde_json::json!({"bucket": "b", "access_control_policy": [{"grant": [{"permission": "READ", "grantee": [{"uri": group, "type": "Group"}]}]}]});
    let stages = serde_json::json!({"stages": [{"index": 0, "final": true, "base": {"reference": "debian"}, "instructions": [user("root", 0)]}]});
    let cases = [
        (
            "aws-s3-public-acl",
            json("aws_s3_bucket", SourceKind::Plan, serde_json::json!({"acl": "public-read", "bucket": "b"})),
        ),
        ("aws-s3-public-acl", json("aws_s3_bucket_acl", SourceKind::Plan, acl)),
        ("dockerfile-root-user", json("dockerfile", SourceKind::Dockerfile, stages)),
    ];
    let tried = [
        None,
        Some(V::Bool(true)),
        Some(V::Bool(false)),
        Some(V::String("something".into())),
        Some(V::String("".into())),
    ];
    for (id, resource) in cases {
        let set = shipped(id);
        let run = |r: &Resource| verdict(&evaluate(std::slice::from_ref(r), &set, &w.sources));
        assert_eq!(run(&resource), "fail", "{id}");
        for (path, mutated) in mutate_leaves(&resource) {
            if run(&mutated) == "fail" {
                for value in &tried {
                    let concrete = with_leaf(&resource, &path, value.as_ref());
                    let done = evaluate(&[concrete], &set, &w.sources);
                    let held = !done.problems.is_empty() || done.findings.iter().any(|f| f.verdict == Verdict::Fail);
                    assert!(held, "{id}: {} is {value:?}", crate::model::display_path(&path));
                }
            }
        }
    }
}

#[test]
fn a_path_ends_where_values_were_made_up() {
    let w = World::new("");
    let policy =
        r#"deny contains {"path": ["env", k, "v"], "message": k} if { some k, v in input.config.env; v != "x" }"#;
    let r = w.resource("aws_b", "x", vec![("env", w.unknown(Shape::Map, "var.env has no value"))]);
    let done = w.run(policy, &[r]);
    assert_eq!(verdict(&done), "undetermined");
    assert_eq!(crate::model::display_path(&done.findings[0].attribute), "env");
    assert_eq!(done.findings[0].message, "cannot be ruled out: a test");
}

#[test]
fn a_conftest_policy_finds_the_manifest_at_the_top() {
    let w = World::new("");
    let text = "package main\n\ndeny[msg] {\n\tinput.kind == \"Deployment\"\n\tnot input.spec.template.spec.securityContext.runAsNonRoot\n\tmsg := \"containers must not run as root\"\n}\n";
    let set = load_texts(&[("policy/base.rego".into(), text.into())], &Selection::default()).unwrap();
    let run = |non_root: serde_json::Value| {
        let mut r = w.resource("Deployment", "x", vec![]);
        r.source = SourceKind::Kubernetes;
        let spec = serde_json::json!({"template": {"spec": {"securityContext": {"runAsNonRoot": non_root}}}});
        r.config = tree(&w, &serde_json::json!({"kind": "Deployment", "spec": spec}));
        verdict(&evaluate(&[r], &set, &w.sources))
    };
    assert_eq!(run(false.into()), "fail");
    assert_eq!(run(true.into()), "pass");
    assert_eq!(run("?a Helm value".into()), "undetermined");
}
