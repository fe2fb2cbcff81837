# METADATA
# title: Function can be invoked by every AWS account
# description: >-
#   A permission for the principal `*` without a source or an organization lets anybody with an AWS account invoke the
#   function, with any input, at your cost.
# related_resources:
# - ref: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
# custom:
#   id: aws-lambda-public-permission
#   severity: critical
#   family: least-privilege
#   resource_types: [aws_lambda_permission]
#   frameworks:
#     aws-fsbp: ["Lambda.1"]
#   aliases: [CKV_AWS_301,
#     e08ed7eb-f3ef-494d-9d22-2e3db756a347, 1btsf2f9-af8c-4dfc-a0f1-a03adb70deb2]
#   remediation: |
#     Name the service and the resource that invokes the function:
#
#     ```hcl
#     resource "aws_lambda_permission" "uploads" {
#       action        = "lambda:InvokeFunction"
#       function_name = aws_lambda_function.resize.function_name
#       principal     = "s3.amazonaws.com"
#       source_arn    = aws_s3_bucket.uploads.arn
#     }
#     ```
package stanchion.aws.lambda.public_permission

restrictions := ["source_arn", "source_account", "principal_org_id", "event_source_token"]

is_restricted if {
	some name in restrictions
	object.get(restriction_values, name, "") != ""
}

restriction_values := {
	"source_arn": object.get(input.config, "source_arn", ""),
	"source_account": object.get(input.config, "source_account", ""),
	"principal_org_id": object.get(input.config, "principal_org_id", ""),
	"event_source_token": object.get(input.config, "event_source_token", ""),
}

# A public function URL is another matter, with a policy of its own.
is_function_url if object.get(input.config, "function_url_auth_type", "") == "NONE"

is_function_url if object.get(input.config, "invoked_via_function_url", false) == true

deny contains finding if {
	input.config.principal == "*"
	not is_restricted
	not is_function_url
	finding := {
		"path": ["principal"],
		"message": sprintf("'%s' lets every AWS account invoke the function", [input.address]),
	}
}
