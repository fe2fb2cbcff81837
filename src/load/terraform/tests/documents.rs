//! Documents in attributes: trees with known leaves, unknown leaves and the lines that hold them.

use super::*;

#[test]
fn a_policy_document_is_built_as_the_provider_builds_it() {
    let world = one("resource \"aws_s3_bucket\" \"b\" {}\n\
         data \"aws_iam_policy_document\" \"d\" {\n\
           statement {\n    sid = \"One\"\n    actions = [\"s3:*\"]\n    resources = [aws_s3_bucket.b.arn, \"${aws_s3_bucket.b.arn}/*\"]\n\
             principals {\n      type = \"AWS\"\n      identifiers = [\"*\"]\n    }\n\
             condition {\n      test = \"StringEquals\"\n      variable = \"aws:username\"\n      values = [\"&{aws:username}\"]\n    }\n  }\n\
           dynamic \"statement\" {\n    for_each = [\"a\", \"b\"]\n    content {\n      effect = \"Deny\"\n      actions = [\"sts:${statement.value}\"]\n      not_resources = [\"x\"]\n    }\n  }\n\
         }\n\
         resource \"aws_iam_policy\" \"p\" { policy = data.aws_iam_policy_document.d.json }\n");
    assert_eq!(
        world.value("aws_iam_policy.p", "policy"),
        json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "One", "Effect": "Allow", "Action": ["s3:*"], "Resource": ["?id", "<id>/*"], "Principal": {"AWS": ["*"]},
             "Condition": {"StringEquals": {"aws:username": ["${aws:username}"]}}},
            {"Effect": "Deny", "Action": ["sts:a"], "NotResource": ["x"]},
            {"Effect": "Deny", "Action": ["sts:b"], "NotResource": ["x"]},
        ]})
    );
    let action = at(world.resource("aws_iam_policy.p"), &["policy", "Statement", "0", "Action", "0"]);
    assert_eq!(world.places(&action).0, "main.tf:5");
}

#[test]
fn documents_are_merged_by_statement_id() {
    let world = one(
        "data \"aws_iam_policy_document\" \"base\" {\n  statement {\n    sid = \"A\"\n    actions = [\"a:1\"]\n  }\n  statement {\n    sid = \"B\"\n    actions = [\"b:1\"]\n  }\n  statement { actions = [\"n:1\"] }\n}\n\
         data \"aws_iam_policy_document\" \"over\" {\n  statement {\n    sid = \"B\"\n    actions = [\"b:9\"]\n  }\n  statement { actions = [\"n:9\"] }\n}\n\
         data \"aws_iam_policy_document\" \"d\" {\n  source_policy_documents = [data.aws_iam_policy_document.base.json]\n  override_policy_documents = [data.aws_iam_policy_document.over.json]\n\
           statement {\n    sid = \"A\"\n    actions = [\"a:5\"]\n  }\n}\n\
         resource \"aws_iam_policy\" \"p\" { policy = data.aws_iam_policy_document.d.json }\n",
    );
    let statements = at(world.resource("aws_iam_policy.p"), &["policy", "Statement"]);
    let actions: Vec<Json> = show(&statements).as_array().unwrap().iter().map(|s| s["Action"][0].clone()).collect();
    assert_eq!(actions, ["a:5", "b:9", "n:1", "n:9"]);
}

#[test]
fn an_unknown_dynamic_statement_leaves_the_certain_ones_in_sight() {
    let world = one("variable \"more\" { type = list(string) }\n\
         data \"aws_iam_policy_document\" \"d\" {\n  statement { actions = [\"*\"] }\n\
           dynamic \"statement\" {\n    for_each = var.more\n    content { actions = [statement.value] }\n  }\n}\n\
         data \"aws_iam_policy_document\" \"many\" {\n  count = 2\n  statement { actions = [\"x:${count.index}\"] }\n}\n\
         resource \"aws_iam_policy\" \"p\" { policy = data.aws_iam_policy_document.d.json }\n\
         resource \"aws_iam_policy\" \"m\" { policy = data.aws_iam_policy_document.many[1].json }\n");
    let statements = show(&at(world.resource("aws_iam_policy.p"), &["policy", "Statement"]));
    assert_eq!(statements[0]["Action"], json!(["*"]));
    assert_eq!(statements[1], json!("?"));
    assert_eq!(world.value("aws_iam_policy.m", "policy")["Statement"][0]["Action"], json!(["x:1"]));
}

#[test]
fn documents_with_unknown_leaves_stay_trees_with_exact_lines() {
    let world = one(r#"variable "arn" {}
resource "aws_a" "encoded" {
  policy = jsonencode({
    Statement = [{
      Action   = "s3:*"
      Resource = [var.arn, "${var.arn}/*"]
    }]
  })
}
resource "aws_a" "heredoc" {
  policy = <<-EOT
    {
      "Statement": [{
        "Action": "*",
        "Resource": "${var.arn}/*",
        "User": "$${aws:username}"
      }]
    }
  EOT
}
resource "aws_a" "again" {
  policy = jsonencode(merge({ A = 1 }, jsondecode("{\"B\": [true]}")))
}
resource "aws_a" "text" {
  note = "{not json"
  list = [jsonencode({ x = 1 })]
}
"#);
    assert_eq!(
        world.value("aws_a.encoded", "policy"),
        json!({"Statement": [{"Action": "s3:*", "Resource": ["?", "<?>/*"]}]})
    );
    assert_eq!(
        world.value("aws_a.heredoc", "policy"),
        json!({"Statement": [{"Action": "*", "Resource": "<?>/*", "User": "${aws:username}"}]})
    );
    assert_eq!(world.value("aws_a.again", "policy"), json!({"A": 1, "B": [true]}));
    assert_eq!(world.value("aws_a.text", "note"), json!("{not json"));
    assert_eq!(world.value("aws_a.text", "list"), json!([{"x": 1}]));
    for (address, key, line) in [
        ("aws_a.encoded", "Action", 5),
        ("aws_a.encoded", "Resource", 6),
        ("aws_a.heredoc", "Action", 14),
        ("aws_a.heredoc", "Resource", 15),
    ] {
        let node = at(world.resource(address), &["policy", "Statement", "0", key]);
        assert_eq!(world.places(&node).0, format!("main.tf:{line}"), "{address} {key}");
    }
}
