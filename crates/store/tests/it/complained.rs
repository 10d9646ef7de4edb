//! Complaints, the score, cases, and what arrived.

use std::time::Duration;

use mail_formats::address::EmailAddress;
use policy::case::CaseKind;
use policy::complaint::{Allegation, ComplaintDecision, Reclassified, Source};
use policy::score::{Score, ScoreState, Verdict};
use policy::{AccountId, CaseId, ContactId, MailingId, NoticeId, UserId};
use seals::{AddressKey, Clock as _};
use store::cases::{Case, Decision};
use store::complaints::{ComplaintKey, ComplaintOutcome, DrainFor, Named, NewComplaint};
use store::conformance::{numbers, script, texts};
use store::inbox::{ArrivedMail, FORWARDED_A_DAY, ForwardedLetter, Forwarding, LetterAnswer, ReadAgain, Shown};
use texts::Language;

use crate::both::{Bench, START};
use crate::interleavings::insist;
use crate::world::{self, World, blob, plain_key};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Account `n` with its newsletter to `contacts` people, of whose mail `sent` was accepted today.
pub(crate) async fn found(bench: &Bench, n: i64, contacts: usize, sent: i64) -> World {
    let people = world::people((0..contacts).map(|at| format!("p{at}@a.test")));
    let world = world::found(&bench.store, n, &people, START.millis(), START.millis() + 86_400_000).await;
    user(bench, n).await;
    accepted(bench, &world, START.millis(), sent).await;
    world
}

/// The mail to every contact was accepted at this moment; the counter shows `sent`.
pub(crate) async fn accepted(bench: &Bench, world: &World, at: i64, sent: i64) {
    let (account, mailing, day) = (world.account, world.mailing, at / 86_400_000);
    let text = format!(
        "UPDATE delivery SET state = 10, settled_at = {at} WHERE mailing_id = {mailing};
         INSERT INTO sent_count (account_id, period, mailing_id, day, shard, n)
            SELECT {account}, period, {mailing}, {day}, 0, {sent} FROM account WHERE id = {account};"
    );
    script(&bench.store, &text).await.expect("sent");
}

async fn user(bench: &Bench, n: i64) {
    let address = format!("uwe@shop{n}.example");
    let id = user_id(n).get();
    let text = format!(
        "INSERT INTO app_user (account_id, id, name, address, address_key, language, proven_at, facts_version, created_at)
         VALUES ({n}, {id}, 'Uwe', '{address}', {}, 'de', 1, 1, 0)",
        blob(&bench.store, &plain_key(&address))
    );
    script(&bench.store, &text).await.expect("a user");
}

fn user_id(n: i64) -> UserId {
    UserId::new(AccountId::from_raw(n), 77).expect("fits")
}

pub(crate) fn key(address: &str) -> AddressKey {
    AddressKey::from_bytes(plain_key(address))
}

fn report(named: Option<Named>) -> NewComplaint {
    NewComplaint {
        source: Source::FeedbackLoop,
        allegation: Allegation::Unwanted,
        dkim_aligned: false,
        named,
        reporter: Vec::new(),
        accounts: Vec::new(),
        note: "I never asked for this".to_owned(),
        inbox: Some(5),
        once: "0123".to_owned(),
    }
}

pub(crate) fn about(world: &World, at: usize) -> NewComplaint {
    report(Some(Named::Mailing { mailing: world.mailing, contact: world.contacts[at] }))
}

pub(crate) async fn complain(bench: &Bench, report: NewComplaint) -> ComplaintOutcome {
    bench.store.complain(report, bench.clock.now()).await.expect("an answer")
}

pub(crate) async fn count(bench: &Bench, sql: &'static str) -> i64 {
    numbers(&bench.store, sql, 1).await.expect("a count")[0][0].expect("a number")
}

pub(crate) async fn words(bench: &Bench, sql: &'static str) -> Vec<String> {
    let rows = texts(&bench.store, sql, 1).await.expect("rows");
    rows.into_iter().map(|mut row| row.remove(0).unwrap_or_default()).collect()
}

pub(crate) async fn standing(bench: &Bench) -> i64 {
    count(bench, "SELECT standing FROM account WHERE id = 1").await
}

