//! Terraform's JSON syntax to the same tree as the native syntax.
//!
//! Strings are templates, `"//"` is a comment, labels are levels of objects or arrays, and a few arguments hold expressions as
//! strings. JSON does not tell an argument whose value is a map from a nested block, and no provider schema is here: an object is
//! a nested block unless its name is one of the usual maps or its keys cannot be argument names.

use std::sync::Arc;

use super::super::ast::{Attribute, Block, Body, Expr, ExprKind, ObjectItem, ObjectKey, TemplatePart};
use super::convert::Converter;
use super::one_line;
use crate::load::json::{self, Kind, Places, Property, Tree};
use crate::model::{FileId, Outcome, Problem, Span, Stage};

/// Parses a whole file. Never fails: a file that is no JSON is a problem, an expression that does not parse costs only itself.
pub fn parse_file(file: FileId, path: &str, text: &str) -> Outcome<Body> {
    let mut reader = Reader { file, path, text, problems: Vec::new() };
    let mut body = Body::default();
    match json::parse_tree(file, path, text) {
        Ok(tree) => reader.top(&tree, &mut body),
        Err(problem) => reader.problems.push(problem),
    }
    Outcome::with(body, reader.problems)
}

/// Arguments whose values are maps, whatever the resource.
const MAPS: [&str; 33] = [
    "annotations",
    "app_settings",
    "binary_data",
    "connection_properties",
    "data",
    "default_arguments",
    "environment_variables",
    "keepers",
    "labels",
    "limits",
    "match_labels",
    "metadata",
    "node_selector",
    "options",
    "parameters",
    "properties",
    "query",
    "request_parameters",
    "request_templates",
    "requests",
    "response_models",
    "response_parameters",
    "response_templates",
    "secrets",
    "stage_variables",
    "string_data",
    "substitutions",
    "tags",
    "tags_all",
    "triggers",
    "triggers_replace",
    "variables",
    "vars",
];

/// What the properties of a body are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// Arguments, except for Terraform's own nested blocks.
    Arguments,
    /// Arguments whose strings are taken as they are.
    Variable,
    /// Arguments and nested blocks of a provider's making.
    Schema,
    /// The body of a `dynamic` block.
    Dynamic,
}

struct Reader<'a> {
    file: FileId,
    path: &'a str,
    text: &'a str,
    problems: Vec<Problem>,
}

/// A block in the making: what is known before its labels are read.
struct Opening<'a> {
    kind: &'a Arc<str>,
    labels: Vec<Arc<str>>,
    /// Levels of labels that are still to come.
    left: usize,
    header: Span,
    span: Span,
    style: Style,
}

