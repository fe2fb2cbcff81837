//! Terraform's numbers: exact while whole, and binary floats of 512 bits otherwise, written as the shortest decimal.
//!
//! `0.1 + 0.2` is `0.3`, and identifiers of twenty digits keep them. It knows neither values nor expressions.

use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint, Sign};

use crate::model::Value;

/// Bits of a mantissa.
const PRECISION: u64 = 512;
/// Larger and smaller numbers are refused; no cloud has them, and they take long to write out.
const MAX_EXPONENT: i64 = 308;
const MAX_DIGITS: usize = 1000;

#[derive(Clone, Debug)]
pub enum Number {
    Whole(i128),
    Big(Big),
}

/// `mantissa * 2^exponent`, rounded to [`PRECISION`] bits, trailing zero bits taken out.
#[derive(Clone, Debug)]
pub struct Big {
    mantissa: BigInt,
    exponent: i64,
}

impl Number {
    /// Reads a decimal number. Infinities, other bases and blanks are no numbers.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(whole) = text.parse::<i128>() {
            return Some(Self::Whole(whole));
        }
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (text.get(..at)?, text.get(at + 1..)?.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all = format!("{whole}{fraction}");
        if all.is_empty() || all.len() > MAX_DIGITS || !all.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let scale = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        let significant = i64::try_from(all.trim_start_matches('0').len()).ok()?;
        if significant == 0 {
            return Some(Self::Whole(0));
        }
        if scale.checked_add(significant)?.abs() > MAX_EXPONENT {
            return None;
        }
        let value: BigInt = all.parse().ok()?;
        let value = if negative { -value } else { value };
        let ten = |power: i64| BigInt::from(BigUint::from(10_u8).pow(u32::try_from(power.unsigned_abs()).unwrap_or(0)));
        Some(if scale >= 0 { rounded(value * ten(scale), 0) } else { quotient(&value, &ten(scale), 0) })
    }

    /// The number of a float, as its shortest decimal says it; `None` for infinities.
    pub fn from_float(float: f64) -> Option<Self> {
        if float.is_finite() { Self::parse(&format!("{float}")) } else { None }
    }

    pub fn float(&self) -> f64 {
        self.text().parse().unwrap_or(0.0)
    }

    pub fn whole(&self) -> Option<i128> {
        match self {
            Self::Whole(whole) => Some(*whole),
            Self::Big(_) => None,
        }
    }

    pub fn index(self) -> Option<usize> {
        self.whole().and_then(|whole| usize::try_from(whole).ok())
    }

    pub fn is_zero(&self) -> bool {
        matches!(self, Self::Whole(0))
    }

    /// -1, 0 or 1.
    pub fn sign(&self) -> i8 {
        match self.parts().0.sign() {
            Sign::Minus => -1,
            Sign::NoSign => 0,
            Sign::Plus => 1,
        }
    }

    pub fn to_value(&self) -> Value {
        Value::Number(self.text().into())
    }

    /// The shortest decimal, without exponent, that is this number.
    pub fn text(&self) -> String {
        match self {
            Self::Whole(whole) => whole.to_string(),
            Self::Big(big) => big.text(),
        }
    }

    pub fn compare(&self, other: &Self) -> Ordering {
        if let (Self::Whole(a), Self::Whole(b)) = (self, other) {
            return a.cmp(b);
        }
        let (a, b, _) = aligned(self, other);
        a.cmp(&b)
    }

    pub fn negate(&self) -> Self {
        let (mantissa, exponent) = self.parts();
        rounded(-mantissa, exponent)
    }

    pub fn add(&self, other: &Self) -> Option<Self> {
        let (a, b, exponent) = aligned(self, other);
        rounded(a + b, exponent).bounded()
    }

    pub fn subtract(&self, other: &Self) -> Option<Self> {
        self.add(&other.negate())
    }

    pub fn multiply(&self, other: &Self) -> Option<Self> {
        let ((a, x), (b, y)) = (self.parts(), other.parts());
        rounded(a * b, x + y).bounded()
    }

    /// `None` for a division by zero.
    pub fn divide(&self, other: &Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        let ((a, x), (b, y)) = (self.parts(), other.parts());
        quotient(&a, &b, x - y).bounded()
    }

    /// The remainder has the sign of the dividend; nothing is left of a division by zero but the dividend.
    pub fn modulo(&self, other: &Self) -> Option<Self> {
        if other.is_zero() {
            return Some(self.clone());
        }
        let times = self.divide(other)?.truncate();
        self.subtract(&other.multiply(&times)?)
    }

    pub fn truncate(&self) -> Self {
        let (mantissa, exponent) = self.parts();
        if exponent >= 0 {
            return self.clone();
        }
        rounded(mantissa / (BigInt::from(1) << exponent.unsigned_abs()), 0)
    }

    pub fn floor(&self) -> Self {
        let (mantissa, exponent) = self.parts();
        // Shifting rounds towards minus infinity.
        if exponent >= 0 { self.clone() } else { rounded(mantissa >> exponent.unsigned_abs(), 0) }
    }

    pub fn ceil(&self) -> Self {
        self.negate().floor().negate()
    }

    /// The whole number that is nearest to this one with the point moved to the right, halves to even.
    pub fn shifted(&self, places: usize) -> Self {
        let (mantissa, exponent) = self.parts();
        let scaled = mantissa * BigInt::from(BigUint::from(10_u8).pow(u32::try_from(places).unwrap_or(0)));
        if exponent >= 0 {
            return rounded(scaled << exponent.unsigned_abs(), 0);
        }
        let bits = exponent.unsigned_abs();
        let floor = &scaled >> bits;
        let twice: BigInt = (scaled - (&floor << bits)) << 1_u8;
        let one = BigInt::from(1) << bits;
        let up = twice > one || twice == one && floor.bit(0);
        rounded(if up { floor + 1 } else { floor }, 0)
    }

    /// The digits of a whole number in another base, its sign before them.
    pub fn in_base(&self, base: u32) -> Option<String> {
        let (mantissa, exponent) = self.parts();
        (exponent >= 0).then(|| (mantissa << exponent.unsigned_abs()).to_str_radix(base))
    }

    /// Reads a whole number in a base of 2 to 36.
    pub fn parse_in_base(text: &str, base: u32) -> Option<Self> {
        let plausible = text.len() <= MAX_DIGITS && !text.contains('_');
        let value = BigInt::parse_bytes(text.as_bytes(), base).filter(|_| plausible)?;
        rounded(value, 0).bounded()
    }

    fn bounded(self) -> Option<Self> {
        let (mantissa, exponent) = self.parts();
        let bits = exponent.saturating_add(i64::try_from(mantissa.bits()).ok()?);
        (mantissa.sign() == Sign::NoSign || bits.abs() < MAX_EXPONENT * 10 / 3).then_some(self)
    }

    fn parts(&self) -> (BigInt, i64) {
        match self {
            Self::Whole(whole) => ((*whole).into(), 0),
            Self::Big(big) => (big.mantissa.clone(), big.exponent),
        }
    }
}

