# METADATA
# title: Secret is written in the configuration
# description: >-
#   A password or token in the configuration is in the repository, in every clone of it and in its history for good, and
#   in the state besides. Everybody who can read one of them has it.
# related_resources:
# - ref: https://developer.hashicorp.com/terraform/language/manage-sensitive-data
# custom:
#   id: terraform-hardcoded-secret
#   severity: high
#   family: secrets
#   literals: true
#   sources: [terraform, plan]
#   resource_types:
#   - aws_db_instance
#   - aws_directory_service_directory
#   - aws_dms_endpoint
#   - aws_docdb_cluster
#   - aws_elasticache_replication_group
#   - aws_elasticsearch_domain
#   - aws_lightsail_database
#   - aws_mq_broker
#   - aws_opensearch_domain
#   - aws_rds_cluster
#   - aws_redshift_cluster
#   - aws_redshiftserverless_namespace
#   - aws_secretsmanager_secret_version
#   - aws_ssm_parameter
#   - azurerm_key_vault_secret
#   - azurerm_linux_virtual_machine
#   - azurerm_mssql_server
#   - azurerm_mysql_flexible_server
#   - azurerm_mysql_server
#   - azurerm_postgresql_flexible_server
#   - azurerm_postgresql_server
#   - azurerm_windows_virtual_machine
#   - github_actions_secret
#   - google_secret_manager_secret_version
#   - google_sql_user
#   remediation: |
#     Change the secret, for the old one is known now. Let the service make it, or read it from a secret store when
#     it is needed:
#
#     ```hcl
#     resource "aws_db_instance" "orders" {
#       username                    = "orders"
#       manage_master_user_password = true
#     }
#     ```
package stanchion.terraform.general.hardcoded_secret

import data.stanchion.lib.attr
import data.stanchion.lib.secret

# Attributes that hold nothing but a secret. A name occurs in several types, always with this meaning.
values := {
	"admin_password": object.get(input.config, "admin_password", ""),
	"admin_user_password": object.get(input.config, "admin_user_password", ""),
	"administrator_login_password": object.get(input.config, "administrator_login_password", ""),
	"administrator_password": object.get(input.config, "administrator_password", ""),
	"auth_token": object.get(input.config, "auth_token", ""),
	"master_password": object.get(input.config, "master_password", ""),
	"password": object.get(input.config, "password", ""),
	"plaintext_value": object.get(input.config, "plaintext_value", ""),
}

deny contains finding if {
	some name, value in values
	is_string(value)
	judged := secrets.judge(judged_as(name), value)
	judged.secret
	finding := found([name], name)
}

# What a CI secret holds is told by its name: addresses and names are kept as secrets too.
judged_as("plaintext_value") := object.get(input.config, "secret_name", "secret_value")

judged_as(name) := name if name != "plaintext_value"

deny contains finding if {
	some i, user in attr.items(input.config, "user")
	secrets.judge("password", attr.get(user, ["password"], "")).secret
	finding := found(["user", i, "password"], "password")
}

deny contains finding if {
	some i, security in attr.items(input.config, "advanced_security_options")
	some j, master in attr.items(security, "master_user_options")
	secrets.judge("password", attr.get(master, ["master_user_password"], "")).secret
	finding := found(["advanced_security_options", i, "master_user_options", j, "master_user_password"], "master_user_password")
}

# Entries of secret stores. A first value that is replaced by hand later is often a word that says so.
stored contains {"path": ["secret_string"], "key": "secret_value", "value": input.config.secret_string} if {
	is_string(input.config.secret_string)
}

stored contains {"path": ["secret_string", key], "key": key, "value": value} if {
	is_object(input.config.secret_string)
	some key, value in input.config.secret_string
	is_string(value)
}

stored contains {"path": ["secret_data"], "key": "secret_value", "value": input.config.secret_data} if {
	is_string(input.config.secret_data)
}

stored contains {"path": ["value"], "key": "secret_value", "value": input.config.value} if {
	input.type == "azurerm_key_vault_secret"
	is_string(input.config.value)
}

stored contains {"path": ["value"], "key": "secret_value", "value": input.config.value} if {
	input.config.type == "SecureString"
	is_string(input.config.value)
}

# A parameter that is not even marked as secret.
stored contains {"path": [name], "key": object.get(input.config, "name", ""), "value": value} if {
	input.type == "aws_ssm_parameter"
	object.get(input.config, "type", "String") != "SecureString"
	some name, value in {
		"value": object.get(input.config, "value", ""),
		"insecure_value": object.get(input.config, "insecure_value", ""),
	}
	is_string(value)
}

deny contains finding if {
	some entry in stored
	secrets.judge(entry.key, entry.value).secret
	not secret.is_initial(entry.value)
	not is_address(entry)
	finding := found(entry.path, entry.path[count(entry.path) - 1])
}

# An address of mail is kept beside the keys that belong to it, and is told to everyone who writes there.
is_address(entry) if {
	entry.key == "secret_value"
	regex.match(`^[a-z0-9._+-]+@[a-z0-9.-]+\.[a-z]{2,}$`, entry.value)
}

found(path, name) := {
	"path": path,
	"message": sprintf("'%s' has a literal '%s'", [input.address, name]),
}
