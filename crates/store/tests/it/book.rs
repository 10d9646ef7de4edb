//! The address book: whom a search finds, and what is on record about one person.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use policy::absent::Absent;
use policy::consent::FormerReason;
use policy::search::{Wanted, folded};
use policy::{AccountId, ContactId, MailingId, RowState, TagId};
use seals::fake::SeededDice;
use seals::{AddressKey, Clock as _, Dice as _};
use store::StoreError;
use store::book::{Count, Finding, FoundContact, Mark};
use store::conformance::{numbers, script};
use store::consents::{Source, Word};
use store::mailings::MailingKind;
use store::tags::Hand;

use crate::audiences::while_time_passes;
use crate::both::{Bench, START};
use crate::world::{self, World, people, plain_key};

const ONE: AccountId = AccountId::from_raw(1);
const MINUTE: Duration = Duration::from_secs(60);
const BY: &str = "login 5";

fn tag(id: i64) -> TagId {
    TagId::from_raw(id)
}

fn word(source: Source) -> Word {
    Word { source, ip: Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7))), salt: [5; 16] }
}

async fn count(bench: &Bench, sql: &'static str) -> i64 {
    numbers(&bench.store, sql, 1).await.expect("a number")[0][0].expect("no NULL")
}

/// A world of people with three tags.
async fn founded(bench: &Bench, addresses: &[&str]) -> World {
    let world =
        world::found(&bench.store, 1, &people(addresses.iter().map(|address| (*address).to_owned())), 0, 1).await;
    let tags = "INSERT INTO tag (account_id, id, name, public_name, created_at) VALUES (1, 31, 'tips', 'Tips', 0), (1, 32, 'seeds', 'Seeds', 0), (1, 33, 'vip', 'VIP', 0)";
    script(&bench.store, tags).await.expect("tags");
    world
}

async fn give(bench: &Bench, contact: ContactId, tags: &[i64]) {
    let tags = tags.iter().copied().map(tag).collect();
    bench.store.change_tags(ONE, contact, tags, Vec::new(), BY, bench.clock.now()).await.expect("given");
}

async fn set(bench: &Bench, contact: ContactId, fields: &[(&str, &str)]) {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    bench.store.set_fields(ONE, contact, fields).await.expect("set");
}

fn typed(text: &str) -> Finding {
    Finding { typed: text.to_owned(), ..Finding::default() }
}

/// All that a search finds, page by page.
async fn all(bench: &Bench, finding: &Finding, limit: usize) -> Vec<FoundContact> {
    let (mut found, mut behind): (Vec<FoundContact>, Option<Mark>) = (Vec::new(), None);
    for _ in 0..1_000 {
        let page = bench.store.find_contacts(ONE, finding, behind, limit).await.expect("a page");
        assert!(page.contacts.len() <= limit);
        found.extend(page.contacts);
        behind = page.next;
        if behind.is_none() {
            return found;
        }
    }
    panic!("a list without end");
}

async fn addresses(bench: &Bench, finding: &Finding) -> Vec<String> {
    all(bench, finding, 2).await.into_iter().map(|contact| contact.address).collect()
}

