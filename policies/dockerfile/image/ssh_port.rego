# METADATA
# title: Image exposes SSH
# description: >-
#   A shell reachable over the network is one more thing to patch, to log and to keep keys for. docker exec and
#   kubectl exec give the same to those who may have it.
# related_resources:
# - ref: https://docs.docker.com/reference/dockerfile/#expose
# custom:
#   id: dockerfile-ssh-port
#   severity: low
#   family: network
#   resource_types: [dockerfile]
#   sources: [dockerfile]
#   frameworks:
#     cis-docker-1.6.0: ["5.7"]
#   aliases: [CKV_DOCKER_1, AVD-DS-0004, DS004, docker-no-ssh-port,
#     5907595b-5b6d-4142-b173-dbb0e73fbff8]
#   remediation: |
#     Leave the SSH server out of the image:
#
#     ```dockerfile
#     EXPOSE 8080
#     ```
package stanchion.dockerfile.image.ssh_port

import data.stanchion.lib.image

deny contains finding if {
	not is_ssh_server
	some instruction in image.final_instructions("EXPOSE")
	some i, port in instruction.ports
	port.port in {22, "22"}
	object.get(port, "protocol", "tcp") == "tcp"
	finding := {
		"path": array.concat(instruction.path, ["ports", i]),
		"message": "the image exposes port 22",
	}
}

# An image whose program is the SSH server has nothing else to serve.
is_ssh_server if {
	some name in ["CMD", "ENTRYPOINT"]
	some instruction in image.final_instructions(name)
	contains(instruction.text, "sshd")
}
