//! Pages behind links that work once: an invitation, a new password, the operator's first log-in.
//! A GET shows; only the button uses the link up.

use askama::Template;
use axum::http::StatusCode;
use mail_formats::address::EmailAddress;
use policy::UserId;
use policy::password::{MAX_CHARS, NewPassword};
use policy::sender::ShortName;
use policy::tries::TrySubject;
use seals::LinkPurpose;
use store::entries::{EntryKind, EntryLink};
use store::invitations::{Invitation, Joined};
use store::logins::NewLogin;
use texts::entry;

use super::{login, passwords};
use crate::error::Fault;
use crate::pages::encoded;
use crate::ui::form::{Field, Form, Kind, must};
use crate::ui::shell::{self, Shell};
use crate::ui::table::{Answer, named};
use crate::ui::visit::{Visit, see_other, shown};

const NAME: Field = must("name", entry::name, Kind::Line(40)).autocomplete("name");
pub(super) const NEW_PASSWORD: Field = must("new_password", entry::new_password, Kind::Secret(MAX_CHARS))
    .hint(entry::password_hint)
    .autocomplete("new-password");
pub(super) const ACCEPT: &[Field] = &[NAME, NEW_PASSWORD];
pub(super) const RESET: &[Field] = &[NEW_PASSWORD];
pub(super) const START: &[Field] =
    &[NAME, must("address", entry::address, Kind::Address).autocomplete("username"), NEW_PASSWORD];
pub(super) const FORGOT: &[Field] = &[must("address", entry::address, Kind::Address).autocomplete("username")];

/// A page with sentences, perhaps a form, and where else to go.
#[derive(Template)]
#[template(path = "entry/link.html")]
struct LinkPage {
    shell: Shell,
    paragraphs: Vec<String>,
    form: Option<Form>,
    button: String,
    /// The address that the password will belong to, for password managers.
    username: String,
    /// A second, quiet form: action, what stands above it, its button.
    other: Option<(String, String, String)>,
    /// Address and label.
    links: Vec<(String, String)>,
}

impl LinkPage {
    fn says(visit: &Visit, title: String, paragraphs: Vec<String>) -> Self {
        let (form, username, button, other) = (None, String::new(), String::new(), None);
        Self { shell: visit.shell(title), paragraphs, form, button, username, other, links: Vec::new() }
    }

    fn form(self, form: Form, button: String) -> Self {
        Self { form: Some(form), button, ..self }
    }

    fn link(mut self, href: impl Into<String>, label: String) -> Self {
        self.links.push((href.into(), label));
        self
    }
}

/// The link is used up, too old, or was taken back.
fn gone(visit: &Visit) -> Answer {
    let language = visit.language;
    let page = LinkPage::says(visit, entry::link_gone_title(language), vec![entry::link_gone_text(language)])
        .link("/login", entry::to_login(language));
    Ok(shown(StatusCode::GONE, &page))
}

/// Checks a new password; a problem stands beside its field.
pub(super) fn new_password(visit: &Visit, form: &mut Form, address: &str) -> Option<NewPassword> {
    match NewPassword::parse(form.text("new_password"), address) {
        Ok(password) => Some(password),
        Err(problem) => {
            form.wrong("new_password", passwords::sentence(visit.language, problem));
            None
        }
    }
}

/// Checks a person's name; a problem stands beside its field.
pub(super) fn short_name(visit: &Visit, form: &mut Form) -> Option<ShortName> {
    let name = ShortName::parse(form.text("name"));
    if name.is_err() {
        form.wrong("name", entry::bad_name(visit.language));
    }
    name.ok()
}

/// The user whom an invitation's token names.
fn invited(visit: &Visit) -> Result<UserId, Fault> {
    match visit.web.seals.read_link_token(visit.text("token")) {
        Some((bits, LinkPurpose::ProveAddress)) => {
            UserId::from_bits(bits).filter(|id| id.account().get() > 0).ok_or(Fault::UnknownLink)
        }
        _ => Err(Fault::UnknownLink),
    }
}

async fn open_invitation(visit: &Visit, id: UserId) -> Result<Option<Invitation>, Fault> {
    let keys = |address: &EmailAddress| visit.web.seals.address_keys_mail(&address.normalised());
    Ok(visit.web.store.invitation(id, keys, visit.now()).await?)
}

/// GET `/i/{token}`.
pub(super) async fn invitation(visit: Visit) -> Answer {
    let id = invited(&visit)?;
    let Some(found) = open_invitation(&visit, id).await? else {
        // Whoever signs in already may have been asked to prove the address anew.
        let proof = visit.web.store.proof_page(id.get(), visit.now()).await?;
        return match proof.filter(|page| page.open) {
            Some(_) => Ok(see_other(&format!("/e/{}", visit.text("token")))),
            None => gone(&visit),
        };
    };
    if found.login.is_some() {
        return to_join(&visit, &found);
    }
    let form = Form::empty(visit.language, visit.mark(), ACCEPT).with("name", &found.name);
    visit.show(&accept_page(&visit, &found, form))
}

