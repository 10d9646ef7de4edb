//! One account: its standing, its score and what it rests on, its book, where its mail comes from, and what
//! was changed.

use askama::Template;
use policy::facts::MailingState;
use policy::{AccountId, MailingId, Standing};
use store::accounts::Account;
use store::audit::AuditLine;
use store::cases::{CaseFilter, CaseShow};
use store::complaints::ComplaintKey;
use texts::{Language, desk, desk as t};

use super::ask::{Question, answered, ask};
use super::queue::{self, CaseRow};
use super::show::{self, Badge, Scored};
use super::{ONLY_REASON_TOLD, case};
use crate::error::Fault;
use crate::ui::form::Form;
use crate::ui::html::Html;
use crate::ui::score::history;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::Visit;

/// Complaints that are looked through for what they have in common.
const COMPLAINTS: i64 = 500;
/// Newest mailings that are listed.
const MAILINGS: i64 = 20;
/// Newest changes that are listed.
const CHANGES: i64 = 15;

/// A mailing with its score.
struct MailingRow {
    name: String,
    state: Badge,
    score: Scored,
    complaints: String,
}

#[derive(Template)]
#[template(path = "desk/account.html")]
struct AccountPage {
    shell: Shell,
    t: desk::Say,
    id: String,
    standing: Badge,
    standing_reason: String,
    standing_at: Html,
    recent: Scored,
    life: Scored,
    ever: Scored,
    counting_since: Html,
    chart: Html,
    by_source: Vec<(String, String)>,
    mailings: Vec<MailingRow>,
    /// Question and answer.
    facts: Vec<(String, String)>,
    senders: Vec<(String, Badge)>,
    domains: Vec<(String, Badge)>,
    cases: Vec<CaseRow>,
    changes: Vec<(Html, AuditLine)>,
    suspend: Option<Form>,
    /// The case in which a suspension is decided.
    decide_at: String,
}

fn account_id(visit: &Visit) -> Result<AccountId, Fault> {
    Ok(AccountId::from_raw(visit.id("account")?))
}

/// Why an account does not send: a person's words as they are, the score's in ours.
fn reason(language: Language, account: &Account) -> String {
    match account.standing_reason.as_deref() {
        Some("score") => t::standing_by_score(language),
        Some(words) => words.to_owned(),
        None => String::new(),
    }
}

/// GET: the account.
pub(super) async fn show(visit: Visit) -> Answer {
    let page = page(&visit, None).await?;
    visit.show(&page)
}

async fn page(visit: &Visit, sent: Option<Form>) -> Result<AccountPage, Fault> {
    let (language, store, id) = (visit.language, &visit.web.store, account_id(visit)?);
    let t = desk::Say(language);
    let account = store.account(id).await?;
    let scores = store.scores(id, visit.now()).await?;
    let points = history::of(visit, id, visit.now(), history::DAYS).await?;
    let cases = cases(visit, id).await?;
    let changes = store.audit_newest(Some(id), None, CHANGES).await?;
    let shell = visit.shell(account.name.clone()).crumb("/desk/accounts", t.accounts_title());
    Ok(AccountPage {
        shell,
        t,
        id: id.to_string(),
        standing: show::standing(language, account.standing),
        standing_reason: reason(language, &account),
        standing_at: show::at(language, account.standing_at),
        recent: show::score(language, scores.recent),
        life: show::score(language, scores.life),
        ever: show::score(language, scores.ever),
        counting_since: show::at(language, scores.counting_since),
        chart: case::chart(visit, &points),
        by_source: by_source(visit, id).await?,
        mailings: mailings(visit, id).await?,
        facts: facts(visit, &account).await?,
        senders: senders(visit, id).await?,
        domains: domains(visit, id).await?,
        decide_at: if account.standing == Standing::Suspended { decide_at(visit, id).await? } else { String::new() },
        cases,
        changes: changes.into_iter().map(|(_, line)| (show::at(language, line.at), line)).collect(),
        suspend: (account.standing == Standing::Active)
            .then(|| sent.unwrap_or_else(|| Form::empty(language, visit.mark(), ONLY_REASON_TOLD))),
    })
}

