//! Values for the variables of root modules: tfvars files, environment, command line.
//!
//! Terraform's order, low to high: environment, `terraform.tfvars`, `terraform.tfvars.json`, `*.auto.tfvars(.json)` by name,
//! then `--var-file` and `--var`. Defaults belong to the module. It does not know module trees.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ast::{Attribute, Expr, ExprKind, ObjectKey, Unary};
use super::parse;
use super::sources::Fetched;
use super::value::Number;
use crate::model::{FileId, Map, Node, Problem, SourceMap, Stage, Value};

/// What a root module is given.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    values: BTreeMap<Arc<str>, Node>,
    pub workspace: Option<String>,
    /// Modules that were fetched for this root.
    pub fetched: Fetched,
    /// Directories of external modules, as the user gives them.
    pub modules: Vec<(String, String)>,
}

impl Inputs {
    pub fn new(workspace: Option<String>) -> Self {
        Self { workspace, ..Self::default() }
    }

    pub fn get(&self, name: &str) -> Option<&Node> {
        self.values.get(name)
    }

    /// Sets one value, over any other.
    pub fn add(&mut self, name: Arc<str>, value: Node) {
        self.values.insert(name, value);
    }

    /// Adds the values of a tfvars file, HCL or JSON; later files win.
    pub fn add_file(&mut self, sources: &SourceMap, file: FileId, problems: &mut Vec<Problem>) {
        let source = sources.file(file);
        if source.path.ends_with(".json") {
            match crate::load::json::parse(file, &source.path, &source.text) {
                Ok(Node { value: Value::Map(map), .. }) => {
                    let own = |node: &Node| Node { origin: node.via, ..node.clone() };
                    self.values.extend(map.iter().map(|(name, node)| (name.clone(), own(node))));
                }
                Ok(other) => {
                    let message = "this variable file is not a JSON object; its values are unknown, correct it";
                    problems.push(Problem::new(Stage::Parse, &*source.path, message).at(other.via));
                }
                Err(problem) => problems.push(problem),
            }
            return;
        }
        let parsed = parse::parse_file(file, &source.path, &source.text);
        problems.extend(parsed.problems);
        for Attribute { name, expr, span } in parsed.value.attributes {
            let mut node = constant(&expr).at(span);
            node.origin = span;
            self.values.insert(name, node);
        }
    }

    /// `TF_VAR_name` and `--var name=value`: a literal string for variables of a primitive type, an expression otherwise.
    pub fn add_text(
        &mut self,
        sources: &SourceMap,
        name: &str,
        text: &str,
        is_string: bool,
        origin: &str,
    ) -> Result<(), Problem> {
        let file = sources.add(&format!("({origin} {name})"), text);
        let span = crate::model::Span::new(file, 0, u32::try_from(text.len()).unwrap_or(u32::MAX));
        let mut problem = None;
        let node = if is_string {
            Node::string(text, span)
        } else {
            parse::parse_expression(file, text).map_or_else(
                |error| {
                    let message = format!(
                        "the value that {origin} gives to var.{name} is no expression ({error}); write it as in a tfvars file"
                    );
                    problem = Some(Problem::new(Stage::Parse, format!("var.{name}"), message));
                    super::value::failed(format!("the value of var.{name} is no expression"), span)
                },
                |expr| constant(&expr),
            )
        };
        self.values.insert(name.into(), node);
        problem.map_or(Ok(()), Err)
    }
}

/// The value of an expression without references, as tfvars files hold it.
pub fn constant(expr: &Expr) -> Node {
    let value = match &expr.kind {
        ExprKind::Null => Value::Null,
        ExprKind::Bool(value) => Value::Bool(*value),
        ExprKind::Number(number) => Value::Number(number.clone()),
        ExprKind::String(text) => Value::String(text.clone()),
        ExprKind::Parentheses(inner) => return constant(inner),
        ExprKind::Unary(Unary::Negate, inner) => match &constant(inner).value {
            Value::Number(number) => match Number::parse(&format!("-{number}")) {
                Some(number) => number.to_value(),
                None => return super::value::failed("not a number", expr.span),
            },
            _ => return super::value::failed("not a number", expr.span),
        },
        ExprKind::List(items) => Value::List(Arc::new(items.iter().map(constant).collect())),
        ExprKind::Object(items) => {
            let mut map = Map::new();
            for item in items {
                let name = match &item.key {
                    ObjectKey::Name(name) => Some(name.clone()),
                    ObjectKey::Expr(key) => super::value::to_text(&constant(key)),
                };
                let Some(name) = name else { return super::value::failed("a key is not a constant", expr.span) };
                let mut node = constant(&item.value).at(item.span);
                node.origin = item.span;
                map.insert(name, node);
            }
            Value::Map(Arc::new(map))
        }
        _ => return super::value::failed("variable files hold constants only", expr.span),
    };
    Node::new(value, expr.span)
}
