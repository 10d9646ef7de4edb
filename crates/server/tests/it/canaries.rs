//! Known secrets, looked for wherever they must not be: in a dump of the database, in everything
//! that the program says at its most talkative, in its environment and arguments, in the answers of
//! the API and in the metrics. And no person's address and no subject in log and metrics, also where
//! receivers, visitors and peers do all to get them there.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::net::Ipv4Addr;
use std::process::Command;
use std::time::Duration;

use policy::dns_records::{KeyAlgorithm, PublishedKey};
use policy::{AccountId, KeyId};
use seals::Seals;
use serde_json::{Value, json};
use store::keys::SealedKey;
use testbench::http::Client;
use testbench::letter::{Letter, unbase64};
use testbench::postgres::Scratch;
use testbench::provider::{Behaviour, Close, Record, Scope};
use testbench::reports::{Arf, Dsn, Forwarding, Original, forward_to_abuse};
use testbench::story::{
    Account, GARDEN, Setup, Visitor, Words, World, gather, mail_domain, open_account, operator_mailbox, post, readers,
    start_newsletter, unsubscribe_by_mail, write_newsletter,
};
use testbench::submit::submit;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::scratch::program;

const READERS: usize = 30;
/// Of these, people whose receivers repeat what they hear.
const GOSSIPS: usize = 5;
/// The subject of the newsletter.
const SUBJECT: &str = "Gartenbrief mit Kirschen";
/// What a stranger's greeting holds beside an address.
const GREETED: &str = "jw_7h1s1sn0t0k3nbutl00ksl1ke1t";
const RUN: Duration = Duration::from_secs(120);
/// How many ids are tried at each place of an API path.
const IDS: usize = 30;

/// A secret in all the spellings in which it could leak.
struct Canary {
    what: String,
    spellings: Vec<String>,
}

impl Canary {
    fn text(what: &str, secret: &str) -> Self {
        let mut canary = Self::bytes(what, secret.as_bytes());
        canary.spellings.push(secret.to_owned());
        canary
    }

    /// Hexadecimal, and base64 at each of its three alignments.
    fn bytes(what: &str, secret: &[u8]) -> Self {
        assert!(secret.len() >= 16, "{what} is too short to be told from chance");
        let hex = secret.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let mut spellings: Vec<String> = (0..3).map(|skip| base64(&secret[skip..])).collect();
        spellings.extend([hex.to_uppercase(), hex]);
        Self { what: what.to_owned(), spellings }
    }

    /// The line in which it stands, if there is one.
    fn found_in<'t>(&self, text: &'t str) -> Option<&'t str> {
        let place = self.spellings.iter().find_map(|spelling| text.find(spelling.as_str()))?;
        let start = text[..place].rfind('\n').map_or(0, |end| end + 1);
        text[start..].lines().next()
    }

    fn stands_in(&self, text: &str) -> bool {
        self.found_in(text).is_some()
    }
}

/// Whole groups of three bytes only: what follows them would change the last letters.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks_exact(3) {
        let bits = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
        for shift in [18, 12, 6, 0] {
            text.push(char::from(LETTERS[(bits >> shift & 63) as usize]));
        }
    }
    text
}

/// A canary must be found by the very search that finds nothing elsewhere.
#[test]
fn a_canary_is_found_in_every_spelling() {
    let secret: Vec<u8> = (0..32).map(|n| n * 7 + 1).collect();
    let canary = Canary::bytes("a secret", &secret);
    for lead in 0..3 {
        let text = base64(&[&vec![9; lead][..], &secret, &[9; 4]].concat());
        assert!(canary.stands_in(&text), "{lead}: {text}");
    }
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(canary.stands_in(&format!("X'{hex}'")) && canary.stands_in(&hex.to_uppercase()));
    assert!(!canary.stands_in(&hex.replace("08", "09")));
    assert!(Canary::text("a token", "jw_0123456789abcdef").stands_in("token=jw_0123456789abcdef;"));
}

/// The keys of `secrets.key`.
fn secrets(world: &World) -> (Vec<Canary>, Seals) {
    let text = fs::read_to_string(world.house.folder().join("secrets.key")).expect("secrets.key");
    let lines = text.lines().filter_map(|line| line.strip_prefix("jawort-secrets-1 "));
    let canaries: Vec<Canary> = lines.map(|line| Canary::bytes("secrets.key", &unbase64(line.as_bytes()))).collect();
    assert!(!canaries.is_empty());
    (canaries, Seals::parse(&text).expect("its keys"))
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    (0..text.len()).step_by(2).map(digits).collect()
}

