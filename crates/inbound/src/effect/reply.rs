//! Letters to a customer's platform address: passed on to its mailbox byte for
//! byte, under an envelope sender of ours (D7, R8).

use mail_formats::incoming::{Incoming, read_view};
use store::inbox::{ForwardedLetter, Forwarding, PlatformSender};

use super::{Letter, Noted, Trouble};

/// A mail to a platform address. What goes in circles, or has nobody to answer to, is kept and not passed on.
pub(super) async fn arrives(letter: &Letter<'_>, sender: PlatformSender) -> Result<Noted, Trouble> {
    if let Some(why) = loops(letter) {
        return Ok(Noted::new("reply", format!("dropped: {why}")));
    }
    let verdict = letter.authenticate().await;
    if verdict.fails_strict_dmarc() {
        return Err(if verdict.temporary { Trouble::Dns } else { Trouble::NotAuthentic });
    }
    let forwarded = ForwardedLetter {
        account: sender.account,
        to_key: letter.context.seals.address_key_mail(&sender.forward_to.normalised()),
        to: sender.forward_to,
        language: sender.language,
        raw: letter.arrival.raw.clone(),
        once: Some(letter.once()),
    };
    match letter.context.store.forward_letter(forwarded, letter.now()).await? {
        Forwarding::Planned => Ok(Noted::new("reply", "passed on")),
        Forwarding::Before => Ok(Noted::new("reply", "passed on before")),
        Forwarding::Limited => Err(Trouble::Limited),
        Forwarding::Flood => Ok(letter.flooded("reply", sender.account)),
    }
}

/// Why a mail would go round and round.
fn loops(letter: &Letter<'_>) -> Option<&'static str> {
    let from = letter.arrival.mail_from.as_str();
    let local = from.rsplit_once('@').map_or(from, |(local, _)| local);
    if from.is_empty() {
        return Some("null sender");
    }
    if letter.context.seals.read_return_path_local(local).is_some() {
        return Some("our own return path");
    }
    if letter.goes_in_circles() {
        return Some("too many hops");
    }
    // A bounce with a sender of its own would be a letter to nobody.
    match letter.view.map(read_view) {
        Some(Incoming::Bounce(_) | Incoming::Delivered(_)) => Some("a bounce"),
        _ => None,
    }
}
