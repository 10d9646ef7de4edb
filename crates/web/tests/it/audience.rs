//! The audience of an account as its people see it: address book, one person, tags, forms, questions.

use std::time::Duration;

use policy::role::Role;
use policy::{AccountId, ContactId, TagId};
use seals::Clock as _;
use store::consents::{Source, Word};
use texts::{Language, audience as say};

use crate::browser::to;
use crate::door::{Door, FORM, run};
use crate::people::{Hand, sign_in};

const BOOK: &str = "/a/1/contacts";
const TAGS: &str = "/a/1/tags";
const FORMS: &str = "/a/1/forms";
const HOSTILE: &str = "<script>alert(1)</script>\"'&{{ 7*7 }}";

fn one() -> AccountId {
    AccountId::from_raw(1)
}

/// Text as a page holds it.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;");
    text.replace('"', "&#34;").replace('\'', "&#39;")
}

fn person(id: ContactId) -> String {
    format!("{BOOK}/{id}")
}

async fn text(hand: &Hand<'_>, path: &str) -> String {
    let answer = hand.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text()
}

async fn set(door: &Door, id: ContactId, name: &str, value: &str) {
    let fields = std::iter::once((name.to_owned(), value.to_owned())).collect();
    door.store.set_fields(one(), id, fields).await.expect("set");
}

/// A newsletter and its mail to a contact, which ended so.
async fn mailed(door: &Door, mailing: i64, contact: ContactId, state: i64, reason: &str, reply: &str) {
    let at = door.clock.now().millis();
    door.script(&format!(
        "INSERT INTO mailing (account_id, id, kind, name, state, facts_version, topic_id, topic_version, subject, preheader, format, body, language, template_version,
            cut_at, started_at, expanded_to, expanded, audience, delay_minutes, expiry_hours, created_at)
            VALUES (1, {mailing}, 1, 'Letter {mailing}', 6, 1, 8, 1, 'x', '', 'markdown', 'x', 'en', 1, {at}, {at}, 0, TRUE, 1, 0, 96, 0);
         INSERT INTO delivery (mailing_id, contact_id, account_id, state, domain, due_at, expires_at, attempt, deferrals, owner_beat, doubt, reason, reply, planned_at, settled_at)
            VALUES ({mailing}, {contact}, 1, {state}, 'mail.example', {at}, {at}, 1, 0, 0, FALSE, {reason}, '{reply}', {at}, {at})"
    ))
    .await;
}

/// The address book finds by what begins so, by tags and fields, says how many there are, and what people
/// wrote stays text.
#[test]
fn the_address_book_finds_and_counts_and_what_people_wrote_is_text() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Reader).await;
        for language in Language::ALL {
            hand.speak(language).await;
            assert!(text(&hand, BOOK).await.contains(&escaped(&say::book_none_text(language))), "why it is empty");
        }
        let ada = door.contact("ada@mail.example").await;
        let bob = door.contact("bob@post.example").await;
        set(&door, ada, "firstname", HOSTILE).await;
        for language in Language::ALL {
            hand.speak(language).await;
            let page = text(&hand, BOOK).await;
            assert!(page.contains(&say::contacts(language, "2")), "{page}");
            assert!(page.contains(&person(ada)) && page.contains(&person(bob)));
            assert!(page.contains(&escaped(HOSTILE)) && !page.contains("<script>alert"), "{page}");
            let found = text(&hand, &format!("{BOOK}?q=%40post")).await;
            assert!(found.contains(&say::contacts_one(language)) && !found.contains(&person(ada)), "{found}");
            let nobody = text(&hand, &format!("{BOOK}?q=zzz&with=31&field=firstname&value=x")).await;
            assert!(nobody.contains(&say::found_nobody(language)) && nobody.contains("value=\"zzz\""), "{nobody}");
        }
        door.store
            .change_tags(one(), bob, vec![], vec![TagId::from_raw(32)], "test", door.clock.now())
            .await
            .expect("taken");
        let with = text(&hand, &format!("{BOOK}?with=32")).await;
        assert!(with.contains(&person(ada)) && !with.contains(&person(bob)), "{with}");
        let without = text(&hand, &format!("{BOOK}?without=32")).await;
        assert!(without.contains(&person(bob)) && !without.contains(&person(ada)), "{without}");
        let field = format!("{BOOK}?field=firstname&value=nobody");
        assert!(!text(&hand, &field).await.contains(&person(ada)));
        // A tag that is none of the account's finds nobody, and says so; strange values do no harm.
        for strange in [
            "with=999",
            "with=x",
            "after=1&from=%00",
            "q=%25%5F%27%3B--",
            "after=-1",
            "field=nothing&value=x",
            "q=%F4%8F%BF%BF",
        ] {
            let answer = hand.get(&format!("{BOOK}?{strange}")).await;
            assert_eq!(answer.status, 200, "{strange}");
        }
        assert!(!text(&hand, &format!("{BOOK}?with=999")).await.contains(&person(ada)));
    });
}

