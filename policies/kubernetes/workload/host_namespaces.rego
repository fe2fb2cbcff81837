# METADATA
# title: Pod shares namespaces of its node
# description: >-
#   With the host's network a pod reaches services that listen on the node's loopback address and is not held by
#   network policies. With the host's process ids it sees the processes of all other pods and their environment,
#   with the host's IPC their shared memory.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: k8s-host-namespaces
#   severity: high
#   family: least-privilege
#   resource_types: ["*"]
#   sources: [kubernetes]
#   frameworks:
#     pod-security-standards: [baseline]
#     cis-kubernetes-1.10.0: ["5.2.3", "5.2.4", "5.2.5"]
#   aliases: [CKV_K8S_17, CKV_K8S_18, CKV_K8S_19, AVD-KSV-0008, AVD-KSV-0009, AVD-KSV-0010, KSV008, KSV009, KSV010, kubernetes-no-shared-ipc-namespace, kubernetes-no-host-network, kubernetes-no-host-pid,
#     302736f4-b16c-41b8-befe-c0baffa0bd9d, cd290efd-6c82-4e9d-a698-be12ae31d536, 6b6bdfb3-c3ae-44cb-88e4-7405c1ba2c8a]
#   remediation: |
#     Remove the setting, and reach the workload through a Service:
#
#     ```yaml
#     spec:
#       hostNetwork: false
#       hostPID: false
#       hostIPC: false
#     ```
#
#     Node agents that really need one of them belong into a namespace of their own with the `privileged` Pod Security level.
package stanchion.kubernetes.workload.host_namespaces

import data.stanchion.lib.attr
import data.stanchion.lib.pod

# Sharing the network is what many node agents and ingress controllers need, and it opens less than the others.
shared := {
	"hostNetwork": {"what": "network", "severity": "medium"},
	"hostPID": {"what": "process ids", "severity": "high"},
	"hostIPC": {"what": "IPC", "severity": "high"},
}

deny contains finding if {
	some key, namespace in shared
	attr.get(input.pod, ["spec", key], false) == true
	finding := {
		"path": array.concat(input.pod.path, [key]),
		"message": sprintf("'%s' shares the %s of its node", [input.address, namespace.what]),
		"severity": namespace.severity,
	}
}
