# METADATA
# title: Security group opens a remote administration port to the internet
# description: >-
#   SSH, Remote Desktop and their kind are tried by password guessers within minutes of becoming reachable, and every
#   flaw found in them is used against the whole internet at once.
# related_resources:
# - ref: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
# custom:
#   id: aws-security-group-open-admin-port
#   severity: high
#   family: network
#   resource_types:
#   - aws_security_group
#   - aws_default_security_group
#   - aws_security_group_rule
#   - aws_vpc_security_group_ingress_rule
#   frameworks:
#     aws-fsbp: ["EC2.13", "EC2.14"]
#     cis-aws-3.0.0: ["5.2", "5.3"]
#     cis-aws-5.0.0: ["5.3", "5.4"]
#   aliases: [CKV_AWS_24, CKV_AWS_25, AVD-AWS-0107, aws-ec2-no-public-ingress-sgr,
#     65905cec-d691-4320-b320-2000436cb696, 151187cb-0efc-481c-babd-ad24e3c9bc22]
#   remediation: |
#     Open the port to the addresses or security groups that need it, or reach the machines through Session Manager:
#
#     ```hcl
#     resource "aws_vpc_security_group_ingress_rule" "ssh" {
#       security_group_id = aws_security_group.app.id
#       ip_protocol       = "tcp"
#       from_port         = 22
#       to_port           = 22
#       cidr_ipv4         = "203.0.113.0/24"
#     }
#     ```
package stanchion.aws.vpc.security_group_open_admin_port

import data.stanchion.lib.network

ports := {
	22: "SSH",
	23: "Telnet",
	2375: "Docker",
	2376: "Docker",
	3389: "Remote Desktop",
	5900: "VNC",
	5985: "WinRM",
	5986: "WinRM",
}

deny contains finding if {
	some entry in network.open_rules
	not network.is_all_ports(entry)
	reached := network.reached(entry, ports)
	count(reached) > 0
	finding := {
		"path": entry.path,
		"message": sprintf("'%s' opens port %s to '%s'", [input.address, concat(", ", reached), entry.cidr]),
	}
}
