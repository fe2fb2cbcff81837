//! How fast one service of one account and region is called: a token bucket that gives way when it is throttled.
//!
//! A try waits for its turn here whether it is a first one or a repeated one, so that repeating adds no load. It does not
//! know what is called.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Calls that may go out at once after a rest.
const BURST: f64 = 2.0;
/// Slower than this no throttling makes it.
const LEAST: f64 = 0.5;
/// Throttled answers to calls that were under way together count once.
const ONE_ANSWER: Duration = Duration::from_millis(500);
/// The share of the full rate that each success gives back.
const REGAIN: f64 = 0.02;

#[derive(Debug)]
pub(super) struct Bucket {
    most: f64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rate: f64,
    /// When the next call would go out, were there no burst.
    next: Option<Instant>,
    slowed: Option<Instant>,
}

impl Bucket {
    /// `most` calls per second.
    pub(super) fn new(most: f64) -> Self {
        let most = if most.is_finite() { most.clamp(LEAST, 10_000.0) } else { LEAST };
        Self { most, state: Mutex::new(State { rate: most, next: None, slowed: None }) }
    }

    /// Waits for its turn.
    pub(super) async fn turn(&self) {
        tokio::time::sleep_until(self.reserve(Instant::now())).await;
    }

    /// A call went through.
    pub(super) fn passed(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.rate = (state.rate + self.most * REGAIN).min(self.most);
    }

    /// A call was throttled: half as fast from now on.
    pub(super) fn throttled(&self) {
        self.throttled_at(Instant::now());
    }

    fn throttled_at(&self, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.slowed.is_none_or(|last| now.saturating_duration_since(last) >= ONE_ANSWER) {
            state.rate = (state.rate / 2.0).max(LEAST.min(self.most));
            state.slowed = Some(now);
        }
    }

    fn reserve(&self, now: Instant) -> Instant {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let interval = Duration::from_secs_f64(1.0 / state.rate);
        let earliest = now.checked_sub(interval.mul_f64(BURST - 1.0)).unwrap_or(now);
        let turn = state.next.map_or(earliest, |next| next.max(earliest));
        state.next = Some(turn + interval);
        turn.max(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_spread_over_time_after_a_small_burst() {
        let bucket = Bucket::new(10.0);
        let now = Instant::now();
        let turns: Vec<u128> = (0..5).map(|_| (bucket.reserve(now) - now).as_millis()).collect();
        assert_eq!(turns, [0, 0, 100, 200, 300]);
    }

    #[test]
    fn throttling_halves_the_rate_once_for_answers_that_come_together_and_success_regains_it() {
        let bucket = Bucket::new(10.0);
        let now = Instant::now();
        let rate = || bucket.state.lock().unwrap().rate;
        let halved = |expected: f64| assert!((rate() - expected).abs() < 1e-9, "{} is not {expected}", rate());
        (0..20).for_each(|_| bucket.throttled_at(now));
        halved(5.0);
        bucket.throttled_at(now + Duration::from_secs(1));
        halved(2.5);
        (0..100).for_each(|n| bucket.throttled_at(now + Duration::from_secs(2 + n)));
        halved(LEAST);
        (0..100).for_each(|_| bucket.passed());
        halved(10.0);
    }

    #[test]
    fn rates_that_make_no_sense_are_put_right() {
        for most in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let bucket = Bucket::new(most);
            let now = Instant::now();
            assert!(bucket.reserve(now) <= now);
        }
    }
}