/// A long list goes on by key, and keeps the search.
#[test]
fn the_address_book_goes_on_by_key_and_keeps_the_search() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Reader).await;
        for n in 0..53 {
            door.contact(&format!("p{n}@mail.example")).await;
        }
        for start in [BOOK.to_owned(), format!("{BOOK}?q=p"), format!("{BOOK}?with=31&with=32")] {
            let first = text(&hand, &start).await;
            let of_page = |page: &str| page.matches(&format!("href=\"{BOOK}/2")).count();
            assert_eq!(of_page(&first), 50, "{start}");
            assert!(first.contains(&say::contacts(Language::En, "53")), "{start}");
            let next = first.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
            let next = next.expect("a next page").replace("&#38;", "&");
            let second = text(&hand, &next).await;
            assert_eq!(of_page(&second), 3, "{next}");
            assert!(!second.contains("rel=\"next\""), "the end");
        }
    });
}

/// Proves promise 7 on the page of a contact: sign-up, confirmation, tags with their hand, each mail with
/// its outcome or refusal in a sentence, and why there is none.
#[test]
fn the_page_of_a_contact_answers_why_a_mail_came_or_not() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Editor).await;
        let ada = door.contact("ada@mail.example").await;
        mailed(&door, 2001, ada, 10, "NULL", "250 2.0.0 queued as X").await;
        mailed(&door, 2002, ada, 11, "'hard'", "550 5.1.1 <b>nobody</b>").await;
        mailed(&door, 2003, ada, 13, "'tag_missing'", "").await;
        door.clock.forward(Duration::from_secs(60));
        let late = door.contact("eve@mail.example").await;
        for language in Language::ALL {
            hand.speak(language).await;
            let page = text(&hand, &person(ada)).await;
            let refused = texts::refusals::customer(language, "tag_missing", None).expect("a sentence");
            for wanted in [
                say::signed_up(language, "www.shop.example"),
                texts::desk::event_confirmed(language),
                say::tag_given(language, "tips"),
                say::hand_form(language),
                texts::mailings::reason_hard(language),
                refused,
                say::state_active(language),
            ] {
                assert!(page.contains(&escaped(&wanted)), "{wanted}: {page}");
            }
            assert!(
                page.contains("250 2.0.0 queued as X") && page.contains("550 5.1.1 &#60;b&#62;nobody"),
                "verbatim, as text"
            );
            let asked = text(&hand, &format!("{}?mailing=2003", person(ada))).await;
            assert!(
                asked
                    .matches(&escaped(&texts::refusals::customer(language, "tag_missing", None).expect("a sentence")))
                    .count()
                    >= 2,
                "{asked}"
            );
            let never = text(&hand, &format!("{}?mailing=2001", person(late))).await;
            assert!(never.contains(&escaped(&say::absent_came_later(language))), "{never}");
            for strange in ["mailing=99", "mailing=x", "at=x&after=1", "at=1&after=1"] {
                assert_eq!(hand.get(&format!("{}?{strange}", person(ada))).await.status, 200, "{strange}");
            }
        }
        let give = format!("{}/tags", person(ada));
        let take = format!("{}/tags/31/take", person(ada));
        assert_eq!(to(&hand.post(&take, &[]).await), format!("{}?said=saved", person(ada)));
        assert_eq!(hand.post(&give, &[("tag", "999")]).await.status, 422);
        assert_eq!(hand.post(&give, &[]).await.status, 422);
        assert_eq!(hand.post(&give, &[("tag", "31")]).await.status, 303);
        assert_eq!(hand.post(&format!("{}/tags/999/take", person(ada)), &[]).await.status, 404);
        hand.speak(Language::En).await;
        let page = text(&hand, &person(ada)).await;
        assert!(
            page.contains(&say::tag_taken(Language::En, "tips"))
                && page.contains(&say::hand_actor(Language::En, "Ida")),
            "{page}"
        );
        assert_eq!(door.store.contact(one(), ada).await.expect("a contact").tags.len(), 2);
    });
}

