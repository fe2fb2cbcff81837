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
            {"Sid": "One", "Effect": "Allow", "Action": "s3:*", "Resource": ["?id", "<id>/*"], "Principal": {"AWS": "*"},
             "Condition": {"StringEquals": {"aws:username": "${aws:username}"}}},
            {"Effect": "Deny", "Action": "sts:a", "NotResource": "x"},
            {"Effect": "Deny", "Action": "sts:b", "NotResource": "x"},
        ]})
    );
    let action = at(world.resource("aws_iam_policy.p"), &["policy", "Statement", "0", "Action"]);
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
    let actions: Vec<Json> = show(&statements).as_array().unwrap().iter().map(|s| s["Action"].clone()).collect();
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
    assert_eq!(statements[0]["Action"], json!("*"));
    assert_eq!(statements[1], json!("?"));
    assert_eq!(world.value("aws_iam_policy.m", "policy")["Statement"][0]["Action"], json!("x:1"));
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

#[test]
fn principals_and_conditions_are_put_together_as_the_provider_does() {
    let world = one("variable \"kind\" {}\nvariable \"more\" { type = list(string) }\n\
         data \"aws_iam_policy_document\" \"d\" {\n  version = \"2008-10-17\"\n  policy_id = \"p\"\n\
           statement {\n    not_actions = [\"a:1\", \"a:2\"]\n\
             principals {\n      type = \"AWS\"\n      identifiers = [\"a\", \"b\"]\n    }\n\
             principals {\n      type = \"Service\"\n      identifiers = [\"s\"]\n    }\n\
             condition {\n      test = \"StringLike\"\n      variable = \"v\"\n      values = [\"1\"]\n    }\n\
             condition {\n      test = \"StringLike\"\n      variable = \"v\"\n      values = [\"2\"]\n    }\n\
             condition {\n      test = \"Bool\"\n      variable = \"w\"\n      values = [\"true\"]\n    }\n  }\n\
           statement {\n    principals {\n      type = \"*\"\n      identifiers = [\"*\"]\n    }\n  }\n\
           statement {\n    principals {\n      type = var.kind\n      identifiers = [\"*\"]\n    }\n  }\n\
           statement {\n    not_principals {\n      type = \"AWS\"\n      identifiers = var.more\n    }\n  }\n}\n\
         resource \"aws_iam_policy\" \"p\" { policy = data.aws_iam_policy_document.d.json }\n");
    assert_eq!(
        world.value("aws_iam_policy.p", "policy"),
        json!({"Version": "2008-10-17", "Id": "p", "Statement": [
            {"Effect": "Allow", "NotAction": ["a:1", "a:2"], "Principal": {"AWS": ["a", "b"], "Service": "s"},
             "Condition": {"StringLike": {"v": ["1", "2"]}, "Bool": {"w": "true"}}},
            {"Effect": "Allow", "Principal": "*"},
            {"Effect": "Allow", "Principal": "?"},
            {"Effect": "Allow", "NotPrincipal": {"AWS": "?"}},
        ]})
    );
}

#[test]
fn an_override_that_cannot_be_seen_may_replace_what_has_a_name() {
    let world = one("variable \"over\" {}\n\
         data \"aws_iam_policy_document\" \"d\" {\n  override_policy_documents = [var.over]\n\
           statement {\n    sid = \"A\"\n    actions = [\"a:1\"]\n  }\n  statement { actions = [\"n:1\"] }\n}\n\
         resource \"aws_iam_policy\" \"p\" { policy = data.aws_iam_policy_document.d.json }\n");
    let (named, unnamed) =
        (json!({"Sid": "A", "Effect": "Allow", "Action": "a:1"}), json!({"Effect": "Allow", "Action": "n:1"}));
    assert_eq!(
        world.value("aws_iam_policy.p", "policy")["Statement"],
        json!({"?": [[named, unnamed, "?"], [unnamed, "?"]]})
    );
}

#[test]
fn data_sources_that_follow_from_the_provider_are_known_with_it() {
    let uses = "data \"aws_partition\" \"p\" {}\ndata \"aws_region\" \"r\" {}\ndata \"aws_region\" \"named\" { name = \"us-east-1\" }\n\
                data \"aws_caller_identity\" \"c\" {}\ndata \"local_file\" \"f\" { filename = \"${path.module}/f.json\" }\n\
                resource \"aws_x\" \"x\" {\n  p = data.aws_partition.p.partition\n  r = data.aws_region.r.name\n\
                  n = data.aws_region.named.name\n  c = data.aws_caller_identity.c.account_id\n  f = data.local_file.f.content\n}\n";
    let config = |region: &str| {
        let provider = format!("variable \"u\" {{}}\nprovider \"aws\" {{\n  region = {region}\n}}\n{uses}");
        let world = load(&[("main.tf", &*provider), ("f.json", "{\"a\": 1}")]);
        assert_eq!(world.messages(), [""; 0]);
        show(&world.resource("aws_x.x").config)
    };
    let of = |p: &str, r: &str| json!({"p": p, "r": r, "n": "us-east-1", "c": "?id", "f": {"a": 1}});
    assert_eq!(config("\"eu-west-1\""), of("aws", "eu-west-1"));
    assert_eq!(config("\"cn-north-1\""), of("aws-cn", "cn-north-1"));
    assert_eq!(config("\"us-gov-west-1\""), of("aws-us-gov", "us-gov-west-1"));
    let unknown = config("var.u");
    assert_eq!(unknown["p"], json!({"?": ["aws", "aws-cn", "aws-us-gov"]}));
    assert_ne!(unknown["r"], json!("us-east-1"));
}

#[test]
fn places_in_a_heredoc_are_exact_with_byte_order_mark_and_crlf() {
    let text = "\u{feff}# x\r\nresource \"aws_a\" \"a\" {\r\n  policy = <<EOT\r\n{\r\n  \"é\": 1,\r\n  \"Action\": \"*\"\r\n}\r\nEOT\r\n}\r\n";
    let world = one(text);
    let action = at(world.resource("aws_a.a"), &["policy", "Action"]);
    let region = world.sources.region(action.via);
    assert_eq!((region.start.line, region.start.column), (6, 3));
    assert_eq!(&text[action.via.start as usize..action.via.end as usize], "\"Action\": \"*\"");
}
