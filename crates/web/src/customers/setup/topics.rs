//! Topics: what people sign up for, in statements that the operator approves version by version (R82).

use askama::Template;
use policy::role::Role;
use policy::topic::{MAX_CHARS, TopicState, TopicStatement};
use policy::{TopicId, TopicRef, WebsiteId};
use store::mailings::Reach;
use store::topics::{BY_ACCOUNT, Topic, TopicVersion};
use texts::{Language, setup as say, setup, ui};

use super::{Badge, at, refuse, ruled, zone};
use crate::error::Fault;
use crate::ui::form::{Choice, Field, Form, Kind, must};
use crate::ui::number::grouped;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::time;
use crate::ui::visit::{Visit, see_other};

const TEXT: Field = must("statement", say::topic_statement, Kind::Text(MAX_CHARS)).hint(say::topic_statement_hint);
pub(super) const NEW: &[Field] = &[must("website", say::topic_website, Kind::Pick), TEXT];
pub(super) const STATEMENT: &[Field] = &[TEXT];
/// Versions that come at once; for each, people are counted.
const VERSIONS: i64 = 20;
/// People are counted up to here: a page need not wait for a million.
const COUNTED: i64 = 10_000;

/// How a version looks in one word.
pub(super) fn badge(language: Language, state: TopicState) -> Badge {
    match state {
        TopicState::Pending => ("wait", say::topic_pending(language)),
        TopicState::Approved => ("good", say::topic_approved(language)),
        TopicState::Refused => ("bad", say::topic_refused(language)),
    }
}

/// One line of the list.
struct Line {
    href: String,
    statement: String,
    site: String,
    state: Badge,
    /// That an older version is in use meanwhile; empty for nothing.
    meanwhile: String,
}

#[derive(Template)]
#[template(path = "customers/setup/topics.html")]
struct List {
    shell: Shell,
    t: setup::Say,
    lines: Vec<Line>,
    new: String,
}

/// GET: the topics.
pub(super) async fn list(visit: Visit) -> Answer {
    let (account, language) = (visit.account()?, visit.language);
    let sites = visit.web.store.websites(account).await?;
    let host = |id: WebsiteId| sites.iter().find(|site| site.id == id).map_or("", |site| &site.host).to_owned();
    let line = |topic: &Topic| {
        let newest = &topic.newest;
        Ok(Line {
            href: at(&visit, &format!("topics/{}", newest.topic.topic))?,
            statement: newest.statement.clone(),
            site: host(newest.website),
            state: badge(language, newest.state),
            meanwhile: match topic.in_force {
                Some(version) if version != newest.topic.version => {
                    say::topic_meanwhile(language, &version.to_string())
                }
                _ => String::new(),
            },
        })
    };
    let topics = visit.web.store.topic_list(account).await?;
    let lines = topics.iter().map(line).collect::<Result<_, Fault>>()?;
    visit.show(&List {
        shell: visit.shell(ui::nav_topics(language)).lead(say::topics_lead(language)),
        t: setup::Say(language),
        lines,
        new: if visit.may(Role::Owner) { at(&visit, "topics/new")? } else { String::new() },
    })
}

#[derive(Template)]
#[template(path = "customers/setup/topic_new.html")]
struct New {
    shell: Shell,
    t: setup::Say,
    form: Form,
    action: String,
    /// There is no website yet; where one is added.
    no_website: bool,
    websites: String,
}

async fn new_page(visit: &Visit, form: Form) -> Result<New, Fault> {
    let language = visit.language;
    let sites = visit.web.store.websites(visit.account()?).await?;
    let options: Vec<Choice> = sites.iter().map(|site| Choice::new(site.id, site.host.clone())).collect();
    let shell = visit.shell(say::topic_new_title(language)).lead(say::topic_new_lead(language));
    Ok(New {
        shell: shell.crumb(at(visit, "topics")?, ui::nav_topics(language)),
        t: setup::Say(language),
        no_website: options.is_empty(),
        form: form.options("website", options),
        action: at(visit, "topics/new")?,
        websites: at(visit, "websites/new")?,
    })
}

