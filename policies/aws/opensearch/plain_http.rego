# METADATA
# title: OpenSearch domain answers over plain HTTP
# description: >-
#   Requests, documents and credentials sent over HTTP can be read and changed on the way. The domain accepts them
#   unless HTTPS is enforced.
# related_resources:
# - ref: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/infrastructure-security.html
# custom:
#   id: aws-opensearch-plain-http
#   severity: high
#   family: encryption
#   resource_types: [aws_opensearch_domain, aws_elasticsearch_domain]
#   aliases: [CKV_AWS_83, AVD-AWS-0046, aws-elasticsearch-enforce-https,
#     2e9e0729-66d5-4148-9d39-5e6fb4bf2a4e]
#   remediation: |
#     Enforce HTTPS:
#
#     ```hcl
#     resource "aws_opensearch_domain" "logs" {
#       # ...
#       domain_endpoint_options {
#         enforce_https       = true
#         tls_security_policy = "Policy-Min-TLS-1-2-PFS-2023-10"
#       }
#     }
#     ```
package stanchion.aws.opensearch.plain_http

import data.stanchion.lib.attr

# Inside the block the provider's default is true; without the block HTTP stays open.
deny contains finding if {
	some i, block in attr.items(input.config, "domain_endpoint_options")
	not attr.is_true(attr.get(block, ["enforce_https"], true))
	finding := {
		"path": ["domain_endpoint_options", i, "enforce_https"],
		"message": sprintf("'%s' has enforce_https = false", [input.address]),
	}
}

deny contains finding if {
	count(attr.items(input.config, "domain_endpoint_options")) == 0
	finding := {
		"path": ["domain_endpoint_options"],
		"message": sprintf("'%s' has no domain_endpoint_options block, so it does not enforce HTTPS", [input.address]),
	}
}
