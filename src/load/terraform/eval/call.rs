//! Calls of functions: their arguments, and the few functions that see more than values.

use super::super::ast::Call;
use super::super::functions;
use super::super::kinds;
use super::super::types;
use super::super::value::{MAX_WEIGHT, all_marks, derived, failed, is_failed, make_sensitive, weight};
use super::{Evaluator, Scope};
use crate::model::{Marks, Node, Shape, Span, Value};

impl Evaluator<'_> {
    pub(super) fn call(&self, call: &Call, scope: Scope<'_>, span: Span) -> Node {
        match functions::plain(&call.name) {
            // These look at errors, so their arguments are evaluated one at a time.
            "try" => {
                for argument in &call.arguments {
                    let value = self.eval(argument, scope);
                    if !is_failed(&value) {
                        return value;
                    }
                }
                return failed("no argument of try could be evaluated", span);
            }
            "can" => {
                let [argument] = call.arguments.as_slice() else { return failed("can needs one argument", span) };
                let value = self.eval(argument, scope);
                return match value.as_unknown() {
                    _ if is_failed(&value) => Node::new(Value::Bool(false), span),
                    Some(unknown) => derived(unknown, Shape::Bool, span),
                    None => Node::new(Value::Bool(true), span),
                };
            }
            // Its second argument is a type.
            "convert" => return self.convert(call, scope, span),
            _ => {}
        }
        let mut arguments: Vec<Node> = call.arguments.iter().map(|argument| self.eval(argument, scope)).collect();
        if call.expand_last
            && let Some(last) = arguments.pop()
        {
            match &last.value {
                Value::List(items) => arguments.extend(items.iter().cloned()),
                Value::Unknown(unknown) => {
                    return derived(unknown, functions::result_shape(&call.name), span);
                }
                _ => return failed("only a list can be expanded with ...", span),
            }
        }
        if matches!(functions::plain(&call.name), "regex" | "regexall" | "replace") {
            self.spend(100, span);
        }
        if arguments.iter().map(weight).sum::<usize>() > 2 * MAX_WEIGHT {
            return failed(format!("the arguments of {} are too large", call.name), span);
        }
        let marks = arguments.iter().fold(Marks::default(), |marks, node| marks.union(all_marks(node)));
        let result = match &*call.name {
            name if functions::reads_files(name) => self.file_function(&call.name, &arguments, scope, span),
            _ => functions::call(&call.name, &arguments, span),
        };
        if functions::plain(&call.name) == "nonsensitive" {
            return open(result);
        }
        if marks.sensitive { make_sensitive(result) } else { result }
    }

    /// `convert(value, type)`.
    fn convert(&self, call: &Call, scope: Scope<'_>, span: Span) -> Node {
        let [value, declared] = call.arguments.as_slice() else {
            return failed("convert needs a value and a type", span);
        };
        let declared = types::parse(declared);
        let value = self.eval(value, scope);
        if is_failed(&value) {
            return value;
        }
        let converted = types::convert(&value, &declared, self, scope.instance);
        match kinds::convert(&converted, &types::kind(&declared)) {
            Some(node) => node,
            None => failed("convert: the value is not of this type", span),
        }
    }
}

/// The value without the mark of being sensitive, which `nonsensitive` takes off the outside only.
fn open(mut node: Node) -> Node {
    node.marks.sensitive = false;
    node
}
