# METADATA
# title: CloudTrail does not sign its logs
# description: >-
#   With validation CloudTrail writes signed digests, so that a deleted or changed log file shows. Without it, an
#   intruder who reaches the bucket can rewrite what happened.
# related_resources:
# - ref: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
# custom:
#   id: aws-cloudtrail-no-log-validation
#   severity: medium
#   family: logging
#   resource_types: [aws_cloudtrail]
#   frameworks:
#     cis-aws-3.0.0: ["3.2"]
#     cis-aws-5.0.0: ["3.2"]
#     cis-aws-7.0.0: ["4.2"]
#     aws-fsbp: ["CloudTrail.4"]
#   aliases: [CKV_AWS_36, AVD-AWS-0016, aws-cloudtrail-enable-log-validation,
#     52ffcfa6-6c70-4ea6-8376-d828d3961669]
#   remediation: |
#     Switch the validation of log files on:
#
#     ```hcl
#     resource "aws_cloudtrail" "main" {
#       # ...
#       enable_log_file_validation = true
#     }
#     ```
package stanchion.aws.cloudtrail.no_log_validation

import data.stanchion.lib.attr

deny contains finding if {
	attr.has(input.config, ["enable_log_file_validation"])
	not attr.is_true(input.config.enable_log_file_validation)
	finding := {
		"path": ["enable_log_file_validation"],
		"message": sprintf("'%s' has enable_log_file_validation = %v", [input.address, input.config.enable_log_file_validation]),
	}
}

deny contains finding if {
	not attr.has(input.config, ["enable_log_file_validation"])
	finding := {
		"path": ["enable_log_file_validation"],
		"message": sprintf("'%s' has no enable_log_file_validation, which means off", [input.address]),
	}
}
