//! One account with something on each of its pages.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde_json::{Value, json};

use super::words::{self, Words};
use super::{id, made};
use crate::letter::Letter;
use crate::provider::{Behaviour, Record, Scope};
use crate::story::{
    self, Account, LogIn, Member, Reader, Visitor, World, confirm, finished, gather, invite, mail_domain, path_of,
    progress, sign_up, start_autoresponder, start_newsletter, write_newsletter,
};

/// A domain whose provider takes newsletters later, for ever: so a newsletter stays on its way.
pub const LATE: &str = "langsam.example";

/// A domain whose provider takes no newsletters at all, and says that it is our own fault. Each account has
/// one of its own: after that nothing goes there for a while, confirmations neither.
fn strict(number: usize) -> String {
    format!("streng{number}.example")
}

/// How long a newsletter to a handful of readers may take.
const SOON: Duration = Duration::from_secs(60);
/// How long one to all readers of the story may take.
const RUN: Duration = Duration::from_secs(240);
/// Readers at [`LATE`].
const LATE_READERS: usize = 4;
/// Mails that may be open when nothing more happens: those to them, and the one to the strict domain.
const MOST_OPEN: u64 = 5;

/// A reader of the stage: nobody else has this address.
fn reader(number: usize, place: usize, given: &str, domain: &str) -> Reader {
    let part = |value: usize| u8::try_from(value % 250).unwrap_or(0);
    let local = crate::people::plain(given);
    Reader {
        address: format!("{local}.{number}{place}@{domain}"),
        given: given.to_owned(),
        ip: Ipv4Addr::new(127, 60 + part(number), 1 + part(place), 7),
    }
}

/// A few readers for an account that has none, and a first newsletter which they all got: one of them
/// left by it, one mailbox was gone, and one was full.
///
/// # Errors
/// The first step that failed.
pub async fn audience(world: &World, account: &Account, number: usize) -> Result<(), String> {
    let given = ["Ada", "Bela", "Cora", "Dario", "Elif", "Finn", "Greta", "Henrik", "Ines", "Jonas", "Käthe", "Levi"];
    let domains = crate::people::DOMAINS;
    let readers: Vec<Reader> = given
        .iter()
        .enumerate()
        .map(|(place, given)| reader(number, place, given, domains[place % domains.len()]))
        .collect();
    gather(world, account, &readers).await?;
    let behave = |place: usize, behaviour| {
        world.provider.set_behaviour(Scope::Address(readers[place].address.clone()), behaviour);
    };
    behave(1, Behaviour::hard());
    behave(2, Behaviour::at_rcpt("552 5.2.2 mailbox full"));
    let words = words::of(account.firm.language);
    let id = write_newsletter(account, &text(words.subjects[0], words.body)).await?;
    let seen = world.seen();
    start_newsletter(account, &id).await?;
    finished(world, account, &id, SOON).await?;
    let mail = world.mail_to(&readers[0].address, seen, |_| true).await?;
    let link = Letter::read(&mail.bytes).unsubscribe_uris().into_iter().next().ok_or("no List-Unsubscribe")?;
    Visitor::new(world.house.web(), readers[0].ip).one_click(&link).await.map(drop)
}

/// A mailing as the API takes it.
fn newsletter(account: &Account, subject: &str, body: &str) -> Value {
    json!({
        "name": subject, "topic": { "id": account.topic }, "subject": subject,
        "format": "markdown", "body": body, "language": account.firm.language,
    })
}

fn text(subject: &str, body: &str) -> story::Words {
    story::Words { subject: subject.to_owned(), body: body.to_owned() }
}

