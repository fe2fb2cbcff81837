# METADATA
# title: OpenSearch domain accepts TLS 1.0
# description: >-
#   TLS 1.0 and 1.1 have known weaknesses and are forbidden by most standards. The policy named here still accepts
#   them.
# related_resources:
# - ref: https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DomainEndpointOptions.html
# custom:
#   id: aws-opensearch-weak-tls
#   severity: medium
#   family: encryption
#   resource_types: [aws_opensearch_domain, aws_elasticsearch_domain]
#   aliases: [CKV_AWS_228, AVD-AWS-0126, aws-elasticsearch-use-secure-tls-policy]
#   remediation: |
#     Choose a policy that begins at TLS 1.2:
#
#     ```hcl
#     domain_endpoint_options {
#       enforce_https       = true
#       tls_security_policy = "Policy-Min-TLS-1-2-PFS-2023-10"
#     }
#     ```
package stanchion.aws.opensearch.weak_tls

import data.stanchion.lib.attr

deny contains finding if {
	some i, block in attr.items(input.config, "domain_endpoint_options")
	block.tls_security_policy == "Policy-Min-TLS-1-0-2019-07"
	finding := {
		"path": ["domain_endpoint_options", i, "tls_security_policy"],
		"message": sprintf("'%s' has the TLS policy '%s'", [input.address, block.tls_security_policy]),
	}
}
