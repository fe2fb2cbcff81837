# METADATA
# title: Statements of a policy document in words
# custom:
#   library: true
package stanchion.lib.statements

# The actions of a statement, as a message names them.
allowed(statement) := concat(", ", [sprintf("'%s'", [action.value]) | some action in statement.actions]) if {
	count(statement.actions) > 0
} else := "all but a few actions"
