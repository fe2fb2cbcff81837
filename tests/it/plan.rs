//! Plans and states through the real program: the same findings at the same places as their source, nothing secret shown,
//! nothing unreadable passed over.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};

struct Ran {
    status: i32,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Json {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }
}

fn run(dir: &Path, args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanchion"));
    let output = command.current_dir(dir).args(["scan", "--isolated", "--no-progress"]).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is text");
    let ran = Ran { status: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) };
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    ran
}

fn scan(dir: &Path, args: &[&str]) -> Json {
    run(dir, &[&["--format", "json", "--show-undetermined"], args].concat()).json()
}

fn write(dir: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/terraform/plan").join(name)
}

/// A copy of a fixture, without the files whose names end in one of the endings.
fn copy(name: &str, without: &[&str]) -> tempfile::TempDir {
    fn all(from: &Path, to: &Path, without: &[&str]) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                all(&path, &to.join(name), without);
            } else if !without.iter().any(|ending| name.ends_with(ending)) {
                std::fs::copy(&path, to.join(name)).unwrap();
            }
        }
    }
    let dir = tempfile::tempdir().unwrap();
    all(&fixture(name), dir.path(), without);
    dir
}

/// Policy, verdict, address, place and fingerprint of every finding.
fn findings(report: &Json) -> BTreeSet<[String; 5]> {
    let text = |node: &Json| node.as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| {
            let location = &finding["location"];
            let place = format!("{}:{}:{}", text(&location["path"]), location["start_line"], location["start_column"]);
            [&finding["policy"], &finding["verdict"], &finding["resource"]["address"]]
                .map(text)
                .into_iter()
                .chain([place, text(&finding["fingerprint"])])
                .collect::<Vec<_>>()
                .try_into()
                .unwrap()
        })
        .collect()
}

fn sources(report: &Json) -> BTreeSet<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["resource"]["source"].as_str().unwrap().to_owned()).collect()
}

