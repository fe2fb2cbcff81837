# METADATA
# title: Image runs as root
# description: >-
#   The container's process is root. A break-out from it is root on the host, and any file it can reach is writable.
# related_resources:
# - ref: https://docs.docker.com/build/building/best-practices/#user
# custom:
#   id: dockerfile-root-user
#   severity: medium
#   family: least-privilege
#   resource_types: [dockerfile]
#   sources: [dockerfile]
#   frameworks:
#     cis-docker-1.6.0: ["4.1"]
#   aliases: [DL3002, CKV_DOCKER_3, CKV_DOCKER_8, DS002, AVD-DS-0002, docker-least-privilege-user,
#     fd54f200-402c-4333-a5a4-36ef6709af2f, 67fd0c4a-68cf-46d7-8c41-bc9fba7e40ae]
#   remediation: |
#     Create a user and switch to it in the last stage:
#
#     ```dockerfile
#     RUN adduser --system --uid 10001 app
#     USER 10001
#     ```
package stanchion.dockerfile.image.root_user

import data.stanchion.lib.attr
import data.stanchion.lib.image

# USER instructions of the nearest stage that has any.
users := [instructions |
	some stage in image.chain
	instructions := [instruction |
		some instruction in stage.instructions
		instruction.name == "USER"
		instruction.onbuild == false
	]
	count(instructions) > 0
]

last := instruction if {
	nearest := users[0]
	instruction := nearest[count(nearest) - 1]
}

outermost := image.chain[count(image.chain) - 1]

deny contains finding if {
	last.user in {"root", "0"}
	not drops_privileges
	not daemon
	finding := {
		"path": last.path,
		"message": sprintf("the image ends with 'USER %s'", [last.user]),
	}
}

# Nothing says who runs it, and the base image is known to say root.
deny contains finding if {
	count(users) == 0
	base_runs_as_root
	program
	not drops_privileges
	not daemon
	finding := {
		"path": ["stages", image.final.index],
		"message": sprintf("there is no USER instruction, and the base image '%s' runs as root", [attr.get(outermost, ["base", "reference"], "")]),
	}
}

# What the container starts, when the file says so.
starts := array.concat(image.final_instructions("ENTRYPOINT"), image.final_instructions("CMD"))

# An image that starts nothing, or only a shell or an interpreter, is there to be built on or worked in.
program if {
	some instruction in starts
	count(instruction.args) > 0
	not interactive(instruction)
}

interactive(instruction) if {
	count(instruction.args) < 3
	regex.match(
		`^(/usr/local|/usr)?(/bin/)?(sh|bash|ash|zsh|dash|python[0-9.]*|pypy[0-9]*|node|irb|ruby|php -a|php|jshell|go|ghci|iex|erl|julia|R|perl( -de0)?|lua|clojure|groovysh|psql|rails c|true)$`,
		concat(" ", [sprintf("%v", [arg]) | some arg in instruction.args]),
	)
}

words := [sprintf("%v", [word]) | some instruction in starts; some word in instruction.args]

# Servers that start as root and hand their work to another user themselves, and those that cannot work otherwise.
daemon if {
	some word in words
	regex.match(
		`(^|/|exec )(nginx|httpd|httpd-foreground|apache2-foreground|apachectl|apache2ctl|apache2|php-fpm[0-9.]*|sshd|dockerd|containerd|buildkitd|systemd|init|cron|crond|dockerd-entrypoint\.sh|supervisord|named|dovecot|postfix|vsftpd|haproxy|squid|s6-svscan|openvpn|dnsmasq|chronyd|rsyslogd)( |$)`,
		word,
	)
}

# Programs that switch the user when the container starts: installed or brought along, or what is started.
drops_privileges if {
	some instruction in array.concat(image.final_instructions("RUN"), array.concat(image.final_instructions("COPY"), image.final_instructions("ADD")))
	regex.match(`\b(gosu|su-exec|setpriv|runuser|setuidgid|s6-setuidgid|s6-overlay|chpst|start-stop-daemon|supervisord?|fixuid)\b`, instruction.text)
}

