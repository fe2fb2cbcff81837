# METADATA
# title: Key policy lets every AWS account use the key
# description: >-
#   A key policy that allows the principal `*` without a condition on the caller lets any AWS account decrypt with the
#   key, or, where it allows all actions, delete it. The encryption then protects nothing.
# related_resources:
# - ref: https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
# custom:
#   id: aws-kms-public-key-policy
#   severity: critical
#   family: least-privilege
#   resource_types: [aws_kms_key, aws_kms_key_policy, aws_kms_external_key, aws_kms_replica_key]
#   frameworks:
#     aws-fsbp: ["KMS.5"]
#   aliases: [CKV_AWS_33]
#   remediation: |
#     Name the account, whose own IAM policies then decide, or the roles that use the key:
#
#     ```hcl
#     principals {
#       type        = "AWS"
#       identifiers = ["arn:aws:iam::123456789012:root"]
#     }
#     ```
package stanchion.aws.kms.public_key_policy

import data.stanchion.lib.exposure
import data.stanchion.lib.statements

deny contains finding if {
	some statement in exposure.open_statements(input.config.policy, ["policy"])
	finding := {
		"path": exposure.opening(statement),
		"message": sprintf("the policy of '%s' lets everyone use %s", [input.address, statements.allowed(statement)]),
	}
}
