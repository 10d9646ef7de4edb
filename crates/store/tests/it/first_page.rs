//! What an account's first page shows: how far its set-up is, how its book grows, and what its score is
//! made of.

use std::time::Duration;

use policy::complaint::{Allegation, Source};
use policy::legal_notice::Review;
use policy::score::{Score, ScoreState};
use policy::standing::POLICY_VERSION;
use policy::{AccountId, ContactId, MailingId};
use seals::Clock as _;
use store::beginnings::{Begun, OwnSender};
use store::cases::Decision;
use store::complaints::{ComplaintKey, Named, NewComplaint};
use store::conformance::{numbers, script};
use store::consents::Source as By;
use store::contacts::{RestoreOutcome, UnsubscribeOutcome};
use store::growth::BookDay;
use store::mailings::MailingKind;
use store::score::UnitScore;

use crate::both::{Bench, START};
use crate::customers::account;
use crate::people;
use crate::world;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn complain(bench: &Bench, mailing: MailingId, contact: ContactId, source: Source) {
    let report = NewComplaint {
        source,
        allegation: Allegation::Unwanted,
        dkim_aligned: true,
        named: Some(Named::Mailing { mailing, contact }),
        reporter: Vec::new(),
        accounts: Vec::new(),
        note: String::new(),
        inbox: None,
        once: contact.to_string(),
    };
    let done = bench.store.complain(report, bench.clock.now()).await.expect("an answer");
    assert!(done.decision.counts(), "{done:?}");
}

/// The size of the book as its rows say it.
async fn contacts(bench: &Bench) -> i64 {
    numbers(&bench.store, "SELECT COUNT(*) FROM contact WHERE account_id = 1", 1).await.expect("a number")[0][0]
        .expect("one")
}

crate::both!(
    /// Proves R43 and R71 in figures: the book's counters follow each way in and out, people who
    /// unsubscribed stand apart from those who complained, and the sum is always the book itself.
    r43_r71_growth_and_losses_of_the_book_are_counted_where_they_happen,
    |bench: Bench| async move {
        let store = &bench.store;
        let form = people::open(&bench, 1).await;
        let one = AccountId::from_raw(1);
        let mut came = Vec::new();
        for at in 0..6 {
            came.push(people::contact(&bench, form, &format!("p{at}@a.test")).await);
        }
        let growth = store.book_growth(one, START.day()).await.expect("growth");
        assert_eq!((growth.contacts, contacts(&bench).await), (6, 6));
        assert_eq!(growth.days, [BookDay { day: START.day(), joined: 6, ..BookDay::default() }]);
        bench.clock.advance(DAY);
        let left = people::unsubscribe(&bench, came[0]).await;
        assert!(matches!(left, UnsubscribeOutcome::Done(_)), "{left:?}");
        assert_eq!(people::unsubscribe(&bench, came[0]).await, UnsubscribeOutcome::Already);
        people::unsubscribe(&bench, came[1]).await;
        assert_eq!(people::restore(&bench, came[1], None).await, RestoreOutcome::Done);
        store.erase(one, came[2], people::word(By::Account), bench.clock.now()).await.expect("erased");
        // Who left already leaves no second time.
        store.erase(one, came[0], people::word(By::Account), bench.clock.now()).await.expect("erased");
        complain(&bench, MailingId::from_raw(1001), came[3], Source::FeedbackLoop).await;
        let growth = store.book_growth(one, START.day() + 1).await.expect("growth");
        let wanted = BookDay {
            day: START.day() + 1,
            returned: 1,
            unsubscribed: 2,
            complained: 1,
            otherwise: 1,
            ..BookDay::default()
        };
        assert_eq!(growth.days, [wanted]);
        assert_eq!((growth.days[0].gained(), growth.days[0].lost()), (1, 4));
        assert_eq!((growth.contacts, contacts(&bench).await), (3, 3));
        let all = store.book_growth(one, 0).await.expect("growth");
        assert_eq!(all.contacts, all.days.iter().map(|day| day.gained() - day.lost()).sum::<i64>());
        assert_eq!(store.book_growth(AccountId::from_raw(2), 0).await.expect("growth"), store::growth::BookGrowth::default());
    }
);

