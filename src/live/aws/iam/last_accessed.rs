//! Which services each role and user may use, and when it last did: asked of one after the other, within a number of calls.
//!
//! Who may do most comes first. Who was not asked for want of calls has no record, and is told of as a number.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_iam::operation::get_service_last_accessed_details::GetServiceLastAccessedDetailsOutput as Page;
use aws_sdk_iam::primitives::DateTime;
use aws_sdk_iam::types::{AccessAdvisorUsageGranularityType, JobStatusType, ServiceLastAccessed};
use serde_json::{Value, json};

use super::super::call::Pages;
use super::super::desk::{Collector, Desk, Item, Work};
use super::super::failure::{Failure, What};
use super::{Iam, LAST_ACCESSED, object, time};
use crate::live::GLOBAL;
use crate::live::actions::{GENERATE_LAST_ACCESSED, GET_LAST_ACCESSED};
use crate::live::types::Kind;
use crate::model::{LiveRecord, LiveShape};

/// The most of a page.
const PAGE: i32 = 1000;
/// Principals whose reports AWS makes at the same time.
const TOGETHER: usize = 32;
/// Calls that are kept for each of them, so that what is begun can be ended.
const EACH: usize = 4;
/// One to begin and one to end.
const LEAST: usize = 2;
/// Failures after which nobody else is asked while there was no answer at all.
const HOPELESS: usize = 3;
/// Services look after their own roles, and Identity Center after its.
const LOOKED_AFTER: [&str; 2] = ["/aws-service-role/", "/aws-reserved/"];

#[derive(Debug)]
pub(in crate::live::aws) struct LastAccessed;

/// A role or user that is asked about.
#[derive(Debug)]
struct Principal {
    arn: String,
    /// `role` or `user`.
    kind: &'static str,
    name: String,
    created: Option<Value>,
    tags: BTreeMap<Arc<str>, Arc<str>>,
    /// Its own policies hold wildcards.
    is_broad: bool,
}

/// How far one of those that are asked together has come.
enum Asked {
    /// AWS has a job of this id for it.
    Begun(String),
    Ended(Result<(), Failure>),
}

impl Collector for LastAccessed {
    fn lists(&self, kind: &Kind) -> bool {
        kind.name == LAST_ACCESSED
    }

    fn collect<'a>(&'a self, item: &'a Item, desk: &'a Desk) -> Work<'a> {
        Box::pin(async move {
            let calls = desk.settings.last_accessed.unwrap_or_default();
            let mut iam = Iam::new(item, desk);
            iam.gate = iam.gate.limited(calls);
            let principals = principals(item, desk);
            let mut rest = principals.as_slice();
            let (mut answered, mut unasked, mut failures) = (0_usize, 0_usize, Vec::new());
            while !rest.is_empty() && iam.gate.left() >= LEAST {
                // One alone shows whether asking is allowed at all.
                let most = if answered == 0 { 1 } else { (iam.gate.left() / EACH).clamp(1, TOGETHER) };
                let (now, later) = rest.split_at(most.min(rest.len()));
                rest = later;
                for (principal, result) in now.iter().zip(iam.ask(now).await) {
                    match result {
                        Ok(()) => answered += 1,
                        // It went away meanwhile.
                        Err(failure) if failure.what == What::Gone => {}
                        Err(failure) if failure.what == What::Spent => unasked += 1,
                        Err(failure) => failures.push((&principal.arn, failure)),
                    }
                }
                if answered == 0 && failures.len() >= HOPELESS {
                    return failures.into_iter().next().map_or(Ok(()), |(_, failure)| Err(failure));
                }
            }
            let key = (item.account.id.clone(), GLOBAL.into(), LAST_ACCESSED.into());
            for (arn, failure) in &failures {
                desk.dent(&key, arn, failure);
            }
            unasked += rest.len();
            if unasked == 0 {
                return Ok(());
            }
            let all = principals.len();
            let message = format!(
                "{unasked} of {all} principals were not asked: the budget of {calls} calls was used up; raise --last-accessed"
            );
            Err(Failure { what: What::Spent, message })
        })
    }
}

