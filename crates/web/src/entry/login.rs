//! The log-in: address and password, then the code where codes are on, and the way out.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use policy::LoginId;
use policy::tries::TrySubject;
use seals::{PasswordHash, RecoveryCode, TotpSecret};
use store::logins::{Login, totp_place};
use store::sessions::Entry;
use store::tries::Subject;
use texts::entry;

use super::passwords;
use crate::error::Fault;
use crate::pages::encoded;
use crate::session::{self, SignedIn};
use crate::ui::form::{Field, Form, Kind, may, must};
use crate::ui::navigation;
use crate::ui::shell::Shell;
use crate::ui::table::{Answer, named};
use crate::ui::visit::{Visit, see_other, shown};

/// Characters of the address to which somebody goes back.
const TO: usize = 1000;

pub(super) const LOGIN: &[Field] = &[
    must("address", entry::address, Kind::Address).autocomplete("username"),
    must("password", entry::password, Kind::Secret(policy::password::MAX_CHARS)).autocomplete("current-password"),
    may("to", entry::address, Kind::Hidden(TO)),
];
pub(super) const CODE: &[Field] = &[
    must("code", entry::code, Kind::Line(40)).hint(entry::code_hint).autocomplete("one-time-code"),
    may("to", entry::address, Kind::Hidden(TO)),
];

#[derive(Template)]
#[template(path = "entry/login.html")]
struct LoginPage {
    shell: Shell,
    t: entry::Say,
    form: Form,
}

#[derive(Template)]
#[template(path = "entry/code.html")]
struct CodePage {
    shell: Shell,
    t: entry::Say,
    form: Form,
}

/// A path of ours, as it may stand in `to`: nothing that a browser could read as another host
/// (ARMOUR D5).
fn local(to: &str) -> Option<&str> {
    let plain = to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let way_in = ["/login", "/logout"].iter().any(|path| to.starts_with(path));
    (plain && to.len() <= TO && to.starts_with('/') && !to.starts_with("//") && !way_in).then_some(to)
}

/// Where somebody starts: the desk, the only account, or the list of places.
fn start_of(person: &SignedIn) -> String {
    match (named("desk").filter(|_| person.operator), person.accounts.as_slice()) {
        (Some(desk), _) => desk.path.to_owned(),
        (None, [(account, ..)]) => navigation::start(*account),
        _ => "/".to_owned(),
    }
}

fn page(visit: &Visit, form: Form) -> LoginPage {
    let shell = visit.shell(entry::login_title(visit.language));
    LoginPage { shell, t: entry::Say(visit.language), form }
}

/// GET `/login`.
pub(super) async fn show(visit: Visit) -> Answer {
    let to = visit.query("to");
    if let Some(person) = &visit.person {
        return Ok(see_other(local(&to).unwrap_or(&start_of(person))));
    }
    let form = Form::empty(visit.language, visit.mark(), LOGIN).with("to", to);
    visit.show(&page(&visit, form))
}

/// POST `/login`. The answer and its time are the same for a wrong password and for an address
/// without log-in.
pub(super) async fn enter(visit: Visit) -> Answer {
    let mut form = visit.form();
    let Some(address) = form.address("address").filter(|_| form.is_good()) else {
        return visit.again(&page(&visit, form));
    };
    let normalised = address.normalised();
    let found = visit.web.store.login_of(&visit.web.seals.address_keys_mail(&normalised)).await?;
    let device = found.as_ref().and_then(|login| session::known_device(&visit.web, &visit.headers, login.id));
    let subjects = match &device {
        Some(chance) => passwords::subjects(&visit.web, &visit.client, TrySubject::Device, chance.as_bytes()),
        None => passwords::subjects(&visit.web, &visit.client, TrySubject::Address, normalised.as_bytes()),
    };
    if let Some(seconds) = passwords::begin(&visit.web, &subjects).await? {
        return Ok(wait(&visit, form, seconds));
    }
    let given = form.text("password").to_owned();
    let hash = found.as_ref().map(|login| login.password.clone());
    let fits = passwords::fits(&visit.web, hash, given.clone()).await?;
    let Some(login) = found.filter(|_| fits) else {
        form.refused(entry::login_wrong(visit.language));
        return visit.again(&page(&visit, form));
    };
    visit.web.store.end_try(subjects).await?;
    renew(&visit, &login, &given);
    go_on(&visit, &login, form.text("to")).await
}

