//! Values of a plan: what is unknown, what is absent, what is secret, and what is not judged at all.

use super::*;

#[test]
fn known_after_apply_is_unknown_in_lists_in_blocks_and_as_a_whole() {
    let after = json!({"name": "web", "gone": null, "ids": [null, "x"], "ingress": [{"port": 22}, {"port": null}], "tags": {"a": "b"}});
    let unknown = json!({
        "kms_key_id": true, "ids": [true, false], "ingress": [{"cidr_blocks": [true]}, {"port": true}],
        "nested": {"deep": {"id": true}}, "tags": {}, "whole": true, "more": [{}, {"id": true}],
    });
    let world = load_plan(&plan(&[change("aws_x.a", after, unknown)]), &[]);
    let value = |name: &str| world.value("aws_x.a", name);
    assert_eq!(value("kms_key_id"), "?");
    assert_eq!(value("whole"), "?");
    assert_eq!(value("gone"), "(absent)", "null is absent");
    assert_eq!(value("ids"), json!(["?", "x"]));
    assert_eq!(value("ingress"), json!([{"port": 22, "cidr_blocks": ["?"]}, {"port": "?"}]));
    assert_eq!(value("nested"), json!({"deep": {"id": "?"}}));
    assert_eq!(value("more"), json!([null, {"id": "?"}]));
    let unknown = at(world.resource("aws_x.a"), &["ids", "0"]);
    assert_eq!(&*unknown.as_unknown().unwrap().cause, "aws_x.a.ids is known after apply");
    assert_eq!(unknown.as_unknown().unwrap().reason, Reason::Computed);
}

#[test]
fn what_is_not_set_and_only_the_provider_decides_is_absent_but_what_is_set_is_not() {
    let after = json!({"name": "web", "rules": [], "note": "", "given": [], "block": [{"a": 1, "note": "", "tags": {"x": ""}}]});
    let unknown = json!({"arn": true, "kms_key_id": true, "block": [{"id": true, "b": true}]});
    let set = json!({"name": {"constant_value": "web"}, "kms_key_id": {"references": ["aws_kms_key.k.arn", "aws_kms_key.k"]},
        "given": {}, "block": [{"a": {"constant_value": 1}, "b": {}, "tags": {}}]});
    let root = json!({"resources": [refers("aws_x", "a", set)]});
    let world = load_plan(&configured(&[change("aws_x.a", after, unknown)], root), &[]);
    let config = show(&world.resource("aws_x.a").config);
    assert_eq!(
        config,
        json!({"name": "web", "kms_key_id": "?id", "given": [], "block": [{"a": 1, "b": "?", "tags": {"x": ""}}]})
    );
}

#[test]
fn what_goes_away_is_not_judged_and_what_is_replaced_or_imported_is() {
    let with = |name: &str, actions: &[&str], more: &[(&str, Json)]| {
        let mut entry = change(&format!("aws_x.{name}"), json!({"name": name}), json!({}));
        entry["change"]["actions"] = json!(actions);
        if matches!(actions, ["delete" | "forget"]) {
            entry["change"]["after"] = Json::Null;
        }
        for (key, value) in more {
            if entry["change"].get(*key).is_some() || *key == "importing" || *key == "generated_config" {
                entry["change"][*key] = value.clone();
            } else {
                entry[*key] = value.clone();
            }
        }
        entry
    };
    let mut data = with("read", &["read"], &[]);
    data["mode"] = json!("data");
    let world = load_plan(
        &plan(&[
            with("deleted", &["delete"], &[]),
            with("forgotten", &["forget"], &[]),
            with("old", &["delete"], &[("deposed", json!("0a1b2c3d"))]),
            with("old", &["no-op"], &[("deposed", json!("0a1b2c3d"))]),
            data,
            with("same", &["no-op"], &[]),
            with("changed", &["update"], &[]),
            with("replaced", &["delete", "create"], &[("action_reason", json!("replace_because_cannot_update"))]),
            with("swapped", &["create", "delete"], &[]),
            with("left", &["create", "forget"], &[]),
            with(
                "taken",
                &["no-op"],
                &[
                    ("importing", json!({"id": "i-1"})),
                    ("generated_config", json!("resource \"aws_x\" \"taken\" {}\n")),
                ],
            ),
        ]),
        &[],
    );
    assert_eq!(world.messages(), [""; 0]);
    let mut addresses = world.addresses();
    addresses.sort_unstable();
    assert_eq!(
        addresses,
        ["aws_x.changed", "aws_x.left", "aws_x.replaced", "aws_x.same", "aws_x.swapped", "aws_x.taken"]
    );
}

