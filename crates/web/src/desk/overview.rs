//! The operator's first page: what waits for a person, accounts by their score, and how the installation is.

use askama::Template;
use policy::AccountId;
use policy::ids::MAX_ACCOUNT;
use policy::score::Score;
use store::cases::{CaseFilter, CaseShow};
use store::trends::Trend;
use texts::{Language, desk};

use super::health::{self, Line};
use super::queue::{self, CaseRow};
use super::show::{self, Badge, Link, Scored};
use crate::error::Fault;
use crate::ui::score::history;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::Visit;

/// Cases that stand here; the queue has all.
const CASES: i64 = 6;
/// Accounts that stand here.
const ACCOUNTS: usize = 10;
/// More reviews or incidents than these are not counted.
const COUNTED: i64 = 500;

/// One account with its score and its way.
pub(super) struct Standing {
    pub(super) account: Link,
    pub(super) standing: Option<Badge>,
    pub(super) score: Scored,
    pub(super) trend: String,
    pub(super) line: String,
}

#[derive(Template)]
#[template(path = "desk/overview.html")]
struct Overview {
    shell: Shell,
    t: desk::Say,
    /// Number, label, address, and whether it is urgent.
    figures: Vec<(String, String, &'static str, bool)>,
    rows: Vec<CaseRow>,
    accounts: Vec<Standing>,
    health: Vec<Line>,
}

/// How the score moved between the two spans, in words.
pub(super) fn trend(language: Language, trend: &Trend) -> String {
    let value = |score: Score| score.permille().map(|share| show::percent(language, share));
    match (value(trend.recent), value(trend.before)) {
        (None, _) => desk::trend_nothing(language),
        (Some(_), None) => desk::trend_new(language),
        (Some(now), Some(before)) if now == before => desk::trend_same(language),
        (Some(_), Some(before)) if trend.recent.permille() > trend.before.permille() => {
            desk::trend_up(language, &before)
        }
        (Some(_), Some(before)) => desk::trend_down(language, &before),
    }
}

/// An account's line; asks for its name and its days.
pub(super) async fn standing(visit: &Visit, one: &Trend) -> Result<Standing, Fault> {
    let language = visit.language;
    let account = visit.web.store.account(one.account).await?;
    let points = history::of(visit, one.account, visit.now(), 60).await?;
    let active = account.standing == policy::Standing::Active;
    Ok(Standing {
        account: show::account(one.account, &account.name),
        standing: (!active).then(|| show::standing(language, account.standing)),
        score: show::score(language, one.recent),
        trend: trend(language, one),
        line: history::sparkline(&points),
    })
}

/// The gravest first: by state, then by score, then by complaints.
fn gravest(mut trends: Vec<Trend>) -> Vec<Trend> {
    trends.sort_by_key(|one| {
        let share = one.recent.permille().map_or(0, |share| share.hundredths);
        std::cmp::Reverse((one.recent.state(), share, one.recent.complaints(), one.recent.sent()))
    });
    trends.truncate(ACCOUNTS);
    trends
}

/// GET: the overview.
pub(super) async fn show(visit: Visit) -> Answer {
    let (language, now, store) = (visit.language, visit.now(), visit.web.store.clone());
    let t = desk::Say(language);
    let open = CaseFilter { show: CaseShow::Open, kind: None, account: None };
    let cases = store.case_queue(&open, None, CASES).await?;
    let (open, overdue) = store.count_cases(now).await?;
    let reviews = store.legal_reviews_waiting(COUNTED).await?.len() + store.topics_waiting(COUNTED).await?.len();
    let incidents = store.newest_incidents(true, None, COUNTED).await?.len();
    let trends = store.trends(AccountId::from_raw(1), AccountId::from_raw(MAX_ACCOUNT), now).await?;
    let mut accounts = Vec::new();
    for one in gravest(trends) {
        accounts.push(standing(&visit, &one).await?);
    }
    let health = health::lines(language, &store.installation().await?, &store.health(now).await?, incidents, now);
    let figures = vec![
        (show::number(language, overdue), t.figure_overdue(), "/desk/cases", overdue > 0),
        (show::number(language, open), t.figure_cases(), "/desk/cases", false),
        (reviews.to_string(), t.figure_reviews(), "/desk/reviews", false),
        (incidents.to_string(), t.figure_incidents(), "/desk/incidents", incidents > 0),
    ];
    visit.show(&Overview {
        shell: visit.shell(t.title()).lead(t.lead()),
        t,
        figures,
        rows: cases.cases.iter().map(|queued| queue::row(&visit, queued, now)).collect(),
        accounts,
        health,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves R66: the operator sees first whose score is worst, whatever the sizes.
    #[test]
    fn r66_the_gravest_score_stands_first() {
        let one = |n: i64, complaints, sent| Trend {
            account: AccountId::from_raw(n),
            recent: Score::new(complaints, sent),
            before: Score::default(),
        };
        let order: Vec<i64> =
            gravest(vec![one(1, 0, 90), one(2, 9, 9_000), one(3, 3, 1_000), one(4, 0, 0), one(5, 2, 100)])
                .iter()
                .map(|one| one.account.get())
                .collect();
        assert_eq!(order, [5, 3, 2, 1, 4]);
    }
}
