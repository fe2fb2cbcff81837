# METADATA
# title: Words that stand for a secret to come
# custom:
#   library: true
package stanchion.lib.secret

# A first value that somebody replaces by hand later often says so itself.
initial := ["change", "initial", "temp", "later", "manual", "outside", "overrid", "overwrit", "update", "set_", "set-", "foo", "fake"]

is_initial(value) if {
	some word in initial
	contains(lower(value), word)
}