pub(crate) async fn open_case(bench: &Bench, kind: CaseKind) -> Case {
    let cases = bench.store.cases(true, None, 0, 100).await.expect("cases");
    cases.into_iter().find(|case| case.kind == kind).unwrap_or_else(|| panic!("no open {kind:?}"))
}

crate::both!(
    /// Proves R69, R70, R76, R77 and R85: with 1,000 mails sent two complaints reach the limit, the
    /// third suspends the account in its own transaction, and everybody is told.
    r70_r85_two_of_a_thousand_are_borne_the_third_suspends,
    |bench: Bench| async move {
        let operator = EmailAddress::parse("operator@platform.test").expect("an address");
        bench.store.set_operator(operator, key("operator@platform.test"), Language::En, 24, 5).await.expect("set");
        let world = found(&bench, 1, 3, 1_000).await;
        for (at, state, verdict) in [(0, ScoreState::Warning, Verdict::Warn), (1, ScoreState::AtLimit, Verdict::Warn)] {
            let done = complain(&bench, about(&world, at)).await;
            assert_eq!((done.decision, done.verdict, done.left), (ComplaintDecision::Count, Some(verdict), vec![world.contacts[at]]));
            assert_eq!(done.drain, DrainFor::Contact(world.contacts[at]));
            assert_eq!((bench.store.scores(world.account, START).await.expect("scores").state, standing(&bench).await), (state, 0));
        }
        let before = count(&bench, "SELECT facts_version FROM account WHERE id = 1").await;
        let done = complain(&bench, about(&world, 2)).await;
        assert_eq!((done.verdict, done.drain), (Some(Verdict::Suspend), DrainFor::All));
        assert_eq!(standing(&bench).await, 1);
        assert_eq!(count(&bench, "SELECT facts_version FROM account WHERE id = 1").await, before + 1);
        assert_eq!(count(&bench, "SELECT state FROM mailing").await, 4, "the mailing does not go on by itself later");
        let scores = bench.store.scores(world.account, START).await.expect("scores");
        assert_eq!((scores.recent, scores.life), (Score::new(3, 1_000), Score::new(3, 1_000)));
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM contact").await, 0);
        let (case, steps) = bench.store.case(open_case(&bench, CaseKind::Suspension).await.id).await.expect("a case");
        assert_eq!(case.account, Some(world.account));
        assert!(steps[0].evidence.contains("\"complaints\":3") && steps[0].evidence.contains("\"sent\":1000"), "{steps:?}");
        let mut told = words(&bench, "SELECT template FROM notice").await;
        told.sort();
        assert_eq!(told, ["case_opened", "case_opened", "mailing_paused", "score_limit", "score_warning", "suspended"]);
        let reason = words(&bench, "SELECT params FROM notice WHERE template = 'suspended'").await;
        assert!(reason[0].contains("0,30"), "the reason is told in the reader's language: {reason:?}");
    }
);

crate::both!(
    /// Proves D3 and R69: above the limit with fewer than three complaints only the mailing is held.
    r69_one_of_a_hundred_holds_the_mailing_alone,
    |bench: Bench| async move {
        let world = found(&bench, 1, 3, 100).await;
        let done = complain(&bench, about(&world, 0)).await;
        assert_eq!((done.verdict, done.drain), (Some(Verdict::PauseMailing), DrainFor::All));
        assert_eq!((standing(&bench).await, count(&bench, "SELECT state FROM mailing").await), (0, 4));
        assert_eq!(count(&bench, "SELECT facts_version FROM mailing").await, 2);
        let case = open_case(&bench, CaseKind::Complaint).await;
        let decided = bench.store.decide_case(case.id, Decision::ReleaseMailing, "Olga", "one person erred", START).await.expect("decided");
        assert_eq!(decided.decision.map(|decided| decided.word).as_deref(), Some("release_mailing"));
        assert_eq!(count(&bench, "SELECT state FROM mailing").await, 3, "its owner may resume it");
        // The second one finds no held mailing, holds it again, and a new case opens.
        let again = complain(&bench, about(&world, 1)).await;
        assert_ne!(again.case, Some(case.id));
        assert_eq!(count(&bench, "SELECT state FROM mailing").await, 4);
        // The third suspends.
        assert_eq!(complain(&bench, about(&world, 2)).await.verdict, Some(Verdict::Suspend));
        assert_eq!(standing(&bench).await, 1);
    }
);

