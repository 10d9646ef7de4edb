//! Who is signed in: the cookie, the session behind it, and the token of its forms.
//!
//! The cookie holds a secret of 256 random bits and nothing else; the memory
//! holds its hash. Each request asks the memory, so a session that was ended,
//! or a person who was taken out of an account, is out with the next request
//! on every machine. A new secret is made whenever somebody proves more than
//! before, so a secret that was known before opens nothing.

use axum::http::{HeaderMap, HeaderValue, header};
use policy::role::Role;
use policy::{AccountId, LoginId, SessionId};
use seals::{SessionSecret, same_token};
use store::sessions::{self, Entry, NewSession};
use texts::Language;

use crate::client::Client;
use crate::context::Web;
use crate::error::Fault;

/// A person with a session.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    pub(crate) login: LoginId,
    pub(crate) session: SessionId,
    pub(crate) name: String,
    pub(crate) language: Language,
    /// May do what the operator does.
    pub(crate) operator: bool,
    /// The accounts in which the person works, with their names.
    pub(crate) accounts: Vec<(AccountId, String, Role)>,
    /// What the forms of a session carry.
    form_token: String,
}

/// The token that a form of a session carries.
pub(crate) fn csrf(person: &SignedIn) -> String {
    person.form_token.clone()
}

/// Whether a posted form carries the token of a session.
pub(crate) fn check_csrf(person: &SignedIn, given: &str) -> bool {
    same_token(&person.form_token, given)
}

/// The person of a request's session, if there is one.
pub(crate) async fn signed_in(web: &Web, headers: &HeaderMap) -> Result<Option<SignedIn>, Fault> {
    let Some(secret) = secret(web, headers) else { return Ok(None) };
    let Some(found) = web.store.visitor(secret.hash(), web.clock.now()).await? else { return Ok(None) };
    Ok(Some(SignedIn {
        login: found.login,
        session: found.session,
        name: found.name,
        language: found.language,
        operator: found.operator,
        accounts: found.accounts,
        form_token: web.seals.form_token(&secret),
    }))
}

/// Whose password was right in this browser, while the code is still to come.
pub(crate) async fn half_way(web: &Web, headers: &HeaderMap) -> Result<Option<LoginId>, Fault> {
    let Some(secret) = secret(web, headers) else { return Ok(None) };
    Ok(web.store.half_way(secret.hash(), web.clock.now()).await?)
}

/// Begins a session under a new secret, in place of the one that the browser brought. Returns the
/// value for `Set-Cookie`.
pub(crate) async fn begin(
    web: &Web,
    client: &Client,
    headers: &HeaderMap,
    login: LoginId,
    entry: Entry,
) -> Result<HeaderValue, Fault> {
    let fresh = SessionSecret::generate(&*web.dice);
    let new = NewSession { hash: fresh.hash(), login, entry, ip: client.ip, user_agent: client.user_agent.clone() };
    let before = secret(web, headers).map(|secret| secret.hash());
    web.store.begin_session(new, before, web.clock.now()).await?;
    let seconds = if entry == Entry::Whole { sessions::LONGEST } else { sessions::HALF_WAY }.as_secs();
    Ok(cookie(web, SESSION, fresh.as_str(), seconds))
}

/// Ends the session that the browser brought, whoever it is, and takes the cookie back.
pub(crate) async fn end(web: &Web, person: Option<&SignedIn>) -> Result<HeaderValue, Fault> {
    if let Some(person) = person {
        match web.store.end_session(person.login, person.session, web.clock.now()).await {
            // It ended elsewhere between this request's look and now.
            Ok(()) | Err(store::StoreError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(cookie(web, SESSION, "", 0))
}

/// The name of the session's cookie, without its prefix.
const SESSION: &str = "jawort";
/// The name of the mark of a known device.
const DEVICE: &str = "jawort-device";
/// How long a device is known.
const DEVICE_SECONDS: u64 = 365 * 24 * 60 * 60;

/// Marks the browser as one from which this log-in signed in (ARMOUR D14).
pub(crate) fn know_device(web: &Web, login: LoginId) -> HeaderValue {
    let mark = web.seals.device_mark(login.get().cast_unsigned(), &*web.dice);
    cookie(web, DEVICE, &mark, DEVICE_SECONDS)
}

/// The chance in the mark of a browser from which this log-in signed in before.
pub(crate) fn known_device(web: &Web, headers: &HeaderMap, login: LoginId) -> Option<String> {
    let mark = cookie_value(headers, &cookie_name(web, DEVICE))?;
    web.seals.read_device_mark(login.get().cast_unsigned(), mark).map(str::to_owned)
}

fn secret(web: &Web, headers: &HeaderMap) -> Option<SessionSecret> {
    SessionSecret::read(cookie_value(headers, &cookie_name(web, SESSION))?)
}

fn is_https(web: &Web) -> bool {
    web.gate.house().public_url.starts_with("https://")
}

/// `__Host-` binds a cookie to this host, to https and to the whole site. Only a loopback address of
/// development does without.
fn cookie_name(web: &Web, name: &str) -> String {
    if is_https(web) { format!("__Host-{name}") } else { name.to_owned() }
}

fn cookie(web: &Web, name: &str, value: &str, seconds: u64) -> HeaderValue {
    let secure = if is_https(web) { "; Secure" } else { "" };
    let name = cookie_name(web, name);
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).expect("names are fixed, values are letters and digits")
}

/// The value of a cookie. Where a name stands twice, somebody else set one of them: neither counts.
fn cookie_value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(known, _)| *known == name).map(|(_, value)| value);
    let first = values.next()?;
    values.next().is_none().then_some(first)
}

/// Whether a POST comes from a page of ours, by what the browser says and no page can forge: `Origin`
/// must name the public address, and `Sec-Fetch-Site`, where the browser knows it, this very site.
/// Every browser says `Origin` with a POST; what says nothing is none (ARMOUR D12).
pub(crate) fn from_own_page(web: &Web, headers: &HeaderMap) -> bool {
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
    let site = headers.get("sec-fetch-site").map(|value| value.to_str().unwrap_or_default());
    origin == Some(web.gate.house().public_url.as_str()) && site.is_none_or(|site| site == "same-origin")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_str(line).expect("a header"));
        }
        headers
    }

    #[test]
    fn armour_d13_a_cookie_that_stands_twice_counts_as_none() {
        assert_eq!(cookie_value(&headers(&["a=1; jawort=x; b=2"]), "jawort"), Some("x"));
        assert_eq!(cookie_value(&headers(&["jawort=x; jawort=y"]), "jawort"), None);
        assert_eq!(cookie_value(&headers(&["jawort=x", "jawort=y"]), "jawort"), None);
        assert_eq!(cookie_value(&headers(&["__Host-jawort=x"]), "jawort"), None);
        assert_eq!(cookie_value(&headers(&["xjawort=x; jawort"]), "jawort"), None);
        assert_eq!(cookie_value(&headers(&[]), "jawort"), None);
    }
}
