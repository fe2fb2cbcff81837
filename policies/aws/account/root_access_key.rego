# METADATA
# title: Root user of the account has an access key
# description: >-
#   The root user may do everything, and no policy can hold it back. A key for it in a file or a pipeline is the whole
#   account in that file, without a second factor.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html
# custom:
#   id: aws-account-root-access-key
#   severity: critical
#   family: least-privilege
#   resource_types: [aws_account]
#   frameworks:
#     cis-aws-3.0.0: ["1.4"]
#     cis-aws-5.0.0: ["1.3"]
#     cis-aws-7.0.0: ["2.4"]
#     aws-fsbp: ["IAM.4"]
#   aliases: [AVD-AWS-0141, aws-iam-no-root-access-keys]
#   remediation: |
#     Sign in as root, find out what uses the key, give it a role instead, and delete the key:
#
#     ```sh
#     aws iam delete-access-key --access-key-id AKIAIOSFODNN7EXAMPLE
#     ```
package stanchion.aws.account.root_access_key

deny contains finding if {
	keys := input.config.summary.AccountAccessKeysPresent
	keys > 0
	finding := {
		"path": ["summary", "AccountAccessKeysPresent"],
		"message": sprintf("the root user of account %v has an access key", [input.account]),
	}
}
