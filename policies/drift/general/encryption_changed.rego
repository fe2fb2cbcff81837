# METADATA
# title: Encryption was turned off or changed by hand
# description: >-
#   The live thing is no longer encrypted the way the state records it. Data written since then may be
#   stored or sent in plain text, or under a key that others may use, and nobody reviewed the change.
# related_resources:
# - ref: https://developer.hashicorp.com/terraform/tutorials/state/resource-drift
# custom:
#   id: drift-encryption-changed
#   severity: high
#   family: drift
#   resource_types: [drift]
#   remediation: |
#     Put the recorded setting back, or take the new one into the code:
#
#     ```sh
#     terraform plan   # shows the change that an apply would take back
#     terraform apply
#     ```
package stanchion.drift.general.encryption_changed

import data.stanchion.lib.drift

deny contains finding if {
	drift.topic == "drift-encryption-changed"
	drift.turned_off
	finding := {"path": [], "message": sprintf("encryption of '%s' was turned off outside of the code: %s", [input.address, input.config.path])}
}

deny contains finding if {
	drift.topic == "drift-encryption-changed"
	not drift.turned_off
	finding := {
		"path": [],
		"severity": "medium",
		"message": sprintf("encryption of '%s' was changed outside of the code: %s", [input.address, input.config.path]),
	}
}
