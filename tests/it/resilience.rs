//! Hostile and broken inputs through the real program: each costs itself, is named with a remedy, and changes nothing
//! for its neighbours. And the promises about bytes: same input, same output.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;

const GOOD: &str = "resource \"aws_s3_bucket\" \"open\" {\n  bucket = \"logs\"\n  acl    = \"public-read\"\n}\n";
const POLICY: &str = "aws-s3-public-acl";

struct Ran {
    status: Option<i32>,
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
    let output = command.current_dir(dir).args(args).env_remove("NO_COLOR").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is text");
    let ran = Ran { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
    assert!(ran.status.is_some(), "the program was killed\n{}", ran.err);
    assert!(!ran.err.contains("panicked") && !ran.err.contains("RUST_BACKTRACE"), "{}", ran.err);
    ran
}

fn write(dir: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Scans with the one policy that faults [`GOOD`].
fn scan(dir: &Path, more: &[&str]) -> Ran {
    let args = ["scan", "--isolated", "--no-progress", "--select", POLICY, "--format", "json"];
    run(dir, &[&args, more].concat())
}

fn findings_of<'a>(report: &'a Json, path: &str) -> Vec<&'a Json> {
    let all = report["findings"].as_array().unwrap();
    all.iter().filter(|finding| finding["location"]["path"] == path).collect()
}

fn problems(report: &Json) -> Vec<String> {
    let all = report["problems"].as_array().unwrap();
    all.iter()
        .map(|problem| {
            let (path, line) = (&problem["location"]["path"], &problem["location"]["start_line"]);
            let place = path.as_str().map_or(String::new(), |path| format!("{path}:{line}: "));
            let subject = problem["subject"].as_str().unwrap_or_default();
            format!("{place}{subject}: {}", problem["message"].as_str().unwrap())
        })
        .collect()
}

/// Scans a good file beside what `prepare` makes: the good file's finding is there as if it were alone, the run says
/// that it is incomplete or has findings, and some problem has each of the texts. Without texts there is no problem.
fn beside_good(name: &str, says: &[&str], more: &[&str], prepare: impl FnOnce(&Path)) -> Json {
    let alone = tempfile::tempdir().unwrap();
    write(alone.path(), "good/main.tf", GOOD);
    let expected = scan(alone.path(), &[]).json();
    let expected = findings_of(&expected, "good/main.tf");
    assert_eq!(expected.len(), 1);

    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "good/main.tf", GOOD);
    prepare(dir.path());
    let ran = scan(dir.path(), more);
    assert_eq!(ran.status, Some(1), "{name}: {}{}", ran.out, ran.err);
    let report = ran.json();
    assert_eq!(findings_of(&report, "good/main.tf"), expected, "{name}: the neighbour's finding has changed");
    let problems = problems(&report);
    if says.is_empty() {
        assert_eq!(problems, [""; 0], "{name}");
    } else {
        let said = problems.iter().any(|problem| says.iter().all(|part| problem.contains(part)));
        assert!(said, "{name}: no problem says {says:?}: {problems:?}");
        // The same without the good file: nothing found, but not clean.
        std::fs::remove_dir_all(dir.path().join("good")).unwrap();
        let ran = scan(dir.path(), more);
        assert!(matches!(ran.status, Some(1 | 3)), "{name}: {:?} {}", ran.status, ran.out);
        let text = run(dir.path(), &["scan", "--isolated", "--no-progress", "--select", POLICY]);
        assert!(matches!(text.status, Some(1 | 3)), "{name}");
        assert!(
            says.iter().all(|part| text.out.contains(part) || text.err.contains(part)) || !more.is_empty(),
            "{name}: {}",
            text.out
        );
    }
    report
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_named() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    beside_good("dangling link", &["bad/gone.tf", "link to nothing", "remove it or exclude it"], &[], |dir| {
        std::fs::create_dir(dir.join("bad")).unwrap();
        symlink("nowhere", dir.join("bad/gone.tf")).unwrap();
    });
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "main.tf", GOOD);
    let report =
        beside_good("link out", &["bad/out.tf", "link out of the scanned tree", "scan its target"], &[], |dir| {
            std::fs::create_dir(dir.join("bad")).unwrap();
            symlink(outside.path().join("main.tf"), dir.join("bad/out.tf")).unwrap();
        });
    assert!(findings_of(&report, "bad/out.tf").is_empty());
    beside_good("a directory named like a file", &[], &[], |dir| {
        std::fs::create_dir_all(dir.join("bad/main.tf")).unwrap();
    });
    beside_good("a loop of links", &[], &[], |dir| {
        std::fs::create_dir(dir.join("bad")).unwrap();
        symlink("../bad", dir.join("bad/loop")).unwrap();
    });
    let locked = tempfile::tempdir().unwrap();
    write(locked.path(), "x", "");
    std::fs::set_permissions(locked.path().join("x"), std::fs::Permissions::from_mode(0o000)).unwrap();
    // Permissions do not bind a privileged user.
    if std::fs::read(locked.path().join("x")).is_err() {
        beside_good(
            "no permission",
            &["bad/main.tf", "permission denied", "make it readable or exclude it"],
            &[],
            |dir| {
                write(dir, "bad/main.tf", GOOD);
                std::fs::set_permissions(dir.join("bad/main.tf"), std::fs::Permissions::from_mode(0o000)).unwrap();
            },
        );
    }
}

