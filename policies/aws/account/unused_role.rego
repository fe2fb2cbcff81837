# METADATA
# title: Role has not been used for long
# description: >-
#   A role that nobody takes on keeps all its rights, and its trust policy keeps its doors open. Unused roles are what
#   intruders look for, since nobody watches them.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage_delete.html
# custom:
#   id: aws-account-unused-role
#   severity: low
#   family: least-privilege
#   resource_types: [aws_iam_role_usage]
#   parameters:
#     max_days: 90
#   remediation: |
#     Make sure that nothing needs it once a year, then delete it:
#
#     ```sh
#     aws iam delete-role --role-name old-deployer
#     ```
package stanchion.aws.account.unused_role

import data.stanchion.lib.age

deny contains finding if {
	# Services look after their own roles, and Identity Center after its.
	not startswith(input.config.path, "/aws-service-role/")
	not startswith(input.config.path, "/aws-reserved/")
	# A new role had no time to be used yet.
	age.days(input.config.create_date) > data.params["aws-account-unused-role"].max_days
	days := age.days_since(object.get(input.config, "last_used_date", "never"), input.config.create_date)
	days > data.params["aws-account-unused-role"].max_days
	finding := {
		"path": ["last_used_date"],
		"message": sprintf("role '%s' %s", [input.config.role, told(days)]),
	}
}

told(days) := sprintf("was last used %v days ago", [days]) if {
	input.config.last_used_date
} else := sprintf("was made %v days ago, and AWS knows of no use", [days])
