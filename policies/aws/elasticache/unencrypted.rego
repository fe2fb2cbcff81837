# METADATA
# title: ElastiCache data is not encrypted at rest
# description: >-
#   Sessions, tokens and cached records lie in clear text on disk during synchronisation and in backups.
#   Encryption can only be chosen when the group is created, and is off by default for Redis.
# related_resources:
# - ref: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/at-rest-encryption.html
# custom:
#   id: aws-elasticache-unencrypted
#   severity: medium
#   family: encryption
#   resource_types: [aws_elasticache_replication_group]
#   frameworks:
#     aws-fsbp: ["ElastiCache.4"]
#   aliases: [CKV_AWS_29, AVD-AWS-0045, aws-elasticache-enable-at-rest-encryption,
#     76976de7-c7b1-4f64-a94f-90c1345914c2]
#   remediation: |
#     Encrypt when the group is created:
#
#     ```hcl
#     resource "aws_elasticache_replication_group" "sessions" {
#       # ...
#       at_rest_encryption_enabled = true
#       transit_encryption_enabled = true
#     }
#     ```
package stanchion.aws.elasticache.unencrypted

import data.stanchion.lib.attr

# Encrypted unless said otherwise: Valkey by its own default, members of a global datastore as its primary is.
is_safe_by_default if lower(attr.get(input.config, ["engine"], "redis")) == "valkey"

is_safe_by_default if attr.get(input.config, ["global_replication_group_id"], "") != ""

deny contains finding if {
	attr.has(input.config, ["at_rest_encryption_enabled"])
	not attr.is_true(input.config.at_rest_encryption_enabled)
	finding := {
		"path": ["at_rest_encryption_enabled"],
		"message": sprintf("'%s' has at_rest_encryption_enabled = %v", [input.address, input.config.at_rest_encryption_enabled]),
	}
}

deny contains finding if {
	not attr.has(input.config, ["at_rest_encryption_enabled"])
	not is_safe_by_default
	finding := {
		"path": ["at_rest_encryption_enabled"],
		"message": sprintf("'%s' has no at_rest_encryption_enabled, so its data is not encrypted", [input.address]),
	}
}
