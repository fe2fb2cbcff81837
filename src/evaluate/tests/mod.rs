//! What verdicts are reached on which knowledge; the helpers of the tests beside it.

mod places;
mod rooms;

use std::sync::Arc;

use super::*;
use crate::model::{
    Edge, Existence, FileId, Map, Marks, Node, Part as TextPart, Reason, Shape, Unknown, Value as V, Verdict,
};
use crate::policy::{PolicySet, Selection, load_texts};

/// A source text in which values are found by their own text.
struct World {
    sources: SourceMap,
    file: FileId,
    text: String,
}

impl World {
    fn new(text: &str) -> Self {
        let sources = SourceMap::new();
        let file = sources.add("main.tf", text);
        Self { sources, file, text: text.to_owned() }
    }

    fn span(&self, part: &str) -> Span {
        let start = self.text.find(part).unwrap_or_else(|| panic!("no '{part}'"));
        Span::new(self.file, u32::try_from(start).unwrap(), u32::try_from(start + part.len()).unwrap())
    }

    fn resource(&self, kind: &str, name: &str, entries: Vec<(&str, Node)>) -> Resource {
        let all = Span::new(self.file, 0, u32::try_from(self.text.len()).unwrap());
        let header = Span::new(self.file, 0, 0);
        let config = Node::map(map(entries), header);
        Resource {
            provider: Some("aws".into()),
            ..Resource::new(SourceKind::Terraform, "", format!("{kind}.{name}"), kind, config, all)
        }
    }

    fn at(&self) -> Span {
        Span::new(self.file, 0, 0)
    }

    fn s(&self, text: &str) -> Node {
        Node::string(text, self.at())
    }

    fn unknown(&self, shape: Shape, cause: &str) -> Node {
        let mut unknown = Unknown::new(Reason::NoValue, cause);
        unknown.shape = shape;
        Node::unknown(unknown, self.at())
    }

    fn run(&self, policy: &str, resources: &[Resource]) -> Evaluated {
        evaluate(resources, &policies(policy), &self.sources)
    }

    /// `fail`, `undetermined` or `pass` of a single resource.
    fn verdict(&self, policy: &str, resource: &Resource) -> &'static str {
        verdict(&self.run(policy, std::slice::from_ref(resource)))
    }
}

fn map(entries: Vec<(&str, Node)>) -> Map {
    entries.into_iter().map(|(key, node)| (Arc::from(key), node)).collect()
}

fn policies(body: &str) -> PolicySet {
    let text = format!(
        "# METADATA\n# title: a test\n# custom:\n#   id: t\n#   severity: high\n#   resource_types: [\"aws_*\"]\npackage t\n{body}\n"
    );
    load_texts(&[("t.rego".into(), text)], &Selection::default()).map_err(|error| error.to_string()).unwrap()
}

fn verdict(done: &Evaluated) -> &'static str {
    assert!(done.problems.is_empty(), "{:?}", done.problems);
    match done.findings.iter().map(|finding| finding.verdict).min() {
        Some(Verdict::Fail) => "fail",
        Some(Verdict::Undetermined) => "undetermined",
        None => "pass",
    }
}

fn of<'a>(done: &'a Evaluated, address: &str) -> Option<&'a Finding> {
    done.findings.iter().find(|finding| &*finding.address == address)
}

/// JSON as a tree; texts of the form `?cause` become unknown.
fn tree(w: &World, value: &serde_json::Value) -> Node {
    let node = |value| Node::new(value, w.at());
    match value {
        serde_json::Value::Null => node(V::Null),
        serde_json::Value::Bool(b) => node(V::Bool(*b)),
        serde_json::Value::Number(n) => node(V::Number(n.to_string().into())),
        serde_json::Value::String(text) => match text.strip_prefix('?') {
            Some(cause) => w.unknown(Shape::Any, cause),
            None => w.s(text),
        },
        serde_json::Value::Array(items) => Node::list(items.iter().map(|item| tree(w, item)).collect(), w.at()),
        serde_json::Value::Object(map) => {
            Node::map(map.iter().map(|(k, v)| (Arc::from(k.as_str()), tree(w, v))).collect(), w.at())
        }
    }
}

const ACL: &str = r#"deny contains {"path": ["acl"], "message": sprintf("acl is %s", [input.config.acl])} if input.config.acl == "public""#;

