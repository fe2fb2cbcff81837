//! The declaration of each recorded instance, by address.
//!
//! A state does not say where its source is: the root module that declares most of its addresses is taken for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::{Existence, Recorded, Resource};

#[derive(Debug)]
pub struct Sources<'a> {
    /// For each recorded instance.
    found: Vec<Option<&'a Resource>>,
    /// The declared addresses of the root that each state belongs to, without instance keys.
    declared: HashMap<&'a str, BTreeSet<String>>,
}

impl<'a> Sources<'a> {
    pub fn new(recorded: &'a [Recorded], source: &'a [Resource]) -> Self {
        let source: Vec<&Resource> = source.iter().filter(|resource| !resource.is_declaration()).collect();
        let mut roots: BTreeMap<&str, HashMap<&str, &Resource>> = BTreeMap::new();
        let mut statics: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for resource in source {
            roots.entry(&resource.scope).or_default().entry(&resource.address).or_insert(resource);
            statics.entry(&resource.scope).or_default().insert(without_keys(&resource.address));
        }
        let mut states: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for item in recorded {
            states.entry(&item.resource.scope).or_default().push(&item.resource.address);
        }
        let root_of: HashMap<&str, &str> = states
            .iter()
            .filter_map(|(scope, addresses)| {
                let score = |declared: &BTreeSet<String>| {
                    addresses.iter().filter(|address| declared.contains(&without_keys(address))).count()
                };
                let scored = statics.iter().map(|(root, declared)| (score(declared), root == scope, *root));
                // Of equals the state's own directory, else the first by name.
                let best = scored.max_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.cmp(a.2)));
                best.filter(|(score, ..)| *score > 0).map(|(_, _, root)| (*scope, root))
            })
            .collect();
        let find = |item: &Recorded| {
            let root = root_of.get(&*item.resource.scope)?;
            let found = *roots.get(root)?.get(&*item.resource.address)?;
            (found.exists == Existence::Yes).then_some(found)
        };
        let found = recorded.iter().map(find).collect();
        let declared =
            root_of.into_iter().map(|(scope, root)| (scope, statics.get(root).cloned().unwrap_or_default())).collect();
        Self { found, declared }
    }

    pub fn of(&self, index: usize) -> Option<&'a Resource> {
        self.found.get(index).copied().flatten()
    }

    /// True when the state's source is here, with the module of the instance, and declares no such thing.
    pub fn lacks(&self, item: &Recorded) -> bool {
        let Some(declared) = self.declared.get(&*item.resource.scope) else { return false };
        let address = without_keys(&item.resource.address);
        if declared.contains(&address) {
            // An instance that is not among those of a known number was taken away, but the number may not be known.
            return false;
        }
        match module_of(&address) {
            "" => true,
            module => declared.iter().any(|other| module_of(other) == module),
        }
    }
}

/// An address without instance keys; keys in quotes may hold brackets.
pub fn without_keys(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    let (mut inside, mut quoted, mut escaped) = (false, false, false);
    for c in address.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if inside => quoted = !quoted,
            '[' if !inside => inside = true,
            ']' if inside && !quoted => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

/// `module.a.module.b` for `module.a.module.b.aws_x.y`.
fn module_of(address: &str) -> &str {
    let mut end = 0;
    let mut rest = address;
    while let Some(after) = rest.strip_prefix("module.") {
        let name = after.find('.').unwrap_or(after.len());
        end += "module.".len() + name;
        rest = after.get(name + 1..).unwrap_or("");
        end += usize::from(!rest.is_empty());
    }
    address.get(..end).unwrap_or("").trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_without_their_keys() {
        assert_eq!(without_keys("module.a[\"x]\\\"y\"].aws_b.c[0]"), "module.a.aws_b.c");
        assert_eq!(module_of("module.a.module.b.aws_c.d"), "module.a.module.b");
        assert_eq!(module_of("aws_c.d"), "");
    }
}
