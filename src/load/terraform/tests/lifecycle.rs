//! Claims about `lifecycle.ignore_changes`.

use super::*;
use crate::model::display_path;

/// What the only resource of a tree says to leave alone: paths, and the lines that say so.
fn ignored(files: &[(&str, &str)]) -> Vec<(String, u32)> {
    let world = load(files);
    assert_eq!(world.resources.len(), 1, "{:?}", world.problems);
    let of = |it: &crate::model::IgnoredChange| (display_path(&it.path), world.sources.region(it.span).start.line);
    world.resources[0].ignored.iter().map(of).collect()
}

fn native(list: &str) -> Vec<(String, u32)> {
    let text = format!("resource \"aws_a\" \"a\" {{\n  x = 1\n  lifecycle {{\n    ignore_changes = {list}\n  }}\n}}\n");
    ignored(&[("main.tf", &text)])
}

fn pairs(list: &[(&str, u32)]) -> Vec<(String, u32)> {
    list.iter().map(|(path, line)| ((*path).to_owned(), *line)).collect()
}

#[test]
fn references_are_paths_with_the_line_of_each() {
    let list = "[\n      tags,\n      tags[\"x\"], a[0].b,\n      tags.y,\n      \"old\",\n    ]";
    let expected = [("tags", 5), ("tags.x", 6), ("a[0].b", 6), ("tags.y", 7), ("old", 8)];
    assert_eq!(native(list), pairs(&expected));
    assert_eq!(native("all"), pairs(&[("", 4)]));
}

#[test]
fn what_terraform_refuses_hides_nothing() {
    for list in ["[]", "tags", "[\"*\"]", "[tags[*]]", "[var.x[each.key]]", "[upper(tags)]", "[1]", "null"] {
        assert_eq!(native(list), [], "{list}");
    }
}

#[test]
fn json_says_the_same() {
    let text =
        r#"{"resource": {"aws_a": {"a": {"lifecycle": {"ignore_changes": ["tags", "tags[\"x\"]", "a[0].b"]}}}}}"#;
    assert_eq!(ignored(&[("main.tf.json", text)]), pairs(&[("tags", 1), ("tags.x", 1), ("a[0].b", 1)]));
    let text = r#"{"resource": {"aws_a": {"a": {"lifecycle": {"ignore_changes": "all"}}}}}"#;
    assert_eq!(ignored(&[("main.tf.json", text)]), pairs(&[("", 1)]));
}

#[test]
fn an_override_changes_of_it_what_it_names() {
    let base = "resource \"aws_a\" \"a\" {\n  lifecycle {\n    ignore_changes = [tags]\n  }\n}\n";
    let over = |inner: &str| format!("resource \"aws_a\" \"a\" {{\n  lifecycle {{ {inner} }}\n}}\n");
    let with = |inner: &str| ignored(&[("main.tf", base), ("override.tf", &over(inner))]);
    assert_eq!(with("prevent_destroy = true"), pairs(&[("tags", 3)]));
    assert_eq!(with("ignore_changes = [size]"), pairs(&[("size", 2)]));
    assert_eq!(
        ignored(&[("main.tf", "resource \"aws_a\" \"a\" {}\n"), ("override.tf", &over("ignore_changes = [size]"))]),
        pairs(&[("size", 2)])
    );
}
