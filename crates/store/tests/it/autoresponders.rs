//! What an autoresponder does: one test for each row of `docs/autoresponders.md`.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use mail_formats::address::EmailAddress;
use policy::settings::PolicySettings;
use policy::why::TOO_LATE;
use policy::{AccountId, ContactId, FormId, MailingId, Refusal, RowState, TagId, Timestamp};
use seals::AddressKey;
use store::confirmations::ConfirmOutcome;
use store::conformance::script;
use store::mailings::{DeliveryLine, MailingDraft, MailingKind, Trigger};
use store::outcomes::{Outcome, Report};
use store::profiles::Profiles;
use store::signups::{SignUp, SignUpOutcome};

use crate::audiences::{BY, claim, draft, founded, id, people, progress, while_time_passes, word};
use crate::both::{Bench, START};
use crate::world::plain_key;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// An account with some contacts, a tag, and an active autoresponder an hour behind it.
pub(crate) struct Scene {
    pub(crate) account: AccountId,
    tag: TagId,
    pub(crate) mailing: MailingId,
}

impl Scene {
    pub(crate) async fn new(bench: &Bench, contacts: i64) -> Self {
        let account = founded(bench).await;
        people(bench, account, 1..contacts + 1, START - HOUR).await;
        let tag = bench.store.create_tag(account, "tips", "Tips", START).await.expect("a tag");
        let mailing = bench
            .store
            .create_mailing(account, MailingKind::Autoresponder, following(tag, 60), 96, "Ada", START)
            .await
            .expect("a draft");
        let scene = Self { account, tag, mailing };
        bench.store.start_mailing(account, mailing, BY, START).await.expect("active");
        scene
    }

    async fn give(&self, bench: &Bench, contact: i64, now: Timestamp) {
        bench
            .store
            .change_tags(self.account, id(self.account, contact), vec![self.tag], Vec::new(), "token 1", now)
            .await
            .expect("given");
    }

    async fn take(&self, bench: &Bench, contact: i64) {
        bench
            .store
            .change_tags(self.account, id(self.account, contact), Vec::new(), vec![self.tag], "token 1", START)
            .await
            .expect("taken");
    }

    async fn lines(&self, bench: &Bench, contact: i64) -> Vec<DeliveryLine> {
        bench.store.deliveries_of_contact(self.account, id(self.account, contact), None, 10).await.expect("deliveries")
    }

    pub(crate) async fn pause(&self, bench: &Bench) {
        while_time_passes(bench, bench.store.pause_mailing(self.account, self.mailing, BY, START))
            .await
            .expect("paused");
    }

    pub(crate) async fn resume(&self, bench: &Bench, now: Timestamp) {
        bench.store.resume_mailing(self.account, self.mailing, BY, now).await.expect("resumed");
    }

    /// Audience, open rows, and what ended, which always add up.
    async fn figures(&self, bench: &Bench) -> (i64, i64, Vec<(RowState, i64)>) {
        let shown = progress(bench, self.account, self.mailing).await;
        assert_eq!(shown.audience, shown.open + shown.ended.iter().map(|(_, n)| n).sum::<i64>());
        let planned =
            bench.store.deliveries_of_mailing(self.account, self.mailing, None, None, 500).await.expect("rows");
        assert_eq!(shown.audience, i64::try_from(planned.len()).expect("fits"), "each planned row is counted once");
        let open = planned.iter().filter(|row| !row.state.is_terminal()).count();
        assert_eq!(shown.open, i64::try_from(open).expect("fits"));
        (shown.audience, shown.open, shown.ended)
    }
}

fn following(tag: TagId, delay_minutes: i64) -> MailingDraft {
    MailingDraft { trigger: Some(Trigger { tag, delay_minutes }), ..draft() }
}

crate::both!(
    /// Proves R10, R81, R82 and R84: the tag alone is no consent; only who agreed to just this statement of
    /// the topic is reached, and withdrawing ends it.
    r10_r82_a_step_needs_a_consent_for_its_topic,
    |bench: Bench| async move {
        let scene = Scene::new(&bench, 4).await;
        let text = format!(
            "UPDATE consent SET topic_version = 2 WHERE contact_id = {};
             UPDATE consent SET topic_id = 9 WHERE contact_id = {};
             UPDATE consent SET withdrawn_at = 1 WHERE contact_id = {};",
            id(scene.account, 2),
            id(scene.account, 3),
            id(scene.account, 4)
        );
        script(&bench.store, &text).await.expect("other consents");
        for contact in 1..5 {
            scene.give(&bench, contact, START).await;
        }
        assert_eq!(scene.figures(&bench).await, (1, 1, vec![]));
        assert_eq!(scene.lines(&bench, 1).await[0].due_at, START + HOUR);
    }
);

