//! Functions that policies can call besides Rego's own: `arn.parse`, `cidr.*`, `secrets.judge`, `stanchion.*`.
//!
//! Each is a plain function of its arguments. A wrong type gives undefined, never an error.

mod arn;
mod cidr;
mod days;
mod glob;
mod iam;
mod secrets;

use regorus::Value;

pub(super) use glob::glob_match;

struct Builtin {
    name: &'static str,
    arity: u8,
    run: fn(&[Value]) -> Option<Value>,
}

const BUILTINS: [Builtin; 12] = [
    Builtin {
        name: "arn.parse",
        arity: 1,
        run: |args| {
            let parts = arn::parse(text(args, 0)?)?;
            Some(object(parts.map(|(key, part)| (key, part.into()))))
        },
    },
    Builtin { name: "cidr.is_public", arity: 1, run: |args| cidr::is_public(text(args, 0)?).map(Value::from) },
    Builtin {
        name: "cidr.public_members",
        arity: 2,
        run: |args| {
            let names = args.get(1)?.as_array().ok()?;
            let names = names.iter().filter_map(|name| Some(&**name.as_string().ok()?));
            Some(public_members(args.first()?, names))
        },
    },
    Builtin { name: "cidr.is_world", arity: 1, run: |args| cidr::is_world(text(args, 0)?).map(Value::from) },
    Builtin {
        name: "secrets.judge",
        arity: 2,
        run: |args| {
            let judgement = match args.get(1)? {
                Value::String(value) => secrets::judge(text(args, 0)?, value),
                _ => secrets::Judgement::clean("not a text"),
            };
            Some(object([
                ("secret", Value::from(judgement.secret)),
                ("kind", judgement.kind.into()),
                ("why", judgement.why.as_str().into()),
            ]))
        },
    },
    Builtin {
        name: "stanchion.days_between",
        arity: 2,
        run: |args| days::between(text(args, 0)?, text(args, 1)?).map(Value::from),
    },
    Builtin {
        name: "stanchion.glob_match",
        arity: 2,
        run: |args| Some(Value::from(glob_match(text(args, 0)?, text(args, 1)?))),
    },
    Builtin {
        name: "stanchion.iam_covers",
        arity: 2,
        run: |args| Some(Value::from(iam::covers(text(args, 0)?, text(args, 1)?))),
    },
    Builtin {
        name: "stanchion.iam_statements",
        arity: 2,
        run: |args| {
            let base: Vec<Value> = args.get(1)?.as_array().ok()?.iter().cloned().collect();
            Some(iam::statements(args.first()?, &base))
        },
    },
    Builtin {
        name: "stanchion.iam_statements_on",
        arity: 3,
        run: |args| {
            let base: Vec<Value> = args.get(1)?.as_array().ok()?.iter().cloned().collect();
            let resources = args.get(2)?.as_set().ok()?;
            let resources: Vec<&str> = resources.iter().filter_map(|text| Some(&**text.as_string().ok()?)).collect();
            Some(iam::statements_on(args.first()?, &base, &resources))
        },
    },
    // Asked for by nearly every policy, and far cheaper than the same in Rego.
    Builtin {
        name: "stanchion.items",
        arity: 2,
        run: |args| Some(args.first()?.as_object().ok().and_then(|it| it.get(args.get(1)?)).map_or_else(none, list)),
    },
    Builtin { name: "stanchion.list", arity: 1, run: |args| Some(list(args.first()?)) },
];

fn none() -> Value {
    Value::new_array()
}

/// A value as a list: lists stay, null is empty, anything else is a list of one.
fn list(value: &Value) -> Value {
    match value {
        Value::Array(_) => value.clone(),
        Value::Set(items) => items.iter().cloned().collect::<Vec<_>>().into(),
        Value::Null | Value::Undefined => none(),
        single => vec![single.clone()].into(),
    }
}

