//! What the fixtures of a policy say must be found in them, and how a report differs from that.
//!
//! `# expect: policy-id` marks the line that must hold a finding; a comment of its own speaks of the next line that is none. In JSON the
//! comment is a property `"//": "expect: policy-id"` on a line of its own; in a policy's heredoc, a `Sid` that begins like a comment.
//! This part reads fixtures as text. It does not know how reports come about.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::model::{Report, Verdict};

/// One folder of files that a policy is tried on.
#[derive(Clone, Debug)]
pub struct Case {
    pub dir: PathBuf,
    /// The folder's name, whose beginning says what it is for: `bad`, `good`, `unknown`.
    pub name: String,
}

/// A path below the case, and a 1-based line.
type Place = (String, u32);

/// Folders nested deeper than this are taken for a loop.
const MAX_FOLDERS: usize = 32;

/// The cases of a policy, sorted by name.
pub fn cases(dir: &Path) -> Vec<Case> {
    let entries = dir.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    let mut dirs: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    dirs.sort();
    let name = |dir: &PathBuf| dir.file_name().map(|name| name.to_string_lossy().into_owned());
    dirs.into_iter().filter_map(|dir| Some(Case { name: name(&dir)?, dir })).collect()
}

/// Where a policy's report on a case is not what the case says, one sentence each.
pub fn faults(id: &str, case: &Case, report: &Report) -> Vec<String> {
    let mut out = Vec::new();
    let expected = expected(id, &case.dir);
    let own = report.findings.iter().filter(|finding| &*finding.policy == id);
    let failed = own.clone().filter(|finding| finding.verdict == Verdict::Fail);
    let found: BTreeSet<Place> = failed
        .map(|finding| (report.sources.path(finding.span).to_string(), report.sources.region(finding.span).start.line))
        .collect();
    let told = |places: Vec<&Place>, what: &str| {
        places.into_iter().map(|(path, line)| format!("{path}:{line}: {what}")).collect::<Vec<_>>()
    };
    out.extend(told(expected.difference(&found).collect(), "a finding is expected here, and there is none"));
    out.extend(told(found.difference(&expected).collect(), "there is a finding that no '# expect:' marks"));
    let problems = report.problems.iter().filter(|problem| problem.incomplete);
    out.extend(problems.map(|problem| format!("{}: {}", problem.subject, problem.message)));
    if case.name.starts_with("bad") && expected.is_empty() {
        out.push(format!("a case whose name begins with 'bad' marks what is bad with '# expect: {id}'"));
    }
    if !case.name.starts_with("bad") && !expected.is_empty() {
        out.push("only a case whose name begins with 'bad' may mark findings".into());
    }
    let undetermined = own.clone().any(|finding| finding.verdict == Verdict::Undetermined);
    if case.name.starts_with("unknown") && !undetermined {
        out.push("a case whose name begins with 'unknown' has to be undetermined, and is not".into());
    }
    out
}

/// Marks of cases that name policies which are not there: ids by place.
pub fn strangers(case: &Case, known: &dyn Fn(&str) -> bool) -> Vec<String> {
    let marks = marks(&case.dir).into_iter().flat_map(|((path, line), words)| {
        let ids = words.into_iter().filter(|id| !known(id));
        ids.map(move |id| format!("{path}:{line}: there is no policy '{id}' to expect")).collect::<Vec<_>>()
    });
    marks.collect()
}

fn expected(id: &str, dir: &Path) -> BTreeSet<Place> {
    let own = marks(dir).into_iter().filter(|(_, words)| words.iter().any(|word| word == id));
    own.map(|(place, _)| place).collect()
}

/// All marks below a folder with the ids they name.
fn marks(dir: &Path) -> Vec<(Place, Vec<String>)> {
    let mut files = Vec::new();
    walk(dir, 0, &mut files);
    let mut out = Vec::new();
    for file in files {
        let Ok(bytes) = std::fs::read(&file) else { continue };
        let path = file.strip_prefix(dir).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        out.extend(
            in_text(&String::from_utf8_lossy(&bytes)).into_iter().map(|(line, ids)| ((path.clone(), line), ids)),
        );
    }
    out
}

fn in_text(text: &str) -> Vec<(u32, Vec<String>)> {
    const KEY: &str = "expect: ";
    const COMMENTS: [&str; 4] = ["#", "//", "\"//\"", "\"Sid\": \"#"];
    const BEFORE: [&str; 4] = ["#", "//", "\"//\": \"", "\"Sid\": \"#"];
    let lines: Vec<&str> = text.lines().collect();
    let mut out = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some((before, after)) = line.split_once(KEY) else { continue };
        // Another key may end like this one, and prose may hold the word.
        if before.ends_with('-') || !BEFORE.iter().any(|mark| before.trim_end().ends_with(mark)) {
            continue;
        }
        let comment = |line: &str| COMMENTS.iter().any(|mark| line.trim_start().starts_with(mark));
        let next = || lines.iter().enumerate().skip(index + 1).find(|(_, line)| !comment(line)).map(|(next, _)| next);
        let alone = BEFORE.contains(&before.trim());
        let target = if alone { next().unwrap_or(index) } else { index };
        let ids = after.trim_end_matches(',').trim_end_matches('"').split([',', ' ']);
        let ids = ids.filter(|id| !id.is_empty()).map(str::to_owned).collect();
        out.push((u32::try_from(target + 1).unwrap_or(u32::MAX), ids));
    }
    out
}

fn walk(dir: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let mut paths: Vec<PathBuf> = dir.read_dir().into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if !path.is_dir() {
            files.push(path);
        } else if depth < MAX_FOLDERS {
            walk(&path, depth + 1, files);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_speak_of_their_line_or_of_the_next_that_is_no_comment() {
        let text = "a = 1 # expect: x, y\n# expect: z\n# why\nb = 2\n# not-expect: w\nc = \"we expect: rain\"\n";
        let ids = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(in_text(text), [(1, ids(&["x", "y"])), (4, ids(&["z"]))]);
        let json = "{\n  \"//\": \"expect: x\",\n  \"a\": 1\n}\n";
        assert_eq!(in_text(json), [(3, ids(&["x"]))]);
        assert_eq!(in_text("  \"Sid\": \"# expect: x\",\n  \"Action\": \"*\"\n"), [(2, ids(&["x"]))]);
    }
}
