//! Terraform's built-in functions over evaluated values.
//!
//! A function here sees values only: `try` and `can`, which look at errors, and the file functions live with the evaluator.
//! Functions whose result differs from run to run (`timestamp`, `uuid`, `bcrypt`) and provider functions stay unknown.

mod collections;
mod encoding;
mod numbers;
mod sets;
mod strings;

use std::sync::Arc;

use super::value::{derived, failed, find_unknown};
use crate::model::{Node, Reason, Shape, Span, Unknown, Value};

pub use encoding::json_text;

/// What a function may say of its arguments.
pub type Answer = Result<Node, String>;
type Body = fn(&[Node], Span) -> Answer;

/// How a function takes unknown arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknowns {
    /// Any unknown, at any depth, makes the result unknown.
    Deep,
    /// An argument that is unknown as a whole makes the result unknown; unknown elements are passed through.
    Whole,
    /// The function decides.
    Own,
}

struct Function {
    name: &'static str,
    body: Body,
    unknowns: Unknowns,
    shape: Shape,
}

const fn deep(name: &'static str, shape: Shape, body: Body) -> Function {
    Function { name, body, unknowns: Unknowns::Deep, shape }
}

const fn whole(name: &'static str, shape: Shape, body: Body) -> Function {
    Function { name, body, unknowns: Unknowns::Whole, shape }
}

const fn own(name: &'static str, shape: Shape, body: Body) -> Function {
    Function { name, body, unknowns: Unknowns::Own, shape }
}

/// Sorted by name.
static FUNCTIONS: &[Function] = &[
    deep("abs", Shape::Number, numbers::abs),
    own("alltrue", Shape::Bool, collections::alltrue),
    own("anytrue", Shape::Bool, collections::anytrue),
    deep("base64decode", Shape::String, encoding::base64decode),
    deep("base64encode", Shape::String, encoding::base64encode),
    deep("base64sha256", Shape::String, encoding::base64sha256),
    deep("basename", Shape::String, strings::basename),
    deep("ceil", Shape::Number, numbers::ceil),
    deep("chomp", Shape::String, strings::chomp),
    deep("chunklist", Shape::List, collections::chunklist),
    deep("cidrhost", Shape::String, strings::cidrhost),
    deep("cidrnetmask", Shape::String, strings::cidrnetmask),
    deep("cidrsubnet", Shape::String, strings::cidrsubnet),
    deep("cidrsubnets", Shape::List, strings::cidrsubnets),
    own("coalesce", Shape::Any, collections::coalesce),
    own("coalescelist", Shape::List, collections::coalescelist),
    own("compact", Shape::List, collections::compact),
    whole("concat", Shape::List, collections::concat),
    own("contains", Shape::Bool, collections::contains),
    deep("dirname", Shape::String, strings::dirname),
    whole("distinct", Shape::List, collections::distinct),
    whole("element", Shape::Any, collections::element),
    deep("endswith", Shape::Bool, strings::endswith),
    own("flatten", Shape::List, collections::flatten),
    deep("floor", Shape::Number, numbers::floor),
    own("format", Shape::String, strings::format),
    own("formatlist", Shape::List, strings::formatlist),
    deep("indent", Shape::String, strings::indent),
    deep("index", Shape::Number, collections::index),
    own("join", Shape::String, strings::join),
    deep("jsondecode", Shape::Any, encoding::jsondecode),
    own("jsonencode", Shape::String, encoding::jsonencode),
    own("keys", Shape::List, collections::keys),
    own("length", Shape::Number, collections::length),
    own("list", Shape::List, collections::list),
    whole("lookup", Shape::Any, collections::lookup),
    deep("lower", Shape::String, strings::lower),
    own("map", Shape::Map, collections::map),
    deep("max", Shape::Number, numbers::max),
    deep("md5", Shape::String, encoding::opaque_text),
    whole("merge", Shape::Map, collections::merge),
    deep("min", Shape::Number, numbers::min),
    own("nonsensitive", Shape::Any, collections::identity),
    own("one", Shape::Any, collections::one),
    deep("pathexpand", Shape::String, collections::identity),
    deep("range", Shape::List, numbers::range),
    deep("regex", Shape::Any, strings::regex),
    deep("regexall", Shape::List, strings::regexall),
    deep("replace", Shape::String, strings::replace),
    whole("reverse", Shape::List, collections::reverse),
    own("sensitive", Shape::Any, collections::sensitive),
    whole("setintersection", Shape::List, sets::setintersection),
    deep("setproduct", Shape::List, sets::setproduct),
    deep("setsubtract", Shape::List, sets::setsubtract),
    whole("setunion", Shape::List, sets::setunion),
    deep("sha1", Shape::String, encoding::opaque_text),
    deep("sha256", Shape::String, encoding::sha256),
    deep("sha512", Shape::String, encoding::opaque_text),
    whole("slice", Shape::List, collections::slice),
    deep("sort", Shape::List, collections::sort),
    deep("split", Shape::List, strings::split),
    deep("startswith", Shape::Bool, strings::startswith),
    deep("strcontains", Shape::Bool, strings::strcontains),
    deep("strrev", Shape::String, strings::strrev),
    deep("substr", Shape::String, strings::substr),
    deep("sum", Shape::Number, numbers::sum),
    deep("title", Shape::String, strings::title),
    own("tobool", Shape::Bool, collections::tobool),
    own("tolist", Shape::List, collections::tolist),
    own("tomap", Shape::Map, collections::identity),
    own("tonumber", Shape::Number, collections::tonumber),
    own("toset", Shape::List, sets::toset),
    own("tostring", Shape::String, collections::tostring),
    deep("transpose", Shape::Map, collections::transpose),
    deep("trim", Shape::String, strings::trim),
    deep("trimprefix", Shape::String, strings::trimprefix),
    deep("trimspace", Shape::String, strings::trimspace),
    deep("trimsuffix", Shape::String, strings::trimsuffix),
    deep("upper", Shape::String, strings::upper),
    deep("urlencode", Shape::String, strings::urlencode),
    own("values", Shape::List, collections::values),
    whole("zipmap", Shape::Map, collections::zipmap),
];

