# METADATA
# title: IAM policy allows everything on everything
# description: >-
#   A statement that allows every action on every resource makes whoever has it an administrator of the account. One
#   leaked key or one flaw in the application that uses it is then the loss of the account.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege
# custom:
#   id: aws-iam-full-admin-policy
#   severity: high
#   family: least-privilege
#   resource_types:
#   - aws_iam_policy
#   - aws_iam_role_policy
#   - aws_iam_user_policy
#   - aws_iam_group_policy
#   - aws_iam_role
#   - aws_ssoadmin_permission_set_inline_policy
#   frameworks:
#     aws-fsbp: ["IAM.1"]
#     cis-aws-3.0.0: ["1.16"]
#     cis-aws-5.0.0: ["1.15"]
#   aliases: [CKV_AWS_62, CKV_AWS_1, AVD-AWS-0057, aws-iam-no-policy-wildcards]
#   remediation: |
#     Allow the actions that are needed, on the resources that are needed:
#
#     ```hcl
#     statement {
#       actions   = ["s3:GetObject", "s3:PutObject"]
#       resources = ["${aws_s3_bucket.uploads.arn}/*"]
#     }
#     ```
package stanchion.aws.iam.full_admin_policy

import data.stanchion.lib.permissions

deny contains finding if {
	some document in permissions.everywhere
	not permissions.is_boundary
	some statement in document.allows
	some resource in statement.resources
	resource.value == "*"
	some action in statement.actions
	action.value in {"*", "*:*"}
	finding := {
		"path": action.path,
		"message": sprintf("'%s' allows the action '%s' on the resource '*'", [input.address, action.value]),
	}
}
