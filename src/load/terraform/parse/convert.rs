//! The parser's tree to ours, with every place. It does not know what blocks mean.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::{
    BinaryOperator, Expression, ForExpr, ObjectKey as HclKey, Traversal, TraversalOperator, UnaryOperator,
};
use hcl_edit::structure::{Block as HclBlock, BlockLabel, Body as HclBody, Structure};
use hcl_edit::template::{Directive, Element, Strip, Template};

use super::super::ast::{
    Attribute, Binary, Block, Body, Call, Expr, ExprKind, For, ObjectItem, ObjectKey, Step, TemplatePart, Unary,
};
use super::to_u32;
use super::tolerant::MASK;
use crate::load::json::Places;
use crate::model::{FileId, Span};

/// How far `~` trims: all blanks of a quoted text, or those of one line where texts have lines.
#[derive(Clone, Copy)]
enum Trim {
    Whole,
    Line,
}

impl Trim {
    fn start(self, text: &str) -> String {
        let line = match self {
            Self::Whole => text.len(),
            Self::Line => text.find('\n').map_or(text.len(), |end| end + 1),
        };
        let (line, rest) = text.split_at(line);
        format!("{}{rest}", line.trim_start())
    }

    fn end(self, text: &str) -> String {
        let line = match self {
            Self::Whole => 0,
            Self::Line => text.strip_suffix('\n').unwrap_or(text).rfind('\n').map_or(0, |end| end + 1),
        };
        let (rest, line) = text.split_at(line);
        format!("{rest}{}", line.trim_end())
    }
}

pub struct Converter<'k> {
    pub file: FileId,
    /// Where the parsed text starts in the file.
    pub base: usize,
    /// Set where the parsed text is the decoded text of a JSON string.
    pub places: Option<&'k Places>,
    /// As in [`Tolerant`](super::tolerant::Tolerant).
    pub keys: &'k BTreeMap<usize, Arc<str>>,
    pub marker: Option<char>,
}

/// No repeated keys.
static NO_KEYS: BTreeMap<usize, Arc<str>> = BTreeMap::new();

impl Converter<'_> {
    /// For a text that was parsed as it is and starts its file.
    pub const fn new(file: FileId) -> Self {
        Self { file, base: 0, places: None, keys: &NO_KEYS, marker: None }
    }
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
        let at = |offset: usize| to_u32(self.places.map_or(self.base + offset, |places| places.at(offset)));
        Span::new(self.file, at(range.start), at(range.end))
    }

    fn join(&self, start: Option<Range<usize>>, end: Option<Range<usize>>) -> Span {
        let (start, end) = (self.span(start), self.span(end));
        Span { end: end.end.max(start.end), ..start }
    }

    pub fn body(&self, body: &HclBody) -> Body {
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

    pub fn expr(&self, expr: &Expression) -> Expr {
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
                self.template_expr(self.parts(&parts, Trim::Whole))
            }
            Expression::HeredocTemplate(heredoc) => {
                let mut parts = self.template(&heredoc.template);
                dedent_inside(&mut parts, heredoc.indent().unwrap_or(0), false);
                self.template_expr(parts)
            }
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
            TraversalOperator::LegacyIndex(index) => Step::Attribute(index.value().to_string().into()),
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
    pub fn template_expr(&self, mut parts: Vec<TemplatePart>) -> ExprKind {
        match parts.as_mut_slice() {
            [] => ExprKind::String("".into()),
            [TemplatePart::Text(text, _)] => ExprKind::String(text.clone()),
            _ => ExprKind::Template(parts),
        }
    }

    pub fn template(&self, template: &Template) -> Vec<TemplatePart> {
        self.parts(template, Trim::Line)
    }

    fn parts(&self, template: &Template, trim: Trim) -> Vec<TemplatePart> {
        let mut out = Vec::new();
        // `~}` of the element before asks for the next literal's leading space to go.
        let mut trim_start = false;
        for element in template {
            let (before, after) = strip_of(element);
            if before && let Some(TemplatePart::Text(text, _)) = out.last_mut() {
                *text = trim.end(text).into();
            }
            match element {
                Element::Literal(literal) => {
                    let text: &str = literal.as_str();
                    let text = if trim_start { trim.start(text) } else { text.into() };
                    if !text.is_empty() {
                        out.push(TemplatePart::Text(self.text(&text), self.span(literal.span())));
                    }
                }
                Element::Interpolation(interpolation) => {
                    out.push(TemplatePart::Interpolation(self.expr(&interpolation.expr)));
                }
                Element::Directive(directive) => out.push(self.directive(directive, trim)),
            }
            trim_start = after;
        }
        out
    }

    fn directive(&self, directive: &Directive, trim: Trim) -> TemplatePart {
        match directive {
            Directive::If(directive) => {
                let mut then = self.parts(&directive.if_expr.template, trim);
                let mut otherwise =
                    directive.else_expr.as_ref().map(|part| self.parts(&part.template, trim)).unwrap_or_default();
                let middle = directive.else_expr.as_ref().map_or(directive.endif_expr.strip, |part| part.strip);
                trim_inside(&mut then, directive.if_expr.strip, middle, trim);
                trim_inside(&mut otherwise, middle, directive.endif_expr.strip, trim);
                TemplatePart::If { condition: self.expr(&directive.if_expr.cond_expr), then, otherwise }
            }
            Directive::For(directive) => {
                let mut body = self.parts(&directive.for_expr.template, trim);
                trim_inside(&mut body, directive.for_expr.strip, directive.endfor_expr.strip, trim);
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

/// Takes the indentation of a heredoc out of what its directives hold; the parser does so for the rest.
fn dedent_inside(parts: &mut [TemplatePart], indent: usize, inside: bool) {
    for part in parts.iter_mut().filter(|_| indent > 0) {
        match part {
            TemplatePart::Text(text, _) if inside => {
                let mut lines = text.split_inclusive('\n');
                let first = lines.next().unwrap_or("").to_owned();
                let rest = lines.map(|line| {
                    let lead = line.len() - line.trim_start_matches(' ').len();
                    line.get(lead.min(indent)..).unwrap_or(line)
                });
                *text = rest.fold(first, |text, line| text + line).into();
            }
            TemplatePart::If { then, otherwise, .. } => {
                dedent_inside(then, indent, true);
                dedent_inside(otherwise, indent, true);
            }
            TemplatePart::For { body, .. } => dedent_inside(body, indent, true),
            _ => {}
        }
    }
}

/// Trims the text between an opening and a closing directive as their `~` marks ask.
fn trim_inside(parts: &mut [TemplatePart], opening: Strip, closing: Strip, trim: Trim) {
    if opening.strip_end()
        && let Some(TemplatePart::Text(text, _)) = parts.first_mut()
    {
        *text = trim.start(text).into();
    }
    if closing.strip_start()
        && let Some(TemplatePart::Text(text, _)) = parts.last_mut()
    {
        *text = trim.end(text).into();
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
