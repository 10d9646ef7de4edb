//! The accounts, and making one with its first owner.

use askama::Template;
use policy::AccountId;
use policy::role::Role;
use policy::sender::ShortName;
use policy::zone::{DEFAULT_ZONE, Zone};
use store::accounts::{Account, NewAccount};
use store::address_proofs::Proven;
use store::trends::Trend;
use store::users::NewUser;
use texts::{Language, desk, desk as t};

use super::overview::trend;
use super::show::{self, Badge, Link, Scored};
use crate::proofs;
use crate::ui::form::{Field, Form, Kind, may, must};
use crate::ui::html::Html;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::{PAGE, Visit};

/// A new account, and who owns it.
pub(super) const NEW: &[Field] = &[
    must("name", t::field_account_name, Kind::Line(40)).hint(t::field_account_name_hint),
    must("language", t::field_language, Kind::Choice(&[("de", t::language_de), ("en", t::language_en)])),
    may("time_zone", t::field_zone, Kind::Line(64)).hint(t::field_zone_hint),
    must("owner", t::field_owner, Kind::Line(40)),
    must("address", t::field_owner_address, Kind::Address).hint(t::field_owner_hint),
];

/// One line of the list.
struct Row {
    account: Link,
    standing: Badge,
    score: Scored,
    trend: String,
    since: Html,
}

#[derive(Template)]
#[template(path = "desk/accounts.html")]
struct Accounts {
    shell: Shell,
    t: desk::Say,
    rows: Vec<Row>,
    first: &'static str,
    next: String,
}

#[derive(Template)]
#[template(path = "desk/account_new.html")]
struct New {
    shell: Shell,
    t: desk::Say,
    form: Form,
}

/// GET: the accounts by number.
pub(super) async fn show(visit: Visit) -> Answer {
    let (language, store) = (visit.language, visit.web.store.clone());
    let t = desk::Say(language);
    let after = visit.after();
    let mut accounts = store.accounts((after > 0).then(|| AccountId::from_raw(after)), PAGE + 1).await?;
    let more = i64::try_from(accounts.len()).unwrap_or(0) > PAGE;
    accounts.truncate(usize::try_from(PAGE).unwrap_or(50));
    let trends = match (accounts.first(), accounts.last()) {
        (Some(first), Some(last)) => store.trends(first.id, last.id, visit.now()).await?,
        _ => Vec::new(),
    };
    let next = accounts.last().filter(|_| more).map(|last| format!("/desk/accounts?after={}", last.id));
    visit.show(&Accounts {
        shell: visit.shell(t.accounts_title()).lead(t.accounts_lead()),
        t,
        rows: accounts.iter().map(|account| row(language, account, &trends)).collect(),
        first: if after > 0 { "/desk/accounts" } else { "" },
        next: next.unwrap_or_default(),
    })
}

fn row(language: Language, account: &Account, trends: &[Trend]) -> Row {
    let nothing = Trend { account: account.id, recent: Default::default(), before: Default::default() };
    let one = trends.iter().find(|one| one.account == account.id).unwrap_or(&nothing);
    Row {
        account: show::account(account.id, &account.name),
        standing: show::standing(language, account.standing),
        score: show::score(language, one.recent),
        trend: trend(language, one),
        since: show::at(language, account.created_at),
    }
}

fn page(visit: &Visit, form: Form) -> New {
    let t = desk::Say(visit.language);
    New { shell: visit.shell(t.account_new_title()).crumb("/desk/accounts", t.accounts_title()), t, form }
}

/// GET: the form of a new account.
pub(super) async fn new(visit: Visit) -> Answer {
    let form =
        Form::empty(visit.language, visit.mark(), NEW).with("language", visit.language).with("time_zone", DEFAULT_ZONE);
    visit.show(&page(&visit, form))
}

/// POST: makes the account and invites its owner.
pub(super) async fn add(visit: Visit) -> Answer {
    let (language, mut form) = (visit.language, visit.form());
    let name = ShortName::parse(form.text("name"));
    let owner = ShortName::parse(form.text("owner"));
    let zone = Zone::parse(form.text_opt("time_zone").unwrap_or(DEFAULT_ZONE));
    if form.is_good() {
        for (field, bad) in [("name", name.is_err()), ("owner", owner.is_err())] {
            if bad {
                form.wrong(field, t::bad_name(language));
            }
        }
        if zone.is_err() {
            form.wrong("time_zone", t::bad_zone(language));
        }
    }
    let (Ok(name), Ok(owner), Ok(zone), Some(address), true) =
        (name, owner, zone, form.address("address"), form.is_good())
    else {
        return visit.again(&page(&visit, form));
    };
    let spoken: Language = form.text("language").parse().unwrap_or(language);
    let store = &visit.web.store;
    let new = NewAccount { name, language: spoken, time_zone: zone.name().to_owned() };
    let account = store.create_account(new, &visit.actor(), visit.now()).await?;
    let key = visit.web.seals.address_key_mail(&address.normalised());
    let user = NewUser { name: owner, address: address.clone(), key, language: spoken, role: Role::Owner };
    let user = store.add_user(account, user, &visit.actor(), visit.now()).await?;
    proofs::ask(&visit.web, account, Proven::User(user), &address, spoken).await?;
    visit.to(&format!("/desk/accounts/{account}"), "added")
}
