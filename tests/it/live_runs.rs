//! Claims about whole runs: organizations, runs that end early, snapshots, secrets, and the program itself.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stanchion::live::aws::collect;
use stanchion::live::{Cancel, Event, Organization, Settings, gaps, snapshot};
use stanchion::model::{GapReason, Inventory, LiveRecord, REDACTED};

use crate::fake_aws::{Call, Fake, OWN, Reply, Thing, World};

const QUEUE: &str = "AWS::SQS::Queue";
const VOLUME: &str = "AWS::EC2::Volume";
const ACCOUNTS: [&str; 3] = [OWN, "222233334444", "333344445555"];

fn read(settings: &Settings) -> Inventory {
    collect(settings, &Cancel::default(), Arc::new(|_| {})).unwrap()
}

fn organization() -> Organization {
    Organization {
        role: "reader".into(),
        external_id: Some("let-me-in".into()),
        include_accounts: Vec::new(),
        exclude_accounts: Vec::new(),
        include_units: Vec::new(),
        exclude_units: Vec::new(),
    }
}

/// Three accounts with one queue each in each of two regions.
fn estate() -> World {
    let regions = ["eu-west-1", "us-east-1"];
    let thing = |account: &str, region: &str| Thing {
        account: account.into(),
        region: region.into(),
        kind: QUEUE.into(),
        id: format!("{account}-{region}"),
        value: json!({ "QueueName": "q" }),
    };
    World {
        accounts: ACCOUNTS.map(Into::into).into(),
        regions: regions.map(Into::into).into(),
        things: ACCOUNTS.iter().flat_map(|account| regions.map(|region| thing(account, region))).collect(),
        ..World::default()
    }
}

fn accounts_of<'a>(records: impl IntoIterator<Item = &'a LiveRecord>) -> Vec<&'a str> {
    let mut accounts: Vec<&str> = records.into_iter().filter(|it| &*it.kind == QUEUE).map(|it| &*it.account).collect();
    accounts.dedup();
    accounts
}

#[test]
fn an_organization_is_read_account_by_account_and_region_by_region() {
    let fake = Fake::start(estate());
    let settings = Settings { organization: Some(organization()), regions: Vec::new(), ..fake.settings(&[QUEUE]) };
    let inventory = read(&settings);
    assert!(gaps::problems(&inventory).is_empty(), "{:?}", inventory.listings);
    assert_eq!(accounts_of(&inventory.records), ACCOUNTS);
    assert_eq!(inventory.records.len(), 6);
    let roles: BTreeSet<String> = fake.calls().iter().map(|call| call.text("RoleArn").to_owned()).collect();
    assert!(!roles.iter().any(|role| role.contains(OWN)), "one's own account needs no role");
    assert!(fake.count("AssumeRole") <= 4, "once to see whether it works, once to work");
    assert!(fake.calls().iter().all(|call| call.account != "999999999999"), "suspended accounts are left alone");
}

