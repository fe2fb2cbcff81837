//! A plan with its source: where values stand, what belongs together, and which source it is.

use super::*;

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
