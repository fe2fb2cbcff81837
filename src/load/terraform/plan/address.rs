//! Addresses taken apart: `module.logs["a.b"].aws_s3_bucket.this[0]` into names with their keys.
//!
//! It does not know what an address stands for.

use std::collections::HashMap;

/// A name of an address or reference, with whatever stands in brackets behind it (brackets included).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    pub name: &'a str,
    pub key: &'a str,
}

/// The instances of modules that lead to a resource: name and key of each call, outermost first.
pub type ModulePath = Vec<(String, String)>;

/// Splits at the dots outside of brackets. Keys may hold dots, quotes and brackets.
pub fn segments(text: &str) -> Vec<Segment<'_>> {
    let mut out = Vec::new();
    let (mut start, mut bracket) = (0, None);
    let (mut quoted, mut escaped, mut depth) = (false, false, 0_usize);
    let mut push = |start: usize, bracket: Option<usize>, end: usize| {
        let at = bracket.unwrap_or(end);
        out.push(Segment { name: text.get(start..at).unwrap_or(""), key: text.get(at..end).unwrap_or("") });
    };
    for (index, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if depth > 0 => quoted = !quoted,
            _ if quoted => {}
            '[' => {
                bracket = bracket.or(Some(index));
                depth += 1;
            }
            ']' => depth = depth.saturating_sub(1),
            '.' if depth == 0 => {
                push(start, bracket, index);
                (start, bracket) = (index + 1, None);
            }
            _ => {}
        }
    }
    push(start, bracket, text.len());
    out
}

/// The module instances at the front of an address, and what follows them.
pub fn split_modules(address: &str) -> (ModulePath, Vec<Segment<'_>>) {
    let all = segments(address);
    let mut path = ModulePath::new();
    let mut rest = all.as_slice();
    while let [word, call, more @ ..] = rest
        && word.name == "module"
    {
        path.push((call.name.to_owned(), call.key.to_owned()));
        rest = more;
    }
    (path, rest.to_vec())
}

/// The address of a module instance.
pub fn join_modules(path: &[(String, String)]) -> String {
    path.iter().map(|(name, key)| format!("module.{name}{key}")).collect::<Vec<_>>().join(".")
}

/// The names of the calls, for what all instances have in common.
pub fn static_path(path: &[(String, String)]) -> String {
    path.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(".")
}

/// The key of an instance as addresses write it, from the index of a plan or state.
pub fn key_suffix(index: Option<&crate::model::Node>) -> String {
    use crate::model::Value;
    match index.map(|node| &node.value) {
        Some(Value::Number(number)) => format!("[{number}]"),
        Some(Value::String(text)) => format!("[{}]", serde_json::Value::from(&**text)),
        _ => String::new(),
    }
}

/// One resource instance, as far as references need to know it.
#[derive(Debug)]
pub struct Target {
    pub address: std::sync::Arc<str>,
    pub modules: ModulePath,
    pub key: String,
    /// Values by which others may name it.
    pub names: Vec<std::sync::Arc<str>>,
}

/// Resource instances by what they have in common: module calls, type and name.
#[derive(Debug, Default)]
pub struct Targets(HashMap<String, Group>);

/// The instances of one declaration.
#[derive(Debug, Default)]
pub struct Group {
    all: Vec<Target>,
    by_module: HashMap<String, Vec<usize>>,
    by_key: HashMap<(String, String), usize>,
}

impl Targets {
    pub fn add(&mut self, kind: &str, name: &str, target: Target) {
        let group = self.0.entry(static_address(&target.modules, kind, name)).or_default();
        let (index, module) = (group.all.len(), join_modules(&target.modules));
        group.by_key.insert((module.clone(), target.key.clone()), index);
        group.by_module.entry(module).or_default().push(index);
        group.all.push(target);
    }

    pub fn of(&self, modules: &[(String, String)], kind: &str, name: &str) -> Option<&Group> {
        self.0.get(&static_address(modules, kind, name))
    }
}

impl Group {
    pub fn all(&self) -> &[Target] {
        &self.all
    }

    /// The instances within one module instance.
    pub fn within(&self, modules: &[(String, String)]) -> impl Iterator<Item = &Target> {
        let indexes = self.by_module.get(&join_modules(modules));
        indexes.into_iter().flatten().filter_map(|index| self.all.get(*index))
    }

    pub fn exact(&self, modules: &[(String, String)], key: &str) -> Option<&Target> {
        self.all.get(*self.by_key.get(&(join_modules(modules), key.to_owned()))?)
    }
}

fn static_address(modules: &[(String, String)], kind: &str, name: &str) -> String {
    format!("{}:{kind}.{name}", static_path(modules))
}

/// Values of a resource's config by which others may name it.
pub fn names_of(config: &crate::model::Node) -> Vec<std::sync::Arc<str>> {
    let text = |key: &&str| config.key(key)?.as_str().filter(|text| !text.is_empty()).map(Into::into);
    ["id", "arn", "name", "bucket", "url"].iter().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_may_hold_dots_quotes_and_brackets() {
        let address = r#"module.a["x.y\"]."].module.b[0].aws_s3_bucket.this["["]"#;
        let (modules, rest) = split_modules(address);
        assert_eq!(join_modules(&modules), r#"module.a["x.y\"]."].module.b[0]"#);
        assert_eq!(static_path(&modules), "a.b");
        assert_eq!(rest, [Segment { name: "aws_s3_bucket", key: "" }, Segment { name: "this", key: "[\"[\"]" }]);
    }

    #[test]
    fn what_is_no_address_is_taken_apart_all_the_same() {
        for text in ["", ".", "module", "module.", "a[", "a[\"", "a[\"\\", "]]]", "module.module.module"] {
            let _ = split_modules(text);
        }
        assert_eq!(segments("data.x.y[0][\"k\"].z").last().unwrap().name, "z");
    }
}
