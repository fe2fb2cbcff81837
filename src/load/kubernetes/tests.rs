//! Claims about this room, one test each.

use super::super::Content;
use super::*;
use crate::model::{PathStep, Shape};

fn run(text: &str) -> (Vec<Resource>, Vec<crate::model::Problem>, SourceMap) {
    let map = SourceMap::new();
    let file = map.add("k/app.yaml", text);
    let outcome = load(&map, file);
    (outcome.value, outcome.problems, map)
}

fn resources(text: &str) -> Vec<Resource> {
    let (resources, problems, _) = run(text);
    assert_eq!(problems, []);
    resources
}

fn addresses(text: &str) -> Vec<String> {
    resources(text).iter().map(|resource| resource.address.to_string()).collect()
}

fn at<'n>(node: &'n Node, path: &[&str]) -> &'n Node {
    path.iter().fold(node, |node, step| {
        let step = step.parse().map_or_else(|_| PathStep::Key((*step).into()), PathStep::Index);
        node.get(&step).unwrap_or_else(|| panic!("no {step:?} in {path:?}"))
    })
}

fn steps(node: &Node) -> Vec<PathStep> {
    let step = |node: &Node| match &node.value {
        Value::String(text) => PathStep::Key(text.clone()),
        Value::Number(number) => PathStep::Index(number.parse().unwrap()),
        other => panic!("{other:?}"),
    };
    node.as_list().unwrap().iter().map(step).collect()
}

const DEPLOYMENT: &str = "\
# the web
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: prod
  labels: {app: web}
spec:
  template:
    metadata: {labels: {tier: front}}
    spec:
      serviceAccountName: web
      initContainers:
        - name: init
          image: busybox
      containers:
        - name: web
          image: nginx:1
          securityContext:
            privileged: yes
";

#[test]
fn a_workload_shows_its_pod_whatever_its_kind() {
    let templates = [
        ("v1", "Pod", ""),
        ("v1", "PodTemplate", "template."),
        ("v1", "ReplicationController", "spec.template."),
        ("apps/v1", "Deployment", "spec.template."),
        ("apps/v1", "StatefulSet", "spec.template."),
        ("apps/v1", "DaemonSet", "spec.template."),
        ("apps/v1", "ReplicaSet", "spec.template."),
        ("extensions/v1beta1", "Deployment", "spec.template."),
        ("batch/v1", "Job", "spec.template."),
        ("batch/v1", "CronJob", "spec.jobTemplate.spec.template."),
        ("argoproj.io/v1alpha1", "Rollout", "spec.template."),
        ("serving.knative.dev/v1", "Service", "spec.template."),
        ("apps.openshift.io/v1", "DeploymentConfig", "spec.template."),
    ];
    for (api, kind, path) in templates {
        let mut body = "spec: {containers: [{name: a, image: b}]}".to_owned();
        for step in path.split('.').rev().filter(|step| !step.is_empty()) {
            body = format!("{step}: {{{body}}}");
        }
        let all = resources(&format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: x}}\n{body}\n"));
        let pod = all[0].facets.get("pod").unwrap_or_else(|| panic!("no pod in {kind}"));
        let found = all[0].config.get(&steps(at(pod, &["path"]))[0]).unwrap();
        assert!(found.as_map().is_some());
        let container = at(pod, &["containers", "0"]);
        let config = steps(at(container, &["path"])).iter().fold(&all[0].config, |node, step| node.get(step).unwrap());
        assert_eq!(at(config, &["image"]).as_str(), Some("b"));
    }
}

#[test]
fn a_core_service_has_no_pod() {
    let all = resources("apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {template: {spec: {}}}\n");
    assert!(!all[0].facets.contains_key("pod"));
}

#[test]
fn every_container_has_its_role_and_path() {
    let all = resources(DEPLOYMENT);
    let pod = &all[0].facets["pod"];
    assert_eq!(at(pod, &["containers", "0", "name"]).as_str(), Some("web"));
    assert_eq!(at(pod, &["containers", "0", "type"]).as_str(), Some("main"));
    assert_eq!(at(pod, &["containers", "1", "type"]).as_str(), Some("init"));
    assert_eq!(at(pod, &["metadata", "labels", "tier"]).as_str(), Some("front"));
    let path = steps(at(pod, &["containers", "1", "path"]));
    assert_eq!(crate::model::display_path(&path), "spec.template.spec.initContainers[0]");
    assert_eq!(at(pod, &["containers", "0", "config", "securityContext", "privileged"]).as_bool(), Some(true));
    assert_eq!(at(&all[0].facets["tags"], &["app"]).as_str(), Some("web"));
}

#[test]
fn places_are_those_of_the_file() {
    let (all, _, map) = run(DEPLOYMENT);
    let slice = |span: Span| map.file(span.file).text[span.start as usize..span.end as usize].to_owned();
    assert_eq!(slice(all[0].config.via), "kind: Deployment");
    assert!(slice(all[0].body).starts_with("# the web") && slice(all[0].body).ends_with("privileged: yes"));
    let privileged =
        at(&all[0].config, &["spec", "template", "spec", "containers", "0", "securityContext", "privileged"]);
    assert_eq!(slice(privileged.via), "privileged: yes");
    assert_eq!(map.region(privileged.via).start.line, 20);
}

