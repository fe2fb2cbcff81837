//! Where what is recorded, what is declared and what there is do not agree.
//!
//! It does not know how things are compared, nor what a difference is worth.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::finding::{Related, Severity};
use super::live::LiveObject;
use super::node::{Map, Node, PathStep, Value};
use super::resource::{Resource, SourceKind};
use super::source::Span;

/// An instance that a state or plan records.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// As policies judge it.
    pub resource: Resource,
    /// Everything recorded of it, null and empty values too, so that "recorded as nothing" differs from "not recorded".
    pub attributes: Node,
    /// The provider's resource identity, where it is recorded.
    pub identity: Map,
    /// The provider with its alias, as recorded: instances of one provider live in one account and region.
    pub provider: Arc<str>,
    /// The provider itself has said that it is not there any more.
    pub gone: bool,
}

/// A live thing, as it is paired and as policies judge it.
#[derive(Clone, Debug)]
pub struct Live {
    pub object: LiveObject,
    pub resource: Resource,
}

/// How code, record and the live thing stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DriftClass {
    /// Recorded, and certainly not there.
    Missing,
    /// There, and not recorded.
    Unmanaged,
    /// The live value is not the recorded one, and the code still says what is recorded (or says nothing).
    ChangedOutside,
    /// Code, record and live all say something else.
    Conflict,
    /// The code says what is live; the record is behind.
    NotRecorded,
    /// The code has changed, and has not been applied.
    PendingInCode,
    /// Recorded, and not in the code any more.
    Orphan,
    /// Could not be compared; the reasons say why.
    Unknown,
}

impl DriftClass {
    /// In the order of reports.
    pub const ALL: [Self; 8] = [
        Self::Missing,
        Self::Unmanaged,
        Self::ChangedOutside,
        Self::Conflict,
        Self::NotRecorded,
        Self::PendingInCode,
        Self::Orphan,
        Self::Unknown,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unmanaged => "unmanaged",
            Self::ChangedOutside => "changed-outside",
            Self::Conflict => "conflict",
            Self::NotRecorded => "not-recorded",
            Self::PendingInCode => "pending-in-code",
            Self::Orphan => "orphan",
            Self::Unknown => "unknown",
        }
    }
}

/// Who looks after a thing that no state records.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    #[default]
    Nobody,
    /// An AWS service made it for itself.
    ServiceLinked,
    /// Every account or region has it.
    AwsDefault,
    /// The stack's name or id.
    CloudFormation(Arc<str>),
    Autoscaling(Arc<str>),
    /// A cluster's controllers.
    Kubernetes(Arc<str>),
    /// It comes with a recorded thing; the address.
    PartOf(Arc<str>),
}

impl Owner {
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::ServiceLinked => "service-linked",
            Self::AwsDefault => "aws-default",
            Self::CloudFormation(_) => "cloudformation",
            Self::Autoscaling(_) => "autoscaling",
            Self::Kubernetes(_) => "kubernetes",
            Self::PartOf(_) => "part-of-managed",
        }
    }

    /// Which stack, group, cluster or address.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::CloudFormation(name) | Self::Autoscaling(name) | Self::Kubernetes(name) | Self::PartOf(name) => {
                Some(name)
            }
            Self::Nobody | Self::ServiceLinked | Self::AwsDefault => None,
        }
    }
}

/// A value that may be printed: what is sensitive in it never is.
#[derive(Clone, Debug)]
pub enum Shown {
    Value(Node),
    /// As it was written down by [`Shown::text`] earlier.
    Text(String),
}

impl Shown {
    /// The value as JSON on one line, with `***` for what is sensitive.
    pub fn text(&self) -> String {
        match self {
            Self::Value(node) => {
                let mut out = String::new();
                write(node, &mut out);
                out
            }
            Self::Text(text) => text.clone(),
        }
    }
}

fn write(node: &Node, out: &mut String) {
    if node.marks.sensitive {
        return out.push_str("***");
    }
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(text) => out.push_str(text),
        Value::String(text) => {
            let _ = write!(out, "{}", serde_json::Value::from(&**text));
        }
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write(item, out);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                let _ = write!(out, "{}: ", serde_json::Value::from(&**key));
                write(item, out);
            }
            out.push('}');
        }
        Value::Document(document) => write(&document.tree, out),
        Value::Unknown(_) => out.push_str("(not known)"),
    }
}

