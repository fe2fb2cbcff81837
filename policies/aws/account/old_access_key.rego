# METADATA
# title: Access key has not been changed for long
# description: >-
#   A key that leaked stays useful to whoever found it until it is changed. The older it is, the more laptops, pipelines and
#   backups hold a copy.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html
# custom:
#   id: aws-account-old-access-key
#   severity: medium
#   family: secrets
#   resource_types: [aws_iam_credential]
#   aliases: [AVD-AWS-0146, aws-iam-rotate-access-keys]
#   parameters:
#     max_days: 90
#   frameworks:
#     cis-aws-3.0.0: ["1.14"]
#     cis-aws-5.0.0: ["1.13"]
#     aws-fsbp: ["IAM.3"]
#   remediation: |
#     Make a second key, move its users over, then switch the first off and delete it; a role needs no key at all:
#
#     ```sh
#     aws iam update-access-key --user-name eve --access-key-id AKIAIOSFODNN7EXAMPLE --status Inactive
#     ```
package stanchion.aws.account.old_access_key

import data.stanchion.lib.age

deny contains finding if {
	some number in ["1", "2"]
	input.config[sprintf("access_key_%s_active", [number])] == true
	name := sprintf("access_key_%s_last_rotated", [number])
	days := age.days(input.config[name])
	days > data.params["aws-account-old-access-key"].max_days
	finding := {
		"path": [name],
		"message": sprintf("access key %s of '%s' was made %v days ago", [number, input.config.user, days]),
	}
}
