//! People: sign-up, confirmation, leaving and coming back, the ledger.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use mail_formats::address::EmailAddress;
use policy::consent::{EventKind, FormerReason, UndoRefused};
use policy::settings::PolicySettings;
use policy::signup::Limit;
use policy::{AccountId, ContactId, FormId, TagId};
use seals::{AddressKey, Clock as _};
use store::confirmations::{ConfirmOutcome, NotMeOutcome};
use store::conformance::{numbers, script, texts};
use store::consents::{Record, Source, Word};
use store::contacts::{RestoreOutcome, UnsubscribeOutcome};
use store::form_pages::PersonState;
use store::proofs::{self, Verdict};
use store::signups::{SignUp, SignUpOutcome, Silence};

use crate::both::{Bench, START};
use crate::world::{self, plain_key};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const IP: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

/// Account `n` with its form `9000 + n` for the topic 8, which gives the tag 31; the tag 32 exists too.
pub(crate) async fn open(bench: &Bench, n: i64) -> FormId {
    world::found(&bench.store, n, &[], START.millis(), START.millis()).await;
    let form = 9000 + n;
    let text = format!(
        "INSERT INTO tag (account_id, id, name, public_name, created_at) VALUES ({n}, 31, 'tips', 'Garden tips', 0), ({n}, 32, 'seeds', 'Seed offers', 0);
         INSERT INTO form (account_id, id, website_id, topic_id, name, language, version, open, created_at) VALUES ({n}, {form}, 7, 8, 'Footer', 'en', 1, TRUE, 0);
         INSERT INTO form_version (account_id, form_id, version, topic_version, consent_text, privacy_notice, tags, fields, created_at)
            VALUES ({n}, {form}, 1, 1, 'Yes, send me garden tips.', 'We keep your address.', '[31]', '[\"firstname\"]', 0);"
    );
    script(&bench.store, &text).await.expect("a form");
    FormId::from_raw(form)
}

fn key(address: &str) -> AddressKey {
    AddressKey::from_bytes(plain_key(address))
}

fn request(form: FormId, address: &str) -> SignUp {
    SignUp {
        form,
        version: Some(1),
        address: EmailAddress::parse(address).expect("an address"),
        keys: vec![key(address)],
        fields: BTreeMap::from([("firstname".to_owned(), "Ada".to_owned()), ("role".to_owned(), "admin".to_owned())]),
        ip: IP,
        user_agent: "test\r\nbrowser".to_owned(),
        form_url: "https://www.shop1.example/join".to_owned(),
    }
}

async fn sign_up(bench: &Bench, form: FormId, address: &str) -> SignUpOutcome {
    let settings = PolicySettings::defaults().signup;
    bench.store.sign_up(request(form, address), settings, bench.clock.now()).await.expect("an answer")
}

async fn planned(bench: &Bench, form: FormId, address: &str) -> ContactId {
    match sign_up(bench, form, address).await {
        SignUpOutcome::Planned(id) => id,
        other => panic!("{address}: {other:?}"),
    }
}

async fn confirm(bench: &Bench, id: ContactId) -> ConfirmOutcome {
    bench.store.confirm(id, IP, [3; 16], bench.clock.now()).await.expect("an answer")
}

pub(crate) async fn contact(bench: &Bench, form: FormId, address: &str) -> ContactId {
    let id = planned(bench, form, address).await;
    assert_eq!(confirm(bench, id).await, ConfirmOutcome::Confirmed { contact: id });
    id
}

pub(crate) fn word(source: Source) -> Word {
    Word { source, ip: Some(IP), salt: [5; 16] }
}

pub(crate) async fn unsubscribe(bench: &Bench, id: ContactId) -> UnsubscribeOutcome {
    bench.store.unsubscribe(id, word(Source::OneClick), bench.clock.now()).await.expect("an answer")
}

pub(crate) async fn restore(bench: &Bench, id: ContactId, keep: Option<Vec<TagId>>) -> RestoreOutcome {
    bench.store.restore(id, keep, word(Source::Web), bench.clock.now()).await.expect("an answer")
}

async fn count(bench: &Bench, sql: &'static str) -> i64 {
    numbers(&bench.store, sql, 1).await.expect("a number")[0][0].expect("no NULL")
}

async fn kinds(bench: &Bench, id: ContactId) -> Vec<EventKind> {
    let proof = bench.store.consent_proof(id.account(), id).await.expect("a proof");
    proof.iter().map(|event| event.kind).collect()
}

fn tag(id: i64) -> TagId {
    TagId::from_raw(id)
}

