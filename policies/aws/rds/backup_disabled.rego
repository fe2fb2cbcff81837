# METADATA
# title: Database has no automatic backups
# description: >-
#   With a retention of 0 days RDS takes no backups: a dropped table, a failed migration or a deleted instance is
#   gone for good. Terraform's default for an instance is 0.
# related_resources:
# - ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html
# custom:
#   id: aws-rds-backup-disabled
#   severity: medium
#   family: resilience
#   resource_types: [aws_db_instance]
#   frameworks:
#     aws-fsbp: ["RDS.11"]
#   aliases: [CKV_AWS_133, AVD-AWS-0077, aws-rds-specify-backup-retention,
#     1dc73fb4-5b51-430c-8c5f-25dcf9090b02]
#   remediation: |
#     Keep backups for a week or more:
#
#     ```hcl
#     resource "aws_db_instance" "app" {
#       # ...
#       backup_retention_period = 7
#     }
#     ```
package stanchion.aws.rds.backup_disabled

import data.stanchion.lib.attr

# Backed up elsewhere: replicas at their source, Aurora by its cluster, others by AWS Backup.
is_elsewhere if attr.get(input.config, ["replicate_source_db"], "") != ""

is_elsewhere if startswith(attr.get(input.config, ["engine"], ""), "aurora")

is_elsewhere if count(attr.items(input.links, "aws_backup_selection")) > 0

# What is restored keeps the retention of where it comes from.
is_inherited if attr.get(input.config, ["snapshot_identifier"], "") != ""

is_inherited if count(attr.items(input.config, "restore_to_point_in_time")) > 0

deny contains finding if {
	not is_elsewhere
	attr.get(input.config, ["backup_retention_period"], 7) in {0, "0"}
	finding := {
		"path": ["backup_retention_period"],
		"message": sprintf("'%s' has backup_retention_period = 0", [input.address]),
	}
}

deny contains finding if {
	not is_elsewhere
	not is_inherited
	not attr.has(input.config, ["backup_retention_period"])
	finding := {
		"path": ["backup_retention_period"],
		"message": sprintf("'%s' has no backup_retention_period, which means 0 days", [input.address]),
	}
}
