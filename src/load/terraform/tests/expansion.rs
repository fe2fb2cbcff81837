//! Which instances there are: `count`, `for_each`, `dynamic`, modules and their calls, providers.

use super::*;

#[test]
fn count_and_for_each_make_instances_and_count_zero_makes_none() {
    let world = one("variable \"on\" { default = false }\n\
         resource \"aws_a\" \"none\" { count = 0 }\n\
         resource \"aws_a\" \"off\" { count = var.on ? 1 : 0 }\n\
         resource \"aws_a\" \"two\" {\n  count = 2\n  v = count.index\n}\n\
         resource \"aws_a\" \"set\" {\n  for_each = toset([\"b\", \"a\"])\n  v = \"${each.key}${each.value}\"\n}\n\
         resource \"aws_a\" \"map\" {\n  for_each = { x = { n = 1 } }\n  v = each.value.n\n}\n\
         resource \"aws_a\" \"again\" {\n  for_each = aws_a.map\n  v = \"${each.key}-${each.value.v}\"\n}\n");
    assert_eq!(
        world.addresses(),
        [
            "aws_a.two[0]",
            "aws_a.two[1]",
            "aws_a.set[\"a\"]",
            "aws_a.set[\"b\"]",
            "aws_a.map[\"x\"]",
            "aws_a.again[\"x\"]"
        ]
    );
    assert_eq!(world.value("aws_a.two[1]", "v"), json!(1));
    assert_eq!(world.value("aws_a.set[\"a\"]", "v"), json!("aa"));
    assert_eq!(world.value("aws_a.map[\"x\"]", "v"), json!(1));
    assert_eq!(world.value("aws_a.again[\"x\"]", "v"), json!("x-1"));
}

#[test]
fn an_unknown_count_or_for_each_keeps_one_uncertain_instance() {
    let world = one("variable \"n\" { type = number }\n\
         variable \"m\" { type = map(string) }\n\
         resource \"aws_a\" \"c\" {\n  count = var.n\n  fixed = \"x\"\n  v = count.index\n}\n\
         resource \"aws_a\" \"f\" {\n  for_each = var.m\n  fixed = \"x\"\n  k = each.key\n  v = each.value\n}\n\
         resource \"aws_a\" \"part\" {\n  for_each = { a = var.n }\n  v = each.value\n}\n\
         resource \"aws_b\" \"r\" {\n  one = aws_a.c[0].fixed\n  all = aws_a.c[*].fixed\n}\n");
    for address in ["aws_a.c[*]", "aws_a.f[*]"] {
        let cause = match &world.resource(address).exists {
            Existence::Unknown(cause) => cause.to_string(),
            Existence::Yes => panic!("{address} is certain"),
        };
        assert!(cause.contains("has no value"), "{cause}");
        assert_eq!(world.value(address, "fixed"), json!("x"));
        assert_eq!(world.value(address, "v"), json!("?"));
    }
    assert_eq!(world.value("aws_a.f[*]", "k"), json!("?id"));
    // Keys that are known are enough.
    assert_eq!(world.resource("aws_a.part[\"a\"]").exists, Existence::Yes);
    assert_eq!(world.value("aws_b.r", "one"), json!("x"));
    assert_eq!(world.value("aws_b.r", "all"), json!("?"));
}

#[test]
fn dynamic_blocks_become_blocks_and_unknown_ones_stay_open() {
    let world = one("variable \"rules\" { type = list(any) }\n\
         variable \"on\" { type = bool }\n\
         resource \"aws_a\" \"a\" {\n\
           rule { port = 1 }\n\
           dynamic \"rule\" {\n    for_each = [2, 3]\n    content {\n      port = rule.value\n      i = rule.key\n    }\n  }\n\
           dynamic \"named\" {\n    for_each = { x = \"y\" }\n    iterator = it\n    content {\n      v = \"${it.key}${it.value}\"\n\
               dynamic \"inner\" {\n        for_each = [it.value]\n        content { v = \"${it.key}/${inner.value}\" }\n      }\n    }\n  }\n\
           dynamic \"none\" {\n    for_each = null\n    content { v = 1 }\n  }\n\
           dynamic \"open\" {\n    for_each = var.rules\n    content {\n      port = open.value\n      fixed = 1\n    }\n  }\n\
           dynamic \"maybe\" {\n    for_each = var.on ? [1] : []\n    content { v = maybe.value }\n  }\n\
         }\n");
    assert_eq!(world.value("aws_a.a", "rule"), json!([{"port": 1}, {"i": 0, "port": 2}, {"i": 1, "port": 3}]));
    assert_eq!(world.value("aws_a.a", "named"), json!([{"v": "xy", "inner": [{"v": "x/y"}]}]));
    assert_eq!(world.value("aws_a.a", "none"), json!([]));
    assert_eq!(world.value("aws_a.a", "open"), json!({"?": [[], [{"fixed": 1, "port": "?"}]]}));
    assert_eq!(world.value("aws_a.a", "maybe"), json!({"?": [[], [{"v": 1}]]}));
}

