# METADATA
# title: Function trusts a service on behalf of any account
# description: >-
#   A permission for a service such as S3, SNS, EventBridge or API Gateway without a source lets that service invoke the
#   function for resources of any AWS account. A stranger who learns the function's ARN can point a bucket or topic of
#   their own at it.
# related_resources:
# - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
# custom:
#   id: aws-lambda-permission-any-source
#   severity: medium
#   family: least-privilege
#   resource_types: [aws_lambda_permission]
#   aliases: [CKV_AWS_364, AVD-AWS-0067, aws-lambda-restrict-source-arn]
#   remediation: |
#     Say which resource, or at least which account, may be behind the call:
#
#     ```hcl
#     resource "aws_lambda_permission" "topic" {
#       action        = "lambda:InvokeFunction"
#       function_name = aws_lambda_function.notify.function_name
#       principal     = "sns.amazonaws.com"
#       source_arn    = aws_sns_topic.alarms.arn
#     }
#     ```
package stanchion.aws.lambda.permission_any_source

# Services that call functions for resources which anybody can make in an account of their own.
services := {
	"s3.amazonaws.com", "sns.amazonaws.com", "events.amazonaws.com", "apigateway.amazonaws.com", "elasticloadbalancing.amazonaws.com",
	"iot.amazonaws.com", "ses.amazonaws.com",
}

deny contains finding if {
	input.config.principal in services
	object.get(input.config, "source_arn", "") == ""
	object.get(input.config, "source_account", "") == ""
	object.get(input.config, "principal_org_id", "") == ""
	finding := {
		"path": ["source_arn"],
		"message": sprintf("'%s' lets '%s' invoke the function on behalf of any account", [input.address, input.config.principal]),
	}
}