/// Proves R82 for the pages: no act on a contact gives a consent.
#[test]
fn r82_nothing_that_is_done_to_a_contact_gives_a_topic() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Owner).await;
        let ada = door.contact("ada@mail.example").await;
        let before = door.store.contact(one(), ada).await.expect("a contact").consents;
        let fields = format!("{}/fields", person(ada));
        assert_eq!(hand.post(&format!("{}/tags/31/take", person(ada)), &[("topic", "8")]).await.status, 303);
        assert_eq!(
            hand.post(&format!("{}/tags", person(ada)), &[("tag", "31"), ("topic", "9"), ("topic_version", "2")])
                .await
                .status,
            303
        );
        assert_eq!(
            hand.post(&fields, &[("f_topic", "9"), ("new_name", "consent"), ("new_value", "yes")]).await.status,
            303
        );
        assert_eq!(door.store.contact(one(), ada).await.expect("a contact").consents, before);
        assert_eq!(door.count("SELECT COUNT(*) FROM consent").await, 1);
    });
}

/// Fields: an empty one goes, a new one comes, what does not fit comes back as it was typed.
#[test]
fn fields_are_edited_and_what_does_not_fit_comes_back() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Editor).await;
        let ada = door.contact("ada@mail.example").await;
        let path = format!("{}/fields", person(ada));
        let good = [("f_firstname", " Ada "), ("new_name", "city"), ("new_value", HOSTILE)];
        assert_eq!(hand.post(&path, &good).await.status, 303);
        let fields = door.store.contact(one(), ada).await.expect("a contact").fields;
        assert_eq!((fields["firstname"].as_str(), fields["city"].as_str()), ("Ada", HOSTILE));
        let page = text(&hand, &person(ada)).await;
        assert!(page.contains(&format!("value=\"{}\"", escaped(HOSTILE))), "{page}");
        let long = "x".repeat(201);
        for bad in [
            [("f_firstname", long.as_str()), ("new_name", ""), ("new_value", "")],
            [("f_firstname", "typed"), ("new_name", "Bad Name"), ("new_value", "kept")],
            [("f_firstname", "typed"), ("new_name", ""), ("new_value", "kept")],
            [("f_firstname", "a\r\nb"), ("new_name", "x"), ("new_value", "")],
            [("f_firstname", "typed"), ("new_name", "firstname"), ("new_value", "kept")],
        ] {
            let answer = hand.post(&path, &bad).await;
            assert_eq!(answer.status, 422, "{bad:?}");
            assert!(answer.text().contains("role=\"alert\""));
            for value in bad.iter().map(|(_, value)| *value).filter(|value| !value.contains('\n')) {
                assert!(answer.text().contains(&format!("value=\"{value}\"")), "{value} is kept");
            }
        }
        assert_eq!(hand.post(&path, &[("f_firstname", ""), ("f_city", "Bonn")]).await.status, 303);
        let fields = door.store.contact(one(), ada).await.expect("a contact").fields;
        assert_eq!(fields.into_iter().collect::<Vec<_>>(), [("city".to_owned(), "Bonn".to_owned())]);
    });
}