/// Number of arguments of a function that every policy can call.
pub(super) fn arity(name: &str) -> Option<usize> {
    let own = BUILTINS.iter().find(|builtin| builtin.name == name).map(|builtin| builtin.arity);
    let arity = own.or_else(|| regorus::unstable::BUILTINS.get(name).map(|(_, arity)| *arity));
    arity.map(usize::from)
}

pub(super) fn names() -> impl Iterator<Item = String> {
    let theirs = regorus::unstable::BUILTINS.keys().map(|name| (*name).to_owned());
    BUILTINS.iter().map(|builtin| builtin.name.to_owned()).chain(theirs)
}

pub(super) fn register(engine: &mut regorus::Engine) -> Result<(), String> {
    for builtin in &BUILTINS {
        let run = builtin.run;
        let extension = move |args: Vec<Value>| Ok(run(&args).unwrap_or(Value::Undefined));
        engine
            .add_extension(builtin.name.to_owned(), builtin.arity, Box::new(extension))
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The public ranges under some names of an object, alone or in lists, each with its path.
fn public_members<'a>(object: &Value, names: impl Iterator<Item = &'a str>) -> Value {
    let Ok(fields) = object.as_object() else { return Vec::new().into() };
    let public = |value: &Value| value.as_string().is_ok_and(|text| cidr::is_public(text) == Some(true));
    let mut out: Vec<Value> = Vec::new();
    for name in names {
        match fields.get(&Value::from(name)) {
            Some(Value::Array(items)) => {
                for (index, item) in items.iter().enumerate().filter(|(_, item)| public(item)) {
                    let path: Vec<Value> = vec![name.into(), u64::try_from(index).unwrap_or(u64::MAX).into()];
                    out.push(self::object([("path", path.into()), ("value", item.clone())]));
                }
            }
            Some(single) if public(single) => {
                let path: Vec<Value> = vec![name.into()];
                out.push(self::object([("path", path.into()), ("value", single.clone())]));
            }
            _ => {}
        }
    }
    out.into()
}

fn text(args: &[Value], index: usize) -> Option<&str> {
    args.get(index)?.as_string().ok().map(AsRef::as_ref)
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let map: std::collections::BTreeMap<Value, Value> =
        fields.into_iter().map(|(key, value)| (key.into(), value)).collect();
    map.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_stands_for_a_list_is_one() {
        let json = |text: &str| Value::from_json_str(text).unwrap();
        assert_eq!(list(&json("[1]")), json("[1]"));
        assert_eq!(list(&json("null")), json("[]"));
        assert_eq!(list(&json("{\"a\": 1}")), json("[{\"a\": 1}]"));
        let items = BUILTINS.iter().find(|builtin| builtin.name == "stanchion.items").unwrap().run;
        assert_eq!(items(&[json("{\"a\": \"x\"}"), "a".into()]), Some(json("[\"x\"]")));
        assert_eq!(items(&[json("{}"), "a".into()]), Some(json("[]")));
        assert_eq!(items(&["no object".into(), "a".into()]), Some(json("[]")));
    }

    #[test]
    fn public_members_are_found_alone_and_in_lists_with_their_paths() {
        let rule = Value::from_json_str(
            r#"{"cidr_blocks": ["10.0.0.0/8", "0.0.0.0/0", 1], "cidr_ipv6": "::/0", "other": "0.0.0.0/0", "cidr_ipv4": null}"#,
        );
        let found = public_members(&rule.unwrap(), ["cidr_blocks", "cidr_ipv4", "cidr_ipv6"].into_iter());
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&found.to_json_str().unwrap()).unwrap(),
            serde_json::json!([
                {"path": ["cidr_blocks", 1], "value": "0.0.0.0/0"},
                {"path": ["cidr_ipv6"], "value": "::/0"},
            ])
        );
        assert_eq!(public_members(&"x".into(), ["a"].into_iter()), Value::new_array());
    }
}