/// GET: asks for website and statement. `?website=` chooses one.
pub(super) async fn begin(visit: Visit) -> Answer {
    let sites = visit.web.store.websites(visit.account()?).await?;
    let wished = visit.query("website");
    let mut form = Form::empty(visit.language, visit.mark(), NEW);
    let chosen = sites.iter().find(|site| site.id.to_string() == wished);
    let only = if let [only] = sites.as_slice() { Some(only) } else { None };
    if let Some(site) = chosen.or(only) {
        form = form.with("website", site.id);
    }
    visit.show(&new_page(&visit, form).await?)
}

/// Reads the statement; what is wrong stands in the form.
fn statement(visit: &Visit, form: &mut Form) -> Option<TopicStatement> {
    if form.text("statement").is_empty() {
        return None;
    }
    // A statement is one line; a text area invites to press Enter.
    match TopicStatement::parse(&form.text("statement").replace('\n', " ")) {
        Ok(statement) => Some(statement),
        Err(problem) => {
            form.wrong("statement", problem.say(visit.language));
            None
        }
    }
}

/// POST: submits a topic; it waits for the operator.
pub(super) async fn submit(visit: Visit) -> Answer {
    let mut form = visit.form();
    let statement = statement(&visit, &mut form);
    let mut page = new_page(&visit, form).await?;
    let website = page.form.int("website").map(WebsiteId::from_raw);
    let (true, Some(statement), Some(website)) = (page.form.is_good(), statement, website) else {
        return visit.again(&page);
    };
    let (account, actor) = (visit.account()?, visit.actor());
    match ruled(visit.web.store.submit_topic(account, website, statement, &actor, visit.now()).await)? {
        Ok(made) => Ok(see_other(&at(&visit, &format!("topics/{}", made.topic))?)),
        Err(problem) => {
            refuse(&visit, &mut page.form, &problem);
            visit.again(&page)
        }
    }
}

/// One version.
struct Version {
    number: String,
    statement: String,
    state: Badge,
    at: String,
    /// When it was decided; empty before.
    decided: String,
    /// What the operator wrote, or that the account itself took it back.
    reason: String,
    /// Contacts that agreed to this version.
    people: String,
    in_force: bool,
}

#[derive(Template)]
#[template(path = "customers/setup/topic.html")]
struct Page {
    shell: Shell,
    t: setup::Say,
    state: Badge,
    text: String,
    /// What the operator wrote against the newest version; empty for nothing.
    reason: String,
    /// Address and host of its website.
    site: (String, String),
    versions: Vec<Version>,
    first: String,
    next: String,
    /// None for whom may not change it.
    form: Option<Form>,
    action: String,
    /// What a change means for those who agreed.
    consequences: Vec<String>,
}

/// How many contacts agreed to a version, counted up to [`COUNTED`].
async fn people(visit: &Visit, topic: TopicRef) -> Result<(i64, String), Fault> {
    let reach = Reach { topic, include: Vec::new(), exclude: Vec::new() };
    let count = visit.web.store.count_reach(visit.account()?, &reach, COUNTED, visit.now()).await?;
    let shown = if count > COUNTED {
        say::more_than(visit.language, &grouped(visit.language, COUNTED))
    } else {
        grouped(visit.language, count)
    };
    Ok((count, shown))
}

async fn version(visit: &Visit, zone: &str, version: &TopicVersion, in_force: Option<i64>) -> Result<Version, Fault> {
    let language = visit.language;
    let own = version.decided.as_ref().is_some_and(|(_, by, _)| by == BY_ACCOUNT);
    Ok(Version {
        number: version.topic.version.to_string(),
        statement: version.statement.clone(),
        state: if own { ("open", say::topic_replaced(language)) } else { badge(language, version.state) },
        at: time::moment(language, zone, version.submitted_at),
        decided: version.decided.as_ref().map(|(at, ..)| time::moment(language, zone, *at)).unwrap_or_default(),
        reason: match &version.decided {
            Some(_) if own => say::topic_replaced_text(language),
            Some((_, _, reason)) => reason.clone(),
            None => String::new(),
        },
        people: people(visit, version.topic).await?.1,
        in_force: in_force == Some(version.topic.version),
    })
}

