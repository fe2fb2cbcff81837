//! The fields of one instruction.

use super::super::instruction::Instruction;
use super::super::lines::Heredoc;
use super::super::nodes::{Place, Range};
use super::super::shell;
use super::super::words::{self, Filled};
use super::{Builder, Scope, Variable, argument, commands};
use crate::model::{Map, Node};

/// Flags that may be given several times and are therefore always lists.
const REPEATED: [&str; 3] = ["mount", "exclude", "device"];

/// Makes the node of an instruction and applies what it changes in its stage.
pub(super) fn instruction(
    builder: &mut Builder<'_>,
    stage: usize,
    index: usize,
    instruction: &Instruction<'_>,
    names: &[Option<String>],
) -> Node {
    let place = builder.place;
    let escape = builder.escape;
    let mut entries = Map::new();
    let name = instruction.name;
    let line = instruction.first_line;
    let rest = instruction.range(instruction.rest);
    entries.insert("name".into(), place.text(name, instruction.at));
    entries.insert("onbuild".into(), place.bool(instruction.onbuild, line));
    entries.insert("form".into(), place.text(if instruction.exec.is_some() { "exec" } else { "shell" }, line));
    entries.insert("path".into(), path(place, &["stages", "instructions"], &[stage, index], line));

    let globals = builder.globals.clone();
    let Some(info) = builder.stages.get_mut(stage) else { return place.map(entries, line) };
    let scope = &mut info.scope;
    // These take variables themselves; in the others the shell of the image does.
    let expands =
        matches!(name, "ADD" | "COPY" | "ENV" | "EXPOSE" | "LABEL" | "STOPSIGNAL" | "USER" | "VOLUME" | "WORKDIR");
    let fill = |text: &str, scope: &Scope| {
        if expands { words::expand(text, escape, &|name| scope.lookup(name)) } else { words::unquote(text, escape) }
    };
    let args: Vec<(Filled, Range)> = match &instruction.exec {
        Some(items) => {
            let command = (name == "HEALTHCHECK").then(|| instruction.words.first()).flatten();
            let head = command.map(|&word| (Filled::known("CMD"), instruction.range(word)));
            let items = items.iter().map(|(item, range)| {
                let filled = if expands {
                    fill(&item.replace(escape, &escape.to_string().repeat(2)), scope)
                } else {
                    Filled::known(item)
                };
                (filled, *range)
            });
            head.into_iter().chain(items).collect()
        }
        None if matches!(name, "MAINTAINER" | "STOPSIGNAL" | "USER" | "WORKDIR") => {
            let text = instruction.text.get(instruction.rest);
            if text.is_empty() { Vec::new() } else { vec![(fill(text, scope), rest)] }
        }
        None => instruction
            .words
            .iter()
            .map(|&word| (fill(instruction.text.get(word), scope), instruction.range(word)))
            .collect(),
    };
    entries.insert("flags".into(), flags(place, instruction, scope, escape));
    let nodes = args.iter().map(|(filled, range)| place.filled(filled, *range)).collect();
    entries.insert("args".into(), place.list(nodes, rest));
    let text = text(instruction);
    entries.insert("text".into(), place.text(&text, (rest.0, instruction.whole.1.max(rest.1))));
    if !instruction.heredocs.is_empty() {
        let list = instruction.heredocs.iter().map(|heredoc| heredoc_node(place, heredoc)).collect();
        entries.insert("heredocs".into(), place.list(list, line));
    }

    match name {
        "RUN" => {
            let found = if scope.foreign_shell { Vec::new() } else { commands::of_run(instruction) };
            let at = path(place, &["stages", "instructions", "commands"], &[stage, index], line);
            entries.insert("commands".into(), commands::nodes(place, found, &at, line));
        }
        "ENV" | "LABEL" | "ARG" => {
            let pairs = pairs(place, instruction, scope, escape, &mut entries);
            for (name, value, range) in pairs {
                match instruction.name {
                    // What an ONBUILD sets is set in another build.
                    _ if instruction.onbuild => {}
                    "ENV" => {
                        let value = value.unwrap_or_default();
                        let origin = value.origin.or(Some(range));
                        let value = Filled { origin, ..value };
                        scope.variables.insert(name, Variable { value, env: true, given: true });
                    }
                    "ARG" if !scope.variables.get(&name).is_some_and(|variable| variable.env) => {
                        let inherited = globals.get(&name).filter(|_| value.is_none()).cloned();
                        let variable = inherited.unwrap_or_else(|| argument(&name, value, range));
                        scope.variables.insert(name, variable);
                    }
                    _ => {}
                }
            }
        }
        "USER" => {
            if let Some((filled, range)) = args.first() {
                let (user, group) = match filled.text.split_once(':') {
                    Some((user, group)) => (user, Some(group)),
                    None => (filled.text.as_str(), None),
                };
                entries.insert("user".into(), place.filled(&filled.part(user), *range));
                if let Some(group) = group {
                    entries.insert("group".into(), place.filled(&filled.part(group), *range));
                }
            }
        }
        "EXPOSE" => {
            let ports = args.iter().map(|(filled, range)| port(place, filled, *range)).collect();
            entries.insert("ports".into(), place.list(ports, rest));
        }
        "COPY" | "ADD" => copy(place, instruction, &args, names, rest, &mut entries),
        "SHELL" if !instruction.onbuild => {
            // The shell may stand behind a wrapper: `/usr/bin/env bash -c`, `conda run -n x bash -c`.
            scope.foreign_shell = !args.iter().any(|(filled, _)| {
                shell::is_shell(shell::base_name(&filled.text).to_ascii_lowercase().trim_end_matches(".exe"))
            });
        }
        _ => {}
    }
    place.map(entries, line)
}