/// Proves R42 and D11 for the pages: the customer unsubscribes and erases; what stays is said before; a
/// former contact is named nowhere but in the proof, and after an erasure nowhere at all.
#[test]
fn r42_l7_who_left_is_named_in_the_proof_alone_and_who_is_erased_nowhere() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Editor).await;
        let ada = door.contact("ada.secret@mail.example").await;
        let eve = door.contact("eve@mail.example").await;
        set(&door, ada, "firstname", "Adalbert").await;
        let erase = text(&hand, &person(ada)).await;
        assert!(erase.contains(&escaped(&say::erase_stays(Language::En))), "what stays is said: {erase}");
        let left = hand.post(&format!("{}/unsubscribe", person(ada)), &[]).await;
        assert_eq!(to(&left), format!("{}?said=unsubscribed", person(ada)));
        assert!(!door.is_contact(ada).await);
        for path in [person(ada), format!("{BOOK}/former"), BOOK.to_owned(), format!("{BOOK}?q=ada")] {
            let page = text(&hand, &path).await;
            assert!(!page.contains("ada.secret") && !page.contains("Adalbert"), "{path}: {page}");
        }
        let former = text(&hand, &format!("{BOOK}/former")).await;
        assert!(former.contains(&person(ada)) && former.contains(&say::left_unsubscribed(Language::En)), "{former}");
        assert!(!text(&hand, &format!("{BOOK}/former?reason=complained")).await.contains(&person(ada)));
        let page = text(&hand, &person(ada)).await;
        assert!(page.contains(&texts::desk::door_account(Language::En)), "by whose word: {page}");
        assert!(!page.contains("/unsubscribe\"") && !page.contains("/fields\""), "nothing brings him back: {page}");
        let proof = text(&hand, &format!("{}/proof", person(ada))).await;
        assert!(
            proof.contains("ada.secret@mail.example") && proof.contains("We keep your address until you unsubscribe."),
            "{proof}"
        );
        // Whoever knows the address finds the person; the address stands in no address bar.
        let find = format!("{BOOK}/former");
        assert_eq!(to(&hand.post(&find, &[("address", "Ada.Secret@mail.example")]).await), person(ada));
        assert_eq!(to(&hand.post(&find, &[("address", "eve@mail.example")]).await), person(eve));
        let unknown = hand.post(&find, &[("address", "who@mail.example")]).await;
        assert!(unknown.status == 422 && unknown.text().contains(&say::former_unknown(Language::En)));
        assert_eq!(hand.post(&find, &[("address", "no address")]).await.status, 422);
        for contact in [ada, eve] {
            assert_eq!(
                to(&hand.post(&format!("{}/erase", person(contact)), &[]).await),
                format!("{}?said=erased", person(contact))
            );
            let proof = text(&hand, &format!("{}/proof", person(contact))).await;
            assert!(!proof.contains("ada.secret") && !proof.contains("eve@"), "{proof}");
            let page = text(&hand, &person(contact)).await;
            assert!(page.contains(&say::left_erased(Language::En)) && !page.contains("/erase\""), "{page}");
        }
        assert_eq!(
            to(&hand.post(&find, &[("address", "ada.secret@mail.example")]).await),
            person(ada),
            "the key stays"
        );
        for (act, number) in [("unsubscribe", 12_345_i64), ("erase", 12_345), ("fields", 12_345)] {
            assert_eq!(hand.post(&format!("{BOOK}/{number}/{act}"), &[]).await.status, 404, "{act}");
        }
    });
}

/// Proves R13 and L1 for customers: the proof has every fact, says whether it is whole, and can be checked.
#[test]
fn r13_l1_the_proof_of_a_consent_can_be_printed_by_its_customer() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Editor).await;
        let ada = door.contact("ada@mail.example").await;
        door.store.seal_consents(door.clock.now()).await.expect("sealed");
        for language in Language::ALL {
            hand.speak(language).await;
            let proof = text(&hand, &format!("{}/proof", person(ada))).await;
            for wanted in [
                "ada@mail.example".to_owned(),
                "127.0.0.1".to_owned(),
                escaped("Tips for growing <b>vegetables</b> in small gardens"),
                texts::desk::intact(language),
                texts::desk::sealed(language, "1"),
                texts::desk::form_version(language, &FORM.to_string(), "1"),
                "digest lies under the root: yes".to_owned(),
            ] {
                assert!(proof.contains(&wanted), "{wanted}: {proof}");
            }
        }
        door.script("UPDATE consent_evidence SET evidence = REPLACE(evidence, 'ada@', 'eve@')").await;
        let proof = text(&hand, &format!("{}/proof", person(ada))).await;
        assert!(
            proof.contains(&texts::desk::not_intact(Language::En))
                || proof.contains(&texts::desk::not_intact(Language::De)),
            "{proof}"
        );
        let reader = sign_in(&door, Role::Reader).await;
        assert_eq!(reader.get(&format!("{}/proof", person(ada))).await.status, 403);
    });
}

