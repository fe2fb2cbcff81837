//! Who looks after a live thing that no state records. Most such things are nobody's mistake.
//!
//! It does not know differences.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::model::{Live, Node, Owner, Recorded};

use super::pair::text_of;
use super::rules::Rules;

/// What is known of all things, to judge single ones by.
#[derive(Debug)]
pub struct Owners {
    /// Ids of things that come with a recorded one, and its address.
    made: HashMap<String, Arc<str>>,
    /// Type, whole and part of what is recorded from the other side, and its address.
    other_side: HashMap<(&'static str, String, String), Arc<str>>,
    /// Ids of default networks.
    defaults: BTreeSet<String>,
}

/// Recorded types that list many things of another: the attribute they share, the lists, and what each entry is of.
const OTHER_SIDE: [(&str, &str, &str, &str); 4] = [
    ("aws_iam_policy_attachment", "policy_arn", "roles", "aws_iam_role_policy_attachment"),
    ("aws_iam_policy_attachment", "policy_arn", "users", "aws_iam_user_policy_attachment"),
    ("aws_iam_policy_attachment", "policy_arn", "groups", "aws_iam_group_policy_attachment"),
    ("aws_iam_group_membership", "group", "users", "aws_iam_user_group_membership"),
];

impl Owners {
    pub fn new(recorded: &[Recorded], live: &[Live], rules: &Rules) -> Self {
        let mut made = HashMap::new();
        for item in recorded {
            let kind = &*item.resource.kind;
            for path in rules.of(kind).makes.iter().chain(&rules.of(rules.family(kind)).makes) {
                let steps: Vec<&str> = path.split('.').collect();
                texts_at(&item.attributes, &steps, &mut |id| {
                    made.entry(id).or_insert_with(|| item.resource.address.clone());
                });
            }
        }
        let mut other_side = HashMap::new();
        for item in recorded {
            for (_, shared, list, of) in OTHER_SIDE.iter().filter(|row| row.0 == &*item.resource.kind) {
                let Some(shared) = text_of(item.attributes.key(shared)) else { continue };
                texts_at(&item.attributes, &[list], &mut |name| {
                    other_side.insert((*of, name, shared.clone()), item.resource.address.clone());
                });
            }
        }
        let is_default = |thing: &&Live| &*thing.object.kind == "aws_vpc" && flag(thing, &["is_default", "default"]);
        let defaults = live.iter().filter(is_default).map(|thing| thing.object.id.to_string()).collect();
        Self { made, other_side, defaults }
    }

    /// `parent` is the recorded thing that it belongs to.
    pub fn of(&self, thing: &Live, parent: Option<&Recorded>, rules: &Rules) -> Owner {
        let object = &thing.object;
        if let Some(owner) = by_tags(thing) {
            return owner;
        }
        if is_service_linked(thing) {
            return Owner::ServiceLinked;
        }
        if self.is_default(thing) {
            return Owner::AwsDefault;
        }
        if let Some(address) = self.made.get(&*object.id) {
            return Owner::PartOf(address.clone());
        }
        if let Some(address) = self.recorded_elsewhere(thing) {
            return Owner::PartOf(address);
        }
        match parent {
            // What can be added to a thing by hand is somebody's doing; everything else comes with it.
            Some(parent) if rules.of(&object.kind).part.is_none() => Owner::PartOf(parent.resource.address.clone()),
            _ => Owner::Nobody,
        }
    }

    /// The recorded thing that says the same from the other side, where it says all of it.
    fn recorded_elsewhere(&self, thing: &Live) -> Option<Arc<str>> {
        let (_, _, list, kind) = OTHER_SIDE.iter().find(|row| row.3 == &*thing.object.kind)?;
        let config = &thing.resource.config;
        let name = text_of(config.key(list.trim_end_matches('s')).or_else(|| config.key("user")))?;
        let mut shared = Vec::new();
        for attribute in ["policy_arn", "groups"] {
            texts_at(config, &[attribute], &mut |text| shared.push(text));
        }
        let found = |shared: &String| self.other_side.get(&(*kind, name.clone(), shared.clone()));
        let all: Option<Vec<&Arc<str>>> = shared.iter().map(found).collect();
        all?.first().map(|address| (*address).clone())
    }