#[test]
fn addresses_hold_kind_namespace_and_name() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: ns}
---
apiVersion: v1
kind: Pod
metadata: {name: b}
---
apiVersion: batch/v1
kind: Job
metadata: {generateName: run-, namespace: ns}
---
apiVersion: v1
kind: Pod
---
apiVersion: v1
kind: Pod
metadata: {name: 12, namespace: '${NS}'}
";
    assert_eq!(addresses(text), ["Pod/ns/a", "Pod/b", "Job/ns/run-*", "Pod/(unnamed)", "Pod/${NS}/12"]);
}

#[test]
fn lists_give_their_items() {
    let text = "\
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Pod
    metadata: {name: a}
  - apiVersion: v1
    kind: ConfigMapList
    items:
      - metadata: {name: b}
";
    assert_eq!(addresses(text), ["Pod/a", "ConfigMap/b"]);
    let all = resources(text);
    assert!(all[0].body.end < all[1].body.start);
}

#[test]
fn a_kind_that_ends_in_list_without_items_is_an_object() {
    assert_eq!(addresses("apiVersion: x/v1\nkind: AllowList\nmetadata: {name: a}\n"), ["AllowList/a"]);
}

#[test]
fn documents_that_are_no_objects_are_passed_over() {
    let text = "# nothing\n---\na: 1\n---\n- 1\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\n";
    assert_eq!(addresses(text), ["Pod/a"]);
}

#[test]
fn problems_name_their_file() {
    let (all, problems, _) = run("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\n}\n");
    assert_eq!(all.len(), 1);
    assert_eq!(problems[0].subject, "k/app.yaml");
}

#[test]
fn bindings_and_pods_refer_to_roles_and_accounts() {
    let all = resources(DEPLOYMENT);
    assert_eq!(all[0].edges, [Edge { attribute: "spec".into(), to: "ServiceAccount/prod/web".into() }]);
    let text = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: ns}
roleRef: {kind: Role, name: r}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: ns}
roleRef: {kind: ClusterRole, name: c}
";
    let targets: Vec<String> = resources(text).iter().map(|resource| resource.edges[0].to.to_string()).collect();
    assert_eq!(targets, ["Role/ns/r", "ClusterRole/c"]);
}

#[test]
fn placeholders_are_unknown() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: \"${NAME}\", labels: {app: 'web-${ENV}'}}
spec:
  hostNetwork: ${HOST_NETWORK:=false}
  nodeName: $(NODE)
  containers:
    - name: a
      image: '{{registry}}/app:1'
";
    let all = resources(text);
    let config = &all[0].config;
    assert_eq!(&*all[0].address, "Pod/${NAME}");
    for path in [&["metadata", "name"][..], &["spec", "hostNetwork"], &["spec", "nodeName"]] {
        let unknown = at(config, path).as_unknown().unwrap_or_else(|| panic!("{path:?}"));
        assert_eq!((unknown.shape, unknown.nullable), (Shape::Any, true));
    }
    assert_eq!(
        &*at(config, &["spec", "hostNetwork"]).as_unknown().unwrap().cause,
        "'${HOST_NETWORK:=false}' is substituted at deploy time"
    );
    let label = at(&all[0].facets["tags"], &["app"]).as_unknown().unwrap().clone();
    assert_eq!((label.shape, label.parts.len(), label.nullable), (Shape::String, 2, false));
    let image = at(&all[0].facets["pod"], &["containers", "0", "config", "image"]).as_unknown().unwrap();
    assert_eq!(&*image.cause, "'{{registry}}' is filled in by a template");
}

