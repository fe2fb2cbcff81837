//! A small AWS on loopback: STS, IAM, Organizations, Account, Config and Cloud Control over real HTTP, with faults on demand.
//!
//! Pages, names and error forms are those of AWS's documentation. It does not check signatures or rights.

pub mod answers;
mod http;

use std::collections::BTreeMap;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use stanchion::live::{Keys, Pace, Settings};

pub const OWN: &str = "111122223333";

/// One request, as far as answers depend on it.
#[derive(Clone, Debug)]
pub struct Call {
    pub account: String,
    pub region: String,
    pub service: String,
    pub action: String,
    /// JSON members, or the fields of a form.
    pub body: Value,
    /// Calls of the same action in the same account and region before this one.
    pub before: usize,
}

impl Call {
    pub fn text(&self, name: &str) -> &str {
        self.body.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    Json(Value),
    Xml(String),
    /// Status, code and message in the form of the service's protocol.
    Error(u16, &'static str, &'static str),
    /// Status, content type and body.
    Raw(u16, &'static str, String),
    /// Promises the whole of this JSON and sends half of it.
    Cut(Value),
    Slow(Duration, Box<Reply>),
}

/// One thing that the cloud holds.
#[derive(Clone, Debug)]
pub struct Thing {
    pub account: String,
    pub region: String,
    /// `CloudFormation`'s name.
    pub kind: String,
    pub id: String,
    /// As Config and Cloud Control show it.
    pub value: Value,
}

type Fault = dyn Fn(&Call) -> Option<Reply> + Send + Sync;

/// What the server knows, and how it misbehaves.
pub struct World {
    pub things: Vec<Thing>,
    /// By account; the own account is among them.
    pub accounts: Vec<String>,
    pub regions: Vec<String>,
    /// Types that the recorders record; `None` without recorders.
    pub recorded: Option<Vec<String>>,
    pub page: usize,
    pub latency: Duration,
    /// Calls per second to one service in one account and region; more are throttled.
    pub limit: Option<f64>,
    pub fault: Box<Fault>,
    /// After as many answers the listener and all connections are closed.
    pub dies_after: Option<usize>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            things: Vec::new(),
            accounts: vec![OWN.into()],
            regions: vec!["eu-west-1".into()],
            recorded: None,
            page: 2,
            latency: Duration::ZERO,
            limit: None,
            fault: Box::new(|_| None),
            dies_after: None,
        }
    }
}

impl World {
    pub fn with(fault: impl Fn(&Call) -> Option<Reply> + Send + Sync + 'static) -> Self {
        Self { fault: Box::new(fault), ..Self::default() }
    }

    pub fn thing(mut self, region: &str, kind: &str, id: &str, value: Value) -> Self {
        let thing = Thing { account: OWN.into(), region: region.into(), kind: kind.into(), id: id.into(), value };
        self.things.push(thing);
        self
    }

    pub fn recording(mut self, kinds: &[&str]) -> Self {
        self.recorded = Some(kinds.iter().map(|kind| (*kind).to_owned()).collect());
        self
    }
}

/// The running server. It ends with the test.
pub struct Fake {
    address: SocketAddr,
    shared: Arc<Shared>,
}

type Key = (String, String, String);

struct Shared {
    world: World,
    address: SocketAddr,
    connections: Mutex<Vec<TcpStream>>,
    calls: Mutex<Vec<Call>>,
    counts: Mutex<BTreeMap<Key, usize>>,
    /// Tokens and when they were last counted, by account, region and action.
    buckets: Mutex<BTreeMap<Key, (f64, Instant)>>,
    ended: AtomicBool,
}

impl Fake {
    /// True once it has closed everything by itself.
    pub fn is_dead(&self) -> bool {
        self.shared.ended.load(Ordering::Relaxed)
    }

    pub fn start(mut world: World) -> Self {
        world.things.sort_by(|a, b| (&a.account, &a.region, &a.kind).cmp(&(&b.account, &b.region, &b.kind)));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            world,
            address,
            connections: Mutex::default(),
            calls: Mutex::default(),
            counts: Mutex::default(),
            buckets: Mutex::default(),
            ended: AtomicBool::new(false),
        });
        let accepting = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if accepting.ended.load(Ordering::Relaxed) {
                    break;
                }
                let shared = accepting.clone();
                shared.connections.lock().unwrap().extend(stream.try_clone());
                std::thread::spawn(move || http::serve(&stream, &shared));
            }
        });
        Self { address, shared }
    }

    /// Settings that lead here and wait for nothing.
    pub fn settings(&self, kinds: &[&str]) -> Settings {
        Settings {
            endpoint: Some(format!("http://{}", self.address)),
            keys: Some(Keys { id: "AKIAIOSFODNN7EXAMPLE".into(), secret: "made-up".into() }),
            regions: self.shared.world.regions.clone(),
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            rates: ["account", "cloudcontrol", "config", "iam", "organizations", "sts"]
                .map(|service| (service.to_owned(), 5000.0))
                .into(),
            pace: Pace {
                call: Duration::from_millis(400),
                first_wait: Duration::from_millis(1),
                longest_wait: Duration::from_millis(20),
                poll: Duration::from_millis(1),
                ..Pace::default()
            },
            ..Settings::default()
        }
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.calls.lock().unwrap().clone()
    }

    pub fn count(&self, action: &str) -> usize {
        self.calls().iter().filter(|call| call.action == action).count()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    /// The cable is pulled: nobody listens any more, and nobody is told.
    fn die(&self) {
        self.ended.store(true, Ordering::Relaxed);
        for connection in self.connections.lock().unwrap().drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
        // Wakes the listener, which then ends.
        let _ = TcpStream::connect(self.address);
    }

    fn answer(&self, mut call: Call) -> Reply {
        if self.world.dies_after.is_some_and(|most| self.calls.lock().unwrap().len() >= most) {
            self.die();
            return Reply::Json(Value::Null);
        }
        {
            let key = (call.account.clone(), call.region.clone(), call.action.clone());
            let mut counts = self.counts.lock().unwrap();
            let count = counts.entry(key).or_default();
            call.before = *count;
            *count += 1;
            self.calls.lock().unwrap().push(call.clone());
        }
        std::thread::sleep(self.world.latency);
        if !self.admits(&call) {
            return Reply::Error(400, "ThrottlingException", "Rate exceeded");
        }
        (self.world.fault)(&call).unwrap_or_else(|| answers::answer(&self.world, &call))
    }

    fn admits(&self, call: &Call) -> bool {
        let Some(limit) = self.world.limit else { return true };
        let mut buckets = self.buckets.lock().unwrap();
        let now = Instant::now();
        let key = (call.account.clone(), call.region.clone(), call.service.clone());
        let (tokens, last) = buckets.entry(key).or_insert((limit, now));
        *tokens = (*tokens + now.duration_since(*last).as_secs_f64() * limit).min(limit);
        *last = now;
        let admitted = *tokens >= 1.0;
        *tokens -= if admitted { 1.0 } else { 0.0 };
        admitted
    }
}
