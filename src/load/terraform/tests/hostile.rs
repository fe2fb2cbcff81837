//! Code that is broken, circular or made to explode: it costs itself, says so, and never ends the run.

use std::fmt::Write as _;

use super::*;

const GOOD: &str = "resource \"aws_good\" \"g\" {\n  v = \"fine\"\n}\n";

/// Loads hostile code beside good code, which must be untouched.
fn beside_good(text: &str) -> World {
    let world = load(&[("bad/main.tf", text), ("good/main.tf", GOOD)]);
    assert_eq!(world.value("aws_good.g", "v"), json!("fine"));
    world
}

fn says(world: &World, parts: &[&str]) {
    let found = world
        .problems
        .iter()
        .any(|problem| problem.span.is_some() && parts.iter().all(|part| problem.message.contains(part)));
    assert!(found, "no problem with {parts:?} and a place among {:?}", world.messages());
}

#[test]
fn cycles_are_unknown_and_named() {
    let world = beside_good(
        "locals {\n  a = local.b\n  b = \"${local.a}\"\n  self = local.self\n}\n\
         resource \"aws_a\" \"l\" {\n  v = local.a\n  w = \"kept\"\n}\n\
         resource \"aws_a\" \"x\" { v = aws_a.y.v }\nresource \"aws_a\" \"y\" { v = aws_a.x.v }\n\
         resource \"aws_a\" \"own\" { v = aws_a.own.v }\n\
         resource \"aws_a\" \"n\" { count = length(aws_a.n) }\n",
    );
    assert_eq!(world.value("aws_a.l", "v"), json!("!"));
    assert_eq!(world.value("aws_a.l", "w"), json!("kept"));
    assert_eq!(world.value("aws_a.x", "v"), json!("!"));
    says(&world, &["local.a refers to itself", "break the cycle"]);
    says(&world, &["aws_a.x.v refers to itself"]);
    says(&world, &["aws_a.own.v refers to itself"]);
    says(&world, &["aws_a.n", "itself"]);
}

#[test]
fn a_resource_may_name_its_own_computed_attributes() {
    let world = one("resource \"aws_a\" \"x\" {\n  v = aws_a.x.id\n  w = \"${aws_a.x.arn}/*\"\n}\n");
    assert_eq!(world.value("aws_a.x", "w"), json!("<id>/*"));
}

#[test]
fn modules_that_call_themselves_or_each_other_end() {
    let world = load(&[
        ("own/main.tf", "module \"m\" { source = \"./\" }\nresource \"aws_a\" \"own\" {}\n"),
        ("one/main.tf", "module \"m\" { source = \"../two\" }\nresource \"aws_a\" \"one\" {}\n"),
        ("two/main.tf", "module \"m\" {\n  source = \"../one\"\n  count = 2\n}\nresource \"aws_a\" \"two\" {}\n"),
        ("good/main.tf", GOOD),
    ]);
    assert_eq!(world.addresses(), ["aws_good.g", "aws_a.own", "aws_a.one", "module.m.aws_a.two"]);
    says(&world, &["calls its own directory own", "remove the cycle"]);
    says(&world, &["calls its own directory one"]);
}

#[test]
fn a_repeated_declaration_is_reported_and_the_first_is_judged() {
    let world = load(&[
        ("a.tf", "resource \"aws_a\" \"x\" { v = 1 }\nvariable \"v\" { default = 1 }\noutput \"o\" { value = 1 }\n"),
        (
            "b.tf",
            "resource \"aws_a\" \"x\" { v = 2 }\nvariable \"v\" { default = 2 }\noutput \"o\" { value = 2 }\n\
             module \"m\" { source = \"./m\" }\nmodule \"m\" { source = \"./n\" }\n\
             locals { l = 1 }\nlocals { l = 2 }\nresource \"aws_b\" \"b\" {\n  l = local.l\n  v = var.v\n}\n",
        ),
        ("m/main.tf", GOOD),
        ("n/main.tf", GOOD),
    ]);
    assert_eq!(world.value("aws_a.x", "v"), json!(1));
    assert_eq!(show(&world.resource("aws_b.b").config), json!({"l": 1, "v": 1}));
    for name in ["aws_a.x", "variable.v", "output.o", "module.m", "local.l"] {
        says(&world, &[&format!("{name} is declared twice"), "the first declaration is judged"]);
    }
    assert_eq!(world.problems.len(), 5, "{:?}", world.messages());
}

