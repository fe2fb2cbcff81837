# METADATA
# title: Policy is attached to a user directly
# description: >-
#   Rights given to single users are hard to review and stay behind when people change their work. Given through groups
#   or roles, they are seen and changed in one place.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
# custom:
#   id: aws-iam-user-policy
#   severity: low
#   family: least-privilege
#   resource_types: [aws_iam_user_policy, aws_iam_user_policy_attachment, aws_iam_policy_attachment]
#   frameworks:
#     aws-fsbp: ["IAM.2"]
#     cis-aws-3.0.0: ["1.15"]
#     cis-aws-5.0.0: ["1.14"]
#   aliases: [CKV_AWS_40, AVD-AWS-0143, aws-iam-no-user-attached-policies,
#     b4378389-a9aa-44ee-91e7-ef183f11079e]
#   remediation: |
#     Attach the policy to a group that the user is a member of, or to a role that the user assumes:
#
#     ```hcl
#     resource "aws_iam_group_policy_attachment" "developers" {
#       group      = aws_iam_group.developers.name
#       policy_arn = aws_iam_policy.developers.arn
#     }
#     ```
package stanchion.aws.iam.user_policy

import data.stanchion.lib.attr

deny contains finding if {
	input.type != "aws_iam_policy_attachment"
	finding := {
		"path": ["user"],
		"message": sprintf("'%s' gives a policy to a user directly", [input.address]),
	}
}

deny contains finding if {
	input.type == "aws_iam_policy_attachment"
	count(attr.items(input.config, "users")) > 0
	finding := {
		"path": ["users"],
		"message": sprintf("'%s' gives a policy to users directly", [input.address]),
	}
}
