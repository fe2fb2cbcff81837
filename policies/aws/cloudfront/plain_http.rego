# METADATA
# title: Distribution serves plain HTTP
# description: >-
#   With `allow-all`, viewers who come by plain HTTP are answered by plain HTTP, and every network in between can read
#   and change what they get and send.
# related_resources:
# - ref: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https-viewers-to-cloudfront.html
# custom:
#   id: aws-cloudfront-plain-http
#   severity: medium
#   family: encryption
#   resource_types: [aws_cloudfront_distribution]
#   frameworks:
#     aws-fsbp: ["CloudFront.3"]
#   aliases: [CKV_AWS_34, AVD-AWS-0012, aws-cloudfront-enforce-https,
#     55af1353-2f62-4fa0-a8e1-a210ca2708f5]
#   remediation: |
#     Redirect viewers to HTTPS, or refuse plain HTTP:
#
#     ```hcl
#     default_cache_behavior {
#       viewer_protocol_policy = "redirect-to-https"
#     }
#     ```
package stanchion.aws.cloudfront.plain_http

import data.stanchion.lib.attr

deny contains finding if {
	some kind in ["default_cache_behavior", "ordered_cache_behavior"]
	some i, behavior in attr.items(input.config, kind)
	attr.get(behavior, ["viewer_protocol_policy"], "") == "allow-all"
	not answers_itself(behavior)
	finding := {
		"path": [kind, i, "viewer_protocol_policy"],
		"message": sprintf("'%s' has viewer_protocol_policy 'allow-all'", [input.address]),
	}
}

# Code that sees every request first may redirect to HTTPS itself; what it does is not in the configuration.
answers_itself(behavior) if {
	some kind in ["lambda_function_association", "function_association"]
	some association in attr.items(behavior, kind)
	attr.get(association, ["event_type"], "") == "viewer-request"
}
