# METADATA
# title: Role or user may use services that it does not use
# description: >-
#   What a principal may do and never does serves only whoever takes it over. Rights that were given for a first attempt or
#   copied from elsewhere stay until somebody looks at what is really used.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
# custom:
#   id: aws-iam-unused-permissions
#   severity: low
#   family: least-privilege
#   resource_types: [aws_iam_last_accessed]
#   parameters:
#     max_days: 90
#   remediation: |
#     Allow the services that are used, and no others; what is needed once a year belongs to a role of its own:
#
#     ```hcl
#     resource "aws_iam_role_policy" "deployer" {
#       role = aws_iam_role.deployer.id
#       policy = jsonencode({
#         Version = "2012-10-17"
#         Statement = [{
#           Effect   = "Allow"
#           Action   = ["s3:GetObject", "s3:PutObject"]
#           Resource = "arn:aws:s3:::example-artifacts/*"
#         }]
#       })
#     }
#     ```
package stanchion.aws.iam.unused_permissions

import data.stanchion.lib.age

max_days := data.params["aws-iam-unused-permissions"].max_days

granted contains service.namespace if some service in input.config.services

used contains service.namespace if {
	some service in input.config.services
	age.days(service.last_authenticated) <= max_days
}

# Whoever used nothing at all is told of as an unused role or credential.
is_active if count(used) > 0

# Whether anything was used lately is not known where the time is not.
is_active if age.as_of == "9999-12-31T23:59:59Z"

deny contains finding if {
	# What is new had no time to be used yet.
	age.days(input.config.create_date) > max_days
	is_active
	unused := sort(granted - used)
	count(unused) > 0
	finding := {
		"path": ["services"],
		"message": sprintf("%s '%s' may use %v services and used %v of them within %v days; not used: %s", [
			input.config.principal,
			input.config.name,
			count(granted),
			count(used),
			max_days,
			named(unused),
		]),
	}
}

named(namespaces) := concat(", ", namespaces) if {
	count(namespaces) <= 5
} else := sprintf("%s and %v more", [concat(", ", array.slice(namespaces, 0, 5)), count(namespaces) - 5])
