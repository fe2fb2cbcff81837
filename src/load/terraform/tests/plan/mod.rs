//! Claims about plans: the helpers of the tests beside it.

mod broken;
mod places;
mod values;

use super::*;
use crate::model::SourceKind;

/// A planned creation.
#[expect(clippy::needless_pass_by_value, reason = "reads better at the call")]
fn change(address: &str, after: Json, unknown: Json) -> Json {
    let (module, rest) = match address.rsplit_once("aws_") {
        Some((module, rest)) => (module.trim_end_matches('.'), format!("aws_{rest}")),
        None => ("", address.to_owned()),
    };
    let (kind, name) = rest.split_once('.').unwrap();
    let mut entry = json!({
        "address": address, "mode": "managed", "type": kind, "name": name.split('[').next().unwrap(),
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": unknown},
    });
    if !module.is_empty() {
        entry["module_address"] = json!(module);
    }
    if let Some((_, key)) = name.split_once('[') {
        entry["index"] = serde_json::from_str(key.trim_end_matches(']')).unwrap();
    }
    entry
}

fn plan(changes: &[Json]) -> Json {
    json!({"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": changes})
}

#[expect(clippy::needless_pass_by_value, reason = "reads better at the call")]
fn configured(changes: &[Json], root: Json) -> Json {
    let mut plan = plan(changes);
    plan["configuration"] = json!({"root_module": root});
    plan
}

fn load_plan(plan: &Json, source: &[(&str, &str)]) -> World {
    let text = serde_json::to_string_pretty(plan).unwrap();
    load(&[&[("plan.json", text.as_str())], source].concat())
}

#[expect(clippy::needless_pass_by_value, reason = "reads better at the call")]
fn refers(kind: &str, name: &str, expressions: Json) -> Json {
    json!({"address": format!("{kind}.{name}"), "mode": "managed", "type": kind, "name": name, "expressions": expressions})
}

fn edges(world: &World, address: &str) -> Vec<String> {
    world.resource(address).edges.iter().map(|edge| format!("{} -> {}", edge.attribute, edge.to)).collect()
}
