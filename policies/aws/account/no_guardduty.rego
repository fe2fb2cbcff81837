# METADATA
# title: GuardDuty watches nothing in a region
# description: >-
#   GuardDuty sees stolen credentials, mining and calls to known bad hosts in logs that AWS has anyway. Intruders like
#   regions in which nobody looks, the unused ones above all.
# related_resources:
# - ref: https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_settingup.html
# custom:
#   id: aws-account-no-guardduty
#   severity: medium
#   family: logging
#   resource_types: [aws_region]
#   frameworks:
#     aws-fsbp: ["GuardDuty.1"]
#   remediation: |
#     Switch GuardDuty on in every region, at best for the whole organization:
#
#     ```hcl
#     resource "aws_guardduty_detector" "main" {
#       enable = true
#     }
#     ```
package stanchion.aws.account.no_guardduty

# Regions tell the number of detectors only where all of them were listed.
deny contains finding if {
	input.config.present.aws_guardduty_detector == 0
	finding := {
		"path": ["present"],
		"message": sprintf("account %v has no GuardDuty detector in %v", [input.account, input.region]),
	}
}
