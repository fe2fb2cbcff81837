# METADATA
# title: Second factor of the root user is an application
# description: >-
#   The secret of a virtual device can be copied, from the phone, from its backup or from a picture of the code, and nobody
#   notices. A key of hardware has to be in the hand of whoever signs in as root.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/enable-hw-mfa-for-root.html
# custom:
#   id: aws-account-root-virtual-mfa
#   severity: low
#   family: least-privilege
#   resource_types: [aws_account]
#   frameworks:
#     cis-aws-3.0.0: ["1.6"]
#     cis-aws-5.0.0: ["1.5"]
#     cis-aws-7.0.0: ["2.6"]
#     aws-fsbp: ["IAM.6"]
#   remediation: |
#     Sign in as root, register a security key or a hardware token, and take the virtual device away; in an organization, take away
#     the root credentials of member accounts:
#
#     ```sh
#     aws iam enable-organizations-root-credentials-management
#     ```
package stanchion.aws.account.root_virtual_mfa

deny contains finding if {
	input.config.root_virtual_mfa == true
	finding := {
		"path": ["root_virtual_mfa"],
		"message": sprintf("the root user of account %v has a virtual MFA device", [input.account]),
	}
}
