//! What to collect, from where, and how fast.
//!
//! Plain data: flags end up here, and tests put a server of their own here. It does not know the SDK.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Everything that a collection depends on.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Of the AWS configuration files.
    pub profile: Option<String>,
    /// Empty reads every region that is enabled for an account.
    pub regions: Vec<String>,
    /// Reads the accounts of the organization instead of one.
    pub organization: Option<Organization>,
    /// Asks this aggregator of AWS Config for all of its accounts at once.
    pub aggregator: Option<String>,
    /// Stop then and keep what was read.
    pub timeout: Option<Duration>,
    /// Calls per second by service (`config`, `cloudcontrol`, `iam`, `organizations`, `sts`, `account`), for each account
    /// and region.
    pub rates: BTreeMap<String, f64>,
    /// Asks what roles and users last used, with at most so many calls in each account.
    pub last_accessed: Option<usize>,
    /// `CloudFormation` types to read; empty reads all.
    pub kinds: BTreeSet<String>,
    pub pace: Pace,
    /// Another address for all services.
    pub endpoint: Option<String>,
    /// Instead of looking for credentials; nothing of the environment is read then.
    pub keys: Option<Keys>,
}

/// Which accounts of an organization, and how to get into them.
#[derive(Clone, Debug)]
pub struct Organization {
    /// The role to assume in each account but one's own.
    pub role: String,
    pub external_id: Option<String>,
    /// Account ids; empty includes all.
    pub include_accounts: Vec<String>,
    pub exclude_accounts: Vec<String>,
    /// Ids of organizational units or roots, with all below; empty includes all.
    pub include_units: Vec<String>,
    pub exclude_units: Vec<String>,
}

/// How patient a collection is.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The longest that one call may take.
    pub call: Duration,
    /// The first wait before trying again; each further one is twice as long.
    pub first_wait: Duration,
    pub longest_wait: Duration,
    /// Tries of a call that fails for reasons that may pass.
    pub tries: u32,
    /// Tries of a call that is throttled.
    pub throttled_tries: u32,
    /// Between two looks at whether a report is there.
    pub poll: Duration,
    pub polls: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(10),
            first_wait: Duration::from_millis(400),
            longest_wait: Duration::from_secs(15),
            tries: 4,
            throttled_tries: 8,
            poll: Duration::from_secs(2),
            polls: 30,
        }
    }
}

/// Credentials that are given instead of looked for.
#[derive(Clone)]
pub struct Keys {
    pub id: String,
    pub secret: String,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}

/// Stops a collection from outside; clones stop the same one.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a collection tells while it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// So many more things are to be done.
    Planned(usize),
    /// One of them is done.
    Done { account: Arc<str>, region: Arc<str>, kind: Arc<str> },
}
