//! Somebody with a log-in: made by the links that the mails carry, used as a browser does.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use seals::{Timestamp, TotpSecret};
use serde_json::json;

use super::failed;
use super::founding::Account;
use super::world::World;
use crate::http::{Client, Response};
use crate::letter::Letter;
use crate::page::Form;

/// Where people sit who work for a customer or for the operator.
const OFFICE: Ipv4Addr = Ipv4Addr::new(127, 9, 0, 2);

/// What lets somebody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogIn {
    /// The person's name.
    pub name: String,
    /// The address.
    pub address: String,
    /// The password.
    pub password: String,
}

impl LogIn {
    /// A log-in with these.
    #[must_use]
    pub fn new(name: &str, address: &str, password: &str) -> Self {
        Self { name: name.to_owned(), address: address.to_owned(), password: password.to_owned() }
    }
}

/// A visitor who keeps cookies, follows nothing, and says where a form came from.
pub struct Member {
    client: Client,
    origin: String,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Member {
    /// Nobody yet, who reads `languages`.
    #[must_use]
    pub fn new(web: SocketAddr, languages: &str) -> Self {
        let client = Client::new(web).from(OFFICE).header("Accept-Language", languages);
        let client = client.header("User-Agent", "Mozilla/5.0 (story)");
        Self { client, origin: format!("http://{web}"), cookies: Mutex::default() }
    }

    /// The cookies, as a request carries them; empty for none.
    #[must_use]
    pub fn cookies(&self) -> String {
        let held = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// Opens a page, whatever the answer is.
    ///
    /// # Errors
    /// No answer.
    pub async fn get(&self, path: &str) -> Result<Response, String> {
        self.ask("GET", path, &[]).await
    }

    /// Sends fields as a form of ours, whatever the answer is.
    ///
    /// # Errors
    /// No answer.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Result<Response, String> {
        self.ask("POST", path, fields).await
    }

    async fn ask(&self, method: &str, path: &str, fields: &[(&str, &str)]) -> Result<Response, String> {
        let cookies = self.cookies();
        let mut headers = Vec::new();
        if !cookies.is_empty() {
            headers.push(("Cookie", cookies.as_str()));
        }
        if method == "POST" {
            headers.push(("Content-Type", "application/x-www-form-urlencoded"));
            headers.push(("Origin", &self.origin));
        }
        let body = crate::http::form(fields);
        let answer = self.client.request(method, path, &headers, body.as_bytes()).await;
        let answer = answer.map_err(|error| failed(path, error))?;
        let mut held = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, value) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let Some((name, rest)) = value.split_once('=') else { continue };
            let value = rest.split(';').next().unwrap_or_default();
            match rest.contains("Max-Age=0") {
                true => drop(held.remove(name)),
                false => drop(held.insert(name.to_owned(), value.to_owned())),
            }
        }
        Ok(answer)
    }

    /// Opens a page and sends its first form that has all of these fields, filled in, to where it goes.
    ///
    /// # Errors
    /// No such form, or an answer that leads nowhere.
    pub async fn fill(&self, path: &str, fields: &[(&str, &str)]) -> Result<Response, String> {
        let page = self.get(path).await?.text();
        self.send(path, &page, fields).await
    }

    /// The same with a page that was opened before.
    async fn send(&self, path: &str, page: &str, fields: &[(&str, &str)]) -> Result<Response, String> {
        let has = |form: &Form| fields.iter().all(|(name, _)| form.clone().fill(name, "").is_ok());
        let form = Form::read_all(page).into_iter().find(|form| form.method == "post" && has(form));
        let mut form = form.ok_or_else(|| failed(path, format!("no form with {fields:?} on: {}", seen(page))))?;
        for (name, value) in fields {
            form.fill(name, value)?;
        }
        let action = if form.action.is_empty() { path } else { &form.action };
        let answer = self.post(action, &form.pairs()).await?;
        let good = answer.status == 303 || answer.status == 200;
        if good { Ok(answer) } else { Err(failed(action, format!("{} {}", answer.status, seen(&answer.text())))) }
    }

    /// Signs in.
    ///
    /// # Errors
    /// It is not let in.
    pub async fn sign_in(&self, who: &LogIn) -> Result<(), String> {
        let fields = [("address", who.address.as_str()), ("password", who.password.as_str())];
        self.fill("/login", &fields).await.map(drop)
    }

    /// Turns codes of an app on.
    ///
    /// # Errors
    /// A page that was not taken.
    pub async fn turn_codes_on(&self, who: &LogIn) -> Result<(), String> {
        let page = self.get("/me/codes").await?.text();
        let fields = Form::read_all(&page).into_iter().flat_map(|form| form.fields);
        let secret = fields.into_iter().find(|(name, _)| name == "secret").map(|(_, text)| text);
        let secret = TotpSecret::read(&secret.unwrap_or_default()).ok_or("no secret for codes")?;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now = now.map_err(|error| error.to_string())?.as_secs();
        let code = secret.code(Timestamp::from_seconds(i64::try_from(now).unwrap_or(0)));
        self.send("/me/codes", &page, &[("code", &code), ("password", &who.password)]).await.map(drop)
    }
}

