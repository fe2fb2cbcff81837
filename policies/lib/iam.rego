# METADATA
# title: IAM policy documents in one shape
# custom:
#   library: true
package stanchion.lib.iam

# The statements of a policy document, with every list normalised and every value with its path.
# `base` is the path of the document in the config, such as ["policy"]. Each statement is
#   {path, sid, effect, actions, not_actions, resources, not_resources, principals, not_principals, condition}
# where actions and resources are lists of {path, value}, and principals are lists of {path, type, value}.
statements(document, base) := stanchion.iam_statements(document, base)

# Statements that allow something.
allows(document, base) := [statement |
	some statement in statements(document, base)
	statement.effect == "Allow"
]

# True when an action pattern of a policy (`s3:Get*`) covers an action. IAM ignores letter case here.
covers(pattern, action) if stanchion.iam_covers(pattern, action)

# True for `*` and for `service:*`.
is_wildcard(action) if action == "*"

is_wildcard(action) if {
	is_string(action)
	endswith(action, ":*")
}

# Principals that stand for everybody.
is_everyone(principal) if {
	principal.type in {"*", "AWS"}
	principal.value == "*"
}
