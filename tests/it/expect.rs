//! Expectations on the lines of fixtures, and the places of findings to hold against them.
//!
//! `# expect: policy-id` marks the line that must hold a finding; a comment of its own speaks of the next line. In JSON the comment
//! is a property `"//": "expect: policy-id"` on a line of its own; in a policy's heredoc, a `Sid` that reads like a comment.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use stanchion::model::{Report, Verdict};

/// A path below the case, and a 1-based line.
pub type Place = (String, u32);

/// What one comment says.
#[derive(Debug)]
pub struct Mark {
    pub place: Place,
    /// The words after the key: policies, and addresses where it matters which.
    pub words: Vec<String>,
}

/// All comments of a case that begin with a key such as `expect`.
pub fn marks(case: &Path, key: &str) -> Vec<Mark> {
    let mut files = Vec::new();
    walk(case, &mut files);
    let key = format!("{key}: ");
    let mut out = Vec::new();
    for file in files {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let path = file.strip_prefix(case).unwrap().to_string_lossy().replace('\\', "/");
        let lines: Vec<&str> = text.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            let Some((before, after)) = line.split_once(&key) else { continue };
            // Another key may end like this one.
            if before.ends_with('-') {
                continue;
            }
            let own_line = ["#", "//", "\"//\": \"", "\"Sid\": \"#"].contains(&before.trim());
            let comment = |line: &str| {
                ["#", "//", "\"//\"", "\"Sid\": \"#"].iter().any(|mark| line.trim_start().starts_with(mark))
            };
            let after_comments = lines.iter().enumerate().skip(index + 1).find(|(_, line)| !comment(line));
            let target = if own_line { after_comments.map_or(index, |(next, _)| next) } else { index };
            let words = after.trim_end_matches(',').trim_end_matches('"').split([',', ' ']);
            let words = words.filter(|word| !word.is_empty()).map(str::to_owned).collect();
            out.push(Mark { place: (path.clone(), u32::try_from(target + 1).unwrap()), words });
        }
    }
    out
}

/// Places of a policy's findings.
pub fn found(report: &Report, id: &str, verdict: Verdict) -> BTreeSet<Place> {
    let findings = report.findings.iter().filter(|finding| finding.verdict == verdict && &*finding.policy == id);
    findings.map(|finding| place(report, finding.span)).collect()
}

pub fn place(report: &Report, span: stanchion::model::Span) -> Place {
    (report.sources.path(span).to_string(), report.sources.region(span).start.line)
}

/// The folders in a folder, sorted.
pub fn directories(dir: &Path) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = dir
        .read_dir()
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", dir.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    out.sort();
    out
}

pub fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in dir.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, files) } else { files.push(path) }
    }
}