#[test]
fn what_is_not_text_is_named() {
    beside_good("binary", &["bad/main.tf", "is not UTF-8 text", "exclude it"], &[], |dir| {
        write(dir, "bad/main.tf", (0..=255u8).cycle().take(5000).collect::<Vec<u8>>());
    });
    beside_good("latin 1", &["bad/main.tf", "is not UTF-8 text", "save it as UTF-8"], &[], |dir| {
        write(dir, "bad/main.tf", b"locals {\n  a = \"caf\xe9\"\n}\n");
    });
    beside_good("zeros", &["bad/main.tf:1", "does not parse"], &[], |dir| {
        write(dir, "bad/main.tf", [0; 5000]);
    });
    beside_good("controls", &["bad/main.tf:", "does not parse"], &[], |dir| {
        write(dir, "bad/main.tf", "\u{1}\u{2}\u{1b}[31mred = {\n");
    });
}

#[test]
fn what_is_too_large_is_named() {
    let says = ["bad/main.tf", "it is not looked at", "--max-file-size"];
    beside_good("small limit", &says, &["--max-file-size", "1KB"], |dir| {
        write(dir, "bad/main.tf", format!("# {}\n{GOOD}", "x".repeat(2000)));
    });
    beside_good("200 MB", &says, &[], |dir| {
        write(dir, "bad/main.tf", "");
        std::fs::File::create(dir.join("bad/main.tf")).unwrap().set_len(200 << 20).unwrap();
    });
}

#[test]
fn deep_nesting_is_survived() {
    let deep = |open: &str, close: &str, depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
    for depth in [500, 20_000] {
        for (open, close) in [("[", "]"), ("(", ")"), ("{ a = ", "}"), ("\"${", "}\"")] {
            beside_good_any(&format!("{open} {depth}"), |dir| {
                write(
                    dir,
                    "bad/main.tf",
                    format!(
                        "locals {{\n  a = {}\n}}\nresource \"aws_a\" \"a\" {{ v = local.a }}\n",
                        deep(open, close, depth)
                    ),
                );
            });
        }
        beside_good_any("blocks", |dir| {
            write(
                dir,
                "bad/main.tf",
                format!("resource \"aws_a\" \"a\" {{\n{}{}}}\n", "b {\n".repeat(depth), "}\n".repeat(depth)),
            );
        });
        let head = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: ";
        beside_good_any("yaml flow", |dir| write(dir, "bad/a.yaml", format!("{head}{}\n", deep("[", "]", depth))));
        beside_good_any("yaml blocks", |dir| {
            let mut text = format!("{head}\n");
            for level in 1..depth.min(2000) {
                let _ = writeln!(text, "{}a:", " ".repeat(level));
            }
            write(dir, "bad/a.yaml", text);
        });
        beside_good_any("json", |dir| {
            write(
                dir,
                "bad/a.json",
                format!("{{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"spec\": {}}}", deep("[", "]", depth)),
            );
        });
        beside_good_any("document", |dir| {
            write(
                dir,
                "bad/main.tf",
                format!("resource \"aws_a\" \"a\" {{\n  policy = <<EOT\n{}\nEOT\n}}\n", deep("[", "]", depth)),
            );
        });
    }
}

/// Only the neighbour counts: whether there is a problem depends on how deep is too deep.
fn beside_good_any(name: &str, prepare: impl FnOnce(&Path)) {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "good/main.tf", GOOD);
    prepare(dir.path());
    let ran = scan(dir.path(), &[]);
    assert_eq!(ran.status, Some(1), "{name}: {}", ran.err);
    assert_eq!(findings_of(&ran.json(), "good/main.tf").len(), 1, "{name}");
}

