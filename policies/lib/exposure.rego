# METADATA
# title: Which statements of a resource policy let strangers in
# custom:
#   library: true
package stanchion.lib.exposure

import data.stanchion.lib.attr
import data.stanchion.lib.iam

# Statements of a resource policy that allow something to everybody: a principal of `*`, or NotPrincipal, with no condition
# that ties the caller to somebody known, and no Deny that takes it back. Same shape as `iam.statements`.
open_statements(document, base) := [statement |
	some statement in iam.allows(document, base)
	invites_everyone(statement)
	not is_narrow(statement.condition)
	not is_taken_back(statement, document, base)
]

# The path of what opens a statement: the principal that stands for everybody.
opening(statement) := entry.path if {
	some entry in statement.principals
	iam.is_everyone(entry)
} else := array.concat(statement.path, ["NotPrincipal"])

invites_everyone(statement) if {
	some entry in statement.principals
	iam.is_everyone(entry)
}

invites_everyone(statement) if count(statement.not_principals) > 0

# Keys of a request that only a known caller, network or resource can have.
known_keys := {
	"aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:principalservicename",
	"aws:sourceaccount", "aws:sourcearn", "aws:sourceip", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner",
	"aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce", "aws:userid", "aws:username", "aws:vpceaccount",
	"aws:vpceorgid", "aws:vpceorgpaths", "aws:vpcsourceip", "kms:calleraccount", "kms:viaservice",
	"s3:dataaccesspointaccount", "s3:dataaccesspointarn",
}

# Operators that a request without the key does not meet; `...IfExists` and `ForAllValues:` let it pass.
equal_operators := {
	"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress",
	"foranyvalue:stringequals", "foranyvalue:stringequalsignorecase", "foranyvalue:stringlike", "foranyvalue:arnequals",
	"foranyvalue:arnlike",
}

unequal_operators := {
	"stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotequals", "arnnotlike", "notipaddress",
	"stringnotequalsifexists", "stringnotlikeifexists", "arnnotequalsifexists", "arnnotlikeifexists", "notipaddressifexists",
}

# A condition that ties the caller to somebody known.
is_narrow(condition) if {
	some operator, tests in condition
	lower(operator) in equal_operators
	some key, value in tests
	is_known_key(key)
	names_somebody(value)
}

is_narrow(condition) if {
	some operator, tests in condition
	lower(operator) == "bool"
	some key, value in tests
	lower(key) == "aws:principalisawsservice"
	attr.is_true(attr.list(value)[0])
}

is_known_key(key) if lower(key) in known_keys

is_known_key(key) if startswith(lower(key), "aws:principaltag/")

# Values of one key are alternatives, so a single open one opens it; an empty list lets nobody in.
names_somebody(value) if count([open | some open in attr.list(value); is_anything(open)]) == 0

is_anything(value) if value in {"", "*", "?*", "*?"}

is_anything(value) if {
	is_string(value)
	cidr.is_public(value)
}

# A Deny for everybody else on the same actions and resources.
is_taken_back(statement, document, base) if {
	some other in iam.statements(document, base)
	other.effect == "Deny"
	excludes_others(other)
	covers_all(other.actions, statement.actions)
	covers_all(other.resources, statement.resources)
}

excludes_others(statement) if {
	invites_everyone(statement)
	count(statement.condition) > 0
	count([key |
		some operator, tests in statement.condition
		some key, value in tests
		not is_exclusion(operator, key, value)
	]) == 0
}

excludes_others(statement) if {
	count(statement.not_principals) > 0
	count(statement.condition) == 0
}

is_exclusion(operator, key, value) if {
	lower(operator) in unequal_operators
	is_known_key(key)
	names_somebody(value)
}

covers_all(wide, narrow) if {
	count(narrow) > 0
	count([entry | some entry in narrow; not covered(wide, entry)]) == 0
}

covered(wide, entry) if {
	some other in wide
	iam.covers(other.value, entry.value)
}
