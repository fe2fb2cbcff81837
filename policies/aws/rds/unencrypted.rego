# METADATA
# title: RDS storage is not encrypted
# description: >-
#   Storage, backups, snapshots and replicas of an unencrypted database are readable for whoever gets at a copy of
#   them. Encryption can only be chosen when the database is created; later it takes a snapshot, a copy and a
#   restore.
# related_resources:
# - ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html
# custom:
#   id: aws-rds-unencrypted
#   severity: high
#   family: encryption
#   resource_types: [aws_db_instance, aws_rds_cluster, aws_rds_global_cluster]
#   frameworks:
#     cis-aws-3.0.0: ["2.3.1"]
#     cis-aws-5.0.0: ["2.2.1"]
#     cis-aws-7.0.0: ["3.2.1"]
#     aws-fsbp: ["RDS.3", "RDS.27"]
#   aliases: [CKV_AWS_16, CKV_AWS_96, CKV_AWS_140, AVD-AWS-0079, AVD-AWS-0080, aws-rds-encrypt-cluster-storage-data, aws-rds-encrypt-instance-storage-data,
#     08bd0760-8752-44e1-9779-7bb369b2b4e4, 3199c26c-7871-4cb3-99c2-10a59244ce7f, 656880aa-1388-488f-a6d4-8f73c23149b2,
#     1a690d1d-0ae7-49fa-b2db-b75ae0dd1d3e]
#   remediation: |
#     Encrypt when the database is created:
#
#     ```hcl
#     resource "aws_db_instance" "app" {
#       # ...
#       storage_encrypted = true
#       kms_key_id        = aws_kms_key.rds.arn # without it AWS uses its own key
#     }
#     ```
package stanchion.aws.rds.unencrypted

import data.stanchion.lib.attr

# A read replica is encrypted as its source is; the source is judged itself.
is_replica if attr.get(input.config, ["replicate_source_db"], "") != ""

is_replica if attr.get(input.config, ["replication_source_identifier"], "") != ""

# What is restored or joined keeps the encryption of where it comes from.
is_inherited if attr.get(input.config, ["snapshot_identifier"], "") != ""

is_inherited if attr.get(input.config, ["source_db_cluster_identifier"], "") != ""

is_inherited if count(attr.items(input.config, "restore_to_point_in_time")) > 0

is_inherited if {
	some global in attr.items(input.links, "aws_rds_global_cluster")
	attr.is_true(attr.get(global.config, ["storage_encrypted"], false))
}

# Aurora Serverless v1 is always encrypted.
is_inherited if attr.get(input.config, ["engine_mode"], "") == "serverless"

# Instances of an Aurora cluster have the cluster's storage.
is_inherited if {
	input.type == "aws_db_instance"
	startswith(attr.get(input.config, ["engine"], ""), "aurora")
}

deny contains finding if {
	not is_replica
	attr.has(input.config, ["storage_encrypted"])
	not attr.is_true(input.config.storage_encrypted)
	finding := {
		"path": ["storage_encrypted"],
		"message": sprintf("'%s' has storage_encrypted = %v", [input.address, input.config.storage_encrypted]),
	}
}

deny contains finding if {
	not is_replica
	not is_inherited
	not attr.has(input.config, ["storage_encrypted"])
	finding := {
		"path": ["storage_encrypted"],
		"message": sprintf("'%s' has no storage_encrypted, so its storage is not encrypted", [input.address]),
	}
}
