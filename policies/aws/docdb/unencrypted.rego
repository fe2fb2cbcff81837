# METADATA
# title: DocumentDB cluster is not encrypted
# description: >-
#   Storage, backups and snapshots of the cluster can be read by whoever gets at a copy of them. Encryption can
#   only be chosen when the cluster is created, and is off by default.
# related_resources:
# - ref: https://docs.aws.amazon.com/documentdb/latest/developerguide/encryption-at-rest.html
# custom:
#   id: aws-docdb-unencrypted
#   severity: high
#   family: encryption
#   resource_types: [aws_docdb_cluster]
#   frameworks:
#     aws-fsbp: ["DocumentDB.1"]
#   aliases: [CKV_AWS_74, AVD-AWS-0021, aws-documentdb-enable-storage-encryption,
#     bc1f9009-84a0-490f-ae09-3e0ea6d74ad6]
#   remediation: |
#     Encrypt when the cluster is created:
#
#     ```hcl
#     resource "aws_docdb_cluster" "app" {
#       # ...
#       storage_encrypted = true
#     }
#     ```
package stanchion.aws.docdb.unencrypted

import data.stanchion.lib.attr

# What is restored or joined keeps the encryption of where it comes from.
is_inherited if attr.get(input.config, ["snapshot_identifier"], "") != ""

is_inherited if attr.get(input.config, ["replication_source_identifier"], "") != ""

is_inherited if count(attr.items(input.config, "restore_to_point_in_time")) > 0

deny contains finding if {
	attr.has(input.config, ["storage_encrypted"])
	not attr.is_true(input.config.storage_encrypted)
	finding := {
		"path": ["storage_encrypted"],
		"message": sprintf("'%s' has storage_encrypted = %v", [input.address, input.config.storage_encrypted]),
	}
}

deny contains finding if {
	not attr.has(input.config, ["storage_encrypted"])
	not is_inherited
	finding := {
		"path": ["storage_encrypted"],
		"message": sprintf("'%s' has no storage_encrypted, so its storage is not encrypted", [input.address]),
	}
}
