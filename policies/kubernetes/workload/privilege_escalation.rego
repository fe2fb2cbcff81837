# METADATA
# title: Process can gain more privileges than its parent
# description: >-
#   With allowPrivilegeEscalation a setuid program in the image, such as su or sudo, turns an ordinary user into
#   root inside the container. That undoes running as non-root.
# related_resources:
# - ref: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
# - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: k8s-privilege-escalation
#   severity: medium
#   family: least-privilege
#   resource_types: ["*"]
#   sources: [kubernetes]
#   frameworks:
#     pod-security-standards: [restricted]
#     cis-kubernetes-1.10.0: ["5.2.6"]
#   aliases: [CKV_K8S_20, AVD-KSV-0001, KSV001, kubernetes-no-self-privesc,
#     5572cc5e-1e4c-4113-92a6-7a8a3bd25e6d]
#   remediation: |
#     Set `allowPrivilegeEscalation` to false; only programs that start setuid helpers notice:
#
#     ```yaml
#     securityContext:
#       allowPrivilegeEscalation: false
#     ```
package stanchion.kubernetes.workload.privilege_escalation

import data.stanchion.lib.attr
import data.stanchion.lib.pod

# Allowed in so many words. Kubernetes insists on it for privileged containers, which are reported as such.
deny contains finding if {
	some container in pod.containers
	not pod.privileged(container)
	attr.get(container.config, ["securityContext", "allowPrivilegeEscalation"], null) == true
	finding := {
		"path": array.concat(container.path, ["securityContext", "allowPrivilegeEscalation"]),
		"message": sprintf("container '%s' of '%s' allows privilege escalation", [pod.name(container), input.address]),
	}
}

# Allowed by default. That matters where the container is meant not to be root; one that runs as root has nothing to gain.
deny contains finding if {
	some container in pod.containers
	not pod.privileged(container)
	attr.get(container.config, ["securityContext", "allowPrivilegeEscalation"], null) == null
	pod.whole(container)
	pod.non_root(container)
	finding := {
		"path": array.concat(container.path, ["securityContext", "allowPrivilegeEscalation"]),
		"message": sprintf("container '%s' of '%s' runs as non-root, but may become root through a setuid program", [pod.name(container), input.address]),
		"severity": "low",
	}
}
