# METADATA
# title: Default security group lets traffic through
# description: >-
#   Whatever is started without naming a group gets the default one. Rules in it open machines that nobody thought about,
#   and its own rule lets all of them talk to each other.
# related_resources:
# - ref: https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
# custom:
#   id: aws-account-default-security-group-open
#   severity: low
#   family: network
#   resource_types: [aws_default_security_group]
#   frameworks:
#     cis-aws-3.0.0: ["5.4"]
#     cis-aws-5.0.0: ["5.5"]
#     aws-fsbp: ["EC2.2"]
#   aliases: [CKV2_AWS_12, AVD-AWS-0173, aws-ec2-restrict-all-in-default-sg,
#     9a4ef195-74b9-4c58-b8ed-2b2fe4353a75]
#   remediation: |
#     Adopt the group without any rule; Terraform then takes all rules away:
#
#     ```hcl
#     resource "aws_default_security_group" "default" {
#       vpc_id = aws_vpc.main.id
#     }
#     ```
package stanchion.aws.account.default_security_group_open

import data.stanchion.lib.attr

deny contains finding if {
	count(attr.items(input.config, "ingress")) > 0
	finding := {
		"path": ["ingress"],
		"message": sprintf("default security group '%s' has ingress rules", [input.address]),
	}
}

deny contains finding if {
	count(attr.items(input.config, "egress")) > 0
	finding := {
		"path": ["egress"],
		"message": sprintf("default security group '%s' has egress rules", [input.address]),
	}
}
