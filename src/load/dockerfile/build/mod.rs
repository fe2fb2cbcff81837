//! Instructions into the tree that policies see: stages, scopes of ARG and ENV, base images.

mod commands;
mod fields;

use std::collections::BTreeMap;

use super::image;
use super::instruction::Instruction;
use super::lines::{Fault, Split};
use super::nodes::{Place, Range};
use super::words::{self, Filled, Lookup};
use crate::model::{Map, Node};

/// The finished tree; nothing when the file holds no instruction.
#[derive(Debug)]
pub(super) struct Built {
    pub(super) config: Option<Node>,
    pub(super) faults: Vec<Fault>,
}

/// ARGs that the builder sets by itself.
const PLATFORM_ARGS: [&str; 8] = [
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
];

/// A variable in scope.
#[derive(Clone, Debug)]
struct Variable {
    value: Filled,
    /// An ENV is not overridden by an ARG.
    env: bool,
    /// False for an ARG without a default.
    given: bool,
}

/// What is known at one line of a stage.
#[derive(Clone, Debug, Default)]
struct Scope {
    variables: BTreeMap<String, Variable>,
    /// Built on nothing: there is no environment but what stands here.
    scratch: bool,
    /// RUN lines are not for a Unix shell.
    foreign_shell: bool,
}

struct StageInfo {
    name: Option<String>,
    scope: Scope,
    entries: Map,
    instructions: Vec<Node>,
    from: Range,
}

pub(super) fn build(place: &Place, split: &Split) -> Built {
    let mut builder = Builder {
        place,
        escape: split.escape,
        globals: BTreeMap::new(),
        args: Vec::new(),
        stages: Vec::new(),
        faults: Vec::new(),
    };
    for line in &split.lines {
        match Instruction::read(line, split.escape) {
            Ok(instruction) => builder.take(&instruction),
            Err(word) => {
                let word: String = word.chars().take(40).collect();
                builder.faults.push(Fault {
                    message: format!("unknown instruction '{word}'; correct or remove it, the line was left out"),
                    range: (line.start, line.first_end),
                });
            }
        }
    }
    let Some(first) = split.lines.first() else { return Built { config: None, faults: Vec::new() } };
    if builder.stages.is_empty() && (builder.args.is_empty() || !builder.faults.is_empty()) {
        // The lines' own faults all follow from this one.
        let fault = Fault {
            message:
                "no FROM instruction, so that nothing was judged; begin the file with FROM, or rename it if it is no \
                      dockerfile"
                    .into(),
            range: (first.start, first.first_end),
        };
        return Built { config: None, faults: vec![fault] };
    }
    builder.finish(split, (first.start, first.first_end))
}

struct Builder<'a> {
    place: &'a Place,
    escape: char,
    globals: BTreeMap<String, Variable>,
    args: Vec<Node>,
    stages: Vec<StageInfo>,
    faults: Vec<Fault>,
}