/// Gives an account what its pages show beside readers and newsletters that are over: drafts, a time
/// table, mail on its way, things that wait for a proof or a person. Returns the paths that stand in
/// mails alone. `number` tells the accounts of one world apart.
///
/// # Errors
/// The first step that failed.
pub async fn furnish(world: &World, account: &Account, number: usize) -> Result<Vec<String>, String> {
    let words = words::of(account.firm.language);
    for domain in [LATE.to_owned(), strict(number)] {
        mail_domain(&world.dns, &domain, Ipv4Addr::LOCALHOST);
        world.provider.set_behaviour(Scope::Domain(domain), Behaviour::accept());
    }
    let mut doors = unproven(world, account, &words).await?;
    doors.extend(team(world, account).await?);
    let (known, confirmed) = readers(world, account, number).await?;
    doors.push(confirmed);
    doors.extend(pending(world, account, number).await?);
    let tags = tags(account, &words).await?;
    describe(account, &known, &tags).await?;
    let mail = mailings(world, account, &words, &tags, (number, &known[0])).await?;
    doors.extend(links(&mail));
    Ok(doors)
}

/// The owner asks the operator beforehand.
///
/// # Errors
/// A page that was not taken.
pub async fn ask(world: &World, account: &Account, owner: &LogIn) -> Result<(), String> {
    let member = Member::new(world.house.web(), account.firm.language);
    member.sign_in(owner).await?;
    let question = words::of(account.firm.language).question;
    member.fill(&format!("/a/{}/ask", account.id), &[("words", question)]).await.map(drop)
}

/// What waits for a proof, or for the operator.
async fn unproven(world: &World, account: &Account, words: &Words) -> Result<Vec<String>, String> {
    let website = made(account, "/websites", json!({ "host": words.site })).await?;
    let topics = account.api.get("/topics").await?;
    let proven = topics["items"][0]["website"].clone();
    let proven = if proven.is_null() { json!(website) } else { proven };
    made(account, "/topics", json!({ "website": proven, "statement": words.statement })).await?;
    let domain = made(account, "/domains", json!({ "name": words.domain })).await?;
    account.api.post(&format!("/domains/{domain}/check"), &Value::Null).await?;
    let form = json!({ "name": words.form, "topic": account.topic, "language": account.firm.language });
    made(account, "/forms", form).await?;
    let seen = world.seen();
    let platform = json!({ "name": words.sender.0, "forward_to": account.firm.mailbox });
    made(account, "/senders", json!({ "display_name": words.sender.1, "platform": platform })).await?;
    let mail = world.mail_to(account.firm.mailbox, seen, |letter| letter.link("/e/").is_some()).await?;
    Ok(Letter::read(&mail.bytes).link("/e/").map(|link| path_of(&link)).into_iter().collect())
}

/// Somebody who was invited and did not answer yet.
async fn team(world: &World, account: &Account) -> Result<Vec<String>, String> {
    let who = LogIn::new("Edda Eder", &format!("edda.{}@buero.example", account.id), "");
    Ok(vec![path_of(&invite(world, account, &who, "editor").await?)])
}

/// Readers whose newsletters do not arrive at once, after one who is like all others; and the path by which
/// that one confirmed.
async fn readers(world: &World, account: &Account, number: usize) -> Result<(Vec<Reader>, String), String> {
    let given = ["Mira", "Noor", "Oskar", "Paula"];
    let mut all: Vec<Reader> =
        (0..LATE_READERS).map(|place| reader(number, 20 + place, given[place % given.len()], LATE)).collect();
    all.insert(0, reader(number, 30, "Thea", "posthof.example"));
    all.push(reader(number, 31, "Vera", &strict(number)));
    let signed = sign_up(world, account, &all).await?;
    let links = signed.confirm.into_iter().collect();
    confirm(world, &links).await?;
    let own = links.get(&all[0].address.to_lowercase()).ok_or("no link for the first reader")?;
    let path = path_of(own);
    Ok((all, path))
}

/// Somebody who signed up and did not confirm yet.
async fn pending(world: &World, account: &Account, number: usize) -> Result<Vec<String>, String> {
    let signed = sign_up(world, account, &[reader(number, 40, "Wanda", "post.test")]).await?;
    Ok(signed.confirm.values().chain(signed.not_me.values()).map(|link| path_of(link)).collect())
}

async fn tags(account: &Account, words: &Words) -> Result<Vec<String>, String> {
    let mut tags = Vec::new();
    for (name, public_name) in words.tags {
        tags.push(made(account, "/tags", json!({ "name": name, "public_name": public_name })).await?);
    }
    Ok(tags)
}