#[test]
fn accounts_and_units_are_included_and_left_out() {
    let fake = Fake::start(estate());
    let accounts_with = |change: &dyn Fn(&mut Organization)| {
        let mut wanted = organization();
        change(&mut wanted);
        let inventory = read(&Settings { organization: Some(wanted), ..fake.settings(&[QUEUE]) });
        accounts_of(&inventory.records).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(accounts_with(&|it| it.include_accounts = vec![ACCOUNTS[1].into()]), [ACCOUNTS[1]]);
    assert_eq!(accounts_with(&|it| it.exclude_accounts = vec![ACCOUNTS[1].into()]), [ACCOUNTS[0], ACCOUNTS[2]]);
    assert_eq!(accounts_with(&|it| it.include_units = vec!["ou-3333".into()]), [ACCOUNTS[2]]);
    assert_eq!(accounts_with(&|it| it.exclude_units = vec!["ou-3333".into()]), [ACCOUNTS[0], ACCOUNTS[1]]);
    assert_eq!(accounts_with(&|it| it.exclude_units = vec!["r-root".into()]), [""; 0]);
}

#[test]
fn an_account_that_refuses_costs_itself() {
    let refuse = |call: &Call| {
        let this = call.action == "AssumeRole" && call.text("RoleArn").contains(ACCOUNTS[1]);
        this.then_some(Reply::Error(403, "AccessDenied", "not authorized to perform: sts:AssumeRole"))
    };
    let fake = Fake::start(World { fault: Box::new(refuse), ..estate() });
    let inventory = read(&Settings { organization: Some(organization()), ..fake.settings(&[QUEUE]) });
    assert_eq!(accounts_of(&inventory.records), [ACCOUNTS[0], ACCOUNTS[2]]);
    let problems = gaps::problems(&inventory);
    let [problem] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!(problem.subject, format!("aws/{}", ACCOUNTS[1]));
    assert!(problem.incomplete && problem.message.contains("role/reader") && problem.message.contains("--external-id"));
    assert!(inventory.listings.iter().all(|listing| &*listing.account != ACCOUNTS[1] || listing.gap.is_some()));
}

#[test]
fn an_aggregator_shows_all_accounts_and_no_listing_of_what_it_does_not_have() {
    let fake = Fake::start(estate());
    let settings =
        |fake: &Fake| Settings { aggregator: Some("all".into()), ..fake.settings(&[QUEUE, "AWS::EKS::Cluster"]) };
    let inventory = read(&settings(&fake));
    assert_eq!(accounts_of(&inventory.records), ACCOUNTS);
    for listing in &inventory.listings {
        // Nobody knows whether clusters are recorded: that none is there is not proven.
        assert_eq!(listing.gap.is_none(), &*listing.kind == QUEUE, "{listing:?}");
    }
    assert!(gaps::problems(&inventory).iter().all(|problem| !problem.incomplete));
    assert_eq!(fake.count("AssumeRole"), 0);
    let empty = |call: &Call| {
        (call.action == "DescribeConfigurationAggregatorSourcesStatus")
            .then(|| Reply::Json(json!({ "AggregatedSourceStatusList": [] })))
    };
    let fake = Fake::start(World { fault: Box::new(empty), ..estate() });
    let told = |fake: &Fake| {
        let inventory = read(&settings(fake));
        assert!(inventory.records.is_empty() && inventory.listings.iter().all(|listing| listing.gap.is_some()));
        let problems = gaps::problems(&inventory).into_iter().filter(|problem| problem.incomplete);
        problems.map(|problem| problem.message).collect::<String>()
    };
    assert!(told(&fake).contains("shows nothing"), "{}", told(&fake));
    let fake = Fake::start(World { things: Vec::new(), ..estate() });
    assert!(told(&fake).contains("shows nothing"), "{}", told(&fake));
    let old = |call: &Call| {
        let source = json!({ "SourceId": ACCOUNTS[1], "AwsRegion": "eu-west-1", "LastUpdateStatus": "FAILED", "LastErrorCode": "x" });
        (call.action == "DescribeConfigurationAggregatorSourcesStatus")
            .then(|| Reply::Json(json!({ "AggregatedSourceStatusList": [source] })))
    };
    let fake = Fake::start(World { fault: Box::new(old), ..estate() });
    let problems = gaps::problems(&read(&settings(&fake)));
    assert!(problems.iter().any(|problem| problem.incomplete && problem.message.contains("not up to date")));
}

#[test]
fn wrong_or_missing_credentials_end_the_run_at_once_with_a_remedy() {
    for (code, words) in [("InvalidClientTokenId", "are not valid"), ("ExpiredToken", "have ended")] {
        let fake = Fake::start(World::with(move |call| {
            (call.action == "GetCallerIdentity").then_some(Reply::Error(403, code, "no"))
        }));
        let error = collect(&fake.settings(&[]), &Cancel::default(), Arc::new(|_| {})).unwrap_err();
        assert!(error.contains(words), "{error}");
        assert_eq!(fake.calls().len(), 1);
    }
}

#[test]
fn a_run_that_is_stopped_keeps_what_was_read_and_shows_nothing_as_missing() {
    let slow = |call: &Call| {
        let late = call.region == "us-east-1" && call.service != "sts";
        late.then(|| Reply::Slow(Duration::from_secs(3), Box::new(Reply::Json(json!({})))))
    };
    for by_hand in [true, false] {
        let fake = Fake::start(World { fault: Box::new(slow), regions: vec!["eu-west-1".into()], ..estate() });
        let mut settings = fake.settings(&[QUEUE, "AWS::CloudFront::Distribution"]);
        settings.pace.call = Duration::from_secs(5);
        settings.timeout = (!by_hand).then_some(Duration::from_millis(600));
        let cancel = Cancel::default();
        let stop = cancel.clone();
        let told = move |event: Event| {
            if by_hand && matches!(event, Event::Planned(_)) {
                stop.stop();
            }
        };
        let started = Instant::now();
        let inventory = collect(&settings, &cancel, Arc::new(told)).unwrap();
        assert!(started.elapsed() < Duration::from_secs(2));
        assert!(!inventory.complete);
        let gaps: Vec<_> = inventory.listings.iter().filter_map(|listing| listing.gap.as_ref()).collect();
        assert!(gaps.iter().any(|gap| gap.reason == GapReason::Cancelled), "{inventory:?}");
        let problems = gaps::problems(&inventory);
        assert!(problems.iter().any(|problem| problem.incomplete));
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.jsonl");
        snapshot::write_file(&file, &inventory).unwrap();
        assert_eq!(snapshot::read_file(&file).unwrap().value, inventory);
    }
}

#[test]
fn a_server_that_is_not_there_ends_the_run_with_a_remedy() {
    let settings = {
        let fake = Fake::start(World::default());
        fake.settings(&[])
    };
    let error = collect(&settings, &Cancel::default(), Arc::new(|_| {})).unwrap_err();
    assert!(error.contains("check the network"), "{error}");
}

/// What must not be seen, wherever a source puts it.
fn secrets() -> World {
    let world = World { page: 50, ..World::default() };
    let things: [(&str, Value); 6] = [
        ("AWS::Lambda::Function", json!({ "Environment": { "Variables": { "KEY": "canary-1" } } })),
        (
            "AWS::ECS::TaskDefinition",
            json!({ "ContainerDefinitions": [{ "Environment": [{ "Name": "A", "Value": "canary-2" }] }] }),
        ),
        ("AWS::EC2::Instance", json!({ "UserData": "canary-3", "configuration": { "userData": "canary-4" } })),
        ("AWS::SSM::Parameter", json!({ "Value": "canary-5" })),
        ("AWS::RDS::DBInstance", json!({ "MasterUserPassword": "canary-6" })),
        (
            "AWS::CodeBuild::Project",
            json!({ "environment": { "environmentVariables": [{ "name": "A", "value": "canary-7" }] } }),
        ),
    ];
    things.into_iter().fold(world, |world, (kind, value)| world.thing("eu-west-1", kind, "it", value))
}

#[test]
fn no_secret_of_any_source_is_in_an_inventory_or_its_snapshot() {
    let kinds = secrets().things.iter().map(|thing| thing.kind.clone()).collect::<Vec<_>>();
    let kinds: Vec<&str> = kinds.iter().map(|kind| &**kind).collect();
    let denied = |call: &Call| {
        (call.action == "SelectResourceConfig").then_some(Reply::Error(400, "AccessDeniedException", "no"))
    };
    let worlds = [
        (secrets(), None),
        (secrets().recording(&kinds), None),
        (World { fault: Box::new(denied), ..secrets().recording(&kinds) }, None),
        (secrets(), Some("all".to_owned())),
    ];
    for (world, aggregator) in worlds {
        let fake = Fake::start(world);
        let inventory = read(&Settings { aggregator, ..fake.settings(&kinds) });
        let mut bytes = Vec::new();
        snapshot::write(&mut bytes, &inventory).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("canary") && text.contains(REDACTED), "{text}");
        assert!(!text.contains("made-up") && !text.contains("AKIA"));
    }
}

