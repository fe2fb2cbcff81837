# METADATA
# title: Role is given to everybody, without logging in
# description: >-
#   system:anonymous and system:unauthenticated are those who did not log in. Whatever the role allows, anyone who
#   reaches the API server may do.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/rbac-good-practices/
# - ref: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles
# custom:
#   id: k8s-anonymous-binding
#   severity: critical
#   family: least-privilege
#   resource_types: [ClusterRoleBinding, RoleBinding]
#   sources: [kubernetes]
#   frameworks:
#     cis-kubernetes-1.10.0: ["5.1.1"]
#   aliases: [AVD-KSV-0122, KSV122, kubernetes-no-anonymous-user-bind]
#   remediation: |
#     Bind the role to the people or service accounts that need it:
#
#     ```yaml
#     subjects:
#       - kind: ServiceAccount
#         name: monitoring
#         namespace: monitoring
#     ```
package stanchion.kubernetes.rbac.anonymous_binding

import data.stanchion.lib.attr

subjects := attr.list(attr.get(input.config, ["subjects"], []))

# Kubernetes' own, and the two that its documentation opens on purpose.
public_roles := {
	"system:public-info-viewer", "system:discovery", "system:basic-user", "system:service-account-issuer-discovery",
	"kubeadm:bootstrap-signer-clusterinfo",
}

deny contains finding if {
	not attr.get(input.config, ["roleRef", "name"], "") in public_roles
	some i, subject in subjects
	name := object.get(subject, "name", "")
	name in {"system:anonymous", "system:unauthenticated"}
	finding := {
		"path": ["subjects", i, "name"],
		"message": sprintf("'%s' gives the role '%s' to '%s'", [input.address, attr.get(input.config, ["roleRef", "name"], ""), name]),
	}
}
