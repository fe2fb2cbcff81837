//! What counts as a secret and what does not.

use super::*;

fn fake(prefix: &str, length: usize) -> String {
    format!("{prefix}{}", "A1b2C3d4".repeat(20).chars().take(length).collect::<String>())
}

#[test]
fn a_weak_word_under_a_telling_key_is_a_secret() {
    for key in [
        "password",
        "DB_PASSWORD",
        "dbPassword",
        "master_password",
        "adminPwd",
        "spring.datasource.password",
        "MYSQL_ROOT_PASSWORD",
    ] {
        assert!(judge(key, "hunter2-not-real").secret, "{key}");
    }
    assert!(judge("password", "changeme").secret);
    assert!(judge("client_secret", "not-real-9f8e7d6c").secret);
    assert!(judge("api_key", "notreal0123456789").secret);
}

#[test]
fn keys_about_a_secret_are_not_secrets() {
    for key in [
        "password_length",
        "secret_arn",
        "secret_name",
        "kms_key_id",
        "password_policy",
        "token_type",
        "rotation_token",
        "secret_rotation_date",
        "creation_token",
        "enable_token",
        "token_endpoint",
        "public_key",
        "id_token",
        "next_token",
    ] {
        assert!(!judge(key, "hunter2-not-real").secret, "{key}");
    }
}

#[test]
fn references_placeholders_paths_and_names_are_not_secrets() {
    for value in [
        "",
        "${var.x}",
        "<password>",
        "REPLACE_ME",
        "xxxxxx",
        "***",
        "TODO",
        "arn:aws:x:y",
        "!Ref Db",
        "/run/secrets/db",
        "ENC[AES256]",
        "true",
        "$DB_PASSWORD",
        "{{ .Values.pw }}",
        "your-password-here",
        "placeholders",
        "\u{e000}unknown1\u{e001}",
    ] {
        assert!(!judge("password", value).secret, "{value}");
    }
    for value in [
        "my-app/db/password",
        "db-credentials",
        "KUBE_TOKEN_DEV",
        "ECR_AWS_ACCESS_KEY_ID",
        "some words here",
        "days",
        "3600",
    ] {
        assert!(!judge("secretKey", value).secret, "{value}");
        assert!(!judge("access_token", value).secret, "{value}");
    }
}

#[test]
fn token_shapes_are_secrets_under_any_key_but_documented_examples_are_not() {
    assert_eq!(judge("note", &fake("ghp_", 36)).kind, "token");
    assert_eq!(judge("note", &fake("glpat-", 20)).kind, "token");
    assert_eq!(judge("note", &format!("AKIA{}", "A1B2C3D4E5F6G7H8")).kind, "token");
    assert!(!judge("access_key", "AKIAIOSFODNN7EXAMPLE").secret);
}

#[test]
fn a_connection_string_with_a_password_is_a_secret_and_never_shown() {
    let judged = judge("DATABASE_URL", "postgres://app:hunter2-not-real@db/app");
    assert_eq!(judged.kind, "url");
    assert!(!judged.why.contains("hunter2"));
    assert!(!judge("DATABASE_URL", "postgres://app:${PW}@db/app").secret);
    assert!(!judge("DATABASE_URL", "postgres://app@db:5432/app").secret);
    assert!(judge("conn", "Server=x;Password=hunter2-not-real;").secret);
}

#[test]
fn the_path_of_a_stored_password_is_no_password() {
    assert!(!judge("ssm_key_password", "admin/db_password").secret);
    assert!(judge("password", "hunter2/not-real").secret);
}

#[test]
fn a_private_key_is_its_material_not_its_header() {
    let key = |body: &str| {
        format!("-----BEGIN OPENSSH {} KEY-----\n{body}\n-----END OPENSSH {} KEY-----", "PRIVATE", "PRIVATE")
    };
    assert!(!judge("githubAppPrivateKey", &key("...")).secret);
    assert!(judge("note", &key(&"Ab1".repeat(20))).secret);
}
