//! The live figures of a mailing add up to its audience at every moment.

use std::time::Duration;

use policy::bounce::BounceClass;
use policy::facts::MailingState;
use seals::{Clock as _, Dice, u64_below};
use store::StoreError;
use store::claims::Wanted;
use store::conformance::{numbers, script};
use store::deliveries::Start;
use store::mailings::{MailingKind, Shelf, UNSUBSCRIBES_COUNT_FOR};
use store::outcomes::{Bounced, Outcome, Report};
use store::profiles::Profiles;

use crate::both::{Bench, START};
use crate::world::{self, World, plain_key};

const PEOPLE: usize = 40;
const MINUTE: Duration = Duration::from_secs(60);

/// Something that may become of a started mail.
fn outcome(dice: &dyn Dice, at: usize, now: policy::Timestamp) -> Outcome {
    let reply = format!("{at} <b>said</b>");
    match u64_below(dice, 8) {
        0..=2 => Outcome::Accepted { reply, proof: None },
        3 => Outcome::Bounced(Bounced {
            class: BounceClass::Hard,
            counts: true,
            reply,
            provider_group: "mx.test".to_owned(),
            address_key: seals::AddressKey::from_bytes(plain_key(&format!("p{at}@a.test"))),
        }),
        4 | 5 => Outcome::Deferred { class: BounceClass::Soft, reply, until: now + MINUTE },
        6 => Outcome::Unknown { until: now + MINUTE * 30 },
        _ => Outcome::HandedBack,
    }
}

/// Compares one look with the rows themselves.
async fn sample(bench: &Bench, world: &World) -> i64 {
    let (_, live) = bench.store.live(world.account, world.mailing).await.expect("figures");
    assert_eq!((live.audience, live.sum()), (i64::try_from(PEOPLE).expect("small"), live.audience), "{live:?}");
    let rows = numbers(&bench.store, "SELECT state, COUNT(*) FROM delivery GROUP BY state", 2).await.expect("rows");
    let of = |states: &[i64]| -> i64 {
        rows.iter().filter(|row| states.contains(&row[0].expect("a state"))).map(|row| row[1].expect("a number")).sum()
    };
    let seen = [
        live.due,
        live.in_flight,
        live.deferred,
        live.unknown,
        live.accepted,
        live.bounced,
        live.expired,
        live.refused,
        live.in_doubt,
    ];
    let wanted = [of(&[0, 1]), of(&[2]), of(&[3]), of(&[4]), of(&[10]), of(&[11]), of(&[12]), of(&[13]), of(&[14])];
    assert_eq!(seen, wanted);
    live.open()
}