crate::both!(
    /// The confirmation that gives a form's tag plans the step in the same transaction.
    a_confirmed_sign_up_plans_the_steps_of_its_forms_tags,
    |bench: Bench| async move {
        let scene = Scene::new(&bench, 1).await;
        let (n, tag) = (scene.account, scene.tag);
        let text = format!(
            "INSERT INTO form (account_id, id, website_id, topic_id, name, language, version, open, created_at) VALUES ({n}, 9001, 7, 8, 'Footer', 'en', 1, TRUE, 0);
             INSERT INTO form_version (account_id, form_id, version, topic_version, consent_text, privacy_notice, tags, fields, created_at)
                VALUES ({n}, 9001, 1, 1, 'Yes, send me garden tips.', 'We keep your address.', '[{tag}]', '[]', 0);"
        );
        script(&bench.store, &text).await.expect("a form");
        let ip = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
        let request = SignUp {
            form: FormId::from_raw(9001),
            version: Some(1),
            address: EmailAddress::parse("ada@mail.example").expect("an address"),
            keys: vec![AddressKey::from_bytes(plain_key("ada@mail.example"))],
            fields: BTreeMap::new(),
            ip,
            user_agent: String::new(),
            form_url: "https://www.shop1.example/join".to_owned(),
        };
        let outcome = bench.store.sign_up(request, PolicySettings::defaults().signup, START).await.expect("an answer");
        let SignUpOutcome::Planned(ada) = outcome else { panic!("{outcome:?}") };
        assert_eq!(scene.figures(&bench).await.0, 0, "nothing before the confirmation");
        for _ in 0..2 {
            bench.store.confirm(ada, ip, [3; 16], START + MINUTE).await.map(|done| assert_ne!(done, ConfirmOutcome::Gone)).expect("confirmed");
        }
        let lines = bench.store.deliveries_of_contact(n, ada, None, 10).await.expect("deliveries");
        assert_eq!(lines.iter().map(|line| (line.mailing, line.due_at)).collect::<Vec<_>>(), [(scene.mailing, START + MINUTE + HOUR)]);
        assert_eq!(scene.figures(&bench).await, (1, 1, vec![]));
    }
);

crate::both!(a_new_autoresponder_reaches_those_who_get_its_tag_from_the_activation_on, |bench: Bench| async move {
    let scene = Scene::new(&bench, 2).await;
    let store = &bench.store;
    let later = store
        .create_mailing(scene.account, MailingKind::Autoresponder, following(scene.tag, 5), 96, "Ada", START)
        .await
        .expect("a draft");
    scene.give(&bench, 1, START).await;
    store.start_mailing(scene.account, later, BY, START).await.expect("active");
    scene.give(&bench, 1, START).await;
    assert_eq!(
        scene.lines(&bench, 1).await.iter().map(|line| line.mailing).collect::<Vec<_>>(),
        [scene.mailing],
        "a tag given twice is given once"
    );
    scene.give(&bench, 2, START).await;
    assert_eq!(
        scene.lines(&bench, 2).await.iter().map(|line| line.mailing).collect::<Vec<_>>(),
        [later, scene.mailing]
    );
});

crate::both!(a_tag_that_is_gone_when_the_mail_is_due_refuses_it, |bench: Bench| async move {
    let scene = Scene::new(&bench, 1).await;
    scene.give(&bench, 1, START).await;
    let (_life, claimed) = claim(&bench, scene.mailing, START + HOUR).await;
    let profiles = Profiles::new(500);
    let ask = async || {
        let briefing = bench.store.brief(&[claimed[0].claim], &profiles).await.expect("facts").remove(0);
        policy::may_send(briefing.candidate.purpose, &briefing.facts, START + HOUR)
    };
    assert_eq!(ask().await, Ok(()));
    scene.take(&bench, 1).await;
    assert_eq!(ask().await, Err(Refusal::TagMissing));
    assert_eq!(Refusal::TagMissing.to_string(), "tag_missing");
});

crate::both!(a_tag_taken_and_given_again_sends_no_second_mail, |bench: Bench| async move {
    let scene = Scene::new(&bench, 1).await;
    scene.give(&bench, 1, START).await;
    scene.take(&bench, 1).await;
    scene.give(&bench, 1, START + DAY).await;
    let lines = scene.lines(&bench, 1).await;
    assert_eq!((lines.len(), lines[0].due_at), (1, START + HOUR), "the open one keeps its time");
    let (life, claimed) = claim(&bench, scene.mailing, START + HOUR).await;
    let started = bench.store.brief(&[claimed[0].claim], &Profiles::new(500)).await.expect("facts");
    let starts =
        started.iter().map(|one| store::deliveries::Start { claim: one.claim, versions: one.facts.versions }).collect();
    assert_eq!(while_time_passes(&bench, bench.store.start(life.beat(), starts)).await.expect("started").len(), 1);
    let outcome = Outcome::Accepted { reply: "250 taken".to_owned(), proof: None };
    bench
        .store
        .record(vec![Report { claim: claimed[0].claim, provider_group: None, outcome }], START + HOUR)
        .await
        .expect("recorded");
    scene.take(&bench, 1).await;
    scene.give(&bench, 1, START + DAY).await;
    assert_eq!(scene.lines(&bench, 1).await.len(), 1);
    assert_eq!(scene.figures(&bench).await, (1, 0, vec![(RowState::Accepted, 1)]));
    assert_eq!(
        bench.store.finish_mailings(START).await.expect("asked").len(),
        1,
        "the founded newsletter; an autoresponder never finishes"
    );
});

