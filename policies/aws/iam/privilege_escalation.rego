# METADATA
# title: IAM policy lets its holder become administrator
# description: >-
#   Some permissions on every resource are worth as much as administrator rights: attaching or rewriting any policy,
#   changing who may assume any role, making keys for any user, or handing any role to compute that one starts. Whoever
#   takes over the holder takes over the account.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
# custom:
#   id: aws-iam-privilege-escalation
#   severity: high
#   family: least-privilege
#   resource_types:
#   - aws_iam_policy
#   - aws_iam_role_policy
#   - aws_iam_user_policy
#   - aws_iam_group_policy
#   - aws_iam_role
#   - aws_ssoadmin_permission_set_inline_policy
#   aliases: [CKV_AWS_110, CKV_AWS_286]
#   remediation: |
#     Name the roles, users or policies that may be changed or passed, or require a permissions boundary on what is
#     made:
#
#     ```hcl
#     statement {
#       actions   = ["iam:PassRole"]
#       resources = [aws_iam_role.task.arn]
#
#       condition {
#         test     = "StringEquals"
#         variable = "iam:PassedToService"
#         values   = ["ecs-tasks.amazonaws.com"]
#       }
#     }
#     ```
package stanchion.aws.iam.privilege_escalation

import data.stanchion.lib.iam
import data.stanchion.lib.permissions

# Each of these on every resource is enough.
direct := {
	"iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:AttachUserPolicy", "iam:AttachGroupPolicy",
	"iam:AttachRolePolicy", "iam:PutUserPolicy", "iam:PutGroupPolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy",
	"iam:AddUserToGroup", "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile",
}

# Each of these starts compute with a role that was passed to it.
launches := {
	"ec2:RunInstances", "lambda:CreateFunction", "lambda:UpdateFunctionConfiguration", "ecs:RunTask", "ecs:RegisterTaskDefinition",
	"cloudformation:CreateStack", "codebuild:CreateProject", "codebuild:UpdateProject", "glue:CreateDevEndpoint",
	"glue:CreateJob", "sagemaker:CreateNotebookInstance", "sagemaker:CreateTrainingJob", "datapipeline:CreatePipeline",
	"states:CreateStateMachine", "ssm:StartAutomationExecution",
}

deny contains finding if {
	some document in permissions.everywhere
	not permissions.is_boundary
	some statement in document.allows
	found := [grant |
		some grant in identity_actions(statement)
		some action in direct
		iam.covers(grant.value, action)
		not is_denied(document, action)
	]
	count(found) > 0
	patterns := {grant.value | some grant in found}
	first := [action.path | some action in statement.actions; action.value in patterns][0]
	finding := {
		"path": first,
		"message": sprintf("'%s' allows %s on every resource, which is enough to become administrator", [input.address, words(patterns)]),
	}
}

deny contains finding if {
	some document in permissions.everywhere
	not permissions.is_boundary
	some statement in document.allows
	some pass in identity_actions(statement)
	iam.covers(pass.value, "iam:PassRole")
	not is_denied(document, "iam:PassRole")
	starts := launched(document)
	count(starts) > 0
	finding := {
		"path": pass.path,
		"message": sprintf("'%s' may pass every role and has %s, so it can run code as any role", [input.address, words(starts)]),
	}
}

# Action patterns of IAM, without those that cover a whole service and are another policy's business. Looking at these few only
# keeps long lists of actions cheap.
identity_actions(statement) := [entry |
	some entry in statement.actions
	startswith(lower(entry.value), "iam:")
	not iam.is_wildcard(entry.value)
]

starting := {split(action, ":")[0] | some action in launches}

# Action patterns of the document that start compute, on whatever resource.
launched(document) := {entry.value |
	some statement in permissions.unconditional(document.document)
	some entry in statement.actions
	lower(split(entry.value, ":")[0]) in starting
	some action in launches
	iam.covers(entry.value, action)
}

words(patterns) := concat(", ", [sprintf("'%s'", [pattern]) | some pattern in sort(patterns)])

is_denied(document, action) if {
	some pattern in document.denies
	iam.covers(pattern, action)
}
