# METADATA
# title: Image runs as root
# description: >-
#   Without a USER instruction, or with one that names root, the container's process is root. A break-out from it is root on
#   the host, and any file it can reach is writable.
# related_resources:
# - ref: https://docs.docker.com/build/building/best-practices/#user
# custom:
#   id: dockerfile-root-user
#   severity: medium
#   family: least-privilege
#   resource_types: [dockerfile]
#   sources: [dockerfile]
#   frameworks:
#     cis-docker-1.6.0: ["4.1"]
#   aliases: [DL3002, CKV_DOCKER_3, DS002]
#   remediation: |
#     Create a user and switch to it in the last stage:
#
#     ```dockerfile
#     RUN adduser --system --uid 10001 app
#     USER 10001
#     ```
package stanchion.dockerfile.image.root_user

# The stages the final image is made of: the last one, then the earlier ones it is built FROM.
# Chains longer than four are followed no further.
final := [stage | some stage in input.config.stages; stage.final][0]

second := parents(final)

third := [stage | some child in second; some stage in parents(child)]

fourth := [stage | some child in third; some stage in parents(child)]

chain := array.concat(array.concat([final], second), array.concat(third, fourth))

# The earlier stage that a stage is built FROM, as a list of none or one. A name used twice means the nearer stage.
parents(stage) := array.slice(named, count(named) - 1, count(named)) if {
	named := [parent |
		some parent in input.config.stages
		parent.index < stage.index
		lower(object.get(parent, "name", "")) == lower(object.get(stage.base, "stage", "(none)"))
	]
}

# USER instructions of the nearest stage that has any. Those after ONBUILD are for other images.
users := [instructions |
	some stage in chain
	instructions := [instruction |
		some instruction in stage.instructions
		instruction.name == "USER"
		not object.get(instruction, "onbuild", false)
	]
	count(instructions) > 0
]

last := instruction if {
	nearest := users[0]
	instruction := nearest[count(nearest) - 1]
}

root_names := {"root", "0"}

deny contains finding if {
	split(last.args[0], ":")[0] in root_names
	finding := {
		"path": last.path,
		"message": sprintf("the image ends with 'USER %s'", [last.args[0]]),
	}
}

# Nothing says who runs it. Some base images bring a user of their own and say so in their name.
deny contains finding if {
	count(users) == 0
	outermost := chain[count(chain) - 1]
	not contains(object.get(outermost.base, "reference", ""), "nonroot")
	not contains(object.get(outermost.base, "reference", ""), "rootless")
	finding := {
		"path": ["stages", final.index, "base"],
		"message": "there is no USER instruction, so the base image's user runs it, which is root unless that image sets another",
		"severity": "low",
	}
}