/// Too many tries: when to come again.
fn wait(visit: &Visit, mut form: Form, seconds: u64) -> Response {
    form.refused(entry::too_many_tries(visit.language, seconds.div_ceil(60)));
    let mut response = shown(StatusCode::TOO_MANY_REQUESTS, &page(visit, form));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// A password whose hash has parameters of old is hashed anew, beside the answer.
fn renew(visit: &Visit, login: &Login, password: &str) {
    if login.password.is_current() {
        return;
    }
    let (web, id, before, password) = (visit.web.clone(), login.id, login.password.clone(), password.to_owned());
    tokio::spawn(async move {
        let dice = std::sync::Arc::clone(&web.dice);
        let made = tokio::task::spawn_blocking(move || PasswordHash::new(&password, &*dice)).await;
        if let Ok(after) = made
            && let Err(error) = web.store.renew_hash(id, before, after).await
        {
            tracing::warn!(%error, "a password's hash was not renewed; the next log-in tries again");
        }
    });
}

/// After the password: the code, or in.
async fn go_on(visit: &Visit, login: &Login, to: &str) -> Answer {
    if login.totp.is_none() {
        return come_in(visit, login.id, to).await;
    }
    let cookie = session::begin(&visit.web, &visit.client, &visit.headers, login.id, Entry::HalfWay).await?;
    let way_back = local(to).map(|to| format!("?to={}", encoded(to))).unwrap_or_default();
    let mut response = see_other(&format!("/login/code{way_back}"));
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Signs in: a new session, a known device, and on to where the visitor wanted to go.
pub(super) async fn come_in(visit: &Visit, login: LoginId, to: &str) -> Answer {
    let cookie = session::begin(&visit.web, &visit.client, &visit.headers, login, Entry::Whole).await?;
    // Without a way back, `/login` itself knows where this person starts.
    let mut response = see_other(local(to).unwrap_or("/login"));
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response.headers_mut().append(header::SET_COOKIE, session::know_device(&visit.web, login));
    Ok(response)
}

fn code_page(visit: &Visit, form: Form) -> CodePage {
    CodePage { shell: visit.shell(entry::code_title(visit.language)), t: entry::Say(visit.language), form }
}

/// GET `/login/code`.
pub(super) async fn show_code(visit: Visit) -> Answer {
    if session::half_way(&visit.web, &visit.headers).await?.is_none() {
        return Ok(see_other("/login"));
    }
    let form = Form::empty(visit.language, visit.mark(), CODE).with("to", visit.query("to"));
    visit.show(&code_page(&visit, form))
}

/// POST `/login/code`: a code of the app, or a recovery code.
pub(super) async fn enter_code(visit: Visit) -> Answer {
    let Some(id) = session::half_way(&visit.web, &visit.headers).await? else { return Ok(see_other("/login")) };
    let mut form = visit.form();
    if !form.is_good() {
        return visit.again(&code_page(&visit, form));
    }
    let subjects = of_code(&visit, id);
    if let Some(seconds) = passwords::begin(&visit.web, &subjects).await? {
        form.refused(entry::too_many_tries(visit.language, seconds.div_ceil(60)));
        return Ok(shown(StatusCode::TOO_MANY_REQUESTS, &code_page(&visit, form)));
    }
    let login = visit.web.store.login(id).await?;
    if !take_code(&visit, &login, form.text("code")).await? {
        form.wrong("code", entry::code_wrong(visit.language));
        return visit.again(&code_page(&visit, form));
    }
    visit.web.store.end_try(subjects).await?;
    come_in(&visit, id, form.text("to")).await
}

/// By what tries of somebody who is known are counted.
pub(super) fn of_code(visit: &Visit, login: LoginId) -> Vec<Subject> {
    passwords::subjects(&visit.web, &visit.client, TrySubject::Code, &login.get().to_be_bytes())
}

/// Takes a code once: six digits of the app, or a recovery code.
async fn take_code(visit: &Visit, login: &Login, code: &str) -> Result<bool, Fault> {
    let (store, now) = (&visit.web.store, visit.now());
    if let Some(code) = RecoveryCode::read(code) {
        return Ok(store.take_recovery(login.id, code.hash(), now).await?);
    }
    let Some(secret) = secret_of(visit, login) else { return Ok(false) };
    match secret.check(code, now, login.totp_step) {
        Some(step) => Ok(store.take_totp_step(login.id, step).await?),
        None => Ok(false),
    }
}

/// The secret of a log-in's app.
fn secret_of(visit: &Visit, login: &Login) -> Option<TotpSecret> {
    let sealed = login.totp.as_deref()?;
    let opened = visit.web.seals.open(&totp_place(login.id), sealed).and_then(|bytes| TotpSecret::from_bytes(&bytes));
    if opened.is_none() {
        tracing::error!(login = %login.id, "the secret of an authenticator app does not open: is secrets.key the right one?");
    }
    opened
}

/// POST `/logout`.
pub(super) async fn leave(visit: Visit) -> Answer {
    let cookie = session::end(&visit.web, visit.person.as_ref()).await?;
    let mut response = visit.to("/login", "signed_out")?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ARMOUR D5 for the way back: whatever is asked for, the browser stays here.
    #[test]
    fn armour_d5_the_way_back_stays_on_this_host() {
        for good in ["/", "/a/7", "/a/7/contacts?tag=3&q=a%20b", "/desk#x", "/e/:@x"] {
            assert_eq!(local(good), Some(good));
        }
        let hosts = ["evil.example", "evil.example/a", "@evil.example", ":80", "%2fevil.example"];
        let starts = [
            "//",
            "/\\",
            "\\/",
            "\\\\",
            "http://",
            "https://",
            "HTTPS:",
            "javascript:",
            "data:",
            "///",
            "/\t/",
            "/\n/",
            " /",
            "",
            "\u{2f}\u{2f}",
            "ftp:/",
            "/ /",
            "/\u{a0}/",
            "/é/",
        ];
        let mut tried = 0;
        for host in hosts {
            for start in starts {
                for middle in ["", "/", "//", "\\", "\t", "."] {
                    for end in ["", "/", "?to=/", "#", "\r\nSet-Cookie: a=b", " "] {
                        let text = format!("{start}{middle}{host}{end}");
                        tried += 1;
                        if let Some(path) = local(&text) {
                            let second = path.as_bytes().get(1);
                            assert!(path.starts_with('/') && !matches!(second, Some(b'/' | b'\\')), "{text:?}");
                            assert!(path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\'), "{text:?}");
                        }
                    }
                }
            }
        }
        assert!(tried > 3000);
        for bad in ["//evil.example", "/\\evil.example", "https://evil.example", "/login?to=/", "/logout", "evil", ""] {
            assert_eq!(local(bad), None, "{bad:?}");
        }
    }
}
