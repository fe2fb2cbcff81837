//! What other expressions see of a resource or module: its attributes and outputs, set, computed or read.

use std::collections::btree_map::Entry;
use std::rc::Rc;
use std::sync::Arc;

use super::super::module::{Declaration, Mode};
use super::super::value::{RESOURCE_KEY, failed, make_sensitive};
use super::{Each, Evaluator, Instance, Key, Scope, iam};
use crate::model::{Map, Node, Reason, Shape, Span, Unknown, Value};

impl Evaluator<'_> {
    pub(super) fn whole_resource(
        &self,
        instance: &Rc<Instance>,
        index: usize,
        key: &Key,
        each: &Each,
        span: Span,
    ) -> Node {
        let Some(declaration) = instance.module.resources.get(index) else { return failed("not declared", span) };
        let address: Arc<str> = format!("{}{}{}", instance.prefix(), declaration.address(), key.suffix()).into();
        let mut map = Map::new();
        let body = &declaration.block.body;
        for name in super::resource::attribute_names(body).filter(|name| !super::resource::is_meta(name)) {
            map.insert(name.clone(), self.resource_attribute(instance, index, key, each, name, span));
        }
        for name in ["id", "arn"] {
            let name: Arc<str> = name.into();
            if let Entry::Vacant(entry) = map.entry(name.clone()) {
                entry.insert(self.resource_attribute(instance, index, key, each, &name, span));
            }
        }
        map.insert(RESOURCE_KEY.into(), Node::string(address, span));
        Node::map(map, span)
    }

    pub(super) fn whole_module(
        &self,
        instance: &Rc<Instance>,
        index: usize,
        key: &Key,
        each: &Each,
        span: Span,
    ) -> Node {
        match self.child(instance, index, key, each) {
            Some(child) => {
                let outputs = child.module.outputs.keys();
                Node::map(outputs.map(|name| (name.clone(), self.output(&child, name, span))).collect(), span)
            }
            None => self.external(instance, index, None, span),
        }
    }

    pub(super) fn module_output(
        &self,
        instance: &Rc<Instance>,
        index: usize,
        key: &Key,
        each: &Each,
        name: &Arc<str>,
        span: Span,
    ) -> Node {
        match self.child(instance, index, key, each) {
            Some(child) => self.output(&child, name, span),
            None => self.external(instance, index, Some(name), span),
        }
    }

    fn external(&self, instance: &Rc<Instance>, index: usize, output: Option<&str>, span: Span) -> Node {
        let Some(call) = instance.module.calls.get(index) else { return failed("not declared", span) };
        let what = output.map_or_else(String::new, |output| format!(".{output}"));
        // A module that is here and has no instance is one that calls itself.
        let from = self.called(instance, index).err().unwrap_or_else(|| "a module that calls itself".into());
        let cause = format!("{}module.{}{what} comes from {from}", instance.prefix(), call.name);
        Node::unknown(Unknown::new(Reason::ExternalModule, cause), span)
    }

    /// One attribute of one resource instance, as other expressions see it.
    pub(super) fn resource_attribute(
        &self,
        instance: &Rc<Instance>,
        index: usize,
        key: &Key,
        each: &Each,
        name: &Arc<str>,
        span: Span,
    ) -> Node {
        let Some(declaration) = instance.module.resources.get(index) else { return failed("not declared", span) };
        let address: Arc<str> = format!("{}{}{}", instance.prefix(), declaration.address(), key.suffix()).into();
        self.references.borrow_mut().push(address.clone());
        if declaration.mode == Mode::Data
            && let Some(node) = self.known_data(instance, declaration, index, key, each, name, span)
        {
            return node;
        }
        let declared = declaration.block.body.attribute(name).is_some() || has_block(declaration, name);
        if !declared || declaration.mode == Mode::Data {
            return computed(declaration, &address, name, span);
        }
        let node = self.own_attribute(instance, index, key, each, name);
        // Null leaves the choice to the provider.
        if node.is_null() { computed(declaration, &address, name, span) } else { node }
    }

    /// Data sources whose result follows from their arguments.
    #[expect(clippy::too_many_arguments, reason = "the parts of one attribute's address")]
    fn known_data(
        &self,
        instance: &Rc<Instance>,
        declaration: &Declaration,
        index: usize,
        key: &Key,
        each: &Each,
        name: &str,
        span: Span,
    ) -> Option<Node> {
        match (&*declaration.kind, name) {
            ("aws_iam_policy_document", "json" | "minified_json") => {
                Some(iam::policy_document(self, instance, declaration, index, key, each))
            }
            ("aws_partition", "partition" | "dns_suffix") => {
                let texts = if name == "partition" { PARTITIONS } else { SUFFIXES };
                let region = self.provider_of(instance, declaration, each).and_then(|provider| provider.region);
                let known = region.map(|region| texts.get(usize::from(partition(&region))).copied().unwrap_or("aws"));
                if let Some(known) = known {
                    return Some(Node::string(known, span));
                }
                let unknown = Unknown {
                    shape: Shape::String,
                    nullable: false,
                    options: texts.map(|text| Node::string(text, span)).into(),
                    ..Unknown::new(Reason::DataSource, "the partition is known only to the provider")
                };
                Some(Node::unknown(unknown, span))
            }
            ("aws_region", "name" | "region" | "id") => {
                let scope = Scope { instance, each, names: None };
                let own = ["region", "name"].iter().find_map(|name| declaration.block.body.attribute(name));
                let own = own.map(|attribute| self.eval(&attribute.expr, scope)).filter(|node| !node.is_null());
                if own.is_some() {
                    return own;
                }
                let region = self.provider_of(instance, declaration, each)?.region?;
                Some(Node::string(region, span))
            }
            ("local_file" | "local_sensitive_file", "content" | "content_base64") => {
                let scope = Scope { instance, each, names: None };
                let path = self.eval(&declaration.block.body.attribute("filename")?.expr, scope);
                let function = if name == "content" { "file" } else { "filebase64" };
                let content = self.file_function(function, &[path], scope, span);
                Some(if &*declaration.kind == "local_file" { content } else { make_sensitive(content) })
            }
            ("template_file", "rendered") => {
                let scope = Scope { instance, each, names: None };
                let template = self.eval(&declaration.block.body.attribute("template")?.expr, scope);
                let vars = declaration.block.body.attribute("vars").map(|vars| self.eval(&vars.expr, scope));
                Some(self.render_text(&template, vars.as_ref(), scope, span))
            }
            _ => None,
        }
    }
}

