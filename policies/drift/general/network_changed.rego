# METADATA
# title: What may be reached over the network was changed by hand
# description: >-
#   The live rules of a security group, network ACL or route table, or the exposure of an endpoint, are
#   not those that the state records. A port that was opened in a hurry tends to stay open, because no
#   code and no review knows of it.
# related_resources:
# - ref: https://developer.hashicorp.com/terraform/tutorials/state/resource-drift
# custom:
#   id: drift-network-changed
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
package stanchion.drift.general.network_changed

import data.stanchion.lib.drift

everywhere := {"0.0.0.0/0", "::/0"}

# Somewhere in what is new, the whole internet.
opened if {
	some value in drift.live
	walk(value, [_, leaf])
	is_string(leaf)
	leaf in everywhere
	not denies(value)
}

opened if {
	drift.words & {"publicly_accessible", "endpoint_public_access", "associate_public_ip_address", "assign_public_ip"} != set()
	not drift.is_off(drift.live)
}

denies(value) if {
	is_object(value)
	lower(object.get(value, "action", "")) == "deny"
}

deny contains finding if {
	drift.topic == "drift-network-changed"
	opened
	finding := {
		"path": [],
		"severity": "critical",
		"message": sprintf("'%s' was opened to the internet outside of the code: %s", [input.address, input.config.path]),
	}
}

deny contains finding if {
	drift.topic == "drift-network-changed"
	not opened
	finding := {
		"path": [],
		"message": sprintf("what reaches '%s' was changed outside of the code: %s", [input.address, input.config.path]),
	}
}