/// A path from the config: names and indices in turn.
pub(super) fn path(place: &Place, names: &[&str], indices: &[usize], at: Range) -> Node {
    let mut steps = Vec::new();
    for (level, name) in names.iter().enumerate() {
        steps.push(place.text(name, at));
        if let Some(&index) = indices.get(level) {
            steps.push(place.number(index, at));
        }
    }
    place.list(steps, at)
}

/// The logical text behind the flags, with the bodies of heredocs below it.
fn text(instruction: &Instruction<'_>) -> String {
    let mut text = instruction.text.get(instruction.rest).to_owned();
    for heredoc in instruction.heredocs {
        text.push('\n');
        text.push_str(&heredoc.body.text);
        text.push_str(&heredoc.name);
    }
    text
}

fn heredoc_node(place: &Place, heredoc: &Heredoc) -> Node {
    let mut entries = Map::new();
    entries.insert("name".into(), place.text(&heredoc.name, heredoc.range));
    entries.insert("expand".into(), place.bool(heredoc.expand, heredoc.range));
    entries.insert("chomp".into(), place.bool(heredoc.chomp, heredoc.range));
    entries.insert("content".into(), place.text(&heredoc.body.text, heredoc.range));
    place.map(entries, heredoc.range)
}

fn flags(place: &Place, instruction: &Instruction<'_>, scope: &Scope, escape: char) -> Node {
    let mut entries = Map::new();
    let mut repeated: std::collections::BTreeMap<&str, Vec<Node>> = std::collections::BTreeMap::new();
    let expands = matches!(instruction.name, "ADD" | "COPY");
    for flag in &instruction.flags {
        let at = instruction.range(flag.at);
        let node = match flag.value {
            None => place.bool(true, at),
            Some(value) if expands => {
                place.filled(&words::expand(instruction.text.get(value), escape, &|name| scope.lookup(name)), at)
            }
            Some(value) => place.filled(&words::unquote(instruction.text.get(value), escape), at),
        };
        if REPEATED.contains(&flag.name.as_str()) {
            repeated.entry(&flag.name).or_default().push(node);
        } else {
            entries.insert(flag.name.as_str().into(), node);
        }
    }
    for (name, list) in repeated {
        let at = list.first().map_or(place.span(instruction.first_line), |node| node.via);
        entries.insert(name.into(), Node::list(list, at));
    }
    place.map(entries, instruction.first_line)
}

