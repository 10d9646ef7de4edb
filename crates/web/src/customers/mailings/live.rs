//! A mailing on its way, and what became of it: figures that add up, the rate, and the receivers' words.
//!
//! The page is complete without scripts and loads itself anew every five seconds; with them the part
//! that changes comes as server-sent events, the same HTML.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use askama::Template;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use hyper::body::Frame;
use policy::role::Role;
use policy::zone::Zone;
use policy::{ContactId, RowState};
use store::mailings::{DeliveryLine, Live, MailingKind, Minute};
use texts::{Language, mailings as say, percent};
use tokio::sync::mpsc;

use super::hub::{self, Look, Seat};
use super::letter::{Letter, Room, Tab};
use super::send::Reins;
use super::words;
use crate::error::Fault;
use crate::session;
use crate::ui::chart::{Chart, Kind, Series};
use crate::ui::html::Html;
use crate::ui::number::{Unit, grouped};
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::time;
use crate::ui::visit::{PAGE, Visit, see_other};

/// Seconds after which a page without scripts loads itself anew.
const ANEW: u64 = 5;
/// Between two looks whether a watcher may still watch.
const SIGNED_IN_EVERY: Duration = Duration::from_secs(5);
/// Nothing changed for so long: a comment keeps the line open.
const ALIVE_EVERY: Duration = Duration::from_secs(15);
/// Columns of the rate.
const COLUMNS: i64 = 60;

/// One state of the mails.
struct Bar {
    class: &'static str,
    label: String,
    hint: String,
    n: i64,
    shown: String,
    share: String,
    /// Of the whole, in tenths of a percent.
    width: i64,
    from: i64,
}

/// What one provider group said.
struct Provider {
    group: String,
    accepted: String,
    deferred: String,
    bounced: String,
    reply: String,
    at: String,
}

/// The part of the page that changes.
#[derive(Template)]
#[template(path = "customers/mailings/figures.html")]
struct Figures {
    t: say::Say,
    state: String,
    sign: &'static str,
    held: String,
    audience: String,
    so_far: bool,
    done: String,
    bars: Vec<Bar>,
    unsubscribed: String,
    complaints: String,
    alarming: bool,
    providers: Vec<Provider>,
    more_providers: String,
    rate: Option<Html>,
    at: String,
}

fn bars(language: Language, live: &Live) -> Vec<Bar> {
    let states: [(&'static str, String, String, i64); 8] = [
        ("accepted", say::row_accepted(language), say::hint_accepted(language), live.accepted),
        ("flight", say::row_in_flight(language), say::hint_in_flight(language), live.in_flight),
        ("due", say::row_due(language), say::hint_due(language), live.due),
        ("deferred", say::row_deferred(language), say::hint_deferred(language), live.deferred),
        ("doubt", say::row_in_doubt(language), say::hint_in_doubt(language), live.unknown + live.in_doubt),
        ("bounced", say::row_bounced(language), say::hint_bounced(language), live.bounced),
        ("expired", say::row_expired(language), say::hint_expired(language), live.expired),
        ("refused", say::row_refused(language), say::hint_refused(language), live.refused),
    ];
    let whole = live.audience.max(1);
    let mut before = 0;
    let bar = |(class, label, hint, n): (&'static str, String, String, i64)| {
        let from = before * 1_000 / whole;
        before += n;
        let share = percent(language, words::count(n.saturating_mul(10_000) / whole));
        let width = before * 1_000 / whole - from;
        Bar { class, label, hint, n, shown: grouped(language, n), share, width, from }
    };
    states.into_iter().map(bar).collect()
}

/// What receivers said in some minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Column {
    from: i64,
    accepted: i64,
    deferred: i64,
    bounced: i64,
}

const fn minute(at: policy::Timestamp) -> i64 {
    at.seconds().div_euclid(60)
}

/// The rate in at most [`COLUMNS`] columns of equally many minutes, and how many those are.
fn columns(minutes: &[Minute]) -> (Vec<Column>, i64) {
    let (Some(first), Some(last)) = (minutes.first(), minutes.last()) else { return (Vec::new(), 1) };
    let (first, span) = (minute(first.from), minute(last.from) - minute(first.from) + 1);
    let per = (span + COLUMNS - 1) / COLUMNS;
    let mut columns: Vec<Column> =
        (0..(span + per - 1) / per).map(|at| Column { from: first + per * at, ..Column::default() }).collect();
    for heard in minutes {
        let at = usize::try_from((minute(heard.from) - first) / per).unwrap_or(0);
        let Some(column) = columns.get_mut(at) else { continue };
        column.accepted += heard.accepted;
        column.deferred += heard.deferred;
        column.bounced += heard.bounced;
    }
    (columns, per)
}

