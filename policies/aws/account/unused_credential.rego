# METADATA
# title: Password or access key has not been used for long
# description: >-
#   Nobody misses a credential that nobody uses, and nobody notices when somebody else begins to use it. Most of them belong
#   to people who left and to machines that are gone.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/getting-report.html
# custom:
#   id: aws-account-unused-credential
#   severity: medium
#   family: least-privilege
#   resource_types: [aws_iam_credential]
#   parameters:
#     max_days: 45
#   frameworks:
#     cis-aws-3.0.0: ["1.12"]
#     cis-aws-5.0.0: ["1.11"]
#     cis-aws-7.0.0: ["2.11"]
#     aws-fsbp: ["IAM.8", "IAM.22"]
#   aliases: [AVD-AWS-0144, AVD-AWS-0166, aws-iam-disable-unused-credentials, aws-iam-disable-unused-credentials-45-days]
#   remediation: |
#     Take the password away, or switch the key off and delete it later:
#
#     ```sh
#     aws iam delete-login-profile --user-name eve
#     ```
package stanchion.aws.account.unused_credential

import data.stanchion.lib.age

deny contains finding if {
	input.config.user != "<root_account>"
	input.config.password_enabled == true
	# A password that was changed since is new again.
	never := object.get(input.config, "password_last_changed", input.config.user_creation_time)
	days := min([age.days_since(object.get(input.config, "password_last_used", "N/A"), never), age.days_since(never, input.config.user_creation_time)])
	days > data.params["aws-account-unused-credential"].max_days
	finding := {
		"path": ["password_last_used"],
		"message": sprintf("the console password of '%s' has not been used for %v days", [input.config.user, days]),
	}
}

deny contains finding if {
	some number in ["1", "2"]
	input.config[sprintf("access_key_%s_active", [number])] == true
	made := input.config[sprintf("access_key_%s_last_rotated", [number])]
	name := sprintf("access_key_%s_last_used_date", [number])
	days := age.days_since(object.get(input.config, name, "N/A"), made)
	days > data.params["aws-account-unused-credential"].max_days
	finding := {
		"path": [name],
		"message": sprintf("access key %s of '%s' has not been used for %v days", [number, input.config.user, days]),
	}
}
