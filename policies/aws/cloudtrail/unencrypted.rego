# METADATA
# title: CloudTrail logs have no KMS key
# description: >-
#   Without a key of your own everybody who may read the bucket may read the logs. With one, reading also needs a
#   permission on the key, which can be given to few and is itself logged.
# related_resources:
# - ref: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html
# custom:
#   id: aws-cloudtrail-unencrypted
#   severity: low
#   family: encryption
#   resource_types: [aws_cloudtrail]
#   frameworks:
#     cis-aws-3.0.0: ["3.5"]
#     cis-aws-5.0.0: ["3.5"]
#     cis-aws-7.0.0: ["4.5"]
#     aws-fsbp: ["CloudTrail.2"]
#   aliases: [CKV_AWS_35, AVD-AWS-0015, aws-cloudtrail-encryption-customer-managed-key,
#     5d9e3164-9265-470c-9a10-57ae454ac0c7]
#   remediation: |
#     Name a KMS key:
#
#     ```hcl
#     resource "aws_cloudtrail" "main" {
#       # ...
#       kms_key_id = aws_kms_key.trail.arn
#     }
#     ```
package stanchion.aws.cloudtrail.unencrypted

import data.stanchion.lib.attr

deny contains finding if {
	attr.get(input.config, ["kms_key_id"], "") == ""
	finding := {
		"path": ["kms_key_id"],
		"message": sprintf("'%s' has no kms_key_id", [input.address]),
	}
}