crate::both!(
    /// A contact is found by beginnings, in whatever case, once, and by nobody but its own account.
    contacts_are_found_by_what_begins_so,
    |bench: Bench| async move {
        let world = founded(&bench, &["Ada.L@mail.example", "anna@post.example", "bob@mail.example", "zoe@mail.example"]).await;
        set(&bench, world.contacts[3], &[("name", "Zoë Müller-Adam"), ("city", "New York")]).await;
        set(&bench, world.contacts[2], &[("city", "York")]).await;
        let found = async |text: &str| addresses(&bench, &typed(text)).await;
        assert_eq!(found("AD").await, ["Ada.L@mail.example", "zoe@mail.example"], "by an address, and by a word of a name");
        assert_eq!(found("a").await.len(), 3);
        assert_eq!(found("@mail.").await, ["Ada.L@mail.example", "bob@mail.example", "zoe@mail.example"]);
        assert_eq!(found("zoe mull").await, ["zoe@mail.example"]);
        assert_eq!(found("york").await, ["bob@mail.example", "zoe@mail.example"]);
        for nobody in ["%", "_", "a%", "'; DROP TABLE contact; --", "ork", "@ail", "mail.example"] {
            assert_eq!(found(nobody).await, Vec::<String>::new(), "{nobody}");
        }
        let city = |value: &str| Finding { field: Some(("city".to_owned(), value.to_owned())), ..Finding::default() };
        assert_eq!(addresses(&bench, &city("YORK")).await, ["bob@mail.example"], "the whole value");
        assert_eq!(addresses(&bench, &Finding { typed: "b".to_owned(), ..city("york") }).await, ["bob@mail.example"]);
        let foreign = bench.store.find_contacts(AccountId::from_raw(2), &typed("a"), None, 50).await.expect("a page");
        assert!(foreign.contacts.is_empty() && foreign.next.is_none());
        let invented = Mark { text: String::new(), id: world.contacts[0] };
        let page = bench.store.find_contacts(ONE, &typed("bob"), Some(invented), 50).await.expect("a page");
        assert_eq!(page.contacts.len(), 1, "an invented mark leads nowhere else");
        // Who leaves is found no more, by nothing; who comes back is.
        bench.store.unsubscribe(world.contacts[3], word(Source::Web), START).await.expect("left");
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM contact_field WHERE value LIKE 'zoe%'").await, 0);
        assert_eq!(found("zoe").await, Vec::<String>::new());
        bench.store.restore(world.contacts[3], None, word(Source::Web), START).await.expect("back");
        assert_eq!(found("adam").await, ["zoe@mail.example"]);
    }
);

/// What a search must find, by looking at everybody.
fn oracle(everybody: &[FoundContact], finding: &Finding) -> Vec<ContactId> {
    let wanted = Wanted::parse(&finding.typed);
    let mut fitting: Vec<(String, ContactId)> = Vec::new();
    for contact in everybody {
        let carries = |tags: &[TagId]| tags.iter().any(|tag| contact.tags.contains(tag));
        let domain = contact.address.rsplit('@').next().expect("an address");
        let text = match &wanted {
            None => Some(String::new()),
            Some(wanted) => wanted.found_by(&contact.address, domain, &contact.fields),
        };
        let field = finding
            .field
            .as_ref()
            .is_none_or(|(name, value)| contact.fields.get(name).is_some_and(|own| folded(own) == folded(value)));
        if let (Some(text), true) = (text, field && !carries(&finding.exclude))
            && (finding.include.is_empty() || carries(&finding.include))
        {
            fitting.push((text, contact.id));
        }
    }
    if wanted.is_some() {
        fitting.sort()
    } else {
        fitting.sort_by_key(|(_, id)| std::cmp::Reverse(*id))
    }
    fitting.into_iter().map(|(_, id)| id).collect()
}

