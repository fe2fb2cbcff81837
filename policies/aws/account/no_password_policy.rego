# METADATA
# title: Account has no password policy of its own
# description: >-
#   Where an account says nothing, AWS takes passwords of eight characters and lets old ones come back. Each user with a
#   console password may then have one that is guessed.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
# custom:
#   id: aws-account-no-password-policy
#   severity: low
#   family: least-privilege
#   resource_types: [aws_account]
#   frameworks:
#     cis-aws-3.0.0: ["1.8", "1.9"]
#     cis-aws-5.0.0: ["1.7", "1.8"]
#   remediation: |
#     Set a password policy:
#
#     ```hcl
#     resource "aws_iam_account_password_policy" "strict" {
#       minimum_password_length   = 14
#       password_reuse_prevention = 24
#     }
#     ```
package stanchion.aws.account.no_password_policy

deny contains finding if {
	# The summary was read, so that the policy was asked for, too.
	input.config.summary
	not input.config.password_policy
	finding := {
		"path": ["password_policy"],
		"message": sprintf("account %v has no password policy", [input.account]),
	}
}
