//! Where each kind of workload keeps its pod, and the one shape in which policies see it.

use std::sync::Arc;

use crate::model::{Map, Node, Value};

/// API group, kinds, and the way from the object to the pod's spec.
///
/// A group is needed because kinds repeat: a Knative `Service` runs a pod, a core `Service` does not.
const PODS: &[(&str, &[&str], &[&str])] = &[
    ("", &["Pod"], &["spec"]),
    ("", &["PodTemplate"], &["template", "spec"]),
    ("", &["ReplicationController", "DeploymentConfig"], &["spec", "template", "spec"]),
    ("apps", &["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"], &["spec", "template", "spec"]),
    ("extensions", &["Deployment", "DaemonSet", "ReplicaSet"], &["spec", "template", "spec"]),
    ("batch", &["Job"], &["spec", "template", "spec"]),
    ("batch", &["CronJob"], &["spec", "jobTemplate", "spec", "template", "spec"]),
    ("argoproj.io", &["Rollout"], &["spec", "template", "spec"]),
    ("serving.knative.dev", &["Service", "Configuration"], &["spec", "template", "spec"]),
    ("serving.knative.dev", &["Revision"], &["spec"]),
    ("apps.openshift.io", &["DeploymentConfig"], &["spec", "template", "spec"]),
    ("apps.kruise.io", &["CloneSet", "StatefulSet", "DaemonSet"], &["spec", "template", "spec"]),
    ("keda.sh", &["ScaledJob"], &["spec", "jobTargetRef", "template", "spec"]),
];

const CONTAINERS: [(&str, &str); 3] =
    [("containers", "main"), ("initContainers", "init"), ("ephemeralContainers", "ephemeral")];

/// The pod of a workload: `{path, metadata, spec, containers: [{name, type, path, config}]}`.
pub(super) fn pod(config: &Node, api: &str, kind: &str) -> Option<Node> {
    let group = api.rsplit_once('/').map_or("", |(group, _)| group);
    let (_, _, path) = PODS.iter().find(|(g, kinds, _)| *g == group && kinds.contains(&kind))?;
    let mut holder = config;
    let mut spec = config;
    for step in *path {
        holder = spec;
        spec = spec.key(step)?;
        // What is not known may well be a pod.
        if spec.as_unknown().is_some() {
            return Some(spec.clone());
        }
    }
    spec.as_map()?;

    let mut pod = Map::new();
    pod.insert("path".into(), steps(path, &[], spec));
    if let Some(metadata) = holder.key("metadata") {
        pod.insert("metadata".into(), metadata.clone());
    }
    pod.insert("containers".into(), containers(spec, path));
    pod.insert("spec".into(), spec.clone());
    Some(Node { value: Value::Map(Arc::new(pod)), ..spec.clone() })
}

fn containers(spec: &Node, path: &[&str]) -> Node {
    let mut all = Vec::new();
    for (key, role) in CONTAINERS {
        let Some(list) = spec.key(key) else { continue };
        if list.as_unknown().is_some() {
            return list.clone();
        }
        for (index, config) in list.as_list().unwrap_or_default().iter().enumerate() {
            if config.as_map().is_none() && config.as_unknown().is_none() {
                continue;
            }
            let mut container = Map::new();
            if let Some(name) = config.key("name") {
                container.insert("name".into(), name.clone());
            }
            container.insert("type".into(), Node::string(role, config.via));
            let index = Node::new(Value::Number(index.to_string().into()), config.via);
            container.insert("path".into(), steps(path, &[Node::string(key, config.via), index], config));
            container.insert("config".into(), config.clone());
            all.push(Node::map(container, config.via));
        }
    }
    Node::list(all, spec.via)
}

fn steps(path: &[&str], more: &[Node], place: &Node) -> Node {
    let head = path.iter().map(|step| Node::string(*step, place.via));
    Node::list(head.chain(more.iter().cloned()).collect(), place.via)
}
