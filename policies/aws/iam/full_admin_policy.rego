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
#   aliases: [CKV_AWS_62, CKV_AWS_1,
#     2f37c4a3-58b9-4afe-8a87-d7f1d2286f84, 575a2155-6af1-4026-b1af-d5bc8fe2a904, b1ffa705-19a3-4b73-b9d0-0c97d0663842,
#     132a8c31-9837-4203-9fd1-15ca210c7b73]
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
