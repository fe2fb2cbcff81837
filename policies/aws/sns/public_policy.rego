# METADATA
# title: Topic policy lets everyone in
# description: >-
#   A topic whose policy allows the principal `*` without a condition on the caller can be subscribed to by strangers,
#   who then read everything that is published, or be used by them to send messages in your name.
# related_resources:
# - ref: https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html
# custom:
#   id: aws-sns-public-policy
#   severity: high
#   family: least-privilege
#   resource_types: [aws_sns_topic, aws_sns_topic_policy]
#   frameworks:
#     aws-fsbp: ["SNS.4"]
#   aliases: [CKV_AWS_169,
#     b26d2b7e-60f6-413d-a3a1-a57db24aa2b3]
#   remediation: |
#     Name the account or service, or restrict the callers to your account or organization:
#
#     ```hcl
#     statement {
#       actions   = ["sns:Publish"]
#       resources = [aws_sns_topic.alarms.arn]
#
#       principals {
#         type        = "Service"
#         identifiers = ["cloudwatch.amazonaws.com"]
#       }
#     }
#     ```
package stanchion.aws.sns.public_policy

import data.stanchion.lib.exposure
import data.stanchion.lib.statements

deny contains finding if {
	some statement in exposure.open_statements(input.config.policy, ["policy"])
	not has_known_endpoint(statement)
	finding := {
		"path": exposure.opening(statement),
		"message": sprintf("the policy of '%s' lets everyone use %s", [input.address, statements.allowed(statement)]),
	}
}

# Whoever subscribes, only this endpoint gets the messages.
has_known_endpoint(statement) if {
	some operator, tests in statement.condition
	some key, value in tests
	lower(key) == "sns:endpoint"
	value != "*"
}
