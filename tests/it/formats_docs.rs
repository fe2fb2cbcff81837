//! Every command of the page on formats runs, and writes what the page says.

use std::path::Path;
use std::process::Command;

const PAGE: &str = include_str!("../../docs/formats.md");

#[test]
fn the_commands_of_the_page_run() {
    let dir = tempfile::tempdir().unwrap();
    let bucket = "resource \"aws_s3_bucket_acl\" \"a\" {\n  bucket = \"b\"\n  acl    = \"public-read\"\n}\n";
    std::fs::write(dir.path().join("main.tf"), bucket).unwrap();
    let mut ran = 0;
    for block in PAGE.split("```sh\n").skip(1) {
        for command in block.split("```").next().unwrap().lines() {
            let mut args = command.split_whitespace();
            assert_eq!(args.next(), Some("stanchion"), "{command}");
            let mut program = Command::new(env!("CARGO_BIN_EXE_stanchion"));
            let mut args: Vec<&str> = args.collect();
            let into = args.iter().position(|arg| *arg == ">").map(|at| args.split_off(at)[1]);
            let out = program.args(&args).current_dir(dir.path()).env_remove("GITHUB_ACTIONS").output().unwrap();
            let said = String::from_utf8_lossy(&out.stderr);
            assert!(matches!(out.status.code(), Some(0 | 1)), "{command}: {said}");
            if let Some(into) = into {
                std::fs::write(dir.path().join(into), &out.stdout).unwrap();
            }
            for file in args.iter().filter_map(|arg| arg.split_once('=')).map(|(_, file)| file).chain(into) {
                let written = std::fs::read_to_string(dir.path().join(Path::new(file))).unwrap();
                assert!(written.contains("public-read") || written.contains("aws-s3-public-acl"), "{command}: {file}");
            }
            ran += 1;
        }
    }
    assert!(ran >= 12, "{ran}");
}

#[test]
fn every_format_and_flag_is_on_the_page() {
    for format in stanchion::report::Format::ALL {
        assert!(PAGE.contains(&format!("## `{}`", format.as_str())), "{format:?}");
    }
    for flag in ["--sarif-include-suppressed", "--sarif-baseline-state", "--sarif-max-results", "--markdown-limit"] {
        assert!(PAGE.contains(flag), "{flag}");
    }
}
