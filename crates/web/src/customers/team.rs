//! The people of an account: who they are, what they may do, and invitations.

use askama::Template;
use policy::UserId;
use policy::role::Role;
use policy::zone::DEFAULT_ZONE;
use store::StoreError;
use store::address_proofs::{PROOF_VALID, ProofAsked, Proven};
use store::users::{NewUser, User};
use texts::{Language, entry};

use crate::error::Fault;
use crate::proofs;
use crate::ui::form::{Field, Form, Kind, Sentence, must};
use crate::ui::shell::{self, Shell};
use crate::ui::table::{Answer, Page, page};
use crate::ui::time;
use crate::ui::visit::Visit;

/// The pages of this area.
pub(super) fn pages() -> Vec<Page> {
    vec![
        page!(GET "/a/{account}/team", Role(Reader), "team", show),
        page!(POST "/a/{account}/team", Role(Owner), "team", invite, form = INVITE),
        page!(POST "/a/{account}/team/{user}/role", Role(Owner), "team", set_role, form = SET_ROLE),
        page!(POST "/a/{account}/team/{user}/resend", Role(Owner), "team", resend),
        page!(POST "/a/{account}/team/{user}/remove", Role(Owner), "team", remove),
    ]
}

const ROLES: &[(&str, Sentence)] =
    &[("reader", entry::role_reader_text), ("editor", entry::role_editor_text), ("owner", entry::role_owner_text)];
const ROLE: Field = must("role", entry::team_role, Kind::Choice(ROLES));
const INVITE: &[Field] = &[
    must("name", entry::team_name, Kind::Line(40)),
    must("address", entry::address, Kind::Address),
    ROLE,
    must("language", entry::language, Kind::Choice(&[("de", entry::language_de), ("en", entry::language_en)])),
];
const SET_ROLE: &[Field] = &[ROLE];