crate::both!(
    /// Proves R11, R14, R15, R17: the address alone suffices; mail and pending sign-up are one
    /// transaction; nothing is a contact before the confirmation.
    r11_r14_r15_r17_a_sign_up_is_a_pending_row_and_a_notice_and_no_contact,
    |bench: Bench| async move {
        let form = open(&bench, 1).await;
        let mut bare = request(form, "ada@mail.example");
        bare.fields.clear();
        let settings = PolicySettings::defaults().signup;
        let outcome = bench.store.sign_up(bare, settings, START).await.expect("an answer");
        let SignUpOutcome::Planned(id) = outcome else { panic!("{outcome:?}") };
        let due = numbers(&bench.store, "SELECT due_at, expires_at, purpose, person_id FROM notice", 4).await.expect("a row");
        let at = START.millis();
        assert_eq!(due, [[at, at + 86_400_000, 3, id.get()].map(Some)]);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM contact").await, 0);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM contact_tag").await, 0);
        assert_eq!(bench.store.count_contacts(AccountId::from_raw(1)).await.expect("a count"), 0);
        let page = bench.store.person_page(id, START).await.expect("a page").expect("the account");
        assert!(matches!(page.state, PersonState::Pending { .. }), "{page:?}");
    }
);

crate::both!(
    /// Proves R16, R17, L1, R13: the button makes contact, consent, tags and the whole proof.
    r16_r17_the_button_makes_a_contact_with_consent_tags_and_proof,
    |bench: Bench| async move {
        let form = open(&bench, 1).await;
        let id = planned(&bench, form, "ada@mail.example").await;
        script(&bench.store, "UPDATE signup SET mail_message_id = 'm1@bounce.example', mail_handed_over_at = 77, mail_reply = '250 taken'").await.expect("handed over");
        bench.clock.advance(Duration::from_secs(60));
        assert_eq!(confirm(&bench, id).await, ConfirmOutcome::Confirmed { contact: id });
        assert_eq!(confirm(&bench, id).await, ConfirmOutcome::Already { contact: id }, "a second click changes nothing");
        let found = bench.store.contact(id.account(), id).await.expect("a contact");
        assert_eq!((found.tags, found.fields.len()), (vec![tag(31)], 1), "only fields of the form are kept");
        assert_eq!(found.consents.len(), 1);
        assert_eq!(bench.store.find_contact(id.account(), &[key("x@mail.example"), key("ada@mail.example")]).await.expect("found"), Some(id));
        let events = bench.store.consent_proof(id.account(), id).await.expect("a proof");
        let [event] = events.as_slice() else { panic!("{events:?}") };
        let evidence = event.evidence.as_ref().expect("evidence");
        let Record::Consent(proof) = &evidence.record else { panic!("{evidence:?}") };
        assert!(evidence.intact);
        assert_eq!(proof.consent_text, "Yes, send me garden tips.");
        assert_eq!(proof.statement, "Tips for growing vegetables in small gardens");
        assert_eq!((proof.form_url.as_str(), proof.submitted_ip.as_str()), ("https://www.shop1.example/join", "192.0.2.7"));
        assert_eq!((proof.submitted_at, proof.confirmed_at), (START, START + Duration::from_secs(60)));
        assert_eq!((proof.sender_name.as_str(), proof.sender_address.as_str()), ("Gartenfreunde", "garten@shop1.example"));
        assert_eq!(proof.confirmation.message_id, "m1@bounce.example");
        let printed = proofs::printed(&events, |at| at.millis().to_string());
        for piece in ["ada@mail.example", "garten@shop1.example", "250 taken", "Yes, send me garden tips.", "evidence fits the digest: yes"] {
            assert!(printed.contains(piece), "{piece} is missing: {printed}");
        }
    }
);

crate::both!(
    /// Proves R18: from the time-out on the link is dead, and nothing of the address is left but a hash.
    r18_an_unconfirmed_sign_up_is_forgotten_at_its_time_out,
    |bench: Bench| async move {
        let form = open(&bench, 1).await;
        let id = planned(&bench, form, "ada@mail.example").await;
        bench.clock.advance(DAY * 3 - Duration::from_millis(1));
        assert_eq!(bench.store.purge_expired(bench.clock.now()).await.expect("purged"), 0);
        bench.clock.advance(Duration::from_millis(1));
        assert_eq!(confirm(&bench, id).await, ConfirmOutcome::Gone);
        let page = bench.store.person_page(id, bench.clock.now()).await.expect("a page").expect("the account");
        assert!(matches!(page.state, PersonState::Nobody));
        assert_eq!(bench.store.purge_expired(bench.clock.now()).await.expect("purged"), 1);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM signup").await, 0);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM confirmation_timed_out").await, 0, "its mail never left");
    }
);

