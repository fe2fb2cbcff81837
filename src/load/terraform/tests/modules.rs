//! Where modules come from, and what passes between them.

use std::fmt::Write as _;

use super::*;

const CHILD: &str =
    "variable \"v\" {}\nresource \"aws_a\" \"a\" { v = var.v }\noutput \"out\" { value = \"${var.v}!\" }\n";

/// The declarations of a kind, by address.
fn declared<'w>(world: &'w World, kind: &str) -> Vec<&'w str> {
    world.resources.iter().filter(|resource| &*resource.kind == kind).map(|resource| &*resource.address).collect()
}

#[test]
fn fetched_modules_are_judged_through_their_callers_only() {
    let manifest = r#"{"Modules": [{"Key": "", "Source": "", "Dir": "."},
        {"Key": "net", "Source": "registry.terraform.io/acme/net/aws", "Version": "1.2.3", "Dir": ".terraform/modules/net/inner"},
        {"Key": "net.deep", "Source": "git::https://example.com/deep.git", "Dir": ".terraform/modules/net.deep"},
        {"Key": "stale", "Source": "registry.terraform.io/acme/other/aws", "Dir": ".terraform/modules/net.deep"},
        {"Key": "out", "Source": "acme/out/aws", "Dir": "/etc"}]}"#;
    let world = load(&[
        (
            "live/main.tf",
            "module \"net\" {\n  source  = \"acme/net/aws\"\n  version = \"1.2.3\"\n  v = \"x\"\n}\n\
             module \"stale\" {\n  source = \"acme/stale/aws\"\n  v = 1\n}\nmodule \"out\" {\n  source = \"acme/out/aws\"\n}\n\
             resource \"aws_b\" \"b\" {\n  v = module.net.out\n  w = module.stale.out\n}\n",
        ),
        ("live/.terraform/modules/modules.json", manifest),
        (
            "live/.terraform/modules/net/inner/main.tf",
            "variable \"v\" {}\nmodule \"deep\" {\n  source = \"git::https://example.com/deep.git\"\n  v = var.v\n}\noutput \"out\" { value = module.deep.out }\n",
        ),
        ("live/.terraform/modules/net/examples/main.tf", "resource \"aws_example\" \"e\" {}\n"),
        ("live/.terraform/modules/net.deep/main.tf", CHILD),
    ]);
    assert_eq!(world.messages(), [""; 0]);
    assert_eq!(world.addresses(), ["aws_b.b", "module.net.module.deep.aws_a.a"]);
    assert_eq!(world.value("aws_b.b", "v"), json!("x!"));
    assert_eq!(world.value("aws_b.b", "w"), json!("?"));
    assert_eq!(world.resource("module.net.module.deep.aws_a.a").calls.len(), 2);
    assert_eq!(declared(&world, "module"), ["module.net", "module.net.module.deep", "module.stale", "module.out"]);
    // The arguments of a call are judged where the module is not.
    assert_eq!(show(&world.resource("module.net").config), json!({"source": "acme/net/aws", "version": "1.2.3"}));
    assert_eq!(show(&world.resource("module.stale").config), json!({"source": "acme/stale/aws", "v": 1}));
}

#[test]
fn a_manifest_that_does_not_parse_is_a_problem() {
    let world = load(&[
        ("main.tf", "module \"m\" { source = \"acme/m/aws\" }\n"),
        (".terraform/modules/modules.json", "{\"Modules\": ["),
    ]);
    assert_eq!(world.problems.len(), 1, "{:?}", world.messages());
    assert!(world.messages()[0].contains("modules.json is not valid JSON"));
}

#[test]
fn the_user_says_where_a_module_is() {
    let given = |source: &str, dir: &str| (source.to_owned(), dir.to_owned());
    let settings = TerraformSettings {
        modules: vec![given("acme/*/aws", "vendor/any"), given("git::https://example.com/m.git", "vendor/git")],
        ..TerraformSettings::default()
    };
    let files = [
        (
            "main.tf",
            "module \"a\" {\n  source = \"acme/x/aws\"\n  v = 1\n}\n\
             module \"b\" {\n  source = \"git::https://example.com/m.git//sub?ref=v1\"\n  v = 2\n}\n",
        ),
        ("vendor/any/main.tf", CHILD),
        ("vendor/git/sub/main.tf", CHILD),
    ];
    let world = load_with(&files, &["."], &settings);
    assert_eq!(world.messages(), [""; 0]);
    // Directories that are called are no roots of their own.
    assert_eq!(world.addresses(), ["module.a.aws_a.a", "module.b.aws_a.a"]);
}

#[test]
fn a_source_may_be_an_expression() {
    let world = load(&[
        (
            "main.tf",
            "variable \"which\" {\n  const = true\n  default = \"one\"\n}\nvariable \"open\" {}\nlocals {\n  base = \"./m\"\n}\n\
             module \"known\" {\n  source = \"${local.base}/${var.which}\"\n  v = 1\n}\n\
             module \"open\" {\n  source = \"./m/${var.open}\"\n  v = 2\n}\n\
             resource \"aws_b\" \"b\" {\n  v = module.known.out\n  w = module.open.out\n}\n",
        ),
        ("m/one/main.tf", CHILD),
    ]);
    assert_eq!(world.messages(), [""; 0]);
    assert_eq!(world.addresses(), ["aws_b.b", "module.known.aws_a.a"]);
    assert_eq!(world.value("aws_b.b", "v"), json!("1!"));
    let cause = at(world.resource("aws_b.b"), &["w"]).as_unknown().unwrap().cause.to_string();
    assert_eq!(cause, "module.open.out comes from a source that is not known (var.open has no value)");
    assert_eq!(show(&world.resource("module.open").config), json!({"source": "./m/<?>", "v": 2}));
}

