# METADATA
# title: Security group rules that let the internet in, in one shape
# custom:
#   library: true
package stanchion.lib.network

import data.stanchion.lib.attr

# Ingress rules as {path, rule, protocol}, from the group's own blocks and from the two kinds of rule resource.
rules contains {"path": ["ingress", i], "rule": rule, "protocol": protocol(rule, "protocol")} if {
	some i, rule in attr.items(input.config, "ingress")
	is_object(rule)
}

rules contains {"path": [], "rule": rule, "protocol": protocol(rule, "protocol")} if {
	input.config.type == "ingress"
	rule := {
		"protocol": object.get(input.config, "protocol", ""),
		"from_port": object.get(input.config, "from_port", null),
		"to_port": object.get(input.config, "to_port", null),
		"cidr_blocks": object.get(input.config, "cidr_blocks", []),
		"ipv6_cidr_blocks": object.get(input.config, "ipv6_cidr_blocks", []),
	}
}

rules contains {"path": [], "rule": rule, "protocol": protocol(rule, "ip_protocol")} if {
	input.type == "aws_vpc_security_group_ingress_rule"
	rule := {
		"ip_protocol": object.get(input.config, "ip_protocol", ""),
		"from_port": object.get(input.config, "from_port", null),
		"to_port": object.get(input.config, "to_port", null),
		"cidr_ipv4": object.get(input.config, "cidr_ipv4", []),
		"cidr_ipv6": object.get(input.config, "cidr_ipv6", []),
	}
}

# The rules that the internet can use, one entry per address range: {path, cidr, protocol, from, to}.
open_rules := [entry |
	some found in rules
	some source in sources(found.rule)
	cidr.is_public(source.value)
	entry := {
		"path": array.concat(found.path, source.path),
		"cidr": source.value,
		"protocol": found.protocol,
		"from": port(object.get(found.rule, "from_port", null), 0),
		"to": port(object.get(found.rule, "to_port", null), 65535),
	}
]

# Address ranges of a rule with their paths; single values and lists.
sources(rule) := array.concat([source |
	some name in ["cidr_blocks", "ipv6_cidr_blocks"]
	some i, value in attr.list(object.get(rule, name, []))
	is_string(value)
	source := {"path": [name, i], "value": value}
], [source |
	some name in ["cidr_ipv4", "cidr_ipv6", "cidr_block", "ipv6_cidr_block"]
	value := object.get(rule, name, null)
	is_string(value)
	source := {"path": [name], "value": value}
])

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
