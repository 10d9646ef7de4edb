//! The account itself: its name, language and time zone, and the policy with its attestation (R7, R23).

use askama::Template;
use policy::invalid::Invalid;
use policy::role::Role;
use policy::score::SUSPENDING_COMPLAINTS;
use policy::sender::ShortName;
use policy::standing::POLICY_VERSION;
use policy::zone::Zone;
use store::StoreError;
use store::accounts::{Account, NewAccount};
use texts::{Language, account as t, entry};

use super::authors::Authors;
use crate::error::Fault;
use crate::ui::form::{Choice, Field, Form, Kind, must};
use crate::ui::navigation;
use crate::ui::shell::Shell;
use crate::ui::table::{Answer, Page, page};
use crate::ui::time;
use crate::ui::visit::Visit;

const SETTINGS: &[Field] = &[
    must("name", t::field_name, Kind::Line(40)).hint(t::field_name_hint),
    must("language", t::field_language, Kind::Choice(&[("de", entry::language_de), ("en", entry::language_en)]))
        .hint(t::field_language_hint),
    must("time_zone", t::field_zone, Kind::Pick).hint(t::field_zone_hint),
];
const POLICY: &[Field] = &[
    must("version", t::policy_title, Kind::Hidden(20)),
    must("policy", t::policy_tick, Kind::Tick),
    must("attestation", t::attestation_tick, Kind::Tick),
];

/// The pages of this area.
pub(super) fn pages() -> Vec<Page> {
    vec![
        page!(GET "/a/{account}/settings", Role(Reader), "settings", show),
        page!(POST "/a/{account}/settings", Role(Owner), "settings", save, form = SETTINGS),
        page!(POST "/a/{account}/settings/policy", Role(Owner), "settings", accept, form = POLICY),
    ]
}

/// The policy as the account stands to it.
struct Policy {
    /// In its present version.
    accepted: bool,
    /// Which version, when and by whom; empty before the first acceptance.
    last: String,
    rules: Vec<String>,
    /// For an owner who has it still to accept.
    form: Option<Form>,
}

#[derive(Template)]
#[template(path = "customers/settings.html")]
struct Settings {
    shell: Shell,
    t: t::Say,
    base: String,
    /// Question, answer, and where it is changed; the address may be empty.
    facts: Vec<(String, String, String)>,
    form: Option<Form>,
    policy: Policy,
}

/// The forms of the page; one of them may come back with its problems.
#[derive(Default)]
struct Given {
    settings: Option<Form>,
    policy: Option<Form>,
}

/// The time zones to choose from; the account's own is always among them.
fn zones(own: &str) -> Vec<Choice> {
    let mut names = Zone::names();
    if !own.is_empty() && !names.iter().any(|name| name == own) {
        names.insert(0, own.to_owned());
    }
    names.into_iter().map(|name| Choice::new(name.clone(), name)).collect()
}

fn filled(visit: &Visit, account: &Account) -> Form {
    Form::empty(visit.language, visit.mark(), SETTINGS)
        .with("name", &account.name)
        .with("language", account.language.code())
        .with("time_zone", &account.time_zone)
}

/// What the account accepts, in its present version: [`POLICY_VERSION`] is raised with every change of these
/// sentences.
fn rules(visit: &Visit) -> Vec<String> {
    let language = visit.language;
    let number = |n: i64| u64::try_from(n).unwrap_or(0);
    vec![
        t::policy_spam(language),
        t::policy_consent(language, number(visit.web.policy.signup.timeout_days)),
        t::policy_topic(language),
        t::policy_sender(language),
        t::policy_leave(language),
        t::policy_score(language, number(SUSPENDING_COMPLAINTS)),
        t::policy_measures(language),
    ]
}

async fn policy(visit: &Visit, account: &Account, given: Option<Form>) -> Result<Policy, Fault> {
    let (language, id) = (visit.language, account.id);
    let last = match visit.web.store.policy_acceptance(id).await? {
        Some(line) => {
            let who = Authors::of(visit, id).await?.actor(language, &line.actor);
            t::policy_last(language, &line.detail, &time::moment(language, &account.time_zone, line.at), &who)
        }
        None => String::new(),
    };
    let missing = !account.policy_accepted && visit.may(Role::Owner);
    let empty = || Form::empty(language, visit.mark(), POLICY).with("version", POLICY_VERSION);
    Ok(Policy {
        accepted: account.policy_accepted,
        last,
        rules: rules(visit),
        form: missing.then(|| given.unwrap_or_else(empty).at("p")),
    })
}