    fn is_default(&self, thing: &Live) -> bool {
        let object = &thing.object;
        let text = |name: &str| text_of(thing.resource.config.key(name)).unwrap_or_default();
        let name = text("name");
        let in_default = || self.defaults.contains(&text("vpc_id"));
        match &*object.kind {
            "aws_vpc" => self.defaults.contains(&*object.id),
            "aws_subnet" => flag(thing, &["default_for_az"]) || in_default(),
            "aws_security_group" => name == "default",
            "aws_network_acl" => flag(thing, &["is_default", "default"]) || in_default(),
            "aws_route_table" | "aws_internet_gateway" => in_default(),
            "aws_route" => text("gateway_id") == "local",
            "aws_kms_alias" => name.starts_with("alias/aws/"),
            "aws_kms_key" => text("key_manager") == "AWS",
            "aws_iam_policy" => object.arn.as_ref().is_some_and(|arn| arn.contains(":iam::aws:")),
            "aws_db_subnet_group" => name == "default",
            "aws_athena_workgroup" => name == "primary",
            "aws_cloudwatch_event_bus" => name == "default",
            "aws_backup_vault" => name == "Default" || name.starts_with("aws/"),
            "aws_appconfig_deployment_strategy" => name.starts_with("AppConfig."),
            kind if kind.ends_with("parameter_group") || kind.ends_with("option_group") => {
                name.starts_with("default.") || name.starts_with("default:")
            }
            _ => false,
        }
    }
}

fn by_tags(thing: &Live) -> Option<Owner> {
    let object = &thing.object;
    let tag = |name: &str| object.tags.get(name).cloned();
    let stack = || {
        let id = tag("aws:cloudformation:stack-id")?;
        Some(tag("aws:cloudformation:stack-name").unwrap_or(id))
    };
    if let Some(stack) = stack() {
        return Some(Owner::CloudFormation(stack));
    }
    let cluster = object.tags.iter().find_map(|(key, value)| match key.strip_prefix("kubernetes.io/cluster/") {
        Some(cluster) if &**value == "owned" => Some(Arc::from(cluster)),
        _ => None,
    });
    let named = [
        "aws:eks:cluster-name",
        "eks:cluster-name",
        "elbv2.k8s.aws/cluster",
        "karpenter.sh/nodepool",
        "karpenter.sh/provisioner-name",
    ];
    if let Some(cluster) = cluster.or_else(|| named.iter().find_map(|name| tag(name))) {
        return Some(Owner::Kubernetes(cluster));
    }
    tag("aws:autoscaling:groupName").map(Owner::Autoscaling)
}

fn is_service_linked(thing: &Live) -> bool {
    let object = &thing.object;
    let arn = object.arn.as_deref().unwrap_or("");
    let path = text_of(thing.resource.config.key("path")).unwrap_or_default();
    let role = object.kind.starts_with("aws_iam_role")
        && ["/aws-service-role/", "/aws-reserved/"]
            .iter()
            .any(|start| path.starts_with(start) || arn.contains(&format!("role{start}")));
    // Parts of such a role name it.
    let of_role = text_of(thing.resource.config.key("role"))
        .is_some_and(|role| role.starts_with("AWSServiceRoleFor") || role.starts_with("AWSReservedSSO_"));
    let interface = &*object.kind == "aws_network_interface"
        && (flag(thing, &["requester_managed"])
            || text_of(thing.resource.config.key("interface_type"))
                .is_some_and(|kind| kind != "interface" && kind != "efa"));
    role || of_role || interface
}

fn flag(thing: &Live, names: &[&str]) -> bool {
    names.iter().any(|name| {
        let json = thing.object.attributes.get(*name).and_then(serde_json::Value::as_bool);
        json.or_else(|| thing.resource.config.key(name)?.as_bool()) == Some(true)
    })
}

fn texts_at(node: &Node, steps: &[&str], found: &mut dyn FnMut(String)) {
    if let Some(items) = node.as_list() {
        return items.iter().for_each(|item| texts_at(item, steps, found));
    }
    match steps.split_first() {
        Some((step, rest)) => {
            if let Some(next) = node.key(step) {
                texts_at(next, rest, found);
            }
        }
        None => text_of(Some(node)).into_iter().for_each(found),
    }
}