crate::both!(
    /// Proves R77 and D4: fifty identical reports at once count one.
    r77_fifty_parallel_reports_of_one_message_count_once,
    |bench: Bench| async move {
        let world = found(&bench, 1, 1, 10_000).await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let (store, report) = (bench.store.clone(), about(&world, 0));
            tasks.spawn(async move { insist("a report", || store.complain(report.clone(), START)).await });
        }
        let done: Vec<_> = tasks.join_all().await.into_iter().map(|one| one.decision).collect();
        assert_eq!(done.iter().filter(|one| **one == ComplaintDecision::Count).count(), 1);
        assert_eq!(done.iter().filter(|one| **one == ComplaintDecision::Repeat).count(), 49);
        assert_eq!(bench.store.scores(world.account, START).await.expect("scores").life, Score::new(1, 10_000));
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM complaint").await, 1);
    }
);

crate::both!(
    /// Proves R67 and R85: complaints of several people at once are all counted, and just the one
    /// that passes the limit suspends.
    r85_parallel_complaints_of_many_are_counted_exactly,
    |bench: Bench| async move {
        let world = found(&bench, 1, 10, 1_000).await;
        let mut tasks = tokio::task::JoinSet::new();
        for at in 0..10 {
            let (store, report) = (bench.store.clone(), about(&world, at));
            tasks.spawn(async move { insist("a report", || store.complain(report.clone(), START)).await });
        }
        let done = tasks.join_all().await;
        assert!(done.iter().all(|one| one.decision == ComplaintDecision::Count));
        assert_eq!(done.iter().filter(|one| one.verdict == Some(Verdict::Warn)).count(), 2);
        assert_eq!(bench.store.scores(world.account, START).await.expect("scores").life, Score::new(10, 1_000));
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM notice WHERE template = 'suspended'").await, 1);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM abuse_case WHERE kind = 'suspension'").await, 1);
    }
);

crate::both!(
    /// Proves R6 and R75: what the recipient calls spam counts, also when only a link or mailbox of
    /// ours names the contact; the newest mail is meant.
    r6_r75_a_link_of_ours_is_enough_to_count,
    |bench: Bench| async move {
        let world = found(&bench, 1, 2, 1_000).await;
        let agreed = "SELECT COUNT(*) FROM consent k JOIN mailing m ON m.topic_id = k.topic_id WHERE k.withdrawn_at IS NULL";
        assert_eq!(count(&bench, agreed).await, 2, "both confirmed that they want this topic");
        let done = complain(&bench, NewComplaint { source: Source::AbuseLetter, ..report(Some(Named::Contact(world.contacts[1]))) }).await;
        assert_eq!((done.decision, done.left), (ComplaintDecision::Count, vec![world.contacts[1]]));
        let stranger = ContactId::new(world.account, 9_999_999).expect("fits");
        let nothing = complain(&bench, report(Some(Named::Contact(stranger)))).await;
        assert_eq!(nothing.decision, ComplaintDecision::CaseOnly);
        let score = bench.store.mailing_scores(world.account, world.mailing).await.expect("scores");
        assert_eq!((score.len(), score[0].score), (1, Score::new(1, 1_000)));
    }
);

