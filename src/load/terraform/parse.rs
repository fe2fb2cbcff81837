//! Text to syntax tree: the only file that knows the HCL parser.
//!
//! A file that does not parse is cut at its top-level blocks and each is parsed alone, so that a broken block loses only
//! itself. It does not know what blocks mean.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::{
    BinaryOperator, Expression, ForExpr, ObjectKey as HclKey, Traversal, TraversalOperator, UnaryOperator,
};
use hcl_edit::parser::Error;
use hcl_edit::structure::{Block as HclBlock, BlockLabel, Body as HclBody, Structure};
use hcl_edit::template::{Directive, Element, Strip, Template};

use super::ast::{
    Attribute, Binary, Block, Body, Call, Expr, ExprKind, For, ObjectItem, ObjectKey, Step, TemplatePart, Unary,
};
use crate::model::{FileId, Outcome, Problem, Span, Stage};

/// Parses a whole file. Never fails: what does not parse is a problem, the rest is there.
pub fn parse_file(file: FileId, path: &str, text: &str) -> Outcome<Body> {
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

/// A parsed text that the parser refused as it stands although Terraform takes it. What was in the way is masked by
/// text of the same length and put back on conversion, so that every place stays exact.
struct Tolerant {
    body: HclBody,
    /// Object keys that repeat an earlier one, by offset: the last wins in Terraform.
    keys: BTreeMap<usize, Arc<str>>,
    /// The first character of heredoc markers that were masked where they start a line inside a heredoc.
    marker: Option<char>,
}

/// Stands for a masked character inside a heredoc.
const MASK: char = '\u{1}';
/// More repeated keys than this in one text are not repaired.
const MAX_REPAIRS: usize = 200;

impl Tolerant {
    fn parse(text: &str) -> Result<Self, Error> {
        let mut keys = BTreeMap::new();
        let mut marker = None;
        let mut error = match hcl_edit::parser::parse_body(text) {
            Ok(body) => return Ok(Self { body, keys, marker }),
            Err(error) => error,
        };
        let mut repaired = text.to_owned();
        while keys.len() < MAX_REPAIRS {
            if error.message().contains("redefined object key") {
                let Some((offset, key)) = key_at(&repaired, error.location().offset()) else { break };
                let Some(mask) = unused_key(&repaired, key.len()) else { break };
                repaired.replace_range(offset..offset + key.len(), &mask);
                keys.insert(offset, key.into());
            } else if marker.is_none()
                && let Some((masked, first)) = mask_markers(&repaired)
            {
                repaired = masked;
                marker = Some(first);
            } else {
                break;
            }
            match hcl_edit::parser::parse_body(&repaired) {
                Ok(body) => return Ok(Self { body, keys, marker }),
                Err(next) => error = next,
            }
        }
        Err(error)
    }

    fn convert(&self, file: FileId, base: usize) -> Body {
        Converter { file, base, keys: &self.keys, marker: self.marker }.body(&self.body)
    }
}

/// The key that starts at an offset, without quotes, and where its text starts.
fn key_at(text: &str, offset: usize) -> Option<(usize, String)> {
    let rest = text.get(offset..)?;
    if let Some(quoted) = rest.strip_prefix('"') {
        let key = quoted.split('"').next().filter(|key| !key.contains(['\\', '$', '%', '\n']))?;
        return Some((offset + 1, key.to_owned()));
    }
    let key: String = rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-')).collect();
    (!key.is_empty()).then_some((offset, key))
}

/// A word of a given length that does not occur in the text.
fn unused_key(text: &str, length: usize) -> Option<String> {
    let letters = 'a'..='z';
    let candidate = |first: char, second: char| -> String {
        [first, second].into_iter().chain(std::iter::repeat('q')).take(length).collect()
    };
    let mut candidates = letters.clone().flat_map(|first| letters.clone().map(move |second| candidate(first, second)));
    candidates.find(|word| word.len() == length && !text.contains(word.as_str()))
}

/// Masks lines inside heredocs that only begin with the marker: Terraform ends a heredoc at the marker alone.
fn mask_markers(text: &str) -> Option<(String, char)> {
    let mut out = String::with_capacity(text.len());
    let mut heredoc: Option<String> = None;
    let mut masked = None;
    let mut in_comment = false;
    for line in text.split_inclusive('\n') {
        match &heredoc {
            Some(marker) if line.trim() == marker => {
                heredoc = None;
                out.push_str(line);
            }
            Some(marker) if line.trim_start().starts_with(marker.as_str()) && marker.is_ascii() => {
                let lead = line.len() - line.trim_start().len();
                masked = marker.chars().next().or(masked);
                out.push_str(line.get(..lead).unwrap_or(""));
                out.push(MASK);
                out.push_str(line.get(lead + 1..).unwrap_or(""));
            }
            Some(_) => out.push_str(line),
            None => {
                heredoc = heredoc_marker(&code_part(line, &mut in_comment));
                out.push_str(line);
            }
        }
    }
    masked.map(|first| (out, first))
}

/// Parses a single expression, as `TF_VAR_x` and `--var` hold it.
pub fn parse_expression(file: FileId, text: &str) -> Result<Expr, String> {
    let expr = hcl_edit::parser::parse_expr(text).map_err(|error| one_line(error.message()))?;
    Ok(Converter { file, base: 0, keys: &BTreeMap::new(), marker: None }.expr(&expr))
}

/// Parses template text, as `templatefile` reads it.
pub fn parse_template(file: FileId, text: &str) -> Result<Vec<TemplatePart>, String> {
    let template = hcl_edit::parser::parse_template(text).map_err(|error| one_line(error.message()))?;
    Ok(Converter { file, base: 0, keys: &BTreeMap::new(), marker: None }.template(&template))
}

fn one_line(message: &str) -> String {
    message.split(['\n', ';']).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= 80 { text.to_owned() } else { text.chars().take(79).chain(['…']).collect() }
}

/// Cuts a text where a new top-level block or attribute starts: an identifier at the start of a line, outside heredocs and
/// block comments, that either stands at brace depth zero or looks like a block header. The second rule ends a
/// chunk whose braces never close.
fn top_level_chunks(text: &str) -> Vec<Range<usize>> {
    let mut starts = vec![0];
    let mut heredoc: Option<String> = None;
    let mut in_comment = false;
    let mut depth = 0i32;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let line_start = offset;
        offset += line.len();
        if let Some(marker) = &heredoc {
            if line.trim() == marker {
                heredoc = None;
            }
            continue;
        }
        let code = code_part(line, &mut in_comment);
        if code.starts_with(|c: char| c.is_alphabetic() || c == '_') && (depth <= 0 || looks_like_header(&code)) {
            if starts.last() != Some(&line_start) {
                starts.push(line_start);
            }
            depth = 0;
        }
        for c in code.chars() {
            match c {
                '{' | '[' | '(' => depth += 1,
                '}' | ']' | ')' => depth -= 1,
                _ => {}
            }
        }
        heredoc = heredoc_marker(&code);
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]).collect::<Vec<_>>();
    starts.into_iter().zip(ends).map(|(start, end)| start..end).filter(|range| !range.is_empty()).collect()
}

