//! Sending domains: the list, registering one, and the page that leads through its records (R62, D7).
//!
//! While records are awaited, the page of a domain looks again every ten seconds where scripts run, and
//! changes only what changed; without scripts the time of the next look stands there, and a button.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use askama::Template;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use outside::records::{Looked, from_json};
use policy::dns_records::{Advice, DomainState, Need, State, Wanted, zone_file};
use policy::invalid::Invalid;
use policy::role::Role;
use policy::{DomainId, Timestamp};
use store::StoreError;
use store::domains::SendingDomain;
use texts::{Language, setup as say, setup, ui};

use super::{Badge, at, refuse, ruled, zone};
use crate::error::Fault;
use crate::setting_up::domains as work;
use crate::setting_up::pace::BETWEEN;
use crate::ui::form::{Field, Form, Kind, must};
use crate::ui::html::Html;
use crate::ui::records;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::time;
use crate::ui::visit::{Visit, see_other};

/// How long others may keep a record that the zone file names, in seconds.
const TTL_SECONDS: u32 = 3600;

pub(super) const NEW: &[Field] = &[must("name", say::domain_name, Kind::Host).hint(say::domain_name_hint)];
/// What the page that looks by itself shows already.
pub(super) const CHECK: &[Field] = &[crate::ui::form::may("seen", say::records_title, Kind::Hidden(32))];

/// How a domain looks in one word.
pub(crate) fn badge(language: Language, state: DomainState) -> Badge {
    match state {
        DomainState::NotStarted => ("open", say::domain_not_started(language)),
        DomainState::Pending => ("wait", say::domain_pending(language)),
        DomainState::Partial => ("wait", say::domain_partial(language)),
        DomainState::Verified => ("good", say::domain_verified(language)),
        DomainState::VerifiedUnanswered => ("good", say::domain_unanswered(language)),
        DomainState::Failing(_) => ("bad", say::domain_failing(language)),
        DomainState::Failed => ("bad", say::domain_failed(language)),
    }
}

/// A domain with its records, as wanted today and as found by the last look.
struct Place {
    domain: SendingDomain,
    wanted: Vec<Wanted>,
    looked: Vec<Looked>,
}

impl Place {
    /// The domain of the path; what is none of this account's does not exist.
    async fn of(visit: &Visit) -> Result<Self, Fault> {
        let (account, id) = (visit.account()?, DomainId::from_raw(visit.id("domain")?));
        Self::with(visit, visit.web.store.domain(account, id).await?).await
    }

    async fn with(visit: &Visit, domain: SendingDomain) -> Result<Self, Fault> {
        let wanted = work::records(&visit.web, visit.account()?, &domain).await?;
        let looked = from_json(&domain.found);
        Ok(Self { domain, wanted, looked })
    }

    fn states(&self) -> Vec<(Need, State)> {
        let state = |wanted: &Wanted| {
            let looked = self.looked.iter().find(|looked| looked.is_about(wanted));
            looked.map(|looked| (wanted.need, looked.state))
        };
        self.wanted.iter().filter_map(state).collect()
    }

    /// The records as they should be published: where one of that kind stands already, joined with it.
    fn to_publish(&self) -> Vec<Wanted> {
        let record = |wanted: &Wanted| {
            let looked = self.looked.iter().find(|looked| looked.is_about(wanted));
            match looked.and_then(|looked| looked.advice.as_ref()).and_then(Advice::instead) {
                Some(joined) => Wanted { value: joined.to_owned(), resolved: joined.to_owned(), ..wanted.clone() },
                None => wanted.clone(),
            }
        };
        self.wanted.iter().map(record).collect()
    }

    /// Until when the DNS server goes on giving an answer that is not right, where a look may come before.
    fn kept_until(&self) -> Option<Timestamp> {
        let open = |looked: &&Looked| matches!(looked.state, State::Missing | State::Wrong | State::Weak);
        let longest = self.looked.iter().filter(open).filter_map(|looked| looked.kept).max()?;
        self.domain.checked_at.filter(|_| longest > BETWEEN).map(|checked| checked + longest)
    }

    fn state(&self, visit: &Visit) -> DomainState {
        self.domain.times().state(&self.states(), visit.now())
    }

    /// A word for everything that the page shows of the records.
    fn fingerprint(&self, state: DomainState) -> String {
        let mut hasher = DefaultHasher::new();
        badge(Language::En, state).hash(&mut hasher);
        for wanted in &self.wanted {
            (&wanted.name, &wanted.value).hash(&mut hasher);
        }
        // How long an answer is kept counts down with each look, and stands elsewhere.
        for looked in &self.looked {
            let advice = looked.advice.as_ref().map(ToString::to_string);
            (&looked.found, looked.state.as_str(), advice).hash(&mut hasher);
        }
        format!("{:016x}", hasher.finish())
    }
}

