//! The panel of the complaint score: the three scores by which the rules judge, each with its limit, its
//! period, its counts and how sure it is; how much room is left; what they are made of; what to do (R66,
//! R69, R71, R80).

use askama::Template;
use policy::Standing;
use policy::score::{Score, ScoreState};
use texts::{Language, account as t};

use super::known::Known;
use super::tips::{self, Said, unit_name, unit_page};
use crate::ui::html::Html;
use crate::ui::number::grouped;
use crate::ui::score::{self, Scored, percent, source};
use crate::ui::state::Badge;
use crate::ui::time;
use crate::ui::visit::Visit;

/// One score.
struct Figure {
    value: String,
    /// Which score it is.
    label: String,
    /// What it is the score of, and its page; empty for the account itself.
    of: String,
    href: String,
    state: Badge,
    counts: String,
    interval: String,
}

/// One line of what a score is made of.
struct Part {
    name: String,
    /// Empty where there is no page.
    href: String,
    /// Its own score; none for what has no score.
    score: Option<Scored>,
    complaints: String,
}

/// One list of parts.
struct Parts {
    title: String,
    lines: Vec<Part>,
}

#[derive(Template)]
#[template(path = "customers/overview/panel.html")]
struct Panel {
    t: t::Say,
    figures: Vec<Figure>,
    /// Nothing was sent within the 30 days, and why there is no score.
    nothing: bool,
    room: String,
    tips: Vec<Said>,
    parts: Vec<Parts>,
    /// Not all complaints were looked at.
    newest: String,
    /// The page with everything; empty on that page itself.
    more: String,
}

fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// What a score rests on.
fn counts(language: Language, score: Score) -> String {
    t::score_counts(language, count(score.complaints()), &grouped(language, score.sent()))
}

/// A score for a list, with what it rests on.
pub(in crate::customers) fn scored(language: Language, score: Score) -> Scored {
    Scored { of: counts(language, score), ..score::score(language, score) }
}

/// In which range it truly lies, with the number of mails that makes it so wide.
fn interval(language: Language, score: Score) -> String {
    let range = score.interval().map(|(low, high)| {
        // Rounded outwards on both sides.
        let low = texts::percent(language, count(low.hundredths / 10));
        t::score_interval(language, &low, &percent(language, high), &grouped(language, score.sent()))
    });
    range.unwrap_or_default()
}

fn figure(language: Language, score: Score, label: String) -> Figure {
    let scored = score::score(language, score);
    Figure {
        value: scored.value,
        label,
        of: String::new(),
        href: String::new(),
        state: scored.state,
        counts: if score.sent() == 0 { String::new() } else { counts(language, score) },
        interval: interval(language, score),
    }
}

fn figures(visit: &Visit, known: &Known) -> Vec<Figure> {
    let (language, scores) = (visit.language, &known.scores);
    let since = time::moment(language, &known.account.time_zone, scores.counting_since);
    let mut figures = vec![
        figure(language, scores.recent, t::score_recent(language)),
        figure(language, scores.life, t::score_life(language, &since)),
    ];
    figures.extend(known.gravest().map(|unit| Figure {
        of: unit_name(language, unit),
        href: unit_page(known.account.id, unit),
        ..figure(language, unit.score, t::score_unit(language))
    }));
    figures
}

/// How many complaints there is room for, as long as the account may send.
fn room(language: Language, known: &Known) -> String {
    if known.account.standing != Standing::Active || known.scores.life.sent() == 0 {
        return String::new();
    }
    // Above means any of the scores: then there is no room, whatever the others say.
    if known.state() >= ScoreState::Violation {
        return t::room_over(language);
    }
    match known.room() {
        Some(0) => t::room_none(language),
        Some(room) => t::room(language, count(room)),
        // Without mail in the last 30 days there is no room to speak of.
        None => String::new(),
    }
}

fn parts(visit: &Visit, known: &Known) -> Vec<Parts> {
    let (language, sources) = (visit.language, &known.sources);
    let plain =
        |name: String, n: i64| Part { name, href: String::new(), score: None, complaints: grouped(language, n) };
    let named = |name: &str, gone: String, n: i64| plain(if name.is_empty() { gone } else { name.to_owned() }, n);
    let units = known.units.iter().map(|unit| Part {
        name: unit_name(language, unit),
        href: unit_page(known.account.id, unit),
        score: Some(scored(language, unit.score)),
        complaints: grouped(language, unit.score.complaints()),
    });
    let forms = sources.forms.iter().map(|form| named(&form.name, t::form_gone(language), form.complaints));
    let tags = sources.tags.iter().map(|tag| named(&tag.name, t::tag_gone(language), tag.complaints));
    let ways = sources.ways.iter().map(|(way, n)| plain(source(language, way), *n));
    let lists = [
        Parts { title: t::parts_units(language), lines: units.collect() },
        Parts { title: t::parts_forms(language), lines: forms.collect() },
        Parts { title: t::parts_tags(language), lines: tags.collect() },
        Parts { title: t::parts_ways(language), lines: ways.collect() },
    ];
    lists.into_iter().filter(|parts| !parts.lines.is_empty()).collect()
}

/// The panel. `contacts` is the size of the book, `under_way` says whether mail is under way.
pub(in crate::customers) fn panel(visit: &Visit, known: &Known, contacts: i64, under_way: bool, more: String) -> Html {
    let language = visit.language;
    let tips = tips::choose(known, contacts, under_way);
    let (looked, all) = (known.sources.complaints, known.scores.recent.complaints());
    Html::of(&Panel {
        t: t::Say(language),
        figures: figures(visit, known),
        nothing: known.scores.recent.sent() == 0,
        room: room(language, known),
        tips: tips.iter().map(|tip| tip.say(visit, known.account.id)).collect(),
        parts: parts(visit, known),
        newest: if looked > 0 && looked < all { t::parts_newest(language, count(looked)) } else { String::new() },
        more,
    })
}
