//! Rows of AWS Config and properties of Cloud Control as records.
//!
//! It decides whose names a value has, and nothing about what they mean.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::model::{LiveRecord, LiveShape};

/// Types whose items in Config have capital names and are yet not `CloudFormation`'s: attributes as their own API gives them.
const NATIVE: &[&str] = &["AWS::SNS::Topic", "AWS::SQS::Queue"];

pub(super) use crate::live::UNCARRIED;

/// Where a record was listed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) account: &'a Arc<str>,
    pub(super) region: &'a Arc<str>,
    /// `CloudFormation`'s name of the type.
    pub(super) kind: &'a str,
}

/// A record of one row of a Config query, or why there is none.
pub(super) fn of_row(place: Place<'_>, row: &Value) -> Result<LiveRecord, &'static str> {
    let text = |name: &str| row.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let id = text("resourceId").or_else(|| text("arn")).ok_or("it has no resourceId")?;
    let configuration = document(row.get("configuration")).ok_or("it has no configuration")?;
    let Value::Object(members) = &configuration else { return Err("its configuration is no object") };
    let shape = shape(place.kind, members);
    let supplementary = row.get("supplementaryConfiguration").map(supplementary);
    let tags = row.get("tags").map(tags).unwrap_or_default();
    let value = match shape {
        LiveShape::Config => {
            let mut value = Map::new();
            value.insert("configuration".into(), configuration);
            value.insert(
                "supplementaryConfiguration".into(),
                supplementary.unwrap_or_else(|| Value::Object(Map::new())),
            );
            for name in ["relationships", UNCARRIED] {
                if let Some(part) = row.get(name) {
                    value.insert(name.into(), part.clone());
                }
            }
            Value::Object(value)
        }
        _ => configuration,
    };
    Ok(LiveRecord {
        account: place.account.clone(),
        region: place.region.clone(),
        kind: place.kind.into(),
        id: id.into(),
        arn: text("arn").filter(|arn| arn.starts_with("arn:")).map(Into::into),
        shape,
        captured: text("configurationItemCaptureTime").map(Into::into),
        tags,
        value,
    })
}

/// A record of what Cloud Control gives, or why there is none.
pub(super) fn of_properties(place: Place<'_>, id: &str, properties: &str) -> Result<LiveRecord, &'static str> {
    let value: Value = serde_json::from_str(properties).map_err(|_| "its properties are no JSON")?;
    let Value::Object(members) = &value else { return Err("its properties are no object") };
    let named = ["Arn", "ARN"].iter().find_map(|name| members.get(*name)?.as_str());
    let arn = named.or(Some(id)).filter(|arn| arn.starts_with("arn:") && !arn.contains('|')).map(Into::into);
    let tags = members.iter().filter(|(name, _)| name.ends_with("Tags")).flat_map(|(_, value)| tags(value)).collect();
    Ok(LiveRecord {
        account: place.account.clone(),
        region: place.region.clone(),
        kind: place.kind.into(),
        id: id.into(),
        arn,
        shape: LiveShape::CloudFormation,
        captured: None,
        tags,
        value,
    })
}

/// Config's own items have names like `vpcId`, `CloudFormation`'s like `VpcId`.
fn shape(kind: &str, configuration: &Map<String, Value>) -> LiveShape {
    let lower = configuration.keys().filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase())).count();
    if NATIVE.contains(&kind) || lower * 2 > configuration.len() || configuration.is_empty() {
        LiveShape::Config
    } else {
        LiveShape::CloudFormation
    }
}

/// A value that may be given as a text of JSON.
fn document(value: Option<&Value>) -> Option<Value> {
    match value? {
        Value::Null => None,
        Value::String(text) => serde_json::from_str(text).ok(),
        other => Some(other.clone()),
    }
}

/// Its members may be texts of JSON, one by one.
fn supplementary(value: &Value) -> Value {
    let read = |value: &Value| match value {
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| value.clone()),
        other => other.clone(),
    };
    match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), read(value))).collect(),
        Value::Null => Value::Object(Map::new()),
        other => read(other),
    }
}

/// Tags as a map, as a list of pairs in capitals or not.
pub(super) fn tags(value: &Value) -> BTreeMap<Arc<str>, Arc<str>> {
    match value {
        Value::Object(members) => {
            members.iter().filter_map(|(name, value)| Some((name.as_str().into(), value.as_str()?.into()))).collect()
        }
        Value::Array(pairs) => {
            let text = |pair: &Value, names: [&str; 2]| {
                names.iter().find_map(|name| pair.get(*name)?.as_str()).map(Arc::<str>::from)
            };
            let pair = |pair: &Value| {
                Some((text(pair, ["Key", "key"])?, text(pair, ["Value", "value"]).unwrap_or_else(|| "".into())))
            };
            pairs.iter().filter_map(pair).collect()
        }
        _ => BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(kind: &str, row: &Value) -> Result<LiveRecord, &'static str> {
        of_row(Place { account: &"111122223333".into(), region: &"eu-west-1".into(), kind }, row)
    }

    #[test]
    fn old_types_keep_their_own_names_and_newer_ones_have_those_of_cloudformation() {
        let native = json!({ "resourceId": "b", "configuration": { "name": "b" }, "supplementaryConfiguration": { "X": "{\"a\":1}" },
            "tags": [{ "key": "a", "value": "1", "tag": "a=1" }], "relationships": [] });
        let record = row("AWS::S3::Bucket", &native).unwrap();
        assert_eq!(record.shape, LiveShape::Config);
        let value = json!({ "configuration": { "name": "b" }, "supplementaryConfiguration": { "X": { "a": 1 } }, "relationships": [] });
        assert_eq!((record.value, &*record.tags["a"]), (value, "1"));
        let newer = json!({ "resourceId": "c", "configuration": "{\"Name\":\"c\"}", "arn": "arn:aws:x:::c" });
        let record = row("AWS::EKS::Cluster", &newer).unwrap();
        assert_eq!((record.shape, record.value), (LiveShape::CloudFormation, json!({ "Name": "c" })));
        let topic = json!({ "resourceId": "t", "configuration": { "TopicArn": "t" } });
        assert_eq!(row("AWS::SNS::Topic", &topic).unwrap().shape, LiveShape::Config);
    }

    #[test]
    fn rows_that_make_no_sense_are_refused() {
        for bad in [
            json!(null),
            json!([]),
            json!({}),
            json!({ "resourceId": "a" }),
            json!({ "resourceId": "a", "configuration": "{" }),
            json!({ "resourceId": "a", "configuration": [] }),
            json!({ "resourceId": 1, "configuration": {} }),
        ] {
            assert!(row("AWS::S3::Bucket", &bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn properties_give_arn_and_tags_where_they_have_them() {
        let place = Place { account: &"111122223333".into(), region: &"eu-west-1".into(), kind: "AWS::X::Y" };
        let record = of_properties(place, "a", r#"{"Arn":"arn:aws:x:::a","Tags":[{"Key":"k","Value":"v"}]}"#).unwrap();
        assert_eq!((record.arn.as_deref(), &*record.tags["k"]), (Some("arn:aws:x:::a"), "v"));
        let topic = of_properties(place, "arn:aws:sns:::t", "{}").unwrap();
        assert_eq!(topic.arn.as_deref(), Some("arn:aws:sns:::t"));
        assert!(of_properties(place, "a", "<html>").is_err() && of_properties(place, "a", "[]").is_err());
    }
}
