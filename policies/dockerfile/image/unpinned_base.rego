# METADATA
# title: Base image has no fixed version
# description: >-
#   The tag latest, or none, means whatever was pushed last. The same Dockerfile builds something else tomorrow, and
#   a new major version arrives unasked.
# related_resources:
# - ref: https://docs.docker.com/build/building/best-practices/#pin-base-image-versions
# custom:
#   id: dockerfile-unpinned-base
#   severity: medium
#   family: supply-chain
#   resource_types: [dockerfile]
#   sources: [dockerfile]
#   aliases: [DL3006, DL3007, CKV_DOCKER_7, AVD-DS-0001, DS001, docker-use-specific-tags,
#     9efb0b2d-89c9-41a3-91ca-dcc0aec911fd, f45ea400-6bbe-4501-9fc7-1c3d75c32067]
#   remediation: |
#     Name a version, better still its digest:
#
#     ```dockerfile
#     FROM python:3.13-slim
#     ```
package stanchion.dockerfile.image.unpinned_base

import data.stanchion.lib.attr

# Chainguard gives its public images no other tags.
exempt(base) if startswith(object.get(base, "image", ""), "cgr.dev/chainguard/")

exempt(base) if object.get(base, "reference", "") == "scratch"

moving(tag) := "has no tag" if tag == ""

moving(tag) := "has the tag 'latest'" if tag == "latest"

deny contains finding if {
	some i, stage in input.config.stages
	base := stage.base
	reference := base.reference
	not attr.has(base, ["stage"])
	not attr.has(base, ["digest"])
	not exempt(base)
	finding := {
		"path": ["stages", i, "base"],
		"message": sprintf("the base image '%s' %s", [reference, moving(object.get(base, "tag", ""))]),
	}
}