/// Some contacts carry tags, and one more field.
async fn describe(account: &Account, known: &[Reader], tags: &[String]) -> Result<(), String> {
    for (place, reader) in known.iter().enumerate() {
        let found = account.api.post("/contacts/find", &json!({ "address": reader.address })).await?;
        let contact = id(&found);
        let own = &tags[place % tags.len()];
        account.api.post(&format!("/contacts/{contact}/tags"), &json!({ "add": [own] })).await?;
        let fields = json!({ "fields": { "given_name": reader.given, "city": "Musterstadt" } });
        account.api.ask("PUT", &format!("/contacts/{contact}/fields"), &fields).await?;
    }
    Ok(())
}

/// Drafts, a time table, a newsletter on its way and a paused one. Returns the mail that `reader` got.
async fn mailings(
    world: &World,
    account: &Account,
    words: &Words,
    tags: &[String],
    reader: (usize, &Reader),
) -> Result<Record, String> {
    let draft = write_newsletter(account, &text(words.subjects[1], words.body)).await?;
    let mut again = newsletter(account, words.subjects[1], words.body_again);
    again["include_tags"] = json!([tags[0]]);
    again["exclude_tags"] = json!([tags[1]]);
    account.api.ask("PUT", &format!("/newsletters/{draft}"), &again).await?;
    let scheduled = write_newsletter(account, &text(words.subjects[2], words.body)).await?;
    let at = json!({ "at": crate::clock::utc_in(Duration::from_secs(26 * 60 * 60)) });
    account.api.post(&format!("/newsletters/{scheduled}/schedule"), &at).await?;
    start_autoresponder(account, &text(words.series[0], words.body), 24 * 60).await?;
    let mut later = newsletter(account, words.series[1], words.body);
    later["trigger_tag"] = json!(account.tag);
    later["delay_minutes"] = json!(28 * 24 * 60);
    account.book.autoresponder(words.series[1]);
    made(account, "/autoresponders", later).await?;
    on_its_way(world, account, words, tags, reader).await
}

async fn on_its_way(
    world: &World,
    account: &Account,
    words: &Words,
    tags: &[String],
    (number, reader): (usize, &Reader),
) -> Result<Record, String> {
    let late = Behaviour::at_rcpt("451 4.3.2 this server takes no more mail today, try again later");
    world.provider.set_behaviour(Scope::Domain(LATE.to_owned()), late);
    let refused = Behaviour::at_rcpt("550 5.7.1 your address sends too much that our users do not want");
    world.provider.set_behaviour(Scope::Domain(strict(number)), refused);
    let mut few = newsletter(account, words.subjects[4], words.body);
    few["include_tags"] = json!(tags);
    account.book.newsletter(words.subjects[4]);
    let paused = made(account, "/newsletters", few).await?;
    start_newsletter(account, &paused).await?;
    only_late_ones_wait(world, account, &paused).await?;
    account.api.post(&format!("/newsletters/{paused}/pause"), &Value::Null).await?;
    let running = write_newsletter(account, &text(words.subjects[3], words.body)).await?;
    let seen = world.seen();
    start_newsletter(account, &running).await?;
    only_late_ones_wait(world, account, &running).await?;
    let own = |letter: &Letter<'_>| letter.words("Subject").as_deref() == Some(words.subjects[3]);
    world.mail_to(&reader.address, seen, own).await
}

/// Waits until only those mails of a newsletter are open that are taken later.
async fn only_late_ones_wait(world: &World, account: &Account, newsletter: &str) -> Result<(), String> {
    let what = format!("the newsletter {newsletter} is on its way");
    world
        .until(&what, RUN, || async {
            let state = progress(account, "newsletters", newsletter).await?;
            let open = state["open"].as_u64().unwrap_or(u64::MAX);
            let waits = state["audience"] != 0 && open <= MOST_OPEN;
            Ok((!waits).then(|| state.to_string()))
        })
        .await
}

/// The paths in a mail that its reader may follow.
fn links(mail: &Record) -> Vec<String> {
    let letter = Letter::read(&mail.bytes);
    ["/u/", "/p/", "/v/"].into_iter().filter_map(|path| letter.link(path)).map(|link| path_of(&link)).collect()
}
