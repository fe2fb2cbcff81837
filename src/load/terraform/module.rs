//! A module directory as declared: its files merged into variables, locals, resources, calls, outputs and providers.
//!
//! Static only: nothing is evaluated here, and it does not know who calls the module.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ast::{Attribute, Block, Body, Expr, ExprKind, Step};
use crate::model::{Problem, Span, Stage};

#[derive(Debug, Default)]
pub struct Module {
    /// Relative to the working directory; empty for the working directory itself.
    pub dir: Arc<str>,
    pub variables: BTreeMap<Arc<str>, Block>,
    pub locals: BTreeMap<Arc<str>, Attribute>,
    pub outputs: BTreeMap<Arc<str>, Block>,
    pub resources: Vec<Declaration>,
    pub calls: Vec<Call>,
    pub providers: Vec<Provider>,
    index: BTreeMap<(Mode, Arc<str>, Arc<str>), usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    Managed,
    Data,
    Ephemeral,
}

/// A `resource`, `data` or `ephemeral` block.
#[derive(Debug)]
pub struct Declaration {
    pub mode: Mode,
    pub kind: Arc<str>,
    pub name: Arc<str>,
    pub block: Block,
}

impl Declaration {
    /// `aws_s3_bucket.logs`, `data.aws_region.current`.
    pub fn address(&self) -> String {
        match self.mode {
            Mode::Managed => format!("{}.{}", self.kind, self.name),
            Mode::Data => format!("data.{}.{}", self.kind, self.name),
            Mode::Ephemeral => format!("ephemeral.{}.{}", self.kind, self.name),
        }
    }
}

/// A `module` block.
#[derive(Debug)]
pub struct Call {
    pub name: Arc<str>,
    pub block: Block,
    pub source: CallSource,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallSource {
    /// A directory, relative to the working directory.
    Local(Arc<str>),
    /// A registry, git or other address, as written.
    External(Arc<str>),
    /// `source` is an expression, or missing.
    Unclear,
}

#[derive(Debug)]
pub struct Provider {
    pub name: Arc<str>,
    pub alias: Option<Arc<str>>,
    pub block: Block,
}

/// A parsed file of a directory.
#[derive(Debug)]
pub struct ParsedFile {
    pub name: String,
    pub body: Body,
}

impl Module {
    /// Merges a directory's files: primary files in the order of their names, then override files.
    pub fn new(dir: &str, mut files: Vec<ParsedFile>, problems: &mut Vec<Problem>) -> Self {
        files.sort_by(|a, b| (is_override(&a.name), &a.name).cmp(&(is_override(&b.name), &b.name)));
        let mut module = Self { dir: dir.into(), ..Self::default() };
        for file in files {
            let overriding = is_override(&file.name);
            for block in file.body.blocks {
                module.add(block, overriding, problems);
            }
        }
        module
    }

    pub fn declaration(&self, mode: Mode, kind: &str, name: &str) -> Option<usize> {
        self.index.get(&(mode, kind.into(), name.into())).copied()
    }

    pub fn call(&self, name: &str) -> Option<usize> {
        self.calls.iter().position(|call| &*call.name == name)
    }

    pub fn provider(&self, name: &str, alias: Option<&str>) -> Option<usize> {
        self.providers.iter().position(|provider| &*provider.name == name && provider.alias.as_deref() == alias)
    }