#[test]
fn a_dynamic_block_takes_lists_with_their_repeats_sets_maps_and_null() {
    let world = one("variable \"x\" { default = null }\nvariable \"names\" { default = [\"a\"] }\n\
         variable \"listed\" {\n  type = list(string)\n  default = [\"a\"]\n}\nvariable \"set\" {\n  type = set(string)\n  default = [\"a\"]\n}\nlocals {\n  made = toset([\"m\"])\n}\n\
         resource \"aws_a\" \"a\" {\n\
           dynamic \"same\" {\n    for_each = [{ p = 1 }, { p = 1 }]\n    content {\n      k = same.key\n      p = same.value.p\n    }\n  }\n\
           dynamic \"set\" {\n    for_each = toset([\"b\", \"a\"])\n    content { k = set.key }\n  }\n\
           dynamic \"either\" {\n    for_each = var.names\n    content { k = either.key }\n  }\n\
           dynamic \"listed\" {\n    for_each = var.listed\n    content { k = listed.key }\n  }\n\
           dynamic \"declared\" {\n    for_each = var.set\n    content { k = declared.key }\n  }\n\
           dynamic \"made\" {\n    for_each = local.made\n    content { k = made.key }\n  }\n\
           dynamic \"off\" {\n    for_each = var.x == null ? [] : [var.x]\n    content { v = off.value }\n  }\n\
           dynamic \"outer\" {\n    for_each = { x = [1], y = [2, 3] }\n    iterator = o\n    content {\n\
               dynamic \"inner\" {\n        for_each = o.value\n        iterator = i\n        content { v = \"${o.key}${i.value}\" }\n      }\n    }\n  }\n\
         }\n");
    assert_eq!(world.value("aws_a.a", "same"), json!([{"k": 0, "p": 1}, {"k": 1, "p": 1}]));
    assert_eq!(world.value("aws_a.a", "set"), json!([{"k": "a"}, {"k": "b"}]));
    assert_eq!(world.value("aws_a.a", "either"), json!([{"k": {"?": ["a", 0]}}]));
    assert_eq!(world.value("aws_a.a", "listed"), json!([{"k": 0}]));
    assert_eq!(world.value("aws_a.a", "declared"), json!([{"k": "a"}]));
    assert_eq!(world.value("aws_a.a", "made"), json!([{"k": "m"}]));
    assert_eq!(world.value("aws_a.a", "off"), json!([]));
    assert_eq!(
        world.value("aws_a.a", "outer"),
        json!([{"inner": [{"v": "x1"}]}, {"inner": [{"v": "y2"}, {"v": "y3"}]}])
    );
}

