//! Source lines into logical lines: parser directives, comments, continuations, heredocs; as `BuildKit` reads them.

use super::mapped::Mapped;
use super::words;

/// One instruction with everything that belongs to it, not yet taken apart.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) text: Mapped,
    pub(super) start: usize,
    /// End of its first source line.
    pub(super) first_end: usize,
    pub(super) end: usize,
    pub(super) heredocs: Vec<Heredoc>,
}

#[derive(Debug)]
pub(super) struct Heredoc {
    pub(super) name: String,
    /// False for a quoted name: variables in the body stay as they are.
    pub(super) expand: bool,
    pub(super) chomp: bool,
    pub(super) body: Mapped,
    pub(super) range: (usize, usize),
}

/// `# key=value` lines at the very top.
#[derive(Debug)]
pub(super) struct Directive {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) range: (usize, usize),
}

#[derive(Debug)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) range: (usize, usize),
}

#[derive(Debug)]
pub(super) struct Split {
    pub(super) directives: Vec<Directive>,
    pub(super) escape: char,
    pub(super) lines: Vec<Line>,
    pub(super) faults: Vec<Fault>,
}

pub(super) fn split(text: &str) -> Split {
    let mut reader = Reader { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 } };
    let mut split = Split { directives: Vec::new(), escape: '\\', lines: Vec::new(), faults: Vec::new() };
    reader.directives(&mut split);
    while let Some((start, line)) = reader.next() {
        let content = line.trim_start();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let start = start + (line.len() - content.len());
        let line = reader.logical(start, content, split.escape, &mut split.faults);
        if !line.text.text.trim().is_empty() {
            split.lines.push(line);
        }
    }
    split
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    /// The next source line without its ending, and where it begins.
    fn next(&mut self) -> Option<(usize, &'t str)> {
        let start = self.at;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let line = rest.split('\n').next().unwrap_or(rest);
        self.at = (start + line.len() + 1).min(self.text.len());
        Some((start, line.trim_end_matches('\r')))
    }

    fn directives(&mut self, split: &mut Split) {
        loop {
            let before = self.at;
            let Some((start, line)) = self.next() else { break };
            let Some(directive) = directive(start, line).filter(|found| {
                matches!(found.name.as_str(), "syntax" | "escape" | "check")
                    && split.directives.iter().all(|other| other.name != found.name)
            }) else {
                self.at = before;
                break;
            };
            if directive.name == "escape" {
                match directive.value.as_str() {
                    "`" => split.escape = '`',
                    "\\" => {}
                    other => split.faults.push(Fault {
                        message: format!("the escape character '{other}' is not allowed; use \\ or `"),
                        range: directive.range,
                    }),
                }
            }
            split.directives.push(directive);
        }
    }

    fn logical(&mut self, start: usize, first: &'t str, escape: char, faults: &mut Vec<Fault>) -> Line {
        let mut text = Mapped::default();
        let (content, mut goes_on) = without_continuation(first, escape);
        text.push(content, start);
        let first_end = start + first.trim_end().len();
        let mut end = first_end;
        while goes_on {
            let Some((at, line)) = self.next() else { break };
            let bare = line.trim();
            // Both may stand inside a continued instruction, and neither ends it.
            if bare.is_empty() || bare.starts_with('#') {
                continue;
            }
            let (content, more) = without_continuation(line, escape);
            text.push(content, at);
            end = at + line.trim_end().len();
            goes_on = more;
        }
        let mut heredocs = Vec::new();
        for (name, expand, chomp) in heredoc_starts(&text.text, escape) {
            let (body, range, terminated) = self.heredoc(&name, chomp);
            if !terminated {
                faults.push(Fault {
                    message: format!("the heredoc '{name}' has no end; write a line that holds only '{name}'"),
                    range: (start, first_end),
                });
            }
            end = self.at.min(self.text.len());
            heredocs.push(Heredoc { name, expand, chomp, body, range });
        }
        let end = self.text.get(start..end).map_or(end, |whole| start + whole.trim_end().len());
        Line { text, start, first_end, end, heredocs }
    }

    fn heredoc(&mut self, name: &str, chomp: bool) -> (Mapped, (usize, usize), bool) {
        let start = self.at;
        let mut body = Mapped::default();
        let mut end = start;
        while let Some((at, line)) = self.next() {
            let content = if chomp { line.trim_start_matches('\t') } else { line };
            if content == name {
                return (body, (start, end), true);
            }
            let at = at + (line.len() - content.len());
            body.push(content, at);
            end = at + content.len();
            // A carriage return is left out; the shell would stumble over it.
            let ending = self.at.saturating_sub(1).max(end);
            if self.text.get(ending..).is_some_and(|rest| rest.starts_with('\n')) {
                body.push("\n", ending);
            }
        }
        (body, (start, end), false)
    }
}

fn directive(start: usize, line: &str) -> Option<Directive> {
    let (name, value) = line.strip_prefix('#')?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(|c| c.is_ascii_alphanumeric());
    let found = Directive {
        name: name.to_ascii_lowercase(),
        value: value.into(),
        range: (start, start + line.trim_end().len()),
    };
    (named && !value.is_empty()).then_some(found)
}

/// The line without its continuation mark, and whether there was one. Two marks in a row are none.
fn without_continuation(line: &str, escape: char) -> (&str, bool) {
    match line.trim_end_matches([' ', '\t']).strip_suffix(escape) {
        Some(content) if !content.ends_with(escape) => (content, true),
        _ => (line, false),
    }
}

/// Name, expansion and tab removal of the heredocs that a logical line announces.
fn heredoc_starts(text: &str, escape: char) -> Vec<(String, bool, bool)> {
    let mut body = text.trim_start();
    let takes = |word: &str| ["RUN", "COPY", "ADD"].iter().any(|name| word.eq_ignore_ascii_case(name));
    let mut word = body.split_whitespace().next().unwrap_or("");
    if word.eq_ignore_ascii_case("ONBUILD") {
        body = body.get(word.len()..).unwrap_or("").trim_start();
        word = body.split_whitespace().next().unwrap_or("");
    }
    if !takes(word) || !body.contains("<<") {
        return Vec::new();
    }
    let rest = body.get(word.len()..).unwrap_or("");
    if words::json_array(rest.trim()).is_some() {
        return Vec::new();
    }
    words::split(rest, escape).into_iter().filter_map(|(start, end)| heredoc(rest.get(start..end)?)).collect()
}

/// `<<EOF`, `3<<-"EOF"`.
pub(super) fn heredoc(word: &str) -> Option<(String, bool, bool)> {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
    let (chomp, rest) = rest.strip_prefix('-').map_or((false, rest), |rest| (true, rest));
    if rest.contains('<') {
        return None;
    }
    let name = rest.replace(['"', '\''], "");
    let expand = name.len() == rest.len();
    (!name.is_empty()).then_some((name, expand, chomp))
}
