//! Claims about plans: values, what is unknown, what is left out, places, edges, and plans that are not as they should be.

use super::*;
use crate::model::SourceKind;

/// A planned creation.
fn change(address: &str, after: Json, unknown: Json) -> Json {
    let (module, rest) = match address.rsplit_once("aws_") {
        Some((module, rest)) => (module.trim_end_matches('.'), format!("aws_{rest}")),
        None => ("", address.to_owned()),
    };
    let (kind, name) = rest.split_once('.').unwrap();
    let mut entry = json!({
        "address": address, "mode": "managed", "type": kind, "name": name.split('[').next().unwrap(),
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": unknown},
    });
    if !module.is_empty() {
        entry["module_address"] = json!(module);
    }
    if let Some((_, key)) = name.split_once('[') {
        entry["index"] = serde_json::from_str(key.trim_end_matches(']')).unwrap();
    }
    entry
}

fn plan(changes: &[Json]) -> Json {
    json!({"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": changes})
}

fn configured(changes: &[Json], root: Json) -> Json {
    let mut plan = plan(changes);
    plan["configuration"] = json!({"root_module": root});
    plan
}

fn load_plan(plan: &Json, source: &[(&str, &str)]) -> World {
    let text = serde_json::to_string_pretty(plan).unwrap();
    load(&[&[("plan.json", text.as_str())], source].concat())
}

fn refers(kind: &str, name: &str, expressions: Json) -> Json {
    json!({"address": format!("{kind}.{name}"), "mode": "managed", "type": kind, "name": name, "expressions": expressions})
}

fn edges(world: &World, address: &str) -> Vec<String> {
    world.resource(address).edges.iter().map(|edge| format!("{} -> {}", edge.attribute, edge.to)).collect()
}

#[test]
fn known_after_apply_is_unknown_in_lists_in_blocks_and_as_a_whole() {
    let after = json!({"name": "web", "gone": null, "ids": [null, "x"], "ingress": [{"port": 22}, {"port": null}], "tags": {"a": "b"}});
    let unknown = json!({
        "kms_key_id": true, "ids": [true, false], "ingress": [{"cidr_blocks": [true]}, {"port": true}],
        "nested": {"deep": {"id": true}}, "tags": {}, "whole": true, "more": [{}, {"id": true}],
    });
    let world = load_plan(&plan(&[change("aws_x.a", after, unknown)]), &[]);
    let value = |name: &str| world.value("aws_x.a", name);
    assert_eq!(value("kms_key_id"), "?");
    assert_eq!(value("whole"), "?");
    assert_eq!(value("gone"), "(absent)", "null is absent");
    assert_eq!(value("ids"), json!(["?", "x"]));
    assert_eq!(value("ingress"), json!([{"port": 22, "cidr_blocks": ["?"]}, {"port": "?"}]));
    assert_eq!(value("nested"), json!({"deep": {"id": "?"}}));
    assert_eq!(value("more"), json!([null, {"id": "?"}]));
    let unknown = at(world.resource("aws_x.a"), &["ids", "0"]);
    assert_eq!(&*unknown.as_unknown().unwrap().cause, "aws_x.a.ids is known after apply");
    assert_eq!(unknown.as_unknown().unwrap().reason, Reason::Computed);
}

#[test]
fn what_is_not_set_and_only_the_provider_decides_is_absent_but_what_is_set_is_not() {
    let after = json!({"name": "web", "rules": [], "note": "", "given": [], "block": [{"a": 1, "note": "", "tags": {"x": ""}}]});
    let unknown = json!({"arn": true, "kms_key_id": true, "block": [{"id": true, "b": true}]});
    let set = json!({"name": {"constant_value": "web"}, "kms_key_id": {"references": ["aws_kms_key.k.arn", "aws_kms_key.k"]},
        "given": {}, "block": [{"a": {"constant_value": 1}, "b": {}, "tags": {}}]});
    let root = json!({"resources": [refers("aws_x", "a", set)]});
    let world = load_plan(&configured(&[change("aws_x.a", after, unknown)], root), &[]);
    let config = show(&world.resource("aws_x.a").config);
    assert_eq!(
        config,
        json!({"name": "web", "kms_key_id": "?", "given": [], "block": [{"a": 1, "b": "?", "tags": {"x": ""}}]})
    );
}

