# METADATA
# title: Somebody was let in by hand
# description: >-
#   The account has a user, role, policy, attachment or permission that no given state records and that
#   no service or stack looks after. Access that was given by hand was not reviewed, and is rarely taken
#   back.
# related_resources:
# - ref: https://developer.hashicorp.com/terraform/language/import
# custom:
#   id: drift-unmanaged-access
#   severity: high
#   family: drift
#   resource_types: [drift]
#   remediation: |
#     Delete it, or take it into code and state:
#
#     ```hcl
#     import {
#       to = aws_iam_role.app
#       id = "app"
#     }
#     ```
package stanchion.drift.general.unmanaged_access

import data.stanchion.lib.drift

deny contains finding if {
	drift.topic == "drift-unmanaged-access"
	finding := {"path": [], "message": sprintf("'%s' (%s) was made outside of the code", [input.address, input.config.type])}
}
