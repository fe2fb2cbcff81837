# METADATA
# title: File system policy lets every client mount it
# description: >-
#   A file system policy that allows the principal `*` without a condition lets every client that reaches a mount target
#   read or change the files, without any identity. Only the network then stands between a broken-into host and the
#   data.
# related_resources:
# - ref: https://docs.aws.amazon.com/efs/latest/ug/access-control-block-public-access.html
# custom:
#   id: aws-efs-public-policy
#   severity: medium
#   family: least-privilege
#   resource_types: [aws_efs_file_system_policy]
#   aliases: [fae52418-bb8b-4ac2-b287-0b9082d6a3fd]
#   remediation: |
#     Name the roles that mount it, or at least keep access to mount targets:
#
#     ```hcl
#     condition {
#       test     = "Bool"
#       variable = "elasticfilesystem:AccessedViaMountTarget"
#       values   = ["true"]
#     }
#     ```
package stanchion.aws.efs.public_policy

import data.stanchion.lib.exposure
import data.stanchion.lib.statements

deny contains finding if {
	some statement in exposure.open_statements(input.config.policy, ["policy"])
	not is_tied(statement)
	finding := {
		"path": exposure.opening(statement),
		"message": sprintf("the policy of '%s' lets every client use %s", [input.address, statements.allowed(statement)]),
	}
}

# AWS itself does not call a policy public that has one of these.
tying := {"elasticfilesystem:accessedviamounttarget", "elasticfilesystem:accesspointarn"}

is_tied(statement) if {
	some operator, tests in statement.condition
	some key, _ in tests
	lower(key) in tying
}