crate::both!(
    /// Proves R67, R89 and D15: a reinstatement starts the count anew; complaints about older mail
    /// do not burden it; history stays. A termination is final.
    r67_r89_a_reinstatement_counts_anew_and_a_termination_is_final,
    |bench: Bench| async move {
        let world = found(&bench, 1, 5, 1_000).await;
        for at in 0..3 {
            complain(&bench, about(&world, at)).await;
        }
        assert!(bench.store.reinstate(world.account, "Olga", " ", START).await.is_err(), "no reason");
        bench.clock.advance(DAY);
        let case = bench.store.reinstate(world.account, "Olga", "the list was cleaned", bench.clock.now()).await.expect("reinstated");
        assert!(!case.open);
        assert_eq!(standing(&bench).await, 0);
        let scores = bench.store.scores(world.account, bench.clock.now()).await.expect("scores");
        assert_eq!((scores.life, scores.ever, scores.period), (Score::new(0, 0), Score::new(3, 1_000), 2));
        // A late complaint about mail from before.
        let late = complain(&bench, about(&world, 3)).await;
        assert_eq!((late.decision, standing(&bench).await), (ComplaintDecision::Count, 0));
        let scores = bench.store.scores(world.account, bench.clock.now()).await.expect("scores");
        assert_eq!((scores.life, scores.ever), (Score::new(0, 0), Score::new(4, 1_000)));
        assert!(bench.store.terminate(world.account, "Olga", "off topic", bench.clock.now()).await.is_err(), "nobody without a case");
        bench.store.suspend(world.account, "Olga", "off topic", bench.clock.now()).await.expect("suspended");
        assert_eq!(standing(&bench).await, 1);
        let ended = bench.store.terminate(world.account, "Olga", "off topic, again", bench.clock.now()).await.expect("terminated");
        assert_eq!(standing(&bench).await, 2);
        let (_, steps) = bench.store.case(ended.id).await.expect("a case");
        assert!(steps.iter().any(|step| step.evidence.contains("only_operator")), "{steps:?}");
        assert!(bench.store.reinstate(world.account, "Olga", "sorry", bench.clock.now()).await.is_err(), "final");
        assert!(bench.store.suspend(world.account, "Olga", "again", bench.clock.now()).await.is_err());
    }
);

crate::both!(
    /// Proves R67: an autoresponder has one score per calendar week of sending.
    r67_an_autoresponder_is_scored_by_the_week,
    |bench: Bench| async move {
        let world = found(&bench, 1, 4, 0).await;
        script(&bench.store, "UPDATE mailing SET kind = 2; DELETE FROM sent_count;").await.expect("an autoresponder");
        // START is a Monday. 100,000 were sent two weeks ago, 100 this week.
        accepted(&bench, &world, START.millis() - 14 * 86_400_000, 100_000).await;
        accepted(&bench, &world, START.millis(), 100).await;
        let done = complain(&bench, about(&world, 0)).await;
        assert_eq!(done.verdict, Some(Verdict::PauseMailing), "1 of 100 this week, whatever went before");
        let weeks = bench.store.mailing_scores(world.account, world.mailing).await.expect("scores");
        let figures: Vec<_> = weeks.iter().map(|week| week.score).collect();
        assert_eq!(figures, [Score::new(1, 100), Score::new(0, 100_000)]);
        assert_eq!(weeks[0].week_from_day, Some(START.day()));
    }
);

crate::both!(
    /// Proves R67 and D13: a complaint about a confirmation mail stops the form, cancels the
    /// sign-up, bars the address, opens a case, and counts in no score.
    r67_a_complaint_about_a_confirmation_mail_stops_the_form,
    |bench: Bench| async move {
        let world = found(&bench, 1, 1, 1_000).await;
        let person = world::people(["new@a.test".to_owned()]);
        let signup = world::sign_up(&bench.store, 1, 500, &person[0], START.millis()).await;
        let named = Named::Notice { notice: NoticeId::from_raw(500), person: signup };
        for named in [named, named, Named::Signup(signup)] {
            let done = complain(&bench, report(Some(named))).await;
            assert_eq!(done.decision, ComplaintDecision::ListBombing);
        }
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM signup").await, 0);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM signup_bar").await, 1);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM form WHERE open = FALSE").await, 1);
        assert_eq!(bench.store.scores(world.account, START).await.expect("scores").life, Score::new(0, 1_000));
        let case = open_case(&bench, CaseKind::ListBombing).await;
        assert_eq!(case.form.map(policy::FormId::get), Some(9001));
        bench.store.decide_case(case.id, Decision::ReopenForm, "Olga", "a single mistake", START).await.expect("decided");
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM form WHERE open = TRUE").await, 1);
    }
);

crate::both!(
    /// Proves D13: a complaint about a test mail ends test mails to that user.
    d13_a_complaint_about_a_test_mail_ends_them,
    |bench: Bench| async move {
        found(&bench, 1, 1, 1_000).await;
        let user = user_id(1);
        let done = complain(&bench, report(Some(Named::User(ContactId::from_raw(user.get()))))).await;
        assert_eq!(done.decision, ComplaintDecision::StopTests);
        assert!(bench.store.stop_tests(user, START).await.expect("ended"), "a repeat changes nothing");
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM app_user WHERE tests_stopped_at IS NOT NULL AND facts_version = 2").await, 1);
    }
);

