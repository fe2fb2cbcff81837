# METADATA
# title: Network ACL opens a remote administration port to the internet
# description: >-
#   A network ACL is the second fence around a subnet, for the day when a security group is too wide. A rule that lets
#   the internet reach SSH or Remote Desktop takes it down.
# related_resources:
# - ref: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
# custom:
#   id: aws-network-acl-open-admin-port
#   severity: low
#   family: network
#   resource_types: [aws_network_acl, aws_default_network_acl, aws_network_acl_rule]
#   frameworks:
#     aws-fsbp: ["EC2.21"]
#     cis-aws-3.0.0: ["5.1"]
#     cis-aws-5.0.0: ["5.2"]
#   aliases: [CKV_AWS_231, CKV_AWS_232, AVD-AWS-0105, aws-ec2-no-public-ingress-acl,
#     3af7f2fd-06e6-4dab-b996-2912bea19ba4, a20be318-cac7-457b-911d-04cc6e812c25]
#   remediation: |
#     Let only known networks reach the port:
#
#     ```hcl
#     resource "aws_network_acl_rule" "ssh" {
#       network_acl_id = aws_network_acl.private.id
#       rule_number    = 100
#       rule_action    = "allow"
#       protocol       = "tcp"
#       cidr_block     = "203.0.113.0/24"
#       from_port      = 22
#       to_port        = 22
#     }
#     ```
package stanchion.aws.vpc.network_acl_open_admin_port

import data.stanchion.lib.attr
import data.stanchion.lib.network

ports := {22: "SSH", 3389: "Remote Desktop"}

# Rules as {path, rule, action, number}.
rules contains {"path": ["ingress", i], "rule": rule, "action": rule.action, "number": object.get(rule, "rule_no", 0)} if {
	some i, rule in attr.items(input.config, "ingress")
	is_object(rule)
}

rules contains {"path": [], "rule": rule, "action": input.config.rule_action, "number": 0} if {
	not attr.is_true(object.get(input.config, "egress", false))
	rule := {
		"protocol": object.get(input.config, "protocol", ""),
		"from_port": object.get(input.config, "from_port", null),
		"to_port": object.get(input.config, "to_port", null),
		"cidr_block": object.get(input.config, "cidr_block", null),
		"ipv6_cidr_block": object.get(input.config, "ipv6_cidr_block", null),
	}
}

entries := [entry |
	some found in rules
	some source in cidr.public_members(found.rule, network.ranges)
	entry := {
		"path": array.concat(found.path, source.path),
		"cidr": source.value,
		"action": lower(found.action),
		"number": found.number,
		"protocol": network.protocol(found.rule, "protocol"),
		"from": network.port(object.get(found.rule, "from_port", null), 0),
		"to": network.port(object.get(found.rule, "to_port", null), 65535),
	}
]

# A rule with a lower number decides first.
is_denied_before(entry, port) if {
	some other in entries
	other.action == "deny"
	other.number < entry.number
	contains(other.cidr, ":") == contains(entry.cidr, ":")
	other.protocol in {"all", "tcp"}
	is_covering(other, port)
}

is_covering(entry, _) if entry.protocol == "all"

is_covering(entry, port) if {
	entry.from <= port
	port <= entry.to
}

# The wide range that answers to outgoing connections come back to has to be open, and so do rules for all traffic, which
# leave the filtering to security groups.
deny contains finding if {
	some entry in entries
	entry.action == "allow"
	entry.protocol == "tcp"
	entry.to - entry.from < 4096
	some port, name in ports
	is_covering(entry, port)
	not is_denied_before(entry, port)
	finding := {
		"path": entry.path,
		"message": sprintf("'%s' opens port %d (%s) to '%s'", [input.address, port, name, entry.cidr]),
	}
}
