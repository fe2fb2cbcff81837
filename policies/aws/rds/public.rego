# METADATA
# title: Database gets a public address
# description: >-
#   A publicly accessible database has a name that resolves to a public address, so that one wide security group
#   rule is all that keeps the internet away from its log-in. Databases belong into private subnets and are
#   reached through the VPC.
# related_resources:
# - ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html#USER_VPC.Hiding
# custom:
#   id: aws-rds-public
#   severity: high
#   family: network
#   resource_types: [aws_db_instance, aws_rds_cluster_instance]
#   frameworks:
#     cis-aws-3.0.0: ["2.3.3"]
#     cis-aws-5.0.0: ["2.2.3"]
#     cis-aws-7.0.0: ["3.2.3"]
#     aws-fsbp: ["RDS.2"]
#   aliases: [CKV_AWS_17, AVD-AWS-0180, aws-rds-enable-public-access,
#     35113e6f-2c6b-414d-beec-7a9482d3b2d1]
#   remediation: |
#     Leave the address out, which is the default, and reach the database through the VPC:
#
#     ```hcl
#     resource "aws_db_instance" "app" {
#       # ...
#       publicly_accessible  = false
#       db_subnet_group_name = aws_db_subnet_group.private.name
#     }
#     ```
package stanchion.aws.rds.public

import data.stanchion.lib.attr

deny contains finding if {
	attr.is_true(attr.get(input.config, ["publicly_accessible"], false))
	finding := {
		"path": ["publicly_accessible"],
		"message": sprintf("'%s' has publicly_accessible = true", [input.address]),
	}
}
