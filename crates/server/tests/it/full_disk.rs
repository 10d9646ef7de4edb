//! A full disk under a running installation: every door says so, nothing is lost, and everything
//! goes on by itself when there is room again.
#![expect(clippy::disallowed_methods, reason = "a full disk is seen over a span of real time")]

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use serde_json::json;
use testbench::http::Response;
use testbench::letter::Letter;
use testbench::page::Form;
use testbench::provider::Record;
use testbench::reports::Dsn;
use testbench::story::{
    Account, GARDEN, Reader, Setup, Visitor, Words, World, finished, gather, open_account, readers, start_newsletter,
    write_newsletter,
};
use testbench::submit::submit;

use crate::scratch::program;

const READERS: usize = 120;
const DISK_MIB: u32 = 24;
/// Writes until SQLite's files find no more room in themselves.
const MOST_WRITES: usize = 4_000;
/// So many refusals in a row, a moment apart, are a full disk.
const REFUSALS: usize = 60;
const RUN: Duration = Duration::from_secs(120);

async fn world() -> Result<World, String> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let settings = vec![
        pair("signup.per_form_hour", "100000"),
        pair("delivery.connections_per_group", "2"),
        pair("log.level", "\"warn\""),
    ];
    World::open_on_small_disk(Setup { program: program(), database: None, settings }, DISK_MIB).await
}

async fn newsletter(account: &Account, number: usize) -> Result<(String, String), String> {
    let subject = format!("Gartenbrief Nummer {number}");
    let body = "Guten Tag,\n\nheute ein kurzer Brief.\n".to_owned();
    let id = write_newsletter(account, &Words { subject: subject.clone(), body }).await?;
    start_newsletter(account, &id).await?;
    Ok((id, subject))
}

/// The newsletter with this subject to each reader; all that came, repeats too.
fn arrived(world: &World, subject: &str) -> HashMap<String, Vec<Record>> {
    let mut arrived: HashMap<String, Vec<Record>> = HashMap::new();
    for record in world.provider.messages() {
        if Letter::read(&record.bytes).words("Subject").as_deref() == Some(subject) {
            let to = record.accepted_recipients().next().unwrap_or_default().to_lowercase();
            arrived.entry(to).or_default().push(record);
        }
    }
    arrived
}

/// What others ask of the installation while its disk is full, and again afterwards.
struct Doors<'a> {
    world: &'a World,
    account: &'a Account,
    /// A form that was opened in time.
    form: Form,
    /// Somebody leaves by one click, somebody's mailbox is gone.
    leaver: Record,
    gone: Record,
}

impl Doors<'_> {
    async fn tag(&self, name: &str) -> Result<Response, String> {
        self.account.api.send("POST", "/tags", &json!({ "name": name, "public_name": name })).await
    }

    async fn sign_up(&self) -> Response {
        let client = self.world.house.client().from(Ipv4Addr::new(127, 5, 0, 1));
        client.post_form(&self.form.action, &self.form.pairs()).await.expect("an answer")
    }

    async fn leave(&self) -> Response {
        let link = Letter::read(&self.leaver.bytes).unsubscribe_uris().remove(0);
        let client = self.world.house.client().from(Ipv4Addr::new(127, 5, 0, 2));
        client.post_form(&link, &[("List-Unsubscribe", "One-Click")]).await.expect("an answer")
    }

    /// The reply to a bounce.
    async fn bounce(&self) -> String {
        let to = self.gone.accepted_recipients().next().expect("a recipient");
        let dsn = Dsn::hard(&self.gone.mail_from, to, &self.gone.bytes).build();
        let done = submit(self.world.house.inbound(), "", &[&self.gone.mail_from], &dsn).await.expect("a dialog");
        done.last_reply().to_owned()
    }

    fn count(&self, query: &str) -> usize {
        let rows = self.world.house.ask(query).unwrap_or_else(|error| panic!("{error}"));
        rows[0][0].parse().expect("a count")
    }
}

