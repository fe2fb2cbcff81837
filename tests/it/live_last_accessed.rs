//! Claims about what roles and users last used: who is asked, in which order, within how many calls, and what is not known then.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stanchion::live::aws::collect;
use stanchion::live::{Cancel, Settings, gaps, snapshot};
use stanchion::model::{Gap, GapReason, Inventory, LiveRecord, Problem};

use crate::fake_aws::answers::{last_accessed, xml};
use crate::fake_aws::{Call, Fake, OWN, Reply, World};

const KIND: &str = "Stanchion::IAM::LastAccessed";
const GENERATE: &str = "GenerateServiceLastAccessedDetails";
const GET: &str = "GetServiceLastAccessedDetails";
const USED: [(&str, Option<&str>); 2] = [("s3", Some("2026-01-02T03:04:05Z")), ("ec2", None)];

/// A role or user: kind, path, name, and the ARN of an attached policy or the action of an inline one.
type Principal = (&'static str, &'static str, &'static str, &'static str);

const NARROW: [Principal; 4] = [
    ("Role", "/", "a", "s3:GetObject"),
    ("Role", "/team/", "b", "s3:GetObject"),
    ("User", "/", "ann", "s3:GetObject"),
    ("User", "/", "ben", "s3:GetObject"),
];

fn arn(it: &Principal) -> String {
    format!("arn:aws:iam::{OWN}:{}{}{}", it.0.to_lowercase(), it.1, it.2)
}

fn member(it: &Principal) -> String {
    let (kind, path, name, rights) = it;
    let policies = if rights.starts_with("arn:") {
        format!("<AttachedManagedPolicies><member><PolicyArn>{rights}</PolicyArn></member></AttachedManagedPolicies>")
    } else {
        let document = json!({ "Statement": [{ "Effect": "Allow", "Action": rights }] });
        let document = document.to_string().replace('"', "%22");
        format!(
            "<{kind}PolicyList><member><PolicyName>p</PolicyName><PolicyDocument>{document}</PolicyDocument></member></{kind}PolicyList>"
        )
    };
    format!(
        "<member><{kind}Name>{name}</{kind}Name><Path>{path}</Path><Arn>{}</Arn><CreateDate>2024-01-02T03:04:05Z</CreateDate>\
         <Tags><member><Key>team</Key><Value>core</Value></member></Tags>{policies}</member>",
        arn(it)
    )
}

/// An account with these principals, which misbehaves on demand.
fn account(principals: &[Principal], fault: impl Fn(&Call) -> Option<Reply> + Send + Sync + 'static) -> World {
    let mut lists = String::new();
    for kind in ["User", "Role"] {
        let of: String = principals.iter().filter(|it| it.0 == kind).map(member).collect();
        let _ = write!(lists, "<{kind}DetailList>{of}</{kind}DetailList>");
    }
    let document = json!({ "Statement": { "Effect": "Allow", "Action": "*" } }).to_string().replace('"', "%22");
    let policy = format!(
        "<member><PolicyName>wide</PolicyName><Arn>arn:aws:iam::{OWN}:policy/wide</Arn><PolicyVersionList><member>\
         <Document>{document}</Document><IsDefaultVersion>true</IsDefaultVersion></member></PolicyVersionList></member>"
    );
    let details = format!("<IsTruncated>false</IsTruncated>{lists}<Policies>{policy}</Policies>");
    World::with(move |call| {
        let own = || xml("GetAccountAuthorizationDetails", &details);
        fault(call).or_else(|| (call.action == "GetAccountAuthorizationDetails").then(own))
    })
}

fn well(_: &Call) -> Option<Reply> {
    None
}

fn settings(fake: &Fake, calls: usize) -> Settings {
    Settings { last_accessed: Some(calls), ..fake.settings(&["AWS::IAM::Role", "AWS::IAM::User", KIND]) }
}

fn read(settings: &Settings) -> Inventory {
    let started = Instant::now();
    let inventory = collect(settings, &Cancel::default(), Arc::new(|_| {})).unwrap();
    assert!(started.elapsed() < Duration::from_secs(20), "it ends in time");
    inventory
}

fn records(inventory: &Inventory) -> Vec<&LiveRecord> {
    inventory.records.iter().filter(|record| &*record.kind == KIND).collect()
}

fn ids(inventory: &Inventory) -> Vec<String> {
    records(inventory).iter().map(|it| it.id.to_string()).collect()
}

fn own_gaps(inventory: &Inventory) -> Vec<Gap> {
    let of: Vec<_> = inventory.listings.iter().filter(|it| &*it.kind == KIND).collect();
    assert!(!of.is_empty(), "there is a listing: {:?}", inventory.listings);
    of.into_iter().filter_map(|it| it.gap.clone()).collect()
}

