//! Claims about this room, one test each.

use std::fmt::Write as _;

use super::*;
use crate::model::{SourceMap, Value};

fn docs(text: &str) -> (Vec<Doc>, Vec<Problem>, SourceMap) {
    let map = SourceMap::new();
    let file = map.add("a.yaml", text);
    let outcome = parse(file, text, Dialect::K8s);
    (outcome.value, outcome.problems, map)
}

fn one(text: &str) -> Node {
    let (mut docs, problems, _) = docs(text);
    assert_eq!(problems, []);
    assert_eq!(docs.len(), 1);
    docs.remove(0).node
}

fn text_of(text: &str, span: Span) -> &str {
    &text[span.start as usize..span.end as usize]
}

fn number(node: Option<&Node>) -> &str {
    match node.map(|node| &node.value) {
        Some(Value::Number(number)) => number,
        other => panic!("not a number: {other:?}"),
    }
}

fn nodes(node: &Node) -> usize {
    match &node.value {
        Value::Map(map) => 1 + map.values().map(nodes).sum::<usize>(),
        Value::List(items) => 1 + items.iter().map(nodes).sum::<usize>(),
        _ => 1,
    }
}

#[test]
fn an_entry_spans_key_and_value() {
    let text = "a:\n  b: [1, 2]\n  c: |\n    x\n    y\n\n\nd: \"q\" # note\ne:\nf: {g: h}\n";
    let node = one(text);
    let via = |path: &[&str]| {
        let found = path.iter().fold(&node, |node, key| node.key(key).unwrap());
        text_of(text, found.via)
    };
    assert_eq!(via(&["a"]), "a:\n  b: [1, 2]\n  c: |\n    x\n    y");
    assert_eq!(via(&["a", "b"]), "b: [1, 2]");
    assert_eq!(via(&["a", "c"]), "c: |\n    x\n    y");
    assert_eq!(via(&["d"]), "d: \"q\"");
    assert_eq!(via(&["e"]), "e");
    assert_eq!(via(&["f", "g"]), "g: h");
    assert_eq!(text_of(text, node.key("d").unwrap().origin), "d: \"q\"");
    assert_eq!(text_of(text, node.key("a").unwrap().key("b").unwrap().as_list().unwrap()[1].via), "2");
    assert_eq!(node.key("a").unwrap().key("c").unwrap().as_str(), Some("x\ny\n"));
}

#[test]
fn byte_order_mark_and_crlf_do_not_move_spans() {
    let text = "\u{feff}a: é\r\nb:\r\n  - x\r\n";
    let node = one(text);
    assert_eq!(text_of(text, node.key("a").unwrap().via), "a: é");
    assert_eq!(text_of(text, node.key("b").unwrap().via), "b:\r\n  - x");
    assert_eq!(node.key("a").unwrap().as_str(), Some("é"));
}

#[test]
fn a_broken_document_costs_only_itself() {
    let (docs, problems, map) = docs("a: 1\n---\nb: [1, 2\n---\nc: 3\n---\n- }\n---\nd: 4\n");
    let keys: Vec<String> =
        docs.iter().flat_map(|doc| doc.node.as_map().unwrap().keys().map(ToString::to_string)).collect();
    assert_eq!(keys, ["a", "c", "d"]);
    assert_eq!(problems.len(), 2);
    assert_eq!(problems[0].stage, Stage::Parse);
    assert!(problems[0].incomplete);
    assert!(map.region(problems[0].span.unwrap()).start.line >= 3, "{problems:?}");
}

#[test]
fn empty_and_comment_only_documents_are_null_or_nothing() {
    for text in ["", "\n", "# x\n", "---\n", "---\n# c\n---\n...\n"] {
        let (docs, problems, _) = docs(text);
        assert_eq!(problems, [], "{text:?}");
        assert!(docs.iter().all(|doc| doc.node.is_null()), "{text:?}");
    }
}

#[test]
fn comments_above_and_below_belong_to_their_document() {
    let text = "# one\na: 1 # x\n# y\n\n---\n# two\nb: 2\n";
    let (docs, _, _) = docs(text);
    assert_eq!(text_of(text, docs[0].span), "# one\na: 1 # x\n# y");
    assert_eq!(text_of(text, docs[1].span), "\n\n---\n# two\nb: 2");
}

