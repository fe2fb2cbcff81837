# METADATA
# title: OpenSearch domain is not encrypted at rest
# description: >-
#   Indexes, logs and automatic snapshots of the domain lie on disk in clear text. Search indexes often hold
#   copies of the most sensitive fields of other systems.
# related_resources:
# - ref: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/encryption-at-rest.html
# custom:
#   id: aws-opensearch-unencrypted
#   severity: high
#   family: encryption
#   resource_types: [aws_opensearch_domain, aws_elasticsearch_domain]
#   frameworks:
#     aws-fsbp: ["ES.1", "OpenSearch.1"]
#   aliases: [CKV_AWS_5, AVD-AWS-0048, aws-elasticsearch-enable-domain-encryption,
#     24e16922-4330-4e9d-be8a-caa90299466a]
#   remediation: |
#     Add the block `encrypt_at_rest`; without it encryption is off:
#
#     ```hcl
#     resource "aws_opensearch_domain" "logs" {
#       # ...
#       encrypt_at_rest {
#         enabled = true
#       }
#     }
#     ```
package stanchion.aws.opensearch.unencrypted

import data.stanchion.lib.attr

deny contains finding if {
	some i, block in attr.items(input.config, "encrypt_at_rest")
	not attr.is_true(attr.get(block, ["enabled"], false))
	finding := {
		"path": ["encrypt_at_rest", i, "enabled"],
		"message": sprintf("'%s' has encrypt_at_rest switched off", [input.address]),
	}
}

deny contains finding if {
	count(attr.items(input.config, "encrypt_at_rest")) == 0
	finding := {
		"path": ["encrypt_at_rest"],
		"message": sprintf("'%s' has no encrypt_at_rest block, so it is off", [input.address]),
	}
}
