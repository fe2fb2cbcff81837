//! Plans of other formats, half plans, broken plans and large ones.

use super::*;

#[test]
fn old_and_new_formats_are_read_and_a_next_generation_is_refused() {
    for version in ["0.1", "0.2", "1.0", "1.2", "1.99"] {
        let mut plan = plan(&[change("aws_x.a", json!({"n": 1}), json!({}))]);
        plan["format_version"] = json!(version);
        plan["future_property"] = json!({"a": [1]});
        let world = load_plan(&plan, &[]);
        assert_eq!((world.addresses(), world.messages()), (vec!["aws_x.a"], vec![]), "{version}");
    }
    for version in [json!("2.0"), json!("x"), json!(1.2), Json::Null] {
        let mut plan = plan(&[change("aws_x.a", json!({"n": 1}), json!({}))]);
        plan["format_version"] = version.clone();
        let world = load_plan(&plan, &[]);
        assert!(world.addresses().is_empty(), "{version}");
        assert!(world.problems.iter().any(|problem| problem.incomplete), "{version}: {:?}", world.messages());
    }
}

#[test]
fn a_plan_that_failed_or_is_not_whole_is_a_problem_and_judged_as_far_as_it_goes() {
    for (key, value, says) in [("errored", true, "failed half-way"), ("complete", false, "not a complete plan")] {
        let mut plan = plan(&[change("aws_x.a", json!({"n": 1}), json!({}))]);
        plan[key] = json!(value);
        let world = load_plan(&plan, &[]);
        assert_eq!(world.addresses(), ["aws_x.a"]);
        assert!(world.problems[0].incomplete && world.problems[0].message.contains(says));
    }
    let values = json!({"format_version": "1.0", "planned_values": {"root_module": {"resources": [{}]}}});
    assert!(load_plan(&values, &[]).messages()[0].contains("has no resource_changes"));
}

#[test]
fn wrong_types_anywhere_lose_their_entry_and_nothing_else() {
    let good = change("aws_x.good", json!({"n": 1}), json!({}));
    let junk =
        [json!(1), json!("x"), json!([]), json!({}), json!([[]]), Json::Null, json!(true), json!({"a": {"b": [1]}})];
    let paths: [&[&str]; 17] = [
        &[],
        &["address"],
        &["module_address"],
        &["mode"],
        &["type"],
        &["name"],
        &["index"],
        &["provider_name"],
        &["deposed"],
        &["change"],
        &["change", "actions"],
        &["change", "after"],
        &["change", "after_unknown"],
        &["change", "after_sensitive"],
        &["change", "after", "ingress"],
        &["change", "after_unknown", "ingress"],
        &["change", "after_sensitive", "ingress"],
    ];
    let base = || {
        let mut entry = change("aws_x.a", json!({"ingress": [{"p": 1}]}), json!({"ingress": [{"q": true}]}));
        entry["change"]["after_sensitive"] = json!({"ingress": [{"p": true}]});
        entry
    };
    for junk in &junk {
        for path in paths {
            let mut entry = base();
            let mut at = &mut entry;
            for step in path {
                at = &mut at[*step];
            }
            *at = junk.clone();
            let world = load_plan(&plan(&[good.clone(), entry]), &[]);
            assert!(world.addresses().contains(&"aws_x.good"), "{path:?} {junk}");
        }
        let paths: [&[&str]; 9] = [
            &["resource_changes"],
            &["configuration"],
            &["configuration", "root_module"],
            &["configuration", "root_module", "resources"],
            &["configuration", "root_module", "module_calls"],
            &["configuration", "root_module", "module_calls", "m"],
            &["configuration", "provider_config"],
            &["variables"],
            &["variables", "v"],
        ];
        for path in paths {
            let root = json!({"resources": [refers("aws_x", "good", json!({"n": {"references": ["var.v"]}}))], "module_calls": {"m": {}}});
            let mut plan = configured(std::slice::from_ref(&good), root);
            plan["configuration"]["provider_config"] =
                json!({"aws": {"expressions": {"region": {"references": ["var.v"]}}}});
            plan["variables"] = json!({"v": {"value": 1}});
            let mut at = &mut plan;
            for step in path {
                at = &mut at[*step];
            }
            *at = junk.clone();
            let world = load_plan(
                &plan,
                &[("main.tf", "resource \"aws_x\" \"good\" {}\nmodule \"m\" {\n  source = \"x\"\n}\n")],
            );
            let lost = world.problems.iter().any(|problem| problem.incomplete);
            assert!(
                world.addresses().contains(&"aws_x.good") || lost || path == ["resource_changes"],
                "{path:?} {junk}"
            );
        }
    }
    let world = load_plan(&plan(&[json!({"type": "aws_x", "name": "a"}), good]), &[]);
    assert_eq!(world.messages(), ["aws_x.a has no change in plan.json; this entry is not judged"]);
}

#[test]
fn a_plan_that_is_cut_off_is_a_problem_wherever_it_ends() {
    let text = serde_json::to_string_pretty(&plan(&[change(
        "aws_x.a",
        json!({"n": [1, {"a": "é\\\""}]}),
        json!({"b": true}),
    )]))
    .unwrap();
    let from = text.find("resource_changes").unwrap() + "resource_changes\":".len();
    for end in (from..text.len()).filter(|end| text.is_char_boundary(*end)) {
        let world = load(&[("plan.json", &text[..end])]);
        assert!(world.problems.iter().any(|problem| problem.incomplete), "{end}");
    }
}

#[test]
fn ten_thousand_resources_take_a_moment() {
    let count = 10_000;
    let changes: Vec<Json> = (0..count)
        .flat_map(|index| {
            let bucket = change(
                &format!("aws_s3_bucket.b[\"k{index}\"]"),
                json!({"bucket": format!("b-{index}")}),
                json!({"id": true}),
            );
            let part = change(
                &format!("aws_s3_bucket_acl.b[\"k{index}\"]"),
                json!({"acl": "private"}),
                json!({"bucket": true}),
            );
            [bucket, part]
        })
        .collect();
    let reference = json!({"bucket": {"references": ["aws_s3_bucket.b", "each.key"]}});
    let root = json!({"resources": [refers("aws_s3_bucket", "b", json!({"bucket": {}})), refers("aws_s3_bucket_acl", "b", reference)]});
    let text = configured(&changes, root).to_string();
    let started = std::time::Instant::now();
    let world = load(&[("plan.json", &text)]);
    assert_eq!(world.addresses().len(), 2 * count);
    assert_eq!(edges(&world, "aws_s3_bucket_acl.b[\"k77\"]"), ["bucket -> aws_s3_bucket.b[\"k77\"]"]);
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
