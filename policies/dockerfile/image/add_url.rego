# METADATA
# title: Download is not verified
# description: >-
#   ADD takes whatever the server sends at that moment into the image. Without a checksum nobody notices when it is
#   something else.
# related_resources:
# - ref: https://docs.docker.com/reference/dockerfile/#add---checksum
# custom:
#   id: dockerfile-add-url
#   severity: low
#   family: supply-chain
#   resource_types: [dockerfile]
#   sources: [dockerfile]
#   remediation: |
#     Give the checksum of what is expected:
#
#     ```dockerfile
#     ADD --checksum=sha256:<digest> https://example.com/tool-1.2.3.tar.gz /tmp/
#     ```
package stanchion.dockerfile.image.add_url

import data.stanchion.lib.attr
import data.stanchion.lib.image

# Only a commit says what will come.
git(source) if regex.match(`\.git(#.*)?$`, source)

pinned(source) if regex.match(`\.git#[0-9a-f]{40}(:.*)?$`, source)

# Tells who runs into the file what to expect of it, further down.
verified_later(stage, index) if {
	some i, instruction in stage.instructions
	i > index
	instruction.name == "RUN"
	image.verifies(instruction.text)
}

deny contains finding if {
	some stage in input.config.stages
	some i, instruction in stage.instructions
	instruction.name == "ADD"
	not attr.has(instruction, ["flags", "checksum"])
	some j, source in instruction.sources
	regex.match(`^https?://`, source)
	not pinned(source)
	not verified_later(stage, i)
	what := {true: "a branch or tag of a repository", false: "a file"}[is_git(source)]
	finding := {
		"path": array.concat(instruction.path, ["sources", j]),
		"message": sprintf("ADD takes %s from '%s' without a checksum", [what, regex.replace(source, `^(https?://)[^/@]*@`, "$1")]),
		"severity": {true: "medium", false: "low"}[startswith(source, "http://")],
	}
}

is_git(source) if git(source)

is_git(source) := false if not git(source)