#[test]
fn too_many_instances_are_judged_as_one() {
    let world = beside_good(
        "resource \"aws_a\" \"many\" {\n  count = 1000000000\n  v = 1\n}\n\
         resource \"aws_a\" \"set\" {\n  for_each = toset([for i in range(200) : \"k${i}\"])\n  v = each.key\n}\n\
         resource \"aws_a\" \"minus\" {\n  count = -1\n}\nresource \"aws_a\" \"half\" {\n  count = 1.5\n}\n",
    );
    assert_eq!(world.value("aws_a.many[*]", "v"), json!(1));
    assert_eq!(world.value("aws_a.set[\"k7\"]", "v"), json!("k7"));
    assert_eq!(world.addresses().len(), 204);
    says(&world, &["aws_a.many has 1000000000 instances", "judged as one"]);
}

/// Explosions that must end soon, each with the attribute that asked for them.
#[test]
fn explosions_end_in_an_unknown_value() {
    let mut doubled = "locals {\n  l0 = [1, 2]\n  t0 = \"xxxxxxxxxxxxxxxx\"\n  m0 = { a = 1, b = 2 }\n".to_owned();
    for n in 1..=60 {
        let before = n - 1;
        let _ = writeln!(doubled, "  l{n} = concat(local.l{before}, local.l{before})");
        let _ = writeln!(doubled, "  t{n} = \"${{local.t{before}}}${{local.t{before}}}\"");
        let _ = writeln!(doubled, "  m{n} = {{ a = local.m{before}, b = local.m{before} }}");
    }
    doubled.push_str("}\n");
    let cases: [(&str, String); 9] = [
        ("lists that double", format!("{doubled}resource \"aws_a\" \"a\" {{ v = local.l60 }}\n")),
        ("texts that double", format!("{doubled}resource \"aws_a\" \"a\" {{ v = local.t60 }}\n")),
        ("maps that double", format!("{doubled}resource \"aws_a\" \"a\" {{ v = local.m60 }}\n")),
        ("products", product("setproduct(range(1000), range(1000), range(1000))")),
        ("ranges", product("range(1000000000)")),
        (
            "replacements",
            product(
                "replace(join(\"\", [for i in range(1000) : join(\"\", [for j in range(1000) : \"x\"])]), \"x\", join(\"\", [for j in range(1000) : \"xxxxxxxxxxxxxxxxxx\"]))",
            ),
        ),
        (
            "indents",
            product("indent(1000, join(\"\", [for i in range(1000) : join(\"\", [for j in range(100) : \"\\n\"])]))"),
        ),
        ("widths", product("format(\"%999999999d%.999999999f\", 1, 1)")),
        ("regular expressions", product("regex(\"(((((a{100}){100}){100}){100}){100})\", \"a\")")),
    ];
    for (name, text) in cases {
        let world = beside_good(&text);
        let found = world.value("aws_a.a", "v");
        let shown = found.to_string();
        assert!(shown.len() < 4096, "{name}: {} bytes, {}", shown.len(), shown.chars().take(80).collect::<String>());
    }
}

fn product(expression: &str) -> String {
    format!("resource \"aws_a\" \"a\" {{\n  v = {expression}\n}}\n")
}

#[test]
fn a_loop_in_loops_runs_out_of_steps() {
    let world = beside_good(&product(
        "[for a in range(1000) : length([for b in range(1000) : length([for c in range(1000) : c])])]",
    ));
    says(&world, &["takes too many steps", "is not judged"]);
    let world = beside_good(&product(
        "\"%{ for a in range(1000) }%{ for b in range(1000) }%{ for c in range(1000) }x%{ endfor }%{ endfor }%{ endfor }\"",
    ));
    says(&world, &["takes too many steps"]);
}

#[test]
fn ten_thousand_ordinary_instances_are_within_the_budget() {
    let world = one(
        "locals {\n  all = { for p in setproduct(range(100), range(100)) : \"${p[0]}-${p[1]}\" => { n = p[0] } }\n  tags = { a = 1, b = 2 }\n}\n\
         resource \"aws_a\" \"a\" {\n  for_each = local.all\n  name = \"x-${each.key}\"\n  n = each.value.n + 1\n\
           tags = merge(local.tags, { k = each.key })\n  rule {\n    on = each.value.n > 50 ? true : false\n  }\n}\n",
    );
    assert_eq!(world.addresses().len(), 10_000);
    assert_eq!(world.value("aws_a.a[\"99-99\"]", "tags"), json!({"a": 1, "b": 2, "k": "99-99"}));
}

#[test]
fn modules_that_multiply_run_out_of_steps() {
    let call = |to: &str| format!("module \"m\" {{\n  source = \"../{to}\"\n  count = 10000\n}}\n");
    let (a, b) = (call("b"), call("c"));
    let world = load(&[
        ("a/main.tf", &*a),
        ("b/main.tf", &*b),
        ("c/main.tf", "locals {\n  x = 1\n}\n"),
        ("good/main.tf", GOOD),
    ]);
    assert_eq!(world.value("aws_good.g", "v"), json!("fine"));
    says(&world, &["takes too many steps"]);
}

