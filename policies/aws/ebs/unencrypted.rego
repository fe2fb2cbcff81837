# METADATA
# title: EBS volume is not encrypted
# description: >-
#   Data on an unencrypted volume, and on every snapshot made of it, can be read by whoever gets a copy. A volume
#   without the switch is encrypted only where the account encrypts by default or the snapshot it is made of is
#   encrypted, and neither shows in this code.
# related_resources:
# - ref: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html
# custom:
#   id: aws-ebs-unencrypted
#   severity: medium
#   family: encryption
#   resource_types:
#   - aws_ebs_volume
#   - aws_instance
#   - aws_spot_instance_request
#   - aws_launch_template
#   - aws_launch_configuration
#   frameworks:
#     aws-fsbp: ["EC2.3"]
#   aliases: [CKV_AWS_3, CKV_AWS_8, AVD-AWS-0008, AVD-AWS-0026, AVD-AWS-0131, aws-ec2-enable-launch-config-at-rest-encryption, aws-ec2-enable-volume-encryption, aws-ec2-enable-at-rest-encryption,
#     cc997676-481b-4e93-aa81-d19f8c5e9b12, 4de9de27-254e-424f-bd70-4c1e95790838]
#   remediation: |
#     Set `encrypted` at every volume, and switch on the account's default as well:
#
#     ```hcl
#     resource "aws_ebs_volume" "data" {
#       # ...
#       encrypted  = true
#       kms_key_id = aws_kms_key.ebs.arn # without it AWS uses its own key
#     }
#
#     resource "aws_ebs_encryption_by_default" "this" {
#       enabled = true
#     }
#     ```
package stanchion.aws.ebs.unencrypted

import data.stanchion.lib.attr

# Every volume that is described, with its place.
volumes contains volume if {
	input.type == "aws_ebs_volume"
	volume := {
		"path": [],
		"name": "the volume",
		"encrypted": attr.get(input.config, ["encrypted"], "unset"),
		"made_of": [attr.get(input.config, ["snapshot_id"], ""), attr.get(input.config, ["kms_key_id"], "")],
	}
}

volumes contains described([kind, i], name, block) if {
	input.type in {"aws_instance", "aws_spot_instance_request", "aws_launch_configuration"}
	some kind, name in {"root_block_device": "the root volume", "ebs_block_device": "a volume"}
	some i, block in attr.items(input.config, kind)
	not attr.is_true(attr.get(block, ["no_device"], false))
}

volumes contains described(["block_device_mappings", i, "ebs", j], "a volume", ebs) if {
	input.type == "aws_launch_template"
	some i, mapping in attr.items(input.config, "block_device_mappings")
	some j, ebs in attr.items(mapping, "ebs")
}

described(path, name, block) := {
	"path": path,
	"name": name,
	"encrypted": attr.get(block, ["encrypted"], "unset"),
	"made_of": [attr.get(block, ["snapshot_id"], ""), attr.get(block, ["kms_key_id"], "")],
}

deny contains finding if {
	some volume in volumes
	volume.encrypted != "unset"
	not attr.is_true(volume.encrypted)
	finding := {
		"path": array.concat(volume.path, ["encrypted"]),
		"message": sprintf("%s of '%s' has encrypted = %v", [volume.name, input.address, volume.encrypted]),
	}
}

# A volume made of an encrypted snapshot is encrypted; one with a key has to be.
deny contains finding if {
	some volume in volumes
	volume.encrypted == "unset"
	volume.made_of == ["", ""]
	finding := {
		"path": array.concat(volume.path, ["encrypted"]),
		"message": sprintf("%s of '%s' does not say encrypted = true", [volume.name, input.address]),
	}
}
