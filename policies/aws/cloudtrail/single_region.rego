# METADATA
# title: CloudTrail watches a single region
# description: >-
#   Intruders like the regions that nobody uses. A trail of one region does not see what is done in the others,
#   nor in those that AWS adds later.
# related_resources:
# - ref: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-trails-multi-region-trails
# custom:
#   id: aws-cloudtrail-single-region
#   severity: medium
#   family: logging
#   resource_types: [aws_cloudtrail]
#   frameworks:
#     cis-aws-3.0.0: ["3.1"]
#     cis-aws-5.0.0: ["3.1"]
#     cis-aws-7.0.0: ["4.1"]
#     aws-fsbp: ["CloudTrail.1"]
#   aliases: [CKV_AWS_67, AVD-AWS-0014, aws-cloudtrail-enable-all-regions,
#     8173d5eb-96b5-4aa6-a71b-ecfa153c123d]
#   remediation: |
#     One trail for all regions:
#
#     ```hcl
#     resource "aws_cloudtrail" "main" {
#       # ...
#       is_multi_region_trail = true
#     }
#     ```
package stanchion.aws.cloudtrail.single_region

import data.stanchion.lib.attr

# A trail for the data of single buckets or functions, beside the one that watches management.
is_data_trail if {
	selectors := attr.items(input.config, "event_selector")
	count(selectors) > 0
	every selector in selectors {
		selector.include_management_events in {false, "false"}
	}
}

is_data_trail if {
	selectors := attr.items(input.config, "advanced_event_selector")
	count(selectors) > 0
	every selector in selectors {
		some field in attr.items(selector, "field_selector")
		field.field == "eventCategory"
		not "Management" in attr.list(field.equals)
	}
}

deny contains finding if {
	not is_data_trail
	attr.has(input.config, ["is_multi_region_trail"])
	not attr.is_true(input.config.is_multi_region_trail)
	finding := {
		"path": ["is_multi_region_trail"],
		"message": sprintf("'%s' has is_multi_region_trail = %v", [input.address, input.config.is_multi_region_trail]),
	}
}

deny contains finding if {
	not attr.has(input.config, ["is_multi_region_trail"])
	not is_data_trail
	finding := {
		"path": ["is_multi_region_trail"],
		"message": sprintf("'%s' has no is_multi_region_trail, which means off", [input.address]),
	}
}
