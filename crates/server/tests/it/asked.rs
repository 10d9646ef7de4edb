//! What the operator asks at the command line: what waits for whom, and why somebody did or did not get
//! a mailing (promise 7). The pages of the same installation say the same.

use std::collections::BTreeMap;
use std::time::Duration;

use policy::absent::Absent;
use policy::{AccountId, ContactId, why};
use serde_json::{Value, json};
use testbench::letter::Letter;
use testbench::postgres::Scratch;
use testbench::provider::{Behaviour, Reply, Scope};
use testbench::reports::Dsn;
use testbench::story::{
    Account, GARDEN, Member, Reader, Setup, Words, World, gather, open_account, owner_log_in, post, readers, sign_up,
    start_newsletter, write_newsletter,
};
use texts::Language;

use crate::scratch::{program, refused, run, written};

const RUN: Duration = Duration::from_secs(120);
/// What the receiver says; it would like to speak to the operator's terminal.
const LATER: &[u8] = b"450 4.2.0 not now \x1b[31m<b>come back</b>\r\n";

/// What became of each of the readers, in their order.
const LEFT: usize = 0;
const REFUSED: usize = 1;
const PUT_OFF: usize = 2;
const TAKEN: usize = 3;
const RETURNED: usize = 4;
const PENDING: usize = 5;

async fn number(account: &Account, reader: &Reader) -> Result<String, String> {
    let found = account.api.post("/contacts/find", &json!({ "address": reader.address })).await?;
    Ok(found["id"].as_str().ok_or_else(|| format!("no contact: {found}"))?.to_owned())
}

/// Sends one newsletter to people of whom each has a story of their own.
async fn live(world: &World, account: &Account, people: &[Reader]) -> Result<(Vec<String>, String), String> {
    gather(world, account, &people[..PENDING]).await?;
    sign_up(world, account, &people[PENDING..]).await?;
    let mut numbers = Vec::new();
    for reader in &people[..PENDING] {
        numbers.push(number(account, reader).await?);
    }
    account.api.post(&format!("/contacts/{}/unsubscribe", numbers[LEFT]), &Value::Null).await?;
    let only = |at: usize| Scope::Address(people[at].address.clone());
    world.provider.set_behaviour(only(REFUSED), Behaviour::hard());
    let later = Behaviour { rcpt: Some(Reply::Bytes(LATER.to_vec())), ..Behaviour::default() };
    world.provider.set_behaviour(only(PUT_OFF), later);
    let subject = "Gartenbrief".to_owned();
    let words = Words { subject: subject.clone(), body: "Guten Tag,\n\nein Brief.\n".to_owned() };
    let id = write_newsletter(account, &words).await?;
    let before = world.provider.completed();
    start_newsletter(account, &id).await?;
    if !world.provider.wait_for(before + 2, RUN).await {
        return Err("the newsletter did not come".to_owned());
    }
    world
        .until("the mail is put off, the others ended", RUN, || async {
            let queue = world.command(&["queue"])?;
            let done = queue["providers"].as_array().is_some_and(|all| {
                all.iter().map(|one| one["deferred"].as_i64().unwrap_or(0)).sum::<i64>() == 1
                    && all.iter().all(|one| one["due"] == 0 && one["in_flight"] == 0)
            });
            Ok((!done).then(|| queue.to_string()))
        })
        .await?;
    let wanted = |record: &&testbench::provider::Record| {
        record.accepted
            && record.is_message_for(&people[RETURNED].address)
            && Letter::read(&record.bytes).words("Subject").as_ref() == Some(&subject)
    };
    let mails = world.provider.messages();
    let mail = mails.iter().find(wanted).ok_or("no mail to return")?;
    let dsn = Dsn::hard(&mail.mail_from, &people[RETURNED].address, &mail.bytes).build();
    post(world.house.inbound(), "", &mail.mail_from, &dsn).await?;
    Ok((numbers, id))
}

/// The queue names the provider by its mail host, and its word; nothing acts on the terminal.
fn queue_is_told(world: &World, people: &[Reader]) -> Result<(), String> {
    let domain = people[PUT_OFF].address.rsplit('@').next().ok_or("no domain")?;
    let queue = world.command(&["queue"])?;
    let all = queue["providers"].as_array().ok_or("no providers")?;
    let one = all.iter().find(|one| one["deferred"] == 1).ok_or_else(|| format!("nothing is put off: {queue}"))?;
    // Its mail host is mx. and the domain.
    assert_eq!((&one["provider_group"], &one["domains"]), (&json!(domain), &json!([domain])));
    let said = one["last_reply"].as_str().ok_or("no reply")?;
    assert!(said.starts_with("450 4.2.0 not now ") && said.contains("<b>come back</b>"), "{said}");
    assert!(one["next_attempt"].is_string() && one["pause"].is_null(), "{one}");
    assert_eq!(
        (&queue["sending"], &queue["more"], &queue["provider_unknown"]),
        (&json!(true), &json!(false), &json!([]))
    );
    let (code, words, _) = run(&world.house, &["queue"]);
    assert_eq!(code, Some(0));
    assert!(words.starts_with("PROVIDER GROUP") && words.contains(domain) && words.contains("450 4.2.0 not now"));
    assert!(!words.chars().any(|c| c.is_control() && c != '\n'), "{words:?}");
    Ok(())
}

