//! `GetAccountAuthorizationDetails` as records, page by page, with the members that IAM calls them by.

use aws_sdk_iam::operation::get_account_authorization_details::builders::GetAccountAuthorizationDetailsFluentBuilder;
use aws_sdk_iam::types::{
    AttachedPermissionsBoundary, AttachedPolicy, EntityType, GroupDetail, InstanceProfile, ManagedPolicyDetail,
    PolicyDetail, RoleDetail, Tag, UserDetail,
};
use serde_json::{Map, Value, json};

use super::super::call::Pages;
use super::super::desk::{Collector, Desk, Item, Work};
use super::{Iam, object, time};
use crate::live::actions::AUTHORIZATION_DETAILS;
use crate::live::types::Kind;

/// The most of a page.
const PAGE: i32 = 1000;

#[derive(Debug)]
pub(in crate::live::aws) struct Details;

impl Details {
    pub(in crate::live::aws) const NAMES: [&str; 4] =
        ["AWS::IAM::Group", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role", "AWS::IAM::User"];
}

impl Collector for Details {
    fn lists(&self, kind: &Kind) -> bool {
        Self::NAMES.contains(&kind.name)
    }

    fn collect<'a>(&'a self, item: &'a Item, desk: &'a Desk) -> Work<'a> {
        Box::pin(async move {
            let iam = Iam::new(item, desk);
            let (mut pages, mut token) = (Pages::default(), None);
            loop {
                // AWS's own policies are the same everywhere.
                let request = iam.client.get_account_authorization_details().max_items(PAGE).set_marker(token);
                let request = [EntityType::User, EntityType::Group, EntityType::Role, EntityType::LocalManagedPolicy]
                    .into_iter()
                    .fold(request, GetAccountAuthorizationDetailsFluentBuilder::filter);
                let page = iam.gate.call(AUTHORIZATION_DETAILS, || request.clone().send()).await?;
                page.user_detail_list().iter().for_each(|it| user(&iam, it));
                page.group_detail_list().iter().for_each(|it| group(&iam, it));
                page.role_detail_list().iter().for_each(|it| role(&iam, it));
                page.policies().iter().for_each(|it| policy(&iam, it));
                token = pages.next(AUTHORIZATION_DETAILS, page.marker().filter(|_| page.is_truncated()))?;
                if token.is_none() {
                    return Ok(());
                }
            }
        })
    }
}

fn user(iam: &Iam<'_>, it: &UserDetail) {
    let members = object([
        ("Path", text(it.path())),
        ("UserName", text(it.user_name())),
        ("UserId", text(it.user_id())),
        ("Arn", text(it.arn())),
        ("CreateDate", time(it.create_date())),
        ("UserPolicyList", Some(inline(it.user_policy_list()))),
        ("GroupList", Some(json!(it.group_list()))),
        ("AttachedManagedPolicies", Some(attached(it.attached_managed_policies()))),
        ("PermissionsBoundary", it.permissions_boundary().map(boundary)),
        ("Tags", Some(tags(it.tags()))),
    ]);
    iam.put("AWS::IAM::User", it.user_name().unwrap_or_default(), it.arn(), members);
}

fn group(iam: &Iam<'_>, it: &GroupDetail) {
    let members = object([
        ("Path", text(it.path())),
        ("GroupName", text(it.group_name())),
        ("GroupId", text(it.group_id())),
        ("Arn", text(it.arn())),
        ("CreateDate", time(it.create_date())),
        ("GroupPolicyList", Some(inline(it.group_policy_list()))),
        ("AttachedManagedPolicies", Some(attached(it.attached_managed_policies()))),
    ]);
    iam.put("AWS::IAM::Group", it.group_name().unwrap_or_default(), it.arn(), members);
}

fn role(iam: &Iam<'_>, it: &RoleDetail) {
    let used = it.role_last_used().map(|used| {
        Value::Object(object([("LastUsedDate", time(used.last_used_date())), ("Region", text(used.region()))]))
    });
    let members = object([
        ("Path", text(it.path())),
        ("RoleName", text(it.role_name())),
        ("RoleId", text(it.role_id())),
        ("Arn", text(it.arn())),
        ("CreateDate", time(it.create_date())),
        ("AssumeRolePolicyDocument", it.assume_role_policy_document().map(document)),
        ("InstanceProfileList", Some(it.instance_profile_list().iter().map(profile).collect())),
        ("RolePolicyList", Some(inline(it.role_policy_list()))),
        ("AttachedManagedPolicies", Some(attached(it.attached_managed_policies()))),
        ("PermissionsBoundary", it.permissions_boundary().map(boundary)),
        ("Tags", Some(tags(it.tags()))),
        ("RoleLastUsed", used),
    ]);
    iam.put("AWS::IAM::Role", it.role_name().unwrap_or_default(), it.arn(), members);
}

