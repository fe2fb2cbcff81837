# METADATA
# title: A policy document was changed by hand
# description: >-
#   The live policy does not say what the state records. A statement that was added, or a denial that
#   was taken away, gives somebody access that nobody reviewed; what was widened by hand is a common
#   trace of an intruder who wants to stay.
# related_resources:
# - ref: https://developer.hashicorp.com/terraform/tutorials/state/resource-drift
# custom:
#   id: drift-policy-changed
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
package stanchion.drift.general.policy_changed

import data.stanchion.lib.drift

# Everyone may do something, or somebody may do everything.
is_open(statement) if {
	statement.Effect == "Allow"
	object.get(statement, "Principal", "") in {"*", {"AWS": "*"}}
	not statement.Condition
}

is_open(statement) if {
	statement.Effect == "Allow"
	statement.Action in {"*", ["*"], "*:*"}
}

widened if {
	some statement in drift.live
	object.get(statement, "Effect", "Allow") == "Allow"
}

widened if {
	some statement in drift.recorded
	object.get(statement, "Effect", "Allow") == "Deny"
}

opened if {
	some statement in drift.live
	is_object(statement)
	is_open(statement)
}

message(how) := sprintf("the policy of '%s' was %s outside of the code: %s", [input.address, how, input.config.path])

deny contains finding if {
	drift.topic == "drift-policy-changed"
	opened
	finding := {"path": [], "severity": "critical", "message": message("opened wide")}
}

deny contains finding if {
	drift.topic == "drift-policy-changed"
	widened
	not opened
	finding := {"path": [], "message": message("widened")}
}

deny contains finding if {
	drift.topic == "drift-policy-changed"
	not widened
	not opened
	finding := {"path": [], "severity": "medium", "message": message("narrowed")}
}
