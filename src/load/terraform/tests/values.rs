//! Values where a short cut gives another one than Terraform does.

use super::*;

#[test]
fn syntax_of_terraform_011_still_means_the_same() {
    let world = one("resource \"aws_instance\" \"m\" {\n  count = \"2\"\n  ami = \"ami-${count.index}\"\n}\n\
         locals {\n  l = [[1, 2], [3, 4]]\n}\n\
         resource \"aws_a\" \"a\" {\n  whole = \"${aws_instance.m.*.ami}\"\n  first = \"${aws_instance.m.0.ami}\"\n\
           each = \"${local.l.*.0}\"\n  one = local.l[*][0]\n  last = \"${element(aws_instance.m.*.ami, 3)}\"\n\
           list = \"${list(\"a\", \"b\")}\"\n  map = \"${map(\"k\", 1)}\"\n  sum = \"${1 + 2}\"\n}\n");
    let value = |attribute: &str| world.value("aws_a.a", attribute);
    assert_eq!(value("whole"), json!(["ami-0", "ami-1"]));
    assert_eq!(value("first"), json!("ami-0"));
    assert_eq!((value("each"), value("one")), (json!([1, 3]), json!([1, 3])));
    assert_eq!(value("last"), json!("ami-1"));
    assert_eq!((value("list"), value("map"), value("sum")), (json!(["a", "b"]), json!({"k": 1}), json!(3)));
}

#[test]
fn values_of_the_environment_are_expressions_where_the_type_is_no_primitive() {
    let main = "variable \"l\" { type = list(string) }\nvariable \"o\" { type = object({ a = optional(number, 5) }) }\n\
                variable \"s\" { type = string }\nvariable \"n\" { type = number }\n\
                resource \"aws_a\" \"a\" {\n  l = var.l\n  first = var.l[0]\n  o = var.o\n  s = var.s\n  n = var.n + 1\n}\n";
    let env = [("l", "[\"x\", 2]"), ("o", "{}"), ("s", "x[1]"), ("n", "7")];
    let settings = TerraformSettings {
        env: env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..TerraformSettings::default()
    };
    let world = load_with(&[("main.tf", main)], &["."], &settings);
    assert_eq!(
        show(&world.resource("aws_a.a").config),
        json!({"l": ["x", "2"], "first": "x", "o": {"a": 5}, "s": "x[1]", "n": 8})
    );
}

#[test]
fn a_default_of_no_type_is_merged_and_text_that_holds_a_number_stays_text() {
    let world = one(
        "variable \"tags\" {\n  default = {}\n}\nvariable \"ports\" {\n  type = map(string)\n  default = { http = 80 }\n}\n\
         locals {\n  tags = merge(var.tags, { Name = \"n\" })\n  ports = merge(var.ports, { https = \"443\" })\n}\n\
         resource \"aws_a\" \"a\" {\n  tags = local.tags\n  ports = local.ports\n  same = var.ports[\"http\"] == \"80\"\n\
           not = var.ports[\"http\"] == 80\n  sum = var.ports.http + 1\n}\n",
    );
    assert_eq!(
        show(&world.resource("aws_a.a").config),
        json!({"tags": {"Name": "n"}, "ports": {"http": "80", "https": "443"}, "same": true, "not": false, "sum": 81})
    );
}

#[test]
fn instances_hold_bools_and_objects_as_they_are() {
    let world = one(
        "resource \"aws_a\" \"flags\" {\n  for_each = { on = true, off = false }\n  v = each.value\n  not = !each.value\n}\n\
         resource \"aws_a\" \"objects\" {\n  for_each = { for o in [{ n = \"x\", p = [1] }, { n = \"y\", p = [] }] : o.n => o }\n\
           v = length(each.value.p) > 0\n  all = each.value\n}\n\
         resource \"aws_a\" \"set\" {\n  for_each = toset([true, false, true])\n  v = each.value\n}\n",
    );
    assert_eq!(world.value("aws_a.flags[\"on\"]", "v"), json!(true));
    assert_eq!(world.value("aws_a.flags[\"off\"]", "not"), json!(true));
    assert_eq!(world.value("aws_a.objects[\"x\"]", "v"), json!(true));
    assert_eq!(world.value("aws_a.objects[\"y\"]", "all"), json!({"n": "y", "p": []}));
    assert_eq!(world.addresses().iter().filter(|address| address.contains(".set")).count(), 2);
}

