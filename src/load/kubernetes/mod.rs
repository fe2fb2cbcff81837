//! Kubernetes manifests: YAML or JSON text in, one resource per object out.
//!
//! It knows what an object looks like and where workloads keep their pods. It does not know what is good or bad,
//! and does not render Helm or Kustomize.
//!
//! The facet `pod` of a workload is `{path, metadata?, spec, containers: [{name?, type: "main" | "init" | "ephemeral", path,
//! config}]}`; paths lead from the manifest. The facet `tags` holds the labels.

mod claim;
mod placeholder;
mod pod;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::SingleFiles;
use super::yaml::{self, Dialect, Doc};
use crate::model::{Edge, FileId, Map, Node, Outcome, Resource, SourceKind, SourceMap, Span, Value};

pub use claim::content;

/// The format's row among the loaders.
pub static LOADER: SingleFiles = SingleFiles { claims, content, load };

fn claims(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    [".yaml", ".yml", ".json"].iter().any(|suffix| name.ends_with(suffix))
}

/// Reads one claimed file. Documents that are no Kubernetes object are passed over.
pub fn load(sources: &SourceMap, file: FileId) -> Outcome<Vec<Resource>> {
    let source = sources.file(file);
    let Outcome { value: docs, mut problems } = yaml::parse(file, &source.text, Dialect::K8s);
    for problem in &mut problems {
        if problem.subject.is_empty() {
            source.path.as_ref().clone_into(&mut problem.subject);
        }
    }
    let mut resources = Vec::new();
    for Doc { node, span } in docs {
        objects(node, span, None, &mut |object| resources.push(resource(object, &source.text)));
    }
    Outcome::with(resources, problems)
}

/// One object of a document or of a list.
struct Object {
    node: Node,
    body: Span,
    api: Arc<str>,
    kind: Arc<str>,
}

/// Calls `found` for the object, or for each item of a list of objects.
fn objects(node: Node, body: Span, implied: Option<(&str, &str)>, found: &mut dyn FnMut(Object)) {
    let text = |key: &str| node.key(key).and_then(Node::as_str).filter(|text| !text.is_empty());
    let (Some(api), Some(kind)) =
        (text("apiVersion").or(implied.map(|(api, _)| api)), text("kind").or(implied.map(|(_, kind)| kind)))
    else {
        return;
    };
    if let Some(item_kind) = kind.strip_suffix("List")
        && let Some(items) = node.key("items").and_then(Node::as_list)
    {
        // The items of a `PodList` may leave their own kind out; those of a `List` may not.
        let implied = (!item_kind.is_empty()).then_some((api, item_kind));
        for item in items {
            objects(item.clone(), item.via, implied, found);
        }
        return;
    }
    if node.as_map().is_none() {
        return;
    }
    let (api, kind) = (api.into(), kind.into());
    found(Object { node, body, api, kind });
}

fn resource(object: Object, text: &str) -> Resource {
    let Object { mut node, body, api, kind } = object;
    let metadata = node.key("metadata");
    let namespace = metadata.and_then(|metadata| plain(metadata.key("namespace")));
    let name = metadata
        .and_then(|metadata| {
            plain(metadata.key("name")).or_else(|| plain(metadata.key("generateName")).map(|name| format!("{name}*")))
        })
        .unwrap_or_else(|| "(unnamed)".into());
    let address = address(&kind, namespace.as_deref(), &name);
    node.via = node.key("kind").map_or(node.via, |kind| kind.via);
    // Most files have no placeholder at all, and the walk copies what it changes.
    if placeholder::may_hold(text, body) {
        node = placeholder::replace(&node, &kind);
    }

    let mut facets = Map::new();
    if let Some(labels) = node.key("metadata").and_then(|metadata| metadata.key("labels")) {
        facets.insert("tags".into(), labels.clone());
    }
    if let Some(pod) = pod::pod(&node, &api, &kind) {
        facets.insert("pod".into(), pod);
    }
    let edges = edges(&node, &kind, namespace.as_deref(), facets.get("pod"));
    Resource { facets, edges, ..Resource::new(SourceKind::Kubernetes, "", address, kind, node, body) }
}

/// `Kind/namespace/name`, without the namespace where none is given.
fn address(kind: &str, namespace: Option<&str>, name: &str) -> Arc<str> {
    match namespace {
        Some(namespace) => format!("{kind}/{namespace}/{name}").into(),
        None => format!("{kind}/{name}").into(),
    }
}

/// A name as text; a number or boolean that should have been quoted still names the object.
fn plain(node: Option<&Node>) -> Option<String> {
    match &node?.value {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) | Value::Number(text) => Some(text.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

fn edges(config: &Node, kind: &str, namespace: Option<&str>, pod: Option<&Node>) -> Vec<Edge> {
    let mut edges = Vec::new();
    if matches!(kind, "RoleBinding" | "ClusterRoleBinding")
        && let Some(role) = config.key("roleRef")
        && let (Some(role_kind), Some(name)) = (plain(role.key("kind")), plain(role.key("name")))
    {
        let namespace = namespace.filter(|_| role_kind == "Role");
        edges.push(Edge { attribute: "roleRef".into(), to: address(&role_kind, namespace, &name) });
    }
    if let Some(pod) = pod
        && let Some(spec) = pod.key("spec")
        && let Some(account) = plain(spec.key("serviceAccountName")).or_else(|| plain(spec.key("serviceAccount")))
    {
        let attribute = pod.key("path").and_then(Node::as_list).and_then(|path| path.first()).and_then(Node::as_str);
        let to = address("ServiceAccount", namespace, &account);
        edges.push(Edge { attribute: attribute.unwrap_or("spec").into(), to });
    }
    edges
}
