# METADATA
# title: Secret is committed in the clear
# description: >-
#   The data of a Secret is only encoded, not encrypted: whoever can read the file can read the secret, now and in
#   every old version of the repository.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/secrets-good-practices/
# custom:
#   id: k8s-secret-in-manifest
#   severity: high
#   family: secrets
#   literals: true
#   resource_types: [Secret]
#   sources: [kubernetes]
#   remediation: |
#     Change the secret, and let a controller bring the new one: External Secrets, Sealed Secrets, or a file encrypted with SOPS:
#
#     ```yaml
#     apiVersion: external-secrets.io/v1
#     kind: ExternalSecret
#     metadata:
#       name: db
#     spec:
#       secretStoreRef: {name: vault, kind: ClusterSecretStore}
#       target: {name: db}
#       dataFrom:
#         - extract: {key: shop/db}
#     ```
package stanchion.kubernetes.secrets.secret_in_manifest

import data.stanchion.lib.attr

# Files encrypted with SOPS keep their shape and say so.
encrypted if attr.has(input.config, ["sops"])

decoded(value) := base64.decode(packed) if {
	packed := regex.replace(value, `\s`, "")
	base64.is_valid(packed)
} else := ""

# What such a Secret holds under these names is one, whatever it looks like.
registry_login(key, text) if {
	key in {".dockerconfigjson", ".dockercfg"}
	regex.match(`"(auth|password)"\s*:\s*"[^"$<{]{4,}"`, text)
}

why(key, text) := secrets.judge(key, text).why if {
	secrets.judge(key, text).secret
} else := "it is a registry's login" if {
	registry_login(key, text)
}

deny contains finding if {
	not encrypted
	some key, value in attr.get(input.config, ["data"], {})
	is_string(value)
	reason := why(key, decoded(value))
	finding := {
		"path": ["data", key],
		"message": sprintf("the key '%s' of '%s' holds a secret, only encoded: %s", [key, input.address, reason]),
	}
}

deny contains finding if {
	not encrypted
	some key, value in attr.get(input.config, ["stringData"], {})
	is_string(value)
	reason := why(key, value)
	finding := {
		"path": ["stringData", key],
		"message": sprintf("the key '%s' of '%s' holds a secret: %s", [key, input.address, reason]),
	}
}
