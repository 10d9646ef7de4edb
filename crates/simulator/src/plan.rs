//! The plan of a world: who lives in it, what they do, and what goes wrong; all drawn from the seed.

use std::collections::BTreeMap;
use std::sync::Arc;

use mail_formats::EmailAddress;
use policy::facts::{AccountFacts, MailingState, SenderFacts};
use policy::ids::{SenderId, TopicId};
use policy::legal_notice::{LegalNotice, LegalNoticeFields, Review};
use policy::send::BodyFormat;
use policy::zone::Zone;
use policy::{AccountId, MailingContent, Purpose, Standing, Timestamp, TopicRef};
use texts::Language;

use crate::Ask;
use crate::chance::Chance;
use crate::checks::Checks;
use crate::clock::{DAY, HOUR, MILLI, MINUTE, Nanos, NodeClock, SECOND};
use crate::memory::{Account, Act, Contact, Mailing, Memory};
use crate::network::{Mailbox, Mood, Provider};
use crate::node::Node;
use crate::report::Figures;
use crate::story::Story;
use crate::world::people::{TAG, account, key_of, mailing};
use crate::world::{Event, Person, Visit, Visits, World};

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// A process is killed, and starts again after a while.
    Kill(usize),
    /// The machine loses its power; on PostgreSQL one node's machine does.
    PowerLoss(usize),
    /// The database stops, for so long, and its sessions are gone.
    DatabaseStops(Nanos),
    /// The session that holds a node's lock is dropped; the node does not notice.
    LockLost(usize),
    /// A process is stopped for so long.
    Stop(usize, Nanos),
    /// Statements take up to so much longer, for so long.
    SlowDatabase(Nanos, Nanos),
    /// The wall clock of a machine is set by so many milliseconds.
    SetClock(usize, i64),
    /// A provider changes its mood, for so long.
    Mood(usize, Mood, Nanos),
    MoodOver(usize),
}

/// What the world goes by after it began.
pub(crate) struct Plan {
    /// Answers of the database are lost now and then.
    pub(crate) flaky: bool,
    /// Of a thousand people who get a mail, so many complain of it.
    pub(crate) complain: u64,
    /// So many unsubscribe by it.
    pub(crate) unsubscribe: u64,
    pub(crate) days: u32,
}

const DOMAINS: [&str; 4] = ["alpha.example", "beta.example", "gamma.example", "delta.example"];

/// Makes a world.
pub(crate) fn world(ask: &Ask) -> World {
    let chance = Chance::new(ask.seed ^ 0x6a61_776f_7274_0000);
    let postgres = ask.seed % 2 == 1;
    // Somewhere in 2026 or 2027, so that some worlds see the clocks of summer begin or end.
    let begin = Timestamp::from_seconds(1_767_225_600 + i64::try_from(chance.between(0, 600 * 86_400)).unwrap_or(0));
    let nodes = if postgres { 2 + chance.index(2) } else { 1 };
    let plan = Plan {
        flaky: postgres && chance.permille(500),
        complain: [0, 5, 30][chance.index(3)],
        unsubscribe: [5, 20][chance.index(2)],
        days: ask.days,
    };
    let mut world = World {
        now: 0,
        begin,
        queue: BTreeMap::new(),
        ticks: BTreeMap::new(),
        order: 0,
        memory: Memory::new(postgres, ask.broken),
        nodes: (0..nodes).map(|number| node(number, begin, &chance)).collect(),
        providers: (0..DOMAINS.len()).map(|number| provider(number, &chance)).collect(),
        people: Vec::new(),
        conns: BTreeMap::new(),
        visits: Visits::default(),
        checks: Checks::default(),
        story: Story::new(begin),
        figures: Figures::default(),
        plan,
        broken: ask.broken,
        serial: 0,
        down_until: 0,
        slow: (0, 0),
        ending: false,
        events: 0,
        stop_began: vec![0; nodes],
        clock_was_set: false,
        chance,
    };
    settle_down(&mut world);
    for number in 0..nodes {
        let when = world.chance.between(0, SECOND);
        world.at(when, Event::Begin(number));
    }
    world.at(u64::from(ask.days) * DAY, Event::EndOfDays);
    world
}

fn node(number: usize, begin: Timestamp, chance: &Chance) -> Node {
    // Rates that differ by up to two per cent each: the wait has five.
    let ppm = i64::try_from(chance.between(0, 40_000)).unwrap_or(0) - 20_000;
    Node {
        name: format!("node {}", number + 1),
        clock: NodeClock::new(begin, ppm),
        run: None,
        starting: false,
        stopped_until: 0,
    }
}

fn provider(number: usize, chance: &Chance) -> Provider {
    Provider {
        domain: DOMAINS[number].to_owned(),
        host: format!("mx.{}", DOMAINS[number]),
        mood: Mood::Fine,
        latency: chance.skewed(MILLI, 250 * MILLI),
        pipelining: chance.permille(600),
        starttls: chance.permille(500),
    }
}

