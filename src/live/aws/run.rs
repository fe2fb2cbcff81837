//! A run: accounts, their regions, what is recorded there, and then every type in every place by the source that shows it.
//!
//! Items of one type go out over all accounts and regions before those of the next, so that no account's rate limit keeps
//! the others waiting. A fault in one item costs that item.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use serde_json::Value;
use tokio::task::JoinSet;

use super::accounts;
use super::aggregate::{self, Aggregate};
use super::cloudcontrol::CloudControl;
use super::config::Config;
use super::desk::{Collector, Desk, Item, Key};
use super::failure::{Failure, What};
use super::iam::{ACCOUNT, AccountSettings, Details, LAST_ACCESSED, LastAccessed, REPORT, Report};
use super::recorder::{self, Recorder};
use super::session::{self, Account};
use crate::live::types::{Control, Key as ParentKey, Kind, Scope, kinds};
use crate::live::{ALL, GLOBAL};
use crate::model::{Gap, LiveRecord, LiveShape};

/// Items under way together.
const TOGETHER: usize = 32;
/// Accounts that are entered together.
const ACCOUNTS: usize = 8;
pub(super) const REGION: &str = "Stanchion::Region";

/// One account, ready to be planned.
struct Ready {
    account: Account,
    regions: Vec<Arc<str>>,
    /// Of the regions and the home region.
    recorders: BTreeMap<Arc<str>, Result<Recorder, Failure>>,
}

/// Reads everything that the settings ask for. An error where not even the accounts are known.
pub(super) async fn everything(desk: &Arc<Desk>, own: Account) -> Result<(), String> {
    let mut items = Vec::new();
    let mut later = Vec::new();
    let accounts = match &desk.settings.organization {
        Some(organization) => {
            let found = accounts::of_organization(desk, &own, organization).await;
            found
                .map_err(|failure| format!("the accounts of the organization cannot be listed: {}", failure.message))?
        }
        None => vec![own.id.to_string()],
    };
    if let Some(name) = desk.settings.aggregator.clone() {
        let region = own.sdk.region().map_or_else(|| own.home(), |region| region.as_ref().into());
        let sources = aggregate::sources(desk, &own, &region, &name).await.map_err(|failure| failure.message)?;
        if sources > 0 {
            items.extend(aggregated(desk, &own, &region));
        }
    }
    let whole = |id: &str| -> Key { (id.into(), ALL.into(), ALL.into()) };
    desk.plan(accounts.iter().map(|id| whole(id)));
    let ready = all(accounts, ACCOUNTS, |id| {
        let (desk, own) = (desk.clone(), own.clone());
        async move {
            let key = whole(&id);
            match ready(&desk, &own, &id).await {
                Ok(ready) => {
                    desk.drop_plan(&key);
                    Some(ready)
                }
                Err(failure) => {
                    desk.end(&key, Err(&failure));
                    None
                }
            }
        }
    });
    for ready in ready.await.into_iter().flatten() {
        iam(desk, &ready.account, &mut items);
        if desk.settings.last_accessed.is_some() && desk.wants(LAST_ACCESSED) {
            later.push(iam_item(&LastAccessed, &ready.account, &[LAST_ACCESSED]));
        }
        if desk.settings.aggregator.is_none() {
            for kind in kinds().iter().filter(|kind| desk.wants(kind.name)) {
                plan(desk, &ready, kind, &mut items, &mut later);
            }
        }
    }
    desk.plan(items.iter().chain(&later).flat_map(Item::keys));
    // Kinds first: see above.
    items.sort_by_key(|item| (item.kind.map(|kind| kind.name), item.account.id.clone(), item.region.clone()));
    later.sort_by_key(|item| (item.kind.map(|kind| kind.name), item.account.id.clone(), item.region.clone()));
    all(items, TOGETHER, |item| work(desk.clone(), item, false)).await;
    if let Some(name) = &desk.settings.aggregator
        && desk.find(|record| (record.shape != LiveShape::Iam).then_some(())).is_empty()
    {
        aggregate::empty(desk, &own, name);
    }
    let later: Vec<Item> = later.into_iter().map(|item| with_parents(desk, item)).collect();
    all(later, TOGETHER, |item| work(desk.clone(), item, true)).await;
    Ok(())
}

/// Runs at most so many together. What panics gives nothing; the plan still knows of it.
async fn all<T, R, Running>(inputs: Vec<T>, most: usize, mut run: impl FnMut(T) -> Running) -> Vec<R>
where
    R: Send + 'static,
    Running: Future<Output = R> + Send + 'static,
{
    let (mut under_way, mut results) = (JoinSet::new(), Vec::new());
    for input in inputs {
        if under_way.len() >= most
            && let Some(result) = under_way.join_next().await
        {
            results.extend(result);
        }
        under_way.spawn(run(input));
    }
    while let Some(result) = under_way.join_next().await {
        results.extend(result);
    }
    results
}

