//! The legal notice in pages.

use policy::legal_notice::Review;
use policy::role::Role;
use texts::{Language, invalid, mail, setup as say};

use super::{again, beside, hides, one, page, shows, typed};
use crate::browser::to;
use crate::door::{Door, START, run};
use crate::people::sign_in;

const PATH: &str = "/a/1/legal-notice";

/// A notice that may stand in mails.
const GOOD: &[(&str, &str)] = &[
    ("legal_person", "yes"),
    ("name", "Garten & Freunde GmbH"),
    ("legal_form", "GmbH"),
    ("representative", "Geschäftsführerin Ada Beispiel"),
    ("street", "Musterweg 12"),
    ("postal_code", "12345"),
    ("city", "Musterstadt"),
    ("country", "Deutschland"),
    ("email", "garten@shop.example"),
    ("phone", "+49 30 1234567"),
    ("register", "Amtsgericht Musterstadt"),
    ("register_number", "HRB 12345"),
    ("vat_id", "DE123456789"),
];

fn with<'f>(change: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let kept = GOOD.iter().filter(|(name, _)| !change.iter().any(|(changed, _)| changed == name));
    kept.copied().chain(change.iter().copied()).collect()
}

/// Proves R45 and L4: what a notice lacks is said beside its field, in words that help, with everything that
/// was typed kept; and nothing of it is saved.
#[test]
fn r45_l4_what_is_missing_is_said_beside_its_field() {
    run(async {
        let door = Door::open().await;
        let owner = sign_in(&door, Role::Owner).await;
        for language in [Language::De, Language::En] {
            owner.speak(language).await;
            let company = [("legal_form", ""), ("representative", ""), ("phone", ""), ("register_number", "")];
            let sent = with(&[&company[..], &[("street", "Postfach 12 34")]].concat());
            let answer = again(&owner.post(PATH, &sent).await);
            assert_eq!(beside(&answer, "street"), invalid::legal_post_office_box(language));
            assert_eq!(beside(&answer, "legal_form"), invalid::legal_missing_form(language));
            assert_eq!(beside(&answer, "representative"), invalid::legal_missing_representative(language));
            assert_eq!(beside(&answer, "phone"), invalid::legal_missing_contact(language));
            assert_eq!(beside(&answer, "register_number"), invalid::legal_missing_register_number(language));
            assert_eq!(typed(&answer, "street"), "Postfach 12 34");
            assert_eq!(typed(&answer, "vat_id"), "DE123456789");
            let natural = again(&owner.post(PATH, &with(&[("legal_person", "no"), ("register", "")])).await);
            assert_eq!(beside(&natural, "name"), invalid::legal_names_legal_person(language));
            assert_eq!(beside(&natural, "register"), invalid::legal_missing_register(language));
            let nothing = again(&owner.post(PATH, &[]).await);
            assert_eq!(beside(&nothing, "street"), invalid::legal_missing_street(language));
            shows(&nothing, &texts::ui::field_required(language));
        }
        assert_eq!(door.count("SELECT COUNT(*) FROM legal_notice").await, 1, "nothing was saved");
    });
}

/// Proves R46 and R47: what the page shows is what stands in mails, before it is saved and after, in both
/// languages; looking saves nothing.
#[test]
fn r46_r47_it_is_shown_as_it_will_stand_in_mails() {
    run(async {
        let door = Door::open().await;
        let owner = sign_in(&door, Role::Owner).await;
        let looked = page(&owner.post(PATH, &with(&[("then", "preview")])).await);
        shows(&looked, &say::legal_draft(Language::En));
        for language in [Language::De, Language::En] {
            shows(&looked, &mail::legal_heading(language));
            shows(&looked, &format!("{} Geschäftsführerin Ada Beispiel", mail::legal_represented_by(language)));
        }
        shows(&looked, "Musterweg 12, 12345 Musterstadt, Deutschland");
        assert_eq!(door.count("SELECT COUNT(*) FROM legal_notice").await, 1, "looking saves nothing");
        let saved = owner.post(PATH, GOOD).await;
        assert_eq!(to(&saved), format!("{PATH}?said=saved"));
        let notice = door.store.legal_notice(one()).await.expect("asked").expect("a notice");
        let after = page(&owner.get(PATH).await);
        for line in notice.notice.lines(Language::De) {
            shows(&after, &line);
        }
        hides(&after, &say::legal_draft(Language::En));
        assert_eq!(owner.post(PATH, GOOD).await.status, 303, "the same once more");
        owner.post(PATH, &with(&[("street", "Neuer Weg 1")])).await;
        assert_eq!(door.count("SELECT COUNT(*) FROM legal_notice").await, 3, "the same makes no version");
        let versions = page(&owner.get(&format!("{PATH}/versions")).await);
        for number in ["1", "2", "3"] {
            shows(&versions, &say::version(Language::En, number));
        }
        assert!(versions.contains("<ins") && versions.contains("Neuer Weg 1") && versions.contains("<del"));
    });
}

