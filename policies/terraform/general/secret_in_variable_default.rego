# METADATA
# title: Variable for a secret has a literal default
# description: >-
#   A default is what is used when nobody thinks of it: the secret in it is in the repository, is the same everywhere,
#   and reaches production sooner or later.
# related_resources:
# - ref: https://developer.hashicorp.com/terraform/language/values/variables
# custom:
#   id: terraform-secret-in-variable-default
#   severity: medium
#   family: secrets
#   literals: true
#   resource_types: [variable]
#   remediation: |
#     Leave the default out, so that a value has to be given, and mark the variable:
#
#     ```hcl
#     variable "db_password" {
#       type      = string
#       sensitive = true
#     }
#     ```
package stanchion.terraform.general.secret_in_variable_default

deny contains finding if {
	not is_name
	is_string(input.config["default"])
	secrets.judge(input.config.name, input.config["default"]).secret
	finding := {
		"path": ["default"],
		"message": sprintf("the variable '%s' has a literal secret as its default", [input.config.name]),
	}
}

# "Kube Secret Name": the variable holds the name of a secret, and says so.
is_name if contains(lower(object.get(input.config, "description", "")), "secret name")