#[test]
fn circles_are_named() {
    let says = ["bad/main.tf:1", "calls its own directory", "remove the cycle"];
    beside_good("a module that calls itself", &says, &[], |dir| {
        write(dir, "bad/main.tf", "module \"m\" { source = \"./\" }\n");
    });
    beside_good("a circle of locals", &["bad/main.tf:", "local.a refers to itself", "break the cycle"], &[], |dir| {
        write(
            dir,
            "bad/main.tf",
            "locals {\n  a = local.b\n  b = local.a\n}\nresource \"aws_a\" \"a\" { v = local.a }\n",
        );
    });
}

#[test]
fn explosions_are_stopped() {
    let code = |expression: &str| format!("resource \"aws_a\" \"a\" {{\n  v = {expression}\n}}\n");
    beside_good("count", &["bad/main.tf:2", "has 1000000000 instances", "judged as one"], &[], |dir| {
        write(dir, "bad/main.tf", "resource \"aws_a\" \"a\" {\n  count = 1000000000\n}\n");
    });
    for expression in ["range(1000000000)", "setproduct(range(1000), range(1000), range(1000), range(1000))"] {
        beside_good_any(expression, |dir| write(dir, "bad/main.tf", code(expression)));
    }
    beside_good("loops in loops", &["bad/main.tf:", "takes too many steps"], &[], |dir| {
        write(
            dir,
            "bad/main.tf",
            code("[for a in range(1000) : length([for b in range(1000) : length([for c in range(1000) : c])])]"),
        );
    });
    let mut bomb =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let _ = writeln!(bomb, "a{n}: &a{n} [{}]", vec![format!("*a{}", n - 1); 9].join(", "));
    }
    beside_good("aliases", &["bad/a.yaml"], &[], |dir| write(dir, "bad/a.yaml", &bomb));
}

#[test]
fn a_broken_block_costs_only_itself() {
    let report = beside_good(
        "block",
        &["both/main.tf:6", "does not parse", "correct the syntax of `resource \"aws_s3_bucket\" \"broken\"`"],
        &[],
        |dir| {
            write(
                dir,
                "both/main.tf",
                format!(
                    "{GOOD}resource \"aws_s3_bucket\" \"broken\" {{\n  acl = = \"x\"\n}}\n{}",
                    GOOD.replace("open", "after")
                )
                .replacen("{\n  bucket", "{\n  bucket", 1),
            );
        },
    );
    let addresses: Vec<&str> =
        findings_of(&report, "both/main.tf").iter().map(|f| f["resource"]["address"].as_str().unwrap()).collect();
    assert_eq!(addresses, ["aws_s3_bucket.open", "aws_s3_bucket.after"]);
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "main.tf", "resource \"aws_s3_bucket\" \"broken\" {\n  acl = = \"x\"\n}\n");
    assert_eq!(scan(dir.path(), &[]).status, Some(3), "nothing found, but not everything was looked at");
    assert_eq!(scan(dir.path(), &["--allow-incomplete"]).status, Some(0));
}

#[test]
fn helm_templates_are_counted_as_skipped() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "chart/templates/a.yaml", "{{- if .Values.on }}\napiVersion: v1\nkind: Pod\n{{- end }}\n");
    write(dir.path(), "good/main.tf", GOOD);
    let report = scan(dir.path(), &[]).json();
    assert_eq!(report["coverage"]["files_skipped"], 1, "{report:#}");
    assert_eq!(findings_of(&report, "good/main.tf").len(), 1);
}

fn policy(id: &str, body: &str) -> String {
    format!(
        "# METADATA\n# title: a test\n# custom:\n#   id: {id}\n#   severity: high\n#   resource_types: [aws_s3_bucket]\npackage test.{}\n\n{body}\n",
        id.replace('-', "_")
    )
}