#[test]
fn every_key_is_an_instance_even_where_values_are_equal() {
    let world = one("resource \"aws_a\" \"a\" {\n  for_each = { x = \"same\", y = \"same\" }\n  v = each.value\n}\n\
         resource \"aws_b\" \"b\" {\n  for_each = aws_a.a\n  id = each.value.id\n  k = each.key\n}\n\
         resource \"aws_c\" \"c\" {\n  for_each = { on = true, off = false, o = { deep = [1] } }\n  v = each.value\n}\n\
         resource \"aws_e\" \"e\" {\n  for_each = { for k, a in aws_a.a : k => a.id }\n  id = each.value\n}\n\
         resource \"aws_d\" \"d\" {\n  for_each = [\"p\", \"p\", \"q\"]\n}\n");
    assert_eq!(
        world.addresses(),
        [
            "aws_a.a[\"x\"]",
            "aws_a.a[\"y\"]",
            "aws_b.b[\"x\"]",
            "aws_b.b[\"y\"]",
            "aws_c.c[\"o\"]",
            "aws_c.c[\"off\"]",
            "aws_c.c[\"on\"]",
            "aws_e.e[\"x\"]",
            "aws_e.e[\"y\"]",
            "aws_d.d[\"p\"]",
            "aws_d.d[\"q\"]"
        ]
    );
    assert_eq!(world.value("aws_c.c[\"off\"]", "v"), json!(false));
    assert_eq!(world.value("aws_b.b[\"y\"]", "id"), json!("?id"));
    for address in ["aws_b.b[\"y\"]", "aws_e.e[\"y\"]"] {
        let edges: Vec<&str> = world.resource(address).edges.iter().map(|edge| &*edge.to).collect();
        assert_eq!(edges, ["aws_a.a[\"y\"]"], "{address}");
    }
}

#[test]
fn blocks_of_kinds_that_nobody_knows_cost_nothing() {
    let world = one(
        "action \"aws_lambda_invoke\" \"x\" {\n  config { a = 1 }\n}\nfuture \"a\" \"b\" \"c\" {\n  d {}\n}\n\
         moved {\n  from = aws_a.old\n  to = aws_a.a\n}\nimport {\n  to = aws_a.a\n  id = \"x\"\n}\nremoved {\n  from = aws_a.gone\n  lifecycle { destroy = false }\n}\n\
         check \"c\" {\n  data \"http\" \"h\" { url = \"https://example.com\" }\n  assert {\n    condition = true\n    error_message = \"m\"\n  }\n}\n\
         ephemeral \"aws_ssm_parameter\" \"e\" { arn = \"x\" }\nterraform {\n  required_version = \">= 1\"\n}\n\
         resource \"aws_a\" \"a\" {\n  v = 1\n  secret_wo = ephemeral.aws_ssm_parameter.e.value\n  on = terraform.applying\n}\n",
    );
    assert_eq!(show(&world.resource("aws_a.a").config), json!({"v": 1, "secret_wo": "?", "on": "?"}));
    assert_eq!(world.resources.len(), 1);
}

#[test]
fn a_whole_resource_has_its_dynamic_blocks_under_their_own_name() {
    let world = one("resource \"aws_a\" \"a\" {\n  for_each = { x = 1 }\n\
           dynamic \"rule\" {\n    for_each = [7]\n    content { port = rule.value }\n  }\n}\n\
         resource \"aws_b\" \"b\" {\n  for_each = aws_a.a\n  port = each.value.rule[0].port\n  id = each.value.id\n  other = each.value.other\n}\n");
    let config = show(&world.resource("aws_b.b[\"x\"]").config);
    assert_eq!(config, json!({"port": 7, "id": "?id", "other": "?"}));
}

#[test]
fn modules_are_judged_through_their_calls() {
    let world = load(&[
        (
            "main.tf",
            "module \"m\" {\n  source = \"./child\"\n  for_each = { for n in [\"a\", \"b\"] : n => upper(n) }\n  name = each.value\n}\n\
             module \"c\" {\n  source = \"./child\"\n  count = 1\n  name = module.m[\"a\"].out\n}\n\
             resource \"aws_b\" \"b\" {\n  one = module.m[\"b\"].out\n  all = values(module.m)[*].out\n  list = module.c[*].out\n  id = module.c[0].id\n}\n",
        ),
        (
            "child/main.tf",
            "variable \"name\" {}\nresource \"aws_a\" \"a\" {\n  v = \"${var.name}!\"\n  dir = path.module\n  root = path.root\n}\n\
             output \"out\" { value = aws_a.a.v }\noutput \"id\" { value = aws_a.a.id }\n",
        ),
    ]);
    assert_eq!(world.messages(), [""; 0]);
    assert_eq!(
        world.addresses(),
        ["aws_b.b", "module.m[\"a\"].aws_a.a", "module.m[\"b\"].aws_a.a", "module.c[0].aws_a.a"]
    );
    assert_eq!(world.value("module.c[0].aws_a.a", "v"), json!("A!!"));
    assert_eq!(world.value("module.c[0].aws_a.a", "dir"), json!("child"));
    assert_eq!(world.value("module.c[0].aws_a.a", "root"), json!("."));
    assert_eq!(world.value("aws_b.b", "one"), json!("B!"));
    assert_eq!(world.value("aws_b.b", "all"), json!(["A!", "B!"]));
    assert_eq!(world.value("aws_b.b", "list"), json!(["A!!"]));
    assert_eq!(world.value("aws_b.b", "id"), json!("?id"));
    // The call is named as the way that leads there.
    assert_eq!(world.resource("module.c[0].aws_a.a").calls.len(), 1);
}