#[test]
fn a_known_value_decides_in_one_evaluation() {
    let w = World::new("acl = \"public\"");
    let bad = w.resource("aws_b", "x", vec![("acl", w.s("public").at(w.span("acl = \"public\"")))]);
    let done = w.run(ACL, &[bad]);
    let finding = &done.findings[0];
    assert_eq!((finding.verdict, finding.message.as_str()), (Verdict::Fail, "acl is public"));
    assert_eq!(finding.span, w.span("acl = \"public\""));
    assert_eq!(finding.fingerprint.len(), 32);
    assert_eq!(done.evaluations, 1);
    let good = w.resource("aws_b", "x", vec![("acl", w.s("private"))]);
    assert_eq!(w.verdict(ACL, &good), "pass");
}

#[test]
fn an_unknown_value_is_neither_absent_nor_a_failure() {
    let w = World::new("");
    let r = w.resource("aws_b", "x", vec![("acl", w.unknown(Shape::Any, "var.acl has no value"))]);
    let done = w.run(ACL, &[r]);
    assert_eq!(verdict(&done), "undetermined");
    assert_eq!(done.findings[0].causes, ["var.acl has no value".into()]);
    assert_eq!(done.undetermined, 1);
    let missing =
        r#"deny contains {"path": ["kms"], "message": "no key"} if object.get(input.config, "kms", "") == """#;
    let r = w.resource("aws_b", "x", vec![("kms", w.unknown(Shape::String, "var.kms has no value"))]);
    assert_eq!(w.verdict(missing, &r), "undetermined");
    assert_eq!(w.verdict(missing, &w.resource("aws_b", "x", vec![])), "fail");
}

#[test]
fn an_unknown_that_the_policy_does_not_read_changes_nothing() {
    let w = World::new("");
    let r =
        w.resource("aws_b", "x", vec![("acl", w.s("public")), ("other", w.unknown(Shape::Any, "var.o has no value"))]);
    assert_eq!(w.verdict(ACL, &r), "fail");
}

#[test]
fn an_opaque_id_is_present_and_never_a_wildcard() {
    let w = World::new("");
    let mut id = Unknown::new(Reason::Computed, "aws_kms_key.k.arn is known after apply");
    id.opaque = true;
    let r = w.resource("aws_b", "x", vec![("kms", Node::unknown(id, w.at()))]);
    let missing =
        r#"deny contains {"path": ["kms"], "message": "no key"} if object.get(input.config, "kms", "") in {"", "*"}"#;
    assert_eq!(w.verdict(missing, &r), "pass");
    let not_arn = r#"deny contains {"path": ["kms"], "message": sprintf("is %s", [input.config.kms])} if startswith(input.config.kms, "arn:")"#;
    let done = w.run(not_arn, &[r]);
    assert_eq!(verdict(&done), "fail");
    assert_eq!(done.findings[0].message, "is (unknown)");
}

#[test]
fn two_unknowns_where_only_a_joint_choice_passes_are_undetermined() {
    let w = World::new("");
    let both = r#"deny contains {"path": [], "message": "not both"} if not good
good if { input.config.a == true; input.config.b == true }
good if { input.config.a == false; input.config.b == false }"#;
    // The base has both true, so let them differ only together.
    let joint = r#"deny contains {"path": [], "message": "no"} if not good
good if { input.config.a == false; input.config.b == false }"#;
    let r =
        w.resource("aws_b", "x", vec![("a", w.unknown(Shape::Bool, "var.a")), ("b", w.unknown(Shape::Bool, "var.b"))]);
    assert_eq!(w.verdict(both, &r), "undetermined");
    let done = w.run(joint, &[r]);
    assert_eq!(verdict(&done), "undetermined");
    assert_eq!(done.findings[0].causes, ["var.a".into(), "var.b".into()]);
}

#[test]
fn options_narrow_what_is_tried() {
    let w = World::new("");
    let options = |values: &[&str]| {
        let mut unknown = Unknown::new(Reason::NoValue, "var.c has no value");
        unknown.options = values.iter().map(|text| w.s(text)).collect();
        w.resource("aws_b", "x", vec![("acl", Node::unknown(unknown, w.at()))])
    };
    assert_eq!(w.verdict(ACL, &options(&["private", "log"])), "pass");
    assert_eq!(w.verdict(ACL, &options(&["private", "public"])), "undetermined");
    assert_eq!(w.verdict(ACL, &options(&["public"])), "fail");
}

