# METADATA
# title: What a Dockerfile's final image is made of
# custom:
#   library: true
package stanchion.lib.image

import data.stanchion.lib.attr

final := [stage | some stage in input.config.stages; stage.final == true][0]

second := parents(final)

third := [stage | some child in second; some stage in parents(child)]

fourth := [stage | some child in third; some stage in parents(child)]

# The stages the final image is made of: the last one, then the earlier ones it is built FROM.
# Chains longer than four are followed no further.
chain := array.concat(array.concat([final], second), array.concat(third, fourth))

# The earlier stage that a stage is built FROM, as a list of none or one. A name used twice means the nearer stage.
parents(stage) := array.slice(named, count(named) - 1, count(named)) if {
	named := [parent |
		some parent in input.config.stages
		parent.index < stage.index
		lower(object.get(parent, "name", "")) == lower(attr.get(stage, ["base", "stage"], "(none)"))
	]
}

# Instructions of a name in this build. Those after ONBUILD belong to other images.
instructions(name) := [instruction |
	some stage in input.config.stages
	some instruction in stage.instructions
	instruction.name == name
	instruction.onbuild == false
]

# The instructions of a name that make up the final image, those of the last stage first.
final_instructions(name) := [instruction |
	some stage in chain
	some instruction in stage.instructions
	instruction.name == name
	instruction.onbuild == false
]

# The RUN instructions of all stages, those that are for other images included.
runs := [instruction |
	some stage in input.config.stages
	some instruction in stage.instructions
	instruction.name == "RUN"
]

# Every command of the given RUNs: {run, index, command}. Policies choose by the whole text first, which is much quicker.
commands(chosen) := [{"run": instruction, "index": i, "command": command} |
	some instruction in chosen
	some i, command in instruction.commands
]

# True when the text compares what was downloaded with something known.
verifies(text) if regex.match(`sha(1|224|256|384|512)sum|shasum|md5sum|b2sum|gpgv?\b.*--verify|\bgpgv\b|cosign|minisign|openssl dgst`, text)
