//! Which recorded instance is which live thing: by the provider's identity, then by ARN, then by what names things of the type.
//!
//! Two records may be of one thing. It does not know attributes beyond those that name.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::rules::Rules;
use crate::model::{Live, Node, Recorded, Value};

/// Where a recorded instance lives, as far as that is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub account: Option<String>,
    pub region: Option<String>,
}

/// The answer: for every recorded instance its live thing, and for every live thing the first record of it.
#[derive(Debug)]
pub struct Pairs {
    pub live: Vec<Option<usize>>,
    pub recorded: Vec<Option<usize>>,
}

/// Pairs everything that can be paired.
pub fn pair(recorded: &[Recorded], places: &[Place], live: &[Live], rules: &Rules) -> Pairs {
    let mut by_identity: Index = HashMap::new();
    let mut by_arn: Index = HashMap::new();
    let mut by_key: Index = HashMap::new();
    let mut by_id: Index = HashMap::new();
    for (index, thing) in live.iter().enumerate() {
        let family = rules.family(&thing.object.kind).to_owned();
        let add = |map: &mut Index, key: Option<String>| {
            if let Some(key) = key {
                map.entry((family.clone(), key)).or_default().push(index);
            }
        };
        let identity = thing.object.identity.iter().map(|(name, value)| (&**name, json_text(value)));
        add(&mut by_identity, identity_key(identity));
        add(&mut by_arn, thing.object.arn.as_ref().map(ToString::to_string));
        add(&mut by_id, Some(thing.object.id.to_string()));
        let text = |name: &str| {
            text_of(thing.resource.config.key(name)).or_else(|| json_text(thing.object.attributes.get(name)?))
        };
        add(&mut by_key, key(rules, &thing.object.kind, &text));
    }
    let find = |item: &Recorded, place: &Place| {
        let kind = &*item.resource.kind;
        let family = rules.family(kind).to_owned();
        let look = |map: &Index, key: Option<String>| -> Option<usize> {
            let found = map.get(&(family.clone(), key?))?;
            found.iter().copied().find(|index| live.get(*index).is_some_and(|thing| can_be(place, thing)))
        };
        let text = |name: &str| text_of(item.attributes.key(name));
        let identity = item.identity.iter().map(|(name, node)| (&**name, text_of(Some(node))));
        look(&by_identity, identity_key(identity))
            .or_else(|| look(&by_arn, text("arn")))
            .or_else(|| look(&by_arn, text("id").filter(|id| id.starts_with("arn:"))))
            .or_else(|| look(&by_key, key(rules, kind, &text)))
            .or_else(|| look(&by_id, text("id")))
    };
    let of_recorded: Vec<Option<usize>> = recorded.iter().zip(places).map(|(item, place)| find(item, place)).collect();
    let mut of_live = vec![None; live.len()];
    for (index, found) in of_recorded.iter().enumerate() {
        if let Some(slot) = found.and_then(|found| of_live.get_mut(found)) {
            slot.get_or_insert(index);
        }
    }
    Pairs { live: of_recorded, recorded: of_live }
}

/// Where each recorded instance lives: by itself, else where all others of its provider live.
pub fn places(recorded: &[Recorded]) -> Vec<Place> {
    let own: Vec<Place> = recorded.iter().map(own_place).collect();
    let mut near: HashMap<(&str, &str), (Common, Common)> = HashMap::new();
    for (item, place) in recorded.iter().zip(&own) {
        let common = near.entry((&item.resource.scope, &item.provider)).or_default();
        common.0.add(place.account.as_deref());
        common.1.add(place.region.as_deref());
    }
    let filled = |(item, place): (&Recorded, Place)| {
        let common = near.get(&(&*item.resource.scope, &*item.provider));
        Place {
            account: place.account.or_else(|| common.and_then(|it| it.0.only())),
            region: place.region.or_else(|| common.and_then(|it| it.1.only())),
        }
    };
    recorded.iter().zip(own).map(filled).collect()
}

/// A scalar as text.
pub fn text_of(node: Option<&Node>) -> Option<String> {
    match &node?.value {
        Value::String(text) | Value::Number(text) if !text.is_empty() => Some(text.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// The name that an ARN ends in; any other text as it is.
pub fn short(text: &str) -> &str {
    if text.starts_with("arn:") { text.rsplit(['/', ':']).next().unwrap_or(text) } else { text }
}

type Index = HashMap<(String, String), Vec<usize>>;

/// The one value that all agree on.
#[derive(Default)]
struct Common {
    value: Option<String>,
    several: bool,
}

impl Common {
    fn add(&mut self, value: Option<&str>) {
        let Some(value) = value else { return };
        match &self.value {
            Some(known) if known != value => self.several = true,
            Some(_) => {}
            None => self.value = Some(value.to_owned()),
        }
    }

    fn only(&self) -> Option<String> {
        self.value.clone().filter(|_| !self.several)
    }
}

fn own_place(item: &Recorded) -> Place {
    let text = |name: &str| text_of(item.attributes.key(name));
    let identity = |name: &str| text_of(item.identity.get(name));
    let arn = text("arn").or_else(|| text("id")).filter(|arn| arn.starts_with("arn:"));
    // arn:partition:service:region:account:resource
    let part = |index: usize| {
        let part = arn.as_ref()?.split(':').nth(index)?;
        (!part.is_empty()).then(|| part.to_owned())
    };
    let number = |text: &String| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    Place {
        account: identity("account_id")
            .or_else(|| part(4))
            .or_else(|| text("owner_id"))
            .or_else(|| text("account_id"))
            .filter(number),
        region: text("region").or_else(|| identity("region")).or_else(|| part(3)),
    }
}

/// Equal names in another account or region are of other things.
fn can_be(place: &Place, thing: &Live) -> bool {
    let (account, region) = (&*thing.object.account, &*thing.object.region);
    place.account.as_ref().is_none_or(|own| account.is_empty() || own == account)
        && (region == "global"
            || region.is_empty()
            || is_global(&thing.object.kind)
            || place.region.as_ref().is_none_or(|own| own == region))
}

/// Types whose things belong to no region, or are named once for all of them.
pub fn is_global(kind: &str) -> bool {
    [
        "aws_iam_",
        "aws_s3_",
        "aws_cloudfront_",
        "aws_route53_",
        "AWS::IAM::",
        "AWS::S3::",
        "AWS::CloudFront::",
        "AWS::Route53::",
        "Stanchion::Account",
    ]
    .iter()
    .any(|start| kind.starts_with(start))
}

/// Account and region are where it is, not what it is.
fn identity_key<'a>(parts: impl Iterator<Item = (&'a str, Option<String>)>) -> Option<String> {
    let mut parts: Vec<String> = parts
        .filter(|(name, _)| !matches!(*name, "account_id" | "region"))
        .filter_map(|(name, value)| Some(format!("{name}={}", value?)))
        .collect();
    parts.sort();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

/// The values of the attributes that name a thing of the type.
fn key(rules: &Rules, kind: &str, text: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let own = rules.of(kind);
    let row = if own.key.is_empty() && !own.single { rules.of(rules.family(kind)) } else { own };
    if row.single {
        return Some("single".to_owned());
    }
    let first = row.key.first()?;
    text(first)?;
    let value = |name: &String| {
        let value = text(name).unwrap_or_default();
        let value = if name.ends_with("arn") { &value } else { short(&value) };
        value.trim_end_matches('.').to_ascii_lowercase()
    };
    Some(row.key.iter().map(value).collect::<Vec<_>>().join("\n"))
}

fn json_text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) if !text.is_empty() => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}
