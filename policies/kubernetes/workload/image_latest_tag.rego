# METADATA
# title: Container image has no fixed version
# description: >-
#   The tag latest, or none, means whatever was pushed last. Two pods of one Deployment may run different programs,
#   a rollback brings nothing back, and nobody can say later what ran.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/containers/images/#image-names
# custom:
#   id: k8s-image-latest-tag
#   severity: medium
#   family: supply-chain
#   resource_types: ["*"]
#   sources: [kubernetes]
#   aliases: [CKV_K8S_14, AVD-KSV-0013, KSV013, kubernetes-use-specific-tags,
#     583053b7-e632-46f0-b989-f81ff8045385]
#   remediation: |
#     Name a version, better still its digest:
#
#     ```yaml
#     image: registry.example.com/shop/web:1.14.2
#     ```
package stanchion.kubernetes.workload.image_latest_tag

import data.stanchion.lib.pod

# Filled in later: by an injector, by ko, by kubebuilder's kustomization.
placeholder(image) if image in {"auto", "controller", "controller:latest"}

placeholder(image) if startswith(image, "ko://")

tag(image) := trim_prefix(regex.find_n(`:[^:/]*$`, image, 1)[0], ":") if {
	regex.match(`:[^:/]*$`, image)
} else := ""

moving(image) := "has no tag" if tag(image) == ""

moving(image) := "has the tag 'latest'" if tag(image) == "latest"

deny contains finding if {
	some container in input.pod.containers
	image := container.config.image
	is_string(image)
	image != ""
	not contains(image, "@")
	not placeholder(image)
	# Only an image that was built on the node itself can run with this.
	object.get(container.config, "imagePullPolicy", "") != "Never"
	finding := {
		"path": array.concat(container.path, ["image"]),
		"message": sprintf("image '%s' of container '%s' %s", [image, pod.name(container), moving(image)]),
	}
}