fn policy(iam: &Iam<'_>, it: &ManagedPolicyDetail) {
    let versions = it.policy_version_list().iter().map(|version| {
        Value::Object(object([
            ("Document", version.document().map(document)),
            ("VersionId", text(version.version_id())),
            ("IsDefaultVersion", Some(version.is_default_version().into())),
            ("CreateDate", time(version.create_date())),
        ]))
    });
    let members = object([
        ("PolicyName", text(it.policy_name())),
        ("PolicyId", text(it.policy_id())),
        ("Arn", text(it.arn())),
        ("Path", text(it.path())),
        ("Description", text(it.description())),
        ("DefaultVersionId", text(it.default_version_id())),
        ("AttachmentCount", it.attachment_count().map(Into::into)),
        ("PermissionsBoundaryUsageCount", it.permissions_boundary_usage_count().map(Into::into)),
        ("IsAttachable", Some(it.is_attachable().into())),
        ("CreateDate", time(it.create_date())),
        ("UpdateDate", time(it.update_date())),
        ("PolicyVersionList", Some(versions.collect())),
    ]);
    iam.put("AWS::IAM::ManagedPolicy", it.arn().or(it.policy_name()).unwrap_or_default(), it.arn(), members);
}

fn profile(it: &InstanceProfile) -> Value {
    Value::Object(object([
        ("Path", text(Some(it.path()))),
        ("InstanceProfileName", text(Some(it.instance_profile_name()))),
        ("InstanceProfileId", text(Some(it.instance_profile_id()))),
        ("Arn", text(Some(it.arn()))),
        ("CreateDate", time(Some(it.create_date()))),
    ]))
}

fn text(value: Option<&str>) -> Option<Value> {
    value.map(Into::into)
}

fn inline(policies: &[PolicyDetail]) -> Value {
    let of = |it: &PolicyDetail| {
        let document = it.policy_document().map(document);
        Value::Object(object([("PolicyName", text(it.policy_name())), ("PolicyDocument", document)]))
    };
    policies.iter().map(of).collect()
}

fn attached(policies: &[AttachedPolicy]) -> Value {
    let of = |it: &AttachedPolicy| {
        Value::Object(object([("PolicyName", text(it.policy_name())), ("PolicyArn", text(it.policy_arn()))]))
    };
    policies.iter().map(of).collect()
}

fn boundary(it: &AttachedPermissionsBoundary) -> Value {
    let kind = it.permissions_boundary_type().map(|kind| kind.as_str().into());
    Value::Object(object([
        ("PermissionsBoundaryType", kind),
        ("PermissionsBoundaryArn", text(it.permissions_boundary_arn())),
    ]))
}

fn tags(tags: &[Tag]) -> Value {
    tags.iter().map(|it| json!({ "Key": it.key(), "Value": it.value() })).collect()
}

/// IAM gives documents with `%` escapes. One that is no JSON stays a text, so that nobody takes it for one without statements.
fn document(escaped: &str) -> Value {
    let text = unescaped(escaped);
    match serde_json::from_str::<Map<String, Value>>(&text) {
        Ok(document) => Value::Object(document),
        Err(_) => Value::String(text),
    }
}

fn unescaped(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let escaped = if byte == b'%' { digit(ahead.next()).zip(digit(ahead.next())) } else { None };
        match escaped.and_then(|(high, low)| u8::try_from(high * 16 + low).ok()) {
            Some(byte) => {
                out.push(byte);
                bytes = ahead;
            }
            None => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded_and_others_stay_texts() {
        assert_eq!(document("%7B%22Version%22%3A%222012-10-17%22%7D"), json!({ "Version": "2012-10-17" }));
        assert_eq!(document("{\"a\": \"100%\"}"), json!({ "a": "100%" }));
        assert_eq!(document("%zz%4"), json!("%zz%4"));
        assert_eq!(document("[]"), json!("[]"));
        assert_eq!(unescaped("%C3%A9+%FF"), "é+\u{fffd}");
    }
}
