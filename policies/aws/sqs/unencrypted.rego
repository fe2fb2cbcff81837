# METADATA
# title: SQS queue is not encrypted
# description: >-
#   SQS encrypts new queues by itself. Switched off and without a KMS key, messages lie in clear text until they
#   are read.
# related_resources:
# - ref: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
# custom:
#   id: aws-sqs-unencrypted
#   severity: medium
#   family: encryption
#   resource_types: [aws_sqs_queue]
#   frameworks:
#     aws-fsbp: ["SQS.1"]
#   aliases: [CKV_AWS_27, AVD-AWS-0096, aws-sqs-enable-queue-encryption,
#     6e8849c1-3aa7-40e3-9063-b85ee300f29f]
#   remediation: |
#     Leave `sqs_managed_sse_enabled` out, set it to true, or name a KMS key:
#
#     ```hcl
#     resource "aws_sqs_queue" "jobs" {
#       name                    = "jobs"
#       sqs_managed_sse_enabled = true
#     }
#     ```
package stanchion.aws.sqs.unencrypted

import data.stanchion.lib.attr

deny contains finding if {
	attr.has(input.config, ["sqs_managed_sse_enabled"])
	not attr.is_true(input.config.sqs_managed_sse_enabled)
	attr.get(input.config, ["kms_master_key_id"], "") == ""
	finding := {
		"path": ["sqs_managed_sse_enabled"],
		"message": sprintf("'%s' has sqs_managed_sse_enabled = %v and no KMS key", [input.address, input.config.sqs_managed_sse_enabled]),
	}
}
