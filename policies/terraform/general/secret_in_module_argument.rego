# METADATA
# title: Secret is given to a module as a literal
# description: >-
#   A password or token in the call of a module is in the repository, in every clone of it and in its history for good,
#   and in the state besides. The module is not here, so where the value ends up cannot even be told.
# related_resources:
# - ref: https://developer.hashicorp.com/terraform/language/manage-sensitive-data
# custom:
#   id: terraform-secret-in-module-argument
#   severity: high
#   family: secrets
#   literals: true
#   resource_types: [module]
#   remediation: |
#     Change the secret, for the old one is known now. Give the module a reference to where it is kept, or a variable
#     that has no default:
#
#     ```hcl
#     module "database" {
#       source   = "example/database/aws"
#       version  = "1.2.3"
#       password = var.database_password
#     }
#     ```
package stanchion.terraform.general.secret_in_module_argument

import data.stanchion.lib.attr
import data.stanchion.lib.secret

# Arguments and the entries of maps in them that look like secrets, as {path, name, value}.
values contains {"path": [name], "name": name, "value": value} if {
	some name, value in input.config
	not name in {"source", "version"}
	is_secret(name, value)
}

values contains {"path": [name, key], "name": key, "value": value} if {
	some name, inner in input.config
	is_object(inner)
	some key, value in inner
	is_secret(key, value)
}

# Environment variables as containers take them.
values contains {"path": [name, i, "value"], "name": entry.name, "value": entry.value} if {
	some name, list in input.config
	is_array(list)
	some i, entry in list
	is_object(entry)
	is_secret(attr.get(entry, ["name"], null), attr.get(entry, ["value"], null))
}

is_secret(name, value) if {
	is_string(value)
	secrets.judge(name, value).secret
}

# What an argument of a module means is only known by its name: `secret_key` may be the name of an entry. A password is one
# whatever it looks like, anything else has to look like a secret.
is_likely(entry) if contains(lower(entry.name), "passw")

is_likely(entry) if {
	regex.match(`[0-9]`, entry.value)
	regex.match(`[A-Za-z]`, entry.value)
}

deny contains finding if {
	some entry in values
	not secret.is_initial(entry.value)
	is_likely(entry)
	finding := {
		"path": entry.path,
		"message": sprintf("'%s' is given a literal '%s'", [input.address, entry.name]),
	}
}