/// One line of the list.
struct Line {
    href: String,
    name: String,
    state: Badge,
    looked: String,
}

#[derive(Template)]
#[template(path = "customers/setup/domains.html")]
struct List {
    shell: Shell,
    t: setup::Say,
    lines: Vec<Line>,
    /// Where one is added; empty for whom may not.
    new: String,
}

/// GET: the sending domains.
pub(super) async fn list(visit: Visit) -> Answer {
    let (language, zone) = (visit.language, zone(&visit).await?);
    let mut lines = Vec::new();
    for domain in visit.web.store.domains(visit.account()?).await? {
        let href = at(&visit, &format!("domains/{}", domain.id))?;
        let looked = domain.checked_at.map(|at| time::moment(language, &zone, at));
        let place = Place::with(&visit, domain).await?;
        lines.push(Line {
            href,
            state: badge(language, place.state(&visit)),
            looked: looked.unwrap_or_else(|| ui::never(language)),
            name: place.domain.name,
        });
    }
    visit.show(&List {
        shell: visit.shell(ui::nav_domains(language)).lead(say::domains_lead(language)),
        t: setup::Say(language),
        lines,
        new: if visit.may(Role::Owner) { at(&visit, "domains/new")? } else { String::new() },
    })
}

#[derive(Template)]
#[template(path = "customers/setup/new.html")]
struct New {
    shell: Shell,
    form: Form,
    action: String,
    button: String,
    /// What else one can do, and where; empty for nothing.
    other: (String, String),
}

fn new_page(visit: &Visit, form: Form) -> Result<New, Fault> {
    let language = visit.language;
    let shell = visit.shell(say::domain_new_title(language)).lead(say::domain_new_lead(language));
    Ok(New {
        shell: shell.crumb(at(visit, "domains")?, ui::nav_domains(language)),
        form,
        action: at(visit, "domains/new")?,
        button: say::domain_add_button(language),
        other: (at(visit, "senders/new#platform")?, say::domain_rather_platform(language)),
    })
}

/// GET: asks for the name. `?name=` fills it in.
pub(super) async fn begin(visit: Visit) -> Answer {
    let form = Form::empty(visit.language, visit.mark(), NEW).with("name", visit.query("name"));
    visit.show(&new_page(&visit, form)?)
}

/// POST: registers the domain and leads to its records.
pub(super) async fn add(visit: Visit) -> Answer {
    let mut form = visit.form();
    let (true, Some(name)) = (form.is_good(), form.host("name")) else {
        return visit.again(&new_page(&visit, form)?);
    };
    match ruled(work::add(&visit.web, visit.account()?, &name, &visit.actor()).await)? {
        Ok(id) => Ok(see_other(&at(&visit, &format!("domains/{id}"))?)),
        Err(problem) => {
            refuse(&visit, &mut form, &problem);
            visit.again(&new_page(&visit, form)?)
        }
    }
}

/// How the page looks again by itself.
struct Watch {
    check: String,
    /// The values that go with it, as JSON.
    values: String,
    seconds: u64,
}

#[derive(Template)]
#[template(path = "customers/setup/domain.html")]
struct Page {
    shell: Shell,
    t: setup::Say,
    state: Badge,
    /// What the state means and what to do.
    text: String,
    looked: String,
    again: String,
    /// Until when a correction may stay unseen; empty where that is no question.
    kept: String,
    /// Where one has it looked at; empty for whom may not.
    check: String,
    watch: Option<Watch>,
    records: Html,
    /// The same for whoever keeps the zone as a file.
    zone_file: String,
    /// Address and name of the senders at this domain.
    senders: Vec<(String, String)>,
    /// Where a sender is added; empty while that would lead nowhere.
    add_sender: String,
    /// Where the domain is removed; empty for whom may not, and while senders use it.
    remove: String,
    question: String,
    /// Why something could not be done; empty for nothing.
    refused: String,
}

fn text(visit: &Visit, zone: &str, place: &Place, state: DomainState) -> String {
    let (language, states) = (visit.language, place.states());
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let musts = || states.iter().filter(|(need, _)| *need == Need::Must);
    let right = musts().filter(|(_, state)| matches!(state, State::Good | State::Weak)).count();
    let silent = musts().any(|(_, state)| *state == State::Unknown);
    match state {
        DomainState::NotStarted => say::domain_not_started_text(language),
        DomainState::Pending if silent => say::domain_silent_text(language),
        DomainState::Pending => say::domain_pending_text(language),
        DomainState::Partial => say::domain_partial_text(language, count(right), count(musts().count())),
        DomainState::Verified => say::domain_verified_text(language),
        DomainState::VerifiedUnanswered => say::domain_unanswered_text(language),
        DomainState::Failing(until) => say::domain_failing_text(language, &time::moment(language, zone, until)),
        DomainState::Failed => say::domain_failed_text(language),
    }
}