impl Builder<'_> {
    fn take(&mut self, instruction: &Instruction<'_>) {
        match instruction.name {
            "FROM" if !instruction.onbuild => self.from(instruction),
            "ARG" if self.stages.is_empty() => self.global_arg(instruction),
            _ if self.stages.is_empty() => self.faults.push(Fault {
                message: format!(
                    "{} stands before the first FROM; move it below, the line was left out",
                    instruction.name
                ),
                range: instruction.first_line,
            }),
            _ => {
                let names: Vec<Option<String>> = self.stages.iter().map(|stage| stage.name.clone()).collect();
                let stage_index = self.stages.len() - 1;
                let Some(stage) = self.stages.last_mut() else { return };
                let index = stage.instructions.len();
                let node = fields::instruction(self, stage_index, index, instruction, &names);
                if let Some(stage) = self.stages.last_mut() {
                    stage.instructions.push(node);
                }
            }
        }
    }

    fn global_arg(&mut self, instruction: &Instruction<'_>) {
        for &word in &instruction.words {
            let text = instruction.text.get(word);
            let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
            let range = instruction.range(word);
            let filled = value.map(|value| words::expand(value, self.escape, &|name| self.global(name)));
            let mut entry = Map::new();
            entry.insert("name".into(), self.place.text(name, range));
            if let Some(filled) = &filled {
                entry.insert("value".into(), self.place.filled(filled, range));
            }
            self.args.push(self.place.map(entry, range));
            self.globals.insert(name.to_owned(), argument(name, filled, range));
        }
    }

    /// What a name means in FROM and in ARGs before it.
    fn global(&self, name: &str) -> Lookup {
        match self.globals.get(name) {
            Some(variable) => variable.lookup(),
            None if PLATFORM_ARGS.contains(&name) => {
                Lookup::Value(Filled::unknown(format!("{name} is set by the builder")))
            }
            None => Lookup::NotGiven(Filled::unknown(format!("ARG {name} is not declared before FROM"))),
        }
    }

    fn from(&mut self, instruction: &Instruction<'_>) {
        let place = self.place;
        let index = self.stages.len();
        let mut base = Map::new();
        let mut scope = Scope { foreign_shell: self.escape == '`', ..Scope::default() };
        let range = instruction.words.first().map_or(instruction.first_line, |&word| instruction.range(word));
        if let Some(image) = instruction.word(0) {
            let reference = words::expand(image, self.escape, &|name| self.global(name));
            let parent = self
                .stages
                .iter()
                .rev()
                .find(|stage| stage.name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(&reference.text)));
            if let Some(parent) = parent {
                scope = parent.scope.clone();
                base.insert("stage".into(), place.text(parent.name.as_deref().unwrap_or(""), range));
            }
            scope.scratch |= reference.text == "scratch";
            base.insert("reference".into(), place.filled(&reference, range));
            image::describe(place, &reference, range, &mut base);
        } else {
            self.faults.push(Fault {
                message: "FROM names no image; write 'FROM image:tag'".into(),
                range: instruction.first_line,
            });
        }
        let mut entries = Map::new();
        for flag in instruction.flags.iter().filter(|flag| flag.name == "platform") {
            if let Some(value) = flag.value {
                let filled = words::expand(instruction.text.get(value), self.escape, &|name| self.global(name));
                base.insert("platform".into(), place.filled(&filled, instruction.range(value)));
            }
        }
        let named = instruction.word(1).is_some_and(|word| word.eq_ignore_ascii_case("AS"));
        let name = instruction.words.get(2).filter(|_| named);
        if let Some(&word) = name {
            entries.insert("name".into(), place.text(instruction.text.get(word), instruction.range(word)));
        }
        entries.insert("index".into(), place.number(index, instruction.first_line));
        entries.insert("base".into(), place.map(base, range));
        self.stages.push(StageInfo {
            name: name.map(|&word| instruction.text.get(word).to_owned()),
            scope,
            entries,
            instructions: Vec::new(),
            from: instruction.first_line,
        });
    }

    fn finish(self, split: &Split, first: Range) -> Built {
        let place = self.place;
        let count = self.stages.len();
        let header = self.stages.first().map_or(first, |stage| stage.from);
        let mut config = Map::new();
        for directive in &split.directives {
            config.insert(directive.name.as_str().into(), place.text(&directive.value, directive.range));
        }
        config.insert("args".into(), place.list(self.args, header));
        let stages = self.stages.into_iter().enumerate().map(|(index, stage)| {
            let mut entries = stage.entries;
            entries.insert("final".into(), place.bool(index + 1 == count, stage.from));
            entries.insert("instructions".into(), place.list(stage.instructions, stage.from));
            place.map(entries, stage.from)
        });
        config.insert("stages".into(), place.list(stages.collect(), header));
        Built { config: Some(place.map(config, header)), faults: self.faults }
    }
}

impl Variable {
    fn lookup(&self) -> Lookup {
        if self.given { Lookup::Value(self.value.clone()) } else { Lookup::NotGiven(self.value.clone()) }
    }
}

impl Scope {
    fn lookup(&self, name: &str) -> Lookup {
        match self.variables.get(name) {
            Some(variable) => variable.lookup(),
            None if self.scratch && name != "PATH" => Lookup::Unset,
            None => {
                Lookup::Value(Filled::unknown(format!("'{name}' is not set in this file; the base image may set it")))
            }
        }
    }
}

/// An ARG as a variable; without a default its value is unknown.
fn argument(name: &str, value: Option<Filled>, range: Range) -> Variable {
    let given = value.is_some();
    let value = match value {
        Some(value) => Filled { origin: Some(range), defaulted: true, ..value },
        None if PLATFORM_ARGS.contains(&name) => Filled::unknown(format!("{name} is set by the builder")),
        None => Filled::unknown(format!("ARG {name} has no default")),
    };
    Variable { value, env: false, given: given || PLATFORM_ARGS.contains(&name) }
}