impl Reader<'_> {
    fn top(&mut self, tree: &Tree, body: &mut Body) {
        match &tree.kind {
            Kind::Array(items) => items.iter().for_each(|item| self.top(item, body)),
            Kind::Object(properties) => {
                for property in properties.iter().filter(|property| !is_comment(property)) {
                    let (left, style) = match &*property.name {
                        "resource" | "data" | "ephemeral" => (2, Style::Schema),
                        "provider" => (1, Style::Schema),
                        "module" | "output" => (1, Style::Arguments),
                        "variable" => (1, Style::Variable),
                        "locals" => (0, Style::Arguments),
                        "check" => (1, Style::Schema),
                        "action" => (2, Style::Schema),
                        _ => (0, Style::Schema),
                    };
                    self.block(opening(property, left, style), &property.value, &mut body.blocks);
                }
            }
            _ => self.expected("an object", tree.span),
        }
    }

    fn expected(&mut self, what: &str, span: Span) {
        let message =
            format!("{} holds something else where {what} is expected; it is not judged, correct it", self.path);
        self.problems.push(Problem::new(Stage::Parse, self.path, message).at(span));
    }

    /// One or more blocks: an array stands for several.
    fn block(&mut self, opening: Opening<'_>, tree: &Tree, out: &mut Vec<Block>) {
        match &tree.kind {
            Kind::Array(items) => {
                for item in items {
                    // Elements have no name of their own, so each begins at its brace.
                    let header = if items.len() > 1 { first_byte(item.span) } else { opening.header };
                    let one = Opening { labels: opening.labels.clone(), header, span: item.span, ..opening };
                    self.block(one, item, out);
                }
            }
            Kind::Object(properties) if opening.left > 0 => {
                for property in properties.iter().filter(|property| !is_comment(property)) {
                    let mut labels = opening.labels.clone();
                    labels.push(property.name.clone());
                    let (header, span, left) = (property.name_span, property.span, opening.left - 1);
                    self.block(Opening { labels, left, header, span, ..opening }, &property.value, out);
                }
            }
            Kind::Object(properties) => {
                let body = self.body(properties, opening.style, opening.kind);
                let Opening { kind, labels, header, span, .. } = opening;
                out.push(Block { kind: kind.clone(), labels, header, span, body });
            }
            // `"resource": null` is what generators write for "none".
            Kind::Null => {}
            _ => self.expected("an object", tree.span),
        }
    }

    fn body(&mut self, properties: &[Property], style: Style, kind: &str) -> Body {
        let mut body = Body::default();
        for property in properties.iter().filter(|property| !is_comment(property)) {
            let name = &*property.name;
            let nested = match (style, name) {
                (Style::Schema, "dynamic") => Some((1, Style::Dynamic)),
                (Style::Schema, "provisioner") => Some((1, Style::Schema)),
                (Style::Schema, "lifecycle" | "connection") => Some((0, Style::Schema)),
                (Style::Schema, _) => is_block(name, &property.value).then_some((0, Style::Schema)),
                (Style::Dynamic, "content") => Some((0, Style::Schema)),
                (Style::Variable, "validation") | (Style::Arguments, "precondition") => Some((0, Style::Arguments)),
                _ => None,
            };
            if let Some((left, style)) = nested {
                self.block(opening(property, left, style), &property.value, &mut body.blocks);
                continue;
            }
            let is_reference = match style {
                Style::Dynamic => name == "iterator",
                Style::Variable => name == "type",
                Style::Schema => matches!(name, "provider" | "depends_on" | "ignore_changes" | "replace_triggered_by"),
                Style::Arguments => kind == "module" && matches!(name, "providers" | "depends_on"),
            };
            let expr = match style {
                _ if is_reference => self.reference(&property.value),
                // A default is a constant: `${` in it is text.
                Style::Variable => self.expr(&property.value, false),
                _ => self.expr(&property.value, true),
            };
            // A repeated argument is a mistake that Terraform reports; JSON's own rule is that the last one counts.
            body.attributes.retain(|attribute: &Attribute| attribute.name != property.name);
            body.attributes.push(Attribute { name: property.name.clone(), expr, span: property.span });
        }
        body
    }

    fn expr(&mut self, tree: &Tree, templates: bool) -> Expr {
        let kind = match &tree.kind {
            Kind::Null => ExprKind::Null,
            Kind::Bool(value) => ExprKind::Bool(*value),
            Kind::Number(number) => ExprKind::Number(number.clone()),
            Kind::String(text) if templates => return self.template(text, tree.span),
            Kind::String(text) => ExprKind::String(text.clone()),
            Kind::Array(items) => ExprKind::List(items.iter().map(|item| self.expr(item, templates)).collect()),
            Kind::Object(properties) => {
                let items = properties.iter().map(|property| {
                    let key = if templates && is_template(&property.name) {
                        ObjectKey::Expr(self.template(&property.name, property.name_span))
                    } else {
                        ObjectKey::Name(property.name.clone())
                    };
                    ObjectItem { key, value: self.expr(&property.value, templates), span: property.span }
                });
                ExprKind::Object(items.collect())
            }
        };
        Expr { kind, span: tree.span }
    }

    fn places(&self, span: Span) -> Places {
        let literal = self.text.get(span.start as usize..span.end as usize).unwrap_or("");
        Places::new(literal, span.start as usize)
    }

    fn template(&mut self, text: &Arc<str>, span: Span) -> Expr {
        if !is_template(text) {
            return Expr { kind: ExprKind::String(text.clone()), span };
        }
        let places = self.places(span);
        let kind = match hcl_edit::parser::parse_template(text) {
            Ok(template) => {
                let converter = Converter { places: Some(&places), ..Converter::new(self.file) };
                converter.template_expr(converter.template(&template))
            }
            Err(error) => self.invalid(&error, &places),
        };
        Expr { kind, span }
    }

    /// What arguments that take no values hold: the name of something, a type, or lists and maps of these.
    fn reference(&mut self, tree: &Tree) -> Expr {
        let kind = match &tree.kind {
            Kind::String(text) => {
                let text = text.clone();
                let template = self.template(&text, tree.span);
                match template.kind {
                    // The form with braces is an old habit.
                    ExprKind::Template(mut parts) if parts.len() == 1 => match parts.pop() {
                        Some(TemplatePart::Interpolation(inner)) => return inner,
                        _ => ExprKind::String(text),
                    },
                    ExprKind::String(_) => {
                        let places = self.places(tree.span);
                        match hcl_edit::parser::parse_expr(&text) {
                            Ok(expr) => {
                                Converter { places: Some(&places), ..Converter::new(self.file) }.expr(&expr).kind
                            }
                            Err(error) => self.invalid(&error, &places),
                        }
                    }
                    kind => kind,
                }
            }
            Kind::Array(items) => ExprKind::List(items.iter().map(|item| self.reference(item)).collect()),
            Kind::Object(properties) => {
                let items = properties.iter().map(|property| ObjectItem {
                    key: ObjectKey::Name(property.name.clone()),
                    value: self.reference(&property.value),
                    span: property.span,
                });
                ExprKind::Object(items.collect())
            }
            _ => return self.expr(tree, false),
        };
        Expr { kind, span: tree.span }
    }

    fn invalid(&mut self, error: &hcl_edit::parser::Error, places: &Places) -> ExprKind {
        let at = super::to_u32(places.at(error.location().offset()));
        let why = one_line(error.message());
        let message = format!("this expression does not parse and its value is not known: {why}; correct its syntax");
        self.problems.push(Problem::new(Stage::Parse, self.path, message).at(Span::new(self.file, at, at)));
        ExprKind::Invalid(format!("the expression does not parse: {why}").into())
    }
}

