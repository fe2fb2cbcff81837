# METADATA
# title: Message broker has a public address
# description: >-
#   A broker with a public address can be reached by everybody who guesses a password, and its web console with it.
# related_resources:
# - ref: https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/using-amazon-mq-securely.html
# custom:
#   id: aws-mq-public
#   severity: high
#   family: network
#   resource_types: [aws_mq_broker]
#   aliases: [CKV_AWS_69, AVD-AWS-0072, aws-mq-no-public-access,
#     4eb5f791-c861-4afd-9f94-f2a6a3fe49cb]
#   remediation: |
#     Keep it private and reach it from within the VPC:
#
#     ```hcl
#     publicly_accessible = false
#     ```
package stanchion.aws.mq.public

import data.stanchion.lib.attr

deny contains finding if {
	attr.is_true(object.get(input.config, "publicly_accessible", false))
	finding := {
		"path": ["publicly_accessible"],
		"message": sprintf("'%s' has publicly_accessible true", [input.address]),
	}
}
