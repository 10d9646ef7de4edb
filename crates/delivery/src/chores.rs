//! What this door does beside sending: proves its life, looks after the lives of others, finishes
//! mailings, and learns of pauses.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use store::lives::{PROVE_EVERY, Watch};

use crate::engine::Engine;

/// Between two looks at mailings and pauses.
pub const LOOK: Duration = Duration::from_secs(1);
/// Looks between two that ask for more.
pub const RARELY: u64 = 5;

/// Proves the life every two seconds; nothing else may keep it from that.
pub(crate) async fn prove(engine: Arc<Engine>) {
    loop {
        if let Err(error) = engine.life().prove().await {
            tracing::error!(%error, "the lock of this life could not be proven; without it nothing starts");
        }
        engine.clock().sleep(PROVE_EVERY).await;
    }
}

/// Everything else, each on its own: what fails is logged and tried again.
pub(crate) async fn look_after(engine: Arc<Engine>) {
    let mut watch = Watch::default();
    for look in 0_u64.. {
        engine.write_incidents().await;
        read_pauses(&engine).await;
        match engine.store().finish_mailings(engine.clock().now()).await {
            Ok(finished) => {
                finished.iter().for_each(|(_, mailing)| tracing::info!(%mailing, "a newsletter is finished"))
            }
            Err(error) => tracing::warn!(%error, "finished mailings could not be marked"),
        }
        if look.is_multiple_of(RARELY) {
            match engine.life().watch(&mut watch).await {
                Ok(0) => {}
                Ok(rows) => tracing::warn!(rows, "rows that nobody worked on are due again"),
                Err(error) => tracing::warn!(%error, "lives could not be looked after"),
            }
            if let Err(error) = engine.store().cancel_stranded().await {
                tracing::warn!(%error, "rows of ended mailings could not be cancelled");
            }
        }
        engine.clock().sleep(LOOK).await;
    }
}

async fn read_pauses(engine: &Engine) {
    let changes = engine.providers().changes();
    match engine.store().provider_pauses(engine.clock().now()).await {
        Ok(pauses) => {
            let pauses: HashMap<_, _> = pauses.into_iter().map(|pause| (pause.provider_group, pause.until)).collect();
            engine.providers().set_pauses(pauses, changes);
        }
        Err(error) => tracing::warn!(%error, "pauses could not be read; the known ones hold"),
    }
}
