//! Evaluated and recorded resources in the types that their provider declares.
//!
//! What a provider declares is the model's data. It does not know what any attribute means.

mod apply;

use crate::model::schema::resource;
use crate::model::{LeftOut, Node};

/// A config in its declared types with sensitive marks, and the attributes that it leaves to the provider. Types that are not
/// in the data stay as they are.
pub fn apply(kind: &str, config: Node) -> (Node, Vec<LeftOut>) {
    match resource(kind) {
        Some(body) => apply::apply(config, &body),
        None => (config, Vec::new()),
    }
}
