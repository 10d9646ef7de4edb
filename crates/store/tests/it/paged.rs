//! Large changes go page by page, and whoever comes after a crash goes on where it ended.

use std::fmt::Write as _;
use std::time::Duration;

use policy::bounce::BounceClass;
use policy::facts::MailingState;
use policy::{IncidentId, Timestamp};
use seals::Clock as _;
use store::conformance::{numbers, script};
use store::incidents::{IncidentDecision, IncidentKind, IncidentOutcome};

use crate::audiences::BY;
use crate::autoresponders::Scene;
use crate::both::{Bench, START};
use crate::world::{blob, plain_key};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// More than two pages of what a decision changes.
const MANY: i64 = 230;

async fn count(bench: &Bench, sql: &'static str) -> i64 {
    numbers(&bench.store, sql, 1).await.expect("a count")[0][0].expect("a number")
}

fn key_of(bench: &Bench, n: i64) -> String {
    blob(&bench.store, &plain_key(&format!("p{n}@a.test")))
}

/// An incident with bounces that wait for it, and with exclusions that name it.
async fn incident(bench: &Bench, held: i64, excluded: i64) -> IncidentId {
    let opened = bench.store.open_incident(IncidentKind::HardBounceJump, "mx.test", "many", None, START).await;
    let (id, _) = opened.expect("opened");
    let mut text = String::new();
    for n in 0..held {
        let _ = write!(
            text,
            "INSERT INTO bounce (message_kind, message_id, contact_id, attempt, account_id, at, class, provider_group, reply, effect, address_key, incident_id, inbox_id)
             VALUES (1, {n}, 0, 1, 1, {}, '{}', 'mx.test', 'no such user', 'held', {}, {id}, NULL);",
            START.millis(),
            BounceClass::Hard.word(),
            key_of(bench, n),
        );
    }
    for n in 1_000..1_000 + excluded {
        let _ = write!(
            text,
            "INSERT INTO suppression (address_key, address, reason, at, source_account, source_mailing, source_reply, provider_group, incident_id)
             VALUES ({}, NULL, 'hard_bounce', {}, 1, NULL, NULL, 'mx.test', {});",
            key_of(bench, n),
            START.millis(),
            // The last one was just being written while the incident opened.
            if n == 1_000 { "NULL".to_owned() } else { id.to_string() },
        );
    }
    script(&bench.store, &text).await.expect("bounces and exclusions");
    id
}

const HELD: &str = "SELECT COUNT(*) FROM bounce WHERE effect = 'held'";
const EXCLUDED: &str = "SELECT COUNT(*) FROM suppression";
const PAUSES: &str = "SELECT COUNT(*) FROM provider_pause";

crate::both!(
    /// Proves D6: held bounces count page by page, and the provider's pause lasts until the last one.
    r57_true_bounces_count_page_by_page_under_the_pause,
    |bench: Bench| async move {
        let id = incident(&bench, MANY, 0).await;
        assert!(bench.store.carry_out_page(id, START).await.is_err(), "nobody decided it");
        script(&bench.store, &decided(id, IncidentDecision::BouncesTrue)).await.expect("decided, and then a crash");
        let (page, done) = bench.store.carry_out_page(id, START).await.expect("a page");
        assert!(!done && page.applied > 0 && page.applied < MANY.unsigned_abs(), "{page:?}");
        assert_eq!(count(&bench, HELD).await.unsigned_abs() + page.applied, MANY.unsigned_abs());
        assert_eq!(count(&bench, PAUSES).await, 1, "half a decision lets nothing leave");
        // After the crash.
        assert_eq!(bench.store.carry_out_decided(bench.clock.now()).await.expect("goes on"), 1);
        assert_eq!((count(&bench, HELD).await, count(&bench, PAUSES).await), (0, 0));
        assert_eq!(count(&bench, EXCLUDED).await, MANY, "each bounce counted, and once");
        assert_eq!(bench.store.carry_out_decided(bench.clock.now()).await.expect("nothing"), 0);
    }
);