fn invitation_words(visit: &Visit, found: &Invitation) -> (String, String) {
    let language = visit.language;
    let role = shell::role(language, found.role);
    let title = entry::invitation_title(language, &found.account_name);
    (title, entry::invitation_text(language, &found.account_name, found.address.as_str(), &role))
}

fn accept_page(visit: &Visit, found: &Invitation, form: Form) -> LinkPage {
    let language = visit.language;
    let (title, text) = invitation_words(visit, found);
    let page = LinkPage::says(visit, title, vec![text]).form(form, entry::invitation_button(language));
    let prove = (
        format!("/e/{}", visit.text("token")),
        entry::invitation_only_mail(language),
        entry::invitation_only_mail_button(language),
    );
    LinkPage { username: found.address.as_str().to_owned(), other: Some(prove), ..page }
}

/// The address has a log-in: its person joins, signed in, by one button.
fn to_join(visit: &Visit, found: &Invitation) -> Answer {
    let language = visit.language;
    let (title, text) = invitation_words(visit, found);
    let here = format!("/i/{}", visit.text("token"));
    let page = match &visit.person {
        Some(person) if Some(person.login) == found.login => {
            let form = Form::empty(language, visit.mark(), &[]);
            LinkPage::says(visit, title, vec![text]).form(form, entry::invitation_join(language))
        }
        Some(person) => {
            let other = entry::invitation_other_person(language, &person.name, found.address.as_str());
            LinkPage::says(visit, title, vec![text, other])
        }
        None => LinkPage::says(visit, title, vec![text, entry::invitation_sign_in(language)])
            .link(format!("/login?to={}", encoded(&here)), entry::to_login(language)),
    };
    visit.show(&page)
}

/// POST `/i/{token}`: makes the log-in, or joins with the one that is there.
pub(super) async fn accept(visit: Visit) -> Answer {
    let id = invited(&visit)?;
    let Some(found) = open_invitation(&visit, id).await? else { return gone(&visit) };
    let keys = visit.web.seals.address_keys_mail(&found.address.normalised());
    if let Some(login) = found.login {
        let Some(person) = visit.person.as_ref().filter(|person| person.login == login) else {
            return to_join(&visit, &found);
        };
        return match visit.web.store.join(id, person.login, keys, visit.now()).await? {
            Joined::Joined(_) => Ok(see_other(&crate::ui::navigation::start(found.account))),
            Joined::SignInFirst | Joined::Gone => gone(&visit),
        };
    }
    let mut form = visit.form();
    let (name, password) = (short_name(&visit, &mut form), new_password(&visit, &mut form, found.address.as_str()));
    let (Some(name), Some(password), true) = (name, password, form.is_good()) else {
        return visit.again(&accept_page(&visit, &found, form));
    };
    let hash = passwords::hashed(&visit.web, password).await?;
    match visit.web.store.accept_invitation(id, name, visit.language, keys, hash, visit.now()).await? {
        Joined::Joined(login) => login::come_in(&visit, login, &crate::ui::navigation::start(found.account)).await,
        Joined::SignInFirst => Ok(see_other(&format!("/i/{}", visit.text("token")))),
        Joined::Gone => gone(&visit),
    }
}

/// GET `/forgot`.
pub(super) async fn forgot(visit: Visit) -> Answer {
    let form = Form::empty(visit.language, visit.mark(), FORGOT);
    visit.show(&forgot_page(&visit, form))
}

fn forgot_page(visit: &Visit, form: Form) -> LinkPage {
    let language = visit.language;
    LinkPage::says(visit, entry::forgot_title(language), vec![entry::forgot_text(language)])
        .form(form, entry::forgot_button(language))
        .link("/login", entry::to_login(language))
}

/// POST `/forgot`. The answer is the same for every address, and does not wait for what follows.
pub(super) async fn ask_reset(visit: Visit) -> Answer {
    let mut form = visit.form();
    let Some(address) = form.address("address").filter(|_| form.is_good()) else {
        return visit.again(&forgot_page(&visit, form));
    };
    let network = passwords::subjects(&visit.web, &visit.client, TrySubject::Network, &[]);
    if let Some(seconds) = passwords::begin(&visit.web, &network).await? {
        form.refused(entry::too_many_tries(visit.language, seconds.div_ceil(60)));
        return Ok(shown(StatusCode::TOO_MANY_REQUESTS, &forgot_page(&visit, form)));
    }
    let (web, now) = (visit.web.clone(), visit.now());
    tokio::spawn(async move {
        let keys = web.seals.address_keys_mail(&address.normalised());
        if let Err(error) = web.store.ask_reset(keys, now).await {
            tracing::warn!(%error, "a mail for a new password was not planned");
        }
    });
    visit.to("/forgot", "reset_sent")
}

