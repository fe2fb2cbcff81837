# METADATA
# title: Pods and their containers
# custom:
#   library: true
package stanchion.lib.pod

import data.stanchion.lib.attr

# The containers that Linux's security settings mean something for: all of them, init and ephemeral ones included, unless the
# pod runs on Windows.
default containers := []

containers := input.pod.containers if not windows

windows if attr.get(input.pod, ["spec", "os", "name"], "linux") == "windows"

# True when root inside the pod is nobody outside of it.
user_namespace if attr.get(input.pod, ["spec", "hostUsers"], true) == false

# A container's name for messages.
name(container) := object.get(container, "name", "(unnamed)")

# A setting that a container has itself or takes over from its pod: {value, path}. The value is null where neither has it.
setting(container, key) := found if {
	own := attr.get(container.config, ["securityContext", key], null)
	own != null
	found := {"value": own, "path": array.concat(container.path, ["securityContext", key])}
} else := found if {
	inherited := attr.get(input.pod, ["spec", "securityContext", key], null)
	inherited != null
	found := {"value": inherited, "path": array.concat(input.pod.path, ["securityContext", key])}
} else := {"value": null, "path": array.concat(container.path, ["securityContext", key])}

# True for a container that has everything the host has, for which lesser settings mean nothing.
privileged(container) if attr.get(container.config, ["securityContext", "privileged"], false) == true

# True for user id 0, which some generators write as a text.
is_root_id(value) if value == 0

is_root_id(value) if value == "0"

# True when the container surely does not run as root.
non_root(container) if setting(container, "runAsNonRoot").value == true

non_root(container) if {
	user := setting(container, "runAsUser").value
	is_number(user)
	user > 0
}

# False for the fragments that Kustomize lays over other files: what they do not say, the other file may.
whole(container) if attr.has(container.config, ["image"])

whole(_) if attr.has(input.config, ["spec", "selector"])

# A capability's name without the kernel's prefix.
capability(text) := trim_prefix(upper(text), "CAP_")

# The capabilities that are added or dropped, as a set of names.
capabilities(container, key) := {capability(item) |
	some item in attr.list(attr.get(container.config, ["securityContext", "capabilities", key], []))
	is_string(item)
}

# The volumes of the pod that are taken from the host: {index, name, path}.
host_paths := [{"index": i, "name": object.get(volume, "name", ""), "path": path} |
	some i, volume in attr.list(attr.get(input.pod, ["spec", "volumes"], []))
	path := attr.get(volume, ["hostPath", "path"], null)
	is_string(path)
]
