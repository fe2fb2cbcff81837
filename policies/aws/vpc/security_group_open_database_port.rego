# METADATA
# title: Security group opens a database port to the internet
# description: >-
#   Databases, caches, queues and search engines are made for trusted networks: many have no login, or one that can be
#   guessed, and none is meant to meet strangers. Open ones are found, copied and held to ransom by machines.
# related_resources:
# - ref: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
# custom:
#   id: aws-security-group-open-database-port
#   severity: high
#   family: network
#   resource_types:
#   - aws_security_group
#   - aws_default_security_group
#   - aws_security_group_rule
#   - aws_vpc_security_group_ingress_rule
#   frameworks:
#     aws-fsbp: ["EC2.19"]
#   remediation: |
#     Open the port to the security group of the application that uses it:
#
#     ```hcl
#     resource "aws_vpc_security_group_ingress_rule" "postgres" {
#       security_group_id            = aws_security_group.db.id
#       ip_protocol                  = "tcp"
#       from_port                    = 5432
#       to_port                      = 5432
#       referenced_security_group_id = aws_security_group.app.id
#     }
#     ```
package stanchion.aws.vpc.security_group_open_database_port

import data.stanchion.lib.network

ports := {
	1433: "SQL Server",
	1521: "Oracle",
	2049: "NFS",
	2379: "etcd",
	3306: "MySQL",
	5432: "PostgreSQL",
	5439: "Redshift",
	5601: "Kibana",
	6379: "Redis",
	7000: "Cassandra",
	9042: "Cassandra",
	9092: "Kafka",
	9200: "Elasticsearch",
	9300: "Elasticsearch",
	11211: "Memcached",
	27017: "MongoDB",
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
