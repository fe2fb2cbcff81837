//! Where values of variables come from, and what becomes of them.

use std::fmt::Write as _;

use super::*;

fn settings(var_files: &[&str], vars: &[(&str, &str)], env: &[(&str, &str)]) -> TerraformSettings {
    let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    TerraformSettings {
        var_files: var_files.iter().map(|path| (*path).to_owned()).collect(),
        vars: own(vars),
        env: own(env).into_iter().collect(),
        workspace: None,
        ..TerraformSettings::default()
    }
}

#[test]
fn later_sources_of_values_win() {
    // Source n sets the variables v1 to vn, so the sources after it set the rest.
    let set = |from: usize, value: &str| -> String {
        (from..=8).fold(String::new(), |text, n| format!("{text}v{n} = \"{value}\"\n"))
    };
    let json_set = |from: usize, value: &str| {
        let map: serde_json::Map<_, _> = (from..=8).map(|n| (format!("v{n}"), json!(value))).collect();
        Json::Object(map).to_string()
    };
    let (mut declared, mut used) = (String::new(), String::new());
    for n in 1..=8 {
        let _ = writeln!(declared, "variable \"v{n}\" {{ default = \"default\" }}");
        let _ = writeln!(used, "  v{n} = var.v{n}");
    }
    let files = [
        ("main.tf", format!("{declared}resource \"aws_a\" \"a\" {{\n{used}}}\n")),
        ("terraform.tfvars", set(3, "tfvars")),
        ("terraform.tfvars.json", json_set(4, "json")),
        ("a.auto.tfvars", set(5, "auto a")),
        ("b.auto.tfvars.json", json_set(6, "auto b")),
        ("given.tfvars", set(7, "file")),
        ("ignored.tfvars", set(1, "ignored")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, &**text)).collect();
    let env: Vec<String> = (2..=8).map(|n| format!("v{n}")).collect();
    let env: Vec<(&str, &str)> = env.iter().map(|name| (&**name, "env")).collect();
    let world = load_with(&files, &["."], &settings(&["given.tfvars"], &[("v8", "first"), ("v8", "flag")], &env));
    assert_eq!(world.messages(), [""; 0]);
    let expected = ["default", "env", "tfvars", "json", "auto a", "auto b", "file", "flag"];
    for (n, expected) in (1..).zip(expected) {
        assert_eq!(world.value("aws_a.a", &format!("v{n}")), json!(expected), "v{n}");
    }
}

#[test]
fn values_on_the_command_line_are_text_or_expressions_by_type() {
    let main = "variable \"t\" { type = string }\nvariable \"free\" {}\nvariable \"n\" { type = number }\n\
                variable \"l\" { type = list(string) }\nvariable \"any\" { type = any }\n\
                resource \"aws_a\" \"a\" {\n  t = var.t\n  free = var.free\n  n = var.n\n  l = var.l\n  any = var.any\n}\n";
    let vars = [("t", "x[1]"), ("free", "true"), ("n", "7"), ("l", "[\"a\", 2]"), ("any", "{ x = 1 }")];
    let world = load_with(&[("main.tf", main)], &["."], &settings(&[], &vars, &[]));
    assert_eq!(
        show(&world.resource("aws_a.a").config),
        json!({"t": "x[1]", "free": "true", "n": 7, "l": ["a", "2"], "any": {"x": 1}})
    );
}

#[test]
fn a_value_that_is_no_expression_is_a_problem_and_unknown() {
    let main = "variable \"l\" { type = list(string) }\nresource \"aws_a\" \"a\" { l = var.l }\n";
    let world = load_with(&[("main.tf", main)], &["."], &settings(&[], &[("l", "[\"a\"")], &[]));
    assert_eq!(world.value("aws_a.a", "l"), json!("!"));
    assert_eq!(world.problems.len(), 1, "{:?}", world.messages());
    assert!(world.messages()[0].contains("--var"), "{:?}", world.messages());
}

#[test]
fn a_variable_without_value_is_unknown_and_says_so() {
    let world = one("variable \"v\" {}\nresource \"aws_a\" \"a\" { v = var.v }\n");
    let node = at(world.resource("aws_a.a"), &["v"]);
    let unknown = node.as_unknown().unwrap();
    assert_eq!((unknown.reason, &*unknown.cause), (Reason::NoValue, "var.v has no value"));
}

#[test]
fn null_overrides_a_default_unless_null_is_not_allowed() {
    let world = load(&[
        ("main.tf", "module \"m\" {\n  source = \"./m\"\n  a = null\n  b = null\n}\n"),
        (
            "m/main.tf",
            "variable \"a\" { default = 1 }\nvariable \"b\" {\n  default = 2\n  nullable = false\n}\n\
             variable \"c\" { default = 3 }\n\
             resource \"aws_a\" \"a\" {\n  a = var.a\n  b = var.b\n  c = var.c\n}\n",
        ),
    ]);
    assert_eq!(show(&world.resource("module.m.aws_a.a").config), json!({"a": null, "b": 2, "c": 3}));
}

