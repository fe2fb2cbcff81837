# METADATA
# title: A tag was lost or changed by hand
# description: >-
#   A tag is not what the state records. Cost reports, access rules and clean-up jobs that go by tags
#   then miss the thing or take it for somebody else's.
# related_resources:
# - ref: https://developer.hashicorp.com/terraform/tutorials/state/resource-drift
# custom:
#   id: drift-tag-changed
#   severity: low
#   family: drift
#   resource_types: [drift]
#   remediation: |
#     Put the recorded setting back, or take the new one into the code:
#
#     ```sh
#     terraform plan   # shows the change that an apply would take back
#     terraform apply
#     ```
package stanchion.drift.general.tag_changed

import data.stanchion.lib.drift

deny contains finding if {
	drift.topic == "drift-tag-changed"
	count(drift.live) == 0
	finding := {"path": [], "message": sprintf("'%s' lost a tag: %s", [input.address, input.config.path])}
}

deny contains finding if {
	drift.topic == "drift-tag-changed"
	count(drift.live) > 0
	finding := {"path": [], "message": sprintf("a tag of '%s' was changed outside of the code: %s", [input.address, input.config.path])}
}
