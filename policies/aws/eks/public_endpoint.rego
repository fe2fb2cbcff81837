# METADATA
# title: Kubernetes API is open to the internet
# description: >-
#   The API server decides over everything in the cluster. Open to every address, it can be attacked with leaked
#   credentials from anywhere, and with any flaw found in it.
# related_resources:
# - ref: https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
# custom:
#   id: aws-eks-public-endpoint
#   severity: medium
#   family: network
#   resource_types: [aws_eks_cluster]
#   frameworks:
#     aws-fsbp: ["EKS.1"]
#   aliases: [CKV_AWS_38, AVD-AWS-0041, aws-eks-no-public-cluster-access-to-cidr,
#     61cf9883-1752-4768-b18c-0d57f2737709]
#   remediation: |
#     Turn the public endpoint off, or name the networks that may use it:
#
#     ```hcl
#     vpc_config {
#       subnet_ids              = aws_subnet.private[*].id
#       endpoint_private_access = true
#       endpoint_public_access  = true
#       public_access_cidrs     = ["203.0.113.0/24"]
#     }
#     ```
package stanchion.aws.eks.public_endpoint

import data.stanchion.lib.attr

# Both the public endpoint and access from everywhere are what EKS does when nothing is said.
open_configs := [{"index": i, "config": config} |
	some i, config in attr.items(input.config, "vpc_config")
	attr.is_true(attr.get(config, ["endpoint_public_access"], true))
]

deny contains finding if {
	some open in open_configs
	count(attr.items(open.config, "public_access_cidrs")) == 0
	finding := {
		"path": ["vpc_config", open.index, "public_access_cidrs"],
		"message": sprintf("the API server of '%s' can be reached from every address", [input.address]),
	}
}

deny contains finding if {
	some open in open_configs
	some i, range in attr.items(open.config, "public_access_cidrs")
	cidr.is_public(range)
	finding := {
		"path": ["vpc_config", open.index, "public_access_cidrs", i],
		"message": sprintf("the API server of '%s' can be reached from '%s'", [input.address, range]),
	}
}