/// Accounts, people, mailings and everything that is planned.
fn settle_down(world: &mut World) {
    let long = world.plan.days > 20;
    let people = 12 + world.chance.index(28);
    for _ in 0..people {
        new_person(world);
    }
    let accounts = 1 + world.chance.index(3);
    let mut mailings = 0;
    for number in 0..accounts {
        let id = account(number);
        world.memory.set_account(id, new_account(id, world.begin));
        world.memory.accounts.entry(id).or_insert_with(|| new_account(id, world.begin));
        for person in 0..people {
            if world.chance.permille(700) {
                join(world, id, person);
            }
        }
        mailings = plan_mailings(world, id, mailings, long);
        plan_sign_ups(world, id, long);
    }
    plan_odd_faults(world, long);
    world.memory.commit(true);
}

fn new_account(id: AccountId, begin: Timestamp) -> Account {
    let notice = LegalNotice::validate(LegalNoticeFields {
        name: "Erika Muster".into(),
        street: "Beispielweg 5".into(),
        city: "Musterstadt".into(),
        country: "Deutschland".into(),
        email: "erika@shop.example".into(),
        phone: "+49 30 1234567".into(),
        ..LegalNoticeFields::default()
    });
    let sender = EmailAddress::parse("erika@shop.example").ok().map(|address| SenderFacts {
        id: SenderId::from_raw(id.get()),
        address,
        display_name: "Erika Muster".into(),
        proven: true,
        on_hold: false,
        domain_authenticated: true,
    });
    let facts = AccountFacts {
        id,
        name: "Muster".into(),
        standing: Standing::Active,
        sender,
        legal_notice: notice.ok(),
        legal_review: Review::Approved,
        legal_review_at: 500,
        contacts: 10,
        policy_accepted: true,
    };
    let topic = TopicRef { topic: TopicId::from_raw(id.get()), version: 1 };
    Account { facts: Arc::new(facts), version: 1, period: 1, counting_since: begin, topic }
}

fn new_person(world: &mut World) -> usize {
    let mailbox = match world.chance.between(0, 100) {
        0..4 => Mailbox::Gone,
        4..9 => Mailbox::Full,
        9..14 => Mailbox::Greylisted,
        _ => Mailbox::Good,
    };
    let provider = world.chance.index(DOMAINS.len());
    world.people.push(Person { provider, mailbox, first_tried: None });
    world.people.len() - 1
}

fn address_of(world: &World, person: usize) -> Option<EmailAddress> {
    EmailAddress::parse(&format!("p{person}@{}", DOMAINS[world.people[person].provider])).ok()
}

fn join(world: &mut World, account: AccountId, person: usize) {
    let Some(address) = address_of(world, person) else { return };
    let contact =
        Contact { address, key: key_of(person), version: 1, tags: vec![TAG], granted_at: world.begin, left: None };
    world.memory.set_contact(World::contact(account, person), contact);
}

fn new_mailing(account: AccountId, purpose: Purpose, state: MailingState, expiry_hours: i64) -> Mailing {
    let content = MailingContent {
        subject: "News".into(),
        preheader: String::new(),
        format: BodyFormat::Markdown,
        body: "Hello".into(),
        language: Language::De,
        template_version: 1,
    };
    Mailing {
        account,
        purpose,
        state,
        version: 1,
        content: Arc::new(content),
        scheduled_at: Timestamp::EPOCH,
        cut_at: None,
        expanded_to: None,
        expanded: purpose == Purpose::Autoresponder,
        audience: 0,
        expiry_hours,
        resumed_at: None,
        trigger: None,
        ended: BTreeMap::new(),
    }
}

/// An autoresponder and the newsletters of all days. Returns the number of the next mailing.
fn plan_mailings(world: &mut World, account: AccountId, mut number: usize, long: bool) -> usize {
    let delay = u32::try_from(world.chance.between(0, 2 * 24 * 60)).unwrap_or(0);
    let mut responder = new_mailing(account, Purpose::Autoresponder, MailingState::Running, 48);
    responder.trigger = Some((TAG, delay));
    world.memory.set_mailing(mailing(number), responder);
    number += 1;
    let Ok(zone) = Zone::parse("Europe/Berlin") else { return number };
    for day in 0..world.plan.days {
        let at_once = if long { usize::from(world.chance.permille(400)) } else { 1 + world.chance.index(2) };
        for _ in 0..at_once {
            let Some(wall) = by_the_wall(world, &zone, day) else { continue };
            let hours = i64::try_from(world.chance.between(6, 60)).unwrap_or(24);
            let mut one = new_mailing(account, Purpose::Newsletter, MailingState::Scheduled, hours);
            one.scheduled_at = wall;
            world.memory.set_mailing(mailing(number), one);
            let since = wall.since(world.begin);
            let when = u64::try_from(since.as_nanos()).unwrap_or(0);
            plan_around(world, account, number, when);
            number += 1;
        }
    }
    number
}