/// What a changed statement means, for whom.
async fn consequences(visit: &Visit, topic: TopicId, in_force: Option<i64>) -> Result<Vec<String>, Fault> {
    let language = visit.language;
    let mut says = vec![say::topic_change_waits(language)];
    if let Some(version) = in_force {
        let agreed = people(visit, TopicRef { topic, version }).await?;
        says.push(say::topic_change_people(language, &version.to_string(), &agreed.1));
        says.push(say::topic_change_meanwhile(language, &version.to_string()));
        says.push(say::topic_change_forms(language));
    }
    Ok(says)
}

/// The topic of the path with its newest version and the one in force; what is none of this account's
/// does not exist.
async fn topic(visit: &Visit) -> Result<Topic, Fault> {
    let id = TopicId::from_raw(visit.id("topic")?);
    let topics = visit.web.store.topic_list(visit.account()?).await?;
    topics.into_iter().find(|topic| topic.newest.topic.topic == id).ok_or(Fault::NotFound)
}

async fn page(visit: &Visit, topic: &Topic, form: Option<Form>) -> Result<Page, Fault> {
    let (account, language, zone) = (visit.account()?, visit.language, zone(visit).await?);
    let (newest, store) = (&topic.newest, &visit.web.store);
    let here = at(visit, &format!("topics/{}", newest.topic.topic))?;
    let before = Some(visit.after()).filter(|number| *number > 0);
    let found = store.topic_versions(account, newest.topic.topic, before, VERSIONS).await?;
    let mut versions = Vec::with_capacity(found.len());
    for one in &found {
        versions.push(version(visit, &zone, one, topic.in_force).await?);
    }
    let full = i64::try_from(found.len()).is_ok_and(|length| length >= VERSIONS);
    let next = found.last().filter(|last| full && last.topic.version > 1);
    let site = store.website(account, newest.website).await?;
    let empty = Form::empty(language, visit.mark(), STATEMENT).with("statement", &newest.statement);
    let refused = newest.decided.as_ref().filter(|_| newest.state == TopicState::Refused);
    Ok(Page {
        shell: visit
            .shell(say::topic_title(language, &site.host))
            .crumb(at(visit, "topics")?, ui::nav_topics(language)),
        t: setup::Say(language),
        state: badge(language, newest.state),
        text: match newest.state {
            TopicState::Pending => say::topic_pending_text(language),
            TopicState::Approved => say::topic_approved_text(language),
            TopicState::Refused => say::topic_refused_text(language),
        },
        reason: refused.map(|(_, _, reason)| reason.clone()).unwrap_or_default(),
        site: (at(visit, &format!("websites/{}", site.id))?, site.host),
        versions,
        first: if before.is_some() { here.clone() } else { String::new() },
        next: next.map(|last| format!("{here}?after={}", last.topic.version)).unwrap_or_default(),
        form: visit.may(Role::Owner).then(|| form.unwrap_or(empty)),
        consequences: consequences(visit, newest.topic.topic, topic.in_force).await?,
        action: here,
    })
}

/// GET: the topic with its versions.
pub(super) async fn show(visit: Visit) -> Answer {
    let topic = topic(&visit).await?;
    visit.show(&page(&visit, &topic, None).await?)
}

/// POST: another statement, which is a new version and waits for the operator.
pub(super) async fn change(visit: Visit) -> Answer {
    let (topic, mut form) = (topic(&visit).await?, visit.form());
    let statement = statement(&visit, &mut form);
    let (true, Some(statement)) = (form.is_good(), statement) else {
        return visit.again(&page(&visit, &topic, Some(form)).await?);
    };
    let before = topic.newest.topic;
    let (account, actor) = (visit.account()?, visit.actor());
    let after = visit.web.store.change_topic(account, before.topic, statement, &actor, visit.now()).await?;
    if after == before {
        form.wrong("statement", say::topic_unchanged(visit.language));
        return visit.again(&page(&visit, &topic, Some(form)).await?);
    }
    visit.to(&at(&visit, &format!("topics/{}", before.topic))?, "saved")
}