#[test]
fn a_document_in_a_heredoc_keeps_policy_variables_and_quotes_of_interpolations() {
    let world = load(&[(
        "main.tf",
        "variable \"u\" {}\nresource \"aws_iam_policy\" \"p\" {\n  policy = <<EOF\n{\n  \"Statement\": [{\n    \"Action\": \"*\",\n\
             \"Resource\": \"arn:aws:s3:::${lower(\"HOME\")}/$${aws:username}/&{aws:userid}\",\n\
             \"Principal\": ${jsonencode({ AWS = [\"a\", var.u] })}\n  }]\n}\nEOF\n}\n",
    )]);
    let policy = world.value("aws_iam_policy.p", "policy");
    let statement = &policy["Statement"][0];
    assert_eq!(statement["Action"], json!("*"));
    assert_eq!(statement["Resource"], json!("arn:aws:s3:::home/${aws:username}/&{aws:userid}"));
}

#[test]
fn a_document_goes_through_encoding_and_back_with_its_unknown_leaves() {
    let world = one("variable \"u\" {}\nlocals {\n  base = { Version = \"2012-10-17\" }\n\
           text = jsonencode(merge(local.base, { Statement = [{ Action = \"*\", Resource = var.u }] }))\n}\n\
         resource \"aws_a\" \"a\" {\n  known = jsondecode(jsonencode(merge(local.base, { n = 1.50, l = toset([\"b\", \"a\"]) })))\n\
           action = jsondecode(local.text).Statement[0].Action\n  resource = jsondecode(local.text).Statement[0].Resource\n}\n");
    let value = |attribute: &str| world.value("aws_a.a", attribute);
    assert_eq!(value("known"), json!({"Version": "2012-10-17", "l": ["a", "b"], "n": 1.5}));
    assert_eq!((value("action"), value("resource")), (json!("*"), json!("?")));
}

#[test]
fn a_generated_password_is_unknown_sensitive_and_the_same_in_every_run() {
    let text = "resource \"random_password\" \"p\" {\n  length = 16\n}\n\
                resource \"aws_db_instance\" \"d\" {\n  password = random_password.p.result\n  url = \"x:${random_password.p.result}@y\"\n\
                  set = random_password.p.result != \"\"\n}\n";
    let (first, second) = (one(text), one(text));
    let database = first.resource("aws_db_instance.d");
    assert_eq!(show(&database.config), show(&second.resource("aws_db_instance.d").config));
    assert_eq!(show(&database.config), json!({"password": "?id", "url": "x:<id>@y", "set": true}));
    for attribute in ["password", "url", "set"] {
        assert!(at(database, &[attribute]).marks.sensitive, "{attribute}");
    }
}

#[test]
fn what_depends_on_an_unknown_attribute_is_neither_there_nor_absent() {
    let world =
        one("variable \"u\" {}\nresource \"aws_a\" \"a\" {\n  tried = try(var.u.x, false)\n  can = can(var.u.x)\n\
           certain = try(tomap({ a = 1 }).b, \"none\")\n  cannot = can(tomap({ a = 1 }).b)\n}\n");
    assert_eq!(
        show(&world.resource("aws_a.a").config),
        json!({"tried": "?", "can": "?", "certain": "none", "cannot": false})
    );
}

#[test]
fn types_decide_equality_and_order() {
    let world = one(
        "resource \"aws_a\" \"a\" {\n  text = \"1\" == 1\n  tuple = [1] == tolist([1])\n  sets = toset([\"b\", \"a\"]) == toset([\"a\", \"b\"])\n\
           map = [for k, v in { z = 1, a = 2, B = 3 } : k]\n  texts = [for x in toset([\"z\", \"B\", \"10\", \"9\"]) : x]\n\
           numbers = [for x in toset([10, 9, 2.5]) : x]\n  keys = [for k, v in toset([\"b\", \"a\"]) : k]\n}\n",
    );
    assert_eq!(
        show(&world.resource("aws_a.a").config),
        json!({
            "text": false, "tuple": false, "sets": true, "map": ["B", "a", "z"], "texts": ["10", "9", "B", "z"],
            "numbers": [2.5, 9, 10], "keys": ["a", "b"],
        })
    );
}