type Pair = (String, Option<Filled>, Range);

/// Reads `a=1 b=2`, or the old form `a 1` of ENV and LABEL.
fn pairs(place: &Place, instruction: &Instruction<'_>, scope: &Scope, escape: char, entries: &mut Map) -> Vec<Pair> {
    let lookup = |name: &str| scope.lookup(name);
    let mut pairs = Vec::new();
    let mut nodes = Vec::new();
    let old_form = instruction.name != "ARG" && instruction.word(0).is_some_and(|word| !word.contains('='));
    let mut add = |name: (usize, usize), value: Option<(usize, usize)>, whole: (usize, usize)| {
        let key = words::expand(instruction.text.get(name), escape, &lookup);
        let filled = value.map(|value| words::expand(instruction.text.get(value), escape, &lookup));
        let at = instruction.range(whole);
        let mut pair = Map::new();
        pair.insert("name".into(), place.filled(&key, instruction.range(name)));
        if let (Some(filled), Some(value)) = (&filled, value) {
            // An empty value has no place of its own.
            let range = if value.0 < value.1 { instruction.range(value) } else { at };
            pair.insert("value".into(), place.filled(filled, range));
        }
        nodes.push(place.map(pair, at));
        pairs.push((key.text, filled, at));
    };
    if old_form {
        if let Some(&first) = instruction.words.first() {
            let value = instruction.text.trimmed(first.1, instruction.rest.1);
            add(first, Some(value), (first.0, value.1.max(first.1)));
        }
    } else {
        for &word in &instruction.words {
            match instruction.text.get(word).find('=') {
                Some(sign) => add((word.0, word.0 + sign), Some((word.0 + sign + 1, word.1)), word),
                None => add(word, None, word),
            }
        }
    }
    entries.insert("pairs".into(), place.list(nodes, instruction.range(instruction.rest)));
    pairs
}

fn port(place: &Place, filled: &Filled, range: Range) -> Node {
    let mut entries = Map::new();
    let (port, protocol) = match filled.text.split_once('/') {
        Some((port, protocol)) => (port, Some(protocol)),
        None => (filled.text.as_str(), None),
    };
    let number = port.parse::<usize>().ok();
    let port = number.map_or_else(|| place.filled(&filled.part(port), range), |number| place.number(number, range));
    entries.insert("port".into(), port);
    let protocol = match protocol {
        Some(protocol) => place.filled(&filled.part(&protocol.to_ascii_lowercase()), range),
        // An unknown port may bring its protocol along.
        None if !filled.is_known() => place.filled(&filled.part("\0"), range),
        None => place.text("tcp", range),
    };
    entries.insert("protocol".into(), protocol);
    place.map(entries, range)
}

fn copy(
    place: &Place,
    instruction: &Instruction<'_>,
    args: &[(Filled, Range)],
    names: &[Option<String>],
    rest: Range,
    entries: &mut Map,
) {
    if let Some(((destination, range), sources)) = args.split_last() {
        let sources = sources.iter().map(|(filled, range)| place.filled(filled, *range)).collect();
        entries.insert("sources".into(), place.list(sources, rest));
        entries.insert("destination".into(), place.filled(destination, *range));
    }
    let from = instruction.flags.iter().find(|flag| flag.name == "from");
    if let Some((flag, value)) = from.and_then(|flag| flag.value.map(|value| (flag, instruction.text.get(value)))) {
        // The last name is that of the stage itself, which cannot be copied from.
        let earlier = names.len().saturating_sub(1);
        let by_name = names
            .iter()
            .take(earlier)
            .rposition(|name| name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(value)));
        if let Some(index) = by_name.or_else(|| value.parse().ok().filter(|&index: &usize| index < earlier)) {
            entries.insert("from_stage".into(), place.number(index, instruction.range(flag.at)));
        }
    }
}
