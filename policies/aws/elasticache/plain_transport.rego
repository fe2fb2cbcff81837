# METADATA
# title: ElastiCache talks without TLS
# description: >-
#   Whatever the application caches, and the password it logs in with, crosses the network in clear text. Without
#   TLS a password cannot be required at all.
# related_resources:
# - ref: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption.html
# custom:
#   id: aws-elasticache-plain-transport
#   severity: medium
#   family: encryption
#   resource_types: [aws_elasticache_replication_group]
#   frameworks:
#     aws-fsbp: ["ElastiCache.5"]
#   aliases: [CKV_AWS_30, AVD-AWS-0051, aws-elasticache-enable-in-transit-encryption,
#     1afbb3fa-cf6c-4a3d-b730-95e9f4df343e]
#   remediation: |
#     Switch TLS on; clients then connect with `rediss://`:
#
#     ```hcl
#     resource "aws_elasticache_replication_group" "sessions" {
#       # ...
#       transit_encryption_enabled = true
#       at_rest_encryption_enabled = true
#     }
#     ```
package stanchion.aws.elasticache.plain_transport

import data.stanchion.lib.attr

# Encrypted unless said otherwise: Valkey by its own default, members of a global datastore as its primary is.
is_safe_by_default if lower(attr.get(input.config, ["engine"], "redis")) == "valkey"

is_safe_by_default if attr.get(input.config, ["global_replication_group_id"], "") != ""

deny contains finding if {
	attr.has(input.config, ["transit_encryption_enabled"])
	not attr.is_true(input.config.transit_encryption_enabled)
	finding := {
		"path": ["transit_encryption_enabled"],
		"message": sprintf("'%s' has transit_encryption_enabled = %v", [input.address, input.config.transit_encryption_enabled]),
	}
}

deny contains finding if {
	not attr.has(input.config, ["transit_encryption_enabled"])
	not is_safe_by_default
	finding := {
		"path": ["transit_encryption_enabled"],
		"message": sprintf("'%s' has no transit_encryption_enabled, so clients talk to it without TLS", [input.address]),
	}
}