fn opening(property: &Property, left: usize, style: Style) -> Opening<'_> {
    Opening { kind: &property.name, labels: Vec::new(), left, header: property.name_span, span: property.span, style }
}

fn is_comment(property: &Property) -> bool {
    &*property.name == "//"
}

fn is_template(text: &str) -> bool {
    text.contains("${") || text.contains("%{")
}

const fn first_byte(span: Span) -> Span {
    Span { end: span.start + 1, ..span }
}

/// An object, or an array of nothing but objects, that is no map.
fn is_block(name: &str, value: &Tree) -> bool {
    let named_map = MAPS.contains(&name) || name.ends_with("_tags") || name.ends_with("_labels");
    match &value.kind {
        // `default_tags` of a provider is a block around its map.
        Kind::Object(properties) if name == "default_tags" => {
            properties.iter().all(|p| &*p.name == "tags" || is_comment(p))
        }
        Kind::Object(properties) => {
            !named_map && properties.iter().all(|property| is_argument(&property.name) || is_comment(property))
        }
        Kind::Array(items) => {
            !items.is_empty() && items.iter().all(|item| matches!(item.kind, Kind::Object(_)) && is_block(name, item))
        }
        _ => false,
    }
}

/// Providers name their arguments like this, without exception.
fn is_argument(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