#[test]
fn long_numbers_keep_their_digits_through_arithmetic_and_text() {
    let world = one(
        "resource \"aws_a\" \"a\" {\n  id = \"${12345678901234567891}\"\n  long = \"${123456789012345678901234567890 + 1}\"\n\
           json = jsondecode(\"{\\\"id\\\": 98765432109876543210}\").id\n  sum = \"${0.1 + 0.2}\"\n  same = 0.1 + 0.2 == 0.3\n}\n",
    );
    let text = |attribute: &str| at(world.resource("aws_a.a"), &[attribute]);
    assert_eq!(world.value("aws_a.a", "sum"), json!(0.3));
    assert_eq!(world.value("aws_a.a", "same"), json!(true));
    for (attribute, digits) in
        [("id", "12345678901234567891"), ("long", "123456789012345678901234567891"), ("json", "98765432109876543210")]
    {
        let Value::Number(number) = text(attribute).value else { panic!("{attribute} is no number") };
        assert_eq!(&*number, digits);
    }
}

#[test]
fn a_value_is_converted_by_a_type_written_in_an_expression() {
    let world = load(&[(
        "main.tf",
        "resource \"aws_a\" \"a\" {\n  n = convert(\"5\", number)\n  l = convert([1, \"x\"], list(string))\n\
           o = convert({ a = 1, b = 2 }, object({ a = string }))\n  bad = try(convert(\"x\", number), \"failed\")\n\
           short = try(convert({}, object({ a = string })), \"failed\")\n}\n",
    )]);
    assert_eq!(
        show(&world.resource("aws_a.a").config),
        json!({"n": 5, "l": ["1", "x"], "o": {"a": "1"}, "bad": "failed", "short": "failed"})
    );
}

#[test]
fn files_are_listed_and_digested_inside_of_the_root_only() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.txt"), "x").unwrap();
    let text = format!(
        "resource \"aws_a\" \"a\" {{\n  names = fileset(\"${{path.module}}/f\", \"**/*.txt\")\n  sum = filemd5(\"${{path.module}}/f/a.txt\")\n\
           out = fileset(\"{0}\", \"*\")\n  up = fileset(\"${{path.module}}/f\", \"../*.tf\")\n  digest = filesha256(\"{0}/secret.txt\")\n}}\n",
        outside.path().display()
    );
    let files = [("m/main.tf", &*text), ("m/f/a.txt", "a"), ("m/f/g/b.txt", "b"), ("m/f/c.md", "c")];
    let world = load(&files);
    let value = |attribute: &str| world.value("aws_a.a", attribute);
    assert_eq!(value("names"), json!(["a.txt", "g/b.txt"]));
    assert_eq!(value("sum"), json!("0cc175b9c0f1b6a831c399e269772661"));
    assert_eq!((value("out"), value("up"), value("digest")), (json!("?"), json!([]), json!("?")));
}

#[test]
fn every_function_says_why_it_is_not_evaluated() {
    let world = load(&[(
        "main.tf",
        "resource \"aws_a\" \"a\" {\n  clock = timestamp()\n  chance = uuid()\n  hash = bcrypt(\"x\")\n  key = rsadecrypt(\"a\", \"b\")\n\
           own = provider::aws::arn_parse(\"x\")\n  none = nosuch(\"x\")\n}\n",
    )]);
    for (attribute, reason, part) in [
        ("clock", Reason::Unsupported, "when it is run"),
        ("chance", Reason::Unsupported, "run to run"),
        ("hash", Reason::Unsupported, "run to run"),
        ("key", Reason::Unsupported, "private key"),
        ("own", Reason::Unsupported, "provider"),
        ("none", Reason::Failed, "no function nosuch"),
    ] {
        let node = at(world.resource("aws_a.a"), &[attribute]);
        let unknown = node.as_unknown().unwrap();
        assert!(unknown.reason == reason && unknown.cause.contains(part), "{attribute}: {}", unknown.cause);
    }
}