/// Gets into an account and looks around.
async fn ready(desk: &Arc<Desk>, own: &Account, id: &str) -> Result<Ready, Failure> {
    let account = match &desk.settings.organization {
        Some(organization) if *id != *own.id => session::assume(own, organization, id, &desk.gates).await?,
        _ => own.clone(),
    };
    if desk.settings.aggregator.is_some() {
        return Ok(Ready { account, regions: Vec::new(), recorders: BTreeMap::new() });
    }
    let regions = match accounts::regions(desk, &account).await {
        Ok(regions) => regions,
        Err(failure) => {
            // One region is better than none, and the others are told of.
            let message = format!(
                "its regions are not known, and only its first is read; name them with --region ({})",
                failure.message
            );
            desk.end(&(id.into(), ALL.into(), ALL.into()), Err(&Failure { message, ..failure }));
            vec![account.home()]
        }
    };
    let mut asked = regions.clone();
    asked.push(account.home());
    asked.sort();
    asked.dedup();
    let recorders = all(asked, ACCOUNTS, |region| {
        let (desk, account) = (desk.clone(), account.clone());
        async move { (region.clone(), recorder::read(&desk, &account, &region).await) }
    });
    let recorders: BTreeMap<_, _> = recorders.await.into_iter().collect();
    for region in regions.iter().filter(|_| desk.wants(REGION)) {
        let key = (account.id.clone(), region.clone(), REGION.into());
        match recorders.get(region) {
            Some(Ok(recorder)) => {
                desk.put(region_record(&account, region, recorder));
                desk.end(&key, Ok(()));
            }
            Some(Err(failure)) => desk.end(&key, Err(failure)),
            None => {
                desk.end(&key, Err(&Failure::lasting("reading it ended in a fault of this program: please report it")));
            }
        }
    }
    Ok(Ready { account, regions, recorders })
}

fn region_record(account: &Account, region: &Arc<str>, recorder: &Recorder) -> LiveRecord {
    let mut value = serde_json::Map::new();
    value.insert("region".into(), Value::String(region.to_string()));
    value.insert("recorder".into(), recorder.value());
    LiveRecord {
        account: account.id.clone(),
        region: region.clone(),
        kind: REGION.into(),
        id: region.clone(),
        arn: None,
        shape: LiveShape::Iam,
        captured: None,
        tags: BTreeMap::new(),
        value: Value::Object(value),
    }
}

fn iam(desk: &Desk, account: &Account, items: &mut Vec<Item>) {
    let collectors: [(&'static dyn Collector, &[&str]); 3] =
        [(&Details, &Details::NAMES), (&Report, &[REPORT]), (&AccountSettings, &[ACCOUNT])];
    for (collector, names) in collectors {
        if names.iter().any(|name| desk.wants(name)) {
            items.push(iam_item(collector, account, names));
        }
    }
}

fn iam_item(collector: &'static dyn Collector, account: &Account, names: &[&str]) -> Item {
    Item {
        collector,
        account: account.clone(),
        region: account.home(),
        kind: None,
        names: names.iter().map(|name| Arc::from(*name)).collect(),
        places: vec![GLOBAL.into()],
        parents: Vec::new(),
    }
}

fn aggregated(desk: &Desk, own: &Account, region: &Arc<str>) -> Vec<Item> {
    let wanted = kinds().iter().filter(|kind| Aggregate.lists(kind) && desk.wants(kind.name));
    let item = |kind: &'static Kind| Item {
        collector: &Aggregate,
        account: own.clone(),
        region: region.clone(),
        kind: Some(kind),
        // It finds out by itself which places there are.
        names: Vec::new(),
        places: Vec::new(),
        parents: Vec::new(),
    };
    let items: Vec<Item> = wanted.map(item).collect();
    desk.plan(items.iter().filter_map(|item| Some(aggregate::plan_key(own, item.kind?.name))));
    items
}

/// Where a type of one account is read, and by whom.
fn plan(desk: &Desk, ready: &Ready, kind: &'static Kind, items: &mut Vec<Item>, later: &mut Vec<Item>) {
    let recorded = |region: &Arc<str>, name: Option<&str>| {
        let recorder = ready.recorders.get(region).and_then(|it| it.as_ref().ok());
        name.is_some_and(|name| recorder.is_some_and(|recorder| recorder.records(name)))
    };
    let item = |collector, region: &Arc<str>, places: Vec<Arc<str>>| Item {
        collector,
        account: ready.account.clone(),
        region: region.clone(),
        kind: Some(kind),
        names: vec![kind.name.into()],
        places,
        parents: Vec::new(),
    };
    let home = ready.account.home();
    let mut single = |region: &Arc<str>, place: Arc<str>| {
        if recorded(region, kind.config) {
            items.push(item(&Config, region, vec![place]));
        } else if matches!(kind.control, Control::Each { .. }) {
            later.push(item(&CloudControl, region, vec![place]));
        } else if CloudControl.lists(kind) {
            items.push(item(&CloudControl, region, vec![place]));
        } else {
            let key = (ready.account.id.clone(), place, kind.name.into());
            unseen(desk, &key, ready.recorders.get(region));
        }
    };
    match kind.scope {
        Scope::Global => single(&home, GLOBAL.into()),
        Scope::Region => ready.regions.iter().for_each(|region| single(region, region.clone())),
        Scope::Account => {
            let (by_config, rest): (Vec<_>, Vec<_>) =
                ready.regions.iter().cloned().partition(|region| recorded(region, kind.config));
            items.extend(by_config.into_iter().map(|region| item(&Config, &region, vec![region.clone()])));
            if let Some(region) = rest.first().cloned() {
                items.push(item(&CloudControl, &region, rest));
            }
        }
        Scope::With(other) => {
            // Config shows the part together with the whole.
            let name = kinds().iter().find(|kind| kind.name == other).and_then(|kind| kind.config);
            let rest: Vec<Arc<str>> = ready.regions.iter().filter(|region| !recorded(region, name)).cloned().collect();
            if let Some(region) = rest.first().cloned() {
                later.push(item(&CloudControl, &region, rest));
            }
        }
    }
}

/// A type that only Config could show.
fn unseen(desk: &Desk, key: &Key, recorder: Option<&Result<Recorder, Failure>>) {
    desk.plan([key.clone()]);
    if let Some(Err(failure)) = recorder {
        return desk.end(key, Err(failure));
    }
    let message = "AWS Config does not record it here, and nothing else lists it: add the type to the recorder";
    desk.end(key, Err(&Failure { what: What::NotRecorded, message: message.into() }));
}

/// Looks up what a listing is made for among the records read so far.
fn with_parents(desk: &Desk, mut item: Item) -> Item {
    let Some(Control::Each { parent, key, .. }) = item.kind.map(|kind| kind.control) else { return item };
    let place = item.place();
    item.parents = desk.find(|record| {
        let is_parent = record.account == item.account.id && record.region == place && &*record.kind == parent;
        let value = match key {
            ParentKey::Id => Some(&record.id),
            ParentKey::Arn => record.arn.as_ref(),
        };
        value.filter(|_| is_parent).map(ToString::to_string)
    });
    item.parents.sort();
    item.parents.dedup();
    item
}

/// The type that things of another are found by.
fn parent(item: &Item) -> Option<&'static str> {
    match item.kind.map(|kind| (kind.control, kind.scope)) {
        Some((Control::Each { parent, .. }, _) | (_, Scope::With(parent))) => Some(parent),
        Some(_) => None,
        // One call lists roles, users and all that IAM has.
        None => Details::NAMES.last().copied(),
    }
}

