# METADATA
# title: Redshift cluster gets a public address
# description: >-
#   A publicly accessible cluster has an address on the internet, so that one wide security group rule is all that
#   keeps strangers away from its log-in. The Terraform provider's default was public until version 6.
# related_resources:
# - ref: https://docs.aws.amazon.com/redshift/latest/mgmt/managing-clusters-vpc.html
# custom:
#   id: aws-redshift-public
#   severity: high
#   family: network
#   resource_types: [aws_redshift_cluster]
#   frameworks:
#     aws-fsbp: ["Redshift.1"]
#   aliases: [CKV_AWS_87,
#     af173fde-95ea-4584-b904-bb3923ac4bda]
#   remediation: |
#     Set `publicly_accessible` to false explicitly:
#
#     ```hcl
#     resource "aws_redshift_cluster" "warehouse" {
#       # ...
#       publicly_accessible = false
#     }
#     ```
package stanchion.aws.redshift.public

import data.stanchion.lib.attr

deny contains finding if {
	attr.is_true(attr.get(input.config, ["publicly_accessible"], false))
	finding := {
		"path": ["publicly_accessible"],
		"message": sprintf("'%s' has publicly_accessible = true", [input.address]),
	}
}

# Public by default in provider versions before 6, private since.
deny contains finding if {
	not attr.has(input.config, ["publicly_accessible"])
	finding := {
		"path": ["publicly_accessible"],
		"message": sprintf("'%s' has no publicly_accessible, which means public in provider versions before 6", [input.address]),
		"severity": "low",
	}
}