#[test]
fn sensitive_values_are_marked_below_and_their_lines_concealed() {
    let mut entry = change(
        "aws_x.a",
        json!({"password": "not-a-secret-1", "env": {"A": "not-a-secret-2", "B": "open"}, "l": ["x", "y"]}),
        json!({}),
    );
    entry["change"]["after_sensitive"] = json!({"password": true, "env": {"A": true}, "l": [false, true]});
    let root = json!({"resources": [refers("aws_x", "a", json!({"password": {}, "env": {}, "l": {}}))]});
    let world = load_plan(&configured(&[entry], root), &[]);
    let marked = |path: &[&str]| at(world.resource("aws_x.a"), path).marks.sensitive;
    assert!(marked(&["password"]) && marked(&["env", "A"]) && marked(&["l", "1"]));
    assert!(!marked(&["env", "B"]) && !marked(&["l", "0"]));
    let concealed: Vec<String> = world
        .sources
        .concealed()
        .iter()
        .map(|span| world.sources.file(span.file).text[span.start as usize..span.end as usize].to_owned())
        .collect();
    assert!(concealed.iter().any(|text| text.contains("not-a-secret-1")), "{concealed:?}");
    assert!(concealed.iter().any(|text| text.contains("not-a-secret-2")));
    assert!(!concealed.iter().any(|text| text.contains("open")));
    // On one line nothing can be told apart.
    let text = plan(&[change("aws_x.a", json!({"n": 1}), json!({}))]).to_string();
    let world = load(&[("plan.json", &text)]);
    assert_eq!(world.sources.concealed()[0].end as usize, text.len());
}

#[test]
fn a_secret_given_from_outside_is_no_literal() {
    let entry = |name: &str| {
        let mut entry = change(&format!("aws_x.{name}"), json!({"password": "not-a-secret-1"}), json!({}));
        entry["change"]["after_sensitive"] = json!({"password": true});
        entry
    };
    let root = json!({"resources": [
        refers("aws_x", "given", json!({"password": {"references": ["var.p"]}})),
        refers("aws_x", "literal", json!({"password": {"constant_value": "not-a-secret-1"}}))],
        "variables": {"p": {"sensitive": true}}});
    let changes = [entry("given"), entry("literal")];
    let mut plan = configured(&changes, root);
    let alone = load_plan(&plan, &[]);
    assert_eq!(alone.value("aws_x.given", "password"), "?");
    assert_eq!(alone.value("aws_x.literal", "password"), "not-a-secret-1");
    // The values of variables are in the plan, but where they come from only the source says.
    plan["variables"] = json!({"p": {"value": "not-a-secret-1"}});
    let main = "variable \"p\" {\n  sensitive = true\n}\nresource \"aws_x\" \"given\" {\n  password = var.p\n}\nresource \"aws_x\" \"literal\" {\n  password = \"not-a-secret-1\"\n}\n";
    let beside = load_plan(&plan, &[("main.tf", main)]);
    assert_eq!(beside.value("aws_x.given", "password"), "?");
    assert_eq!(beside.value("aws_x.literal", "password"), "not-a-secret-1");
}

#[test]
fn tags_come_from_tags_all_and_the_region_from_the_provider() {
    let root = json!({"resources": [json!({"mode": "managed", "type": "aws_x", "name": "a", "provider_config_key": "aws", "expressions": {}})]});
    let after = json!({"tags": {"a": "1"}, "tags_all": {"a": "1", "Owner": "x"}});
    let mut plan = configured(
        &[
            change("aws_x.a", after, json!({})),
            change("aws_x.b", json!({"tags": {"a": "1"}}), json!({"tags_all": true})),
        ],
        root,
    );
    plan["configuration"]["provider_config"] =
        json!({"aws": {"name": "aws", "expressions": {"region": {"references": ["var.region"]}}}});
    plan["variables"] = json!({"region": {"value": "eu-west-1"}});
    let world = load_plan(&plan, &[]);
    let a = world.resource("aws_x.a");
    assert_eq!(show(&a.facets["tags"]), json!({"a": "1", "Owner": "x"}));
    assert_eq!(show(&a.facets["tags_complete"]), json!(true));
    assert_eq!((a.region.as_deref(), a.provider.as_deref()), (Some("eu-west-1"), Some("aws")));
    let b = world.resource("aws_x.b");
    assert_eq!(show(&b.facets["tags"]), json!({"a": "1"}));
    assert_eq!(show(&b.facets["tags_complete"]), json!("?"));
}

#[test]
fn a_write_only_argument_is_set() {
    let root = json!({"resources": [refers("aws_x", "a", json!({"password_wo": {"references": ["var.p"]}}))]});
    let plan = configured(&[change("aws_x.a", json!({"password_wo": null, "n": 1}), json!({}))], root);
    assert_eq!(load_plan(&plan, &[]).value("aws_x.a", "password_wo"), "?id");
    let main = "variable \"p\" {}\nresource \"aws_x\" \"a\" {\n  password_wo = var.p\n}\n";
    assert_eq!(load_plan(&plan, &[("main.tf", main)]).value("aws_x.a", "password_wo"), "?");
}

#[test]
fn a_reference_to_an_identifier_is_a_text_that_nobody_has_written() {
    let set = json!({
        "bucket": {"references": ["aws_s3_bucket.b.id", "aws_s3_bucket.b"]},
        "user_id": {"references": ["aws_u.u", "each.key"]},
        "role": {"references": ["var.role"]},
        "vpc_id": {"references": ["each.value"]},
        "note": {"references": ["aws_s3_bucket.b.id", "aws_s3_bucket.b"]},
    });
    let unknown = json!({"bucket": true, "user_id": true, "role": true, "vpc_id": true, "note": true});
    let root = json!({"resources": [refers("aws_x", "a", set)]});
    let world = load_plan(&configured(&[change("aws_x.a", json!({}), unknown)], root), &[]);
    let value = |name: &str| world.value("aws_x.a", name);
    assert_eq!([value("bucket"), value("user_id")], ["?id", "?id"]);
    assert_eq!([value("role"), value("vpc_id"), value("note")], ["?", "?", "?"]);
}
