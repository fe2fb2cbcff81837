# METADATA
# title: Kinesis stream is not encrypted
# description: >-
#   Records stay in a stream for a day up to a year. Without server-side encryption they are stored in clear text
#   all that time.
# related_resources:
# - ref: https://docs.aws.amazon.com/streams/latest/dev/what-is-sse.html
# custom:
#   id: aws-kinesis-unencrypted
#   severity: medium
#   family: encryption
#   resource_types: [aws_kinesis_stream]
#   frameworks:
#     aws-fsbp: ["Kinesis.1"]
#   aliases: [CKV_AWS_43, AVD-AWS-0064, aws-kinesis-enable-in-transit-encryption,
#     862fe4bf-3eec-4767-a517-40f378886b88]
#   remediation: |
#     Encrypt with AWS's key or your own:
#
#     ```hcl
#     resource "aws_kinesis_stream" "clicks" {
#       # ...
#       encryption_type = "KMS"
#       kms_key_id      = "alias/aws/kinesis"
#     }
#     ```
package stanchion.aws.kinesis.unencrypted

import data.stanchion.lib.attr

deny contains finding if {
	input.config.encryption_type == "NONE"
	finding := {
		"path": ["encryption_type"],
		"message": sprintf("'%s' has encryption_type = NONE", [input.address]),
	}
}

deny contains finding if {
	not attr.has(input.config, ["encryption_type"])
	finding := {
		"path": ["encryption_type"],
		"message": sprintf("'%s' has no encryption_type, so its records are not encrypted", [input.address]),
	}
}
