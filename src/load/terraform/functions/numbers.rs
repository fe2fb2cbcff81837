//! Functions over numbers.

use super::super::kinds;
use super::super::number::Number;
use super::super::value::{derived, find_unknown, to_number};
use super::{Answer, argument, list_argument, number, number_argument};
use crate::model::{Node, Shape, Span};

/// The longest list that `range` makes.
const MAX_RANGE: usize = 1024;

pub fn range(arguments: &[Node], span: Span) -> Answer {
    let numbers = numbers(arguments)?;
    let zero = Number::Whole(0);
    let unit = |start: &Number, end: &Number| Number::Whole(if end.compare(start).is_lt() { -1 } else { 1 });
    let (start, end, step) = match numbers.as_slice() {
        [end] => (zero, end.clone(), unit(&Number::Whole(0), end)),
        [start, end] => (start.clone(), end.clone(), unit(start, end)),
        [start, end, step] => (start.clone(), end.clone(), step.clone()),
        _ => return Err("takes one to three arguments".into()),
    };
    let forward = step.sign() > 0;
    if start.compare(&end).is_eq() {
        return Ok(kinds::list(Vec::new(), span));
    }
    if step.is_zero() || forward != end.compare(&start).is_gt() {
        return Err("the step does not lead from start to end".into());
    }
    let mut out = Vec::new();
    let mut at = start;
    while if forward { at.compare(&end).is_lt() } else { at.compare(&end).is_gt() } {
        if out.len() >= MAX_RANGE {
            return Err("more than 1024 elements".into());
        }
        out.push(Node::new(at.to_value(), span));
        at = at.add(&step).ok_or("the number is too large")?;
    }
    Ok(kinds::list(out, span))
}

fn numbers(arguments: &[Node]) -> Result<Vec<Number>, String> {
    (0..arguments.len()).map(|index| number_argument(arguments, index)).collect()
}

pub fn max(arguments: &[Node], span: Span) -> Answer {
    let best = numbers(arguments)?.into_iter().reduce(|a, b| if b.compare(&a).is_gt() { b } else { a });
    number(&best.ok_or("needs a number")?, span)
}

pub fn min(arguments: &[Node], span: Span) -> Answer {
    let best = numbers(arguments)?.into_iter().reduce(|a, b| if b.compare(&a).is_lt() { b } else { a });
    number(&best.ok_or("needs a number")?, span)
}

pub fn sum(arguments: &[Node], span: Span) -> Answer {
    if let Some(unknown) = argument(arguments, 0)?.as_unknown() {
        return Ok(derived(unknown, Shape::Number, span));
    }
    let items = list_argument(arguments, 0)?;
    if items.is_empty() {
        return Err("the list is empty".into());
    }
    if let Some(unknown) = items.iter().find_map(find_unknown) {
        return Ok(derived(unknown, Shape::Number, span));
    }
    let mut total = Number::Whole(0);
    for item in items {
        let number = to_number(item).ok_or("an element is not a number")?;
        total = total.add(&number).ok_or("the sum is too large")?;
    }
    number(&total, span)
}

pub fn abs(arguments: &[Node], span: Span) -> Answer {
    let value = number_argument(arguments, 0)?;
    number(&if value.sign() < 0 { value.negate() } else { value }, span)
}

pub fn ceil(arguments: &[Node], span: Span) -> Answer {
    number(&number_argument(arguments, 0)?.ceil(), span)
}

pub fn floor(arguments: &[Node], span: Span) -> Answer {
    number(&number_argument(arguments, 0)?.floor(), span)
}

pub fn signum(arguments: &[Node], span: Span) -> Answer {
    let value = number_argument(arguments, 0)?;
    // Terraform looks at whole numbers only.
    value.whole().ok_or("needs a whole number")?;
    number(&Number::Whole(value.sign().into()), span)
}

pub fn pow(arguments: &[Node], span: Span) -> Answer {
    let (base, power) = (number_argument(arguments, 0)?, number_argument(arguments, 1)?);
    number(&Number::from_float(base.float().powf(power.float())).ok_or("the power is too large")?, span)
}

pub fn log(arguments: &[Node], span: Span) -> Answer {
    let (value, base) = (number_argument(arguments, 0)?, number_argument(arguments, 1)?);
    number(&Number::from_float(value.float().ln() / base.float().ln()).ok_or("the logarithm is not finite")?, span)
}

pub fn parseint(arguments: &[Node], span: Span) -> Answer {
    let text = argument(arguments, 0)?.as_str().ok_or("argument 1 is not a string")?;
    let base = number_argument(arguments, 1)?.whole().and_then(|base| u32::try_from(base).ok());
    let base = base.filter(|base| (2..=62).contains(base)).ok_or("the base is not from 2 to 62")?;
    if base <= 36 {
        return number(&Number::parse_in_base(text, base).ok_or("not a whole number in this base")?, span);
    }
    // Above 36, capital letters are digits of their own.
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let mut value = Number::Whole(0);
    for c in digits.chars() {
        let digit = match c {
            '0'..='9' => u32::from(c) - u32::from('0'),
            'a'..='z' => u32::from(c) - u32::from('a') + 10,
            'A'..='Z' => u32::from(c) - u32::from('A') + 36,
            _ => base,
        };
        if digit >= base {
            return Err("not a whole number in this base".into());
        }
        let next = value.multiply(&Number::Whole(base.into())).and_then(|n| n.add(&Number::Whole(digit.into())));
        value = next.ok_or("the number is too large")?;
    }
    if digits.is_empty() {
        return Err("not a whole number in this base".into());
    }
    number(&if negative { value.negate() } else { value }, span)
}
