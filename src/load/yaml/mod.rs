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
    if looks_like_json(text) {
        source = Cow::Owned(text.replace('\t', " "));
    }
    let mut budget = MAX_REREAD;
    loop {
        match read(file, text, &source, dialect, budget > source.len()) {
            Ok(outcome) => return outcome,
            Err(break_at) => {
                budget = budget.saturating_sub(source.len());
                let mut bytes = source.into_owned();
                bytes.replace_range(break_at..=break_at, " ");
                source = Cow::Owned(bytes);
            }
        }
    }
}

/// Reads a text of which `source` is a copy of the same length. The error is the place of a line break without which a
/// quoted scalar would be read.
fn read(
    file: FileId,
    text: &str,
    source: &str,
    dialect: Dialect,
    may_repair: bool,
) -> Result<Outcome<Vec<Doc>>, usize> {
    // The parser counts from behind the byte order mark.
    let body = source.strip_prefix('\u{feff}').unwrap_or(source);
    let shift = source.len() - body.len();

    let mut options = granit_parser::options! {
        emit_unresolved_aliases: true,
        block_nesting_limit: MAX_DEPTH,
        flow_nesting_limit: MAX_DEPTH,
    };
    options.set_emit_comments(false);
    let mut parser = Parser::new_from_str_with_options(body, options);
    let mut builder = Builder::new(file, text, shift, dialect);
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
                match source.get(..at).and_then(|before| before.rfind('\n')) {
                    Some(line_break) => return Err(line_break),
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
    Ok(Outcome::with(docs, limited(builder.into_problems(), file)))
}

/// JSON may be indented with tabs, which YAML forbids; a JSON string cannot hold a raw tab, so that
/// blanks in their place change nothing.
fn looks_like_json(text: &str) -> bool {
    text.contains('\t') && text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '['])
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
