//! Where findings point and what their messages may say.

use super::*;

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
fn sensitive_values_never_reach_a_message() {
    let w = World::new("");
    let mut acl = w.s("public");
    acl.marks = Marks { sensitive: true, ..Marks::default() };
    let done = w.run(ACL, &[w.resource("aws_b", "x", vec![("acl", acl)])]);
    assert_eq!(done.findings[0].message, "acl is ***");
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
