//! What customers write is kept: revisions, two writers at once, copies, reach and samples.

use std::collections::BTreeMap;
use std::time::Duration;

use policy::facts::PersonFacts;
use policy::send::{BodyFormat, MailingContent};
use policy::{MailingId, TopicId, TopicRef};
use store::StoreError;
use store::conformance::{numbers, script};
use store::mailings::{
    KEPT_REVISIONS, MailingDraft, MailingKind, REVISIONS_LAST, Reach, RevisionKind, Saved, Saving, Shelf, Trigger,
};
use texts::Language;

use crate::both::{Bench, START};
use crate::customers::{account, approved_topic};
use crate::mailings::while_time_passes;
use crate::world;

const ADA: &str = "Ada";
const BEN: &str = "Ben";
const SECOND: Duration = Duration::from_secs(1);

fn saying(topic: TopicId, body: &str) -> MailingDraft {
    MailingDraft {
        name: "May".to_owned(),
        topic,
        topic_version: None,
        content: MailingContent {
            subject: "Tomatoes".to_owned(),
            preheader: "Now".to_owned(),
            format: BodyFormat::Html,
            body: body.to_owned(),
            language: Language::De,
            template_version: 1,
        },
        include: Vec::new(),
        exclude: Vec::new(),
        trigger: None,
    }
}

const fn by_hand(base: i64) -> Saving {
    Saving { base: Some(base), by_itself: false }
}

const fn by_itself(base: i64) -> Saving {
    Saving { base: Some(base), by_itself: true }
}

crate::both!(
    /// Of two writers who began with the same revision the first is kept, and the second one's text too.
    two_writers_lose_nothing,
    |bench: Bench| async move {
        let store = &bench.store;
        let one = account(&bench, "Gartenfreunde").await;
        let topic = approved_topic(&bench, one).await.topic;
        let id = store.create_mailing(one, MailingKind::Newsletter, saying(topic, "a"), 96, ADA, START).await.expect("a draft");
        assert_eq!(store.mailing(one, id).await.expect("the draft").revision, 1);
        let save = |text, saving, by| store.save_mailing(one, id, saying(topic, text), saving, by, START);
        assert_eq!(save("Ada's", by_hand(1), ADA).await.expect("saved"), Saved::Kept(2));
        assert_eq!(save("Ben's", by_hand(1), BEN).await.expect("an answer"), Saved::Beside { current: 2, beside: 3 });
        let stands = store.mailing(one, id).await.expect("the draft");
        assert_eq!((stands.content.body.as_str(), stands.revision), ("Ada's", 2));
        let beside = store.revision(one, id, 3).await.expect("kept");
        assert_eq!((beside.kind, beside.by.as_str(), beside.draft.content.body.as_str()), (RevisionKind::Beside, BEN, "Ben's"));
        // Ben has read both and saves his own on top of hers.
        assert_eq!(save("Ben's", by_hand(2), BEN).await.expect("saved"), Saved::Kept(4));
        // Saving what stands changes nothing, whoever began with what.
        assert_eq!(save("Ben's", by_hand(1), ADA).await.expect("saved"), Saved::Kept(4));
        let numbers: Vec<i64> = store.revisions(one, id).await.expect("revisions").iter().map(|kept| kept.number).collect();
        assert_eq!(numbers, [4, 3, 2, 1]);
        let old = store.revision(one, id, 2).await.expect("kept").draft;
        assert_eq!(store.save_mailing(one, id, old.clone(), by_hand(4), ADA, START).await.expect("restored"), Saved::Kept(5));
        let restored = store.mailing(one, id).await.expect("the draft");
        assert_eq!((restored.draft(), restored.draft().topic_version), (old, Some(1)));
        let other = account(&bench, "Radladen").await;
        assert_eq!(store.revisions(other, id).await.expect("asked"), []);
        assert!(matches!(store.revision(other, id, 1).await, Err(StoreError::NotFound(_))));
        assert!(matches!(store.revision(one, id, 9).await, Err(StoreError::NotFound(_))));
    }
);

