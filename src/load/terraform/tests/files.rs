//! Files that code asks for: inside the root only.

use super::*;

#[test]
fn files_of_the_tree_are_read_and_rendered() {
    let world = load(&[
        (
            "mod/main.tf",
            "resource \"aws_a\" \"a\" {\n  file = file(\"${path.module}/p.json\")\n  short = file(\"hello.txt\")\n\
               rendered = templatefile(\"${path.module}/t.tpl\", { name = \"x\", list = [1, 2] })\n\
               open = templatefile(\"${path.module}/t.tpl\", { name = var.u, list = [] })\n\
               there = fileexists(\"${path.module}/hello.txt\")\n  gone = fileexists(\"${path.module}/none\")\n\
               missing = file(\"${path.module}/none\")\n  encoded = filebase64(\"${path.module}/hello.txt\")\n\
               old = data.template_file.t.rendered\n  tried = try(file(\"none\"), \"default\")\n}\n\
             variable \"u\" {}\n\
             data \"template_file\" \"t\" {\n  template = file(\"${path.module}/t.tpl\")\n  vars = {\n    name = \"y\"\n    list = \"\"\n  }\n}\n",
        ),
        ("mod/p.json", "{\n  \"Action\": \"*\"\n}\n"),
        ("mod/hello.txt", "hello"),
        ("mod/t.tpl", "name=${name}%{ for x in list } ${x}%{ endfor }"),
    ]);
    assert_eq!(world.messages(), [""; 0]);
    let value = |attribute: &str| world.value("aws_a.a", attribute);
    assert_eq!(value("file"), json!({"Action": "*"}));
    assert_eq!(value("short"), json!("hello"));
    assert_eq!(value("rendered"), json!("name=x 1 2"));
    assert_eq!(value("open"), json!("name=<?>"));
    assert_eq!((value("there"), value("gone")), (json!(true), json!(false)));
    assert_eq!(value("missing"), json!("?"));
    assert_eq!(value("encoded"), json!("aGVsbG8="));
    let action = at(world.resource("aws_a.a"), &["file", "Action"]);
    assert_eq!(world.places(&action).1, "mod/p.json:2");
}

#[test]
fn a_directory_is_no_file_and_costs_only_the_value() {
    let world = load(&[(
        "mod/main.tf",
        "resource \"aws_a\" \"a\" {\n  none = file(\"\")\n  own = file(path.module)\n  acl = \"private\"\n}\n",
    )]);
    assert_eq!(world.messages(), [""; 0]);
    assert_eq!((world.value("aws_a.a", "none"), world.value("aws_a.a", "own")), (json!("?"), json!("?")));
    assert_eq!(world.value("aws_a.a", "acl"), json!("private"));
}

#[test]
fn files_outside_of_the_root_are_refused() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret"), "outside-secret").unwrap();
    let absolute = outside.path().join("secret").to_string_lossy().into_owned();
    let text = format!(
        "resource \"aws_a\" \"a\" {{\n  a = file(\"{absolute}\")\n  b = file(\"../../../../../../../../etc/hostname\")\n  c = file(\"/etc/passwd\")\n\
         d = templatefile(\"/etc/passwd\", {{}})\n  e = fileexists(\"/etc/passwd\")\n  f = filebase64(\"/etc/passwd\")\n}}\n"
    );
    let world = load(&[("main.tf", &*text)]);
    for attribute in ["a", "c", "d", "f"] {
        assert_eq!(world.value("aws_a.a", attribute), json!("?"), "{attribute}");
    }
    // Whether something is there is not said either.
    assert_eq!(world.value("aws_a.a", "e"), json!("?"));
    assert!(world.messages().iter().any(|message| message.contains("outside of the scanned tree")));
    assert!(world.problems.iter().all(|problem| problem.span.is_some()));
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_root_is_refused() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret"), "outside-secret").unwrap();
    std::fs::write(outside.path().join("main.tf"), "resource \"aws_a\" \"out\" {}\n").unwrap();
    let world = load(&[("main.tf", "locals {}\n")]);
    let base = world.dir.path();
    std::os::unix::fs::symlink(outside.path().join("secret"), base.join("link")).unwrap();
    std::os::unix::fs::symlink(outside.path(), base.join("module")).unwrap();
    let text = "module \"m\" { source = \"./module\" }\nresource \"aws_a\" \"a\" { v = file(\"link\") }\n";
    std::fs::write(base.join("again.tf"), text).unwrap();
    let base = base.canonicalize().unwrap();
    let sources = SourceMap::new();
    let settings = TerraformSettings::default();
    let context = Context {
        sources: &sources,
        base: &base,
        root: &base,
        max_file_size: 1 << 20,
        terraform: &settings,
        reader: crate::load::Reader::Disk,
    };
    let file = crate::load::read_source(&context, "again.tf").unwrap();
    let outcome = Terraform.load(&[file], &context);
    let kinds: Vec<&str> = outcome.value.resources.iter().map(|resource| &*resource.kind).collect();
    assert_eq!(kinds, ["aws_a", "module"]);
    assert_eq!(show(&outcome.value.resources[0].config), json!({"v": "?"}));
    assert_eq!(outcome.problems.len(), 2, "{:?}", outcome.problems);
}

#[test]
fn a_tofu_file_hides_the_terraform_file_of_its_name() {
    let world = load(&[
        ("main.tf", "resource \"aws_a\" \"a\" {\n  v = \"terraform\"\n}\n"),
        ("main.tofu", "resource \"aws_a\" \"a\" {\n  v = \"opentofu\"\n}\n"),
    ]);
    assert_eq!(world.messages(), [""; 0]);
    assert_eq!(world.value("aws_a.a", "v"), json!("opentofu"));
}
