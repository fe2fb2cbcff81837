# METADATA
# title: Resource lacks required tags
# description: >-
#   Tags say who owns a resource, what it costs whom, and whether it may be deleted. Without them costs cannot be
#   assigned, and nobody knows whom to wake when something breaks.
# related_resources:
# - ref: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
# custom:
#   id: aws-required-tags
#   severity: low
#   family: tagging
#   resource_types:
#   - aws_acm_certificate
#   - aws_alb
#   - aws_api_gateway_rest_api
#   - aws_api_gateway_stage
#   - aws_apigatewayv2_api
#   - aws_apprunner_service
#   - aws_athena_workgroup
#   - aws_backup_plan
#   - aws_backup_vault
#   - aws_batch_compute_environment
#   - aws_cloudfront_distribution
#   - aws_cloudtrail
#   - aws_cloudwatch_log_group
#   - aws_cloudwatch_metric_alarm
#   - aws_codebuild_project
#   - aws_codepipeline
#   - aws_cognito_user_pool
#   - aws_customer_gateway
#   - aws_db_cluster_snapshot
#   - aws_db_instance
#   - aws_db_parameter_group
#   - aws_db_subnet_group
#   - aws_dms_replication_instance
#   - aws_docdb_cluster
#   - aws_docdb_cluster_instance
#   - aws_dynamodb_table
#   - aws_ebs_volume
#   - aws_ec2_transit_gateway
#   - aws_ecr_repository
#   - aws_ecs_cluster
#   - aws_ecs_service
#   - aws_ecs_task_definition
#   - aws_efs_file_system
#   - aws_eip
#   - aws_eks_cluster
#   - aws_eks_node_group
#   - aws_elastic_beanstalk_environment
#   - aws_elasticache_cluster
#   - aws_elasticache_replication_group
#   - aws_elasticsearch_domain
#   - aws_elb
#   - aws_emr_cluster
#   - aws_fsx_lustre_file_system
#   - aws_fsx_windows_file_system
#   - aws_glue_job
#   - aws_iam_policy
#   - aws_iam_role
#   - aws_iam_user
#   - aws_instance
#   - aws_internet_gateway
#   - aws_kinesis_firehose_delivery_stream
#   - aws_kinesis_stream
#   - aws_kms_key
#   - aws_lambda_function
#   - aws_launch_template
#   - aws_lb
#   - aws_lb_target_group
#   - aws_mq_broker
#   - aws_msk_cluster
#   - aws_nat_gateway
#   - aws_neptune_cluster
#   - aws_network_acl
#   - aws_network_interface
#   - aws_opensearch_domain
#   - aws_rds_cluster
#   - aws_rds_cluster_instance
#   - aws_redshift_cluster
#   - aws_route53_zone
#   - aws_route_table
#   - aws_s3_bucket
#   - aws_sagemaker_notebook_instance
#   - aws_secretsmanager_secret
#   - aws_security_group
#   - aws_sfn_state_machine
#   - aws_sns_topic
#   - aws_sqs_queue
#   - aws_ssm_parameter
#   - aws_subnet
#   - aws_transfer_server
#   - aws_vpc
#   - aws_vpc_endpoint
#   - aws_vpn_connection
#   - aws_wafv2_web_acl
#   - aws_workspaces_workspace
#   parameters: {required: []}
#   remediation: |
#     Set the tags once for everything in the provider, and only what differs on the resource. Which tags are
#     required is set in `stanchion.toml` with `required-tags`:
#
#     ```hcl
#     provider "aws" {
#       default_tags {
#         tags = {
#           Owner      = "payments"
#           CostCenter = "4711"
#         }
#       }
#     }
#     ```
package stanchion.aws.general.required_tags

# Nothing is required until the configuration says so. An empty value counts as missing.
missing := [key |
	some key in data.params["aws-required-tags"].required
	object.get(input, ["tags", key], "") == ""
]

deny contains finding if {
	count(missing) > 0
	object.get(input, "tags_complete", true) == true
	finding := {
		"path": ["tags"],
		"message": sprintf("'%s' lacks the tags %s", [input.address, concat(", ", [sprintf("'%s'", [key]) | some key in missing])]),
	}
}
