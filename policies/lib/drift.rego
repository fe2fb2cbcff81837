# METADATA
# title: What a difference is about, so that exactly one policy decides it
# description: >-
#   `topic` is the id of the policy that decides the difference in `input.config`: the first in the order below that fits,
#   from the most specific to the least. A policy denies only where the topic is its own.
# custom:
#   library: true
package stanchion.lib.drift

import data.stanchion.lib.attr

topic := "drift-not-applied" if {
	input.config.class in {"pending-in-code", "not-recorded", "orphan"}
} else := "drift-missing-security" if {
	input.config.class == "missing"
	is_guard(input.config.type)
} else := "drift-missing" if {
	input.config.class == "missing"
} else := "drift-unmanaged-access" if {
	input.config.class == "unmanaged"
	is_access(input.config.type)
} else := "drift-unmanaged" if {
	input.config.class == "unmanaged"
} else := "drift-tag-changed" if {
	name in {"tags", "tags_all", "volume_tags", "tag"}
} else := "drift-public-access-block-changed" if {
	endswith(input.config.type, "public_access_block")
} else := "drift-policy-changed" if {
	is_document
} else := "drift-network-changed" if {
	is_network
} else := "drift-encryption-changed" if {
	is_encryption
} else := "drift-privilege-changed" if {
	is_privilege
} else := "drift-logging-changed" if {
	is_logging
} else := "drift-resilience-changed" if {
	is_resilience
} else := "drift-setting-changed" if {
	input.config.class in {"changed-outside", "conflict"}
}

# The outermost name of the attribute.
name := split(input.config.path, ".")[0]

# All of its names.
words := {word | some word in split(input.config.path, ".")}

# What the value was, and what it is now, as lists.
recorded := attr.list(object.get(input.config, "recorded", null))

live := attr.list(object.get(input.config, "live", null))

# Set and not set, whatever the provider writes for it.
is_off(values) if count(values) == 0

is_off(values) if {
	count(values) == 1
	values[0] in {false, "false", 0, "0", "", "NONE", "None", "Disabled", "DISABLED", "Suspended", "DISABLE"}
}

turned_off if {
	not is_off(recorded)
	is_off(live)
}

# Types that let somebody in.
is_access(type) if {
	startswith(type, "aws_iam_")
	not startswith(type, "aws_iam_account_")
}

is_access(type) if {
	endswith(type, "_policy")
	not lets_nobody_in(type)
}

lets_nobody_in(type) if {
	some ending in ["lifecycle_policy", "backup_policy", "password_policy", "scaling_policy", "retention_policy"]
	endswith(type, ending)
}

is_access(type) if {
	type in {
		"aws_s3_bucket_acl",
		"aws_lambda_permission",
		"aws_lambda_function_url",
		"aws_kms_grant",
		"aws_s3_access_point",
		"aws_eks_access_entry",
		"aws_ecr_repository_policy",
		"aws_key_pair",
	}
}

# Types without which something is open or unseen.
is_guard(type) if is_access(type)

is_guard(type) if endswith(type, "public_access_block")

is_guard(type) if contains(type, "encryption")

is_guard(type) if {
	some start in [
		"aws_iam_",
		"aws_cloudtrail",
		"aws_guardduty_",
		"aws_config_",
		"aws_securityhub_",
		"aws_macie2_",
		"aws_accessanalyzer_",
		"aws_wafv2_",
		"aws_kms_",
		"aws_security_group",
		"aws_vpc_security_group",
		"aws_network_acl",
		"aws_flow_log",
		"aws_backup_",
		"aws_s3_bucket_ownership_controls",
		"aws_s3_bucket_logging",
		"aws_s3_bucket_versioning",
	]
	startswith(type, start)
}

is_document if {
	words & {"policy", "assume_role_policy", "inline_policy", "policy_document", "access_policies", "access_policy", "redrive_allow_policy", "repository_policy"} != set()
}

is_document if {
	some value in array.concat(recorded, live)
	is_object(value)
	value.Effect in {"Allow", "Deny"}
}