crate::both!(
    /// Proves D6: a provider's false exclusions are lifted page by page; a crash in between loses none.
    r57_false_exclusions_are_lifted_page_by_page,
    |bench: Bench| async move {
        let id = incident(&bench, MANY, MANY).await;
        script(&bench.store, &decided(id, IncidentDecision::ProvidersFault)).await.expect("decided, and then a crash");
        let (page, done) = bench.store.carry_out_page(id, START).await.expect("a page");
        assert!(!done && page.lifted > 0 && page.lifted < MANY.unsigned_abs(), "{page:?}");
        assert_eq!(count(&bench, PAUSES).await, 1);
        assert_eq!(bench.store.carry_out_decided(bench.clock.now()).await.expect("goes on"), 1);
        assert_eq!((count(&bench, HELD).await, count(&bench, EXCLUDED).await, count(&bench, PAUSES).await), (0, 0, 0));
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM suppression_lift").await, MANY);
        // Whoever decides in one go gets the same.
        script(&bench.store, "DELETE FROM bounce").await.expect("a clean page");
        let id = incident(&bench, MANY, MANY).await;
        let whole = bench.store.decide_incident(id, IncidentDecision::ProvidersFault, "Olga", "an outage", bench.clock.now());
        let wanted = IncidentOutcome { lifted: MANY.unsigned_abs(), applied: 0, dropped: MANY.unsigned_abs() };
        assert_eq!(whole.await.expect("decided"), wanted);
    }
);

/// The decision's own transaction, and nothing of what follows.
fn decided(id: IncidentId, decision: IncidentDecision) -> String {
    format!(
        "UPDATE incident SET state = '{}', decided_at = {}, decided_by = 'Olga', decision_reason = 'seen' WHERE id = {id}",
        decision.word(),
        START.millis() + 1,
    )
}

crate::both!(
    /// A bounce that waited for one incident and meets the next one at its provider waits for that.
    r57_a_held_bounce_passes_on_to_the_next_incident,
    |bench: Bench| async move {
        let first = incident(&bench, 3, 0).await;
        script(&bench.store, &decided(first, IncidentDecision::BouncesTrue)).await.expect("decided, and then a crash");
        let opened = bench.store.open_incident(IncidentKind::HardBounceJump, "mx.test", "again", None, START).await;
        let (second, new) = opened.expect("opened");
        assert!(new);
        assert_eq!(bench.store.carry_out_decided(bench.clock.now()).await.expect("goes on"), 1);
        assert_eq!((count(&bench, HELD).await, count(&bench, EXCLUDED).await), (3, 0));
        let pauses = bench.store.provider_pauses(START).await.expect("pauses");
        assert_eq!(pauses.iter().map(|pause| pause.incident).collect::<Vec<_>>(), [Some(second)], "the next one keeps the pause");
        let outcome = bench.store.decide_incident(second, IncidentDecision::BouncesTrue, "Olga", "gone", bench.clock.now()).await;
        assert_eq!(outcome.expect("decided").applied, 3);
        assert_eq!(count(&bench, EXCLUDED).await, 3);
    }
);

/// Steps that are planned for `due_at`, beside those of the scene's contacts.
async fn planned(bench: &Bench, scene: &Scene, steps: i64, due_at: Timestamp) {
    let mut text = String::new();
    for n in 0..steps {
        let _ = write!(
            text,
            "INSERT INTO delivery (mailing_id, contact_id, account_id, state, domain, due_at, expires_at, attempt, deferrals, owner_beat, doubt, planned_at)
             VALUES ({}, {}, {}, 0, 'mail.example', {}, {}, 0, 0, 0, FALSE, {});",
            scene.mailing,
            100_000 + n,
            scene.account,
            due_at.millis(),
            (due_at + 4 * DAY).millis(),
            START.millis(),
        );
    }
    script(&bench.store, &text).await.expect("steps");
}

const REFUSED: &str = "SELECT COUNT(*) FROM delivery WHERE reason = 'too_late_after_pause'";

crate::both!(
    /// What a pause made too late is refused page by page, and the autoresponder goes on when none is left.
    steps_that_are_too_late_are_refused_page_by_page,
    |bench: Bench| async move {
        let scene = Scene::new(&bench, 1).await;
        scene.pause(&bench).await;
        planned(&bench, &scene, 1_203, START).await;
        // A crash after the first page: what was refused is counted, and it is still paused.
        let goes_on = bench.store.resume_page(scene.account, scene.mailing, BY, START + 8 * DAY).await.expect("a page");
        assert!(!goes_on);
        assert_eq!(count(&bench, REFUSED).await, 500);
        assert_eq!(count(&bench, "SELECT CAST(SUM(n) AS BIGINT) FROM mailing_count WHERE state = 13").await, 500);
        let state = bench.store.mailing(scene.account, scene.mailing).await.expect("the mailing").state;
        assert_eq!(state, MailingState::Paused);
        scene.resume(&bench, START + 8 * DAY).await;
        let state = bench.store.mailing(scene.account, scene.mailing).await.expect("the mailing").state;
        assert_eq!(state, MailingState::Running);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM delivery WHERE state = 0").await, 0);
        assert_eq!(count(&bench, REFUSED).await, 1_203);
        assert_eq!(count(&bench, "SELECT CAST(SUM(n) AS BIGINT) FROM mailing_count WHERE state = 13").await, 1_203);
    }
);
