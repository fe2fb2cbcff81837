# METADATA
# title: Redshift cluster is not encrypted
# description: >-
#   A warehouse gathers the data of a whole company; unencrypted, its disks and snapshots can be read by whoever
#   gets a copy. The Terraform provider's default was off until version 6, so only a written-out value is safe
#   whichever version runs.
# related_resources:
# - ref: https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-db-encryption.html
# custom:
#   id: aws-redshift-unencrypted
#   severity: high
#   family: encryption
#   resource_types: [aws_redshift_cluster]
#   frameworks:
#     aws-fsbp: ["Redshift.10"]
#   aliases: [CKV_AWS_64,
#     cfdcabb0-fc06-427c-865b-c59f13e898ce]
#   remediation: |
#     Set `encrypted` to true explicitly:
#
#     ```hcl
#     resource "aws_redshift_cluster" "warehouse" {
#       # ...
#       encrypted  = true
#       kms_key_id = aws_kms_key.redshift.arn # without it AWS uses its own key
#     }
#     ```
package stanchion.aws.redshift.unencrypted

import data.stanchion.lib.attr

deny contains finding if {
	attr.has(input.config, ["encrypted"])
	not attr.is_true(input.config.encrypted)
	finding := {
		"path": ["encrypted"],
		"message": sprintf("'%s' has encrypted = %v", [input.address, input.config.encrypted]),
	}
}

# Off by default in provider versions before 6, on since.
deny contains finding if {
	not attr.has(input.config, ["encrypted"])
	attr.get(input.config, ["kms_key_id"], "") == ""
	attr.get(input.config, ["snapshot_identifier"], "") == ""
	attr.get(input.config, ["snapshot_arn"], "") == ""
	finding := {
		"path": ["encrypted"],
		"message": sprintf("'%s' has no encrypted, which means off in provider versions before 6", [input.address]),
		"severity": "medium",
	}
}
