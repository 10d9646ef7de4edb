//! What stands beside a score and what follows from it: churn, the operator's alarm, the grounds
//! for parting with a customer.

use std::time::Duration;

use mail_formats::address::EmailAddress;
use policy::case::CaseKind;
use policy::score::{Score, ScoreState};
use policy::{AccountId, CaseId};
use seals::Clock as _;
use store::consents::{Source as Door, Word};
use store::contacts::{RestoreOutcome, UnsubscribeOutcome};
use store::score::Unsubscribed;
use texts::Language;

use crate::both::{Bench, START};
use crate::complained::{about, complain, count, found, key, open_case, standing, words};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn word(at: usize) -> Word {
    Word { source: [Door::Web, Door::OneClick, Door::Mailto][at % 3], ip: None, salt: [1; 16] }
}

crate::both!(
    /// Proves R43: a hundred people who unsubscribe by link, by the header's POST and by mail change
    /// no score; they are shown apart from it, and who complained is none of them.
    r43_unsubscribing_changes_no_score_and_is_shown_apart,
    |bench: Bench| async move {
        let world = found(&bench, 1, 101, 1_000).await;
        complain(&bench, about(&world, 100)).await;
        let before = bench.store.scores(world.account, START).await.expect("scores");
        let of_mailing = || bench.store.mailing_scores(world.account, world.mailing);
        let mailing_before = of_mailing().await.expect("scores");
        for (at, contact) in world.contacts[..100].iter().enumerate() {
            let left = bench.store.unsubscribe(*contact, word(at), START).await.expect("an answer");
            assert!(matches!(left, UnsubscribeOutcome::Done(_)));
        }
        assert_eq!(bench.store.scores(world.account, START).await.expect("scores"), before);
        assert_eq!(of_mailing().await.expect("scores"), mailing_before);
        assert_eq!((before.life, standing(&bench).await), (Score::new(1, 1_000), 0));
        let shown = async |days: u32| bench.store.unsubscribed(world.account, START + DAY * days).await.expect("a figure");
        assert_eq!(shown(29).await, Unsubscribed { recent: 100, life: 100 });
        assert_eq!(shown(30).await, Unsubscribed { recent: 0, life: 100 });
        let undone = bench.store.restore(world.contacts[0], None, word(0), START).await.expect("an answer");
        assert_eq!((undone, shown(0).await.life), (RestoreOutcome::Done, 99));
        assert!(bench.store.unsubscribed(AccountId::from_raw(4_000_000), START).await.is_err());
    }
);

crate::both!(
    /// Proves R68: above one percent the score is critical and the operator gets an alarm of its own,
    /// one a day for an account; at one percent there is none yet.
    r68_above_one_percent_is_critical_and_told_to_the_operator_at_once,
    |bench: Bench| async move {
        let operator = EmailAddress::parse("operator@platform.test").expect("an address");
        bench.store.set_operator(operator, key("operator@platform.test"), Language::En, 24, 5).await.expect("set");
        let alarms = "SELECT address || ' ' || params FROM notice WHERE template = 'score_critical'";
        let at = found(&bench, 1, 1, 100).await;
        complain(&bench, about(&at, 0)).await;
        assert_eq!(bench.store.scores(at.account, START).await.expect("scores").state, ScoreState::Violation);
        assert!(words(&bench, alarms).await.is_empty());
        let above = found(&bench, 2, 2, 99).await;
        complain(&bench, about(&above, 0)).await;
        assert_eq!(bench.store.scores(above.account, START).await.expect("scores").state, ScoreState::Critical);
        complain(&bench, about(&above, 1)).await;
        let told = words(&bench, alarms).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("operator@platform.test ") && told[0].contains("1.02 %"), "{told:?}");
    }
);

/// The grounds that stand in the open case of the suspension, in their order.
async fn grounds(bench: &Bench) -> (CaseId, Vec<String>) {
    let case = open_case(bench, CaseKind::Suspension).await.id;
    let (_, steps) = bench.store.case(case).await.expect("a case");
    let proposed = steps.into_iter().filter(|step| step.kind == "termination_proposed");
    (case, proposed.map(|step| step.note).collect())
}

crate::both!(
    /// Proves R72 and R89: half a percent with five complaints, or a second suspension within twelve
    /// months, is proposed to the person who decides, each ground once; it ends no account by itself.
    r72_the_grounds_for_a_termination_stand_in_the_case_of_the_suspension,
    |bench: Bench| async move {
        let world = found(&bench, 1, 10, 1_000).await;
        for (at, wanted) in [(0, None), (2, Some(0)), (3, Some(0)), (4, Some(1)), (5, Some(1))] {
            for at in if at == 0 { 0..2 } else { at..at + 1 } {
                complain(&bench, about(&world, at)).await;
            }
            if let Some(wanted) = wanted {
                assert_eq!(grounds(&bench).await.1, vec!["significant"; wanted], "{at}");
            }
        }
        let evidence = words(&bench, "SELECT evidence FROM case_event WHERE kind = 'termination_proposed'").await;
        assert!(evidence[0].contains("\"life\":{\"complaints\":5,\"sent\":1000}"), "{evidence:?}");
        assert_eq!(standing(&bench).await, 1, "a proposal ends no account");
        bench.store.reinstate(world.account, "Olga", "the list was cleaned", bench.clock.now()).await.expect("reinstated");
        // Twelve months on: the next mailing, the next suspension.
        bench.clock.advance(DAY * 364);
        sent_again(&bench, &world).await;
        for at in 6..9 {
            complain(&bench, about(&world, at)).await;
        }
        assert_eq!(grounds(&bench).await.1, ["repeated"]);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM abuse_case WHERE decision = 'terminate'").await, 0);
    }
);

/// The mailing was accepted once more, today: a thousand mails of the present counting period.
async fn sent_again(bench: &Bench, world: &crate::world::World) {
    crate::complained::accepted(bench, world, bench.clock.now().millis(), 1_000).await;
}