#[test]
fn a_template_that_renders_itself_fails() {
    let world = load(&[
        ("main.tf", "resource \"aws_a\" \"a\" {\n  v = templatefile(\"${path.module}/t.tpl\", { x = 1 })\n}\n"),
        ("t.tpl", "${x}${templatefile(\"t.tpl\", { x = 2 })}${templatefile(\"t.tpl\", { x = 3 })}"),
        ("good/main.tf", GOOD),
    ]);
    assert_eq!(world.value("aws_a.a", "v"), json!("!"));
    assert_eq!(world.value("aws_good.g", "v"), json!("fine"));
}

#[test]
fn long_chains_and_deep_nesting_do_not_overflow_the_stack() {
    let mut chain = "locals {\n  c0 = 1\n".to_owned();
    for n in 1..=2000 {
        let _ = writeln!(chain, "  c{n} = [local.c{}][0]", n - 1);
    }
    chain.push_str("}\nresource \"aws_a\" \"a\" { v = local.c2000 }\n");
    let world = beside_good(&chain);
    assert_eq!(world.value("aws_a.a", "v"), json!("!"));
    says(&world, &["the chain of references", "shorten it"]);
    for depth in [100, 500, 5000] {
        for (open, close) in [
            ("[", "]"),
            ("(", ")"),
            ("{ a = ", "}"),
            ("\"${", "}\""),
            ("!", ""),
            ("upper(", ")"),
            ("[for x in [1] : ", "]"),
        ] {
            beside_good(&product(&format!("{}1{}", open.repeat(depth), close.repeat(depth))));
        }
        beside_good(&format!("resource \"aws_a\" \"a\" {{\n{}{}}}\n", "b {\n".repeat(depth), "}\n".repeat(depth)));
        beside_good(&product(&format!("1{}", " + 1".repeat(depth))));
        beside_good(&product(&format!("true{}", " ? 1 : true".repeat(depth))));
        beside_good(&product(&format!("local.a{}", ".a".repeat(depth))));
    }
}

#[test]
fn long_lines_deep_brackets_and_long_conditions_cost_their_block_at_most() {
    let long = "x".repeat(100_000);
    let world = beside_good(&format!("resource \"aws_a\" \"a\" {{\n  v = \"{long}\"\n}}\n"));
    assert_eq!(world.value("aws_a.a", "v"), json!(long));
    let items = (0..20_000).map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
    let world = beside_good(&product(&format!("length([{items}])")));
    assert_eq!(world.value("aws_a.a", "v"), json!(20_000));
    for expression in [
        format!("{}1{}", "[".repeat(500), "]".repeat(500)),
        format!("true{}", " || false".repeat(1000)),
        format!("{{ for k, v in {}x{} : k => v }}", "{ for a, b in ".repeat(300), " : a => b }".repeat(300)),
    ] {
        let world = beside_good(&product(&expression));
        // Either it is evaluated, or the block is named as not judged.
        assert!(world.problems.len() <= 1, "{:?}", world.messages());
        assert_eq!(world.addresses().len() + world.problems.len(), 2, "{:?}", world.messages());
    }
    // What repairs look for, over and over.
    for piece in ["<<", "<<A", "{ for ", "{ for \"", "\"${", "/* ", "{ for x in y : <<E\n"] {
        beside_good(&format!("a = = {}", piece.repeat(20_000)));
    }
    // The same in JSON syntax.
    for text in [
        format!("{{\"locals\": {{\"a\": {}1{}}}}}", "[".repeat(5000), "]".repeat(5000)),
        format!("{{\"resource\": {}{{}}{}}}", "{\"a\": ".repeat(400), "}".repeat(400)),
        format!("{{\"locals\": {{\"a\": \"${{{}1{}}}\"}}}}", "(".repeat(5000), ")".repeat(5000)),
    ] {
        let world = load(&[("bad/main.tf.json", &*text), ("good/main.tf", GOOD)]);
        assert_eq!(world.value("aws_good.g", "v"), json!("fine"));
    }
}

