# METADATA
# title: Pod mounts the container runtime's socket
# description: >-
#   Whoever can talk to the runtime's socket can start a privileged container on the node, and so owns the node.
#   Mounting it read-only does not help: that protects the file, not what is sent through it.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/storage/volumes/#hostpath
# custom:
#   id: k8s-container-runtime-socket
#   severity: critical
#   family: least-privilege
#   resource_types: ["*"]
#   sources: [kubernetes]
#   frameworks:
#     pod-security-standards: [baseline]
#   aliases: [CKV_K8S_27, AVD-KSV-0006, KSV006, kubernetes-no-docker-sock-mount,
#     a6f34658-fdfb-4154-9536-56d516f65828]
#   remediation: |
#     Build images without a daemon (BuildKit rootless, Kaniko, Buildah), and read metrics from the kubelet's API. Give no pod the socket:
#
#     ```yaml
#     volumes:
#       - name: workspace
#         emptyDir: {}
#     ```
package stanchion.kubernetes.workload.container_runtime_socket

import data.stanchion.lib.pod

deny contains finding if {
	some volume in pod.host_paths
	regex.match(`/(docker|dockershim|containerd|crio|cri-dockerd|podman)\.sock/?$`, volume.path)
	finding := {
		"path": array.concat(input.pod.path, ["volumes", volume.index, "hostPath", "path"]),
		"message": sprintf("'%s' mounts the container runtime's socket '%s'", [input.address, volume.path]),
	}
}