/// Gaps as their reason and the thing they are about.
fn lost(inventory: &Inventory) -> Vec<(GapReason, Option<String>)> {
    own_gaps(inventory).into_iter().map(|gap| (gap.reason, gap.id.map(|id| id.to_string()))).collect()
}

fn asked(fake: &Fake) -> Vec<String> {
    let calls = fake.calls().into_iter().filter(|call| call.action == GENERATE);
    calls.map(|call| call.text("Arn").rsplit(':').next().unwrap().to_owned()).collect()
}

fn spent(fake: &Fake) -> usize {
    fake.count(GENERATE) + fake.count(GET)
}

fn only(inventory: &Inventory) -> Problem {
    let problems = gaps::problems(inventory);
    let [problem] = &problems[..] else { panic!("{problems:?}") };
    problem.clone()
}

#[test]
fn each_role_and_user_tells_what_it_may_use_and_last_used() {
    let looked_after: [Principal; 2] = [
        ("Role", "/aws-service-role/support.amazonaws.com/", "AWSServiceRoleForSupport", "*"),
        ("Role", "/aws-reserved/sso.amazonaws.com/", "AWSReservedSSO_Admin", "*"),
    ];
    let fake = Fake::start(account(&[NARROW.as_slice(), looked_after.as_slice()].concat(), well));
    let inventory = read(&settings(&fake, 100));
    assert!(gaps::problems(&inventory).is_empty(), "{:?}", inventory.listings);
    assert_eq!(ids(&inventory), ["role/a", "role/b", "user/ann", "user/ben"]);
    assert_eq!((fake.count(GENERATE), fake.count(GET)), (4, 4), "two calls each, and none for what others look after");
    assert!(fake.calls().iter().filter(|it| it.action == GENERATE).all(|it| it.text("Granularity") == "SERVICE_LEVEL"));
    let record = records(&inventory)[1];
    assert_eq!((&*record.region, record.captured.as_deref()), ("global", Some("2026-01-03T00:00:02Z")));
    assert_eq!(record.arn.as_deref(), Some(&*arn(&NARROW[1])));
    assert_eq!(&*record.tags["team"], "core");
    let expected = json!({
        "principal": "role", "name": "b", "arn": arn(&NARROW[1]), "create_date": "2024-01-02T03:04:05Z",
        "as_of": "2026-01-03T00:00:02Z",
        "services": [
            { "namespace": "s3", "name": "Amazon s3", "last_authenticated": "2026-01-02T03:04:05Z", "region": "eu-west-1" },
            { "namespace": "ec2", "name": "Amazon ec2" },
        ],
    });
    assert_eq!(record.value, expected);
    let mut bytes = Vec::new();
    snapshot::write(&mut bytes, &inventory).unwrap();
    assert_eq!(snapshot::read(&bytes, "x").unwrap().value, inventory, "a snapshot keeps it");
}

#[test]
fn nobody_is_asked_unless_somebody_wants_to_know() {
    let fake = Fake::start(account(&NARROW, well));
    let inventory = read(&fake.settings(&[]));
    assert_eq!(spent(&fake), 0);
    assert!(inventory.listings.iter().all(|listing| &*listing.kind != KIND));
}

#[test]
fn a_job_in_progress_is_looked_at_again_and_one_without_end_is_a_gap() {
    let busy = |call: &Call| (call.action == GET && call.before < 3).then(|| last_accessed("IN_PROGRESS", &[], ""));
    let fake = Fake::start(account(&NARROW, busy));
    let inventory = read(&settings(&fake, 100));
    assert_eq!((ids(&inventory).len(), own_gaps(&inventory)), (4, vec![]));
    assert_eq!((fake.count(GENERATE), fake.count(GET)), (4, 4 + 3));
    let endless = |call: &Call| {
        let ann = call.action == GET && call.text("JobId").ends_with("user/ann");
        ann.then(|| last_accessed("IN_PROGRESS", &[], ""))
    };
    let fake = Fake::start(account(&NARROW, endless));
    let inventory = read(&settings(&fake, 1000));
    assert_eq!(ids(&inventory), ["role/a", "role/b", "user/ben"]);
    assert_eq!(lost(&inventory), [(GapReason::Failed, Some(arn(&NARROW[2])))]);
    assert!(own_gaps(&inventory)[0].message.contains("in time: run it again later"));
    assert_eq!(fake.count(GET), 3 + 5, "looks are bounded, and further apart each time");
}

