# METADATA
# title: Something is there that no code knows
# description: >-
#   The account has a thing that no given state records and that no service or stack looks after. It
#   costs money, ages without updates, and no policy for code ever judges it.
# related_resources:
# - ref: https://developer.hashicorp.com/terraform/language/import
# custom:
#   id: drift-unmanaged
#   severity: low
#   family: drift
#   resource_types: [drift]
#   remediation: |
#     Delete it, or take it into code and state:
#
#     ```hcl
#     import {
#       to = aws_sqs_queue.jobs
#       id = "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs"
#     }
#     ```
package stanchion.drift.general.unmanaged

import data.stanchion.lib.drift

deny contains finding if {
	drift.topic == "drift-unmanaged"
	finding := {"path": [], "message": sprintf("'%s' (%s) was made outside of the code", [input.address, input.config.type])}
}
