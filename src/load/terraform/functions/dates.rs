//! Functions over timestamps as RFC 3339 writes them. There is no clock here.

use std::fmt::Write as _;

use super::super::number::Number;
use super::{Answer, string, text_argument};
use crate::model::{Node, Span};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// From Thursday, as the epoch was one.
const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
const SECOND: i128 = 1_000_000_000;

struct Time {
    /// Nanoseconds since 1970 in UTC.
    instant: i128,
    /// Minutes east of UTC.
    zone: i128,
    /// `Z` rather than `+00:00`.
    is_utc: bool,
}

struct Civil {
    year: i128,
    month: i128,
    day: i128,
    hour: i128,
    minute: i128,
    second: i128,
    weekday: &'static str,
}

impl Time {
    fn parse(text: &str) -> Option<Self> {
        let number = |range: std::ops::Range<usize>| -> Option<i128> {
            let part = text.get(range)?;
            part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten()
        };
        let is = |at: usize, c: u8| text.as_bytes().get(at) == Some(&c);
        if !(is(4, b'-') && is(7, b'-') && is(10, b'T') && is(13, b':') && is(16, b':')) {
            return None;
        }
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
        let mut rest = text.get(19..)?;
        let mut nanos = 0;
        if let Some(fraction) = rest.strip_prefix('.') {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            let shown = fraction.get(..digits.min(9)).filter(|shown| !shown.is_empty())?;
            nanos = format!("{shown:0<9}").parse().ok()?;
            rest = fraction.get(digits..)?;
        }
        let zone = match rest.as_bytes() {
            [b'Z'] => 0,
            [sign @ (b'+' | b'-'), h, i, b':', m, n] if [h, i, m, n].iter().all(|b| b.is_ascii_digit()) => {
                let digit = |b: &u8| i128::from(b - b'0');
                let (hours, minutes) = (digit(h) * 10 + digit(i), digit(m) * 10 + digit(n));
                if hours > 23 || minutes > 59 {
                    return None;
                }
                (hours * 60 + minutes) * if *sign == b'-' { -1 } else { 1 }
            }
            _ => return None,
        };
        let fits = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        if !fits || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds = ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute - zone) * 60 + second;
        Some(Self { instant: seconds * SECOND + nanos, zone, is_utc: rest == "Z" })
    }

    fn civil(&self) -> Civil {
        let local = self.instant + self.zone * 60 * SECOND;
        let seconds = local.div_euclid(SECOND);
        let days = seconds.div_euclid(86_400);
        let of_day = seconds.rem_euclid(86_400);
        let (year, month, day) = civil_from_days(days);
        let weekday = usize::try_from(days.rem_euclid(7)).ok().and_then(|day| DAYS.get(day)).copied().unwrap_or("");
        Civil { year, month, day, hour: of_day / 3600, minute: of_day / 60 % 60, second: of_day % 60, weekday }
    }

    fn zone_text(&self, colon: bool) -> String {
        let (hours, minutes) = (self.zone.abs() / 60, self.zone.abs() % 60);
        let sign = if self.zone < 0 { '-' } else { '+' };
        format!("{sign}{hours:02}{}{minutes:02}", if colon { ":" } else { "" })
    }

    fn to_text(&self) -> String {
        let Civil { year, month, day, hour, minute, second, .. } = self.civil();
        let zone = if self.is_utc || self.zone == 0 { "Z".to_owned() } else { self.zone_text(true) };
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}")
    }
}

const fn is_leap(year: i128) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in(year: i128, month: i128) -> i128 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970, counted in years that begin in March, so that the leap day comes last.
const fn days_from_civil(year: i128, month: i128, day: i128) -> i128 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

const fn civil_from_days(days: i128) -> (i128, i128, i128) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + if month <= 2 { 1 } else { 0 }, month, day)
}

fn time_argument(arguments: &[Node], index: usize) -> Result<Time, String> {
    let text = text_argument(arguments, index)?;
    Time::parse(&text).ok_or_else(|| format!("'{text}' is not a timestamp such as 2024-02-29T12:00:00Z"))
}

