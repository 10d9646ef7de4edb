//! Kept mail read once more, because a person wished it: the rules changed since, or something did not
//! answer when it came. The memory carries the wish (`store::inbox`), because the doors do not know each
//! other. Every effect is exactly once, so nothing that a mail did before is done a second time.

use std::time::Duration;

use mail_formats::view::View;
use store::inbox::ArrivedMail;
use tokio::sync::watch;

use crate::InboundContext;
use crate::door::{self, NoDoor};
use crate::effect::{self, Arrival};
use crate::session::stopped;

/// How often somebody looks whether a mail waits.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Mails that are in memory at one time.
const AT_ONCE: i64 = 8;

/// Reads what waits, until `stop` becomes true.
pub(crate) async fn run(context: InboundContext, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = context.clock.sleep(LOOK_EVERY) => {}
            () = stopped(&mut stop) => return,
        }
        match context.store.mails_to_read_again(AT_ONCE).await {
            Ok(mails) => {
                for (inbox, mail) in mails {
                    read(&context, inbox, mail).await;
                }
            }
            Err(error) => tracing::warn!(%error, "mail that waits to be read again cannot be looked for"),
        }
    }
}

/// One mail. What goes wrong is noted in the inbox, where whoever wished it looks.
async fn read(context: &InboundContext, inbox: i64, mail: ArrivedMail) {
    let door = match door::find(context, &mail.recipient).await {
        Ok(door) => door,
        // It stays marked and is taken up when the memory answers.
        Err(NoDoor::Unavailable(error)) => return tracing::warn!(%error, inbox, "a kept mail waits on"),
        Err(NoDoor::Relay | NoDoor::Unknown | NoDoor::Malformed) => {
            return note(context, inbox, "not_done", "its address is not ours any more").await;
        }
    };
    let Ok(peer) = mail.peer.parse() else {
        return note(context, inbox, "not_done", "its peer is not known").await;
    };
    // What it does, it does now: a notice that it plans must not be over before it begins.
    let received_at = context.clock.now();
    let arrival = Arrival { received_at, peer, helo: mail.helo, mail_from: mail.mail_from, raw: mail.raw };
    let view = View::open(&arrival.raw).ok();
    if let Err(trouble) = effect::of_kept(context, &arrival, view.as_ref(), inbox, door).await {
        trouble.told();
    }
}

async fn note(context: &InboundContext, inbox: i64, kind: &str, effect: &str) {
    if let Err(error) = context.store.note_mail(inbox, kind, effect).await {
        tracing::warn!(%error, inbox, "what a kept mail did cannot be noted");
    }
}
