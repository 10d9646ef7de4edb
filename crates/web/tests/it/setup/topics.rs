//! Topics in pages.

use policy::role::Role;
use policy::topic::TopicState;
use policy::{TopicId, TopicRef};
use texts::{Language, invalid, setup as say};

use super::{again, beside, one, page, shows};
use crate::browser::to;
use crate::door::{Door, START, run};
use crate::people::sign_in;

const EN: Language = Language::En;
const NEW: &str = "/a/1/topics/new";
const GARDEN: &str = "/a/1/topics/8";

fn area(page: &str) -> String {
    let inside = page.split("name=\"statement\"").nth(1).and_then(|rest| rest.split_once('>')).expect("a text").1;
    inside.split("</textarea>").next().expect("an end").trim_start_matches('\n').to_owned()
}

/// Proves R82: a statement that says nothing, or too little, or leads elsewhere is refused beside its field
/// with an example; a good one waits for the operator.
#[test]
fn r82_a_topic_is_a_statement_that_names_its_subject() {
    run(async {
        let door = Door::open().await;
        let owner = sign_in(&door, Role::Owner).await;
        let long = "Growing vegetables ".repeat(20);
        for language in [Language::De, EN] {
            owner.speak(language).await;
            for (text, problem) in [
                ("News and offers of our shop", invalid::statement_generic(language)),
                ("Tomatoes", invalid::statement_too_short(language, "20")),
                (long.as_str(), invalid::statement_too_long(language, "300")),
                ("Growing tomatoes, see www.shop.example", invalid::statement_holds_link(language)),
                ("", texts::ui::field_required(language)),
            ] {
                let refused = again(&owner.post(NEW, &[("website", "7"), ("statement", text)]).await);
                assert_eq!(beside(&refused, "statement"), problem, "{text}");
                assert_eq!(area(&refused), text.trim_end(), "what was typed is kept");
                shows(&refused, &say::topic_bad_one(language));
            }
            let text = "Growing tomatoes in small gardens";
            let foreign = again(&owner.post(NEW, &[("website", "4711"), ("statement", text)]).await);
            assert_eq!(beside(&foreign, "website"), texts::ui::field_bad_choice(language));
        }
        assert_eq!(door.count("SELECT COUNT(*) FROM topic").await, 1);
        let path =
            to(&owner.post(NEW, &[("website", "7"), ("statement", "Growing tomatoes\r\nin small <gardens>")]).await);
        let waits = page(&owner.get(&path).await);
        shows(&waits, "Growing tomatoes in small <gardens>");
        shows(&waits, &say::topic_pending_text(EN));
        shows(&page(&owner.get("/a/1/topics").await), &say::topic_pending(EN));
        assert_eq!(door.store.topics_waiting(10).await.expect("waiting").len(), 1, "the operator sees it");
    });
}

/// Proves R82: a change is a new version, and the page says before and after that nobody who agreed moves
/// over; a refusal stands there with the operator's reason.
#[test]
fn r82_a_change_is_a_new_version_and_carries_no_consent() {
    run(async {
        let door = Door::open().await;
        let owner = sign_in(&door, Role::Owner).await;
        for address in ["ada@mail.example", "bob@mail.example"] {
            door.contact(address).await;
        }
        let before = page(&owner.get(GARDEN).await);
        shows(&before, &say::topic_change_people(EN, "1", "2"));
        shows(&before, &say::topic_never_carried(EN));
        let same = "Tips for growing <b>vegetables</b> in small gardens";
        let unchanged = again(&owner.post(GARDEN, &[("statement", same)]).await);
        assert_eq!(beside(&unchanged, "statement"), say::topic_unchanged(EN));
        let changed = "Tips for growing vegetables on balconies";
        assert_eq!(to(&owner.post(GARDEN, &[("statement", changed)]).await), format!("{GARDEN}?said=saved"));
        let list = page(&owner.get("/a/1/topics").await);
        shows(&list, &say::topic_meanwhile(EN, "1"));
        let second = "Tips for growing vegetables on a balcony";
        owner.post(GARDEN, &[("statement", second)]).await;
        let topic = |version| TopicRef { topic: TopicId::from_raw(8), version };
        let reason = "Balconies are <not> on the site";
        door.store.decide_topic(one(), topic(3), false, "Olga", reason, START).await.expect("decided");
        let refused = page(&owner.get(GARDEN).await);
        shows(&refused, &say::topic_refused_text(EN));
        shows(&refused, reason);
        assert!(!refused.contains("<not>"));
        shows(&refused, &say::topic_replaced_text(EN));
        shows(&refused, &say::topic_change_people(EN, "1", "2"));
        owner.post(GARDEN, &[("statement", changed)]).await;
        door.store.decide_topic(one(), topic(4), true, "Olga", "clear", START).await.expect("decided");
        owner.speak(Language::De).await;
        let approved = page(&owner.get(GARDEN).await);
        shows(&approved, &say::topic_change_people(Language::De, "4", "0"));
        assert_eq!(door.store.topic(one(), TopicId::from_raw(8)).await.expect("the topic").state, TopicState::Approved);
        let agreed = door.count("SELECT COUNT(*) FROM consent WHERE topic_version = 1").await;
        assert_eq!(agreed, 2, "who agreed to version 1 stays with it");
    });
}

#[test]
fn readers_and_editors_look_at_topics() {
    run(async {
        let door = Door::open().await;
        for role in [Role::Reader, Role::Editor] {
            let hand = sign_in(&door, role).await;
            let shown = page(&hand.get(GARDEN).await);
            assert!(!shown.contains("<textarea"), "{role}");
            assert!(!page(&hand.get("/a/1/topics").await).contains(NEW));
            assert_eq!(hand.post(GARDEN, &[("statement", "Tips for growing cucumbers")]).await.status, 403);
        }
        let owner = sign_in(&door, Role::Owner).await;
        assert_eq!(owner.get("/a/1/topics/9").await.status, 404);
        let chosen = page(&owner.get(&format!("{NEW}?website=7")).await);
        assert!(chosen.contains("value=\"7\" selected"), "{chosen}");
        door.script("DELETE FROM topic").await;
        shows(&page(&owner.get("/a/1/topics").await), &say::topics_none_title(EN));
    });
}
