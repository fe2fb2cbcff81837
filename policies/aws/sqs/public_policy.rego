# METADATA
# title: Queue policy lets everyone in
# description: >-
#   A queue whose policy allows the principal `*` without a condition on the sender can be filled by anybody with
#   messages that your workers then trust, and, where receiving is allowed too, be read and emptied.
# related_resources:
# - ref: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html
# custom:
#   id: aws-sqs-public-policy
#   severity: high
#   family: least-privilege
#   resource_types: [aws_sqs_queue, aws_sqs_queue_policy]
#   frameworks:
#     aws-fsbp: ["SQS.3"]
#   aliases: [CKV_AWS_168, CKV_AWS_387,
#     730675f9-52ed-49b6-8ead-0acb5dd7df7f, abb06e5f-ef9a-4a99-98c6-376d396bfcdf]
#   remediation: |
#     Name the service or account that sends, and the resource it sends for:
#
#     ```hcl
#     statement {
#       actions   = ["sqs:SendMessage"]
#       resources = [aws_sqs_queue.uploads.arn]
#
#       principals {
#         type        = "Service"
#         identifiers = ["s3.amazonaws.com"]
#       }
#
#       condition {
#         test     = "ArnEquals"
#         variable = "aws:SourceArn"
#         values   = [aws_s3_bucket.uploads.arn]
#       }
#     }
#     ```
package stanchion.aws.sqs.public_policy

import data.stanchion.lib.exposure
import data.stanchion.lib.iam
import data.stanchion.lib.statements

deny contains finding if {
	some statement in exposure.open_statements(input.config.policy, ["policy"])
	finding := {
		"path": exposure.opening(statement),
		"message": sprintf("the policy of '%s' lets everyone use %s", [input.address, statements.allowed(statement)]),
		"severity": severity(statement),
	}
}

# Reading is worse than sending.
severity(statement) := "critical" if {
	some action in statement.actions
	iam.covers(action.value, "sqs:ReceiveMessage")
} else := "high"
