# METADATA
# title: Root user of the account signs in without a second factor
# description: >-
#   The root user may do everything, and no policy can hold it back. Without a second factor its password, or the mailbox
#   that resets the password, is all that somebody needs to own the account.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/enable-mfa-for-root.html
# custom:
#   id: aws-account-root-no-mfa
#   severity: critical
#   family: least-privilege
#   resource_types: [aws_account]
#   frameworks:
#     cis-aws-3.0.0: ["1.5"]
#     cis-aws-5.0.0: ["1.4"]
#     cis-aws-7.0.0: ["2.5"]
#   aliases: [AVD-AWS-0142, aws-iam-enforce-root-mfa]
#   remediation: |
#     Sign in as root and register a device, a hardware key where you can; in an organization, take away the root credentials of member accounts:
#
#     ```sh
#     aws iam enable-organizations-root-credentials-management
#     ```
package stanchion.aws.account.root_no_mfa

deny contains finding if {
	input.config.summary.AccountMFAEnabled == 0
	finding := {
		"path": ["summary", "AccountMFAEnabled"],
		"message": sprintf("the root user of account %v has no MFA device", [input.account]),
	}
}
