# METADATA
# title: Default network is in use
# description: >-
#   The default network gives every machine in it a public address and a way to the internet, without anybody having asked
#   for it. What runs in it was mostly put there by mistake.
# related_resources:
# - ref: https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html
# custom:
#   id: aws-account-default-vpc-in-use
#   severity: low
#   family: network
#   resource_types: [aws_vpc_usage]
#   remediation: |
#     Move what is in it to a network of your own, with private subnets, and delete the default one:
#
#     ```hcl
#     resource "aws_vpc" "main" {
#       cidr_block = "10.20.0.0/16"
#     }
#     ```
package stanchion.aws.account.default_vpc_in_use

deny contains finding if {
	input.config.is_default == true
	instances := count(object.get(input.config, "instances", []))
	interfaces := count(object.get(input.config, "network_interfaces", []))
	instances + interfaces > 0
	finding := {
		"path": ["network_interfaces"],
		"message": sprintf("default network '%s' holds %v network interfaces and %v instances", [input.config.vpc_id, interfaces, instances]),
	}
}