crate::both!(
    /// After every step of a run that defers, bounces, loses connections and ends, the states add up to
    /// the audience, and each is the number of its rows.
    the_live_figures_add_up_after_every_step,
    |bench: Bench| async move {
        let store = &bench.store;
        let people = world::people((0..PEOPLE).map(|at| format!("p{at}@a.test")));
        let world = world::found(store, 1, &people, START.millis(), START.millis() + 86_400_000).await;
        let life = store.begin_life(None, &*bench.dice).await.expect("a life");
        let mut samples = 0;
        let (mut accepted, mut deferred, mut bounced) = (0, 0, 0);
        let mut open = sample(&bench, &world).await;
        while open > 0 {
            let wanted = Wanted { notices: 0, mailings: vec![(world.mailing, 4)], ..Wanted::default() };
            let claims: Vec<_> = store.claim(life.id(), life.beat(), wanted, bench.clock.now()).await.expect("claims").iter().map(|row| row.claim).collect();
            sample(&bench, &world).await;
            let briefings = store.brief(&claims, &Profiles::new(500)).await.expect("facts");
            let starts = briefings.iter().map(|one| Start { claim: one.claim, versions: one.facts.versions }).collect();
            let started = store.start(life.beat(), starts).await.expect("started");
            sample(&bench, &world).await;
            for (at, claim) in started.into_iter().enumerate() {
                let outcome = outcome(&*bench.dice, at, bench.clock.now());
                match outcome {
                    Outcome::Accepted { .. } => accepted += 1,
                    Outcome::Deferred { .. } => deferred += 1,
                    Outcome::Bounced(_) => bounced += 1,
                    _ => {}
                }
                let report = Report { claim, provider_group: Some(format!("mx{}.test", at % 2)), outcome };
                store.record(vec![report], bench.clock.now()).await.expect("recorded");
                open = sample(&bench, &world).await;
                samples += 1;
            }
            bench.clock.advance(MINUTE);
        }
        assert!(samples > PEOPLE, "{samples}");
        let (words, groups) = store.provider_words(world.account, world.mailing).await.expect("words");
        assert_eq!((words.len(), groups), (2, 2));
        let sum = |of: fn(&store::mailings::ProviderWord) -> i64| words.iter().map(of).sum::<i64>();
        assert_eq!((sum(|w| w.accepted), sum(|w| w.deferred), sum(|w| w.bounced)), (accepted, deferred, bounced));
        assert!(words.iter().all(|word| word.reply.ends_with("<b>said</b>")), "verbatim: {words:?}");
        let minutes = store.mailing_minutes(world.account, world.mailing).await.expect("minutes");
        assert!(minutes.len() > 3 && minutes.windows(2).all(|two| two[0].from < two[1].from), "{minutes:?}");
        assert_eq!(minutes.iter().map(|minute| minute.accepted).sum::<i64>(), accepted);
        let hours = store.sending_hours(world.account, START).await.expect("hours");
        let sum = |of: fn(&store::growth::Hour) -> i64| hours.iter().map(of).sum::<i64>();
        assert_eq!((sum(|h| h.accepted), sum(|h| h.deferred), sum(|h| h.bounced)), (accepted, deferred, bounced));
        assert!(hours.windows(2).all(|two| two[0].from < two[1].from), "{hours:?}");
        let line = &store.mailing_lines(world.account, MailingKind::Newsletter, Shelf::Running, None, 5).await.expect("lines")[0];
        assert_eq!((line.audience, line.accepted, line.bounced), (40, accepted, bounced));
        let names = store.mailing_names(world.account, &[world.mailing, policy::MailingId::from_raw(9)]).await.expect("names");
        assert_eq!(names.into_values().collect::<Vec<_>>(), [(MailingKind::Newsletter, "May".to_owned())]);
        assert!(store.mailing_names(world.account, &[]).await.expect("names").is_empty());
        let other = policy::AccountId::from_raw(77);
        assert!(store.mailing_names(other, &[world.mailing]).await.expect("names").is_empty());
        assert!(matches!(store.live(other, world.mailing).await, Err(StoreError::NotFound(_))));
        assert_eq!(store.provider_words(other, world.mailing).await.expect("asked"), (Vec::new(), 0));
        assert_eq!(store.mailing_minutes(other, world.mailing).await.expect("asked"), []);
        assert_eq!(store.sending_hours(other, START).await.expect("asked"), []);
        let later = bench.clock.now() + store::growth::HOURS_KEPT + MINUTE * 61;
        assert_eq!(store.purge_hours(bench.clock.now()).await.expect("purged"), 0);
        assert!(store.purge_hours(later).await.expect("purged") >= 1);
        assert_eq!(store.sending_hours(world.account, START).await.expect("asked"), []);
    }
);

crate::both!(
    /// Proves R71 for a mailing: complaints that count stand beside its figures, and the unsubscribes of
    /// those who had it last, no others.
    r71_unsubscribes_count_with_the_mailing_that_the_person_had_last,
    |bench: Bench| async move {
        let store = &bench.store;
        let people = world::people((0..4).map(|at| format!("p{at}@a.test")));
        let world = world::found(store, 1, &people, START.millis(), START.millis() + 86_400_000).await;
        let at = |seconds: u64| (START + Duration::from_secs(seconds)).millis();
        let [a, b, c, d] = world.contacts[..] else { panic!("four") };
        let left = |person, reason: &str, left_at: i64| format!(
            "INSERT INTO former_contact (account_id, id, address, address_key, domain, language, fields, tags, since, reason, left_at, restorable_until, facts_version)
             SELECT account_id, id, address, address_key, domain, language, fields, '[]', since, '{reason}', {left_at}, 0, 1 FROM contact WHERE id = {person};"
        );
        let later = START + UNSUBSCRIBES_COUNT_FOR;
        let text = format!(
            "UPDATE mailing SET started_at = {}; UPDATE delivery SET state = 10, settled_at = {};
             INSERT INTO delivery (mailing_id, contact_id, account_id, state, domain, due_at, expires_at, attempt, deferrals, owner_beat, doubt, planned_at, settled_at)
                VALUES (2000, {c}, 1, 10, 'a.test', 0, 0, 1, 0, 0, FALSE, 0, {});
             {}{}{}{}
             INSERT INTO complaint (account_id, mailing_id, contact_id, at, sent_day, period, source, counted) VALUES (1, {}, {b}, 1, 1, 1, 'fbl', TRUE), (1, {}, {c}, 1, 1, 1, 'fbl', FALSE);",
            at(0), at(10), at(20),
            left(a, "unsubscribed", at(15)),
            left(b, "complained", at(15)),
            left(c, "unsubscribed", at(30)),
            left(d, "unsubscribed", later.millis()),
            world.mailing, world.mailing,
        );
        script(store, &text).await.expect("a story");
        let (state, live) = store.live(world.account, world.mailing).await.expect("figures");
        assert_eq!((state, live.unsubscribed, live.complaints), (MailingState::Running, 1, 1), "{live:?}");
    }
);
