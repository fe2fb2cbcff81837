//! Takes secrets out of a record before anybody sees it. What was set stays visible as set.
//!
//! It works on names and forms of values wherever they stand, because the same secret has other names in every shape of a
//! type. It does not know where a record goes.

use std::sync::LazyLock;

use regex::RegexSet;
use serde_json::{Map, Value};

use crate::model::{LiveRecord, REDACTED};

/// Ends of property names whose text is a secret; letters and digits only, in lower case.
const SECRET_ENDS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "secretstring",
    "secretbinary",
    "secretkey",
    "secretstringtemplate",
    "accesskey",
    "privatekey",
    "privatekeybody",
    "apikey",
    "token",
    "credentials",
    "connectionstring",
    "connectionurl",
    "connectionuri",
    "databaseurl",
    "dburl",
    "userdata",
    "userdatabase64",
    "headervalue",
];

/// Names of maps whose every value may be a secret.
const SECRET_MAPS: &[&str] = &["variables", "environmentvariables", "stagevariables", "userdata"];
/// Names of maps of a job's arguments; switches among them are shown.
const ARGUMENT_MAPS: &[&str] = &["defaultarguments", "nonoverridablearguments"];
const SHOWN_ARGUMENTS: &[&str] = &["--enable-", "--disable-", "--job-language", "--encryption-type"];
/// Names of lists of `{name, value}` whose every value may be a secret.
const SECRET_PAIRS: &[&str] = &["environment", "environmentvariables", "environmentoverride"];
/// Types whose `Value` is what they keep.
const VALUE_KINDS: &[&str] = &["AWS::SSM::Parameter", "aws_ssm_parameter"];

/// Deeper values are taken out as a whole: nothing that AWS describes is so deep.
const MAX_DEPTH: usize = 64;

static FORMS: LazyLock<RegexSet> = LazyLock::new(|| {
    let forms = [
        r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b",
        r"-----BEGIN [A-Z ]*PRIVATE KEY",
        r"[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@",
        r"(?i)\b(?:password|passwd|pwd|secret[_-]?(?:access[_-]?)?key|accountkey|sharedaccesskey)\s*=\s*[^\s;&]",
        r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.",
        r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|xox[abprs]-[A-Za-z0-9-]{10,}|sk_live_\w{10,}|glpat-[\w-]{18,})",
    ];
    // All of them are literals of this file.
    RegexSet::new(forms).unwrap_or_default()
});

/// Takes the secrets out of a record's value and tags.
pub fn record(record: &mut LiveRecord) {
    if VALUE_KINDS.contains(&&*record.kind) {
        for name in ["Value", "value", "insecure_value", "value_wo"] {
            member(&mut record.value, name);
            for part in ["configuration", "resource_object"] {
                if let Some(part) = record.value.get_mut(part) {
                    member(part, name);
                }
            }
        }
    }
    value(&mut record.value, 0);
    for (name, text) in &mut record.tags {
        if !text.is_empty() && (is_secret(&plain(name)) && !is_reference(text) || is_secret_form(text)) {
            *text = REDACTED.into();
        }
    }
}

/// True for a text that shows a secret by its form, wherever it stands.
pub fn is_secret_form(text: &str) -> bool {
    // The shortest form has five characters.
    text.len() >= 5 && FORMS.is_match(text)
}

fn member(object: &mut Value, name: &str) {
    if let Some(found) = object.get_mut(name) {
        all(found, 0);
    }
}

fn value(found: &mut Value, depth: usize) {
    if depth > MAX_DEPTH {
        *found = REDACTED.into();
        return;
    }
    match found {
        Value::String(text) => string(text),
        Value::Array(items) => items.iter_mut().for_each(|item| value(item, depth + 1)),
        Value::Object(members) => object(members, depth),
        _ => {}
    }
}