/// Records that are right, or were never right for days, change seldom; the others may any moment.
const fn is_awaited(state: DomainState) -> bool {
    !matches!(state, DomainState::Verified | DomainState::Failed)
}

async fn page(visit: &Visit, place: &Place) -> Result<Page, Fault> {
    let (language, zone, domain) = (visit.language, zone(visit).await?, &place.domain);
    let (state, path) = (place.state(visit), at(visit, &format!("domains/{}", domain.id))?);
    let may_check = visit.may(Role::Editor);
    let next = domain.times().next_look(visit.now());
    let senders = visit.web.store.senders(visit.account()?).await?;
    let own = senders.iter().filter(|sender| sender.domain == Some(domain.id));
    let own: Vec<_> = own.map(|sender| (format!("senders/{}", sender.id), sender.address.to_string())).collect();
    let values = serde_json::json!({ "csrf": visit.mark(), "seen": place.fingerprint(state) });
    Ok(Page {
        shell: visit.shell(domain.name.clone()).crumb(at(visit, "domains")?, ui::nav_domains(language)),
        t: setup::Say(language),
        state: badge(language, state),
        text: text(visit, &zone, place, state),
        looked: match domain.checked_at {
            Some(checked) => say::looked_at(language, &time::moment(language, &zone, checked)),
            None => say::looked_never(language),
        },
        again: if next > visit.now() {
            say::looks_again(language, &time::moment(language, &zone, next))
        } else {
            say::looks_soon(language)
        },
        kept: match place.kept_until().filter(|until| *until > visit.now()) {
            Some(until) => say::kept_until(language, &time::moment(language, &zone, until)),
            None => String::new(),
        },
        check: if may_check { format!("{path}/check") } else { String::new() },
        watch: (may_check && is_awaited(state)).then(|| Watch {
            check: format!("{path}/check"),
            values: values.to_string(),
            seconds: BETWEEN.as_secs(),
        }),
        records: records::of_domain(language, &domain.name, &place.wanted, &place.looked),
        zone_file: zone_file(&place.to_publish(), TTL_SECONDS),
        remove: if visit.may(Role::Owner) && own.is_empty() { format!("{path}/remove") } else { String::new() },
        senders: own.into_iter().map(|(path, name)| Ok((at(visit, &path)?, name))).collect::<Result<_, Fault>>()?,
        add_sender: if visit.may(Role::Owner) { at(visit, "senders/new")? } else { String::new() },
        question: say::domain_remove_question(language, &domain.name),
        refused: String::new(),
    })
}

/// GET: the domain with its records.
pub(super) async fn show(visit: Visit) -> Answer {
    let place = Place::of(&visit).await?;
    visit.show(&page(&visit, &place).await?)
}

/// What a page that looks by itself gets: its changed parts, or only the time where nothing changed.
async fn watched(visit: &Visit, place: &Place) -> Answer {
    let mut response: Response = visit.show(&page(visit, place).await?)?;
    if visit.form().text("seen") == place.fingerprint(place.state(visit)) {
        response.headers_mut().insert(HeaderName::from_static("hx-reswap"), HeaderValue::from_static("none"));
    }
    Ok(response)
}

/// POST: looks the records up now. Who asks too often gets what the last look found.
pub(super) async fn check(visit: Visit) -> Answer {
    let (account, id) = (visit.account()?, DomainId::from_raw(visit.id("domain")?));
    match work::check(&visit.web, account, id).await {
        Ok(_) | Err(StoreError::Invalid(Invalid::LookedJustNow)) => {}
        Err(error) => return Err(error.into()),
    }
    if visit.headers.contains_key("hx-request") {
        return watched(&visit, &Place::of(&visit).await?).await;
    }
    visit.to(&at(&visit, &format!("domains/{id}"))?, "checked")
}

/// POST: removes the domain with its keys.
pub(super) async fn remove(visit: Visit) -> Answer {
    let place = Place::of(&visit).await?;
    let (account, id) = (visit.account()?, place.domain.id);
    match ruled(visit.web.store.remove_domain(account, id, &visit.actor(), visit.now()).await)? {
        Ok(()) => visit.to(&at(&visit, "domains")?, "removed"),
        Err(problem) => {
            let refused = problem.say(visit.language);
            visit.again(&Page { refused, ..page(&visit, &place).await? })
        }
    }
}
