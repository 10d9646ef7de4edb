//! Former contacts: why and when they left. Nobody is named (DESIGN §5); whoever knows an address can
//! ask for it, and posts it, so that it stands in no address bar and no log.

use askama::Template;
use policy::consent::FormerReason;
use policy::{ContactId, Timestamp};
use store::book::FormerLine;
use texts::{Language, audience as say};

use super::{Tab, book, book_of, left, query};
use crate::error::Fault;
use crate::ui::form::{Field, Form, Kind, must};
use crate::ui::html::Html;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::time;
use crate::ui::visit::{PAGE, Visit, see_other};

/// A whole address.
pub(super) const FIND: &[Field] = &[must("address", say::former_address, Kind::Address).hint(say::former_address_hint)];

/// One of those who left.
struct Line {
    href: String,
    name: String,
    sign: &'static str,
    reason: String,
    since: Html,
    left: Html,
}

#[derive(Template)]
#[template(path = "customers/audience/former.html")]
struct FormerPage {
    shell: Shell,
    t: say::Say,
    tabs: Vec<Tab>,
    reasons: Vec<Tab>,
    form: Form,
    action: String,
    lines: Vec<Line>,
    /// Nobody ever left.
    none: bool,
    first: String,
    next: String,
}

/// How a reason looks: what a person wished is no fault of anybody.
pub(super) const fn sign(reason: FormerReason) -> &'static str {
    match reason {
        FormerReason::Unsubscribed | FormerReason::Erased => "open",
        FormerReason::Bounced | FormerReason::Excluded => "wait",
        FormerReason::Complained => "bad",
    }
}

/// A former contact is called by its number.
pub(super) fn name(language: Language, id: ContactId) -> String {
    say::former_number(language, &id.to_string())
}

fn line(language: Language, zone: &str, base: &str, former: &FormerLine) -> Line {
    Line {
        href: format!("{base}/{}", former.id),
        name: name(language, former.id),
        sign: sign(former.reason),
        reason: left(language, former.reason),
        since: time::marked(language, zone, former.since),
        left: time::marked(language, zone, former.left_at),
    }
}

async fn page(visit: &Visit, form: Form) -> Result<FormerPage, Fault> {
    let (account, language) = (visit.account()?, visit.language);
    let store = &visit.web.store;
    let asked = visit.query("reason");
    let reason = FormerReason::ALL.into_iter().find(|reason| reason.word() == asked);
    let at: Option<i64> = visit.query("at").parse().ok();
    let before =
        at.filter(|_| visit.after() > 0).map(|at| (Timestamp::from_millis(at), ContactId::from_raw(visit.after())));
    let lines = store.former_newest(account, reason, before, PAGE).await?;
    let zone = store.account(account).await?.time_zone;
    let (base, word) = (book_of(account), reason.map_or("", FormerReason::word));
    let here = format!("{base}/former");
    let full = i64::try_from(lines.len()).is_ok_and(|length| length >= PAGE);
    let behind = |last: &FormerLine| {
        let pairs =
            [("reason", word.to_owned()), ("at", last.left_at.millis().to_string()), ("after", last.id.to_string())];
        format!("{here}{}", query(&pairs))
    };
    let tab = |of: Option<FormerReason>| Tab {
        href: format!("{here}{}", query(&[("reason", of.map_or("", FormerReason::word).to_owned())])),
        label: of.map_or_else(|| say::left_all(language), |of| left(language, of)),
        current: of == reason,
    };
    Ok(FormerPage {
        shell: visit.shell(texts::ui::nav_contacts(language)).lead(say::former_lead(language)),
        t: say::Say(language),
        tabs: book::tabs(language, account, true),
        reasons: std::iter::once(None).chain(FormerReason::ALL.map(Some)).map(tab).collect(),
        form,
        action: here.clone(),
        none: lines.is_empty() && before.is_none() && reason.is_none(),
        first: if before.is_some() { tab(reason).href } else { String::new() },
        next: lines.last().filter(|_| full).map(behind).unwrap_or_default(),
        lines: lines.iter().map(|former| line(language, &zone, &base, former)).collect(),
    })
}

/// GET: those who left last.
pub(super) async fn show(visit: Visit) -> Answer {
    let form = Form::empty(visit.language, visit.mark(), FIND);
    visit.show(&page(&visit, form).await?)
}

/// POST: to the page of the person with an address, former contact or contact. Changes nothing.
pub(super) async fn find(visit: Visit) -> Answer {
    let (account, mut form) = (visit.account()?, visit.form());
    let Some(address) = form.address("address").filter(|_| form.is_good()) else {
        return visit.again(&page(&visit, form).await?);
    };
    let store = &visit.web.store;
    let keys = visit.web.seals.address_keys_mail(&address.normalised());
    let known = match store.find_contact(account, &keys).await? {
        Some(contact) => Some(contact),
        None => store.find_former(account, &keys).await?,
    };
    match known {
        Some(person) => Ok(see_other(&format!("{}/{person}", book_of(account)))),
        None => {
            form.wrong("address", say::former_unknown(visit.language));
            visit.again(&page(&visit, form).await?)
        }
    }
}