crate::both!(
    /// Proves R18: two confirmation mails that timed out silence the whole platform for 180 days.
    r18_two_time_outs_silence_the_platform_until_somebody_lifts_it,
    |bench: Bench| async move {
        for n in 1..=3 {
            open(&bench, n).await;
        }
        for n in 1..=2 {
            planned(&bench, FormId::from_raw(9000 + n), "ada@mail.example").await;
            script(&bench.store, "UPDATE signup SET mail_handed_over_at = 1").await.expect("handed over");
            bench.clock.advance(DAY * 4);
            bench.store.purge_expired(bench.clock.now()).await.expect("purged");
        }
        let third = sign_up(&bench, FormId::from_raw(9003), "ada@mail.example").await;
        assert!(matches!(third, SignUpOutcome::Silent(Silence::Limit(Limit::Silenced { .. }))), "{third:?}");
        assert_eq!(bench.store.lift_silence(vec![key("ada@mail.example")]).await.expect("lifted"), 2);
        planned(&bench, FormId::from_raw(9003), "ada@mail.example").await;
    }
);

crate::both!(
    /// Proves C2 (B6): one mail per address and account within a time-out, three a day over the
    /// installation, however many ask at once.
    c2_an_address_cannot_be_bombed_with_confirmation_mails,
    |bench: Bench| async move {
        for n in 1..=4 {
            open(&bench, n).await;
        }
        let mut tasks = Vec::new();
        for n in (1..=4).cycle().take(16) {
            let (store, now) = (bench.store.clone(), bench.clock.now());
            let request = request(FormId::from_raw(9000 + n), "ada@mail.example");
            let settings = PolicySettings::defaults().signup;
            tasks.push(tokio::spawn(async move { store.sign_up(request, settings, now).await.expect("an answer") }));
        }
        let mut planned = 0;
        for task in tasks {
            planned += i32::from(matches!(task.await.expect("no panic"), SignUpOutcome::Planned(_)));
        }
        assert_eq!(planned, 3);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM notice").await, 3);
    }
);

crate::both!(
    /// Proves R12, R82, R85: a form takes sign-ups only while website, topic and account allow it.
    r12_r82_a_form_that_may_not_ask_is_closed_for_everybody,
    |bench: Bench| async move {
        let form = open(&bench, 1).await;
        let table = [
            ("UPDATE form SET open = FALSE", "UPDATE form SET open = TRUE"),
            ("UPDATE topic SET state = 0", "UPDATE topic SET state = 1"),
            ("UPDATE website SET proven_at = NULL", "UPDATE website SET proven_at = 1"),
            ("UPDATE account SET standing = 1", "UPDATE account SET standing = 0"),
            ("UPDATE sender SET proven_at = NULL", "UPDATE sender SET proven_at = 1"),
        ];
        for (shut, open) in table {
            script(&bench.store, shut).await.expect("shut");
            assert_eq!(sign_up(&bench, form, "ada@mail.example").await, SignUpOutcome::Closed, "{shut}");
            script(&bench.store, open).await.expect("open");
        }
        assert_eq!(sign_up(&bench, FormId::from_raw(77), "ada@mail.example").await, SignUpOutcome::Closed);
        script(&bench.store, "UPDATE form SET version = 2; INSERT INTO form_version (account_id, form_id, version, topic_version, consent_text, privacy_notice, tags, fields, created_at) VALUES (1, 9001, 2, 1, 'New text', '', '[]', '[]', 0);").await.expect("edited");
        assert_eq!(sign_up(&bench, form, "ada@mail.example").await, SignUpOutcome::Changed);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM signup").await, 0);
    }
);

crate::both!(
    /// Proves D6, R61: an excluded address gets no confirmation mail, and neither does a known contact.
    d6_r61_excluded_and_known_addresses_are_not_asked,
    |bench: Bench| async move {
        let form = open(&bench, 1).await;
        contact(&bench, form, "ada@mail.example").await;
        bench.clock.advance(DAY * 4);
        assert_eq!(sign_up(&bench, form, "ada@mail.example").await, SignUpOutcome::Silent(Silence::KnownContact));
        let id = planned(&bench, form, "bob@mail.example").await;
        for address in ["bob@mail.example", "eve@mail.example"] {
            let suppress = store::suppressions::NewSuppression {
                key: key(address),
                address: None,
                reason: policy::bounce::ExclusionReason::Operator,
                account: None,
                mailing: None,
                reply: None,
                provider_group: None,
            };
            bench.store.suppress(suppress, bench.clock.now()).await.expect("excluded");
        }
        assert_eq!(sign_up(&bench, form, "eve@mail.example").await, SignUpOutcome::Silent(Silence::Excluded));
        assert_eq!(confirm(&bench, id).await, ConfirmOutcome::Gone, "excluded between mail and button");
    }
);