/// What is paused says so, and when something is tried next is not promised.
fn pauses_are_told(world: &World, database: Option<&str>, people: &[Reader]) -> Result<(), String> {
    let domain = people[PUT_OFF].address.rsplit('@').next().ok_or("no domain")?;
    // A pause as sending writes it when a provider refuses all our mail.
    let statement = format!(
        "INSERT INTO incident (id, kind, provider_group, state, opened_at, detail) VALUES (5, 'policy_block', '{domain}', 'open', 0, 'refused');
         INSERT INTO provider_pause (provider_group, until, reason, incident_id) VALUES ('{domain}', 0, 'refused', 5)"
    );
    written(&world.house, database, &statement)?;
    let queue = world.command(&["queue"])?;
    let all = queue["providers"].as_array().ok_or("no providers")?;
    let one = all.iter().find(|one| one["provider_group"] == json!(domain)).ok_or("it is gone")?;
    assert_eq!((&one["next_attempt"], &one["pause"]["incident"]), (&Value::Null, &json!(5)));
    assert_eq!(one["incidents"][0]["kind"], "policy_block");
    let (_, words, _) = run(&world.house, &["queue"]);
    assert!(words.contains("until a person decides: refused") && words.contains("5 policy_block"), "{words}");
    Ok(())
}

/// The answer for each person, by number and by address.
fn everybody_is_explained(
    world: &World,
    people: &[Reader],
    numbers: &[String],
    id: &str,
) -> Result<BTreeMap<usize, Value>, String> {
    let mut told = BTreeMap::new();
    for (at, (reader, number)) in people.iter().zip(numbers).enumerate() {
        let found = world.command(&["explain", number, id])?;
        assert_eq!(found, world.command(&["explain", &reader.address, id])?, "by number and by address");
        let consent = &found["consent"][0];
        assert_eq!((&consent["event"], &consent["intact"]), (&json!("confirmed"), &json!(true)), "{found}");
        assert_eq!(consent["evidence"]["submitted_ip"], reader.ip.to_string());
        let (code, words, _) = run(&world.house, &["explain", number, id]);
        assert_eq!(code, Some(0));
        for sentence in found["sentences"].as_array().ok_or("no sentences")? {
            assert!(words.contains(sentence.as_str().unwrap_or("-")), "{sentence} is missing: {words}");
        }
        assert!(!words.chars().any(|c| c.is_control() && c != '\n'), "{words:?}");
        told.insert(at, found);
    }
    let says = |at: usize| (told[&at]["answer"].as_str().unwrap_or(""), told[&at]["rule"].as_str().unwrap_or(""));
    assert_eq!(says(LEFT), ("not_in_audience", "left_before"));
    assert_eq!(says(REFUSED), ("bounced", "hard"));
    assert_eq!(says(PUT_OFF).0, "deferred");
    assert_eq!(says(TAKEN).0, "accepted");
    assert_eq!(says(RETURNED).0, "accepted");
    assert_eq!(told[&LEFT]["contact"]["left_by"], "unsubscribed");
    assert!(told[&REFUSED]["reply"].as_str().is_some_and(|said| said.starts_with("550 5.1.1")));
    assert_eq!(told[&REFUSED]["exclusion"]["reason"], "hard_bounce");
    assert_eq!(told[&RETURNED]["mail"]["bounce"]["class"], "hard");
    assert_eq!(told[&RETURNED]["exclusion"]["mailing"].to_string(), id);
    assert!(told[&TAKEN]["exclusion"].is_null() && told[&TAKEN]["mail"]["bounce"].is_null());
    Ok(told)
}

/// The account's own page answers the same question from the same record.
async fn the_page_says_the_same(
    world: &World,
    account: &Account,
    numbers: &[String],
    id: &str,
    told: &BTreeMap<usize, Value>,
) -> Result<(), String> {
    let who = owner_log_in(world, account, "Olga Fragt", "kein grosses wort").await?;
    let member = Member::new(world.house.web(), account.firm.language);
    member.sign_in(&who).await?;
    for (at, number) in numbers.iter().enumerate() {
        let page = member.get(&format!("/a/{}/contacts/{number}?mailing={id}", account.id)).await?;
        let text = page.text().replace("&#39;", "'").replace("&quot;", "\"").replace("&#34;", "\"");
        let rule = told[&at]["rule"].as_str();
        let wanted = match (told[&at]["answer"].as_str(), rule) {
            (Some("not_in_audience"), Some(word)) => {
                let absent = Absent::ALL.into_iter().find(|absent| absent.word() == word).ok_or("no such word")?;
                why::absent(Language::De, absent)
            }
            (_, Some(rule)) => why::reason(Language::De, rule),
            _ => why::row_state(Language::De, policy::RowState::Accepted),
        };
        assert!(text.contains(&wanted), "reader {at}: {wanted:?} is not on the page ({}): {text}", page.status);
    }
    Ok(())
}

