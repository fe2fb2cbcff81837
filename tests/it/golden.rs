//! What every format wrote for the demonstration estate the last time somebody looked. `STANCHION_BLESS=1` writes it anew.

use std::path::Path;
use std::process::Command;

use stanchion::report::Format;

use crate::formats;
use crate::sample::render;

fn compare(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    // Policies get better by the day, and their number is no matter of formats.
    let version = env!("CARGO_PKG_VERSION");
    let found = found
        .replace(&format!("\"{version}\""), "\"VERSION\"")
        .replace(&format!("stanchion {version}"), "stanchion VERSION");
    if std::env::var_os("STANCHION_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        return std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    if expected != found {
        let line = expected.lines().zip(found.lines()).position(|(a, b)| a != b).unwrap_or_default();
        panic!(
            "tests/golden/{name} differs from line {}:\n  was {}\n  is  {}\nlook at it, then set STANCHION_BLESS=1",
            line + 1,
            expected.lines().nth(line).unwrap_or_default(),
            found.lines().nth(line).unwrap_or_default()
        );
    }
}

#[test]
fn the_sample_is_written_as_before() {
    let view = stanchion::report::View { show_undetermined: true, ..stanchion::report::View::default() };
    for format in Format::ALL {
        compare(&format!("sample.{}", format.as_str()), &render(&formats::full(), format, view));
    }
}

#[test]
fn the_demonstration_estate_is_written_as_before() {
    let dir = tempfile::tempdir().unwrap();
    let file = |format: Format| dir.path().join(format.as_str());
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanchion"));
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo")).env_remove("GITHUB_ACTIONS");
    // A handful of policies, so that a new one does not change nine files.
    let select = "--select=aws-s3-public-acl,k8s-privileged-container,dockerfile-curl-pipe-shell,aws-security-group-open-admin-port";
    command.args(["scan", ".", select, "--show-undetermined"]);
    for format in Format::ALL {
        command.arg(format!("--format={}={}", format.as_str(), file(format).display()));
    }
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    for format in Format::ALL {
        compare(&format!("demo.{}", format.as_str()), &std::fs::read_to_string(file(format)).unwrap());
    }
}