#[test]
fn a_module_outside_of_the_scanned_paths_is_read_when_it_lies_inside_the_root() {
    let files = [
        (
            "live/main.tf",
            "module \"m\" {\n  source = \"../modules/m\"\n  v = 1\n}\nmodule \"up\" {\n  source = \"../../elsewhere\"\n}\n",
        ),
        ("modules/m/main.tf", "variable \"v\" {}\nmodule \"deep\" {\n  source = \"../deep\"\n  v = var.v\n}\n"),
        ("modules/deep/main.tf", "variable \"v\" {}\nresource \"aws_a\" \"a\" { v = var.v }\n"),
    ];
    let world = load_with(&files, &["live"], &TerraformSettings::default());
    assert_eq!(world.addresses(), ["module.m.module.deep.aws_a.a"]);
    assert_eq!(world.value("module.m.module.deep.aws_a.a", "v"), json!(1));
    assert_eq!(world.problems.len(), 1, "{:?}", world.messages());
    assert!(world.messages()[0].contains("module.up calls ../elsewhere"), "{:?}", world.messages());
}

#[test]
fn a_module_that_is_not_here_is_unknown_and_leaves_links_open() {
    let world = one("resource \"aws_s3_bucket\" \"b\" { bucket = \"x\" }\n\
         module \"m\" {\n  source = \"terraform-aws-modules/x/aws\"\n  bucket = aws_s3_bucket.b.id\n}\n\
         resource \"aws_a\" \"a\" {\n  v = module.m.anything\n  w = module.m.other.deep[0]\n}\n");
    assert_eq!(world.value("aws_a.a", "v"), json!("?"));
    assert_eq!(world.value("aws_a.a", "w"), json!("?"));
    assert_eq!(world.resource("aws_s3_bucket.b").open_links.len(), 1);
    assert!(world.resource("aws_a.a").open_links.is_empty());
}

const TAGGED: &str = "resource \"aws_a\" \"plain\" { tags = { own = \"1\" } }\n";

#[test]
fn default_tags_come_from_the_provider_that_a_resource_uses() {
    let tags = |world: &World, address: &str| show(&world.resource(address).facets["tags"]);
    let complete = |world: &World, address: &str| show(&world.resource(address).facets["tags_complete"]);
    let world = load(&[
        (
            "main.tf",
            &*format!(
                "provider \"aws\" {{\n  region = \"eu-west-1\"\n  default_tags {{ tags = {{ team = \"a\", own = \"0\" }} }}\n}}\n\
                 provider \"aws\" {{\n  alias = \"bare\"\n  region = \"us-east-1\"\n}}\n{TAGGED}\
                 resource \"aws_a\" \"aliased\" {{ provider = aws.bare }}\n\
                 module \"inherits\" {{ source = \"./m\" }}\n\
                 module \"passed\" {{\n  source = \"./m\"\n  providers = {{ aws = aws.bare }}\n}}\n\
                 module \"named\" {{\n  source = \"./n\"\n  providers = {{ aws.x = aws.bare }}\n}}\n"
            ),
        ),
        ("m/main.tf", "module \"deep\" { source = \"../deep\" }\n"),
        ("deep/main.tf", TAGGED),
        ("n/main.tf", "resource \"aws_a\" \"x\" { provider = aws.x }\n"),
    ]);
    assert_eq!(world.messages(), [""; 0]);
    assert_eq!(tags(&world, "aws_a.plain"), json!({"own": "1", "team": "a"}));
    assert_eq!(tags(&world, "aws_a.aliased"), json!({}));
    assert_eq!(tags(&world, "module.inherits.module.deep.aws_a.plain"), json!({"own": "1", "team": "a"}));
    assert_eq!(tags(&world, "module.passed.module.deep.aws_a.plain"), json!({"own": "1"}));
    for (address, region) in [
        ("aws_a.plain", "eu-west-1"),
        ("aws_a.aliased", "us-east-1"),
        ("module.passed.module.deep.aws_a.plain", "us-east-1"),
        ("module.named.aws_a.x", "us-east-1"),
    ] {
        assert_eq!(world.resource(address).region.as_deref(), Some(region), "{address}");
        assert_eq!(complete(&world, address), json!(true), "{address}");
    }
    // A reusable module by itself: its provider is configured by whoever calls it.
    let world = one(TAGGED);
    assert_eq!((tags(&world, "aws_a.plain"), complete(&world, "aws_a.plain")), (json!({"own": "1"}), json!("?")));
}

