//! What the operator's people look at and decide: the queue of cases, evidence, trends, what waits
//! where, and the pause of all sending.

use std::time::Duration;

use policy::case::CaseKind;
use policy::complaint::{Allegation, Source};
use policy::facts::PersonFacts;
use policy::score::Score;
use policy::{AccountId, CaseId, RowId, RowState};
use seals::{AddressKey, Clock as _};
use store::cases::{CaseFilter, CaseShow, Decision};
use store::claims::Wanted;
use store::complaints::{Named, NewComplaint};
use store::conformance::{numbers, script};
use store::deliveries::Start;
use store::incidents::{IncidentDecision, IncidentKind, ProviderPause};
use store::installation::OPERATOR;
use store::outcomes::{Outcome, Report};
use store::profiles::Profiles;

use crate::both::{Bench, START};
use crate::world::{self, World, blob, plain_key};

const HOUR: i64 = 3_600_000;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Account `n` with a newsletter to `contacts` people; `sent` of its mails were accepted today.
async fn found(bench: &Bench, n: i64, contacts: usize, sent: i64) -> World {
    let people = world::people((0..contacts).map(|at| format!("p{at}@d{at}.test")));
    let world = world::found(&bench.store, n, &people, START.millis(), START.millis() + 24 * HOUR).await;
    let (mailing, day) = (world.mailing, START.day());
    let text = format!(
        "UPDATE delivery SET state = 10, settled_at = {}, reply = '250 taken' WHERE mailing_id = {mailing};
         INSERT INTO sent_count (account_id, period, mailing_id, day, shard, n) VALUES ({n}, 1, {mailing}, {day}, 0, {sent})",
        START.millis()
    );
    script(&bench.store, &text).await.expect("sent");
    world
}

async fn complain(bench: &Bench, world: &World, at: usize) {
    let report = NewComplaint {
        source: Source::FeedbackLoop,
        allegation: Allegation::Unwanted,
        dkim_aligned: false,
        named: Some(Named::Mailing { mailing: world.mailing, contact: world.contacts[at] }),
        reporter: Vec::new(),
        accounts: Vec::new(),
        note: "never asked".to_owned(),
        inbox: Some(5),
        once: at.to_string(),
    };
    bench.store.complain(report, bench.clock.now()).await.expect("an answer");
}

fn open() -> CaseFilter {
    CaseFilter { show: CaseShow::Open, kind: None, account: None }
}

async fn queue(bench: &Bench, filter: &CaseFilter) -> Vec<CaseId> {
    let page = bench.store.case_queue(filter, None, 50).await.expect("a queue");
    page.cases.iter().map(|queued| queued.case.id).collect()
}