/// The text of a page, for an error: without its tags, and not all of it.
fn seen(page: &str) -> String {
    let texts = page.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.trim());
    let text = texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
    text.chars().take(800).collect()
}

/// The operator's log-in, by the link that the first start printed, or else by a new one.
///
/// # Errors
/// No link, or a page that was not taken.
pub async fn operator_log_in(world: &World, language: &str, who: &LogIn) -> Result<Member, String> {
    world.book.staff(&who.address);
    let link = match world.house.operator_link() {
        Some(link) if is_fresh(world, &link).await? => link,
        _ => start_link(world, &who.address)?,
    };
    let member = Member::new(world.house.web(), language);
    let fields = [("name", &*who.name), ("address", &*who.address), ("new_password", &*who.password)];
    member.fill(&link, &fields).await?;
    Ok(member)
}

/// Whether nobody used the link yet.
async fn is_fresh(world: &World, link: &str) -> Result<bool, String> {
    Ok(world.house.client().get(link).await.map_err(|error| failed("the first log-in", error))?.status == 200)
}

/// A link that makes an operator's log-in, from the command line.
///
/// # Errors
/// The command's words.
pub fn start_link(world: &World, address: &str) -> Result<String, String> {
    let output = world.house.run(&["operator", "invite", "--address", address]);
    let output = output.map_err(|error| failed("operator invite", error))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let link = said.split_whitespace().find(|word| word.contains("/start/"));
    link.map(str::to_owned).ok_or_else(|| failed("operator invite", said + &String::from_utf8_lossy(&output.stderr)))
}

/// Adds somebody to an account; the invitation's link comes by mail.
///
/// # Errors
/// It was refused, or no mail came.
pub async fn invite(world: &World, account: &Account, who: &LogIn, role: &str) -> Result<String, String> {
    world.book.staff(&who.address);
    let seen = world.seen();
    let user = json!({
        "name": who.name, "address": who.address, "role": role, "language": account.firm.language,
    });
    account.api.post("/users", &user).await?;
    invitation(world, &who.address, seen).await
}

async fn invitation(world: &World, address: &str, seen: usize) -> Result<String, String> {
    let mail = world.mail_to(address, seen, |letter| letter.link("/i/").is_some()).await?;
    Letter::read(&mail.bytes).link("/i/").ok_or_else(|| failed(address, "an invitation without link"))
}

/// Accepts an invitation: chooses a password and is in.
///
/// # Errors
/// A page that was not taken.
pub async fn accept(world: &World, link: &str, language: &str, who: &LogIn) -> Result<Member, String> {
    let member = Member::new(world.house.web(), language);
    member.fill(link, &[("name", &who.name), ("new_password", &who.password)]).await?;
    Ok(member)
}

/// One more owner of the account, with a log-in.
///
/// # Errors
/// As [`invite`] and [`accept`].
pub async fn owner_log_in(world: &World, account: &Account, name: &str, password: &str) -> Result<LogIn, String> {
    let who = LogIn::new(name, &format!("{}@buero.example", name.to_lowercase().replace(' ', ".")), password);
    let link = invite(world, account, &who, "owner").await?;
    accept(world, &link, account.firm.language, &who).await?;
    Ok(who)
}

/// A link that opens a forgotten log-in, from the mail that the page asks for.
///
/// # Errors
/// No mail came.
pub async fn reset_link(world: &World, who: &LogIn) -> Result<String, String> {
    let seen = world.seen();
    Member::new(world.house.web(), "en").fill("/forgot", &[("address", &who.address)]).await?;
    let mail = world.mail_to(&who.address, seen, |letter| letter.link("/r/").is_some()).await?;
    Letter::read(&mail.bytes).link("/r/").ok_or_else(|| failed(&who.address, "a mail without link"))
}

/// The path of an address of the house.
#[must_use]
pub fn path_of(link: &str) -> String {
    let rest = link.split_once("://").map_or(link, |(_, rest)| rest);
    rest.find('/').map_or("/", |place| &rest[place..]).to_owned()
}