crate::both!(
    /// Whatever is asked for together, in pages of whatever size: the same as by looking at everybody.
    a_search_finds_what_looking_at_everybody_finds,
    |bench: Bench| async move {
        let dice = SeededDice::new(77);
        let pick = |n: u64| {
            let mut bytes = [0; 8];
            dice.fill(&mut bytes);
            usize::try_from(u64::from_le_bytes(bytes) % n).expect("small")
        };
        let words = ["ada", "Adam", "ann", "Ann Ada", "bo", "Bo-Ann", "zoë"];
        let addresses: Vec<String> = (0..40).map(|n| format!("{}{n}@{}.example", ["ada", "an", "bo", "zoe"][pick(4)], ["a", "ab", "mail"][pick(3)])).collect();
        let world = founded(&bench, &addresses.iter().map(String::as_str).collect::<Vec<_>>()).await;
        for contact in &world.contacts {
            if pick(3) > 0 {
                set(&bench, *contact, &[("name", words[pick(7)]), ("city", words[pick(7)])]).await;
            }
            let tags: Vec<i64> = [31, 32, 33].into_iter().filter(|_| pick(3) == 0).collect();
            give(&bench, *contact, &tags).await;
        }
        let everybody = all(&bench, &Finding::default(), 50).await;
        assert_eq!(everybody.len(), 40);
        let counted = bench.store.count_found(ONE, &Finding::default()).await.expect("a count");
        assert_eq!((counted.n, counted.exact), (40, true), "everybody is counted");
        for round in 0..60 {
            let some = |n: u64| [31, 32, 33].into_iter().filter(|_| pick(n) == 0).map(tag).collect::<Vec<_>>();
            let finding = Finding {
                typed: ["", "", "a", "ad", "ann a", "@a", "b", "z"][pick(8)].to_owned(),
                include: some(3),
                exclude: some(4),
                field: (pick(3) == 0).then(|| (["name", "city"][pick(2)].to_owned(), words[pick(7)].to_owned())),
            };
            let wanted = oracle(&everybody, &finding);
            let mut found: Vec<ContactId> = all(&bench, &finding, 1 + pick(9)).await.iter().map(|contact| contact.id).collect();
            let counted = bench.store.count_found(ONE, &finding).await.expect("a count");
            assert_eq!((counted.n, counted.exact), (i64::try_from(wanted.len()).expect("small"), true), "{round}: {finding:?}");
            if found != wanted {
                // Where a tag or a field leads, the newest come first.
                found.sort_unstable();
                let mut by_number = wanted.clone();
                by_number.sort_unstable();
                assert_eq!(found, by_number, "{round}: {finding:?}");
            }
            assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len(), "nobody twice: {round}");
        }
    }
);

