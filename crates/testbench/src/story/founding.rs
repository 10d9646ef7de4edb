//! A customer begins: account, website, topic, domain or platform address, sender, legal notice,
//! form. Every proof is given as the world gives it: by DNS, by reading a mail, by the operator.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::api::plain;
use super::book::Book;
use super::visits::Visitor;
use super::world::World;
use super::{Api, failed};
use crate::dns::Value as Data;
use crate::letter::Letter;

/// A customer as the story invents one.
#[derive(Clone, Copy, Debug)]
pub struct Firm {
    /// The name that recipients see.
    pub name: &'static str,
    /// `de` or `en`.
    pub language: &'static str,
    /// The host of the website.
    pub site: &'static str,
    /// What people sign up for.
    pub statement: &'static str,
    /// The sending domain; without it the account takes a platform address.
    pub domain: Option<&'static str>,
    /// The part of the sender's address before the @.
    pub local: &'static str,
    /// The mailbox of its people.
    pub mailbox: &'static str,
    /// Street, postal code, city, of the legal notice.
    pub place: [&'static str; 3],
}

/// A garden's letter: its own domain, German.
pub const GARDEN: Firm = Firm {
    name: "Gartenhof Immergrün",
    language: "de",
    site: "www.gartenhof.example",
    statement: "Jede Woche ein Brief mit Pflanzzeiten, Rezepten und Terminen aus dem Gartenhof Immergrün",
    domain: Some("gartenhof.example"),
    local: "hallo",
    mailbox: "gabi@buero.example",
    place: ["Lindenweg 5", "12345", "Musterstadt"],
};

/// A shop without a domain of its own for mail, English.
pub const SHOP: Firm = Firm {
    name: "Lamp and Chair",
    language: "en",
    site: "shop.lampchair.example",
    statement: "A monthly letter about lamps, chairs and how rooms are lit, by the makers of Lamp and Chair",
    domain: None,
    local: "letters",
    mailbox: "sam@buero.example",
    place: ["Harbour Street 12", "54321", "Exampleton"],
};

/// An account that may send.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its number.
    pub id: String,
    /// Its API.
    pub api: Api,
    /// Whose it is.
    pub firm: Firm,
    /// The address in From, in lower case.
    pub from: String,
    /// Its form.
    pub form: String,
    /// The tag that the form gives.
    pub tag: String,
    /// Its topic.
    pub topic: String,
    /// The user who receives test mails.
    pub user: String,
    /// Where everything is put down that is done in this world.
    pub book: Book,
}

impl Account {
    /// The page of the form.
    #[must_use]
    pub fn form_page(&self) -> String {
        format!("/f/{}", self.form)
    }

    /// What stands in the legal notice, a piece a line.
    #[must_use]
    pub fn notice(&self) -> Vec<String> {
        let notice = self.legal_notice();
        let piece = |name: &str| plain(&notice[name]);
        let city = format!("{} {}", piece("postal_code"), piece("city"));
        vec![piece("name"), piece("street"), city, piece("email"), piece("phone")]
    }

    /// The legal notice as the API takes it.
    #[must_use]
    pub fn legal_notice(&self) -> Value {
        let firm = &self.firm;
        let [street, postal_code, city] = firm.place;
        json!({
            "name": format!("{} e. K.", firm.name),
            "legal_person": false,
            "street": street,
            "postal_code": postal_code,
            "city": city,
            "country": if firm.language == "de" { "Deutschland" } else { "Germany" },
            "email": firm.mailbox,
            "phone": "+49 30 5550100",
        })
    }
}

/// Opens an account for a firm and takes it to where it may send.
///
/// # Errors
/// The first step that failed.
pub async fn open_account(world: &World, firm: Firm) -> Result<Account, String> {
    let account = prepare_account(world, firm).await?;
    account.api.ask("PUT", "/legal-notice", &account.legal_notice()).await?;
    Ok(account)
}

/// The same but for the legal notice: until it is there, nothing is sent.
///
/// # Errors
/// The first step that failed.
pub async fn prepare_account(world: &World, firm: Firm) -> Result<Account, String> {
    world.book.staff(firm.mailbox);
    let wanted = json!({ "name": firm.name, "language": firm.language });
    let id = plain(&world.operator.post("/accounts", &wanted).await?["id"]);
    let label = json!({ "label": "story" });
    let token = world.operator.post(&format!("/accounts/{id}/tokens"), &label).await?;
    let api = Api::new(world.house.client(), &plain(&token["token"]));
    accept_policy(&api, firm).await?;
    let user = add_user(world, &api, firm).await?;
    let website = prove_website(world, &api, firm).await?;
    let topic = approve_topic(world, &api, &id, &website, firm).await?;
    let from = prove_sender(world, &api, firm).await?;
    let tag = json!({ "name": "readers", "public_name": firm.name });
    let tag = plain(&api.post("/tags", &tag).await?["id"]);
    let form = open_form(&api, firm, &topic, &tag).await?;
    let account = Account { id, api, firm, from, form, tag, topic, user, book: world.book.clone() };
    world.book.notice(&account.from, account.notice());
    Ok(account)
}

