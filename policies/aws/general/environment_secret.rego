# METADATA
# title: Secret is written into an environment variable
# description: >-
#   Environment variables are shown in the console and by describe calls to everybody who may read the configuration,
#   and end up in logs and crash reports. A literal there is in the repository as well.
# related_resources:
# - ref: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
# custom:
#   id: aws-environment-secret
#   severity: high
#   family: secrets
#   literals: true
#   resource_types:
#   - aws_lambda_function
#   - aws_ecs_task_definition
#   - aws_codebuild_project
#   - aws_apprunner_service
#   - aws_batch_job_definition
#   frameworks:
#     aws-fsbp: ["CodeBuild.2", "ECS.8"]
#   aliases: [CKV_AWS_45, AVD-AWS-0036, aws-ecs-no-plaintext-secrets]
#   remediation: |
#     Change the secret, keep the new one in Secrets Manager or Parameter Store, and refer to it:
#
#     ```hcl
#     container_definitions = jsonencode([{
#       name    = "web"
#       image   = "example/web:1.2.3"
#       secrets = [{ name = "DB_PASSWORD", valueFrom = aws_secretsmanager_secret.db.arn }]
#     }])
#     ```
package stanchion.aws.general.environment_secret

import data.stanchion.lib.attr

# Variables as {path, name, value}.
variables contains {"path": ["environment", i, "variables", name], "name": name, "value": value} if {
	some i, environment in attr.items(input.config, "environment")
	some name, value in attr.get(environment, ["variables"], {})
}

variables contains {"path": ["container_definitions", i, "environment", j, "value"], "name": variable.name, "value": variable.value} if {
	some i, container in attr.items(input.config, "container_definitions")
	some j, variable in attr.items(container, "environment")
}

variables contains {"path": ["container_properties", "environment", j, "value"], "name": variable.name, "value": variable.value} if {
	some j, variable in attr.get(input.config, ["container_properties", "environment"], [])
}

variables contains {"path": ["environment", i, "environment_variable", j, "value"], "name": variable.name, "value": variable.value} if {
	some i, environment in attr.items(input.config, "environment")
	some j, variable in attr.items(environment, "environment_variable")
	attr.get(variable, ["type"], "PLAINTEXT") == "PLAINTEXT"
}

variables contains {"path": array.concat(base, [name]), "name": name, "value": value} if {
	some i, source in attr.items(input.config, "source_configuration")
	some j, repository in attr.items(source, "image_repository")
	some k, image in attr.items(repository, "image_configuration")
	base := ["source_configuration", i, "image_repository", j, "image_configuration", k, "runtime_environment_variables"]
	some name, value in attr.get(image, ["runtime_environment_variables"], {})
}

deny contains finding if {
	some variable in variables
	is_string(variable.name)
	secrets.judge(variable.name, variable.value).secret
	finding := {
		"path": variable.path,
		"message": sprintf("'%s' has a literal secret in the variable '%s'", [input.address, variable.name]),
	}
}