crate::both!(
    /// Proves R92: what is due first stands first, overdue cases before all others; a look moves a case
    /// behind those that nobody looked at; pages fit together; decided cases stand apart.
    r92_the_queue_stands_in_the_order_of_its_clocks,
    |bench: Bench| async move {
        let store = &bench.store;
        let (one, two) = (found(&bench, 1, 1, 10_000).await, found(&bench, 2, 3, 10_000).await);
        complain(&bench, &one, 0).await;
        bench.clock.advance(DAY);
        let first = store.suspend(two.account, "Olga", "off topic", bench.clock.now()).await.expect("a case");
        bench.clock.advance(DAY * 2);
        complain(&bench, &two, 0).await;
        let all = queue(&bench, &open()).await;
        assert_eq!((all.len(), all[1]), (3, first), "the oldest first");
        assert_eq!(store.count_cases(bench.clock.now()).await.expect("counts"), (3, 2), "two are past their first look");
        let page = store.case_queue(&open(), None, 1).await.expect("a page");
        assert_eq!((page.cases[0].account.as_str(), page.cases[0].mailing.as_str()), ("Gartenfreunde 1", "May"));
        let next = store.case_queue(&open(), page.next, 5).await.expect("the rest");
        assert_eq!(next.cases.iter().map(|queued| queued.case.id).collect::<Vec<_>>(), all[1..]);
        assert_eq!(next.next, None);
        // A look: the decision's clock counts now, which ends later.
        store.look_at_case(all[0], "Olga", bench.clock.now()).await.expect("looked");
        assert_eq!(queue(&bench, &open()).await, [all[1], all[2], all[0]]);
        let mine = CaseFilter { show: CaseShow::LookedAtBy("Olga".to_owned()), ..open() };
        assert_eq!(queue(&bench, &mine).await, [all[0]]);
        let kind = CaseFilter { kind: Some(CaseKind::Suspension), ..open() };
        assert_eq!(queue(&bench, &kind).await, [first]);
        let account = CaseFilter { account: Some(one.account), ..open() };
        assert_eq!(queue(&bench, &account).await, [all[0]]);
        store.decide_case(all[0], Decision::Close, "Olga", "a mistake", bench.clock.now()).await.expect("decided");
        bench.clock.advance(DAY);
        store.decide_case(all[2], Decision::Close, "Olga", "a mistake", bench.clock.now()).await.expect("decided");
        let decided = CaseFilter { show: CaseShow::Decided, ..open() };
        assert_eq!(queue(&bench, &decided).await, [all[2], all[0]], "newest first");
        let step = store.case_queue(&decided, None, 1).await.expect("a page").next;
        assert_eq!(store.case_queue(&decided, step, 1).await.expect("the last").cases[0].case.id, all[0]);
        assert_eq!(queue(&bench, &open()).await, [first]);
    }
);

crate::both!(
    /// Proves R75 and R89: a case shows its complaints with those who complained, and the mail that each is about.
    r75_r89_a_case_shows_its_complaints_and_their_mails,
    |bench: Bench| async move {
        let store = &bench.store;
        let world = found(&bench, 1, 3, 10_000).await;
        complain(&bench, &world, 1).await;
        let case = queue(&bench, &open()).await[0];
        let complaints = store.complaints_of_case(case).await.expect("complaints");
        assert_eq!(complaints.len(), 1);
        let line = &complaints[0];
        assert_eq!((line.key.mailing, line.key.contact, line.counted), (world.mailing, world.contacts[1], true));
        assert_eq!(line.address.as_deref(), Some("p1@d1.test"), "who left is known to the desk");
        assert_eq!((line.mailing_name.as_str(), line.note.as_str(), line.inbox), ("May", "never asked", Some(5)));
        assert_eq!(store::cases::source(&line.source), Some(Source::FeedbackLoop));
        assert_eq!(store.complaints_of_account(world.account, 5).await.expect("complaints"), complaints);
        for contact in &world.contacts[..2] {
            let sent = store.sent_mail(world.mailing, *contact).await.expect("the mail");
            assert_eq!((sent.state, sent.reply.as_deref()), (RowState::Accepted, Some("250 taken")));
            let PersonFacts::Contact(person) = &sent.facts.person else { panic!("nobody: {:?}", sent.facts.person) };
            let consent = person.consent.as_ref().expect("the consent, withdrawn or not");
            assert_eq!((person.id, consent.site.as_str()), (*contact, "www.shop1.example"));
        }
        let stranger = policy::ContactId::new(world.account, 9_999).expect("fits");
        assert!(store.sent_mail(world.mailing, stranger).await.is_err());

        let words = "complaint score above the limit: 3 complaints for 1000 mails sent";
        assert_eq!(store::cases::scored(words), Some(Score::new(3, 1_000)));
        assert_eq!(store::cases::scored("off topic: 3 of 4"), None, "a person's words are no figures");
    }
);