/// Both mantissas for the smaller of the two exponents.
fn aligned(a: &Number, b: &Number) -> (BigInt, BigInt, i64) {
    let ((a, x), (b, y)) = (a.parts(), b.parts());
    let least = x.min(y);
    (a << (x - least).unsigned_abs(), b << (y - least).unsigned_abs(), least)
}

fn quotient(a: &BigInt, b: &BigInt, exponent: i64) -> Number {
    // Two bits more than the precision, and one that says whether anything is left.
    let shift = (PRECISION + 3 + b.bits()).saturating_sub(a.bits());
    let shifted = a << shift;
    let (times, rest) = (&shifted / b, &shifted % b);
    let sticky = if rest.sign() == Sign::NoSign {
        BigInt::ZERO
    } else {
        BigInt::from(if times.sign() == Sign::Minus { -1 } else { 1 })
    };
    rounded((times << 1_u8) + sticky, exponent - i64::try_from(shift).unwrap_or(0) - 1)
}

/// Rounds to the precision, half to even, and takes trailing zero bits out.
fn rounded(mantissa: BigInt, exponent: i64) -> Number {
    let (sign, mut magnitude) = mantissa.into_parts();
    let mut exponent = exponent;
    let excess = magnitude.bits().saturating_sub(PRECISION);
    if excess > 0 {
        let half = magnitude.bit(excess - 1);
        let beyond = magnitude.trailing_zeros().is_some_and(|zeros| zeros < excess - 1);
        let odd = magnitude.bit(excess);
        magnitude >>= excess;
        exponent += i64::try_from(excess).unwrap_or(0);
        if half && (beyond || odd) {
            magnitude += 1_u8;
        }
    }
    let zeros = magnitude.trailing_zeros().unwrap_or(0);
    magnitude >>= zeros;
    exponent += i64::try_from(zeros).unwrap_or(0);
    let mantissa = BigInt::from_biguint(sign, magnitude);
    if (0..128).contains(&exponent)
        && let Ok(whole) = i128::try_from(&mantissa << exponent.unsigned_abs())
    {
        return Number::Whole(whole);
    }
    if mantissa.sign() == Sign::NoSign {
        return Number::Whole(0);
    }
    Number::Big(Big { mantissa, exponent })
}