crate::both!(
    /// Proves F11: an unsigned report at the CFBL address changes nothing but opens a case.
    f11_an_unsigned_report_at_the_cfbl_address_is_not_processed,
    |bench: Bench| async move {
        let world = found(&bench, 1, 1, 1_000).await;
        let unsigned = NewComplaint { source: Source::Cfbl, ..about(&world, 0) };
        assert_eq!(complain(&bench, unsigned.clone()).await.decision, ComplaintDecision::CaseOnly);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM contact").await, 1);
        let signed = NewComplaint { dkim_aligned: true, ..unsigned };
        assert_eq!(complain(&bench, signed).await.decision, ComplaintDecision::Count);
        let other = NewComplaint { allegation: Allegation::NotSpam, ..about(&world, 0) };
        assert_eq!(complain(&bench, other).await, ComplaintOutcome {
            decision: ComplaintDecision::SetAside,
            case: None,
            account: None,
            left: Vec::new(),
            verdict: None,
            drain: DrainFor::Nothing,
        });
    }
);

crate::both!(
    /// Proves R95 and D4: a letter without an id takes its writer out of the named sender's book at
    /// once; it counts when a person attributes it, once.
    r95_a_known_complainant_is_removed_and_a_person_attributes,
    |bench: Bench| async move {
        let (one, two) = (found(&bench, 1, 2, 1_000).await, found(&bench, 2, 2, 1_000).await);
        let letter = |accounts: Vec<AccountId>| NewComplaint {
            source: Source::AbuseLetter,
            reporter: vec![key("old@x.test"), key("p1@a.test")],
            accounts,
            ..report(None)
        };
        let nobody = complain(&bench, letter(Vec::new())).await;
        assert_eq!((nobody.decision, nobody.left), (ComplaintDecision::CaseOnly, Vec::new()));
        let done = complain(&bench, letter(vec![one.account])).await;
        assert_eq!((done.decision, done.left), (ComplaintDecision::RemoveAndAttribute, vec![one.contacts[1]]));
        assert_eq!(bench.store.scores(one.account, START).await.expect("scores").life.complaints(), 0);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM contact WHERE account_id = 2").await, 2, "{two:?}");
        let (case, named) = (done.case.expect("a case"), ComplaintKey { mailing: one.mailing, contact: one.contacts[1] });
        assert_eq!(bench.store.attribute(case, named, "Olga", START).await.expect("attributed").decision, ComplaintDecision::Count);
        assert_eq!(bench.store.attribute(case, named, "Olga", START).await.expect("attributed").decision, ComplaintDecision::Repeat);
        assert_eq!(bench.store.scores(one.account, START).await.expect("scores").life.complaints(), 1);
    }
);

crate::both!(
    /// Proves D14 and R42: a bare wish unsubscribes, from all where nobody is named, and counts nothing.
    r42_a_wish_unsubscribes_and_counts_nothing,
    |bench: Bench| async move {
        let (one, two) = (found(&bench, 1, 2, 1_000).await, found(&bench, 2, 2, 1_000).await);
        let wish = NewComplaint {
            source: Source::AbuseLetter,
            allegation: Allegation::Unsubscribe,
            reporter: vec![key("p0@a.test")],
            ..report(None)
        };
        let done = complain(&bench, wish.clone()).await;
        assert_eq!((done.decision, done.left), (ComplaintDecision::Wish, vec![one.contacts[0], two.contacts[0]]));
        assert_eq!(words(&bench, "SELECT DISTINCT reason FROM former_contact").await, ["unsubscribed"]);
        assert_eq!(bench.store.scores(one.account, START).await.expect("scores").life.complaints(), 0);
        // The same letter again opens no second case.
        let again = complain(&bench, wish).await;
        assert_eq!((again.case, again.left), (done.case, Vec::new()));
    }
);

