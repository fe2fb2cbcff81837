//! Functions over numbers.

use super::super::value::{Number, to_number};
use super::{Answer, list_argument, number_argument};
use crate::model::{Node, Span};

pub fn range(arguments: &[Node], span: Span) -> Answer {
    let numbers = (0..arguments.len()).map(|index| number_argument(arguments, index).map(Number::float));
    let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
    let (start, end, step) = match numbers.as_slice() {
        [end] => (0.0, *end, if *end < 0.0 { -1.0 } else { 1.0 }),
        [start, end] => (*start, *end, if end < start { -1.0 } else { 1.0 }),
        [start, end, step] => (*start, *end, *step),
        _ => return Err("takes one to three arguments".into()),
    };
    if step == 0.0 || (step > 0.0) != (end > start) {
        return Ok(Node::list(Vec::new(), span));
    }
    let mut out = Vec::new();
    let mut at = start;
    while (step > 0.0 && at < end) || (step < 0.0 && at > end) {
        if out.len() >= 1024 {
            return Err("more than 1024 elements".into());
        }
        out.push(Node::new(Number::from_float(at).to_value(), span));
        at += step;
    }
    Ok(Node::list(out, span))
}

fn numbers(arguments: &[Node]) -> Result<Vec<Number>, String> {
    (0..arguments.len()).map(|index| number_argument(arguments, index)).collect()
}

pub fn max(arguments: &[Node], span: Span) -> Answer {
    let best = numbers(arguments)?.into_iter().reduce(|a, b| if b.compare(a).is_gt() { b } else { a });
    Ok(Node::new(best.ok_or("needs a number")?.to_value(), span))
}

pub fn min(arguments: &[Node], span: Span) -> Answer {
    let best = numbers(arguments)?.into_iter().reduce(|a, b| if b.compare(a).is_lt() { b } else { a });
    Ok(Node::new(best.ok_or("needs a number")?.to_value(), span))
}

pub fn sum(arguments: &[Node], span: Span) -> Answer {
    let items = list_argument(arguments, 0)?;
    let mut total = Number::Whole(0);
    for item in items {
        let number = to_number(item).ok_or("an element is not a number")?;
        total = match (total, number) {
            (Number::Whole(a), Number::Whole(b)) => Number::Whole(a.saturating_add(b)),
            (a, b) => Number::from_float(a.float() + b.float()),
        };
    }
    Ok(Node::new(total.to_value(), span))
}

pub fn abs(arguments: &[Node], span: Span) -> Answer {
    let value = match number_argument(arguments, 0)? {
        Number::Whole(whole) => Number::Whole(whole.saturating_abs()),
        Number::Float(float) => Number::Float(float.abs()),
    };
    Ok(Node::new(value.to_value(), span))
}

pub fn ceil(arguments: &[Node], span: Span) -> Answer {
    Ok(Node::new(Number::from_float(number_argument(arguments, 0)?.float().ceil()).to_value(), span))
}

pub fn floor(arguments: &[Node], span: Span) -> Answer {
    Ok(Node::new(Number::from_float(number_argument(arguments, 0)?.float().floor()).to_value(), span))
}
