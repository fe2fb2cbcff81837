//! Expressions and what they come to, known or not.

use super::*;

const PRELUDE: &str = r#"
variable "u" {}
variable "flag" { type = bool }
variable "text" {
  type     = string
  nullable = false
}
variable "items" { type = list(string) }
locals {
  three = [1, 2, 3]
  users = [{ name = "a", age = 1 }, { name = "b", age = 2 }]
  map   = { x = 1, y = 2 }
  none  = null
}
resource "aws_s3_bucket" "b" {
  bucket = "logs"
  acl    = null
}
resource "aws_instance" "many" {
  count = 2
  ami   = "ami-${count.index}"
}
resource "aws_instance" "each" {
  for_each = { a = "x", b = "y" }
  ami      = each.value
}
"#;

/// Evaluates each expression by itself and compares; all differences are shown at once.
fn holds(table: &[(&str, Json)]) {
    let mut files = vec![("prelude.tf".to_owned(), PRELUDE.to_owned())];
    for (index, (expression, _)) in table.iter().enumerate() {
        files.push((format!("e{index}.tf"), format!("resource \"test\" \"e{index}\" {{\n  v = {expression}\n}}\n")));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    let world = load(&files);
    let mut wrong = Vec::new();
    for (index, (expression, expected)) in table.iter().enumerate() {
        let address = format!("test.e{index}");
        let found = match world.resources.iter().find(|resource| *resource.address == address) {
            Some(resource) => resource.config.key("v").map_or_else(|| json!("(absent)"), show),
            None => json!("(does not parse)"),
        };
        if found != *expected {
            wrong.push(format!("{expression}\n     is {found}\n not    {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), table.len(), wrong.join("\n"));
}

#[test]
fn operators_follow_precedence_and_conversion() {
    holds(&[
        ("1 + 2 * 3", json!(7)),
        ("2 * 3 + 1", json!(7)),
        ("(1 + 2) * 3", json!(9)),
        ("10 - 4 - 3", json!(3)),
        ("100 / 5 / 2", json!(10)),
        ("7 / 2", json!(3.5)),
        ("-5 % 3", json!(-2)),
        ("7 % 4", json!(3)),
        ("-(3)", json!(-3)),
        ("1 + 2 == 3 && 2 < 3", json!(true)),
        ("true || false && false", json!(true)),
        ("!true || true", json!(true)),
        ("!(true || true)", json!(false)),
        ("1 < 2 == true", json!(true)),
        ("\"2\" + 3", json!(5)),
        ("\"1\" == 1", json!(false)),
        ("1 == 1.0", json!(true)),
        ("null == null", json!(true)),
        ("null == \"\"", json!(false)),
        ("[1, 2] == [1, 2]", json!(true)),
        ("{ a = 1 } != { a = 2 }", json!(true)),
        ("9007199254740993", json!(9_007_199_254_740_993_u64)),
        ("1e3", json!(1000)),
        ("1 / 0", json!("!")),
        ("\"a\" + 1", json!("!")),
        ("5 >= 5 ? \"yes\" : \"no\"", json!("yes")),
    ]);
}

#[test]
fn numbers_at_the_edge_do_not_overflow() {
    let least = "tonumber(\"-170141183460469231731687303715884105728\")";
    holds(&[
        (&*format!("-{least} > 0"), json!(true)),
        (&*format!("{least} / -1 > 0"), json!(true)),
        (&*format!("{least} % -1"), json!(0)),
        (&*format!("abs({least}) > 0"), json!(true)),
        (&*format!("{least} - 1 < 0"), json!(true)),
        ("tonumber(\"1e400\")", json!("!")),
        ("tonumber(\"nan\")", json!("!")),
    ]);
}

#[test]
fn an_unknown_operand_is_decided_by_the_other_where_that_is_enough() {
    holds(&[
        ("var.u", json!("?")),
        ("var.flag && false", json!(false)),
        ("false && var.flag", json!(false)),
        ("var.flag || true", json!(true)),
        ("true || var.flag", json!(true)),
        ("var.flag && true", json!("?")),
        ("!var.flag", json!("?")),
        ("var.u == \"x\"", json!("?")),
        ("var.text == null", json!(false)),
        ("var.u == null", json!("?")),
        ("aws_s3_bucket.b.id == \"x\"", json!(false)),
        ("aws_s3_bucket.b.arn != null", json!(true)),
        ("aws_s3_bucket.b.arn == \"*\"", json!(false)),
        ("var.flag ? 1 : 1", json!(1)),
        ("var.flag ? \"a\" : \"b\"", json!({"?": ["a", "b"]})),
        ("(var.flag ? \"a\" : \"b\") == \"c\"", json!(false)),
        ("(var.flag ? \"a\" : \"b\") == \"a\"", json!("?")),
        ("var.flag ? { x = 1 } : { x = 2 }", json!({"?": [{"x": 1}, {"x": 2}]})),
        ("(var.flag ? { x = 1 } : { x = 2 }).x", json!({"?": [1, 2]})),
        ("terraform.workspace == \"prod\" ? 1 : 2", json!({"?": [1, 2]})),
        ("[1, var.u]", json!([1, "?"])),
        ("{ a = 1, b = var.u }", json!({"a": 1, "b": "?"})),
        ("{ (var.text) = 1 }", json!("?")),
        ("length([var.u, 1])", json!(2)),
        ("contains([\"a\", var.text], \"a\")", json!(true)),
        ("contains([\"a\", var.text], \"b\")", json!("?")),
        ("try(var.u.x, 1)", json!("?")),
        ("can(var.u.x)", json!("?")),
        ("coalesce(var.u, \"x\")", json!("?")),
        ("coalesce(null, \"\", \"x\")", json!("x")),
        ("coalesce(aws_s3_bucket.b.id, \"x\")", json!("?id")),
        ("alltrue([false, var.flag])", json!(false)),
        ("anytrue([true, var.flag])", json!(true)),
        ("alltrue([true, var.flag])", json!("?")),
        ("merge({ a = 1 }, var.u)", json!("?")),
        ("merge({ a = 1 }, { b = var.u })", json!({"a": 1, "b": "?"})),
        ("timestamp()", json!("?")),
        ("uuid() == uuid()", json!("?")),
    ]);
}

#[test]
fn templates_keep_their_known_parts() {
    holds(&[
        ("\"a${1}b\"", json!("a1b")),
        ("\"${1}\"", json!(1)),
        ("\"${true}-${\"x\"}\"", json!("true-x")),
        ("\"$${not}\"", json!("${not}")),
        ("\"%%{not}\"", json!("%{not}")),
        ("\"arn:aws:s3:::${var.text}/*\"", json!("arn:aws:s3:::<?>/*")),
        ("\"${aws_s3_bucket.b.arn}/*\"", json!("<id>/*")),
        ("\"${aws_s3_bucket.b.bucket}/*\"", json!("logs/*")),
        ("\"%{ if true }a%{ else }b%{ endif }c\"", json!("ac")),
        ("\"%{ for x in local.three }${x},%{ endfor }\"", json!("1,2,3,")),
        ("\"%{ for k, v in local.map }${k}=${v};%{ endfor }\"", json!("x=1;y=2;")),
        ("\"%{ if var.flag }a%{ endif }b\"", json!("<?>b")),
        ("\"a ${ \"b\" ~} c\"", json!("a bc")),
        ("\"x${[1]}\"", json!("!")),
        ("\"x${null}\"", json!("!")),
        ("<<EOT\n a\n  b\nEOT\n", json!(" a\n  b\n")),
        ("<<-EOT\n    a\n      b\n    EOT\n", json!("a\n  b\n")),
        ("<<-EOT\n    a ${var.text}\n      b\n    EOT\n", json!("a <?>\n  b\n")),
        ("\"\\t\\\"\\u00e9\"", json!("\t\"é")),
    ]);
}

#[test]
fn for_and_splat_expressions_walk_collections() {
    holds(&[
        ("[for x in local.three : x * 2]", json!([2, 4, 6])),
        ("[for i, x in local.three : i if x > 1]", json!([1, 2])),
        ("{ for u in local.users : u.name => u.age }", json!({"a": 1, "b": 2})),
        ("{ for u in local.users : \"k\" => u.name... }", json!({"k": ["a", "b"]})),
        ("[for k, v in local.map : \"${k}${v}\"]", json!(["x1", "y2"])),
        ("[for x in var.items : x]", json!("?")),
        ("[for x in [1, var.u] : x]", json!([1, "?"])),
        ("[for x in [1, 2] : x if var.flag]", json!("?")),
        ("[for x in [[1, 2], [3]] : [for y in x : y + 1]]", json!([[2, 3], [4]])),
        ("local.users[*].name", json!(["a", "b"])),
        ("local.users.*.name", json!(["a", "b"])),
        ("local.users.*.name[0]", json!("a")),
        ("local.users[*].name[0]", json!(["!", "!"])),
        ("local.none[*]", json!([])),
        ("\"x\"[*]", json!(["x"])),
        ("local.three.1", json!(2)),
        ("local.three[5]", json!("!")),
        ("local.map[\"x\"]", json!(1)),
        ("local.map[\"z\"]", json!("!")),
        ("aws_instance.many[*].ami", json!(["ami-0", "ami-1"])),
        ("aws_instance.many.*.ami", json!(["ami-0", "ami-1"])),
        ("aws_instance.many[1].ami", json!("ami-1")),
        ("aws_instance.many[*].id", json!(["?id", "?id"])),
        ("length(aws_instance.many)", json!(2)),
        ("values(aws_instance.each)[*].ami", json!(["x", "y"])),
        ("[for k, v in aws_instance.each : \"${k}=${v.ami}\"]", json!(["a=x", "b=y"])),
        ("aws_instance.each[\"a\"].ami", json!("x")),
        ("aws_instance.each[\"z\"].ami", json!("!")),
        ("keys(aws_instance.each)", json!(["a", "b"])),
    ]);
}

#[test]
fn references_to_what_a_block_does_not_say_are_unknown_and_never_null() {
    holds(&[
        ("aws_s3_bucket.b.bucket", json!("logs")),
        ("aws_s3_bucket.b.acl", json!("?")),
        ("aws_s3_bucket.b.acl == null", json!("?")),
        ("aws_s3_bucket.b.id", json!("?id")),
        ("aws_s3_bucket.b.versioning[0].enabled", json!("?")),
        ("data.aws_vpc.none.id", json!("!")),
        ("aws_s3_bucket.gone.id", json!("!")),
        ("local.gone", json!("!")),
        ("var.gone", json!("!")),
        ("try(local.gone, \"x\")", json!("x")),
        ("can(local.gone)", json!(false)),
        ("try(local.map.z, local.map.y)", json!(2)),
        ("path.module", json!(".")),
    ]);
}

#[test]
fn functions_answer_as_terraform_does() {
    holds(&[
        ("merge({ a = 1 }, { a = 2, b = 3 })", json!({"a": 2, "b": 3})),
        ("merge(null, { a = 1 })", json!({"a": 1})),
        ("merge([{ a = 1 }, { b = 2 }]...)", json!({"a": 1, "b": 2})),
        ("lookup({ a = 1 }, \"a\", 0)", json!(1)),
        ("lookup({ a = 1 }, \"b\", 0)", json!(0)),
        ("format(\"%s-%03d\", \"a\", 7)", json!("a-007")),
        ("format(\"%5.1f|%-4s|%q|%%\", 3.14159, \"ab\", \"x\")", json!("  3.1|ab  |\"x\"|%")),
        ("format(\"%x\", -255)", json!("-ff")),
        ("format(\"arn:%s:x\", var.text)", json!("arn:<?>:x")),
        ("format(\"%[2]s%[1]s\", \"a\", \"b\")", json!("ba")),
        ("formatlist(\"%s!\", [\"a\", \"b\"])", json!(["a!", "b!"])),
        ("replace(\"a.b.c\", \".\", \"-\")", json!("a-b-c")),
        ("replace(\"hello\", \"/l+/\", \"L\")", json!("heLo")),
        ("replace(\"ab\", \"/(a)(b)/\", \"$2$1\")", json!("ba")),
        ("regex(\"[a-z]+\", \"12ab3\")", json!("ab")),
        ("regex(\"(\\\\d)(\\\\d)\", \"12\")", json!(["1", "2"])),
        ("regex(\"(?P<y>\\\\d+)\", \"x12\")", json!({"y": "12"})),
        ("regexall(\"[a-z]\", \"1a2b\")", json!(["a", "b"])),
        ("can(regex(\"^x\", \"y\"))", json!(false)),
        ("cidrsubnet(\"10.0.0.0/16\", 8, 2)", json!("10.0.2.0/24")),
        ("cidrhost(\"10.0.0.0/24\", 5)", json!("10.0.0.5")),
        ("cidrhost(\"10.0.0.0/24\", -2)", json!("10.0.0.254")),
        ("cidrnetmask(\"10.0.0.0/20\")", json!("255.255.240.0")),
        ("cidrsubnets(\"10.0.0.0/16\", 4, 4, 8)", json!(["10.0.0.0/20", "10.0.16.0/20", "10.0.32.0/24"])),
        ("cidrsubnet(\"fd00::/48\", 16, 1)", json!("fd00:0:0:1::/64")),
        ("split(\",\", \"a,b\")", json!(["a", "b"])),
        ("join(\",\", [\"a\", \"b\"])", json!("a,b")),
        ("join(\",\", [\"a\", var.text])", json!("a,<?>")),
        ("join(\",\", [])", json!("")),
        ("flatten([[1], [2, [3]]])", json!([1, 2, 3])),
        ("concat([1], [2])", json!([1, 2])),
        ("distinct([\"a\", \"b\", \"a\"])", json!(["a", "b"])),
        ("toset([\"b\", \"a\", \"b\"])", json!(["a", "b"])),
        ("sort([\"b\", \"a\"])", json!(["a", "b"])),
        ("compact([\"a\", \"\", null])", json!(["a"])),
        ("element([1, 2, 3], 4)", json!(2)),
        ("index([\"a\", \"b\"], \"b\")", json!(1)),
        ("slice([1, 2, 3], 1, 3)", json!([2, 3])),
        ("chunklist([1, 2, 3], 2)", json!([[1, 2], [3]])),
        ("chunklist([1, 2, 3], 0)", json!([[1, 2, 3]])),
        ("reverse([1, 2])", json!([2, 1])),
        ("range(3)", json!([0, 1, 2])),
        ("range(1, 8, 3)", json!([1, 4, 7])),
        ("length(range(1024))", json!(1024)),
        ("range(1025)", json!("!")),
        ("zipmap([\"a\", \"b\"], [1, 2])", json!({"a": 1, "b": 2})),
        ("keys({ b = 1, a = 2 })", json!(["a", "b"])),
        ("values({ b = 1, a = 2 })", json!([2, 1])),
        ("setproduct([\"a\", \"b\"], [1])", json!([["a", 1], ["b", 1]])),
        ("setintersection([\"a\", \"b\"], [\"b\"])", json!(["b"])),
        ("setsubtract([\"a\", \"b\"], [\"b\"])", json!(["a"])),
        ("setunion([\"b\"], [\"a\"])", json!(["a", "b"])),
        ("transpose({ a = [\"x\"], b = [\"x\"] })", json!({"x": ["a", "b"]})),
        ("one([])", json!(null)),
        ("one([1])", json!(1)),
        ("one([1, 2])", json!("!")),
        ("max(1, 3, 2)", json!(3)),
        ("min(1, 3, 2)", json!(1)),
        ("sum([1, 2.5])", json!(3.5)),
        ("ceil(1.2)", json!(2)),
        ("floor(-1.2)", json!(-2)),
        ("abs(-3)", json!(3)),
        ("tostring(1)", json!("1")),
        ("tonumber(\"1.5\")", json!(1.5)),
        ("tobool(\"true\")", json!(true)),
        ("tonumber(\"x\")", json!("!")),
        ("upper(\"a\")", json!("A")),
        ("title(\"hello world\")", json!("Hello World")),
        ("substr(\"hello\", 1, 3)", json!("ell")),
        ("substr(\"hello\", -3, -1)", json!("llo")),
        ("trimspace(\" a \")", json!("a")),
        ("trimprefix(\"abc\", \"a\")", json!("bc")),
        ("trim(\"?a?\", \"?\")", json!("a")),
        ("startswith(\"abc\", \"ab\")", json!(true)),
        ("strcontains(\"abc\", \"d\")", json!(false)),
        ("basename(\"a/b.txt\")", json!("b.txt")),
        ("dirname(\"a/b.txt\")", json!("a")),
        ("indent(2, \"a\\nb\")", json!("a\n  b")),
        ("base64encode(\"a\")", json!("YQ==")),
        ("base64decode(\"YQ==\")", json!("a")),
        ("jsondecode(\"[1]\")", json!([1])),
        ("jsondecode(jsonencode({ a = [true, null] }))", json!({"a": [true, null]})),
        ("length(\"abc\")", json!(3)),
        ("length({ a = 1 })", json!(1)),
        ("try(1 / 0, \"x\")", json!("x")),
        ("nonsensitive(sensitive(\"a\"))", json!("a")),
        ("core::upper(\"a\")", json!("A")),
        ("list(\"a\")", json!(["a"])),
        ("map(\"a\", 1)", json!({"a": 1})),
    ]);
}