    fn add(&mut self, block: Block, overriding: bool, problems: &mut Vec<Problem>) {
        let first = block.label(0).cloned();
        let second = block.label(1).cloned();
        match (&*block.kind, first, second) {
            ("variable", Some(name), _) => match self.variables.get_mut(&name) {
                Some(existing) if overriding => override_body(&mut existing.body, block.body),
                Some(_) => problems.push(duplicate(block.header, &format!("variable.{name}"))),
                None => {
                    problems.extend(nothing_to_override(overriding, block.header, &format!("variable.{name}")));
                    self.variables.insert(name, block);
                }
            },
            ("output", Some(name), _) => match self.outputs.get_mut(&name) {
                Some(existing) if overriding => override_body(&mut existing.body, block.body),
                Some(_) => problems.push(duplicate(block.header, &format!("output.{name}"))),
                None => {
                    problems.extend(nothing_to_override(overriding, block.header, &format!("output.{name}")));
                    self.outputs.insert(name, block);
                }
            },
            ("locals", ..) => {
                for attribute in block.body.attributes {
                    let known = self.locals.contains_key(&attribute.name);
                    let address = format!("local.{}", attribute.name);
                    if !overriding && known {
                        problems.push(duplicate(attribute.span, &address));
                        continue;
                    }
                    problems.extend(nothing_to_override(overriding && !known, attribute.span, &address));
                    self.locals.insert(attribute.name.clone(), attribute);
                }
            }
            ("resource", Some(kind), Some(name)) => {
                self.declare(Mode::Managed, kind, name, block, overriding, problems);
            }
            ("data", Some(kind), Some(name)) => self.declare(Mode::Data, kind, name, block, overriding, problems),
            ("ephemeral", Some(kind), Some(name)) => {
                self.declare(Mode::Ephemeral, kind, name, block, overriding, problems);
            }
            ("module", Some(name), _) => match self.calls.iter_mut().find(|call| call.name == name) {
                Some(existing) if overriding => {
                    override_body(&mut existing.block.body, block.body);
                    existing.source = call_source(&self.dir, &existing.block);
                }
                Some(_) => problems.push(duplicate(block.header, &format!("module.{name}"))),
                None => {
                    problems.extend(nothing_to_override(overriding, block.header, &format!("module.{name}")));
                    let source = call_source(&self.dir, &block);
                    self.calls.push(Call { name, block, source });
                }
            },
            ("provider", Some(name), _) => {
                let alias = block.body.attribute("alias").and_then(|attribute| literal(&attribute.expr));
                let same = |p: &&mut Provider| p.name == name && p.alias == alias;
                match self.providers.iter_mut().find(same) {
                    Some(existing) if overriding => override_body(&mut existing.block.body, block.body),
                    _ => self.providers.push(Provider { name, alias, block }),
                }
            }
            // `terraform`, `moved`, `import`, `removed`, `check`, `action` and whatever comes next hold nothing to judge.
            _ => {}
        }
    }

