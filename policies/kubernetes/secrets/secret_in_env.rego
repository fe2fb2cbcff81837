# METADATA
# title: Secret stands in a container's environment
# description: >-
#   A password in a manifest is readable for everyone who sees the repository, and for everyone who may read the
#   pod. It cannot be changed without a new version of the manifest.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/configuration/secret/
# custom:
#   id: k8s-secret-in-env
#   severity: high
#   family: secrets
#   literals: true
#   resource_types: ["*"]
#   sources: [kubernetes]
#   remediation: |
#     Take it from a Secret that is not in the repository, and change the one that was:
#
#     ```yaml
#     env:
#       - name: DB_PASSWORD
#         valueFrom:
#           secretKeyRef:
#             name: db
#             key: password
#     ```
package stanchion.kubernetes.secrets.secret_in_env

import data.stanchion.lib.attr
import data.stanchion.lib.pod

deny contains finding if {
	some container in input.pod.containers
	some i, variable in attr.list(attr.get(container.config, ["env"], []))
	name := object.get(variable, "name", "")
	value := object.get(variable, "value", "")
	is_string(name)
	is_string(value)
	judged := secrets.judge(name, value)
	judged.secret
	finding := {
		"path": array.concat(container.path, ["env", i, "value"]),
		"message": sprintf("the environment variable '%s' of container '%s' holds a secret: %s", [name, pod.name(container), judged.why]),
	}
}
