# METADATA
# title: Security group opens all ports to the internet
# description: >-
#   A rule for every port also opens those that nobody thought of: remote administration, databases, debug endpoints,
#   and whatever is installed next year. The security group then filters nothing.
# related_resources:
# - ref: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
# custom:
#   id: aws-security-group-open-all-ports
#   severity: high
#   family: network
#   resource_types:
#   - aws_security_group
#   - aws_default_security_group
#   - aws_security_group_rule
#   - aws_vpc_security_group_ingress_rule
#   frameworks:
#     cis-aws-3.0.0: ["5.2", "5.3"]
#     cis-aws-5.0.0: ["5.3", "5.4"]
#   aliases: [CKV_AWS_277, AVD-AWS-0107, aws-ec2-no-public-ingress-sgr]
#   remediation: |
#     Open only the ports that serve the public, one rule each:
#
#     ```hcl
#     resource "aws_vpc_security_group_ingress_rule" "https" {
#       security_group_id = aws_security_group.web.id
#       ip_protocol       = "tcp"
#       from_port         = 443
#       to_port           = 443
#       cidr_ipv4         = "0.0.0.0/0"
#     }
#     ```
package stanchion.aws.vpc.security_group_open_all_ports

import data.stanchion.lib.network

deny contains finding if {
	some entry in network.open_rules
	network.is_all_ports(entry)
	finding := {
		"path": entry.path,
		"message": sprintf("'%s' opens every port to '%s'", [input.address, entry.cidr]),
	}
}
