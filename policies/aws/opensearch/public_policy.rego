# METADATA
# title: Search domain is open to everyone
# description: >-
#   A domain with a public endpoint, an access policy for the principal `*` and no fine-grained access control answers
#   anybody without a login: all indexes can be read, changed and deleted. Such domains are found by scanners within
#   hours.
# related_resources:
# - ref: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html
# custom:
#   id: aws-opensearch-public-policy
#   severity: critical
#   family: least-privilege
#   resource_types:
#   - aws_opensearch_domain
#   - aws_opensearch_domain_policy
#   - aws_elasticsearch_domain
#   - aws_elasticsearch_domain_policy
#   aliases: [16c4216a-50d3-4785-bfb2-4adb5144a8ba]
#   remediation: |
#     Put the domain into a VPC, name the callers, or turn on fine-grained access control:
#
#     ```hcl
#     resource "aws_opensearch_domain" "logs" {
#       vpc_options {
#         subnet_ids         = aws_subnet.private[*].id
#         security_group_ids = [aws_security_group.search.id]
#       }
#     }
#     ```
package stanchion.aws.opensearch.public_policy

import data.stanchion.lib.attr
import data.stanchion.lib.exposure
import data.stanchion.lib.statements

# The domain itself, or the domains that a separate policy belongs to.
domains := [input] if {
	not endswith(input.type, "_policy")
} else := [link |
	some type in ["aws_opensearch_domain", "aws_elasticsearch_domain"]
	some link in attr.items(input.links, type)
	link.direction == "out"
]

is_guarded if {
	some domain in domains
	count(attr.items(domain.config, "vpc_options")) > 0
}

# With fine-grained access control the domain asks for a login of its own.
is_guarded if {
	some domain in domains
	some options in attr.items(domain.config, "advanced_security_options")
	attr.is_true(attr.get(options, ["enabled"], false))
}

deny contains finding if {
	not is_guarded
	some statement in exposure.open_statements(input.config.access_policies, ["access_policies"])
	finding := {
		"path": exposure.opening(statement),
		"message": sprintf("the access policy of '%s' lets everyone use %s", [input.address, statements.allowed(statement)]),
	}
}
