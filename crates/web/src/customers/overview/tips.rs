//! What to do to stay under the limit, chosen by the figures: few sentences, each about this account (R80).

use policy::Standing;
use policy::complaint::Source;
use policy::score::{ONE_FITS_FROM, SUSPENDING_COMPLAINTS, ScoreState};
use store::score::{ComplaintSources, UnitScore};
use texts::{Language, account as t};

use super::known::Known;
use crate::customers::mailings::list_of;
use crate::ui::navigation;
use crate::ui::time;
use crate::ui::visit::Visit;

/// Tips that stand there at once.
const MOST: usize = 4;
/// From so many complaints on something may be told from them.
const TELLING: i64 = 2;

/// One piece of advice, with what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tip {
    /// Nothing was sent yet.
    Begin,
    /// The book is so small that one complaint is above the limit.
    Small(i64),
    /// Mail is under way while the score is at its limit or above.
    Pause,
    /// One mailing brought at least half of the complaints, or is above the limit itself.
    Mailing(UnitScore, i64),
    /// One form brought at least half of those who complained.
    Form { name: String, complaints: i64, of: i64 },
    /// At least half had just signed up.
    New(i64, i64),
    /// At least half had signed up more than a year ago.
    Old(i64, i64),
    /// At least half pressed the spam button.
    Button(i64, i64),
    /// Keep to the topic: what everything else rests on.
    Topic,
}

/// Whether so many are at least half of them, and enough to tell something.
const fn telling(n: i64, of: i64) -> bool {
    n >= TELLING && n * 2 >= of
}

/// Of the mailings that weigh, the one that brought most: one complaint about few mails is a higher score,
/// but not what the account's own rests on.
fn of_mailing(known: &Known) -> Option<Tip> {
    let all = known.scores.recent.complaints();
    let weighs = |unit: &&UnitScore| telling(unit.score.complaints(), all) || unit.score.above_limit();
    let heaviest = known.units.iter().filter(weighs).max_by_key(|unit| unit.score.complaints())?;
    Some(Tip::Mailing(heaviest.clone(), all))
}

fn of_form(sources: &ComplaintSources) -> Option<Tip> {
    let form = sources.forms.first()?;
    telling(form.complaints, sources.complaints).then(|| Tip::Form {
        name: form.name.clone(),
        complaints: form.complaints,
        of: sources.complaints,
    })
}

/// Complaints that came by the spam button of a mail program.
fn by_button(sources: &ComplaintSources) -> i64 {
    let button = |word: &str| word == Source::FeedbackLoop.word() || word == Source::Cfbl.word();
    sources.ways.iter().filter(|(way, _)| button(way)).map(|(_, n)| n).sum()
}

/// The advice for an account; `contacts` is the size of its book, `under_way` says whether mail is.
pub(super) fn choose(known: &Known, contacts: i64, under_way: bool) -> Vec<Tip> {
    if known.account.standing == Standing::Terminated {
        return Vec::new();
    }
    let (state, sources) = (known.state(), &known.sources);
    let all = sources.complaints;
    let grave = state >= ScoreState::AtLimit;
    let tips = [
        (state == ScoreState::None).then_some(Tip::Begin),
        (grave && under_way && known.account.standing == Standing::Active).then_some(Tip::Pause),
        of_mailing(known),
        of_form(sources),
        telling(sources.new, all).then_some(Tip::New(sources.new, all)),
        telling(sources.old, all).then_some(Tip::Old(sources.old, all)),
        telling(by_button(sources), all).then(|| Tip::Button(by_button(sources), all)),
        (contacts > 0 && contacts < ONE_FITS_FROM).then_some(Tip::Small(contacts)),
        (state >= ScoreState::Warning).then_some(Tip::Topic),
    ];
    let mut chosen: Vec<Tip> = tips.into_iter().flatten().collect();
    // What everything rests on is said whenever the account is warned.
    let last = chosen.pop_if(|tip| *tip == Tip::Topic);
    chosen.truncate(MOST - usize::from(last.is_some()));
    chosen.extend(last);
    chosen
}

/// A tip in words, with where it leads; the address may be empty.
pub(super) struct Said {
    pub(super) text: String,
    pub(super) href: String,
    pub(super) label: String,
}

/// A count for a sentence.
fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// What a part of an account's mail is called: a newsletter, or a week of an autoresponder.
pub(in crate::customers) fn unit_name(language: Language, unit: &UnitScore) -> String {
    let name = if unit.name.is_empty() { t::unit_gone(language) } else { unit.name.clone() };
    match unit.week_from_day {
        None => name,
        Some(day) => t::unit_week(language, &name, &time::day(language, day)),
    }
}

/// The page of what became of a mailing.
pub(in crate::customers) fn unit_page(account: policy::AccountId, unit: &UnitScore) -> String {
    // What is gone has no page.
    if unit.name.is_empty() { String::new() } else { format!("{}/{}", list_of(account, unit.kind), unit.mailing) }
}

impl Tip {
    /// The tip in words, with the page where something can be done about it.
    pub(super) fn say(&self, visit: &Visit, account: policy::AccountId) -> Said {
        let language = visit.language;
        let alone = |text| Said { text, href: String::new(), label: String::new() };
        match self {
            Self::Begin => alone(t::tip_begin(language)),
            Self::Small(contacts) => {
                let (floor, stop) = (count(ONE_FITS_FROM), count(SUSPENDING_COMPLAINTS));
                alone(t::tip_small(language, count(*contacts), floor, stop))
            }
            Self::Pause => Said {
                text: t::tip_pause(language),
                href: navigation::to(visit, "newsletters"),
                label: t::tip_pause_label(language),
            },
            Self::Mailing(unit, all) => {
                let n = unit.score.complaints();
                let name = unit_name(language, unit);
                Said {
                    text: t::tip_mailing(language, &name, count(n), count(n.max(*all))),
                    href: unit_page(account, unit),
                    label: t::tip_mailing_label(language),
                }
            }
            Self::Form { name, complaints, of } => {
                let name = if name.is_empty() { t::form_gone(language) } else { name.clone() };
                Said {
                    text: t::tip_form(language, &name, count(*complaints), count(*of)),
                    href: navigation::to(visit, "forms"),
                    label: t::tip_form_label(language),
                }
            }
            Self::New(n, of) => alone(t::tip_new(language, count(*n), count(*of))),
            Self::Old(n, of) => alone(t::tip_old(language, count(*n), count(*of))),
            Self::Button(n, of) => alone(t::tip_button(language, count(*n), count(*of))),
            Self::Topic => Said {
                text: t::tip_topic(language),
                href: navigation::to(visit, "topics"),
                label: t::tip_topic_label(language),
            },
        }
    }
}

#[cfg(test)]
mod tests;
