# METADATA
# title: Secret stands in the Dockerfile
# description: >-
#   ENV and ARG are kept in the image's history: everyone who can pull the image can read them, also after they are
#   overwritten, and everyone who can read the repository anyway.
# related_resources:
# - ref: https://docs.docker.com/build/building/secrets/
# - ref: https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/
# custom:
#   id: dockerfile-secret-in-env-or-arg
#   severity: high
#   family: secrets
#   literals: true
#   resource_types: [dockerfile]
#   sources: [dockerfile]
#   aliases: [AVD-DS-0031, DS031, SecretsUsedInArgOrEnv, docker-do-not-pass-secrets]
#   remediation: |
#     Hand it to the one command that needs it, and change the one that was written down:
#
#     ```dockerfile
#     RUN --mount=type=secret,id=npm_token,env=NPM_TOKEN npm ci
#     ```
#
#     What the program needs at run time belongs into its environment when the container is started.
package stanchion.dockerfile.image.secret_in_env_or_arg

import data.stanchion.lib.attr
import data.stanchion.lib.image

# Both kinds of instructions, and the ARGs before the first FROM.
pairs := [{"path": path, "name": pair.name, "value": pair.value, "kind": instruction.name} |
	some instruction in array.concat(image.instructions("ENV"), image.instructions("ARG"))
	some i, pair in instruction.pairs
	path := array.concat(instruction.path, ["pairs", i])
]

global_pairs := [{"path": ["args", i], "name": pair.name, "value": pair.value, "kind": "ARG"} |
	some i, pair in attr.list(attr.get(input.config, ["args"], []))
]

deny contains finding if {
	some pair in array.concat(pairs, global_pairs)
	is_string(pair.name)
	is_string(pair.value)
	judged := secrets.judge(pair.name, pair.value)
	judged.secret
	finding := {
		"path": pair.path,
		"message": sprintf("the %s '%s' holds a secret: %s", [pair.kind, pair.name, judged.why]),
	}
}

# A build argument for a secret: its value ends up in the history of the image's stages.
deny contains finding if {
	some stage in image.chain
	some instruction in stage.instructions
	instruction.name == "ARG"
	instruction.onbuild == false
	some i, pair in instruction.pairs
	not attr.has(pair, ["value"])
	is_string(pair.name)
	# The name alone decides; any word will do as a value.
	secrets.judge(pair.name, "not-real-9f8e7d6c").secret
	finding := {
		"path": array.concat(instruction.path, ["pairs", i]),
		"message": sprintf("the build argument '%s' is meant for a secret, and build arguments stay in the image's history", [pair.name]),
		"severity": "low",
	}
}
