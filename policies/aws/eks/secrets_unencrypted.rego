# METADATA
# title: Kubernetes secrets are not encrypted with a key of your own
# description: >-
#   Since Kubernetes 1.28 EKS encrypts all API data with a key that AWS owns. Only with a key of your own can you see in
#   CloudTrail who uses it, and take the access back.
# related_resources:
# - ref: https://docs.aws.amazon.com/eks/latest/userguide/envelope-encryption.html
# custom:
#   id: aws-eks-secrets-unencrypted
#   severity: low
#   family: encryption
#   resource_types: [aws_eks_cluster]
#   frameworks:
#     aws-fsbp: ["EKS.3"]
#   aliases: [CKV_AWS_58, AVD-AWS-0039, aws-eks-encrypt-secrets,
#     63ebcb19-2739-4d3f-aa5c-e8bbb9b85281]
#   remediation: |
#     Name a KMS key for secrets:
#
#     ```hcl
#     encryption_config {
#       resources = ["secrets"]
#
#       provider {
#         key_arn = aws_kms_key.eks.arn
#       }
#     }
#     ```
package stanchion.aws.eks.secrets_unencrypted

import data.stanchion.lib.attr

is_encrypted if {
	some config in attr.items(input.config, "encryption_config")
	"secrets" in attr.items(config, "resources")
}

deny contains finding if {
	not is_encrypted
	finding := {
		"path": ["encryption_config"],
		"message": sprintf("the secrets of '%s' are not encrypted with a key of your own", [input.address]),
	}
}