crate::both!(
    /// A wish that fits nearly nobody of many costs no more than another: it says where to go on, and
    /// the count says that it is no whole one.
    a_search_among_many_pauses_and_goes_on,
    |bench: Bench| async move {
        let addresses: Vec<String> = (0..4_700).map(|n| format!("p{n}@mail.example")).collect();
        let world = founded(&bench, &addresses.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let (first, last) = (world.contacts[3].get(), world.contacts[4_699].get());
        let text = format!("INSERT INTO contact_tag (account_id, contact_id, tag_id, given_at) SELECT account_id, id, 31, 0 FROM contact WHERE id > {first} AND id <= {last}");
        script(&bench.store, &text).await.expect("tagged");
        let rare = Finding { exclude: vec![tag(31)], ..Finding::default() };
        let page = bench.store.find_contacts(ONE, &rare, None, 50).await.expect("a page");
        assert!(page.paused && page.contacts.is_empty() && page.next.is_some());
        let rest = bench.store.find_contacts(ONE, &rare, page.next, 50).await.expect("a page");
        assert_eq!((rest.contacts.len(), rest.paused, rest.next), (4, false, None));
        let counted = bench.store.count_found(ONE, &rare).await.expect("a count");
        assert_eq!((counted.n, counted.exact), (4, true), "more are compared for a count");
        let broad = bench.store.count_found(ONE, &typed("p")).await.expect("a count");
        assert!(!broad.exact && broad.n >= 4_000, "{broad:?}");
        // A tag leads where what was typed fits too many.
        give(&bench, world.contacts[7], &[33]).await;
        let narrow = Finding { typed: "p".to_owned(), include: vec![tag(33)], ..Finding::default() };
        let found = all(&bench, &narrow, 50).await;
        assert_eq!(found.iter().map(|contact| contact.id).collect::<Vec<_>>(), [world.contacts[7]]);
        let all_of_them = bench.store.count_found(ONE, &Finding { include: vec![tag(31)], ..Finding::default() }).await;
        assert_eq!(all_of_them.map(|counted| (counted.n, counted.exact)).expect("a count"), (4_696, true));
        let listed = bench.store.tags(ONE).await.expect("tags");
        let carried = listed.iter().map(|known| (known.id, known.contacts)).collect::<Vec<_>>();
        let exactly = |n| Count { n, exact: true };
        assert_eq!(carried, [(tag(32), exactly(0)), (tag(31), exactly(4_696)), (tag(33), exactly(1))]);
    }
);

crate::both!(
    /// A tag that an unfinished mailing names stays; else contacts lose it at once, forms go on without
    /// it in a new version, and its name may be given anew.
    a_tag_goes_when_nothing_needs_it,
    |bench: Bench| async move {
        let store = &bench.store;
        let world = founded(&bench, &["ada@mail.example", "bob@mail.example"]).await;
        for contact in &world.contacts {
            give(&bench, *contact, &[31, 32]).await;
        }
        let form = "INSERT INTO form (account_id, id, website_id, topic_id, name, language, version, open, created_at) VALUES (1, 9001, 7, 8, 'Footer', 'en', 1, TRUE, 0);
             INSERT INTO form_version (account_id, form_id, version, topic_version, consent_text, privacy_notice, tags, fields, created_at) VALUES (1, 9001, 1, 1, 'Yes.', '', '[31,32]', '[]', 0);
             INSERT INTO mailing_tag (account_id, mailing_id, tag_id, exclude) VALUES (1, 1001, 31, TRUE)";
        script(store, form).await.expect("a form");
        let uses = store.tag_use(ONE, tag(31)).await.expect("its uses");
        assert_eq!(uses.mailings.iter().map(|mailing| mailing.id).collect::<Vec<_>>(), [world.mailing]);
        assert_eq!((uses.mailings[0].kind, uses.forms.len()), (MailingKind::Newsletter, 1));
        assert!(matches!(store.remove_tag(ONE, tag(31), BY, START).await, Err(StoreError::Invalid(_))));
        script(store, "UPDATE mailing SET state = 6").await.expect("finished");
        assert!(matches!(store.remove_tag(AccountId::from_raw(2), tag(31), BY, START).await, Err(StoreError::NotFound(_))));
        store.remove_tag(ONE, tag(31), BY, START).await.expect("removed");
        assert!(matches!(store.remove_tag(ONE, tag(31), BY, START).await, Err(StoreError::NotFound(_))));
        assert!(matches!(store.tag(ONE, tag(31)).await, Err(StoreError::NotFound(_))));
        assert_eq!(store.tag_on_record(ONE, tag(31)).await.expect("on record"), "tips");
        let shown = store.form(ONE, policy::FormId::from_raw(9001)).await.expect("the form");
        assert_eq!((shown.version, shown.content.tags, shown.content.consent_text.as_str()), (2, vec![tag(32)], "Yes."));
        assert_eq!(store.contact(ONE, world.contacts[0]).await.expect("a contact").tags, [tag(32)], "before any sweep");
        assert!(store.tags(ONE).await.expect("tags").iter().all(|known| known.id != tag(31)));
        assert!(store.change_tags(ONE, world.contacts[0], vec![tag(31)], vec![], BY, START).await.is_err());
        let again = store.create_tag(ONE, "tips", "Tips", START).await.expect("the name is free");
        assert_eq!(store.tag(ONE, again).await.expect("the tag").contacts, Count { n: 0, exact: true });
        let carried = |id: i64| async move { store.tags(ONE).await.expect("tags").into_iter().find(|known| known.id == tag(id)).map(|known| known.contacts) };
        assert_eq!(carried(32).await, Some(Count { n: 2, exact: true }));
        assert!(store.rename_tag(ONE, tag(32), "tips", "x").await.is_err(), "taken");
        assert_eq!(while_time_passes(&bench, store.sweep_removed_tags(START)).await.expect("swept"), 2);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM contact_tag WHERE tag_id = 31").await, 0);
        let spans = store.tag_spans(ONE, world.contacts[0]).await.expect("spans");
        let gone = spans.iter().find(|span| span.tag == tag(31)).expect("on record");
        assert_eq!((gone.name.as_str(), gone.taken.clone()), ("tips", Some((START, Some(Hand::Removed)))));
        assert_eq!(while_time_passes(&bench, store.sweep_removed_tags(START + MINUTE * 61)).await.expect("swept"), 0);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM tag WHERE removed_at IS NOT NULL AND swept").await, 1);
    }
);

crate::both!(
    /// Proves promise 7: what happened to a person is on record, with whose hand and which reason, and
    /// what comes next is what the expansion would list.
    what_happened_to_a_person_is_on_record,
    |bench: Bench| async move {
        let store = &bench.store;
        let world = founded(&bench, &["ada@mail.example", "bob@mail.example"]).await;
        let (ada, bob) = (world.contacts[0], world.contacts[1]);
        give(&bench, ada, &[31]).await;
        bench.clock.advance(MINUTE);
        store.drop_tags(ada, vec![tag(31)], bench.clock.now()).await.expect("dropped");
        give(&bench, ada, &[32]).await;
        let spans = store.tag_spans(ONE, ada).await.expect("spans");
        let told: Vec<_> = spans.iter().map(|span| (span.tag, span.given_by.clone(), span.taken.clone())).collect();
        // What is stored of a hand is its word.
        for hand in [Hand::Form, Hand::Person, Hand::Undo, Hand::Left, Hand::Removed, Hand::Actor("token 4".to_owned())] {
            assert_eq!(Hand::from_word(hand.word()), hand);
        }
        let by = Some(Hand::Actor(BY.to_owned()));
        assert_eq!(told, [
            (tag(32), by.clone(), None),
            (tag(31), by, Some((START + MINUTE, Some(Hand::Person)))),
        ]);
        assert!(store.tag_spans(AccountId::from_raw(2), ada).await.expect("spans").is_empty());

        let next = store.coming_to(ONE, ada).await.expect("what comes");
        assert_eq!(next.iter().map(|mail| (mail.mailing, mail.state)).collect::<Vec<_>>(), [(world.mailing, Some(RowState::Due))]);
        assert!(store.mails_of_contact(ONE, ada, None, 50).await.expect("mails").is_empty(), "nothing ended yet");
        let text = format!(
            "INSERT INTO mailing (account_id, id, kind, name, state, facts_version, topic_id, topic_version, subject, preheader, format, body, language, template_version,
                scheduled_at, expanded_to, expanded, audience, delay_minutes, expiry_hours, created_at)
             VALUES (1, 2001, 1, 'June', 1, 1, 8, 1, 'x', '', 'markdown', 'x', 'en', 1, {0}, 0, FALSE, 0, 0, 96, 0),
                (1, 2002, 1, 'July', 1, 1, 8, 1, 'x', '', 'markdown', 'x', 'en', 1, {0}, 0, FALSE, 0, 0, 96, 0),
                (1, 2003, 1, 'Other topic', 1, 1, 8, 2, 'x', '', 'markdown', 'x', 'en', 1, {0}, 0, FALSE, 0, 0, 96, 0);
             INSERT INTO mailing_tag (account_id, mailing_id, tag_id, exclude) VALUES (1, 2001, 32, FALSE), (1, 2002, 32, TRUE);
             UPDATE delivery SET state = 11, reason = 'hard', reply = '550 5.1.1 no such user', settled_at = {0} WHERE contact_id = {1};
             UPDATE delivery SET state = 10, settled_at = {0} WHERE contact_id = {2};
             INSERT INTO bounce (message_kind, message_id, contact_id, attempt, account_id, at, class, provider_group, reply, effect, address_key)
                VALUES (0, 1001, {2}, 1, 1, {0}, 'soft', 'mail.example', '452 full', 'counted_soft', {3}), (0, 1001, {2}, 2, 1, {0} + 5, 'soft', 'mail.example', '452 still full', 'counted_soft', {3});
             INSERT INTO complaint (account_id, mailing_id, contact_id, at, sent_day, period, source, counted) VALUES (1, 1001, {2}, {0}, 0, 1, 'feedback_loop', TRUE)",
            START.millis(), ada, bob, world::blob(store, &plain_key("bob@mail.example")),
        );
        script(store, &text).await.expect("mails");
        let next = store.coming_to(ONE, ada).await.expect("what comes");
        assert_eq!(next.iter().map(|mail| (mail.mailing.get(), mail.state)).collect::<Vec<_>>(), [(2001, None)]);
        let named = store.mailings_begun(ONE, 2).await.expect("names");
        assert_eq!(named.iter().map(|(id, _)| id.get()).collect::<Vec<_>>(), [2003, 2002]);
        let mails = store.mails_of_contact(ONE, ada, None, 50).await.expect("mails");
        let told = &mails[0];
        assert_eq!((told.line.state, told.line.reason.as_deref(), told.kind), (RowState::Bounced, Some("hard"), MailingKind::Newsletter));
        assert_eq!(told.line.reply.as_deref(), Some("550 5.1.1 no such user"));
        let mails = store.mails_of_contact(ONE, bob, None, 50).await.expect("mails");
        assert_eq!(mails.len(), 1, "two bounces, one mail");
        assert_eq!(mails[0].bounce.as_ref().map(|bounce| bounce.reply.as_str()), Some("452 still full"));
        assert_eq!(mails[0].complaint.as_ref().map(|complaint| complaint.counted), Some(true));
        let before = Some((mails[0].ended_at(), mails[0].line.mailing));
        assert!(store.mails_of_contact(ONE, bob, before, 50).await.expect("mails").is_empty());
        assert_eq!(store.mail_of_contact(ONE, world.mailing, bob).await.expect("the mail"), mails[0]);
        assert!(store.mail_of_contact(AccountId::from_raw(2), world.mailing, bob).await.is_err());
    }
);

