//! Policies of IAM by what they mean: neither order, nor case of actions, nor one-or-many says anything.
//!
//! It does not know whose policy it is.

use std::collections::BTreeMap;

use super::normalize::{Canon, strict};
use crate::model::{Node, Value};

/// True for a tree that reads like a policy.
pub fn is_policy(tree: &Node) -> bool {
    let Some(statements) = member(tree, "Statement") else { return false };
    items(statements).iter().all(|statement| statement.as_unknown().is_some() || member(statement, "Effect").is_some())
}

/// The policy's meaning; `None` when it is none.
pub fn canon(tree: &Node) -> Option<Canon> {
    if !is_policy(tree) {
        return None;
    }
    let mut out = BTreeMap::new();
    let version = member(tree, "Version").and_then(Node::as_str).unwrap_or("2008-10-17");
    out.insert("Version".to_owned(), Canon::Text(version.to_owned()));
    let mut statements: Vec<Canon> = statements(tree).into_iter().map(statement).collect();
    statements.sort();
    statements.dedup();
    out.insert("Statement".to_owned(), Canon::Set(statements));
    Some(Canon::Map(out))
}

/// The statements, one by one.
pub fn statements(tree: &Node) -> Vec<&Node> {
    member(tree, "Statement").map(items).unwrap_or_default()
}

/// A statement without its id, which names it and grants nothing.
pub fn statement(node: &Node) -> Canon {
    let Value::Map(map) = &node.value else { return strict(node) };
    let mut out = BTreeMap::new();
    for (key, value) in map.iter() {
        let name = key.to_ascii_lowercase();
        let canon = match &*name {
            "sid" => continue,
            "effect" => strict(value),
            "action" | "notaction" => texts(value, str::to_ascii_lowercase),
            "resource" | "notresource" => texts(value, str::to_owned),
            "principal" | "notprincipal" => principal(value),
            "condition" => condition(value),
            _ => strict(value),
        };
        out.insert(name, canon);
    }
    Canon::Map(out)
}

fn principal(node: &Node) -> Canon {
    let Value::Map(map) = &node.value else {
        return if node.as_str() == Some("*") { anyone() } else { strict(node) };
    };
    let kinds: BTreeMap<String, Canon> =
        map.iter().map(|(kind, who)| (kind.to_string(), texts(who, account))).collect();
    Canon::Map(kinds)
}

/// `"*"` and `{"AWS": "*"}` let the same in.
fn anyone() -> Canon {
    Canon::Map(BTreeMap::from([("AWS".to_owned(), Canon::Set(vec![Canon::Text("*".to_owned())]))]))
}

/// An account is its number or its root.
fn account(text: &str) -> String {
    let number = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let root = text.strip_suffix(":root").and_then(|text| text.rsplit_once("::")).map(|(_, number)| number);
    match root {
        Some(account) if text.starts_with("arn:") && number(account) => account.to_owned(),
        _ => text.to_owned(),
    }
}

fn condition(node: &Node) -> Canon {
    let Value::Map(operators) = &node.value else { return strict(node) };
    let of_operator = |node: &Node| {
        let Value::Map(keys) = &node.value else { return strict(node) };
        let entry =
            |(key, value): (&std::sync::Arc<str>, &Node)| (key.to_ascii_lowercase(), texts(value, str::to_owned));
        Canon::Map(keys.iter().map(entry).collect())
    };
    Canon::Map(operators.iter().map(|(name, node)| (name.to_ascii_lowercase(), of_operator(node))).collect())
}

/// One text or many, as a set.
fn texts(node: &Node, change: impl Fn(&str) -> String) -> Canon {
    let text = |item: &Node| match strict(item) {
        Canon::Text(text) => Canon::Text(change(&text)),
        other => other,
    };
    let mut out: Vec<Canon> = items(node).into_iter().map(text).collect();
    out.sort();
    out.dedup();
    Canon::Set(out)
}

fn items(node: &Node) -> Vec<&Node> {
    match &node.value {
        Value::List(items) => items.iter().collect(),
        _ => vec![node],
    }
}

fn member<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    let map = node.as_map()?;
    map.get(name).or_else(|| map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}
