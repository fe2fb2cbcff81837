//! Claims about states: what is judged, what is marked, what belongs together, and what is refused.

use super::*;
use crate::model::SourceKind;

fn state(resources: &[Json]) -> Json {
    json!({"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "00000000-0000-0000-0000-000000000000",
        "outputs": {}, "resources": resources})
}

#[expect(clippy::needless_pass_by_value, reason = "reads better at the call")]
fn entry(kind: &str, name: &str, instances: Json) -> Json {
    json!({"mode": "managed", "type": kind, "name": name,
        "provider": "provider[\"registry.terraform.io/hashicorp/aws\"].west", "instances": instances})
}

fn load_named(path: &str, text: &str) -> World {
    let terraform = TerraformSettings { named: [path.to_owned()].into(), ..TerraformSettings::default() };
    load_with(&[(path, text)], &["."], &terraform)
}

fn load_state(state: &Json) -> World {
    load_named("terraform.tfstate", &serde_json::to_string_pretty(state).unwrap())
}

#[test]
fn tainted_instances_are_judged_and_deposed_ones_and_data_are_not() {
    let mut data = entry("aws_y", "d", json!([{"attributes": {"id": "1"}}]));
    data["mode"] = json!("data");
    let mut inner = entry("aws_x", "m", json!([{"index_key": "a.\"b[", "attributes": {"id": "m"}}]));
    inner["module"] = json!("module.n[\"k.1\"].module.o[0]");
    let world = load_state(&state(&[
        entry(
            "aws_x",
            "a",
            json!([
                {"index_key": 0, "attributes": {"id": "a0", "gone": null, "empty": "", "none": [], "off": false}},
                {"index_key": 1, "status": "tainted", "attributes": {"id": "a1"}},
                {"index_key": 0, "deposed": "0a1b2c3d", "attributes": {"id": "old"}},
            ]),
        ),
        data,
        inner,
    ]));
    assert_eq!(world.messages(), [""; 0]);
    assert_eq!(world.addresses(), ["aws_x.a[0]", "aws_x.a[1]", r#"module.n["k.1"].module.o[0].aws_x.m["a.\"b["]"#]);
    let first = world.resource("aws_x.a[0]");
    assert_eq!(show(&first.config), json!({"id": "a0", "off": false}), "what is empty was not set");
    assert_eq!((first.source, first.provider.as_deref()), (SourceKind::State, Some("aws")));
    assert_eq!(world.places(&at(first, &["id"])).0.split(':').next(), Some("terraform.tfstate"));
}

#[test]
fn sensitive_paths_are_marked_in_both_forms() {
    let kept = state(&[entry(
        "aws_x",
        "a",
        json!([{
            "attributes": {"note": "not-a-secret-1", "open": "x", "env": [{"A": "not-a-secret-2", "B": "y"}], "password": "not-a-secret-3"},
            "sensitive_attributes": [
                [{"type": "get_attr", "value": "note"}],
                [{"type": "get_attr", "value": "env"}, {"type": "index", "value": {"value": 0, "type": "number"}}, {"type": "index", "value": {"value": "A", "type": "string"}}],
                [{"type": "get_attr", "value": "missing"}], "junk",
            ],
        }]),
    )]);
    let shown = json!({"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {"resources": [{
        "address": "aws_x.a", "mode": "managed", "type": "aws_x", "name": "a",
        "values": {"note": "not-a-secret-1", "open": "x", "env": [{"A": "not-a-secret-2", "B": "y"}], "password": "not-a-secret-3"},
        "sensitive_values": {"note": true, "env": [{"A": true}]},
    }]}}});
    for state in [kept, shown] {
        let world = load_state(&state);
        let marked = |path: &[&str]| at(world.resource("aws_x.a"), path).marks.sensitive;
        assert!(marked(&["note"]) && marked(&["env", "0", "A"]), "{state}");
        assert!(marked(&["password"]), "old records do not mark what is a secret by its name");
        assert!(!marked(&["open"]) && !marked(&["env", "0", "B"]));
        assert_eq!(world.sources.concealed().len(), 3);
    }
}

#[test]
fn a_dependency_and_a_value_together_make_a_link() {
    let buckets = json!([
        {"index_key": "a", "attributes": {"id": "b-a", "bucket": "b-a", "arn": "arn:aws:s3:::b-a"}},
        {"index_key": "b", "attributes": {"id": "b-b", "bucket": "b-b", "arn": "arn:aws:s3:::b-b"}},
    ]);
    let policy = json!({"Statement": [{"Resource": "arn:aws:s3:::b-b/*"}]}).to_string();
    let world = load_state(&state(&[
        entry("aws_s3_bucket", "this", buckets),
        entry(
            "aws_s3_bucket_acl",
            "this",
            json!([
                {"index_key": "a", "attributes": {"bucket": "b-a"}, "dependencies": ["aws_s3_bucket.this"]},
                {"index_key": "b", "attributes": {"bucket": "b-b"}, "dependencies": ["aws_s3_bucket.this"]},
            ]),
        ),
        entry(
            "aws_iam_policy",
            "p",
            json!([{"attributes": {"policy": policy}, "dependencies": ["aws_s3_bucket.this"]}]),
        ),
        entry("aws_iam_policy", "q", json!([{"attributes": {"policy": policy}}])),
    ]));
    let edges = |address: &str| -> Vec<String> {
        world.resource(address).edges.iter().map(|edge| format!("{} -> {}", edge.attribute, edge.to)).collect()
    };
    assert_eq!(edges("aws_s3_bucket_acl.this[\"b\"]"), ["bucket -> aws_s3_bucket.this[\"b\"]"]);
    assert_eq!(edges("aws_iam_policy.p"), ["policy -> aws_s3_bucket.this[\"b\"]"], "documents are trees");
    assert_eq!(edges("aws_iam_policy.q"), [""; 0]);
}