/// Whoever asks in vain reads what to do.
fn questions_in_vain(world: &World, account: &Account, people: &[Reader], numbers: &[String], id: &str) {
    let fails = |arguments: &[&str], code: i32| refused(&world.house, arguments, code);
    let told = fails(&["explain", &numbers[TAKEN], "999"], 1);
    assert!(told.contains("no mailing 999") && told.contains("address of its page"), "{told}");
    let told = fails(&["explain", "nobody@post.test", id], 1);
    assert!(told.contains("never had a contact") && told.contains("exclusion show"), "{told}");
    let told = fails(&["explain", &people[PENDING].address, id], 1);
    assert!(told.contains("not confirmed yet"), "{told}");
    let told = fails(&["explain", "7", id], 1);
    assert!(told.contains(&format!("belongs to account {}", account.id)), "{told}");
    let of_ours = AccountId::from_raw(account.id.parse().expect("a number"));
    let nobody = ContactId::new(of_ours, 999).expect("fits").to_string();
    let told = fails(&["explain", &nobody, id], 1);
    assert!(told.contains("there is no contact") && told.contains("by the address"), "{told}");
    let told = fails(&["explain", "no address", id], 2);
    assert!(told.contains("neither a number nor an address"), "{told}");
    fails(&["explain", &numbers[TAKEN], "May"], 2);
}

/// Who left and came again stands twice on record: the operator says which one is meant.
fn an_address_of_two_persons(
    world: &World,
    database: Option<&str>,
    people: &[Reader],
    numbers: &[String],
    id: &str,
) -> Result<(), String> {
    // An address gets one confirmation mail in three days (R8), for which no test waits: the earlier visit
    // is written down as it would have been.
    let earlier = numbers[LEFT].parse::<i64>().map_err(|error| error.to_string())? + 500_000;
    let statement = format!(
        "INSERT INTO former_contact (account_id, id, address, address_key, domain, language, fields, tags, since, reason, left_at, restorable_until, facts_version)
         SELECT account_id, {earlier}, address, address_key, domain, language, fields, tags, 0, 'unsubscribed', 1, 0, 1 FROM former_contact WHERE id = {}",
        numbers[LEFT]
    );
    written(&world.house, database, &statement)?;
    let told = refused(&world.house, &["explain", &people[LEFT].address, id], 1);
    assert!(told.contains("more than once") && told.contains(&numbers[LEFT]), "{told}");
    assert!(told.contains(&format!("{earlier} (contact from 1970-01-01T00:00:00")), "{told}");
    let found = world.command(&["explain", &earlier.to_string(), id])?;
    assert_eq!((&found["answer"], &found["rule"]), (&json!("not_in_audience"), &json!("left_before")), "{found}");
    Ok(())
}

async fn tell(world: &World, database: Option<&str>) -> Result<(), String> {
    let account = open_account(world, GARDEN).await?;
    let people = readers(41, 6);
    let (numbers, id) = live(world, &account, &people).await?;
    queue_is_told(world, &people)?;
    let told = everybody_is_explained(world, &people, &numbers, &id)?;
    the_page_says_the_same(world, &account, &numbers, &id, &told).await?;
    questions_in_vain(world, &account, &people, &numbers, &id);
    an_address_of_two_persons(world, database, &people, &numbers, &id)?;
    // The last of all: from now on the domain gets nothing.
    pauses_are_told(world, database, &people)
}

async fn story(database: Option<String>) -> Result<(), String> {
    let settings = vec![("signup.per_form_hour".to_owned(), "100000".to_owned())];
    let world = World::open(Setup { program: program(), database: database.clone(), settings }).await?;
    let outcome = tell(&world, database.as_deref()).await;
    outcome.map_err(|error| {
        let said = world.house.program().map(testbench::process::Program::lines).unwrap_or_default();
        let last = said.len().saturating_sub(30);
        format!("{error}; the queue: {:?}; the last lines: {:#?}", world.command(&["queue"]), &said[last..])
    })
}

/// Proves promise 7 at the command line: every "why did X (not) get this?" is answered from the record,
/// as the pages answer it, and the queue is told with the receivers' own words.
#[tokio::test(flavor = "multi_thread")]
async fn the_queue_is_told_and_everybody_is_explained_sqlite() {
    if let Err(error) = story(None).await {
        panic!("{error}");
    }
}

/// The same on PostgreSQL.
#[tokio::test(flavor = "multi_thread")]
async fn the_queue_is_told_and_everybody_is_explained_postgres() {
    match Scratch::shared().and_then(Scratch::create_database) {
        Ok(database) => {
            if let Err(error) = story(Some(database)).await {
                panic!("{error}");
            }
        }
        Err(reason) => testbench::not_run(format!("queue and explain on PostgreSQL: {reason}")),
    }
}