async fn cases(visit: &Visit, account: AccountId) -> Result<Vec<CaseRow>, Fault> {
    let mut rows = Vec::new();
    for show in [CaseShow::Open, CaseShow::Decided] {
        let filter = CaseFilter { show, kind: None, account: Some(account) };
        let page = visit.web.store.case_queue(&filter, None, 10).await?;
        rows.extend(page.cases.iter().map(|queued| queue::row(visit, queued, visit.now())));
    }
    Ok(rows)
}

/// The open case of the suspension.
async fn decide_at(visit: &Visit, account: AccountId) -> Result<String, Fault> {
    let kind = Some(policy::case::CaseKind::Suspension);
    let filter = CaseFilter { show: CaseShow::Open, kind, account: Some(account) };
    let page = visit.web.store.case_queue(&filter, None, 1).await?;
    Ok(page.cases.first().map(|queued| format!("/desk/cases/{}", queued.case.id)).unwrap_or_default())
}

/// From where the complaints of the account came, newest 500.
async fn by_source(visit: &Visit, account: AccountId) -> Result<Vec<(String, String)>, Fault> {
    let complaints = visit.web.store.complaints_of_account(account, COMPLAINTS).await?;
    let mut counts: std::collections::BTreeMap<String, i64> = std::collections::BTreeMap::new();
    for line in complaints.iter().filter(|line| line.counted) {
        *counts.entry(show::source(visit.language, &line.source)).or_default() += 1;
    }
    Ok(counts.into_iter().map(|(source, n)| (source, show::number(visit.language, n))).collect())
}

/// The newest mailings with their scores: of an autoresponder, the newest week.
async fn mailings(visit: &Visit, account: AccountId) -> Result<Vec<MailingRow>, Fault> {
    let (language, store) = (visit.language, &visit.web.store);
    let complaints = store.complaints_of_account(account, COMPLAINTS).await?;
    let counted = |key: &ComplaintKey, mailing: MailingId| key.mailing == mailing;
    let mut rows = Vec::new();
    for mailing in newest_mailings(visit, account).await? {
        let scores = store.mailing_scores(account, mailing.id).await?;
        let n = complaints.iter().filter(|line| line.counted && counted(&line.key, mailing.id)).count();
        let score = scores.first().map(|one| one.score).unwrap_or_default();
        rows.push(MailingRow {
            name: mailing.name,
            state: mailing_state(language, mailing.state),
            score: show::score(language, score),
            complaints: n.to_string(),
        });
    }
    Ok(rows)
}

async fn newest_mailings(visit: &Visit, account: AccountId) -> Result<Vec<store::mailings::Mailing>, Fault> {
    use store::mailings::MailingKind::{Autoresponder, Newsletter};
    let mut all = Vec::new();
    for kind in [Newsletter, Autoresponder] {
        all.extend(visit.web.store.mailings(account, kind, None, MAILINGS).await?);
    }
    all.retain(|mailing| mailing.started_at.is_some());
    all.sort_by_key(|mailing| std::cmp::Reverse(mailing.started_at));
    all.truncate(usize::try_from(MAILINGS).unwrap_or(20));
    Ok(all)
}

fn mailing_state(language: Language, state: MailingState) -> Badge {
    match state {
        MailingState::Draft => Badge::new("open", t::mailing_draft(language)),
        MailingState::Scheduled => Badge::new("info", t::mailing_scheduled(language)),
        MailingState::Running => Badge::new("good", t::mailing_running(language)),
        MailingState::Paused => Badge::new("wait", t::mailing_paused(language)),
        MailingState::Held => Badge::new("bad", t::mailing_held(language)),
        MailingState::Aborted => Badge::new("open", t::mailing_aborted(language)),
        MailingState::Finished => Badge::new("open", t::mailing_finished(language)),
    }
}

