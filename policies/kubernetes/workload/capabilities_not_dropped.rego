# METADATA
# title: Container keeps the runtime's default capabilities
# description: >-
#   Unless they are dropped, a container has a dozen capabilities that hardly any program needs, such as forging
#   packets and changing file owners. Dropping all of them costs nothing for most programs and takes tools from an
#   intruder.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
# - ref: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
# custom:
#   id: k8s-capabilities-not-dropped
#   severity: low
#   family: least-privilege
#   resource_types: ["*"]
#   sources: [kubernetes]
#   frameworks:
#     pod-security-standards: [restricted]
#     cis-kubernetes-1.10.0: ["5.2.10"]
#   aliases: [CKV_K8S_37, AVD-KSV-0003, KSV003, KSV106, kubernetes-drop-default-capabilities, kubernetes-drop-caps-add-bind-svc,
#     268ca686-7fb7-4ae9-b129-955a2a89064e]
#   remediation: |
#     Drop all, and add back the one that is needed, if any:
#
#     ```yaml
#     securityContext:
#       capabilities:
#         drop: [ALL]
#     ```
package stanchion.kubernetes.workload.capabilities_not_dropped

import data.stanchion.lib.pod

deny contains finding if {
	some container in pod.containers
	container.type != "ephemeral"
	pod.whole(container)
	not pod.privileged(container)
	not "ALL" in pod.capabilities(container, "drop")
	# Adding everything is reported as such.
	not "ALL" in pod.capabilities(container, "add")
	finding := {
		"path": array.concat(container.path, ["securityContext", "capabilities", "drop"]),
		"message": sprintf("container '%s' of '%s' does not drop all capabilities", [pod.name(container), input.address]),
	}
}
