# METADATA
# title: S3 bucket is open to everyone through its ACL
# description: >-
#   A public canned ACL, or a grant to the AllUsers or AuthenticatedUsers group, lets strangers list, read or even
#   write the bucket. AuthenticatedUsers means anybody with any AWS account. Open buckets are found by scanners
#   within hours and are the most common cause of leaked data on AWS.
# related_resources:
# - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
# custom:
#   id: aws-s3-public-acl
#   severity: critical
#   family: least-privilege
#   resource_types: [aws_s3_bucket, aws_s3_bucket_acl]
#   aliases: [CKV_AWS_20, CKV_AWS_57, CKV2_AWS_43, AVD-AWS-0092, aws-s3-no-public-access-with-acl,
#     38c5ee0d-7f22-4260-ab72-5073048df100, 57b9893d-33b1-4419-bcea-a717ea87e139, d4e5f6g7-h8i9-0jkl-1234-mn567opq8901]
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

public_acls := {"public-read", "public-read-write", "authenticated-read"}

public_groups := {
	"http://acs.amazonaws.com/groups/global/AllUsers",
	"http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
}

# S3 disregards public ACLs of this bucket, or all its ACLs.
is_ignored if {
	some block in attr.items(input.links, "aws_s3_bucket_public_access_block")
	attr.is_true(attr.get(block.config, ["ignore_public_acls"], false))
}

is_ignored if {
	some controls in attr.items(input.links, "aws_s3_bucket_ownership_controls")
	some rule in attr.items(controls.config, "rule")
	rule.object_ownership == "BucketOwnerEnforced"
}

# A separate ACL resource decides instead of the bucket's own attributes, which merely mirror it in a state.
is_elsewhere if {
	some acl in attr.items(input.links, "aws_s3_bucket_acl")
	acl.direction == "in"
}

deny contains finding if {
	not is_ignored
	not is_elsewhere
	input.config.acl in public_acls
	finding := {
		"path": ["acl"],
		"message": sprintf("the canned ACL '%s' opens '%s' to strangers", [input.config.acl, input.address]),
	}
}

deny contains finding if {
	not is_ignored
	not is_elsewhere
	some i, grant in attr.items(input.config, "grant")
	grant.uri in public_groups
	finding := {
		"path": ["grant", i, "uri"],
		"message": sprintf("a grant of '%s' is for the group %s", [input.address, group(grant.uri)]),
	}
}

deny contains finding if {
	not is_ignored
	some i, policy in attr.items(input.config, "access_control_policy")
	some j, grant in attr.items(policy, "grant")
	some k, grantee in attr.items(grant, "grantee")
	grantee.uri in public_groups
	finding := {
		"path": ["access_control_policy", i, "grant", j, "grantee", k, "uri"],
		"message": sprintf("'%s' grants %s to the group %s", [
			input.address,
			attr.get(grant, ["permission"], "access"),
			group(grantee.uri),
		]),
	}
}

group(uri) := "AllUsers" if endswith(uri, "/AllUsers")

group(uri) := "AuthenticatedUsers" if endswith(uri, "/AuthenticatedUsers")
