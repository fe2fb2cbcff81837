# METADATA
# title: User signs in to the console without a second factor
# description: >-
#   A password is all that stands between the internet and what the user may do. Passwords are reused, phished and leaked;
#   a second factor makes a leaked one worthless.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable.html
# custom:
#   id: aws-account-console-user-no-mfa
#   severity: high
#   family: least-privilege
#   resource_types: [aws_iam_credential]
#   frameworks:
#     cis-aws-3.0.0: ["1.10"]
#     cis-aws-5.0.0: ["1.9"]
#     cis-aws-7.0.0: ["2.10"]
#     aws-fsbp: ["IAM.5", "IAM.19"]
#   aliases: [AVD-AWS-0145, aws-iam-enforce-user-mfa]
#   remediation: |
#     Let the user register a device, or take the password away; people should come through IAM Identity Center:
#
#     ```sh
#     aws iam delete-login-profile --user-name eve
#     ```
package stanchion.aws.account.console_user_no_mfa

deny contains finding if {
	input.config.user != "<root_account>"
	input.config.password_enabled == true
	input.config.mfa_active == false
	finding := {
		"path": ["mfa_active"],
		"message": sprintf("user '%s' has a console password and no MFA device", [input.config.user]),
	}
}