async fn work(desk: Arc<Desk>, item: Item, by_parent: bool) {
    let result = item.collector.collect(&item, &desk).await;
    let parent = if by_parent { parent(&item) } else { None };
    for key in item.keys() {
        // Parts of what was not seen were not seen either.
        let hidden = parent.and_then(|parent| desk.gap(&(key.0.clone(), key.1.clone(), parent.into())));
        match (&result, hidden) {
            (Err(failure), _) => desk.end(&key, Err(failure)),
            (Ok(()), None) => desk.end(&key, Ok(())),
            (Ok(()), Some(gap)) => desk.end_with(&key, Some(Gap { id: None, ..gap })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::desk::Work;
    use super::*;
    use crate::live::Settings;
    use crate::model::GapReason;

    struct Faulty;

    impl Collector for Faulty {
        fn lists(&self, _: &Kind) -> bool {
            true
        }

        fn collect<'a>(&'a self, item: &'a Item, desk: &'a Desk) -> Work<'a> {
            Box::pin(async move {
                assert!(&*item.region != "b", "a fault on purpose");
                desk.end(&(item.account.id.clone(), "seen".into(), item.region.clone()), Ok(()));
                Ok(())
            })
        }
    }

    #[test]
    fn a_fault_in_one_item_costs_that_item() {
        let desk = Arc::new(Desk::new(Settings::default(), Arc::new(|_| {})));
        let sdk = aws_config::SdkConfig::builder().build();
        let account = Account { id: "111122223333".into(), partition: "aws".into(), sdk };
        let item = |region: &str| Item {
            collector: &Faulty,
            account: account.clone(),
            region: region.into(),
            kind: None,
            names: vec!["AWS::X::Y".into()],
            places: vec![region.into()],
            parents: Vec::new(),
        };
        let items: Vec<Item> = ["a", "b", "c"].map(item).into();
        desk.plan(items.iter().flat_map(Item::keys));
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(all(items, 2, |item| work(desk.clone(), item, false)));
        let inventory = desk.finish(true);
        let gaps: Vec<_> = inventory
            .listings
            .iter()
            .filter(|it| &*it.kind == "AWS::X::Y")
            .map(|it| (&*it.region, it.gap.as_ref().map(|gap| gap.reason)))
            .collect();
        assert_eq!(gaps, [("a", None), ("b", Some(GapReason::Failed)), ("c", None)]);
    }
}
