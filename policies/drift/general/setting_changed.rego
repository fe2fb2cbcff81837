# METADATA
# title: A setting was changed by hand
# description: >-
#   A setting is not what the state records. The next apply takes the change back, perhaps in the middle
#   of the day and perhaps with a restart; whoever made the change will be surprised.
# related_resources:
# - ref: https://developer.hashicorp.com/terraform/tutorials/state/resource-drift
# custom:
#   id: drift-setting-changed
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
package stanchion.drift.general.setting_changed

import data.stanchion.lib.drift

# Changes that replace or restart things, or run other code.
heavy := {
	"instance_type", "instance_class", "node_type", "engine", "engine_version", "ami", "image_id", "image_uri", "runtime",
	"handler", "user_data", "container_definitions", "definition", "layers", "cluster_config", "allocated_storage", "environment",
}

deny contains finding if {
	drift.topic == "drift-setting-changed"
	drift.name in heavy
	finding := {
		"path": [],
		"severity": "medium",
		"message": sprintf("'%s' was changed outside of the code: %s", [input.address, input.config.path]),
	}
}

deny contains finding if {
	drift.topic == "drift-setting-changed"
	not drift.name in heavy
	finding := {"path": [], "message": sprintf("'%s' was changed outside of the code: %s", [input.address, input.config.path])}
}
