# METADATA
# title: Role lets its holder take more rights than it has
# description: >-
#   Kubernetes keeps people from granting what they do not have. The verbs escalate and bind lift that, and
#   impersonate lets its holder act as another, in the end as an administrator.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/rbac-good-practices/
# - ref: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
# custom:
#   id: k8s-rbac-escalation
#   severity: high
#   family: least-privilege
#   resource_types: [ClusterRole, Role]
#   sources: [kubernetes]
#   frameworks:
#     cis-kubernetes-1.10.0: ["5.1.8"]
#   aliases: [CKV_K8S_157, CKV_K8S_158, CKV2_K8S_3, AVD-KSV-0043, AVD-KSV-0051, KSV043, kubernetes-no-impersonate-privileged-groups, kubernetes-do-not-allow-role-binding-associate-privileged-role, AVD-KSV-0052, KSV052, kubernetes-allow-role-clusterrolebindings-associate-privileged-cluster-role,
#     8320826e-7a9c-4b0b-9535-578333193432, 9f85c3f6-26fd-4007-938a-2e0cb0100980]
#   remediation: |
#     Leave the verb out, or name the roles and users it may be used for:
#
#     ```yaml
#     rules:
#       - apiGroups: [rbac.authorization.k8s.io]
#         resources: [clusterroles]
#         resourceNames: [view]
#         verbs: [bind]
#     ```
package stanchion.kubernetes.rbac.rbac_escalation

import data.stanchion.lib.attr

rules := attr.list(attr.get(input.config, ["rules"], []))

list(rule, key) := attr.list(object.get(rule, key, []))

# The roles that Kubernetes itself creates, as dumped from a cluster.
built_in if attr.get(input.config, ["metadata", "labels", "kubernetes.io/bootstrapping"], "") == "rbac-defaults"

gains(verb, resource) if {
	verb in {"escalate", "bind"}
	resource in {"roles", "clusterroles", "*"}
}

gains(verb, resource) if {
	verb == "impersonate"
	resource in {"users", "groups", "serviceaccounts", "*"}
}

severity := "medium" if {
	input.type == "Role"
} else := "high"

deny contains finding if {
	not built_in
	some i, rule in rules
	count(list(rule, "resourceNames")) == 0
	some j, verb in list(rule, "verbs")
	affected := [resource | some resource in list(rule, "resources"); gains(verb, resource)]
	count(affected) > 0
	finding := {
		"path": ["rules", i, "verbs", j],
		"message": sprintf("'%s' allows the verb '%s' on %s", [input.address, verb, concat(", ", affected)]),
		"severity": severity,
	}
}
