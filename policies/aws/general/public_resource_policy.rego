# METADATA
# title: Resource policy lets every AWS account in
# description: >-
#   A resource policy that allows the principal `*` without a condition on the caller opens the resource to every AWS
#   account: vaults, event buses, tables, streams, package repositories and mail identities alike.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-resources.html
# custom:
#   id: aws-public-resource-policy
#   severity: high
#   family: least-privilege
#   resource_types:
#   - aws_backup_vault_policy
#   - aws_cloudwatch_event_bus_policy
#   - aws_codeartifact_domain_permissions_policy
#   - aws_codeartifact_repository_permissions_policy
#   - aws_dynamodb_resource_policy
#   - aws_glacier_vault
#   - aws_glue_resource_policy
#   - aws_kinesis_resource_policy
#   - aws_ses_identity_policy
#   - aws_sesv2_email_identity_policy
#   aliases: [CKV_AWS_167,
#     d25edb51-07fb-4a73-97d4-41cecdc53a22]
#   remediation: |
#     Name the accounts, or restrict the callers to your organization:
#
#     ```hcl
#     condition {
#       test     = "StringEquals"
#       variable = "aws:PrincipalOrgID"
#       values   = ["o-exampleorgid"]
#     }
#     ```
package stanchion.aws.general.public_resource_policy

import data.stanchion.lib.exposure
import data.stanchion.lib.statements

documents contains {"path": ["policy"], "tree": input.config.policy} if is_object(input.config.policy)

documents contains {"path": ["access_policy"], "tree": input.config.access_policy} if is_object(input.config.access_policy)

documents contains {"path": ["policy_document"], "tree": input.config.policy_document} if {
	is_object(input.config.policy_document)
}

deny contains finding if {
	some document in documents
	some statement in exposure.open_statements(document.tree, document.path)
	finding := {
		"path": exposure.opening(statement),
		"message": sprintf("the policy of '%s' lets everyone use %s", [input.address, statements.allowed(statement)]),
	}
}
