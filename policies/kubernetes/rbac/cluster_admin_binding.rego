# METADATA
# title: Role cluster-admin is given away
# description: >-
#   cluster-admin may do everything with everything, secrets and nodes included. A pod whose service account has it
#   hands the cluster to whoever breaks into the pod.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/rbac-good-practices/
# custom:
#   id: k8s-cluster-admin-binding
#   severity: high
#   family: least-privilege
#   resource_types: [ClusterRoleBinding, RoleBinding]
#   sources: [kubernetes]
#   frameworks:
#     cis-kubernetes-1.10.0: ["5.1.1"]
#   aliases: [AVD-KSV-0111, KSV111, kubernetes-cluster-admin0-role-only-used-where-required,
#     249328b8-5f0f-409f-b1dd-029f07882e11]
#   remediation: |
#     Write a role with the verbs and resources that are used, and bind that:
#
#     ```yaml
#     roleRef:
#       apiGroup: rbac.authorization.k8s.io
#       kind: ClusterRole
#       name: deployer
#     ```
package stanchion.kubernetes.rbac.cluster_admin_binding

import data.stanchion.lib.attr

subjects := attr.list(attr.get(input.config, ["subjects"], []))

# Kubernetes' own administrators and components, as its bootstrap binds them.
own(subject) if {
	object.get(subject, "kind", "") == "Group"
	object.get(subject, "name", "") == "system:masters"
}

own(subject) if {
	object.get(subject, "kind", "") == "User"
	startswith(object.get(subject, "name", ""), "system:")
	object.get(subject, "name", "") != "system:anonymous"
}

# Strangers have a policy of their own.
stranger(subject) if object.get(subject, "name", "") in {"system:anonymous", "system:unauthenticated"}

wide(subject) if object.get(subject, "name", "") in {"system:authenticated", "system:serviceaccounts"}

wide(subject) if startswith(object.get(subject, "name", ""), "system:serviceaccounts:")

# People who administrate the cluster need it, though rarely all of the time.
severity(subject) := "critical" if {
	wide(subject)
	input.type == "ClusterRoleBinding"
} else := "medium" if {
	input.type == "RoleBinding"
} else := "medium" if {
	object.get(subject, "kind", "") != "ServiceAccount"
} else := "high"

deny contains finding if {
	input.config.roleRef.name == "cluster-admin"
	object.get(input.config.roleRef, "kind", "ClusterRole") == "ClusterRole"
	some i, subject in subjects
	not own(subject)
	not stranger(subject)
	finding := {
		"path": ["subjects", i],
		"message": sprintf("'%s' makes the %s '%s' a cluster-admin", [
			input.address,
			object.get(subject, "kind", "subject"),
			object.get(subject, "name", "(unnamed)"),
		]),
		"severity": severity(subject),
	}
}
