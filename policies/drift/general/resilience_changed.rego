# METADATA
# title: Backups or protection from deletion were turned off or changed by hand
# description: >-
#   Backups, versioning or protection from deletion are not what the state records. The next mistake or
#   attack may then delete data for good, and nobody notices before it is needed.
# related_resources:
# - ref: https://developer.hashicorp.com/terraform/tutorials/state/resource-drift
# custom:
#   id: drift-resilience-changed
#   severity: medium
#   family: drift
#   resource_types: [drift]
#   remediation: |
#     Put the recorded setting back, or take the new one into the code:
#
#     ```sh
#     terraform plan   # shows the change that an apply would take back
#     terraform apply
#     ```
package stanchion.drift.general.resilience_changed

import data.stanchion.lib.drift

deny contains finding if {
	drift.topic == "drift-resilience-changed"
	drift.turned_off
	finding := {"path": [], "message": sprintf("protection from loss of '%s' was turned off outside of the code: %s", [input.address, input.config.path])}
}

deny contains finding if {
	drift.topic == "drift-resilience-changed"
	not drift.turned_off
	finding := {
		"path": [],
		"severity": "low",
		"message": sprintf("protection from loss of '%s' was changed outside of the code: %s", [input.address, input.config.path]),
	}
}