crate::both!(
    /// Proves D14: a reclassified complaint moves counter and score, and the suspension's case says so.
    r77_a_reclassified_complaint_moves_the_score_and_reopens_the_suspension,
    |bench: Bench| async move {
        let world = found(&bench, 1, 3, 1_000).await;
        for at in 0..3 {
            complain(&bench, about(&world, at)).await;
        }
        let named = ComplaintKey { mailing: world.mailing, contact: world.contacts[0] };
        let change = |count| bench.store.reclassify(named, count, "Olga", "it was a wish", START);
        let down = change(false).await.expect("changed");
        assert_eq!(down, Reclassified { change: -1, judge_again: false, reopen_case: true });
        assert_eq!(bench.store.scores(world.account, START).await.expect("scores").life, Score::new(2, 1_000));
        assert_eq!(standing(&bench).await, 1, "a person decides about the standing");
        let (_, steps) = bench.store.case(open_case(&bench, CaseKind::Suspension).await.id).await.expect("a case");
        assert!(steps.iter().any(|step| step.kind == "reopened"), "{steps:?}");
        assert_eq!(change(false).await.expect("unchanged").change, 0);
        assert_eq!(change(true).await.expect("changed").change, 1);
        assert_eq!(bench.store.scores(world.account, START).await.expect("scores").life, Score::new(3, 1_000));
        let unknown = ComplaintKey { mailing: MailingId::from_raw(4), contact: world.contacts[0] };
        assert!(bench.store.reclassify(unknown, true, "Olga", "x", START).await.is_err());
    }
);

crate::both!(
    /// Proves R92: a case that nobody looks at within a working day is overdue; the terms can only be shortened.
    r92_a_case_is_overdue_when_nobody_looks,
    |bench: Bench| async move {
        let operator = EmailAddress::parse("operator@platform.test").expect("an address");
        bench.store.set_operator(operator, key("operator@platform.test"), Language::De, 4, 99).await.expect("set");
        let case = complain(&bench, report(None)).await.case.expect("a case");
        let (found, _) = bench.store.case(case).await.expect("a case");
        assert_eq!((found.first_look_due, found.decision_due), (START + DAY / 6, START + 7 * DAY));
        bench.clock.advance(DAY / 6 + Duration::from_secs(1));
        let overdue = bench.store.overdue_cases(bench.clock.now(), 10).await.expect("cases");
        assert_eq!(overdue.iter().map(|case| case.id).collect::<Vec<_>>(), [case]);
        assert!(overdue[0].overdue(bench.clock.now()));
        // The operator hears of it once, and once more when the decision is late.
        let told = "SELECT COUNT(*) FROM notice WHERE template = 'case_overdue'";
        for _ in 0..2 {
            assert_eq!(bench.store.tell_overdue_cases(bench.clock.now()).await.expect("told"), 1);
            assert_eq!(numbers(&bench.store, told, 1).await.expect("a count"), [[Some(1)]]);
        }
        assert_eq!(bench.store.tell_overdue_cases(START + 30 * DAY).await.expect("told"), 1);
        assert_eq!(numbers(&bench.store, told, 1).await.expect("a count"), [[Some(2)]]);
        bench.store.look_at_case(case, "Olga", bench.clock.now()).await.expect("looked");
        bench.store.look_at_case(case, "Otto", bench.clock.now()).await.expect("looked");
        let (found, _) = bench.store.case(case).await.expect("a case");
        assert_eq!(found.looked.map(|(_, by)| by).as_deref(), Some("Olga"));
        assert!(bench.store.overdue_cases(bench.clock.now(), 10).await.expect("cases").is_empty());
        bench.store.decide_case(case, Decision::Close, "Olga", "nothing of ours", START).await.expect("decided");
        assert!(bench.store.decide_case(case, Decision::Close, "Otto", "again", START).await.is_err(), "decided before");
        assert!(bench.store.decide_case(CaseId::from_raw(1), Decision::Close, "Otto", "unknown", START).await.is_err());
    }
);

fn mail(raw: &[u8]) -> ArrivedMail {
    ArrivedMail {
        received_at: START,
        peer: "192.0.2.1".to_owned(),
        helo: "mx.a.test".to_owned(),
        mail_from: String::new(),
        recipient: "abuse@platform.test".to_owned(),
        raw: raw.to_vec(),
    }
}