    fn declare(
        &mut self,
        mode: Mode,
        kind: Arc<str>,
        name: Arc<str>,
        block: Block,
        overriding: bool,
        problems: &mut Vec<Problem>,
    ) {
        let key = (mode, kind.clone(), name.clone());
        match self.index.get(&key).and_then(|&index| self.resources.get_mut(index)) {
            Some(existing) if overriding => override_body(&mut existing.block.body, block.body),
            Some(existing) => problems.push(duplicate(block.header, &existing.address())),
            None => {
                let declaration = Declaration { mode, kind, name, block };
                let header = declaration.block.header;
                problems.extend(nothing_to_override(overriding, header, &declaration.address()));
                self.index.insert(key, self.resources.len());
                self.resources.push(declaration);
            }
        }
    }
}

/// `override.tf`, `x_override.tf` and their JSON forms change what other files declare.
fn is_override(name: &str) -> bool {
    let stem = name.strip_suffix(".json").unwrap_or(name);
    let stem = stem.strip_suffix(".tf").or_else(|| stem.strip_suffix(".tofu")).unwrap_or(stem);
    stem == "override" || stem.ends_with("_override")
}

/// Attributes are replaced one by one, nested blocks by kind (a `dynamic` counts as the kind it makes). What `lifecycle` does not
/// say anew stays.
fn override_body(base: &mut Body, mut over: Body) {
    for own in base.blocks.iter_mut().filter(|block| &*block.kind == "lifecycle") {
        let is_same = |block: &mut Block| block.kind == own.kind;
        for block in over.blocks.extract_if(.., is_same).collect::<Vec<_>>() {
            override_body(&mut own.body, block.body);
        }
    }
    let kind_of =
        |block: &Block| if &*block.kind == "dynamic" { block.label(0).cloned() } else { Some(block.kind.clone()) };
    for attribute in over.attributes {
        base.attributes.retain(|existing| existing.name != attribute.name);
        base.attributes.push(attribute);
    }
    let replaced: Vec<_> = over.blocks.iter().map(kind_of).collect();
    base.blocks.retain(|existing| !replaced.contains(&kind_of(existing)));
    base.blocks.extend(over.blocks);
}

fn duplicate(span: Span, address: &str) -> Problem {
    let message =
        format!("{address} is declared twice in this module; the first declaration is judged, rename this one");
    Problem::new(Stage::Load, address, message).at(span)
}

/// Terraform refuses an override file that declares something new; here it is judged all the same.
fn nothing_to_override(is_new: bool, span: Span, address: &str) -> Option<Problem> {
    let message = || {
        format!(
            "{address} is declared in an override file and nowhere else, which Terraform refuses; move it to another file"
        )
    };
    is_new.then(|| Problem::new(Stage::Load, address, message()).at(span).notice())
}

fn call_source(dir: &str, block: &Block) -> CallSource {
    match block.body.attribute("source").and_then(|attribute| literal(&attribute.expr)) {
        Some(text) => call_source_of(dir, &text),
        None => CallSource::Unclear,
    }
}

/// What a text given as `source` means in a directory.
pub fn call_source_of(dir: &str, text: &Arc<str>) -> CallSource {
    if text.starts_with("./") || text.starts_with("../") || &**text == "." || &**text == ".." {
        match join_path(dir, text) {
            Some(path) => CallSource::Local(path.into()),
            None => CallSource::External(text.clone()),
        }
    } else {
        CallSource::External(text.clone())
    }
}

/// The text of a plain string literal.
pub fn literal(expr: &Expr) -> Option<Arc<str>> {
    match &expr.kind {
        ExprKind::String(text) => Some(text.clone()),
        ExprKind::Parentheses(inner) => literal(inner),
        _ => None,
    }
}

/// A provider configuration by name: `aws`, `aws.west`, or `aws.by_region["eu"]` where the configuration has a `for_each`.
#[derive(Debug)]
pub struct ProviderName<'e> {
    pub name: Arc<str>,
    pub alias: Option<Arc<str>>,
    pub key: Option<&'e Expr>,
}

/// Reads what `provider =` and `providers = {}` hold.
pub fn provider_reference(expr: &Expr) -> Option<ProviderName<'_>> {
    let (name, alias, key) = match &expr.kind {
        ExprKind::Variable(name) => (name.clone(), None, None),
        ExprKind::String(text) => {
            let (name, alias) = text.split_once('.').map_or((&**text, None), |(name, alias)| (name, Some(alias)));
            (name.into(), alias.map(Into::into), None)
        }
        ExprKind::Traversal(base, steps) => match (&base.kind, steps.as_slice()) {
            (ExprKind::Variable(name), [Step::Attribute(alias)]) => (name.clone(), Some(alias.clone()), None),
            (ExprKind::Variable(name), [Step::Attribute(alias), Step::Index(key)]) => {
                (name.clone(), Some(alias.clone()), Some(key))
            }
            _ => return None,
        },
        _ => return None,
    };
    Some(ProviderName { name, alias, key })
}

/// Joins a relative path to a directory and resolves `.` and `..` by name. `None` when it leaves the file system's root.
/// A leading `..` stays: it leads out of the working directory.
pub fn join_path(dir: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in dir.split('/').chain(relative.split('/')) {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&"..") | None => parts.push(".."),
                Some(_) => {
                    parts.pop();
                }
            },
            other => parts.push(other),
        }
    }
    (parts.len() < 256).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_by_name() {
        assert_eq!(join_path("a/b", "../c").as_deref(), Some("a/c"));
        assert_eq!(join_path("", "../c").as_deref(), Some("../c"));
        assert_eq!(join_path("../x", "./../../c").as_deref(), Some("../../c"));
    }

    #[test]
    fn override_files_are_told_by_name() {
        assert!(is_override("override.tf") && is_override("prod_override.tf.json"));
        assert!(!is_override("main.tf") && !is_override("overrides.tf"));
    }
}