crate::both!(
    /// Proves R66: the overview's scores are those that decide, beside those of the 30 days before.
    r66_trends_compare_thirty_days_with_the_thirty_before,
    |bench: Bench| async move {
        let store = &bench.store;
        let (one, two) = (found(&bench, 1, 2, 2_000).await, found(&bench, 2, 1, 50).await);
        complain(&bench, &one, 0).await;
        let (day, mailing) = (START.day(), one.mailing);
        let text = format!(
            "INSERT INTO sent_count (account_id, period, mailing_id, day, shard, n) VALUES (1, 1, {mailing}, {}, 0, 500), (1, 1, {mailing}, {}, 1, 300), (1, 1, {mailing}, {}, 1, 7);
             INSERT INTO complaint_count (account_id, period, mailing_id, day, n) VALUES (1, 1, {mailing}, {}, 4)",
            day - 30,
            day - 59,
            day - 60,
            day - 30,
        );
        script(store, &text).await.expect("older mail");
        let trends = store.trends(one.account, two.account, START).await.expect("trends");
        assert_eq!(trends.len(), 2);
        assert_eq!((trends[0].account, trends[0].recent, trends[0].before), (one.account, Score::new(1, 2_000), Score::new(4, 800)));
        assert_eq!(trends[0].recent, store.scores(one.account, START).await.expect("scores").recent);
        assert_eq!((trends[1].recent, trends[1].before), (Score::new(0, 50), Score::new(0, 0)));
        let days = store.day_counts(one.account, day - 59).await.expect("days");
        let days: Vec<_> = days.iter().map(|count| (day - count.day, count.score)).collect();
        assert_eq!(days, [(59, Score::new(0, 300)), (30, Score::new(4, 500)), (0, Score::new(1, 2_000))]);
        let book = store.book_figures(one.account).await.expect("figures");
        assert_eq!((book.contacts, book.topics, book.running, book.open_forms), (1, 1, 1, 0));
        assert_eq!(book.former, [("complained".to_owned(), 1)]);
    }
);

crate::both!(what_waits_is_shown_by_destination_with_the_last_reply_word_for_word, |bench: Bench| async move {
    let store = &bench.store;
    let people = world::people((0..4).map(|at| format!("p{at}@d{}.test", at % 2)));
    let world = world::found(store, 1, &people, START.millis(), START.millis() + 24 * HOUR).await;
    assert_eq!(store.health(START).await.expect("health").oldest_due, Some(START));
    let life = store.begin_life(None, &*bench.dice).await.expect("a life");
    let wanted = Wanted {
        notices: 0,
        mailings: vec![(world.mailing, 2)],
        closed_domains: vec!["d1.test".to_owned()],
        ..Wanted::default()
    };
    let claimed = store.claim(life.id(), life.beat(), wanted, START).await.expect("a claim");
    let briefed = store.brief(&[claimed[0].claim], &Profiles::new(500)).await.expect("facts");
    let start = Start { claim: claimed[0].claim, versions: briefed[0].facts.versions };
    store.start(life.beat(), vec![start]).await.expect("started");
    let until = START + DAY;
    let reply = "451 4.7.1 <b>later</b>".to_owned();
    let outcome = Outcome::Deferred { class: policy::bounce::BounceClass::Soft, reply: reply.clone(), until };
    store
        .record(vec![Report { claim: claimed[0].claim, provider_group: None, outcome }], START)
        .await
        .expect("recorded");
    let queue = store.queue().await.expect("a queue");
    assert!(!queue.more);
    let lines: Vec<_> = queue
        .destinations
        .iter()
        .map(|at| (at.domain.as_str(), at.waiting.due, at.waiting.in_flight, at.waiting.deferred, at.waiting.unknown))
        .collect();
    assert_eq!(lines, [("d0.test", 0, 1, 1, 0), ("d1.test", 2, 0, 0, 0)]);
    assert_eq!(queue.destinations[0].last_reply.as_ref().map(|last| (&last.said, last.due_at)), Some((&reply, until)));
    assert_eq!(queue.destinations[1].last_reply, None);
    let health = store.health(START + DAY * 2).await.expect("health");
    assert_eq!(health.paused_providers, 0);
    script(store, "INSERT INTO provider_pause (provider_group, until, reason) VALUES ('mx.d0.test', 0, 'a jump'), ('mx.d1.test', 1, 'over')").await.expect("pauses");
    assert_eq!(store.health(START).await.expect("health").paused_providers, 1);
    assert_eq!((health.nodes.len(), health.unparsed, health.unread, health.domains_failing), (1, 0, 0, 0));
    let mail = |n: i64, kind: &str| {
        format!(
            "INSERT INTO inbox (id, day, received_at, peer, helo, mail_from, recipient, raw, kind, effect) VALUES ({n}, {}, {}, '', '', '', '', {}, '{kind}', '')",
            START.day(),
            START.millis(),
            blob(store, b"x")
        )
    };
    script(store, &format!("{}; {}", mail(1, "unparsed"), mail(2, "received"))).await.expect("letters");
    let health = store.health(START + Duration::from_secs(301)).await.expect("health");
    assert_eq!((health.unparsed, health.unread), (1, 1));
});

