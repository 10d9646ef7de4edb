//! The own access: name and language, password, codes of an app, and the browsers that are signed in.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::Response;
use policy::password::MAX_CHARS;
use policy::zone::DEFAULT_ZONE;
use seals::{RecoveryCode, TotpSecret};
use store::logins::{Login, RECOVERY_CODES, totp_place};
use store::sessions::Entry;
use texts::{Language, entry};

use super::links::{NEW_PASSWORD, new_password, short_name};
use super::{login, passwords, qr};
use crate::error::Fault;
use crate::session::{self, SignedIn};
use crate::ui::form::{Field, Form, Kind, must};
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::time;
use crate::ui::visit::{Visit, see_other, shown};

pub(super) const PROFILE: &[Field] = &[
    must("name", entry::name, Kind::Line(40)).autocomplete("name"),
    must("language", entry::language, Kind::Choice(&[("de", entry::language_de), ("en", entry::language_en)])),
];
const OLD_PASSWORD: Field =
    must("password", entry::old_password, Kind::Secret(MAX_CHARS)).autocomplete("current-password");
pub(super) const PASSWORD: &[Field] = &[OLD_PASSWORD, NEW_PASSWORD];
pub(super) const CODES_ON: &[Field] = &[
    must("secret", entry::codes_secret, Kind::Hidden(32)),
    must("code", entry::code, Kind::Line(10)).hint(entry::codes_code_hint).autocomplete("one-time-code"),
    OLD_PASSWORD,
];
pub(super) const CODES_OFF: &[Field] = &[OLD_PASSWORD];

/// A browser that is signed in.
struct Browser {
    id: i64,
    own: bool,
    agent: String,
    ip: String,
    since: String,
    seen: String,
}

#[derive(Template)]
#[template(path = "entry/me.html")]
struct Me {
    shell: Shell,
    t: entry::Say,
    address: String,
    profile: Form,
    password: Form,
    codes_on: bool,
    recovery_left: u64,
    codes_off: Form,
    browsers: Vec<Browser>,
}

#[derive(Template)]
#[template(path = "entry/codes.html")]
struct Codes {
    shell: Shell,
    t: entry::Say,
    form: Form,
    /// The picture's path in units of its modules, and its width.
    picture: String,
    width: usize,
    secret: String,
    username: String,
}

#[derive(Template)]
#[template(path = "entry/recovery.html")]
struct Recovery {
    shell: Shell,
    t: entry::Say,
    codes: Vec<String>,
}

fn person(visit: &Visit) -> Result<&SignedIn, Fault> {
    visit.person.as_ref().ok_or(Fault::NotFound)
}

async fn own(visit: &Visit) -> Result<Login, Fault> {
    Ok(visit.web.store.login(person(visit)?.login).await?)
}

/// The forms of the page; one of them may come back with its problems.
#[derive(Default)]
struct Given {
    profile: Option<Form>,
    password: Option<Form>,
    codes_off: Option<Form>,
}

async fn page(visit: &Visit, given: Given) -> Result<Me, Fault> {
    let (login, language) = (own(visit).await?, visit.language);
    let empty = |fields| Form::empty(language, visit.mark(), fields);
    let profile = given
        .profile
        .unwrap_or_else(|| empty(PROFILE).with("name", &login.name).with("language", login.language.code()));
    let left = visit.web.store.recovery_left(login.id).await?;
    Ok(Me {
        shell: visit.shell(entry::me_title(language)),
        t: entry::Say(language),
        address: login.address.as_str().to_owned(),
        profile,
        password: given.password.unwrap_or_else(|| empty(PASSWORD)),
        codes_on: login.totp.is_some(),
        recovery_left: u64::try_from(left).unwrap_or_default(),
        codes_off: given.codes_off.unwrap_or_else(|| empty(CODES_OFF)),
        browsers: browsers(visit).await?,
    })
}

