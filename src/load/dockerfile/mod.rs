//! Dockerfiles: text in, one resource per file out, with stages, instructions and the commands inside `RUN`.
//!
//! It reads as `BuildKit` does and goes on where that would stop. It builds nothing and asks no registry, so that what a base
//! image brings along stays unknown.
//!
//! What policies see, `?` marking what may be absent:
//!
//! ```text
//! { syntax?, escape?, check?,                      parser directives
//!   args: [{name, value?}],                        ARGs before the first FROM
//!   stages: [{ name?, index, final,
//!     base: {reference, image, tag?, digest?, platform?, stage?},
//!     instructions: [{ name, onbuild, form: "exec" | "shell", path, flags, args, text,
//!       heredocs?: [{name, expand, chomp, content}],
//!       commands:  [{name?, program?, words, assignments?, piped_to?, path}],   RUN
//!       pairs:     [{name, value?}],                                            ARG, ENV, LABEL
//!       user, group?,                                                           USER
//!       ports:     [{port, protocol}],                                          EXPOSE
//!       sources, destination, from_stage? }] }] }                               ADD, COPY
//! ```
//!
//! `flags.mount`, `flags.exclude` and `flags.device` are lists, other flags strings, or `true` without a value.
//! `name` of a command is its first word without the directory, `program` what runs behind `sudo`, `env` and their like.

mod build;
mod image;
mod instruction;
mod lines;
mod mapped;
mod nodes;
mod shell;
mod words;

#[cfg(test)]
mod tests;

use super::{Content, SingleFiles};
use crate::model::{FileId, Outcome, Problem, Resource, SourceKind, SourceMap, Span, Stage};
use nodes::Place;

/// The format's row among the loaders.
pub static LOADER: SingleFiles = SingleFiles { claims, content, load };

fn content(_: &str, text: &str) -> Content {
    if is_template(text) { Content::Template } else { Content::Ours }
}

/// How many problems one file may add; a text that is no Dockerfile at all would otherwise flood the report.
const MAX_PROBLEMS: usize = 20;

/// True for the names under which Dockerfiles go.
pub fn claims(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let template =
        [".dockerignore", ".template", ".tmpl", ".tpl", ".j2", ".jinja", ".jinja2", ".erb", ".gotmpl", ".in"];
    // Code and notes about Dockerfiles: `dockerfile_parser.py`, `Dockerfile.md`.
    let other = [
        ".md", ".txt", ".rst", ".go", ".py", ".rs", ".js", ".ts", ".rb", ".java", ".json", ".yaml", ".yml", ".sh",
        ".swp", ".bak", ".orig",
    ];
    if template.iter().chain(&other).any(|suffix| name.ends_with(suffix)) {
        return false;
    }
    let stem = ["dockerfile", "containerfile"].iter().find_map(|stem| name.strip_prefix(stem));
    let named = stem.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']));
    named || [".dockerfile", ".containerfile"].iter().any(|suffix| name.ends_with(suffix))
}

/// True when the text has to be rendered by a template engine before it is a Dockerfile.
pub fn is_template(text: &str) -> bool {
    let open = |line: &str| ["{{", "{%", "<%"].iter().any(|mark| line.trim_start().starts_with(mark));
    let text = text.trim_start_matches('\u{feff}');
    if open(text) {
        return true;
    }
    if !text.lines().any(open) {
        return false;
    }
    // A heredoc may hold a template of something else, and an argument of a command may look like one.
    let split = lines::split(text);
    let starts = split.lines.iter().any(|line| open(&line.text.text));
    let inside = split.lines.iter().flat_map(|line| &line.heredocs).map(|heredoc| heredoc.range);
    let mut at = 0;
    starts
        || text.split_inclusive('\n').any(|line| {
            at += line.len();
            let start = at - line.len();
            let closed = ["}}", "%}", "%>"].iter().any(|mark| line.trim_end().ends_with(mark));
            open(line) && closed && !inside.clone().any(|range| range.0 <= start && start < range.1)
        })
}

/// Reads one file.
pub fn load(sources: &SourceMap, file: FileId) -> Outcome<Vec<Resource>> {
    let source = sources.file(file);
    let split = lines::split(&source.text);
    let place = Place { file };
    let built = build::build(&place, &split);

    let mut problems: Vec<Problem> = split
        .faults
        .iter()
        .chain(&built.faults)
        .map(|fault| Problem::new(Stage::Parse, &*source.path, &fault.message).at(place.span(fault.range)))
        .collect();
    problems.sort_by_key(|problem| problem.span.map(|span| (span.start, span.end)));
    if problems.len() > MAX_PROBLEMS {
        let more = problems.len() - MAX_PROBLEMS;
        problems.truncate(MAX_PROBLEMS);
        problems.push(Problem::new(
            Stage::Parse,
            &*source.path,
            format!("{more} more problems of this file are not listed"),
        ));
    }
    let Some(config) = built.config else { return Outcome::with(Vec::new(), problems) };
    let body = Span::new(file, 0, u32::try_from(source.text.len()).unwrap_or(u32::MAX));
    let resource = Resource::new(SourceKind::Dockerfile, "", source.path.clone(), "dockerfile", config, body);
    Outcome::with(vec![resource], problems)
}
