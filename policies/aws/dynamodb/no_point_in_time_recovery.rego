# METADATA
# title: DynamoDB table has no point-in-time recovery
# description: >-
#   Without it, items that are overwritten or deleted by mistake cannot be brought back. With it, any second of
#   the last days can be restored.
# related_resources:
# - ref: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html
# custom:
#   id: aws-dynamodb-no-point-in-time-recovery
#   severity: low
#   family: resilience
#   resource_types: [aws_dynamodb_table]
#   frameworks:
#     aws-fsbp: ["DynamoDB.2"]
#   aliases: [CKV_AWS_28, AVD-AWS-0024, aws-dynamodb-enable-recovery,
#     741f1291-47ac-4a85-a07b-3d32a9d6bd3e]
#   remediation: |
#     Switch point-in-time recovery on:
#
#     ```hcl
#     resource "aws_dynamodb_table" "orders" {
#       # ...
#       point_in_time_recovery {
#         enabled = true
#       }
#     }
#     ```
package stanchion.aws.dynamodb.no_point_in_time_recovery

import data.stanchion.lib.attr

# A lock table of Terraform's S3 backend holds nothing worth restoring.
is_lock_table if attr.get(input.config, ["hash_key"], "") == "LockID"

deny contains finding if {
	not is_lock_table
	some i, block in attr.items(input.config, "point_in_time_recovery")
	not attr.is_true(attr.get(block, ["enabled"], false))
	finding := {
		"path": ["point_in_time_recovery", i, "enabled"],
		"message": sprintf("'%s' has point_in_time_recovery switched off", [input.address]),
	}
}

deny contains finding if {
	not is_lock_table
	count(attr.items(input.config, "point_in_time_recovery")) == 0
	finding := {
		"path": ["point_in_time_recovery"],
		"message": sprintf("'%s' has no point_in_time_recovery block, so it is off", [input.address]),
	}
}
