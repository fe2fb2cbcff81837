# METADATA
# title: Container adds dangerous capabilities
# description: >-
#   Capabilities are the parts of root's power. SYS_ADMIN, SYS_MODULE, SYS_PTRACE and their like are enough to leave
#   the container; others outside the baseline let it change the network or the clock, or forge packets.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
# - ref: https://man7.org/linux/man-pages/man7/capabilities.7.html
# custom:
#   id: k8s-added-capability
#   severity: medium
#   family: least-privilege
#   resource_types: ["*"]
#   sources: [kubernetes]
#   frameworks:
#     pod-security-standards: [baseline]
#     cis-kubernetes-1.10.0: ["5.2.9"]
#   aliases: [CKV_K8S_25, CKV_K8S_39, AVD-KSV-0005, AVD-KSV-0022, AVD-KSV-0120, KSV005, KSV022, kubernetes-no-sysadmin-capability, kubernetes-no-non-default-capabilities, kubernetes-no-sysmodule-capability,
#     19ebaa28-fc86-4a58-bcfa-015c9e22fe40, 235236ee-ad78-4065-bd29-61b061f28ce0]
#   remediation: |
#     Add only what the program asks for, out of those that the baseline allows:
#
#     ```yaml
#     securityContext:
#       capabilities:
#         drop: [ALL]
#         add: [NET_BIND_SERVICE]
#     ```
package stanchion.kubernetes.workload.added_capability

import data.stanchion.lib.attr
import data.stanchion.lib.pod

# What the baseline lets every container add.
allowed := {
	"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP",
	"SETUID", "SYS_CHROOT",
}

# Each of these is a way out of the container.
dangerous := {"ALL", "BPF", "DAC_READ_SEARCH", "MAC_ADMIN", "SYS_ADMIN", "SYS_BOOT", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO"}

# Outside the baseline, but without power over the node: locking memory, raising priorities, raw packets in its own network.
minor := {"IPC_LOCK", "NET_RAW", "NET_BROADCAST", "SYS_NICE"}

severity(name) := "high" if {
	name in dangerous
} else := "low" if {
	name in minor
} else := "medium"

deny contains finding if {
	some container in pod.containers
	not pod.privileged(container)
	some i, item in attr.list(attr.get(container.config, ["securityContext", "capabilities", "add"], []))
	is_string(item)
	name := pod.capability(item)
	not name in allowed
	finding := {
		"path": array.concat(container.path, ["securityContext", "capabilities", "add", i]),
		"message": sprintf("container '%s' of '%s' adds the capability '%s'", [pod.name(container), input.address, name]),
		"severity": severity(name),
	}
}
