# METADATA
# title: User has two active access keys
# description: >-
#   The second key is there to change the first. When both stay active for good, the old one was never taken out of use, and
#   each is one more thing that can leak.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html
# custom:
#   id: aws-account-two-access-keys
#   severity: low
#   family: secrets
#   resource_types: [aws_iam_credential]
#   frameworks:
#     cis-aws-3.0.0: ["1.13"]
#     cis-aws-5.0.0: ["1.12"]
#   aliases: [AVD-AWS-0167, aws-iam-limit-user-access-keys]
#   remediation: |
#     See which is still used, switch the other off, and delete it after a while:
#
#     ```sh
#     aws iam update-access-key --user-name eve --access-key-id AKIAIOSFODNN7EXAMPLE --status Inactive
#     ```
package stanchion.aws.account.two_access_keys

deny contains finding if {
	input.config.access_key_1_active == true
	input.config.access_key_2_active == true
	finding := {
		"path": ["access_key_2_active"],
		"message": sprintf("both access keys of '%s' are active", [input.config.user]),
	}
}