crate::both!(
    /// The set-up of an account, from nothing to the first newsletter.
    the_beginnings_of_an_account_say_what_is_done_and_what_waits,
    |bench: Bench| async move {
        let store = &bench.store;
        let one = account(&bench, "Gartenfreunde").await;
        let look = async || store.beginnings(one).await.expect("beginnings");
        let (nothing, waits, done) = (Begun::default(), Begun { done: false, waits: true }, Begun { done: true, waits: false });
        let seen = look().await;
        assert_eq!((seen.policy_accepted, seen.legal_notice, seen.sender, seen.sender_waits), (false, None, None, false));
        assert_eq!([seen.domains, seen.websites, seen.topics, seen.forms, seen.tests, seen.newsletters], [nothing; 6]);
        store.accept_policy(one, POLICY_VERSION, "Ada (login 7)", START).await.expect("accepted");
        let accepted = store.policy_acceptance(one).await.expect("asked").expect("accepted");
        assert_eq!((accepted.at, accepted.actor.as_str(), accepted.detail), (START, "Ada (login 7)", POLICY_VERSION.to_string()));
        let n = one.get();
        let text = format!(
            "INSERT INTO sending_domain (account_id, id, name, platform, authenticated_at, found, created_at) VALUES ({n}, 6, 'shop.example', FALSE, NULL, '[]', 0);
             INSERT INTO sender (account_id, id, address, address_key, display_name, domain_id, platform, proven_at, created_at) VALUES ({n}, 5, 'a@shop.example', {}, 'A', 6, FALSE, NULL, 0);
             INSERT INTO website (account_id, id, host, proof_token, proven_at, created_at) VALUES ({n}, 7, 'www.shop.example', 't', NULL, 0);
             INSERT INTO topic (account_id, id, version, website_id, statement, state, submitted_at) VALUES ({n}, 8, 1, 7, 'Tips', 0, 0);
             INSERT INTO form (account_id, id, website_id, topic_id, name, language, version, open, created_at) VALUES ({n}, 9, 7, 8, 'Footer', 'en', 1, FALSE, 0);
             INSERT INTO notice (id, account_id, purpose, person_id, address, address_key, domain, language, template, params, state, due_at, expires_at, attempt, deferrals, owner_beat, doubt, planned_at)
                VALUES (55, {n}, 4, 1, 'a@shop.example', {}, 'shop.example', 'en', '', '{{}}', 0, 0, 0, 0, 0, 0, FALSE, 0)",
            world::blob(store, &[1; 32]),
            world::blob(store, &[1; 32]),
        );
        script(store, &text).await.expect("begun");
        let seen = look().await;
        assert!(seen.policy_accepted && seen.sender_waits && seen.sender.is_none() && !seen.topic_refused);
        assert_eq!([seen.domains, seen.websites, seen.topics, seen.forms, seen.tests, seen.newsletters], [waits, waits, waits, waits, waits, nothing]);
        script(store, &format!("UPDATE topic SET state = 2 WHERE account_id = {n}")).await.expect("refused");
        let seen = look().await;
        assert_eq!((seen.topics, seen.topic_refused), (nothing, true));
        let text = format!(
            "UPDATE topic SET state = 1 WHERE account_id = {n};
             UPDATE sender SET proven_at = 1 WHERE account_id = {n};
             UPDATE account SET sender_id = 5, legal_version = 1, legal_review = 1 WHERE id = {n};
             UPDATE sending_domain SET authenticated_at = 1, failing_since = 9 WHERE account_id = {n};
             UPDATE website SET proven_at = 1 WHERE account_id = {n};
             UPDATE form SET open = TRUE WHERE account_id = {n};
             UPDATE notice SET state = 10 WHERE id = 55;
             INSERT INTO mailing (account_id, id, kind, name, state, facts_version, topic_id, topic_version, subject, preheader, format, body, language, template_version,
                expanded_to, expanded, audience, delay_minutes, expiry_hours, created_at, started_at)
                VALUES ({n}, 500, 1, 'May', 2, 1, 8, 1, 'Tomatoes', '', 'markdown', 'x', 'en', 1, 0, TRUE, 2, 0, 96, 0, 1)"
        );
        script(store, &text).await.expect("done");
        let seen = look().await;
        assert_eq!([seen.domains, seen.websites, seen.topics, seen.forms, seen.tests, seen.newsletters], [done; 6]);
        assert_eq!((seen.legal_notice, seen.sender_waits), (Some(Review::Open), false));
        let failing = Some(policy::Timestamp::from_millis(9));
        let own = OwnSender { proven: true, on_hold: false, platform: false, authenticated: true, failing_since: failing };
        assert_eq!(seen.sender, Some(own));
        assert!(matches!(store.beginnings(AccountId::from_raw(99)).await, Err(store::StoreError::NotFound(_))));
    }
);

/// A line without its name: what it is, its week, and its score.
fn line(unit: &UnitScore) -> (i64, Option<i64>, Score) {
    (unit.mailing.get(), unit.week_from_day, unit.score)
}

