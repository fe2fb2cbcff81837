//! What a plain scalar means to go-yaml v2, the reader in `kubectl` and in the API server.
//!
//! Measured against `kubectl`; it is neither YAML 1.1 nor 1.2.

use crate::model::Value;

/// `.inf` and `.nan`: numbers to YAML, but JSON, and so Kubernetes, has none.
#[derive(Debug)]
pub(super) struct NotANumber;

pub(super) fn resolve(text: &str) -> Result<Value, NotANumber> {
    let Some(first) = text.bytes().next() else { return Ok(Value::Null) };
    let number = match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => return Ok(word(text)),
        b'.' | b'+' | b'-' if matches!(without_sign(text), ".inf" | ".Inf" | ".INF") => return Err(NotANumber),
        b'.' if matches!(text, ".nan" | ".NaN" | ".NAN") => return Err(NotANumber),
        b'.' => float(text),
        b'0'..=b'9' | b'+' | b'-' => {
            let digits = text.replace('_', "");
            integer(&digits).or_else(|| is_float(&digits).then(|| float(&digits)).flatten())
        }
        _ => None,
    };
    Ok(number.map_or_else(|| Value::String(text.into()), |number| Value::Number(number.into())))
}

/// As Terraform reads it: the words of `kubectl`, but no octal numbers by a leading zero and no `_` in numbers; a day is a
/// point in time.
pub(super) fn resolve_terraform(text: &str) -> Value {
    let Some(first) = text.bytes().next() else { return Value::Null };
    if first.is_ascii_alphabetic() || first == b'~' {
        return word(text);
    }
    let decimal = without_sign(text).trim_start_matches('0');
    let number = match text.get(..2) {
        Some("0x" | "0o") => integer(text),
        _ if is_float(text) => Some(if decimal.is_empty() { "0".into() } else { text.to_owned() }),
        _ => None,
    };
    match number {
        Some(number) => Value::Number(number.into()),
        None => Value::String(point_in_time(text).unwrap_or_else(|| text.to_owned()).into()),
    }
}

/// `2024-2-29` and `2024-02-29 12:00:00` as RFC 3339 has them.
fn point_in_time(text: &str) -> Option<String> {
    let (day, time) = text.split_once(' ').map_or((text, None), |(day, time)| (day, Some(time)));
    let mut parts = day.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let fits =
        year.len() == 4 && (1..=2).contains(&month.len()) && (1..=2).contains(&day.len()) && parts.next().is_none();
    if !fits || !digits(year) || !digits(month) || !digits(day) {
        return None;
    }
    let time = match time {
        None => "00:00:00",
        Some(time)
            if time.len() == 8
                && time
                    .bytes()
                    .enumerate()
                    .all(|(at, byte)| if at == 2 || at == 5 { byte == b':' } else { byte.is_ascii_digit() }) =>
        {
            time
        }
        Some(_) => return None,
    };
    Some(format!("{year}-{month:0>2}-{day:0>2}T{time}Z"))
}

fn word(text: &str) -> Value {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Value::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Value::Bool(false),
        "~" | "null" | "Null" | "NULL" => Value::Null,
        _ => Value::String(text.into()),
    }
}

fn without_sign(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

/// Decimal, `0x`, `0b`, `0o` and, with a leading zero, octal.
fn integer(text: &str) -> Option<String> {
    let negative = text.starts_with('-');
    let body = without_sign(text);
    let lower = body.to_ascii_lowercase();
    let (digits, radix) = match lower.get(..2) {
        Some("0x") => (lower.get(2..)?, 16),
        Some("0b") => (lower.get(2..)?, 2),
        Some("0o") => (lower.get(2..)?, 8),
        _ if lower.len() > 1 && lower.starts_with('0') => (lower.get(1..)?, 8),
        _ => (lower.as_str(), 10),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let value = u64::from_str_radix(digits, radix).ok()?;
    if negative && value > 1 << 63 {
        return None;
    }
    Some(if negative && value != 0 { format!("-{value}") } else { value.to_string() })
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let body = without_sign(text);
    let (mantissa, exponent) = match body.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(without_sign(exponent))),
        None => (body, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    mantissa_fits && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

fn float(text: &str) -> Option<String> {
    if !is_float(text) {
        return None;
    }
    let value: f64 = text.parse().ok().filter(|value: &f64| value.is_finite())?;
    let size = value.abs();
    Some(if size == 0.0 {
        "0".into()
    } else if (1e-6..1e21).contains(&size) {
        value.to_string()
    } else {
        format!("{value:e}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match resolve(text) {
            Ok(Value::Null) => "null".into(),
            Ok(Value::Bool(value)) => value.to_string(),
            Ok(Value::Number(number)) => number.to_string(),
            Ok(Value::String(text)) => format!("\"{text}\""),
            Ok(_) => "?".into(),
            Err(NotANumber) => "error".into(),
        }
    }

    #[test]
    fn words_are_those_of_kubectl() {
        for text in ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"] {
            assert_eq!(shown(text), "true", "{text}");
        }
        for text in ["n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"] {
            assert_eq!(shown(text), "false", "{text}");
        }
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(shown(text), "null", "{text}");
        }
        for text in ["oN", "tRUE", "nULL", "oFF", "nO", "yEs", "truex", "nan", "inf", "infinity", "=", "١"] {
            assert_eq!(shown(text), format!("\"{text}\""));
        }
    }

    #[test]
    fn numbers_are_those_of_kubectl() {
        let table = [
            ("0644", "420"),
            ("0o644", "420"),
            ("0O7", "7"),
            ("012", "10"),
            ("08", "8"),
            ("09.5", "9.5"),
            ("00", "0"),
            ("0_7", "7"),
            ("0777_7", "4095"),
            ("-0644", "-420"),
            ("1_000", "1000"),
            ("1_", "1"),
            ("-_1", "-1"),
            ("1_0.5", "10.5"),
            ("1e3", "1000"),
            ("1E+3", "1000"),
            ("1_e3", "1000"),
            ("1e-2", "0.01"),
            ("1e-7", "1e-7"),
            ("1e21", "1e21"),
            ("+1", "1"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("+0.5", "0.5"),
            (".5", "0.5"),
            ("-.5", "-0.5"),
            ("5.", "5"),
            ("1.0", "1"),
            ("0x1F", "31"),
            ("-0x1F", "-31"),
            ("0x_1F", "31"),
            ("0b11", "3"),
            ("0B1", "1"),
            ("-0b11", "-3"),
            ("9223372036854775807", "9223372036854775807"),
            ("18446744073709551615", "18446744073709551615"),
            ("123456789.125", "123456789.125"),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn near_numbers_stay_text() {
        for text in [
            "_1",
            "0b12",
            "0b",
            "0x",
            "0o",
            "0o8",
            "1e",
            "1e+",
            "1.2.3",
            "1,000",
            "1e400",
            ".e1",
            "._5",
            ".",
            "+",
            "-",
            "0x1.8p3",
            "0xFFFFFFFFFFFFFFFFF",
            "12:30:45",
            "2020-01-01",
            "2001-12-14t21:59:43.10-05:00",
            "--1",
            "+-1",
            "0x+1",
            "0+1",
            ".iNF",
        ] {
            assert_eq!(shown(text), format!("\"{text}\""));
        }
    }

    #[test]
    fn infinities_are_refused() {
        for text in [".inf", "-.inf", "+.Inf", ".INF", ".nan", ".NaN"] {
            assert_eq!(shown(text), "error", "{text}");
        }
    }
}
