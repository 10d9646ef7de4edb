//! From a newsletter to its audience: whom it reaches, page by page, whatever happens in between.

use std::future::Future;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use policy::facts::MailingState;
use policy::legal_notice::{LegalNotice, LegalNoticeFields, Review};
use policy::send::{BodyFormat, MailingContent};
use policy::{AccountId, ContactId, MailingId, RowId, RowState, Timestamp, TopicId};
use store::claims::{ClaimedRow, Wanted};
use store::conformance::{numbers, script};
use store::consents::{Source, Word};
use store::expansion::Expanded;
use store::lives::Life;
use store::mailings::{MailingDraft, MailingKind, Progress};
use store::profiles::Profiles;
use store::{Store, StoreError};
use texts::Language;

use crate::both::{Bench, START};
use crate::world;

pub(crate) const BY: &str = "Ada";
const HOUR: Duration = Duration::from_secs(60 * 60);
/// Contacts of one page.
const PAGE: i64 = 2_000;
/// A limit of R48 that nothing here reaches.
const NO_REVIEW: i64 = 1_000_000;

/// The account 1, ready to send, with the approved topic 8.
pub(crate) async fn founded(bench: &Bench) -> AccountId {
    world::found(&bench.store, 1, &[], 0, 0).await.account
}

pub(crate) fn id(account: AccountId, number: i64) -> ContactId {
    ContactId::new(account, number).expect("fits")
}

/// Contacts by number, each with a consent for the topic 8 in its first version.
pub(crate) async fn people(bench: &Bench, account: AccountId, those: Range<i64>, granted_at: Timestamp) {
    let (mut contacts, mut consents) = (Vec::new(), Vec::new());
    for number in those {
        let (contact, address) = (id(account, number).get(), format!("p{number}@a{account}.test"));
        let key = world::blob(&bench.store, &world::plain_key(&address));
        contacts.push(format!(
            "({account}, {contact}, '{address}', {key}, '{address}', 'a{account}.test', 'en', '{{}}', 0, 1)"
        ));
        consents.push(format!("({account}, {contact}, 8, 1, 7, {})", granted_at.millis()));
    }
    let text = format!(
        "INSERT INTO contact (account_id, id, address, address_key, search, domain, language, fields, since, facts_version) VALUES {};
         INSERT INTO consent (account_id, contact_id, topic_id, topic_version, website_id, granted_at) VALUES {};",
        contacts.join(","),
        consents.join(",")
    );
    script(&bench.store, &text).await.expect("contacts");
}

pub(crate) fn draft() -> MailingDraft {
    MailingDraft {
        name: "May".to_owned(),
        topic: TopicId::from_raw(8),
        topic_version: None,
        content: MailingContent {
            subject: "Tomatoes in May".to_owned(),
            preheader: String::new(),
            format: BodyFormat::Markdown,
            body: "Plant them out now.".to_owned(),
            language: Language::En,
            template_version: 1,
        },
        include: Vec::new(),
        exclude: Vec::new(),
        trigger: None,
    }
}

/// A newsletter that starts now: its cut is [`START`].
async fn started(bench: &Bench, account: AccountId, draft: MailingDraft) -> MailingId {
    let id =
        bench.store.create_mailing(account, MailingKind::Newsletter, draft, 96, "Ada", START).await.expect("a draft");
    bench.store.start_mailing(account, id, BY, START).await.expect("started");
    id
}

/// Runs something that waits on the clock, while time passes in steps of 10 ms.
pub(crate) async fn while_time_passes<T>(bench: &Bench, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = tokio::task::yield_now() => bench.clock.advance(Duration::from_millis(10)),
        }
    }
}

async fn page_at(bench: &Bench, account: AccountId, mailing: MailingId, review_at: i64) -> store::Result<Expanded> {
    while_time_passes(bench, bench.store.expand_page(account, mailing, review_at, START)).await
}

