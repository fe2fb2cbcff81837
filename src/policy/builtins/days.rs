//! Whole days between two times, for policies about age. There is no clock: both are given.

const DAY: i64 = 86_400;

/// Days from one RFC 3339 time to another, rounded down; negative where the second is the earlier. `None` where either is no time.
pub(super) fn between(from: &str, to: &str) -> Option<i64> {
    Some((seconds(to)? - seconds(from)?).div_euclid(DAY))
}

/// Seconds since 0001-01-01; fractions of a second do not matter to days.
fn seconds(text: &str) -> Option<i64> {
    let (date, time) = text.split_at_checked(10)?;
    let mut date = date.split('-');
    let (year, month, day) = (number(date.next()?, 4)?, number(date.next()?, 2)?, number(date.next()?, 2)?);
    if date.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let days = days(year, month, day) * DAY;
    if time.is_empty() {
        return Some(days);
    }
    let clock = time.strip_prefix(['T', 't', ' '])?;
    let at = clock.find(['Z', 'z', '+', '-']).unwrap_or(clock.len());
    let (clock, offset) = clock.split_at_checked(at)?;
    let mut parts = clock.split('.').next()?.split(':');
    let (hour, minute, second) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some(days + hour * 3600 + minute * 60 + second - shift(offset)?)
}

/// Seconds that a zone is ahead.
fn shift(offset: &str) -> Option<i64> {
    if offset.is_empty() || offset.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let ahead = offset.starts_with('+');
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let shift = number(hours, 2)? * 3600 + number(minutes, 2)? * 60;
    Some(if ahead { shift } else { -shift })
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let fits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| fits)
}

/// Days since 0001-01-01 in the Gregorian calendar; years begin in March so that the leap day is a year's last.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (month * 306 + 5) / 10 + day
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn days_are_counted_over_months_leap_years_and_zones() {
        assert_eq!(between("2026-11-20T08:00:00Z", "2026-11-21T08:00:00+00:00"), Some(1));
        assert_eq!(between("2024-02-28", "2024-03-01"), Some(2));
        assert_eq!(between("1900-02-28", "1900-03-01"), Some(1));
        assert_eq!(between("2026-01-01T00:00:00Z", "2026-12-31T23:59:59.999Z"), Some(364));
        assert_eq!(between("2026-01-02T00:00:00Z", "2026-01-01T23:00:00Z"), Some(-1));
        assert_eq!(between("2026-01-01T23:30:00-02:00", "2026-01-02T01:30:00Z"), Some(0));
        assert_eq!(between("0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z"), Some(3_652_058));
    }

    #[test]
    fn what_is_no_time_has_no_age() {
        for text in [
            "",
            "N/A",
            "no_information",
            "2026-13-01",
            "2026-1-1",
            "2026-01-01Tx",
            "2026-01-01T25:00:00Z",
            "é026-01-01",
        ] {
            assert_eq!(between(text, "2026-01-01"), None, "{text}");
        }
    }
}