crate::both!(
    /// Proves R82, D13: a known contact's sign-up for another topic adds its consent after its own
    /// confirmation, and links of that confirmation mail go on naming the contact.
    r82_another_topic_needs_its_own_confirmation_and_stays_one_contact,
    |bench: Bench| async move {
        let form = open(&bench, 1).await;
        let first = contact(&bench, form, "ada@mail.example").await;
        script(&bench.store, "INSERT INTO topic (account_id, id, version, website_id, statement, state, submitted_at) VALUES (1, 9, 1, 7, 'Seeds of the season and how to sow them', 1, 0);
            INSERT INTO form (account_id, id, website_id, topic_id, name, language, version, open, created_at) VALUES (1, 9101, 7, 9, 'Seeds', 'en', 1, TRUE, 0);
            INSERT INTO form_version (account_id, form_id, version, topic_version, consent_text, privacy_notice, tags, fields, created_at) VALUES (1, 9101, 1, 1, '', '', '[32]', '[]', 0);").await.expect("a second form");
        bench.clock.advance(DAY * 4);
        let second = planned(&bench, FormId::from_raw(9101), "ada@mail.example").await;
        assert_eq!(bench.store.contact(first.account(), first).await.expect("a contact").consents.len(), 1);
        assert_eq!(confirm(&bench, second).await, ConfirmOutcome::Confirmed { contact: first });
        let found = bench.store.contact(first.account(), first).await.expect("a contact");
        assert_eq!((found.consents.len(), found.tags.len()), (2, 2));
        assert_eq!(kinds(&bench, first).await, [EventKind::Confirmed, EventKind::TopicAdded]);
        assert_eq!(bench.store.book_growth(first.account(), 0).await.expect("growth").contacts, 1, "nobody new");
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM contact").await, 1);
        assert_eq!(confirm(&bench, second).await, ConfirmOutcome::Already { contact: first });
        assert!(matches!(unsubscribe(&bench, second).await, UnsubscribeOutcome::Done(left) if left.contact == first));
    }
);

crate::both!(
    /// Proves D13: "that was not me" cancels at once, and this account cannot ask that address again.
    d13_not_me_cancels_and_bars_this_account_only,
    |bench: Bench| async move {
        let (form, other) = (open(&bench, 1).await, open(&bench, 2).await);
        let id = planned(&bench, form, "ada@mail.example").await;
        let not_me = |id| bench.store.not_me(id, word(Source::Web), bench.clock.now());
        assert_eq!(not_me(id).await.expect("an answer"), NotMeOutcome::Cancelled);
        assert_eq!(not_me(id).await.expect("an answer"), NotMeOutcome::Nothing);
        assert_eq!(confirm(&bench, id).await, ConfirmOutcome::Gone);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM notice WHERE state < 10").await, 0, "the mail is cancelled too");
        bench.clock.advance(DAY * 10);
        assert_eq!(sign_up(&bench, form, "ada@mail.example").await, SignUpOutcome::Silent(Silence::Limit(Limit::NotMe)));
        planned(&bench, other, "ada@mail.example").await;
        // After the time-out the link still bars, and after a confirmation it unsubscribes.
        let late = planned(&bench, form, "bob@mail.example").await;
        bench.clock.advance(DAY * 4);
        bench.store.purge_expired(bench.clock.now()).await.expect("purged");
        assert_eq!(not_me(late).await.expect("an answer"), NotMeOutcome::Nothing);
        assert_eq!(sign_up(&bench, form, "bob@mail.example").await, SignUpOutcome::Silent(Silence::Limit(Limit::NotMe)));
        let confirmed = contact(&bench, form, "cleo@mail.example").await;
        assert_eq!(not_me(confirmed).await.expect("an answer"), NotMeOutcome::Left);
        assert!(bench.store.contact(confirmed.account(), confirmed).await.is_err());
    }
);

crate::both!(
    /// Proves R27, R30, R32, R39, D2, R43 (no score is touched): one wish takes the contact out of
    /// the book, withdraws every consent and cancels what waits; a repeat changes nothing.
    r27_r32_r39_unsubscribing_ends_everything_of_the_account_at_once,
    |bench: Bench| async move {
        let (form, other) = (open(&bench, 1).await, open(&bench, 2).await);
        let id = contact(&bench, form, "ada@mail.example").await;
        let elsewhere = {
            bench.clock.advance(DAY * 4);
            contact(&bench, other, "ada@mail.example").await
        };
        let row = format!("INSERT INTO delivery (mailing_id, contact_id, account_id, state, domain, due_at, expires_at, attempt, deferrals, owner_beat, doubt, planned_at) VALUES (1001, {id}, 1, 0, 'mail.example', 0, 9, 0, 0, 0, FALSE, 0)");
        script(&bench.store, &row).await.expect("a delivery");
        let UnsubscribeOutcome::Done(left) = unsubscribe(&bench, id).await else { panic!("it was a contact") };
        assert_eq!((left.contact, left.key, left.tags), (id, key("ada@mail.example"), vec![tag(31)]));
        assert_eq!(unsubscribe(&bench, id).await, UnsubscribeOutcome::Already);
        assert_eq!(unsubscribe(&bench, ContactId::new(AccountId::from_raw(1), 5).expect("fits")).await, UnsubscribeOutcome::Unknown);
        assert_eq!(texts(&bench.store, "SELECT reason FROM delivery", 1).await.expect("texts"), [[Some("unsubscribed".to_owned())]]);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM consent WHERE withdrawn_at IS NULL").await, 1, "the other account's stands");
        assert!(bench.store.contact(elsewhere.account(), elsewhere).await.is_ok());
        assert_eq!(kinds(&bench, id).await, [EventKind::Confirmed, EventKind::Withdrawn]);
        let former = bench.store.former_contacts(id.account(), None, 10).await.expect("a list");
        assert_eq!((former.len(), former[0].reason), (1, FormerReason::Unsubscribed));
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM complaint").await, 0);
    }
);

crate::both!(
    /// Proves R40: the person alone undoes it, once per unsubscribe, within 24 h, recorded as restored.
    r40_an_undo_brings_back_all_tags_and_consents_within_a_day,
    |bench: Bench| async move {
        let form = open(&bench, 1).await;
        let id = contact(&bench, form, "ada@mail.example").await;
        assert_eq!(restore(&bench, id, None).await, RestoreOutcome::Already);
        unsubscribe(&bench, id).await;
        bench.clock.advance(DAY - Duration::from_millis(1));
        assert_eq!(restore(&bench, id, None).await, RestoreOutcome::Done);
        let found = bench.store.contact(id.account(), id).await.expect("a contact");
        assert_eq!((found.tags, found.consents.len()), (vec![tag(31)], 1));
        assert_eq!(kinds(&bench, id).await, [EventKind::Confirmed, EventKind::Withdrawn, EventKind::Restored]);
        unsubscribe(&bench, id).await;
        bench.clock.advance(DAY);
        assert_eq!(restore(&bench, id, None).await, RestoreOutcome::Refused(UndoRefused::TooLate));
        assert_eq!(restore(&bench, ContactId::new(id.account(), 5).expect("fits"), None).await, RestoreOutcome::Unknown);
        // Only a new double opt-in brings the address back, as a new contact.
        bench.clock.advance(DAY * 3);
        let again = contact(&bench, form, "ada@mail.example").await;
        assert_ne!(again, id);
        assert_eq!(restore(&bench, id, None).await, RestoreOutcome::Refused(UndoRefused::TooLate));
    }
);

crate::both!(
    /// Proves R31, D2: who keeps some tags comes back with those only, and can drop more later.
    r31_the_recipient_keeps_the_named_tags_only,
    |bench: Bench| async move {
        let form = open(&bench, 1).await;
        let id = contact(&bench, form, "ada@mail.example").await;
        bench.store.change_tags(id.account(), id, vec![tag(32)], vec![], "token 1", bench.clock.now()).await.expect("given");
        unsubscribe(&bench, id).await;
        // A tag that the contact never had is no way to get more.
        script(&bench.store, "INSERT INTO tag (account_id, id, name, public_name, created_at) VALUES (1, 33, 'vip', 'VIP', 0)").await.expect("a tag");
        assert_eq!(restore(&bench, id, Some(vec![tag(32), tag(33)])).await, RestoreOutcome::Done);
        assert_eq!(bench.store.contact(id.account(), id).await.expect("a contact").tags, [tag(32)]);
        assert_eq!(bench.store.drop_tags(id, vec![tag(32), tag(33)], bench.clock.now()).await.expect("dropped"), 1);
        assert_eq!(bench.store.drop_tags(ContactId::new(id.account(), 5).expect("fits"), vec![tag(32)], bench.clock.now()).await.expect("nobody"), 0);
        assert!(bench.store.contact(id.account(), id).await.expect("a contact").tags.is_empty());
    }
);

crate::both!(
    /// Proves R40: neither an exclusion nor a complaint is undone by a button.
    r40_what_a_rule_took_out_does_not_come_back_by_a_button,
    |bench: Bench| async move {
        let form = open(&bench, 1).await;
        let id = contact(&bench, form, "ada@mail.example").await;
        let bounce = store::bounces::ReportedBounce {
            message: policy::RowId::Delivery { mailing: policy::MailingId::from_raw(1001), contact: id },
            attempt: Some(1),
            class: policy::bounce::BounceClass::Hard,
            counts: true,
            reply: "550 5.1.1 no such user".to_owned(),
            provider_group: None,
            inbox: None,
        };
        bench.store.apply_bounce(bounce, bench.clock.now()).await.expect("applied");
        assert_eq!(restore(&bench, id, None).await, RestoreOutcome::Refused(UndoRefused::OtherReason));
        assert_eq!(kinds(&bench, id).await, [EventKind::Confirmed, EventKind::Bounced]);
        assert_eq!(unsubscribe(&bench, id).await, UnsubscribeOutcome::Already);
    }
);

crate::both!(
    /// Proves D11, L7: after an erasure nothing of the address is left but keyed hashes.
    d11_an_erasure_leaves_keyed_hashes_only,
    |bench: Bench| async move {
        let form = open(&bench, 1).await;
        let id = contact(&bench, form, "ada@mail.example").await;
        let foreign = AccountId::from_raw(2);
        assert!(bench.store.erase(foreign, id, word(Source::Account), bench.clock.now()).await.is_err());
        for _ in 0..2 {
            bench.store.erase(id.account(), id, word(Source::Account), bench.clock.now()).await.expect("erased");
        }
        let searched = [
            "SELECT COUNT(*) FROM contact WHERE address LIKE '%ada@mail%'",
            "SELECT COUNT(*) FROM former_contact WHERE address LIKE '%ada@mail%'",
            "SELECT COUNT(*) FROM notice WHERE address LIKE '%ada@mail%'",
            "SELECT COUNT(*) FROM consent_evidence WHERE evidence LIKE '%ada@mail%'",
            "SELECT COUNT(*) FROM signup WHERE address LIKE '%ada@mail%'",
        ];
        for statement in searched {
            assert_eq!(count(&bench, statement).await, 0, "{statement}");
        }
        assert_eq!(kinds(&bench, id).await, [EventKind::Confirmed, EventKind::Erased]);
        assert_eq!(restore(&bench, id, None).await, RestoreOutcome::Refused(UndoRefused::OtherReason));
        assert_eq!(unsubscribe(&bench, id).await, UnsubscribeOutcome::Already, "the old link still works");
    }
);

crate::both!(
    /// Proves L1, R13: the ledger is sealed and chained, and a changed line shows.
    l1_the_ledger_is_sealed_and_shows_a_changed_line,
    |bench: Bench| async move {
        let form = open(&bench, 1).await;
        let mut people = Vec::new();
        for at in 0..5 {
            people.push(contact(&bench, form, &format!("p{at}@mail.example")).await);
        }
        let account = AccountId::from_raw(1);
        let now = bench.clock.now();
        assert_eq!(bench.store.seal_consents(now).await.expect("sealed"), 5);
        assert_eq!(bench.store.seal_consents(now).await.expect("sealed"), 0, "an empty minute is not sealed");
        unsubscribe(&bench, people[3]).await;
        assert_eq!(bench.store.seal_consents(now).await.expect("sealed"), 1);
        assert_eq!(bench.store.verify_ledger(account).await.expect("a verdict"), Verdict::Sound { seals: 2, events: 6 });
        let proof = bench.store.consent_proof(account, people[3]).await.expect("a proof");
        assert_eq!(proof.len(), 2);
        for event in &proof {
            assert!(event.seal.as_ref().expect("sealed").holds(&event.digest));
        }
        assert!(bench.store.consent_proof(AccountId::from_raw(2), people[3]).await.expect("a proof").is_empty());
        let changed = format!("UPDATE consent_event SET digest = {} WHERE contact_id = {} AND kind = 'confirmed'", world::blob(&bench.store, &[9; 32]), people[3]);
        script(&bench.store, &changed).await.expect("changed");
        assert_eq!(bench.store.verify_ledger(account).await.expect("a verdict"), Verdict::Broken { seal: 1 });
        let proof = bench.store.consent_proof(account, people[3]).await.expect("a proof");
        assert!(!proof[0].evidence.as_ref().expect("evidence").intact);
        assert!(!proof[0].seal.as_ref().expect("a seal").holds(&proof[0].digest));
    }
);

crate::both!(
    /// Proves R20, R22 (D1): lists and changes stay within the account; pages follow each other.
    r20_r22_the_address_book_is_paged_and_closed_to_others,
    |bench: Bench| async move {
        let form = open(&bench, 1).await;
        open(&bench, 2).await;
        let mut people = Vec::new();
        for at in 0..3 {
            people.push(contact(&bench, form, &format!("p{at}@mail.example")).await);
        }
        people.sort_unstable();
        let (mine, foreign) = (AccountId::from_raw(1), AccountId::from_raw(2));
        let first = bench.store.contacts(mine, None, None, 2).await.expect("a page");
        let rest = bench.store.contacts(mine, Some(tag(31)), Some(first[1].id), 2).await.expect("a page");
        let ids: Vec<_> = first.iter().chain(&rest).map(|line| line.id).collect();
        assert_eq!(ids, people);
        assert!(bench.store.contacts(foreign, None, None, 500).await.expect("a page").is_empty());
        assert!(bench.store.contact(foreign, people[0]).await.is_err());
        assert!(bench.store.set_fields(foreign, people[0], BTreeMap::new()).await.is_err());
        assert!(bench.store.change_tags(foreign, people[0], vec![tag(32)], vec![], "token 1", START).await.is_err());
        assert!(bench.store.change_tags(mine, people[0], vec![tag(99)], vec![], "token 1", START).await.is_err());
        assert_eq!(bench.store.contacts_of_address(&[key("p1@mail.example")]).await.expect("found").len(), 1);
        let fields = BTreeMap::from([("city".to_owned(), "Bonn".to_owned())]);
        bench.store.set_fields(mine, people[0], fields.clone()).await.expect("set");
        assert_eq!(bench.store.contact(mine, people[0]).await.expect("a contact").fields, fields);
        let evil = BTreeMap::from([("city".to_owned(), "Bonn\r\nBcc: x@example.com".to_owned())]);
        assert!(bench.store.set_fields(mine, people[0], evil).await.is_err());
    }
);

crate::both!(
    /// Tags have unique, checked names within their account.
    tags_are_made_listed_and_renamed,
    |bench: Bench| async move {
        open(&bench, 1).await;
        let (mine, foreign) = (AccountId::from_raw(1), AccountId::from_raw(2));
        let id = bench.store.create_tag(mine, " Winter ", "Winter tips", START).await.expect("made");
        assert!(bench.store.create_tag(mine, "Winter", "x", START).await.is_err());
        assert!(bench.store.create_tag(mine, "bad\u{0}name", "x", START).await.is_err());
        assert!(bench.store.rename_tag(foreign, id, "Summer", "x").await.is_err());
        bench.store.rename_tag(mine, id, "Summer", "Summer tips").await.expect("renamed");
        let names: Vec<_> = bench.store.tags(mine).await.expect("tags").into_iter().map(|tag| tag.name).collect();
        assert_eq!(names, ["Summer", "seeds", "tips"].map(str::to_owned));
    }
);

crate::both!(
    /// Proves D6 and R60 for a form's figures: each submission counts, whatever is known of its address,
    /// so that nobody can watch what others did with it; confirmations count on their day.
    d6_r60_a_forms_figures_tell_on_no_address,
    |bench: Bench| async move {
        let (form, account) = (open(&bench, 1).await, AccountId::from_raw(1));
        let submitted = async || bench.store.form_totals(account).await.expect("totals").first().map_or(0, |(_, total)| total.submitted);
        let known = contact(&bench, form, "ada@mail.example").await;
        let text = format!("INSERT INTO suppression (address_key, address, reason, at, source_account) VALUES ({}, NULL, 'hard_bounce', 0, 7)",
            world::blob(&bench.store, &plain_key("gone@mail.example")));
        script(&bench.store, &text).await.expect("excluded");
        planned(&bench, form, "limited@mail.example").await;
        assert_eq!(submitted().await, 2);
        for (address, nth) in [("ada@mail.example", 3), ("gone@mail.example", 4), ("limited@mail.example", 5), ("new@mail.example", 6)] {
            let outcome = sign_up(&bench, form, address).await;
            assert_eq!(matches!(outcome, SignUpOutcome::Silent(_)), address != "new@mail.example", "{outcome:?}");
            assert_eq!(submitted().await, nth, "{address}");
        }
        script(&bench.store, "UPDATE form SET open = FALSE").await.expect("closed");
        assert_eq!(sign_up(&bench, form, "late@mail.example").await, SignUpOutcome::Closed);
        assert_eq!(submitted().await, 6, "a closed form took nothing");
        script(&bench.store, "UPDATE form SET open = TRUE").await.expect("open");
        bench.clock.advance(DAY);
        let next = planned(&bench, form, "next@mail.example").await;
        confirm(&bench, next).await;
        confirm(&bench, next).await;
        let days = bench.store.form_days(account, form, START.day()).await.expect("days");
        let told: Vec<_> = days.iter().map(|day| (day.day - START.day(), day.submitted, day.confirmed)).collect();
        assert_eq!(told, [(0, 6, 1), (1, 1, 1)]);
        assert!(bench.store.form_days(AccountId::from_raw(2), form, 0).await.expect("days").is_empty());
        assert!(bench.store.contact(account, known).await.is_ok());
    }
);

/// Every start compares this number, so each change that the gate judges by moves it.
const VERSION: &str = "SELECT facts_version FROM contact";

crate::both!(
    /// Proves R30 (promise 3): whatever the gate judges by moves the version that starts compare.
    r30_every_change_of_a_contact_moves_the_version_that_starts_compare,
    |bench: Bench| async move {
        let form = open(&bench, 1).await;
        let id = contact(&bench, form, "ada@mail.example").await;
        let account = id.account();
        let mut before = count(&bench, VERSION).await;
        for step in 0..4 {
            match step {
                0 => bench.store.change_tags(account, id, vec![tag(32)], vec![], "token 1", START).await.expect("given"),
                1 => bench.store.set_fields(account, id, BTreeMap::new()).await.expect("set"),
                2 => drop(bench.store.drop_tags(id, vec![tag(32)], START).await.expect("dropped")),
                _ => {
                    unsubscribe(&bench, id).await;
                    restore(&bench, id, None).await;
                }
            }
            let after = count(&bench, VERSION).await;
            assert!(after > before, "step {step}");
            before = after;
        }
    }
);

crate::both!(
    /// Proves R38 and R40: the page behind a link says what a contact carries, what a former one
    /// may have back, and whether a user stopped test mails.
    r38_r40_the_page_behind_a_link_says_what_is_known,
    |bench: Bench| async move {
        open(&bench, 1).await;
        world::found(&bench.store, 2, &world::people(["ada@a.test".to_owned()]), START.millis(), START.millis()).await;
        let contact = ContactId::new(AccountId::from_raw(2), 200_000).expect("fits");
        let user = policy::UserId::new(AccountId::from_raw(2), 77).expect("fits");
        let text = format!(
            "INSERT INTO tag (account_id, id, name, public_name, created_at) VALUES (2, 31, 'tips', 'Garden tips', 0), (2, 32, 'seeds', 'Seed offers', 0);
             INSERT INTO contact_tag (account_id, contact_id, tag_id, given_at) VALUES (2, {contact}, 31, 0);
             INSERT INTO app_user (account_id, id, name, address, address_key, language, proven_at, tests_stopped_at, facts_version, created_at)
                VALUES (2, {user}, 'Uwe', 'uwe@shop2.example', {}, 'de', 1, 5, 1, 0)",
            world::blob(&bench.store, &plain_key("uwe@shop2.example"))
        );
        script(&bench.store, &text).await.expect("a contact with a tag, and a user");
        let page = bench.store.person_page(contact, START).await.expect("a page").expect("the account");
        let PersonState::Contact { tags, statements, newest_mail_at, mail_on_its_way } = page.state else { panic!("a contact") };
        assert_eq!((tags.len(), tags[0].id, tags[0].name.as_str()), (1, TagId::from_raw(31), "Garden tips"));
        assert_eq!((statements.len(), newest_mail_at, mail_on_its_way), (1, None, false));
        bench.store.unsubscribe(contact, word(Source::Web), START).await.expect("an answer");
        let page = bench.store.person_page(contact, START).await.expect("a page").expect("the account");
        let PersonState::Former { reason, restorable_until, tags } = page.state else { panic!("a former contact") };
        assert_eq!((reason, restorable_until, tags.len()), (FormerReason::Unsubscribed, START + DAY, 1));
        assert!(bench.store.user_page(user).await.expect("a page").expect("a user").tests_stopped);
    }
);

crate::both!(
    /// Proves that the logs behind C2 and R18 are forgotten when no limit looks at them any more, and not before.
    r18_logs_of_confirmation_mails_are_forgotten_with_their_limits,
    |bench: Bench| async move {
        let at = |days: u64| (START - days.checked_mul(DAY.as_secs()).map(Duration::from_secs).expect("days")).millis();
        let blob = |name: &str| world::blob(&bench.store, &plain_key(name));
        let text = format!(
            "INSERT INTO confirmation_asked (address_key, id, account_id, at) VALUES ({0}, 1, 1, {1}), ({0}, 2, 1, {2});
             INSERT INTO confirmation_timed_out (address_key, id, at) VALUES ({0}, 1, {3}), ({0}, 2, {4})",
            blob("ada@a.test"),
            at(31),
            at(29),
            at(181),
            at(179)
        );
        script(&bench.store, &text).await.expect("logs");
        for forgotten in [2, 0] {
            let store = bench.store.clone();
            let purge = tokio::spawn(async move { store.purge_confirmation_logs(START).await });
            // Its group commits when its time is over.
            while !purge.is_finished() {
                bench.clock.advance(Duration::from_millis(1));
                tokio::task::yield_now().await;
            }
            assert_eq!(purge.await.expect("joined").expect("purged"), forgotten);
        }
    }
);

crate::both!(
    /// Proves R18: a sign-up that cannot be read keeps none of the others from being forgotten, and the
    /// chore says that there is one.
    r18_one_unreadable_signup_keeps_no_other,
    |bench: Bench| async move {
        let form = open(&bench, 1).await;
        for n in 0..3 {
            sign_up(&bench, form, &format!("p{n}@mail.example")).await;
        }
        let bad = format!("UPDATE signup SET mail_handed_over_at = 1, address_key = {} WHERE address = 'p0@mail.example'", world::blob(&bench.store, b"short"));
        script(&bench.store, &bad).await.expect("an unreadable one");
        bench.clock.advance(DAY * 4);
        assert!(matches!(bench.store.purge_expired(bench.clock.now()).await, Err(store::StoreError::Corrupt(_))));
        let left = texts(&bench.store, "SELECT address FROM signup", 1).await.expect("rows");
        assert_eq!(left, [[Some("p0@mail.example".to_owned())]]);
    }
);