#[test]
fn a_failed_job_costs_its_principal_and_one_that_went_away_nothing() {
    let why = "<Error><Code>ServiceError</Code><Message>something broke</Message></Error>";
    let fault = move |call: &Call| {
        if call.action == GENERATE && call.text("Arn").ends_with("user/ann") {
            return Some(Reply::Error(404, "NoSuchEntity", "it is not there"));
        }
        let failed = call.action == GET && call.text("JobId").ends_with("role/team/b");
        failed.then(|| last_accessed("FAILED", &[], why))
    };
    let fake = Fake::start(account(&NARROW, fault));
    let inventory = read(&settings(&fake, 100));
    assert_eq!(ids(&inventory), ["role/a", "user/ben"]);
    assert_eq!(lost(&inventory), [(GapReason::Failed, Some(arn(&NARROW[1])))]);
    let problem = only(&inventory);
    assert!(problem.incomplete && problem.message.contains("ServiceError: something broke"), "{problem:?}");
}

#[test]
fn throttling_is_waited_out_or_a_gap_and_every_try_counts() {
    let throttled = || Reply::Error(400, "Throttling", "Rate exceeded");
    let burst = move |call: &Call| (call.action == GENERATE && call.before < 5).then(throttled);
    let fake = Fake::start(account(&NARROW, burst));
    let inventory = read(&settings(&fake, 100));
    assert_eq!((ids(&inventory).len(), own_gaps(&inventory)), (4, vec![]));
    let always = move |call: &Call| (call.action == GENERATE).then(throttled);
    let fake = Fake::start(account(&NARROW, always));
    let inventory = read(&settings(&fake, 1000));
    assert_eq!((ids(&inventory).len(), lost(&inventory)), (0, vec![(GapReason::Throttled, None)]));
    assert_eq!(spent(&fake), 3 * 8, "after three nobody else is asked");
    let fake = Fake::start(account(&NARROW, always));
    let inventory = read(&settings(&fake, 5));
    assert_eq!((spent(&fake), lost(&inventory)), (5, vec![(GapReason::Budget, None)]));
}

#[test]
fn what_is_denied_is_told_with_its_right_and_for_one_costs_that_one() {
    let denied = Reply::Error(403, "AccessDenied", "User: x is not authorized to perform: iam:Generate on it");
    let (all, one) = (denied.clone(), denied);
    let fake = Fake::start(account(&NARROW, move |call| (call.action == GENERATE).then(|| all.clone())));
    let inventory = read(&settings(&fake, 100));
    assert_eq!((spent(&fake), lost(&inventory)), (3, vec![(GapReason::Denied, None)]));
    let problem = only(&inventory);
    assert!(problem.incomplete && problem.message.contains("--print-iam-policy"), "{problem:?}");
    let ann =
        move |call: &Call| (call.action == GENERATE && call.text("Arn").ends_with("user/ann")).then(|| one.clone());
    let fake = Fake::start(account(&NARROW, ann));
    let inventory = read(&settings(&fake, 100));
    assert_eq!(ids(&inventory), ["role/a", "role/b", "user/ben"]);
    assert_eq!(lost(&inventory), [(GapReason::Denied, Some(arn(&NARROW[2])))]);
}

#[test]
fn a_server_that_does_not_know_the_calls_is_a_gap_and_never_a_record() {
    for fault in [
        Reply::Raw(500, "text/html", "<html>oops</html>".into()),
        Reply::Raw(200, "text/html", "<html>sign in</html>".into()),
        Reply::Error(400, "InvalidAction", "no such action"),
    ] {
        let shown = format!("{fault:?}");
        let fault = move |call: &Call| [GENERATE, GET].contains(&&*call.action).then(|| fault.clone());
        let fake = Fake::start(account(&NARROW, fault));
        let inventory = read(&settings(&fake, 100));
        assert!(records(&inventory).is_empty() && own_gaps(&inventory).len() == 1, "{shown}: {inventory:?}");
        assert!(spent(&fake) <= 3 * 4, "{shown}: {}", spent(&fake));
    }
}