/// Tags are made, renamed and removed; what a removal does is said before, and what forbids it.
#[test]
fn tags_are_made_renamed_and_removed_and_what_follows_is_said_before() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Editor).await;
        door.contact("ada@mail.example").await;
        assert_eq!(
            to(&hand.post(TAGS, &[("name", "winter"), ("public_name", HOSTILE)]).await),
            format!("{TAGS}?said=added")
        );
        let page = text(&hand, TAGS).await;
        assert!(page.contains(&escaped(HOSTILE)) && !page.contains("<script>alert"), "{page}");
        assert!(page.contains(&format!("{BOOK}?with=31")), "to those who carry it: {page}");
        let twice = hand.post(TAGS, &[("name", "winter"), ("public_name", "typed")]).await;
        assert!(
            twice.status == 422 && twice.text().contains("value=\"typed\"") && twice.text().contains("id=\"e-name\""),
            "{}",
            twice.text()
        );
        assert_eq!(hand.post(TAGS, &[("name", "")]).await.status, 422);
        assert_eq!(hand.post(&format!("{TAGS}/31"), &[("name", "winter")]).await.status, 422);
        assert_eq!(hand.post(&format!("{TAGS}/31"), &[("name", "advice")]).await.status, 303);
        door.script("INSERT INTO mailing (account_id, id, kind, name, state, facts_version, topic_id, topic_version, subject, preheader, format, body, language, template_version,
                expanded_to, expanded, audience, trigger_tag, delay_minutes, expiry_hours, created_at)
                VALUES (1, 2001, 2, 'Welcome series', 2, 1, 8, 1, 'x', '', 'markdown', 'x', 'en', 1, 0, FALSE, 0, 31, 0, 96, 0);
            INSERT INTO mailing_tag (account_id, mailing_id, tag_id, exclude) VALUES (1, 2001, 31, FALSE)").await;
        for language in Language::ALL {
            hand.speak(language).await;
            let used = text(&hand, &format!("{TAGS}/31")).await;
            assert!(used.contains("/a/1/autoresponders/2001") && used.contains("Welcome series"), "{used}");
            assert!(used.contains(&escaped(&say::tag_remove_not(language))) && !used.contains("/remove\""), "{used}");
            let free = text(&hand, &format!("{TAGS}/32")).await;
            assert!(
                free.contains(&escaped(&say::remove_forms(language, "1"))) && free.contains(&format!("{FORMS}/{FORM}")),
                "{free}"
            );
        }
        let refused = hand.post(&format!("{TAGS}/31/remove"), &[]).await;
        assert!(refused.status == 422 && refused.text().contains("id=\"problems\""), "{}", refused.text());
        assert_eq!(to(&hand.post(&format!("{TAGS}/32/remove"), &[]).await), format!("{TAGS}?said=removed"));
        assert_eq!(hand.get(&format!("{TAGS}/32")).await.status, 404);
        assert_eq!(hand.post(&format!("{TAGS}/32/remove"), &[]).await.status, 404);
        let form = door.store.form(one(), policy::FormId::from_raw(FORM)).await.expect("the form");
        assert_eq!((form.version, form.content.tags), (2, vec![TagId::from_raw(31)]));
        assert_eq!(door.count("SELECT COUNT(*) FROM audit WHERE action = 'tag_removed'").await, 1);
    });
}

