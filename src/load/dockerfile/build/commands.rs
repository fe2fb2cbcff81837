//! The commands of a RUN instruction.

use super::super::instruction::Instruction;
use super::super::lines::Heredoc;
use super::super::mapped::Mapped;
use super::super::nodes::{Place, Range};
use super::super::shell::{self, Command, Word};
use crate::model::{Map, Node, Value};

/// Every command that a RUN runs, as far as it is written in shell.
pub(super) fn of_run(instruction: &Instruction<'_>) -> Vec<Command> {
    if let Some(items) = &instruction.exec {
        let words = items.iter().map(|(item, range)| {
            let word = Word { text: item.clone(), range: *range };
            (word, Mapped::pinned(item, *range))
        });
        return shell::vector(words.collect());
    }
    let text = instruction.text;
    let mut script = Mapped::within(text);
    script.push_part(text, instruction.rest);
    let mut found = shell::commands(&script);
    let words = found.last().map(|command| command.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>());
    // A heredoc alone is the script; behind a shell it is what the shell reads.
    let reads_script = match words.as_deref().and_then(shell::program) {
        None => true,
        Some(program) => shell::is_shell(program),
    };
    if reads_script {
        for heredoc in instruction.heredocs.iter().filter(|heredoc| is_shell_script(heredoc)) {
            found.extend(shell::commands(&heredoc.body));
        }
    }
    found
}

fn is_shell_script(heredoc: &Heredoc) -> bool {
    let Some(interpreter) = heredoc.body.text.strip_prefix("#!") else { return true };
    let line = interpreter.lines().next().unwrap_or("");
    line.split_whitespace().map(shell::base_name).any(shell::is_shell)
}

pub(super) fn nodes(place: &Place, commands: Vec<Command>, path: &Node, line: Range) -> Node {
    let nodes = commands.into_iter().enumerate().map(|(index, command)| {
        let at = command.range;
        let texts: Vec<&str> = command.words.iter().map(|word| word.text.as_str()).collect();
        let mut entries = Map::new();
        let mut steps = path.as_list().unwrap_or_default().to_vec();
        steps.push(Node::new(Value::Number(index.to_string().into()), place.span(at)));
        entries.insert("path".into(), place.list(steps, at));
        if let (Some(first), Some(program)) = (command.words.first(), shell::program(&texts)) {
            entries.insert("name".into(), place.text(shell::base_name(&first.text), first.range));
            entries.insert("program".into(), place.text(program, first.range));
        }
        let words = command.words.iter().map(|word| place.text(&word.text, word.range));
        entries.insert("words".into(), place.list(words.collect(), at));
        if !command.assignments.is_empty() {
            let assigned = command
                .assignments
                .iter()
                .map(|(name, word)| (name.as_str().into(), place.text(&word.text, word.range)));
            entries.insert("assignments".into(), place.map(assigned.collect(), at));
        }
        if let Some(target) = &command.piped_to {
            entries.insert("piped_to".into(), place.text(target, at));
        }
        place.map(entries, at)
    });
    place.list(nodes.collect(), line)
}
