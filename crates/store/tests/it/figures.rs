//! The operator's figures are those of the books.

use policy::RowId;
use policy::bounce::BounceClass;
use seals::Clock as _;
use store::bounces::ReportedBounce;

use crate::both::{Bench, START};
use crate::world;

crate::both!(
    /// Proves R57 in figures: one hard bounce is one bounce and one exclusion.
    r57_the_operators_figures_count_bounces_and_exclusions,
    |bench: Bench| async move {
        let people = world::people(["ada@a.test", "bob@a.test"].map(str::to_owned).into_iter());
        let founded = world::found(&bench.store, 1, &people, START.millis(), START.millis() + 86_400_000).await;
        let before = bench.store.figures().await.expect("figures");
        let reported = ReportedBounce {
            message: RowId::Delivery { mailing: founded.mailing, contact: founded.contacts[0] },
            attempt: Some(1),
            class: BounceClass::Hard,
            counts: true,
            reply: "550 5.1.1 no such user".to_owned(),
            provider_group: None,
            inbox: None,
        };
        bench.store.apply_bounce(reported, bench.clock.now()).await.expect("applied");
        let after = bench.store.figures().await.expect("figures");
        assert_eq!(after.excluded, before.excluded + 1);
        assert_eq!(after.bounces, [(BounceClass::Hard.word().to_owned(), 1)]);
        assert_eq!(after.doubtful, 0);
    }
);
