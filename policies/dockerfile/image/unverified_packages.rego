# METADATA
# title: Packages are installed without their signatures
# description: >-
#   Signatures tell a distribution's packages from whatever a mirror or someone in between delivers. With that
#   turned off, anyone of them can put a program into the image.
# related_resources:
# - ref: https://docs.docker.com/build/building/best-practices/
# custom:
#   id: dockerfile-unverified-packages
#   severity: medium
#   family: supply-chain
#   resource_types: [dockerfile]
#   sources: [dockerfile]
#   aliases: [CKV2_DOCKER_7, CKV2_DOCKER_8, CKV2_DOCKER_9, CKV2_DOCKER_10, CKV2_DOCKER_11]
#   remediation: |
#     Install the repository's key, and leave the check on:
#
#     ```dockerfile
#     COPY vendor.gpg /etc/apt/keyrings/vendor.gpg
#     RUN echo 'deb [signed-by=/etc/apt/keyrings/vendor.gpg] https://apt.example.com stable main' > /etc/apt/sources.list.d/vendor.list
#     ```
package stanchion.dockerfile.image.unverified_packages

import data.stanchion.lib.image

commands := image.commands([instruction |
	some instruction in image.runs
	regex.match(`(?i)--allow-|--force-yes|AllowUnauthenticated|AllowInsecure|gpg-?check|--nosignature|--nodigest|trusted=yes`, instruction.text)
])

debian := {"apt", "apt-get", "aptitude"}

red_hat := {"yum", "dnf", "microdnf", "tdnf", "zypper"}

option(command) := word if {
	command.program in debian
	word := [w | some w in command.words; regex.match(`^(--allow-unauthenticated|--force-yes|--allow-insecure-repositories)$|(?i)(AllowUnauthenticated|AllowInsecureRepositories)=(\x22?)(true|1|yes)`, w)][0]
} else := word if {
	command.program == "apk"
	word := [w | some w in command.words; w == "--allow-untrusted"][0]
} else := word if {
	command.program in red_hat
	word := [w | some w in command.words; regex.match(`^(--nogpgcheck|--no-gpg-checks?|--no-gpgcheck|--allow-unsigned-rpm|(--setopt=)?.*gpgcheck=(0|false))$`, w)][0]
} else := word if {
	command.program == "rpm"
	word := [w | some w in command.words; regex.match(`^--(nosignature|nodigest)$`, w)][0]
}

# A package that was compared with its checksum beforehand is the right one.
deny contains finding if {
	some item in commands
	word := option(item.command)
	not image.verifies(item.run.text)
	finding := {
		"path": item.command.path,
		"message": sprintf("'%s' is called with '%s' and so does not look at signatures", [item.command.program, word]),
	}
}

deny contains finding if {
	some item in commands
	item.command.program in {"echo", "printf"}
	some word in item.command.words
	regex.match(`^deb(-src)? +\[[^\]]*trusted=yes`, word)
	finding := {
		"path": item.command.path,
		"message": "the package source is marked 'trusted=yes', so that its signatures are not looked at",
	}
}
