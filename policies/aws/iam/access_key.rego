# METADATA
# title: Long-lived access key is made by Terraform
# description: >-
#   An access key never expires by itself, and unless it is encrypted with a PGP key its secret part is kept in the
#   state in the clear, for everybody who can read the state. Leaked keys of this kind are behind most break-ins into
#   AWS accounts.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
# custom:
#   id: aws-iam-access-key
#   severity: medium
#   family: secrets
#   resource_types: [aws_iam_access_key]
#   remediation: |
#     Use a role instead: an instance profile, a task role, IRSA or EKS Pod Identity, IAM Roles Anywhere, or OIDC
#     for CI systems. Where a key cannot be avoided, encrypt it and rotate it:
#
#     ```hcl
#     resource "aws_iam_access_key" "legacy" {
#       user    = aws_iam_user.legacy.name
#       pgp_key = "keybase:operations"
#     }
#     ```
package stanchion.aws.iam.access_key

deny contains finding if {
	not is_inactive
	finding := {
		"path": ["user"],
		"message": sprintf("'%s' is a long-lived key%s", [input.address, remark]),
		"severity": severity,
	}
}

is_inactive if input.config.status == "Inactive"

is_encrypted if object.get(input.config, "pgp_key", "") != ""

remark := "" if {
	is_encrypted
} else := ", and its secret is in the state in the clear"

severity := "low" if {
	is_encrypted
} else := "medium"