/// A newsletter with an include and an exclude tag that began at `at`, and no row for anybody.
async fn began(bench: &Bench, id: i64, kind: i64, at: i64, include: i64, exclude: i64) -> MailingId {
    let text = format!(
        "INSERT INTO mailing (account_id, id, kind, name, state, facts_version, topic_id, topic_version, subject, preheader, format, body, language, template_version,
            cut_at, started_at, expanded_to, expanded, audience, delay_minutes, expiry_hours, created_at)
         VALUES (1, {id}, {kind}, 'x', 6, 1, 8, 1, 'x', '', 'markdown', 'x', 'en', 1, {at}, {at}, 0, TRUE, 0, 0, 96, 0);
         INSERT INTO mailing_tag (account_id, mailing_id, tag_id, exclude) VALUES (1, {id}, {include}, FALSE), (1, {id}, {exclude}, TRUE)"
    );
    script(&bench.store, &text).await.expect("a mailing");
    MailingId::from_raw(id)
}

crate::both!(
    /// Proves promise 7 for those whom a mailing never listed: the reason is found in what is on record
    /// of that time, whatever the person carries or agreed to since.
    why_somebody_was_not_listed_is_found_on_record,
    |bench: Bench| async move {
        let store = &bench.store;
        let world = founded(&bench, &["ada@mail.example", "bob@mail.example"]).await;
        let (ada, bob) = (world.contacts[0], world.contacts[1]);
        let why = async |mailing, contact| store.absence(ONE, mailing, contact, bench.clock.now()).await.expect("an answer");
        assert_eq!(why(world.mailing, ada).await, None, "there is a row, which says it");
        let early = began(&bench, 3001, 1, START.millis(), 31, 33).await;
        assert_eq!(why(early, ada).await, Some(Absent::TagMissing));
        bench.clock.advance(MINUTE);
        give(&bench, ada, &[31]).await;
        assert_eq!(why(early, ada).await, Some(Absent::TagMissing), "given afterwards");
        bench.clock.advance(MINUTE);
        let late = began(&bench, 3002, 1, bench.clock.now().millis(), 31, 33).await;
        give(&bench, ada, &[33]).await;
        bench.clock.advance(MINUTE);
        store.change_tags(ONE, ada, vec![], vec![tag(31), tag(33)], BY, bench.clock.now()).await.expect("taken");
        assert_eq!(why(late, ada).await, Some(Absent::TagExcluded), "carried then, though no more");
        let auto = began(&bench, 3003, 2, bench.clock.now().millis(), 31, 33).await;
        assert_eq!(why(auto, ada).await, Some(Absent::TagGivenBefore));
        assert_eq!(why(auto, bob).await, Some(Absent::TagMissing));
        // Who undoes an unsubscribe was away in between.
        store.unsubscribe(bob, word(Source::Web), bench.clock.now()).await.expect("left");
        assert_eq!(why(early, bob).await, Some(Absent::TagMissing));
        bench.clock.advance(MINUTE);
        let between = began(&bench, 3004, 1, bench.clock.now().millis(), 31, 33).await;
        assert_eq!(why(between, bob).await, Some(Absent::LeftBefore));
        bench.clock.advance(MINUTE);
        store.restore(bob, None, word(Source::Web), bench.clock.now()).await.expect("back");
        assert_eq!(why(between, bob).await, Some(Absent::Away));
        assert!(store.absence(ONE, MailingId::from_raw(4), ada, START).await.is_err());
        assert!(store.absence(AccountId::from_raw(2), early, ada, START).await.is_err());
    }
);