/// One attribute that differs. Of lists and policy documents the entries that differ, not those that agree.
#[derive(Clone, Debug)]
pub struct AttributeDifference {
    pub path: Vec<PathStep>,
    /// `None`: nothing is recorded, or nothing was taken away.
    pub recorded: Option<Shown>,
    pub live: Option<Shown>,
    /// What the code says, where it is here and says something.
    pub declared: Option<Shown>,
    pub declared_in_code: bool,
    /// In the source where that is here, else in the record, else in the live document.
    pub span: Span,
    pub related: Vec<Related>,
    /// Where the code says to leave its changes alone.
    pub ignored: Option<Span>,
    /// The fingerprint of the finding that a policy made of it.
    pub finding: Option<String>,
}

/// A policy whose verdict is not the same on the recorded and the live thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyDelta {
    pub policy: Arc<str>,
    pub severity: Severity,
    pub message: String,
}

/// One thing that is not as it should be, in one way.
#[derive(Clone, Debug)]
pub struct Difference {
    pub class: DriftClass,
    pub kind: Arc<str>,
    /// The recorded address; `None` for what is unmanaged.
    pub address: Option<Arc<str>>,
    /// Which state records it.
    pub scope: Arc<str>,
    /// The ARN of the live thing, else its type and id; `None` for what is missing.
    pub live: Option<Arc<str>>,
    pub account: Option<Arc<str>>,
    pub region: Option<Arc<str>>,
    pub owner: Owner,
    pub tags: BTreeMap<Arc<str>, Arc<str>>,
    /// Empty where the thing as a whole is missing, unmanaged or orphaned.
    pub attributes: Vec<AttributeDifference>,
    pub reasons: Vec<String>,
    pub span: Span,
    pub related: Vec<Related>,
    /// The resource that the places belong to, so that comments beside it can silence findings.
    pub placed: Placed,
    /// Policies that fail on the live thing only: drift made it worse.
    pub worse: Vec<PolicyDelta>,
    /// Policies that fail on the recorded thing only.
    pub better: Vec<PolicyDelta>,
    /// The fingerprint of the finding about the thing as a whole.
    pub finding: Option<String>,
}

/// The source, scope and address of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub source: SourceKind,
    pub scope: Arc<str>,
    pub address: Arc<str>,
}

impl Difference {
    /// A difference of which nothing but the address is known.
    pub fn of(address: &str, span: Span) -> Self {
        Self {
            class: DriftClass::Unknown,
            kind: "".into(),
            address: Some(address.into()),
            scope: "".into(),
            live: None,
            account: None,
            region: None,
            owner: Owner::Nobody,
            tags: BTreeMap::new(),
            attributes: Vec::new(),
            reasons: Vec::new(),
            span,
            related: Vec::new(),
            placed: Placed { source: SourceKind::State, scope: "".into(), address: address.into() },
            worse: Vec::new(),
            better: Vec::new(),
            finding: None,
        }
    }

    /// What it is called: the recorded address, else the live name.
    pub fn name(&self) -> &Arc<str> {
        self.address.as_ref().or(self.live.as_ref()).unwrap_or(&self.kind)
    }
}

/// How much was compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DriftCoverage {
    /// Recorded instances of a provider that can be compared.
    pub recorded: usize,
    /// Recorded instances of other providers.
    pub left_aside: usize,
    pub live: usize,
    /// Recorded instances that were held against a live thing, or were proved missing.
    pub compared: usize,
    pub in_sync: usize,
    /// Recorded instances that could not be compared, by reason.
    pub not_compared: BTreeMap<String, usize>,
    /// Unmanaged things that somebody looks after, by owner.
    pub owned: BTreeMap<&'static str, usize>,
    /// Attributes that could not be read, of recorded instances that were compared.
    pub attributes_unread: usize,
}

/// What came and went since an earlier report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Since {
    pub new: usize,
    pub persisting: usize,
    pub fixed: Vec<FixedDrift>,
}

/// A finding of an earlier report that is no more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FixedDrift {
    pub policy: String,
    pub address: String,
    pub message: String,
    pub fingerprint: String,
}

/// Everything that drift has to say beside its findings.
#[derive(Clone, Debug, Default)]
pub struct DriftReport {
    /// By class, type, scope, address and live name.
    pub differences: Vec<Difference>,
    pub coverage: DriftCoverage,
    pub since: Option<Since>,
}

/// A rule of the configuration that silences differences. Texts are globs; what is absent fits everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DriftIgnore {
    pub kind: Option<String>,
    pub address: Option<String>,
    /// The names of the attribute's path, joined by dots.
    pub attribute: Option<String>,
    /// As [`Owner::as_str`] says it, or the owner's name.
    pub owner: Option<String>,
    /// `Key` or `Key=value`.
    pub tag: Option<String>,
    pub reason: String,
    /// The last day on which it holds, `YYYY-MM-DD`.
    pub until: Option<String>,
    /// Where it is written, for complaints.
    pub written: String,
}