/// A customer's wish in the time of the customer's wall, in the hours around the change of the clocks
/// too. A time that the wall skips is moved by an hour, as the page asks for.
fn by_the_wall(world: &World, zone: &Zone, day: u32) -> Option<Timestamp> {
    let midday = Timestamp::from_millis(world.begin.millis() + (i64::from(day) * 24 + 12) * 3_600_000);
    let date: String = zone.show(midday).chars().take(10).collect();
    let (hour, minute) = (world.chance.between(1, 21), world.chance.between(0, 60));
    let wall = zone.moment(&format!("{date}T{hour:02}:{minute:02}"));
    let wall = wall.or_else(|_| zone.moment(&format!("{date}T{:02}:{minute:02}", hour + 1))).ok()?;
    (wall > world.begin).then_some(wall)
}

/// What people do while a newsletter leaves, and what goes wrong then.
fn plan_around(world: &mut World, account: AccountId, number: usize, when: Nanos) {
    let soon = |world: &World| {
        if world.chance.permille(800) {
            // While its mails leave.
            when + world.chance.between(150 * MILLI, 3 * SECOND)
        } else {
            when + world.chance.skewed(3 * SECOND, 20 * MINUTE)
        }
    };
    let book: Vec<_> = world.memory.contacts.keys().copied().filter(|contact| contact.account() == account).collect();
    for contact in book {
        if world.chance.permille(80) {
            let at = soon(world);
            visit(world, at, Act::Unsubscribe(contact));
            if world.chance.permille(400) {
                // The second click finds the fact there.
                let again = at + world.chance.skewed(MILLI, 900 * MILLI);
                visit(world, again, Act::Unsubscribe(contact));
            }
        }
    }
    let at = soon(world);
    match world.chance.between(0, 100) {
        0..12 => visit(world, at, Act::Pause(mailing(number))),
        12..15 => visit(world, at, Act::Abort(mailing(number))),
        15..19 => visit(world, at, Act::Suspend(account)),
        19..23 => visit(world, at, Act::PauseAll),
        23..33 => {
            let person = world.chance.index(world.people.len());
            visit(world, at, Act::Exclude(key_of(person)));
        }
        _ => {}
    }
    let faults = world.chance.between(0, 5);
    for _ in 0..faults {
        let fault = draw_fault(world);
        let at = if matches!(fault, Fault::Mood(..)) { when.saturating_sub(MINUTE) } else { soon(world) };
        world.at(at, Event::Fault(fault));
    }
}

fn visit(world: &mut World, at: Nanos, act: Act) {
    world.at(at, Event::Visit(Visit::new(act)));
}

fn draw_fault(world: &World) -> Fault {
    let chance = &world.chance;
    let node = chance.index(world.nodes.len());
    let postgres = world.memory.postgres;
    match chance.between(0, 100) {
        0..25 => Fault::Kill(node),
        25..35 => Fault::PowerLoss(node),
        35..42 if postgres => Fault::DatabaseStops(chance.skewed(200 * MILLI, 20 * SECOND)),
        42..50 if postgres => Fault::LockLost(node),
        35..50 => Fault::Kill(node),
        50..60 => {
            let longest = if chance.permille(100) { 25 * MINUTE } else { 5 * MINUTE };
            Fault::Stop(node, chance.skewed(50 * MILLI, longest))
        }
        60..67 => Fault::SlowDatabase(chance.skewed(5 * MILLI, 3 * SECOND), chance.skewed(SECOND, 5 * MINUTE)),
        67..75 => {
            let by = i64::try_from(chance.skewed(1, 3_600_000)).unwrap_or(1);
            Fault::SetClock(node, if chance.permille(500) { by } else { -by })
        }
        _ => {
            let mood = Mood::BAD[chance.index(Mood::BAD.len())];
            let longest = if mood == Mood::Storm && chance.permille(200) { DAY } else { 3 * HOUR };
            Fault::Mood(chance.index(DOMAINS.len()), mood, chance.skewed(10 * SECOND, longest))
        }
    }
}

/// Faults at any time.
fn plan_odd_faults(world: &mut World, long: bool) {
    for day in 0..u64::from(world.plan.days) {
        for _ in 0..if long { 1 } else { 3 } {
            let at = day * DAY + world.chance.between(0, DAY);
            let fault = draw_fault(world);
            world.at(at, Event::Fault(fault));
        }
    }
}

/// Sign-ups that are confirmed, in time or too late, or never.
fn plan_sign_ups(world: &mut World, account: AccountId, long: bool) {
    for day in 0..u64::from(world.plan.days) {
        let many = if long { usize::from(world.chance.permille(300)) } else { world.chance.index(3) };
        for _ in 0..many {
            let person = new_person(world);
            let Some(address) = address_of(world, person) else { continue };
            let contact = World::contact(account, person);
            let at = day * DAY + world.chance.between(0, DAY);
            visit(world, at, Act::SignUp(contact, address, key_of(person)));
            if world.chance.permille(800) {
                let longest = if world.chance.permille(100) { 10 * DAY } else { DAY };
                let later = at + world.chance.skewed(MINUTE, longest);
                visit(world, later, Act::Confirm(contact, TAG));
            }
        }
    }
}
