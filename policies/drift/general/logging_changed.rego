# METADATA
# title: Logging or detection was turned off or changed by hand
# description: >-
#   Logs, traces or detectors are not set up the way the state records it. What happens from then on may
#   leave no trace, and turning logs off is among the first things that an intruder does.
# related_resources:
# - ref: https://developer.hashicorp.com/terraform/tutorials/state/resource-drift
# custom:
#   id: drift-logging-changed
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
package stanchion.drift.general.logging_changed

import data.stanchion.lib.drift

deny contains finding if {
	drift.topic == "drift-logging-changed"
	drift.turned_off
	finding := {"path": [], "message": sprintf("logging of '%s' was turned off outside of the code: %s", [input.address, input.config.path])}
}

deny contains finding if {
	drift.topic == "drift-logging-changed"
	not drift.turned_off
	finding := {
		"path": [],
		"severity": "low",
		"message": sprintf("logging of '%s' was changed outside of the code: %s", [input.address, input.config.path]),
	}
}
