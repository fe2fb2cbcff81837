# METADATA
# title: Container runs without a system call filter
# description: >-
#   Seccomp keeps a container from system calls that ordinary programs never make and that many kernel exploits
#   need. Unconfined takes that filter away.
# related_resources:
# - ref: https://kubernetes.io/docs/tutorials/security/seccomp/
# - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: k8s-seccomp-unconfined
#   severity: medium
#   family: least-privilege
#   resource_types: ["*"]
#   sources: [kubernetes]
#   frameworks:
#     pod-security-standards: [baseline]
#     cis-kubernetes-1.10.0: ["5.7.2"]
#   aliases: [AVD-KSV-0104, KSV104, kubernetes-no-seccomp-unconfined]
#   remediation: |
#     Use the runtime's profile, or one of your own for the calls that are missing:
#
#     ```yaml
#     securityContext:
#       seccompProfile:
#         type: RuntimeDefault
#     ```
package stanchion.kubernetes.workload.seccomp_unconfined

import data.stanchion.lib.attr
import data.stanchion.lib.pod

# One finding for the pod's own setting, whoever takes it over.
deny contains finding if {
	not pod.windows
	attr.get(input.pod, ["spec", "securityContext", "seccompProfile", "type"], "") == "Unconfined"
	finding := {
		"path": array.concat(input.pod.path, ["securityContext", "seccompProfile", "type"]),
		"message": sprintf("the pod of '%s' runs with the seccomp profile 'Unconfined'", [input.address]),
	}
}

deny contains finding if {
	some container in pod.containers
	not pod.privileged(container)
	attr.get(container.config, ["securityContext", "seccompProfile", "type"], "") == "Unconfined"
	finding := {
		"path": array.concat(container.path, ["securityContext", "seccompProfile", "type"]),
		"message": sprintf("container '%s' of '%s' runs with the seccomp profile 'Unconfined'", [pod.name(container), input.address]),
	}
}
