//! IAM policy documents in one shape: the work that every permission policy needs, done natively because it is asked often.
//!
//! Follows IAM's grammar: a statement may stand alone or in a list, and so may actions, resources and principals. It does
//! not judge what a document allows.

use std::collections::BTreeMap;

use regorus::Value;

use super::glob::glob_match;

/// The statements of a document, with lists normalised and every value with its path below `base`.
pub(super) fn statements(document: &Value, base: &[Value]) -> Value {
    chosen(document, base, |_| true)
}

/// Those of them that hold without a condition for one of the given resources, compared as texts. Most documents have none, and
/// this is found without making anything.
pub(super) fn statements_on(document: &Value, base: &[Value], resources: &[&str]) -> Value {
    let is_one = |value: &Value| value.as_string().is_ok_and(|text| resources.contains(&&**text));
    chosen(document, base, |statement| {
        let Ok(fields) = statement.as_object() else { return false };
        let field = |name: &str| fields.get(&Value::from(name));
        let free = match field("Condition") {
            None => true,
            Some(Value::Object(tests)) => tests.is_empty(),
            Some(_) => false,
        };
        free && match field("Resource") {
            Some(Value::Array(items)) => items.iter().any(is_one),
            Some(single) => is_one(single),
            None => false,
        }
    })
}

fn chosen(document: &Value, base: &[Value], choose: impl Fn(&Value) -> bool) -> Value {
    let Ok(document) = document.as_object() else { return Value::from(Vec::new()) };
    let out: Vec<Value> = match document.get(&Value::from("Statement")) {
        Some(Value::Array(items)) => {
            let each = items.iter().enumerate().filter(|(_, item)| choose(item));
            each.filter_map(|(index, item)| statement(item, &extended(base, ["Statement".into(), position(index)])))
                .collect()
        }
        Some(single) if choose(single) => {
            statement(single, &extended(base, ["Statement".into()])).into_iter().collect()
        }
        _ => Vec::new(),
    };
    out.into()
}

