# METADATA
# title: Container takes a port of its node
# description: >-
#   A host port makes the container reachable at every address of the node, past Services and often past network
#   policies, and keeps a second copy from running on the same node.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/configuration/overview/
# - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: k8s-host-port
#   severity: medium
#   family: network
#   resource_types: ["*"]
#   sources: [kubernetes]
#   frameworks:
#     pod-security-standards: [baseline]
#     cis-kubernetes-1.10.0: ["5.2.13"]
#   aliases: [CKV_K8S_26, AVD-KSV-0024, KSV024, kubernetes-no-host-port-access]
#   remediation: |
#     Publish the port through a Service:
#
#     ```yaml
#     ports:
#       - containerPort: 8080
#     ```
package stanchion.kubernetes.workload.host_port

import data.stanchion.lib.attr
import data.stanchion.lib.pod

# One pod per node is what host ports are for.
severity := "low" if {
	input.type == "DaemonSet"
} else := "medium"

# With the host's network every port is a host port, and that is reported instead.
deny contains finding if {
	attr.get(input.pod, ["spec", "hostNetwork"], false) != true
	some container in input.pod.containers
	some i, port in attr.list(attr.get(container.config, ["ports"], []))
	number := attr.get(port, ["hostPort"], 0)
	is_number(number)
	number != 0
	finding := {
		"path": array.concat(container.path, ["ports", i, "hostPort"]),
		"message": sprintf("container '%s' of '%s' takes port %v of its node", [pod.name(container), input.address, number]),
		"severity": severity,
	}
}