/// A line without its comments and with the contents of its strings blanked.
fn code_part(line: &str, in_comment: &mut bool) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.trim_end().chars().peekable();
    let mut in_string = false;
    while let Some(c) = chars.next() {
        if *in_comment {
            if c == '*' && chars.peek() == Some(&'/') {
                chars.next();
                *in_comment = false;
            }
            continue;
        }
        if in_string {
            match c {
                '\\' => {
                    chars.next();
                }
                '"' => {
                    in_string = false;
                    out.push('"');
                }
                _ => {}
            }
            continue;
        }
        match (c, chars.peek()) {
            ('"', _) => {
                in_string = true;
                out.push('"');
            }
            ('#', _) | ('/', Some('/')) => break,
            ('/', Some('*')) => {
                chars.next();
                *in_comment = true;
            }
            _ => out.push(c),
        }
    }
    out
}

/// `resource "…" "…" {`, `locals {`: words and strings up to an opening brace.
fn looks_like_header(code: &str) -> bool {
    const KINDS: [&str; 14] = [
        "resource",
        "data",
        "module",
        "variable",
        "output",
        "locals",
        "provider",
        "terraform",
        "moved",
        "import",
        "removed",
        "check",
        "ephemeral",
        "action",
    ];
    let word = code.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
    let rest = code.get(word.len()..).unwrap_or("").trim_start();
    KINDS.contains(&word) && (rest.starts_with('"') || rest.starts_with('{'))
}

