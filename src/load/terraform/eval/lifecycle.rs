//! What a declaration says about changes of what it made: `lifecycle.ignore_changes`.
//!
//! Terraform wants plain references there, so nothing is evaluated; what is none is left out, and hides nothing. It does not know
//! who asks.

use super::super::ast::{Attribute, Body, Expr, ExprKind, Step};
use crate::model::{IgnoredChange, PathStep};

/// The attributes whose changes are to be left alone, in the order of the source.
pub fn ignored_changes(resource: &Body) -> Vec<IgnoredChange> {
    let written = resource.blocks("lifecycle").filter_map(|block| block.body.attribute("ignore_changes"));
    written.flat_map(of_attribute).collect()
}

fn of_attribute(attribute: &Attribute) -> Vec<IgnoredChange> {
    match &attribute.expr.kind {
        ExprKind::Variable(word) | ExprKind::String(word) if &**word == "all" => {
            vec![IgnoredChange { path: Vec::new(), span: attribute.span }]
        }
        ExprKind::List(items) => {
            items.iter().filter_map(|item| Some(IgnoredChange { path: path(item)?, span: item.span })).collect()
        }
        _ => Vec::new(),
    }
}

fn path(expr: &Expr) -> Option<Vec<PathStep>> {
    match &expr.kind {
        ExprKind::Variable(name) => Some(vec![PathStep::Key(name.clone())]),
        // Quotes around a name are of old, and still understood.
        ExprKind::String(name) if name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.is_empty() => {
            Some(vec![PathStep::Key(name.clone())])
        }
        ExprKind::Traversal(base, steps) => {
            let mut out = path(base)?;
            for step in steps {
                out.push(match step {
                    Step::Attribute(name) => PathStep::Key(name.clone()),
                    Step::Index(Expr { kind: ExprKind::String(key), .. }) => PathStep::Key(key.clone()),
                    Step::Index(Expr { kind: ExprKind::Number(number), .. }) => PathStep::Index(number.parse().ok()?),
                    _ => return None,
                });
            }
            Some(out)
        }
        _ => None,
    }
}
