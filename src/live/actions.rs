//! Every call that a collection may make, and the IAM policy that allows exactly these.
//!
//! The only list of its kind: a call names its row here, and a test reads the source for calls that do not.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::types::{Control, kinds};

/// One operation of a service. `method` is the SDK's name of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    pub service: &'static str,
    pub name: &'static str,
    pub method: &'static str,
    /// Name and prefix in IAM, where they differ from `service` and `name`.
    pub iam: &'static str,
}

macro_rules! actions {
    ($($constant:ident = $service:literal $name:literal $method:literal $iam:literal;)*) => {
        $(pub const $constant: Action = Action { service: $service, name: $name, method: $method, iam: $iam };)*
        /// All of them, sorted by constant within a service.
        pub const ALL: &[Action] = &[$($constant),*];
    };
}

actions! {
    LIST_REGIONS = "account" "ListRegions" "list_regions" "account:ListRegions";
    GET_RESOURCE = "cloudcontrol" "GetResource" "get_resource" "cloudformation:GetResource";
    LIST_RESOURCES = "cloudcontrol" "ListResources" "list_resources" "cloudformation:ListResources";
    BATCH_GET = "config" "BatchGetResourceConfig" "batch_get_resource_config" "config:BatchGetResourceConfig";
    AGGREGATOR_SOURCES = "config" "DescribeConfigurationAggregatorSourcesStatus"
        "describe_configuration_aggregator_sources_status" "config:DescribeConfigurationAggregatorSourcesStatus";
    RECORDER_STATUS = "config" "DescribeConfigurationRecorderStatus" "describe_configuration_recorder_status"
        "config:DescribeConfigurationRecorderStatus";
    RECORDERS = "config" "DescribeConfigurationRecorders" "describe_configuration_recorders"
        "config:DescribeConfigurationRecorders";
    LIST_DISCOVERED = "config" "ListDiscoveredResources" "list_discovered_resources" "config:ListDiscoveredResources";
    SELECT_AGGREGATE = "config" "SelectAggregateResourceConfig" "select_aggregate_resource_config"
        "config:SelectAggregateResourceConfig";
    SELECT = "config" "SelectResourceConfig" "select_resource_config" "config:SelectResourceConfig";
    // Makes IAM gather what is read next; IAM itself counts it among the reading actions.
    GENERATE_LAST_ACCESSED = "iam" "GenerateServiceLastAccessedDetails" "generate_service_last_accessed_details"
        "iam:GenerateServiceLastAccessedDetails";
    // Makes IAM write the report that is read next; IAM itself counts it among the reading actions.
    GENERATE_REPORT = "iam" "GenerateCredentialReport" "generate_credential_report" "iam:GenerateCredentialReport";
    AUTHORIZATION_DETAILS = "iam" "GetAccountAuthorizationDetails" "get_account_authorization_details"
        "iam:GetAccountAuthorizationDetails";
    PASSWORD_POLICY = "iam" "GetAccountPasswordPolicy" "get_account_password_policy" "iam:GetAccountPasswordPolicy";
    ACCOUNT_SUMMARY = "iam" "GetAccountSummary" "get_account_summary" "iam:GetAccountSummary";
    GET_REPORT = "iam" "GetCredentialReport" "get_credential_report" "iam:GetCredentialReport";
    GET_LAST_ACCESSED = "iam" "GetServiceLastAccessedDetails" "get_service_last_accessed_details"
        "iam:GetServiceLastAccessedDetails";
    LIST_VIRTUAL_MFA = "iam" "ListVirtualMFADevices" "list_virtual_mfa_devices" "iam:ListVirtualMFADevices";
    LIST_ACCOUNTS = "organizations" "ListAccounts" "list_accounts" "organizations:ListAccounts";
    LIST_PARENTS = "organizations" "ListParents" "list_parents" "organizations:ListParents";
    ASSUME_ROLE = "sts" "AssumeRole" "assume_role" "sts:AssumeRole";
    CALLER_IDENTITY = "sts" "GetCallerIdentity" "get_caller_identity" "sts:GetCallerIdentity";
}

/// Actions of an organization's own account; an account that is read needs none of them.
const ORGANIZATION: &[Action] = &[LIST_ACCOUNTS, LIST_PARENTS, ASSUME_ROLE];

/// Actions that are called only where somebody asks for what they read.
const LAST_ACCESSED: &[Action] = &[GENERATE_LAST_ACCESSED, GET_LAST_ACCESSED];

/// The least policy that lets everything be read, or that of the account which reads an organization; with what roles and
/// users last used where that is asked for.
pub fn iam_policy(organization: bool, last_accessed: bool) -> Value {
    let is_own =
        |action: &&Action| !ORGANIZATION.contains(action) && (last_accessed || !LAST_ACCESSED.contains(action));
    let own: BTreeSet<&str> = ALL.iter().filter(is_own).map(|action| action.iam).collect();
    // Cloud Control calls the services with the rights of whoever called it.
    let handlers: BTreeSet<&str> = kinds()
        .iter()
        .filter(|kind| kind.control != Control::Not)
        .flat_map(|kind| kind.actions.iter().copied())
        .collect();
    let mut statements = vec![
        json!({ "Sid": "StanchionCalls", "Effect": "Allow", "Action": own, "Resource": "*" }),
        json!({ "Sid": "StanchionThroughCloudControl", "Effect": "Allow", "Action": handlers, "Resource": "*" }),
    ];
    if organization {
        let list: Vec<&str> = vec![LIST_ACCOUNTS.iam, LIST_PARENTS.iam];
        statements.push(json!({ "Sid": "StanchionOrganization", "Effect": "Allow", "Action": list, "Resource": "*" }));
        statements.push(json!({
            "Sid": "StanchionAccounts", "Effect": "Allow", "Action": ASSUME_ROLE.iam, "Resource": "arn:aws:iam::*:role/ROLE-NAME",
        }));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_reads() {
        for action in ALL {
            let reads = ["Get", "List", "Describe", "BatchGet", "Select"];
            let known = reads.iter().any(|verb| action.name.starts_with(verb));
            let counted = [GENERATE_LAST_ACCESSED, GENERATE_REPORT, ASSUME_ROLE];
            assert!(known || counted.contains(action), "{} may write", action.name);
        }
    }

    #[test]
    fn the_policy_names_each_call_and_assumes_roles_for_an_organization_only() {
        let own = iam_policy(false, true).to_string();
        for action in ALL {
            assert_eq!(own.contains(&format!("\"{}\"", action.iam)), !ORGANIZATION.contains(action), "{}", action.name);
        }
        assert!(!iam_policy(false, false).to_string().contains("LastAccessed"), "only where it is asked for");
        let organization = iam_policy(true, true).to_string();
        assert!(ALL.iter().all(|action| organization.contains(action.iam)));
        assert!(own.contains("s3:GetBucketAcl") || own.contains("s3:GetEncryptionConfiguration"));
        for write in ["PassRole", "CreateGrant", "kms:Decrypt", "GetSecretValue"] {
            assert!(!organization.contains(write), "{write}");
        }
    }
}
