//! What the loader makes of Terraform code: the helpers of the tests beside it.

mod documents;
mod expansion;
mod expressions;
mod files;
mod hostile;
mod json_syntax;
mod lifecycle;
mod modules;
mod oracle;
mod plan;
mod providers;
mod state;
mod values;
mod variables;

use serde_json::{Value as Json, json};

use super::*;
use crate::load::TerraformSettings;
use crate::model::{Existence, Node, Part, PathStep, Reason, Resource, SourceMap, Value};

/// What was loaded, and the directory it was loaded from.
struct World {
    dir: tempfile::TempDir,
    sources: SourceMap,
    resources: Vec<Resource>,
    problems: Vec<Problem>,
}

/// Loads a tree of files; all `.tf` files are given to the loader.
fn load(files: &[(&str, &str)]) -> World {
    load_with(files, &["."], &TerraformSettings::default())
}

/// Loads the `.tf` files below some directories of a tree of files.
fn load_with(files: &[(&str, &str)], scanned: &[&str], terraform: &TerraformSettings) -> World {
    let dir = tempfile::tempdir().unwrap();
    let base = dir.path().canonicalize().unwrap();
    for (path, text) in files {
        let path = base.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let sources = SourceMap::new();
    let outcome = {
        let context = Context {
            sources: &sources,
            base: &base,
            root: &base,
            max_file_size: 20 << 20,
            terraform,
            reader: crate::load::Reader::Disk,
        };
        let below = |path: &str| scanned.iter().any(|dir| *dir == "." || path.starts_with(&format!("{dir}/")));
        let claimed = files.iter().map(|(path, _)| *path).filter(|path| below(path) && Terraform.claims(path));
        let ids: Vec<FileId> = claimed.map(|path| crate::load::read_source(&context, path).unwrap()).collect();
        // As roomy as the threads of a real run.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).stack_size(32 << 20).build().unwrap();
        pool.install(|| Terraform.load(&ids, &context))
    };
    World { dir, sources, resources: outcome.value.resources, problems: outcome.problems }
}

/// Loads one file that must be free of problems.
fn one(text: &str) -> World {
    let world = load(&[("main.tf", text)]);
    assert!(world.problems.is_empty(), "{:?}", world.messages());
    world
}

impl World {
    fn resource(&self, address: &str) -> &Resource {
        let found = self.resources.iter().find(|resource| &*resource.address == address);
        found.unwrap_or_else(|| panic!("no {address} among {:?}", self.addresses()))
    }

    fn addresses(&self) -> Vec<&str> {
        let real = self.resources.iter().filter(|resource| !resource.is_declaration());
        real.map(|resource| &*resource.address).collect()
    }

    /// The value of one attribute, as [`show`] writes it.
    fn value(&self, address: &str, attribute: &str) -> Json {
        self.resource(address).config.key(attribute).map_or_else(|| json!("(absent)"), show)
    }

    fn messages(&self) -> Vec<&str> {
        self.problems.iter().map(|problem| &*problem.message).collect()
    }

    /// `path:line` of the value, and of its origin.
    fn places(&self, node: &Node) -> (String, String) {
        let place = |span| {
            let region = self.sources.region(span);
            format!("{}:{}", self.sources.file(span.file).path, region.start.line)
        };
        (place(node.via), place(node.origin))
    }
}

/// A tree as JSON: unknown values are `?`, unknown identifiers `?id`, failed ones `!`, partly known texts have `<?>` or
/// `<id>` in their gaps, and a choice is `{"?": [..]}`.
fn show(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Number(number) => serde_json::from_str(number).unwrap(),
        Value::String(text) => json!(**text),
        Value::List(items) => items.iter().map(show).collect(),
        Value::Map(map) => Json::Object(map.iter().map(|(key, node)| (key.to_string(), show(node))).collect()),
        Value::Document(document) => show(&document.tree),
        Value::Unknown(unknown) if unknown.reason == Reason::Failed => json!("!"),
        Value::Unknown(unknown) if !unknown.options.is_empty() => {
            json!({"?": unknown.options.iter().map(show).collect::<Vec<_>>()})
        }
        Value::Unknown(unknown) if unknown.parts.len() > 1 => {
            let part = |part: &Part| match part {
                Part::Known(text) => text.to_string(),
                Part::Hole { opaque } => if *opaque { "<id>" } else { "<?>" }.to_owned(),
            };
            json!(unknown.parts.iter().map(part).collect::<String>())
        }
        Value::Unknown(unknown) => json!(if unknown.opaque { "?id" } else { "?" }),
    }
}

fn at(resource: &Resource, path: &[&str]) -> Node {
    let mut node = &resource.config;
    for step in path {
        let step = step.parse().map_or_else(|_| PathStep::Key((*step).into()), PathStep::Index);
        node = node.get(&step).unwrap_or_else(|| panic!("no {step:?} in {:?}", show(node)));
    }
    node.clone()
}
