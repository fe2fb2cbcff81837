# METADATA
# title: S3 bucket policy lets everyone in
# description: >-
#   A statement that allows something to the principal `*`, without a condition that ties the caller to a known
#   account, organization or network, is open to the whole internet, without any credentials. What it allows,
#   anybody can do: read, and with wider actions also overwrite or delete.
# related_resources:
# - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
# custom:
#   id: aws-s3-public-policy
#   severity: critical
#   family: least-privilege
#   resource_types: [aws_s3_bucket, aws_s3_bucket_policy]
#   frameworks:
#     cis-aws-7.0.0: ["2.21"]
#   aliases: [CKV_AWS_70,
#     7af43613-6bb9-4a0e-8c4d-1314b799425e]
#   remediation: |
#     Name who may come in, or add a condition on who calls. Serve public content through CloudFront with origin access control:
#
#     ```hcl
#     data "aws_iam_policy_document" "site" {
#       statement {
#         actions   = ["s3:GetObject"]
#         resources = ["${aws_s3_bucket.site.arn}/*"]
#
#         principals {
#           type        = "Service"
#           identifiers = ["cloudfront.amazonaws.com"]
#         }
#
#         condition {
#           test     = "StringEquals"
#           variable = "AWS:SourceArn"
#           values   = [aws_cloudfront_distribution.site.arn]
#         }
#       }
#     }
#     ```
package stanchion.aws.s3.public_policy

import data.stanchion.lib.attr
import data.stanchion.lib.exposure

# The public access block takes the effect from a public policy.
is_blocked if {
	some block in attr.items(input.links, "aws_s3_bucket_public_access_block")
	attr.is_true(attr.get(block.config, ["restrict_public_buckets"], false))
}

is_blocked if {
	some block in attr.items(input.links, "aws_s3_bucket_public_access_block")
	attr.is_true(attr.get(block.config, ["block_public_policy"], false))
}

# In a state the bucket's own attribute merely mirrors the separate resource.
is_elsewhere if {
	some policy in attr.items(input.links, "aws_s3_bucket_policy")
	policy.direction == "in"
}

deny contains finding if {
	not is_blocked
	not is_elsewhere
	some statement in exposure.open_statements(input.config.policy, ["policy"])
	finding := {
		"path": exposure.opening(statement),
		"message": sprintf("the policy of '%s' allows %s to everyone", [input.address, allowed(statement)]),
		"severity": severity(statement),
	}
}

allowed(statement) := concat(", ", [action.value | some action in statement.actions]) if {
	count(statement.actions) > 0
} else := "all but a few actions"

# Reading single objects is what public web sites do on purpose.
severity(statement) := "high" if {
	count(statement.actions) > 0
	count([action | some action in statement.actions; not is_read(action.value)]) == 0
} else := "critical"

is_read(action) if lower(action) in {"s3:getobject", "s3:getobjectversion"}