/// The program itself, with nothing of this machine's own settings.
fn program(fake: &Fake, dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanchion"));
    command.current_dir(dir).arg("live").args(args).env_clear();
    command.env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE").env("AWS_SECRET_ACCESS_KEY", "made-up");
    command.env("AWS_ENDPOINT_URL", fake.settings(&[]).endpoint.unwrap()).env("AWS_EC2_METADATA_DISABLED", "true");
    command.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    // What is found is not what these claims are about.
    command.args(["--isolated", "--region", "eu-west-1", "--fail-on", "never"]);
    for service in ["config", "cloudcontrol", "iam"] {
        command.args(["--max-rate", &format!("{service}=1000")]);
    }
    command
}

#[test]
fn the_program_reads_an_account_and_judges_its_snapshot_again_with_the_same_outcome() {
    let dir = tempfile::tempdir().unwrap();
    let fake = Fake::start(estate());
    let args = ["--snapshot-out", "x.jsonl", "--format", "json"];
    let first = program(&fake, dir.path(), &args).output().unwrap();
    // Without a recorder, what only AWS Config lists stays unseen.
    assert_eq!(first.status.code(), Some(3), "{}", String::from_utf8_lossy(&first.stderr));
    let report: Value = serde_json::from_slice(&first.stdout).unwrap();
    assert!(report["problems"].to_string().contains("not recorded"), "{}", report["problems"]);
    let calls = fake.calls().len();
    let again = Command::new(env!("CARGO_BIN_EXE_stanchion"))
        .current_dir(dir.path())
        .args(["live", "--isolated", "--fail-on", "never", "--snapshot", "x.jsonl", "--format", "json"])
        .output()
        .unwrap();
    assert_eq!((again.status.code(), again.stdout), (Some(3), first.stdout));
    assert_eq!(fake.calls().len(), calls, "a snapshot asks nobody");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_program_with_what_it_read_written_down() {
    let slow = |call: &Call| {
        (call.service == "cloudcontrolapi")
            .then(|| Reply::Slow(Duration::from_secs(8), Box::new(Reply::Json(json!({})))))
    };
    let dir = tempfile::tempdir().unwrap();
    let fake = Fake::start(World { fault: Box::new(slow), ..World::default() });
    let mut program = program(&fake, dir.path(), &["--snapshot-out", "x.jsonl"]);
    let mut running = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while fake.count("ListResources") == 0 {
        assert!(started.elapsed() < Duration::from_mins(1), "it asks");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap().success());
    assert_eq!(running.wait().unwrap().code(), Some(3));
    let read = snapshot::read_file(&dir.path().join("x.jsonl")).unwrap();
    assert!(!read.value.complete && read.problems.is_empty());
    assert!(read.value.listings.iter().any(|it| it.gap.as_ref().is_some_and(|gap| gap.reason == GapReason::Cancelled)));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no half file is left");
}

#[test]
fn the_program_says_what_is_wrong_with_its_flags_and_inputs() {
    let dir = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stanchion"));
        let output = command.current_dir(dir.path()).arg("live").args(args).env_clear().output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for (args, words) in [
        (&["--snapshot", "none.jsonl"][..], "none.jsonl"),
        (&["--snapshot", "x", "--region", "eu-west-1"][..], "cannot be used with"),
        (&["--snapshot", "x", "--query", "y"][..], "cannot be used with"),
        (&["--org"][..], "--role-name"),
        (&["--max-rate", "confg=3"][..], "did you mean 'config'"),
        (&["--max-rate", "config=0"][..], "from 0.5 to 1000"),
        (&["--timeout", "10x"][..], "90s, 10m or 1h"),
    ] {
        let (status, told) = run(args);
        assert_eq!(status, Some(2), "{args:?}: {told}");
        assert!(told.contains(words), "{args:?}: {told}");
    }
}

#[test]
fn the_printed_policy_names_every_call_that_a_run_makes() {
    let output = Command::new(env!("CARGO_BIN_EXE_stanchion")).args(["live", "--print-iam-policy"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let policy: Value = serde_json::from_slice(&output.stdout).unwrap();
    let allowed = policy.to_string();
    let fake = Fake::start(estate());
    read(&fake.settings(&[]));
    for call in fake.calls() {
        let service = if call.service == "cloudcontrolapi" { "cloudformation" } else { &call.service };
        let action = format!("\"{service}:{}\"", call.action);
        assert!(allowed.contains(&action) || call.action == "listRegions", "{action}");
    }
    assert!(allowed.contains("sqs:GetQueueAttributes"));
}

/// What no report may show, in every format, with everything listed that can be.
#[test]
fn no_secret_is_in_any_output_of_the_program() {
    let kinds = secrets().things.iter().map(|thing| thing.kind.clone()).collect::<Vec<_>>();
    let kinds: Vec<&str> = kinds.iter().map(|kind| &**kind).collect();
    for world in [secrets(), secrets().recording(&kinds)] {
        let dir = tempfile::tempdir().unwrap();
        let fake = Fake::start(world);
        let formats = ["text=a.txt", "concise=b.txt", "json=c.json", "sarif=d.sarif"];
        let mut args = vec!["--snapshot-out", "x.jsonl", "--show-undetermined", "-v", "--sarif-include-suppressed"];
        args.extend(formats.iter().flat_map(|format| ["--format", format]));
        // The other example key stands in texts of help.
        let mut program = program(&fake, dir.path(), &args);
        let output = program.env("AWS_ACCESS_KEY_ID", "AKIAI44QH8DHBEXAMPLE").output().unwrap();
        let mut told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 5, "{told}");
        for file in std::fs::read_dir(dir.path()).unwrap() {
            told.push_str(&std::fs::read_to_string(file.unwrap().path()).unwrap());
        }
        for secret in ["canary", "made-up", "AKIAI44QH8DHBEXAMPLE"] {
            assert!(!told.contains(secret), "{secret}");
        }
        assert!(told.contains(REDACTED));
    }
}

/// A disk without room ends in an error of the write; a limit on the size of files does the same.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_no_half_snapshot_and_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let small = dir.path().join("x.jsonl");
    std::fs::write(&small, "what was there before").unwrap();
    let fake = Fake::start(estate());
    let full = program(&fake, dir.path(), &["--snapshot-out", "x.jsonl"]);
    let words = std::iter::once(full.get_program()).chain(full.get_args()).map(|it| it.to_str().unwrap().to_owned());
    let mut limited = Command::new("bash");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "bash"]).args(words).current_dir(dir.path());
    limited.env_clear().envs(full.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = limited.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("x.jsonl") && told.contains("looked at"), "{told}");
    assert_eq!(std::fs::read_to_string(&small).unwrap(), "what was there before");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no half file is left");
}

