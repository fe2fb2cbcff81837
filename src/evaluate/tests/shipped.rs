//! The policies that are shipped, on trees made by hand.

use super::*;

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
    let own = if name.starts_with('?') { name } else { name.split(':').next().unwrap() };
    serde_json::json!({"name": "USER", "onbuild": false, "args": [name], "user": own, "text": name, "path": ["stages", 0, "instructions", index]})
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
    let debian = || serde_json::json!({"reference": "debian:12", "image": "debian", "tag": "12"});
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
    let start = serde_json::json!({"name": "CMD", "onbuild": false, "args": ["serve"], "text": "serve", "path": ["stages", 0, "instructions", 0]});
    let found = run(serde_json::json!([stage(0, "a", debian(), true, vec![start])]));
    assert_eq!(found, [("fail", "stages[0]".to_owned())]);
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
    let iam = (String::from("iam.rego"), include_str!("../../../policies/lib/iam.rego").to_owned());
    let attr = (String::from("attr.rego"), include_str!("../../../policies/lib/attr.rego").to_owned());
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
