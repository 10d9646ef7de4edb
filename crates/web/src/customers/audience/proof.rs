//! The proof of one person's consent, to be printed (R13, L1): everything that the ledger knows, and the
//! text with which anybody can check its seals.

use askama::Template;
use policy::ContactId;
use texts::{audience as say, desk};

use super::book_of;
use crate::consents::{self, ConsentEvent};
use crate::error::Fault;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "customers/audience/proof.html")]
struct Proof {
    shell: Shell,
    t: say::Say,
    /// Account and moment: what a print must say.
    made: String,
    events: Vec<ConsentEvent>,
    verifiable: String,
}

/// GET: the proof.
pub(super) async fn show(visit: Visit) -> Answer {
    let (account, language) = (visit.account()?, visit.language);
    let contact = ContactId::from_raw(visit.id("contact")?);
    let store = &visit.web.store;
    let events = store.consent_proof(account, contact).await?;
    if events.is_empty() {
        return Err(Fault::NotFound);
    }
    let of = store.account(account).await?;
    let moment = crate::ui::time::moment(language, &of.time_zone, visit.now());
    let book = book_of(account);
    visit.show(&Proof {
        shell: visit
            .shell(desk::consent_title(language))
            .lead(desk::consent_lead(language))
            .crumb(book.clone(), texts::ui::nav_contacts(language))
            .crumb(format!("{book}/{contact}"), say::back_to_contact(language)),
        t: say::Say(language),
        made: say::proof_made(language, &of.name, &moment),
        verifiable: consents::verifiable(&events),
        events: consents::events(language, &of.time_zone, &events),
    })
}
