# METADATA
# title: Role can be assumed from workflows of strangers on GitHub
# description: >-
#   GitHub's identity provider is the same for all of GitHub. A trust policy that does not check the token's `sub`
#   claim, or lets any organization through, hands the role to every workflow that anybody writes.
# related_resources:
# - ref: https://docs.github.com/en/actions/security-for-github-actions/security-hardening-your-deployments/configuring-openid-connect-in-amazon-web-services
# custom:
#   id: aws-iam-github-oidc-unrestricted
#   severity: high
#   family: least-privilege
#   resource_types: [aws_iam_role]
#   aliases: [CKV_AWS_358, CKV_AWS_393]
#   remediation: |
#     Require a `sub` that names the organization and the repository, and better the branch or environment:
#
#     ```hcl
#     condition {
#       test     = "StringLike"
#       variable = "token.actions.githubusercontent.com:sub"
#       values   = ["repo:my-organization/my-repository:ref:refs/heads/main"]
#     }
#     ```
package stanchion.aws.iam.github_oidc_unrestricted

import data.stanchion.lib.attr
import data.stanchion.lib.iam

statements := [statement |
	some statement in iam.allows(input.config.assume_role_policy, ["assume_role_policy"])
	trusts_github(statement)
]

trusts_github(statement) if {
	some principal in statement.principals
	is_string(principal.value)
	contains(principal.value, "token.actions.githubusercontent.com")
}

# The provider's ARN is not known before it exists, but its address is.
trusts_github(statement) if {
	some principal in statement.principals
	principal.type == "Federated"
	some link in attr.items(input.links, "aws_iam_openid_connect_provider")
	link.attribute == "assume_role_policy"
	contains(attr.get(link.config, ["url"], ""), "token.actions.githubusercontent.com")
	count(attr.items(input.links, "aws_iam_openid_connect_provider")) == 1
	not trusts_another(statement)
}

trusts_another(statement) if {
	some principal in statement.principals
	some other in [":oidc-provider/", ":saml-provider/", ".amazonaws.com"]
	contains(principal.value, other)
}

# Tests of the token's claims: {claim, operator, values}. Everybody's tokens have the same audience.
claims(statement) := [test |
	some operator, tests in statement.condition
	some key, value in tests
	lower(key) != "token.actions.githubusercontent.com:aud"
	startswith(lower(key), "token.actions.githubusercontent.com:")
	test := {"key": key, "operator": operator, "values": attr.list(value)}
]

deny contains finding if {
	some statement in statements
	count(claims(statement)) == 0
	finding := {
		"path": array.concat(statement.path, ["Condition"]),
		"message": sprintf("the trust policy of '%s' lets workflows of every GitHub repository in", [input.address]),
	}
}

deny contains finding if {
	some statement in statements
	found := claims(statement)
	count([test | some test in found; not is_open(test)]) == 0
	some test in found
	some value in test.values
	is_open_value(test, value)
	finding := {
		"path": array.concat(statement.path, ["Condition", test.operator, test.key]),
		"message": sprintf("the trust policy of '%s' accepts the subject '%s', which strangers can have", [input.address, value]),
	}
}

# Values of one test are alternatives, so a single open one opens it.
is_open(test) if {
	some value in test.values
	is_open_value(test, value)
}

# A star in a test for equality is just a character.
is_open_value(test, value) if {
	contains(lower(test.operator), "like")
	endswith(lower(test.key), ":sub")
	owner := split(split(value, "/")[0], ":")
	contains(concat(":", array.slice(owner, 0, 2)), "*")
}

is_open_value(test, value) if {
	contains(lower(test.operator), "like")
	value in {"*", "?*", "*?"}
}
