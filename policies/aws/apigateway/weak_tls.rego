# METADATA
# title: API domain accepts TLS 1.0
# description: >-
#   TLS 1.0 and 1.1 have known weaknesses and were retired in 2021. A domain name with the security policy TLS_1_0 still
#   accepts them.
# related_resources:
# - ref: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html
# custom:
#   id: aws-api-gateway-weak-tls
#   severity: medium
#   family: encryption
#   resource_types: [aws_api_gateway_domain_name]
#   aliases: [CKV_AWS_206, AVD-AWS-0005, aws-apigateway-use-secure-tls-policy,
#     4e1cc5d3-2811-4fb2-861c-ee9b3cb7f90b]
#   remediation: |
#     Ask for TLS 1.2:
#
#     ```hcl
#     security_policy = "TLS_1_2"
#     ```
package stanchion.aws.apigateway.weak_tls

deny contains finding if {
	input.config.security_policy == "TLS_1_0"
	finding := {
		"path": ["security_policy"],
		"message": sprintf("the domain name '%s' has the security policy 'TLS_1_0'", [input.address]),
	}
}
