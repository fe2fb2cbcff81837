//! Claims about `stanchion.toml`.

use super::*;

fn read(text: &str) -> Result<Config, String> {
    read::parse(text, "stanchion.toml", Path::new("..")).map_err(|error| error.to_string())
}

fn complaint(text: &str) -> String {
    read(text).unwrap_err()
}

#[test]
fn every_key_is_read() {
    let config = read(
        r#"
fail-on = "high"
min-severity = "medium"
select = ["aws-*"]
ignore = ["aws-s3-logging"]
exclude = ["generated/**"]
policy-dirs = ["policies"]
required-tags = ["owner", "cost-center"]
max-file-size = "20MB"

[terraform]
var-files = ["prod.tfvars"]
vars = { region = "eu-west-1", count = 3, zones = ["a", "b"], on = true }
workspace = "prod"
modules = { "example/*/aws" = "vendor" }

[policy.aws-s3-public-read]
severity = "low"

[policy.aws-iam-password-policy]
severity = "high"
parameters = { length = 14, nested = { a = [1.5, "x"] } }
"#,
    )
    .unwrap();
    assert_eq!(config.fail_on, Some(FailOn::At(Severity::High)));
    assert_eq!(config.min_severity, Some(Severity::Medium));
    assert_eq!(config.select.unwrap(), ["aws-*"]);
    assert_eq!(config.ignore.unwrap(), ["aws-s3-logging"]);
    assert_eq!(config.exclude.unwrap(), ["generated/**"]);
    assert_eq!(config.policy_dirs, [PathBuf::from("../policies")]);
    assert_eq!(config.max_file_size, Some(20 << 20));
    assert_eq!(config.var_files, [PathBuf::from("../prod.tfvars")]);
    assert_eq!(config.vars["region"], "eu-west-1");
    assert_eq!(config.vars["count"], "3");
    assert_eq!(config.vars["zones"], r#"["a","b"]"#);
    assert_eq!(config.vars["on"], "true");
    assert_eq!(config.workspace.unwrap(), "prod");
    assert_eq!(config.modules["example/*/aws"], PathBuf::from("../vendor"));
    assert_eq!(config.severities["aws-s3-public-read"], Severity::Low);
    let parameters = &config.parameters["aws-iam-password-policy"];
    assert_eq!(
        serde_json::to_value(parameters).unwrap(),
        serde_json::json!({"length": 14, "nested": {"a": [1.5, "x"]}})
    );
    let tags = &config.parameters["aws-required-tags"];
    assert_eq!(serde_json::to_value(tags).unwrap(), serde_json::json!({"required": ["owner", "cost-center"]}));
}

#[test]
fn an_empty_file_sets_nothing() {
    assert_eq!(read("").unwrap(), Config::default());
    assert_eq!(read("# nothing\n").unwrap(), Config::default());
}

#[test]
fn an_unknown_key_is_an_error_with_place_and_suggestion() {
    assert_eq!(complaint("fail_on = 'low'"), "stanchion.toml:1:1: unknown key 'fail_on': did you mean 'fail-on'?");
    assert_eq!(
        complaint("[terraform]\n  workspce = 'x'"),
        "stanchion.toml:2:3: unknown key 'workspce' in [terraform]: did you mean 'workspace'?"
    );
    assert_eq!(
        complaint("[policy.x]\nlevel = 'low'"),
        "stanchion.toml:2:1: unknown key 'level' in [policy.x]: known keys are severity, parameters"
    );
}

#[test]
fn a_wrong_type_is_an_error_with_place() {
    assert_eq!(complaint("select = 'aws-*'"), "stanchion.toml:1:10: expected a list of strings, found a string");
    assert_eq!(complaint("select = ['a', 1]"), "stanchion.toml:1:16: expected a string, found an integer");
    assert_eq!(complaint("terraform = true"), "stanchion.toml:1:13: expected a table, found a boolean");
    assert_eq!(
        complaint("max-file-size = 1.5"),
        "stanchion.toml:1:17: expected a size such as \"20MB\" or a number of bytes, found a float"
    );
}

#[test]
fn a_wrong_value_is_an_error_with_place() {
    assert_eq!(
        complaint("fail-on = 'hihg'"),
        "stanchion.toml:1:11: unknown severity 'hihg': use critical, high, medium, low or never"
    );
    assert!(complaint("max-file-size = '20XB'").starts_with("stanchion.toml:1:17: '20XB' is no file size"));
    assert!(complaint("max-file-size = 0").contains("above 0"));
    assert!(complaint("max-file-size = -1").contains("above 0"));
}

#[test]
fn all_mistakes_are_told_at_once_in_order() {
    let text = complaint("colour = 1\nselect = 2\n[terraform]\nvars = 3\n");
    let places: Vec<_> = text.lines().map(|line| line.split(": ").next().unwrap().to_owned()).collect();
    assert_eq!(places, ["stanchion.toml:1:1", "stanchion.toml:2:10", "stanchion.toml:4:8"]);
}

#[test]
fn broken_toml_and_duplicate_keys_have_a_place() {
    assert!(complaint("a = \n").starts_with("stanchion.toml:1:"));
    assert!(complaint("ignore = []\nignore = []\n").starts_with("stanchion.toml:2:1: "));
}

#[test]
fn required_tags_given_twice_is_an_error() {
    let text = complaint("required-tags = ['a']\n[policy.aws-required-tags.parameters]\nrequired = ['b']\n");
    assert!(text.starts_with("stanchion.toml:1:1: 'required-tags' and"), "{text}");
}

#[test]
fn sizes() {
    assert_eq!(read::parse_size("512"), Ok(512));
    assert_eq!(read::parse_size("1 KB"), Ok(1024));
    assert_eq!(read::parse_size("2GiB"), Ok(2 << 30));
    for bad in ["", "MB", "-1", "0", "1.5MB", "99999999999999999999", "18446744073709551615GB"] {
        assert!(read::parse_size(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_file_is_found_upward_to_the_repository_root_only() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("repo");
    let deep = root.join("a/b");
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(dir.path().join(FILE_NAME), "").unwrap();
    assert_eq!(find(&deep), None, "outside a repository only the working directory counts");
    std::fs::create_dir(root.join(".git")).unwrap();
    assert_eq!(find(&deep), None, "the search ends at the repository's root");
    std::fs::write(root.join(FILE_NAME), "").unwrap();
    assert_eq!(find(&deep), Some(PathBuf::from("../../stanchion.toml")));
    std::fs::write(deep.join(FILE_NAME), "").unwrap();
    assert_eq!(find(&deep), Some(PathBuf::from("stanchion.toml")));
}

#[test]
fn a_loaded_file_speaks_of_the_working_directory() {
    let dir = tempfile::tempdir().unwrap();
    let cwd = dir.path().join("infra");
    std::fs::create_dir(&cwd).unwrap();
    std::fs::write(dir.path().join(FILE_NAME), "exclude = ['infra/gen/**']\npolicy-dirs = ['p']\n").unwrap();
    let config = load(&cwd, Path::new("../stanchion.toml")).unwrap();
    assert_eq!(config.exclude.unwrap(), ["gen/**"]);
    assert_eq!(config.policy_dirs, [PathBuf::from("../p")]);
    let missing = load(&cwd, Path::new("no.toml")).unwrap_err().to_string();
    assert!(missing.starts_with("no.toml: cannot be read"), "{missing}");
}

#[test]
fn environments_have_names_and_values_of_their_own() {
    let text = "[[environments]]\nname = \"prod\"\nvar-files = [\"prod.tfvars\"]\nworkspace = \"live\"\nvars = { size = 2 }\n\n[[environments]]\nname = \"test\"\n";
    let config = read::parse(text, "stanchion.toml", Path::new("infra")).unwrap();
    let [live, bare] = config.environments.as_slice() else { panic!("{:?}", config.environments) };
    assert_eq!((live.name.as_str(), live.workspace.as_deref()), ("prod", Some("live")));
    assert_eq!(live.var_files, [PathBuf::from("infra/prod.tfvars")]);
    assert_eq!(live.vars.get("size").map(String::as_str), Some("2"));
    assert_eq!(bare.name, "test");
    let wrong = |text: &str| read::parse(text, "stanchion.toml", Path::new("")).unwrap_err().to_string();
    assert!(wrong("[[environments]]\nworkspace = \"x\"\n").contains("has no name"));
    assert!(wrong("[[environments]]\nname = \"a\"\n[[environments]]\nname = \"a\"\n").contains("rename one"));
    assert!(wrong("[[environments]]\nname = \"a\"\nvarfiles = []\n").contains("var-files"));
    assert!(wrong("[environments]\nname = \"a\"\n").contains("[[environments]]"));
}

#[test]
fn rules_for_drift_need_something_to_fit_and_a_reason() {
    let dir = tempfile::tempdir().unwrap();
    let read = |text: &str| {
        std::fs::write(dir.path().join("stanchion.toml"), text).unwrap();
        super::load(dir.path(), std::path::Path::new("stanchion.toml"))
    };
    let text = "[[drift.ignore]]\ntype = \"aws_autoscaling_group\"\nattribute = \"tags.*\"\nreason = \"set by the scaler\"\nuntil = 2027-01-31\n";
    let rules = read(text).unwrap().drift_ignore;
    assert_eq!(rules[0].until.as_deref(), Some("2027-01-31"));
    assert_eq!(rules[0].written, "stanchion.toml:1");
    let mistakes = |text: &str| read(text).unwrap_err().to_string();
    assert!(mistakes("[[drift.ignore]]\nreason = \"x\"").contains("would silence all drift"));
    assert!(mistakes("[[drift.ignore]]\ntype = \"x\"").contains("gives no reason"));
    assert!(mistakes("[[drift.ignore]]\ntype = \"x\"\nreason = \"x\"\nuntil = \"soon\"").contains("is not a day"));
    assert!(mistakes("[[drift.ignore]]\ntyp = \"x\"\nreason = \"x\"").contains("did you mean 'type'"));
    assert!(mistakes("[drift]\nignore = 1").contains("[[drift.ignore]]"));
}