crate::both!(an_edited_delay_holds_for_mails_planned_from_then_on, |bench: Bench| async move {
    let scene = Scene::new(&bench, 2).await;
    scene.give(&bench, 1, START).await;
    bench.store.edit_mailing(scene.account, scene.mailing, following(scene.tag, 0), BY, START).await.expect("edited");
    scene.give(&bench, 2, START).await;
    assert_eq!(scene.lines(&bench, 1).await[0].due_at, START + HOUR);
    assert_eq!(scene.lines(&bench, 2).await[0].due_at, START);
});

crate::both!(while_it_is_paused_nothing_leaves_and_new_mails_are_planned, |bench: Bench| async move {
    let scene = Scene::new(&bench, 2).await;
    scene.give(&bench, 1, START).await;
    scene.pause(&bench).await;
    scene.give(&bench, 2, START).await;
    assert_eq!(bench.store.due_mailings(None, START + DAY).await.expect("asked"), []);
    assert_eq!(scene.figures(&bench).await, (2, 2, vec![]));
    scene.resume(&bench, START + DAY).await;
    assert_eq!(bench.store.due_mailings(None, START + DAY).await.expect("asked").len(), 1);
});

crate::both!(
    /// What came due during the pause leaves with the whole time to be tried in, unless it is more
    /// than seven days late. What is due later is not touched.
    the_end_of_a_pause_refuses_what_is_more_than_seven_days_late,
    |bench: Bench| async move {
        let scene = Scene::new(&bench, 3).await;
        let resumed = START + HOUR + DAY * 7;
        scene.give(&bench, 1, START - Duration::from_millis(1)).await;
        scene.give(&bench, 2, START).await;
        scene.give(&bench, 3, resumed).await;
        scene.pause(&bench).await;
        scene.resume(&bench, resumed).await;
        let first = &scene.lines(&bench, 1).await[0];
        assert_eq!((first.state, first.reason.as_deref(), first.settled_at), (RowState::Refused, Some(TOO_LATE), Some(resumed)));
        assert_eq!(scene.figures(&bench).await, (3, 2, vec![(RowState::Refused, 1)]));
        let (_life, claimed) = claim(&bench, scene.mailing, resumed).await;
        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].expires_at, resumed + HOUR * 96, "not expired before its first attempt");
        scene.resume(&bench, resumed + DAY * 30).await;
        assert_eq!(scene.figures(&bench).await.1, 2, "it ran already: nothing is dropped");
        assert_eq!(scene.lines(&bench, 3).await[0].due_at, resumed + HOUR);
    }
);

crate::both!(r30_unsubscribing_refuses_planned_mails_at_once, |bench: Bench| async move {
    let scene = Scene::new(&bench, 1).await;
    scene.give(&bench, 1, START).await;
    while_time_passes(&bench, bench.store.unsubscribe(id(scene.account, 1), word(), START)).await.expect("left");
    let line = &scene.lines(&bench, 1).await[0];
    assert_eq!((line.state, line.reason.as_deref()), (RowState::Refused, Some("unsubscribed")));
    assert_eq!(scene.figures(&bench).await, (1, 0, vec![(RowState::Refused, 1)]));
});

async fn tag(store: store::Store, contact: ContactId, tag: TagId) {
    store.change_tags(contact.account(), contact, vec![tag], Vec::new(), "token 1", START).await.expect("given");
}

crate::both!(
    /// Counters add up while many give the tag at once, some twice, and the autoresponder is aborted
    /// in the middle; what was planned meanwhile is cancelled by the sweep.
    steps_planned_at_once_are_counted_once_and_an_abort_leaves_none_open,
    |bench: Bench| async move {
        let scene = Scene::new(&bench, 40).await;
        let mut tasks: Vec<_> = (0..80).map(|at| tokio::spawn(tag(bench.store.clone(), id(scene.account, 1 + at % 40), scene.tag))).collect();
        for task in tasks.drain(..40) {
            while_time_passes(&bench, task).await.expect("given");
        }
        while_time_passes(&bench, bench.store.abort_mailing(scene.account, scene.mailing, BY, START)).await.expect("aborted");
        for task in tasks {
            while_time_passes(&bench, task).await.expect("given");
        }
        while_time_passes(&bench, bench.store.cancel_stranded()).await.expect("swept");
        let (audience, open, ended) = scene.figures(&bench).await;
        assert_eq!((audience, open, ended), (40, 0, vec![(RowState::Refused, 40)]));
    }
);
