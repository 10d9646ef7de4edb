//! What is known of an account's score when its panel is drawn: figures of the rules, read once.

use policy::score::{Score, ScoreState};
use policy::{AccountId, Standing, Timestamp};
use store::accounts::Account;
use store::cases::Case;
use store::score::{AccountScores, ComplaintSources, UnitScore};

use crate::error::Fault;
use crate::ui::visit::Visit;

/// Mailings that stand in the breakdown.
const UNITS: i64 = 5;
/// Suspensions among which the open one is looked for.
const SUSPENSIONS: i64 = 20;

/// The score of an account, what it is made of, and what became of the account.
pub(in crate::customers) struct Known {
    pub(in crate::customers) account: Account,
    pub(in crate::customers) scores: AccountScores,
    /// Mailings of the last 30 days with complaints, the highest score first.
    pub(in crate::customers) units: Vec<UnitScore>,
    pub(in crate::customers) sources: ComplaintSources,
    /// The open case of a suspension.
    pub(in crate::customers) suspension: Option<Case>,
}

impl Known {
    pub(in crate::customers) async fn of(visit: &Visit, id: AccountId, now: Timestamp) -> Result<Self, Fault> {
        let store = &visit.web.store;
        let account = store.account(id).await?;
        let scores = store.scores(id, now).await?;
        // Without a complaint there is nothing to break down.
        let (mut units, mut sources) = (Vec::new(), ComplaintSources::default());
        if scores.recent.complaints() > 0 {
            units = store.gravest_units(id, now, UNITS).await?;
            sources = store.complaint_sources(id, now).await?;
        }
        let suspension = if account.standing == Standing::Suspended {
            store.suspensions(id, SUSPENSIONS).await?.into_iter().find(|case| case.open)
        } else {
            None
        };
        Ok(Self { account, scores, units, sources, suspension })
    }

    /// The mailing with the highest score.
    pub(in crate::customers) fn gravest(&self) -> Option<&UnitScore> {
        self.units.iter().max_by_key(|unit| (unit.score.state(), unit.score.permille()))
    }

    /// The gravest of the states by which the account is judged: above means any of them (R67).
    pub(in crate::customers) fn state(&self) -> ScoreState {
        self.gravest().map_or(self.scores.state, |unit| unit.score.state().max(self.scores.state))
    }

    /// How many complaints the account's own scores can still take (R80).
    pub(in crate::customers) fn room(&self) -> Option<i64> {
        let room = |score: Score| score.room();
        Some(room(self.scores.recent)?.min(room(self.scores.life)?))
    }
}
