//! What was read of a live account, before and after it took Terraform's names, and what could not be read.
//!
//! Only a listing that was read to its end can show that something is missing. It does not know AWS, files or mappings.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::node::PathStep;

/// Stands in a record for a value that was there and is nobody's business: set, and not known.
pub const REDACTED: &str = "(redacted by stanchion)";

/// Whose names and structure a record's value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LiveShape {
    /// The properties of a `CloudFormation` type, as Cloud Control and most types of AWS Config give them.
    CloudFormation,
    /// AWS Config's own item of one of the older types: `{configuration, supplementaryConfiguration, relationships}`.
    Config,
    /// The members of IAM's own answers, with documents decoded.
    Iam,
    /// A Terraform provider's attributes, as `terraform query -json` gives them.
    Terraform,
}

/// One thing as the cloud described it. Account, region and kind say where it was listed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveRecord {
    /// Twelve digits.
    pub account: Arc<str>,
    /// `eu-west-1`; `global` for what belongs to no region.
    pub region: Arc<str>,
    /// The `CloudFormation` name of the type (`AWS::S3::Bucket`), Terraform's for [`LiveShape::Terraform`].
    pub kind: Arc<str>,
    /// The primary identifier, parts joined with `|`.
    pub id: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<Arc<str>>,
    pub shape: LiveShape,
    /// When the cloud last looked, as it said (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<Arc<str>, Arc<str>>,
    /// Redacted already: no secret is in it.
    pub value: serde_json::Value,
}

/// Why something could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapReason {
    Denied,
    Throttled,
    /// AWS Config does not record the type here.
    NotRecorded,
    /// The type or service is not offered here.
    Unsupported,
    /// The answer made no sense, the network failed, credentials ended.
    Failed,
    /// The run was stopped before its turn.
    Cancelled,
    /// The calls that it was allowed were used up.
    Budget,
}

impl GapReason {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Throttled => "throttled",
            Self::NotRecorded => "not recorded",
            Self::Unsupported => "not supported",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Budget => "beyond the budget",
        }
    }
}

/// How reading the things of one type in one place went. A place and type without a listing was not asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    pub account: Arc<str>,
    pub region: Arc<str>,
    /// The `CloudFormation` name of the type; `*` for all that were asked for.
    pub kind: Arc<str>,
    /// `None`: read to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    pub reason: GapReason,
    /// A lower-case sentence with cause and remedy, such as the action that was denied.
    pub message: String,
    /// Set when only this thing of the listing could not be read; the others were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Arc<str>>,
}

/// Everything that one run read of its accounts, or that a snapshot holds. Sorted by account, region, kind and id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    pub records: Vec<LiveRecord>,
    pub listings: Vec<Listing>,
    /// False when the run ended before it was done.
    pub complete: bool,
}

/// A live thing under the Terraform provider's names.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveObject {
    pub account: Arc<str>,
    pub region: Arc<str>,
    /// Terraform's type: `aws_s3_bucket`.
    pub kind: Arc<str>,
    /// What `terraform import` takes, which is the state's `id` for nearly all types.
    pub id: Arc<str>,
    pub arn: Option<Arc<str>>,
    /// The provider's resource identity, where the source gave one.
    pub identity: BTreeMap<Arc<str>, serde_json::Value>,
    pub attributes: serde_json::Map<String, serde_json::Value>,
    /// Attributes that the source does not show: whatever they are, they are unknown and never absent.
    pub unread: Vec<Vec<PathStep>>,
    /// Type and id of the live thing that it is a part of (the bucket of a bucket policy).
    pub parent: Option<(Arc<str>, Arc<str>)>,
    pub tags: BTreeMap<Arc<str>, Arc<str>>,
    pub captured: Option<Arc<str>>,
}
