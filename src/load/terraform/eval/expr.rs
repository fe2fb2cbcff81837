//! Evaluation of expressions: operators, conditionals, `for`, calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::ast::{Binary, Expr, ExprKind, For, ObjectKey, Unary};
use super::super::kinds;
use super::super::value::{
    Number, derived, equal, failed, find_unknown, is_failed, make_sensitive, shape, tainted, to_bool, to_number,
    to_text, weight,
};
use super::{EXHAUSTED, Evaluator, Names, Scope};
use crate::model::{Map, Node, Reason, Shape, Span, Unknown, Value};

/// Lists longer than this are not built by `for` or functions.
pub const MAX_ELEMENTS: usize = 100_000;

impl Evaluator<'_> {
    /// The value of an expression. `via` is the expression's own place; `origin` the literal behind it.
    pub fn eval(&self, expr: &Expr, scope: Scope<'_>) -> Node {
        let span = expr.span;
        if !self.spend(1, span) {
            return failed(EXHAUSTED, span);
        }
        match &expr.kind {
            ExprKind::Null => Node::new(Value::Null, span),
            ExprKind::Bool(value) => Node::new(Value::Bool(*value), span),
            ExprKind::Number(number) => match self.literal(number, span) {
                Some(number) => Node::new(number.to_value(), span),
                None => failed("the number is too large", span),
            },
            ExprKind::String(text) => Node::string(text.clone(), span),
            ExprKind::Template(template) => self.template(template, scope, span),
            ExprKind::List(items) => {
                let items = items.iter().map(|item| self.eval(item, scope).at(item.span)).collect();
                Node::list(items, span)
            }
            ExprKind::Object(items) => {
                let mut map = Map::new();
                let mut sensitive = false;
                for item in items {
                    let key = match &item.key {
                        ObjectKey::Name(name) => name.clone(),
                        ObjectKey::Expr(key) => {
                            let key = self.eval(key, scope);
                            sensitive |= key.marks.sensitive;
                            match (to_text(&key), find_unknown(&key)) {
                                (Some(key), _) => key,
                                (None, Some(unknown)) => return derived(unknown, Shape::Map, span),
                                (None, None) => return failed("an object key is not a string", span),
                            }
                        }
                    };
                    let mut value = self.eval(&item.value, scope).at(item.span);
                    if value.origin == item.value.span {
                        value.origin = item.span;
                    }
                    map.insert(key, value);
                }
                let node = Node::map(map, span);
                if sensitive { make_sensitive(node) } else { node }
            }
            ExprKind::Variable(name) => match scope.lookup(name) {
                Some(value) => self.charged(value.clone(), span).at(span),
                None => failed(format!("{name} is not declared"), span),
            },
            ExprKind::Traversal(base, steps) => self.charged(self.traversal(base, steps, scope, span), span).at(span),
            ExprKind::Call(call) => self.call(call, scope, span).at(span),
            ExprKind::Unary(operator, operand) => {
                let operand = self.eval(operand, scope);
                tainted(self.unary(*operator, &operand, span), &[&operand])
            }
            ExprKind::Binary(operator, operands) => self.binary(*operator, &operands.0, &operands.1, scope, span),
            ExprKind::Conditional(branches) => {
                self.conditional(&branches.0, &branches.1, &branches.2, scope, span).at(span)
            }
            ExprKind::For(expr) => self.for_expr(expr, scope, span),
            ExprKind::Parentheses(inner) => self.eval(inner, scope).at(span),
            ExprKind::Invalid(why) => failed(why.clone(), span),
        }
    }

    /// The number of a literal. The parser keeps floats, so that the digits of a long one are read where it is written.
    fn literal(&self, number: &str, span: Span) -> Option<Number> {
        let parsed = Number::parse(number)?;
        if number.len() < 16 && !number.contains(['e', 'E']) {
            return Some(parsed);
        }
        let file = self.sources.file(span.file);
        let written = file.text.get(span.start as usize..span.end as usize).and_then(Number::parse);
        // Text of a template within a text stands elsewhere.
        #[expect(clippy::float_cmp, reason = "the parser's float is the nearest to what is written")]
        let same = written.filter(|written| written.float() == parsed.float());
        Some(same.unwrap_or(parsed))
    }

    /// Large values cost steps wherever they are used, because their users walk through them.
    fn charged(&self, value: Node, span: Span) -> Node {
        if matches!(value.value, Value::List(_) | Value::Map(_)) {
            self.spend(weight(&value) / 64, span);
        }
        value
    }

    #[expect(clippy::unused_self, reason = "reads as part of the evaluation")]
    fn unary(&self, operator: Unary, operand: &Node, span: Span) -> Node {
        if let Some(unknown) = operand.as_unknown() {
            let shape = if operator == Unary::Not { Shape::Bool } else { Shape::Number };
            return derived(unknown, shape, span);
        }
        match operator {
            Unary::Not => match to_bool(operand) {
                Some(value) => Node::new(Value::Bool(!value), span),
                None => failed("! needs a bool", span),
            },
            Unary::Negate => match to_number(operand) {
                Some(number) => Node::new(number.negate().to_value(), span),
                None => failed("- needs a number", span),
            },
        }
    }

    fn binary(&self, operator: Binary, left: &Expr, right: &Expr, scope: Scope<'_>, span: Span) -> Node {
        let a = self.eval(left, scope);
        let mut b = None;
        let result = self.operation(operator, &a, || b.insert(self.eval(right, scope)).clone(), span);
        tainted(result, &[&a, b.as_ref().unwrap_or(&a)])
    }

    #[expect(clippy::unused_self, reason = "reads as part of the evaluation")]
    fn operation(&self, operator: Binary, a: &Node, right: impl FnOnce() -> Node, span: Span) -> Node {
        if matches!(operator, Binary::And | Binary::Or) {
            // Either side may decide alone; an error on the right is not reached when the left decides.
            let decisive = operator == Binary::Or;
            if to_bool(a) == Some(decisive) {
                return Node::new(Value::Bool(decisive), span);
            }
            let b = right();
            if to_bool(&b) == Some(decisive) && !is_failed(a) {
                return Node::new(Value::Bool(decisive), span);
            }
            return match (to_bool(a), to_bool(&b), a.as_unknown().or(b.as_unknown())) {
                (Some(_), Some(value), _) => Node::new(Value::Bool(value), span),
                (_, _, Some(unknown)) => derived(unknown, Shape::Bool, span),
                _ => failed("&& and || need bools", span),
            };
        }
        let b = right();
        if matches!(operator, Binary::Equal | Binary::NotEqual) {
            return match equal(a, &b) {
                Some(same) => Node::new(Value::Bool(same == (operator == Binary::Equal)), span),
                None => match find_unknown(a).or_else(|| find_unknown(&b)) {
                    Some(unknown) => derived(unknown, Shape::Bool, span),
                    None => failed("the comparison cannot be decided", span),
                },
            };
        }
        let compares =
            matches!(operator, Binary::Less | Binary::LessOrEqual | Binary::Greater | Binary::GreaterOrEqual);
        if let Some(unknown) = a.as_unknown().or(b.as_unknown()) {
            return derived(unknown, if compares { Shape::Bool } else { Shape::Number }, span);
        }
        let (Some(x), Some(y)) = (to_number(a), to_number(&b)) else {
            return failed("an operand is not a number", span);
        };
        let order = x.compare(&y);
        let value = match operator {
            Binary::Less => Value::Bool(order.is_lt()),
            Binary::LessOrEqual => Value::Bool(order.is_le()),
            Binary::Greater => Value::Bool(order.is_gt()),
            Binary::GreaterOrEqual => Value::Bool(order.is_ge()),
            _ => match arithmetic(operator, &x, &y) {
                Some(number) => number.to_value(),
                None => return failed("division by zero or number too large", span),
            },
        };
        Node::new(value, span)
    }

    fn conditional(&self, test: &Expr, then: &Expr, otherwise: &Expr, scope: Scope<'_>, span: Span) -> Node {
        let test = self.eval(test, scope);
        let result = self.choice(&test, then, otherwise, scope, span);
        tainted(result, &[&test])
    }

    fn choice(&self, test: &Node, then: &Expr, otherwise: &Expr, scope: Scope<'_>, span: Span) -> Node {
        match (to_bool(test), test.as_unknown()) {
            (Some(true), _) => self.chosen(then, otherwise, scope, span),
            (Some(false), _) => self.chosen(otherwise, then, scope, span),
            (None, Some(unknown)) if unknown.reason == Reason::Failed => test.clone(),
            (None, Some(unknown)) => {
                let (a, b) = (self.eval(then, scope), self.eval(otherwise, scope));
                if let Some(failure) = [&a, &b].into_iter().find(|node| is_failed_whole(node)) {
                    return failure.clone();
                }
                let Some(kind) = kinds::unify(&[kinds::of(&a), kinds::of(&b)]) else {
                    return failed("the two values of the condition have no type in common", span);
                };
                let convert = |node: Node| kinds::convert(&node, &kind).unwrap_or(node);
                let (a, b) = (convert(a), convert(b));
                if equal(&a, &b) == Some(true) && a.is_wholly_known() {
                    return a;
                }
                either(unknown, a, b, span)
            }
            (None, None) => failed("the condition is not a bool", span),
        }
    }

    /// The value of one branch as the type that both have in common. The other is evaluated only where its type matters,
    /// and what it refers to does not count.
    fn chosen(&self, branch: &Expr, other: &Expr, scope: Scope<'_>, span: Span) -> Node {
        let value = self.eval(branch, scope);
        let literal = bare(other);
        let matters = match (&value.value, literal) {
            (Value::Null, _) | (_, ExprKind::Null) => false,
            (Value::String(_), kind) => matches!(kind, ExprKind::List(_) | ExprKind::Object(_)),
            (Value::Number(_), kind) => !matches!(kind, ExprKind::Number(_)),
            (Value::Bool(_), kind) => !matches!(kind, ExprKind::Bool(_)),
            (Value::List(_) | Value::Map(_), _) => true,
            _ => false,
        };
        if !matters {
            return value;
        }
        let (kind, other) = {
            let outer = std::mem::take(&mut *self.references.borrow_mut());
            let other = self.eval(other, scope);
            *self.references.borrow_mut() = outer;
            (kinds::of(&value), kinds::of(&other))
        };
        match kinds::unify(&[kind, other]) {
            Some(kind) => kinds::convert(&value, &kind).unwrap_or(value),
            None => failed("the two values of the condition have no type in common", span),
        }
    }

    fn for_expr(&self, expr: &For, scope: Scope<'_>, span: Span) -> Node {
        let result = if expr.key.is_some() { Shape::Map } else { Shape::List };
        let collection = self.eval(&expr.collection, scope);
        let items = match iterate(&collection) {
            Ok(items) => items,
            Err(Some(unknown)) => return derived(&unknown, result, span),
            Err(None) => return failed("for needs a list, set or map", span),
        };
        if items.len() > MAX_ELEMENTS {
            return failed("for over too many elements", span);
        }
        let mut list = Vec::new();
        let mut map: BTreeMap<Arc<str>, Vec<Node>> = BTreeMap::new();
        for (key, value) in items {
            if !self.spend(1, span) {
                return failed(EXHAUSTED, span);
            }
            let keyed = expr.key_name.as_deref().map(|name| Names { name, value: key.clone(), outer: scope.names });
            let names = Names { name: &expr.value_name, value, outer: keyed.as_ref().or(scope.names) };
            let inner = Scope { names: Some(&names), ..scope };
            if let Some(condition) = &expr.condition {
                let condition = self.eval(condition, inner);
                match (to_bool(&condition), condition.as_unknown()) {
                    (Some(true), _) => {}
                    (Some(false), _) => continue,
                    (None, Some(unknown)) => return derived(unknown, result, span),
                    (None, None) => return failed("the condition of for is not a bool", span),
                }
            }
            let value = self.eval(&expr.value, inner);
            match &expr.key {
                None => list.push(value),
                Some(key) => {
                    let key = self.eval(key, inner);
                    match (to_text(&key), key.as_unknown()) {
                        (Some(key), _) => map.entry(key).or_default().push(value),
                        (None, Some(unknown)) => return derived(unknown, Shape::Map, span),
                        (None, None) => return failed("a key of for is not a string", span),
                    }
                }
            }
        }
        if expr.key.is_none() {
            return Node::list(list, span);
        }
        if !expr.grouping && map.values().any(|values| values.len() > 1) {
            return failed("two elements of for have the same key", span);
        }
        let entry = |(key, mut values): (Arc<str>, Vec<Node>)| {
            let value = if expr.grouping { Node::list(values, span) } else { values.pop()? };
            Some((key, value))
        };
        Node::map(map.into_iter().filter_map(entry).collect(), span)
    }
}

