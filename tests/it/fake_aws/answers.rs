//! What each operation answers when nothing is wrong.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Call, OWN, Reply, Thing, World};

pub fn answer(world: &World, call: &Call) -> Reply {
    match call.action.as_str() {
        "GetCallerIdentity" => Reply::Xml(format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::{0}:user/x</Arn><UserId>x</UserId>\
             <Account>{0}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
            call.account
        )),
        "AssumeRole" => assume_role(call),
        "ListAccounts" => {
            let of = |id: &String| json!({ "Id": id, "Status": "ACTIVE", "State": "ACTIVE" });
            let mut accounts: Vec<Value> = world.accounts.iter().map(of).collect();
            accounts.push(json!({ "Id": "999999999999", "Status": "SUSPENDED", "State": "SUSPENDED" }));
            paged(world, call, "Accounts", &accounts)
        }
        "ListParents" => {
            let parent = match call.text("ChildId") {
                id if id.starts_with("ou-") => json!({ "Id": "r-root", "Type": "ROOT" }),
                id => json!({ "Id": format!("ou-{}", &id[..4]), "Type": "ORGANIZATIONAL_UNIT" }),
            };
            Reply::Json(json!({ "Parents": [parent] }))
        }
        "listRegions" => {
            let of = |name: &String| json!({ "RegionName": name, "RegionOptStatus": "ENABLED_BY_DEFAULT" });
            Reply::Json(json!({ "Regions": world.regions.iter().map(of).collect::<Vec<_>>() }))
        }
        "DescribeConfigurationRecorders" => {
            let recorders = world.recorded.iter().map(|kinds| {
                json!({ "name": "default", "recordingGroup": { "allSupported": false, "resourceTypes": kinds } })
            });
            Reply::Json(json!({ "ConfigurationRecorders": recorders.collect::<Vec<_>>() }))
        }
        "DescribeConfigurationRecorderStatus" => Reply::Json(json!({
            "ConfigurationRecordersStatus": [{ "name": "default", "recording": true, "lastStatus": "SUCCESS" }]
        })),
        "SelectResourceConfig" => {
            let rows: Vec<Value> =
                here(world, call, &queried(call)).iter().map(|it| json!(row(it).to_string())).collect();
            paged(world, call, "Results", &rows)
        }
        "DescribeConfigurationAggregatorSourcesStatus" => {
            let of = |id: &String| json!({ "SourceId": id, "SourceType": "ACCOUNT", "LastUpdateStatus": "SUCCEEDED" });
            Reply::Json(json!({ "AggregatedSourceStatusList": world.accounts.iter().map(of).collect::<Vec<_>>() }))
        }
        "SelectAggregateResourceConfig" => {
            let kind = queried(call);
            let rows = world.things.iter().filter(|it| it.kind == kind).map(|it| json!(row(it).to_string()));
            paged(world, call, "Results", &rows.collect::<Vec<_>>())
        }
        "ListDiscoveredResources" => {
            let kind = call.text("resourceType");
            let found = here(world, call, kind).iter();
            let found: Vec<Value> = found.map(|it| json!({ "resourceType": kind, "resourceId": it.id })).collect();
            paged(world, call, "resourceIdentifiers", &found)
        }
        "BatchGetResourceConfig" => {
            let keys = call.body["resourceKeys"].as_array().unwrap();
            let items = keys.iter().filter_map(|key| {
                let thing = here(world, call, key["resourceType"].as_str()?).iter().find(|it| key["resourceId"] == it.id)?;
                Some(json!({
                    "resourceId": thing.id, "configuration": thing.value.to_string(), "configurationItemStatus": "OK",
                    "configurationItemCaptureTime": 1_767_312_000.5, "supplementaryConfiguration": { "Tags": "{\"a\":\"b\"}" },
                }))
            });
            Reply::Json(json!({ "baseConfigurationItems": items.collect::<Vec<_>>(), "unprocessedResourceKeys": [] }))
        }
        "ListResources" => {
            let kind = call.text("TypeName");
            let model: Value = serde_json::from_str(call.text("ResourceModel")).unwrap_or_default();
            let fits = |it: &&Thing| {
                model.as_object().is_none_or(|model| model.iter().all(|(name, value)| it.value[name] == *value))
            };
            let found: Vec<Value> =
                here(world, call, kind).iter().filter(fits).map(|it| json!({ "Identifier": it.id })).collect();
            paged(world, call, "ResourceDescriptions", &found)
        }
        "GetResource" => {
            let (kind, id) = (call.text("TypeName"), call.text("Identifier"));
            match here(world, call, kind).iter().find(|it| it.id == id) {
                Some(thing) => Reply::Json(json!({
                    "TypeName": kind, "ResourceDescription": { "Identifier": id, "Properties": thing.value.to_string() }
                })),
                None => Reply::Error(400, "ResourceNotFoundException", "it is not there"),
            }
        }
        "GetAccountAuthorizationDetails" => details(call),
        "GenerateCredentialReport" => {
            let state = if call.before == 0 { "STARTED" } else { "COMPLETE" };
            xml("GenerateCredentialReport", &format!("<State>{state}</State>"))
        }
        "GetCredentialReport" => {
            let csv = "user,arn,mfa_active,access_key_1_last_rotated\n\
                <root_account>,arn:aws:iam::111122223333:root,false,N/A\nann,arn:aws:iam::111122223333:user/ann,true,2020-01-01T00:00:00Z\n";
            let content = base64(csv.as_bytes());
            let result = format!(
                "<Content>{content}</Content><ReportFormat>text/csv</ReportFormat><GeneratedTime>2026-01-02T03:04:05Z</GeneratedTime>"
            );
            xml("GetCredentialReport", &result)
        }
        "GenerateServiceLastAccessedDetails" => {
            xml("GenerateServiceLastAccessedDetails", &format!("<JobId>{}</JobId>", call.text("Arn")))
        }
        "GetServiceLastAccessedDetails" => {
            last_accessed("COMPLETED", &[("s3", Some("2026-01-02T03:04:05Z")), ("ec2", None)], "")
        }
        "GetAccountSummary" => xml(
            "GetAccountSummary",
            "<SummaryMap><entry><key>AccountMFAEnabled</key><value>1</value></entry></SummaryMap>",
        ),
        "ListVirtualMFADevices" => virtual_devices(&[&format!("arn:aws:iam::{}:mfa/ann", call.account)], ""),
        "GetAccountPasswordPolicy" => Reply::Error(404, "NoSuchEntity", "there is none"),
        _ => Reply::Error(400, "UnknownOperationException", "the fake does not know it"),
    }
}