/// Writes until nothing more is taken for a while: the first refusal may be followed by room that a
/// checkpoint made. Returns how many were kept, and the last refusal.
async fn until_refused(doors: &Doors<'_>) -> Result<(usize, Response), String> {
    let (mut kept, mut refused) = (0, 0);
    for number in 0..MOST_WRITES {
        let answer = doors.tag(&format!("note-{number}")).await?;
        if answer.status == 201 {
            (kept, refused) = (kept + 1, 0);
            continue;
        }
        refused += 1;
        if refused == REFUSALS {
            return Ok((kept, answer));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err("the full disk was never noticed".to_owned())
}

/// Every door refuses for now, in its own words, and does nothing.
async fn refusing(doors: &Doors<'_>) {
    let page = doors.sign_up().await;
    assert_eq!(page.status, 503, "{}", page.text());
    assert!(page.text().contains("Nothing was changed"), "{}", page.text());
    let left = doors.leave().await;
    assert_eq!(left.status, 503, "an unsubscribe that was not kept must not look like one: {}", left.text());
    let reply = doors.bounce().await;
    assert!(reply.starts_with("452 4.3.1 "), "{reply}");
    let said = doors.world.house.program().expect("it runs").lines();
    let told = said.iter().any(|line| line.contains("the disk of the database is full; free some space"));
    assert!(told, "the log does not say what to do: {said:?}");
    assert!(!said.iter().any(|line| line.contains("panic")), "{said:?}");
    assert_eq!(doors.count("SELECT COUNT(*) FROM suppression"), 0);
    assert_eq!(doors.count("SELECT COUNT(*) FROM contact"), READERS);
}

/// Everybody who was refused comes again and is served.
async fn serving(doors: &Doors<'_>) -> Result<(), String> {
    let seen = doors.world.seen();
    assert_eq!(doors.sign_up().await.status, 200);
    doors.world.mail_to("nora@post.test", seen, |letter| letter.link("/c/").is_some()).await?;
    assert_eq!(doors.leave().await.status, 200);
    let reply = doors.bounce().await;
    assert!(reply.starts_with("250 "), "{reply}");
    assert_eq!(doors.count("SELECT COUNT(*) FROM suppression"), 1);
    assert_eq!(doors.count("SELECT COUNT(*) FROM contact"), READERS - 2);
    Ok(())
}

async fn form(world: &World, account: &Account) -> Result<Form, String> {
    let visitor = Visitor::new(world.house.web(), Ipv4Addr::new(127, 5, 0, 1));
    let mut form = visitor.forms(&account.form_page()).await?.remove(0);
    form.fill("email", "nora@post.test")?;
    form.fill("f_given_name", "Nora")?;
    Ok(form)
}

async fn story(world: &World) -> Result<(), String> {
    let account = open_account(world, GARDEN).await?;
    let people: Vec<Reader> = readers(71, READERS);
    gather(world, &account, &people).await?;
    let (first, subject) = newsletter(&account, 1).await?;
    finished(world, &account, &first, RUN).await?;
    let mut records = arrived(world, &subject).into_values().flatten();
    let (leaver, gone) = (records.next().ok_or("no mail")?, records.next().ok_or("no mail")?);
    let doors = Doors { world, account: &account, form: form(world, &account).await?, leaver, gone };

    world.slow_down(120);
    let before = world.seen();
    let (second, subject) = newsletter(&account, 2).await?;
    if !world.provider.wait_ended(before + 5, RUN).await {
        return Err("no mail flows".to_owned());
    }
    world.house.fill_disk().map_err(|error| error.to_string())?;
    let (kept, refusal) = until_refused(&doors).await?;
    assert_eq!((refusal.status, &refusal.json()["error"]["code"]), (503, &json!("unavailable")), "{}", refusal.text());
    refusing(&doors).await;
    let quiet = world.provider.wait_quiet(Duration::from_secs(3), RUN).await;
    let halted = arrived(world, &subject).len();
    assert!(
        quiet && halted < READERS,
        "{halted} of {READERS}: the disk was full too late, or mail left without a start"
    );

    world.house.free_disk().map_err(|error| error.to_string())?;
    serving(&doors).await?;
    let state = finished(world, &account, &second, RUN).await?;
    assert_eq!(
        doors.count("SELECT COUNT(*) FROM tag WHERE name LIKE 'note-%'"),
        kept,
        "what was answered 201 is there"
    );
    let arrived = arrived(world, &subject);
    assert!(arrived.values().all(|copies| copies.len() == 1), "nobody gets a mail twice");
    assert_eq!(state["ended"]["accepted"], arrived.len(), "{state}");
    assert!(arrived.len() >= READERS - 2, "{state}");
    Ok(())
}

/// ARMOUR A7: sign-ups, API, unsubscribing, arriving mail and a running newsletter on a full
/// disk are refused in words, lose nothing, and go on by themselves.
#[tokio::test(flavor = "multi_thread")]
async fn armour_a7_a_full_disk_is_told_at_every_door_and_everything_goes_on_when_there_is_room() {
    let world = match world().await {
        Ok(world) => world,
        Err(error) if error.contains("the scratch folder") => {
            return testbench::not_run(format!("a full disk needs a mount of its own: {error}"));
        }
        Err(error) => panic!("{error}"),
    };
    if let Err(error) = story(&world).await {
        let said = world.house.program().map(|program| program.lines()).unwrap_or_default();
        panic!("{error}\n{}", said.join("\n"));
    }
}