fn object(members: &mut Map<String, Value>, depth: usize) {
    // `{Key: "db_password", Value: ...}`
    let named = ["Key", "key", "Name", "name", "ParameterName", "parameterName"];
    let named = named.iter().find_map(|name| members.get(*name)?.as_str()).is_some_and(|name| is_secret(&plain(name)));
    for (name, found) in members.iter_mut() {
        let plain = plain(name);
        let holds = SECRET_PAIRS.contains(&&*plain);
        match found {
            Value::String(text) if is_secret(&plain) || (named && plain == "value") => {
                if !text.is_empty() && !is_reference(text) {
                    *text = REDACTED.into();
                }
            }
            Value::Object(_) if SECRET_MAPS.contains(&&*plain) => all(found, depth),
            Value::Array(items) if is_secret(&plain) && items.iter().all(Value::is_string) => all(found, depth),
            Value::Object(arguments) if ARGUMENT_MAPS.contains(&&*plain) => {
                let hidden =
                    arguments.iter_mut().filter(|(name, _)| !SHOWN_ARGUMENTS.iter().any(|it| name.starts_with(it)));
                hidden.for_each(|(_, found)| all(found, depth));
            }
            Value::Array(items) if holds => {
                for item in items {
                    member(item, "Value");
                    member(item, "value");
                    value(item, depth + 1);
                }
            }
            _ => value(found, depth + 1),
        }
    }
}

/// Every text below.
fn all(found: &mut Value, depth: usize) {
    match found {
        Value::Array(items) if depth <= MAX_DEPTH => items.iter_mut().for_each(|item| all(item, depth + 1)),
        Value::Object(members) if depth <= MAX_DEPTH => members.values_mut().for_each(|item| all(item, depth + 1)),
        Value::Null | Value::Bool(_) => {}
        Value::String(text) if text.is_empty() => {}
        other => *other = REDACTED.into(),
    }
}

fn string(text: &mut String) {
    // A document in a text is looked into like any other value.
    if text.trim_start().starts_with(['{', '['])
        && let Ok(mut inner) = serde_json::from_str::<Value>(text)
    {
        let before = inner.clone();
        value(&mut inner, 1);
        if inner != before {
            *text = inner.to_string();
        }
        return;
    }
    if is_secret_form(text) {
        *text = REDACTED.into();
    }
}

/// Letters and digits in lower case: `MasterUserPassword` and `master_user_password` are one name.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn is_secret(plain: &str) -> bool {
    // The name of a secret, and a page's token, tell nothing.
    SECRET_ENDS.iter().any(|end| plain.ends_with(end)) && plain != "nexttoken"
}

