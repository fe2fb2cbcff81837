# METADATA
# title: How old something was when the data about it were made
# description: >-
#   There is no clock: ages are counted up to `as_of`, the time that the data bear. Where that was not read, nobody can say
#   how old anything is.
# custom:
#   library: true
package stanchion.lib.age

# Nothing is old at the beginning of time, everything at its end: a time that is not known decides nothing.
as_of := object.get(input.config, "as_of", "0001-01-01T00:00:00Z")

days(since) := 1000000 if {
	as_of == "9999-12-31T23:59:59Z"
	is_string(since)
} else := stanchion.days_between(since, as_of)

# For what may never have happened: since then, or since the other time where there is no first.
days_since(first, other) := days(first) if {
	stanchion.days_between(first, first)
} else := days(other)
