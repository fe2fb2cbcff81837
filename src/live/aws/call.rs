//! The one way to call AWS: it names the action, waits for its turn, tries again where that may help, and gives up in time.
//!
//! The SDK's own retries are off, because each of them would go past the bucket. It does not know services or types.

use std::collections::BTreeMap;
use std::error::Error;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use tokio::sync::Semaphore;

use super::failure::{Failure, What, classify};
use super::limit::Bucket;
use crate::live::actions::Action;
use crate::live::{Pace, Settings};

/// Calls per second where nothing else was asked for.
const RATES: &[(&str, f64)] =
    &[("account", 3.0), ("cloudcontrol", 10.0), ("config", 10.0), ("iam", 10.0), ("organizations", 3.0), ("sts", 10.0)];
/// Calls of one service, account and region that are under way together.
const TOGETHER: usize = 8;
/// Tries that found nobody to answer, one after the other, after which calls are tried once only: the network is gone.
const SILENCE: usize = 64;

/// All buckets of a collection.
#[derive(Debug)]
pub(super) struct Gates {
    pace: Pace,
    rates: BTreeMap<String, f64>,
    /// By account, region and service.
    open: Mutex<BTreeMap<Door, Gate>>,
    silence: Arc<AtomicUsize>,
}

type Door = (Arc<str>, Arc<str>, &'static str);

/// Through here go all calls to one service of one account and region.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    pace: Pace,
    bucket: Arc<Bucket>,
    together: Arc<Semaphore>,
    /// Calls that it still lets through; `None` lets all.
    left: Option<Arc<AtomicUsize>>,
    /// Tries of the whole collection that found nobody, since the last that did.
    silence: Arc<AtomicUsize>,
}

impl Gates {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { pace: settings.pace, rates: settings.rates.clone(), open: Mutex::default(), silence: Arc::default() }
    }

    pub(super) fn gate(&self, account: &Arc<str>, region: &Arc<str>, service: &'static str) -> Gate {
        let mut gates = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates.entry((account.clone(), region.clone(), service)).or_insert_with(|| {
            let seed = RATES.iter().find(|(name, _)| *name == service).map_or(5.0, |(_, rate)| *rate);
            let rate = self.rates.get(service).copied().unwrap_or(seed);
            Gate {
                pace: self.pace,
                bucket: Arc::new(Bucket::new(rate)),
                together: Arc::new(Semaphore::new(TOGETHER)),
                left: None,
                silence: self.silence.clone(),
            }
        });
        gate.clone()
    }
}

impl Gate {
    /// Calls until there is an answer, a failure that lasts, or patience ends.
    pub(super) async fn call<T, E, Sent>(&self, action: Action, mut attempt: impl FnMut() -> Sent) -> Result<T, Failure>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        Sent: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let (mut throttled, mut passing) = (0, 0);
        loop {
            if !self.pays() {
                return Err(Failure { what: What::Spent, message: "the calls that were allowed are used up".into() });
            }
            let failure = {
                // Closing the semaphore is nobody's doing; without a permit the call just goes on.
                let _permit = self.together.acquire().await.ok();
                self.bucket.turn().await;
                match attempt().await {
                    Ok(answer) => {
                        self.bucket.passed();
                        self.silence.store(0, Ordering::Relaxed);
                        return Ok(answer);
                    }
                    Err(error) => classify(action, &error),
                }
            };
            let silence = if failure.what == What::Unreached {
                self.silence.fetch_add(1, Ordering::Relaxed) + 1
            } else {
                self.silence.store(0, Ordering::Relaxed);
                0
            };
            let (count, most) = match failure.what {
                What::Throttled => {
                    self.bucket.throttled();
                    (&mut throttled, self.pace.throttled_tries)
                }
                What::Passing | What::Unreached if silence < SILENCE => (&mut passing, self.pace.tries),
                _ => return Err(failure),
            };
            *count += 1;
            if *count >= most {
                return Err(failure);
            }
            tokio::time::sleep(wait(self.pace, *count)).await;
        }
    }

    /// The same gate, for as many tries of calls and no more.
    pub(super) fn limited(&self, calls: usize) -> Self {
        Self { left: Some(Arc::new(AtomicUsize::new(calls))), ..self.clone() }
    }

    /// Tries that it still lets through.
    pub(super) fn left(&self) -> usize {
        self.left.as_ref().map_or(usize::MAX, |left| left.load(Ordering::Relaxed))
    }

    fn pays(&self) -> bool {
        let one_less = |left: usize| left.checked_sub(1);
        self.left.as_ref().is_none_or(|left| left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok())
    }

    /// Waits for its turn, for a call that the SDK makes by itself.
    pub(super) async fn turn(&self) {
        self.bucket.turn().await;
    }

    pub(super) const fn pace(&self) -> Pace {
        self.pace
    }
}

fn wait(pace: Pace, count: u32) -> Duration {
    pace.first_wait.saturating_mul(1 << (count - 1).min(16)).min(pace.longest_wait)
}

/// Page tokens seen so far: one that comes again would go round for ever.
#[derive(Debug, Default)]
pub(super) struct Pages(std::collections::BTreeSet<String>);

impl Pages {
    /// The token of the next page, if there is one.
    pub(super) fn next(&mut self, action: Action, token: Option<&str>) -> Result<Option<String>, Failure> {
        match token {
            None | Some("") => Ok(None),
            Some(token) if self.0.insert(token.to_owned()) => Ok(Some(token.to_owned())),
            Some(_) => Err(Failure::lasting(format!(
                "{} ({}) gave the same page again: what it lists cannot be read to its end; run it again",
                action.name, action.service
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::actions::SELECT;

    #[test]
    fn waits_grow_to_a_bound() {
        let pace = Pace::default();
        let waits: Vec<u128> = (1..9).map(|count| wait(pace, count).as_millis()).collect();
        assert_eq!(waits, [400, 800, 1600, 3200, 6400, 12800, 15000, 15000]);
        assert_eq!(wait(pace, u32::MAX), pace.longest_wait);
    }

    #[test]
    fn a_page_that_comes_again_is_a_failure() {
        let mut pages = Pages::default();
        assert_eq!(pages.next(SELECT, Some("a")).unwrap().as_deref(), Some("a"));
        assert_eq!(pages.next(SELECT, Some("b")).unwrap().as_deref(), Some("b"));
        assert!(pages.next(SELECT, Some("a")).is_err());
        assert!(pages.next(SELECT, None).unwrap().is_none());
        assert!(pages.next(SELECT, Some("")).unwrap().is_none());
    }
}