fn heredoc_marker(code: &str) -> Option<String> {
    let (_, after) = code.split_once("<<")?;
    let after = after.strip_prefix('-').unwrap_or(after);
    let marker: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!marker.is_empty() && after.len() == marker.len()).then_some(marker)
}

struct Converter<'k> {
    file: FileId,
    /// Where the parsed text starts in the file.
    base: usize,
    /// As in [`Tolerant`].
    keys: &'k BTreeMap<usize, Arc<str>>,
    marker: Option<char>,
}

impl Converter<'_> {
    /// The text of a literal, with masked characters put back.
    fn text(&self, text: &str) -> Arc<str> {
        match self.marker {
            Some(marker) if text.contains(MASK) => text.replace(MASK, marker.encode_utf8(&mut [0; 4])).into(),
            _ => text.into(),
        }
    }

    /// The name of an object key, as it stands in the file.
    fn key(&self, name: &str, span: Option<Range<usize>>) -> ObjectKey {
        let repaired = (!self.keys.is_empty()).then_some(span).flatten().and_then(|span| {
            // A quoted key's text starts after the quote.
            self.keys.get(&span.start).or_else(|| self.keys.get(&(span.start + 1)))
        });
        ObjectKey::Name(repaired.map_or_else(|| name.into(), Arc::clone))
    }

    fn span(&self, range: Option<Range<usize>>) -> Span {
        let range = range.unwrap_or(0..0);
        Span::new(self.file, to_u32(self.base + range.start), to_u32(self.base + range.end))
    }

    fn join(&self, start: Option<Range<usize>>, end: Option<Range<usize>>) -> Span {
        let (start, end) = (self.span(start), self.span(end));
        Span { end: end.end.max(start.end), ..start }
    }

    fn body(&self, body: &HclBody) -> Body {
        let mut out = Body::default();
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => out.attributes.push(Attribute {
                    name: attribute.key.as_str().into(),
                    expr: self.expr(&attribute.value),
                    span: self.join(attribute.key.span(), attribute.value.span()),
                }),
                Structure::Block(block) => out.blocks.push(self.block(block)),
            }
        }
        out
    }

    fn block(&self, block: &HclBlock) -> Block {
        let header_end = block.labels.last().map_or_else(|| block.ident.span(), BlockLabel::span);
        Block {
            kind: block.ident.as_str().into(),
            labels: block.labels.iter().map(|label| label.as_str().into()).collect(),
            header: self.join(block.ident.span(), header_end),
            span: self.join(block.ident.span(), block.span()),
            body: self.body(&block.body),
        }
    }

    fn expr(&self, expr: &Expression) -> Expr {
        let span = self.span(expr.span());
        let kind = match expr {
            Expression::Null(_) => ExprKind::Null,
            Expression::Bool(value) => ExprKind::Bool(*value.value()),
            Expression::Number(number) => ExprKind::Number(number.value().to_string().into()),
            Expression::String(text) => ExprKind::String(self.text(text.as_str())),
            Expression::Array(items) => ExprKind::List(items.iter().map(|item| self.expr(item)).collect()),
            Expression::Object(object) => {
                ExprKind::Object(object.iter().map(|(key, value)| self.object_item(key, value.expr())).collect())
            }
            Expression::StringTemplate(template) => {
                let parts = template.iter().cloned().collect::<Template>();
                self.template_expr(self.template(&parts))
            }
            Expression::HeredocTemplate(heredoc) => self.template_expr(self.template(&heredoc.template)),
            Expression::Parenthesis(inner) => ExprKind::Parentheses(Box::new(self.expr(inner.inner()))),
            Expression::Variable(name) => ExprKind::Variable(name.as_str().into()),
            Expression::Conditional(conditional) => ExprKind::Conditional(Box::new((
                self.expr(&conditional.cond_expr),
                self.expr(&conditional.true_expr),
                self.expr(&conditional.false_expr),
            ))),
            Expression::FuncCall(call) => {
                let namespaces = call.name.namespace.iter().map(|part| part.as_str());
                let name = namespaces.chain([call.name.name.as_str()]).collect::<Vec<_>>().join("::");
                ExprKind::Call(Box::new(Call {
                    name: name.into(),
                    arguments: call.args.iter().map(|argument| self.expr(argument)).collect(),
                    expand_last: call.args.expand_final(),
                }))
            }
            Expression::Traversal(traversal) => self.traversal(traversal),
            Expression::UnaryOp(operation) => {
                let operator = match operation.operator.value() {
                    UnaryOperator::Neg => Unary::Negate,
                    UnaryOperator::Not => Unary::Not,
                };
                ExprKind::Unary(operator, Box::new(self.expr(&operation.expr)))
            }
            Expression::BinaryOp(operation) => ExprKind::Binary(
                binary(*operation.operator.value()),
                Box::new((self.expr(&operation.lhs_expr), self.expr(&operation.rhs_expr))),
            ),
            Expression::ForExpr(expr) => self.for_expr(expr),
        };
        Expr { kind, span }
    }

    fn object_item(&self, key: &HclKey, value: &Expression) -> ObjectItem {
        let (key, key_span) = match key {
            HclKey::Ident(name) => (self.key(name.as_str(), name.span()), name.span()),
            HclKey::Expression(Expression::Variable(name)) => (self.key(name.as_str(), name.span()), name.span()),
            HclKey::Expression(Expression::String(name)) => (self.key(name.as_str(), name.span()), name.span()),
            HclKey::Expression(expr) => (ObjectKey::Expr(self.expr(expr)), expr.span()),
        };
        ObjectItem { key, value: self.expr(value), span: self.join(key_span, value.span()) }
    }

    fn traversal(&self, traversal: &Traversal) -> ExprKind {
        let steps = traversal.operators.iter().map(|operator| match operator.value() {
            TraversalOperator::AttrSplat(_) => Step::AttributeSplat,
            TraversalOperator::FullSplat(_) => Step::FullSplat,
            TraversalOperator::GetAttr(name) => Step::Attribute(name.as_str().into()),
            TraversalOperator::Index(index) => Step::Index(self.expr(index)),
            TraversalOperator::LegacyIndex(index) => Step::Index(Expr {
                kind: ExprKind::Number(index.value().to_string().into()),
                span: self.span(operator.span()),
            }),
        });
        ExprKind::Traversal(Box::new(self.expr(&traversal.expr)), steps.collect())
    }

    fn for_expr(&self, expr: &ForExpr) -> ExprKind {
        ExprKind::For(Box::new(For {
            key_name: expr.intro.key_var.as_ref().map(|name| name.as_str().into()),
            value_name: expr.intro.value_var.as_str().into(),
            collection: self.expr(&expr.intro.collection_expr),
            key: expr.key_expr.as_ref().map(|key| self.expr(key)),
            value: self.expr(&expr.value_expr),
            condition: expr.cond.as_ref().map(|condition| self.expr(&condition.expr)),
            grouping: expr.grouping,
        }))
    }

    /// A template of one literal is just a string.
    #[expect(clippy::unused_self, reason = "reads as part of the conversion")]
    fn template_expr(&self, mut parts: Vec<TemplatePart>) -> ExprKind {
        match parts.as_mut_slice() {
            [] => ExprKind::String("".into()),
            [TemplatePart::Text(text, _)] => ExprKind::String(text.clone()),
            _ => ExprKind::Template(parts),
        }
    }

    fn template(&self, template: &Template) -> Vec<TemplatePart> {
        let mut out = Vec::new();
        // `~}` of the element before asks for the next literal's leading space to go.
        let mut trim_start = false;
        for element in template {
            let (before, after) = strip_of(element);
            if before && let Some(TemplatePart::Text(text, _)) = out.last_mut() {
                *text = text.trim_end().into();
            }
            match element {
                Element::Literal(literal) => {
                    let text: &str = literal.as_str();
                    let text = if trim_start { text.trim_start() } else { text };
                    if !text.is_empty() {
                        out.push(TemplatePart::Text(self.text(text), self.span(literal.span())));
                    }
                }
                Element::Interpolation(interpolation) => {
                    out.push(TemplatePart::Interpolation(self.expr(&interpolation.expr)));
                }
                Element::Directive(directive) => out.push(self.directive(directive)),
            }
            trim_start = after;
        }
        out
    }

    fn directive(&self, directive: &Directive) -> TemplatePart {
        match directive {
            Directive::If(directive) => {
                let mut then = self.template(&directive.if_expr.template);
                let mut otherwise =
                    directive.else_expr.as_ref().map(|part| self.template(&part.template)).unwrap_or_default();
                let middle = directive.else_expr.as_ref().map_or(directive.endif_expr.strip, |part| part.strip);
                trim_inside(&mut then, directive.if_expr.strip, middle);
                trim_inside(&mut otherwise, middle, directive.endif_expr.strip);
                TemplatePart::If { condition: self.expr(&directive.if_expr.cond_expr), then, otherwise }
            }
            Directive::For(directive) => {
                let mut body = self.template(&directive.for_expr.template);
                trim_inside(&mut body, directive.for_expr.strip, directive.endfor_expr.strip);
                TemplatePart::For {
                    key_name: directive.for_expr.key_var.as_ref().map(|name| name.as_str().into()),
                    value_name: directive.for_expr.value_var.as_str().into(),
                    collection: self.expr(&directive.for_expr.collection_expr),
                    body,
                }
            }
        }
    }
}