#[test]
fn who_may_do_most_comes_first_and_who_is_not_asked_is_a_number() {
    const WIDE: [Principal; 4] = [
        ("User", "/", "zoe", "arn:aws:iam::aws:policy/AdministratorAccess"),
        ("Role", "/", "y", "s3:*"),
        ("Role", "/", "x", "arn:aws:iam::111122223333:policy/wide"),
        ("User", "/", "adam", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
    ];
    let all = [NARROW.as_slice(), WIDE.as_slice()].concat();
    for (budget, expected) in [
        (2, vec!["role/x"]),
        (7, vec!["role/x", "role/y", "user/zoe"]),
        (9, vec!["role/x", "role/y", "user/zoe", "role/a"]),
        (15, vec!["role/x", "role/y", "user/zoe", "role/a", "role/team/b", "user/adam", "user/ann"]),
        (16, vec!["role/x", "role/y", "user/zoe", "role/a", "role/team/b", "user/adam", "user/ann", "user/ben"]),
    ] {
        let fake = Fake::start(account(&all, well));
        let inventory = read(&settings(&fake, budget));
        assert!(spent(&fake) <= budget, "{} of {budget}", spent(&fake));
        assert_eq!(asked(&fake), expected, "with {budget} calls");
        let told: BTreeSet<String> = ids(&inventory).into_iter().collect();
        let expected: BTreeSet<String> = expected.into_iter().map(|it| it.replace("team/", "")).collect();
        assert_eq!(told, expected, "whoever was asked was seen");
        let unasked = all.len() - expected.len();
        if unasked == 0 {
            assert!(gaps::problems(&inventory).is_empty());
            continue;
        }
        let problem = only(&inventory);
        assert_eq!(problem.subject, format!("aws/{OWN}/global"));
        let message = format!(
            "{unasked} of 8 principals were not asked: the budget of {budget} calls was used up; raise --last-accessed"
        );
        assert_eq!((problem.message, problem.incomplete), (message, true));
        assert!(inventory.complete, "it is no end before its time");
    }
}

#[test]
fn what_a_budget_cuts_in_mid_job_was_not_seen() {
    let busy = |call: &Call| (call.action == GET).then(|| last_accessed("IN_PROGRESS", &[], ""));
    let fake = Fake::start(account(&NARROW, busy));
    let inventory = read(&settings(&fake, 5));
    assert_eq!((spent(&fake), ids(&inventory).len(), lost(&inventory)), (5, 0, vec![(GapReason::Budget, None)]));
    assert!(own_gaps(&inventory)[0].message.starts_with("4 of 4 principals"));
}

#[test]
fn pages_are_read_to_the_end_and_one_that_comes_again_is_a_gap() {
    let paged = |call: &Call| {
        let more = |marker: &str| format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>");
        (call.action == GET).then(|| match call.text("Marker") {
            "" => last_accessed("COMPLETED", &USED, &more("m1")),
            "m1" => last_accessed("COMPLETED", &[("sqs", None)], &more("m2")),
            _ => last_accessed("COMPLETED", &[("sns", None)], "<IsTruncated>false</IsTruncated>"),
        })
    };
    let fake = Fake::start(account(&NARROW, paged));
    let inventory = read(&settings(&fake, 100));
    assert_eq!((ids(&inventory).len(), own_gaps(&inventory), fake.count(GET)), (4, vec![], 12));
    for record in records(&inventory) {
        let services = record.value["services"].as_array().unwrap();
        let names: Vec<_> = services.iter().map(|it| it["namespace"].as_str().unwrap()).collect();
        assert_eq!(names, ["s3", "ec2", "sqs", "sns"]);
    }
    let fake = Fake::start(account(&NARROW[..1], paged));
    let cut = read(&settings(&fake, 3));
    assert_eq!((records(&cut).len(), lost(&cut)), (0, vec![(GapReason::Budget, None)]), "half of a list is none");
    let again = |call: &Call| {
        let more = "<IsTruncated>true</IsTruncated><Marker>m</Marker>";
        (call.action == GET).then(|| last_accessed("COMPLETED", &USED, more))
    };
    let fake = Fake::start(account(&NARROW[..1], again));
    let inventory = read(&settings(&fake, 100));
    assert_eq!((records(&inventory).len(), fake.count(GET)), (0, 2));
    assert_eq!(lost(&inventory), [(GapReason::Failed, Some(arn(&NARROW[0])))]);
}

#[test]
fn where_principals_were_not_listed_nothing_is_known_of_what_they_used() {
    let denied = |call: &Call| {
        (call.action == "GetAccountAuthorizationDetails").then_some(Reply::Error(403, "AccessDenied", "no"))
    };
    let fake = Fake::start(account(&NARROW, denied));
    let inventory = read(&settings(&fake, 100));
    assert_eq!((spent(&fake), lost(&inventory)), (0, vec![(GapReason::Denied, None)]));
}

#[test]
fn a_time_that_an_answer_does_not_bear_is_not_made_up() {
    let timeless = |call: &Call| {
        let Reply::Xml(text) = last_accessed("COMPLETED", &USED, "") else { return None };
        let text = text.replace("<JobCompletionDate>2026-01-03T00:00:02Z</JobCompletionDate>", "");
        (call.action == GET).then_some(Reply::Xml(text))
    };
    let fake = Fake::start(account(&NARROW, timeless));
    let inventory = read(&settings(&fake, 100));
    assert!(records(&inventory).iter().all(|it| it.captured.is_none() && it.value.get("as_of").is_none()));
    let made = stanchion::live::map::map(&inventory);
    let used: Vec<_> = made.value.iter().filter(|it| &*it.kind == "aws_iam_last_accessed").collect();
    assert_eq!(used.len(), 4);
    assert!(used.iter().all(|it| it.unread.len() == 1 && it.arn.is_none()), "{used:?}");
}

/// The program itself, with nothing of this machine's own settings.
fn program(dir: &Path, fake: Option<&Fake>, args: &[&str]) -> (Option<i32>, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanchion"));
    command.current_dir(dir).args(["live", ".", "--isolated", "--format", "json"]).args(args).env_clear();
    command.args(["--select", "aws-iam-unused-permissions"]);
    if let Some(fake) = fake {
        command.env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE").env("AWS_SECRET_ACCESS_KEY", "made-up");
        command.env("AWS_ENDPOINT_URL", fake.settings(&[]).endpoint.unwrap()).env("AWS_EC2_METADATA_DISABLED", "true");
        command.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
        command.args(["--region", "eu-west-1", "--max-rate", "iam=1000", "--max-rate", "cloudcontrol=1000"]);
    }
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}")))
}

