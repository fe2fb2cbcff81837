//! One thing that should exist, is recorded to exist, or does exist.
//!
//! Identity is source, scope and address: never a file position. It does not know which loader made it.

use std::fmt;
use std::sync::Arc;

use super::node::{Map, Node, PathStep, Shape};
use super::source::Span;

/// Where a resource was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    Terraform,
    Plan,
    State,
    Kubernetes,
    Dockerfile,
    Aws,
}

impl SourceKind {
    pub const ALL: [Self; 6] =
        [Self::Terraform, Self::Plan, Self::State, Self::Kubernetes, Self::Dockerfile, Self::Aws];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::Plan => "plan",
            Self::State => "state",
            Self::Kubernetes => "kubernetes",
            Self::Dockerfile => "dockerfile",
            Self::Aws => "aws",
        }
    }
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether the resource is certain to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Existence {
    Yes,
    /// `count` or `for_each` is not known; the text is the cause.
    Unknown(Arc<str>),
}

/// A resource, whatever it was read from.
#[derive(Clone, Debug)]
pub struct Resource {
    pub source: SourceKind,
    /// What keeps equal addresses apart: the root module's directory, a live account and region. Empty for the working directory.
    pub scope: Arc<str>,
    /// `module.logs["eu"].aws_s3_bucket.this[0]`, `Deployment/prod/web`, the path of a Dockerfile, an ARN.
    pub address: Arc<str>,
    /// The provider's own name of the type: `aws_s3_bucket`; `Deployment` for Kubernetes; `dockerfile`.
    pub kind: Arc<str>,
    /// The provider's local name (`aws`), where there is one.
    pub provider: Option<Arc<str>>,
    pub account: Option<Arc<str>>,
    pub region: Option<Arc<str>>,
    /// Attributes under the provider's own names. A map; `via` is the header of the declaring block.
    pub config: Node,
    /// Other top-level members of a policy's `input`, made by the loader: `tags`, `pod`.
    pub facets: Map,
    /// The whole declaring block, to tell places inside from places outside it.
    pub body: Span,
    /// Module calls that lead here, outermost first.
    pub calls: Vec<Span>,
    pub exists: Existence,
    /// References from this resource to others.
    pub edges: Vec<Edge>,
    /// Causes for which resources that belong to this one may exist although none was seen
    /// (a module that is not here was given this resource). They make the absence of a link unknown.
    pub open_links: Vec<Arc<str>>,
    /// The configured environment whose values it was evaluated with.
    pub environment: Option<Arc<str>>,
    /// Attributes that the configuration leaves out and the provider fills in, so that their absence says nothing.
    pub left_out: Vec<LeftOut>,
    /// Attributes whose changes the declaration says to leave alone.
    pub ignored: Vec<IgnoredChange>,
}

/// An attribute, with all below it, whose changes are to be left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredChange {
    /// Relative to the config; empty for all of it.
    pub path: Vec<PathStep>,
    /// Where that is said.
    pub span: Span,
}

/// An attribute that is left to the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Relative to the config.
    pub path: Vec<PathStep>,
    pub shape: Shape,
}

/// A reference to another resource of the same scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The top-level attribute (or block) that refers.
    pub attribute: Arc<str>,
    /// The address referred to.
    pub to: Arc<str>,
}

impl Resource {
    /// A resource that is there, of which nothing more is known than what it says.
    pub fn new(
        source: SourceKind,
        scope: impl Into<Arc<str>>,
        address: impl Into<Arc<str>>,
        kind: impl Into<Arc<str>>,
        config: Node,
        body: Span,
    ) -> Self {
        Self {
            source,
            scope: scope.into(),
            address: address.into(),
            kind: kind.into(),
            provider: None,
            account: None,
            region: None,
            config,
            facets: Map::new(),
            body,
            calls: Vec::new(),
            exists: Existence::Yes,
            edges: Vec::new(),
            open_links: Vec::new(),
            environment: None,
            left_out: Vec::new(),
            ignored: Vec::new(),
        }
    }

    /// Resources of one group can belong together; equal addresses of different groups are different things.
    pub fn group(&self) -> (SourceKind, &str, Option<&str>) {
        (self.source, &self.scope, self.environment.as_deref())
    }

    /// The open links that matter to who names the given types: a cause that begins with a type is about that type only.
    pub fn open_links_for(&self, names: impl Fn(&str) -> bool) -> Vec<Arc<str>> {
        let matters = |cause: &&Arc<str>| {
            let first = cause.split(' ').next().unwrap_or("");
            let is_type = first.starts_with("aws_") && first.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            !is_type || names(first)
        };
        self.open_links.iter().filter(matters).cloned().collect()
    }

    /// True for a declaration that makes nothing by itself but is judged all the same: a provider block, a variable,
    /// the call of a module from elsewhere.
    pub fn is_declaration(&self) -> bool {
        matches!(&*self.kind, "provider" | "variable" | "module")
    }
}