/// The account's book and papers, question by question.
async fn facts(visit: &Visit, account: &Account) -> Result<Vec<(String, String)>, Fault> {
    let (language, store) = (visit.language, &visit.web.store);
    let t = desk::Say(language);
    let figures = store.book_figures(account.id).await?;
    let left = |word: &str| figures.former.iter().find(|(reason, _)| reason == word).map_or(0, |(_, n)| *n);
    let number = |n| show::number(language, n);
    let refusal = store.account_refusal(account.id).await?;
    let refusal = refusal.and_then(|refusal| texts::refusals::operator(language, refusal.word(), None));
    let notice = store.legal_notice(account.id).await?;
    Ok(vec![
        (t.fact_may_send(), refusal.unwrap_or_else(|| t.may_send())),
        (t.fact_contacts(), number(figures.contacts)),
        (t.fact_unsubscribed(), number(left("unsubscribed"))),
        (t.fact_complained(), number(left("complained"))),
        (t.fact_bounced(), number(left("bounced"))),
        (t.fact_forms(), number(figures.open_forms)),
        (t.fact_topics(), number(figures.topics)),
        (t.fact_running(), number(figures.running)),
        (t.fact_legal(), notice.map_or_else(|| t.none_yet(), |notice| t.legal_version(&notice.version.to_string()))),
        (t.fact_policy(), if account.policy_accepted { t.accepted() } else { t.not_accepted() }),
        (t.fact_language(), if account.language == Language::De { t.language_de() } else { t.language_en() }),
        (t.fact_zone(), account.time_zone.clone()),
    ])
}

async fn senders(visit: &Visit, account: AccountId) -> Result<Vec<(String, Badge)>, Fault> {
    let language = visit.language;
    let senders = visit.web.store.senders(account).await?;
    let state = |sender: &store::senders::Sender| match (sender.proven_at, sender.on_hold_since) {
        (_, Some(_)) => Badge::new("bad", t::sender_on_hold(language)),
        (Some(_), None) => Badge::new("good", t::proven(language)),
        (None, None) => Badge::new("wait", t::not_proven(language)),
    };
    Ok(senders.iter().map(|sender| (format!("{} <{}>", sender.display_name, sender.address), state(sender))).collect())
}

async fn domains(visit: &Visit, account: AccountId) -> Result<Vec<(String, Badge)>, Fault> {
    let language = visit.language;
    let mut all = Vec::new();
    for domain in visit.web.store.domains(account).await? {
        let state = match (domain.authenticated_at, domain.failing_since) {
            (_, Some(_)) => Badge::new("bad", t::failing(language)),
            (Some(_), None) => Badge::new("good", t::authenticated(language)),
            (None, None) => Badge::new("wait", t::not_authenticated(language)),
        };
        all.push((domain.name, state));
    }
    for website in visit.web.store.websites(account).await? {
        let state = match (website.proven_at, website.failing_since) {
            (_, Some(_)) => Badge::new("bad", t::failing(language)),
            (Some(_), None) => Badge::new("good", t::proven(language)),
            (None, None) => Badge::new("wait", t::not_proven(language)),
        };
        all.push((t::website_named(language, &website.host), state));
    }
    Ok(all)
}

/// POST: suspends the account at once and opens its case (R85).
pub(super) async fn suspend(visit: Visit) -> Answer {
    let (language, id, form) = (visit.language, account_id(&visit)?, visit.form());
    let account = visit.web.store.account(id).await?;
    if account.standing != Standing::Active {
        return Err(Fault::Conflict);
    }
    if !form.is_good() {
        let page = page(&visit, Some(form)).await?;
        return visit.again(&page);
    }
    if !answered(&visit) {
        return ask(
            &visit,
            Question {
                title: t::suspend_title(language),
                happens: vec![
                    t::will_suspend(language, &account.name),
                    t::will_open_case(language),
                    t::will_keep_doors(language),
                    t::will_tell(language),
                ],
                button: t::suspend_title(language),
                danger: true,
                back: format!("/desk/accounts/{id}"),
            },
        );
    }
    let case = visit.web.store.suspend(id, &show::signer(&visit), form.text("reason"), visit.now()).await?;
    visit.web.store.drain_all().await;
    visit.to(&format!("/desk/cases/{case}"), "stopped")
}
