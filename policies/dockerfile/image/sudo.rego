# METADATA
# title: Build uses sudo
# description: >-
#   A build is root unless USER says otherwise, so sudo is not needed, and once in the image it is a way back to
#   root for whoever breaks in.
# related_resources:
# - ref: https://docs.docker.com/build/building/best-practices/#user
# custom:
#   id: dockerfile-sudo
#   severity: low
#   family: least-privilege
#   resource_types: [dockerfile]
#   sources: [dockerfile]
#   aliases: [DL3004, CKV2_DOCKER_1, AVD-DS-0010, DS010, docker-no-sudo-run,
#     8ada6e80-0ade-439e-b176-0b28f6bce35a]
#   remediation: |
#     Run those commands before switching the user:
#
#     ```dockerfile
#     USER root
#     RUN apt-get update && apt-get install -y git
#     USER app
#     ```
package stanchion.dockerfile.image.sudo

# One finding per RUN, at its first sudo.
deny contains finding if {
	some stage in input.config.stages
	some instruction in stage.instructions
	instruction.name == "RUN"
	contains(instruction.text, "sudo")
	used := [i | some i, command in instruction.commands; command.name == "sudo"]
	count(used) > 0
	finding := {
		"path": array.concat(instruction.path, ["commands", used[0]]),
		"message": "a RUN calls sudo",
	}
}
