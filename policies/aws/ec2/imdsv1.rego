# METADATA
# title: Instance metadata can be read without a session token
# description: >-
#   With version 1 of the metadata service, one request that an application can be tricked into (SSRF) is enough to read
#   the credentials of the instance's role. Version 2 asks for a token first, which such requests cannot get.
# related_resources:
# - ref: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
# custom:
#   id: aws-ec2-imdsv1
#   severity: medium
#   family: least-privilege
#   resource_types: [aws_instance, aws_launch_template, aws_launch_configuration]
#   frameworks:
#     aws-fsbp: ["EC2.8"]
#     cis-aws-3.0.0: ["5.6"]
#     cis-aws-5.0.0: ["5.7"]
#   aliases: [CKV_AWS_79, AVD-AWS-0028, AVD-AWS-0130, aws-ec2-enforce-http-token-imds, aws-ec2-enforce-launch-config-http-token-imds,
#     f1g2h3i4-j5k6-7lmn-8opq-9012rstuvwxy]
#   remediation: |
#     Require tokens. Some AMIs, and `aws_ec2_instance_metadata_defaults` for the account, do so too, but only where
#     the template says nothing:
#
#     ```hcl
#     metadata_options {
#       http_tokens = "required"
#     }
#     ```
package stanchion.aws.ec2.imdsv1

import data.stanchion.lib.attr

options := attr.items(input.config, "metadata_options")

is_required if {
	some option in options
	attr.get(option, ["http_tokens"], "") == "required"
}

is_off if {
	some option in options
	attr.get(option, ["http_endpoint"], "enabled") == "disabled"
}

# What the instance does not say, its launch template may.
is_elsewhere if {
	input.type == "aws_instance"
	count(attr.items(input.config, "launch_template")) > 0
	not says_tokens
}

says_tokens if {
	some option in options
	attr.has(option, ["http_tokens"])
}

deny contains finding if {
	not is_required
	not is_off
	not is_elsewhere
	finding := {
		"path": path,
		"message": sprintf("'%s' %s", [input.address, fact]),
	}
}

path := ["metadata_options", 0, "http_tokens"] if {
	count(options) > 0
} else := ["metadata_options"]

fact := "has http_tokens 'optional', so version 1 of the metadata service answers" if {
	says_tokens
} else := "does not require tokens of the metadata service"
