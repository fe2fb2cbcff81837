//! Terraform's built-in functions over evaluated values, and OpenTofu's additions.
//!
//! [`FUNCTIONS`] lists every function and how it is evaluated. A function here sees values only: `try` and `can`, which look
//! at errors, and the functions that read files live with the evaluator. Functions whose result differs from run to run, and
//! those of providers, stay unknown.

mod cidr;
mod collections;
mod conversions;
mod csv;
mod dates;
mod digest;
mod encoding;
mod format;
mod numbers;
mod patterns;
mod sets;
mod strings;
mod tfvars;
mod yaml;

use std::sync::Arc;

use super::number::Number;
use super::value::{derived, failed, find_unknown};
use crate::model::{Node, Reason, Shape, Span, Unknown, Value};

pub use digest::of_file;
pub use encoding::json_text;

/// What a function may say of its arguments.
pub type Answer = Result<Node, String>;
type Body = fn(&[Node], Span) -> Answer;

/// How a function is evaluated.
#[derive(Clone, Copy)]
enum Way {
    /// As `Deep`; all arguments are texts, so that a list or map is a failure even where it is unknown.
    Texts(Body),
    /// Any unknown, at any depth, makes the result unknown.
    Deep(Body),
    /// An argument that is unknown as a whole makes the result unknown; unknown elements are passed through.
    Whole(Body),
    /// The function itself says what unknown arguments come to.
    Own(Body),
    /// By the evaluator: it looks at errors, or at files.
    Evaluator,
    /// Never offline, for this reason.
    Never(&'static str),
}

struct Function {
    name: &'static str,
    way: Way,
    /// The type of its result, where it has but one.
    shape: Shape,
    /// The least and the most arguments.
    arity: (usize, usize),
}

const fn row(name: &'static str, arity: (usize, usize), shape: Shape, way: Way) -> Function {
    Function { name, way, shape, arity }
}

const ANY: usize = usize::MAX;
const CLOCK: &str = "depends on when it is run";
const CHANCE: &str = "differs from run to run";
const COMPRESSED: &str = "depends on the compressor";

/// Every function, sorted by name.
#[rustfmt::skip]
static FUNCTIONS: &[Function] = {
    use Shape::{Any, Bool, List, Map, Number, String};
    use Way::{Deep, Evaluator, Never, Own, Texts, Whole};
    &[
        row("abs", (1, 1), Number, Deep(numbers::abs)),
        row("abspath", (1, 1), String, Never("depends on where the configuration lies")),
        row("alltrue", (1, 1), Bool, Own(collections::alltrue)),
        row("anytrue", (1, 1), Bool, Own(collections::anytrue)),
        row("base64decode", (1, 1), String, Texts(encoding::base64decode)),
        row("base64encode", (1, 1), String, Texts(encoding::base64encode)),
        row("base64gunzip", (1, 1), String, Texts(encoding::base64gunzip)),
        row("base64gzip", (1, 1), String, Never(COMPRESSED)),
        row("base64sha256", (1, 1), String, Texts(digest::base64sha256)),
        row("base64sha512", (1, 1), String, Texts(digest::base64sha512)),
        row("basename", (1, 1), String, Texts(strings::basename)),
        row("bcrypt", (1, 2), String, Never(CHANCE)),
        row("can", (1, 1), Bool, Evaluator),
        row("ceil", (1, 1), Number, Deep(numbers::ceil)),
        row("chomp", (1, 1), String, Texts(strings::chomp)),
        row("chunklist", (2, 2), List, Whole(collections::chunklist)),
        row("cidrcontains", (2, 2), Bool, Texts(cidr::cidrcontains)),
        row("cidrhost", (2, 2), String, Deep(cidr::cidrhost)),
        row("cidrnetmask", (1, 1), String, Texts(cidr::cidrnetmask)),
        row("cidrsubnet", (3, 3), String, Deep(cidr::cidrsubnet)),
        row("cidrsubnets", (1, ANY), List, Deep(cidr::cidrsubnets)),
        row("coalesce", (1, ANY), Any, Own(collections::coalesce)),
        row("coalescelist", (1, ANY), List, Own(collections::coalescelist)),
        row("compact", (1, 1), List, Own(collections::compact)),
        row("concat", (1, ANY), List, Whole(collections::concat)),
        row("contains", (2, 2), Bool, Own(collections::contains)),
        row("convert", (2, 2), Any, Evaluator),
        row("csvdecode", (1, 1), List, Texts(csv::csvdecode)),
        row("dirname", (1, 1), String, Texts(strings::dirname)),
        row("distinct", (1, 1), List, Whole(collections::distinct)),
        row("element", (2, 2), Any, Whole(collections::element)),
        row("endswith", (2, 2), Bool, Texts(strings::endswith)),
        row("ephemeralasnull", (1, 1), Any, Own(conversions::identity)),
        row("file", (1, 1), String, Evaluator),
        row("filebase64", (1, 1), String, Evaluator),
        row("filebase64sha256", (1, 1), String, Evaluator),
        row("filebase64sha512", (1, 1), String, Evaluator),
        row("fileexists", (1, 1), Bool, Evaluator),
        row("filemd5", (1, 1), String, Evaluator),
        row("fileset", (2, 2), List, Evaluator),
        row("filesha1", (1, 1), String, Evaluator),
        row("filesha256", (1, 1), String, Evaluator),
        row("filesha512", (1, 1), String, Evaluator),
        row("flatten", (1, 1), List, Own(collections::flatten)),
        row("floor", (1, 1), Number, Deep(numbers::floor)),
        row("format", (1, ANY), String, Own(format::format)),
        row("formatdate", (2, 2), String, Texts(dates::formatdate)),
        row("formatlist", (1, ANY), List, Own(format::formatlist)),
        row("indent", (2, 2), String, Deep(strings::indent)),
        row("index", (2, 2), Number, Whole(collections::index)),
        row("issensitive", (1, 1), Bool, Own(conversions::issensitive)),
        row("join", (2, ANY), String, Own(strings::join)),
        row("jsondecode", (1, 1), Any, Own(encoding::jsondecode)),
        row("jsonencode", (1, 1), String, Own(encoding::jsonencode)),
        row("keys", (1, 1), List, Own(collections::keys)),
        row("length", (1, 1), Number, Own(collections::length)),
        row("list", (0, ANY), List, Own(conversions::list)),
        row("log", (2, 2), Number, Deep(numbers::log)),
        row("lookup", (2, 3), Any, Whole(collections::lookup)),
        row("lower", (1, 1), String, Texts(strings::lower)),
        row("map", (0, ANY), Map, Own(conversions::map)),
        row("matchkeys", (3, 3), List, Whole(collections::matchkeys)),
        row("max", (1, ANY), Number, Deep(numbers::max)),
        row("md5", (1, 1), String, Texts(digest::md5)),
        row("merge", (0, ANY), Map, Whole(collections::merge)),
        row("min", (1, ANY), Number, Deep(numbers::min)),
        row("nonsensitive", (1, 1), Any, Own(conversions::identity)),
        row("one", (1, 1), Any, Own(collections::one)),
        row("parseint", (2, 2), Number, Deep(numbers::parseint)),
        row("pathexpand", (1, 1), String, Texts(strings::pathexpand)),
        row("plantimestamp", (0, 0), String, Never(CLOCK)),
        row("pow", (2, 2), Number, Deep(numbers::pow)),
        row("provider::terraform::decode_tfvars", (1, 1), Map, Deep(tfvars::decode_tfvars)),
        row("provider::terraform::encode_expr", (1, 1), String, Deep(tfvars::encode_expr)),
        row("provider::terraform::encode_tfvars", (1, 1), String, Deep(tfvars::encode_tfvars)),
        row("range", (1, 3), List, Deep(numbers::range)),
        row("regex", (2, 2), Any, Texts(patterns::regex)),
        row("regexall", (2, 2), List, Texts(patterns::regexall)),
        row("replace", (3, 3), String, Texts(patterns::replace)),
        row("reverse", (1, 1), List, Whole(collections::reverse)),
        row("rsadecrypt", (2, 2), String, Never("needs a private key, which is not looked at")),
        row("sensitive", (1, 1), Any, Own(conversions::sensitive)),
        row("setintersection", (1, ANY), List, Own(sets::setintersection)),
        row("setproduct", (1, ANY), List, Own(sets::setproduct)),
        row("setsubtract", (2, 2), List, Own(sets::setsubtract)),
        row("setunion", (1, ANY), List, Own(sets::setunion)),
        row("sha1", (1, 1), String, Texts(digest::sha1)),
        row("sha256", (1, 1), String, Texts(digest::sha256)),
        row("sha512", (1, 1), String, Texts(digest::sha512)),
        row("signum", (1, 1), Number, Deep(numbers::signum)),
        row("slice", (3, 3), List, Whole(collections::slice)),
        row("sort", (1, 1), List, Whole(collections::sort)),
        row("split", (2, 2), List, Texts(strings::split)),
        row("startswith", (2, 2), Bool, Own(strings::startswith)),
        row("strcontains", (2, 2), Bool, Texts(strings::strcontains)),
        row("strrev", (1, 1), String, Texts(strings::strrev)),
        row("substr", (3, 3), String, Deep(strings::substr)),
        row("sum", (1, 1), Number, Own(numbers::sum)),
        row("templatefile", (2, 2), String, Evaluator),
        row("templatestring", (2, 2), String, Evaluator),
        row("textdecodebase64", (2, 2), String, Texts(encoding::textdecodebase64)),
        row("textencodebase64", (2, 2), String, Texts(encoding::textencodebase64)),
        row("timeadd", (2, 2), String, Texts(dates::timeadd)),
        row("timecmp", (2, 2), Number, Texts(dates::timecmp)),
        row("timestamp", (0, 0), String, Never(CLOCK)),
        row("title", (1, 1), String, Texts(strings::title)),
        row("tobool", (1, 1), Bool, Own(conversions::tobool)),
        row("tolist", (1, 1), List, Own(conversions::tolist)),
        row("tomap", (1, 1), Map, Own(conversions::tomap)),
        row("tonumber", (1, 1), Number, Own(conversions::tonumber)),
        row("toset", (1, 1), List, Own(conversions::toset)),
        row("tostring", (1, 1), String, Own(conversions::tostring)),
        row("transpose", (1, 1), Map, Deep(collections::transpose)),
        row("trim", (2, 2), String, Texts(strings::trim)),
        row("trimprefix", (2, 2), String, Texts(strings::trimprefix)),
        row("trimspace", (1, 1), String, Texts(strings::trimspace)),
        row("trimsuffix", (2, 2), String, Texts(strings::trimsuffix)),
        row("try", (1, ANY), Any, Evaluator),
        row("type", (1, 1), String, Deep(conversions::kind)),
        row("upper", (1, 1), String, Texts(strings::upper)),
        row("urldecode", (1, 1), String, Texts(strings::urldecode)),
        row("urlencode", (1, 1), String, Texts(strings::urlencode)),
        row("uuid", (0, 0), String, Never(CHANCE)),
        row("uuidv5", (2, 2), String, Texts(digest::uuidv5)),
        row("values", (1, 1), List, Own(collections::values)),
        row("yamldecode", (1, 1), Any, Texts(yaml::yamldecode)),
        row("yamlencode", (1, 1), String, Deep(yaml::yamlencode)),
        row("zipmap", (2, 2), Map, Whole(collections::zipmap)),
    ]
};

/// Calls a function. What no function can make of its arguments is a failure; what is never evaluated says why.
pub fn call(name: &str, arguments: &[Node], span: Span) -> Node {
    let Some(function) = find(name) else {
        if name.starts_with("provider::") {
            let unknown =
                Unknown::new(Reason::Unsupported, format!("{name}() belongs to a provider, which is not run"));
            return Node::unknown(unknown, span);
        }
        return failed(format!("there is no function {name}"), span);
    };
    let name = function.name;
    let (least, most) = function.arity;
    if arguments.len() < least || arguments.len() > most {
        return failed(format!("{name} has {} arguments, which is too few or too many", arguments.len()), span);
    }
    // An error is an error whatever the function does with unknowns.
    let failure = arguments.iter().filter_map(Node::as_unknown).find(|unknown| unknown.reason == Reason::Failed);
    let (body, unknown) = match function.way {
        Way::Texts(body) => {
            let collection = |node: &Node| {
                node.as_unknown().is_some_and(|unknown| matches!(unknown.shape, Shape::List | Shape::Map))
            };
            if arguments.iter().any(collection) {
                return failed(format!("{name}: an argument is not a string"), span);
            }
            (body, arguments.iter().find_map(find_unknown))
        }
        Way::Deep(body) => (body, arguments.iter().find_map(find_unknown)),
        Way::Whole(body) => (body, arguments.iter().find_map(Node::as_unknown)),
        Way::Own(body) => (body, None),
        Way::Evaluator => return failed(format!("{name} cannot be used here"), span),
        Way::Never(why) => {
            let cause = format!("{name}() is not evaluated: it {why}");
            let unknown =
                Unknown { shape: function.shape, nullable: false, ..Unknown::new(Reason::Unsupported, cause) };
            return Node::unknown(unknown, span);
        }
    };
    if let Some(unknown) = failure.or(unknown) {
        let mut node = derived(unknown, function.shape, span);
        if let Value::Unknown(result) = &mut node.value
            && matches!(name, "lookup" | "element" | "jsondecode" | "yamldecode")
        {
            Arc::make_mut(result).nullable = true;
        }
        return node;
    }
    body(arguments, span).unwrap_or_else(|error| failed(format!("{name}: {error}"), span))
}

pub fn result_shape(name: &str) -> Shape {
    find(name).map_or(Shape::Any, |function| function.shape)
}

/// True for functions that the evaluator answers from files or from templates.
pub fn reads_files(name: &str) -> bool {
    plain(name).starts_with("file") || matches!(plain(name), "templatefile" | "templatestring")
}

/// The name without `core::`, which names the built-in functions explicitly.
pub fn plain(name: &str) -> &str {
    name.strip_prefix("core::").unwrap_or(name)
}

fn find(name: &str) -> Option<&'static Function> {
    let index = FUNCTIONS.binary_search_by(|function| function.name.cmp(plain(name))).ok()?;
    FUNCTIONS.get(index)
}

