//! Claims about the formats for people: what is told, and that nothing in scanned text acts or leaks.

use std::sync::Arc;

use stanchion::model::{Coverage, Report, Severity, SourceMap, Span};
use stanchion::report::{Format, View};

use crate::sample::{self, SECRET, render};

const FORMATS: [Format; 2] = [Format::Text, Format::Concise];

fn text() -> String {
    render(&sample::report(), Format::Text, View::default())
}

/// The block of the text report that begins with `title`.
fn block(text: &str, title: &str) -> String {
    let found = text.split("\n\n").find(|block| block.trim_start().starts_with(title));
    found.unwrap_or_else(|| panic!("no block '{title}' in:\n{text}")).trim().to_owned()
}

#[test]
fn instances_at_one_place_are_one_finding_with_origin_and_call() {
    let expected = r#"error[aws-s3-public-read]: bucket 'module.logs.aws_s3_bucket.this["a"]' has the canned ACL 'public-read'
 --> modules/logs/main.tf:4:3
  |
4 |   acl      = var.acl
  |   ^^^^^^^^^^^^^^^^^^
  |
 ::: main.tf:2:1
  |
2 | module "logs" {
  | ------------- module called here
  |
 ::: modules/logs/variables.tf:2:13
  |
2 |   default = "public-read"
  |             ------------- the value is the default of var.acl
  |
  = severity: critical (least-privilege)
  = resources: 7 instances: module.logs.aws_s3_bucket.this["a"], module.logs.aws_s3_bucket.this["b"], module.logs.aws_s3_bucket.this["c"], module.logs.aws_s3_bucket.this["d"], module.logs.aws_s3_bucket.this["e"] and 2 more
  = help: Set `acl` to "private". Then apply:
              acl = "private"
  = run: stanchion policy explain aws-s3-public-read"#;
    assert_eq!(block(&text(), "error[aws-s3-public-read]"), expected);
}

#[test]
fn what_to_write_instead_is_told_whole_once_and_then_in_a_sentence() {
    let text = text();
    let help = |text: &str| {
        let lines = text.lines().skip_while(|line| !line.contains("= help")).take_while(|line| !line.contains("= run"));
        lines.map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    let all: Vec<_> = text.split("\n\n").filter(|block| block.contains("[aws-tags]")).map(help).collect();
    assert_eq!(all[0], ["= help: Set `acl` to \"private\". Then apply:", "acl = \"private\""]);
    assert!(all.len() > 1 && all[1..].iter().all(|help| *help == ["= help: Set `acl` to \"private\"."]), "{all:?}");
    assert!(!text.lines().any(|line| line.contains("= help") && line.ends_with(':') && !line.contains("Then apply:")));
}

#[test]
fn severities_have_the_words_of_a_compiler() {
    let text = text();
    for title in ["error[aws-s3-public-read]", "error[secrets-hard-coded]", "warning[aws-tags]", "note[aws-tags]"] {
        block(&text, title);
    }
}

#[test]
fn the_summary_counts_everything_and_names_the_next_command() {
    let expected = "12 findings: 7 critical, 2 high, 2 medium, 1 low
  looked at: 6 files, 12 resources; 4 policies, 30 evaluations
  not looked at: 2 problems (listed above), 1 file skipped
  undetermined: 1 verdict depends on values that are not known: --show-undetermined lists them
  silenced: 1 suppressed, 1 in the baseline, 1 outside the change: -v lists them
  notices: 1: -v lists them
next: stanchion policy explain aws-s3-public-read\n";
    assert!(text().ends_with(expected), "{}", text());
}

#[test]
fn a_clean_run_says_what_was_looked_at() {
    let expected = "no findings\n  looked at: 0 files, 0 resources; 1 policy, 0 evaluations\n\
                    next: name a folder that holds Terraform, Kubernetes or Dockerfile sources\n";
    assert_eq!(render(&sample::empty(), Format::Text, View::default()), expected);
    assert_eq!(render(&sample::empty(), Format::Concise, View::default()), "");
}

#[test]
fn what_is_hidden_is_told_and_still_counted() {
    let view = View { min_severity: Severity::High, ..View::default() };
    let text = render(&sample::report(), Format::Text, view);
    assert!(!text.contains("[aws-tags]"));
    assert!(text.contains("12 findings: 7 critical, 2 high, 2 medium, 1 low\n"));
    assert!(text.contains("  not shown: 3 findings below --min-severity high\n"));
}

#[test]
fn undetermined_is_a_word_of_its_own() {
    let view = View { show_undetermined: true, ..View::default() };
    let text = render(&sample::report(), Format::Text, view);
    let block = block(&text, "undetermined[aws-s3-public-read]");
    assert!(block.contains("  = cause: var.acl has no value\n"), "{block}");
    assert!(!self::text().contains("undetermined["));
}

#[test]
fn silenced_findings_are_listed_with_their_reason_when_asked() {
    let view = View { verbose: true, ..View::default() };
    let text = render(&sample::report(), Format::Text, view);
    assert!(text.contains("suppressed[aws-s3-public-read] modules/logs/main.tf:3:3: static website\n"));
    assert!(text.contains("note[config]: policy 'x' is ignored but does not exist: remove it\n"));
    assert!(!self::text().contains("static website"));
}

#[test]
fn quiet_leaves_findings_and_problems_only() {
    let view = View { quiet: true, ..View::default() };
    let text = render(&sample::report(), Format::Text, view);
    assert!(text.contains("error[") && text.contains("warning[parse]") && !text.contains("looked at"));
}

#[test]
fn concise_is_one_line_for_each_finding_and_problem() {
    let text = render(&sample::report(), Format::Concise, View::default());
    assert_eq!(text.lines().count(), 12 + 2);
    assert!(text.contains("main.tf:7:2: high[secrets-hard-coded] password of 'aws_db_instance.db' is written in the source (aws_db_instance.db)\n"));
    assert!(text.contains("broken.tf:2:3: problem[parse] the block is not closed: add '}'\n"));
    assert!(text.contains("modules/gone: problem[load] "));
}

#[test]
fn a_line_that_holds_a_secret_is_masked_wherever_it_is_shown() {
    let report = sample::report();
    for format in Format::ALL {
        for view in sample::views() {
            let text = render(&report, format, view);
            assert!(!text.contains("hunter2"), "{format:?} {view:?} shows {SECRET}:\n{text}");
        }
    }
    let text = text();
    assert!(text.contains("7 |     password = ***\n"));
    assert!(text.contains("2 | ENV DB_PASSWORD ***\n"));
}

#[test]
fn nothing_in_scanned_text_acts() {
    for format in Format::ALL {
        for view in sample::views().into_iter().filter(|view| !view.color) {
            let text = render(&sample::report(), format, view);
            for line in text.lines() {
                let is_command = format == Format::Github && line.starts_with("::error file=");
                assert!(is_command || !line.trim_start().starts_with("::error"), "{line}");
                assert!(!line.contains("##["), "{line}");
                assert!(!line.chars().any(char::is_control), "{line:?}");
            }
        }
    }
    let styled = render(&sample::report(), Format::Text, View { color: true, ..View::default() });
    assert!(styled.contains("\u{1b}["));
    assert_eq!(anstream::adapter::strip_str(&styled).to_string(), text(), "styles are all that colour adds");
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let sources = Arc::new(SourceMap::new());
    let line = format!("{}NEEDLE{}", "é".repeat(5_000), "x".repeat(100_000));
    let file = sources.add("min.json", line.clone());
    let start = u32::try_from(line.find("NEEDLE").unwrap()).unwrap();
    let mut finding = sample::finding("aws-tags", Severity::Low, "a.b", Span::new(file, start, start + 6));
    finding.message = "m".repeat(100_000);
    let policies = vec![sample::policy("aws-tags", Severity::Low, "tagging")];
    let report = Report::finish(sources, vec![finding], Vec::new(), policies, Coverage::default());
    for format in FORMATS {
        let text = render(&report, format, View::default());
        assert!(text.lines().all(|line| line.chars().count() < 700), "{text}");
        assert!(text.contains("min.json:1:5001"), "the place is counted in the file:\n{text}");
    }
    let text = render(&report, Format::Text, View::default());
    assert!(text.contains("éNEEDLExxx") && text.contains("^^^^^^\n"), "{text}");
}

#[test]
fn odd_spans_are_drawn_too() {
    let sources = Arc::new(SourceMap::new());
    let mut findings = Vec::new();
    for (path, text, start, end) in [
        ("empty", "", 0, 0),
        ("beyond", "a\n", 90, 99),
        ("at-end", "a\n", 2, 2),
        ("inside-a-character", "é😀é\n", 1, 4),
        ("lines", "a {\n  b\n}\n", 0, 9),
        ("tabs", "\t\ta\t= 1\n", 2, 7),
        ("controls", "a\u{0}\u{1b}[0mb\u{85}c\n", 1, 9),
        ("cr", "a\rb\rc", 2, 3),
        ("bom", "\u{feff}a = 1", 0, 4),
    ] {
        let file = sources.add(path, text);
        findings.push(sample::finding("aws-tags", Severity::Low, path, Span::new(file, start, end)));
    }
    let report = Report::finish(sources, findings, Vec::new(), Vec::new(), Coverage::default());
    for format in Format::ALL {
        let text = render(&report, format, View::default());
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }
}

#[test]
fn ten_thousand_instances_at_one_place_are_still_one_short_finding() {
    let sources = Arc::new(SourceMap::new());
    let file = sources.add("a.tf", "acl = var.acl\n".repeat(10_001));
    let findings = (0..10_000).map(|n| {
        let mut finding = sample::finding("aws-tags", Severity::Low, &format!("a.b[{n}]"), Span::new(file, 0, 3));
        let span = Span::new(file, n * 14 + 14, n * 14 + 17);
        finding.related.push(stanchion::model::Related { message: format!("instance {n}"), span });
        finding
    });
    let policies = vec![sample::policy("aws-tags", Severity::Low, "tagging")];
    let report = Report::finish(sources.clone(), findings.collect(), Vec::new(), policies, Coverage::default());
    let text = render(&report, Format::Text, View::default());
    assert!(text.contains("= resources: 10000 instances: ") && text.contains("= related: 9994 more places"), "{text}");
    assert!(text.lines().count() < 60);
    assert!(render(&report, Format::Sarif, View::default()).len() < 30_000);
}

#[test]
fn every_line_of_a_long_secret_is_masked_for_every_policy() {
    let sources = Arc::new(SourceMap::new());
    let text = "key = <<EOT\n  hunter2first: a\n  hunter2second\nEOT\n";
    let file = sources.add("a.tf", text);
    let end = u32::try_from(text.len()).unwrap();
    let mut findings = vec![sample::finding("secrets-hard-coded", Severity::High, "a.b", Span::new(file, 0, end))];
    for needle in ["hunter2first", "hunter2second"] {
        findings.push(sample::finding("aws-tags", Severity::Low, "a.b", sample::span(&sources, "a.tf", needle, 0)));
    }
    let policies = vec![
        sample::policy("aws-tags", Severity::Low, "tagging"),
        sample::policy("secrets-hard-coded", Severity::High, "secrets"),
    ];
    let report = Report::finish(sources, findings, Vec::new(), policies, Coverage::default());
    for view in sample::views() {
        for format in Format::ALL {
            let text = render(&report, format, view);
            assert!(!text.contains("hunter2"), "{format:?} {view:?}:\n{text}");
        }
    }
}