is_network if {
	some start in ["aws_security_group", "aws_default_security_group", "aws_network_acl", "aws_default_network_acl"]
	startswith(input.config.type, start)
	name in {"ingress", "egress"}
}

is_network if {
	some start in ["aws_route_table", "aws_default_route_table"]
	startswith(input.config.type, start)
	name in {"route", "propagating_vgws"}
}

is_network if {
	words & {
		"publicly_accessible", "endpoint_public_access", "public_access_cidrs", "associate_public_ip_address",
		"map_public_ip_on_launch", "vpc_security_group_ids", "security_groups", "security_group_ids", "internal",
		"assign_public_ip", "ip_set_descriptor", "cidr_blocks", "source_security_group_id", "network_acl_id",
		"disable_execute_api_endpoint", "authorization_type", "http_tokens", "metadata_options", "acl", "grant",
	} != set()
}

is_encryption if {
	words & {
		"encrypted", "storage_encrypted", "kms_key_id", "kms_key_arn", "kms_master_key_id", "kms_master_key_arn",
		"encryption", "encryption_type", "encryption_configuration", "encryption_config", "encryption_at_rest",
		"encrypt_at_rest", "encryption_info", "server_side_encryption", "sse_algorithm", "sqs_managed_sse_enabled",
		"apply_server_side_encryption_by_default", "at_rest_encryption_enabled", "transit_encryption_enabled",
		"transit_encryption_mode", "node_to_node_encryption", "enforce_https", "tls_security_policy",
		"domain_endpoint_options", "enable_key_rotation", "rotation_period_in_days", "ssl_policy", "security_policy",
		"minimum_protocol_version", "viewer_protocol_policy", "encryption_in_transit", "performance_insights_kms_key_id",
		"ca_cert_identifier", "certificate_arn", "kms_key", "bucket_key_enabled",
	} != set()
}

is_encryption if {
	input.config.type == "aws_s3_bucket_server_side_encryption_configuration"
}

is_encryption if {
	input.config.type in {"aws_lb_listener", "aws_alb_listener"}
	name == "protocol"
}

is_privilege if startswith(input.config.type, "aws_iam_")

is_privilege if {
	words & {
		"role", "role_arn", "iam_instance_profile", "task_role_arn", "execution_role_arn", "service_role", "principal",
		"principals", "permissions_boundary", "managed_policy_arns", "iam_database_authentication_enabled",
		"privileged_mode", "source_arn", "source_account", "function_url_auth_type",
	} != set()
}

is_logging if {
	words & {
		"logging", "access_logs", "access_log_settings", "enable_logging", "enable_log_file_validation",
		"is_multi_region_trail", "include_global_service_events", "retention_in_days", "enabled_cluster_log_types",
		"enabled_cloudwatch_logs_exports", "event_selector", "advanced_event_selector", "logging_config",
		"logging_configuration", "log_publishing_options", "cloud_watch_logs_group_arn", "tracing_config", "monitoring",
		"tracing_enabled", "xray_tracing_enabled", "recording_group", "log_destination", "traffic_type",
		"performance_insights_enabled", "monitoring_interval", "target_bucket", "logs", "s3_bucket_name",
	} != set()
}

is_logging if {
	some start in ["aws_guardduty_", "aws_config_", "aws_securityhub_", "aws_flow_log", "aws_s3_bucket_logging"]
	startswith(input.config.type, start)
}

is_resilience if {
	words & {
		"deletion_protection", "deletion_protection_enabled", "enable_deletion_protection", "backup_retention_period",
		"backup_window", "preferred_backup_window", "multi_az", "point_in_time_recovery", "versioning",
		"versioning_configuration", "automatic_failover_enabled", "snapshot_retention_limit", "prevent_destroy",
		"disable_api_termination", "copy_tags_to_snapshot", "image_tag_mutability", "automated_snapshot_retention_period",
		"lifecycle_rule", "object_lock_configuration", "backup_policy", "lifecycle", "rule_retention",
	} != set()
}

is_resilience if startswith(input.config.type, "aws_backup_")