crate::both!(
    /// What an editor saves by itself is one revision a minute; what is saved by hand stays, the newest
    /// fifty of each mailing; a mailing that ended long ago keeps none.
    saves_of_an_editor_are_folded_and_old_ones_go,
    |bench: Bench| async move {
        let store = &bench.store;
        let one = account(&bench, "Gartenfreunde").await;
        let topic = approved_topic(&bench, one).await.topic;
        let id = store.create_mailing(one, MailingKind::Newsletter, saying(topic, "0"), 96, ADA, START).await.expect("a draft");
        let mut base = 1;
        for second in 1..=130_u32 {
            let saved = store.save_mailing(one, id, saying(topic, &second.to_string()), by_itself(base), ADA, START + SECOND * second).await;
            let Ok(Saved::Kept(number)) = saved else { panic!("{saved:?}") };
            assert!(number > base, "each save has a number of its own");
            base = number;
        }
        let kept: Vec<String> = store.revisions(one, id).await.expect("revisions").iter().map(|kept| format!("{:?} {}", kept.kind, kept.at.since(START).as_secs())).collect();
        assert_eq!(kept, ["ByItself 130", "ByItself 120", "ByItself 60", "ByHand 0"]);
        let bodies = store.revision(one, id, base).await.expect("kept").draft.content.body;
        assert_eq!(bodies, "130");
        // Pressing Save on what is saved already keeps it for good.
        assert_eq!(store.save_mailing(one, id, saying(topic, "130"), by_hand(base), ADA, START + SECOND * 131).await.expect("saved"), Saved::Kept(base));
        assert_eq!(store.revision(one, id, base).await.expect("kept").kind, RevisionKind::ByHand);
        for n in 0..KEPT_REVISIONS + 5 {
            let saved = store.save_mailing(one, id, saying(topic, &format!("by hand {n}")), Saving { base: None, by_itself: false }, ADA, START).await.expect("saved");
            assert_eq!(saved, Saved::Kept(base + 1 + n));
        }
        let kept = store.revisions(one, id).await.expect("revisions");
        assert_eq!((kept.len(), kept[0].number - kept[49].number), (50, 49));
        script(store, &format!("UPDATE mailing SET state = 6, finished_at = {} WHERE id = {id}", START.millis())).await.expect("finished");
        let purge = |now| while_time_passes(&bench, store.purge_revisions(now));
        assert_eq!(purge(START + REVISIONS_LAST).await.expect("purged"), 0);
        assert_eq!(purge(START + REVISIONS_LAST + SECOND).await.expect("purged"), 50);
        assert_eq!(store.revisions(one, id).await.expect("revisions"), []);
        let gone = store.create_mailing(one, MailingKind::Newsletter, saying(topic, "0"), 96, ADA, START).await.expect("a draft");
        store.remove_mailing(one, gone).await.expect("removed");
        assert_eq!(store.revisions(one, gone).await.expect("revisions"), [], "a removed draft leaves none");
    }
);

crate::both!(
    /// A copy says what the original says, and is a draft of the same kind; lists show where it stands.
    a_copy_is_a_new_draft_that_says_the_same,
    |bench: Bench| async move {
        let store = &bench.store;
        let (one, two) = (account(&bench, "Gartenfreunde").await, account(&bench, "Radladen").await);
        let topic = approved_topic(&bench, one).await.topic;
        let tag = store.create_tag(one, "tips", "Tips", START).await.expect("a tag");
        let body = "<p>Hi\r\n\tä {{ name }}</p>\n\n";
        let news = MailingDraft { exclude: vec![tag], ..saying(topic, body) };
        let id = store.create_mailing(one, MailingKind::Newsletter, news, 96, ADA, START).await.expect("a draft");
        store.start_mailing(one, id, ADA, START).await.expect("started");
        let copy = |of: MailingId| store.copy_mailing(one, of, |name| format!("{name} (copy)"), 96, ADA, START);
        let copied = store.mailing(one, copy(id).await.expect("copied")).await.expect("the copy");
        assert_eq!((copied.name.as_str(), copied.content.body.as_str(), &copied.exclude), ("May (copy)", body, &vec![tag]));
        assert_eq!((copied.kind, copied.started_at), (MailingKind::Newsletter, None));
        let series = MailingDraft { trigger: Some(Trigger { tag, delay_minutes: 60 }), ..saying(topic, body) };
        let step = store.create_mailing(one, MailingKind::Autoresponder, series, 96, ADA, START).await.expect("a draft");
        let copied_step = store.mailing(one, copy(step).await.expect("copied")).await.expect("the copy");
        assert_eq!((copied_step.kind, copied_step.trigger), (MailingKind::Autoresponder, Some(Trigger { tag, delay_minutes: 60 })));
        let missing = store.copy_mailing(two, id, str::to_owned, 96, ADA, START).await;
        assert!(matches!(missing, Err(StoreError::NotFound(_))), "{missing:?}");

        let news = MailingKind::Newsletter;
        assert_eq!(store.count_mailings(one, news).await.expect("counts"), [1, 0, 1, 0]);
        assert_eq!(store.count_mailings(two, news).await.expect("counts"), [0; 4]);
        let lines = store.mailing_lines(one, news, Shelf::Drafts, None, 50).await.expect("lines");
        assert_eq!((lines.len(), lines[0].mailing.id, lines[0].mailing.content.body.as_str()), (1, copied.id, ""));
        assert_eq!(store.mailing_lines(one, news, Shelf::Drafts, Some(copied.id), 50).await.expect("lines"), []);
        assert_eq!(store.mailing_lines(one, news, Shelf::Running, None, 50).await.expect("lines")[0].mailing.id, id);
        assert_eq!(store.mailing_lines(two, news, Shelf::Running, None, 50).await.expect("lines"), []);
    }
);

