# METADATA
# title: Function URL needs no login
# description: >-
#   A function URL with the authorization type NONE can be called by everybody who learns the address. Whatever checks
#   callers has to be in the function itself.
# related_resources:
# - ref: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
# custom:
#   id: aws-lambda-url-no-auth
#   severity: medium
#   family: least-privilege
#   resource_types: [aws_lambda_function_url]
#   aliases: [CKV_AWS_258]
#   remediation: |
#     Ask for signed requests. For a web hook that checks signatures itself, suppress this finding with the reason:
#
#     ```hcl
#     authorization_type = "AWS_IAM"
#     ```
package stanchion.aws.lambda.url_no_auth

deny contains finding if {
	input.config.authorization_type == "NONE"
	finding := {
		"path": ["authorization_type"],
		"message": sprintf("'%s' has the authorization type 'NONE', so everybody can call the function", [input.address]),
	}
}