crate::both!(
    /// Proves R67 and R71: the parts of a score are those by which the rules judge, a newsletter as a whole
    /// and an autoresponder by calendar weeks; the highest stands first; pages fit together.
    r67_r71_a_score_is_shown_by_the_parts_that_the_rules_judge,
    |bench: Bench| async move {
        let store = &bench.store;
        let world = world::found(store, 1, &[], START.millis(), START.millis()).await;
        let (news, auto, account) = (world.mailing.get(), 2_000, world.account);
        let today = START.day();
        // START is a Monday, the first day of a week.
        assert_eq!(policy::score::calendar_week(START) * 7 - 3, today);
        let text = format!(
            "INSERT INTO mailing (account_id, id, kind, name, state, facts_version, topic_id, topic_version, subject, preheader, format, body, language, template_version,
                expanded_to, expanded, audience, trigger_tag, delay_minutes, expiry_hours, created_at, started_at)
                VALUES (1, {auto}, 2, 'Welcome', 2, 1, 8, 1, 'Hello', '', 'markdown', 'x', 'en', 1, 0, TRUE, 0, 31, 5, 96, 0, 1);
             INSERT INTO sent_count (account_id, period, mailing_id, day, shard, n) VALUES
                (1, 1, {news}, {today}, 0, 600), (1, 1, {news}, {today}, 3, 400), (1, 1, {news}, {today} - 1, 0, 1000),
                (1, 1, {auto}, {today}, 0, 50), (1, 1, {auto}, {today} - 1, 0, 40), (1, 1, {auto}, {today} - 7, 0, 10),
                (1, 1, 3000, {today} - 40, 0, 10), (1, 0, {news}, {today} - 90, 0, 70);
             INSERT INTO complaint_count (account_id, period, mailing_id, day, n) VALUES
                (1, 1, {news}, {today}, 1), (1, 1, {auto}, {today} - 7, 1), (1, 1, {auto}, {today}, 0), (1, 1, 3000, {today} - 40, 5), (1, 0, {news}, {today} - 90, 2)"
        );
        script(store, &text).await.expect("counters");
        let all = store.unit_scores(account, None, 10).await.expect("lines");
        let wanted = [
            (auto, Some(today), Score::new(0, 50)),
            (news, None, Score::new(1, 2_000)),
            (auto, Some(today - 7), Score::new(1, 50)),
            (3_000, None, Score::new(5, 10)),
        ];
        assert_eq!(all.iter().map(line).collect::<Vec<_>>(), wanted);
        assert_eq!((all[0].name.as_str(), all[0].kind, all[3].name.as_str()), ("Welcome", MailingKind::Autoresponder, ""));
        assert_eq!(all[1].days, (today - 1, today));
        let first = store.unit_scores(account, None, 2).await.expect("a page");
        let rest = store.unit_scores(account, Some(first[1].step()), 10).await.expect("the rest");
        assert_eq!([first, rest].concat(), all);
        for mailing in [news, auto] {
            let judged = store.mailing_scores(account, MailingId::from_raw(mailing)).await.expect("scores");
            let judged: Vec<_> = judged.iter().map(|one| (mailing, one.week_from_day, one.score)).collect();
            let shown: Vec<_> = all.iter().filter(|unit| unit.mailing.get() == mailing).map(line).collect();
            assert_eq!(shown, judged, "the very scores that decide");
        }
        let gravest = store.gravest_units(account, START, 10).await.expect("lines");
        let gravest: Vec<_> = gravest.iter().map(line).collect();
        assert_eq!(gravest, [wanted[2], wanted[1]], "of the last 30 days, and only with complaints");
        let periods = store.period_scores(account).await.expect("periods");
        let periods: Vec<_> = periods.iter().map(|one| (one.number, one.days, one.score)).collect();
        let wanted = [(1, (today - 40, today), Score::new(7, 2_110)), (0, (today - 90, today - 90), Score::new(2, 70))];
        assert_eq!(periods, wanted);
        assert!(matches!(store.unit_scores(AccountId::from_raw(9), None, 5).await, Err(store::StoreError::NotFound(_))));
    }
);