#[test]
fn quoted_scalars_stay_text() {
    let node = one("a: \"true\"\nb: '0644'\nc: !!str yes\nd: ! 5\ne: !foo 1\nf: >-\n  12\n");
    for (key, text) in [("a", "true"), ("b", "0644"), ("c", "yes"), ("d", "5"), ("e", "1"), ("f", "12")] {
        assert_eq!(node.key(key).unwrap().as_str(), Some(text));
    }
}

#[test]
fn a_quoted_scalar_may_go_on_at_the_indentation_of_its_parent() {
    let text = "a:\n  b: 'one\n  two\n  three'\n  c: \"four\n  five\"\n---\nd: \"x\ny\"\n";
    let (docs, problems, _) = docs(text);
    assert_eq!(problems, []);
    let a = docs[0].node.key("a").unwrap();
    let words = |key: &str| a.key(key).unwrap().as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!((words("b"), words("c")), ("one two three".into(), "four five".into()));
    assert_eq!(text_of(text, a.key("c").unwrap().via), "c: \"four\n  five\"");
    assert_eq!(docs[1].node.key("d").unwrap().as_str(), Some("x y"));
}

#[test]
fn core_tags_force_their_type() {
    let node = one("a: !!int \"3\"\nb: !!bool \"yes\"\nc: !!null \"\"\nd: !!binary aGVsbG8=\n");
    assert_eq!(number(node.key("a")), "3");
    assert_eq!(node.key("b").unwrap().as_bool(), Some(true));
    assert!(node.key("c").unwrap().is_null());
    assert!(node.key("d").unwrap().as_unknown().is_some());
}

#[test]
fn plain_keys_are_resolved_like_values() {
    let node = one("y: 1\nn: 2\n0644: 3\n\"yes\": 4\n");
    let keys: Vec<&str> = node.as_map().unwrap().keys().map(AsRef::as_ref).collect();
    assert_eq!(keys, ["420", "false", "true", "yes"]);
}

#[test]
fn duplicate_key_last_wins_and_is_reported() {
    let text = "a: 1\na: 2\n";
    let (docs, problems, map) = docs(text);
    assert_eq!(number(docs[0].node.key("a")), "2");
    assert_eq!(problems.len(), 1);
    assert!(!problems[0].incomplete);
    assert_eq!(map.region(problems[0].span.unwrap()).start.line, 2);
}

#[test]
fn a_key_that_is_not_a_scalar_loses_its_entry() {
    let (docs, problems, _) = docs("? [a, b]\n: 1\nc: 2\nnull: 3\n");
    assert_eq!(docs[0].node.as_map().unwrap().len(), 1);
    assert_eq!(problems.len(), 2);
}

#[test]
fn an_alias_points_at_its_use_and_its_origin() {
    let text = "a: &x [1, 2]\nb: *x\nc: &k key\n*k : v\n";
    let node = one(text);
    let alias = node.key("b").unwrap();
    assert_eq!(text_of(text, alias.via), "b: *x");
    assert_eq!(text_of(text, alias.origin), "[1, 2]");
    assert_eq!(alias.as_list().unwrap().len(), 2);
    assert_eq!(node.key("key").unwrap().as_str(), Some("v"));
}

#[test]
fn merge_keys_follow_the_order_of_the_text() {
    let node = one(
        "x: &x {a: 2, c: 3}\ny: &y {a: 9, e: 5}\np: {a: 1, <<: *x}\nq: {<<: *x, a: 1}\nr: {<<: [*x, *y]}\ns: {\"<<\": 1}\n",
    );
    let get = |map: &str, key: &str| number(node.key(map).unwrap().key(key)).to_owned();
    assert_eq!(get("p", "a"), "2");
    assert_eq!(get("p", "c"), "3");
    assert_eq!(get("q", "a"), "1");
    assert_eq!(get("r", "a"), "2");
    assert_eq!(get("r", "e"), "5");
    assert_eq!(get("s", "<<"), "1");
}

#[test]
fn a_merge_of_a_scalar_is_a_problem() {
    let (docs, problems, _) = docs("a: {<<: 3}\n---\nb: 1\n");
    assert_eq!(docs.len(), 1);
    assert_eq!(problems.len(), 1);
}

#[test]
fn a_key_given_and_merged_is_no_duplicate() {
    let _ = one("x: &x {a: 1}\np: {<<: *x, a: 2}\n");
}

#[test]
fn an_alias_bomb_stops_at_the_budget() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let before = format!("*a{}, ", level - 1).repeat(10);
        let _ = writeln!(text, "a{level}: &a{level} [{}]", before.trim_end_matches(", "));
    }
    text.push_str("---\nok: 1\n");
    let (docs, problems, _) = docs(&text);
    assert_eq!(docs.len(), 1);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.contains("aliases"));
}

