# METADATA
# title: Distribution accepts TLS 1.0 or 1.1
# description: >-
#   TLS 1.0 and 1.1, and SSL before them, have known weaknesses and were retired in 2021. A distribution with a
#   certificate of its own accepts them unless it names a newer minimum.
# related_resources:
# - ref: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html
# custom:
#   id: aws-cloudfront-weak-tls
#   severity: medium
#   family: encryption
#   resource_types: [aws_cloudfront_distribution]
#   frameworks:
#     aws-fsbp: ["CloudFront.15"]
#   aliases: [CKV_AWS_174, AVD-AWS-0013, aws-cloudfront-use-secure-tls-policy,
#     00e5e55e-c2ff-46b3-a757-a7a1cd802456]
#   remediation: |
#     Ask for TLS 1.2 at least:
#
#     ```hcl
#     viewer_certificate {
#       acm_certificate_arn      = aws_acm_certificate.site.arn
#       minimum_protocol_version = "TLSv1.2_2021"
#       ssl_support_method       = "sni-only"
#     }
#     ```
package stanchion.aws.cloudfront.weak_tls

import data.stanchion.lib.attr

weak := {"SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016"}

# CloudFront's own certificate always goes with TLS 1.0, whatever is written here.
has_own_certificate(certificate) if attr.has(certificate, ["acm_certificate_arn"])

has_own_certificate(certificate) if attr.has(certificate, ["iam_certificate_id"])

deny contains finding if {
	some i, certificate in attr.items(input.config, "viewer_certificate")
	not attr.is_true(attr.get(certificate, ["cloudfront_default_certificate"], false))
	has_own_certificate(certificate)
	version := attr.get(certificate, ["minimum_protocol_version"], "TLSv1")
	version in weak
	finding := {
		"path": ["viewer_certificate", i, "minimum_protocol_version"],
		"message": sprintf("'%s' accepts '%s' and later", [input.address, version]),
	}
}