/// Names and least arguments of all functions.
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

fn number_argument(arguments: &[Node], index: usize) -> Result<Number, String> {
    super::value::to_number(argument(arguments, index)?)
        .ok_or_else(|| format!("argument {} is not a number", index + 1))
}

fn index_argument(arguments: &[Node], index: usize) -> Result<usize, String> {
    number_argument(arguments, index)?.index().ok_or_else(|| format!("argument {} is not a position", index + 1))
}

fn list_argument(arguments: &[Node], index: usize) -> Result<&[Node], String> {
    argument(arguments, index)?.as_list().ok_or_else(|| format!("argument {} is not a list", index + 1))
}

#[expect(clippy::unnecessary_wraps, reason = "the answer of a function")]
fn string(text: impl Into<Arc<str>>, span: Span) -> Answer {
    Ok(Node::string(text, span))
}

#[expect(clippy::unnecessary_wraps, reason = "the answer of a function")]
fn boolean(value: bool, span: Span) -> Answer {
    Ok(Node::new(Value::Bool(value), span))
}

#[expect(clippy::unnecessary_wraps, reason = "the answer of a function")]
fn number(value: &Number, span: Span) -> Answer {
    Ok(Node::new(value.to_value(), span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(FUNCTIONS.is_sorted_by_key(|function| function.name));
    }
}
