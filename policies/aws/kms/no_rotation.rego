# METADATA
# title: KMS key is not rotated
# description: >-
#   Rotation gives a key new material every year, so that no single material protects years of data. It costs
#   nothing in use: the key's id stays, and old data stays readable.
# related_resources:
# - ref: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
# custom:
#   id: aws-kms-no-rotation
#   severity: medium
#   family: encryption
#   resource_types: [aws_kms_key]
#   frameworks:
#     cis-aws-3.0.0: ["3.6"]
#     cis-aws-5.0.0: ["3.6"]
#     cis-aws-7.0.0: ["4.6"]
#     aws-fsbp: ["KMS.4"]
#   aliases: [CKV_AWS_7, AVD-AWS-0065, aws-kms-auto-rotate-keys,
#     22fbfeac-7b5a-421a-8a27-7a2178bb910b]
#   remediation: |
#     Switch rotation on:
#
#     ```hcl
#     resource "aws_kms_key" "data" {
#       description         = "data at rest"
#       enable_key_rotation = true
#     }
#     ```
package stanchion.aws.kms.no_rotation

import data.stanchion.lib.attr

# AWS can rotate symmetric encryption keys whose material it made itself, no others.
is_rotatable if {
	attr.get(input.config, ["customer_master_key_spec"], "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
	attr.get(input.config, ["key_usage"], "ENCRYPT_DECRYPT") == "ENCRYPT_DECRYPT"
	attr.get(input.config, ["custom_key_store_id"], "") == ""
	attr.get(input.config, ["xks_key_id"], "") == ""
	attr.is_true(attr.get(input.config, ["is_enabled"], true))
}

deny contains finding if {
	is_rotatable
	attr.has(input.config, ["enable_key_rotation"])
	not attr.is_true(input.config.enable_key_rotation)
	finding := {
		"path": ["enable_key_rotation"],
		"message": sprintf("'%s' has enable_key_rotation = %v", [input.address, input.config.enable_key_rotation]),
	}
}

deny contains finding if {
	not attr.has(input.config, ["enable_key_rotation"])
	is_rotatable
	finding := {
		"path": ["enable_key_rotation"],
		"message": sprintf("'%s' has no enable_key_rotation, which means off", [input.address]),
	}
}
