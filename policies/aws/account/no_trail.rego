# METADATA
# title: No CloudTrail trail keeps what is done in the account
# description: >-
#   Without a trail the record of who did what ends after ninety days and cannot be searched across regions, and what an
#   intruder did before that is lost.
# related_resources:
# - ref: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-create-and-update-a-trail.html
# custom:
#   id: aws-account-no-trail
#   severity: high
#   family: logging
#   resource_types: [aws_account]
#   frameworks:
#     cis-aws-3.0.0: ["3.1"]
#     cis-aws-5.0.0: ["3.1"]
#     cis-aws-7.0.0: ["4.1"]
#     aws-fsbp: ["CloudTrail.1"]
#   remediation: |
#     One trail for all regions, with its bucket in another account:
#
#     ```hcl
#     resource "aws_cloudtrail" "main" {
#       name                       = "main"
#       s3_bucket_name             = "example-audit-logs"
#       is_multi_region_trail      = true
#       enable_log_file_validation = true
#     }
#     ```
package stanchion.aws.account.no_trail

# An account tells a number only where all regions were read to their end.
deny contains finding if {
	input.config.present.aws_cloudtrail == 0
	finding := {
		"path": ["present"],
		"message": sprintf("account %v has no CloudTrail trail in any region", [input.account]),
	}
}
