//! One logical line taken apart: name, flags, arguments, form.

use super::lines::{Heredoc, Line, heredoc};
use super::mapped::Mapped;
use super::nodes::Range;
use super::words;

/// Every instruction there is.
const NAMES: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// An instruction before variables are put in.
#[derive(Debug)]
pub(super) struct Instruction<'l> {
    pub(super) name: &'static str,
    /// Where its name stands.
    pub(super) at: Range,
    pub(super) onbuild: bool,
    pub(super) flags: Vec<Flag>,
    /// The strings of the JSON form with their places; nothing for the shell form.
    pub(super) exec: Option<Vec<(String, Range)>>,
    /// Byte ranges of the words in `text`.
    pub(super) words: Vec<(usize, usize)>,
    /// Range of what follows name and flags in `text`.
    pub(super) rest: (usize, usize),
    pub(super) text: &'l Mapped,
    pub(super) heredocs: &'l [Heredoc],
    /// Its first line and all of its lines.
    pub(super) first_line: Range,
    pub(super) whole: Range,
}

/// `--name=value`; the value is a range of the text.
#[derive(Debug)]
pub(super) struct Flag {
    pub(super) name: String,
    pub(super) value: Option<(usize, usize)>,
    pub(super) at: (usize, usize),
}

impl<'l> Instruction<'l> {
    /// Reads a line; the error is a word that names no instruction.
    pub(super) fn read(line: &'l Line, escape: char) -> Result<Self, &'l str> {
        let text = &line.text;
        let (mut name_at, mut rest) = head(text, (0, text.text.len()));
        let mut name = known(text.get(name_at))?;
        let mut onbuild = false;
        while name == "ONBUILD" && rest.0 < rest.1 {
            let (inner_at, inner_rest) = head(text, rest);
            onbuild = true;
            name = known(text.get(inner_at))?;
            (name_at, rest) = (inner_at, inner_rest);
        }
        let flags = if matches!(name, "ADD" | "COPY" | "FROM" | "HEALTHCHECK" | "RUN") {
            flags(text, &mut rest, escape)
        } else {
            Vec::new()
        };
        // The form of a health check is that of the command behind `CMD`.
        let mut json = rest;
        if name == "HEALTHCHECK" {
            let (word, after) = head(text, rest);
            if text.get(word).eq_ignore_ascii_case("CMD") {
                json = after;
            }
        }
        let takes_json =
            matches!(name, "ADD" | "CMD" | "COPY" | "ENTRYPOINT" | "HEALTHCHECK" | "RUN" | "SHELL" | "VOLUME");
        let exec = words::json_array(text.get(json)).filter(|_| takes_json).map(|items| {
            let place = |start, end| text.range(json.0 + start, json.0 + end);
            items.into_iter().map(|(item, start, end)| (item, place(start, end))).collect()
        });
        let words = words::split(text.get(rest), escape)
            .into_iter()
            .map(|(start, end)| (rest.0 + start, rest.0 + end))
            .filter(|&word| line.heredocs.is_empty() || heredoc(text.get(word)).is_none())
            .collect();
        Ok(Self {
            name,
            at: text.range(name_at.0, name_at.1),
            onbuild,
            flags,
            exec,
            words,
            rest,
            text,
            heredocs: &line.heredocs,
            first_line: (line.start, line.first_end),
            whole: (line.start, line.end),
        })
    }

    pub(super) fn range(&self, (start, end): (usize, usize)) -> Range {
        self.text.range(start, end)
    }

    pub(super) fn word(&self, index: usize) -> Option<&'l str> {
        self.words.get(index).map(|&word| self.text.get(word))
    }
}

fn known(word: &str) -> Result<&'static str, &str> {
    NAMES.into_iter().find(|name| word.eq_ignore_ascii_case(name)).ok_or(word)
}

/// The first word of a range and what follows it.
fn head(text: &Mapped, range: (usize, usize)) -> ((usize, usize), (usize, usize)) {
    let (start, end) = text.trimmed(range.0, range.1);
    let length = text.get((start, end)).find(char::is_whitespace).unwrap_or(end - start);
    ((start, start + length), text.trimmed(start + length, end))
}

/// Takes the flags off the front of a range.
fn flags(text: &Mapped, rest: &mut (usize, usize), escape: char) -> Vec<Flag> {
    let mut found = Vec::new();
    for (start, end) in words::split(text.get(*rest), escape) {
        let word = (rest.0 + start, rest.0 + end);
        let Some(body) = text.get(word).strip_prefix("--") else { break };
        let last = body.is_empty();
        let (name, value) = match body.find('=') {
            Some(sign) => (body.get(..sign).unwrap_or(body), Some((word.0 + 3 + sign, word.1))),
            None => (body, None),
        };
        found.push(Flag { name: name.to_ascii_lowercase(), value, at: word });
        // A bare `--` ends the flags.
        if last {
            break;
        }
    }
    if let Some(last) = found.last() {
        *rest = text.trimmed(last.at.1, rest.1);
    }
    found.retain(|flag| !flag.name.is_empty());
    found
}