fn problems(report: &Json) -> Vec<String> {
    report["problems"].as_array().unwrap().iter().map(|p| p["message"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_plan_beside_its_source_gives_the_findings_of_the_source_at_the_same_places() {
    let source = scan(copy("parity", &[".json"]).path(), &["."]);
    let both = scan(copy("parity", &[]).path(), &["."]);
    let named = scan(copy("parity", &[]).path(), &["plan.json"]);
    assert_eq!(sources(&source), ["terraform".to_owned()].into());
    assert_eq!(sources(&both), ["plan".to_owned()].into(), "reported once, from the plan");
    assert!(findings(&source).len() >= 10);
    assert_eq!(findings(&both), findings(&source));
    assert_eq!(findings(&named), findings(&source));
    assert_eq!(problems(&both), [""; 0]);
    assert_eq!(both["coverage"]["resources"], source["coverage"]["resources"]);
    // Through the calls of the module, as in source.
    let related = |report: &Json| {
        let found = report["findings"].as_array().unwrap().iter().find(|f| f["policy"] == "aws-s3-public-acl").unwrap();
        (found["resource"]["address"].clone(), found["related"].clone())
    };
    assert_eq!(related(&both), related(&source));
    assert_eq!(related(&both).0, r#"module.bucket["logs.eu"].aws_s3_bucket_acl.this"#);
}

#[test]
fn a_plan_finds_its_source_elsewhere_when_told_and_stands_alone_without() {
    let dir = copy("parity", &[]);
    std::fs::create_dir_all(dir.path().join("out")).unwrap();
    std::fs::create_dir_all(dir.path().join("infra")).unwrap();
    for name in ["main.tf", "prod.auto.tfvars", "modules"] {
        std::fs::rename(dir.path().join(name), dir.path().join("infra").join(name)).unwrap();
    }
    std::fs::rename(dir.path().join("plan.json"), dir.path().join("out/plan.json")).unwrap();
    let place = |report: &Json| -> BTreeSet<String> {
        findings(report).iter().map(|finding| finding[3].split(':').next().unwrap().to_owned()).collect()
    };
    let alone = scan(dir.path(), &["out/plan.json"]);
    assert_eq!(place(&alone), ["out/plan.json".to_owned()].into());
    let told = scan(dir.path(), &["out/plan.json", "--source", "infra"]);
    assert_eq!(place(&told), ["infra/main.tf".to_owned(), "infra/modules/bucket/main.tf".to_owned()].into());
    write(dir.path(), "stanchion.toml", "[terraform]\nsource = \"infra\"\n");
    let args = ["scan", "--no-progress", "--format", "json", "--show-undetermined", "out/plan.json"];
    let output = Command::new(env!("CARGO_BIN_EXE_stanchion")).current_dir(dir.path()).args(args).output().unwrap();
    let by_config: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(findings(&by_config), findings(&told));
    // The same policies fail on the same resources, but for the secret: only the source says that it is written down.
    let what = |report: &Json, verdict: &str| -> BTreeSet<(String, String)> {
        let all = findings(report).into_iter().filter(|finding| finding[1] == verdict);
        all.map(|[policy, _, address, ..]| (policy, address)).collect()
    };
    let secret = ("terraform-hardcoded-secret".to_owned(), "aws_db_instance.main".to_owned());
    let mut alone = what(&alone, "fail");
    alone.insert(secret);
    assert_eq!(alone, what(&told, "fail"));
    let ran = run(dir.path(), &["out/plan.json", "--source", "nowhere"]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("nowhere") && ran.err.contains("--source"), "{}", ran.err);
}

#[test]
fn no_output_shows_a_secret_of_a_plan() {
    let dir = copy("parity", &[".tf", ".tfvars"]);
    let pretty = std::fs::read_to_string(dir.path().join("plan.json")).unwrap();
    let minified = serde_json::from_str::<Json>(&pretty).unwrap().to_string();
    // A policy that repeats what it sees, at the place of the secret.
    let rego = "# METADATA\n# title: Says everything\n# description: For tests.\n# custom:\n#   id: x-says-everything\n#   severity: high\n#   family: encryption\n#   resource_types: [aws_db_instance]\n#   remediation: None.\npackage x.says\n\ndeny contains finding if {\n\tsome name, value in input.config\n\tfinding := {\"path\": [name], \"message\": sprintf(\"%v is %v\", [name, value])}\n}\n";
    write(dir.path(), "policies/says.rego", rego);
    for (name, text) in [("pretty.json", &pretty), ("minified.json", &minified)] {
        // The password is a literal, so that policies see it.
        let mut plan: Json = serde_json::from_str(text).unwrap();
        let resources = plan["configuration"]["root_module"]["resources"].as_array_mut().unwrap();
        let database = resources.iter_mut().find(|resource| resource["type"] == "aws_db_instance").unwrap();
        database["expressions"]["password"] = json!({"constant_value": "not-a-real-password"});
        let text = if name == "pretty.json" { serde_json::to_string_pretty(&plan).unwrap() } else { plan.to_string() };
        write(dir.path(), name, text);
        for format in ["text", "concise", "json", "sarif"] {
            let args = [name, "--policy", "policies", "--select", "x-says-everything", "--format", format];
            let ran = run(dir.path(), &args);
            assert_eq!(ran.status, 1);
            assert!(ran.out.contains("x-says-everything"), "{format}");
            assert!(
                !ran.out.contains("not-a-real-password") && !ran.err.contains("not-a-real"),
                "{format} {name}: {}",
                ran.out
            );
        }
        std::fs::remove_file(dir.path().join(name)).unwrap();
    }
}

#[test]
fn a_file_that_a_windows_shell_wrote_is_read() {
    let dir = copy("parity", &[]);
    let expected = findings(&scan(dir.path(), &["plan.json"]));
    let text = std::fs::read_to_string(dir.path().join("plan.json")).unwrap().replace('\n', "\r\n");
    for little in [true, false] {
        let bytes = std::iter::once(0xfeff).chain(text.encode_utf16());
        let bytes: Vec<u8> =
            bytes.flat_map(|unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect();
        write(dir.path(), "plan.json", bytes);
        assert_eq!(findings(&scan(dir.path(), &["."])), expected);
    }
    write(dir.path(), "plan.json", format!("\u{feff}{text}"));
    assert_eq!(findings(&scan(dir.path(), &["."])), expected);
}

#[test]
fn what_cannot_be_read_says_what_it_is_and_what_to_do() {
    let says = |name: &str, bytes: &[u8], parts: &[&str]| {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), name, bytes);
        let ran = run(dir.path(), &[name]);
        assert_eq!(ran.status, 3, "{name}: {}{}", ran.out, ran.err);
        assert!(parts.iter().all(|part| ran.out.contains(part)), "{name}: {}", ran.out);
    };
    let zip = b"PK\x03\x04\x14\x00\x08\x00\x08\x00\x00\x00\x00\x00\xff\xfe\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x00tfplan\x01\x02";
    for name in ["p.tfplan", "plan.out", "tfplan"] {
        says(name, zip, &["binary form", "terraform show -json"]);
    }
    let encrypted = br#"{"serial":1,"lineage":"x","meta":{},"encrypted_data":"eA==","encryption_version":"v0"}"#;
    says("terraform.tfstate", encrypted, &["encrypted by OpenTofu", "tofu show -json"]);
    says("s.tfstate", br#"{"version":3,"serial":1,"lineage":"x","modules":[]}"#, &["0.11 or older"]);
    says("plan.json", br#"{"format_version":"2.0","resource_changes":[]}"#, &["newer format", "update stanchion"]);
    says(
        "plan.json",
        br#"{"format_version":"1.2","errored":true,"resource_changes":[]}"#,
        &["failed half-way", "plan again"],
    );
    says("plan.json", br#"{"format_version":"1.2","complete":false,"resource_changes":[]}"#, &["not a complete plan"]);
    says("plan.json", br#"{"format_version":"1.2","resource_changes":["#, &["not valid JSON"]);
}

#[test]
fn known_after_apply_is_not_missing() {
    let plan = |after: &Json, unknown: &Json| {
        json!({"format_version": "1.2", "resource_changes": [{
            "address": "aws_ebs_volume.v", "mode": "managed", "type": "aws_ebs_volume", "name": "v",
            "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": unknown},
        }]})
    };
    let verdicts = |plan: &Json| -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        // A name that promises nothing: the content tells, as the file was asked for.
        write(dir.path(), "plan.out", plan.to_string());
        let found = findings(&scan(dir.path(), &["plan.out", "--select", "aws-ebs-unencrypted"]));
        found.into_iter().map(|finding| finding[1].clone()).collect()
    };
    assert_eq!(verdicts(&plan(&json!({"size": 1}), &json!({}))), ["fail"]);
    assert_eq!(verdicts(&plan(&json!({"size": 1, "encrypted": null}), &json!({"encrypted": true}))), ["undetermined"]);
    assert_eq!(verdicts(&plan(&Json::Null, &json!(true))), ["undetermined"]);
    assert_eq!(verdicts(&plan(&json!({"size": 1, "encrypted": true}), &json!({}))), [""; 0]);
}

#[test]
fn other_json_is_left_to_others() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "package.json", r#"{"name":"x","version":"1.0.0","resources":[]}"#);
    write(
        dir.path(),
        "pod.json",
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"containers":[{"name":"c","image":"x:latest","securityContext":{"privileged":true}}]}}"#,
    );
    let report = scan(dir.path(), &["."]);
    assert_eq!(sources(&report), ["kubernetes".to_owned()].into());
    assert_eq!(problems(&report), [""; 0]);
}

/// Judges the size of `terraform_data`, and whether its input is there.
const BOXES: &str = "# METADATA\n# title: Box\n# description: For tests.\n# custom:\n#   id: x-box\n#   severity: high\n#   family: encryption\n#   resource_types: [terraform_data]\n#   remediation: None.\npackage x.box\n\ndeny contains finding if {\n\tinput.config.input.size > 10\n\tfinding := {\"path\": [\"input\", \"size\"], \"message\": sprintf(\"%v\", [input.config.input])}\n}\n\ndeny contains finding if {\n\tnot input.config.input\n\tfinding := {\"path\": [\"input\"], \"message\": \"nothing is in it\"}\n}\n";

#[test]
fn a_recorded_plan_agrees_with_its_source() {
    let dir = copy("recorded", &["state.json", ".tfstate"]);
    write(dir.path(), "p/box.rego", BOXES);
    let args = [".", "--policy", "p", "--select", "x-box"];
    let planned = scan(dir.path(), &args);
    std::fs::remove_file(dir.path().join("plan.json")).unwrap();
    let source = scan(dir.path(), &args);
    assert_eq!(problems(&planned), [""; 0]);
    let failed = |report: &Json| -> BTreeSet<[String; 5]> {
        findings(report).into_iter().filter(|finding| finding[1] == "fail").collect()
    };
    assert_eq!(failed(&planned), failed(&source));
    let addresses: Vec<String> = failed(&planned).into_iter().map(|finding| finding[2].clone()).collect();
    assert_eq!(addresses, [r#"module.box["br[0]"].terraform_data.this"#, r#"module.box["q\"x"].terraform_data.this"#]);
    assert!(failed(&planned).iter().all(|finding| finding[3] == "modules/box/main.tf:11:5"), "{:?}", failed(&planned));
    assert_eq!((&planned["coverage"]["resources"], &source["coverage"]["resources"]), (&json!(9), &json!(9)));
    assert!(!planned.to_string().contains("not-a-real-token"), "the message repeats the whole input");
}

#[test]
fn a_recorded_state_is_judged_when_it_is_asked_for() {
    let dir = copy("recorded", &[".tf", "plan.json"]);
    write(dir.path(), "p/box.rego", BOXES.replace("> 10", "> 0"));
    let judge = |args: &[&str]| scan(dir.path(), &[&["--policy", "p", "--select", "x-box"], args].concat());
    let found = judge(&["."]);
    assert_eq!(findings(&found).len(), 0);
    assert_eq!(found["coverage"]["files_skipped"], 2);
    assert!(problems(&found).iter().all(|problem| problem.contains("--include-state")));
    for file in ["recorded.tfstate", "state.json"] {
        let report = judge(&[file]);
        let found: Vec<_> = findings(&report).into_iter().collect();
        assert_eq!(found.len(), 1, "{report}");
        assert_eq!(found[0][2], r#"module.box["a.b"].terraform_data.this"#);
        assert!(found[0][3].starts_with(file));
        assert_eq!(sources(&report), ["state".to_owned()].into());
        assert!(!report.to_string().contains("not-a-real-token"));
    }
    assert_eq!(findings(&judge(&[".", "--include-state"])).len(), 2);
    write(dir.path(), "stanchion.toml", "[terraform]\ninclude-state = true\n");
    let args = ["scan", "--no-progress", "--format", "json", "--policy", "p", "--select", "x-box"];
    let output = Command::new(env!("CARGO_BIN_EXE_stanchion")).current_dir(dir.path()).args(args).output().unwrap();
    assert_eq!(findings(&serde_json::from_slice(&output.stdout).unwrap()).len(), 2);
}