#[test]
fn a_policy_that_does_not_load_stops_the_run_with_its_place() {
    let cases = [
        ("syntax", policy("own-a", "deny contains \"x\" if {{{\n")),
        ("a misspelt function", policy("own-a", "deny contains \"x\" if startwith(input.address, \"a\")\n")),
        ("wrong arity", policy("own-a", "deny contains \"x\" if startswith(input.address)\n")),
        ("a misspelt severity", policy("own-a", "deny contains \"x\" if true\n").replace("high", "hihg")),
        ("recursion", policy("own-a", "f(x) := f(x)\ndeny contains \"x\" if f(1)\n")),
        ("a circle of rules", policy("own-a", "a if b\nb if a\ndeny contains \"x\" if a\n")),
        (
            "deep nesting",
            policy("own-a", &format!("deny contains \"x\" if {}1{} == 1\n", "[".repeat(5000), "]".repeat(5000))),
        ),
    ];
    for (name, text) in cases {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "main.tf", GOOD);
        write(dir.path(), "own/broken.rego", text);
        let ran = run(dir.path(), &["scan", "--isolated", "--no-progress", "--policy", "own", "main.tf"]);
        assert_eq!(ran.status, Some(2), "{name}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains("own/broken.rego:"), "{name}: {}", ran.err);
        assert!(ran.out.is_empty(), "{name}");
    }
}

#[test]
fn a_policy_that_fails_or_never_ends_costs_only_itself() {
    let endless = "deny contains \"x\" if {\n\tsome a in numbers.range(1, 3000)\n\tsome b in numbers.range(1, 3000)\n\tsome c in numbers.range(1, 3000)\n\ta + b + c == -1\n}\n";
    for (name, body) in [
        ("own-endless", endless),
        (
            "own-failing",
            "deny contains sprintf(\"%s\", [x]) if x := 1 / (count(input.address) - count(input.address))\n",
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "main.tf", GOOD);
        write(dir.path(), "own/a.rego", policy(name, body));
        let args = [
            "scan",
            "--isolated",
            "--no-progress",
            "--policy",
            "own",
            "--format",
            "json",
            "--select",
            POLICY,
            "--select",
            name,
            "main.tf",
        ];
        let ran = run(dir.path(), &args);
        assert_eq!(ran.status, Some(1), "{name}: {}{}", ran.out, ran.err);
        let report = ran.json();
        assert_eq!(findings_of(&report, "main.tf").len(), 1, "{name}");
        assert!(problems(&report).iter().any(|problem| problem.contains(name)), "{name}: {:?}", problems(&report));
    }
}

#[test]
fn every_exit_status_is_reached() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "clean/main.tf", "locals {\n  a = 1\n}\n");
    write(dir.path(), "open/main.tf", GOOD);
    write(dir.path(), "broken/main.tf", "resource = = 1\n");
    for (args, expected) in [
        (&["clean"][..], 0),
        (&["open"], 1),
        (&["open", "broken"], 1),
        (&["open", "--fail-on", "never"], 0),
        (&["nowhere"], 2),
        (&["open", "--format", "nonsense"], 2),
        (&["broken"], 3),
        (&["broken", "open", "--fail-on", "never"], 3),
        (&["broken", "--allow-incomplete"], 0),
    ] {
        let ran = run(dir.path(), &[&["scan", "--isolated", "--no-progress", "--select", POLICY], args].concat());
        assert_eq!(ran.status, Some(expected), "{args:?}: {}{}", ran.out, ran.err);
    }
}

/// A tree with several roots and formats.
fn estate(dir: &Path) {
    for n in 0..12 {
        write(
            dir,
            &format!("r{n}/main.tf"),
            format!(
                "{GOOD}module \"m\" {{\n  source = \"../shared\"\n  acl = var.acl\n}}\nvariable \"acl\" {{ default = \"public-read-write\" }}\n"
            ),
        );
    }
    write(
        dir,
        "shared/main.tf",
        "variable \"acl\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  for_each = toset([\"x\", \"y\"])\n  acl = var.acl\n}\n",
    );
    write(dir, "image/Dockerfile", "FROM alpine\nUSER root\n");
    write(
        dir,
        "pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n    image: a\n    securityContext: {privileged: true}\n",
    );
    write(dir, "broken/main.tf", "resource \"aws_a\" \"a\" {\n  x = = 1\n}\n");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    estate(dir.path());
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    // The fixtures are many: one format shows the order of their findings.
    for (place, formats) in [(dir.path(), &["json", "sarif", "text"][..]), (&fixtures, &["json"])] {
        for format in formats {
            let go =
                |jobs: &str| run(place, &["scan", "--isolated", "--no-progress", "--format", format, "--jobs", jobs]);
            let first = go("1");
            assert_eq!(first.status, Some(1));
            let again = if place == fixtures { &["2"][..] } else { &["1", "2", "5"] };
            for jobs in again {
                assert!(go(jobs).out == first.out, "{format} with --jobs {jobs} differs");
            }
            assert!(!first.out.contains(&*place.to_string_lossy()), "{format} holds an absolute path");
        }
    }
}

