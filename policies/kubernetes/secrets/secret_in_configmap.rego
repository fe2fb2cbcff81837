# METADATA
# title: Secret stands in a ConfigMap
# description: >-
#   ConfigMaps are read by everyone who may look at a namespace, are not encrypted at rest, and show up in logs and
#   dashboards. A secret in one is not kept from anybody.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/configuration/configmap/
# custom:
#   id: k8s-secret-in-configmap
#   severity: high
#   family: secrets
#   literals: true
#   resource_types: [ConfigMap]
#   sources: [kubernetes]
#   aliases: [AVD-KSV-0109, AVD-KSV-01010, KSV109, kubernetes-configmap-with-secrets]
#   remediation: |
#     Move the value to a Secret that a secret manager fills, and change the one that was readable:
#
#     ```yaml
#     envFrom:
#       - configMapRef:
#           name: app
#       - secretRef:
#           name: app
#     ```
package stanchion.kubernetes.secrets.secret_in_configmap

import data.stanchion.lib.attr

deny contains finding if {
	some key, value in attr.get(input.config, ["data"], {})
	is_string(value)
	judged := secrets.judge(key, value)
	judged.secret
	finding := {
		"path": ["data", key],
		"message": sprintf("the key '%s' of '%s' holds a secret: %s", [key, input.address, judged.why]),
	}
}

# Lines of property files: `spring.datasource.password=...`.
deny contains finding if {
	some key, value in attr.get(input.config, ["data"], {})
	is_string(value)
	regex.match(`\.(properties|env|ini|conf|cfg)$|^\.env$`, key)
	not secrets.judge(key, value).secret
	names := [name |
		some line in split(value, "\n")
		regex.match(`^\s*[A-Za-z][A-Za-z0-9_.-]*\s*=\s*\S+\s*$`, line)
		parts := split(line, "=")
		name := trim_space(parts[0])
		secrets.judge(name, trim_space(substring(line, count(parts[0]) + 1, -1))).secret
	]
	count(names) > 0
	finding := {
		"path": ["data", key],
		"message": sprintf("the file '%s' of '%s' sets a secret: %s", [key, input.address, concat(", ", names)]),
	}
}
