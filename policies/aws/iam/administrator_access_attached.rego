# METADATA
# title: AdministratorAccess is attached
# description: >-
#   The AWS managed policy AdministratorAccess allows everything. On a user or a group it makes long-lived credentials
#   all-powerful; on a role it makes whatever can assume the role, or runs with it, administrator of the account.
# related_resources:
# - ref: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AdministratorAccess.html
# custom:
#   id: aws-iam-administrator-access-attached
#   severity: high
#   family: least-privilege
#   resource_types:
#   - aws_iam_user_policy_attachment
#   - aws_iam_group_policy_attachment
#   - aws_iam_role_policy_attachment
#   - aws_iam_policy_attachment
#   - aws_iam_role
#   frameworks:
#     aws-fsbp: ["IAM.1"]
#     cis-aws-3.0.0: ["1.16"]
#     cis-aws-5.0.0: ["1.15"]
#   aliases: [CKV_AWS_274]
#   remediation: |
#     Attach a policy with the permissions that are used. IAM Access Analyzer can write one from past activity:
#
#     ```hcl
#     resource "aws_iam_role_policy_attachment" "deploy" {
#       role       = aws_iam_role.deploy.name
#       policy_arn = aws_iam_policy.deploy.arn
#     }
#     ```
package stanchion.aws.iam.administrator_access_attached

import data.stanchion.lib.attr

administrator := {
	"arn:aws:iam::aws:policy/AdministratorAccess",
	"arn:aws-cn:iam::aws:policy/AdministratorAccess",
	"arn:aws-us-gov:iam::aws:policy/AdministratorAccess",
}

holders := {
	"aws_iam_user_policy_attachment": "a user",
	"aws_iam_group_policy_attachment": "a group",
	"aws_iam_role_policy_attachment": "a role",
}

deny contains finding if {
	input.config.policy_arn in administrator
	finding := {
		"path": ["policy_arn"],
		"message": sprintf("'%s' gives AdministratorAccess to %s", [input.address, holder]),
		"severity": severity,
	}
}

deny contains finding if {
	some i, arn in attr.items(input.config, "managed_policy_arns")
	arn in administrator
	finding := {
		"path": ["managed_policy_arns", i],
		"message": sprintf("the role '%s' has AdministratorAccess", [input.address]),
		"severity": "medium",
	}
}

holder := object.get(holders, input.type, "users, groups or roles")

# Roles are taken on for a while and by somebody named in their trust; users and groups have their rights all the time.
severity := "medium" if {
	input.type == "aws_iam_role_policy_attachment"
} else := "medium" if {
	input.type == "aws_iam_policy_attachment"
	count(attr.items(input.config, "users")) == 0
	count(attr.items(input.config, "groups")) == 0
} else := "high"
