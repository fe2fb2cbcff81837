# METADATA
# title: ECR repository does not scan pushed images
# description: >-
#   Known vulnerabilities of an image stay unseen until somebody looks. Scanning on push is free; the registry's
#   own scanning rules do the same for all repositories at once, and where they are in place this policy can be
#   switched off.
# related_resources:
# - ref: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html
# custom:
#   id: aws-ecr-no-scan-on-push
#   severity: low
#   family: supply-chain
#   resource_types: [aws_ecr_repository]
#   frameworks:
#     aws-fsbp: ["ECR.1"]
#   aliases: [CKV_AWS_163, AVD-AWS-0030, aws-ecr-enable-image-scans,
#     9630336b-3fed-4096-8173-b9afdfe346a7]
#   remediation: |
#     Scan each image as it arrives:
#
#     ```hcl
#     resource "aws_ecr_repository" "app" {
#       name = "app"
#
#       image_scanning_configuration {
#         scan_on_push = true
#       }
#     }
#     ```
package stanchion.aws.ecr.no_scan_on_push

import data.stanchion.lib.attr

deny contains finding if {
	some i, block in attr.items(input.config, "image_scanning_configuration")
	not attr.is_true(attr.get(block, ["scan_on_push"], false))
	finding := {
		"path": ["image_scanning_configuration", i, "scan_on_push"],
		"message": sprintf("'%s' has scan_on_push = false", [input.address]),
	}
}

deny contains finding if {
	count(attr.items(input.config, "image_scanning_configuration")) == 0
	finding := {
		"path": ["image_scanning_configuration"],
		"message": sprintf("'%s' has no image_scanning_configuration, so pushed images are not scanned", [input.address]),
	}
}