#[test]
fn the_order_of_paths_does_not_matter() {
    let dir = tempfile::tempdir().unwrap();
    estate(dir.path());
    let go = |paths: &[&str]| {
        run(dir.path(), &[&["scan", "--isolated", "--no-progress", "--format", "json"], paths].concat()).out
    };
    assert_eq!(go(&["r1", "r2", "image"]), go(&["image", "r2", "r1"]));
    assert_eq!(go(&["r1", "r2", "image"]), go(&["r2", "r1", "r1/main.tf", "image", "./r2"]));
}

#[test]
fn an_unrelated_file_changes_no_other_finding() {
    let dir = tempfile::tempdir().unwrap();
    estate(dir.path());
    let before = scan(dir.path(), &[]).json();
    write(dir.path(), "unrelated/main.tf", GOOD);
    let after = scan(dir.path(), &[]).json();
    let others: Vec<&Json> =
        after["findings"].as_array().unwrap().iter().filter(|f| f["location"]["path"] != "unrelated/main.tf").collect();
    assert_eq!(before["findings"].as_array().unwrap().iter().collect::<Vec<_>>(), others);
    assert_eq!(findings_of(&after, "unrelated/main.tf").len(), 1);
}

#[test]
fn moved_lines_keep_their_fingerprints() {
    let dir = tempfile::tempdir().unwrap();
    estate(dir.path());
    let prints = |report: &Json| -> Vec<String> {
        let mut all: Vec<String> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f["fingerprint"].as_str().unwrap().to_owned())
            .collect();
        all.sort();
        all
    };
    let before = scan(dir.path(), &[]).json();
    for path in ["r1/main.tf", "shared/main.tf"] {
        let text = std::fs::read_to_string(dir.path().join(path)).unwrap();
        write(dir.path(), path, format!("# a comment\n\n\n{}", text.replace("  acl", "\n      acl")));
    }
    std::fs::rename(dir.path().join("r2/main.tf"), dir.path().join("r2/renamed.tf")).unwrap();
    let after = scan(dir.path(), &[]).json();
    assert_ne!(before["findings"], after["findings"]);
    assert_eq!(prints(&before), prints(&after));
    let mut unique = prints(&before);
    unique.dedup();
    assert_eq!(unique.len(), prints(&before).len(), "fingerprints are told apart");
}

#[test]
fn a_value_from_elsewhere_has_its_origin_beside_the_finding() {
    let dir = tempfile::tempdir().unwrap();
    write(
        dir.path(),
        "main.tf",
        "variable \"acl\" {}\nresource \"aws_s3_bucket\" \"given\" {\n  acl = var.acl\n}\nmodule \"m\" { source = \"./m\" }\n",
    );
    write(dir.path(), "terraform.tfvars", "# the acl\nacl = \"public-read\"\n");
    write(
        dir.path(),
        "m/main.tf",
        "variable \"acl\" {\n  default = \"public-read\"\n}\nresource \"aws_s3_bucket\" \"b\" {\n  acl = var.acl\n}\n",
    );
    let report = scan(dir.path(), &[]).json();
    let related = |path: &str| -> Vec<String> {
        let finding = findings_of(&report, path)[0];
        let all = finding["related"].as_array().unwrap();
        all.iter()
            .map(|r| format!("{}:{}", r["location"]["path"].as_str().unwrap(), r["location"]["start_line"]))
            .collect()
    };
    assert!(related("main.tf").contains(&"terraform.tfvars:2".to_owned()), "{:?}", related("main.tf"));
    assert!(related("m/main.tf").contains(&"m/main.tf:2".to_owned()), "{:?}", related("m/main.tf"));
    assert!(related("m/main.tf").contains(&"main.tf:5".to_owned()), "{:?}", related("m/main.tf"));
}

#[test]
fn every_finding_has_a_place() {
    let dir = tempfile::tempdir().unwrap();
    estate(dir.path());
    let ran = run(dir.path(), &["scan", "--isolated", "--no-progress", "--format", "json", "--show-undetermined"]);
    let report = ran.json();
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.len() > 20);
    for finding in findings {
        let location = &finding["location"];
        assert!(location["path"].as_str().is_some_and(|path| dir.path().join(path).is_file()), "{finding:#}");
        for member in ["start_line", "start_column", "end_line", "end_column"] {
            assert!(location[member].as_u64().is_some_and(|n| n >= 1), "{finding:#}");
        }
        assert!(!finding["message"].as_str().unwrap().is_empty() && finding["remediation"].is_string(), "{finding:#}");
    }
}