#[test]
fn shown_states_have_modules_and_may_be_empty() {
    let resource = |address: &str, name: &str| json!({"address": address, "mode": "managed", "type": "aws_x", "name": name, "values": {"id": "1"}, "depends_on": []});
    let mut deposed = resource("aws_x.old", "old");
    deposed["deposed_key"] = json!("0a1b2c3d");
    let mut tainted = resource("aws_x.t", "t");
    tainted["tainted"] = json!(true);
    let world = load_state(&json!({"format_version": "1.0", "values": {"root_module": {
        "resources": [deposed, tainted],
        "child_modules": [{"address": "module.a", "child_modules": [{"resources": [resource("module.a.module.b[\"x\"].aws_x.y", "y")]}]}],
    }}}));
    assert_eq!(world.addresses(), ["aws_x.t", "module.a.module.b[\"x\"].aws_x.y"]);
    let world = load_state(&json!({"format_version": "1.0"}));
    assert_eq!((world.addresses().len(), world.messages().len()), (0, 0));
}

#[test]
fn values_of_no_fixed_type_are_taken_out_of_their_wrapping() {
    let wrapped = json!({"value": {"n": 1}, "type": ["object", {"n": "number"}]});
    let world = load_state(&state(&[entry(
        "terraform_data",
        "a",
        json!([{"attributes": {"input": wrapped, "tags": {"type": "t", "value": "v"}}}]),
    )]));
    assert_eq!(
        show(&world.resource("terraform_data.a").config),
        json!({"input": {"n": 1}, "tags": {"type": "t", "value": "v"}})
    );
}

#[test]
fn what_cannot_be_judged_is_named_with_advice() {
    let says = |text: &str, parts: &[&str]| {
        let world = load_named("terraform.tfstate", text);
        assert!(
            world.problems.iter().any(|p| p.incomplete && parts.iter().all(|part| p.message.contains(part))),
            "{parts:?}: {:?}",
            world.messages()
        );
        world
    };
    says(
        r#"{"version": 3, "serial": 1, "lineage": "x", "modules": []}"#,
        &["Terraform 0.11 or older", "terraform state pull"],
    );
    says(
        r#"{"version": 5, "serial": 1, "lineage": "x", "resources": []}"#,
        &["another version than 4", "update stanchion"],
    );
    says(
        r#"{"serial":1,"lineage":"x","meta":{},"encrypted_data":"eA==","encryption_version":"v0"}"#,
        &["encrypted by OpenTofu", "tofu show -json"],
    );
    says("", &["named like a Terraform state and is none"]);
    says(r#"{"version": 4, "serial": 1, "lineage": "x", "resources": ["#, &["not valid JSON"]);
    says(r#"{"version": 4, "serial": 1, "lineage": "x", "resources": 1}"#, &["no list"]);
    let flat = entry("aws_x", "old", json!([{"attributes_flat": {"id": "1", "tags.%": "0"}}]));
    let good = entry("aws_x", "good", json!([{"attributes": {"id": "1"}}]));
    let world = says(
        &state(&[flat, json!(1), entry("aws_x", "z", json!({})), good]).to_string(),
        &["aws_x.old", "recorded by Terraform 0.11"],
    );
    assert_eq!(world.addresses(), ["aws_x.good"]);
}

#[test]
fn a_state_found_in_a_directory_is_looked_at_only_when_asked_for() {
    let text = state(&[entry("aws_x", "a", json!([{"attributes": {"id": "1"}}]))]).to_string();
    let files =
        [("x/terraform.tfstate", text.as_str()), ("x/terraform.tfstate.backup", &text), ("x/pulled.json", &text)];
    let world = load_with(&files, &["."], &TerraformSettings::default());
    assert_eq!((world.addresses().len(), world.problems.len()), (0, 3));
    assert!(world.problems.iter().all(|problem| !problem.incomplete && problem.message.contains("--include-state")));
    let asked = TerraformSettings { include_state: true, ..TerraformSettings::default() };
    let world = load_with(&files, &["."], &asked);
    let scopes: Vec<&str> = world.resources.iter().map(|resource| &*resource.scope).collect();
    assert_eq!(scopes, ["x#terraform.tfstate", "x#pulled.json"], "a backup is an older copy");
}