/// The private parts of all signing keys, unsealed as the program does it.
fn private_keys(world: &World, seals: &Seals, hex: &str) -> Vec<Canary> {
    let query = format!("SELECT id, account_id, domain, selector, algorithm, {hex} FROM signing_key");
    let rows = world.house.ask(&query).expect("the keys");
    assert!(rows.len() >= 6, "the platform's and the garden's");
    let canary = |row: &Vec<String>| {
        let [id, account, domain, selector, algorithm, sealed] = &row[..] else { panic!("a strange row") };
        let number = |text: &String| text.parse::<i64>().expect("a number");
        let algorithm = KeyAlgorithm::parse(algorithm).expect("an algorithm");
        let account = Some(number(account)).filter(|number| *number != 0).map(AccountId::from_raw);
        let published = PublishedKey { selector: selector.clone(), algorithm, record: String::new() };
        let id = KeyId::from_raw(number(id));
        let key = SealedKey { id, account, domain: domain.clone(), published, sealed: unhex(sealed), active: true };
        let der = key.open(seals).expect("it was sealed with this secret");
        // Of RSA keys the end, which is secret; the modulus is published. Of Ed25519 the seed.
        let secret = match algorithm {
            KeyAlgorithm::Ed25519Sha256 => &der[16..48],
            _ => &der[der.len() - 32..],
        };
        Canary::bytes(&format!("the private key {selector}"), secret)
    };
    rows.iter().map(canary).collect()
}

/// The last part of the links in mails that prove who somebody is.
fn proofs(world: &World) -> Vec<Canary> {
    let mut found = BTreeSet::new();
    for record in world.provider.messages() {
        let letter = Letter::read(&record.bytes);
        found.extend(["/c/", "/e/", "/i/"].iter().filter_map(|path| letter.link(path)));
    }
    assert!(found.len() > READERS, "confirmations and proofs of addresses");
    let token = |link: &String| Canary::text("a proof", link.rsplit('/').next().expect("a token"));
    found.iter().map(token).collect()
}

/// What happens between people and the program, with everything that it likes to complain about.
async fn live(world: &World, account: &Account) -> Result<Vec<String>, String> {
    let people = readers(97, READERS);
    gather(world, account, &people).await?;
    gossips(world, &people);
    let subject = SUBJECT.to_owned();
    let words = Words { subject: subject.clone(), body: "Guten Tag,\n\nein Brief.\n".to_owned() };
    let id = write_newsletter(account, &words).await?;
    let before = world.provider.completed();
    start_newsletter(account, &id).await?;
    if !world.provider.wait_for(before + READERS - GOSSIPS, RUN).await {
        return Err("the newsletter did not come".to_owned());
    }
    strangers(world, account).await?;
    let mut mails: Vec<Record> = world.provider.messages();
    mails.retain(|record| record.accepted && Letter::read(&record.bytes).words("Subject").as_ref() == Some(&subject));
    answers(world, &mails).await?;
    mistakes(world, &mails[9]).await?;
    Ok(people.into_iter().map(|one| one.address).collect())
}

/// Receivers that repeat in their replies whatever they were told: whom the mail was for, and its subject.
fn gossips(world: &World, people: &[testbench::story::Reader]) {
    let replies: [fn(&str) -> Behaviour; GOSSIPS] = [
        |who| Behaviour::at_rcpt(&format!("550 5.1.1 <{who}>: no such user")),
        |who| Behaviour::at_rcpt(&format!("452 4.2.2 mailbox of {who} is full")),
        |who| Behaviour::at_dot(&format!("552 5.3.4 {SUBJECT} for {who} is too large")),
        |who| Behaviour::at_data(&format!("451 4.3.0 {who}, try again")),
        |_| Behaviour { first: Some(1), ..Behaviour::closing(Close::InData(400)) },
    ];
    for (person, reply) in people.iter().zip(replies) {
        world.provider.set_behaviour(Scope::Address(person.address.clone()), reply(&person.address));
    }
}