drops_privileges if {
	some instruction in starts
	regex.match(`\b(gosu|su-exec|setpriv|runuser|setuidgid|s6-setuidgid|chpst|start-stop-daemon|supervisord?|su|chroot|runas)\b`, instruction.text)
}

# Base images that are known to run as root. Whatever else an image is called, it may bring a user of its own.
root_images := {
	"adoptopenjdk", "almalinux", "alpine", "amazoncorretto", "amazonlinux", "archlinux", "bash", "buildpack-deps", "busybox",
	"caddy", "centos", "clojure", "composer", "dart", "debian", "eclipse-temurin", "elixir", "erlang", "fedora", "gcc", "golang",
	"gradle", "haskell", "ibm-semeru-runtimes", "julia", "maven", "node", "openjdk", "opensuse/leap", "opensuse/tumbleweed",
	"oraclelinux", "oven/bun", "perl", "php", "pypy", "python", "r-base", "rockylinux", "ruby", "rust", "rust-musl-cross",
	"sapmachine", "scratch", "swift", "tomcat", "ubuntu", "continuumio/miniconda3", "continuumio/anaconda3", "nvidia/cuda",
	"denoland/deno", "bitnami/minideb", "phusion/baseimage",
	"mcr.microsoft.com/dotnet/aspnet", "mcr.microsoft.com/dotnet/runtime", "mcr.microsoft.com/dotnet/runtime-deps",
	"mcr.microsoft.com/dotnet/sdk", "mcr.microsoft.com/cbl-mariner/base/core", "mcr.microsoft.com/azurelinux/base/core",
	"mcr.microsoft.com/playwright", "mcr.microsoft.com/playwright/python", "mcr.microsoft.com/openjdk/jdk",
	"gcr.io/distroless/static", "gcr.io/distroless/static-debian11", "gcr.io/distroless/static-debian12",
	"gcr.io/distroless/base", "gcr.io/distroless/base-debian11", "gcr.io/distroless/base-debian12", "gcr.io/distroless/cc",
	"gcr.io/distroless/cc-debian12", "gcr.io/distroless/java17-debian12", "gcr.io/distroless/java21-debian12",
	"gcr.io/distroless/nodejs20-debian12", "gcr.io/distroless/nodejs22-debian12", "gcr.io/distroless/python3-debian12",
	"registry.access.redhat.com/ubi8", "registry.access.redhat.com/ubi8/ubi", "registry.access.redhat.com/ubi8/ubi-minimal",
	"registry.access.redhat.com/ubi8-minimal", "registry.access.redhat.com/ubi8/ubi-micro", "registry.access.redhat.com/ubi9",
	"registry.access.redhat.com/ubi9/ubi", "registry.access.redhat.com/ubi9/ubi-minimal", "registry.access.redhat.com/ubi9-minimal",
	"registry.access.redhat.com/ubi9/ubi-micro", "registry.access.redhat.com/ubi10", "registry.access.redhat.com/ubi10/ubi",
	"registry.access.redhat.com/ubi10/ubi-minimal", "registry.access.redhat.com/ubi10/ubi-micro",
}

base_runs_as_root if {
	name := attr.get(outermost, ["base", "image"], "")
	short := regex.replace(name, `^(docker\.io/library/|docker\.io/|library/|index\.docker\.io/|public\.ecr\.aws/docker/library/|public\.ecr\.aws/|mirror\.gcr\.io/library/|mirror\.gcr\.io/)`, "")
	short in root_images
	# Variants with a user of their own, and Windows.
	not regex.match(`nonroot|rootless|chiseled|distroless-|nanoserver|windowsservercore`, attr.get(outermost, ["base", "tag"], ""))
	not attr.get(outermost, ["base", "platform"], "") in {"windows/amd64", "windows"}
}
