//! Plans as `terraform show -json` writes them: what will be there once the plan is carried out.
//!
//! The plan has the values, the source beside it the places: each planned instance is put over the one that the source makes
//! with the plan's variables. It does not read binary plans.

pub mod address;
pub mod change;
mod configuration;
pub mod drift;
mod instance;
mod overlay;
mod source;
mod tags;

use std::collections::BTreeSet;
use std::sync::Arc;

use self::address::{Target, Targets, names_of};
use self::configuration::{Configuration, Referrer, references};
use self::instance::Planned;
use self::overlay::Source;
use self::source::{Evaluated, Fingerprint, Match, at};
use super::Modules;
use super::records::{Record, major};
use super::schema;
use super::value::make_sensitive;
use crate::load::Context;
use crate::model::{Edge, Map, Node, Outcome, Problem, Reason, Resource, Shape, SourceKind, Span, Unknown, Value};

pub use self::configuration::texts_of;
pub use self::tags::facets;
use self::tags::placed_facets;

/// A plan and the directory of the root module it was made from.
#[derive(Debug)]
pub struct Plan {
    record: Record,
    /// `None` when it is not here.
    pub source: Option<Arc<str>>,
    /// Keeps equal addresses of different plans apart.
    scope: Arc<str>,
}

/// Takes the plans and finds their sources. A plan that cannot be read is a problem.
pub fn prepare(
    records: Vec<Record>,
    modules: &Modules<'_>,
    context: &Context<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Plan> {
    let mut plans = Vec::new();
    for record in records {
        if !is_readable(&record, problems) {
            continue;
        }
        let root = record.tree.key("configuration").and_then(|node| node.key("root_module"));
        let fingerprint = root.map(Fingerprint::new).unwrap_or_default();
        let source = source::locate(&record, &fingerprint, modules, context, problems);
        let scope = source.clone().unwrap_or_else(|| record.dir().into());
        plans.push(Plan { record, source, scope });
    }
    let scopes: Vec<Arc<str>> = plans.iter().map(|plan| plan.scope.clone()).collect();
    for plan in &mut plans {
        plan.scope = scope_of(&plan.scope, &plan.record, &scopes);
    }
    plans
}

/// A scope of its own for each of the records that share a directory.
pub fn scope_of(scope: &Arc<str>, record: &Record, all: &[Arc<str>]) -> Arc<str> {
    if all.iter().filter(|other| *other == scope).count() < 2 {
        return scope.clone();
    }
    format!("{scope}#{}", record.path.rsplit('/').next().unwrap_or(&record.path)).into()
}

fn is_readable(record: &Record, problems: &mut Vec<Problem>) -> bool {
    let Record { path, tree, .. } = record;
    let version = tree.key("format_version").and_then(Node::as_str).and_then(major);
    match version {
        Some(0 | 1) => {}
        Some(_) => {
            let message = format!(
                "{path} is a plan of a newer format than 1.x; update stanchion, or plan with an older Terraform"
            );
            problems.push(record.problem(message));
            return false;
        }
        None => {
            let message = format!("{path} does not say which plan format it has; write it with 'terraform show -json'");
            problems.push(record.problem(message));
            return false;
        }
    }
    let flag = |key: &str| tree.key(key).and_then(Node::as_bool);
    if flag("errored") == Some(true) {
        let message = format!("{path} is a plan that failed half-way; what it does not hold is not judged, plan again");
        problems.push(record.problem(message));
    } else if flag("complete") == Some(false) {
        let message = format!(
            "{path} is not a complete plan (targets or deferred changes); what it does not hold is not judged, plan everything"
        );
        problems.push(record.problem(message));
    }
    let planned = tree.key("planned_values").and_then(|node| node.key("root_module"));
    match tree.key("resource_changes") {
        Some(node) if node.as_list().is_none() && !node.is_null() => {
            problems.push(at(
                record,
                node,
                format!("resource_changes of {path} is no list; nothing of the plan is judged"),
            ));
        }
        None if planned.is_some_and(|node| node.key("resources").is_some() || node.key("child_modules").is_some()) => {
            let message = format!(
                "{path} has no resource_changes, and its planned_values do not tell unknown from absent; give the whole output of 'terraform show -json'"
            );
            problems.push(record.problem(message));
        }
        _ => {}
    }
    true
}

impl Plan {
    /// The planned resources, with the places of the source where it is here.
    pub fn load(&self, modules: &Modules<'_>, context: &Context<'_>) -> Outcome<Vec<Resource>> {
        let mut problems = Vec::new();
        let tree = &self.record.tree;
        self.conceal_variables(context);
        problems.extend(drift::notice(&self.record));
        let variables = self.variables();
        let root = self.source.as_ref().and_then(|dir| modules.get(dir));
        let evaluated = root.map(|root| Evaluated::new(root, modules, variables.as_ref(), context, &mut problems));
        let configuration = Configuration::new(tree.key("configuration"));

        let mut planned = Vec::new();
        for entry in tree.key("resource_changes").and_then(Node::as_list).unwrap_or(&[]) {
            match Planned::new(entry, context) {
                Ok(found) => planned.extend(found),
                Err((node, what)) => {
                    let message = format!("{what} in {}; this entry is not judged", self.record.path);
                    problems.push(at(&self.record, node, message));
                }
            }
        }
        let mut targets = Targets::default();
        for item in &planned {
            let names = names_of(&item.config);
            let target =
                Target { address: item.address.clone(), modules: item.modules.clone(), key: item.key.clone(), names };
            targets.add(&item.kind, item.name, target);
        }
        let mut resources: Vec<Resource> = planned
            .iter()
            .map(|item| self.resource(item, &configuration, &targets, evaluated.as_ref(), variables.as_ref()))
            .collect();
        let declarations = evaluated.iter().flat_map(Evaluated::declarations);
        resources.extend(declarations.map(|resource| Resource {
            source: SourceKind::Plan,
            scope: self.scope.clone(),
            ..resource.clone()
        }));
        Outcome::with(resources, problems)
    }

    fn resource(
        &self,
        item: &Planned<'_>,
        configuration: &Configuration<'_>,
        targets: &Targets,
        evaluated: Option<&Evaluated<'_>>,
        variables: Option<&Node>,
    ) -> Resource {
        let referrer = Referrer {
            address: &item.address,
            kind: &item.kind,
            name: item.name,
            modules: &item.modules,
            key: &item.key,
            config: &item.config,
        };
        let setting = |path: &[&str]| configuration.provider_setting(&referrer, path, variables);
        let text = |node: Option<Node>| node.and_then(|node| node.as_str().map(Arc::from));
        let region = text(item.config.key("region").cloned()).or_else(|| text(setting(&["region"])));
        let mut facets = facets(&item.config, &item.kind, setting(&["default_tags", "tags"]).as_ref());
        let mut edges = configuration.edges(&referrer, targets);
        let by_expressions = || match configuration.expressions(&item.modules, &item.kind, item.name) {
            Some(expressions) => {
                let config = change::without_unset(item.config.clone(), &[expressions]);
                with_write_only(written_down(config, expressions), expressions)
            }
            None => change::without_given_secrets(item.config.clone()),
        };
        let everywhere = |header: Span| overlay::overlay(&by_expressions(), Source::Unclear(header));
        let mut provider_region = None;
        let (config, body, calls) = match evaluated.map_or(Match::Nothing, |evaluated| evaluated.find(&item.address)) {
            Match::Instance(own) => {
                edges = joined_edges(&own.edges, edges);
                provider_region.clone_from(&own.region);
                facets = placed_facets(facets, &own.facets, own.config.via);
                (overlay::block(&item.config, Source::Node(&own.config)), own.body, own.calls.clone())
            }
            Match::Declared { config, body, calls } => {
                let header = config.via;
                facets = placed_facets(facets, &Map::new(), header);
                (overlay::block(&item.config, Source::Node(&config)), body, calls)
            }
            Match::Call { header, body, calls } => {
                facets = placed_facets(facets, &Map::new(), header);
                (everywhere(header), body, calls)
            }
            Match::Nothing => (by_expressions(), item.body, Vec::new()),
        };
        let (config, left_out) = schema::apply(&item.kind, config);
        // The plan has every instance, and every part of it: nothing more can be there.
        Resource {
            provider: Some(item.provider.as_str().into()),
            region: region.or(provider_region),
            facets,
            calls,
            edges,
            left_out,
            ..Resource::new(
                SourceKind::Plan,
                self.scope.clone(),
                item.address.clone(),
                item.kind.as_str(),
                config,
                body,
            )
        }
    }

    /// Values of root variables, sensitive ones marked.
    fn variables(&self) -> Option<Node> {
        let node = self.record.tree.key("variables")?;
        let entry = |(name, entry): (&Arc<str>, &Node)| {
            let entry = if self.is_sensitive(name) { make_sensitive(entry.clone()) } else { entry.clone() };
            (name.clone(), entry)
        };
        let map = node.as_map()?.iter().map(entry).collect();
        Some(Node { value: Value::Map(Arc::new(map)), ..node.clone() })
    }

    fn declared_variables(&self) -> Option<&Node> {
        self.record.tree.key("configuration")?.key("root_module")?.key("variables")
    }

    fn is_sensitive(&self, variable: &str) -> bool {
        let declared = self.declared_variables().and_then(|node| node.key(variable));
        declared.and_then(|node| node.key("sensitive")?.as_bool()) == Some(true)
    }

    fn conceal_variables(&self, context: &Context<'_>) {
        for (name, entry) in self.record.tree.key("variables").and_then(Node::as_map).into_iter().flatten() {
            if self.is_sensitive(name) {
                context.sources.conceal(entry.via);
            }
        }
    }
}

/// What references tell of values: only secrets of attributes that refer to nothing are literals of the configuration.
fn written_down(config: Node, expressions: &Node) -> Node {
    let Value::Map(map) = &config.value else { return config };
    let entry = |(name, node): (&Arc<str>, &Node)| {
        let node = match expressions.key(name).map(references) {
            Some(none) if none.is_empty() => node.clone(),
            Some(some) => change::narrowed(change::without_given_secrets(node.clone()), name, &some),
            None => change::without_given_secrets(node.clone()),
        };
        (name.clone(), node)
    };
    Node { value: Value::Map(Arc::new(map.iter().map(entry).collect())), ..config }
}

/// A write-only argument is set although no plan holds it.
fn with_write_only(config: Node, expressions: &Node) -> Node {
    let Value::Map(map) = &config.value else { return config };
    let set = expressions.as_map().into_iter().flatten();
    let missing: Vec<_> = set.filter(|(name, _)| name.ends_with("_wo") && !map.contains_key(*name)).collect();
    if missing.is_empty() {
        return config;
    }
    let mut map = (**map).clone();
    for (name, _) in missing {
        let cause = format!("{name} is write-only, no plan holds it");
        let unknown =
            Unknown { nullable: false, opaque: true, shape: Shape::String, ..Unknown::new(Reason::Computed, cause) };
        map.insert(name.clone(), make_sensitive(Node::unknown(unknown, config.via)));
    }
    Node { value: Value::Map(Arc::new(map)), ..config }
}

/// The source's edges, and the configuration's for attributes where the source has none or does not know the instance.
fn joined_edges(own: &[Edge], planned: Vec<Edge>) -> Vec<Edge> {
    let vague: BTreeSet<&str> =
        own.iter().filter(|edge| edge.to.contains("[*]")).map(|edge| &*edge.attribute).collect();
    let mut out: Vec<Edge> = own.iter().filter(|edge| !vague.contains(&*edge.attribute)).cloned().collect();
    let covered: BTreeSet<Arc<str>> = out.iter().map(|edge| edge.attribute.clone()).collect();
    out.extend(planned.into_iter().filter(|edge| !covered.contains(&edge.attribute)));
    out
}