crate::both!(
    /// A mail is kept whole, with what it was; days that are over are purged.
    r79_a_mail_is_kept_whole_with_what_it_did,
    |bench: Bench| async move {
        let raw = b"Subject: \xff\x00\r\n\r\nx";
        let first = bench.store.keep_mail(mail(raw)).await.expect("kept");
        let second = bench.store.keep_mail(mail(b"x")).await.expect("kept");
        bench.store.note_mail(first, "unparsed", "kept").await.expect("noted");
        assert_eq!(bench.store.kept_mail_bytes(first).await.expect("bytes"), raw);
        bench.store.note_mail(second, "dsn", "nothing").await.expect("noted");
        let numbers = async |shown, before| {
            let mails = bench.store.kept_mails(shown, before, 10).await.expect("a list");
            mails.iter().map(|mail| mail.id).collect::<Vec<_>>()
        };
        assert_eq!(numbers(Shown::All, None).await, [second, first], "the newest first");
        assert_eq!(numbers(Shown::All, Some(second)).await, [first]);
        assert_eq!(numbers(Shown::Unsettled, None).await, [first]);
        assert_eq!(bench.store.kept_mail(first).await.expect("one").effect, "kept");
        assert_eq!(bench.store.purge_mails(START.day(), 10).await.expect("purged"), 0);
        assert_eq!(bench.store.purge_mails(START.day() + 1, 1).await.expect("purged"), 1);
        assert!(bench.store.kept_mail_bytes(first).await.is_err());
        assert!(bench.store.kept_mail(first).await.is_err());
        assert!(bench.store.read_mail_again(first, "Olga", START).await.is_err());
        assert!(bench.store.note_mail(first, "x", "y").await.is_err());
        assert!(bench.store.kept_mail_bytes(second).await.is_ok());
    }
);

crate::both!(
    /// A mail waits to be read again until somebody did, once however often it was wished, and the wish
    /// is in the audit. A letter whose address alone is the wish is never acted on a second time.
    r79_a_mail_is_read_again_when_a_person_wishes_so,
    |bench: Bench| async move {
        let raw = b"Subject: x\r\n\r\nx";
        let store = &bench.store;
        let id = store.keep_mail(mail(raw)).await.expect("kept");
        store.note_mail(id, "unparsed", "kept").await.expect("noted");
        assert!(store.mails_to_read_again(10).await.expect("a list").is_empty());
        for _ in 0..2 {
            assert_eq!(store.read_mail_again(id, "Olga", START).await.expect("planned"), ReadAgain::Planned);
        }
        let waiting = store.mails_to_read_again(10).await.expect("a list");
        assert_eq!((waiting.len(), waiting[0].0, waiting[0].1.raw.as_slice()), (1, id, raw.as_slice()));
        assert_eq!(store.kept_mail(id).await.expect("one").again_at, Some(START));
        let audit = store.audit_newest(None, None, 10).await.expect("an audit");
        let wishes: Vec<_> = audit.iter().filter(|(_, line)| line.action == "mail_read_again").collect();
        assert_eq!((wishes.len(), wishes[0].1.actor.as_str()), (1, "Olga"));
        store.note_mail(id, "dsn", "nothing").await.expect("noted");
        assert!(store.mails_to_read_again(10).await.expect("a list").is_empty());
        for wish in ["unsubscribe", "lift"] {
            store.note_mail(id, wish, "done").await.expect("noted");
            assert_eq!(store.read_mail_again(id, "Olga", START).await.expect("answered"), ReadAgain::NothingToRead);
            assert!(store.kept_mail(id).await.expect("one").is_a_wish());
        }
        assert!(store.mails_to_read_again(10).await.expect("a list").is_empty());
    }
);