crate::both!(
    /// The number that the editor shows is that of the audience that is listed when it begins (R10, R59).
    r59_the_reach_is_the_audience_that_would_be_listed,
    |bench: Bench| async move {
        let store = &bench.store;
        let people = world::people((0..6).map(|at| format!("p{at}@a.test")));
        let world = world::found(store, 1, &people, START.millis(), START.millis() + 86_400_000).await;
        let one = world.account;
        let (a, b) = (store.create_tag(one, "a", "A", START).await.expect("a tag"), store.create_tag(one, "b", "B", START).await.expect("a tag"));
        for (at, contact) in world.contacts.iter().enumerate() {
            let tags = [(at < 4, a), (at == 3 || at == 4, b)];
            let given = tags.into_iter().filter(|(given, _)| *given).map(|(_, tag)| tag).collect();
            store.change_tags(one, *contact, given, vec![], "token 1", START).await.expect("tagged");
        }
        let topic = TopicRef { topic: TopicId::from_raw(8), version: 1 };
        let count = async |include: &[_], exclude: &[_]| {
            let reach = Reach { topic, include: include.to_vec(), exclude: exclude.to_vec() };
            store.count_reach(one, &reach, 1_000, START).await.expect("a number")
        };
        assert_eq!(count(&[], &[]).await, 6);
        assert_eq!(count(&[a], &[]).await, 4);
        assert_eq!(count(&[a, b], &[]).await, 5, "whoever has both counts once");
        assert_eq!(count(&[a, a], &[]).await, 4);
        assert_eq!(count(&[a], &[b]).await, 3);
        assert_eq!(count(&[], &[a]).await, 2);
        script(store, &format!("INSERT INTO suppression (address_key, address, reason, at, source_account) SELECT address_key, address, 'hard', 1, 0 FROM contact WHERE id = {}", world.contacts[0])).await.expect("excluded");
        assert_eq!(count(&[a], &[]).await, 3, "an excluded address is never reached");
        assert_eq!(count(&[], &[]).await, 5, "with tags and without");
        script(store, &format!("UPDATE consent SET withdrawn_at = 1 WHERE contact_id = {}", world.contacts[1])).await.expect("withdrawn");
        assert_eq!(count(&[a], &[]).await, 2);
        for include in [vec![], vec![b]] {
            let reach = Reach { topic, include, exclude: vec![] };
            assert_eq!(store.count_reach(one, &reach, 1, START).await.expect("a number"), 2, "one more than was asked for");
        }
        let other = Reach { topic: TopicRef { version: 2, ..topic }, include: vec![], exclude: vec![] };
        assert_eq!(store.count_reach(one, &other, 1_000, START).await.expect("a number"), 0, "nobody agreed to that statement");
        assert_eq!(store.count_reach(account(&bench, "Radladen").await, &Reach { topic, include: vec![], exclude: vec![] }, 1_000, START).await.expect("a number"), 0);
    }
);

crate::both!(
    /// A preview's person has number 0, whom no link can act for.
    a_sample_names_nobody,
    |bench: Bench| async move {
        let store = &bench.store;
        let world = world::found(store, 1, &world::people(["ada@a.test".to_owned()]), START.millis(), START.millis()).await;
        let sample = store.sample(world.account, world.mailing).await.expect("a sample");
        assert_eq!((sample.site.as_str(), sample.mailing.content.subject.as_str()), ("www.shop1.example", "Tomatoes in May"));
        let fields = BTreeMap::from([("firstname".to_owned(), "Ada".to_owned())]);
        let (_, facts) = sample.mail(Some("ada@a.test"), Language::En, fields, START).expect("a mail");
        let PersonFacts::Contact(contact) = &facts.person else { panic!("a contact") };
        assert_eq!((contact.id.account(), contact.address.as_str()), (world.account, "ada@a.test"));
        assert!(store.contact(world.account, contact.id).await.is_err(), "nobody has this number");
        let ids = numbers(store, "SELECT id FROM contact", 1).await.expect("contacts");
        assert!(ids.iter().all(|row| row[0] != Some(contact.id.get())));
        assert!(sample.mail(Some("no address"), Language::En, BTreeMap::new(), START).is_err());
        let other = account(&bench, "Radladen").await;
        assert!(matches!(store.sample(other, world.mailing).await, Err(StoreError::NotFound(_))));
    }
);