/// True when an action pattern covers an action; IAM ignores letter case here.
pub(super) fn covers(pattern: &str, action: &str) -> bool {
    glob_match(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

fn statement(value: &Value, path: &[Value]) -> Option<Value> {
    let fields = value.as_object().ok()?;
    let field = |name: &str| fields.get(&Value::from(name));
    let or = |name: &str, otherwise: Value| field(name).cloned().unwrap_or(otherwise);
    Some(object([
        ("path", path.to_vec().into()),
        ("sid", or("Sid", "".into())),
        ("effect", or("Effect", "Allow".into())),
        ("actions", values(field("Action"), path, "Action")),
        ("not_actions", values(field("NotAction"), path, "NotAction")),
        ("resources", values(field("Resource"), path, "Resource")),
        ("not_resources", values(field("NotResource"), path, "NotResource")),
        ("principals", principals(field("Principal"), path, "Principal")),
        ("not_principals", principals(field("NotPrincipal"), path, "NotPrincipal")),
        ("condition", or("Condition", Value::new_object())),
    ]))
}

/// A text or list of texts, each with its path.
fn texts(found: Option<&Value>, path: &[Value], name: &str) -> Vec<(Vec<Value>, Value)> {
    match found {
        Some(Value::Array(items)) => {
            let each = items.iter().enumerate();
            each.map(|(index, item)| (extended(path, [name.into(), position(index)]), item.clone())).collect()
        }
        Some(text @ Value::String(_)) => vec![(extended(path, [name.into()]), text.clone())],
        _ => Vec::new(),
    }
}

fn values(found: Option<&Value>, path: &[Value], name: &str) -> Value {
    let entries = texts(found, path, name).into_iter();
    entries.map(|(path, value)| object([("path", path.into()), ("value", value)])).collect::<Vec<_>>().into()
}

/// A plain text counts as type `*`; a map gives one entry per value.
fn principals(found: Option<&Value>, path: &[Value], name: &str) -> Value {
    let entry = |kind: &Value, (path, value): (Vec<Value>, Value)| {
        object([("path", path.into()), ("type", kind.clone()), ("value", value)])
    };
    let out: Vec<Value> = match found {
        Some(text @ Value::String(_)) => vec![entry(&"*".into(), (extended(path, [name.into()]), text.clone()))],
        Some(Value::Object(kinds)) => {
            let below = extended(path, [name.into()]);
            let of_kind = |(kind, found): (&Value, &Value)| {
                let name = kind.as_string().map(ToString::to_string).unwrap_or_default();
                texts(Some(found), &below, &name).into_iter().map(|text| entry(kind, text)).collect::<Vec<_>>()
            };
            kinds.iter().flat_map(of_kind).collect()
        }
        _ => Vec::new(),
    };
    out.into()
}

fn extended<const N: usize>(path: &[Value], steps: [Value; N]) -> Vec<Value> {
    path.iter().cloned().chain(steps).collect()
}

fn position(index: usize) -> Value {
    Value::from(u64::try_from(index).unwrap_or(u64::MAX))
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    fields.into_iter().map(|(key, value)| (Value::from(key), value)).collect::<BTreeMap<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> serde_json::Value {
        let document = Value::from_json_str(json).unwrap();
        serde_json::from_str(&statements(&document, &["policy".into()]).to_json_str().unwrap()).unwrap()
    }

    #[test]
    fn a_lone_statement_and_lone_texts_count_as_lists_of_one() {
        let found = of(r#"{"Statement": {"Action": "s3:*", "Resource": ["a", "b"], "Principal": "*"}}"#);
        assert_eq!(found[0]["effect"], "Allow");
        assert_eq!(
            found[0]["actions"][0],
            serde_json::json!({"path": ["policy", "Statement", "Action"], "value": "s3:*"})
        );
        assert_eq!(found[0]["resources"][1]["path"], serde_json::json!(["policy", "Statement", "Resource", 1]));
        assert_eq!(found[0]["principals"][0]["type"], "*");
    }

    #[test]
    fn principals_of_a_map_keep_their_kind() {
        let found = of(r#"{"Statement": [{"Principal": {"AWS": ["*"], "Service": "ec2.amazonaws.com"}}]}"#);
        assert_eq!(
            found[0]["principals"][0]["path"],
            serde_json::json!(["policy", "Statement", 0, "Principal", "AWS", 0])
        );
        assert_eq!(found[0]["principals"][1]["type"], "Service");
    }

    #[test]
    fn statements_on_a_resource_are_those_without_condition_that_name_it() {
        let document = Value::from_json_str(
            r#"{"Statement": [
                {"Sid": "a", "Action": "s3:*", "Resource": ["x", "*"]},
                {"Sid": "b", "Action": "s3:*", "Resource": "arn:aws:s3:::b"},
                {"Sid": "c", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
                {"Sid": "d", "Effect": "Deny", "NotAction": "s3:*", "Resource": "*", "Condition": {}},
                {"Sid": "e", "Action": "s3:*", "NotResource": "*"}
            ]}"#,
        );
        let found = statements_on(&document.unwrap(), &["policy".into()], &["*"]);
        let found: serde_json::Value = serde_json::from_str(&found.to_json_str().unwrap()).unwrap();
        let sids: Vec<_> = found.as_array().unwrap().iter().map(|statement| &statement["sid"]).collect();
        assert_eq!(sids, ["a", "d"]);
        assert_eq!(found[1]["path"], serde_json::json!(["policy", "Statement", 3]));
    }

    #[test]
    fn what_is_no_document_has_no_statements() {
        assert_eq!(of("[]"), serde_json::json!([]));
        assert_eq!(of(r#"{"Statement": ["x", 1]}"#), serde_json::json!([]));
    }
}