#[test]
fn text_that_only_looks_like_a_placeholder_stays_text() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: a, annotations: {re: '${1}-$2', escaped: '$${X}', script: \"echo ${X}\\nexit\", sh: 'a $(date)'}}
spec:
  containers:
    - name: a
      command: [sh, -c, 'echo ${X}']
      args: ['$(POD_IP)']
      env: [{name: A, value: '$(B)/${C}'}]
      livenessProbe: {exec: {command: ['${X}']}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data: {url: 'http://${HOST}'}
";
    for resource in resources(text) {
        assert!(resource.config.is_wholly_known(), "{}", resource.address);
    }
}

#[test]
fn a_pod_that_is_not_known_is_an_unknown_pod() {
    let all = resources("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: '${CONTAINERS}'}\n");
    assert!(at(&all[0].facets["pod"], &["containers"]).as_unknown().is_some());
    let all = resources("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: ${SPEC}\n");
    assert!(all[0].facets["pod"].as_unknown().is_some());
}

#[test]
fn malformed_workloads_do_no_harm() {
    for spec in ["", "spec:", "spec: []", "spec: {containers: 1}", "spec: {containers: [1, null, {}]}", "metadata: 3"] {
        let _ = resources(&format!("apiVersion: v1\nkind: Pod\n{spec}\n"));
    }
}

#[test]
fn json_manifests_are_read() {
    let text = "{\n\t\"apiVersion\": \"v1\", \"kind\": \"Pod\",\n\t\"metadata\": {\"name\": \"a\"}\n}";
    assert_eq!(addresses(text), ["Pod/a"]);
}

#[test]
fn manifests_are_claimed() {
    for text in [
        "apiVersion: v1\nkind: Pod\n",
        "# c\n\n---\nkind: Pod\napiVersion: v1\n",
        "a: 1\n---\n\"apiVersion\": v1\n'kind': Pod\n",
        "  apiVersion: v1\n  kind: Pod\n",
        "\u{feff}apiVersion: v1\r\nkind: Pod\r\n",
        "{\"apiVersion\":\"v1\",\"metadata\":{},\"kind\":\"Pod\"}",
        "--- {apiVersion: v1, kind: Pod}\n",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
        "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    {{ range .x }}\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {a: '{{inputs.x}}'}\n",
    ] {
        assert_eq!(content("a/b.yaml", text), Content::Ours, "{text:?}");
    }
}

#[test]
fn other_yaml_is_left_to_others() {
    for text in [
        "",
        "services:\n  web: {image: a}\n",
        "on: push\njobs: {}\n",
        "apiVersion: v2\nname: chart\n",
        "image: {kind: x}\nkind: Deployment\n",
        "a:\n  apiVersion: v1\n  kind: Pod\n",
        "apiVersion: v1\n---\nkind: Pod\n",
        "{\"a\": {\"apiVersion\": \"v1\", \"kind\": \"Pod\"}}",
        "[{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}]",
        "text: |\n  apiVersion: v1\n  kind: Pod\n",
    ] {
        assert_eq!(content("a/b.yaml", text), Content::Other, "{text:?}");
    }
    assert!(!claims("a/b.txt"));
}

#[test]
fn templates_are_told_from_manifests() {
    let object = |rest: &str| format!("apiVersion: v1\nkind: Pod\n{rest}");
    for text in [
        object("metadata: {{ .x }}\n"),
        object("{{- if .Values.a }}\na: b\n{{- end }}\n"),
        format!("{{{{- range . }}}}\n{}{{{{ end }}}}\n", object("")),
        object("{% if a %}\nx: y\n{% endif %}\n"),
    ] {
        assert_eq!(content("deploy/a.yaml", &text), Content::Template, "{text}");
        assert_eq!(content("chart/templates/a.yaml", &text), Content::Template, "{text}");
    }
    let quoted = object("metadata: {name: \"{{ .Values.name }}\"}\n");
    assert_eq!(content("chart/templates/a.yaml", &quoted), Content::Template);
    assert_eq!(content("chart/templates/sub/a.yaml", "{{ include \"x\" . }}\n"), Content::Template);
    assert_eq!(content("chart/templates/a.yaml", &object("a: '{{inputs.x}}' # {{ x }}\n")), Content::Ours);
    assert_eq!(content("templates.yaml", &object("a: 1\n")), Content::Ours);
    assert_eq!(content("x/a.yaml", "on: push\nname: ${{ x }}\n"), Content::Other);
}

#[test]
fn long_repetitions_take_no_quadratic_time() {
    for bit in ["${", "{{", "$(", "---\n{\n", "- ", "a: ", "[", "\"", "? ", "&a ", "a: 1\n", "---\n", "# x\n", "'{{' "]
    {
        let text = format!("apiVersion: v1\nkind: Pod\nname: \"{}\"\n---\n{}", bit.replace('"', ""), bit.repeat(4_000));
        let _ = content("templates/a.yaml", &bit.repeat(4_000));
        let _ = run(&text);
        let _ = run(&format!("apiVersion: v1\nkind: Pod\nname: '{}'\n", bit.replace('\'', "").repeat(4_000)));
    }
}

#[test]
fn byte_soup_never_panics() {
    let bits = [
        "apiVersion: v1\n",
        "kind: Pod\n",
        "kind: List\n",
        "items:\n",
        "- ",
        "  ",
        "spec: ",
        "containers: ",
        "{",
        "}",
        "[",
        "]",
        "${",
        "X}",
        "{{",
        "}}",
        "$(",
        ")",
        "$${a}",
        "\n",
        "---\n",
        "\"",
        "'",
        "&a ",
        "*a",
        "<<: ",
        ": ",
        "😀",
        "\u{feff}",
        "|\n",
        "metadata: ",
        "name: ",
    ];
    let mut state: u64 = 42;
    for _ in 0..3000 {
        let mut text = String::from("apiVersion: v1\nkind: Pod\n");
        for _ in 0..20 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(bits[(state >> 33) as usize % bits.len()]);
        }
        let _ = content("templates/a.yaml", &text);
        let _ = content("a.json", &text);
        let _ = run(&text);
    }
}