crate::both!(
    /// Proves promise 3 for the pause of all sending: what was claimed before does not start after it,
    /// nothing is claimed, and what waited goes on at once when it ends.
    r85_a_pause_of_all_sending_stops_every_start_and_its_end_takes_everything_up_again,
    |bench: Bench| async move {
        let store = &bench.store;
        let people = world::people((0..2).map(|at| format!("p{at}@d.test")));
        let world = world::found(store, 1, &people, START.millis(), START.millis() + HOUR).await;
        let life = store.begin_life(None, &*bench.dice).await.expect("a life");
        let wanted = |n| Wanted { notices: 5, mailings: vec![(world.mailing, n)], ..Wanted::default() };
        let claimed = store.claim(life.id(), life.beat(), wanted(1), START).await.expect("a claim");
        let briefed = store.brief(&[claimed[0].claim], &Profiles::new(500)).await.expect("facts");
        assert!(store.pause_sending("Olga", " ", START).await.is_err(), "a pause has a reason");
        assert!(store.pause_sending("Olga", "our address is listed", START).await.expect("paused"));
        assert!(!store.pause_sending("Otto", "again", START).await.expect("it is paused"), "the first reason stays");
        assert_eq!(store.installation().await.expect("one").paused.as_deref(), Some("our address is listed"));
        let start = Start { claim: claimed[0].claim, versions: briefed[0].facts.versions };
        assert!(store.start(life.beat(), vec![start]).await.expect("an answer").is_empty(), "the versions differ");
        let again = store.brief(&[claimed[0].claim], &Profiles::new(500)).await.expect("facts");
        let refused = policy::may_send(policy::Purpose::Newsletter, &again[0].facts, START).expect_err("paused");
        let until = START + DAY;
        let text = format!(
            "UPDATE delivery SET state = 0, owner = NULL, reason = '{}', due_at = {} WHERE state = 1",
            refused.word(),
            until.millis()
        );
        script(store, &text).await.expect("held by the gate's word");
        world::sign_up(store, 1, 77, &world::people(["new@d9.test".to_owned()])[0], START.millis()).await;
        script(store, &format!("UPDATE notice SET reason = '{}', due_at = {}", refused.word(), until.millis())).await.expect("held");
        assert!(store.due_mailings(None, START).await.expect("none").is_empty());
        assert!(store.resume_sending("Olga", "delisted", START + Duration::from_secs(2 * 60 * 60)).await.expect("resumed"));
        assert!(!store.resume_sending("Otto", "again", START).await.expect("it was resumed"));
        let now = START + Duration::from_secs(2 * 60 * 60);
        let claimed = store.claim(life.id(), life.beat(), wanted(5), now).await.expect("a claim");
        assert_eq!(claimed.len(), 3, "the sign-up's mail and both newsletters");
        let late = claimed.iter().filter(|row| matches!(row.claim.row, RowId::Delivery { .. }) && row.expires_at > now);
        assert_eq!(late.count(), 2, "the pause took nothing from the time for which they are tried");
        let audit = store.audit_newest(Some(OPERATOR), None, 10).await.expect("audit");
        let said: Vec<_> = audit.iter().map(|(_, line)| (line.actor.as_str(), line.action.as_str(), line.detail.as_str())).collect();
        assert_eq!(said, [("Olga", "sending_resumed", "delisted"), ("Olga", "sending_paused", "our address is listed")]);
        let before = audit[0].1.id;
        assert_eq!(store.audit_newest(None, Some(before), 10).await.expect("audit").len(), 1);
    }
);

