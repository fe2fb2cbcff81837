# METADATA
# title: A public access block was lifted by hand
# description: >-
#   The block that keeps a bucket or a whole account from being made public is not what the state
#   records. One careless policy or ACL is then enough to publish everything below it.
# related_resources:
# - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
# custom:
#   id: drift-public-access-block-changed
#   severity: critical
#   family: drift
#   resource_types: [drift]
#   remediation: |
#     Put the recorded setting back, or take the new one into the code:
#
#     ```sh
#     terraform plan   # shows the change that an apply would take back
#     terraform apply
#     ```
package stanchion.drift.general.public_access_block_changed

import data.stanchion.lib.drift

deny contains finding if {
	drift.topic == "drift-public-access-block-changed"
	drift.is_off(drift.live)
	finding := {"path": [], "message": sprintf("'%s' no longer blocks public access: %s", [input.address, input.config.path])}
}

deny contains finding if {
	drift.topic == "drift-public-access-block-changed"
	not drift.is_off(drift.live)
	finding := {
		"path": [],
		"severity": "low",
		"message": sprintf("'%s' blocks more public access than is recorded: %s", [input.address, input.config.path]),
	}
}