fn assume_role(call: &Call) -> Reply {
    let account = call.text("RoleArn").split(':').nth(4).unwrap_or(OWN).to_owned();
    if call.text("ExternalId") != "let-me-in" {
        return Reply::Error(403, "AccessDenied", "User is not authorized to perform: sts:AssumeRole on the role");
    }
    xml(
        "AssumeRole",
        &format!(
            "<Credentials><AccessKeyId>ASSUMED{account}</AccessKeyId><SecretAccessKey>made-up</SecretAccessKey>\
             <SessionToken>made-up</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>"
        ),
    )
}

/// What a job says: its state, services with the time of their last use, and elements besides.
pub fn last_accessed(state: &str, services: &[(&str, Option<&str>)], more: &str) -> Reply {
    let mut members = String::new();
    for (namespace, used) in services {
        let used = used.map_or_else(String::new, |used| {
            format!(
                "<LastAuthenticated>{used}</LastAuthenticated><LastAuthenticatedRegion>eu-west-1</LastAuthenticatedRegion>"
            )
        });
        let _ = write!(
            members,
            "<member><ServiceName>Amazon {namespace}</ServiceName><ServiceNamespace>{namespace}</ServiceNamespace>{used}\
             <TotalAuthenticatedEntities>1</TotalAuthenticatedEntities></member>"
        );
    }
    xml(
        "GetServiceLastAccessedDetails",
        &format!(
            "<JobStatus>{state}</JobStatus><JobCreationDate>2026-01-03T00:00:00Z</JobCreationDate>\
             <JobCompletionDate>2026-01-03T00:00:02Z</JobCompletionDate>\
             <ServicesLastAccessed>{members}</ServicesLastAccessed>{more}"
        ),
    )
}