/// One line of the list.
struct Person {
    /// Its address, and that of its removal.
    href: String,
    remove: String,
    name: String,
    address: String,
    role: String,
    role_word: &'static str,
    /// How the state looks, and its words.
    state: (&'static str, String),
    /// For how long an invitation works; empty for none.
    until: String,
    /// The visitor's own line.
    own: bool,
    /// Another invitation would help.
    may_resend: bool,
}

#[derive(Template)]
#[template(path = "customers/team.html")]
struct Team {
    shell: Shell,
    t: entry::Say,
    base: String,
    /// The visitor may change things here.
    owner: bool,
    people: Vec<Person>,
    roles: Vec<(&'static str, String)>,
    form: Form,
}

/// How the state looks, its words, and for how long an invitation works.
fn state(visit: &Visit, user: &User, zone: &str) -> (&'static str, String, String) {
    let language = visit.language;
    let plain = |kind, word| (kind, word, String::new());
    match (user.login, user.proof_sent_at) {
        (Some(_), _) => plain("good", entry::team_in(language)),
        (None, Some(sent)) if visit.now().since(sent) < PROOF_VALID => {
            let until = time::moment(language, zone, sent + PROOF_VALID);
            ("wait", entry::team_invited(language), entry::team_invited_until(language, &until))
        }
        (None, _) if user.proven_at.is_some() => plain("info", entry::team_mail_only(language)),
        (None, _) => plain("bad", entry::team_late(language)),
    }
}

async fn view(visit: &Visit, form: Form) -> Result<Team, Fault> {
    let (account, language) = (visit.account()?, visit.language);
    let zone = visit.web.store.account(account).await?.time_zone;
    let zone = if zone.is_empty() { DEFAULT_ZONE.to_owned() } else { zone };
    let me = visit.person.as_ref().map(|person| person.login);
    let person = |user: &User| {
        let (kind, word, until) = state(visit, user, &zone);
        Person {
            href: format!("/a/{account}/team/{}", user.id),
            remove: format!("/a/{account}/team/{}/remove", user.id),
            name: user.name.clone(),
            address: user.address.as_str().to_owned(),
            role: shell::role(language, user.role),
            role_word: user.role.word(),
            state: (kind, word),
            until,
            own: user.login.is_some() && user.login == me,
            may_resend: user.login.is_none(),
        }
    };
    Ok(Team {
        shell: visit.shell(entry::team_title(language)).lead(entry::team_lead(language)),
        t: entry::Say(language),
        base: format!("/a/{account}/team"),
        owner: visit.may(Role::Owner),
        people: visit.web.store.users(account).await?.iter().map(person).collect(),
        roles: Role::ALL.iter().map(|role| (role.word(), shell::role(language, *role))).collect(),
        form,
    })
}

fn empty(visit: &Visit) -> Form {
    Form::empty(visit.language, visit.mark(), INVITE).with("role", "editor").with("language", visit.language.code())
}

/// GET `/a/{account}/team`.
async fn show(visit: Visit) -> Answer {
    let page = view(&visit, empty(&visit)).await?;
    visit.show(&page)
}

/// POST `/a/{account}/team`: invites.
async fn invite(visit: Visit) -> Answer {
    let (account, language, mut form) = (visit.account()?, visit.language, visit.form());
    let name = policy::sender::ShortName::parse(form.text("name"));
    if name.is_err() && !form.text("name").is_empty() {
        form.wrong("name", entry::bad_name(language));
    }
    let (role, speaks) = (form.text("role").parse::<Role>(), form.text("language").parse::<Language>());
    let (Ok(name), Some(address), Ok(role), Ok(speaks), true) =
        (name, form.address("address"), role, speaks, form.is_good())
    else {
        return visit.again(&view(&visit, form).await?);
    };
    let key = visit.web.seals.address_key_mail(&address.normalised());
    let new = NewUser { name, address: address.clone(), key, language: speaks, role };
    let id = match visit.web.store.add_user(account, new, &visit.actor(), visit.now()).await {
        Ok(id) => id,
        Err(StoreError::Invalid(problem)) => {
            match problem.field() {
                Some("address") => form.wrong("address", problem.say(language)),
                _ => form.refused(problem.say(language)),
            }
            return visit.again(&view(&visit, form).await?);
        }
        Err(error) => return Err(error.into()),
    };
    let asked = proofs::ask(&visit.web, account, Proven::User(id), &address, speaks).await?;
    sent(&visit, asked).await
}

/// What became of the mail.
async fn sent(visit: &Visit, asked: ProofAsked) -> Answer {
    let problem = match asked {
        ProofAsked::Planned => return visit.to(&format!("/a/{}/team", visit.account()?), "sent"),
        ProofAsked::Limited(_) => entry::team_limited(visit.language),
        ProofAsked::Excluded => entry::team_excluded(visit.language),
    };
    let mut form = empty(visit);
    form.refused(problem);
    visit.again(&view(visit, form).await?)
}

/// The user of the path; what is none of this account's does not exist.
async fn user(visit: &Visit) -> Result<User, Fault> {
    let id = UserId::from_raw(visit.id("user")?);
    match visit.web.store.user(visit.account()?, id).await {
        Ok(user) => Ok(user),
        Err(StoreError::NotFound(_)) => Err(Fault::NotFound),
        Err(error) => Err(error.into()),
    }
}

/// POST `/a/{account}/team/{user}/resend`.
async fn resend(visit: Visit) -> Answer {
    let user = user(&visit).await?;
    let asked = proofs::ask(&visit.web, visit.account()?, Proven::User(user.id), &user.address, user.language).await?;
    sent(&visit, asked).await
}

/// A rule's refusal is told on the page; every other error is a fault.
async fn done(visit: &Visit, result: Result<(), StoreError>, said: &'static str) -> Answer {
    match result {
        Ok(()) => visit.to(&format!("/a/{}/team", visit.account()?), said),
        Err(StoreError::Invalid(problem)) => {
            let mut form = empty(visit);
            form.refused(problem.say(visit.language));
            visit.again(&view(visit, form).await?)
        }
        Err(StoreError::NotFound(_)) => Err(Fault::NotFound),
        Err(error) => Err(error.into()),
    }
}

/// POST `/a/{account}/team/{user}/role`.
async fn set_role(visit: Visit) -> Answer {
    let (user, form) = (user(&visit).await?, visit.form());
    let role = form.text("role").parse::<Role>().map_err(|_| Fault::BadRequest)?;
    let set = visit.web.store.set_role(visit.account()?, user.id, role, &visit.actor(), visit.now()).await;
    done(&visit, set, "saved").await
}

/// POST `/a/{account}/team/{user}/remove`.
async fn remove(visit: Visit) -> Answer {
    let user = user(&visit).await?;
    let removed = visit.web.store.remove_user(visit.account()?, user.id, &visit.actor(), visit.now()).await;
    done(&visit, removed, "removed").await
}