/// Pieces that parsers trip over.
const NASTY: [&str; 64] = [
    "resource",
    "\"aws_s3_bucket\"",
    "\"b\"",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "=",
    "==",
    "=>",
    "\"",
    "\"${",
    "}\"",
    "%{ if ",
    "%{ for x in ",
    "%{ endif }",
    "%{ endfor ~}",
    "<<EOT\n",
    "<<-EOT\n",
    "EOT\n",
    "\n",
    "\n\n",
    "\r\n",
    "#",
    "//",
    "/*",
    "*/",
    ",",
    ".",
    "...",
    "*",
    "[*]",
    ".*.",
    "?",
    ":",
    "!",
    "&&",
    "||",
    "-",
    "+",
    "/",
    "%",
    "0",
    "1e999",
    "0x1f",
    "null",
    "true",
    "local.a",
    "var.",
    "each.value",
    "count = ",
    "for_each = ",
    "dynamic \"x\" {",
    "content {",
    "locals {\n",
    "variable \"v\" {\n",
    "module \"m\" {\n  source = \"./\"\n",
    "\\u00",
    "\u{feff}",
    "é\u{202e}",
    "\u{0}",
    "policy = jsonencode(",
];

#[test]
fn byte_soups_never_panic() {
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut next = move |bound: usize| {
        // Xorshift: the same soups on every run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % bound as u64).unwrap()
    };
    for round in 0..400 {
        let mut files = Vec::new();
        for file in 0..4 {
            let mut text = String::new();
            // Half of them begin as code that parses, so that the evaluator gets its share.
            if file % 2 == 0 {
                text.push_str("locals {\n  a = [1, \"x\", { y = null }]\n}\nresource \"aws_a\" \"a\" {\n  v = ");
            }
            for _ in 0..next(60) {
                text.push_str(NASTY[next(NASTY.len())]);
                if next(3) == 0 {
                    text.push(' ');
                }
            }
            if file % 2 == 0 {
                text.push_str("\n}\n");
            }
            files.push((format!("d{file}/main.tf"), text));
        }
        files.push(("good/main.tf".to_owned(), GOOD.to_owned()));
        let given: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
        let result = std::panic::catch_unwind(|| load(&given).value("aws_good.g", "v"));
        assert_eq!(result.ok(), Some(json!("fine")), "round {round}: {files:#?}");
    }
}

/// An expression of some depth, mostly calls with arguments that do not fit.
fn expression(depth: usize, atoms: &[&str], functions: &[&str], next: &mut impl FnMut(usize) -> usize) -> String {
    if depth == 0 {
        return atoms[next(atoms.len())].to_owned();
    }
    let mut inner = || expression(depth - 1, atoms, functions, next);
    let (a, b, c) = (inner(), inner(), inner());
    match next(14) {
        0 => format!("({a} + {b})"),
        1 => format!("({a} == {b})"),
        2 => format!("({a} ? {b} : {c})"),
        3 => format!("[for k, v in {a} : {b}]"),
        4 => format!("{{ for k, v in {a} : k => v... }}"),
        5 => format!("\"x${{{a}}}y\""),
        6 => format!("[{a}, {b}][{c}]"),
        7 => format!("{{ a = {a}, (\"b\") = {b} }}"),
        _ => {
            let name = functions[next(functions.len())];
            let count = next(4);
            format!("{name}({})", [a, b, c].get(..count).unwrap_or(&[]).join(", "))
        }
    }
}

#[test]
fn expressions_of_random_shape_never_panic() {
    let atoms = [
        "1",
        "-1",
        "\"a\"",
        "null",
        "true",
        "[]",
        "{}",
        "[1, null]",
        "{ a = [] }",
        "local.a",
        "local.b",
        "var.u",
        "aws_x.y",
        "aws_x.y.id",
        "aws_x.n[0]",
        "aws_x.n[*].v",
        "data.aws_iam_policy_document.d.json",
        "\"${var.u}x\"",
        "each.key",
        "path.module",
        "terraform.workspace",
        "1e30",
        "0.5",
    ];
    let functions: Vec<&str> = crate::load::terraform::functions::names()
        .chain(["try", "can", "file", "templatefile", "templatestring", "fileexists"])
        .collect();
    let mut state: u64 = 42;
    let mut next = move |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % bound as u64).unwrap()
    };
    for round in 0..60 {
        let mut text =
            "variable \"u\" {}\nlocals {\n  a = \"10.0.0.0/8\"\n  b = { k = [1, 2] }\n}\nresource \"aws_x\" \"y\" {}\n\
             resource \"aws_x\" \"n\" {\n  count = 2\n  v = count.index\n}\ndata \"aws_iam_policy_document\" \"d\" {}\n"
                .to_owned();
        for n in 0..60 {
            let made = expression(1 + next(2), &atoms, &functions, &mut next);
            let _ = writeln!(text, "resource \"aws_t\" \"r{n}\" {{\n  v = {made}\n}}");
        }
        let result = std::panic::catch_unwind(|| load(&[("main.tf", &*text)]).resources.len());
        assert!(result.is_ok_and(|count| count >= 60), "round {round}: {text}");
    }
}
