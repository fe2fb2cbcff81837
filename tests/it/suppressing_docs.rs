//! Every example of the page on suppressions does what the page says.

use std::fs;
use std::process::Command;

const PAGE: &str = include_str!("../../docs/suppressing.md");

/// The code blocks of a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let opening = format!("```{language}\n");
    PAGE.split(&opening).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

struct Dir(tempfile::TempDir);

impl Dir {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, path: &str, text: &str) {
        let full = self.0.path().join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }

    fn run(&self, program: &str, args: &[&str]) -> (i32, String) {
        let out = Command::new(program)
            .args(args)
            .current_dir(self.0.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
        (out.status.code().unwrap(), text)
    }

    fn scan(&self, args: &[&str]) -> (i32, String) {
        self.run(env!("CARGO_BIN_EXE_stanchion"), &[&["scan"], args].concat())
    }
}

const ACL: &[&str] = &["--select", "aws-s3-public-acl", "-v"];

#[test]
fn comments_and_annotations_silence() {
    let dir = Dir::new();
    dir.write("main.tf", blocks("hcl")[0]);
    let (status, said) = dir.scan(ACL);
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("suppressed[aws-s3-public-acl]") && said.contains(": a public site"), "{said}");
    let dir = Dir::new();
    dir.write("pod.yaml", blocks("yaml")[0]);
    let (status, said) = dir.scan(&["--select", "k8s-privileged-container", "-v"]);
    assert_eq!(status, 0, "{said}");
    assert!(said.contains(": the node agent"), "{said}");
}

#[test]
fn the_rule_of_the_configuration_silences() {
    let dir = Dir::new();
    let tags = "variable \"tags\" {\n  default = { env = \"test\" }\n}\n";
    let bucket =
        "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b\"\n  acl    = \"public-read\"\n  tags   = var.tags\n}\n";
    dir.write("sites/a/main.tf", &format!("{bucket}{tags}"));
    dir.write("main.tf", "module \"site\" {\n  source = \"./sites/a\"\n}\n");
    assert_eq!(dir.scan(ACL).0, 1);
    dir.write("stanchion.toml", blocks("toml")[0]);
    let (status, said) = dir.scan(ACL);
    assert_eq!(status, 0, "{said}");
    assert!(said.contains(": public sites for tests"), "{said}");
    dir.write("stanchion.toml", "unsuppressable = [\"aws-s3-public-*\"]\n");
    assert_eq!(dir.scan(ACL).0, 1);
}

#[test]
fn the_comments_of_the_table_are_honoured() {
    let acl = |above: &str, inside: &str| {
        format!(
            "{above}resource \"aws_s3_bucket_acl\" \"a\" {{\n{inside}  bucket = \"b\"\n  acl    = \"public-read\"\n}}\n"
        )
    };
    let mut tried = 0;
    for written in PAGE.lines().filter(|line| line.starts_with("| `")).filter_map(|line| line.split('|').nth(1)) {
        for comment in written.split('`').filter(|part| part.contains("ignore:") || part.contains("skip=CKV_AWS")) {
            let dir = Dir::new();
            let is_inside = comment.contains("skip");
            let line = format!("# {comment}\n");
            dir.write("main.tf", &if is_inside { acl("", &line) } else { acl(&line, "") });
            let (status, said) = dir.scan(ACL);
            assert_eq!(status, 0, "{comment}: {said}");
            tried += 1;
        }
    }
    assert_eq!(tried, 6);
    let docker = "FROM alpine:latest\nUSER app\n";
    for text in [format!("# hadolint ignore=DL3007\n{docker}"), format!("# hadolint global ignore=DL3007\n\n{docker}")]
    {
        let dir = Dir::new();
        dir.write("Dockerfile", &text);
        assert_eq!(dir.scan(&["--select", "dockerfile-unpinned-base"]).0, 0, "{text}");
    }
}

#[test]
fn the_commands_run() {
    let dir = Dir::new();
    dir.write("main.tf", "resource \"aws_s3_bucket_acl\" \"a\" {\n  bucket = \"b\"\n  acl    = \"public-read\"\n}\n");
    let git = |args: &str| {
        let user = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
        let (status, said) = dir.run("git", &[&user[..], &args.split(' ').collect::<Vec<_>>()].concat());
        assert_eq!(status, 0, "{said}");
    };
    git("init -q -b main");
    git("add -A");
    git("commit -q -m first");
    let mut statuses = Vec::new();
    for command in blocks("sh").concat().lines() {
        let mut args: Vec<String> = Vec::new();
        for (index, part) in command.split('"').enumerate() {
            if index % 2 == 1 {
                args.push(part.to_owned());
            } else {
                args.extend(part.split_whitespace().map(str::to_owned));
            }
        }
        assert_eq!(args.remove(0), "stanchion");
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let (status, said) = dir.run(env!("CARGO_BIN_EXE_stanchion"), &args);
        assert!(status < 2, "{command}: {said}");
        statuses.push(status);
    }
    assert_eq!(statuses, [0, 0, 0, 0, 0, 0, 1, 1]);
}
