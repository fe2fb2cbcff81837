# METADATA
# title: IAM policy documents in one shape
# custom:
#   library: true
package stanchion.lib.iam

import data.stanchion.lib.attr

# The statements of a policy document, with every list normalised and every value with its path.
# `base` is the path of the document in the config, such as ["policy"]. Each statement is
#   {path, sid, effect, actions, not_actions, resources, not_resources, principals, not_principals, condition}
# where actions and resources are lists of {path, value}, and principals are lists of {path, type, value}.
statements(document, base) := [statement |
	some entry in _statements(document, base)
	statement := {
		"path": entry.path,
		"sid": attr.get(entry.config, ["Sid"], ""),
		"effect": attr.get(entry.config, ["Effect"], "Allow"),
		"actions": values(entry.config, "Action", entry.path),
		"not_actions": values(entry.config, "NotAction", entry.path),
		"resources": values(entry.config, "Resource", entry.path),
		"not_resources": values(entry.config, "NotResource", entry.path),
		"principals": principals(entry.config, "Principal", entry.path),
		"not_principals": principals(entry.config, "NotPrincipal", entry.path),
		"condition": attr.get(entry.config, ["Condition"], {}),
	}
]

# Statements that allow something.
allows(document, base) := [statement |
	some statement in statements(document, base)
	statement.effect == "Allow"
]

# A text or list of texts as a list of {path, value}.
values(object, name, base) := [{"path": array.concat(base, [name, i]), "value": value} |
	some i, value in object[name]
] if {
	is_array(object[name])
}

values(object, name, base) := [{"path": array.concat(base, [name]), "value": object[name]}] if is_string(object[name])

values(object, name, base) := [] if {
	found := attr.get(object, [name], null)
	not is_string(found)
	not is_array(found)
}

# `"*"` counts as type `*`; `{"AWS": [...]}` gives one entry per value.
principals(object, name, base) := [{"path": array.concat(base, [name]), "type": "*", "value": object[name]}] if {
	is_string(object[name])
}

principals(object, name, base) := [entry |
	some kind, _ in object[name]
	some value in values(object[name], kind, array.concat(base, [name]))
	entry := {"path": value.path, "type": kind, "value": value.value}
] if {
	is_object(object[name])
}

principals(object, name, base) := [] if {
	found := attr.get(object, [name], null)
	not is_string(found)
	not is_object(found)
}

# True when an action pattern of a policy (`s3:Get*`) covers an action. IAM ignores letter case here.
covers(pattern, action) if stanchion.glob_match(lower(pattern), lower(action))

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

_statements(document, base) := [{"path": array.concat(base, ["Statement", i]), "config": statement} |
	some i, statement in document.Statement
	is_object(statement)
] if {
	is_array(document.Statement)
}

_statements(document, base) := [{"path": array.concat(base, ["Statement"]), "config": document.Statement}] if {
	is_object(document.Statement)
}

_statements(document, _) := [] if {
	found := attr.get(document, ["Statement"], null)
	not is_array(found)
	not is_object(found)
}
