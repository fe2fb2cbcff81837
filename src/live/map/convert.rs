//! The closed set of conversions between a cloud's values and Terraform's.
//!
//! `None` means that the value has no form that the conversion knows; what is made of that is not decided here.

use serde_json::{Map, Value};

use super::notation::{Step, snake};
use crate::model::schema::Type;

/// Names of all conversions.
#[cfg(test)]
pub const NAMES: &[&str] = &[
    "after",
    "bare",
    "between",
    "camel",
    "commas",
    "condition",
    "filled",
    "first",
    "group_uri",
    "holds",
    "is",
    "json",
    "keyed",
    "last",
    "lifecycle",
    "list",
    "lower",
    "member",
    "members",
    "method_path",
    "none",
    "on",
    "one_of",
    "pairs",
    "permission",
    "pluck",
    "port",
    "present",
    "protocol",
    "starts",
    "swapped",
    "tags",
    "unset",
    "where",
    "without",
    "word",
];

/// Applies one step. `Some(Value::Null)` means that the result is absent.
pub fn convert(value: Value, step: &Step) -> Option<Value> {
    let argument = |index: usize| step.arguments.get(index).map_or("", |text| &**text);
    match (&*step.name, value) {
        // A document as one text with its keys in order.
        ("json", Value::String(text)) => {
            let text = if text.starts_with('%') { percent_decoded(&text)? } else { text };
            serde_json::from_str::<Value>(&text)
                .ok()
                .filter(|it| it.is_object() || it.is_array())
                .map(|it| text_of(&it))
        }
        ("json", value @ (Value::Object(_) | Value::Array(_))) => Some(text_of(&value)),
        ("tags", value) => tags(&value).map(Value::Object),
        ("pairs", Value::Array(items)) => pairs(&items, argument(0), argument(1)).map(Value::Object),
        // `on(Enabled,Disabled)`: other words have no meaning.
        ("on", Value::String(text)) if step.arguments.is_empty() => Some(Value::Bool(is_word(&text, "enabled"))),
        ("on", Value::String(text)) if is_word(&text, argument(0)) => Some(Value::Bool(true)),
        ("on", Value::String(text)) => {
            let known = step.arguments.len() < 2 || step.arguments.iter().any(|word| is_word(&text, word));
            known.then_some(Value::Bool(false))
        }
        ("on" | "word", Value::Bool(on)) if &*step.name == "on" => Some(Value::Bool(on)),
        ("word", Value::Bool(on)) => Some(argument(usize::from(!on)).into()),
        ("first", Value::Array(items)) => Some(items.into_iter().next().unwrap_or_default()),
        ("list", value @ (Value::String(_) | Value::Number(_) | Value::Object(_))) => Some(Value::Array(vec![value])),
        // What follows the last `/` or `:` (or the given text).
        ("last", Value::String(text)) => {
            let cut = if step.arguments.is_empty() {
                text.rsplit(['/', ':']).next()
            } else {
                text.rsplit(argument(0)).next()
            };
            cut.map(Value::from)
        }
        ("after", Value::String(text)) => Some(text.split_once(argument(0)).map_or(&*text, |(_, rest)| rest).into()),
        // What stands between the first of one text and the next of another.
        ("between", Value::String(text)) => {
            let (_, rest) = text.split_once(argument(0))?;
            rest.split(argument(1)).next().filter(|part| !part.is_empty()).map(Value::from)
        }
        ("holds", Value::String(text)) => Some(Value::Bool(text.contains(argument(0)))),
        ("swapped", Value::String(text)) => Some(text.replace(argument(0), argument(1)).into()),
        ("commas", Value::String(text)) => {
            Some(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect())
        }
        ("lower", Value::String(text)) => Some(text.to_lowercase().into()),
        ("pluck", Value::Array(items)) => {
            let each = |item: &Value| match item {
                Value::Object(map) => map.get(argument(0)).cloned(),
                _ => None,
            };
            items.iter().map(each).collect::<Option<Vec<_>>>().map(Value::Array)
        }
        ("present", Value::Null) => Some(Value::Bool(false)),
        ("present", Value::Object(_) | Value::String(_) | Value::Array(_)) => Some(Value::Bool(true)),
        // Terraform writes 0 where the protocol has no ports.
        ("port", Value::Number(number)) => Some(if number.as_i64() == Some(-1) { 0.into() } else { number.into() }),
        ("protocol", value) => {
            let text = match value {
                Value::String(text) => text.to_lowercase(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            Some(match &*text {
                "6" => "tcp".into(),
                "17" => "udp".into(),
                "1" => "icmp".into(),
                "58" => "icmpv6".into(),
                "all" => "-1".into(),
                _ => text.into(),
            })
        }
        // Words or numbers that stand for "not set".
        ("unset", value) => {
            let text = match &value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(on) => on.to_string(),
                Value::Null => return Some(value),
                _ => return None,
            };
            let unset = step.arguments.iter().any(|word| **word == *text);
            Some(if unset { Value::Null } else { value })
        }
        // True when the text is one of the words.
        ("is", Value::String(text)) => Some(Value::Bool(step.arguments.iter().any(|word| is_word(&text, word)))),
        // The first element that is an object with the given member, and its value of that member's neighbour.
        ("one_of", Value::Array(items)) => {
            let is_plain = |item: &Value| item.get(argument(0)).is_some_and(|it| !it.is_object() && !it.is_array());
            if !items.iter().all(is_plain) {
                return None;
            }
            let hit = items.iter().find(|item| is_text(item.get(argument(0)), argument(1)));
            Some(hit.and_then(|item| item.get(argument(2))).cloned().unwrap_or_default())
        }
        // Elements whose member has, or has not, a value.
        ("where" | "without", Value::Array(mut items)) => {
            let wanted = &*step.name == "where";
            items.retain(|item| is_text(item.get(argument(0)), argument(1)) == wanted);
            Some(Value::Array(items))
        }
        // Absent unless the text begins so.
        ("starts", Value::String(text)) => Some(if text.starts_with(argument(0)) { text.into() } else { Value::Null }),
        // A map as a list of keys and values.
        ("members", Value::Object(map)) => {
            Some(map.into_iter().map(|(key, value)| serde_json::json!({"Key": key, "Value": value})).collect())
        }
        ("camel", value @ (Value::Array(_) | Value::Object(_))) => Some(camel(value)),
        // `orders/GET` of API Gateway's path and method.
        ("method_path", Value::Object(map)) => {
            let part = |name: &str| map.get(name).and_then(Value::as_str);
            let path = part("ResourcePath")?.trim_start_matches('/');
            Some(format!("{path}/{}", part("HttpMethod")?).into())
        }
        // Groups of S3's access lists; a single grantee is an object and has no address.
        ("group_uri", Value::String(group)) => {
            let place = if group == "LogDelivery" { "s3" } else { "global" };
            let known = matches!(&*group, "AllUsers" | "AuthenticatedUsers" | "LogDelivery");
            known.then(|| format!("http://acs.amazonaws.com/groups/{place}/{group}").into())
        }
        ("group_uri", Value::Object(_)) => Some(Value::Null),
        // Absent where a member is empty: what is switched off is described all the same.
        ("filled", Value::Object(map)) => match map.get(argument(0)) {
            Some(Value::String(text)) if !text.is_empty() => Some(Value::Object(map)),
            Some(Value::String(_) | Value::Null) | None => Some(Value::Null),
            Some(_) => None,
        },
        // A member of what may also be a plain text.
        ("member", Value::Object(map)) => Some(map.get(argument(0)).cloned().unwrap_or_default()),
        ("member", Value::String(_)) => Some(Value::Null),
        // A plain value, alone or in a list, may also be the one member of an object, `value` by default.
        ("bare", value) => bare(value, step.arguments.first().map_or("value", |name| &**name)),
        // A choice is an object whose only member says which; it may also be given as the word, or as a text of JSON.
        ("keyed", Value::String(text)) => match serde_json::from_str(&text) {
            Ok(Value::Object(map)) => Some(camel(Value::Object(map))),
            _ if text.chars().all(|c| c.is_ascii_alphabetic()) && !text.is_empty() => {
                Some(serde_json::json!({ text.to_lowercase(): {} }))
            }
            _ => None,
        },
        ("keyed", value @ Value::Object(_)) => Some(value),
        // What a rule of a bucket's lifecycle is about, as S3 itself says it.
        ("lifecycle", Value::Array(items)) => {
            items.into_iter().map(with_filter).collect::<Option<_>>().map(Value::Array)
        }
        // The only condition of a statement, `{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}`.
        ("condition", Value::Object(map)) => {
            let (kind, about) = only(&map)?;
            let (key, value) = only(about.as_object()?)?;
            Some(serde_json::json!({"Type": kind, "Key": key, "Value": value}))
        }
        // `FullControl` as `FULL_CONTROL`.
        ("permission", Value::String(text)) => Some(snake(&text).to_uppercase().into()),
        _ => None,
    }
}

/// The value in the form of a declared type, where it has one.
pub fn fitted(value: Value, kind: &Type) -> Option<Value> {
    match (kind, value) {
        (Type::Any, value) => Some(value),
        (Type::String, value @ Value::String(_)) => Some(value),
        (Type::String, Value::Number(number)) => Some(number.to_string().into()),
        (Type::String, Value::Bool(on)) => Some(on.to_string().into()),
        (Type::Number, value @ Value::Number(_)) => Some(value),
        (Type::Number, Value::String(text)) => text.parse::<serde_json::Number>().ok().map(Value::Number),
        (Type::Bool, value @ Value::Bool(_)) => Some(value),
        (Type::Bool, Value::String(text)) => match text.to_lowercase().as_str() {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        (Type::List(inner), Value::Array(items)) => {
            items.into_iter().map(|item| fitted(item, inner)).collect::<Option<Vec<_>>>().map(Value::Array)
        }
        (Type::Map(inner), Value::Object(map)) => {
            let entry = |(key, item): (String, Value)| Some((key, fitted(item, inner)?));
            map.into_iter().map(entry).collect::<Option<Map<_, _>>>().map(Value::Object)
        }
        _ => None,
    }
}

/// Tags by name, however they are written: a list of keys and values, or a map.
pub fn tags(value: &Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => map.values().all(Value::is_string).then(|| map.clone()),
        Value::Array(items) => {
            let entry = |item: &Value| {
                let get = |names: [&str; 3]| names.iter().find_map(|name| item.get(name));
                let key = get(["Key", "key", "TagKey"])?.as_str()?;
                let value = match get(["Value", "value", "TagValue"]) {
                    Some(Value::Null) | None => "",
                    Some(value) => value.as_str()?,
                };
                Some((key.to_owned(), Value::from(value)))
            };
            items.iter().map(entry).collect()
        }
        _ => None,
    }
}

fn pairs(items: &[Value], key: &str, value: &str) -> Option<Map<String, Value>> {
    let entry = |item: &Value| Some((item.get(key)?.as_str()?.to_owned(), item.get(value)?.clone()));
    items.iter().map(entry).collect()
}

fn bare(value: Value, name: &str) -> Option<Value> {
    match value {
        Value::Array(items) => items.into_iter().map(|item| bare(item, name)).collect(),
        Value::Object(map) => map.get(name).filter(|it| !it.is_object() && !it.is_array()).cloned(),
        plain => Some(plain),
    }
}

/// Names of members as ECS's own API writes them. What people named themselves stays.
fn camel(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(camel).collect(),
        Value::Object(map) => {
            let entry = |(key, value): (String, Value)| {
                let own = matches!(&*key, "Options" | "DockerLabels");
                let mut chars = key.chars();
                let first: String = chars.next().into_iter().flat_map(char::to_lowercase).collect();
                (format!("{first}{}", chars.as_str()), if own { value } else { camel(value) })
            };
            Value::Object(map.into_iter().map(entry).collect())
        }
        other => other,
    }
}

