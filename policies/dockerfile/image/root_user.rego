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

# The stages the final image is made of: the last one, and the earlier ones it is built FROM, outermost last.
# A chain of FROM longer than this is followed no further.
final := input.config.stages[count(input.config.stages) - 1]

parent(stage) := earlier if {
	some earlier in input.config.stages
	lower(earlier.name) == lower(stage.from)
	earlier.index < stage.index
}

chain := [final] if not parent(final)

chain := [final, parent(final)] if {
	parent(final)
	not parent(parent(final))
}

chain := [final, parent(final), parent(parent(final))] if parent(parent(final))

# USER instructions of a stage, with their places.
users(stage) := [found |
	some i, instruction in stage.instructions
	upper(instruction.name) == "USER"
	found := {"path": ["stages", stage.index, "instructions", i], "user": instruction.value}
]

stages_with_user := [stage | some stage in chain; count(users(stage)) > 0]

last_user := found if {
	list := users(stages_with_user[0])
	found := list[count(list) - 1]
}

is_root(user) if lower(split(user, ":")[0]) in {"root", "0"}

deny contains finding if {
	is_root(last_user.user)
	finding := {
		"path": last_user.path,
		"message": sprintf("the image ends with 'USER %s'", [last_user.user]),
	}
}