#[test]
fn aliases_within_the_budget_are_whole() {
    let node = one("a: &a [1, 2]\nb: &b [*a, *a]\nc: [*b, *b]\n");
    assert_eq!(nodes(node.key("c").unwrap()), 15);
}

#[test]
fn aliases_without_anchor_or_into_themselves_are_problems() {
    for text in ["a: *nowhere\n", "a: &a [*a]\n", "a: &a {b: {c: *a}}\n"] {
        let (docs, problems, _) = docs(text);
        assert!(docs.is_empty(), "{text}");
        assert_eq!(problems.len(), 1, "{text}");
    }
}

#[test]
fn anchors_end_with_their_document() {
    let (docs, problems, _) = docs("a: &a 1\n---\nb: *a\n");
    assert_eq!((docs.len(), problems.len()), (1, 1));
}

#[test]
fn deep_nesting_is_a_problem_not_a_crash() {
    let flow = format!("a: {}{}\n---\nok: 1\n", "[".repeat(500), "]".repeat(500));
    let block = format!("{}x\n---\nok: 1\n", "- ".repeat(500));
    let mixed = format!("{}{}x{}\n---\nok: 1\n", "- ".repeat(200), "[".repeat(200), "]".repeat(200));
    let mut aliased = format!("a: &a {}{}\n", "[".repeat(200), "]".repeat(200));
    let _ = write!(aliased, "b: {}*a{}\n---\nok: 1\n", "[".repeat(200), "]".repeat(200));
    for text in [flow, block, mixed, aliased] {
        let (docs, problems, _) = docs(&text);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(docs.len(), 1);
    }
}

#[test]
fn json_goes_through_the_same_reader() {
    let text = "{\n\t\"a\": \"\\u00e9 \\/ \\ud83d\\ude00\",\n\t\"b\":[1,2.50,-0],\"c\":{\"d\":null,\"e\":true}\n}\n";
    let node = one(text);
    assert_eq!(node.key("a").unwrap().as_str(), Some("é / 😀"));
    assert_eq!(text_of(text, node.key("b").unwrap().via), "\"b\":[1,2.50,-0]");
    assert_eq!(node.key("c").unwrap().key("e").unwrap().as_bool(), Some(true));
}

#[test]
fn a_stream_of_json_objects_is_read_object_by_object() {
    let text = "{\"a\": \"}{\\\"\"}\n{\"b\": [1]} {}\n";
    let (docs, problems, _) = docs(text);
    assert_eq!(problems, []);
    assert_eq!(docs.len(), 3);
    assert_eq!(text_of(text, docs[1].node.key("b").unwrap().via), "\"b\": [1]");
    assert_eq!(docs[0].node.key("a").unwrap().as_str(), Some("}{\""));
    assert_eq!(text_of(text, docs[0].span), "{\"a\": \"}{\\\"\"}");
}

#[test]
fn infinities_are_problems_and_unknown() {
    let (docs, problems, _) = docs("a: .inf\n");
    assert_eq!(problems.len(), 1);
    assert!(docs[0].node.key("a").unwrap().as_unknown().is_some());
}

#[test]
fn a_flood_of_broken_documents_is_summed_up() {
    let (_, problems, _) = docs(&"- }\n---\n".repeat(500));
    assert_eq!(problems.len(), MAX_PROBLEMS + 1);
}

#[test]
fn byte_soup_never_panics() {
    let bits = [
        "a: ",
        "- ",
        "\n",
        "  ",
        "\t",
        "{",
        "}",
        "[",
        "]",
        ",",
        "\"",
        "'",
        "|",
        ">-",
        "\\",
        "&a ",
        "*a",
        "<<: ",
        "!!",
        "!x ",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "# c",
        "\u{feff}",
        "\r",
        "\r\n",
        "é",
        "\u{0}",
        "\u{85}",
        "? ",
        ": ",
        "😀",
        "~",
        "\u{2028}",
    ];
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    for _ in 0..4000 {
        let mut text = String::new();
        for _ in 0..24 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(bits[(state >> 33) as usize % bits.len()]);
        }
        let (docs, problems, _) = docs(&text);
        for span in docs.iter().map(|doc| doc.span).chain(problems.iter().filter_map(|problem| problem.span)) {
            assert!(span.start <= span.end && span.end as usize <= text.len(), "{text:?}");
        }
    }
}