crate::both!(
    /// Proves M9 and R8: one answer to an address in seven days, however many letters came at once.
    r8_m9_an_address_gets_one_answer_a_week,
    |bench: Bench| async move {
        let answer = |case| LetterAnswer {
            to: EmailAddress::parse("ada@a.test").expect("an address"),
            to_key: key("ada@a.test"),
            language: Language::De,
            template: "abuse",
            case: CaseId::from_raw(case),
            in_reply_to: Some("x@a.test".to_owned()),
            abuse: "abuse@platform.test".to_owned(),
        };
        let mut tasks = tokio::task::JoinSet::new();
        for case in 1..=8 {
            let (store, answer) = (bench.store.clone(), answer(case));
            tasks.spawn(async move { store.answer_letter(answer, START).await });
        }
        let planned = tasks.join_all().await.into_iter().filter(|one| *one.as_ref().expect("an answer")).count();
        assert_eq!(planned, 1);
        assert!(!bench.store.answer_letter(answer(9), START + 6 * DAY).await.expect("an answer"));
        assert!(bench.store.answer_letter(answer(10), START + 7 * DAY).await.expect("an answer"));
    }
);

crate::both!(
    /// Proves R8: letters are passed on byte for byte, once each, up to the limit of a day.
    r8_forwarded_letters_are_limited_for_each_account,
    |bench: Bench| async move {
        found(&bench, 1, 1, 1).await;
        let letter = |name: String| ForwardedLetter {
            account: AccountId::from_raw(1),
            to: EmailAddress::parse("box@a.test").expect("an address"),
            to_key: key("box@a.test"),
            language: Language::En,
            raw: b"Subject: x\r\n\r\n\xff\x00".to_vec(),
            once: Some(name),
        };
        let forward = |name: &str, at| bench.store.forward_letter(letter(name.to_owned()), at);
        assert_eq!(forward("a", START).await.expect("an answer"), Forwarding::Planned);
        assert_eq!(forward("a", START).await.expect("an answer"), Forwarding::Before);
        let n = FORWARDED_A_DAY;
        let text = format!(
            "INSERT INTO notice (id, account_id, purpose, address, address_key, domain, language, template, params, state, due_at, expires_at, attempt, deferrals, owner_beat, doubt, planned_at)
             WITH RECURSIVE c(x) AS (SELECT 2 UNION ALL SELECT x + 1 FROM c WHERE x < {n})
             SELECT x, 1, 8, 'box@a.test', {}, 'a.test', 'en', '', '{{}}', 10, 0, 0, 1, 0, 0, FALSE, {} FROM c",
            blob(&bench.store, &plain_key("box@a.test")),
            (START - Duration::from_secs(2 * 3600)).millis()
        );
        script(&bench.store, &text).await.expect("many letters");
        assert_eq!(forward("b", START).await.expect("an answer"), Forwarding::Limited);
        assert_eq!(forward("b", START + DAY).await.expect("an answer"), Forwarding::Planned);
    }
);

crate::both!(
    /// Proves R44 and D7: a platform address leads to its proven mailbox, an account to its own address.
    r44_addresses_of_senders_lead_to_their_accounts,
    |bench: Bench| async move {
        let world = found(&bench, 1, 1, 1).await;
        let platform = "garten-1@platform.test";
        let text = format!(
            "INSERT INTO sender (account_id, id, address, address_key, display_name, domain_id, platform, forward_to, proven_at, created_at)
             VALUES (1, 9, '{platform}', {}, 'G', 6, TRUE, 'box@a.test', 1, 0), (1, 10, 'unproven@platform.test', {}, 'G', 6, TRUE, 'box@a.test', NULL, 0)",
            blob(&bench.store, &plain_key(platform)),
            blob(&bench.store, &plain_key("unproven@platform.test"))
        );
        script(&bench.store, &text).await.expect("senders");
        let sender = bench.store.platform_sender(&[key("old@x.test"), key(platform)]).await.expect("an answer").expect("a sender");
        assert_eq!((sender.account, sender.forward_to.as_str(), sender.language), (world.account, "box@a.test", Language::De));
        assert_eq!(bench.store.platform_sender(&[key("unproven@platform.test")]).await.expect("an answer"), None);
        let (mailbox, _) = bench.store.mailbox_of(world.account).await.expect("an answer").expect("a mailbox");
        assert_eq!(mailbox.as_str(), "garten@shop1.example");
        let named = bench.store.accounts_sending_from(&[key("x@y.test"), key("garten@shop1.example"), key(platform)]).await;
        assert_eq!(named.expect("accounts"), [world.account]);
        assert!(bench.store.accounts_sending_from(&[]).await.expect("accounts").is_empty());
    }
);
