//! Forms through which people sign up: where each stands, and why one takes no sign-ups (R12, R82).

use askama::Template;
use policy::role::Role;
use policy::{AccountId, FormId, Standing};
use store::form_counts::FormTotal;
use store::form_pages::FormPage;
use texts::{Language, audience as say, ui};

use super::{form, form_edit};
use crate::error::Fault;
use crate::ui::number::grouped;
use crate::ui::shell::Shell;
use crate::ui::table::{Answer, Page, page};
use crate::ui::visit::{PAGE, Visit};

/// Octets of a posted form: every one of its texts' may come as three.
const LIMIT: usize = 256 * 1024;

/// The pages of forms.
pub(super) fn pages() -> Vec<Page> {
    vec![
        page!(GET "/a/{account}/forms", Role(Reader), "forms", show),
        page!(GET "/a/{account}/forms/new", Role(Editor), "form-new", form_edit::begin),
        page!(POST "/a/{account}/forms/new", Role(Editor), "form-new", form_edit::create, form = form_edit::NEW, limit = LIMIT),
        page!(POST "/a/{account}/forms/preview", Role(Editor), "form-new-preview", form_edit::preview_new, form = form_edit::NEW, limit = LIMIT),
        page!(GET "/a/{account}/forms/{form}", Role(Reader), "form", form::show),
        page!(GET "/a/{account}/forms/{form}/edit", Role(Editor), "form-edit", form_edit::show),
        page!(POST "/a/{account}/forms/{form}/edit", Role(Editor), "form-edit", form_edit::change, form = form_edit::EDIT, limit = LIMIT),
        page!(GET "/a/{account}/forms/{form}/preview", Role(Reader), "form-preview", form::preview),
        page!(POST "/a/{account}/forms/{form}/preview", Role(Editor), "form-preview", form_edit::preview, form = form_edit::EDIT, limit = LIMIT),
        page!(POST "/a/{account}/forms/{form}/open", Role(Editor), "form-open", form::open),
        page!(POST "/a/{account}/forms/{form}/close", Role(Editor), "form-close", form::close),
    ]
}

/// Why a form takes no sign-ups: a sentence, and the page that mends it.
pub(super) struct Reason {
    pub(super) says: String,
    pub(super) href: String,
    pub(super) label: String,
}

/// Every reason for which a form takes no sign-ups; none where it takes them.
pub(super) fn reasons(language: Language, page: &FormPage, stopped: bool) -> Vec<Reason> {
    let account = page.account.id;
    let mut reasons = Vec::new();
    let mut because = |is: bool, says: String, href: &str, label: String| {
        if is {
            let href = if href.is_empty() { String::new() } else { format!("/a/{account}/{href}") };
            reasons.push(Reason { says, href, label });
        }
    };
    because(stopped, say::form_stopped(language), "ask", say::to_ask(language));
    because(!page.open && !stopped, say::form_closed(language), "", String::new());
    let suspended = page.account.standing != Standing::Active;
    because(suspended, say::form_suspended(language), "ask", say::to_ask(language));
    because(!page.site_proven, say::form_site(language, &page.site), "websites", ui::nav_websites(language));
    because(!page.topic_approved, say::form_topic(language), "topics", ui::nav_topics(language));
    because(page.account.sender.is_none(), say::form_sender(language), "senders", ui::nav_senders(language));
    let unnamed = page.account.legal_notice.is_none();
    because(unnamed, say::form_legal(language), "legal-notice", ui::nav_legal_notice(language));
    reasons
}

/// The state of a form: its kind for the eye, and its word.
pub(super) fn state(language: Language, page: &FormPage, stopped: bool) -> (&'static str, String) {
    match (page.takes_signups(), page.open, stopped) {
        (true, ..) => ("good", say::form_state_open(language)),
        (false, _, true) => ("bad", say::form_state_stopped(language)),
        (false, true, false) => ("wait", say::form_state_waiting(language)),
        (false, false, false) => ("open", say::form_state_closed(language)),
    }
}

/// One form of the list.
struct Line {
    href: String,
    name: String,
    site: String,
    statement: String,
    sign: &'static str,
    state: String,
    /// The first reason for which it takes none.
    why: String,
    submitted: String,
    confirmed: String,
}

#[derive(Template)]
#[template(path = "customers/audience/forms.html")]
struct Forms {
    shell: Shell,
    t: say::Say,
    lines: Vec<Line>,
    new: String,
    none: bool,
    first: String,
    next: String,
}

/// The address of the list.
pub(super) fn list_of(account: AccountId) -> String {
    format!("/a/{account}/forms")
}

/// GET: the forms by key.
async fn show(visit: Visit) -> Answer {
    let (account, language) = (visit.account()?, visit.language);
    let store = &visit.web.store;
    let after = Some(visit.after()).filter(|after| *after > 0).map(FormId::from_raw);
    let forms = store.forms(account, after, PAGE).await?;
    let totals = store.form_totals(account).await?;
    let stopped = store.stopped_forms(account).await?;
    let base = list_of(account);
    let mut lines = Vec::new();
    for form in &forms {
        let page = store.form_page(form.id).await?.ok_or(Fault::NotFound)?;
        let total = totals.iter().find(|(id, _)| *id == form.id).map_or(FormTotal::default(), |(_, total)| *total);
        let is_stopped = stopped.contains(&form.id);
        let (sign, state) = state(language, &page, is_stopped);
        lines.push(Line {
            href: format!("{base}/{}", form.id),
            name: form.content.name.clone(),
            site: page.site.clone(),
            statement: page.statement.clone(),
            sign,
            state,
            why: match sign {
                "wait" => {
                    reasons(language, &page, is_stopped).into_iter().next().map(|why| why.says).unwrap_or_default()
                }
                _ => String::new(),
            },
            submitted: grouped(language, total.submitted),
            confirmed: grouped(language, total.confirmed),
        });
    }
    let full = i64::try_from(forms.len()).is_ok_and(|length| length >= PAGE);
    visit.show(&Forms {
        shell: visit.shell(ui::nav_forms(language)).lead(say::forms_lead(language)),
        t: say::Say(language),
        none: lines.is_empty() && after.is_none(),
        lines,
        new: if visit.may(Role::Editor) { format!("{base}/new") } else { String::new() },
        first: if after.is_some() { base.clone() } else { String::new() },
        next: forms.last().filter(|_| full).map(|last| format!("{base}?after={}", last.id)).unwrap_or_default(),
    })
}
