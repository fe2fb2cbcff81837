# METADATA
# title: S3 public access block leaves a way open
# description: >-
#   The block has four switches, and each one left out is off. A bucket or account with one of them off can still
#   be opened, by an ACL or a policy, on purpose or by mistake.
# related_resources:
# - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
# custom:
#   id: aws-s3-public-access-block-off
#   severity: medium
#   family: least-privilege
#   resource_types: [aws_s3_bucket_public_access_block, aws_s3_account_public_access_block]
#   frameworks:
#     cis-aws-3.0.0: ["2.1.4"]
#     cis-aws-5.0.0: ["2.1.4"]
#     cis-aws-7.0.0: ["3.1.4"]
#     aws-fsbp: ["S3.1", "S3.8"]
#   aliases: [CKV_AWS_53, CKV_AWS_54, CKV_AWS_55, CKV_AWS_56, AVD-AWS-0086, AVD-AWS-0087, AVD-AWS-0091, AVD-AWS-0093, aws-s3-block-public-acls, aws-s3-block-public-policy, aws-s3-ignore-public-acls, aws-s3-no-public-buckets,
#     d0cc8694-fcad-43ff-ac86-32331d7e867f, 1a4bc881-9f69-4d44-8c9a-d37d08f54c50, 4fa66806-0dd9-4f8d-9480-3174d39c7c91,
#     1ec253ab-c220-4d63-b2de-5b40e0af9293]
#   remediation: |
#     Switch on all four settings:
#
#     ```hcl
#     resource "aws_s3_bucket_public_access_block" "logs" {
#       bucket                  = aws_s3_bucket.logs.id
#       block_public_acls       = true
#       block_public_policy     = true
#       ignore_public_acls      = true
#       restrict_public_buckets = true
#     }
#     ```
package stanchion.aws.s3.public_access_block_off

import data.stanchion.lib.attr

deny contains finding if {
	some name, state in switches
	not attr.is_true(state)
	finding := {
		"path": [name],
		"message": sprintf("'%s' has %s %s", [input.address, name, described(state)]),
	}
}

switches := {
	"block_public_acls": attr.get(input.config, ["block_public_acls"], "unset"),
	"block_public_policy": attr.get(input.config, ["block_public_policy"], "unset"),
	"ignore_public_acls": attr.get(input.config, ["ignore_public_acls"], "unset"),
	"restrict_public_buckets": attr.get(input.config, ["restrict_public_buckets"], "unset"),
}

described(state) := "not set, which means off" if {
	state == "unset"
} else := "set to false"