/// `CloudFormation` writes conditions beside each other; S3 and Terraform have a filter, and one for several at once.
fn with_filter(rule: Value) -> Option<Value> {
    let Value::Object(mut rule) = rule else { return None };
    let mut all = Map::new();
    for name in ["Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan"] {
        let found = rule.remove(name).filter(|it| !it.is_null() && it.as_str() != Some(""));
        all.extend(found.map(|it| (name.to_owned(), it)));
    }
    let tags = match rule.remove("TagFilters") {
        Some(Value::Array(tags)) => tags,
        None | Some(Value::Null) => Vec::new(),
        Some(_) => return None,
    };
    let filter = match (all.len(), tags.as_slice()) {
        (0, []) => None,
        (1, []) => Some(Value::Object(all)),
        (0, [tag]) => Some(serde_json::json!({ "Tag": tag })),
        _ => {
            all.insert("Tags".to_owned(), Value::Array(tags));
            Some(serde_json::json!({ "And": all }))
        }
    };
    rule.extend(filter.map(|it| ("Filter".to_owned(), it)));
    Some(Value::Object(rule))
}

fn only(map: &Map<String, Value>) -> Option<(&String, &Value)> {
    map.iter().next().filter(|_| map.len() == 1)
}

fn is_text(value: Option<&Value>, text: &str) -> bool {
    match value {
        Some(Value::String(own)) => own == text,
        Some(Value::Bool(on)) => text == if *on { "true" } else { "false" },
        Some(Value::Number(number)) => number.to_string().as_str() == text,
        Some(_) => false,
        None => false,
    }
}

