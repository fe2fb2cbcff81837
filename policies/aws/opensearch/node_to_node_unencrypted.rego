# METADATA
# title: OpenSearch nodes talk to each other without encryption
# description: >-
#   Nodes of the domain copy documents and queries among themselves. Without node-to-node encryption this traffic
#   crosses the network in clear text.
# related_resources:
# - ref: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ntn.html
# custom:
#   id: aws-opensearch-node-to-node-unencrypted
#   severity: medium
#   family: encryption
#   resource_types: [aws_opensearch_domain, aws_elasticsearch_domain]
#   frameworks:
#     aws-fsbp: ["ES.3", "OpenSearch.3"]
#   aliases: [CKV_AWS_6, AVD-AWS-0043, aws-elasticsearch-enable-in-transit-encryption,
#     967eb3e6-26fc-497d-8895-6428beb6e8e2]
#   remediation: |
#     Add the block `node_to_node_encryption`; without it encryption is off:
#
#     ```hcl
#     resource "aws_opensearch_domain" "logs" {
#       # ...
#       node_to_node_encryption {
#         enabled = true
#       }
#     }
#     ```
package stanchion.aws.opensearch.node_to_node_unencrypted

import data.stanchion.lib.attr

# A domain of a single node has nobody to talk to.
is_single if {
	some cluster in attr.items(input.config, "cluster_config")
	attr.get(cluster, ["instance_count"], 1) in {1, "1"}
	not attr.is_true(attr.get(cluster, ["dedicated_master_enabled"], false))
	not attr.is_true(attr.get(cluster, ["warm_enabled"], false))
}

is_single if count(attr.items(input.config, "cluster_config")) == 0

deny contains finding if {
	not is_single
	some i, block in attr.items(input.config, "node_to_node_encryption")
	not attr.is_true(attr.get(block, ["enabled"], false))
	finding := {
		"path": ["node_to_node_encryption", i, "enabled"],
		"message": sprintf("'%s' has node_to_node_encryption switched off", [input.address]),
	}
}

deny contains finding if {
	not is_single
	count(attr.items(input.config, "node_to_node_encryption")) == 0
	finding := {
		"path": ["node_to_node_encryption"],
		"message": sprintf("'%s' has no node_to_node_encryption block, so it is off", [input.address]),
	}
}