crate::both!(
    /// Proves R71 and R80: the sources are those of the very complaints that the score counts, each with
    /// the form by which the person came and the tags that the person carried.
    r71_r80_complaints_are_told_by_way_form_tag_and_age,
    |bench: Bench| async move {
        let store = &bench.store;
        let form = people::open(&bench, 1).await;
        let (one, mailing) = (AccountId::from_raw(1), MailingId::from_raw(1001));
        let mut came = Vec::new();
        for at in 0..4 {
            came.push(people::contact(&bench, form, &format!("p{at}@a.test")).await);
        }
        script(store, "INSERT INTO contact_tag (account_id, contact_id, tag_id, given_at) SELECT 1, id, 32, 0 FROM contact WHERE address = 'p1@a.test'").await.expect("a tag");
        bench.clock.advance(DAY * 400);
        let (now, day) = (bench.clock.now(), bench.clock.now().day());
        for contact in &came {
            let text = format!(
                "INSERT INTO delivery (mailing_id, contact_id, account_id, state, domain, due_at, expires_at, attempt, deferrals, owner_beat, doubt, planned_at, settled_at)
                 VALUES (1001, {contact}, 1, 10, 'a.test', 0, 0, 1, 0, 0, FALSE, 0, {})",
                now.millis()
            );
            script(store, &text).await.expect("sent");
        }
        script(store, &format!("INSERT INTO sent_count (account_id, period, mailing_id, day, shard, n) VALUES (1, 1, 1001, {day}, 0, 4000)")).await.expect("counted");
        complain(&bench, mailing, came[0], Source::FeedbackLoop).await;
        complain(&bench, mailing, came[1], Source::FeedbackLoop).await;
        complain(&bench, mailing, came[2], Source::AbuseForm).await;
        complain(&bench, mailing, came[3], Source::AbuseLetter).await;
        let key = ComplaintKey { mailing, contact: came[3] };
        store.reclassify(key, false, "Olga", "a wish", now).await.expect("no complaint");
        let sources = store.complaint_sources(one, now).await.expect("sources");
        let recent = store.scores(one, now).await.expect("scores").recent;
        assert_eq!((sources.complaints, recent.complaints()), (3, 3), "what counts, and nothing else");
        assert_eq!(sources.ways, [("feedback_loop".to_owned(), 2), ("abuse_form".to_owned(), 1)]);
        let tags: Vec<_> = sources.tags.iter().map(|tag| (tag.name.as_str(), tag.complaints)).collect();
        assert_eq!(tags, [("tips", 3), ("seeds", 1)]);
        let forms: Vec<_> = sources.forms.iter().map(|of| (of.of, of.name.as_str(), of.complaints)).collect();
        assert_eq!(forms, [(form, "Footer", 3)]);
        assert_eq!((sources.new, sources.old), (0, 3), "contacts for 400 days");
        store.erase(one, came[0], people::word(By::Account), now).await.expect("erased");
        let sources = store.complaint_sources(one, now).await.expect("sources");
        assert_eq!((sources.complaints, sources.forms[0].complaints, sources.tags[0].complaints), (3, 2, 2), "it counts still, and says no more");
        bench.clock.advance(DAY * 30);
        let later = store.complaint_sources(one, bench.clock.now()).await.expect("sources");
        assert_eq!(later, store::score::ComplaintSources::default());
        assert_eq!(store.scores(one, bench.clock.now()).await.expect("scores").recent.state(), ScoreState::None);
    }
);

crate::both!(
    /// Proves R67 and D15: suspensions and what became of them stand on record for the customer, and
    /// whoever changed what, newest first, each account its own.
    r67_suspensions_and_changes_are_told_to_their_account_alone,
    |bench: Bench| async move {
        let store = &bench.store;
        let (one, two) = (account(&bench, "Gartenfreunde").await, account(&bench, "Radladen").await);
        let first = store.suspend(one, "Olga", "off topic", START).await.expect("a case");
        assert!(store.suspensions(one, 5).await.expect("cases")[0].open);
        store.reinstate(one, "Otto", "mended", START + DAY).await.expect("reinstated");
        let second = store.suspend(one, "Olga", "again", START + DAY * 2).await.expect("a case");
        store.suspend(two, "Olga", "others", START).await.expect("a case");
        let cases = store.suspensions(one, 5).await.expect("cases");
        assert_eq!(cases.iter().map(|case| (case.id, case.open)).collect::<Vec<_>>(), [(second, true), (first, false)]);
        let decided = cases[1].decision.as_ref().expect("decided");
        assert_eq!((decided.word.as_str(), decided.reason.as_str()), (Decision::Reinstate.word(), "mended"));
        assert_eq!(store.suspensions(one, 1).await.expect("cases").len(), 1);
        for label in ["a", "b", "c"] {
            store.mint_token(Some(one), label, [label.as_bytes()[0]; 32], "login 7", START).await.expect("a token");
        }
        let lines = store.audit_before(one, None, 2).await.expect("changes");
        assert!(lines[0].detail.ends_with(" c") && lines[1].detail.ends_with(" b"), "{lines:?}");
        let before = store.audit_before(one, Some(lines[1].id), 10).await.expect("changes");
        assert_eq!(before.iter().map(|line| line.action.as_str()).collect::<Vec<_>>(), ["token_made", "account_created"]);
        assert_eq!(store.audit_before(two, None, 10).await.expect("changes").len(), 1);
        assert_eq!(store.policy_acceptance(two).await.expect("asked"), None);
    }
);