impl Iam<'_> {
    /// Asks about some together; an answer for each.
    async fn ask(&self, principals: &[Principal]) -> Vec<Result<(), Failure>> {
        let mut asked = Vec::new();
        for principal in principals {
            asked.push(match self.begin(&principal.arn).await {
                Ok(job) => Asked::Begun(job),
                Err(failure) => Asked::Ended(Err(failure)),
            });
        }
        let pace = self.gate.pace();
        let patience = pace.poll.saturating_mul(pace.polls);
        let (mut waited, mut wait) = (Duration::ZERO, pace.poll);
        while waited < patience && asked.iter().any(|it| matches!(it, Asked::Begun(_))) {
            tokio::time::sleep(wait).await;
            waited += wait;
            // Every look costs a call.
            wait = wait.saturating_mul(2).min(pace.longest_wait);
            for (principal, state) in principals.iter().zip(&mut asked) {
                if let Asked::Begun(job) = state
                    && let Some(ended) = self.look(principal, job).await.transpose()
                {
                    *state = Asked::Ended(ended);
                }
            }
        }
        let late = "AWS did not finish the report of what it last used in time: run it again later";
        let end = |it| match it {
            Asked::Begun(_) => Err(Failure::lasting(late)),
            Asked::Ended(result) => result,
        };
        asked.into_iter().map(end).collect()
    }

    /// The id of the job that gathers what one last used.
    async fn begin(&self, arn: &str) -> Result<String, Failure> {
        let granularity = AccessAdvisorUsageGranularityType::ServiceLevel;
        let request = self.client.generate_service_last_accessed_details().arn(arn).granularity(granularity);
        let answer = self.gate.call(GENERATE_LAST_ACCESSED, || request.clone().send()).await?;
        let job = answer.job_id().filter(|job| !job.is_empty()).map(ToOwned::to_owned);
        job.ok_or_else(|| Failure::lasting("AWS named no job for the report of what it last used: run it again"))
    }

    /// Puts down what a job found; `None` while it still looks.
    async fn look(&self, principal: &Principal, job: &str) -> Result<Option<()>, Failure> {
        let (mut pages, mut token) = (Pages::default(), None);
        let mut services = Vec::new();
        loop {
            let request = self.client.get_service_last_accessed_details().job_id(job).max_items(PAGE).set_marker(token);
            let page = self.gate.call(GET_LAST_ACCESSED, || request.clone().send()).await?;
            match page.job_status() {
                JobStatusType::Completed => {}
                JobStatusType::Failed => return Err(failed(&page)),
                _ => return Ok(None),
            }
            services.extend(page.services_last_accessed().iter().map(service));
            token = pages.next(GET_LAST_ACCESSED, page.marker().filter(|_| page.is_truncated()))?;
            if token.is_none() {
                self.put_used(principal, services, page.job_completion_date());
                return Ok(Some(()));
            }
        }
    }

    fn put_used(&self, principal: &Principal, services: Vec<Value>, made: &DateTime) {
        // The SDK puts the beginning of time where the answer has none.
        let made = time(Some(made).filter(|made| made.secs() > 0));
        let members = object([
            ("principal", Some(principal.kind.into())),
            ("name", Some(principal.name.as_str().into())),
            ("arn", Some(principal.arn.as_str().into())),
            ("create_date", principal.created.clone()),
            ("services", Some(services.into())),
            ("as_of", made.clone()),
        ]);
        self.desk.put(LiveRecord {
            account: self.item.account.id.clone(),
            region: GLOBAL.into(),
            kind: LAST_ACCESSED.into(),
            id: format!("{}/{}", principal.kind, principal.name).into(),
            arn: Some(principal.arn.as_str().into()),
            shape: LiveShape::Iam,
            captured: made.as_ref().and_then(Value::as_str).map(Arc::from),
            tags: principal.tags.clone(),
            value: Value::Object(members),
        });
    }
}

fn service(it: &ServiceLastAccessed) -> Value {
    Value::Object(object([
        ("namespace", Some(it.service_namespace().into())),
        ("name", Some(it.service_name()).filter(|name| !name.is_empty()).map(Into::into)),
        ("last_authenticated", time(it.last_authenticated())),
        ("region", it.last_authenticated_region().map(Into::into)),
    ]))
}

fn failed(page: &Page) -> Failure {
    let why =
        page.error().map(|error| format!(" ({}: {})", error.code(), super::super::failure::tidy(error.message())));
    let why = why.unwrap_or_default();
    Failure::lasting(format!("AWS could not gather what it last used{why}: run it again"))
}

/// Everybody who is asked about: those with wildcards first, then by ARN.
fn principals(item: &Item, desk: &Desk) -> Vec<Principal> {
    let of = |record: &LiveRecord, kind: &str| record.account == item.account.id && &*record.kind == kind;
    let managed: BTreeMap<String, bool> = desk
        .find(|it| of(it, "AWS::IAM::ManagedPolicy").then(|| (it.id.to_string(), has_wildcard(default_of(&it.value)))))
        .into_iter()
        .collect();
    let principal = |it: &LiveRecord, kind: &'static str| {
        let path = it.value.get("Path").and_then(Value::as_str).unwrap_or_default();
        (!LOOKED_AFTER.iter().any(|start| path.starts_with(start))).then(|| Principal {
            // AWS refuses an empty one, which costs this principal and is told.
            arn: it.arn.as_deref().unwrap_or_default().to_owned(),
            kind,
            name: it.id.to_string(),
            created: it.value.get("CreateDate").cloned(),
            tags: it.tags.clone(),
            is_broad: is_broad(&it.value, &managed),
        })
    };
    let mut out = desk.find(|it| {
        let kind = [("AWS::IAM::Role", "role"), ("AWS::IAM::User", "user")].into_iter().find(|(name, _)| of(it, name));
        principal(it, kind?.1)
    });
    out.sort_by(|a, b| (!a.is_broad, &a.arn, a.kind, &a.name).cmp(&(!b.is_broad, &b.arn, b.kind, &b.name)));
    out
}

