# METADATA
# title: Role allows everything with a wildcard
# description: >-
#   A wildcard also covers resources and verbs that do not exist yet, and always secrets, role bindings and pods'
#   shells. Who holds such a role is an administrator without being called one.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/rbac-good-practices/
# custom:
#   id: k8s-wildcard-rbac
#   severity: high
#   family: least-privilege
#   resource_types: [ClusterRole, Role]
#   sources: [kubernetes]
#   frameworks:
#     cis-kubernetes-1.10.0: ["5.1.3"]
#   aliases: [CKV_K8S_49, AVD-KSV-0044, AVD-KSV-0046, AVD-KSV-0112, KSV044, KSV046, kubernetes-no-wildcard-verb-resource-role, kubernetes-no-wildcard-resource-clusterrole, kubernetes-no-wildcard-resource-role,
#     6b896afb-ca07-467a-b256-1a0077a1c08e]
#   remediation: |
#     List groups, resources and verbs:
#
#     ```yaml
#     rules:
#       - apiGroups: [apps]
#         resources: [deployments]
#         verbs: [get, list, watch, patch]
#     ```
package stanchion.kubernetes.rbac.wildcard_rbac

import data.stanchion.lib.attr

rules := attr.list(attr.get(input.config, ["rules"], []))

list(rule, key) := attr.list(object.get(rule, key, []))

# The roles that Kubernetes itself creates, as dumped from a cluster.
built_in if attr.get(input.config, ["metadata", "labels", "kubernetes.io/bootstrapping"], "") == "rbac-defaults"

cluster_wide if input.type == "ClusterRole"

# Groups whose resources give power over others: the core with its secrets and pods, workloads, roles.
powerful := {"*", "", "apps", "batch", "rbac.authorization.k8s.io", "admissionregistration.k8s.io", "certificates.k8s.io"}

powerful_groups(rule) if {
	some group in list(rule, "apiGroups")
	group in powerful
}

reads := {"get", "list", "watch"}

only_reads(rule) if {
	every verb in list(rule, "verbs") {
		verb in reads
	}
}

# All verbs on all resources.
severity(rule) := "high" if {
	"*" in list(rule, "verbs")
	"*" in list(rule, "resources")
	powerful_groups(rule)
	cluster_wide
} else := "medium" if {
	"*" in list(rule, "verbs")
	"*" in list(rule, "resources")
	powerful_groups(rule)
} else := "medium" if {
	# Some verbs on all resources of the core, so on all secrets.
	"*" in list(rule, "resources")
	reaches_core(rule)
	cluster_wide
} else := "low" if {
	"*" in list(rule, "resources")
	powerful_groups(rule)
	not only_reads(rule)
} else := "low" if {
	"*" in list(rule, "resources")
	reaches_core(rule)
} else := "medium" if {
	"*" in list(rule, "verbs")
	telling_resource(rule)
	cluster_wide
} else := "low" if {
	"*" in list(rule, "verbs")
	telling_resource(rule)
}

reaches_core(rule) if {
	some group in list(rule, "apiGroups")
	group in {"*", ""}
}

telling := {
	"secrets", "pods", "nodes", "serviceaccounts", "roles", "rolebindings", "clusterroles", "clusterrolebindings",
	"mutatingwebhookconfigurations", "validatingwebhookconfigurations", "certificatesigningrequests",
}

telling_resource(rule) if {
	count(list(rule, "resourceNames")) == 0
	some resource in list(rule, "resources")
	resource in telling
}

at(rule) := "resources" if {
	"*" in list(rule, "resources")
} else := "verbs"

deny contains finding if {
	not built_in
	some i, rule in rules
	level := severity(rule)
	finding := {
		"path": ["rules", i, at(rule)],
		"message": sprintf("'%s' allows the verbs %s on the resources %s", [
			input.address,
			concat(", ", [sprintf("'%v'", [verb]) | some verb in list(rule, "verbs")]),
			concat(", ", [sprintf("'%v'", [resource]) | some resource in list(rule, "resources")]),
		]),
		"severity": level,
	}
}
