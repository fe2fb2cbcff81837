//! The AWS SDK, and the only asynchronous room: accounts in, an inventory out, whatever goes wrong on the way.
//!
//! Every call goes through `call`, which names its action; nothing here writes to an account. It does not know what
//! records mean.

mod accounts;
mod aggregate;
mod call;
mod cloudcontrol;
mod config;
mod desk;
mod failure;
mod iam;
mod limit;
mod recorder;
mod run;
mod session;
mod shape;

use std::sync::Arc;
use std::time::Duration;

use self::desk::Desk;
use super::{Cancel, Event, Settings};
use crate::model::Inventory;

/// How often a wish to stop is looked for.
const GLANCE: Duration = Duration::from_millis(50);

/// Where a collection tells how it goes.
pub type Told = Arc<dyn Fn(Event) + Send + Sync>;

/// Reads what the settings ask for. An error means that nothing could be asked at all; everything else is in the inventory.
pub fn collect(settings: &Settings, cancel: &Cancel, told: Told) -> Result<Inventory, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime =
        runtime.map_err(|error| format!("threads cannot be started: {error}; check the limits of this system"))?;
    let inventory = runtime.block_on(async {
        let desk = Arc::new(Desk::new(settings.clone(), told));
        let work = async {
            let own = session::own(settings, &desk.gates).await?;
            run::everything(&desk, own).await
        };
        tokio::select! {
            done = work => done.map(|()| desk.finish(true)),
            () = stopped(cancel, settings.timeout) => Ok(desk.finish(false)),
        }
    });
    // Calls under way are not waited for.
    runtime.shutdown_background();
    inventory
}

/// Returns when somebody wants it to end: by Ctrl-C, from outside, or because time is up.
async fn stopped(cancel: &Cancel, timeout: Option<Duration>) {
    let glances = async {
        while !cancel.is_stopped() {
            tokio::time::sleep(GLANCE).await;
        }
    };
    let interrupted = async {
        // Where signals cannot be had, only the other ways end a collection.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let late = async {
        match timeout {
            Some(timeout) => tokio::time::sleep(timeout).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! { () = glances => {}, () = interrupted => {}, () = late => {} }
}