/// Calls a function. A function that is not offered gives an unknown that says so.
pub fn call(name: &str, arguments: &[Node], span: Span) -> Node {
    // `core::` names the built-in functions explicitly.
    let name = name.strip_prefix("core::").unwrap_or(name);
    let Some(function) = find(name) else {
        let cause = format!("{name}() is not evaluated offline");
        return Node::unknown(Unknown::new(Reason::Unsupported, cause), span);
    };
    let unknown = match function.unknowns {
        Unknowns::Deep => arguments.iter().find_map(find_unknown),
        Unknowns::Whole => arguments.iter().find_map(Node::as_unknown),
        // An error is an error whatever the function does with unknowns.
        Unknowns::Own => arguments.iter().find_map(Node::as_unknown).filter(|u| u.reason == Reason::Failed),
    };
    if let Some(unknown) = unknown {
        let mut node = derived(unknown, function.shape, span);
        if let Value::Unknown(result) = &mut node.value
            && matches!(name, "lookup" | "element" | "jsondecode")
        {
            Arc::make_mut(result).nullable = true;
        }
        return node;
    }
    (function.body)(arguments, span).unwrap_or_else(|error| failed(format!("{name}: {error}"), span))
}

pub fn result_shape(name: &str) -> Shape {
    find(name).map_or(Shape::Any, |function| function.shape)
}

fn find(name: &str) -> Option<&'static Function> {
    let index = FUNCTIONS.binary_search_by(|function| function.name.cmp(name)).ok()?;
    FUNCTIONS.get(index)
}

#[cfg(test)]
pub fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|function| function.name)
}

/// The n-th argument.
fn argument(arguments: &[Node], index: usize) -> Result<&Node, String> {
    arguments.get(index).ok_or_else(|| format!("argument {} is missing", index + 1))
}

fn text_argument(arguments: &[Node], index: usize) -> Result<Arc<str>, String> {
    super::value::to_text(argument(arguments, index)?).ok_or_else(|| format!("argument {} is not a string", index + 1))
}

fn number_argument(arguments: &[Node], index: usize) -> Result<super::value::Number, String> {
    super::value::to_number(argument(arguments, index)?)
        .ok_or_else(|| format!("argument {} is not a number", index + 1))
}

fn index_argument(arguments: &[Node], index: usize) -> Result<usize, String> {
    number_argument(arguments, index)?.index().ok_or_else(|| format!("argument {} is not a position", index + 1))
}

fn list_argument(arguments: &[Node], index: usize) -> Result<&[Node], String> {
    argument(arguments, index)?.as_list().ok_or_else(|| format!("argument {} is not a list", index + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(FUNCTIONS.is_sorted_by_key(|function| function.name));
    }
}