/// Virtual devices by their serial numbers, and elements besides.
pub fn virtual_devices(serials: &[&str], more: &str) -> Reply {
    let of = |serial: &&str| {
        format!("<member><SerialNumber>{serial}</SerialNumber><EnableDate>2026-01-02T03:04:05Z</EnableDate></member>")
    };
    let members: String = serials.iter().map(of).collect();
    xml("ListVirtualMFADevices", &format!("<VirtualMFADevices>{members}</VirtualMFADevices>{more}"))
}

fn details(call: &Call) -> Reply {
    let document = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";
    if call.text("Marker").is_empty() {
        return xml(
            "GetAccountAuthorizationDetails",
            &format!(
                "<IsTruncated>true</IsTruncated><Marker>m</Marker><RoleDetailList><member><RoleName>r</RoleName>\
                 <Arn>arn:aws:iam::{OWN}:role/r</Arn><AssumeRolePolicyDocument>{document}</AssumeRolePolicyDocument>\
                 <CreateDate>2026-01-02T03:04:05Z</CreateDate><RolePolicyList><member><PolicyName>p</PolicyName>\
                 <PolicyDocument>{document}</PolicyDocument></member></RolePolicyList>\
                 <Tags><member><Key>a</Key><Value>b</Value></member></Tags></member></RoleDetailList>"
            ),
        );
    }
    xml(
        "GetAccountAuthorizationDetails",
        "<IsTruncated>false</IsTruncated><UserDetailList><member><UserName>ann</UserName></member></UserDetailList>",
    )
}

/// The things of a type where the call asks; those of a world are sorted by account, region and type.
fn here<'a>(world: &'a World, call: &Call, kind: &str) -> &'a [Thing] {
    let order = |it: &Thing| {
        (it.account.as_str(), it.region.as_str(), it.kind.as_str()).cmp(&(&call.account, &call.region, kind))
    };
    let from = world.things.partition_point(|it| order(it).is_lt());
    let to = world.things.partition_point(|it| order(it).is_le());
    &world.things[from..to]
}

fn queried(call: &Call) -> String {
    call.text("Expression").rsplit('\'').nth(1).unwrap_or_default().to_owned()
}

fn row(thing: &Thing) -> Value {
    json!({
        "resourceId": thing.id, "resourceType": thing.kind, "accountId": thing.account, "awsRegion": thing.region,
        "configuration": thing.value, "supplementaryConfiguration": {}, "relationships": [],
        "tags": [{ "key": "a", "value": "b", "tag": "a=b" }], "configurationItemCaptureTime": "2026-01-02T03:04:05.000Z",
    })
}

/// One page of a list; the token is the place of the next one.
fn paged(world: &World, call: &Call, name: &str, all: &[Value]) -> Reply {
    let token = ["NextToken", "nextToken"].iter().find_map(|name| call.body.get(*name)?.as_str());
    let from = token.and_then(|token| token.parse().ok()).unwrap_or(0);
    let to = (from + world.page).min(all.len());
    let mut page = json!({ name: all[from..to] });
    if to < all.len() {
        page["NextToken"] = json!(to.to_string());
        page["nextToken"] = json!(to.to_string());
    }
    Reply::Json(page)
}

pub fn xml(action: &str, result: &str) -> Reply {
    Reply::Xml(format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let number =
            chunk.iter().fold(0_usize, |number, byte| (number << 8) | usize::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            let _ = write!(out, "{}", char::from(LETTERS[(number >> (18 - 6 * place)) & 63]));
        }
        out.extend(std::iter::repeat_n('=', 3 - chunk.len()));
    }
    out
}
