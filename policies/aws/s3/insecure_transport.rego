# METADATA
# title: S3 bucket policy does not refuse unencrypted connections
# description: >-
#   S3 answers over plain HTTP as well unless the bucket policy denies it. A misconfigured client then sends data
#   readable for everybody on the way. Judged for buckets that have a policy; one Deny statement in it is enough.
# related_resources:
# - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html#example-bucket-policies-HTTP-HTTPS
# custom:
#   id: aws-s3-insecure-transport
#   severity: low
#   family: encryption
#   resource_types: [aws_s3_bucket, aws_s3_bucket_policy]
#   frameworks:
#     cis-aws-3.0.0: ["2.1.1"]
#     cis-aws-5.0.0: ["2.1.1"]
#     cis-aws-7.0.0: ["3.1.1"]
#     aws-fsbp: ["S3.5"]
#   aliases: [CKV_AWS_379,
#     4bc4dd4c-7d8d-405e-a0fb-57fa4c31b4d9]
#   remediation: |
#     Add this statement to the bucket's policy:
#
#     ```hcl
#     statement {
#       sid       = "DenyInsecureTransport"
#       effect    = "Deny"
#       actions   = ["s3:*"]
#       resources = [aws_s3_bucket.logs.arn, "${aws_s3_bucket.logs.arn}/*"]
#
#       principals {
#         type        = "*"
#         identifiers = ["*"]
#       }
#
#       condition {
#         test     = "Bool"
#         variable = "aws:SecureTransport"
#         values   = ["false"]
#       }
#     }
#     ```
package stanchion.aws.s3.insecure_transport

import data.stanchion.lib.attr
import data.stanchion.lib.iam

deny contains finding if {
	not is_elsewhere
	statements := iam.statements(input.config.policy, ["policy"])
	count(statements) > 0
	count([statement | some statement in statements; refuses_plain(statement)]) == 0
	finding := {
		"path": ["policy"],
		"message": sprintf("no statement in the policy of '%s' denies requests without TLS", [input.address]),
	}
}

# In a state the bucket's own attribute merely mirrors the separate resource.
is_elsewhere if {
	some policy in attr.items(input.links, "aws_s3_bucket_policy")
	policy.direction == "in"
}

refuses_plain(statement) if {
	statement.effect == "Deny"
	some principal in statement.principals
	iam.is_everyone(principal)
	some operator, tests in statement.condition
	lower(operator) in {"bool", "boolifexists", "stringequals", "stringequalsignorecase"}
	some key, value in tests
	lower(key) == "aws:securetransport"
	some entry in attr.list(value)
	is_off(entry)
}

is_off(value) if value == false

is_off(value) if {
	is_string(value)
	lower(value) == "false"
}
