# METADATA
# title: The permissions that a policy, a role, a user or a group is given in Terraform
# custom:
#   library: true
package stanchion.lib.permissions

import data.stanchion.lib.attr
import data.stanchion.lib.iam

# The permission documents of the resource, wherever its type keeps them: a list of {path, tree}.
documents contains {"path": ["policy"], "tree": input.config.policy} if is_object(input.config.policy)

documents contains {"path": ["inline_policy"], "tree": input.config.inline_policy} if is_object(input.config.inline_policy)

documents contains {"path": ["inline_policy", i, "policy"], "tree": inline.policy} if {
	some i, inline in attr.items(input.config, "inline_policy")
	is_object(inline.policy)
}

# Statements that allow something without any condition.
unconditional(document) := [statement |
	some statement in iam.allows(document.tree, document.path)
	count(statement.condition) == 0
]

# A permissions boundary allows much on purpose: it only caps what other policies give.
is_boundary if {
	some link in input.links.aws_iam_role
	caps(link)
}

is_boundary if {
	some link in input.links.aws_iam_user
	caps(link)
}

caps(link) if {
	link.attribute == "permissions_boundary"
	link.direction == "in"
}

# What each document allows and forbids everywhere and always, for the documents that allow anything so: a list of
# {document, allows, denies}, the first two of statements and the last of action patterns. A rule, not a function, so that it is
# worked out once however often it is asked.
everywhere := [{"document": document, "allows": allows, "denies": denies} |
	some document in documents
	statements := stanchion.iam_statements_on(document.tree, document.path, {"*", "arn:aws:s3:::*"})
	allows := [statement | some statement in statements; statement.effect == "Allow"]
	count(allows) > 0
	denies := [entry.value |
		some statement in statements
		statement.effect == "Deny"
		some entry in statement.actions
	]
]
