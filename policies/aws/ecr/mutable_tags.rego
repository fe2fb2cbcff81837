# METADATA
# title: ECR repository lets tags be overwritten
# description: >-
#   A tag that can be moved means that what was tested and what runs may differ, and whoever may push can put
#   other code behind a trusted name.
# related_resources:
# - ref: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
# custom:
#   id: aws-ecr-mutable-tags
#   severity: low
#   family: supply-chain
#   resource_types: [aws_ecr_repository]
#   frameworks:
#     aws-fsbp: ["ECR.2"]
#   aliases: [CKV_AWS_51, AVD-AWS-0031, aws-ecr-enforce-immutable-repository,
#     d1846b12-20c5-4d45-8798-fc35b79268eb]
#   remediation: |
#     Make tags immutable, with an exception for a moving tag where one is needed:
#
#     ```hcl
#     resource "aws_ecr_repository" "app" {
#       name                 = "app"
#       image_tag_mutability = "IMMUTABLE_WITH_EXCLUSION"
#
#       image_tag_mutability_exclusion_filter {
#         filter      = "latest*"
#         filter_type = "WILDCARD"
#       }
#     }
#     ```
package stanchion.aws.ecr.mutable_tags

import data.stanchion.lib.attr

deny contains finding if {
	input.config.image_tag_mutability == "MUTABLE"
	finding := {
		"path": ["image_tag_mutability"],
		"message": sprintf("'%s' has image_tag_mutability = MUTABLE", [input.address]),
	}
}

deny contains finding if {
	not attr.has(input.config, ["image_tag_mutability"])
	finding := {
		"path": ["image_tag_mutability"],
		"message": sprintf("'%s' has no image_tag_mutability, which means MUTABLE", [input.address]),
	}
}
