# METADATA
# title: Role can be assumed by anybody
# description: >-
#   A trust policy with the principal `*` and no condition on the caller lets every AWS account in the world assume the
#   role and use its permissions. Role names are guessed or leaked easily.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
# custom:
#   id: aws-iam-wildcard-trust
#   severity: critical
#   family: least-privilege
#   resource_types: [aws_iam_role]
#   aliases: [CKV_AWS_60,
#     12b7e704-37f0-4d1e-911a-44bf60c48c21]
#   remediation: |
#     Name the accounts, roles or services that may assume the role, or restrict the callers to your organization:
#
#     ```hcl
#     assume_role_policy = jsonencode({
#       Version = "2012-10-17"
#       Statement = [{
#         Effect    = "Allow"
#         Action    = "sts:AssumeRole"
#         Principal = { AWS = "arn:aws:iam::123456789012:role/deploy" }
#       }]
#     })
#     ```
package stanchion.aws.iam.wildcard_trust

import data.stanchion.lib.exposure
import data.stanchion.lib.iam

assuming := ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"]

deny contains finding if {
	some statement in exposure.open_statements(input.config.assume_role_policy, ["assume_role_policy"])
	allows_assuming(statement)
	finding := {
		"path": exposure.opening(statement),
		"message": sprintf("the trust policy of '%s' lets every AWS account assume the role%s", [input.address, remark(statement)]),
		"severity": severity(statement),
	}
}

allows_assuming(statement) if {
	some entry in statement.actions
	some action in assuming
	iam.covers(entry.value, action)
}

# An external id tells customers of one service apart. It is no secret, but it does stop chance callers.
has_external_id(statement) if {
	some operator, tests in statement.condition
	operator == "StringEquals"
	some key, _ in tests
	lower(key) == "sts:externalid"
}

severity(statement) := "high" if {
	has_external_id(statement)
} else := "critical"

remark(statement) := " that knows the external id, which is not a secret" if {
	has_external_id(statement)
} else := ""
