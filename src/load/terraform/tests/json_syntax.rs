//! JSON syntax says the same as native syntax, and its places are exact.

use super::*;

#[test]
fn json_syntax_says_what_native_syntax_says() {
    let native = load(&[(
        "main.tf",
        r#"
variable "names" {
  type    = list(string)
  default = ["a", "b"]
}
variable "literal" { default = "$${text}" }
locals { port = 443 }
resource "aws_sg" "s" {
  for_each = toset(var.names)
  name     = "x-${each.key}"
  tags     = { Name = each.key, team = "t" }
  ingress {
    port = local.port
    cidr = ["10.0.0.0/8"]
  }
  ingress {
    port = "${local.port + 1}"
    cidr = []
  }
  single { on = true }
  dynamic "rule" {
    for_each = ["p", "q"]
    iterator = it
    content {
      v = "${it.value}!"
      deep { w = upper(it.value) }
    }
  }
  literal = var.literal
  none    = null
  lifecycle { ignore_changes = [tags] }
}
provider "aws" {
  alias  = "west"
  region = "us-west-2"
  default_tags { tags = { cost = "1" } }
}
resource "aws_b" "b" {
  provider   = aws.west
  depends_on = [aws_sg.s]
  policy     = jsonencode({ Action = "*" })
}
output "o" { value = aws_b.b.id }
"#,
    )]);
    let json = load(&[(
        "main.tf.json",
        r#"{
  "//": "a comment",
  "variable": {
    "names": {"type": "list(string)", "default": ["a", "b"]},
    "literal": [{"default": "${text}", "//": "defaults are no templates"}]
  },
  "locals": {"port": 443},
  "resource": {
    "aws_sg": {"s": {
      "for_each": "${toset(var.names)}",
      "name": "x-${each.key}",
      "tags": {"Name": "${each.key}", "team": "t"},
      "ingress": [{"port": "${local.port}", "cidr": ["10.0.0.0/8"]}, {"port": "${local.port + 1}", "cidr": []}],
      "single": {"on": true},
      "dynamic": {"rule": {"for_each": ["p", "q"], "iterator": "it",
        "content": {"v": "${it.value}!", "deep": {"w": "${upper(it.value)}"}}}},
      "literal": "${var.literal}",
      "none": null,
      "lifecycle": {"ignore_changes": ["tags"]}
    }}
  },
  "resource": [{"aws_b": [{"b": {"provider": "aws.west", "depends_on": ["aws_sg.s"], "policy": "${jsonencode({ Action = \"*\" })}"}}]}],
  "provider": {"aws": [{"alias": "west", "region": "us-west-2", "default_tags": {"tags": {"cost": "1"}}}]},
  "output": {"o": {"value": "${aws_b.b.id}"}},
  "future": {"x": 1}
}"#,
    )]);
    assert_eq!((native.messages(), json.messages()), (vec![], vec![]));
    assert_eq!(native.addresses(), json.addresses());
    for (a, b) in native.resources.iter().zip(&json.resources) {
        assert_eq!((&a.address, show(&a.config)), (&b.address, show(&b.config)));
        let facets = |resource: &Resource| resource.facets.values().map(show).collect::<Vec<_>>();
        assert_eq!((facets(a), &a.region, &a.edges), (facets(b), &b.region, &b.edges));
    }
}

#[test]
fn places_inside_strings_count_escapes() {
    let text = "{\"resource\": {\"aws_a\": {\"a\": {\n  \"v\": \"q\\\"\\u00e9 ${nope.x} and ${local.b}\",\n  \"w\": \"${local.b}\"\n}}},\n \"locals\": {\"b\": \"x\\n${local.broken +}\"}}";
    let world = load(&[("main.tf.json", text)]);
    assert_eq!(world.problems.len(), 1, "{:?}", world.messages());
    let at_problem = world.problems[0].span.unwrap().start as usize;
    assert!(text[at_problem - 2..].starts_with("+}") || text[at_problem..].starts_with('}'), "{}", &text[at_problem..]);
    assert_eq!(world.value("aws_a.a", "w"), json!("!"));
    let node = at(world.resource("aws_a.a"), &["v"]);
    assert_eq!(world.places(&node).0, "main.tf.json:2");
    // The whole entry is the attribute, as in native syntax.
    assert!(text[node.via.start as usize..node.via.end as usize].starts_with("\"v\": "));
}

#[test]
fn a_policy_in_a_json_string_points_at_its_literal() {
    let text = "{\"resource\": {\"aws_a\": {\"a\": {\n  \"policy\": \"${jsonencode({ Statement = [{ Action = \\\"*\\\" }] })}\"\n}}}}";
    let world = load(&[("main.tf.json", text)]);
    let node = at(world.resource("aws_a.a"), &["policy", "Statement", "0", "Action"]);
    assert_eq!(&text[node.via.start as usize..node.via.end as usize], "Action = \\\"*\\\"");
}

#[test]
fn a_broken_json_file_costs_only_itself() {
    let world = load(&[
        ("a.tf.json", "{\"resource\": "),
        ("b.tf.json", "{\"resource\": {\"aws_a\": \"text\"}, \"locals\": 3}"),
        ("main.tf", "resource \"aws_good\" \"g\" {\n  v = 1\n}\n"),
    ]);
    assert_eq!(world.addresses(), ["aws_good.g"]);
    assert_eq!(world.problems.len(), 3, "{:?}", world.messages());
    assert!(world.problems.iter().all(|problem| problem.span.is_some()));
}

#[test]
fn a_tofu_json_file_hides_the_terraform_json_file_of_its_name() {
    let one = |v: &str| format!("{{\"resource\": {{\"aws_a\": {{\"a\": {{\"v\": \"{v}\"}}}}}}}}");
    let (terraform, tofu) = (one("terraform"), one("opentofu"));
    let world = load(&[("x.tf.json", &*terraform), ("x.tofu.json", &*tofu)]);
    assert_eq!(world.messages(), [""; 0]);
    assert_eq!(world.value("aws_a.a", "v"), json!("opentofu"));
}

#[test]
fn values_of_json_variable_files_have_their_lines() {
    let files = [
        ("main.tf", "variable \"v\" {}\nresource \"aws_a\" \"a\" { v = var.v }\n"),
        ("terraform.tfvars.json", "{\n  \"v\": {\n    \"deep\": [\"x\"]\n  }\n}\n"),
    ];
    let world = load(&files);
    assert_eq!(world.places(&at(world.resource("aws_a.a"), &["v"])).1, "terraform.tfvars.json:2");
    assert_eq!(world.places(&at(world.resource("aws_a.a"), &["v", "deep"])).0, "terraform.tfvars.json:3");
}