/// A date by runs of letters: `YYYY`, `MMM`, `DD`, `EEEE`, `hh`, `AA`, `ZZZZZ`; text between single quotes stays.
pub fn formatdate(arguments: &[Node], span: Span) -> Answer {
    let format = text_argument(arguments, 0)?;
    let time = time_argument(arguments, 1)?;
    let civil = time.civil();
    let mut out = String::new();
    let mut rest = &*format;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            rest = quoted(rest.get(1..).unwrap_or(""), &mut out)?;
            continue;
        }
        let length = if first.is_ascii_alphabetic() {
            rest.chars().take_while(|c| *c == first).count()
        } else {
            first.len_utf8()
        };
        let (run, after) = rest.split_at(length);
        rest = after;
        let month = usize::try_from(civil.month - 1).ok().and_then(|month| MONTHS.get(month)).copied().unwrap_or("");
        let twelve = (civil.hour + 11) % 12 + 1;
        let half = if civil.hour < 12 { "am" } else { "pm" };
        let _ = match run {
            "YYYY" => write!(out, "{:04}", civil.year),
            "YY" => write!(out, "{:02}", civil.year % 100),
            "MMMM" => write!(out, "{month}"),
            "MMM" => write!(out, "{}", month.get(..3).unwrap_or("")),
            "MM" => write!(out, "{:02}", civil.month),
            "M" => write!(out, "{}", civil.month),
            "DD" => write!(out, "{:02}", civil.day),
            "D" => write!(out, "{}", civil.day),
            "EEEE" => write!(out, "{}", civil.weekday),
            "EEE" => write!(out, "{}", civil.weekday.get(..3).unwrap_or("")),
            "hh" => write!(out, "{:02}", civil.hour),
            "h" => write!(out, "{}", civil.hour),
            "HH" => write!(out, "{twelve:02}"),
            "H" => write!(out, "{twelve}"),
            "AA" => write!(out, "{}", half.to_uppercase()),
            "aa" => write!(out, "{half}"),
            "mm" => write!(out, "{:02}", civil.minute),
            "m" => write!(out, "{}", civil.minute),
            "ss" => write!(out, "{:02}", civil.second),
            "s" => write!(out, "{}", civil.second),
            "Z" if time.zone == 0 => write!(out, "Z"),
            "ZZZ" if time.zone == 0 => write!(out, "UTC"),
            "ZZZZZ" | "Z" => write!(out, "{}", time.zone_text(true)),
            "ZZZZ" | "ZZZ" => write!(out, "{}", time.zone_text(false)),
            _ if first.is_ascii_alphabetic() => return Err(format!("{run} is no part of a date; quote text with '")),
            other => write!(out, "{other}"),
        };
    }
    string(out, span)
}

/// Copies text up to its closing quote (two quotes are one) and returns what follows.
fn quoted<'t>(text: &'t str, out: &mut String) -> Result<&'t str, String> {
    let mut chars = text.char_indices().peekable();
    while let Some((index, c)) = chars.next() {
        match c {
            '\'' if chars.peek().is_some_and(|(_, next)| *next == '\'') => {
                chars.next();
                out.push('\'');
            }
            '\'' => return Ok(text.get(index + 1..).unwrap_or("")),
            other => out.push(other),
        }
    }
    Err("a quote in the format is not closed".into())
}

pub fn timeadd(arguments: &[Node], span: Span) -> Answer {
    let mut time = time_argument(arguments, 0)?;
    let text = text_argument(arguments, 1)?;
    time.instant += duration(&text).ok_or_else(|| format!("'{text}' is not a duration such as 1h30m"))?;
    string(time.to_text(), span)
}

/// -1, 0 or 1 as the first comes before, with or after the second.
pub fn timecmp(arguments: &[Node], span: Span) -> Answer {
    let (a, b) = (time_argument(arguments, 0)?, time_argument(arguments, 1)?);
    Ok(Node::new(Number::Whole(a.instant.cmp(&b.instant) as i128).to_value(), span))
}

/// Nanoseconds of `-1h15m30.918s` and its like.
fn duration(text: &str) -> Option<i128> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut sum: i128 = 0;
    let mut any = false;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (amount, after) = rest.split_at(end);
        let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let nanos: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" => 60 * SECOND,
            "h" => 3600 * SECOND,
            _ => return None,
        };
        let amount = Number::parse(amount)?.multiply(&Number::Whole(nanos))?.truncate().whole()?;
        sum = sum.checked_add(amount)?;
        rest = after;
        any = true;
    }
    // What Go's durations hold.
    (any && sum <= i128::from(i64::MAX)).then_some(if negative { -sum } else { sum })
}
