# METADATA
# title: Load balancer accepts TLS 1.0 or 1.1
# description: >-
#   TLS 1.0 and 1.1 have known weaknesses and were retired in 2021. A listener without a policy gets one from 2016 that
#   still accepts them when it is not made in the console.
# related_resources:
# - ref: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
# custom:
#   id: aws-lb-weak-tls-policy
#   severity: medium
#   family: encryption
#   resource_types: [aws_lb_listener, aws_alb_listener]
#   frameworks:
#     aws-fsbp: ["ELB.17"]
#   aliases: [CKV_AWS_103, CKV2_AWS_74, AVD-AWS-0047, aws-elb-use-secure-tls-policy]
#   remediation: |
#     Choose a policy that starts at TLS 1.2:
#
#     ```hcl
#     ssl_policy = "ELBSecurityPolicy-TLS13-1-2-2021-06"
#     ```
package stanchion.aws.elb.weak_tls_policy

weak := {
	"ELBSecurityPolicy-2015-05", "ELBSecurityPolicy-2016-08", "ELBSecurityPolicy-FS-2018-06", "ELBSecurityPolicy-FS-1-1-2019-08",
}

families := ["ELBSecurityPolicy-TLS-1-0-", "ELBSecurityPolicy-TLS-1-1-", "ELBSecurityPolicy-TLS13-1-0-", "ELBSecurityPolicy-TLS13-1-1-"]

is_weak(policy) if policy in weak

is_weak(policy) if {
	some family in families
	startswith(policy, family)
}

deny contains finding if {
	upper(input.config.protocol) in {"HTTPS", "TLS"}
	policy := object.get(input.config, "ssl_policy", "ELBSecurityPolicy-2016-08")
	is_weak(policy)
	finding := {
		"path": ["ssl_policy"],
		"message": sprintf("the listener '%s' uses the policy '%s', which accepts TLS 1.0 or 1.1", [input.address, policy]),
	}
}
