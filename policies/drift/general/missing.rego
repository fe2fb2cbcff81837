# METADATA
# title: Something that is recorded was deleted by hand
# description: >-
#   The state records a thing that is not there any more. Whatever needs it is broken or soon will be,
#   and the next apply makes a new and empty one.
# related_resources:
# - ref: https://developer.hashicorp.com/terraform/tutorials/state/resource-drift
# custom:
#   id: drift-missing
#   severity: medium
#   family: drift
#   resource_types: [drift]
#   remediation: |
#     Make it again with the next apply, or take it out of code and state:
#
#     ```sh
#     terraform apply
#     terraform state rm ADDRESS
#     ```
package stanchion.drift.general.missing

import data.stanchion.lib.drift

deny contains finding if {
	drift.topic == "drift-missing"
	finding := {"path": [], "message": sprintf("'%s' (%s) was deleted outside of the code", [input.address, input.config.type])}
}
