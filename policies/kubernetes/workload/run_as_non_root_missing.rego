# METADATA
# title: Nothing keeps the container from running as root
# description: >-
#   Without runAsNonRoot or a user id the image decides who runs the process, and most images say root. A later
#   version of the image may change it unnoticed, too.
# related_resources:
# - ref: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
# - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: k8s-run-as-non-root-missing
#   severity: low
#   family: least-privilege
#   resource_types: ["*"]
#   sources: [kubernetes]
#   frameworks:
#     pod-security-standards: [restricted]
#     cis-kubernetes-1.10.0: ["5.2.7"]
#   aliases: [CKV_K8S_23, AVD-KSV-0012, KSV012, kubernetes-no-root,
#     cf34805e-3872-4c08-bf92-6ff7bb0cfadb]
#   remediation: |
#     Set `runAsNonRoot: true`, once for the pod:
#
#     ```yaml
#     spec:
#       securityContext:
#         runAsNonRoot: true
#     ```
package stanchion.kubernetes.workload.run_as_non_root_missing

import data.stanchion.lib.pod

deny contains finding if {
	some container in pod.containers
	container.type != "ephemeral"
	pod.whole(container)
	not pod.privileged(container)
	not pod.user_namespace
	choice := pod.setting(container, "runAsNonRoot")
	choice.value == null
	pod.setting(container, "runAsUser").value == null
	finding := {
		"path": choice.path,
		"message": sprintf("container '%s' of '%s' sets neither runAsNonRoot nor runAsUser", [pod.name(container), input.address]),
	}
}
