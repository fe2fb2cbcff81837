# METADATA
# title: Security group rules that let the internet in, in one shape
# custom:
#   library: true
package stanchion.lib.network

import data.stanchion.lib.attr

# What rules call their address ranges.
ranges := ["cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6", "cidr_block", "ipv6_cidr_block"]

# The ingress rules that the internet can use, from the group's own blocks and from the two kinds of rule resource, one entry
# per address range: {path, cidr, protocol, from, to}.
open_rules contains open_rule(["ingress", i], rule, source, "protocol") if {
	some i, rule in attr.items(input.config, "ingress")
	some source in cidr.public_members(rule, ranges)
}

open_rules contains open_rule([], rule, source, "protocol") if {
	input.config.type == "ingress"
	rule := {
		"protocol": object.get(input.config, "protocol", ""),
		"from_port": object.get(input.config, "from_port", null),
		"to_port": object.get(input.config, "to_port", null),
		"cidr_blocks": object.get(input.config, "cidr_blocks", []),
		"ipv6_cidr_blocks": object.get(input.config, "ipv6_cidr_blocks", []),
	}
	some source in cidr.public_members(rule, ranges)
}

open_rules contains open_rule([], rule, source, "ip_protocol") if {
	input.type == "aws_vpc_security_group_ingress_rule"
	rule := {
		"ip_protocol": object.get(input.config, "ip_protocol", ""),
		"from_port": object.get(input.config, "from_port", null),
		"to_port": object.get(input.config, "to_port", null),
		"cidr_ipv4": object.get(input.config, "cidr_ipv4", null),
		"cidr_ipv6": object.get(input.config, "cidr_ipv6", null),
	}
	some source in cidr.public_members(rule, ranges)
}

open_rule(path, rule, source, name) := {
	"path": array.concat(path, source.path),
	"cidr": source.value,
	"protocol": protocol(rule, name),
	"from": port(object.get(rule, "from_port", null), 0),
	"to": port(object.get(rule, "to_port", null), 65535),
}

# `tcp`, `udp`, `all` or whatever else; numbers are IANA's.
protocol(rule, name) := object.get(names, said, said) if {
	said := lower(sprintf("%v", [object.get(rule, name, "")]))
	names := {"6": "tcp", "17": "udp", "-1": "all"}
}

# True when the rule lets through every protocol, or every TCP or UDP port.
is_all_ports(entry) if entry.protocol == "all"

is_all_ports(entry) if {
	entry.protocol in {"tcp", "udp"}
	entry.from <= 1
	entry.to == 65535
}

# The ports of a list that a TCP rule lets through, in words.
reached(entry, ports) := [sprintf("%d (%s)", [number, name]) |
	entry.protocol == "tcp"
	some number, name in ports
	entry.from <= number
	number <= entry.to
]

port(value, _) := value if is_number(value)

port(value, _) := to_number(value) if {
	is_string(value)
	regex.match(`^-?[0-9]+$`, value)
}

port(value, fallback) := fallback if {
	not is_number(value)
	not is_numeric(value)
}

is_numeric(value) if {
	is_string(value)
	regex.match(`^-?[0-9]+$`, value)
}
