//! How long the form takes to answer must not tell what is known of an address (B6, D6). The answers
//! leave in steps of 300 ms; this holds a clock beside them, over loopback, at the running program.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use serde_json::json;
use testbench::http::Client;
use testbench::page::Form;
use testbench::story::{Account, GARDEN, Reader, World, gather, open_account};

use super::world;

/// What may be known of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    /// Nothing.
    New,
    /// It was asked and has not answered.
    Pending,
    /// A contact.
    Active,
    /// A contact that left.
    Former,
    /// On the exclusion list.
    Excluded,
    /// Asked as often as the installation may, by other accounts.
    Limited,
    /// Nothing, and the visitor's own address is at its limit.
    SourceLimited,
}

const ALL: [Known; 7] =
    [Known::New, Known::Pending, Known::Active, Known::Former, Known::Excluded, Known::Limited, Known::SourceLimited];
/// Medians may differ by this share.
const TOLERANCE: f64 = 0.05;
/// Whose limit is used up at the start.
const CROWDED: Ipv4Addr = Ipv4Addr::new(127, 66, 0, 1);

impl Known {
    fn address(self, number: usize) -> String {
        match self {
            Self::New | Self::SourceLimited => format!("n{number}.{self:?}@post.test").to_lowercase(),
            known => format!("{known:?}@post.test").to_lowercase(),
        }
    }

    /// Each request comes from an address of its own, as its limits are not what is measured.
    fn source(self, number: usize) -> Ipv4Addr {
        let part = |value: usize| u8::try_from(value % 250).expect("small") + 1;
        let kind = ALL.iter().position(|known| *known == self).unwrap_or_default();
        if self == Self::SourceLimited {
            CROWDED
        } else {
            Ipv4Addr::new(127, part(100 + kind), part(number / 250), part(number))
        }
    }
}

struct Answer {
    status: u16,
    body: Vec<u8>,
    took: Duration,
}

/// Sends the form as a visitor does who read it a while ago.
async fn submit(world: &World, form: &Form, address: &str, from: Ipv4Addr) -> Answer {
    let mut form = form.clone();
    form.fill("email", address).unwrap_or_else(|error| panic!("{error}"));
    let client = Client::new(world.house.web()).from(from);
    let response = client.post_form(&form.action, &form.pairs()).await.unwrap_or_else(|error| panic!("{error}"));
    Answer { status: response.status, body: response.body, took: response.took }
}

/// The form of an account, old enough to be a person's.
async fn opened(world: &World, account: &Account) -> Form {
    let page = world.house.client().get(&account.form_page()).await.unwrap_or_else(|error| panic!("{error}"));
    let mut form = Form::read_all(&page.text()).remove(0);
    if form.action.is_empty() {
        form.action = account.form_page();
    }
    tokio::time::sleep(Duration::from_millis(2_200)).await;
    form
}

/// Brings an address into each of the states.
async fn prepare(world: &World, account: &Account, form: &Form) -> Result<(), String> {
    let person = |known: Known, last| Reader {
        address: known.address(0),
        given: "Ada".to_owned(),
        ip: Ipv4Addr::new(127, 65, 0, last),
    };
    let people = [person(Known::Active, 1), person(Known::Former, 2)];
    gather(world, account, &people).await?;
    let found = account.api.post("/contacts/find", &json!({ "address": people[1].address })).await?;
    let id = found["id"].as_str().unwrap_or_default();
    account.api.post(&format!("/contacts/{id}/unsubscribe"), &json!(null)).await?;
    let exclude = json!({ "address": Known::Excluded.address(0), "by": "Olga", "reason": "measured" });
    world.operator.post("/exclusions", &exclude).await?;
    submit(world, form, &Known::Pending.address(0), Ipv4Addr::new(127, 65, 0, 3)).await;
    submit(world, form, &Known::Limited.address(0), Ipv4Addr::new(127, 65, 0, 4)).await;
    // Other accounts asked it, three times today.
    let others = "INSERT INTO confirmation_asked (address_key, id, account_id, at)
            SELECT address_key, id + n, 900 + n, submitted_at FROM signup, (SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3)
            WHERE address = 'limited@post.test';
        DELETE FROM confirmation_asked WHERE id = (SELECT id FROM signup WHERE address = 'limited@post.test');
        DELETE FROM signup WHERE address = 'limited@post.test';";
    super::write(world, others);
    Ok(())
}