crate::both!(
    /// Former contacts are listed without names; whoever knows an address finds its person; an erasure
    /// takes what the search and the record of tags kept.
    former_contacts_have_no_name_and_an_erasure_takes_what_was_kept_beside,
    |bench: Bench| async move {
        let store = &bench.store;
        let world = founded(&bench, &["ada@mail.example", "bob@mail.example", "cid@mail.example"]).await;
        let [ada, bob, cid] = world.contacts[..] else { panic!("three") };
        let key = |address: &str| AddressKey::from_bytes(plain_key(address));
        for contact in [ada, bob] {
            give(&bench, contact, &[31]).await;
            set(&bench, contact, &[("city", "Bonn")]).await;
        }
        store.unsubscribe(ada, word(Source::Web), START).await.expect("left");
        bench.clock.advance(MINUTE);
        store.unsubscribe(cid, word(Source::Web), bench.clock.now()).await.expect("left");
        let newest = store.former_newest(ONE, None, None, 1).await.expect("a page");
        assert_eq!(newest[0].id, cid);
        let older = store.former_newest(ONE, Some(FormerReason::Unsubscribed), Some((newest[0].left_at, cid)), 50).await.expect("a page");
        assert_eq!(older.iter().map(|line| line.id).collect::<Vec<_>>(), [ada]);
        assert_eq!(store.former_newest(ONE, Some(FormerReason::Unsubscribed), None, 50).await.expect("a page").len(), 2);
        assert!(store.former_newest(ONE, Some(FormerReason::Bounced), None, 50).await.expect("a page").is_empty());
        assert!(store.former_newest(AccountId::from_raw(2), None, None, 50).await.expect("a page").is_empty());
        assert_eq!(store.find_former(ONE, &[key("ada@mail.example")]).await.expect("asked"), Some(ada));
        assert_eq!(store.find_former(ONE, &[key("bob@mail.example")]).await.expect("asked"), None, "a contact is none");
        let former = store.former_contact(ONE, ada).await.expect("a former contact");
        assert_eq!((former.line.reason, former.erased), (FormerReason::Unsubscribed, false));
        assert!(former.restorable_until.is_some_and(|until| until > bench.clock.now()));
        assert!(store.former_contact(AccountId::from_raw(2), ada).await.is_err());
        assert_eq!(store.person_today(ONE, ada).await.expect("the same"), ada);
        assert!(store.person_today(AccountId::from_raw(2), ada).await.is_err());
        for contact in [ada, bob] {
            store.erase(ONE, contact, word(Source::Account), bench.clock.now()).await.expect("erased");
            assert!(store.former_contact(ONE, contact).await.expect("a former contact").erased);
        }
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM contact_field").await, 0);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM contact_tag_past").await, 0);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM contact_tag").await, 0);
        assert!(all(&bench, &typed("b"), 50).await.is_empty());
    }
);
