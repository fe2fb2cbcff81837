//! The syntax tree of Terraform's language, native or JSON, reduced to what evaluation needs, with a span on every node.
//!
//! It does not know the parser it came from, and does not know what any block means.

use std::sync::Arc;

use crate::model::Span;

#[derive(Debug, Default)]
pub struct Body {
    pub attributes: Vec<Attribute>,
    pub blocks: Vec<Block>,
}

impl Body {
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| &*attribute.name == name)
    }

    pub fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |block| &*block.kind == kind)
    }
}

#[derive(Debug)]
pub struct Attribute {
    pub name: Arc<str>,
    pub expr: Expr,
    /// Name and expression.
    pub span: Span,
}

#[derive(Debug)]
pub struct Block {
    pub kind: Arc<str>,
    pub labels: Vec<Arc<str>>,
    /// Kind and labels, without the brace.
    pub header: Span,
    pub span: Span,
    pub body: Body,
}

impl Block {
    pub fn label(&self, index: usize) -> Option<&Arc<str>> {
        self.labels.get(index)
    }
}

#[derive(Debug)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Debug)]
pub enum ExprKind {
    Null,
    Bool(bool),
    Number(Arc<str>),
    String(Arc<str>),
    /// A quoted or heredoc template with at least one part that is not literal text.
    Template(Vec<TemplatePart>),
    List(Vec<Expr>),
    Object(Vec<ObjectItem>),
    Variable(Arc<str>),
    Traversal(Box<Expr>, Vec<Step>),
    Call(Box<Call>),
    Unary(Unary, Box<Expr>),
    Binary(Binary, Box<(Expr, Expr)>),
    /// Test, value if true, value if false.
    Conditional(Box<(Expr, Expr, Expr)>),
    For(Box<For>),
    Parentheses(Box<Expr>),
    /// Does not parse; the text says why.
    Invalid(Arc<str>),
}

#[derive(Debug)]
pub struct ObjectItem {
    pub key: ObjectKey,
    pub value: Expr,
    /// Key and value.
    pub span: Span,
}

#[derive(Debug)]
pub enum ObjectKey {
    Name(Arc<str>),
    Expr(Expr),
}

#[derive(Debug)]
pub enum Step {
    Attribute(Arc<str>),
    Index(Expr),
    /// `.*`: the attribute steps that follow apply to each element.
    AttributeSplat,
    /// `[*]`: all steps that follow apply to each element.
    FullSplat,
}

#[derive(Debug)]
pub struct Call {
    /// Namespaces joined by `::`.
    pub name: Arc<str>,
    pub arguments: Vec<Expr>,
    /// The last argument is a list that stands for the remaining arguments (`...`).
    pub expand_last: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    Not,
    Negate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

#[derive(Debug)]
pub struct For {
    pub key_name: Option<Arc<str>>,
    pub value_name: Arc<str>,
    pub collection: Expr,
    /// Present for an object result.
    pub key: Option<Expr>,
    pub value: Expr,
    pub condition: Option<Expr>,
    /// `...` after the value: values are grouped under equal keys.
    pub grouping: bool,
}

#[derive(Debug)]
pub enum TemplatePart {
    Text(Arc<str>, Span),
    Interpolation(Expr),
    If { condition: Expr, then: Vec<TemplatePart>, otherwise: Vec<TemplatePart> },
    For { key_name: Option<Arc<str>>, value_name: Arc<str>, collection: Expr, body: Vec<TemplatePart> },
}