#[test]
fn the_program_tells_unused_services_on_the_line_of_the_role() {
    let dir = tempfile::tempdir().unwrap();
    let source = "# who deploys\nresource \"aws_iam_role\" \"deployer\" {\n  name               = \"a\"\n  \
        assume_role_policy = jsonencode({ Statement = [] })\n}\n";
    std::fs::write(dir.path().join("main.tf"), source).unwrap();
    let fake = Fake::start(account(&NARROW, well));
    let (code, first) = program(dir.path(), Some(&fake), &["--last-accessed", "2", "--snapshot-out", "x.jsonl"]);
    let (again, second) = program(dir.path(), None, &["--snapshot", "x.jsonl"]);
    assert_eq!((code, again), (Some(1), Some(1)), "{first}");
    assert_eq!(first, second, "a snapshot says the same");
    let findings = first["findings"].as_array().unwrap();
    let [finding] = &findings[..] else { panic!("only who was asked is told of: {first}") };
    assert_eq!((&finding["severity"], &finding["family"]), (&json!("low"), &json!("least-privilege")));
    assert_eq!(finding["resource"]["address"], "aws_iam_last_accessed/role/a");
    let place = &finding["location"];
    assert_eq!((&place["path"], &place["start_line"]), (&json!("main.tf"), &json!(2)));
    let message = "role 'a' may use 2 services and used 1 of them within 90 days; not used: ec2";
    assert_eq!(finding["message"], message);
    let problems = first["problems"].to_string();
    assert!(problems.contains("3 of 4 principals were not asked: the budget of 2 calls was used up"), "{problems}");
}

#[test]
fn a_denied_question_ends_the_program_with_incomplete_and_no_finding() {
    let dir = tempfile::tempdir().unwrap();
    let denied = |call: &Call| (call.action == GENERATE).then_some(Reply::Error(403, "AccessDenied", "not authorized"));
    let fake = Fake::start(account(&NARROW, denied));
    let (code, report) = program(dir.path(), Some(&fake), &["--last-accessed", "100"]);
    assert_eq!((code, report["findings"].as_array().unwrap().len()), (Some(3), 0));
    assert!(
        report["problems"].to_string().contains("iam:GenerateServiceLastAccessedDetails"),
        "{}",
        report["problems"]
    );
}

#[test]
fn the_printed_policy_allows_the_questions_where_they_are_asked() {
    let printed = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_stanchion")).arg("live").args(args).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    let (code, with) = printed(&["--print-iam-policy", "--last-accessed", "10"]);
    assert_eq!(code, Some(0));
    assert!([GENERATE, GET].iter().all(|name| with.contains(&format!("\"iam:{name}\""))), "{with}");
    assert!(!printed(&["--print-iam-policy"]).1.contains("LastAccessed"));
    for wrong in ["1", "many", "-3"] {
        let (code, told) = printed(&[&format!("--last-accessed={wrong}")]);
        assert!(code == Some(2) && told.contains("a number of calls from 2 up"), "{told}");
    }
    let (code, told) = printed(&["--snapshot", "x", "--last-accessed", "10"]);
    assert!(code == Some(2) && told.contains("cannot be used with"), "{told}");
}