async fn browsers(visit: &Visit) -> Result<Vec<Browser>, Fault> {
    let (person, language) = (person(visit)?, visit.language);
    let sessions = visit.web.store.sessions(person.login, visit.now()).await?;
    let browser = |session: store::sessions::Session| Browser {
        id: session.id.get(),
        own: session.id == person.session,
        agent: agent(language, &session.user_agent),
        ip: session.ip,
        since: time::moment(language, DEFAULT_ZONE, session.created_at),
        seen: time::moment(language, DEFAULT_ZONE, session.seen_at),
    };
    Ok(sessions.into_iter().map(browser).collect())
}

/// Browser and system, as far as the browser's own words tell; else those words, shortened.
fn agent(language: Language, text: &str) -> String {
    let known =
        |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| *name);
    // Each browser names the ones it wants to be taken for: the rarest mark comes first.
    let program = known(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = known(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => entry::browser_on(language, program, system),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) if text.is_empty() => entry::browser_unknown(language),
        (None, None) => text.chars().take(60).collect(),
    }
}

/// GET `/me`.
pub(super) async fn show(visit: Visit) -> Answer {
    visit.show(&page(&visit, Given::default()).await?)
}

/// POST `/me`: name and language.
pub(super) async fn save(visit: Visit) -> Answer {
    let mut form = visit.form();
    let (name, language) = (short_name(&visit, &mut form), form.text("language").parse::<Language>().ok());
    let (Some(name), Some(language), true) = (name, language, form.is_good()) else {
        return visit.again(&page(&visit, Given { profile: Some(form), ..Given::default() }).await?);
    };
    visit.web.store.set_profile(person(&visit)?.login, name, language, visit.now()).await?;
    visit.to("/me", "saved")
}

/// Whether the form's `password` is the person's own. Tries are counted; a problem stands in the form.
async fn is_own_password(visit: &Visit, login: &Login, form: &mut Form) -> Result<bool, Fault> {
    let subjects = login::of_code(visit, login.id);
    if let Some(seconds) = passwords::begin(&visit.web, &subjects).await? {
        form.refused(entry::too_many_tries(visit.language, seconds.div_ceil(60)));
        return Ok(false);
    }
    let fits = passwords::fits(&visit.web, Some(login.password.clone()), form.text("password").to_owned()).await?;
    if fits {
        visit.web.store.end_try(subjects).await?;
    } else {
        form.wrong("password", entry::old_password_wrong(visit.language));
    }
    Ok(fits)
}

/// POST `/me/password`. Every other browser is signed out, and this one gets a new session.
pub(super) async fn set_password(visit: Visit) -> Answer {
    let (mut form, login) = (visit.form(), own(&visit).await?);
    let password = new_password(&visit, &mut form, login.address.as_str());
    let fits = form.is_good() && is_own_password(&visit, &login, &mut form).await?;
    let Some(password) = password.filter(|_| fits) else {
        return visit.again(&page(&visit, Given { password: Some(form), ..Given::default() }).await?);
    };
    let hash = passwords::hashed(&visit.web, password).await?;
    visit.web.store.set_password(login.id, hash, None, visit.now()).await?;
    with_new_session(&visit, &login, visit.to("/me", "password_set")?).await
}

/// Whoever proved more than before goes on under a new secret (ARMOUR D13).
async fn with_new_session(visit: &Visit, login: &Login, mut response: Response) -> Answer {
    let cookie = session::begin(&visit.web, &visit.client, &visit.headers, login.id, Entry::Whole).await?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

fn codes_page(visit: &Visit, login: &Login, secret: &TotpSecret, form: Form) -> Result<Codes, Fault> {
    let issuer = &visit.web.gate.house().operator_name;
    let (picture, width) = qr::path(&secret.uri(issuer, login.address.as_str())).ok_or(Fault::Failed)?;
    let language = visit.language;
    let groups: Vec<String> =
        secret.text().as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned()).collect();
    Ok(Codes {
        shell: visit.shell(entry::codes_title(language)).crumb("/me", entry::me_title(language)),
        t: entry::Say(language),
        form,
        picture,
        width,
        secret: groups.join(" "),
        username: login.address.as_str().to_owned(),
    })
}

