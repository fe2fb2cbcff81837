//! What holds for any input: nothing panics or hangs, nobody's neighbour changes a verdict, and order does not matter.
//!
//! The inputs are made from real-looking texts by a generator with a fixed seed, so every run sees the same ones.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use stanchion::model::{Report, display_path};
use stanchion::pipeline::{self, PolicyOptions, ScanOptions};
use stanchion::policy::PolicySet;

/// A few policies over every format; what they say is not the point.
static POLICIES: LazyLock<PolicySet> = LazyLock::new(|| {
    let select = [
        "aws-s3-public-acl",
        "aws-ebs-unencrypted",
        "aws-iam-wildcard-action",
        "aws-sns-unencrypted",
        "terraform-module-*",
        "k8s-privileged-container",
        "dockerfile-root-user",
        "aws-security-group-open-admin-port",
    ];
    let options = PolicyOptions { select: select.map(str::to_owned).into(), ..PolicyOptions::default() };
    pipeline::in_pool(0, || pipeline::load_policies(&options)).unwrap()
});

const GOOD: &str = "resource \"aws_s3_bucket\" \"sentinel\" {\n  acl = \"public-read\"\n}\n";

/// Xorshift: small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap()
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            let other = self.next(index + 1);
            items.swap(index, other);
        }
    }
}

type Files = Vec<(String, Vec<u8>)>;

fn scan(files: &Files) -> Report {
    let dir = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let options = ScanOptions {
        directory: dir.path().canonicalize().unwrap(),
        paths: vec![".".into()],
        max_file_size: 1 << 20,
        ..ScanOptions::default()
    };
    pipeline::in_pool(2, || pipeline::scan_with(&options, &POLICIES)).unwrap()
}

/// Findings by identity, without places: what must not depend on where things are written.
fn identities(report: &Report) -> BTreeSet<String> {
    let identity = |finding: &stanchion::model::Finding| {
        format!(
            "{} {} {}:{} {}",
            finding.policy,
            finding.verdict.as_str(),
            finding.scope,
            finding.address,
            display_path(&finding.attribute)
        )
    };
    report.findings.iter().map(identity).collect()
}

fn below(dir: &Path, into: &str, out: &mut Files) {
    let mut entries: Vec<_> = dir.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = format!("{into}/{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() { below(&path, &name, out) } else { out.push((name, std::fs::read(&path).unwrap())) }
    }
}

fn fixtures(dir: &str) -> Files {
    let mut out = Files::new();
    below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(dir), dir, &mut out);
    out.retain(|(path, _)| Path::new(path).extension().is_none_or(|kind| kind != "toml"));
    out
}

const PIECES: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    "${",
    "%{ for x in ",
    "%{ endif }",
    "<<EOT\n",
    "\\u00",
    "\u{feff}",
    "\u{202e}",
    "\0",
    "null",
    "*",
    "&a ",
    "*a",
    "- ",
    "---\n",
    ": ",
    "FROM x\n",
    "count = 1e9\n",
    "for_each = ",
    "\"//\": ",
];

fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.next(4) {
        let at = dice.next(bytes.len() + 1);
        let end = (at + dice.next(40)).min(bytes.len());
        match dice.next(6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            3 if at < bytes.len() => bytes[at] = u8::try_from(dice.next(256)).unwrap(),
            _ => {
                let piece = PIECES[dice.next(PIECES.len())].bytes();
                bytes.splice(at..at, piece);
            }
        }
    }
}

#[test]
fn broken_inputs_never_panic_and_cost_only_themselves() {
    let mut seeds = fixtures("demo");
    for case in [
        "json-syntax-is-judged-at-its-lines",
        "dynamic-blocks-of-every-form-are-expanded",
        "an-unknown-part-of-a-document-hides-only-itself",
        "documents-are-merged-by-statement-id-across-modules",
        "a-fetched-module-is-judged-through-its-call",
        "a-conditional-goes-over-lines-inside-an-object-for",
    ] {
        seeds.extend(fixtures(&format!("terraform/{case}")));
    }
    let mut dice = Dice(0x5DEE_CE66_D1CE_4E5B);
    for round in 0..60 {
        let mut files = seeds.clone();
        for (_, bytes) in &mut files {
            if dice.next(2) == 0 {
                mutate(bytes, &mut dice);
            }
        }
        files.push(("apart/main.tf".to_owned(), GOOD.into()));
        let result = std::panic::catch_unwind(|| identities(&scan(&files)));
        let found = result.unwrap_or_else(|_| panic!("round {round} panicked"));
        assert!(found.contains("aws-s3-public-acl fail apart:aws_s3_bucket.sentinel acl"), "round {round}: {found:?}");
    }
}

#[test]
fn a_neighbour_never_changes_a_verdict() {
    let base = fixtures("demo");
    let alone = identities(&scan(&base));
    assert!(alone.len() > 3, "{alone:?}");
    let mut dice = Dice(7);
    let others = fixtures("terraform");
    for round in 0..12 {
        let mut files = base.clone();
        // Equal addresses, names and modules live next door.
        let copies = base.iter().filter(|(path, _)| path.starts_with("demo/terraform"));
        files.extend(copies.map(|(path, bytes)| (path.replacen("demo", &format!("copy{round}"), 1), bytes.clone())));
        let chosen = others.iter().filter(|_| dice.next(3) == 0);
        files.extend(chosen.cloned());
        let all = identities(&scan(&files));
        let own: BTreeSet<String> = all.iter().filter(|found| found.contains(" demo/")).cloned().collect();
        let expected: BTreeSet<String> = alone.iter().filter(|found| found.contains(" demo/")).cloned().collect();
        assert_eq!(own, expected, "round {round}");
    }
}

/// The top-level blocks of a text, comments before them included.
fn blocks(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    for line in text.lines() {
        let last = out.last_mut().unwrap();
        last.push_str(line);
        last.push('\n');
        if line == "}" {
            out.push(String::new());
        }
    }
    out.retain(|block| !block.trim().is_empty());
    out
}

#[test]
fn the_order_of_blocks_and_files_and_the_names_of_modules_do_not_matter() {
    let mut dice = Dice(99);
    let cases = [
        "demo/terraform",
        "terraform/outputs-of-sibling-modules-arrive-in-any-order-of-names",
        "terraform/parts-of-a-bucket-are-told-by-id-attribute-name-and-key",
        "terraform/for-each-over-another-resource-pairs-instance-with-instance",
        "terraform/documents-are-merged-by-statement-id-across-modules",
    ];
    for case in cases {
        let files = fixtures(case);
        let expected = identities(&scan(&files));
        assert!(!expected.is_empty(), "{case}");
        for round in 0..6 {
            let mut shuffled = Files::new();
            for (path, bytes) in &files {
                let Some(dir) = path.strip_suffix("main.tf") else {
                    shuffled.push((path.clone(), bytes.clone()));
                    continue;
                };
                let mut parts = blocks(std::str::from_utf8(bytes).unwrap());
                dice.shuffle(&mut parts);
                for part in parts {
                    let name = format!("{dir}f{}.tf", dice.next(4));
                    match shuffled.iter_mut().find(|(path, _)| *path == name) {
                        Some((_, text)) => text.extend(part.bytes()),
                        None => shuffled.push((name, part.into_bytes())),
                    }
                }
            }
            assert_eq!(identities(&scan(&shuffled)), expected, "{case}, round {round}");
        }
    }
}
