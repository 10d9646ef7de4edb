//! Mail that arrives, and a program that is killed as soon as it has taken one: what was answered
//! 250 has had its effect, and what comes again has it no second time.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use testbench::letter::Letter;
use testbench::people::Seed;
use testbench::postgres::Scratch;
use testbench::provider::Record;
use testbench::reports::{Arf, Dsn, Forwarding, Original, forward_to_abuse};
use testbench::story::{
    Account, GARDEN, Setup, Words, World, finished, gather, open_account, readers, start_newsletter, write_newsletter,
};
use testbench::submit::submit;
use tokio::task::JoinSet;

use crate::scratch::program;

/// How often the program is killed, on each database.
const KILLS: usize = 25;
const RUN: Duration = Duration::from_secs(120);

/// What somebody, or their provider, sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Kind {
    Bounce,
    Report,
    Letter,
    Unsubscribe,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Bounce, Self::Report, Self::Letter, Self::Unsubscribe];

    /// The event that it leaves in the ledger of consents.
    fn event(self) -> &'static str {
        match self {
            Self::Bounce => "bounced",
            Self::Report | Self::Letter => "complained",
            Self::Unsubscribe => "withdrawn",
        }
    }
}

/// A mail on its way in.
#[derive(Clone)]
struct Arrival {
    kind: Kind,
    /// Whose newsletter it is about.
    reader: String,
    from: String,
    to: String,
    bytes: Vec<u8>,
}

fn arrival(world: &World, kind: Kind, record: &Record) -> Result<Arrival, String> {
    let reader = record.accepted_recipients().next().unwrap_or_default().to_lowercase();
    let letter = Letter::read(&record.bytes);
    let (from, to, bytes) = match kind {
        Kind::Bounce => {
            let dsn = Dsn::hard(&record.mail_from, &reader, &record.bytes).build();
            (String::new(), record.mail_from.clone(), dsn)
        }
        Kind::Report => {
            let to = "fbl@jawort.example";
            let arf = Arf { original: Original::Full(&record.bytes), ..Arf::abuse(to, &record.bytes) };
            (arf.from.to_owned(), to.to_owned(), world.signed(&arf.build())?)
        }
        Kind::Letter => {
            let to = "abuse@jawort.example";
            world.book.writer(&reader);
            let words = "I never asked for this.";
            (reader.clone(), to.to_owned(), forward_to_abuse(&reader, to, words, &record.bytes, Forwarding::Attached))
        }
        Kind::Unsubscribe => {
            let uris = letter.unsubscribe_uris();
            let uri = uris.iter().find_map(|uri| uri.strip_prefix("mailto:")).ok_or("no mailto")?;
            let to = uri.split('?').next().unwrap_or_default().to_owned();
            let bytes = format!(
                "From: <{reader}>\r\nTo: <{to}>\r\nSubject: unsubscribe\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\
                 Message-ID: <leave.{}@mua.example>\r\nMIME-Version: 1.0\r\n\r\n",
                reader.replace('@', ".")
            );
            (reader.clone(), to, bytes.into_bytes())
        }
    };
    Ok(Arrival { kind, reader, from, to, bytes })
}

/// True when the listener said 250 to it.
async fn hand_in(inbound: std::net::SocketAddr, mail: Arrival) -> (Arrival, bool) {
    let done = submit(inbound, &mail.from, &[&mail.to], &mail.bytes).await;
    let taken = done.is_ok_and(|done| done.accepted());
    (mail, taken)
}

async fn newsletter(world: &World, account: &Account, people: usize) -> Result<Vec<Record>, String> {
    let subject = "Gartenbrief".to_owned();
    let words = Words { subject: subject.clone(), body: "Guten Tag,\n\nein Brief.\n".to_owned() };
    let id = write_newsletter(account, &words).await?;
    start_newsletter(account, &id).await?;
    finished(world, account, &id, RUN).await?;
    let mut records = world.provider.messages();
    records.retain(|record| Letter::read(&record.bytes).words("Subject").as_ref() == Some(&subject));
    if records.len() == people { Ok(records) } else { Err(format!("{} newsletters came", records.len())) }
}

/// Hands four mails in at once, kills the program at one of the first 250s, and starts it again.
/// Returns those that were taken and those that were not.
async fn kill_after_a_250(
    world: &mut World,
    mails: Vec<Arrival>,
    chance: &mut Seed,
) -> Result<(Vec<Arrival>, Vec<Arrival>), String> {
    let inbound = world.house.inbound();
    let mut under_way = JoinSet::new();
    for mail in mails {
        under_way.spawn(hand_in(inbound, mail));
    }
    let mut left = 1 + chance.below(3);
    let (mut taken, mut open) = (Vec::new(), Vec::new());
    while let Some(done) = under_way.join_next().await {
        let (mail, answered) = done.map_err(|error| error.to_string())?;
        if !answered {
            open.push(mail);
            continue;
        }
        taken.push(mail);
        left -= u64::from(left > 0);
        if left == 0 {
            world.house.kill().map_err(|error| error.to_string())?;
        }
    }
    if left > 0 {
        return Err(format!("only {} of {} mails were taken", taken.len(), taken.len() + open.len()));
    }
    tokio::task::block_in_place(|| world.house.start(|_| {}))?;
    Ok((taken, open))
}

