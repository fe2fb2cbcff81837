# METADATA
# title: Container is told to run as root
# description: >-
#   The process is root. A hole in the container's walls then makes it root on the node, and inside the container
#   nothing stops it from changing the program itself.
# related_resources:
# - ref: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
# - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: k8s-run-as-root
#   severity: medium
#   family: least-privilege
#   resource_types: ["*"]
#   sources: [kubernetes]
#   frameworks:
#     pod-security-standards: [restricted]
#     cis-kubernetes-1.10.0: ["5.2.7"]
#   aliases: [AVD-KSV-0105, KSV105, kubernetes-containers-not-run-as-root, CKV_K8S_23,
#     cf34805e-3872-4c08-bf92-6ff7bb0cfadb]
#   remediation: |
#     Run as a user with an id of its own, and make the image's files readable for it:
#
#     ```yaml
#     securityContext:
#       runAsNonRoot: true
#       runAsUser: 10001
#     ```
package stanchion.kubernetes.workload.run_as_root

import data.stanchion.lib.pod

# Init containers that only prepare volumes often are root, for a short time.
severity(container) := "low" if {
	container.type == "init"
} else := "medium"

deny contains finding if {
	some container in pod.containers
	not pod.privileged(container)
	not pod.user_namespace
	user := pod.setting(container, "runAsUser")
	pod.is_root_id(user.value)
	finding := {
		"path": user.path,
		"message": sprintf("container '%s' of '%s' runs as user 0", [pod.name(container), input.address]),
		"severity": severity(container),
	}
}

# `runAsNonRoot: false` lets the image decide; an id that is set decides otherwise.
deny contains finding if {
	some container in pod.containers
	not pod.privileged(container)
	not pod.user_namespace
	pod.setting(container, "runAsUser").value == null
	choice := pod.setting(container, "runAsNonRoot")
	choice.value == false
	finding := {
		"path": choice.path,
		"message": sprintf("container '%s' of '%s' may run as root: runAsNonRoot is false", [pod.name(container), input.address]),
		"severity": severity(container),
	}
}
