//! From a path that a policy names to a place in the source that a person can change.
//!
//! It does not know policies or verdicts.

use crate::model::{Node, PathStep, Related, Resource, SourceMap, Span};

/// Where a finding belongs.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) span: Span,
    /// Where the value comes from, and the module calls that lead to the resource.
    pub(super) related: Vec<Related>,
}

/// The place of a path in a resource. What does not exist is looked for at the last thing that does.
pub(super) fn place(resource: &Resource, path: &[PathStep], sources: &SourceMap) -> Place {
    let mut inside = resource.config.via;
    let mut node = &resource.config;
    let mut at_header = true;
    // Once a value came by reference, everything below it is written elsewhere.
    let mut left = false;
    for step in path {
        let Some(next) = child(node, step) else { break };
        node = next;
        left |= !resource.body.contains(node.via);
        if !left {
            inside = node.via;
        }
        at_header = false;
    }
    let mut related = Vec::new();
    if !at_header && !resource.body.contains(node.origin) {
        related.push(Related { message: "value comes from here".into(), span: sources.first_line(node.origin) });
    }
    let calls = resource.calls.iter();
    related.extend(calls.map(|call| Related { message: "module called here".into(), span: sources.first_line(*call) }));
    Place { span: sources.first_line(inside), related }
}

/// One step down; numeric texts count as indexes.
fn child<'a>(node: &'a Node, step: &PathStep) -> Option<&'a Node> {
    node.get(step).or_else(|| match step {
        PathStep::Key(key) => node.get(&PathStep::Index(key.parse().ok()?)),
        PathStep::Index(index) => node.get(&PathStep::Key(index.to_string().into())),
    })
}