/// What the ledger of consents says about those who left: events by reader.
fn ledger(world: &World) -> Result<HashMap<String, Vec<String>>, String> {
    let rows = world.house.ask(
        "SELECT f.address, e.kind FROM former_contact f
         JOIN consent_event e ON e.account_id = f.account_id AND e.contact_id = f.id
         WHERE e.kind IN ('withdrawn', 'complained', 'bounced')",
    )?;
    let mut ledger: HashMap<String, Vec<String>> = HashMap::new();
    for row in rows {
        let [address, kind] = &row[..] else { return Err(format!("a strange row {row:?}")) };
        ledger.entry(address.to_lowercase()).or_default().push(kind.clone());
    }
    Ok(ledger)
}

fn number(world: &World, query: &str) -> usize {
    let rows = world.house.ask(query).unwrap_or_else(|error| panic!("{error}"));
    rows[0][0].parse().expect("a number")
}

/// Every effect is there once, though a part of the mails came twice.
async fn compare(world: &World, account: &Account, all: &BTreeMap<Kind, Vec<String>>) -> Result<(), String> {
    let ledger = ledger(world)?;
    for (kind, readers) in all {
        for reader in readers {
            let events = ledger.get(reader).cloned().unwrap_or_default();
            assert_eq!(events, [kind.event()], "{kind:?} of {reader}");
        }
    }
    let of = |kind: Kind| all[&kind].len();
    assert_eq!(number(world, "SELECT COUNT(*) FROM bounce WHERE class = 'hard'"), of(Kind::Bounce));
    assert_eq!(number(world, "SELECT COUNT(*) FROM suppression"), of(Kind::Bounce));
    let complaints = of(Kind::Report) + of(Kind::Letter);
    assert_eq!(number(world, "SELECT COUNT(*) FROM complaint WHERE counted"), complaints);
    assert_eq!(number(world, "SELECT COUNT(*) FROM case_event WHERE kind = 'complaint'"), complaints);
    let shown = world.operator.get(&format!("/accounts/{}", account.id)).await?;
    assert_eq!(shown["score"]["ever"]["complaints"], complaints, "{shown}");
    assert_eq!(shown["standing"], "suspended", "{shown}");
    Ok(())
}

/// Who wrote to the abuse desk has one answer, which a kill may have sent twice.
fn answered_once(world: &World, writers: &[String]) {
    let mut answers: HashMap<String, HashSet<String>> = HashMap::new();
    for record in world.provider.messages() {
        let letter = Letter::read(&record.bytes);
        let to = record.accepted_recipients().next().unwrap_or_default().to_lowercase();
        if letter.address("From").as_deref() == Some("postmaster@jawort.example") && writers.contains(&to) {
            answers.entry(to).or_default().insert(letter.header("Message-ID").unwrap_or_default());
        }
    }
    for writer in writers {
        assert_eq!(answers.get(writer).map(HashSet::len), Some(1), "answers to {writer}");
    }
}

async fn story(database: Option<String>) -> Result<(), String> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let settings = vec![pair("signup.per_form_hour", "100000"), pair("log.level", "\"warn\"")];
    let mut world = World::open(Setup { program: program(), database, settings }).await?;
    let account = open_account(&world, GARDEN).await?;
    let people = readers(83, KILLS * Kind::ALL.len());
    gather(&world, &account, &people).await?;
    let records = newsletter(&world, &account, people.len()).await?;
    let mut chance = Seed::new(89);
    let mut all: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
    let mut again = Vec::new();
    for four in records.chunks(Kind::ALL.len()) {
        let mut mails = Vec::new();
        for (kind, record) in Kind::ALL.into_iter().zip(four) {
            mails.push(arrival(&world, kind, record)?);
        }
        for mail in &mails {
            all.entry(mail.kind).or_default().push(mail.reader.clone());
        }
        // The senders of mails whose 250 did not arrive come again, and some who lost it too.
        let (taken, open) = kill_after_a_250(&mut world, mails, &mut chance).await?;
        let ledger = ledger(&world)?;
        for mail in &taken {
            assert!(ledger.contains_key(&mail.reader), "lost after its 250: {:?} of {}", mail.kind, mail.reader);
        }
        again.extend(open);
        again.extend(taken.into_iter().filter(|_| chance.chance(250)));
    }
    for mail in again {
        let what = format!("{:?} of {}", mail.kind, mail.reader);
        assert!(hand_in(world.house.inbound(), mail).await.1, "not taken the second time: {what}");
    }
    compare(&world, &account, &all).await?;
    world.provider.wait_quiet(Duration::from_secs(2), RUN).await;
    answered_once(&world, &all[&Kind::Letter]);
    Ok(())
}

/// ARMOUR A4 in its small figure, on SQLite: 25 kills right after a 250, 100 bounces, reports,
/// letters to the abuse desk and unsubscribe mails; none is lost, none counts twice.
#[tokio::test(flavor = "multi_thread")]
async fn armour_a4_what_the_listener_took_survives_a_kill_and_counts_once_sqlite() {
    if let Err(error) = story(None).await {
        panic!("{error}");
    }
}

/// ARMOUR A4 in its small figure, on PostgreSQL.
#[tokio::test(flavor = "multi_thread")]
async fn armour_a4_what_the_listener_took_survives_a_kill_and_counts_once_postgres() {
    match Scratch::shared().and_then(Scratch::create_database) {
        Ok(database) => {
            if let Err(error) = story(Some(database)).await {
                panic!("{error}");
            }
        }
        Err(reason) => testbench::not_run(format!("kills after a 250 on PostgreSQL: {reason}")),
    }
}
