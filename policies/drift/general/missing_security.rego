# METADATA
# title: Something that guards or records was deleted by hand
# description: >-
#   The state records a policy, key, security group, log or detector that is not there any more. What it
#   kept closed may be open now, and what it recorded is lost.
# related_resources:
# - ref: https://developer.hashicorp.com/terraform/tutorials/state/resource-drift
# custom:
#   id: drift-missing-security
#   severity: high
#   family: drift
#   resource_types: [drift]
#   remediation: |
#     Make it again with the next apply, and find out who deleted it:
#
#     ```sh
#     terraform apply
#     aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue=NAME
#     ```
package stanchion.drift.general.missing_security

import data.stanchion.lib.drift

deny contains finding if {
	drift.topic == "drift-missing-security"
	finding := {"path": [], "message": sprintf("'%s' (%s) was deleted outside of the code", [input.address, input.config.type])}
}
