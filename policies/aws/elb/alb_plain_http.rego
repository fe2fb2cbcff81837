# METADATA
# title: Load balancer serves plain HTTP
# description: >-
#   What is sent over plain HTTP, passwords and session cookies included, can be read and changed by every network in
#   between.
# related_resources:
# - ref: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html
# custom:
#   id: aws-alb-plain-http
#   severity: medium
#   family: encryption
#   resource_types: [aws_lb_listener, aws_alb_listener]
#   frameworks:
#     aws-fsbp: ["ELB.1"]
#   aliases: [CKV_AWS_2, AVD-AWS-0054, aws-elb-http-not-used,
#     de7f5e83-da88-4046-871f-ea18504b1d43]
#   remediation: |
#     Listen with TLS, and let port 80 only redirect:
#
#     ```hcl
#     resource "aws_lb_listener" "http" {
#       load_balancer_arn = aws_lb.web.arn
#       port              = 80
#       protocol          = "HTTP"
#
#       default_action {
#         type = "redirect"
#
#         redirect {
#           port        = "443"
#           protocol    = "HTTPS"
#           status_code = "HTTP_301"
#         }
#       }
#     }
#     ```
package stanchion.aws.elb.alb_plain_http

import data.stanchion.lib.attr

balancers := array.concat(attr.items(input.links, "aws_lb"), attr.items(input.links, "aws_alb"))

is_internal if {
	some balancer in balancers
	attr.is_true(attr.get(balancer.config, ["internal"], false))
}

serving := {"forward", "authenticate-cognito", "authenticate-oidc"}

# A redirect sends to TLS, and a fixed response (not found, forbidden) has nothing worth reading.
is_serving if {
	some action in attr.items(input.config, "default_action")
	attr.get(action, ["type"], "") in serving
}

is_serving if {
	some action in attr.items(input.config, "default_action")
	some redirect in attr.items(action, "redirect")
	attr.get(redirect, ["protocol"], "#{protocol}") in {"HTTP", "#{protocol}"}
}

deny contains finding if {
	upper(input.config.protocol) == "HTTP"
	is_serving
	finding := {
		"path": ["protocol"],
		"message": sprintf("the listener '%s' serves plain HTTP", [input.address]),
		"severity": severity,
	}
}

severity := "low" if {
	is_internal
} else := "medium"
