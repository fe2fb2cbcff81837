# METADATA
# title: Container runs privileged
# description: >-
#   A privileged container has all capabilities and sees the host's devices. Whoever breaks into it owns the node,
#   and with it every other pod there.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: k8s-privileged-container
#   severity: critical
#   family: least-privilege
#   resource_types: ["*"]
#   sources: [kubernetes]
#   frameworks:
#     pod-security-standards: [baseline]
#   aliases: [CKV_K8S_16, KSV017, kubernetes-no-privileged-containers,
#     dd29336b-fe57-445b-a26e-e6aa867ae609]
#   remediation: |
#     Remove `privileged: true` and add the single capabilities that are needed:
#
#     ```yaml
#     securityContext:
#       privileged: false
#       capabilities:
#         drop: [ALL]
#         add: [NET_BIND_SERVICE]
#     ```
package stanchion.kubernetes.workload.privileged_container

deny contains finding if {
	some container in input.pod.containers
	container.config.securityContext.privileged == true
	finding := {
		"path": array.concat(container.path, ["securityContext", "privileged"]),
		"message": sprintf("container '%s' runs privileged", [object.get(container.config, "name", "(unnamed)")]),
	}
}
