# METADATA
# title: Credential report is older than the rest of what was read
# description: >-
#   Ages of keys and passwords are counted up to the credential report. When AWS gives an old one, because making a new one
#   is not allowed, keys look younger and users better protected than they are.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
# custom:
#   id: aws-account-old-credential-report
#   severity: low
#   family: logging
#   resource_types: [aws_account]
#   parameters:
#     max_days: 3
#   remediation: |
#     Let the reader make a new one, or make it beforehand:
#
#     ```sh
#     aws iam generate-credential-report
#     ```
package stanchion.aws.account.old_credential_report

deny contains finding if {
	days := stanchion.days_between(input.config.credential_report_time, as_of)
	days > data.params["aws-account-old-credential-report"].max_days
	finding := {
		"path": ["credential_report_time"],
		"message": sprintf("the credential report of account %v is %v days older than the newest of what was read", [input.account, days]),
	}
}

as_of := object.get(input.config, "as_of", "0001-01-01T00:00:00Z")
