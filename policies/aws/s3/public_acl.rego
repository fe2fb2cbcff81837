# METADATA
# title: S3 bucket is open to everyone through its ACL
# description: >-
#   A public canned ACL, or a grant to the AllUsers or AuthenticatedUsers group, lets strangers list or read the bucket.
#   Open buckets are found by scanners within hours and are the most common cause of leaked data on AWS.
# related_resources:
# - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
# custom:
#   id: aws-s3-public-acl
#   severity: critical
#   family: least-privilege
#   resource_types: [aws_s3_bucket, aws_s3_bucket_acl]
#   frameworks:
#     cis-aws-3.0.0: ["2.1.4"]
#   aliases: [CKV_AWS_20, CKV_AWS_57, AVD-AWS-0092]
#   remediation: |
#     Use the private ACL, or no ACL at all, and share through a bucket policy:
#
#     ```hcl
#     resource "aws_s3_bucket_acl" "logs" {
#       bucket = aws_s3_bucket.logs.id
#       acl    = "private"
#     }
#     ```
package stanchion.aws.s3.public_acl

import data.stanchion.lib.attr

public_acls := {"public-read", "public-read-write", "authenticated-read", "website"}

public_groups := {
	"http://acs.amazonaws.com/groups/global/AllUsers",
	"http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
}

deny contains finding if {
	input.config.acl in public_acls
	finding := {
		"path": ["acl"],
		"message": sprintf("the canned ACL '%s' opens the bucket to strangers", [input.config.acl]),
	}
}

# Grants of the bucket itself.
deny contains finding if {
	some i, grant in attr.items(input.config, "grant")
	grant.uri in public_groups
	finding := {
		"path": ["grant", i, "uri"],
		"message": sprintf("a grant gives %s to everyone", [attr.get(grant, ["permissions"], "access")]),
	}
}

# Grants of a separate ACL resource.
deny contains finding if {
	some i, policy in attr.items(input.config, "access_control_policy")
	some j, grant in attr.items(policy, "grant")
	some k, grantee in attr.items(grant, "grantee")
	grantee.uri in public_groups
	finding := {
		"path": ["access_control_policy", i, "grant", j, "grantee", k, "uri"],
		"message": sprintf("a grant gives %s to everyone", [attr.get(grant, ["permission"], "access")]),
	}
}
