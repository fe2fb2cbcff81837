# METADATA
# title: Repository policy lets every AWS account in
# description: >-
#   A repository policy with the principal `*` lets any AWS account pull the images, and with them the code and whatever
#   was built in. Where pushing is allowed too, strangers decide what you run.
# related_resources:
# - ref: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
# custom:
#   id: aws-ecr-public-policy
#   severity: high
#   family: least-privilege
#   resource_types: [aws_ecr_repository_policy, aws_ecr_registry_policy]
#   aliases: [CKV_AWS_32, AVD-AWS-0032, aws-ecr-no-public-access,
#     e86e26fc-489e-44f0-9bcd-97305e4ba69a]
#   remediation: |
#     Name the accounts that pull, or restrict them to your organization:
#
#     ```hcl
#     condition {
#       test     = "StringEquals"
#       variable = "aws:PrincipalOrgID"
#       values   = ["o-exampleorgid"]
#     }
#     ```
package stanchion.aws.ecr.public_policy

import data.stanchion.lib.exposure
import data.stanchion.lib.iam
import data.stanchion.lib.statements

writing := ["ecr:PutImage", "ecr:BatchDeleteImage", "ecr:SetRepositoryPolicy"]

deny contains finding if {
	some statement in exposure.open_statements(input.config.policy, ["policy"])
	finding := {
		"path": exposure.opening(statement),
		"message": sprintf("the policy of '%s' lets everyone use %s", [input.address, statements.allowed(statement)]),
		"severity": severity(statement),
	}
}

severity(statement) := "critical" if {
	some entry in statement.actions
	some action in writing
	iam.covers(entry.value, action)
} else := "high"
