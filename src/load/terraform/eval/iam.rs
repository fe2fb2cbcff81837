//! `aws_iam_policy_document`: the policy document that the data source would write.
//!
//! The rules follow the provider's documentation: default effect and version, statements merged by `Sid`, `&{}` for IAM's
//! own variables. It does not judge what the document allows.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::super::document;
use super::super::module::Declaration;
use super::super::value::{failed, find_unknown};
use super::{Each, Evaluator, Instance, Key, Scope, Symbol};
use crate::model::{Document, Map, Node, Part, Shape, Span, Unknown, Value};

pub fn policy_document(
    evaluator: &Evaluator<'_>,
    instance: &Rc<Instance>,
    declaration: &Declaration,
    index: usize,
    key: &Key,
    each: &Each,
) -> Node {
    let label = || format!("{}{}", instance.prefix(), declaration.address());
    let symbol = Symbol::Attribute(index, key.clone(), "json".into());
    let header = declaration.block.header;
    evaluator.cell(instance, symbol, &label, header, || {
        let scope = Scope { instance, each, names: None };
        let body = evaluator.body(&declaration.block.body, scope, header);
        build(evaluator, &body, header)
    })
}

fn build(evaluator: &Evaluator<'_>, body: &Node, header: Span) -> Node {
    let mut statements: Vec<Node> = Vec::new();
    for name in ["source_policy_documents", "source_json"] {
        for item in body.key(name).map(|node| documents(evaluator, node)).unwrap_or_default() {
            replace_or_push(&mut statements, item);
        }
    }
    match body.key("statement").map(|node| (&node.value, node)) {
        Some((Value::List(items), _)) => {
            for item in items.iter() {
                replace_or_push(&mut statements, statement(item));
            }
        }
        // A `dynamic` statement that is not known: some statement may be there that cannot be seen.
        Some((Value::Unknown(unknown), node)) => {
            for item in unknown.options.first().and_then(Node::as_list).unwrap_or(&[]) {
                replace_or_push(&mut statements, statement(item));
            }
            statements.push(unseen(unknown, node.via));
        }
        _ => {}
    }
    let mut replaceable = None;
    for name in ["override_policy_documents", "override_json"] {
        for item in body.key(name).map(|node| documents(evaluator, node)).unwrap_or_default() {
            if let Some(unknown) = item.as_unknown() {
                replaceable.get_or_insert_with(|| unknown.clone());
            }
            replace_or_push(&mut statements, item);
        }
    }
    let statements = match replaceable {
        // Overriding statements that cannot be seen may take the place of any that has a name.
        Some(unknown) if statements.iter().any(|node| sid(node).is_some()) => {
            let unnamed = statements.iter().filter(|node| sid(node).is_none()).cloned().collect();
            let options = vec![Node::list(statements, header), Node::list(unnamed, header)];
            let unknown = Unknown {
                shape: Shape::List,
                nullable: false,
                options,
                ..Unknown::new(unknown.reason, unknown.cause.clone())
            };
            Node::unknown(unknown, header)
        }
        _ => Node::list(statements, header),
    };
    let version = body.key("version").filter(|node| !node.is_null()).cloned();
    let mut map = Map::from([
        ("Version".into(), version.unwrap_or_else(|| Node::string("2012-10-17", header))),
        ("Statement".into(), statements),
    ]);
    if let Some(id) = body.key("policy_id").filter(|node| !node.is_null()) {
        map.insert("Id".into(), id.clone());
    }
    let tree = Node::map(map, header);
    let text = super::super::functions::json_text(&tree).map(Into::into);
    Node::new(Value::Document(Arc::new(Document { tree, text })), header)
}

fn unseen(unknown: &Unknown, span: Span) -> Node {
    Node::unknown(Unknown { nullable: false, ..Unknown::new(unknown.reason, unknown.cause.clone()) }, span)
}

/// The statements of the documents in a list of JSON texts (or of one text).
fn documents(evaluator: &Evaluator<'_>, node: &Node) -> Vec<Node> {
    match &node.value {
        Value::Null => Vec::new(),
        Value::List(items) => items.iter().flat_map(|item| documents(evaluator, item)).collect(),
        Value::Document(document) => statements_of(&document.tree),
        Value::Unknown(unknown) if unknown.parts.len() < 2 => vec![unseen(unknown, node.via)],
        _ => match document::parse(node, evaluator.sources).map(|node| node.value) {
            Some(Value::Document(document)) => statements_of(&document.tree),
            _ if node.as_str().is_some_and(str::is_empty) => Vec::new(),
            _ => vec![failed("a source document is not JSON", node.via)],
        },
    }
}

fn statements_of(tree: &Node) -> Vec<Node> {
    match tree.key("Statement") {
        Some(node) => match &node.value {
            Value::List(items) => items.to_vec(),
            _ => vec![node.clone()],
        },
        None => Vec::new(),
    }
}

fn sid(node: &Node) -> Option<String> {
    node.key("Sid").and_then(Node::as_str).filter(|sid| !sid.is_empty()).map(str::to_owned)
}

/// A statement with the `Sid` of an earlier one takes its place.
fn replace_or_push(statements: &mut Vec<Node>, new: Node) {
    let wanted = sid(&new);
    match statements.iter_mut().find(|old| wanted.is_some() && sid(old) == wanted) {
        Some(old) => *old = new,
        None => statements.push(new),
    }
}