#[test]
fn what_goes_away_is_not_judged_and_what_is_replaced_or_imported_is() {
    let with = |name: &str, actions: &[&str], more: &[(&str, Json)]| {
        let mut entry = change(&format!("aws_x.{name}"), json!({"name": name}), json!({}));
        entry["change"]["actions"] = json!(actions);
        if matches!(actions, ["delete"] | ["forget"]) {
            entry["change"]["after"] = Json::Null;
        }
        for (key, value) in more {
            if entry["change"].get(*key).is_some() || *key == "importing" || *key == "generated_config" {
                entry["change"][*key] = value.clone();
            } else {
                entry[*key] = value.clone();
            }
        }
        entry
    };
    let mut data = with("read", &["read"], &[]);
    data["mode"] = json!("data");
    let world = load_plan(
        &plan(&[
            with("deleted", &["delete"], &[]),
            with("forgotten", &["forget"], &[]),
            with("old", &["delete"], &[("deposed", json!("0a1b2c3d"))]),
            with("old", &["no-op"], &[("deposed", json!("0a1b2c3d"))]),
            data,
            with("same", &["no-op"], &[]),
            with("changed", &["update"], &[]),
            with("replaced", &["delete", "create"], &[("action_reason", json!("replace_because_cannot_update"))]),
            with("swapped", &["create", "delete"], &[]),
            with("left", &["create", "forget"], &[]),
            with(
                "taken",
                &["no-op"],
                &[
                    ("importing", json!({"id": "i-1"})),
                    ("generated_config", json!("resource \"aws_x\" \"taken\" {}\n")),
                ],
            ),
        ]),
        &[],
    );
    assert_eq!(world.messages(), [""; 0]);
    let mut addresses = world.addresses();
    addresses.sort_unstable();
    assert_eq!(
        addresses,
        ["aws_x.changed", "aws_x.left", "aws_x.replaced", "aws_x.same", "aws_x.swapped", "aws_x.taken"]
    );
}

const MODULE: &str =
    "variable \"acl\" {}\n\nresource \"aws_s3_bucket\" \"this\" {\n  bucket = \"b\"\n  acl    = var.acl\n}\n";

