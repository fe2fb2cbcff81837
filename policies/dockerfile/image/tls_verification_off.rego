# METADATA
# title: Certificates are not verified
# description: >-
#   Without looking at the server's certificate a download may come from anyone in between, and be anything. As an
#   environment variable the setting stays in the image, and the program that runs there trusts everybody, too.
# related_resources:
# - ref: https://docs.docker.com/build/building/best-practices/
# custom:
#   id: dockerfile-tls-verification-off
#   severity: high
#   family: encryption
#   resource_types: [dockerfile]
#   sources: [dockerfile]
#   aliases: [CKV2_DOCKER_2, CKV2_DOCKER_3, CKV2_DOCKER_4, CKV2_DOCKER_5, CKV2_DOCKER_6, CKV2_DOCKER_12, CKV2_DOCKER_13, CKV2_DOCKER_14, CKV2_DOCKER_15, CKV2_DOCKER_16]
#   remediation: |
#     Install the certificate authority that is missing instead:
#
#     ```dockerfile
#     COPY company-ca.crt /usr/local/share/ca-certificates/
#     RUN update-ca-certificates
#     ```
package stanchion.dockerfile.image.tls_verification_off

import data.stanchion.lib.image

commands := image.commands([instruction |
	some instruction in image.runs
	regex.match(`(?i)curl|--no-check-certificate|--trusted-host|--allow-insecure-host|sslverify|strict-ssl|verify-(peer|host)|NODE_TLS|PYTHONHTTPSVERIFY|GIT_SSL|_STRICT_SSL|PIP_TRUSTED`, instruction.text)
])

# Settings by environment variable, and the values that turn verification off.
turned_off(name, value) if {
	upper(name) in {"NODE_TLS_REJECT_UNAUTHORIZED", "PYTHONHTTPSVERIFY"}
	value == "0"
}

turned_off(name, value) if {
	upper(name) == "GIT_SSL_NO_VERIFY"
	lower(value) in {"1", "true", "yes", "on"}
}

turned_off(name, value) if {
	upper(name) in {"NPM_CONFIG_STRICT_SSL", "YARN_STRICT_SSL"}
	lower(value) == "false"
}

turned_off(name, value) if {
	upper(name) == "PIP_TRUSTED_HOST"
	value != ""
}

# In the image, for the program as well.
deny contains finding if {
	some instruction in image.instructions("ENV")
	some i, pair in instruction.pairs
	is_string(pair.value)
	turned_off(pair.name, pair.value)
	finding := {
		"path": array.concat(instruction.path, ["pairs", i]),
		"message": sprintf("the environment variable '%s' turns the verification of certificates off", [pair.name]),
	}
}

# For one command only.
deny contains finding if {
	some item in commands
	some name, value in object.get(item.command, "assignments", {})
	is_string(value)
	turned_off(name, value)
	finding := {
		"path": item.command.path,
		"message": sprintf("'%s=%s' turns the verification of certificates off", [name, value]),
		"severity": "medium",
	}
}

deny contains finding if {
	some item in commands
	item.command.program == "export"
	some word in item.command.words
	parts := split(word, "=")
	count(parts) == 2
	turned_off(parts[0], parts[1])
	finding := {
		"path": item.command.path,
		"message": sprintf("'%s' turns the verification of certificates off", [word]),
		"severity": "medium",
	}
}

local(command) if {
	some word in command.words
	regex.match(`^https?://(localhost|127\.0\.0\.1|\[::1\])`, word)
}

# Downloads whose content is compared with a checksum may come from anywhere.
option(item) := word if {
	item.command.program == "curl"
	not local(item.command)
	not image.verifies(item.run.text)
	word := [w | some w in item.command.words; regex.match(`^(--insecure|--proxy-insecure|-[#012346aBfgGiIjJlLMnNOpqRsSvVZ]*k[#012346aBfgGiIjJklLMnNOpqRsSvVZ]*[a-zA-Z]?)$`, w)][0]
} else := word if {
	item.command.program == "wget"
	not local(item.command)
	not image.verifies(item.run.text)
	word := [w | some w in item.command.words; w == "--no-check-certificate"][0]
} else := word if {
	item.command.program in {"pip", "pip2", "pip3", "python", "python3", "uv"}
	word := [w | some w in item.command.words; regex.match(`^--(trusted-host|allow-insecure-host)(=|$)`, w)][0]
} else := word if {
	item.command.program == "git"
	word := [w | some w in item.command.words; regex.match(`^(?i)http\.(.*\.)?sslverify(=(false|0|no|off))?$`, w)][0]
	regex.match(`(?i)sslverify[= ]+(false|0|no|off)\b`, concat(" ", item.command.words))
} else := word if {
	item.command.program in {"npm", "yarn", "pnpm"}
	word := [w | some w in item.command.words; regex.match(`^(--no-)?(--)?strict-ssl(=false)?$`, w)][0]
	regex.match(`(--no-strict-ssl|strict-ssl[= ]+false)\b`, concat(" ", item.command.words))
} else := word if {
	item.command.program in {"apt", "apt-get"}
	word := [w | some w in item.command.words; regex.match(`(?i)Verify-(Peer|Host)=(\x22?)(false|0|no)`, w)][0]
} else := word if {
	item.command.program in {"yum", "dnf", "microdnf", "yum-config-manager"}
	word := [w | some w in item.command.words; regex.match(`^(--setopt=)?.*sslverify=(0|false|no)`, w)][0]
}

deny contains finding if {
	some item in commands
	word := option(item)
	finding := {
		"path": item.command.path,
		"message": sprintf("'%s' is called with '%s' and so does not verify certificates", [item.command.program, word]),
		"severity": "medium",
	}
}
