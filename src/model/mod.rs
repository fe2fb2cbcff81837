//! The nouns every room shares: sources, attribute trees, resources, findings, problems, reports.
//!
//! Pure data. This room imports nothing of ours, does no I/O, and does not know how anything is loaded, judged or printed.

mod difference;
mod finding;
mod live;
mod node;
pub mod pattern;
mod policy;
mod problem;
mod report;
mod resource;
pub mod schema;
mod source;
mod tree;

pub use difference::{
    AttributeDifference, Difference, DriftClass, DriftCoverage, DriftIgnore, DriftReport, FixedDrift, Live, Owner,
    Placed, PolicyDelta, Recorded, Shown, Since,
};
pub use finding::{Finding, Related, Severity, Status, Verdict};
pub use live::{Gap, GapReason, Inventory, Listing, LiveObject, LiveRecord, LiveShape, REDACTED};
pub use node::{Collection, Document, Map, Marks, Node, Part, PathStep, Reason, Shape, Unknown, Value, display_path};
pub use policy::PolicyInfo;
pub use problem::{Outcome, Problem, Stage};
pub use report::{Coverage, Diff, Fixed, Report, Silence, Suppressions, Unlisted};
pub use resource::{Edge, Existence, IgnoredChange, LeftOut, Resource, SourceKind};
pub use source::{FileId, Position, Region, SourceFile, SourceMap, Span};
pub use tree::{FileBytes, Tree, TreeKind};
