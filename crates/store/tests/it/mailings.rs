//! Mailings as their owners write, start and stop them.

use std::future::Future;
use std::time::Duration;

use policy::facts::MailingState;
use policy::row::DRAIN;
use policy::send::{BodyFormat, MailingContent};
use policy::{AccountId, MailingId, RowState, TagId, TopicId};
use seals::Clock as _;
use store::StoreError;
use store::conformance::{numbers, script};
use store::mailings::{MailingDraft, MailingKind, Trigger};
use texts::Language;

use crate::both::{Bench, START};
use crate::customers::{account, approved_topic};
use crate::world;

const BY: &str = "Ada";
const HOUR: Duration = Duration::from_secs(60 * 60);

fn draft(topic: TopicId) -> MailingDraft {
    MailingDraft {
        name: "May".to_owned(),
        topic,
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

async fn state(bench: &Bench, account: AccountId, id: MailingId) -> MailingState {
    bench.store.mailing(account, id).await.expect("the mailing").state
}

async fn version(bench: &Bench, id: MailingId) -> i64 {
    let rows = numbers(&bench.store, "SELECT id, facts_version FROM mailing", 2).await.expect("mailings");
    rows.iter().find(|row| row[0] == Some(id.get())).and_then(|row| row[1]).expect("a version")
}

fn refused<T: std::fmt::Debug>(result: store::Result<T>) -> String {
    match result {
        Err(StoreError::Invalid(problem)) => problem.to_string(),
        other => panic!("it must be refused: {other:?}"),
    }
}

fn missing<T: std::fmt::Debug>(result: store::Result<T>) {
    assert!(matches!(result, Err(StoreError::NotFound(_))), "{result:?}");
}

crate::both!(
    /// A newsletter goes its way from draft to running, and only that way.
    a_newsletter_is_written_scheduled_started_and_never_edited_after,
    |bench: Bench| async move {
        let store = &bench.store;
        let (one, two) = (account(&bench, "Gartenfreunde").await, account(&bench, "Radladen").await);
        let topic = approved_topic(&bench, one).await;
        let create = |account, draft| store.create_mailing(account, MailingKind::Newsletter, draft, 96, "Ada", START);
        missing(create(two, draft(topic.topic)).await);
        missing(create(one, MailingDraft { include: vec![TagId::from_raw(1)], ..draft(topic.topic) }).await);
        refused(create(one, MailingDraft { name: "a\nb".to_owned(), ..draft(topic.topic) }).await);
        refused(create(one, MailingDraft { topic_version: Some(2), ..draft(topic.topic) }).await);
        let trigger = Some(Trigger { tag: TagId::from_raw(1), delay_minutes: 0 });
        refused(create(one, MailingDraft { trigger, ..draft(topic.topic) }).await);
        let tag = store.create_tag(one, "tips", "Tips", START).await.expect("a tag");
        refused(create(one, MailingDraft { include: vec![tag], exclude: vec![tag], ..draft(topic.topic) }).await);
        let id = create(one, MailingDraft { exclude: vec![tag, tag], ..draft(topic.topic) }).await.expect("a draft");
        let shown = store.mailing(one, id).await.expect("the mailing");
        assert_eq!((shown.state, shown.topic, shown.exclude), (MailingState::Draft, topic, vec![tag]));
        let before = version(&bench, id).await;
        store.edit_mailing(one, id, MailingDraft { include: vec![tag], ..draft(topic.topic) }, BY, START).await.expect("edited");
        assert_eq!(version(&bench, id).await, before + 1);
        assert_eq!(store.mailing(one, id).await.expect("the mailing").include, [tag]);
        store.schedule_mailing(one, id, Some(START + HOUR), BY, START).await.expect("scheduled");
        refused(store.edit_mailing(one, id, draft(topic.topic), BY, START).await);
        refused(store.remove_mailing(one, id).await);
        store.schedule_mailing(one, id, None, BY, START).await.expect("a draft again");
        store.schedule_mailing(one, id, Some(START + HOUR), BY, START).await.expect("scheduled");
        assert_eq!(store.start_scheduled(START).await.expect("asked"), 0);
        store.start_mailing(one, id, BY, START).await.expect("started");
        assert_eq!(state(&bench, one, id).await, MailingState::Running);
        refused(store.start_mailing(one, id, BY, START).await);
        refused(store.schedule_mailing(one, id, Some(START), BY, START).await);
        assert_eq!(store.unexpanded().await.expect("asked"), [(one, id)]);
        let listed = store.mailings(one, MailingKind::Newsletter, None, 10).await.expect("mailings");
        assert_eq!((listed.len(), listed[0].content.body.as_str()), (1, ""));
        assert_eq!(store.mailings(two, MailingKind::Newsletter, None, 10).await.expect("mailings"), []);
        let gone = create(one, draft(topic.topic)).await.expect("a draft");
        store.remove_mailing(one, gone).await.expect("removed");
        missing(store.mailing(one, gone).await);
    }
);

crate::both!(
    /// No door of another account reaches a mailing (ARMOUR D1).
    a_mailing_of_another_account_is_unknown,
    |bench: Bench| async move {
        let store = &bench.store;
        let (one, two) = (account(&bench, "Gartenfreunde").await, account(&bench, "Radladen").await);
        let topic = approved_topic(&bench, one).await;
        let id = store.create_mailing(one, MailingKind::Newsletter, draft(topic.topic), 96, "Ada", START).await.expect("a draft");
        missing(store.mailing(two, id).await);
        missing(store.progress(two, id).await);
        missing(store.edit_mailing(two, id, draft(topic.topic), BY, START).await);
        missing(store.schedule_mailing(two, id, Some(START), BY, START).await);
        missing(store.start_mailing(two, id, BY, START).await);
        missing(store.pause_mailing(two, id, BY, START).await);
        missing(store.resume_mailing(two, id, BY, START).await);
        missing(store.abort_mailing(two, id, BY, START).await);
        missing(store.remove_mailing(two, id).await);
        assert_eq!(store.deliveries_of_mailing(two, id, None, None, 10).await.expect("asked"), []);
        assert_eq!(state(&bench, one, id).await, MailingState::Draft);
    }
);

crate::both!(
    /// Proves R85: an account that is not active starts nothing.
    r85_a_suspended_account_starts_nothing,
    |bench: Bench| async move {
        let store = &bench.store;
        let one = account(&bench, "Gartenfreunde").await;
        let topic = approved_topic(&bench, one).await;
        let id = store.create_mailing(one, MailingKind::Newsletter, draft(topic.topic), 96, "Ada", START).await.expect("a draft");
        store.suspend(one, "Olga", "off topic", START).await.expect("suspended");
        assert!(refused(store.start_mailing(one, id, BY, START).await).contains("suspended"));
        assert!(refused(store.schedule_mailing(one, id, Some(START), BY, START).await).contains("suspended"));
    }
);

crate::both!(
    /// Proves R30 for pause and abort: their answers come only when every ticket is over, also for
    /// whoever finds them done already; an abort cancels what is open, and the figures add up.
    r30_pause_and_abort_answer_when_every_ticket_is_over,
    |bench: Bench| async move {
        let store = &bench.store;
        let people = world::people((0..5).map(|at| format!("p{at}@a.test")));
        let world = world::found(store, 1, &people, START.millis(), START.millis() + 86_400_000).await;
        let (one, id) = (world.account, world.mailing);
        let before = version(&bench, id).await;
        for _ in 0..2 {
            let begin = bench.clock.reading();
            while_time_passes(&bench, store.pause_mailing(one, id, BY, START)).await.expect("paused");
            assert!(bench.clock.reading().elapsed_since(begin) >= DRAIN);
        }
        assert_eq!(version(&bench, id).await, before + 1, "the second pause changes nothing");
        store.resume_mailing(one, id, BY, START).await.expect("resumed");
        store.resume_mailing(one, id, BY, START).await.expect("resumed already");
        assert_eq!(version(&bench, id).await, before + 2);
        script(store, &format!("UPDATE mailing SET state = 4 WHERE id = {id}")).await.expect("held");
        refused(store.resume_mailing(one, id, BY, START).await);
        refused(store.pause_mailing(one, id, BY, START).await);
        for _ in 0..2 {
            let begin = bench.clock.reading();
            while_time_passes(&bench, store.abort_mailing(one, id, BY, START)).await.expect("aborted");
            assert!(bench.clock.reading().elapsed_since(begin) >= DRAIN);
        }
        let progress = store.progress(one, id).await.expect("progress");
        assert_eq!((progress.audience, progress.open), (5, 0));
        assert_eq!(progress.ended, [(RowState::Refused, 5)]);
        refused(store.resume_mailing(one, id, BY, START).await);
        let lines = store.deliveries_of_contact(one, world.contacts[0], None, 10).await.expect("deliveries");
        assert_eq!((lines.len(), lines[0].reason.as_deref()), (1, Some("aborted")));
        let listed = store.deliveries_of_mailing(one, id, Some(RowState::Refused), Some(world.contacts[1]), 2).await.expect("deliveries");
        assert_eq!(listed.iter().map(|line| line.contact).collect::<Vec<_>>(), world.contacts[2..4]);
        assert_eq!(store.deliveries_of_mailing(one, id, Some(RowState::Due), None, 10).await.expect("deliveries"), []);
    }
);

crate::both!(
    /// An autoresponder follows one tag: who gets it after the activation, and only then.
    an_autoresponder_follows_its_tag_from_its_activation_on,
    |bench: Bench| async move {
        let store = &bench.store;
        let people = world::people((0..2).map(|at| format!("p{at}@a.test")));
        let world = world::found(store, 1, &people, START.millis(), START.millis()).await;
        let one = world.account;
        let tag = store.create_tag(one, "tips", "Tips", START).await.expect("a tag");
        let other = store.create_tag(one, "seeds", "Seeds", START).await.expect("a tag");
        let with = |delay_minutes| MailingDraft { trigger: Some(Trigger { tag, delay_minutes }), ..draft(TopicId::from_raw(8)) };
        let create = |draft| store.create_mailing(one, MailingKind::Autoresponder, draft, 96, "Ada", START);
        refused(create(draft(TopicId::from_raw(8))).await);
        refused(create(with(-1)).await);
        refused(create(MailingDraft { include: vec![other], ..with(5) }).await);
        let id = create(with(60)).await.expect("a draft");
        assert_eq!(store.mailing(one, id).await.expect("it").include, [tag], "a tag that is gone stops it");
        refused(store.schedule_mailing(one, id, Some(START), BY, START).await);
        store.change_tags(one, world.contacts[0], vec![tag], Vec::new(), "token 1", START).await.expect("tagged before");
        store.start_mailing(one, id, BY, START).await.expect("active");
        store.change_tags(one, world.contacts[1], vec![tag], Vec::new(), "token 1", START).await.expect("tagged after");
        let progress = store.progress(one, id).await.expect("progress");
        assert_eq!((progress.audience, progress.open, progress.expanded), (1, 1, true));
        let line = &store.deliveries_of_contact(one, world.contacts[1], None, 1).await.expect("deliveries")[0];
        assert_eq!((line.mailing, line.due_at, line.state), (id, START + HOUR, RowState::Due));
        store.edit_mailing(one, id, with(120), BY, START).await.expect("edited while it runs");
        let line = &store.deliveries_of_contact(one, world.contacts[1], None, 1).await.expect("deliveries")[0];
        assert_eq!(line.due_at, START + HOUR, "what is planned keeps its time");
        while_time_passes(&bench, store.pause_mailing(one, id, BY, START)).await.expect("paused");
        store.resume_mailing(one, id, BY, START + HOUR * 24 * 8).await.expect("resumed late");
        let progress = store.progress(one, id).await.expect("progress");
        assert_eq!((progress.open, progress.ended), (0, vec![(RowState::Refused, 1)]));
    }
);