#[test]
fn calls_with_instances_have_arguments_for_each() {
    let world = one(
        "module \"m\" {\n  source = \"acme/m/aws\"\n  for_each = { a = 1, b = 2 }\n  name = \"${each.key}${each.value}\"\n}\n\
         module \"none\" {\n  source = \"acme/m/aws\"\n  count = 0\n}\n",
    );
    assert_eq!(declared(&world, "module"), ["module.m[\"a\"]", "module.m[\"b\"]"]);
    assert_eq!(world.value("module.m[\"b\"]", "name"), json!("b2"));
    assert!(world.addresses().is_empty());
}

#[test]
fn outputs_of_siblings_are_seen_whatever_their_names() {
    // One feeds the next, under every order of their names.
    for [first, second, third] in
        [["a", "b", "c"], ["a", "c", "b"], ["b", "a", "c"], ["b", "c", "a"], ["c", "a", "b"], ["c", "b", "a"]]
    {
        let call = |name: &str, v: &str| format!("module \"{name}\" {{\n  source = \"./child\"\n  v = {v}\n}}\n");
        let mut calls = [
            (first, call(first, "\"x\"")),
            (second, call(second, &format!("module.{first}.out"))),
            (third, call(third, &format!("module.{second}.out"))),
        ];
        for _ in 0..2 {
            let text: String = calls.iter().map(|(_, text)| text.as_str()).collect();
            let world = load(&[("main.tf", &*text), ("child/main.tf", CHILD)]);
            assert_eq!(world.messages(), [""; 0]);
            assert_eq!(world.value(&format!("module.{third}.aws_a.a"), "v"), json!("x!!"), "{first}{second}{third}");
            calls.reverse();
        }
    }
}

#[test]
fn forty_levels_and_fifty_siblings_are_followed() {
    let mut files = vec![("main.tf".to_owned(), "module \"m\" {\n  source = \"./l1\"\n  v = \"x\"\n}\n".to_owned())];
    for level in 1..40 {
        let text = format!(
            "variable \"v\" {{}}\nmodule \"m\" {{\n  source = \"../l{}\"\n  v = var.v\n}}\noutput \"out\" {{\n  value = module.m.out\n}}\n",
            level + 1
        );
        files.push((format!("l{level}/main.tf"), text));
    }
    files.push(("l40/main.tf".to_owned(), CHILD.to_owned()));
    files.push(("last.tf".to_owned(), "resource \"aws_b\" \"b\" { v = module.m.out }\n".to_owned()));
    let mut wide = String::new();
    for n in 0..50 {
        let v = if n == 0 { "\"0\"".to_owned() } else { format!("module.s{}.out", n - 1) };
        let _ = writeln!(wide, "module \"s{n}\" {{\n  source = \"./l40\"\n  v = {v}\n}}");
    }
    files.push(("wide.tf".to_owned(), wide));
    let given: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    let world = load(&given);
    assert_eq!(world.messages(), [""; 0]);
    assert_eq!(world.value("aws_b.b", "v"), json!("x!"));
    let deepest = format!("{}aws_a.a", "module.m.".repeat(40));
    assert_eq!(world.value(&deepest, "v"), json!("x"));
    assert_eq!(world.value("module.s49.aws_a.a", "v"), json!(format!("0{}", "!".repeat(49))));
    assert_eq!(world.addresses().len(), 52);
}

#[test]
fn an_instance_chosen_by_an_unknown_key_is_unknown_and_all_of_them_are_seen() {
    let world = load(&[
        (
            "main.tf",
            "variable \"k\" {}\nmodule \"m\" {\n  source = \"./child\"\n  for_each = toset([\"a\", \"b\"])\n  v = each.key\n}\n\
             module \"n\" {\n  source = \"./child\"\n  count = 2\n  v = \"n${count.index}\"\n}\n\
             module \"open\" {\n  source = \"./child\"\n  for_each = toset([var.k])\n  v = \"fixed\"\n}\n\
             resource \"aws_b\" \"b\" {\n  one = module.m[var.k].out\n  all = module.n[*].out\n  open = module.open[\"x\"].out\n}\n",
        ),
        ("child/main.tf", CHILD),
    ]);
    assert_eq!(world.messages(), [""; 0]);
    assert_eq!(show(&world.resource("aws_b.b").config), json!({"one": "?", "all": ["n0!", "n1!"], "open": "fixed!"}));
    // Which instances there are is not known, what they have is.
    assert_eq!(world.value("module.open[*].aws_a.a", "v"), json!("fixed"));
    assert!(matches!(world.resource("module.open[*].aws_a.a").exists, Existence::Unknown(_)));
}

#[test]
fn a_cycle_through_outputs_is_named_and_costs_only_itself() {
    let world = load(&[
        (
            "main.tf",
            "module \"a\" {\n  source = \"./child\"\n  v = module.b.out\n}\nmodule \"b\" {\n  source = \"./child\"\n  v = module.a.out\n}\n\
             module \"ok\" {\n  source = \"./child\"\n  v = \"fine\"\n}\n",
        ),
        ("child/main.tf", CHILD),
    ]);
    assert_eq!(world.value("module.ok.aws_a.a", "v"), json!("fine"));
    assert_eq!(world.value("module.a.aws_a.a", "v"), json!("!"));
    assert!(world.messages().iter().any(|message| message.contains("refers to itself")), "{:?}", world.messages());
}