/// A `statement` block as the JSON statement it becomes.
fn statement(block: &Node) -> Node {
    let Value::Map(attributes) = &block.value else { return block.clone() };
    let mut out = Map::new();
    let effect = attributes.get("effect").filter(|node| !node.is_null()).cloned();
    out.insert("Effect".into(), effect.unwrap_or_else(|| Node::string("Allow", block.via)));
    for (from, to) in [
        ("sid", "Sid"),
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        if let Some(node) = attributes.get(from).filter(|node| !node.is_null() && !is_empty(node)) {
            out.insert(to.into(), single(iam_variables(node)));
        }
    }
    for (from, to) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(node) = attributes.get(from)
            && let Some(principal) = principals(node)
        {
            out.insert(to.into(), principal);
        }
    }
    if let Some(node) = attributes.get("condition")
        && let Some(conditions) = conditions(node)
    {
        out.insert("Condition".into(), conditions);
    }
    Node::map(out, block.via)
}

fn is_empty(node: &Node) -> bool {
    node.as_list().is_some_and(<[Node]>::is_empty)
}

/// The provider writes a list of one as its element.
fn single(node: Node) -> Node {
    match node.as_list() {
        Some([only]) => only.clone(),
        _ => node,
    }
}

fn principals(node: &Node) -> Option<Node> {
    let Value::List(items) = &node.value else {
        return find_unknown(node).map(|unknown| unseen(unknown, node.via));
    };
    let mut kinds: BTreeMap<Arc<str>, Vec<Node>> = BTreeMap::new();
    // A list of identifiers that is not known as a whole hides how many there are.
    let mut open: BTreeMap<Arc<str>, Node> = BTreeMap::new();
    for item in items.iter() {
        let (Some(kind), Some(identifiers)) = (item.key("type"), item.key("identifiers")) else { continue };
        let Some(kind) = kind.as_str() else {
            // Whose names these are is not known, so nothing is known of the principals.
            return Some(find_unknown(kind).map_or_else(
                || failed("the type of a principal is no text", node.via),
                |unknown| unseen(unknown, node.via),
            ));
        };
        match &identifiers.value {
            Value::List(values) => kinds.entry(kind.into()).or_default().extend(values.iter().map(iam_variables)),
            _ => {
                open.insert(kind.into(), identifiers.clone());
            }
        }
    }
    if kinds.is_empty() && open.is_empty() {
        return None;
    }
    // `type = "*"` with identifier `*` is written as the plain star.
    if let (1, true, Some(any)) = (kinds.len(), open.is_empty(), kinds.get("*"))
        && let Some(star) = any.first()
        && star.as_str() == Some("*")
    {
        return Some(star.clone());
    }
    let mut map: Map = kinds.into_iter().map(|(kind, values)| (kind, single(Node::list(values, node.via)))).collect();
    for (kind, identifiers) in open {
        // Known names beside unknown ones stay in sight.
        let all = match map.remove(&kind) {
            Some(known) => {
                let mut values = known.as_list().map_or_else(|| vec![known.clone()], <[Node]>::to_vec);
                values.extend(find_unknown(&identifiers).map(|unknown| unseen(unknown, identifiers.via)));
                Node::list(values, node.via)
            }
            None => identifiers,
        };
        map.insert(kind, all);
    }
    Some(Node::map(map, node.via))
}

fn conditions(node: &Node) -> Option<Node> {
    let Value::List(items) = &node.value else {
        return find_unknown(node).map(|unknown| unseen(unknown, node.via));
    };
    let mut tests: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Vec<Node>>> = BTreeMap::new();
    for item in items.iter() {
        let test = item.key("test").and_then(Node::as_str).unwrap_or("(unknown)");
        let variable = item.key("variable").and_then(Node::as_str).unwrap_or("(unknown)");
        let values = item.key("values").map(iam_variables);
        let list = tests.entry(test.into()).or_default().entry(variable.into()).or_default();
        match values {
            Some(Node { value: Value::List(values), .. }) => list.extend(values.iter().cloned()),
            Some(other) => list.push(other),
            None => {}
        }
    }
    if tests.is_empty() {
        return None;
    }
    let variables = |variables: BTreeMap<Arc<str>, Vec<Node>>| {
        let entries = variables.into_iter().map(|(name, values)| (name, single(Node::list(values, node.via))));
        Node::map(entries.collect(), node.via)
    };
    Some(Node::map(tests.into_iter().map(|(test, inner)| (test, variables(inner))).collect(), node.via))
}

/// `&{aws:username}` stands for IAM's `${aws:username}`.
fn iam_variables(node: &Node) -> Node {
    let value = match &node.value {
        Value::String(text) if text.contains("&{") => Value::String(text.replace("&{", "${").into()),
        Value::List(items) => Value::List(Arc::new(items.iter().map(iam_variables).collect())),
        Value::Unknown(unknown) if !unknown.parts.is_empty() => {
            let parts = unknown.parts.iter().map(|part| match part {
                Part::Known(text) => Part::Known(text.replace("&{", "${").into()),
                hole @ Part::Hole { .. } => hole.clone(),
            });
            Value::Unknown(Arc::new(Unknown { parts: parts.collect(), ..(**unknown).clone() }))
        }
        _ => return node.clone(),
    };
    Node { value, ..node.clone() }
}
