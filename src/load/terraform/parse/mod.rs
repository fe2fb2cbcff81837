//! Text to syntax tree: the only room that knows the HCL parser.
//!
//! A file that does not parse is cut at its top-level blocks and each is parsed alone, so that a broken block loses only
//! itself. It does not know what blocks mean.

mod chunks;
mod convert;
mod json;
mod tolerant;

use self::chunks::top_level_chunks;
use self::convert::Converter;
use self::tolerant::Tolerant;
use super::ast::{Body, Expr, TemplatePart};
use crate::model::{FileId, Outcome, Problem, Span, Stage};

/// Parses a whole file. Never fails: what does not parse is a problem, the rest is there.
pub fn parse_file(file: FileId, path: &str, text: &str) -> Outcome<Body> {
    if path.strip_suffix(".json").is_some() {
        return json::parse_file(file, path, text);
    }
    let text_start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let body_text = text.get(text_start..).unwrap_or("");
    if let Ok(parsed) = Tolerant::parse(body_text) {
        return Outcome::new(parsed.convert(file, text_start));
    }
    let mut result = Outcome::new(Body::default());
    for chunk in top_level_chunks(body_text) {
        let Some(chunk_text) = body_text.get(chunk.clone()) else { continue };
        let base = text_start + chunk.start;
        match Tolerant::parse(chunk_text) {
            Ok(parsed) => {
                let body = parsed.convert(file, base);
                result.value.attributes.extend(body.attributes);
                result.value.blocks.extend(body.blocks);
            }
            Err(error) => {
                let offset = base + error.location().offset();
                let span = Span::new(file, to_u32(offset), to_u32(offset));
                let header = chunk_text.lines().next().unwrap_or("").trim().trim_end_matches('{').trim();
                let message = format!(
                    "this block does not parse and is not judged: {}; correct the syntax of `{}`",
                    one_line(error.message()),
                    shorten(header)
                );
                result.problems.push(Problem::new(Stage::Parse, path, message).at(span));
            }
        }
    }
    result
}

/// Parses a single expression, as `TF_VAR_x` and `--var` hold it.
pub fn parse_expression(file: FileId, text: &str) -> Result<Expr, String> {
    let expr = hcl_edit::parser::parse_expr(text).map_err(|error| one_line(error.message()))?;
    Ok(Converter::new(file).expr(&expr))
}

/// Parses template text, as `templatefile` reads it.
pub fn parse_template(file: FileId, text: &str) -> Result<Vec<TemplatePart>, String> {
    let template = hcl_edit::parser::parse_template(text).map_err(|error| one_line(error.message()))?;
    Ok(Converter::new(file).template(&template))
}

fn one_line(message: &str) -> String {
    message.split(['\n', ';']).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= 80 { text.to_owned() } else { text.chars().take(79).chain(['…']).collect() }
}

fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::ast::ExprKind;
    use super::*;
    use crate::model::SourceMap;

    fn parse(text: &str) -> (Outcome<Body>, SourceMap, FileId) {
        let sources = SourceMap::new();
        let file = sources.add("main.tf", text);
        (parse_file(file, "main.tf", text), sources, file)
    }

    #[test]
    fn a_broken_block_loses_only_itself() {
        let text = "resource \"a\" \"one\" {\n  x = 1\n}\n\nresource \"a\" \"two\" {\n  x = = 2\n}\n\nresource \"a\" \"three\" {\n  x = 3\n}\n";
        let (outcome, sources, _) = parse(text);
        let names: Vec<_> = outcome.value.blocks.iter().map(|block| block.labels[1].to_string()).collect();
        assert_eq!(names, ["one", "three"]);
        assert_eq!(outcome.problems.len(), 1);
        assert_eq!(sources.region(outcome.problems[0].span.unwrap()).start.line, 6);
    }

    #[test]
    fn an_unclosed_brace_does_not_swallow_the_blocks_after_it() {
        let (outcome, ..) = parse("resource \"a\" \"one\" {\n  tags = {\n    x = 1\n}\nresource \"a\" \"two\" {\n}\n");
        assert_eq!(outcome.value.blocks.len(), 1);
        assert_eq!(outcome.problems.len(), 1);
    }

    #[test]
    fn a_heredoc_line_that_looks_like_a_block_does_not_cut() {
        let (outcome, ..) = parse("locals {\n  a = <<EOT\nresource \"x\" {\nEOT\n}\nbroken = = 1\n");
        assert_eq!(outcome.value.blocks.len(), 1);
        assert_eq!(outcome.problems.len(), 1);
    }

    #[test]
    fn a_repeated_object_key_is_legal_and_the_last_wins() {
        let (outcome, ..) =
            parse("locals {\n  a = {\n    foo = 1\n    \"b c\" = 1\n    foo = 2\n    \"b c\" = 3\n  }\n}\n");
        assert!(outcome.problems.is_empty(), "{:?}", outcome.problems);
        let ExprKind::Object(items) = &outcome.value.blocks[0].body.attributes[0].expr.kind else { panic!() };
        let names: Vec<_> = items.iter().map(|item| format!("{:?}", item.key)).collect();
        assert_eq!(names[0], names[2]);
        assert_eq!(names[1], names[3]);
    }

    #[test]
    fn a_heredoc_goes_on_after_a_line_that_only_begins_with_its_marker() {
        let (outcome, ..) = parse("locals {\n  a = <<EOF\nx\nEOF\"\ny\nEOF\n}\n");
        assert!(outcome.problems.is_empty(), "{:?}", outcome.problems);
        let ExprKind::String(text) = &outcome.value.blocks[0].body.attributes[0].expr.kind else { panic!() };
        assert_eq!(&**text, "x\nEOF\"\ny\n");
    }

    #[test]
    fn a_conditional_may_go_over_lines_inside_an_object_for() {
        let text = "locals {\n  a = {\n    for k, v in x : k => v == null # c }\n      ? \"a\\\"}\"\n      : { # keep\n        b = 1\n        c = \"${\"}\"}\"\n      }\n  }\n  d = 1\n}\n";
        let (outcome, sources, file) = parse(text);
        assert!(outcome.problems.is_empty(), "{:?}", outcome.problems);
        let body = &outcome.value.blocks[0].body;
        let ExprKind::For(inner) = &body.attributes[0].expr.kind else { panic!() };
        let ExprKind::Conditional(parts) = &inner.value.kind else { panic!() };
        let slice = |span: Span| sources.file(file).text[span.start as usize..span.end as usize].to_owned();
        assert_eq!(slice(parts.1.span), "\"a\\\"}\"");
        let ExprKind::Object(items) = &parts.2.kind else { panic!() };
        assert_eq!(items.len(), 2);
        assert_eq!(slice(body.attributes[1].span), "d = 1");
    }

    #[test]
    fn spans_are_exact_with_byte_order_mark_and_crlf() {
        let (outcome, sources, file) = parse("\u{feff}# x\r\nlocals {\r\n  a = \"b\"\r\n}\r\n");
        let attribute = &outcome.value.blocks[0].body.attributes[0];
        let text = sources.file(file).text.clone();
        assert_eq!(&text[attribute.span.start as usize..attribute.span.end as usize], "a = \"b\"");
    }
}
