//! One pass over a script: words, operators, groups and substitutions.
//!
//! It knows where commands begin and end, and nothing of what they do.

use super::super::mapped::Mapped;
use super::{Command, MAX_DEPTH, Word, assignment, program, script_argument};

pub(super) fn nested(script: &Mapped, depth: usize) -> Vec<Command> {
    let mut splitter = Splitter { script, depth, found: Vec::new() };
    let mut at = 0;
    // A stray closing parenthesis ends a list early; the rest is still read.
    while at < script.text.len() {
        at = splitter.list(at, Until::End, depth).max(at + 1);
    }
    splitter.found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    End,
    Paren,
    Backtick,
}

struct Splitter<'a> {
    script: &'a Mapped,
    depth: usize,
    found: Vec<Command>,
}

/// A word while it is read.
struct Raw {
    value: Mapped,
    start: usize,
    end: usize,
    quoted: bool,
}

/// What a list knows between two words.
#[derive(Default)]
struct State {
    words: Vec<Raw>,
    assignments: Vec<(String, Word)>,
    start: Option<usize>,
    end: usize,
    /// Commands whose output the next one reads.
    pipes: Vec<usize>,
    /// Where open groups began, as indices of commands; true for a parenthesis.
    groups: Vec<(usize, bool)>,
    /// The commands of the group that just ended.
    ended: Option<usize>,
    /// Inside the head of `for` or `case`, whose words are no command.
    head: Option<&'static str>,
    cases: usize,
    heredocs: Vec<(String, bool)>,
}

