# METADATA
# title: Secret policy lets every AWS account in
# description: >-
#   A resource policy that allows the principal `*` without a condition on the caller lets any AWS account that learns
#   the secret's ARN read it, as far as its key allows, or change and delete it.
# related_resources:
# - ref: https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html
# custom:
#   id: aws-secretsmanager-public-policy
#   severity: critical
#   family: least-privilege
#   resource_types: [aws_secretsmanager_secret, aws_secretsmanager_secret_policy]
#   aliases: [fa00ce45-386d-4718-8392-fb485e1f3c5b]
#   remediation: |
#     Name the roles that read the secret, and let Secrets Manager itself refuse open policies:
#
#     ```hcl
#     resource "aws_secretsmanager_secret_policy" "db" {
#       secret_arn          = aws_secretsmanager_secret.db.arn
#       policy              = data.aws_iam_policy_document.db.json
#       block_public_policy = true
#     }
#     ```
package stanchion.aws.secretsmanager.public_policy

import data.stanchion.lib.attr
import data.stanchion.lib.exposure
import data.stanchion.lib.statements

deny contains finding if {
	not is_blocked
	some statement in exposure.open_statements(input.config.policy, ["policy"])
	finding := {
		"path": exposure.opening(statement),
		"message": sprintf("the policy of '%s' lets everyone use %s", [input.address, statements.allowed(statement)]),
	}
}

is_blocked if attr.is_true(object.get(input.config, "block_public_policy", false))
