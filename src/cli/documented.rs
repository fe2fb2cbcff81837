//! Every command line that the pages, recipes, hooks and help texts show is one that this program reads.
//!
//! Nothing is run: a command line is only given to the parser. It does not know what the commands do.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use super::args::Cli;

/// A command line as it is written.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    line: usize,
    text: String,
    /// It stands in the middle of a sentence, where arguments may be left out.
    in_prose: bool,
}

fn texts() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut out = vec![root.join("README.md"), root.join(".pre-commit-hooks.yaml"), root.join("src/cli/help.rs")];
    for folder in ["docs", "docs/examples"] {
        out.extend(root.join(folder).read_dir().unwrap().map(|entry| entry.unwrap().path()));
    }
    out.retain(|path| {
        path.is_file() && path.extension().is_some_and(|it| it == "md" || it == "rs" || it == "yml" || it == "yaml")
    });
    out.sort();
    out
}

/// What is code of a line: all of it within a fence and in files that are no pages, what stands between backticks otherwise.
fn shown(path: &str, text: &str) -> Vec<Shown> {
    let is_page = path.strip_suffix(".md").is_some();
    let mut in_fence = false;
    let mut out = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if is_page && line.trim_start().starts_with("```") {
            in_fence = !in_fence;
            continue;
        }
        let in_prose = is_page && !in_fence;
        let mut joined = line.to_owned();
        while !in_prose && joined.ends_with('\\') {
            joined.pop();
            joined += lines.next().map_or("", |(_, next)| next.trim_start());
        }
        let pieces = if in_prose { joined.split('`').skip(1).step_by(2).collect() } else { vec![joined.as_str()] };
        let commands = pieces.iter().flat_map(|piece| commands(piece));
        out.extend(commands.map(|text| Shown { line: number + 1, text, in_prose }));
    }
    out
}

/// What stands behind each name of the program, as far as its quotes reach.
fn commands(code: &str) -> Vec<String> {
    let mut out = Vec::new();
    // Arguments as YAML lists them; those of a hook begin with a flag of `scan`.
    let list = code.split("args: [").nth(1).and_then(|rest| rest.split(']').next());
    let list = list.map(|list| list.replace(", ", " ").replace('"', ""));
    out.extend(list.map(|list| if list.starts_with("--") { format!("scan {list}") } else { list }));
    for name in ["stanchion ", "\"$STANCHION\" "] {
        for (at, _) in code.match_indices(name) {
            let (before, rest) = (code[..at].chars().last(), &code[at + name.len()..]);
            match before {
                None => out.push(rest.to_owned()),
                Some(quote @ ('\'' | '"')) => out.push(rest.split(quote).next().unwrap_or_default().to_owned()),
                Some(' ' | '(') if !code[..at].trim_end().ends_with("id:") => out.push(rest.to_owned()),
                Some(_) => {}
            }
        }
    }
    out
}

/// The words of a command line, up to what a shell would not give to the program. What a variable holds is not known: within quotes it
/// is one word, and without it may be none.
fn words(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    // Two spaces separate a command from what is said about it.
    let text = text.trim().split("  ").next().unwrap_or_default();
    let mut word = String::new();
    let (mut quote, mut was_quoted) = (None, false);
    let mut end = |word: &mut String, was_quoted: &mut bool| {
        let is_list = word.contains("[@]") || (word.starts_with('$') && !*was_quoted);
        if (!word.is_empty() || *was_quoted) && !is_list && word != "..." {
            out.push(if word.starts_with('$') { "x".to_owned() } else { word.replace("SHELL", "bash") });
        }
        (*word, *was_quoted) = (String::new(), false);
    };
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.push(c),
            (None, '\'' | '"') => (quote, was_quoted) = (Some(c), true),
            (None, ' ') => end(&mut word, &mut was_quoted),
            (None, '|' | ';' | '&' | ')') => break,
            (None, '>' | '<') => {
                if word.chars().all(|c| c.is_ascii_digit()) {
                    word.clear();
                }
                break;
            }
            (None, '#') if word.is_empty() => break,
            (None, c) => word.push(c),
        }
    }
    end(&mut word, &mut was_quoted);
    out
}

