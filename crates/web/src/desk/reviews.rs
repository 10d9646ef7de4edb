//! What customers submitted and an operator reads before it counts: legal notices, statements of topics.
//! Each shows what changed since the version that was last found correct. Websites prove themselves; those
//! that do not yet are listed on a page of their own ([`websites`]), so that nobody wonders.

use askama::Template;
use policy::topic::TopicState;
use policy::{AccountId, Timestamp, TopicId, TopicRef};
use store::legal::Notice;
use store::topics::TopicVersion;
use texts::{desk, desk as t};

use super::REASON_TOLD;
use super::show::{self, Badge, Link};
use super::websites;
use crate::error::Fault;
use crate::ui::diff::{Line, compared};
use crate::ui::form::{Field, Form, Kind, must};
use crate::ui::html::Html;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::{PAGE, Visit};

/// A review's decision. The customer reads the reason.
pub(super) const REVIEW: &[Field] =
    &[must("verdict", t::field_verdict, Kind::Choice(&[("approve", t::approve), ("refuse", t::refuse)])), REASON_TOLD];

/// Something that waits.
struct Waiting {
    account: Link,
    title: String,
    since: Html,
    /// Nothing of it was ever approved.
    first: bool,
    lines: Vec<Line>,
    /// The website that it is about: address, host, and whether it is its owner's.
    site: Option<(String, String, Badge)>,
    /// A person of this account decides about his own.
    own: bool,
    action: String,
    form: Form,
}

#[derive(Template)]
#[template(path = "desk/reviews.html")]
struct Reviews {
    shell: Shell,
    t: desk::Say,
    legal: Vec<Waiting>,
    topics: Vec<Waiting>,
}

/// Whether the visitor works in the account whose paper he reads: allowed, and recorded as such.
fn own(visit: &Visit, account: AccountId) -> bool {
    visit.person.as_ref().is_some_and(|person| person.accounts.iter().any(|(own, _, _)| *own == account))
}

/// Who decides, as it is recorded: whoever reads his own account's paper is named so.
fn reader(visit: &Visit, account: AccountId) -> String {
    let name = show::signer(visit);
    if own(visit, account) { format!("{} (own account)", name.chars().take(60).collect::<String>()) } else { name }
}

/// GET: everything that waits, oldest first.
pub(super) async fn show(visit: Visit) -> Answer {
    let page = page(&visit, "", None).await?;
    visit.show(&page)
}

async fn page(visit: &Visit, at: &str, sent: Option<Form>) -> Result<Reviews, Fault> {
    let t = desk::Say(visit.language);
    let store = &visit.web.store;
    let mut legal = Vec::new();
    for notice in store.legal_reviews_waiting(PAGE).await? {
        let before = store.legal_notice_approved_before(notice.account, notice.version).await?;
        legal.push(of_notice(visit, &notice, before.as_ref()));
    }
    let mut topics = Vec::new();
    for topic in store.topics_waiting(PAGE).await? {
        topics.push(of_topic(visit, &topic).await?);
    }
    if let Some(sent) = sent
        && let Some(waiting) = legal.iter_mut().chain(&mut topics).find(|waiting| waiting.action == at)
    {
        waiting.form = sent;
    }
    for (at, waiting) in legal.iter_mut().chain(&mut topics).enumerate() {
        waiting.form = waiting.form.clone().at(format!("paper{at}"));
    }
    Ok(Reviews { shell: visit.shell(t.reviews_title()).lead(t.reviews_lead()), t, legal, topics })
}

fn waiting(visit: &Visit, account: (AccountId, &str), title: String, at: Timestamp, action: String) -> Waiting {
    Waiting {
        account: show::account(account.0, account.1),
        title,
        since: show::at(visit.language, at),
        first: true,
        lines: Vec::new(),
        site: None,
        own: own(visit, account.0),
        action,
        form: Form::empty(visit.language, visit.mark(), REVIEW),
    }
}

fn of_notice(visit: &Visit, notice: &Notice, before: Option<&Notice>) -> Waiting {
    let language = visit.language;
    let title = t::legal_version(language, &notice.version.to_string());
    let action = format!("/desk/reviews/legal-notices/{}/{}", notice.account, notice.version);
    let old = before.map(|before| before.notice.lines(language)).unwrap_or_default();
    Waiting {
        first: before.is_none(),
        lines: compared(&old, &notice.notice.lines(language)),
        ..waiting(visit, (notice.account, &notice.name), title, notice.created_at, action)
    }
}

async fn of_topic(visit: &Visit, topic: &TopicVersion) -> Result<Waiting, Fault> {
    let (language, store) = (visit.language, &visit.web.store);
    let account = store.account(topic.account).await?;
    let older = store.topic_versions(topic.account, topic.topic.topic, Some(topic.topic.version), PAGE).await?;
    let before = older.iter().find(|other| other.state == TopicState::Approved);
    let site = store.website(topic.account, topic.website).await?;
    let title = t::topic_of(language, &site.host);
    let action = format!("/desk/reviews/topics/{}/{}/{}", topic.account, topic.topic.topic, topic.topic.version);
    let old: Vec<String> = before.iter().map(|before| before.statement.clone()).collect();
    Ok(Waiting {
        first: before.is_none(),
        lines: compared(&old, std::slice::from_ref(&topic.statement)),
        site: Some((format!("https://{}/", site.host), site.host.clone(), websites::badge(language, &site))),
        ..waiting(visit, (topic.account, &account.name), title, topic.submitted_at, action)
    })
}

fn account_id(visit: &Visit) -> Result<AccountId, Fault> {
    Ok(AccountId::from_raw(visit.id("account")?))
}

/// POST: decides about a legal notice (R48).
pub(super) async fn decide_legal(visit: Visit) -> Answer {
    let (account, version, form) = (account_id(&visit)?, visit.id("version")?, visit.form());
    if !form.is_good() {
        let page = page(&visit, &visit.path, Some(form)).await?;
        return visit.again(&page);
    }
    let approve = form.text("verdict") == "approve";
    let (by, reason) = (reader(&visit, account), form.text("reason"));
    visit.web.store.decide_legal_notice(account, version, approve, &by, reason, visit.now()).await?;
    visit.to("/desk/reviews", "decided")
}

/// POST: decides about a topic's statement (R82).
pub(super) async fn decide_topic(visit: Visit) -> Answer {
    let (account, form) = (account_id(&visit)?, visit.form());
    let topic = TopicRef { topic: TopicId::from_raw(visit.id("topic")?), version: visit.id("version")? };
    if !form.is_good() {
        let page = page(&visit, &visit.path, Some(form)).await?;
        return visit.again(&page);
    }
    let approve = form.text("verdict") == "approve";
    let (by, reason) = (reader(&visit, account), form.text("reason"));
    visit.web.store.decide_topic(account, topic, approve, &by, reason, visit.now()).await?;
    visit.to("/desk/reviews", "decided")
}
