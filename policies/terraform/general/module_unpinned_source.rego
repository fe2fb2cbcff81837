# METADATA
# title: External module is not pinned to a version
# description: >-
#   Without a version, or with a branch in its place, the same configuration means something else tomorrow: whoever can
#   push to that repository changes this infrastructure at the next init, and nobody here sees a difference to review.
# related_resources:
# - ref: https://developer.hashicorp.com/terraform/language/modules/sources
# custom:
#   id: terraform-module-unpinned-source
#   severity: low
#   family: supply-chain
#   resource_types: [module]
#   parameters:
#     branches: [main, master, trunk, develop, development, dev, head, latest, stable, production, staging]
#   aliases: [CKV_TF_2]
#   remediation: |
#     Name a version of a registry module, and a tag or, better, a commit of a repository:
#
#     ```hcl
#     module "network" {
#       source  = "terraform-aws-modules/vpc/aws"
#       version = "5.8.1"
#     }
#
#     module "cluster" {
#       source = "git::https://example.com/cluster.git?ref=4f1c9be0d7a2b6c85e3f90112233445566778899"
#     }
#     ```
package stanchion.terraform.general.module_unpinned_source

# "namespace/name/provider", after the host of a private registry where there is one, before "//directory".
is_registry if {
	regex.match(`^([0-9A-Za-z-]+\.[0-9A-Za-z.-]+(:[0-9]+)?/)?[0-9A-Za-z_-]+/[0-9A-Za-z_-]+/[0-9a-z]+(//.*)?$`, input.config.source)
	not is_hosted
}

# Repositories that Terraform knows by the name of their host.
is_hosted if regex.match(`^(github\.com|bitbucket\.org)/`, input.config.source)

is_repository if is_hosted

is_repository if regex.match(`^(git|hg)::`, input.config.source)

is_repository if regex.match(`^git@`, input.config.source)

# What a repository is pinned to.
pins contains pin if {
	some found in regex.find_all_string_submatch_n(`[?&](?:ref|rev)=([^&]*)`, input.config.source, -1)
	pin := found[1]
}

is_branch(pin) if lower(trim_prefix(pin, "refs/heads/")) in data.params["terraform-module-unpinned-source"].branches

is_branch(pin) if startswith(pin, "refs/heads/")

is_pinned if {
	some pin in pins
	pin != ""
	not is_branch(pin)
}

deny contains finding if {
	is_string(input.config.source)
	is_registry
	object.get(input.config, "version", "") == ""
	finding := {
		"path": ["source"],
		"message": sprintf("'%s' takes whatever version of '%s' is newest", [input.address, input.config.source]),
	}
}

deny contains finding if {
	is_string(input.config.source)
	is_repository
	not is_pinned
	finding := {
		"path": ["source"],
		"message": sprintf("'%s' takes its source from a moving branch", [input.address]),
	}
}