/// The rate as a chart; none before anybody said anything.
fn rate(language: Language, zone: &str, minutes: &[Minute]) -> Option<Html> {
    let (columns, per) = columns(minutes);
    if columns.is_empty() {
        return None;
    }
    let zone = Zone::parse(zone).or_else(|_| Zone::parse("UTC")).ok()?;
    // 2026-05-04T09:00:00+02:00
    let label = |column: &Column| {
        let shown = zone.show(policy::Timestamp::from_seconds(column.from * 60));
        shown.get(11..16).unwrap_or_default().to_owned()
    };
    let series = |name: String, of: fn(&Column) -> i64| Series {
        name,
        values: columns.iter().map(|column| Some(of(column))).collect(),
    };
    let highest = columns.iter().map(|column| column.accepted).max().unwrap_or(0);
    let says = say::rate_says(language, words::count(per), &grouped(language, highest));
    let chart = Chart {
        id: "rate",
        kind: Kind::Stacked,
        title: say::rate_title(language),
        says,
        axis: say::column_when(language),
        labels: columns.iter().map(label).collect(),
        series: vec![
            series(say::column_accepted(language), |column| column.accepted),
            series(say::column_deferred(language), |column| column.deferred),
            series(say::column_bounced(language), |column| column.bounced),
        ],
        limits: Vec::new(),
        unit: Unit::Count,
    };
    Some(chart.html(language))
}

impl Figures {
    fn of(language: Language, zone: &str, held: Option<&str>, look: &Look) -> Self {
        let live = &look.live;
        let figure = |n: i64| grouped(language, n);
        let (words_of, groups) = &*look.providers;
        let listed = i64::try_from(words_of.len()).unwrap_or(0);
        let provider = |word: &store::mailings::ProviderWord| Provider {
            group: word.group.clone(),
            accepted: figure(word.accepted),
            deferred: figure(word.deferred),
            bounced: figure(word.bounced),
            reply: word.reply.clone(),
            at: time::moment(language, zone, word.reply_at),
        };
        let held = (look.state == policy::facts::MailingState::Held).then_some(held).flatten();
        Self {
            t: say::Say(language),
            state: words::state(language, look.state),
            sign: words::sign(look.state),
            held: held.map(|reason| words::held(language, reason)).unwrap_or_default(),
            audience: figure(live.audience),
            so_far: !live.expanded,
            done: percent(language, words::count((live.audience - live.open()) * 10_000 / live.audience.max(1))),
            bars: bars(language, live),
            unsubscribed: figure(live.unsubscribed),
            complaints: figure(live.complaints),
            alarming: live.complaints > 0,
            providers: words_of.iter().map(provider).collect(),
            more_providers: if *groups > listed {
                say::more_providers(language, words::count(*groups - listed))
            } else {
                String::new()
            },
            rate: rate(language, zone, &look.minutes),
            at: time::moment(language, zone, look.at),
        }
    }
}

#[derive(Template)]
#[template(path = "customers/mailings/live.html")]
struct LivePage {
    shell: Shell,
    t: say::Say,
    tabs: Vec<Tab>,
    figures: Html,
    reins: Reins,
    events: String,
    anew: u64,
}

async fn look(visit: &Visit, letter: &Letter) -> Result<Look, Fault> {
    Ok(hub::look(&visit.web, letter.account.id, letter.mailing.id).await?)
}

fn figures(language: Language, letter: &Letter, look: &Look) -> Figures {
    Figures::of(language, &letter.account.time_zone, letter.mailing.held_reason.as_deref(), look)
}

/// GET: the mailing on its way.
pub(super) async fn show(visit: Visit) -> Answer {
    let letter = Letter::of(&visit, MailingKind::Newsletter).await?;
    if !letter.is_on_its_way() {
        return Ok(see_other(letter.at("").trim_end_matches('/')));
    }
    let look = look(&visit, &letter).await?;
    visit.show(&LivePage {
        shell: letter.shell(&visit).broad(),
        t: say::Say(visit.language),
        tabs: letter.tabs(&visit, Room::Live),
        figures: Html::of(&figures(visit.language, &letter, &look)),
        reins: Reins::of(&visit, &letter),
        events: letter.at("live/events"),
        anew: ANEW,
    })
}

/// What goes to the browser, piece by piece.
struct Events(mpsc::Receiver<Bytes>);