async fn accept_policy(api: &Api, firm: Firm) -> Result<(), String> {
    let version = api.get("/me").await?["policy_version"].clone();
    let accepted = json!({ "version": version, "accepted_by": firm.mailbox });
    api.post("/me/policy", &accepted).await.map(drop)
}

async fn add_user(world: &World, api: &Api, firm: Firm) -> Result<String, String> {
    let seen = world.seen();
    let name = firm.mailbox.split('@').next().unwrap_or_default();
    let user = json!({ "name": name, "address": firm.mailbox, "language": firm.language });
    let made = api.post("/users", &user).await?;
    click_invitation(world, firm.mailbox, seen).await?;
    Ok(plain(&made["id"]))
}

/// Reads the invitation and confirms the address behind its link, without a log-in.
async fn click_invitation(world: &World, address: &str, seen: usize) -> Result<(), String> {
    let mail = world.mail_to(address, seen, |letter| letter.link("/i/").is_some()).await?;
    let link = Letter::read(&mail.bytes).link("/i/").ok_or("an invitation without link")?;
    let visitor = Visitor::new(world.house.web(), Ipv4Addr::new(127, 9, 0, 1));
    let forms = visitor.forms(&link).await?;
    let confirm = forms.iter().find(|form| form.action.starts_with("/e/"));
    visitor.send(confirm.ok_or("an invitation without that button")?).await.map(drop)
}

/// Reads the proof mail and presses the button behind its link.
async fn click_proof(world: &World, address: &str, seen: usize) -> Result<(), String> {
    let mail = world.mail_to(address, seen, |letter| letter.link("/e/").is_some()).await?;
    let link = Letter::read(&mail.bytes).link("/e/").ok_or("a proof mail without link")?;
    let visitor = Visitor::new(world.house.web(), Ipv4Addr::new(127, 9, 0, 1));
    visitor.press(&link).await.map(drop)
}

async fn prove_website(world: &World, api: &Api, firm: Firm) -> Result<String, String> {
    let made = api.post("/websites", &json!({ "host": firm.site })).await?;
    let id = plain(&made["id"]);
    let proof = &made["proof"]["dns_txt"];
    world.dns.set(&plain(&proof["name"]), Data::Txt(plain(&proof["value"])));
    let checked = api.post(&format!("/websites/{id}/check"), &Value::Null).await?;
    if checked["proven_at"].is_null() {
        return Err(failed("the website was not proven", checked));
    }
    Ok(id)
}

async fn approve_topic(world: &World, api: &Api, account: &str, website: &str, firm: Firm) -> Result<String, String> {
    let topic = json!({ "website": website, "statement": firm.statement });
    let made = api.post("/topics", &topic).await?;
    let id = plain(&made["id"]);
    let review = format!("/reviews/topics/{account}/{id}/{}", made["version"]);
    let decision = json!({ "approve": true, "by": "Olga", "reason": "It says what people get." });
    world.operator.post(&review, &decision).await?;
    Ok(id)
}

async fn prove_sender(world: &World, api: &Api, firm: Firm) -> Result<String, String> {
    let seen = world.seen();
    let (sender, reads) = match firm.domain {
        Some(domain) => {
            let address = format!("{}@{domain}", firm.local);
            world.book.staff(&address);
            authenticate(world, api, domain).await?;
            (json!({ "address": address, "display_name": firm.name }), address)
        }
        None => {
            let platform = json!({ "name": firm.local, "forward_to": firm.mailbox });
            let wanted = json!({ "display_name": firm.name, "platform": platform });
            (wanted, firm.mailbox.to_owned())
        }
    };
    let made = api.post("/senders", &sender).await?;
    click_proof(world, &reads, seen).await?;
    let id = plain(&made["id"]);
    api.post(&format!("/senders/{id}/choose"), &Value::Null).await?;
    Ok(plain(&made["address"]).to_lowercase())
}

/// Publishes what the domain needs and lets it be checked.
async fn authenticate(world: &World, api: &Api, domain: &str) -> Result<(), String> {
    super::world::mail_domain(&world.dns, domain, Ipv4Addr::LOCALHOST);
    let made = api.post("/domains", &json!({ "name": domain })).await?;
    let id = plain(&made["id"]);
    world.publish_zone()?;
    super::world::mail_host(&world.dns, domain, Ipv4Addr::LOCALHOST);
    let checked = api.post(&format!("/domains/{id}/check"), &Value::Null).await?;
    if checked["authenticated_at"].is_null() {
        return Err(failed("the domain was not authenticated", checked));
    }
    Ok(())
}

async fn open_form(api: &Api, firm: Firm, topic: &str, tag: &str) -> Result<String, String> {
    let form = json!({
        "name": "On the website",
        "topic": topic,
        "language": firm.language,
        "tags": [tag],
        "fields": ["given_name"],
    });
    let id = plain(&api.post("/forms", &form).await?["id"]);
    api.post(&format!("/forms/{id}/open"), &Value::Null).await?;
    Ok(id)
}