impl Big {
    fn text(&self) -> String {
        let magnitude = self.mantissa.magnitude();
        let sign = if self.mantissa.sign() == Sign::Minus { "-" } else { "" };
        // The neighbours are half a unit of the last of all bits away.
        let widen = PRECISION.saturating_sub(magnitude.bits()) + 1;
        let exponent = self.exponent - i64::try_from(widen).unwrap_or(0);
        let value = magnitude << widen;
        let inclusive = !(&value >> 1_u8).bit(0);
        // As whole numbers of 10^-places.
        let (scale, places) = if exponent < 0 {
            (BigUint::from(5_u8).pow(u32::try_from(exponent.unsigned_abs()).unwrap_or(0)), exponent.unsigned_abs())
        } else {
            (BigUint::from(1_u8) << exponent.unsigned_abs(), 0)
        };
        let (low, high) = ((&value - 1_u8) * &scale, (&value + 1_u8) * &scale);
        let exact = value * scale;
        let mut digits = exact.to_string();
        for kept in 1..digits.len() {
            let unit = BigUint::from(10_u8).pow(u32::try_from(digits.len() - kept).unwrap_or(0));
            let near = (&exact + (&unit >> 1_u8)) / &unit * &unit;
            if near > low && near < high || inclusive && (near == low || near == high) {
                digits = near.to_string();
                break;
            }
        }
        let places = usize::try_from(places).unwrap_or(0);
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        let fraction = fraction.trim_end_matches('0');
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn decimals_come_back_as_they_were_written() {
        for text in
            ["0", "1", "-1.5", "0.1", "123456789012345678901234567890", "0.000001", "3.14159", "99999999999999999999.5"]
        {
            assert_eq!(number(text).text(), text);
        }
        for (text, short) in [("1.0", "1"), ("1e3", "1000"), ("12.50", "12.5"), ("1.5e-3", "0.0015"), ("-0", "0")] {
            assert_eq!(number(text).text(), short);
        }
        for text in
            ["", "-", ".", "1e", "nan", "inf", "0x10", "1_000", " 1", "1e400", "1e-400", "1e99999999999999999999"]
        {
            assert!(Number::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn sums_of_decimals_are_decimals() {
        assert_eq!(number("0.1").add(&number("0.2")).unwrap().text(), "0.3");
        assert!(number("0.1").add(&number("0.2")).unwrap().compare(&number("0.3")).is_eq());
        assert_eq!(number("1").divide(&number("8")).unwrap().text(), "0.125");
        assert_eq!(number("1").divide(&number("3")).unwrap().text().len(), 157);
        assert_eq!(number("-7").modulo(&number("2.5")).unwrap().text(), "-2");
        assert!(number("1").divide(&number("0")).is_none());
    }

    #[test]
    fn rounding_to_whole_numbers_knows_the_sign() {
        assert_eq!(
            [number("-1.2").floor().text(), number("-1.2").ceil().text(), number("1.2").ceil().text()],
            ["-2", "-1", "2"]
        );
        assert_eq!(number("-1.7").truncate().text(), "-1");
        assert_eq!(number("255").in_base(16).as_deref(), Some("ff"));
    }
}