/// A mail host that lets nobody in, and says so with an address and something like a token.
async fn strangers(world: &World, account: &Account) -> Result<(), String> {
    let host = Ipv4Addr::new(127, 0, 0, 3);
    let listener = TcpListener::bind((host, world.provider.addr().port())).await.map_err(|error| error.to_string())?;
    let greeter = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let greeting = format!("554 5.7.1 go away, eve@post.test and {GREETED}\r\n");
            // Whether the other side reads it is what the log tells.
            let _ = stream.write_all(greeting.as_bytes()).await;
        }
    });
    mail_domain(&world.dns, "fremd.example", host);
    world.book.staff("greta@fremd.example");
    let user = json!({ "name": "Greta", "address": "greta@fremd.example", "language": "de", "role": "reader" });
    account.api.post("/users", &user).await?;
    let told = |line: &str| line.contains("no connection").then_some(());
    tokio::task::block_in_place(|| world.house.program().expect("it runs").wait_for(RUN, told))
        .map_err(|error| error.to_string())?;
    greeter.abort();
    Ok(())
}

/// Bounce, report, letter, unsubscribing by mail, page and one click.
async fn answers(world: &World, mails: &[Record]) -> Result<(), String> {
    let inbound = world.house.inbound();
    let to = |record: &Record| record.accepted_recipients().next().unwrap_or_default().to_owned();
    let dsn = Dsn::hard(&mails[0].mail_from, &to(&mails[0]), &mails[0].bytes).build();
    post(inbound, "", &mails[0].mail_from, &dsn).await?;
    let loop_address = "fbl@jawort.example";
    let arf = Arf { original: Original::Full(&mails[1].bytes), ..Arf::abuse(loop_address, &mails[1].bytes) };
    post(inbound, arf.from, loop_address, &world.signed(&arf.build())?).await?;
    let writer = to(&mails[2]);
    world.book.writer(&writer);
    let abuse = "abuse@jawort.example";
    let letter = forward_to_abuse(&writer, abuse, "Stop it.", &mails[2].bytes, Forwarding::Attached);
    post(inbound, &writer, abuse, &letter).await?;
    unsubscribe_by_mail(inbound, &to(&mails[3]), &Letter::read(&mails[3].bytes)).await?;
    let visitor = Visitor::new(world.house.web(), Ipv4Addr::new(127, 4, 0, 1));
    visitor.press(&Letter::read(&mails[4].bytes).link("/u/").ok_or("no link")?).await?;
    visitor.one_click(&Letter::read(&mails[5].bytes).unsubscribe_uris()[0]).await.map(drop)
}

/// Wrong tokens, strange addresses, mail that cannot be read, calls without sense.
async fn mistakes(world: &World, mail: &Record) -> Result<(), String> {
    let inbound = world.house.inbound();
    let wrong = mail.mail_from.replace("b.", "b.a");
    for (from, to) in [("eve@post.test", wrong.as_str()), ("eve@post.test", "eve@elsewhere.example"), ("<", "x@y@z")] {
        let _ = submit(inbound, from, &[to], b"Subject: x\r\n\r\nx\r\n").await;
    }
    let _ = submit(inbound, "eve@post.test", &["abuse@jawort.example"], b"\x00\xff no mail\r\n").await;
    world.book.writer("eve@post.test");
    let client = world.house.client();
    for path in
        ["/u/0123456789012345678901", "/c/zzz", "/api/v1/contacts?after=eve@post.test", "/nothing/eve@post.test"]
    {
        client.get(path).await.map_err(|error| error.to_string())?;
    }
    let fields = [("email", "eve@post.test\r\nBcc: eve@mail.test"), ("stamp", "wrong")];
    client.post_form("/f/1", &fields).await.map_err(|error| error.to_string())?;
    let wrong = client.clone().token("jw_nobody").post_json("/api/v1/tags", &json!({ "name": "eve@post.test" })).await;
    assert_eq!(wrong.map_err(|error| error.to_string())?.status, 401);
    Ok(())
}