/// Uses up the limit of one visitor's address: 100 in an hour.
async fn crowd(world: &World, form: &Form) {
    let mut sending = tokio::task::JoinSet::new();
    for n in 0..110 {
        let (form, client) = (form.clone(), Client::new(world.house.web()).from(CROWDED));
        sending.spawn(async move {
            let mut form = form;
            form.fill("email", &format!("crowd{n}@post.test")).unwrap_or_else(|error| panic!("{error}"));
            client.post_form(&form.action, &form.pairs()).await.unwrap_or_else(|error| panic!("{error}"))
        });
    }
    sending.join_all().await;
}

/// Everybody in turn, in some lanes at once; each answer by what is known of its address.
async fn measure(world: &World, form: &Form, each: usize) -> BTreeMap<Known, Vec<Answer>> {
    const LANES: usize = 6;
    let mut lanes: Vec<Vec<(usize, Known)>> = vec![Vec::new(); LANES];
    for number in 0..each {
        // Each round begins with another one, so that none always follows the same.
        let round = (0..ALL.len()).map(|place| (number, ALL[(place + number) % ALL.len()]));
        lanes[number % LANES].extend(round);
    }
    let walk = async |lane: Vec<(usize, Known)>| {
        let mut answers = Vec::new();
        for (number, known) in lane {
            answers.push((known, submit(world, form, &known.address(number), known.source(number)).await));
        }
        answers
    };
    let [a, b, c, d, e, f] = lanes.try_into().unwrap_or_else(|_| panic!("as many lanes as are walked"));
    let (a, b, c, d, e, f) = tokio::join!(walk(a), walk(b), walk(c), walk(d), walk(e), walk(f));
    let mut told: BTreeMap<Known, Vec<Answer>> = BTreeMap::new();
    for (known, answer) in [a, b, c, d, e, f].into_iter().flatten() {
        told.entry(known).or_default().push(answer);
    }
    told
}

fn median(answers: &[Answer]) -> Duration {
    let mut times: Vec<Duration> = answers.iter().map(|answer| answer.took).collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// ARMOUR B6. Proves D6: status and body of the form's answer are the same whatever is known of
/// the address; with `--long` so are the times, by their medians over 200 requests of each kind.
#[tokio::test(flavor = "multi_thread")]
async fn armour_b6_the_running_form_answers_everybody_alike() {
    let world = world().await;
    let account = open_account(&world, GARDEN).await.unwrap_or_else(|error| panic!("{error}"));
    let form = opened(&world, &account).await;
    prepare(&world, &account, &form).await.unwrap_or_else(|error| panic!("{error}"));
    crowd(&world, &form).await;
    let long = testbench::long();
    let told = measure(&world, &form, if long { 200 } else { 6 }).await;
    let first = &told[&Known::New][0];
    for (known, answers) in &told {
        for answer in answers {
            assert_eq!((answer.status, &answer.body), (200, &first.body), "{known:?}");
        }
    }
    let asked = world.house.ask("SELECT COUNT(*) FROM signup WHERE address LIKE '%.new@post.test'");
    assert_eq!(asked.unwrap_or_else(|error| panic!("{error}")), [[told[&Known::New].len().to_string()]]);
    let none = world
        .house
        .ask("SELECT COUNT(*) FROM signup WHERE address LIKE '%.sourcelimited@post.test' OR address LIKE 'limited@%'");
    assert_eq!(none.unwrap_or_else(|error| panic!("{error}")), [["0"]]);
    let medians: BTreeMap<Known, f64> =
        told.iter().map(|(known, answers)| (*known, median(answers).as_secs_f64() * 1000.0)).collect();
    let (least, most) = medians.values().fold((f64::MAX, 0.0_f64), |(a, b), &m| (a.min(m), b.max(m)));
    if long {
        report(&medians);
        assert!(most / least - 1.0 <= TOLERANCE, "the medians in ms: {medians:?}");
    }
}

#[expect(clippy::print_stdout, reason = "the figures that docs/performance.md tells")]
fn report(medians: &BTreeMap<Known, f64>) {
    for (known, median) in medians {
        println!("{known:?}: {median:.2} ms");
    }
}
