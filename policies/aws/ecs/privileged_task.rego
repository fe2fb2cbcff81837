# METADATA
# title: Container runs privileged
# description: >-
#   A privileged container has all capabilities and sees the devices of its host. Whoever breaks into it owns the host,
#   the other tasks on it, and their roles.
# related_resources:
# - ref: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-tasks-containers.html
# custom:
#   id: aws-ecs-privileged-task
#   severity: high
#   family: least-privilege
#   resource_types: [aws_ecs_task_definition]
#   frameworks:
#     aws-fsbp: ["ECS.4"]
#   aliases: [CKV_AWS_334]
#   remediation: |
#     Leave `privileged` out, and add the single capabilities that are needed:
#
#     ```hcl
#     container_definitions = jsonencode([{
#       name  = "proxy"
#       image = "example/proxy:1.2.3"
#       linuxParameters = {
#         capabilities = { add = ["NET_BIND_SERVICE"], drop = ["ALL"] }
#       }
#     }])
#     ```
package stanchion.aws.ecs.privileged_task

import data.stanchion.lib.attr

deny contains finding if {
	some i, container in attr.items(input.config, "container_definitions")
	attr.is_true(attr.get(container, ["privileged"], false))
	finding := {
		"path": ["container_definitions", i, "privileged"],
		"message": sprintf("the container '%s' of '%s' runs privileged", [attr.get(container, ["name"], "(unnamed)"), input.address]),
	}
}
