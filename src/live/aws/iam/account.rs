//! The account itself: how many keys and devices it has, its password policy, and the time of its credential report.

use serde_json::{Map, Value, json};

use super::super::desk::{Collector, Desk, Item, Work};
use super::super::failure::What;
use super::{ACCOUNT, Iam};
use crate::live::actions::{ACCOUNT_SUMMARY, PASSWORD_POLICY};
use crate::live::types::Kind;

#[derive(Debug)]
pub(in crate::live::aws) struct AccountSettings;

impl Collector for AccountSettings {
    fn lists(&self, kind: &Kind) -> bool {
        kind.name == ACCOUNT
    }

    fn collect<'a>(&'a self, item: &'a Item, desk: &'a Desk) -> Work<'a> {
        Box::pin(async move {
            let iam = Iam::new(item, desk);
            // Half a record would say that the other half is absent, so that any failure costs it as a whole.
            let summary = iam.gate.call(ACCOUNT_SUMMARY, || iam.client.get_account_summary().send()).await?;
            let summary = summary.summary_map().into_iter().flatten();
            let summary: Map<String, Value> =
                summary.map(|(name, count)| (name.as_str().to_owned(), (*count).into())).collect();
            let policy = match iam.gate.call(PASSWORD_POLICY, || iam.client.get_account_password_policy().send()).await
            {
                Ok(answer) => answer.password_policy().map_or(Value::Null, policy),
                Err(failure) if failure.what == What::Gone => Value::Null,
                Err(failure) => return Err(failure),
            };
            let mut members = Map::new();
            members.insert("account_id".into(), Value::String(item.account.id.to_string()));
            members.insert("summary".into(), Value::Object(summary));
            members.insert("password_policy".into(), policy);
            // Where only some regions were asked for, nothing says what the others hold.
            members.insert("all_regions".into(), desk.settings.regions.is_empty().into());
            // The report has a listing of its own, which tells why it is not there.
            if let Ok((_, Some(made))) = iam.report().await {
                members.insert("credential_report_time".into(), made);
            }
            iam.put(ACCOUNT, &item.account.id, None, members);
            Ok(())
        })
    }
}

/// Under the names of Terraform's `aws_iam_account_password_policy`.
fn policy(it: &aws_sdk_iam::types::PasswordPolicy) -> Value {
    let mut policy = json!({
        "require_symbols": it.require_symbols(),
        "require_numbers": it.require_numbers(),
        "require_uppercase_characters": it.require_uppercase_characters(),
        "require_lowercase_characters": it.require_lowercase_characters(),
        "allow_users_to_change_password": it.allow_users_to_change_password(),
        "expire_passwords": it.expire_passwords(),
    });
    let numbers = [
        ("minimum_password_length", it.minimum_password_length()),
        ("max_password_age", it.max_password_age()),
        ("password_reuse_prevention", it.password_reuse_prevention()),
    ];
    if let Some(members) = policy.as_object_mut() {
        members.extend(numbers.into_iter().filter_map(|(name, number)| Some((name.to_owned(), number?.into()))));
        members.extend(it.hard_expiry().map(|hard| ("hard_expiry".to_owned(), hard.into())));
    }
    policy
}
