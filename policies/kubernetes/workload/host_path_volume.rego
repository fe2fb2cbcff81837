# METADATA
# title: Pod mounts a directory of its node
# description: >-
#   A hostPath volume leads out of the container. Written to, places such as /etc, /root or the kubelet's directory
#   give the whole node away; read, they hold keys and other pods' secrets. The pod also depends on what happens to
#   be on the node it lands on.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/storage/volumes/#hostpath
# - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: k8s-host-path-volume
#   severity: medium
#   family: least-privilege
#   resource_types: ["*"]
#   sources: [kubernetes]
#   frameworks:
#     pod-security-standards: [baseline]
#     cis-kubernetes-1.10.0: ["5.2.12"]
#   aliases: [AVD-KSV-0023, KSV023, kubernetes-no-mounted-hostpath,
#     aa8f7a35-9923-4cad-bd61-a19b7f6aac91, 5308a7a8-06f8-45ac-bf10-791fe21de46e]
#   remediation: |
#     Use a volume that Kubernetes manages, and mount it read-only where it is only read:
#
#     ```yaml
#     volumes:
#       - name: cache
#         emptyDir: {}
#     ```
#
#     Log collectors that read `/var/log` through a `readOnly` mount are accepted.
package stanchion.kubernetes.workload.host_path_volume

import data.stanchion.lib.attr
import data.stanchion.lib.pod

# Who writes here, or to some of it, becomes root on the node.
sensitive := {
	"/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/opt", "/proc", "/root", "/run", "/sbin", "/sys", "/usr", "/var",
	"/var/lib", "/var/lib/containerd", "/var/lib/docker", "/var/lib/etcd", "/var/lib/kubelet", "/var/run",
}

sensitive_below := {"/boot/", "/etc/", "/proc/", "/root/", "/var/lib/docker/", "/var/lib/etcd/", "/var/lib/kubelet/", "/usr/", "/sys/"}

# Read by log collectors, network plugins and time-aware programs everywhere, and without secrets.
harmless_to_read := {
	"/var/log", "/lib/modules", "/usr/lib/modules", "/usr/src", "/boot", "/etc/localtime", "/etc/timezone", "/etc/machine-id",
	"/etc/os-release", "/usr/lib/os-release", "/usr/share/zoneinfo", "/etc/ssl/certs", "/etc/pki", "/etc/ca-certificates",
	"/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/var/lib/docker/containers", "/run/log", "/run/udev",
	"/var/run/udev", "/sys/fs/cgroup", "/etc/resolv.conf", "/etc/hosts",
}

# Container runtimes' sockets have a policy of their own.
socket(path) if regex.match(`/(docker|dockershim|containerd|crio|cri-dockerd|podman)\.sock$`, path)

clean(path) := "/" if path == "/"

clean(path) := trim_right(path, "/") if path != "/"

is_sensitive(path) if path in sensitive

is_sensitive(path) if {
	some prefix in sensitive_below
	startswith(path, prefix)
}

is_harmless_to_read(path) if path in harmless_to_read

is_harmless_to_read(path) if {
	some place in {"/var/log/", "/lib/modules/", "/usr/share/zoneinfo/", "/etc/ssl/certs/", "/sys/fs/cgroup/"}
	startswith(path, place)
}

# Volumes by name that some container can write to, or that no container mounts.
mounts(name) := [attr.get(mount, ["readOnly"], false) |
	some container in input.pod.containers
	some mount in attr.list(attr.get(container.config, ["volumeMounts"], []))
	attr.get(mount, ["name"], "") == name
]

read_only(name) if {
	found := mounts(name)
	count(found) > 0
	every value in found {
		value == true
	}
}

severity(path, writable) := "high" if {
	is_sensitive(path)
	writable
} else := "low" if {
	not is_sensitive(path)
	not writable
} else := "medium"

deny contains finding if {
	some volume in pod.host_paths
	path := clean(volume.path)
	not socket(path)
	not read_only(volume.name)
	finding := {
		"path": array.concat(input.pod.path, ["volumes", volume.index, "hostPath", "path"]),
		"message": sprintf("'%s' mounts '%s' of its node, and may write to it", [input.address, path]),
		"severity": severity(path, true),
	}
}

deny contains finding if {
	some volume in pod.host_paths
	path := clean(volume.path)
	not socket(path)
	read_only(volume.name)
	not is_harmless_to_read(path)
	finding := {
		"path": array.concat(input.pod.path, ["volumes", volume.index, "hostPath", "path"]),
		"message": sprintf("'%s' mounts '%s' of its node for reading", [input.address, path]),
		"severity": severity(path, false),
	}
}
