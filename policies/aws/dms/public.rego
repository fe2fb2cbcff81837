# METADATA
# title: Replication instance has a public address
# description: >-
#   A replication instance holds credentials of the databases that it copies, and their data passes through it. With a
#   public address only a security group keeps strangers away.
# related_resources:
# - ref: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReplicationInstance.html
# custom:
#   id: aws-dms-public
#   severity: high
#   family: network
#   resource_types: [aws_dms_replication_instance]
#   frameworks:
#     aws-fsbp: ["DMS.1"]
#   aliases: [CKV_AWS_89,
#     030d3b18-1821-45b4-9e08-50efbe7becbb]
#   remediation: |
#     Keep it private, and reach databases elsewhere by VPN or peering:
#
#     ```hcl
#     publicly_accessible = false
#     ```
package stanchion.aws.dms.public

import data.stanchion.lib.attr

deny contains finding if {
	attr.is_true(object.get(input.config, "publicly_accessible", false))
	finding := {
		"path": ["publicly_accessible"],
		"message": sprintf("'%s' has publicly_accessible true", [input.address]),
	}
}
