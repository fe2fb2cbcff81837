# METADATA
# title: Reading attributes that may be missing or of another shape than expected
# custom:
#   library: true
package stanchion.lib.attr

# The value at a path, or the default where any step is missing. The path is a list of names and indexes.
get(object, path, fallback) := value if {
	is_object(object)
	value := object.get(object, path, fallback)
} else := fallback

# True when there is a value at the path, whatever it is.
has(object, path) if {
	is_object(object)
	object.get(object, path, null) != null
}

# The entries of a block or list attribute, by index; a single block counts as a list of one.
# Use it as `some i, rule in attr.items(input.config, "rule")`.
items(object, name) := stanchion.items(object, name)

# A value as a list: lists stay, null is empty, anything else is a list of one.
list(value) := stanchion.list(value)

# True for true and for the text "true", which some providers and formats use.
is_true(value) if value == true

is_true(value) if {
	is_string(value)
	lower(value) == "true"
}
