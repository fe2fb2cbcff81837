# METADATA
# title: AWS Config records nothing in a region
# description: >-
#   Without a recorder nobody can say what a thing looked like before an incident, or who changed it when. Regions without
#   one are also those of which a scan sees least.
# related_resources:
# - ref: https://docs.aws.amazon.com/config/latest/developerguide/stop-start-recorder.html
# custom:
#   id: aws-account-no-config-recorder
#   severity: medium
#   family: logging
#   resource_types: [aws_region]
#   frameworks:
#     cis-aws-3.0.0: ["3.3"]
#     cis-aws-5.0.0: ["3.3"]
#     aws-fsbp: ["Config.1"]
#   remediation: |
#     Make a recorder in every region and start it:
#
#     ```hcl
#     resource "aws_config_configuration_recorder_status" "main" {
#       name       = aws_config_configuration_recorder.main.name
#       is_enabled = true
#     }
#     ```
package stanchion.aws.account.no_config_recorder

deny contains finding if {
	input.config.recorder.exists == false
	finding := {
		"path": ["recorder", "exists"],
		"message": sprintf("account %v has no AWS Config recorder in %v", [input.account, input.region]),
	}
}

deny contains finding if {
	input.config.recorder.exists == true
	input.config.recorder.recording == false
	finding := {
		"path": ["recorder", "recording"],
		"message": sprintf("the AWS Config recorder of account %v in %v is stopped", [input.account, input.region]),
	}
}