/// Tags that an answer does not carry are not tags that are not there.
#[test]
fn what_details_of_config_do_not_carry_is_unread_and_not_absent() {
    let select = |call: &Call| {
        (call.action == "SelectResourceConfig").then_some(Reply::Error(400, "AccessDeniedException", "no"))
    };
    let details = |call: &Call| {
        let item = json!({
            "resourceId": "vol-1", "configurationItemStatus": "OK",
            "configuration": json!({ "volumeId": "vol-1", "encrypted": true, "size": 1 }).to_string(), "supplementaryConfiguration": {},
        });
        (call.action == "BatchGetResourceConfig")
            .then(|| Reply::Json(json!({ "baseConfigurationItems": [item], "unprocessedResourceKeys": [] })))
    };
    let world = World { fault: Box::new(move |call| select(call).or_else(|| details(call))), ..World::default() };
    let fake = Fake::start(world.thing("eu-west-1", VOLUME, "vol-1", json!({})).recording(&[VOLUME]));
    let made = stanchion::live::map::map(&read(&fake.settings(&[VOLUME])));
    let volume = made.value.iter().find(|it| &*it.kind == "aws_ebs_volume").unwrap();
    let unread: Vec<String> = volume.unread.iter().map(|path| stanchion::model::display_path(path)).collect();
    assert!(["tags", "tags_all"].iter().all(|name| unread.iter().any(|it| it == name)), "{unread:?}");
    assert!(!volume.attributes.contains_key("tags") && volume.attributes["encrypted"] == json!(true));
}
