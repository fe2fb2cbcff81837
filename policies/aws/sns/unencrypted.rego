# METADATA
# title: SNS topic has no KMS key
# description: >-
#   Without a key, messages of the topic are not encrypted with server-side encryption while SNS holds them, and
#   access to them cannot be governed by a key policy.
# related_resources:
# - ref: https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html
# custom:
#   id: aws-sns-unencrypted
#   severity: low
#   family: encryption
#   resource_types: [aws_sns_topic]
#   frameworks:
#     aws-fsbp: ["SNS.1"]
#   aliases: [CKV_AWS_26, AVD-AWS-0095, aws-sns-enable-topic-encryption,
#     28545147-2fc6-42d5-a1f9-cf226658e591]
#   remediation: |
#     Name a KMS key. Services that publish to the topic, such as CloudWatch or S3, need a key of your own whose policy lets them in:
#
#     ```hcl
#     resource "aws_sns_topic" "alerts" {
#       name              = "alerts"
#       kms_master_key_id = aws_kms_key.sns.id
#     }
#     ```
package stanchion.aws.sns.unencrypted

import data.stanchion.lib.attr

deny contains finding if {
	attr.get(input.config, ["kms_master_key_id"], "") == ""
	finding := {
		"path": ["kms_master_key_id"],
		"message": sprintf("'%s' has no kms_master_key_id", [input.address]),
	}
}