/// A reference names a secret and does not hold it.
fn is_reference(text: &str) -> bool {
    text.starts_with("arn:") || text.starts_with("{{resolve:")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::LiveShape;

    fn redacted(kind: &str, value: Value) -> Value {
        let mut it = LiveRecord {
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            kind: kind.into(),
            id: "x".into(),
            arn: None,
            shape: LiveShape::CloudFormation,
            captured: None,
            tags: [("DbPassword".into(), "canary".into()), ("Owner".into(), "me".into())].into(),
            value,
        };
        record(&mut it);
        assert_eq!((&*it.tags["DbPassword"], &*it.tags["Owner"]), (REDACTED, "me"));
        it.value
    }

    #[test]
    fn secrets_of_every_kind_and_shape_go_and_stay_visible_as_set() {
        let cases = [
            ("AWS::Lambda::Function", json!({ "Environment": { "Variables": { "A": "canary" } } })),
            (
                "AWS::Lambda::Function",
                json!({ "configuration": { "environment": { "variables": { "A": "canary" } } } }),
            ),
            (
                "AWS::ECS::TaskDefinition",
                json!({ "ContainerDefinitions": [{ "Environment": [{ "Name": "A", "Value": "canary" }] }] }),
            ),
            (
                "AWS::CodeBuild::Project",
                json!({ "configuration": { "environment": { "environmentVariables": [{ "name": "A", "value": "canary" }] } } }),
            ),
            ("AWS::Glue::Job", json!({ "DefaultArguments": { "--conf": "canary" } })),
            ("AWS::EC2::Instance", json!({ "UserData": "canary" })),
            ("AWS::EC2::Instance", json!({ "configuration": { "userData": { "value": "canary" } } })),
            ("AWS::EC2::LaunchTemplate", json!({ "LaunchTemplateData": { "UserData": "canary" } })),
            ("AWS::SSM::Parameter", json!({ "Value": "canary" })),
            (
                "AWS::SecretsManager::Secret",
                json!({ "SecretString": "canary", "GenerateSecretString": { "SecretStringTemplate": "canary" } }),
            ),
            ("AWS::RDS::DBInstance", json!({ "MasterUserPassword": "canary" })),
            ("AWS::AmazonMQ::Broker", json!({ "Users": [{ "Password": "canary" }] })),
            ("AWS::Glue::Connection", json!({ "ConnectionProperties": { "JDBC_CONNECTION_URL": "canary" } })),
            ("AWS::SNS::Subscription", json!({ "Endpoint": "https://someone:canary@example.com/hook" })),
            ("AWS::StepFunctions::StateMachine", json!({ "DefinitionString": "{\"Password\": \"canary\"}" })),
            ("AWS::X::Y", json!({ "Description": "uses AKIAIOSFODNN7EXAMPLE canary" })),
            ("AWS::X::Y", json!({ "Text": "Server=db;Password=canary" })),
            ("AWS::X::Y", json!({ "Tags": [{ "Key": "api-key", "Value": "canary" }] })),
            (
                "aws_lambda_function",
                json!({ "resource_object": { "environment": [{ "variables": { "A": "canary" } }] } }),
            ),
            ("aws_ssm_parameter", json!({ "resource_object": { "value": "canary" } })),
            (
                "aws_ecs_task_definition",
                json!({ "resource_object": { "container_definitions": "[{\"environment\":[{\"name\":\"A\",\"value\":\"canary\"}]}]" } }),
            ),
        ];
        for (kind, value) in cases {
            let shown = redacted(kind, value.clone()).to_string();
            assert!(!shown.contains("canary"), "{kind}: {shown}");
            assert!(shown.contains(REDACTED), "{kind}: it was set: {shown}");
        }
    }

    #[test]
    fn what_policies_ask_about_stays() {
        let value = json!({
            "MetadataOptions": { "HttpTokens": "required" },
            "ManageMasterUserPassword": true,
            "MasterUserSecret": { "SecretArn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a" },
            "PasswordPolicy": { "MinimumLength": 8 },
            "DefaultArguments": { "--enable-metrics": "true" },
            "Environment": { "ComputeType": "SMALL", "Image": "aws/x", "PrivilegedMode": true },
            "Secrets": [{ "Name": "DB_PASSWORD", "ValueFrom": "arn:aws:ssm:eu-west-1:111122223333:parameter/a" }],
            "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/a",
            "AuthToken": "",
            "Policy": "{\"Statement\":[{\"Action\":\"secretsmanager:GetSecretValue\",\"Effect\":\"Allow\"}]}",
        });
        assert_eq!(redacted("AWS::X::Y", value.clone()), value);
    }

    #[test]
    fn taking_out_twice_changes_nothing() {
        let once = redacted("AWS::SSM::Parameter", json!({ "Value": "canary", "Tier": "Standard" }));
        assert_eq!(redacted("AWS::SSM::Parameter", once.clone()), once);
        assert_eq!(once["Tier"], "Standard");
    }

    #[test]
    fn endless_depth_is_cut() {
        let deep = (0..1000).fold(json!("canary"), |inner, _| json!([inner]));
        assert!(!redacted("AWS::X::Y", deep).to_string().contains("canary"));
    }
}
