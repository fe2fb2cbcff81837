# METADATA
# title: Firehose stream is not encrypted
# description: >-
#   Firehose keeps records for up to a day while it buffers and retries. Without server-side encryption they lie
#   in clear text meanwhile. Streams fed from Kinesis or Kafka are as encrypted as their source.
# related_resources:
# - ref: https://docs.aws.amazon.com/firehose/latest/dev/encryption.html
# custom:
#   id: aws-firehose-unencrypted
#   severity: low
#   family: encryption
#   resource_types: [aws_kinesis_firehose_delivery_stream]
#   frameworks:
#     aws-fsbp: ["DataFirehose.1"]
#   aliases: [CKV_AWS_240]
#   remediation: |
#     Switch encryption on where records are put directly:
#
#     ```hcl
#     resource "aws_kinesis_firehose_delivery_stream" "clicks" {
#       # ...
#       server_side_encryption {
#         enabled = true
#       }
#     }
#     ```
package stanchion.aws.firehose.unencrypted

import data.stanchion.lib.attr

# The source keeps the records, and server-side encryption may not be set here.
has_source if count(attr.items(input.config, "kinesis_source_configuration")) > 0

has_source if count(attr.items(input.config, "msk_source_configuration")) > 0

deny contains finding if {
	not has_source
	some i, block in attr.items(input.config, "server_side_encryption")
	not attr.is_true(attr.get(block, ["enabled"], false))
	finding := {
		"path": ["server_side_encryption", i, "enabled"],
		"message": sprintf("'%s' has server_side_encryption switched off", [input.address]),
	}
}

deny contains finding if {
	not has_source
	count(attr.items(input.config, "server_side_encryption")) == 0
	finding := {
		"path": ["server_side_encryption"],
		"message": sprintf("'%s' has no server_side_encryption block, so it is off", [input.address]),
	}
}