async fn view(visit: &Visit, given: Given) -> Result<Settings, Fault> {
    let (language, store) = (visit.language, &visit.web.store);
    let account = store.account(visit.account()?).await?;
    let zone = account.time_zone.clone();
    let moment = |at| time::moment(language, &zone, at);
    let sender = match account.sender {
        Some(own) => store.senders(account.id).await?.into_iter().find(|sender| sender.id == own),
        None => None,
    };
    let sender = sender.map_or_else(|| t::sender_none(language), |sender| sender.address.as_str().to_owned());
    let spoken = if account.language == Language::De { entry::language_de } else { entry::language_en };
    let owner = visit.may(Role::Owner);
    let mut facts = vec![
        (t::fact_number(language), account.id.to_string(), String::new()),
        (t::fact_created(language), moment(account.created_at), String::new()),
        (t::fact_sender(language), sender, navigation::to(visit, "senders")),
    ];
    if !owner {
        let own = [
            (t::field_name(language), account.name.clone(), String::new()),
            (t::field_language(language), spoken(language), String::new()),
            (t::field_zone(language), account.time_zone.clone(), String::new()),
        ];
        facts.splice(0..0, own);
    }
    let form = given.settings.unwrap_or_else(|| filled(visit, &account));
    Ok(Settings {
        shell: visit.shell(texts::ui::nav_settings(language)).lead(t::settings_lead(language)),
        t: t::Say(language),
        base: format!("/a/{}/settings", account.id),
        facts,
        form: owner.then(|| form.options("time_zone", zones(&account.time_zone))),
        policy: policy(visit, &account, given.policy).await?,
    })
}

/// GET: the settings.
async fn show(visit: Visit) -> Answer {
    let page = view(&visit, Given::default()).await?;
    visit.show(&page)
}

/// POST: name, language and time zone.
async fn save(visit: Visit) -> Answer {
    let (language, id, mut form) = (visit.language, visit.account()?, visit.form());
    let name = ShortName::parse(form.text("name"));
    if let (Err(problem), false) = (&name, form.text("name").is_empty()) {
        form.wrong("name", Invalid::ShortName(*problem).say(language));
    }
    let zone = Zone::parse(form.text("time_zone"));
    if let (Err(problem), false) = (&zone, form.text("time_zone").is_empty()) {
        form.wrong("time_zone", problem.say(language));
    }
    let speaks = form.text("language").parse::<Language>();
    let (Ok(name), Ok(zone), Ok(speaks), true) = (name, zone, speaks, form.is_good()) else {
        return visit.again(&view(&visit, Given { settings: Some(form), ..Given::default() }).await?);
    };
    let settings = NewAccount { name, language: speaks, time_zone: zone.name().to_owned() };
    match visit.web.store.set_account(id, settings, &visit.actor(), visit.now()).await {
        Ok(()) => visit.to(&format!("/a/{id}/settings"), "saved"),
        Err(StoreError::Invalid(problem)) => {
            form.refused(problem.say(language));
            visit.again(&view(&visit, Given { settings: Some(form), ..Given::default() }).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// Who accepts, for the record: the name, and the log-in that it is the name of.
fn signature(visit: &Visit) -> String {
    let name = visit.person.as_ref().map(|person| person.name.clone()).unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
    format!("{name} ({})", visit.actor())
}

/// POST: accepts the policy and the attestation in the version that was shown.
async fn accept(visit: Visit) -> Answer {
    let (language, id, mut form) = (visit.language, visit.account()?, visit.form());
    if visit.web.store.account(id).await?.policy_accepted {
        return visit.to(&format!("/a/{id}/settings"), "saved");
    }
    if !form.is_good() {
        return visit.again(&view(&visit, Given { policy: Some(form), ..Given::default() }).await?);
    }
    let version = form.int("version").ok_or(Fault::BadRequest)?;
    match visit.web.store.accept_policy(id, version, &signature(&visit), visit.now()).await {
        Ok(()) => visit.to(&format!("/a/{id}/settings"), "saved"),
        Err(StoreError::Invalid(problem)) => {
            // Another version by now: the present one stands on the page.
            form = form.with("version", POLICY_VERSION);
            form.refused(problem.say(language));
            visit.again(&view(&visit, Given { policy: Some(form), ..Given::default() }).await?)
        }
        Err(error) => Err(error.into()),
    }
}
