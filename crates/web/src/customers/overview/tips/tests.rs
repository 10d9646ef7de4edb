//! The advice fits the figures, and is never a wall of text.

use policy::score::Score;
use policy::{AccountId, FormId, MailingId, Timestamp};
use store::accounts::Account;
use store::mailings::MailingKind;
use store::score::{AccountScores, Share};

use super::*;

fn unit(complaints: i64, sent: i64) -> UnitScore {
    UnitScore {
        mailing: MailingId::from_raw(500),
        name: "May".to_owned(),
        kind: MailingKind::Newsletter,
        week_from_day: None,
        days: (1, 1),
        score: Score::new(complaints, sent),
    }
}

/// An account whose score of 30 days, and since counting began, is this.
fn known(recent: Score, units: Vec<UnitScore>, sources: ComplaintSources) -> Known {
    let account = Account {
        id: AccountId::from_raw(1),
        name: "Garden".to_owned(),
        language: Language::En,
        time_zone: "UTC".to_owned(),
        standing: Standing::Active,
        standing_reason: None,
        standing_at: Timestamp::from_millis(0),
        sender: None,
        policy_accepted: true,
        created_at: Timestamp::from_millis(0),
    };
    let scores = AccountScores {
        recent,
        life: recent,
        ever: recent,
        state: recent.state(),
        period: 1,
        counting_since: Timestamp::from_millis(0),
    };
    Known { account, scores, units, sources, suspension: None }
}

fn plain(recent: Score) -> Known {
    known(recent, Vec::new(), ComplaintSources::default())
}

/// Proves R80: who did nothing wrong is told nothing, whoever nears the limit is told what it rests on.
#[test]
fn r80_the_advice_fits_state_and_figures() {
    let fine = plain(Score::new(0, 5_000));
    assert_eq!(choose(&fine, 5_000, true), [], "nothing is the matter");
    assert_eq!(choose(&plain(Score::new(0, 0)), 0, false), [Tip::Begin]);
    assert_eq!(choose(&fine, ONE_FITS_FROM - 1, false), [Tip::Small(ONE_FITS_FROM - 1)]);
    assert_eq!(choose(&fine, ONE_FITS_FROM, false), []);
    let warned = Score::new(4, 3_000);
    assert_eq!(choose(&plain(warned), 9_000, true), [Tip::Topic]);
    let limit = plain(Score::new(6, 3_000));
    assert_eq!(choose(&limit, 9_000, true), [Tip::Pause, Tip::Topic], "what is under way can be paused");
    assert_eq!(choose(&limit, 9_000, false), [Tip::Topic]);
    let heavy = known(warned, vec![unit(3, 2_000)], ComplaintSources::default());
    assert_eq!(choose(&heavy, 9_000, false), [Tip::Mailing(unit(3, 2_000), 4), Tip::Topic]);
    let light = known(warned, vec![unit(1, 2_000)], ComplaintSources::default());
    assert_eq!(choose(&light, 9_000, false), [Tip::Topic], "one of four says nothing");
    let both = known(Score::new(36, 53_000), vec![unit(1, 220), unit(24, 8_800)], ComplaintSources::default());
    assert_eq!(choose(&both, 9_000, false), [Tip::Mailing(unit(24, 8_800), 36), Tip::Topic], "what brought most");
    let small = known(Score::new(1, 5_000), vec![unit(1, 400)], ComplaintSources::default());
    assert_eq!(choose(&small, 9_000, false), [Tip::Mailing(unit(1, 400), 1), Tip::Topic], "a mailing above the limit");
}

/// Proves R80: where complaints come from is told when it is at least half of them, and no more than four
/// things at once.
#[test]
fn r80_the_advice_names_what_most_complaints_have_in_common() {
    let form = Share { of: FormId::from_raw(9), name: "Footer".to_owned(), complaints: 2 };
    let sources = |ways: &[(&str, i64)], new, old| ComplaintSources {
        complaints: 4,
        ways: ways.iter().map(|(way, n)| ((*way).to_owned(), *n)).collect(),
        tags: Vec::new(),
        forms: vec![form.clone()],
        new,
        old,
    };
    let recent = Score::new(4, 5_000);
    let of = |sources| choose(&known(recent, Vec::new(), sources), 9_000, false);
    let by_form = Tip::Form { name: "Footer".to_owned(), complaints: 2, of: 4 };
    assert_eq!(of(sources(&[("feedback_loop", 1)], 1, 1)), std::slice::from_ref(&by_form));
    assert_eq!(of(sources(&[], 2, 0)), [by_form.clone(), Tip::New(2, 4)]);
    assert_eq!(of(sources(&[], 0, 3)), [by_form.clone(), Tip::Old(3, 4)]);
    assert_eq!(of(sources(&[("feedback_loop", 1), ("cfbl", 1)], 0, 0)), [by_form, Tip::Button(2, 4)]);
    let grave = known(Score::new(6, 3_000), vec![unit(6, 3_000)], sources(&[("feedback_loop", 4)], 2, 2));
    let tips = choose(&grave, 300, true);
    assert_eq!((tips.len(), tips.last()), (MOST, Some(&Tip::Topic)));
    assert_eq!(tips.first(), Some(&Tip::Pause));
    let mut ended = grave;
    ended.account.standing = Standing::Terminated;
    assert_eq!(choose(&ended, 300, true), [], "nothing can be done any more");
}