/// The row behind a token, if it still opens this kind of page.
async fn entry_link(visit: &Visit, kind: EntryKind) -> Result<Option<(i64, EntryLink)>, Fault> {
    let Some((bits, LinkPurpose::Enter)) = visit.web.seals.read_link_token(visit.text("token")) else {
        return Err(Fault::UnknownLink);
    };
    let id = i64::try_from(bits).map_err(|_| Fault::UnknownLink)?;
    Ok(visit.web.store.entry_link(id, kind, visit.now()).await?.map(|link| (id, link)))
}

fn reset_page(visit: &Visit, address: &str, form: Form) -> LinkPage {
    let language = visit.language;
    let text = entry::reset_text(language, address);
    let page =
        LinkPage::says(visit, entry::reset_title(language), vec![text]).form(form, entry::reset_button(language));
    LinkPage { username: address.to_owned(), ..page }
}

/// GET `/r/{token}`.
pub(super) async fn reset(visit: Visit) -> Answer {
    let Some((_, EntryLink { login: Some((_, address, _)), .. })) = entry_link(&visit, EntryKind::Reset).await? else {
        return gone(&visit);
    };
    let form = Form::empty(visit.language, visit.mark(), RESET);
    visit.show(&reset_page(&visit, address.as_str(), form))
}

/// POST `/r/{token}`: the new password. Every session ends; codes, where they are on, stay on.
pub(super) async fn set_password(visit: Visit) -> Answer {
    let Some((id, EntryLink { login: Some((_, address, _)), .. })) = entry_link(&visit, EntryKind::Reset).await? else {
        return gone(&visit);
    };
    let mut form = visit.form();
    let password = new_password(&visit, &mut form, address.as_str());
    let Some(password) = password.filter(|_| form.is_good()) else {
        return visit.again(&reset_page(&visit, address.as_str(), form));
    };
    let hash = passwords::hashed(&visit.web, password).await?;
    match visit.web.store.reset_password(id, hash, visit.now()).await? {
        Some(_) => visit.to("/login", "password_set"),
        None => gone(&visit),
    }
}

fn start_page(visit: &Visit, link: &EntryLink, form: Form) -> LinkPage {
    let language = visit.language;
    let text = match &link.login {
        Some((_, address, _)) => entry::start_again_text(language, address.as_str()),
        None => entry::start_text(language, &visit.web.gate.house().operator_name),
    };
    let page =
        LinkPage::says(visit, entry::start_title(language), vec![text]).form(form, entry::start_button(language));
    let username = link.login.as_ref().map(|(_, address, _)| address.as_str().to_owned()).unwrap_or_default();
    LinkPage { username, ..page }
}

/// The fields of a start: a log-in that is there needs a password alone.
const fn start_fields(link: &EntryLink) -> &'static [Field] {
    if link.login.is_some() { RESET } else { START }
}

/// GET `/start/{token}`.
pub(super) async fn start(visit: Visit) -> Answer {
    let Some((_, link)) = entry_link(&visit, EntryKind::Start).await? else { return gone(&visit) };
    let form = Form::empty(visit.language, visit.mark(), start_fields(&link));
    let form = match &link.address {
        Some(address) if link.login.is_none() => form.with("address", address.as_str()),
        _ => form,
    };
    visit.show(&start_page(&visit, &link, form))
}

/// POST `/start/{token}`: makes the operator's log-in, or opens the lost one.
pub(super) async fn begin(visit: Visit) -> Answer {
    let Some((id, link)) = entry_link(&visit, EntryKind::Start).await? else { return gone(&visit) };
    let mut form = Form::read(visit.language, visit.mark(), start_fields(&link), visit.sent());
    let (name, address) = match &link.login {
        Some((_, address, _)) => (ShortName::parse("Operator").ok(), Some(address.clone())),
        None => (short_name(&visit, &mut form), form.address("address")),
    };
    let password = new_password(&visit, &mut form, address.as_ref().map_or("", EmailAddress::as_str));
    let (Some(name), Some(address), Some(password), true) = (name, address, password, form.is_good()) else {
        return visit.again(&start_page(&visit, &link, form));
    };
    let hash = passwords::hashed(&visit.web, password).await?;
    let first = named("first-run").map_or("", |page| page.path);
    let keys = visit.web.seals.address_keys_mail(&address.normalised());
    let new = NewLogin { name, address, keys, language: visit.language, password: hash };
    match visit.web.store.start_operator(id, new, visit.now()).await {
        Ok(Some(login)) => login::come_in(&visit, login, first).await,
        Ok(None) => gone(&visit),
        Err(store::StoreError::Conflict(_)) => {
            form.wrong("address", entry::start_taken(visit.language));
            visit.again(&start_page(&visit, &link, form))
        }
        Err(error) => Err(error.into()),
    }
}