/// What is wrong with the command lines of a text, one line each, and how many there are.
fn faults(path: &str, text: &str) -> (usize, String) {
    let names: BTreeSet<String> = Cli::command().get_subcommands().map(|it| it.get_name().to_owned()).collect();
    let (mut read, mut faults) = (0, String::new());
    for shown in shown(path, text) {
        let words = words(&shown.text);
        let first = words.first().map_or("", String::as_str);
        // A sentence about the program is no command.
        let is_command =
            names.contains(first) || first.starts_with("--") || (!shown.in_prose && shown.text.contains(" --"));
        if !is_command {
            continue;
        }
        read += 1;
        let Err(error) = Cli::try_parse_from(std::iter::once("stanchion".to_owned()).chain(words)) else { continue };
        let is_short = shown.in_prose || shown.text.contains("...");
        let may_be = match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => true,
            ErrorKind::MissingRequiredArgument | ErrorKind::MissingSubcommand => is_short,
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => is_short,
            _ => false,
        };
        if !may_be {
            let why = error.to_string();
            let _ = writeln!(
                faults,
                "{path}:{}: stanchion {}: {}",
                shown.line,
                shown.text,
                why.lines().next().unwrap_or("")
            );
        }
    }
    (read, faults)
}

/// The long flags of all commands.
fn flags() -> BTreeSet<String> {
    fn collect(command: &clap::Command, out: &mut BTreeSet<String>) {
        out.extend(command.get_arguments().filter_map(|it| it.get_long()).map(|long| format!("--{long}")));
        command.get_subcommands().for_each(|it| collect(it, out));
    }
    let mut out = BTreeSet::from(["--help".to_owned(), "--version".to_owned()]);
    collect(&Cli::command(), &mut out);
    out
}

#[test]
fn every_command_line_that_is_shown_is_one() {
    let (mut read, mut said) = (0, String::new());
    for path in texts() {
        let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string();
        let (count, found) = faults(&name, &fs::read_to_string(&path).unwrap());
        read += count;
        said += &found;
    }
    assert!(said.is_empty(), "\n{said}");
    assert!(read > 80, "only {read} command lines were found");
}

#[test]
fn every_flag_that_a_page_names_is_one() {
    let known = flags();
    let mut said = String::new();
    for path in texts().into_iter().filter(|path| path.extension().is_some_and(|it| it == "md")) {
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            for code in line.split('`').skip(1).step_by(2).filter(|code| code.starts_with("--")) {
                let flag = code.split([' ', '=', '[']).next().unwrap_or_default();
                if !known.contains(flag) {
                    let _ = writeln!(said, "{}:{}: there is no flag {flag}", path.display(), number + 1);
                }
            }
        }
    }
    assert!(said.is_empty(), "\n{said}");
}

#[test]
fn command_lines_that_are_none_are_found() {
    let faults = |path: &str, text: &str| {
        let (read, said) = faults(path, text);
        (read, said.lines().filter(|line| line.starts_with(path)).count())
    };
    assert_eq!(
        faults("a.md", "`stanchion scan --no-such`, `stanchion scan --staged`, `stanchion drift`, stanchion is good\n"),
        (3, 1)
    );
    assert_eq!(faults("a.md", "```sh\nstanchion scna --staged\nstanchion scan --jobs x # y\n```\n"), (2, 2));
    assert_eq!(faults("a.md", "```groovy\nsh 'stanchion scan --staged' --x\n```\n"), (1, 0));
    assert_eq!(faults("a.yml", "  run: stanchion scan \"${a[@]}\" --fail-on high > x --y\n"), (1, 0));
    assert_eq!(
        faults("a.yml", "  - id: stanchion\n  \"$STANCHION\" live --region \"$R\" \\\n    --nope || true\n"),
        (1, 1)
    );
    assert_eq!(
        faults("a.md", "```sh\nstanchion drift ... --since x.json   # 'what is new'\nstanchion baseline\n```\n"),
        (2, 1)
    );
    assert_eq!(faults("a.yml", "  args: [live, --region, eu-west-1, --nope]\n  args: [--fail-on, high]\n"), (2, 1));
    assert_eq!(words("scan 'a b' --x=\"$Y\" 2>&1 | z"), ["scan", "a b", "--x=$Y"]);
}
