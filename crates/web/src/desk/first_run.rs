//! The first steps of an operator: the installation's names, its DNS as the world sees it now, and the
//! first account.

use askama::Template;
use mail_formats::address::EmailAddress;
use policy::role::Role;
use policy::sender::ShortName;
use policy::zone::{DEFAULT_ZONE, Zone};
use policy::{AccountId, UserId};
use store::StoreError;
use store::accounts::NewAccount;
use store::address_proofs::{ProofAsked, Proven};
use store::users::NewUser;
use texts::entry;

use super::dns;
use crate::error::Fault;
use crate::proofs;
use crate::session::SignedIn;
use crate::ui::form::{Field, Form, Kind, Sentence, may, must};
use crate::ui::html::Html;
use crate::ui::shell::Shell;
use crate::ui::table::{Answer, Page, page};
use crate::ui::visit::{Visit, see_other};

const LANGUAGES: &[(&str, Sentence)] = &[("de", entry::language_de), ("en", entry::language_en)];
const OWNERS: &[(&str, Sentence)] = &[("me", entry::first_owner_me), ("other", entry::first_owner_other)];
const ACCOUNT: &[Field] = &[
    must("name", entry::first_account_name, Kind::Line(40)).hint(entry::first_account_name_hint),
    must("language", entry::language, Kind::Choice(LANGUAGES)),
    must("time_zone", entry::first_time_zone, Kind::Line(64)),
    must("owner", entry::first_owner, Kind::Choice(OWNERS)),
    may("person", entry::first_person, Kind::Line(40)),
    may("address", entry::address, Kind::Address),
];

/// The pages of this area.
pub(super) fn pages() -> Vec<Page> {
    vec![
        page!(GET "/desk/first-run", Operator, "first-run", show),
        page!(POST "/desk/first-run", Operator, "first-run", open_account, form = ACCOUNT),
    ]
}

#[derive(Template)]
#[template(path = "desk/first_run.html")]
struct FirstRun {
    shell: Shell,
    t: entry::Say,
    /// Label and value.
    names: Vec<(String, String)>,
    no_addresses: bool,
    records: Html,
    accounts: bool,
    form: Form,
}

fn names(visit: &Visit) -> Vec<(String, String)> {
    let (house, dns, language) = (visit.web.gate.house(), &visit.web.dns, visit.language);
    let addresses: Vec<String> = dns.sending_addresses.iter().map(ToString::to_string).collect();
    [
        (entry::first_public_url(language), house.public_url.clone()),
        (entry::first_operator_name(language), house.operator_name.clone()),
        (entry::first_platform_domain(language), house.platform_domain.as_str().to_owned()),
        (entry::first_bounce_domain(language), house.bounce_domain.as_str().to_owned()),
        (entry::first_mail_host(language), dns.mail_host.as_str().to_owned()),
        (entry::first_abuse_address(language), house.abuse_address.as_str().to_owned()),
        (entry::first_sending_addresses(language), addresses.join(", ")),
    ]
    .into()
}

async fn view(visit: &Visit, form: Form) -> Result<FirstRun, Fault> {
    let language = visit.language;
    Ok(FirstRun {
        shell: visit.shell(entry::first_title(language)).lead(entry::first_lead(language)),
        t: entry::Say(language),
        names: names(visit),
        no_addresses: visit.web.dns.sending_addresses.is_empty(),
        records: dns::Zone::of(visit).await?.shown(language),
        accounts: !visit.web.store.accounts(None, 1).await?.is_empty(),
        form,
    })
}

/// GET `/desk/first-run`.
async fn show(visit: Visit) -> Answer {
    let form = Form::empty(visit.language, visit.mark(), ACCOUNT)
        .with("language", visit.language.code())
        .with("time_zone", DEFAULT_ZONE)
        .with("owner", "me");
    visit.show(&view(&visit, form).await?)
}

/// Who will own the account.
enum Owner {
    Me,
    Other(ShortName, EmailAddress),
}

/// Reads the form; what is wrong stands in it.
fn wish(visit: &Visit, form: &mut Form) -> Option<(NewAccount, Owner)> {
    let language = visit.language;
    let name = ShortName::parse(form.text("name"));
    if name.is_err() && !form.text("name").is_empty() {
        form.wrong("name", entry::bad_name(language));
    }
    let zone = Zone::parse(form.text("time_zone")).map(|zone| zone.name().to_owned());
    if zone.is_err() && !form.text("time_zone").is_empty() {
        form.wrong("time_zone", entry::first_bad_zone(language));
    }
    let owner = if form.text("owner") == "other" {
        let (person, address) = (ShortName::parse(form.text("person")), form.address("address"));
        if person.is_err() {
            form.wrong("person", entry::bad_name(language));
        }
        if address.is_none() {
            form.wrong("address", texts::ui::field_bad_email(language));
        }
        person.ok().zip(address).map(|(person, address)| Owner::Other(person, address))
    } else {
        Some(Owner::Me)
    };
    let speaks = form.text("language").parse().ok()?;
    let (name, time_zone, owner) = (name.ok()?, zone.ok()?, owner?);
    form.is_good().then_some((NewAccount { name, language: speaks, time_zone }, owner))
}

/// POST `/desk/first-run`: makes the account and its owner. An operator who owns it himself has both
/// roles from then on.
async fn open_account(visit: Visit) -> Answer {
    let mut form = visit.form();
    let Some((new, owner)) = wish(&visit, &mut form) else {
        return visit.again(&view(&visit, form).await?);
    };
    let person = visit.person.as_ref().ok_or(Fault::NotFound)?;
    let language = new.language;
    let account = visit.web.store.create_account(new, &visit.actor(), visit.now()).await?;
    let (user, address) = match owner {
        Owner::Me => own(&visit, account, person).await?,
        Owner::Other(name, address) => {
            let key = visit.web.seals.address_key_mail(&address.normalised());
            let new = NewUser { name, address: address.clone(), key, language, role: Role::Owner };
            (visit.web.store.add_user(account, new, &visit.actor(), visit.now()).await?, address)
        }
    };
    // The invitation; for the operator, who is in already, the proof that test mails arrive.
    let asked = proofs::ask(&visit.web, account, Proven::User(user), &address, language).await?;
    if asked != ProofAsked::Planned {
        tracing::warn!(
            account = account.get(),
            "the first owner's mail was not planned; the team's page can send it again"
        );
    }
    if person_owns(&visit, account).await? {
        return Ok(see_other(&crate::ui::navigation::start(account)));
    }
    visit.to("/desk/first-run", "added")
}

async fn own(visit: &Visit, account: AccountId, person: &SignedIn) -> Result<(UserId, EmailAddress), Fault> {
    let login = visit.web.store.login(person.login).await?;
    let address = login.address.clone();
    let key = visit.web.seals.address_key_mail(&address.normalised());
    Ok((visit.web.store.own_account(account, login, key, visit.now()).await?, address))
}

async fn person_owns(visit: &Visit, account: AccountId) -> Result<bool, StoreError> {
    let users = visit.web.store.users(account).await?;
    let me = visit.person.as_ref().map(|person| person.login);
    Ok(users.iter().any(|user| user.login.is_some() && user.login == me))
}