crate::both!(
    /// Proves D6: an incident names its exclusions; a lift is on record; the pause of a group ends with the
    /// incident that holds it, and without one by a person's word.
    r61_incidents_exclusions_and_pauses_name_each_other,
    |bench: Bench| async move {
        let store = &bench.store;
        let key = |address: &str| AddressKey::from_bytes(plain_key(address));
        let (id, _) = store.open_incident(IncidentKind::Other, "mx.test", "seen", None, START).await.expect("an incident");
        let (later, _) = store.open_incident(IncidentKind::PolicyBlock, "mx2.test", "seen", None, START).await.expect("an incident");
        let row = |address: &str| format!("INSERT INTO suppression (address_key, address, reason, at, source_account, provider_group, incident_id) VALUES ({}, '{address}', 'hard_bounce', 1, 0, 'mx.test', {id})", blob(store, &plain_key(address)));
        script(store, &format!("{}; {}", row("a@a.test"), row("b@a.test"))).await.expect("excluded");
        assert_eq!(store.incident(id).await.expect("one").exclusions, 2);
        let excluded = store.suppressions_of_incident(id, None, 1).await.expect("a page");
        let rest = store.suppressions_of_incident(id, Some(excluded[0].key), 5).await.expect("the rest");
        assert_eq!((excluded.len(), rest.len(), rest[0].incident), (1, 1, Some(id)));
        let newest: Vec<_> = store.newest_incidents(true, None, 5).await.expect("incidents").iter().map(|one| one.id).collect();
        assert_eq!(newest, [later, id]);
        assert_eq!(store.newest_incidents(false, Some(later), 5).await.expect("incidents").len(), 1);
        assert!(store.end_provider_pause("mx.test", "Olga", "enough", START).await.is_err(), "the incident holds it");
        store.decide_incident(id, IncidentDecision::ProvidersFault, "Olga", "their outage", START).await.expect("decided");
        assert!(!store.end_provider_pause("mx.test", "Olga", "enough", START).await.expect("it ended with the incident"));
        let pause = ProviderPause { provider_group: "mx3.test".to_owned(), until: None, reason: "rate".to_owned(), incident: None };
        store.pause_provider(pause).await.expect("paused");
        assert!(store.end_provider_pause("mx3.test", "Olga", "enough", START).await.expect("ended"));
        assert!(store.provider_pauses(START).await.expect("pauses").iter().all(|pause| pause.provider_group == "mx2.test"));
        let lifts = store.lifts(&[key("a@a.test"), key("x@a.test")]).await.expect("lifts");
        assert_eq!(lifts, [(START, "Olga".to_owned(), "their outage".to_owned())]);
    }
);