#[test]
fn keys_with_quotes_dots_and_brackets_lead_to_the_right_call() {
    let main = "module \"a\" {\n  source   = \"./m\"\n  for_each = { \"x.y\" = \"p\", \"q\\\"\" = \"q\", \"b[0]\" = \"r\" }\n  acl      = each.value\n}\n\nmodule \"other\" {\n  source = \"./m\"\n  acl    = \"s\"\n}\n";
    let keys = [r#"["x.y"]"#, r#"["q\""]"#, r#"["b[0]"]"#];
    let mut changes: Vec<Json> = keys
        .iter()
        .map(|key| {
            change(
                &format!("module.a{key}.aws_s3_bucket.this"),
                json!({"acl": format!("acl {key}"), "bucket": "b"}),
                json!({}),
            )
        })
        .collect();
    changes.push(change("module.other.aws_s3_bucket.this", json!({"acl": "s"}), json!({})));
    let module = json!({"resources": [refers("aws_s3_bucket", "this", json!({}))]});
    let root = json!({"module_calls": {"a": {"source": "./m", "module": module}, "other": {"source": "./m", "module": module}}});
    let world = load_plan(&configured(&changes, root), &[("main.tf", main), ("m/main.tf", MODULE)]);
    assert_eq!(world.messages(), [""; 0]);
    for key in keys {
        let resource = world.resource(&format!("module.a{key}.aws_s3_bucket.this"));
        let acl = at(resource, &["acl"]);
        assert_eq!(acl.as_str(), Some(&*format!("acl {key}")), "the plan has the value");
        assert_eq!(world.places(&acl).0, "m/main.tf:5", "the source has the place");
        assert_eq!(world.sources.region(resource.calls[0]).start.line, 1, "{key}");
        assert_eq!((resource.source, &*resource.scope), (SourceKind::Plan, ""));
    }
    let other = world.resource("module.other.aws_s3_bucket.this");
    assert_eq!(world.sources.region(other.calls[0]).start.line, 7);
    assert_eq!(world.addresses().len(), 4, "the source is not reported beside its plan");
}

#[test]
fn a_generated_block_leads_to_its_dynamic_block_even_when_the_source_does_not_know_the_collection() {
    let main = "variable \"ports\" {}\n\ndata \"aws_y\" \"d\" {}\n\nresource \"aws_x\" \"a\" {\n  dynamic \"rule\" {\n    for_each = data.aws_y.d.ports\n    content {\n      port = rule.value\n    }\n  }\n\n  rule {\n    port = 1\n  }\n\n  dynamic \"note\" {\n    for_each = var.ports\n    content {\n      port = note.value\n    }\n  }\n}\n";
    let after = json!({"rule": [{"port": 1}, {"port": 22}, {"port": 80}], "note": [{"port": 1}, {"port": 2}]});
    let mut plan =
        configured(&[change("aws_x.a", after, json!({}))], json!({"resources": [refers("aws_x", "a", json!({}))]}));
    plan["variables"] = json!({"ports": {"value": [2, 1]}});
    let world = load_plan(&plan, &[("main.tf", main)]);
    let line = |path: &[&str]| world.places(&at(world.resource("aws_x.a"), path)).0;
    assert_eq!(line(&["rule", "0", "port"]), "main.tf:14");
    assert_eq!(line(&["rule", "1", "port"]), "main.tf:9");
    assert_eq!(line(&["rule", "2"]), "main.tf:6");
    assert_eq!(line(&["note", "0"]), "main.tf:17");
    assert_eq!(line(&["note", "1", "port"]), "main.tf:20");
    assert_eq!(world.value("aws_x.a", "rule"), json!([{"port": 1}, {"port": 22}, {"port": 80}]));
}

#[test]
fn the_plan_settles_what_the_source_does_not_know_and_the_source_narrows_what_the_plan_does_not() {
    let main = "variable \"acl\" {}\n\nresource \"aws_kms_key\" \"k\" {}\n\nresource \"aws_x\" \"a\" {\n  acl    = var.acl\n  data   = \"const\"\n  target = \"arn:${aws_kms_key.k.arn}/*\"\n  policy = jsonencode({ Action = \"*\", Resource = aws_kms_key.k.arn })\n}\n";
    let after = json!({"acl": "private", "unset": false});
    let unknown = json!({"data": true, "target": true, "policy": true, "arn": true});
    let root = json!({"resources": [refers("aws_x", "a", json!({}))]});
    let world = load_plan(&configured(&[change("aws_x.a", after, unknown)], root), &[("main.tf", main)]);
    let value = |name: &str| world.value("aws_x.a", name);
    assert_eq!(value("acl"), "private");
    assert_eq!(value("data"), "?", "the plan's word counts");
    assert_eq!(value("target"), "arn:<id>/*");
    assert_eq!(value("policy"), json!({"Action": "*", "Resource": "?id"}));
    assert_eq!(value("arn"), "(absent)");
    let unset = at(world.resource("aws_x.a"), &["unset"]);
    assert_eq!(world.places(&unset), ("main.tf:5".into(), "main.tf:5".into()), "at the block that lacks it");
    assert_eq!(edges(&world, "aws_x.a"), ["target -> aws_kms_key.k", "policy -> aws_kms_key.k"]);
}

#[test]
fn an_instance_that_the_source_cannot_name_is_placed_by_its_declaration() {
    let main = "data \"aws_y\" \"d\" {}\n\nresource \"aws_x\" \"a\" {\n  for_each = toset(data.aws_y.d.names)\n  acl      = each.key\n}\n\nresource \"aws_x\" \"none\" {\n  count = 0\n  acl   = \"x\"\n  rule {\n    port = 1\n  }\n}\n\nmodule \"ext\" {\n  source = \"example/ext/aws\"\n}\n";
    let changes = [
        change(r#"aws_x.a["k.1"]"#, json!({"acl": "k.1"}), json!({})),
        change("aws_x.none[0]", json!({"acl": "x", "rule": [{"port": 2}]}), json!({"id": true})),
        change("module.ext.aws_x.inner", json!({"acl": "y", "empty": []}), json!({"id": true})),
    ];
    let root = json!({"resources": [refers("aws_x", "a", json!({})), refers("aws_x", "none", json!({}))],
        "module_calls": {"ext": {"source": "example/ext/aws", "module": {"resources": [refers("aws_x", "inner", json!({"acl": {}}))]}}}});
    let world = load_plan(&configured(&changes, root), &[("main.tf", main)]);
    let line = |address: &str, path: &[&str]| world.places(&at(world.resource(address), path)).0;
    assert_eq!(line(r#"aws_x.a["k.1"]"#, &["acl"]), "main.tf:5");
    assert_eq!(line("aws_x.none[0]", &["acl"]), "main.tf:10");
    assert_eq!(line("aws_x.none[0]", &["rule", "0", "port"]), "main.tf:12");
    assert_eq!(line("module.ext.aws_x.inner", &["acl"]), "main.tf:16");
    assert_eq!(show(&world.resource("module.ext.aws_x.inner").config), json!({"acl": "y"}));
    assert!(world.resources.iter().all(|resource| resource.exists == Existence::Yes && resource.open_links.is_empty()));
    assert!(world.problems.iter().all(|problem| !problem.incomplete), "{:?}", world.messages());
}

#[test]
fn without_source_edges_follow_references_through_modules_to_the_same_instance() {
    let bucket = |m: &str| change(&format!("module.b[\"{m}\"].aws_s3_bucket.this"), json!({}), json!({"id": true}));
    let part = |m: &str| {
        change(&format!("module.v[\"{m}\"].aws_s3_bucket_versioning.this"), json!({}), json!({"bucket": true}))
    };
    let changes = [
        bucket("x"),
        bucket("y"),
        part("x"),
        part("y"),
        change("aws_x.all", json!({}), json!({"b": true})),
        change("aws_x.one", json!({}), json!({"b": true})),
        change("aws_s3_bucket.c[0]", json!({"bucket": "c-0"}), json!({})),
        change("aws_s3_bucket.c[1]", json!({"bucket": "c-1"}), json!({})),
        change("aws_s3_bucket_acl.c", json!({"bucket": "c-1"}), json!({})),
    ];
    let root = json!({
        "resources": [
            refers("aws_x", "all", json!({"b": {"references": ["module.b"]}})),
            refers("aws_x", "one", json!({"b": {"references": ["data.aws_d.d.json", "data.aws_d.d"]}})),
            json!({"mode": "data", "type": "aws_d", "name": "d", "expressions": {"s": [{"r": {"references": ["module.b[\"x\"].id", "module.b[\"x\"]", "module.b"]}}]}}),
            refers("aws_s3_bucket", "c", json!({})),
            refers("aws_s3_bucket_acl", "c", json!({"bucket": {"references": ["aws_s3_bucket.c"]}})),
        ],
        "module_calls": {
            "b": {"for_each_expression": {"references": ["var.names"]}, "module": {
                "outputs": {"id": {"expression": {"references": ["aws_s3_bucket.this.id", "aws_s3_bucket.this"]}}},
                "resources": [refers("aws_s3_bucket", "this", json!({}))]}},
            "v": {"for_each_expression": {"references": ["module.b"]},
                "expressions": {"bucket": {"references": ["module.b", "each.key"]}, "id": {"references": ["module.b.id", "each.key"]}},
                "module": {"resources": [refers("aws_s3_bucket_versioning", "this", json!({"bucket": {"references": ["var.id"]}}))]}},
        },
    });
    let world = load_plan(&configured(&changes, root), &[]);
    assert_eq!(
        edges(&world, r#"module.v["x"].aws_s3_bucket_versioning.this"#),
        [r#"bucket -> module.b["x"].aws_s3_bucket.this"#]
    );
    assert_eq!(
        edges(&world, r#"module.v["y"].aws_s3_bucket_versioning.this"#),
        [r#"bucket -> module.b["y"].aws_s3_bucket.this"#]
    );
    assert_eq!(edges(&world, "aws_x.one"), [r#"b -> module.b["x"].aws_s3_bucket.this"#]);
    assert_eq!(edges(&world, "aws_s3_bucket_acl.c"), ["bucket -> aws_s3_bucket.c[1]"], "by the name it gives");
}

#[test]
fn a_cycle_of_references_ends() {
    let root = json!({
        "resources": [refers("aws_x", "a", json!({"b": {"references": ["module.m.o", "module.m"]}}))],
        "module_calls": {"m": {"expressions": {"v": {"references": ["module.m.o", "module.m"]}},
            "module": {"outputs": {"o": {"expression": {"references": ["var.v"]}}}}}},
    });
    let world = load_plan(&configured(&[change("aws_x.a", json!({}), json!({"b": true}))], root), &[]);
    assert_eq!(edges(&world, "aws_x.a"), [""; 0]);
}

#[test]
fn old_and_new_formats_are_read_and_a_next_generation_is_refused() {
    for version in ["0.1", "0.2", "1.0", "1.2", "1.99"] {
        let mut plan = plan(&[change("aws_x.a", json!({"n": 1}), json!({}))]);
        plan["format_version"] = json!(version);
        plan["future_property"] = json!({"a": [1]});
        let world = load_plan(&plan, &[]);
        assert_eq!((world.addresses(), world.messages()), (vec!["aws_x.a"], vec![]), "{version}");
    }
    for version in [json!("2.0"), json!("x"), json!(1.2), Json::Null] {
        let mut plan = plan(&[change("aws_x.a", json!({"n": 1}), json!({}))]);
        plan["format_version"] = version.clone();
        let world = load_plan(&plan, &[]);
        assert!(world.addresses().is_empty(), "{version}");
        assert!(world.problems.iter().any(|problem| problem.incomplete), "{version}: {:?}", world.messages());
    }
}

#[test]
fn a_plan_that_failed_or_is_not_whole_is_a_problem_and_judged_as_far_as_it_goes() {
    for (key, value, says) in [("errored", true, "failed half-way"), ("complete", false, "not a complete plan")] {
        let mut plan = plan(&[change("aws_x.a", json!({"n": 1}), json!({}))]);
        plan[key] = json!(value);
        let world = load_plan(&plan, &[]);
        assert_eq!(world.addresses(), ["aws_x.a"]);
        assert!(world.problems[0].incomplete && world.problems[0].message.contains(says));
    }
    let values = json!({"format_version": "1.0", "planned_values": {"root_module": {"resources": [{}]}}});
    assert!(load_plan(&values, &[]).messages()[0].contains("has no resource_changes"));
}

#[test]
fn wrong_types_anywhere_lose_their_entry_and_nothing_else() {
    let good = change("aws_x.good", json!({"n": 1}), json!({}));
    let junk =
        [json!(1), json!("x"), json!([]), json!({}), json!([[]]), Json::Null, json!(true), json!({"a": {"b": [1]}})];
    let paths: [&[&str]; 17] = [
        &[],
        &["address"],
        &["module_address"],
        &["mode"],
        &["type"],
        &["name"],
        &["index"],
        &["provider_name"],
        &["deposed"],
        &["change"],
        &["change", "actions"],
        &["change", "after"],
        &["change", "after_unknown"],
        &["change", "after_sensitive"],
        &["change", "after", "ingress"],
        &["change", "after_unknown", "ingress"],
        &["change", "after_sensitive", "ingress"],
    ];
    let base = || {
        let mut entry = change("aws_x.a", json!({"ingress": [{"p": 1}]}), json!({"ingress": [{"q": true}]}));
        entry["change"]["after_sensitive"] = json!({"ingress": [{"p": true}]});
        entry
    };
    for junk in &junk {
        for path in paths {
            let mut entry = base();
            let mut at = &mut entry;
            for step in path {
                at = &mut at[*step];
            }
            *at = junk.clone();
            let world = load_plan(&plan(&[good.clone(), entry]), &[]);
            assert!(world.addresses().contains(&"aws_x.good"), "{path:?} {junk}");
        }
        let paths: [&[&str]; 9] = [
            &["resource_changes"],
            &["configuration"],
            &["configuration", "root_module"],
            &["configuration", "root_module", "resources"],
            &["configuration", "root_module", "module_calls"],
            &["configuration", "root_module", "module_calls", "m"],
            &["configuration", "provider_config"],
            &["variables"],
            &["variables", "v"],
        ];
        for path in paths {
            let root = json!({"resources": [refers("aws_x", "good", json!({"n": {"references": ["var.v"]}}))], "module_calls": {"m": {}}});
            let mut plan = configured(&[good.clone()], root);
            plan["configuration"]["provider_config"] =
                json!({"aws": {"expressions": {"region": {"references": ["var.v"]}}}});
            plan["variables"] = json!({"v": {"value": 1}});
            let mut at = &mut plan;
            for step in path {
                at = &mut at[*step];
            }
            *at = junk.clone();
            let world = load_plan(
                &plan,
                &[("main.tf", "resource \"aws_x\" \"good\" {}\nmodule \"m\" {\n  source = \"x\"\n}\n")],
            );
            let lost = world.problems.iter().any(|problem| problem.incomplete);
            assert!(
                world.addresses().contains(&"aws_x.good") || lost || path == ["resource_changes"],
                "{path:?} {junk}"
            );
        }
    }
    let world = load_plan(&plan(&[json!({"type": "aws_x", "name": "a"}), good]), &[]);
    assert_eq!(world.messages(), ["aws_x.a has no change in plan.json; this entry is not judged"]);
}

#[test]
fn a_plan_that_is_cut_off_is_a_problem_wherever_it_ends() {
    let text = serde_json::to_string_pretty(&plan(&[change(
        "aws_x.a",
        json!({"n": [1, {"a": "é\\\""}]}),
        json!({"b": true}),
    )]))
    .unwrap();
    let from = text.find("resource_changes").unwrap() + "resource_changes\":".len();
    for end in (from..text.len()).filter(|end| text.is_char_boundary(*end)) {
        let world = load(&[("plan.json", &text[..end])]);
        assert!(world.problems.iter().any(|problem| problem.incomplete), "{end}");
    }
}

#[test]
fn sensitive_values_are_marked_below_and_their_lines_concealed() {
    let mut entry = change(
        "aws_x.a",
        json!({"password": "not-a-secret-1", "env": {"A": "not-a-secret-2", "B": "open"}, "l": ["x", "y"]}),
        json!({}),
    );
    entry["change"]["after_sensitive"] = json!({"password": true, "env": {"A": true}, "l": [false, true]});
    let root = json!({"resources": [refers("aws_x", "a", json!({"password": {}, "env": {}, "l": {}}))]});
    let world = load_plan(&configured(&[entry], root), &[]);
    let marked = |path: &[&str]| at(world.resource("aws_x.a"), path).marks.sensitive;
    assert!(marked(&["password"]) && marked(&["env", "A"]) && marked(&["l", "1"]));
    assert!(!marked(&["env", "B"]) && !marked(&["l", "0"]));
    let concealed: Vec<String> = world
        .sources
        .concealed()
        .iter()
        .map(|span| world.sources.file(span.file).text[span.start as usize..span.end as usize].to_owned())
        .collect();
    assert!(concealed.iter().any(|text| text.contains("not-a-secret-1")), "{concealed:?}");
    assert!(concealed.iter().any(|text| text.contains("not-a-secret-2")));
    assert!(!concealed.iter().any(|text| text.contains("open")));
    // On one line nothing can be told apart.
    let text = plan(&[change("aws_x.a", json!({"n": 1}), json!({}))]).to_string();
    let world = load(&[("plan.json", &text)]);
    assert_eq!(world.sources.concealed()[0].end as usize, text.len());
}

#[test]
fn a_secret_given_from_outside_is_no_literal() {
    let entry = |name: &str| {
        let mut entry = change(&format!("aws_x.{name}"), json!({"password": "not-a-secret-1"}), json!({}));
        entry["change"]["after_sensitive"] = json!({"password": true});
        entry
    };
    let root = json!({"resources": [
        refers("aws_x", "given", json!({"password": {"references": ["var.p"]}})),
        refers("aws_x", "literal", json!({"password": {"constant_value": "not-a-secret-1"}}))],
        "variables": {"p": {"sensitive": true}}});
    let changes = [entry("given"), entry("literal")];
    let mut plan = configured(&changes, root);
    let alone = load_plan(&plan, &[]);
    assert_eq!(alone.value("aws_x.given", "password"), "?");
    assert_eq!(alone.value("aws_x.literal", "password"), "not-a-secret-1");
    // The values of variables are in the plan, but where they come from only the source says.
    plan["variables"] = json!({"p": {"value": "not-a-secret-1"}});
    let main = "variable \"p\" {\n  sensitive = true\n}\nresource \"aws_x\" \"given\" {\n  password = var.p\n}\nresource \"aws_x\" \"literal\" {\n  password = \"not-a-secret-1\"\n}\n";
    let beside = load_plan(&plan, &[("main.tf", main)]);
    assert_eq!(beside.value("aws_x.given", "password"), "?");
    assert_eq!(beside.value("aws_x.literal", "password"), "not-a-secret-1");
}

#[test]
fn tags_come_from_tags_all_and_the_region_from_the_provider() {
    let root = json!({"resources": [json!({"mode": "managed", "type": "aws_x", "name": "a", "provider_config_key": "aws", "expressions": {}})]});
    let after = json!({"tags": {"a": "1"}, "tags_all": {"a": "1", "Owner": "x"}});
    let mut plan = configured(
        &[
            change("aws_x.a", after, json!({})),
            change("aws_x.b", json!({"tags": {"a": "1"}}), json!({"tags_all": true})),
        ],
        root,
    );
    plan["configuration"]["provider_config"] =
        json!({"aws": {"name": "aws", "expressions": {"region": {"references": ["var.region"]}}}});
    plan["variables"] = json!({"region": {"value": "eu-west-1"}});
    let world = load_plan(&plan, &[]);
    let a = world.resource("aws_x.a");
    assert_eq!(show(&a.facets["tags"]), json!({"a": "1", "Owner": "x"}));
    assert_eq!(show(&a.facets["tags_complete"]), json!(true));
    assert_eq!((a.region.as_deref(), a.provider.as_deref()), (Some("eu-west-1"), Some("aws")));
    let b = world.resource("aws_x.b");
    assert_eq!(show(&b.facets["tags"]), json!({"a": "1"}));
    assert_eq!(show(&b.facets["tags_complete"]), json!("?"));
}

#[test]
fn a_write_only_argument_is_set() {
    let root = json!({"resources": [refers("aws_x", "a", json!({"password_wo": {"references": ["var.p"]}}))]});
    let plan = configured(&[change("aws_x.a", json!({"password_wo": null, "n": 1}), json!({}))], root);
    assert_eq!(load_plan(&plan, &[]).value("aws_x.a", "password_wo"), "?id");
    let main = "variable \"p\" {}\nresource \"aws_x\" \"a\" {\n  password_wo = var.p\n}\n";
    assert_eq!(load_plan(&plan, &[("main.tf", main)]).value("aws_x.a", "password_wo"), "?");
}

#[test]
fn the_source_is_the_nearest_directory_that_declares_the_root() {
    let root = json!({"resources": [refers("aws_x", "a", json!({}))]});
    let plan = configured(&[change("aws_x.a", json!({"n": 1}), json!({}))], root).to_string();
    let right = "resource \"aws_x\" \"a\" {\n  n = 1\n}\n";
    let wrong = "resource \"aws_x\" \"b\" {}\n";
    let world = load(&[
        ("envs/prod/out/plan.json", &plan),
        ("envs/prod/out/x.tf", wrong),
        ("envs/prod/main.tf", right),
        ("main.tf", right),
    ]);
    let found = world.resources.iter().find(|resource| resource.source == SourceKind::Plan).unwrap();
    assert_eq!((&*found.scope, &*found.address), ("envs/prod", "aws_x.a"));
    let mut scopes: Vec<&str> = world.resources.iter().map(|resource| &*resource.scope).collect();
    scopes.sort_unstable();
    assert_eq!(scopes, ["", "envs/prod", "envs/prod/out"]);
}

#[test]
fn two_plans_of_one_root_do_not_mix() {
    let root = json!({"resources": [refers("aws_x", "a", json!({}))]});
    let plan = configured(&[change("aws_x.a", json!({"n": 1}), json!({}))], root).to_string();
    let world = load(&[("prod.json", &plan), ("dev.json", &plan), ("main.tf", "resource \"aws_x\" \"a\" {}\n")]);
    let scopes: Vec<&str> = world.resources.iter().map(|resource| &*resource.scope).collect();
    assert_eq!(scopes, ["#prod.json", "#dev.json"]);
}

#[test]
fn the_plans_variables_count_and_point_at_where_they_are_written() {
    let main = "variable \"a\" {\n  default = \"d\"\n}\nvariable \"b\" {}\nvariable \"c\" {}\nresource \"aws_x\" \"a\" {\n  a = var.a\n  b = var.b\n  c = var.c\n}\n";
    let after = json!({"a": "d", "b": "tf", "c": "cli"});
    let mut plan =
        configured(&[change("aws_x.a", after, json!({}))], json!({"resources": [refers("aws_x", "a", json!({}))]}));
    plan["variables"] = json!({"a": {"value": "d"}, "b": {"value": "tf"}, "c": {"value": "cli"}});
    let world = load_plan(&plan, &[("main.tf", main), ("terraform.tfvars", "b = \"tf\"\nc = \"other\"\n")]);
    let origin = |name: &str| world.places(&at(world.resource("aws_x.a"), &[name])).1;
    assert_eq!(origin("a"), "main.tf:2");
    assert!(at(world.resource("aws_x.a"), &["a"]).marks.defaulted);
    assert_eq!(origin("b"), "terraform.tfvars:1");
    assert_eq!(world.value("aws_x.a", "c"), "cli");
}

#[test]
fn ten_thousand_resources_take_a_moment() {
    let count = 10_000;
    let changes: Vec<Json> = (0..count)
        .flat_map(|index| {
            let bucket = change(
                &format!("aws_s3_bucket.b[\"k{index}\"]"),
                json!({"bucket": format!("b-{index}")}),
                json!({"id": true}),
            );
            let part = change(
                &format!("aws_s3_bucket_acl.b[\"k{index}\"]"),
                json!({"acl": "private"}),
                json!({"bucket": true}),
            );
            [bucket, part]
        })
        .collect();
    let reference = json!({"bucket": {"references": ["aws_s3_bucket.b", "each.key"]}});
    let root = json!({"resources": [refers("aws_s3_bucket", "b", json!({"bucket": {}})), refers("aws_s3_bucket_acl", "b", reference)]});
    let text = configured(&changes, root).to_string();
    let started = std::time::Instant::now();
    let world = load(&[("plan.json", &text)]);
    assert_eq!(world.addresses().len(), 2 * count);
    assert_eq!(edges(&world, "aws_s3_bucket_acl.b[\"k77\"]"), ["bucket -> aws_s3_bucket.b[\"k77\"]"]);
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
