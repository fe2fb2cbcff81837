# METADATA
# title: EFS file system is not encrypted
# description: >-
#   Files on an unencrypted file system, and its backups, lie open on AWS's disks. Encryption can only be chosen
#   at creation, and Terraform's default is off, other than the console's.
# related_resources:
# - ref: https://docs.aws.amazon.com/efs/latest/ug/encryption-at-rest.html
# custom:
#   id: aws-efs-unencrypted
#   severity: high
#   family: encryption
#   resource_types: [aws_efs_file_system]
#   frameworks:
#     cis-aws-3.0.0: ["2.4.1"]
#     cis-aws-5.0.0: ["2.3.1"]
#     cis-aws-7.0.0: ["3.3.1"]
#     aws-fsbp: ["EFS.1"]
#   aliases: [CKV_AWS_42, AVD-AWS-0037, aws-efs-enable-at-rest-encryption,
#     48207659-729f-4b5c-9402-f884257d794f]
#   remediation: |
#     Encrypt when the file system is created:
#
#     ```hcl
#     resource "aws_efs_file_system" "home" {
#       encrypted  = true
#       kms_key_id = aws_kms_key.efs.arn # without it AWS uses its own key
#     }
#     ```
package stanchion.aws.efs.unencrypted

import data.stanchion.lib.attr

deny contains finding if {
	attr.has(input.config, ["encrypted"])
	not attr.is_true(input.config.encrypted)
	finding := {
		"path": ["encrypted"],
		"message": sprintf("'%s' has encrypted = %v", [input.address, input.config.encrypted]),
	}
}

deny contains finding if {
	not attr.has(input.config, ["encrypted"])
	finding := {
		"path": ["encrypted"],
		"message": sprintf("'%s' has no encrypted, so its files are not encrypted", [input.address]),
	}
}