/// GET `/me/codes`: a new secret, which nothing remembers until its first code came back.
pub(super) async fn show_codes(visit: Visit) -> Answer {
    let login = own(&visit).await?;
    if login.totp.is_some() {
        return Ok(see_other("/me"));
    }
    let secret = TotpSecret::generate(&*visit.web.dice);
    let form = Form::empty(visit.language, visit.mark(), CODES_ON).with("secret", secret.text());
    visit.show(&codes_page(&visit, &login, &secret, form)?)
}

/// POST `/me/codes`: turns codes on. The recovery codes are in this answer and nowhere else.
pub(super) async fn codes_on(visit: Visit) -> Answer {
    let (mut form, login) = (visit.form(), own(&visit).await?);
    let secret = TotpSecret::read(form.text("secret")).filter(|_| login.totp.is_none()).ok_or(Fault::Stale)?;
    let step = secret.check(form.text("code"), visit.now(), None);
    if step.is_none() && form.is_good() {
        form.wrong("code", entry::code_wrong(visit.language));
    }
    let fits = form.is_good() && is_own_password(&visit, &login, &mut form).await?;
    let Some(step) = step.filter(|_| fits) else {
        return visit.again(&codes_page(&visit, &login, &secret, form)?);
    };
    let codes: Vec<RecoveryCode> = (0..RECOVERY_CODES).map(|_| RecoveryCode::generate(&*visit.web.dice)).collect();
    let sealed = visit.web.seals.seal(&totp_place(login.id), secret.as_bytes(), &*visit.web.dice);
    let hashes = codes.iter().map(RecoveryCode::hash).collect();
    visit.web.store.set_totp(login.id, sealed, step, hashes, visit.now()).await?;
    visit.web.store.end_sessions(login.id, Some(person(&visit)?.session), visit.now()).await?;
    let language = visit.language;
    let page = Recovery {
        shell: visit.shell(entry::recovery_title(language)).crumb("/me", entry::me_title(language)),
        t: entry::Say(language),
        codes: codes.iter().map(RecoveryCode::shown).collect(),
    };
    with_new_session(&visit, &login, shown(StatusCode::OK, &page)).await
}

/// POST `/me/codes/off`.
pub(super) async fn codes_off(visit: Visit) -> Answer {
    let (mut form, login) = (visit.form(), own(&visit).await?);
    if !form.is_good() || !is_own_password(&visit, &login, &mut form).await? {
        return visit.again(&page(&visit, Given { codes_off: Some(form), ..Given::default() }).await?);
    }
    visit.web.store.clear_totp(login.id, visit.now()).await?;
    with_new_session(&visit, &login, visit.to("/me", "saved")?).await
}

/// POST `/me/sessions/{session}/end`: signs one browser out.
pub(super) async fn end_session(visit: Visit) -> Answer {
    let id = policy::SessionId::from_raw(visit.id("session")?);
    match visit.web.store.end_session(person(&visit)?.login, id, visit.now()).await {
        Ok(()) => visit.to("/me", "revoked"),
        Err(store::StoreError::NotFound(_)) => Err(Fault::NotFound),
        Err(error) => Err(error.into()),
    }
}

/// POST `/me/sign-out-everywhere`: this browser too.
pub(super) async fn end_all(visit: Visit) -> Answer {
    visit.web.store.end_sessions(person(&visit)?.login, None, visit.now()).await?;
    let mut response = visit.to("/login", "signed_out")?;
    response.headers_mut().append(header::SET_COOKIE, session::end(&visit.web, None).await?);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_as_people_know_it() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36";
        assert_eq!(agent(Language::En, chrome), "Chrome on Linux");
        assert_eq!(agent(Language::En, &format!("{chrome} Edg/130")), "Edge on Linux");
        assert_eq!(agent(Language::En, "curl/8.0"), "curl/8.0");
        assert_eq!(agent(Language::En, &"x".repeat(300)).len(), 60);
    }
}