/// Proves R48: the page says where the review stands, at how many contacts one opens, what the operator
/// wrote, and that an edit opens it again.
#[test]
fn r48_the_page_says_where_the_review_stands() {
    run(async {
        let door = Door::open().await;
        let owner = sign_in(&door, Role::Owner).await;
        door.store.set_legal_review_at(2).await.expect("set");
        door.contact("ada@mail.example").await;
        let first = page(&owner.get(PATH).await);
        shows(&first, &say::legal_not_needed_text(Language::En, "2", "1"));
        hides(&first, &say::legal_consequence(Language::En, "2"));
        door.contact("bob@mail.example").await;
        let open = page(&owner.get(PATH).await);
        shows(&open, &say::legal_open(Language::En));
        let decide = async |version, approve, reason| {
            door.store.decide_legal_notice(one(), version, approve, "Olga", reason, START).await.expect("decided")
        };
        assert_eq!(decide(1, true, "fine").await, Review::Approved);
        let approved = page(&owner.get(PATH).await);
        shows(&approved, &say::legal_approved(Language::En));
        shows(&approved, &say::legal_consequence(Language::En, "2"));
        owner.post(PATH, GOOD).await;
        shows(&page(&owner.get(PATH).await), &say::legal_open(Language::En));
        assert_eq!(decide(2, false, "No such <street>").await, Review::Refused);
        owner.speak(Language::De).await;
        let refused = page(&owner.get(PATH).await);
        shows(&refused, &say::legal_refused(Language::De));
        shows(&refused, "No such <street>");
        assert!(!refused.contains("<street>"));
    });
}

/// A version that today's rules refuse is no reason for a page that fails: the form shows what was filled
/// in, and a better one can be saved.
#[test]
fn a_notice_that_rules_refuse_today_can_be_mended() {
    run(async {
        let door = Door::open().await;
        let owner = sign_in(&door, Role::Owner).await;
        door.script("UPDATE legal_notice SET notice = '{\"name\":\"Garten\",\"street\":\"Postfach 1\"}'").await;
        let shown = page(&owner.get(PATH).await);
        assert_eq!(typed(&shown, "street"), "Postfach 1");
        shows(&page(&owner.get(&format!("{PATH}/versions")).await), "Postfach 1");
        assert_eq!(owner.post(PATH, GOOD).await.status, 303);
    });
}

#[test]
fn readers_look_and_an_account_without_notice_is_told_what_to_do() {
    run(async {
        let door = Door::open().await;
        let reader = sign_in(&door, Role::Reader).await;
        let shown = page(&reader.get(PATH).await);
        shows(&shown, &say::only_owners(Language::En));
        assert!(!shown.contains("name=\"street\""));
        shows(&shown, "Musterweg 1, 12345 Musterstadt, Deutschland");
        door.script("UPDATE account SET legal_version = 0; DELETE FROM legal_notice").await;
        shows(&page(&reader.get(PATH).await), &say::legal_none_text(Language::En));
        shows(&page(&reader.get(&format!("{PATH}/versions")).await), &say::legal_no_versions(Language::En));
    });
}

/// FACE 1.2(1): the legal notice is two clicks away from every page of the account at most.
#[test]
fn the_legal_notice_is_one_click_away_from_every_page_of_the_account() {
    run(async {
        let door = Door::open().await;
        let owner = sign_in(&door, Role::Owner).await;
        for path in ["/a/1/team", "/a/1/newsletters", "/a/1/senders", "/a/1/topics/8"] {
            assert!(page(&owner.get(path).await).contains("href=\"/a/1/legal-notice\""), "{path}");
        }
    });
}