impl<'a> Splitter<'a> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.script.text.as_bytes().get(at).copied()
    }

    fn rest(&self, at: usize) -> &'a str {
        self.script.text.get(at..).unwrap_or("")
    }

    /// Reads commands up to the end mark; returns where the text goes on behind it.
    fn list(&mut self, mut at: usize, until: Until, depth: usize) -> usize {
        let mut state = State::default();
        while let Some(byte) = self.byte(at) {
            let test = state.words.first().is_some_and(|word| word.value.text == "[[")
                && state.words.last().is_some_and(|word| word.value.text != "]]");
            match byte {
                b' ' | b'\t' | b'\r' => at += 1,
                b'\\' if matches!(self.byte(at + 1), Some(b'\n')) => at += 2,
                b'#' => at = self.rest(at).find('\n').map_or(self.script.text.len(), |length| at + length),
                b'\n' => {
                    self.finish(&mut state, false);
                    at = self.skip_heredocs(at + 1, &mut state);
                }
                b'&' | b'|' | b'(' | b')' | b'<' | b'>' if test => at = self.operator_word(at, &mut state),
                b'`' if until == Until::Backtick => {
                    self.finish(&mut state, false);
                    return at + 1;
                }
                b')' if until == Until::Paren && !state.groups.iter().any(|&(_, paren)| paren) => {
                    self.finish(&mut state, false);
                    return at + 1;
                }
                b'&' if self.byte(at + 1) == Some(b'>') => at = self.redirect(at + 1, until, depth, &mut state),
                b'<' | b'>' if self.byte(at + 1) == Some(b'(') => at = self.take_word(at, until, depth, &mut state),
                b'<' | b'>' => at = self.redirect(at, until, depth, &mut state),
                b'(' => {
                    let function = state.words.len() == 1 && self.rest(at + 1).trim_start().starts_with(')');
                    if function {
                        state.words.clear();
                        state.start = None;
                        at = self.rest(at).find(')').map_or(at + 1, |length| at + length + 1);
                    } else {
                        self.finish(&mut state, false);
                        state.groups.push((self.found.len(), true));
                        at += 1;
                    }
                }
                b')' => {
                    self.finish(&mut state, false);
                    close(&mut state);
                    at += 1;
                }
                b';' | b'&' | b'|' => {
                    let length =
                        self.rest(at).bytes().take(3).take_while(|next| matches!(next, b';' | b'&' | b'|')).count();
                    let operator = self.rest(at).get(..length).unwrap_or("");
                    let (pipe, length) = match operator {
                        _ if operator.starts_with("||") || operator.starts_with("&&") => (false, 2),
                        _ if operator.starts_with("|&") => (true, 2),
                        _ if operator.starts_with('|') => (true, 1),
                        _ if operator.starts_with(";;&") => (false, 3),
                        _ if operator.starts_with(";;") || operator.starts_with(";&") => (false, 2),
                        _ => (false, 1),
                    };
                    self.finish(&mut state, pipe);
                    at += length;
                    if state.cases > 0 && length >= 2 && operator.starts_with(';') {
                        at = self.skip_pattern(at);
                    }
                }
                _ => at = self.take_word(at, until, depth, &mut state),
            }
        }
        self.finish(&mut state, false);
        at
    }

    fn operator_word(&self, at: usize, state: &mut State) -> usize {
        let length = self.rest(at).bytes().take_while(|byte| matches!(byte, b'&' | b'|' | b'<' | b'>')).count().max(1);
        let mut value = Mapped::within(self.script);
        value.push(self.rest(at).get(..length).unwrap_or(""), self.script.source(at));
        state.words.push(Raw { value, start: at, end: at + length, quoted: true });
        state.end = at + length;
        at + length
    }

    fn redirect(&mut self, at: usize, until: Until, depth: usize, state: &mut State) -> usize {
        let length = self.rest(at).bytes().take_while(|byte| matches!(byte, b'<' | b'>' | b'&' | b'|')).count();
        let mut next = at + length;
        let heredoc = self.rest(at).get(..length) == Some("<<");
        let chomp = heredoc && self.byte(next) == Some(b'-');
        next += usize::from(chomp);
        while matches!(self.byte(next), Some(b' ' | b'\t')) {
            next += 1;
        }
        if next >= self.script.text.len() || matches!(self.byte(next), Some(b'\n' | b';' | b')')) {
            return next;
        }
        let target = self.word(next, until, depth);
        state.end = target.end;
        if heredoc {
            state.heredocs.push((target.value.text, chomp));
        }
        target.end.max(next + 1)
    }

    fn skip_heredocs(&self, mut at: usize, state: &mut State) -> usize {
        for (name, chomp) in std::mem::take(&mut state.heredocs) {
            while at < self.script.text.len() {
                let line = self.rest(at).split('\n').next().unwrap_or("");
                at += line.len() + 1;
                if (if chomp { line.trim_start_matches('\t') } else { line }) == name {
                    break;
                }
            }
        }
        at.min(self.script.text.len())
    }

    /// Skips the patterns of a `case` branch, or stops before `esac`.
    fn skip_pattern(&self, at: usize) -> usize {
        let mut rest = self.rest(at);
        let mut at = at;
        loop {
            let body = rest.trim_start();
            at += rest.len() - body.len();
            if body.starts_with("esac") {
                return at;
            }
            rest = body;
            if !body.starts_with('#') {
                break;
            }
            let length = body.find('\n').unwrap_or(body.len());
            at += length;
            rest = self.rest(at);
        }
        let mut quote = None;
        for (index, c) in rest.char_indices() {
            match quote {
                Some(open) if c == open => quote = None,
                Some(_) => {}
                None if matches!(c, '"' | '\'') => quote = Some(c),
                None if c == ')' => return at + index + 1,
                None => {}
            }
        }
        self.script.text.len()
    }

    fn take_word(&mut self, at: usize, until: Until, depth: usize, state: &mut State) -> usize {
        let word = self.word(at, until, depth);
        let next = word.end.max(at + 1);
        let text = word.value.text.as_str();
        // The descriptor of a redirection: `2>file`.
        if !word.quoted && matches!(self.byte(next), Some(b'<' | b'>')) && text.bytes().all(|b| b.is_ascii_digit()) {
            return next;
        }
        if let Some(head) = state.head {
            if head == "case" && text == "in" {
                state.head = None;
                return self.skip_pattern(next);
            }
            if head == "function" || (head == "for" && text == "do") {
                state.head = None;
            }
            return next;
        }
        let fresh = state.words.is_empty() && state.assignments.is_empty();
        if fresh && !word.quoted && self.reserved(text, state) {
            return next;
        }
        state.start.get_or_insert(at);
        state.end = next;
        if state.words.is_empty()
            && let Some(sign) = assignment(text)
            && self.rest(word.start).starts_with(text.get(..=sign).unwrap_or(""))
        {
            let name = text.get(..sign).unwrap_or("").trim_end_matches('+').to_owned();
            let value = text.get(sign + 1..).unwrap_or("").to_owned();
            let range = self.script.range(at, next);
            let array = value.is_empty() && self.byte(next) == Some(b'(');
            state.assignments.push((name, Word { text: value, range }));
            return if array { self.array(next + 1, until, depth) } else { next };
        }
        state.words.push(word);
        next
    }

    /// Reads the words of `name=(…)`, which are no command, for the substitutions among them.
    fn array(&mut self, mut at: usize, until: Until, depth: usize) -> usize {
        while let Some(byte) = self.byte(at) {
            match byte {
                b')' => return at + 1,
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b'<' | b'>' => at += 1,
                b'`' if until == Until::Backtick => return at,
                _ => at = self.word(at, until, depth).end.max(at + 1),
            }
        }
        at
    }

    /// Handles a reserved word; false for any other.
    fn reserved(&self, word: &str, state: &mut State) -> bool {
        match word {
            "if" | "while" | "until" | "{" => state.groups.push((self.found.len(), false)),
            "for" | "select" => {
                state.groups.push((self.found.len(), false));
                state.head = Some("for");
            }
            "case" => {
                state.groups.push((self.found.len(), false));
                state.head = Some("case");
                state.cases += 1;
            }
            "function" => state.head = Some("function"),
            "fi" | "done" | "}" => close(state),
            "esac" => {
                state.cases = state.cases.saturating_sub(1);
                close(state);
            }
            "then" | "else" | "elif" | "do" | "!" => {}
            _ => return false,
        }
        true
    }

    /// Ends the command that is being read.
    fn finish(&mut self, state: &mut State, pipe: bool) {
        state.head = state.head.filter(|head| *head == "case");
        let words = std::mem::take(&mut state.words);
        let assignments = std::mem::take(&mut state.assignments);
        let ended = state.ended.take();
        let Some(start) = state.start.take() else {
            if pipe {
                state.pipes.extend(ended.unwrap_or(self.found.len())..self.found.len());
            }
            return;
        };
        let texts: Vec<&str> = words.iter().map(|word| word.value.text.as_str()).collect();
        if let Some(program) = program(&texts) {
            for index in std::mem::take(&mut state.pipes) {
                if let Some(command) = self.found.get_mut(index) {
                    command.piped_to = Some(program.to_owned());
                }
            }
        }
        let script = script_argument(&texts).filter(|_| self.depth < MAX_DEPTH);
        let inner = script
            .and_then(|index| words.get(index))
            .map_or_else(Vec::new, |script| nested(&script.value, self.depth + 1));
        let words = words
            .into_iter()
            .map(|word| Word { range: self.script.range(word.start, word.end), text: word.value.text })
            .collect();
        let range = self.script.range(start, state.end.max(start));
        if pipe {
            state.pipes.push(self.found.len());
        }
        self.found.push(Command { words, assignments, piped_to: None, range });
        self.found.extend(inner);
    }

    fn word(&mut self, start: usize, until: Until, depth: usize) -> Raw {
        let mut value = Mapped::within(self.script);
        let mut at = start;
        let mut quoted = false;
        while let Some(c) = self.rest(at).chars().next() {
            let next = at + c.len_utf8();
            match c {
                '<' | '>' if at == start && self.byte(next) == Some(b'(') && depth < MAX_DEPTH => {
                    at = self.substitution(at, next + 1, Until::Paren, depth, &mut value);
                    continue;
                }
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => break,
                '`' if until == Until::Backtick => break,
                '\'' => {
                    quoted = true;
                    let length = self.rest(next).find('\'').unwrap_or(self.rest(next).len());
                    value.push(self.rest(next).get(..length).unwrap_or(""), self.script.source(next));
                    at = (next + length + 1).min(self.script.text.len());
                    continue;
                }
                '"' => {
                    quoted = true;
                    at = self.double_quoted(next, until, depth, &mut value);
                    continue;
                }
                '\\' => {
                    quoted = true;
                    let escaped = self.rest(next).chars().next();
                    at = next + escaped.map_or(0, char::len_utf8);
                    if escaped != Some('\n') {
                        value.push(self.rest(next).get(..at - next).unwrap_or(""), self.script.source(next));
                    }
                    continue;
                }
                '$' | '`' => {
                    at = self.dollar(at, depth, &mut value);
                    continue;
                }
                _ => value.push(self.rest(at).get(..next - at).unwrap_or(""), self.script.source(at)),
            }
            at = next;
        }
        Raw { value, start, end: at, quoted }
    }

    fn double_quoted(&mut self, mut at: usize, until: Until, depth: usize, value: &mut Mapped) -> usize {
        while let Some(c) = self.rest(at).chars().next() {
            let next = at + c.len_utf8();
            match c {
                '"' => return next,
                '`' if until == Until::Backtick => return at,
                '\\' if matches!(self.byte(next), Some(b'"' | b'$' | b'`' | b'\\' | b'\n')) => {
                    if self.byte(next) != Some(b'\n') {
                        value.push(self.rest(next).get(..1).unwrap_or(""), self.script.source(next));
                    }
                    at = next + 1;
                }
                '$' | '`' => at = self.dollar(at, depth, value),
                _ => {
                    value.push(self.rest(at).get(..next - at).unwrap_or(""), self.script.source(at));
                    at = next;
                }
            }
        }
        at
    }

    /// `$(…)`, `` `…` ``, `${…}`, `$((…))`, `$x`: kept as written, commands inside are read.
    fn dollar(&mut self, at: usize, depth: usize, value: &mut Mapped) -> usize {
        let rest = self.rest(at);
        if depth < MAX_DEPTH {
            if rest.starts_with("$((") {
                let length = rest.find("))").map_or(rest.len(), |length| length + 2);
                value.push(rest.get(..length).unwrap_or(""), self.script.source(at));
                return at + length;
            }
            if rest.starts_with("$(") {
                return self.substitution(at, at + 2, Until::Paren, depth, value);
            }
            if rest.starts_with('`') {
                return self.substitution(at, at + 1, Until::Backtick, depth, value);
            }
        }
        let brace = || rest.bytes().take(1024).position(|byte| byte == b'}');
        let length = if rest.starts_with("${") { brace().map_or(1, |length| length + 1) } else { 1 };
        value.push(rest.get(..length).unwrap_or(""), self.script.source(at));
        at + length
    }

    fn substitution(&mut self, at: usize, inside: usize, until: Until, depth: usize, value: &mut Mapped) -> usize {
        let end = self.list(inside, until, depth + 1).min(self.script.text.len());
        value.push(self.script.text.get(at..end).unwrap_or(""), self.script.source(at));
        end
    }
}

fn close(state: &mut State) {
    state.ended = state.groups.pop().map(|(start, _)| start);
}