fn is_broad(value: &Value, managed: &BTreeMap<String, bool>) -> bool {
    let list = |name: &str| value.get(name).and_then(Value::as_array).into_iter().flatten();
    let mut inline = list("RolePolicyList").chain(list("UserPolicyList"));
    inline.any(|policy| has_wildcard(policy.get("PolicyDocument")))
        || list("AttachedManagedPolicies").filter_map(|policy| policy.get("PolicyArn")?.as_str()).any(|arn| {
            // The documents of AWS's own policies are not read; the names of the widest say it.
            let name = arn.rsplit('/').next().filter(|_| arn.contains(":iam::aws:")).unwrap_or_default();
            managed.get(arn) == Some(&true)
                || matches!(name, "AdministratorAccess" | "PowerUserAccess")
                || name.ends_with("FullAccess")
        })
}

/// The document of a managed policy that holds.
fn default_of(value: &Value) -> Option<&Value> {
    let versions = value.get("PolicyVersionList")?.as_array()?;
    versions.iter().find(|it| it.get("IsDefaultVersion") == Some(&json!(true)))?.get("Document")
}

/// True for a document that allows actions by a pattern.
fn has_wildcard(document: Option<&Value>) -> bool {
    let all = |value: Option<&'_ Value>| match value {
        Some(Value::Array(items)) => items.clone(),
        Some(other) => vec![other.clone()],
        None => Vec::new(),
    };
    let allows = |it: &Value| it.get("Effect").and_then(Value::as_str) == Some("Allow");
    all(document.and_then(|it| it.get("Statement"))).iter().filter(|it| allows(it)).any(|it| {
        let mut actions = all(it.get("Action")).into_iter();
        it.get("NotAction").is_some() || actions.any(|action| action.as_str().is_some_and(|text| text.contains('*')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(body: &Value) -> Value {
        json!({ "Version": "2012-10-17", "Statement": body })
    }

    #[test]
    fn patterns_of_actions_that_are_allowed_are_wildcards() {
        for (body, expected) in [
            (json!([{ "Effect": "Allow", "Action": ["s3:GetObject", "s3:*"] }]), true),
            (json!({ "Effect": "Allow", "Action": "*" }), true),
            (json!({ "Effect": "Allow", "NotAction": "iam:PassRole" }), true),
            (json!({ "Effect": "Deny", "Action": "*" }), false),
            (json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" }), false),
            (json!("no statement"), false),
        ] {
            assert_eq!(has_wildcard(Some(&statement(&body))), expected, "{body}");
        }
        assert!(!has_wildcard(Some(&json!("no document"))) && !has_wildcard(None));
    }

    #[test]
    fn inline_and_attached_policies_make_a_principal_broad() {
        let managed = BTreeMap::from([("arn:aws:iam::1:policy/wide".to_owned(), true), ("arn:x".to_owned(), false)]);
        let attached = |arn: &str| json!({ "AttachedManagedPolicies": [{ "PolicyArn": arn }] });
        let inline = |list: &str, action: &str| {
            let document = statement(&json!({ "Effect": "Allow", "Action": action }));
            json!({ list: [{ "PolicyName": "p", "PolicyDocument": document }] })
        };
        for (value, expected) in [
            (attached("arn:aws:iam::1:policy/wide"), true),
            (attached("arn:aws:iam::aws:policy/AdministratorAccess"), true),
            (attached("arn:aws-cn:iam::aws:policy/AmazonS3FullAccess"), true),
            (attached("arn:aws:iam::aws:policy/ReadOnlyAccess"), false),
            (attached("arn:aws:iam::1:policy/AdministratorAccess"), false),
            (attached("arn:x"), false),
            (inline("RolePolicyList", "s3:*"), true),
            (inline("UserPolicyList", "*"), true),
            (inline("UserPolicyList", "s3:GetObject"), false),
            (json!({}), false),
        ] {
            assert_eq!(is_broad(&value, &managed), expected, "{value}");
        }
    }
}
