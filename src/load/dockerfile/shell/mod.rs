//! The commands of a shell script: enough of the grammar to tell names, words and pipes, with exact places.
//!
//! It runs nothing, expands nothing, and never fails: text that is no shell gives odd words, not errors.

mod splitter;

use super::mapped::Mapped;
use splitter::nested;

/// One simple command.
#[derive(Clone, Debug, Default)]
pub(super) struct Command {
    pub(super) words: Vec<Word>,
    /// `NAME=value` before the first word.
    pub(super) assignments: Vec<(String, Word)>,
    /// The program that reads its output.
    pub(super) piped_to: Option<String>,
    pub(super) range: (usize, usize),
}

/// A word without its quotes; substitutions stay as written.
#[derive(Clone, Debug, Default)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) range: (usize, usize),
}

/// How deep substitutions and `sh -c` scripts are followed.
const MAX_DEPTH: usize = 24;

/// All commands of a script, in the order of the text, those inside substitutions and `sh -c` scripts included.
pub(super) fn commands(script: &Mapped) -> Vec<Command> {
    let mut found = nested(script, 0);
    found.sort_by_key(|command| command.range);
    found
}

/// The commands of an argument vector: itself, and its script if it is `sh -c`.
pub(super) fn vector(words: Vec<(Word, Mapped)>) -> Vec<Command> {
    let script = script_argument(&words.iter().map(|(word, _)| word.text.as_str()).collect::<Vec<_>>());
    let mut found = script.and_then(|index| words.get(index)).map_or_else(Vec::new, |(_, script)| nested(script, 1));
    let range = match (words.first(), words.last()) {
        (Some((first, _)), Some((last, _))) => (first.range.0, last.range.1),
        _ => return found,
    };
    let words = words.into_iter().map(|(word, _)| word).collect();
    found.insert(0, Command { words, range, ..Command::default() });
    found
}

/// The program that a command runs in the end, behind `sudo`, `env` and their like.
pub(super) fn program<'w>(words: &[&'w str]) -> Option<&'w str> {
    words.get(program_index(words)).map(|word| base_name(word))
}

pub(super) fn base_name(word: &str) -> &str {
    match word.rsplit_once('/') {
        Some((_, name)) if !name.is_empty() => name,
        _ => word,
    }
}

/// True for the shells whose scripts are read here.
pub(super) fn is_shell(program: &str) -> bool {
    matches!(program, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh")
}

fn program_index(words: &[&str]) -> usize {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        // Options that take a value of their own.
        let with_value: &[&str] = match base_name(word) {
            "sudo" | "doas" => &["-u", "-g", "-h", "-p", "-C", "-r", "-t", "-D", "-R", "-T"],
            "env" => &["-u", "-C", "-S"],
            "exec" => &["-a"],
            "nice" | "ionice" => &["-n", "-c"],
            "timeout" => &["-k", "-s"],
            "time" | "nohup" | "command" | "builtin" | "eatmydata" | "setsid" => &[],
            _ => return at,
        };
        let timeout = base_name(word) == "timeout";
        // `command -v x` asks where x is and does not run it.
        if base_name(word) == "command" && words.get(at + 1).is_some_and(|option| matches!(*option, "-v" | "-V")) {
            return at;
        }
        let mut next = at + 1;
        while let Some(option) = words.get(next) {
            if with_value.contains(option) {
                next += 2;
            } else if (option.starts_with('-') && option.len() > 1) || assignment(option).is_some() {
                next += 1;
            } else {
                break;
            }
        }
        next += usize::from(timeout);
        if next >= words.len() {
            return at;
        }
        at = next;
    }
    at
}

/// The index of the script in `sh -c script`, `su user -c script` and `eval script`.
fn script_argument(words: &[&str]) -> Option<usize> {
    let start = program_index(words);
    match base_name(words.get(start)?) {
        program if is_shell(program) => {}
        "su" | "runuser" => {
            let option = words.iter().position(|word| matches!(*word, "-c" | "--command"))?;
            return (option + 1 < words.len()).then_some(option + 1);
        }
        "eval" => return (words.len() == start + 2).then_some(start + 1),
        _ => return None,
    }
    let mut at = start + 1;
    while let Some(option) = words.get(at).filter(|word| word.starts_with(['-', '+'])) {
        let short = !option.starts_with("--");
        at += 1;
        if short && option.contains('c') {
            // `-c` takes the first word that is no option.
            while words.get(at).is_some_and(|word| word.starts_with(['-', '+'])) {
                at += 1;
            }
            return (at < words.len()).then_some(at);
        }
        if short && option.ends_with('o') {
            at += 1;
        }
    }
    None
}

/// Splits `NAME=value` at its sign.
fn assignment(word: &str) -> Option<usize> {
    let at = word.find('=')?;
    let name = word.get(..at)?.trim_end_matches('+');
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (named && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).then_some(at)
}
