//! Where the module that a call names is: beside the caller, where `terraform init` put it, or where the user says.
//!
//! It finds directories and reads no modules. Nothing is fetched.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::module::{CallSource, join_path};
use super::variables::Inputs;
use crate::load::{Context, json, read_source};
use crate::model::{Node, Problem, pattern};

/// Where Terraform notes what it has fetched, below a root module.
const MANIFEST: &str = ".terraform/modules/modules.json";
/// Directories that hold fetched modules: nobody's roots.
const FETCHED: &str = ".terraform/modules/";
/// Registries that need not be named.
const REGISTRIES: [&str; 2] = ["registry.terraform.io/", "registry.opentofu.org/"];

/// The modules that were fetched for one root module.
#[derive(Clone, Debug, Default)]
pub struct Fetched(BTreeMap<String, Entry>);

#[derive(Clone, Debug)]
struct Entry {
    source: String,
    /// Relative to the working directory.
    dir: Arc<str>,
}

impl Fetched {
    /// Reads the manifest of a root module; without one nothing was fetched.
    pub fn read(root: &str, context: &Context<'_>, problems: &mut Vec<Problem>) -> Self {
        let path = if root.is_empty() { MANIFEST.to_owned() } else { format!("{root}/{MANIFEST}") };
        if !context.reader.is_file(&context.base.join(&path)) {
            return Self::default();
        }
        let parsed = read_source(context, &path).and_then(|file| {
            let text = context.sources.file(file).text.clone();
            json::parse(file, &path, &text)
        });
        let tree = match parsed {
            Ok(tree) => tree,
            Err(problem) => {
                problems.push(problem);
                return Self::default();
            }
        };
        let mut out = BTreeMap::new();
        for module in tree.key("Modules").and_then(Node::as_list).unwrap_or(&[]) {
            let text = |key: &str| module.key(key).and_then(Node::as_str);
            let (Some(key), Some(dir)) = (text("Key").filter(|key| !key.is_empty()), text("Dir")) else { continue };
            let dir = dir.replace('\\', "/");
            // Terraform writes relative paths only; what others write leads nowhere.
            let Some(dir) = join_path(root, &dir).filter(|_| !dir.starts_with('/') && !dir.contains(':')) else {
                continue;
            };
            let source = text("Source").unwrap_or("").to_owned();
            out.insert(key.to_owned(), Entry { source, dir: dir.into() });
        }
        Self(out)
    }

    /// The directory of a call, by its path of module names (`network.subnets`).
    fn dir(&self, path: &str, source: &str) -> Option<Arc<str>> {
        let entry = self.0.get(path)?;
        is_same(source, &entry.source).then(|| entry.dir.clone())
    }
}

/// The directory behind a source, if there is any. `path` is the call's path of module names.
pub fn locate(source: &CallSource, path: &str, inputs: &Inputs) -> Option<Arc<str>> {
    match source {
        CallSource::Local(dir) => Some(dir.clone()),
        CallSource::External(source) => inputs.fetched.dir(path, source).or_else(|| mapped(source, &inputs.modules)),
        CallSource::Unclear => None,
    }
}

/// The directory that the user gives for an external source.
pub fn mapped(source: &str, given: &[(String, String)]) -> Option<Arc<str>> {
    let without_query = source.split('?').next().unwrap_or(source);
    let (package, inner) = split_package(without_query);
    // What is said later and what is said in full come first.
    for (wanted, inner) in [(source, ""), (without_query, ""), (package, inner)] {
        let exact = given.iter().rev().find(|(name, _)| name == wanted);
        let found = exact.or_else(|| given.iter().rev().find(|(name, _)| pattern::matches(name, wanted)));
        if let Some((_, dir)) = found {
            return join_path(dir, inner).map(Into::into);
        }
    }
    None
}

/// True for files of fetched modules.
pub fn is_fetched(path: &str) -> bool {
    path.starts_with(FETCHED) || path.contains(&format!("/{FETCHED}"))
}

/// A source without `//inner/directory`, and that directory.
fn split_package(source: &str) -> (&str, &str) {
    // The slashes of `https://` are not the ones.
    let after = source.find("://").map_or(0, |at| at + 3);
    match source.get(after..).and_then(|rest| rest.find("//")) {
        Some(at) => (source.get(..after + at).unwrap_or(source), source.get(after + at + 2..).unwrap_or("")),
        None => (source, ""),
    }
}

/// Whether a fetched copy is of the source that is written now. Only registry addresses are compared: other addresses are
/// recorded in another form than they are written in.
fn is_same(written: &str, recorded: &str) -> bool {
    let short = |text: &str| {
        let text = text.split('?').next().unwrap_or(text);
        REGISTRIES.iter().find_map(|host| text.strip_prefix(host)).unwrap_or(text).to_owned()
    };
    let (written, recorded) = (short(written), short(recorded));
    let is_registry = |text: &str| {
        let (package, _) = split_package(text);
        let parts = package.split('/').count();
        (3..=4).contains(&parts) && !package.contains([':', '@']) && !package.starts_with("github.com/")
    };
    !(is_registry(&written) && is_registry(&recorded)) || written == recorded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_found_in_full_without_its_query_and_by_its_package() {
        let modules = [
            ("git::https://example.com/net.git", "vendor/net"),
            ("terraform-aws-modules/*/aws", "vendor/registry"),
            ("terraform-aws-modules/vpc/aws", "vendor/vpc"),
        ];
        let own = |(source, dir): (&str, &str)| (source.to_owned(), dir.to_owned());
        let modules = modules.map(own);
        let at = |source: &str| mapped(source, &modules).map(|dir| dir.to_string());
        assert_eq!(at("git::https://example.com/net.git?ref=v1").as_deref(), Some("vendor/net"));
        assert_eq!(at("git::https://example.com/net.git//a/b?ref=v1").as_deref(), Some("vendor/net/a/b"));
        assert_eq!(at("terraform-aws-modules/vpc/aws").as_deref(), Some("vendor/vpc"));
        assert_eq!(at("terraform-aws-modules/iam/aws//modules/user").as_deref(), Some("vendor/registry/modules/user"));
        assert_eq!(at("other/vpc/aws"), None);
    }

    #[test]
    fn a_copy_of_another_registry_module_is_not_taken() {
        assert!(
            is_same("a/vpc/aws", "registry.terraform.io/a/vpc/aws")
                && is_same("a/vpc/aws", "registry.opentofu.org/a/vpc/aws")
        );
        assert!(!is_same("a/vpc/aws", "registry.terraform.io/b/vpc/aws"));
        assert!(is_same("github.com/a/b", "git::https://github.com/a/b.git"));
    }
}
