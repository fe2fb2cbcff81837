# METADATA
# title: Provider block holds credentials
# description: >-
#   Credentials in a provider block are in the repository, in every clone of it and in its history for good. They
#   usually belong to an administrator, because they are what makes all the rest.
# related_resources:
# - ref: https://developer.hashicorp.com/terraform/language/providers/configuration
# custom:
#   id: terraform-provider-credentials
#   severity: critical
#   family: secrets
#   resource_types: [provider]
#   aliases: [CKV_AWS_41]
#   remediation: |
#     Remove the literal, revoke the credentials, and let the provider find others by itself: environment variables,
#     a profile, a role, or OIDC:
#
#     ```hcl
#     provider "aws" {
#       region = "eu-west-1"
#
#       assume_role {
#         role_arn = "arn:aws:iam::123456789012:role/terraform"
#       }
#     }
#     ```
package stanchion.terraform.general.provider_credentials

import data.stanchion.lib.attr

# Arguments that hold secrets, and the key under which they are judged.
values := {
	"access_key": object.get(input.config, "access_key", ""),
	"secret_key": object.get(input.config, "secret_key", ""),
	"token": object.get(input.config, "token", ""),
	"password": object.get(input.config, "password", ""),
	"client_secret": object.get(input.config, "client_secret", ""),
	"api_key": object.get(input.config, "api_key", ""),
	"api_token": object.get(input.config, "api_token", ""),
	"app_key": object.get(input.config, "app_key", ""),
	"credentials": object.get(input.config, "credentials", ""),
	"private_key": object.get(input.config, "private_key", ""),
	"client_key": object.get(input.config, "client_key", ""),
	"access_token": object.get(input.config, "access_token", ""),
}

# An emulator on the developer's own machine takes any credentials.
is_emulator if attr.is_true(object.get(input.config, "skip_credentials_validation", false))

deny contains finding if {
	not is_emulator
	some name, value in values
	is_string(value)
	secrets.judge(judged_as(name), value).secret
	finding := {
		"path": [name],
		"message": sprintf("'%s' has a literal '%s'", [input.address, name]),
	}
}

# A service account's key file pasted in.
deny contains finding if {
	attr.has(input.config, ["credentials", "private_key"])
	finding := {
		"path": ["credentials"],
		"message": sprintf("'%s' has a literal 'credentials'", [input.address]),
	}
}

judged_as("app_key") := "api_key"

judged_as("client_key") := "private_key"

judged_as(name) := name if not name in {"app_key", "client_key"}