impl Instance {
    /// Directory of the root module this instance belongs to.
    pub fn root_dir(&self) -> Arc<str> {
        self.parent.as_ref().map_or_else(|| self.module.dir.clone(), |(parent, _)| parent.root_dir())
    }
}

fn has_block(declaration: &Declaration, name: &str) -> bool {
    declaration.block.body.blocks.iter().any(|block| {
        &*block.kind == name || (&*block.kind == "dynamic" && block.label(0).is_some_and(|label| &**label == name))
    })
}

const AFTER_APPLY: &str = " is known after apply";

/// The resources whose attributes a value is made of, as far as these are known only after apply.
pub fn computed_from(node: &Node, out: &mut Vec<Arc<str>>) {
    match &node.value {
        Value::Unknown(unknown) if unknown.reason == Reason::Computed => {
            let attribute = unknown.cause.strip_suffix(AFTER_APPLY).and_then(|attribute| attribute.rsplit_once('.'));
            out.extend(attribute.map(|(address, _)| Arc::from(address)));
        }
        Value::List(items) => items.iter().for_each(|item| computed_from(item, out)),
        Value::Map(map) => map.values().for_each(|item| computed_from(item, out)),
        _ => {}
    }
}

const PARTITIONS: [&str; 3] = ["aws", "aws-cn", "aws-us-gov"];
const SUFFIXES: [&str; 3] = ["amazonaws.com", "amazonaws.com.cn", "amazonaws.com"];

/// The partition of a region, as an index of [`PARTITIONS`].
fn partition(region: &str) -> u8 {
    if region.starts_with("cn-") {
        1
    } else if region.starts_with("us-gov-") {
        2
    } else {
        0
    }
}

/// An attribute that the block does not set.
fn computed(declaration: &Declaration, address: &str, name: &str, span: Span) -> Node {
    let identifier = matches!(name, "id" | "arn" | "unique_id" | "key_id" | "self_link" | "name" | "bucket" | "account_id")
            // What `random_*`, `tls_private_key` and secret stores hold is present, and nobody has written it down.
            || matches!(name, "result" | "hex" | "private_key_pem" | "public_key_openssh" | "secret_string");
    let text = identifier
        || name.ends_with("_arn")
        || name.ends_with("_id")
        || matches!(name, "dns_name" | "endpoint" | "hosted_zone_id" | "domain_name" | "url");
    let (reason, cause) = match declaration.mode {
        Mode::Managed => (Reason::Computed, format!("{address}.{name}{AFTER_APPLY}")),
        Mode::Data => (Reason::DataSource, format!("{address}.{name} is read at plan time")),
        Mode::Ephemeral => (Reason::Computed, format!("{address}.{name} exists only during apply")),
    };
    let unknown = Unknown {
        shape: if text { Shape::String } else { Shape::Any },
        nullable: !identifier,
        opaque: identifier,
        ..Unknown::new(reason, cause)
    };
    let node = Node::unknown(unknown, span);
    if is_secret(&declaration.kind, name) { make_sensitive(node) } else { node }
}

/// Attributes that their providers declare sensitive and that other blocks refer to.
fn is_secret(kind: &str, name: &str) -> bool {
    match kind {
        "random_password" => matches!(name, "result" | "bcrypt_hash"),
        "tls_private_key" => name.starts_with("private_key_"),
        "aws_secretsmanager_secret_version" | "aws_secretsmanager_random_password" => {
            matches!(name, "secret_string" | "secret_binary" | "random_password")
        }
        "aws_iam_access_key" => matches!(name, "secret" | "ses_smtp_password_v4"),
        _ => false,
    }
}
