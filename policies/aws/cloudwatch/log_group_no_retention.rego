# METADATA
# title: CloudWatch log group keeps its logs for ever
# description: >-
#   Logs without an end pile up cost, and personal data stays longer than any rule allows. Saying how long they
#   are needed also says they are kept that long.
# related_resources:
# - ref: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html#SettingLogRetention
# custom:
#   id: aws-cloudwatch-log-group-no-retention
#   severity: low
#   family: logging
#   resource_types: [aws_cloudwatch_log_group]
#   aliases: [CKV_AWS_66,
#     ef0b316a-211e-42f1-888e-64efe172b755]
#   remediation: |
#     Say how long the logs are needed:
#
#     ```hcl
#     resource "aws_cloudwatch_log_group" "app" {
#       name              = "/app"
#       retention_in_days = 365
#     }
#     ```
package stanchion.aws.cloudwatch.log_group_no_retention

import data.stanchion.lib.attr

# AWS fixes the retention of this class.
is_fixed if attr.get(input.config, ["log_group_class"], "STANDARD") == "DELIVERY"

deny contains finding if {
	not is_fixed
	attr.get(input.config, ["retention_in_days"], 1) in {0, "0"}
	finding := {
		"path": ["retention_in_days"],
		"message": sprintf("'%s' has retention_in_days = 0, which means for ever", [input.address]),
	}
}

deny contains finding if {
	not is_fixed
	not attr.has(input.config, ["retention_in_days"])
	finding := {
		"path": ["retention_in_days"],
		"message": sprintf("'%s' has no retention_in_days, so it keeps its logs for ever", [input.address]),
	}
}
