//! An image reference taken apart: name, tag, digest, also where some of it is unknown.

use super::nodes::{Place, Range};
use super::words::{Filled, HOLE};
use crate::model::{Map, Node, Value};

/// Adds `image`, `tag` and `digest` to a base, with the place of each.
pub(super) fn describe(place: &Place, reference: &Filled, range: Range, base: &mut Map) {
    let text = reference.text.as_str();
    let (named, digest) = match text.split_once('@') {
        Some((named, digest)) => (named, Some(digest)),
        None => (text, None),
    };
    let last = named.rfind('/').map_or(0, |slash| slash + 1);
    let (image, tag) = match named.get(last..).and_then(|part| part.rfind(':')) {
        Some(colon) => (named.get(..last + colon).unwrap_or(named), named.get(last + colon + 1..)),
        None => (named, None),
    };
    let mut add = |key: &str, text: &str| {
        base.insert(key.into(), place.filled(&reference.part(text), range));
    };
    add("image", image);
    if let Some(tag) = tag.filter(|tag| !tag.is_empty()) {
        add("tag", tag);
    }
    if let Some(digest) = digest.filter(|digest| !digest.is_empty()) {
        add("digest", digest);
    }
    // An unknown at the end may itself hold a tag or a digest.
    if tag.is_none() && digest.is_none() && image.ends_with(HOLE) {
        base.insert("tag".into(), maybe(place.filled(&reference.part(&HOLE.to_string()), range)));
    }
    if digest.is_none() && text.ends_with(HOLE) {
        base.insert("digest".into(), maybe(place.filled(&reference.part(&HOLE.to_string()), range)));
    }
}

/// The same unknown, which may also turn out to be absent.
fn maybe(mut node: Node) -> Node {
    if let Value::Unknown(unknown) = &node.value {
        let mut unknown = unknown.as_ref().clone();
        unknown.nullable = true;
        node.value = Value::Unknown(unknown.into());
    }
    node
}
