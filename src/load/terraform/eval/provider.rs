//! Which provider configuration a resource uses, and what follows from it: region and default tags.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::super::ast::{ExprKind, ObjectKey};
use super::super::module::{Declaration, Provider, ProviderName, provider_reference};
use super::super::value::to_text;
use super::resource::{is_call_meta, provider_decides};
use super::{Each, Evaluator, Instance, Key, Scope};
use crate::model::{Existence, Map, Node, Resource, SourceKind, Span, Value};

/// A provider configuration as a resource sees it.
#[derive(Default)]
pub struct ProviderConfig {
    pub region: Option<Arc<str>>,
    /// The map of `default_tags`, if the provider sets any.
    default_tags: Option<Node>,
}

impl Evaluator<'_> {
    /// `None` when no configuration of that provider is here, as in a reusable module.
    pub(super) fn provider_of(
        &self,
        instance: &Rc<Instance>,
        declaration: &Declaration,
        each: &Each,
    ) -> Option<ProviderConfig> {
        match declaration.block.body.attribute("provider").and_then(|a| provider_reference(&a.expr)) {
            Some(named) => self.referred(instance, &named, each),
            None => self.provider(instance, declaration.kind.split('_').next().unwrap_or(""), None, None),
        }
    }

    fn referred(&self, instance: &Rc<Instance>, to: &ProviderName<'_>, each: &Each) -> Option<ProviderConfig> {
        let key = to.key.map(|key| self.eval(key, Scope { instance, each, names: None }));
        self.provider(instance, &to.name, to.alias.as_deref(), key.as_ref())
    }

    fn provider(
        &self,
        instance: &Rc<Instance>,
        name: &str,
        alias: Option<&str>,
        key: Option<&Node>,
    ) -> Option<ProviderConfig> {
        let own = instance.module.provider(name, alias).and_then(|index| instance.module.providers.get(index));
        // In a called module an empty block only says that a configuration is to be passed.
        let is_proxy = |provider: &Provider| {
            let passed = |name: &str| matches!(name, "alias" | "version");
            let body = &provider.block.body;
            body.blocks.is_empty() && body.attributes.iter().all(|attribute| passed(&attribute.name))
        };
        match (own, &instance.parent) {
            (Some(provider), Some(_)) if is_proxy(provider) => self.passed(instance, name, alias),
            (Some(provider), _) => Some(self.configuration(instance, provider, key)),
            (None, _) => self.passed(instance, name, alias),
        }
    }

    /// The configuration that the caller passes, or that is inherited.
    fn passed(&self, instance: &Rc<Instance>, name: &str, alias: Option<&str>) -> Option<ProviderConfig> {
        let (parent, call) = instance.parent.as_ref()?;
        let call = parent.module.calls.get(*call)?;
        if let Some(attribute) = call.block.body.attribute("providers")
            && let ExprKind::Object(items) = &attribute.expr.kind
        {
            let wanted = alias.map_or_else(|| name.to_owned(), |alias| format!("{name}.{alias}"));
            for item in items {
                let inner = match &item.key {
                    ObjectKey::Name(name) => name.to_string(),
                    ObjectKey::Expr(expr) => match provider_reference(expr) {
                        Some(ProviderName { name, alias: Some(alias), .. }) => format!("{name}.{alias}"),
                        Some(ProviderName { name, .. }) => name.to_string(),
                        None => continue,
                    },
                };
                if inner == wanted {
                    return self.referred(parent, &provider_reference(&item.value)?, &instance.each);
                }
            }
        }
        // Only the default configuration is inherited without being passed.
        if alias.is_none() { self.provider(parent, name, None, None) } else { None }
    }

    fn configuration(&self, instance: &Rc<Instance>, provider: &Provider, key: Option<&Node>) -> ProviderConfig {
        let body = &provider.block.body;
        let each = match body.attribute("for_each") {
            Some(_) => self.provider_each(instance, &provider.block, key),
            None => instance.each.clone(),
        };
        let scope = Scope { instance, each: &each, names: None };
        let region = body.attribute("region").and_then(|a| to_text(&self.eval(&a.expr, scope)));
        let tags = body.blocks("default_tags").next().and_then(|block| block.body.attribute("tags"));
        let default_tags = tags.map(|attribute| self.eval(&attribute.expr, scope).at(attribute.span));
        ProviderConfig { region, default_tags }
    }
    /// `tags`: the resource's own tags over the provider's default tags. `tags_complete`: true when no other tag can exist;
    /// unknown when the tags are, or when the provider is configured elsewhere.
    #[expect(clippy::unused_self, reason = "reads as part of the evaluation")]
    pub(super) fn facets(&self, config: &Node, kind: &str, provider: Option<&ProviderConfig>) -> Map {
        if !kind.starts_with("aws_") {
            return Map::new();
        }
        let mut tags = Map::new();
        let mut open: Option<Arc<str>> = None;
        let mut add = |node: &Node| match &node.value {
            Value::Map(map) => tags.extend(map.iter().map(|(key, value)| (key.clone(), value.clone()))),
            Value::Unknown(unknown) => open = Some(unknown.cause.clone()),
            _ => {}
        };
        match provider {
            Some(provider) => provider.default_tags.iter().for_each(&mut add),
            None => open = Some("the provider's default_tags are configured elsewhere".into()),
        }
        let mut add = |node: &Node| match &node.value {
            Value::Map(map) => tags.extend(map.iter().map(|(key, value)| (key.clone(), value.clone()))),
            Value::Unknown(unknown) => open = Some(unknown.cause.clone()),
            _ => {}
        };
        let own = config.key("tags");
        own.iter().copied().for_each(&mut add);
        let span = own.map_or(config.via, |node| node.via);
        let complete = match open {
            Some(cause) => provider_decides(&cause, span),
            None => Node::new(Value::Bool(true), span),
        };
        Map::from([("tags".into(), Node::map(tags, span)), ("tags_complete".into(), complete)])
    }

    /// A call of an external module. What is known of the module itself is judged there, so only the call of one that is not
    /// here has its arguments (`with_arguments`).
    pub(super) fn call_resource(
        &self,
        instance: &Rc<Instance>,
        index: usize,
        key: &Key,
        each: &Each,
        unknown: Option<Arc<str>>,
        with_arguments: bool,
    ) -> Option<Resource> {
        let call = instance.module.calls.get(index)?;
        let scope = Scope { instance, each, names: None };
        let mut config = Map::new();
        for attribute in &call.block.body.attributes {
            let name = &*attribute.name;
            if matches!(name, "source" | "version") || (with_arguments && !is_call_meta(name)) {
                let mut node = self.eval(&attribute.expr, scope).at(attribute.span);
                if node.origin == attribute.expr.span {
                    node.origin = attribute.span;
                }
                config.insert(attribute.name.clone(), self.finish(node));
            }
        }
        let address = format!("{}module.{}{}", instance.prefix(), call.name, key.suffix());
        let config = Node::map(config, call.block.header);
        let mut out = declared(instance, address, "module", config, call.block.span);
        out.exists = unknown.or_else(|| instance.uncertain.clone()).map_or(Existence::Yes, Existence::Unknown);
        Some(out)
    }

    /// Provider blocks are judged too: credentials do not belong in them.
    pub(super) fn provider_resources(&self, instance: &Rc<Instance>, out: &mut Vec<Resource>) {
        let scope = Scope { instance, each: &instance.each, names: None };
        for provider in &instance.module.providers {
            let alias = provider.alias.as_ref().map_or_else(String::new, |alias| format!(".{alias}"));
            let mut config = self.finish(self.body(&provider.block.body, scope, provider.block.header));
            config.via = provider.block.header;
            out.push(declared(
                instance,
                format!("{}provider.{}{alias}", instance.prefix(), provider.name),
                "provider",
                config,
                provider.block.span,
            ));
        }
        for (name, block) in &instance.module.variables {
            let mut map = BTreeMap::new();
            for attribute in &block.body.attributes {
                if matches!(&*attribute.name, "default" | "sensitive" | "description") {
                    map.insert(attribute.name.clone(), self.eval(&attribute.expr, scope).at(attribute.span));
                }
            }
            // Without text in its default there is nothing to judge.
            if !map.get("default").is_some_and(holds_text) {
                continue;
            }
            map.insert("name".into(), Node::string(name.clone(), block.header));
            out.push(declared(
                instance,
                format!("{}var.{name}", instance.prefix()),
                "variable",
                self.finish(Node::map(map, block.header)),
                block.span,
            ));
        }
    }
}

fn holds_text(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => !text.is_empty(),
        Value::List(items) => items.iter().any(holds_text),
        Value::Map(map) => map.values().any(holds_text),
        _ => false,
    }
}

fn declared(instance: &Rc<Instance>, address: String, kind: &str, config: Node, body: Span) -> Resource {
    Resource {
        calls: instance.call_spans(),
        ..Resource::new(SourceKind::Terraform, instance.root_dir(), address, kind, config, body)
    }
}