/// Every GET of the API's own description, with every id that was seen in an answer.
async fn read_everything(world: &World, token: &str, answers: &mut Vec<String>) -> Result<usize, String> {
    let client = world.house.client().token(token);
    let described = client.get("/api/v1/openapi.json").await.map_err(|error| error.to_string())?.json();
    let mut paths: Vec<&String> = described["paths"].as_object().ok_or("no paths")?.keys().collect();
    paths.retain(|path| described["paths"][path.as_str()]["get"].is_object());
    // Paths without places first: their answers tell the ids.
    paths.sort_by_key(|path| path.matches('{').count());
    let mut ids: BTreeSet<String> = ["1", "2", "3"].map(str::to_owned).into();
    let mut read = 0;
    for path in paths {
        for place in filled(path, &ids) {
            let answer = client.get(&format!("/api/v1{place}")).await.map_err(|error| format!("{place}: {error}"))?;
            read += usize::from(answer.status == 200);
            if let Ok(value) = serde_json::from_slice::<Value>(&answer.body) {
                note_ids(&value, &mut ids);
            }
            answers.push(answer.text());
        }
    }
    Ok(read)
}

fn filled(path: &str, ids: &BTreeSet<String>) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else { return vec![path.to_owned()] };
    let after = rest.split_once('}').map_or("", |(_, after)| after);
    // Young ids are the interesting ones.
    let places = ids.iter().rev().take(IDS).map(|id| format!("{before}{id}{after}"));
    let last = |place: &String| !place.contains('{');
    let (mut done, open): (Vec<_>, Vec<_>) = places.partition(last);
    done.extend(open.iter().take(5).flat_map(|place| filled(place, ids)));
    done
}

fn note_ids(value: &Value, ids: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(id) = fields.get("id").and_then(Value::as_str) {
                ids.insert(id.to_owned());
            }
            fields.values().for_each(|field| note_ids(field, ids));
        }
        Value::Array(all) => all.iter().for_each(|one| note_ids(one, ids)),
        _ => {}
    }
}

