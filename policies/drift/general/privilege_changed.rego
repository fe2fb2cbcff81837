# METADATA
# title: Who may do what was changed by hand
# description: >-
#   A role, boundary, group or other setting that decides about permissions is not what the state
#   records. Changes of permissions that no code and no review knows of are how access grows unseen.
# related_resources:
# - ref: https://developer.hashicorp.com/terraform/tutorials/state/resource-drift
# custom:
#   id: drift-privilege-changed
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
package stanchion.drift.general.privilege_changed

import data.stanchion.lib.drift

deny contains finding if {
	drift.topic == "drift-privilege-changed"
	finding := {"path": [], "message": sprintf("permissions of '%s' were changed outside of the code: %s", [input.address, input.config.path])}
}