fn is_word(text: &str, word: &str) -> bool {
    text.eq_ignore_ascii_case(word)
}

/// A map's members are sorted, so equal documents are equal texts.
fn text_of(value: &Value) -> Value {
    value.to_string().into()
}

fn percent_decoded(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'%' {
            let digits = text.get(at + 1..at + 3)?;
            out.push(u8::from_str_radix(digits, 16).ok()?);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn converted(value: Value, name: &str, arguments: &[&str]) -> Option<Value> {
        convert(value, &Step { name: name.into(), arguments: arguments.iter().map(|it| (*it).into()).collect() })
    }

    #[test]
    fn a_plain_value_may_be_wrapped_in_an_object_alone_or_in_a_list() {
        for (given, made) in [
            (json!("a"), json!("a")),
            (json!({"value": "a"}), json!("a")),
            (json!(["a", {"value": "b"}]), json!(["a", "b"])),
            (json!([]), json!([])),
        ] {
            assert_eq!(converted(given, "bare", &[]), Some(made));
        }
        assert_eq!(converted(json!([{"subnet": "s", "zone": "z"}]), "bare", &["subnet"]), Some(json!(["s"])));
        assert_eq!(converted(json!({"other": 1}), "bare", &[]), None);
        assert_eq!(converted(json!([{"value": {"a": 1}}]), "bare", &[]), None);
    }

    #[test]
    fn a_choice_is_an_object_a_word_or_a_text_of_json() {
        let block = Some(json!({"block": {}}));
        assert_eq!(converted(json!("BLOCK"), "keyed", &[]), block);
        assert_eq!(converted(json!("{\"Block\":{}}"), "keyed", &[]), block);
        assert_eq!(converted(json!({"block": {}}), "keyed", &[]), block);
        for odd in [json!(""), json!("[1]"), json!("what else"), json!(3)] {
            assert_eq!(converted(odd, "keyed", &[]), None);
        }
    }

    #[test]
    fn parts_of_a_text_are_found_or_the_text_is_of_another_form() {
        let stage = json!("arn:aws:apigateway:eu-west-1::/restapis/abc/stages/prod");
        assert_eq!(converted(stage.clone(), "between", &["/restapis/", "/"]), Some(json!("abc")));
        assert_eq!(converted(stage, "between", &["/apis/", "/"]), None);
        assert_eq!(converted(json!("a, b,"), "commas", &[]), Some(json!(["a", "b"])));
        assert_eq!(converted(json!(""), "commas", &[]), Some(json!([])));
        assert_eq!(converted(json!("RSA-2048"), "swapped", &["-", "_"]), Some(json!("RSA_2048")));
        assert_eq!(converted(json!("x:global/y"), "holds", &[":global/"]), Some(json!(true)));
    }
}
