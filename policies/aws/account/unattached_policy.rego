# METADATA
# title: Policy is attached to nobody
# description: >-
#   Nobody looks after a policy that nobody has. Whoever attaches it later, because its name fits, grants what somebody
#   thought right years ago.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_manage-delete.html
# custom:
#   id: aws-account-unattached-policy
#   severity: low
#   family: least-privilege
#   resource_types: [aws_iam_policy_usage]
#   remediation: |
#     Delete the policy, with its versions, where nothing needs it:
#
#     ```sh
#     aws iam delete-policy --policy-arn arn:aws:iam::123456789012:policy/old
#     ```
package stanchion.aws.account.unattached_policy

deny contains finding if {
	input.config.attachment_count == 0
	input.config.permissions_boundary_usage_count == 0
	finding := {
		"path": ["attachment_count"],
		"message": sprintf("policy '%s' is attached to nobody, and no one's boundary", [input.config.name]),
	}
}