/// Proves R12, R82 and R67 for the pages: a form says why it takes no sign-ups, with the page that mends it.
#[test]
fn r12_r67_r82_a_form_says_why_it_takes_no_sign_ups() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Editor).await;
        let here = format!("{FORMS}/{FORM}");
        for language in Language::ALL {
            hand.speak(language).await;
            let page = text(&hand, &here).await;
            assert!(
                page.contains(&say::form_state_open(language))
                    && !page.contains(&escaped(&say::form_takes_none(language))),
                "{page}"
            );
        }
        door.script("UPDATE website SET proven_at = NULL; UPDATE topic SET state = 2; UPDATE account SET legal_version = 0; UPDATE sender SET proven_at = NULL").await;
        for language in Language::ALL {
            hand.speak(language).await;
            let page = text(&hand, &here).await;
            for (wanted, mends) in [
                (say::form_site(language, "www.shop.example"), "websites"),
                (say::form_topic(language), "topics"),
                (say::form_legal(language), "legal-notice"),
                (say::form_sender(language), "senders"),
            ] {
                assert!(
                    page.contains(&escaped(&wanted)) && page.contains(&format!("href=\"/a/1/{mends}\"")),
                    "{wanted}: {page}"
                );
            }
            let list = text(&hand, FORMS).await;
            assert!(list.contains(&escaped(&say::form_state_waiting(language))), "{list}");
        }
        assert_eq!(hand.post(&format!("{here}/close"), &[]).await.status, 303);
        hand.speak(Language::En).await;
        assert!(text(&hand, &here).await.contains(&say::form_closed(Language::En)));
        door.script(&format!("INSERT INTO abuse_case (id, account_id, kind, state, opened_at, first_look_due, decision_due, cluster, form_id, summary) VALUES (77, 1, 'list_bombing', 'open', 0, 0, 0, 'x', {FORM}, 'x')")).await;
        let stopped = text(&hand, &here).await;
        assert!(stopped.contains(&say::form_stopped(Language::En)) && !stopped.contains("/open\""), "{stopped}");
        let refused = hand.post(&format!("{here}/open"), &[]).await;
        assert!(refused.status == 422 && refused.text().contains("role=\"alert\""), "{}", refused.text());
        door.script("UPDATE abuse_case SET state = 'decided'").await;
        assert_eq!(hand.post(&format!("{here}/open"), &[]).await.status, 303);
    });
}

/// A form is made and edited; a changed text is a new version; what is typed is shown as recipients see
/// it, in a frame that runs and sends nothing.
#[test]
fn r12_a_form_is_made_and_edited_and_shown_as_recipients_see_it() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Editor).await;
        let new = format!("{FORMS}/new");
        assert!(text(&hand, &new).await.contains("www.shop.example"));
        let fields = [
            ("topic", "8"),
            ("name", HOSTILE),
            ("language", "en"),
            ("fields", "firstname\r\ncity"),
            ("tags", "31"),
            ("consent_text", HOSTILE),
            ("privacy_notice", "Our notice."),
        ];
        let mut bad = fields;
        bad[3].1 = "Bad Name";
        let refused = hand.post(&new, &bad).await;
        assert!(
            refused.status == 422 && refused.text().contains("Bad Name") && refused.text().contains("id=\"e-fields\""),
            "{}",
            refused.text()
        );
        for (at, value) in [(0, "999"), (4, "999"), (2, "fr"), (1, "")] {
            let mut bad = fields;
            bad[at].1 = value;
            assert_eq!(hand.post(&new, &bad).await.status, 422, "{bad:?}");
        }
        let made = to(&hand.post(&new, &fields).await);
        let here = made.split('?').next().expect("a path").to_owned();
        let page = text(&hand, &here).await;
        assert!(page.contains("sandbox=\"\"") && page.contains(&format!("src=\"{here}/preview\"")), "{page}");
        assert!(!page.contains("<script>alert"), "{page}");
        let embed = escaped("<form method=\"post\" action=\"https://n.example/f/");
        assert!(page.contains(&embed), "the code to embed, as text: {page}");
        for frame in [
            hand.get(&format!("{here}/preview")).await,
            hand.post(&format!("{here}/preview"), &fields[1..]).await,
            hand.post(&format!("{FORMS}/preview"), &fields).await,
        ] {
            assert_eq!(frame.status, 200);
            let policy = frame.header("content-security-policy").expect("a policy").to_owned();
            for wanted in ["default-src 'none'", "form-action 'none'", "frame-ancestors 'self'", "sandbox"] {
                assert!(policy.contains(wanted), "{policy}");
            }
            assert_eq!(frame.header("x-frame-options"), Some("SAMEORIGIN"));
            let frame = frame.text();
            assert!(
                frame.contains(&escaped(HOSTILE)) && frame.contains("Our notice.") && frame.contains("name=\"f_city\""),
                "{frame}"
            );
        }
        let typed = [
            ("name", "x"),
            ("language", "de"),
            ("fields", "oops!\nphone"),
            ("consent_text", ""),
            ("privacy_notice", ""),
        ];
        let frame = hand.post(&format!("{here}/preview"), &typed).await.text();
        assert!(
            frame.contains("lang=\"de\"") && frame.contains("name=\"f_phone\"") && !frame.contains("oops"),
            "{frame}"
        );
        let edit = format!("{here}/edit");
        let version = async || {
            let id = here.rsplit('/').next().expect("a number").parse().expect("a number");
            door.store.form(one(), id).await.expect("the form").version
        };
        assert_eq!(hand.post(&edit, &fields[1..]).await.status, 303);
        assert_eq!(version().await, 1, "nothing changed");
        let mut changed = fields;
        changed[6].1 = "Another notice.";
        assert_eq!(hand.post(&edit, &changed[1..]).await.status, 303);
        assert_eq!(version().await, 2);
        assert_eq!(door.count("SELECT COUNT(*) FROM form_count").await, 0, "looking counts nothing");
    });
}

