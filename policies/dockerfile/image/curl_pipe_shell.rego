# METADATA
# title: Downloaded script is run unseen
# description: >-
#   What a server sends is run as it comes. Whoever controls the server, or the way to it, decides what is in the
#   image, and a download that breaks off runs half a script.
# related_resources:
# - ref: https://docs.docker.com/build/building/best-practices/
# custom:
#   id: dockerfile-curl-pipe-shell
#   severity: medium
#   family: supply-chain
#   resource_types: [dockerfile]
#   sources: [dockerfile]
#   frameworks:
#     cis-docker-1.6.0: ["4.11"]
#   remediation: |
#     Download a fixed version, compare its checksum, then run it:
#
#     ```dockerfile
#     ADD --checksum=sha256:<digest> https://example.com/v1.2.3/install.sh /tmp/install.sh
#     RUN sh /tmp/install.sh
#     ```
package stanchion.dockerfile.image.curl_pipe_shell

import data.stanchion.lib.image

commands := image.commands([instruction |
	some instruction in image.runs
	regex.match(`curl|wget`, instruction.text)
])

downloads := {"curl", "wget"}

shells := {"sh", "bash", "ash", "dash", "zsh", "ksh"}

interpreters := {"python", "python2", "python3", "perl", "ruby", "node", "php"}

# The arguments behind the program itself, whatever `sudo` or `env` stands before it.
arguments(command) := concat(" ", array.slice(command.words, start + 1, count(command.words))) if {
	start := min([i | some i, word in command.words; is_named(word, command.program)])
}

is_named(word, program) if word == program

is_named(word, program) if endswith(word, concat("", ["/", program]))

# A shell that runs what it reads from its input, rather than a script of its own.
runs_input(command) if {
	command.program in shells
	regex.match(`^((-[euxliE]+|-o pipefail|--login) ?)*(-|-s\b.*|[-+a-z]*s\b.*|--( .*)?|/dev/stdin.*)?$`, arguments(command))
}

runs_input(command) if {
	command.program in interpreters
	regex.match(`^(-u )?(-( .*)?|/dev/stdin.*)?$`, arguments(command))
}

deny contains finding if {
	some item in commands
	item.command.program in downloads
	target := item.command.piped_to
	some j, reader in item.run.commands
	j > item.index
	reader.program == target
	runs_input(reader)
	finding := {
		"path": item.command.path,
		"message": sprintf("the output of '%s' is piped into '%s'", [item.command.program, target]),
	}
}

# bash -c "$(curl ..)", sh <(curl ..), eval "$(curl ..)"
deny contains finding if {
	some item in commands
	program := item.command.program
	program in (shells | {"eval", "source", "."})
	some word in item.command.words
	regex.match(`^[\s]*(\$\(|\x60|<\()\s*(sudo )?(/usr/bin/)?(curl|wget)\b`, word)
	finding := {
		"path": item.command.path,
		"message": sprintf("'%s' runs what is downloaded on the spot", [program]),
	}
}
