# METADATA
# title: Password policy of the account is weak
# description: >-
#   Short passwords are guessed, and passwords that may be used again come back after every forced change. Both end in
#   console access for whoever finds them.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
# custom:
#   id: aws-iam-weak-password-policy
#   severity: low
#   family: least-privilege
#   resource_types: [aws_iam_account_password_policy]
#   frameworks:
#     cis-aws-3.0.0: ["1.8", "1.9"]
#     cis-aws-5.0.0: ["1.7", "1.8"]
#   aliases: [CKV_AWS_10, CKV_AWS_13, AVD-AWS-0056, AVD-AWS-0063, aws-iam-no-password-reuse, aws-iam-set-minimum-password-length,
#     1bc1c685-e593-450e-88fb-19db4c82aa1d, 89806cdc-9c2e-4bd1-a0dc-53f339bcfb2a]
#   remediation: |
#     Ask for 14 characters and keep the last 24 passwords from coming back:
#
#     ```hcl
#     resource "aws_iam_account_password_policy" "strict" {
#       minimum_password_length   = 14
#       password_reuse_prevention = 24
#     }
#     ```
package stanchion.aws.iam.weak_password_policy

# AWS asks for six characters, and forbids no old passwords, where nothing is said.
deny contains finding if {
	length := object.get(input.config, "minimum_password_length", 6)
	length < 14
	finding := {
		"path": ["minimum_password_length"],
		"message": sprintf("'%s' accepts passwords of %v characters", [input.address, length]),
	}
}

deny contains finding if {
	remembered := object.get(input.config, "password_reuse_prevention", 0)
	remembered < 24
	finding := {
		"path": ["password_reuse_prevention"],
		"message": sprintf("'%s' keeps only the last %v passwords from being used again", [input.address, remembered]),
	}
}