impl HttpBody for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// One event: every line of its data behind `data:`.
fn event(name: &str, data: &str) -> Bytes {
    let mut text = format!("event: {name}\n");
    for line in data.lines() {
        text.push_str("data: ");
        text.push_str(line);
        text.push('\n');
    }
    text.push('\n');
    text.into()
}

/// GET: the same figures whenever they are read, until the mailing ends, the visitor signs out, or the
/// door closes.
pub(super) async fn events(visit: Visit) -> Answer {
    let letter = Letter::of(&visit, MailingKind::Newsletter).await?;
    let Some(seat) = visit.web.hub().enter(&visit.web, letter.account.id, letter.mailing.id) else {
        return Err(Fault::Busy);
    };
    let (pieces, body) = mpsc::channel(2);
    tokio::spawn(watch(visit, letter, seat, pieces));
    let mut response = Response::new(Body::new(Events(body)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // A proxy in front must not collect them.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

async fn watch(visit: Visit, letter: Letter, mut seat: Seat, pieces: mpsc::Sender<Bytes>) {
    let web = visit.web.clone();
    let mut admitted = web.clock.reading();
    loop {
        let changed = tokio::select! {
            changed = seat.looks.changed() => Some(changed.is_ok()),
            () = web.clock.sleep(ALIVE_EVERY) => None,
            _ = seat.closing.wait_for(|closing| *closing) => return,
            () = pieces.closed() => return,
        };
        if web.clock.reading().elapsed_since(admitted) >= SIGNED_IN_EVERY {
            if !may_still_watch(&visit).await {
                return;
            }
            admitted = web.clock.reading();
        }
        let look: Option<Arc<Look>> = seat.looks.borrow_and_update().clone();
        let piece = match (changed, &look) {
            (None, _) | (Some(true), None) => Bytes::from_static(b": alive\n\n"),
            (Some(_), Some(look)) => event("figures", &Html::of(&figures(visit.language, &letter, look)).to_string()),
            (Some(false), None) => return,
        };
        if pieces.send(piece).await.is_err() {
            return;
        }
        // The room ends with the mailing, or when it could not be read any more.
        if changed == Some(false) || look.as_deref().is_some_and(hub::is_over) {
            let _ = pieces.send(event("end", "end")).await;
            return;
        }
    }
}

/// Whether the visitor is signed in and in the account as before. Without an answer: no.
async fn may_still_watch(visit: &Visit) -> bool {
    let person = session::signed_in(&visit.web, &visit.headers).await.ok().flatten();
    let account = visit.place.as_ref().map(|place| place.account);
    person.is_some_and(|person| {
        person.accounts.iter().any(|(id, _, role)| Some(*id) == account && role.allows(Role::Reader))
    })
}

/// One mail of the list.
struct MailLine {
    contact: String,
    href: String,
    state: String,
    reason: String,
    reply: String,
    when: String,
    attempts: String,
}

/// One state to look at.
struct Filter {
    href: String,
    label: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "customers/mailings/results.html")]
struct Results {
    shell: Shell,
    t: say::Say,
    tabs: Vec<Tab>,
    lead: String,
    figures: Html,
    reins: Reins,
    score: String,
    filters: Vec<Filter>,
    lines: Vec<MailLine>,
    first: String,
    next: String,
    copy: String,
}

/// States by which one looks for mails.
const LOOKED_FOR: [RowState; 6] = [
    RowState::Bounced,
    RowState::Deferred,
    RowState::Refused,
    RowState::Expired,
    RowState::InDoubt,
    RowState::Accepted,
];

fn mail_line(visit: &Visit, letter: &Letter, line: &DeliveryLine) -> MailLine {
    let language = visit.language;
    MailLine {
        contact: line.contact.to_string(),
        href: format!("/a/{}/contacts/{}", letter.account.id, line.contact),
        state: words::row_state(language, line.state),
        reason: line.reason.as_deref().map(|reason| words::reason(language, reason)).unwrap_or_default(),
        reply: line.reply.clone().unwrap_or_default(),
        when: letter.moment(language, line.settled_at.unwrap_or(line.due_at)),
        attempts: grouped(language, line.attempts),
    }
}

/// The complaint score of the mailing; of an autoresponder, of its newest week.
async fn score(visit: &Visit, letter: &Letter) -> Result<String, Fault> {
    let scores = visit.web.store.mailing_scores(letter.account.id, letter.mailing.id).await?;
    let score = scores.first().map(|newest| newest.score);
    let Some((score, permille)) = score.and_then(|score| Some((score, score.permille()?))) else {
        return Ok(say::score_none(visit.language));
    };
    let hundredths = words::count(permille.hundredths).div_ceil(10);
    Ok(say::score_now(visit.language, &percent(visit.language, hundredths), words::count(score.complaints())))
}

/// GET: what became of it.
pub(super) async fn results(visit: &Visit, kind: MailingKind) -> Answer {
    let letter = Letter::of(visit, kind).await?;
    if letter.mailing.started_at.is_none() {
        return Ok(see_other(letter.at("").trim_end_matches('/')));
    }
    let language = visit.language;
    let look = look(visit, &letter).await?;
    let asked = visit.query("state");
    let state = LOOKED_FOR.into_iter().find(|state| state.word() == asked);
    let after = Some(visit.after()).filter(|after| *after > 0).map(ContactId::from_raw);
    let store = &visit.web.store;
    let lines = store.deliveries_of_mailing(letter.account.id, letter.mailing.id, state, after, PAGE).await?;
    let here = letter.at("results");
    let word = state.map_or("", RowState::word);
    let full = i64::try_from(lines.len()).is_ok_and(|length| length >= PAGE);
    let next = lines.last().filter(|_| full).map(|line| format!("{here}?state={word}&after={}#mails", line.contact));
    let filter = |state: Option<RowState>| Filter {
        href: format!("{here}?state={}#mails", state.map_or("", RowState::word)),
        label: state.map_or_else(|| say::all_mails(language), |state| words::row_state(language, state)),
        current: word == state.map_or("", RowState::word),
    };
    visit.show(&Results {
        shell: letter.shell(visit).broad(),
        t: say::Say(language),
        tabs: letter.tabs(visit, Room::Results),
        lead: span(language, &letter),
        figures: Html::of(&figures(language, &letter, &look)),
        reins: Reins::of(visit, &letter),
        score: score(visit, &letter).await?,
        filters: std::iter::once(None).chain(LOOKED_FOR.map(Some)).map(filter).collect(),
        lines: lines.iter().map(|line| mail_line(visit, &letter, line)).collect(),
        first: if after.is_some() { format!("{here}?state={word}#mails") } else { String::new() },
        next: next.unwrap_or_default(),
        copy: if visit.may(Role::Editor) { letter.at("copy") } else { String::new() },
    })
}

/// From when to when it ran.
fn span(language: Language, letter: &Letter) -> String {
    let moment = |at| letter.moment(language, at);
    match (letter.mailing.started_at, letter.mailing.finished_at) {
        (Some(from), Some(to)) => say::ran(language, &moment(from), &moment(to)),
        (Some(from), None) => say::runs_since(language, &moment(from)),
        (None, _) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(parts: [i64; 9]) -> Live {
        let [due, in_flight, deferred, unknown, accepted, bounced, expired, refused, in_doubt] = parts;
        let audience = parts.iter().sum();
        Live {
            audience,
            due,
            in_flight,
            deferred,
            unknown,
            accepted,
            bounced,
            expired,
            refused,
            in_doubt,
            ..Live::default()
        }
    }

    #[test]
    fn the_bars_are_the_whole_audience_and_nothing_else() {
        for parts in [[1, 1, 1, 1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 7, 0, 0, 0, 0], [999, 0, 1, 0, 0, 3, 0, 0, 5], [0; 9]] {
            let live = live(parts);
            let bars = bars(Language::De, &live);
            assert_eq!(bars.iter().map(|bar| bar.n).sum::<i64>(), live.audience);
            let wide: i64 = bars.iter().map(|bar| bar.width).sum();
            assert_eq!(wide, if live.audience == 0 { 0 } else { 1_000 });
            assert!(bars.windows(2).all(|two| two[0].from + two[0].width == two[1].from));
        }
    }

    #[test]
    fn the_rate_holds_every_minute_in_at_most_sixty_columns() {
        for span in [1_i64, 59, 60, 61, 1_000] {
            let minutes: Vec<Minute> = [0, span / 2, span - 1]
                .into_iter()
                .map(|at| Minute {
                    from: policy::Timestamp::from_seconds(at * 60),
                    accepted: 5,
                    deferred: 1,
                    bounced: 0,
                })
                .collect();
            let (columns, per) = columns(&minutes);
            let count = i64::try_from(columns.len()).expect("small");
            assert!(count <= COLUMNS && per * count >= span, "{span}: {count} of {per}");
            assert_eq!(columns.iter().map(|column| column.accepted).sum::<i64>(), 15);
            assert!(rate(Language::En, "Nowhere/At", &minutes).is_some(), "an unknown zone is shown as UTC");
        }
    }

    #[test]
    fn an_event_s_lines_stand_behind_their_word() {
        assert_eq!(&event("figures", "a\nb")[..], b"event: figures\ndata: a\ndata: b\n\n");
    }
}