/// Trims the text between an opening and a closing directive as their `~` marks ask.
fn trim_inside(parts: &mut [TemplatePart], opening: Strip, closing: Strip) {
    if opening.strip_end()
        && let Some(TemplatePart::Text(text, _)) = parts.first_mut()
    {
        *text = text.trim_start().into();
    }
    if closing.strip_start()
        && let Some(TemplatePart::Text(text, _)) = parts.last_mut()
    {
        *text = text.trim_end().into();
    }
}

/// Whether an element trims the text before it, and the text after it.
fn strip_of(element: &Element) -> (bool, bool) {
    match element {
        Element::Literal(_) => (false, false),
        Element::Interpolation(interpolation) => (interpolation.strip.strip_start(), interpolation.strip.strip_end()),
        Element::Directive(directive) => match directive.as_ref() {
            Directive::If(directive) => (directive.if_expr.strip.strip_start(), directive.endif_expr.strip.strip_end()),
            Directive::For(directive) => {
                (directive.for_expr.strip.strip_start(), directive.endfor_expr.strip.strip_end())
            }
        },
    }
}

fn binary(operator: BinaryOperator) -> Binary {
    match operator {
        BinaryOperator::Eq => Binary::Equal,
        BinaryOperator::NotEq => Binary::NotEqual,
        BinaryOperator::LessEq => Binary::LessOrEqual,
        BinaryOperator::GreaterEq => Binary::GreaterOrEqual,
        BinaryOperator::Less => Binary::Less,
        BinaryOperator::Greater => Binary::Greater,
        BinaryOperator::Plus => Binary::Add,
        BinaryOperator::Minus => Binary::Subtract,
        BinaryOperator::Mul => Binary::Multiply,
        BinaryOperator::Div => Binary::Divide,
        BinaryOperator::Mod => Binary::Modulo,
        BinaryOperator::And => Binary::And,
        BinaryOperator::Or => Binary::Or,
    }
}

fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
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
    fn spans_are_exact_with_byte_order_mark_and_crlf() {
        let (outcome, sources, file) = parse("\u{feff}# x\r\nlocals {\r\n  a = \"b\"\r\n}\r\n");
        let attribute = &outcome.value.blocks[0].body.attributes[0];
        let text = sources.file(file).text.clone();
        assert_eq!(&text[attribute.span.start as usize..attribute.span.end as usize], "a = \"b\"");
    }
}