/// What an expression is inside its parentheses.
fn bare(expr: &Expr) -> &ExprKind {
    match &expr.kind {
        ExprKind::Parentheses(inner) => bare(inner),
        kind => kind,
    }
}

fn is_failed_whole(node: &Node) -> bool {
    node.as_unknown().is_some_and(|unknown| unknown.reason == Reason::Failed)
}

/// One of two values, depending on something unknown.
pub fn either(from: &Unknown, a: Node, b: Node, span: Span) -> Node {
    let result = if shape(&a) == shape(&b) { shape(&a) } else { Shape::Any };
    let result = match (a.is_null(), b.is_null()) {
        (true, false) => shape(&b),
        (false, true) => shape(&a),
        _ => result,
    };
    let nullable = [&a, &b].iter().any(|node| node.is_null() || node.as_unknown().is_some_and(|u| u.nullable));
    let opaque = [&a, &b].iter().all(|node| node.as_unknown().is_some_and(|u| u.opaque));
    let options = if opaque { Vec::new() } else { vec![a, b] };
    let unknown = Unknown {
        shape: result,
        nullable,
        opaque,
        parts: Vec::new(),
        options,
        ..Unknown::new(from.reason, from.cause.clone())
    };
    Node::unknown(unknown, span)
}

/// Keys and values in Terraform's order; an error holds the unknown that is in the way, if that is the reason.
pub fn iterate(node: &Node) -> Result<Vec<(Node, Node)>, Option<Arc<Unknown>>> {
    match &node.value {
        Value::List(items) => Ok(items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                // The key of an element of a set is the element.
                let position = || Node::new(Value::Number(index.to_string().into()), item.via);
                (if kinds::is_set(node) { item.clone() } else { position() }, item.clone())
            })
            .collect()),
        Value::Map(map) => Ok(map
            .iter()
            .filter(|(key, _)| !key.starts_with('\u{0}'))
            .map(|(key, value)| (Node::string(key.clone(), value.via), value.clone()))
            .collect()),
        Value::Unknown(unknown) => Err(Some(unknown.clone())),
        _ => Err(None),
    }
}

fn arithmetic(operator: Binary, x: &Number, y: &Number) -> Option<Number> {
    if let (Number::Whole(a), Number::Whole(b)) = (x, y) {
        let exact = match operator {
            Binary::Add => a.checked_add(*b),
            Binary::Subtract => a.checked_sub(*b),
            Binary::Multiply => a.checked_mul(*b),
            Binary::Divide if a.checked_rem(*b) == Some(0) => a.checked_div(*b),
            Binary::Modulo => a.checked_rem(*b),
            _ => None,
        };
        if let Some(whole) = exact {
            return Some(Number::Whole(whole));
        }
    }
    match operator {
        Binary::Add => x.add(y),
        Binary::Subtract => x.subtract(y),
        Binary::Multiply => x.multiply(y),
        Binary::Divide => x.divide(y),
        Binary::Modulo => x.modulo(y),
        _ => None,
    }
}