/// The figures of a form are what was submitted and confirmed.
#[test]
fn a_forms_figures_are_what_was_submitted_and_confirmed() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Reader).await;
        door.contact("ada@mail.example").await;
        door.pending("eve@mail.example").await;
        for language in Language::ALL {
            hand.speak(language).await;
            let page = text(&hand, &format!("{FORMS}/{FORM}")).await;
            assert!(page.contains("<b>2</b>") && page.contains("<b>1</b>"), "{page}");
            assert!(page.contains(&texts::percent(language, 5_000)), "{page}");
            assert!(page.contains(&escaped(&say::form_chart_says(language, "2", "1"))), "{page}");
            let list = text(&hand, FORMS).await;
            assert!(list.contains("<td class=\"number\">2</td><td class=\"number\">1</td>"), "{list}");
        }
    });
}

/// Proves R93 for customers: a question reaches the desk with the words and whom to answer, and nothing
/// else happens; it is asked again where nothing was typed.
#[test]
fn r93_a_customer_asks_the_operator_and_the_desk_reads_whom_to_answer() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Reader).await;
        let ask = "/a/1/ask";
        let mails = door.count("SELECT COUNT(*) FROM notice").await;
        for language in Language::ALL {
            hand.speak(language).await;
            let page = text(&hand, ask).await;
            assert!(page.contains("Mail Example") && page.contains("@team.example"), "{page}");
            assert_eq!(hand.post(ask, &[("words", " ")]).await.status, 422);
        }
        hand.speak(Language::En).await;
        let words = format!("May I write to my club?\n{HOSTILE}");
        for _ in 0..2 {
            assert_eq!(to(&hand.post(ask, &[("words", &words)]).await), format!("{ask}?said=asked"));
        }
        let case = door.count("SELECT id FROM abuse_case").await;
        assert_eq!(door.count("SELECT COUNT(*) FROM abuse_case").await, 1, "sent twice, it is one");
        let page = text(&hand, ask).await;
        assert!(page.contains("May I write to my club?") && page.contains(&say::ask_open(Language::En)), "{page}");
        let desk = door.operator().await.get(&format!("/desk/cases/{case}")).await.text();
        for wanted in ["Gartenfreunde", "May I write to my club?", "@team.example", &escaped(HOSTILE)] {
            assert!(desk.contains(wanted), "{wanted}: {desk}");
        }
        for n in 1..10 {
            assert_eq!(hand.post(ask, &[("words", &format!("question {n}"))]).await.status, 303, "{n}");
        }
        let flood = hand.post(ask, &[("words", "one more")]).await;
        assert!(flood.status == 422 && flood.text().contains("one more"), "what was typed is kept");
        assert_eq!(
            door.count("SELECT COUNT(*) FROM notice").await,
            mails,
            "nothing was sent: no operator's address is set"
        );
    });
}

/// A link of an old sign-up leads to the contact whose it became.
#[test]
fn a_number_that_a_sign_up_left_leads_to_the_contact() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Reader).await;
        let ada = door.contact("ada@mail.example").await;
        let old = ContactId::new(one(), 77).expect("fits");
        door.script(&format!("INSERT INTO contact_alias (account_id, id, contact_id) VALUES (1, {old}, {ada})")).await;
        assert_eq!(to(&hand.get(&person(old)).await), person(ada));
        let word = Word { source: Source::Web, ip: None, salt: [1; 16] };
        door.store.unsubscribe(ada, word, door.clock.now()).await.expect("left");
        assert_eq!(to(&hand.get(&person(old)).await), person(ada));
    });
}
