//! The day of a run, which decides which suppressions have ended. It does not know time zones: days are those of UTC.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// The day of the run; `SOURCE_DATE_EPOCH` (seconds) stands in for the clock where runs have to repeat.
pub(super) fn today(vars: &BTreeMap<String, String>) -> Option<String> {
    let given = vars.get("SOURCE_DATE_EPOCH").and_then(|text| text.trim().parse::<u64>().ok());
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs());
    given.or_else(clock).map(|seconds| date(seconds / 86_400))
}

/// The date so many days after 1970-01-01, in the Gregorian calendar.
fn date(days: u64) -> String {
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let (mut year, mut left) = (1970, days);
    while left >= 365 + u64::from(is_leap(year)) {
        left -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02}", left + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        let dates = [(0, "1970-01-01"), (11_016, "2000-02-29"), (11_017, "2000-03-01"), (20_778, "2026-11-21")];
        for (days, expected) in dates {
            assert_eq!(date(days), expected);
        }
    }
}
