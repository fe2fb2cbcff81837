# METADATA
# title: Role reads the secrets of all namespaces
# description: >-
#   Reading every Secret means having every password, certificate and service account token of the cluster. One
#   broken pod with this role gives all of them away.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/rbac-good-practices/
# custom:
#   id: k8s-secrets-readable-cluster-wide
#   severity: medium
#   family: least-privilege
#   resource_types: [ClusterRole]
#   sources: [kubernetes]
#   frameworks:
#     cis-kubernetes-1.10.0: ["5.1.2"]
#   aliases: [CKV2_K8S_5, AVD-KSV-0041, KSV041, kubernetes-no-manage-secrets,
#     b7bca5c4-1dab-4c2c-8cbe-3050b9d59b14]
#   remediation: |
#     Use a Role in the namespace where the secrets are, or name them:
#
#     ```yaml
#     kind: Role
#     metadata:
#       namespace: shop
#     rules:
#       - apiGroups: [""]
#         resources: [secrets]
#         resourceNames: [shop-tls]
#         verbs: [get]
#     ```
package stanchion.kubernetes.rbac.secrets_readable_cluster_wide

import data.stanchion.lib.attr

rules := attr.list(attr.get(input.config, ["rules"], []))

list(rule, key) := attr.list(object.get(rule, key, []))

# The roles that Kubernetes itself creates, as dumped from a cluster.
built_in if attr.get(input.config, ["metadata", "labels", "kubernetes.io/bootstrapping"], "") == "rbac-defaults"

# A ClusterRole that is only bound within namespaces reads no more than those.
bound_in_namespaces if {
	count(attr.get(input.links, ["RoleBinding"], [])) > 0
	count(attr.get(input.links, ["ClusterRoleBinding"], [])) == 0
}

# Without list, a name must be known or guessed.
severity(rule) := "medium" if {
	some verb in list(rule, "verbs")
	verb in {"list", "watch", "*"}
} else := "low"

deny contains finding if {
	not built_in
	not bound_in_namespaces
	some i, rule in rules
	count(list(rule, "resourceNames")) == 0
	groups := list(rule, "apiGroups")
	some group in groups
	group in {"", "*"}
	some j, resource in list(rule, "resources")
	resource == "secrets"
	verbs := [verb | some verb in list(rule, "verbs"); verb in {"get", "list", "watch", "*"}]
	count(verbs) > 0
	finding := {
		"path": ["rules", i, "resources", j],
		"message": sprintf("'%s' allows %s on the secrets of all namespaces", [input.address, concat(", ", verbs)]),
		"severity": severity(rule),
	}
}
