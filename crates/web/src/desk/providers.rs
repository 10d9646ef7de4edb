//! What waits for whom, which destinations get nothing for now, and the pause of all sending.

use askama::Template;
use store::health::{Destination, LOOKED_AT};
use store::incidents::ProviderPause;
use texts::{Language, desk, desk as t};

use super::ask::{Question, answered, ask};
use super::show::{self, Badge};
use super::{ONLY_REASON, REASON};
use crate::error::Fault;
use crate::ui::form::{Field, Form, Kind, must};
use crate::ui::html::Html;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::Visit;

/// A provider group whose pause ends.
pub(super) const GROUP: &[Field] = &[must("group", t::field_group, Kind::Hidden(300)), REASON];

/// One destination.
struct Row {
    domain: String,
    due: String,
    in_flight: String,
    deferred: String,
    unknown: String,
    next: Html,
    reply: String,
}

/// One pause.
struct Pause {
    group: String,
    reason: String,
    until: Option<Html>,
    /// The incident that holds it.
    incident: String,
    form: Option<Form>,
}

#[derive(Template)]
#[template(path = "desk/providers.html")]
struct Providers {
    shell: Shell,
    t: desk::Say,
    sending: Badge,
    frozen: bool,
    paused: Option<String>,
    form: Form,
    rows: Vec<Row>,
    /// So many were counted, and there may be more; empty where all are.
    more: String,
    pauses: Vec<Pause>,
}

fn row(language: Language, one: &Destination) -> Row {
    let number = |n| show::number(language, n);
    Row {
        domain: one.domain.clone(),
        due: number(one.waiting.due),
        in_flight: number(one.waiting.in_flight),
        deferred: number(one.waiting.deferred),
        unknown: number(one.waiting.unknown),
        next: one.next_at.map(|at| show::at(language, at)).unwrap_or_default(),
        reply: one.last_reply.as_ref().map(|last| last.said.clone()).unwrap_or_default(),
    }
}

/// A pause; one that an open incident holds ends with that.
fn pause_row(
    visit: &Visit,
    at: usize,
    pause: &ProviderPause,
    open: &[policy::IncidentId],
    sent: Option<&Form>,
) -> Pause {
    let language = visit.language;
    let incident = pause.incident.filter(|id| open.contains(id));
    let form = incident.is_none().then(|| {
        let own = sent.filter(|form| form.text("group") == pause.provider_group).cloned();
        own.unwrap_or_else(|| Form::empty(language, visit.mark(), GROUP))
            .with("group", &pause.provider_group)
            .at(format!("group{at}"))
    });
    Pause {
        group: pause.provider_group.clone(),
        reason: pause.reason.clone(),
        until: pause.until.map(|until| show::at(language, until)),
        incident: incident.map(|id| format!("/desk/incidents/{id}")).unwrap_or_default(),
        form,
    }
}

/// GET: the queue and its pauses.
pub(super) async fn show(visit: Visit) -> Answer {
    let page = page(&visit, None, None).await?;
    visit.show(&page)
}

async fn page(visit: &Visit, sent: Option<Form>, group: Option<Form>) -> Result<Providers, Fault> {
    let (language, store) = (visit.language, &visit.web.store);
    let t = desk::Say(language);
    let installation = store.installation().await?;
    let queue = store.queue().await?;
    let open: Vec<_> = store.newest_incidents(true, None, 500).await?.iter().map(|incident| incident.id).collect();
    let pauses = store.provider_pauses(visit.now()).await?;
    let sending = match (installation.frozen, &installation.paused) {
        (true, _) => Badge::new("bad", t.health_frozen()),
        (_, Some(_)) => Badge::new("bad", t.health_paused()),
        _ => Badge::new("good", t.health_allowed()),
    };
    Ok(Providers {
        shell: visit.shell(t.providers_title()).lead(t.providers_lead()),
        t,
        sending,
        frozen: installation.frozen,
        paused: installation.paused,
        form: sent.unwrap_or_else(|| Form::empty(language, visit.mark(), ONLY_REASON)),
        rows: queue.destinations.iter().map(|one| row(language, one)).collect(),
        more: if queue.more { show::number(language, LOOKED_AT) } else { String::new() },
        pauses: pauses
            .iter()
            .enumerate()
            .map(|(at, pause)| pause_row(visit, at, pause, &open, group.as_ref()))
            .collect(),
    })
}

fn question(title: String, happens: Vec<String>, danger: bool) -> Question {
    Question { button: title.clone(), title, happens, danger, back: "/desk/providers".to_owned() }
}

/// POST: stops all sending. Whoever finds it stopped waits like the first (DESIGN §4).
pub(super) async fn pause(visit: Visit) -> Answer {
    let (language, form) = (visit.language, visit.form());
    if !form.is_good() {
        let page = page(&visit, Some(form), None).await?;
        return visit.again(&page);
    }
    if !answered(&visit) {
        let happens = vec![t::will_pause_all(language), t::will_keep_doors(language), t::will_wait(language)];
        return ask(&visit, question(t::pause_all(language), happens, true));
    }
    visit.web.store.pause_sending(&show::signer(&visit), form.text("reason"), visit.now()).await?;
    visit.web.store.drain_all().await;
    visit.to("/desk/providers", "paused")
}

/// POST: allows sending again.
pub(super) async fn resume(visit: Visit) -> Answer {
    let (language, form) = (visit.language, visit.form());
    if !form.is_good() {
        let page = page(&visit, Some(form), None).await?;
        return visit.again(&page);
    }
    if !answered(&visit) {
        let happens = vec![t::will_resume_all(language), t::will_try_as_long(language)];
        return ask(&visit, question(t::resume_all(language), happens, false));
    }
    visit.web.store.resume_sending(&show::signer(&visit), form.text("reason"), visit.now()).await?;
    visit.to("/desk/providers", "resumed")
}

/// POST: ends the pause of one provider group.
pub(super) async fn resume_group(visit: Visit) -> Answer {
    let form = visit.form();
    if !form.is_good() {
        let page = page(&visit, None, Some(form)).await?;
        return visit.again(&page);
    }
    let (by, group) = (show::signer(&visit), form.text("group").to_owned());
    visit.web.store.end_provider_pause(&group, &by, form.text("reason"), visit.now()).await?;
    visit.to("/desk/providers", "resumed")
}
