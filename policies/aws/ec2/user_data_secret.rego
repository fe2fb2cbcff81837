# METADATA
# title: Secret is written into user data
# description: >-
#   User data can be read by every process on the instance through the metadata service, and by everybody who may
#   describe the instance. A literal secret there is in the repository and in the state as well.
# related_resources:
# - ref: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
# custom:
#   id: aws-ec2-user-data-secret
#   severity: high
#   family: secrets
#   literals: true
#   resource_types: [aws_instance, aws_launch_template, aws_launch_configuration, aws_spot_instance_request]
#   aliases: [CKV_AWS_46, AVD-AWS-0029, AVD-AWS-0129, aws-ec2-no-secrets-in-user-data, aws-ec2-no-secrets-in-launch-template-user-data]
#   remediation: |
#     Change the secret, and fetch the new one while booting, with the role of the instance:
#
#     ```hcl
#     user_data = <<-EOT
#       #!/bin/bash
#       export DB_PASSWORD="$(aws secretsmanager get-secret-value --secret-id db --query SecretString --output text)"
#     EOT
#     ```
package stanchion.aws.ec2.user_data_secret

import data.stanchion.lib.attr

scripts contains {"name": "user_data", "text": input.config.user_data} if is_string(input.config.user_data)

scripts contains {"name": "user_data_base64", "text": text} if {
	is_string(input.config.user_data_base64)
	text := decoded(input.config.user_data_base64)
}

# Launch templates take base64 only, and the functions that make it are often left out of sight.
decoded(encoded) := base64.decode(encoded) if {
	regex.match(`^[A-Za-z0-9+/]+={0,2}$`, encoded)
	count(encoded) % 4 == 0
} else := encoded

texts contains {"name": script.name, "text": decoded(script.text)} if some script in scripts

# `NAME=value` and `--name=value` as shells write them, and `name: value` on a line of its own as cloud-init does.
assignment := `(?m)(?:^|[\s;"'-])([A-Za-z_][A-Za-z0-9_]*)=["']?([^\s"';]+)`

entry := `(?m)^[ \t]*(?:- )?([A-Za-z_][A-Za-z0-9_-]*):[ \t]+["']?([^\s"';]+)["']?[ \t]*$`

settings(text) := array.concat(
	regex.find_all_string_submatch_n(assignment, text, -1),
	regex.find_all_string_submatch_n(entry, text, -1),
)

deny contains finding if {
	some script in texts
	some match in settings(script.text)
	not is_computed(match[2])
	secrets.judge(match[1], match[2]).secret
	finding := {
		"path": [script.name],
		"message": sprintf("the user data of '%s' has a literal secret in '%s'", [input.address, match[1]]),
	}
}

deny contains finding if {
	some script in texts
	some line in split(script.text, "\n")
	secrets.judge("line", line).secret
	not contains(line, "$")
	finding := {
		"path": [script.name],
		"message": sprintf("the user data of '%s' has a token, a private key or a connection string with a password in it", [input.address]),
	}
}

is_computed(value) if {
	some sign in ["$", "`", "(", "<", "%"]
	contains(value, sign)
}