#[test]
fn override_files_replace_attributes_and_blocks() {
    let world = load(&[
        (
            "main.tf",
            "resource \"aws_a\" \"a\" {\n  encrypted = false\n  kept = 1\n  rule { p = 1 }\n  rule { p = 2 }\n  other { p = 3 }\n}\n\
             locals {\n  l = 1\n}\nvariable \"v\" {\n  type = string\n  default = \"a\"\n}\n\
             resource \"aws_b\" \"b\" {\n  l = local.l\n  v = var.v\n}\n",
        ),
        ("override.tf", "resource \"aws_a\" \"a\" {\n  encrypted = true\n  rule { p = 9 }\n}\nlocals {\n  l = 2\n}\n"),
        ("x_override.tf", "variable \"v\" { default = 7 }\n"),
    ]);
    assert_eq!(world.messages(), [""; 0]);
    assert_eq!(
        show(&world.resource("aws_a.a").config),
        json!({"encrypted": true, "kept": 1, "rule": [{"p": 9}], "other": [{"p": 3}]})
    );
    assert_eq!(show(&world.resource("aws_b.b").config), json!({"l": 2, "v": "7"}));
}

#[test]
fn an_override_of_a_block_replaces_dynamic_ones_too_and_something_new_is_told_and_kept() {
    let world = load(&[
        (
            "main.tf",
            "resource \"aws_a\" \"a\" {\n  dynamic \"rule\" {\n    for_each = [1, 2]\n    content { p = rule.value }\n  }\n}\n\
             module \"m\" {\n  source = \"./m\"\n  v = 1\n}\n",
        ),
        ("m/main.tf", "variable \"v\" {}\nresource \"aws_m\" \"m\" { v = var.v }\n"),
        (
            "override.tf.json",
            r#"{"resource": {"aws_a": {"a": {"rule": {"p": 9}}, "new": {"v": 1}}}, "module": {"m": {"v": 2}}, "terraform": {"backend": {"local": {}}}}"#,
        ),
    ]);
    assert_eq!(show(&world.resource("aws_a.a").config), json!({"rule": [{"p": 9}]}));
    assert_eq!(world.value("module.m.aws_m.m", "v"), json!(2));
    assert_eq!(world.value("aws_a.new", "v"), json!(1));
    assert_eq!(world.problems.len(), 1, "{:?}", world.messages());
    assert!(world.messages()[0].contains("aws_a.new is declared in an override file") && !world.problems[0].incomplete);
}

#[test]
fn references_become_edges_with_the_address_of_the_instance() {
    let world = one("resource \"aws_a\" \"a\" { count = 2 }\n\
         resource \"aws_b\" \"b\" {\n  x = aws_a.a[1].id\n  y = local.l\n  z { w = aws_c.c.arn }\n}\n\
         locals {\n  l = { deep = [aws_c.c.id] }\n}\n\
         resource \"aws_c\" \"c\" {}\n");
    let edges: Vec<String> =
        world.resource("aws_b.b").edges.iter().map(|edge| format!("{}->{}", edge.attribute, edge.to)).collect();
    assert_eq!(edges, ["x->aws_a.a[1]", "y->aws_c.c", "z->aws_c.c"]);
}
