//! The seam to what is collected from accounts: a snapshot's text to an inventory, an inventory to things that can be judged.
//!
//! STAND-IN, the only one: it knows snapshots of Terraform's own shape, and tells and leaves out things of any other shape. Here
//! belong `live::snapshot` for [`read_snapshot`], `live::map::map` and `load::live` for [`live_side`], `live::gaps` for [`gaps`].

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::load;
use crate::model::{
    Existence, Inventory, Listing, Live, LiveObject, LiveRecord, LiveShape, Map, Node, Outcome, Problem, Resource,
    SourceKind, Stage,
};

/// Reads a snapshot: one JSON object on each line, ended by a line that says so.
pub fn read_snapshot(name: &str, text: &str) -> Outcome<Inventory> {
    let mut out = Outcome::new(Inventory::default());
    let problem = |line: usize, what: &str| Problem::new(Stage::Load, format!("{name}:{line}"), what.to_owned());
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let Ok(Json::Object(entry)) = serde_json::from_str::<Json>(line) else {
            out.problems.push(problem(index + 1, "this line is no JSON object; take the snapshot again"));
            continue;
        };
        let record = entry.get("record").map(|it| serde_json::from_value::<LiveRecord>(it.clone()));
        let listing = entry.get("listing").map(|it| serde_json::from_value::<Listing>(it.clone()));
        match (record, listing) {
            (Some(Ok(record)), _) => out.value.records.push(record),
            (_, Some(Ok(listing))) => out.value.listings.push(listing),
            (Some(Err(error)), _) | (_, Some(Err(error))) => {
                out.problems.push(problem(
                    index + 1,
                    &format!("this line is not understood ({error}); take the snapshot again"),
                ));
            }
            _ => {
                let end = entry.get("end").and_then(|end| end.get("complete")).and_then(Json::as_bool);
                out.value.complete |= end == Some(true);
            }
        }
    }
    if !out.value.complete {
        let message = "the snapshot is not complete; what it lacks is not taken for missing";
        out.problems.push(Problem::new(Stage::Collect, name, message));
    }
    out
}

/// Live things under the provider's names, as policies judge them.
pub fn live_side(inventory: &Inventory, context: &load::Context<'_>) -> Outcome<Vec<Live>> {
    let mut out = Outcome::new(Vec::new());
    let mut others = 0;
    for record in &inventory.records {
        match object(record) {
            Some(object) => match resource(&object, context) {
                Ok(resource) => out.value.push(Live { object, resource }),
                Err(problem) => out.problems.push(problem),
            },
            None => others += 1,
        }
    }
    if others > 0 {
        let message = format!("{others} things are not in Terraform's shape and are left out");
        out.problems.push(Problem::new(Stage::Collect, "snapshot", message));
    }
    out
}

fn object(record: &LiveRecord) -> Option<LiveObject> {
    let value = record.value.as_object().filter(|_| record.shape == LiveShape::Terraform)?;
    let attributes = value.get("resource_object").and_then(Json::as_object).unwrap_or(value);
    let identity = value.get("identity").and_then(Json::as_object).into_iter().flatten();
    let arn = || attributes.get("arn").and_then(Json::as_str).map(Arc::from);
    Some(LiveObject {
        account: record.account.clone(),
        region: record.region.clone(),
        kind: record.kind.clone(),
        id: record.id.clone(),
        arn: record.arn.clone().or_else(arn),
        identity: identity.map(|(key, value)| (key.as_str().into(), value.clone())).collect(),
        attributes: attributes.clone(),
        unread: Vec::new(),
        parent: None,
        tags: record.tags.clone(),
        captured: record.captured.clone(),
    })
}

fn resource(object: &LiveObject, context: &load::Context<'_>) -> Result<Resource, Problem> {
    let name: String = object.id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    let LiveObject { account, region, kind, .. } = object;
    let base = format!("aws/{account}/{region}/{kind}/{name}");
    let mut path = base.clone();
    for number in 2.. {
        if context.sources.find(&path).is_none() {
            break;
        }
        path = format!("{base}.{number}");
    }
    let text = format!("{:#}\n", Json::Object(object.attributes.clone()));
    let file = context.sources.add(&path, text.as_str());
    let tree = load::json::parse(file, &path, &text)?;
    let config = load::terraform::live_config(kind, &tree, context);
    let tags = object.tags.iter().map(|(key, value)| (key.clone(), Node::string(value.clone(), tree.via)));
    Ok(Resource {
        source: SourceKind::Aws,
        scope: format!("aws/{account}/{region}").into(),
        address: object.arn.clone().unwrap_or_else(|| format!("{kind}/{}", object.id).into()),
        kind: kind.clone(),
        provider: Some("aws".into()),
        account: Some(account.clone()),
        region: Some(region.clone()),
        facets: Map::from([("tags".into(), Node::map(tags.collect(), tree.via))]),
        body: tree.via,
        config,
        calls: Vec::new(),
        exists: Existence::Yes,
        edges: Vec::new(),
        open_links: Vec::new(),
        environment: None,
        left_out: Vec::new(),
    })
}

/// Account, region and reason.
type Gaps = (Arc<str>, Arc<str>, &'static str);

/// Problems about what could not be read, one for each account, region and reason.
pub fn gaps(inventory: &Inventory) -> Vec<Problem> {
    let mut grouped: BTreeMap<Gaps, Vec<&Listing>> = BTreeMap::new();
    for listing in &inventory.listings {
        if let Some(gap) = &listing.gap {
            let key = (listing.account.clone(), listing.region.clone(), gap.reason.as_str());
            grouped.entry(key).or_default().push(listing);
        }
    }
    let problem = |((account, region, reason), listings): (Gaps, Vec<&Listing>)| {
        let first = listings.first().and_then(|it| it.gap.as_ref()).map_or("", |gap| &*gap.message);
        let kinds: Vec<&str> = listings.iter().take(3).map(|it| &*it.kind).collect();
        let more = listings.len().saturating_sub(kinds.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let message = format!("{}{more} could not be read ({reason}): {first}", kinds.join(", "));
        Problem::new(Stage::Collect, format!("{account}/{region}"), message)
    };
    grouped.into_iter().map(problem).collect()
}
