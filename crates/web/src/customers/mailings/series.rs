//! Autoresponders as series: for each tag, what follows it and when.

use askama::Template;
use policy::role::Role;
use policy::{MailingId, TagId};
use store::mailings::{MailingKind, MailingLine, Shelf};
use texts::mailings as say;

use super::letter::{area_name, list_of};
use super::words;
use crate::error::Fault;
use crate::ui::number::grouped;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::Visit;

/// Autoresponders that one page shows.
const SHOWN: i64 = 500;

/// One step of a series.
struct Step {
    href: String,
    when: String,
    subject: String,
    sign: &'static str,
    state: String,
    planned: String,
    accepted: String,
    complaints: String,
    alarming: bool,
    minutes: i64,
}

/// What follows one tag, about one topic.
struct Series {
    title: String,
    topic: String,
    steps: Vec<Step>,
}

#[derive(Template)]
#[template(path = "customers/mailings/series.html")]
struct Page {
    shell: Shell,
    t: say::Say,
    new: String,
    series: Vec<Series>,
    /// Those that ended are shown too.
    with_ended: bool,
    ended: String,
}

async fn lines(visit: &Visit, with_ended: bool) -> Result<Vec<MailingLine>, Fault> {
    let (account, kind) = (visit.account()?, MailingKind::Autoresponder);
    let mut lines = Vec::new();
    for shelf in [Shelf::Drafts, Shelf::Running, Shelf::Ended] {
        if shelf != Shelf::Ended || with_ended {
            lines.extend(visit.web.store.mailing_lines(account, kind, shelf, None::<MailingId>, SHOWN).await?);
        }
    }
    Ok(lines)
}

fn step(visit: &Visit, base: &str, line: &MailingLine) -> Step {
    let language = visit.language;
    let mailing = &line.mailing;
    let minutes = mailing.trigger.map_or(0, |trigger| trigger.delay_minutes);
    let subject =
        if mailing.content.subject.is_empty() { say::no_subject(language) } else { mailing.content.subject.clone() };
    Step {
        href: format!("{base}/{}", mailing.id),
        when: words::delay(language, minutes),
        subject,
        sign: words::sign(mailing.state),
        state: words::state(language, mailing.state),
        planned: grouped(language, line.audience),
        accepted: grouped(language, line.accepted),
        complaints: grouped(language, line.complaints),
        alarming: line.complaints > 0,
        minutes,
    }
}

/// GET: every series, its steps by their delay.
pub(super) async fn show(visit: Visit) -> Answer {
    let (account, kind) = (visit.account()?, MailingKind::Autoresponder);
    let base = list_of(account, kind);
    let with_ended = visit.query("ended") == "yes";
    let mut tags = visit.web.store.tag_names(account).await?;
    let topics = visit.web.store.topics(account).await?;
    let mut found: Vec<(Option<TagId>, i64, Series)> = Vec::new();
    for line in lines(&visit, with_ended).await? {
        let (tag, topic) = (line.mailing.trigger.map(|trigger| trigger.tag), line.mailing.topic);
        if let Some(tag) = tag.filter(|tag| !tags.iter().any(|(known, _)| known == tag)) {
            // What ended may have followed a tag that is removed.
            tags.push((tag, visit.web.store.tag_on_record(account, tag).await?));
        }
        let place = found.iter().position(|(of_tag, of_topic, _)| *of_tag == tag && *of_topic == topic.topic.get());
        let place = place.unwrap_or_else(|| {
            let name = tags.iter().find(|(known, _)| Some(*known) == tag).map(|(_, name)| name.clone());
            let name = name.unwrap_or_default();
            let statement = topics.iter().find(|known| known.topic == topic).map(|known| known.statement.clone());
            let title = say::series_title(visit.language, &name);
            found.push((
                tag,
                topic.topic.get(),
                Series { title, topic: statement.unwrap_or_default(), steps: Vec::new() },
            ));
            found.len() - 1
        });
        found[place].2.steps.push(step(&visit, &base, &line));
    }
    let mut series: Vec<Series> = found.into_iter().map(|(_, _, series)| series).collect();
    series.sort_by_key(|one| one.title.to_lowercase());
    for one in &mut series {
        one.steps.sort_by_key(|step| step.minutes);
    }
    visit.show(&Page {
        shell: visit.shell(area_name(visit.language, kind)).lead(say::series_lead(visit.language)),
        t: say::Say(visit.language),
        new: if visit.may(Role::Editor) { format!("{base}/new") } else { String::new() },
        series,
        with_ended,
        ended: base,
    })
}
