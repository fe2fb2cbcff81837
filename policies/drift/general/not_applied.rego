# METADATA
# title: Code and record do not agree
# description: >-
#   The code says something that was not applied, or that was applied without being recorded, or no
#   longer has a thing that the state still records. The next apply changes more than its author may
#   expect.
# related_resources:
# - ref: https://developer.hashicorp.com/terraform/tutorials/state/resource-drift
# custom:
#   id: drift-not-applied
#   severity: low
#   family: drift
#   resource_types: [drift]
#   remediation: |
#     Apply the code, or bring the record up to date:
#
#     ```sh
#     terraform plan
#     terraform apply -refresh-only
#     ```
package stanchion.drift.general.not_applied

import data.stanchion.lib.drift

how := {
	"pending-in-code": "the code of '%s' was changed and not applied: %s",
	"not-recorded": "the code of '%s' is live and not recorded: %s",
}

deny contains finding if {
	drift.topic == "drift-not-applied"
	text := how[input.config.class]
	finding := {"path": [], "message": sprintf(text, [input.address, input.config.path])}
}

deny contains finding if {
	drift.topic == "drift-not-applied"
	input.config.class == "orphan"
	finding := {"path": [], "message": sprintf("'%s' is recorded and not in the code any more", [input.address])}
}
