//! How long reading an estate takes, beside what its rate limits allow: `cargo bench --bench collect`.
//!
//! 10,000 things over 5 accounts and 3 regions come from a server on loopback that answers after 20 ms and admits 25 calls
//! per second to one service, in each account and region. The floor is calls over this limit, of the busiest service and place:
//! first to enter the accounts, then to read them, because the one cannot begin before the other has ended. What it leaves
//! out are the round trips that wait for each other. Reading goes on in a process of its own, so that its memory is not the
//! server's.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a bench prints and may fail"
)]

#[path = "../tests/it/fake_aws/mod.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod fake_aws;

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fake_aws::{Fake, OWN, Thing, World};
use serde_json::json;
use stanchion::live::aws::collect;
use stanchion::live::{Cancel, Keys, Organization, Settings};

/// Fewer things and calls by the variables below, for builds that are not optimised.
const THINGS: usize = 10_000;
const ACCOUNTS: [&str; 5] = [OWN, "222233334444", "333344445555", "444455556666", "555566667777"];
const REGIONS: [&str; 3] = ["eu-central-1", "eu-west-1", "us-east-1"];
const KINDS: [&str; 5] =
    ["AWS::DynamoDB::Table", "AWS::EC2::SecurityGroup", "AWS::EC2::Volume", "AWS::SNS::Topic", "AWS::SQS::Queue"];
/// Services that are asked before an account can be read.
const ENTERING: [&str; 3] = ["account", "organizations", "sts"];
const LIMIT: f64 = 25.0;
const FEWER_THINGS: &str = "STANCHION_BENCH_THINGS";
const LOWER_LIMIT: &str = "STANCHION_BENCH_LIMIT";
const LATENCY: Duration = Duration::from_millis(20);
/// The address of the server, for the process that reads.
const ADDRESS: &str = "STANCHION_BENCH_ADDRESS";

fn main() {
    if let Ok(address) = std::env::var(ADDRESS) {
        return reader(address);
    }
    println!(
        "{} things, {} accounts, {} regions, {LATENCY:?} latency, {}/s per service",
        things(),
        ACCOUNTS.len(),
        REGIONS.len(),
        limit()
    );
    println!("{:<14} {:>8} {:>8} {:>8} {:>7} {:>10}", "source", "calls", "wall s", "floor s", "ratio", "memory MB");
    measure("config", 100, Some(KINDS.map(Into::into).into()));
    measure("cloud control", 25, None);
}

fn things() -> usize {
    std::env::var(FEWER_THINGS).ok().and_then(|text| text.parse().ok()).unwrap_or(THINGS)
}

fn limit() -> f64 {
    std::env::var(LOWER_LIMIT).ok().and_then(|text| text.parse().ok()).unwrap_or(LIMIT)
}

fn measure(name: &str, page: usize, recorded: Option<Vec<String>>) {
    let fake = Fake::start(World {
        things: (0..things()).map(thing).collect(),
        accounts: ACCOUNTS.map(Into::into).into(),
        regions: REGIONS.map(Into::into).into(),
        recorded,
        page,
        latency: LATENCY,
        limit: Some(limit()),
        ..World::default()
    });
    let address = fake.settings(&[]).endpoint.unwrap();
    let output = Command::new(std::env::current_exe().unwrap()).env(ADDRESS, address).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let figures: Vec<f64> = told.split_whitespace().filter_map(|figure| figure.parse().ok()).collect();
    assert_eq!(figures.len(), 3, "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!((figures[0] - things() as f64).abs() < 0.5, "everything was read");
    let calls = fake.calls();
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for call in &calls {
        let entering = ENTERING.contains(&&*call.service);
        *counts.entry((entering, &call.account, &call.region, &call.service)).or_default() += 1;
    }
    let busiest = |stage: bool| counts.iter().filter(|(key, _)| key.0 == stage).map(|(_, count)| *count).max();
    let floor = [true, false].into_iter().filter_map(busiest).sum::<usize>() as f64 / limit();
    let (wall, memory) = (figures[1], figures[2]);
    println!("{name:<14} {:>8} {wall:>8.2} {floor:>8.2} {:>7.2} {memory:>10.0}", calls.len(), wall / floor);
}

fn thing(n: usize) -> Thing {
    let kind = KINDS[n % KINDS.len()];
    let place = n / KINDS.len();
    let rules = json!([{ "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8" }]);
    Thing {
        account: ACCOUNTS[place % ACCOUNTS.len()].into(),
        region: REGIONS[place / ACCOUNTS.len() % REGIONS.len()].into(),
        kind: kind.into(),
        id: format!("thing-{n}"),
        value: json!({
            "Name": format!("thing-{n}"), "Description": "x".repeat(300), "SecurityGroupIngress": rules,
            "Tags": [{ "Key": "Owner", "Value": "team" }, { "Key": "Environment", "Value": "production" }],
        }),
    }
}

/// Reads it all and prints how many things, seconds and megabytes it took.
fn reader(address: String) {
    let rates = ["account", "cloudcontrol", "config", "iam", "organizations", "sts"];
    let settings = Settings {
        endpoint: Some(address),
        keys: Some(Keys { id: "AKIAIOSFODNN7EXAMPLE".into(), secret: "made-up".into() }),
        organization: Some(Organization {
            role: "reader".into(),
            external_id: Some("let-me-in".into()),
            include_accounts: Vec::new(),
            exclude_accounts: Vec::new(),
            include_units: Vec::new(),
            exclude_units: Vec::new(),
        }),
        kinds: KINDS.map(Into::into).into(),
        rates: rates.map(|service| (service.to_owned(), limit())).into(),
        ..Settings::default()
    };
    let started = Instant::now();
    let inventory = collect(&settings, &Cancel::default(), Arc::new(|_| {})).unwrap();
    let wall = started.elapsed().as_secs_f64();
    assert!(inventory.listings.iter().all(|listing| listing.gap.is_none()), "{:?}", inventory.listings);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse::<f64>().ok());
    println!("{} {wall} {}", inventory.records.len(), peak.unwrap_or(0.0) / 1024.0);
}