#[test]
fn values_are_converted_to_the_declared_type_and_optional_attributes_filled_in() {
    let world = one(
        "variable \"o\" {\n  type = list(object({\n    name = string\n    on = optional(bool, true)\n    size = optional(number)\n\
             deep = optional(object({ x = optional(string, \"d\") }), {})\n  }))\n\
           default = [{ name = 7, extra = 1 }, { name = \"b\", on = \"false\", size = \"3\", deep = { x = \"e\" } }, { name = \"n\", on = null }]\n}\n\
         variable \"s\" {\n  type = set(string)\n  default = [\"b\", \"a\", \"b\", 1]\n}\n\
         variable \"n\" {\n  type = number\n  default = \"443\"\n}\n\
         variable \"b\" {\n  type = bool\n  default = \"true\"\n}\n\
         variable \"m\" {\n  type = map(string)\n  default = { a = 1, b = true }\n}\n\
         resource \"aws_a\" \"a\" {\n  o = var.o\n  s = var.s\n  n = var.n\n  b = var.b\n  m = var.m\n}\n",
    );
    assert_eq!(
        world.value("aws_a.a", "o"),
        json!([
            {"name": "7", "on": true, "size": null, "deep": {"x": "d"}},
            {"name": "b", "on": false, "size": 3, "deep": {"x": "e"}},
            {"name": "n", "on": true, "size": null, "deep": {"x": "d"}},
        ])
    );
    assert_eq!(world.value("aws_a.a", "s"), json!(["1", "a", "b"]));
    assert_eq!(world.value("aws_a.a", "n"), json!(443));
    assert_eq!(world.value("aws_a.a", "b"), json!(true));
    assert_eq!(world.value("aws_a.a", "m"), json!({"a": "1", "b": "true"}));
}

#[test]
fn a_value_remembers_where_it_was_written() {
    let files = [
        (
            "main.tf",
            "variable \"given\" {}\nvariable \"default\" {\n  default = \"d\"\n}\nlocals {\n  l = \"x\"\n}\n\
             resource \"aws_a\" \"a\" {\n  given = var.given\n  default = var.default\n  l = local.l\n  own = \"y\"\n}\n",
        ),
        ("terraform.tfvars", "\ngiven = \"g\"\n"),
    ];
    let world = load_with(&files, &["."], &TerraformSettings::default());
    let resource = world.resource("aws_a.a");
    for (attribute, via, origin) in [
        ("given", "main.tf:9", "terraform.tfvars:2"),
        ("default", "main.tf:10", "main.tf:3"),
        ("l", "main.tf:11", "main.tf:6"),
        ("own", "main.tf:12", "main.tf:12"),
    ] {
        assert_eq!(world.places(&at(resource, &[attribute])), (via.to_owned(), origin.to_owned()), "{attribute}");
    }
    assert!(at(resource, &["default"]).marks.defaulted && !at(resource, &["given"]).marks.defaulted);
}

#[test]
fn a_sensitive_value_stays_sensitive_on_its_way() {
    let world = load(&[
        (
            "main.tf",
            "variable \"s\" {\n  sensitive = true\n  default = \"x\"\n}\nlocals {\n  l = { v = var.s }\n}\n\
         resource \"aws_a\" \"a\" {\n  direct = var.s\n  text = \"a-${var.s}\"\n  call = upper(local.l.v)\n\
           list = [for x in [var.s] : x]\n  test = var.s == \"x\" ? \"p\" : \"q\"\n  open = nonsensitive(var.s)\n  deep = var.o.password\n  out = module.m.key\n  json = jsonencode({ a = var.o.password })\n}\n\
                 variable \"o\" {\n  sensitive = true\n  default = { password = \"x\" }\n}\n\
                 module \"m\" { source = \"./m\" }\n",
        ),
        ("m/main.tf", "output \"key\" {\n  sensitive = true\n  value = \"k\"\n}\n"),
    ]);
    assert_eq!(world.messages(), [""; 0]);
    for (attribute, expected) in [
        ("direct", true),
        ("text", true),
        ("call", true),
        ("test", true),
        ("open", false),
        ("deep", true),
        ("out", true),
    ] {
        let node = at(world.resource("aws_a.a"), &[attribute]);
        assert_eq!(node.marks.sensitive, expected, "{attribute}");
    }
    assert!(at(world.resource("aws_a.a"), &["list", "0"]).marks.sensitive);
    assert!(at(world.resource("aws_a.a"), &["json"]).marks.sensitive);
}