crate::both!(
    /// Proves R18 and R48 for the desk: it sees why an address gets no confirmation mails, and which
    /// legal notice was found correct before.
    r18_r48_silences_and_earlier_legal_notices_are_shown,
    |bench: Bench| async move {
        let store = &bench.store;
        let world = found(&bench, 1, 1, 1).await;
        let key = blob(store, &plain_key("a@a.test"));
        let text = format!(
            "INSERT INTO confirmation_timed_out (address_key, id, at) VALUES ({key}, 1, 1), ({key}, 2, 2);
             INSERT INTO signup_bar (account_id, address_key, at) VALUES (1, {key}, 1);
             INSERT INTO legal_notice (account_id, version, notice, created_at, decided_at, decided_by, decision, decision_reason)
                SELECT 1, v.n, notice, 0, 5, 'Olga', CASE WHEN v.n = 3 THEN 'refused' ELSE 'approved' END, 'read' FROM legal_notice
                CROSS JOIN (SELECT 2 AS n UNION ALL SELECT 3) AS v WHERE version = 1"
        );
        script(store, &text).await.expect("set up");
        let keys = [AddressKey::from_bytes(plain_key("a@a.test")), AddressKey::from_bytes(plain_key("b@a.test"))];
        let spared = store.spared(&keys).await.expect("counts");
        assert_eq!((spared.timed_out, spared.not_me), (2, 1));
        assert!(store.lift_silence_signed(keys.to_vec(), "Olga", " ", START).await.is_err(), "a reason is needed");
        assert_eq!(store.lift_silence_signed(keys.to_vec(), "Olga", "she wrote to us", START).await.expect("lifted"), 3);
        assert_eq!(store.spared(&keys).await.expect("counts"), store::signups::Spared::default());
        let noted = store.audit_newest(Some(OPERATOR), None, 1).await.expect("audit");
        assert_eq!((noted[0].1.action.as_str(), noted[0].1.detail.as_str()), ("silence_lifted", "she wrote to us"));
        let before = store.legal_notice_approved_before(world.account, 4).await.expect("an answer");
        assert_eq!(before.map(|notice| notice.version), Some(2), "the newest that was found correct");
        assert_eq!(store.legal_notice_approved_before(world.account, 2).await.expect("an answer"), None);
        assert_eq!(store.legal_notice_approved_before(AccountId::from_raw(9), 9).await.expect("an answer"), None);
    }
);

crate::both!(
    /// Proves D15 and R89: one operator alone ends an account, recorded as such; of several, two must sign,
    /// each once; a reinstatement needs one.
    r89_a_termination_needs_two_signatures_where_there_are_two_operators,
    |bench: Bench| async move {
        let store = &bench.store;
        let (one, two, three) = (found(&bench, 1, 1, 1).await, found(&bench, 2, 1, 1).await, found(&bench, 3, 1, 1).await);
        let login = |n: i64, operator: bool| {
            let key = blob(store, &plain_key(&n.to_string()));
            let operator = if operator { "TRUE" } else { "FALSE" };
            format!("INSERT INTO login (id, name, address, address_key, language, operator, password_hash, password_at, created_at)
                VALUES ({n}, 'Olga', 'olga{n}@mail.example', {key}, 'en', {operator}, '-', 0, 0)")
        };
        script(store, &format!("{}; {}", login(7, true), login(9, false))).await.expect("log-ins");
        let sign = async |case, n: i64| {
            let who = (Some(policy::LoginId::from_raw(n)), "Olga");
            store.decide_case_as(case, Decision::Terminate, who, "bought addresses", START).await.expect("an answer")
        };
        let standing = async || numbers(store, "SELECT standing FROM account ORDER BY id", 1).await.expect("standings").into_iter().map(|row| row[0].expect("one")).collect::<Vec<_>>();
        let alone = store.suspend(one.account, "Olga", "off topic", START).await.expect("a case");
        assert!(!sign(alone, 7).await.open, "the only operator");
        let (_, steps) = store.case(alone).await.expect("a case");
        assert!(steps.last().expect("a step").evidence.contains("\"only_operator\":true"));
        assert_eq!(standing().await, [2, 0, 0]);
        script(store, &login(8, true)).await.expect("a second operator");
        let case = store.suspend(two.account, "Olga", "off topic", START).await.expect("a case");
        for _ in 0..2 {
            assert!(sign(case, 7).await.open, "signing twice is signing once");
            assert_eq!(standing().await, [2, 1, 0]);
        }
        assert!(!sign(case, 8).await.open);
        assert_eq!(standing().await, [2, 2, 0]);
        let (_, steps) = store.case(case).await.expect("a case");
        assert_eq!(steps.iter().filter(|step| step.kind == "termination_signed").count(), 1);
        assert!(steps.last().expect("a step").evidence.contains("\"only_operator\":false"));
        let case = store.suspend(three.account, "Olga", "off topic", START).await.expect("a case");
        assert!(store.decide_case(case, Decision::Terminate, "Olga", "x", START).await.expect("an answer").open);
        store.decide_case(case, Decision::Reinstate, "Otto", "a mistake", START).await.expect("one person is enough");
        assert_eq!(standing().await, [2, 2, 0]);
    }
);