async fn page(bench: &Bench, account: AccountId, mailing: MailingId) -> Expanded {
    page_at(bench, account, mailing, NO_REVIEW).await.expect("a page")
}

/// Lists one page after the other until the audience is complete; a page that another listed is tried again.
async fn list_all(store: Store, account: AccountId, mailing: MailingId) -> Expanded {
    loop {
        match store.expand_page(account, mailing, NO_REVIEW, START).await {
            Ok(Expanded::Page(_)) | Err(StoreError::Conflict(_)) => {}
            Ok(end) => return end,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Who has a row of this mailing, by number.
async fn reached(bench: &Bench, mailing: MailingId) -> Vec<i64> {
    let rows = numbers(&bench.store, "SELECT mailing_id, contact_id FROM delivery ORDER BY contact_id", 2)
        .await
        .expect("rows");
    let of_it = rows.iter().filter(|row| row[0] == Some(mailing.get()));
    of_it.map(|row| row[1].expect("a contact") & ((1 << 38) - 1)).collect()
}

async fn version(bench: &Bench, mailing: MailingId) -> i64 {
    let rows = numbers(&bench.store, "SELECT id, facts_version FROM mailing", 2).await.expect("mailings");
    rows.iter().find(|row| row[0] == Some(mailing.get())).and_then(|row| row[1]).expect("a version")
}

async fn state(bench: &Bench, account: AccountId, mailing: MailingId) -> MailingState {
    bench.store.mailing(account, mailing).await.expect("the mailing").state
}

pub(crate) async fn progress(bench: &Bench, account: AccountId, mailing: MailingId) -> Progress {
    bench.store.progress(account, mailing).await.expect("progress")
}

pub(crate) fn word() -> Word {
    Word { source: Source::OneClick, ip: None, salt: [5; 16] }
}

/// Claims what is due of a mailing, 512 rows at most, as a life that begins now.
pub(crate) async fn claim(bench: &Bench, mailing: MailingId, now: Timestamp) -> (Life, Vec<ClaimedRow>) {
    let life = bench.store.begin_life(None, &*bench.dice).await.expect("a life");
    let wanted = Wanted { notices: 0, mailings: vec![(mailing, 512)], ..Wanted::default() };
    let claimed = bench.store.claim(life.id(), life.beat(), wanted, now).await.expect("a claim");
    (life, claimed)
}

crate::both!(
    /// Proves R10, R59, R82: consents for just this statement, given before the cut, whose address
    /// is not excluded and who did not leave.
    r10_r59_r82_the_audience_is_the_consents_before_the_cut,
    |bench: Bench| async move {
        let (store, one) = (&bench.store, founded(&bench).await);
        people(&bench, one, 1..8, START - HOUR).await;
        people(&bench, one, 8..9, START).await;
        let excluded = world::blob(store, &world::plain_key("p5@a1.test"));
        let text = format!(
            "UPDATE consent SET topic_version = 2 WHERE contact_id = {};
             UPDATE consent SET topic_id = 9 WHERE contact_id = {};
             UPDATE consent SET withdrawn_at = 1 WHERE contact_id = {};
             INSERT INTO suppression (address_key, reason, at, source_account) VALUES ({excluded}, 'hard', 0, 0);",
            id(one, 2),
            id(one, 3),
            id(one, 4)
        );
        script(store, &text).await.expect("contacts that are not reached");
        while_time_passes(&bench, store.unsubscribe(id(one, 6), word(), START)).await.expect("left");
        let mailing = started(&bench, one, draft()).await;
        let shown = progress(&bench, one, mailing).await;
        assert_eq!((shown.audience, shown.expanded), (0, false), "so far");
        assert_eq!(page(&bench, one, mailing).await, Expanded::Complete);
        assert_eq!(reached(&bench, mailing).await, [1, 7]);
        assert_eq!(page(&bench, one, mailing).await, Expanded::Elsewhere, "once complete, nothing is added");
        people(&bench, one, 20..21, START - HOUR).await;
        assert_eq!(page(&bench, one, mailing).await, Expanded::Elsewhere);
        let shown = progress(&bench, one, mailing).await;
        assert_eq!((shown.audience, shown.open, shown.expanded), (2, 2, true));
    }
);

crate::both!(
    /// Contacts carry one of the tags asked for, and none of those excluded.
    tags_choose_among_the_consents,
    |bench: Bench| async move {
        let (store, one) = (&bench.store, founded(&bench).await);
        people(&bench, one, 1..6, START - HOUR).await;
        let mut tags = Vec::new();
        for name in ["tips", "seeds", "never"] {
            tags.push(store.create_tag(one, name, name, START).await.expect("a tag"));
        }
        for (contact, tag) in [(1, 0), (2, 1), (3, 0), (3, 1), (4, 0), (4, 2)] {
            store.change_tags(one, id(one, contact), vec![tags[tag]], Vec::new(), "token 1", START).await.expect("tagged");
        }
        let cases = [
            (vec![], vec![], vec![1, 2, 3, 4, 5]),
            (vec![tags[0]], vec![], vec![1, 3, 4]),
            (vec![tags[0], tags[1]], vec![], vec![1, 2, 3, 4]),
            (vec![], vec![tags[1], tags[2]], vec![1, 5]),
            (vec![tags[0]], vec![tags[2]], vec![1, 3]),
        ];
        for (include, exclude, whom) in cases {
            let mailing = started(&bench, one, MailingDraft { include, exclude, ..draft() }).await;
            assert_eq!(page(&bench, one, mailing).await, Expanded::Complete);
            assert_eq!(reached(&bench, mailing).await, whom);
        }
    }
);

crate::both!(
    /// Proves promise 6 for audiences: whoever dies between two pages or within one leaves nothing
    /// that doubles, and nobody out.
    an_audience_is_listed_in_pages_and_goes_on_after_a_crash,
    |bench: Bench| async move {
        let one = founded(&bench).await;
        people(&bench, one, 1..2 * PAGE + 101, START - HOUR).await;
        let mailing = started(&bench, one, draft()).await;
        let mut seen = Vec::new();
        while seen.last() != Some(&Expanded::Complete) {
            let dying = tokio::spawn({
                let store = bench.store.clone();
                async move { store.expand_page(one, mailing, NO_REVIEW, START).await }
            });
            for _ in 0..3 * seen.len() {
                tokio::task::yield_now().await;
            }
            dying.abort();
            let _ = while_time_passes(&bench, dying).await;
            // What the dead one had asked for may still be done; the next life looks for itself.
            let clock = Arc::new(bench.clock.clone());
            let store = while_time_passes(&bench, Store::open(bench.store.place(), clock)).await.expect("the same memory");
            match while_time_passes(&bench, store.expand_page(one, mailing, NO_REVIEW, START)).await {
                Ok(Expanded::Elsewhere) => seen.push(Expanded::Complete),
                Ok(done) => seen.push(done),
                Err(StoreError::Conflict(_)) => {}
                Err(error) => panic!("{error}"),
            }
            store.close().await;
        }
        let shown = progress(&bench, one, mailing).await;
        assert_eq!((shown.audience, shown.open, shown.expanded), (2 * PAGE + 100, 2 * PAGE + 100, true));
        assert_eq!(reached(&bench, mailing).await, (1..2 * PAGE + 101).collect::<Vec<_>>());
    }
);

crate::both!(
    /// A page that is just full is not the last one; an empty one ends the list.
    an_audience_of_exactly_one_page_is_complete_at_the_second,
    |bench: Bench| async move {
        let one = founded(&bench).await;
        people(&bench, one, 1..PAGE + 1, START - HOUR).await;
        let mailing = started(&bench, one, draft()).await;
        assert_eq!(page(&bench, one, mailing).await, Expanded::Page(2_000));
        assert!(!progress(&bench, one, mailing).await.expanded);
        assert_eq!(page(&bench, one, mailing).await, Expanded::Complete);
        assert_eq!(progress(&bench, one, mailing).await.audience, PAGE);
    }
);

crate::both!(
    /// Two nodes that list at once do not double: neither a row nor the count.
    those_who_list_at_once_do_not_double,
    |bench: Bench| async move {
        let one = founded(&bench).await;
        people(&bench, one, 1..2 * PAGE + 101, START - HOUR).await;
        let mailing = started(&bench, one, draft()).await;
        let listers: Vec<_> = (0..4).map(|_| tokio::spawn(list_all(bench.store.clone(), one, mailing))).collect();
        let mut ends = Vec::new();
        for lister in listers {
            ends.push(while_time_passes(&bench, lister).await.expect("no panic"));
        }
        assert_eq!(ends.iter().filter(|end| **end == Expanded::Complete).count(), 1, "{ends:?}");
        let shown = progress(&bench, one, mailing).await;
        assert_eq!((shown.audience, shown.open, shown.expanded), (2 * PAGE + 100, 2 * PAGE + 100, true));
        assert_eq!(reached(&bench, mailing).await.len(), 2 * 2_000 + 100);
    }
);

fn notice(street: &str) -> LegalNotice {
    let fields = LegalNoticeFields {
        name: "Gartenfreunde".to_owned(),
        street: street.to_owned(),
        postal_code: "12345".to_owned(),
        city: "Musterstadt".to_owned(),
        country: "Deutschland".to_owned(),
        email: "garten@shop1.example".to_owned(),
        phone: "+49 30 1234567".to_owned(),
        ..LegalNoticeFields::default()
    };
    LegalNotice::validate(fields).expect("a valid notice")
}

async fn approve(bench: &Bench, account: AccountId) {
    let version = bench.store.legal_notice(account).await.expect("asked").expect("a notice").version;
    bench.store.decide_legal_notice(account, version, true, "Olga", "correct", START).await.expect("approved");
}

crate::both!(
    /// Proves R48: a larger send is held before a single row stands; the review opens by itself,
    /// also where the limit was lowered; the approval lets the send go on with its old cut.
    r48_a_larger_send_is_held_before_its_first_row_until_the_notice_is_approved,
    |bench: Bench| async move {
        let (store, one) = (&bench.store, founded(&bench).await);
        people(&bench, one, 1..4, START - HOUR).await;
        store.set_legal_review_at(2).await.expect("a lower limit");
        let tag = store.create_tag(one, "few", "Few", START).await.expect("a tag");
        for contact in 1..3 {
            store.change_tags(one, id(one, contact), vec![tag], Vec::new(), "token 1", START).await.expect("tagged");
        }
        let small = started(&bench, one, MailingDraft { include: vec![tag], ..draft() }).await;
        assert_eq!(page_at(&bench, one, small, 2).await.expect("a page"), Expanded::Complete, "n recipients are not more than n");
        let large = started(&bench, one, draft()).await;
        let before = version(&bench, large).await;
        assert_eq!(page_at(&bench, one, large, 2).await.expect("a page"), Expanded::Held);
        assert_eq!(reached(&bench, large).await, [0; 0]);
        assert_eq!(version(&bench, large).await, before + 1);
        let held = store.mailing(one, large).await.expect("the mailing");
        assert_eq!((held.state, held.held_reason.as_deref()), (MailingState::Held, Some("legal_notice_under_review")));
        assert_eq!(store.legal_notice(one).await.expect("asked").expect("a notice").review, Review::Open);
        assert_eq!(page_at(&bench, one, large, 2).await.expect("asked"), Expanded::Elsewhere);
        store.decide_legal_notice(one, 1, false, "Olga", "wrong street", START).await.expect("refused");
        assert_eq!(state(&bench, one, large).await, MailingState::Held);
        people(&bench, one, 9..10, START + HOUR).await;
        store.submit_legal_notice(one, notice("Weg 2"), BY, START).await.expect("corrected");
        approve(&bench, one).await;
        assert_eq!(state(&bench, one, large).await, MailingState::Running);
        assert_eq!(page_at(&bench, one, large, 2).await.expect("a page"), Expanded::Complete);
        assert_eq!(reached(&bench, large).await, [1, 2, 3]);
    }
);

crate::both!(
    /// Proves R48: a notice that is edited while the audience is listed holds the rest; and the
    /// gate, which keeps what it read, learns when the audience crosses the limit.
    r48_an_edit_between_two_pages_holds_the_rest,
    |bench: Bench| async move {
        const LIMIT: i64 = 3_000;
        let (store, one) = (&bench.store, founded(&bench).await);
        people(&bench, one, 1..2 * PAGE + 101, START - HOUR).await;
        store.set_legal_review_at(LIMIT).await.expect("a limit");
        store.submit_legal_notice(one, notice("Weg 1"), BY, START).await.expect("submitted");
        approve(&bench, one).await;
        let mailing = started(&bench, one, draft()).await;
        assert_eq!(page_at(&bench, one, mailing, LIMIT).await.expect("a page"), Expanded::Page(2_000));
        let (_life, claimed) = claim(&bench, mailing, START).await;
        let claims = [claimed[0].claim];
        let profiles = Profiles::new(LIMIT);
        let audience = async || store.brief(&claims, &profiles).await.expect("facts")[0].facts.mailing.as_ref().expect("facts").audience;
        assert_eq!(audience().await, 2_000);
        assert_eq!(page_at(&bench, one, mailing, LIMIT).await.expect("a page"), Expanded::Page(2_000));
        assert_eq!(audience().await, 4_000, "the gate must not judge by the audience of the first page");
        store.submit_legal_notice(one, notice("Weg 2"), BY, START).await.expect("edited");
        assert_eq!(page_at(&bench, one, mailing, LIMIT).await.expect("a page"), Expanded::Held);
        assert_eq!(progress(&bench, one, mailing).await.audience, 4_000);
        approve(&bench, one).await;
        assert_eq!(page_at(&bench, one, mailing, LIMIT).await.expect("a page"), Expanded::Complete);
        assert_eq!(audience().await, 4_100);
    }
);

crate::both!(
    /// A newsletter that reaches nobody is finished, and its figures are zero.
    an_audience_of_nobody_finishes,
    |bench: Bench| async move {
        let (store, one) = (&bench.store, founded(&bench).await);
        store.finish_mailings(START).await.expect("the founded one");
        let mailing = started(&bench, one, draft()).await;
        assert_eq!(store.finish_mailings(START).await.expect("asked"), [], "so far nobody knows");
        assert_eq!(page(&bench, one, mailing).await, Expanded::Complete);
        assert_eq!(store.finish_mailings(START + HOUR).await.expect("asked"), [(one, mailing)]);
        assert_eq!(store.finish_mailings(START + HOUR).await.expect("asked"), []);
        let shown = store.mailing(one, mailing).await.expect("the mailing");
        assert_eq!((shown.state, shown.finished_at), (MailingState::Finished, Some(START + HOUR)));
        assert_eq!(progress(&bench, one, mailing).await, Progress { audience: 0, expanded: true, ended: Vec::new(), open: 0 });
    }
);

crate::both!(
    /// Proves R85: what a suspended account scheduled waits, what it lists stands still, and its
    /// newsletters do not stand in the way of others'. After the reinstatement nothing begins by
    /// itself: what ran is paused, a schedule that passed is a draft, a later one stands.
    r85_a_suspended_accounts_schedule_and_audiences_wait,
    |bench: Bench| async move {
        let (store, one) = (&bench.store, founded(&bench).await);
        let two = world::found(store, 2, &[], 0, 0).await.account;
        people(&bench, one, 1..PAGE + 2, START - HOUR).await;
        people(&bench, two, 1..2, START - HOUR).await;
        let create = |account| store.create_mailing(account, MailingKind::Newsletter, draft(), 96, "Ada", START);
        let (later, listed) = (create(one).await.expect("a draft"), started(&bench, one, draft()).await);
        let latest = create(one).await.expect("a draft");
        store.schedule_mailing(one, later, Some(START + HOUR), BY, START).await.expect("scheduled");
        store.schedule_mailing(one, latest, Some(START + HOUR * 300), BY, START).await.expect("scheduled");
        assert_eq!(page(&bench, one, listed).await, Expanded::Page(2_000));
        for _ in 0..100 {
            started(&bench, one, draft()).await;
        }
        store.suspend(one, "Olga", "off topic", START).await.expect("suspended");
        assert_eq!(store.start_scheduled(START + HOUR).await.expect("asked"), 0);
        assert_eq!(page(&bench, one, listed).await, Expanded::Elsewhere);
        let of_two = started(&bench, two, draft()).await;
        assert_eq!(store.unexpanded().await.expect("asked"), [(two, of_two)]);
        // Longer than any mail is tried.
        let back = START + HOUR * 200;
        store.reinstate(one, "Olga", "a mistake", back).await.expect("reinstated");
        assert_eq!(store.start_scheduled(back).await.expect("asked"), 0, "the passed one does not begin by itself");
        let passed = store.mailing(one, later).await.expect("the mailing");
        assert_eq!((passed.state, passed.scheduled_at), (MailingState::Draft, None));
        assert_eq!(state(&bench, one, latest).await, MailingState::Scheduled);
        assert_eq!(state(&bench, one, listed).await, MailingState::Paused);
        assert_eq!(page(&bench, one, listed).await, Expanded::Elsewhere);
        assert_eq!(state(&bench, two, of_two).await, MailingState::Running, "another account's");
        store.resume_mailing(one, listed, BY, back).await.expect("resumed");
        assert_eq!(page(&bench, one, listed).await, Expanded::Complete);
        let (_life, claimed) = claim(&bench, listed, back).await;
        assert!(claimed.iter().all(|row| row.expires_at == back + HOUR * 96), "the time to try begins anew");
        assert_eq!(progress(&bench, one, listed).await.audience, PAGE + 1);
    }
);

crate::both!(
    /// Proves R30: a pause stops the list, a resumption goes on with it, and the time for which
    /// mails are tried begins anew: a long pause lets nothing expire that was never tried.
    r30_a_pause_stops_the_list_and_takes_no_mail_its_time,
    |bench: Bench| async move {
        let (store, one) = (&bench.store, founded(&bench).await);
        people(&bench, one, 1..PAGE + 2, START - HOUR).await;
        let mailing = started(&bench, one, draft()).await;
        assert_eq!(page(&bench, one, mailing).await, Expanded::Page(2_000));
        while_time_passes(&bench, store.pause_mailing(one, mailing, BY, START)).await.expect("paused");
        assert_eq!(page(&bench, one, mailing).await, Expanded::Elsewhere);
        assert_eq!(store.unexpanded().await.expect("asked"), []);
        let monday = START + HOUR * 24 * 5;
        store.resume_mailing(one, mailing, BY, monday).await.expect("resumed");
        assert_eq!(page(&bench, one, mailing).await, Expanded::Complete);
        let (_life, claimed) = claim(&bench, mailing, monday).await;
        assert_eq!(claimed.len(), 512);
        assert!(claimed.iter().all(|row| row.expires_at == monday + HOUR * 96), "{:?}", claimed[0]);
    }
);

crate::both!(
    /// An abort in the middle of a list: whichever comes first, no row is left open, and the
    /// figures add up.
    an_abort_while_the_audience_is_listed_leaves_nothing_open,
    |bench: Bench| async move {
        let one = founded(&bench).await;
        people(&bench, one, 1..2 * PAGE + 101, START - HOUR).await;
        for pages in 0..3 {
            let mailing = started(&bench, one, draft()).await;
            for _ in 0..pages {
                page(&bench, one, mailing).await;
            }
            let lister = tokio::spawn(list_all(bench.store.clone(), one, mailing));
            let aborted = tokio::spawn({
                let store = bench.store.clone();
                async move { store.abort_mailing(one, mailing, BY, START).await }
            });
            while_time_passes(&bench, aborted).await.expect("no panic").expect("aborted");
            while_time_passes(&bench, lister).await.expect("no panic");
            assert_eq!(page(&bench, one, mailing).await, Expanded::Elsewhere);
            let shown = progress(&bench, one, mailing).await;
            assert_eq!(shown.open, 0, "{shown:?}");
            assert_eq!(shown.audience, i64::try_from(reached(&bench, mailing).await.len()).expect("fits"), "{shown:?}");
            assert!(shown.audience >= PAGE * pages, "{shown:?}");
        }
    }
);

crate::both!(
    /// Proves R30: whoever leaves while the audience is listed gets nothing: a row that stands is
    /// refused, and one that a page under way still writes is refused by the gate.
    r30_who_leaves_while_the_audience_is_listed_gets_nothing,
    |bench: Bench| async move {
        let (store, one) = (&bench.store, founded(&bench).await);
        people(&bench, one, 1..PAGE + 11, START - HOUR).await;
        let mailing = started(&bench, one, draft()).await;
        assert_eq!(page(&bench, one, mailing).await, Expanded::Page(2_000));
        let late = id(one, PAGE + 6);
        for who in [id(one, 7), id(one, PAGE + 5), late] {
            while_time_passes(&bench, store.unsubscribe(who, word(), START)).await.expect("left");
        }
        // A page that began before they left may still write a row for one of them.
        script(store, &format!("UPDATE delivery SET due_at = 0, contact_id = {late} WHERE contact_id = {}", id(one, 1))).await.expect("a late row");
        assert_eq!(page(&bench, one, mailing).await, Expanded::Complete);
        let refused = store.deliveries_of_mailing(one, mailing, Some(RowState::Refused), None, 10).await.expect("rows");
        assert_eq!(refused.iter().map(|row| row.contact).collect::<Vec<_>>(), [id(one, 7)]);
        assert!(!reached(&bench, mailing).await.contains(&(PAGE + 5)));
        let (_life, claimed) = claim(&bench, mailing, START).await;
        assert_eq!(claimed[0].claim.row, RowId::Delivery { mailing, contact: late });
        let briefing = store.brief(&[claimed[0].claim], &Profiles::new(NO_REVIEW)).await.expect("facts").remove(0);
        assert_eq!(policy::may_send(briefing.candidate.purpose, &briefing.facts, START), Err(policy::Refusal::NotAContact));
    }
);

crate::both!(
    /// A newsletter that was held before its time, released and resumed begins then, and does not
    /// stop the lists of others by having no cut.
    a_newsletter_without_a_cut_gets_one_with_its_first_page,
    |bench: Bench| async move {
        let one = founded(&bench).await;
        people(&bench, one, 1..PAGE + 2, START - HOUR).await;
        let mailing = started(&bench, one, draft()).await;
        script(&bench.store, &format!("UPDATE mailing SET cut_at = NULL WHERE id = {mailing}")).await.expect("no cut");
        assert_eq!(page(&bench, one, mailing).await, Expanded::Page(2_000));
        let cut = numbers(&bench.store, "SELECT cut_at FROM mailing WHERE cut_at IS NOT NULL ORDER BY cut_at DESC", 1).await.expect("cuts");
        assert_eq!(cut[0], [Some(START.millis())]);
        assert_eq!(page(&bench, one, mailing).await, Expanded::Complete);
    }
);