fn dump(world: &World, database: Option<&str>) -> String {
    let output = match database {
        Some(url) => Command::new("pg_dump").arg(url).output(),
        None => Command::new("sqlite3").arg(world.house.folder().join("jawort.db")).arg(".dump").output(),
    };
    let output = output.expect("the program that dumps");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What the kernel shows others of the process.
fn process(world: &World) -> String {
    let folder = format!("/proc/{}", world.house.program().expect("it runs").pid());
    let read = |name: &str| {
        String::from_utf8_lossy(&fs::read(format!("{folder}/{name}")).expect("our own child")).into_owned()
    };
    format!("{}\n{}", read("environ"), read("cmdline"))
}

/// What Prometheus reads, with figures of what happened.
async fn metrics(world: &World) -> Result<String, String> {
    let lines = world.house.program().expect("it runs").lines();
    let ready = lines.iter().find(|line| line.starts_with("ready web=")).ok_or("it is not ready")?;
    let at = ready.split(' ').find_map(|part| part.strip_prefix("status=")).ok_or("no status")?;
    let client = Client::new(at.parse().map_err(|_| format!("{at} is no address"))?);
    let text = client.get("/metrics").await.map_err(|error| error.to_string())?.text();
    let counted = |line: &str| text.lines().any(|found| found.starts_with(line) && !found.ends_with(" 0"));
    for line in [
        "jawort_mails_total{provider=\"post.test\",outcome=\"accepted\"}",
        "jawort_mails_total{provider=\"other\",outcome=\"accepted\"}",
        "jawort_tickets_total{answer=\"granted\"}",
        "jawort_recording_seconds_count",
        "jawort_handing_over_seconds_count",
        "jawort_arrived_mails_total{kind=\"dsn\"}",
        "jawort_arrived_mails_total{kind=\"report\"}",
        "jawort_arrived_answers_total{answer=\"done\"}",
        "jawort_rejected_recipients_total{reason=\"unknown\"}",
        "jawort_rejected_recipients_total{reason=\"relay\"}",
        "jawort_http_requests_total{area=\"recipients\",answer=\"2xx\"}",
        "jawort_unsubscribe_seconds_count",
        "jawort_chore_runs_total{chore=\"list audiences\",end=\"good\"}",
    ] {
        assert!(counted(line), "{line} was not counted: {text}");
    }
    let providers: BTreeSet<&str> =
        text.split("provider=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(providers, ["other", "post.test"].into(), "nobody else makes a label");
    Ok(text)
}

fn no_address_in(log: &[String], addresses: &[String]) {
    let known: Vec<String> = addresses.iter().map(|address| address.to_lowercase()).collect();
    for line in log {
        let line = line.to_lowercase();
        let named = known.iter().find(|address| line.contains(address.as_str()));
        assert_eq!(named, None, "an address in the log: {line}");
    }
}

async fn story(database: Option<String>) -> Result<(), String> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    // People read lines, programs JSON: neither may show more than the other.
    let format = if database.is_some() { "\"json\"" } else { "\"text\"" };
    let settings = vec![
        pair("signup.per_form_hour", "100000"),
        pair("log.level", "\"debug\""),
        pair("log.format", format),
        pair("status.listen", "[\"127.0.0.1:0\"]"),
        pair("status.providers", "[\"post.test\"]"),
    ];
    let setup = Setup { program: program(), database: database.clone(), settings };
    let world = World::open(setup).await?;
    let account = open_account(&world, GARDEN).await?;
    let made = world.operator.post(&format!("/accounts/{}/tokens", account.id), &json!({ "label": "x" })).await?;
    let token = made["token"].as_str().ok_or("no token")?.to_owned();
    let mut addresses = live(&world, &account).await?;
    addresses.extend(["eve@post.test", "greta@fremd.example", GARDEN.mailbox, operator_mailbox()].map(str::to_owned));

    let (mut canaries, seals) = secrets(&world);
    let hex = if database.is_some() { "encode(sealed, 'hex')" } else { "hex(sealed)" };
    canaries.extend(private_keys(&world, &seals, hex));
    canaries.extend(proofs(&world));
    let operator = world.house.operator_token().ok_or("no operator token")?;
    canaries.push(Canary::text("the operator's token", &operator));
    canaries.push(Canary::text("an account's token", &token));

    let mut answers = Vec::new();
    let read =
        read_everything(&world, &token, &mut answers).await? + read_everything(&world, &operator, &mut answers).await?;
    assert!(read > 60, "only {read} answers of the API were read");
    let dump = dump(&world, database.as_deref());
    assert!(dump.contains("signing_key") && dump.contains(&addresses[6]), "a dump without content proves nothing");
    let all = world.house.program().expect("it runs").lines();
    assert!(all.len() < 9_000, "the oldest lines were dropped");
    // The one line that shows the operator's token, once.
    let log: Vec<String> =
        all.into_iter().filter(|line| !line.starts_with("operator token (shown only now)")).collect();
    assert!(log.iter().any(|line| line.contains("DEBUG")), "the log is not at its most talkative: {log:?}");
    let metrics = metrics(&world).await?;
    let told = [
        ("the dump", dump),
        ("the log", log.join("\n")),
        ("the metrics", metrics.clone()),
        ("the process", process(&world)),
        ("the API", answers.join("\n")),
    ];
    for canary in &canaries {
        for (place, text) in &told {
            let found = canary.found_in(text).map(|line| line.chars().take(300).collect::<String>());
            assert_eq!(found, None, "{} stands in {place}", canary.what);
        }
    }
    no_address_in(&log, &addresses);
    let metrics: Vec<String> = metrics.lines().map(str::to_owned).collect();
    no_address_in(&metrics, &addresses);
    for line in log.iter().chain(&metrics) {
        assert!(!line.contains("Gartenbrief") && !line.contains("Kirschen"), "a subject: {line}");
        // What a receiver says stands with the mail and with the incident, where the operator reads it.
        assert!(!line.contains(GREETED), "a stranger's words: {line}");
    }
    Ok(())
}

/// ARMOUR D16 in its small figure, on SQLite: private keys, `secrets.key`, tokens and proofs
/// stand nowhere, and no address in the log (DESIGN §11).
#[tokio::test(flavor = "multi_thread")]
async fn armour_d16_no_secret_stands_in_dump_log_process_or_answers_sqlite() {
    if let Err(error) = story(None).await {
        panic!("{error}");
    }
}

/// ARMOUR D16 in its small figure, on PostgreSQL.
#[tokio::test(flavor = "multi_thread")]
async fn armour_d16_no_secret_stands_in_dump_log_process_or_answers_postgres() {
    match Scratch::shared().and_then(Scratch::create_database) {
        Ok(database) => {
            if let Err(error) = story(Some(database)).await {
                panic!("{error}");
            }
        }
        Err(reason) => testbench::not_run(format!("canaries on PostgreSQL: {reason}")),
    }
}
