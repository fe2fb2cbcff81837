//! The account itself: how many keys and devices it has, its password policy, and the time of its credential report.

use aws_sdk_iam::types::{AssignmentStatusType, VirtualMfaDevice};
use serde_json::{Map, Value, json};

use super::super::call::Pages;
use super::super::desk::{Collector, Desk, Item, Work};
use super::super::failure::{Failure, What};
use super::{ACCOUNT, Iam};
use crate::live::GLOBAL;
use crate::live::actions::{ACCOUNT_SUMMARY, LIST_VIRTUAL_MFA, PASSWORD_POLICY};
use crate::live::types::Kind;

/// How the first virtual device of the root user is called.
const ROOT_DEVICE: &str = ":mfa/root-account-mfa-device";

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
            match iam.root_has_virtual_device().await {
                Ok(has) => drop(members.insert("root_virtual_mfa".into(), has.into())),
                // The rest says as much without it; a record that lacks it shows it as not read.
                Err(failure) => {
                    desk.dent(&(item.account.id.clone(), GLOBAL.into(), ACCOUNT.into()), &item.account.id, &failure);
                }
            }
            // The report has a listing of its own, which tells why it is not there.
            if let Ok((_, Some(made))) = iam.report().await {
                members.insert("credential_report_time".into(), made);
            }
            iam.put(ACCOUNT, &item.account.id, None, members);
            Ok(())
        })
    }
}

impl Iam<'_> {
    /// Whether a device of the root user is an application and none of hardware. Only virtual devices are listed.
    async fn root_has_virtual_device(&self) -> Result<bool, Failure> {
        let (mut pages, mut token) = (Pages::default(), None);
        loop {
            let request = self.client.list_virtual_mfa_devices();
            let request = request.assignment_status(AssignmentStatusType::Assigned).set_marker(token);
            let page = self.gate.call(LIST_VIRTUAL_MFA, || request.clone().send()).await?;
            let is_of_root = |it: &VirtualMfaDevice| {
                let user = it.user().is_some_and(|user| user.arn().ends_with(":root"));
                user || it.serial_number().ends_with(ROOT_DEVICE)
            };
            if page.virtual_mfa_devices().iter().any(is_of_root) {
                return Ok(true);
            }
            token = pages.next(LIST_VIRTUAL_MFA, page.marker().filter(|_| page.is_truncated()))?;
            if token.is_none() {
                return Ok(false);
            }
        }
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