#[test]
fn the_known_parts_of_a_text_decide_where_they_can() {
    let w = World::new("");
    let image = |parts: Vec<TextPart>| {
        let mut unknown = Unknown::new(Reason::NoValue, "var.tag has no value");
        (unknown.shape, unknown.parts, unknown.nullable) = (Shape::String, parts, false);
        w.resource("aws_b", "x", vec![("image", Node::unknown(unknown, w.at()))])
    };
    let latest = r#"deny contains {"path": ["image"], "message": "latest"} if endswith(input.config.image, ":latest")"#;
    let hole = || TextPart::Hole { opaque: false };
    assert_eq!(w.verdict(latest, &image(vec![TextPart::Known("repo:".into()), hole()])), "undetermined");
    assert_eq!(w.verdict(latest, &image(vec![hole(), TextPart::Known(":1.2".into())])), "pass");
    assert_eq!(w.verdict(latest, &image(vec![hole(), TextPart::Known(":latest".into())])), "fail");
}

const OPEN: &str = r#"deny contains {"path": ["ingress", i, "cidr", j], "message": "open"} if {
	some i, rule in input.config.ingress
	some j, cidr in rule.cidr
	cidr == "0.0.0.0/0"
}"#;

#[test]
fn a_known_element_beside_an_unknown_one_still_fails() {
    let w = World::new("");
    let cidr = |items: Vec<Node>| {
        let rule = Node::map(map(vec![("cidr", Node::list(items, w.at()))]), w.at());
        w.resource("aws_b", "x", vec![("ingress", Node::list(vec![rule], w.at()))])
    };
    let unknown = || w.unknown(Shape::Any, "var.cidr has no value");
    assert_eq!(w.verdict(OPEN, &cidr(vec![unknown()])), "undetermined");
    assert_eq!(w.verdict(OPEN, &cidr(vec![unknown(), w.s("10.0.0.0/8")])), "undetermined");
    let done = w.run(OPEN, &[cidr(vec![unknown(), w.s("0.0.0.0/0")])]);
    let verdicts: Vec<_> = done.findings.iter().map(|f| f.verdict).collect();
    assert_eq!(verdicts, [Verdict::Fail, Verdict::Undetermined]);
    assert_eq!(done.undetermined, 0);
}

#[test]
fn an_unknown_list_may_hold_anything() {
    let w = World::new("");
    let rule = Node::map(map(vec![("cidr", w.unknown(Shape::List, "var.cidrs has no value"))]), w.at());
    let r = w.resource("aws_b", "x", vec![("ingress", Node::list(vec![rule], w.at()))]);
    assert_eq!(w.verdict(OPEN, &r), "undetermined");
    let r = w.resource("aws_b", "x", vec![("ingress", w.unknown(Shape::List, "var.rules has no value"))]);
    assert_eq!(w.verdict(OPEN, &r), "undetermined");
}

#[test]
fn a_pattern_is_tried_with_a_text_that_matches() {
    let w = World::new("");
    let policy = r#"deny contains {"path": ["name"], "message": "bad name"} if not regex.match(`^[a-z]+-[0-9]{3}$`, input.config.name)"#;
    let r = |name: Node| w.resource("aws_b", "x", vec![("name", name)]);
    let mut name = Unknown::new(Reason::NoValue, "var.name has no value");
    (name.shape, name.nullable) = (Shape::String, false);
    assert_eq!(w.verdict(policy, &r(Node::unknown(name, w.at()))), "undetermined");
    assert_eq!(w.verdict(policy, &r(w.s("web"))), "fail");
    assert_eq!(w.verdict(policy, &r(w.s("web-001"))), "pass");
}

#[test]
fn required_keys_of_an_unknown_map_may_be_there() {
    let w = World::new("");
    let policy = r#"deny contains {"path": [], "message": "no owner"} if not input.tags.owner"#;
    let mut r = w.resource("aws_b", "x", vec![]);
    r.facets.insert("tags".into(), w.unknown(Shape::Map, "var.tags has no value"));
    assert_eq!(w.verdict(policy, &r), "undetermined");
    r.facets.insert("tags".into(), Node::map(map(vec![("env", w.s("x"))]), w.at()));
    assert_eq!(w.verdict(policy, &r), "fail");
}
