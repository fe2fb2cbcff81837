# METADATA
# title: IAM policy allows all actions of a sensitive service on all resources
# description: >-
#   `s3:*`, `kms:*` or `iam:*` on every resource lets its holder read, change and delete everything the service keeps,
#   including what other teams keep there, and every action that AWS adds later. With `iam:*` the holder can become an
#   administrator.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege
# custom:
#   id: aws-iam-wildcard-action
#   severity: medium
#   family: least-privilege
#   resource_types:
#   - aws_iam_policy
#   - aws_iam_role_policy
#   - aws_iam_user_policy
#   - aws_iam_group_policy
#   - aws_iam_role
#   - aws_ssoadmin_permission_set_inline_policy
#   aliases: [CKV2_AWS_40, AVD-AWS-0057, aws-iam-no-policy-wildcards]
#   remediation: |
#     List the actions, and name the resources:
#
#     ```hcl
#     statement {
#       actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]
#       resources = [aws_dynamodb_table.orders.arn]
#     }
#     ```
package stanchion.aws.iam.wildcard_action

import data.stanchion.lib.permissions

# Services that hold data or secrets, run code, or decide who may do what.
sensitive := {
	"iam", "organizations", "sso", "sts", "kms", "secretsmanager", "ssm", "s3", "dynamodb", "rds", "rds-data", "redshift", "sqs",
	"sns", "ec2", "lambda", "ecs", "eks", "ecr", "cloudformation", "codebuild", "codepipeline", "glue", "sagemaker", "cloudtrail",
	"config", "guardduty", "route53", "backup", "elasticfilesystem", "es", "kinesis", "athena", "cognito-idp",
}

powerful := {"iam", "organizations", "sso"}

# The sensitive services of which a statement allows all actions.
services(statement) := [service |
	some action in statement.actions
	endswith(action.value, ":*")
	service := lower(split(action.value, ":")[0])
	service in sensitive
]

deny contains finding if {
	some document in permissions.everywhere
	not permissions.is_boundary
	some statement in document.allows
	found := services(statement)
	count(found) > 0
	finding := {
		"path": first(statement),
		"message": sprintf("'%s' allows %s on every resource", [input.address, words(found)]),
		"severity": severity(found),
	}
}

first(statement) := [action.path |
	some action in statement.actions
	endswith(action.value, ":*")
	lower(split(action.value, ":")[0]) in sensitive
][0]

words(found) := concat(", ", [sprintf("'%s:*'", [service]) | some service in found])

severity(found) := "high" if {
	some service in found
	service in powerful
} else := "medium"
