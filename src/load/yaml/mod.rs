//! YAML and JSON text as spanned attribute trees.
//!
//! Home of `granit-parser`. It knows the grammar and the scalar rules of a dialect, and nothing of what the documents mean.

mod build;
mod scalar;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use granit_parser::{ErrorKind, Event, Parser, ScanError};

use crate::model::{FileId, Node, Outcome, Problem, Span, Stage};
use build::{Builder, Fault};

/// Whose reading of plain scalars counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// What `kubectl` and the API server read (go-yaml v2): `yes` is true, `0644` is octal, dates are text.
    K8s,
    /// What Terraform's `yamldecode` reads.
    Terraform,
}

/// One document of a stream.
#[derive(Clone, Debug)]
pub struct Doc {
    pub node: Node,
    /// From the end of the document before it to the next document mark, so that the comments above and below the
    /// values belong to it.
    pub span: Span,
}

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 255;

/// How many problems one file may add; a text that is not YAML at all would otherwise flood the report.
const MAX_PROBLEMS: usize = 50;

/// How many bytes may be read again for the sake of quoted scalars that go on at too small an indentation. Kubernetes reads
/// them, and real manifests have them; a blank in place of the line break is what folding makes of it, save that the
/// indentation stays in the value.
const MAX_REREAD: usize = 4 << 20;

/// Reads every document of a text. A broken document is a problem; those before and after it are kept.
pub fn parse(file: FileId, text: &str, dialect: Dialect) -> Outcome<Vec<Doc>> {
    let mut source = Cow::Borrowed(text);
    // JSON may be indented with tabs, which YAML forbids; a JSON string cannot hold a raw tab, so that blanks in their
    // place change nothing.
    if text.contains('\t') && text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']) {
        source = Cow::Owned(text.replace('\t', " "));
    }
    let mut all = Outcome::new(Vec::new());
    let mut budget = MAX_REREAD;
    for (start, end) in json_values(text) {
        loop {
            match read(file, text, source.get(start..end).unwrap_or(""), start, dialect, budget > source.len()) {
                Ok(outcome) => {
                    all.value.extend(outcome.value);
                    all.problems.extend(outcome.problems);
                    break;
                }
                Err(break_at) => {
                    budget = budget.saturating_sub(source.len());
                    let mut copy = source.into_owned();
                    copy.replace_range(break_at..=break_at, " ");
                    source = Cow::Owned(copy);
                }
            }
        }
    }
    all.problems = limited(all.problems, file);
    all
}

/// The ranges to read one by one: each object of a stream of JSON objects, as `kubectl` takes them, or else all of the
/// text, behind its byte order mark.
fn json_values(text: &str) -> Vec<(usize, usize)> {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let whole = vec![(start, text.len())];
    let mut values = Vec::new();
    let (mut depth, mut from, mut string, mut escaped) = (0_usize, 0, false, false);
    for (at, byte) in text.bytes().enumerate().skip(start) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if string => escaped = true,
            b'"' if depth > 0 => string = !string,
            _ if string => {}
            b'{' | b'[' => {
                if depth == 0 {
                    from = at;
                }
                depth += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    values.push((from, at + 1));
                }
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ if depth == 0 => return whole,
            _ => {}
        }
    }
    if depth > 0 || values.len() < 2 { whole } else { values }
}

/// Reads a part of a text, or a copy of it of the same length. The error is the place in the text of a line break without
/// which a quoted scalar would be read.
fn read(
    file: FileId,
    text: &str,
    body: &str,
    shift: usize,
    dialect: Dialect,
    may_repair: bool,
) -> Result<Outcome<Vec<Doc>>, usize> {
    let mut options = granit_parser::options! {
        emit_unresolved_aliases: true,
        block_nesting_limit: MAX_DEPTH,
        flow_nesting_limit: MAX_DEPTH,
    };
    options.set_emit_comments(false);
    let mut parser = Parser::new_from_str_with_options(body, options);
    let own = text.get(..shift + body.len()).unwrap_or(text);
    let mut builder = Builder::new(file, own, shift, dialect);
    let mut docs = Vec::new();
    let mut document_start = shift;
    while let Some(next) = parser.next_event() {
        let fault = match next {
            Ok((Event::StreamEnd, _)) => break,
            Ok((Event::DocumentEnd, _)) => {
                if let Some(doc) = builder.finish_document(document_start) {
                    document_start = doc.span.end as usize;
                    docs.push(doc);
                }
                None
            }
            Ok((event, span)) => builder.event(event, &span).err(),
            Err(error) if may_repair && *error.kind() == ErrorKind::InvalidQuotedScalarIndent => {
                let at = builder.offset(error.marker());
                match body.get(..at - shift).and_then(|before| before.rfind('\n')) {
                    Some(line_break) => return Err(shift + line_break),
                    None => Some(Fault { message: explain(&error), at }),
                }
            }
            Err(error) => Some(Fault { message: explain(&error), at: builder.offset(error.marker()) }),
        };
        let Some(fault) = fault else { continue };
        document_start = fault.at;
        builder.abandon_document(fault);
        // After a failed document the parser looks for the next `---`.
        if !matches!(parser.proceed_next_document(), Ok(true)) {
            break;
        }
    }
    Ok(Outcome::with(docs, builder.into_problems()))
}

fn explain(error: &ScanError) -> String {
    format!("the document is not valid yaml: {}; correct the syntax, the document was left out", error.info())
}

fn limited(mut problems: Vec<Problem>, file: FileId) -> Vec<Problem> {
    if problems.len() > MAX_PROBLEMS {
        let more = problems.len() - MAX_PROBLEMS;
        let lost = problems.iter().skip(MAX_PROBLEMS).any(|problem| problem.incomplete);
        problems.truncate(MAX_PROBLEMS);
        let note = Problem::new(Stage::Parse, "", format!("{more} more problems of this file are not listed"))
            .at(Span::new(file, 0, 0));
        problems.push(if lost { note } else { note.notice() });
    }
    problems
}
