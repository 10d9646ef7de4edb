//! Complaints: report in, contact out, counter up, score judged, account or
//! mailing stopped: one transaction (R70, R73–R79, R85, D3, D4, D14).

use policy::case::CaseKind;
use policy::complaint::{
    Allegation, ComplaintDecision, OwnId, Reclassified, ReportFacts, Source, judge_report, reclassify,
};
use policy::consent::{Evidence, FormerReason};
use policy::facts::MailingState;
use policy::score::{Score, ScoreState, Scores, Verdict, counts_since};
use policy::{
    AccountId, CaseId, ContactId, FormId, MailingId, NoticeId, Purpose, RowState, Standing, Timestamp, UserId,
};
use seals::AddressKey;
use serde_json::json;

use crate::cases::{self, NewCase, NewEvent, SuspensionReason};
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::score::{self, AUTORESPONDER, Concerned};
use crate::sql::sql;
use crate::tell::{self, Facts, News};
use crate::writer::Urgency;
use crate::{Store, contacts};

/// Characters of a reporter's own words that are kept in the case.
const NOTE_CHARS: usize = 2_000;

/// The message that a report names by one of our own ids, checked by its tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Named {
    /// A newsletter or autoresponder to a contact.
    Mailing {
        /// The mailing.
        mailing: MailingId,
        /// The contact.
        contact: ContactId,
    },
    /// Any other mail.
    Notice {
        /// The notice.
        notice: NoticeId,
        /// The pending sign-up or user that it went to, as the id says.
        person: ContactId,
    },
    /// A link or mailbox of ours that names a contact, but no message: the newest mail to it is meant.
    Contact(ContactId),
    /// A link or mailbox of a confirmation mail; names the pending sign-up.
    Signup(ContactId),
    /// A link or mailbox of a test mail; names the user.
    User(ContactId),
}

/// One report or letter, read and checked.
#[derive(Clone, Debug)]
pub struct NewComplaint {
    /// By which way it came.
    pub source: Source,
    /// What it says.
    pub allegation: Allegation,
    /// A valid DKIM signature of the report has the domain of its From (F11).
    pub dkim_aligned: bool,
    /// The message that it names.
    pub named: Option<Named>,
    /// The keys of the reporter's address; empty where nobody knows it.
    pub reporter: Vec<AddressKey>,
    /// The accounts whose senders the letter names.
    pub accounts: Vec<AccountId>,
    /// The reporter's own words.
    pub note: String,
    /// The stored mail.
    pub inbox: Option<i64>,
    /// Names the letter by its content: when the same bytes come again because
    /// our answer was lost, there is no second case.
    pub once: String,
}

/// Whose mail must be drained before anybody is answered (DESIGN §4, ticket rule).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrainFor {
    /// Nothing changed that stops mail.
    Nothing,
    /// This contact's.
    Contact(ContactId),
    /// Everybody's: an account, a mailing or several contacts were stopped.
    All,
}

/// What a report did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComplaintOutcome {
    /// What `policy` decided.
    pub decision: ComplaintDecision,
    /// The case that has it now; none for what is only set aside.
    pub case: Option<CaseId>,
    /// The account that it concerns.
    pub account: Option<AccountId>,
    /// Contacts that left.
    pub left: Vec<ContactId>,
    /// What followed from the score, if the report counted.
    pub verdict: Option<Verdict>,
    /// What must be drained before the answer.
    pub drain: DrainFor,
}

/// A complaint that was recorded: names the row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComplaintKey {
    /// The mailing.
    pub mailing: MailingId,
    /// The contact; names the account.
    pub contact: ContactId,
}

/// The mail that a report is about, as far as the memory still knows it.
#[derive(Clone, Debug)]
struct Subject {
    account: AccountId,
    purpose: Purpose,
    person: ContactId,
    /// For mailings: which, and when the mail was sent.
    mailing: Option<(MailingId, Timestamp)>,
    notice: Option<NoticeId>,
}

impl Subject {
    /// The number under which the complaint is recorded: a notice has a negative one.
    fn number(&self) -> i64 {
        match (self.mailing, self.notice) {
            (Some((mailing, _)), _) => mailing.get(),
            (None, Some(notice)) => -notice.get(),
            (None, None) => 0,
        }
    }
}

/// Finds what a report names. None when the memory does not know the account any more.
async fn subject(conn: &mut Conn, named: Named, now: Timestamp) -> Result<Option<Subject>> {
    match named {
        Named::Mailing { mailing, contact } => Ok(Some(subject_mailing(conn, mailing, contact, now).await?)),
        Named::Notice { notice, person } => subject_notice(conn, notice, person).await,
        Named::Contact(contact) => match newest_mail(conn, contact).await? {
            Some(mailing) => Ok(Some(subject_mailing(conn, mailing, contact, now).await?)),
            None => Ok(None),
        },
        Named::Signup(person) => subject_person(conn, person, Purpose::Confirmation).await,
        Named::User(person) => subject_person(conn, person, Purpose::TestMail).await,
    }
}

/// The newest mail of a purpose to a person; without one, the person alone.
async fn subject_person(conn: &mut Conn, person: ContactId, purpose: Purpose) -> Result<Option<Subject>> {
    let row = conn
        .optional(sql!(
            "SELECT id FROM notice WHERE account_id = $1 AND person_id = $2 AND purpose = $3 ORDER BY id DESC LIMIT 1",
            person.account(),
            person,
            purpose,
        ))
        .await?;
    let notice = row.map(|row| row.int(0)).transpose()?.map(NoticeId::from_raw);
    Ok(Some(Subject { account: person.account(), purpose, person, mailing: None, notice }))
}

async fn subject_mailing(conn: &mut Conn, mailing: MailingId, contact: ContactId, now: Timestamp) -> Result<Subject> {
    let account = contact.account();
    let row = conn
        .optional(sql!(
            "SELECT m.kind, m.started_at, (SELECT COALESCE(d.settled_at, d.planned_at) FROM delivery d WHERE d.mailing_id = $2 AND d.contact_id = $3)
             FROM mailing m WHERE m.account_id = $1 AND m.id = $2",
            account,
            mailing,
            contact,
        ))
        .await?;
    // A mailing that was deleted leaves its token valid: it counts with the day of the report.
    let (kind, started, sent) = match row {
        Some(row) => (row.int(0)?, row.time_opt(1)?, row.time_opt(2)?),
        None => (1, None, None),
    };
    let purpose = if kind == AUTORESPONDER { Purpose::Autoresponder } else { Purpose::Newsletter };
    let sent_at = sent.or(started).unwrap_or(now);
    Ok(Subject { account, purpose, person: contact, mailing: Some((mailing, sent_at)), notice: None })
}

async fn subject_notice(conn: &mut Conn, notice: NoticeId, person: ContactId) -> Result<Option<Subject>> {
    let row = conn.optional(sql!("SELECT account_id, purpose, person_id FROM notice WHERE id = $1", notice)).await?;
    let Some(row) = row else { return Ok(None) };
    let purpose =
        Purpose::from_number(row.int(1)?).ok_or_else(|| StoreError::Corrupt("a notice has no purpose".to_owned()))?;
    let person = row.int_opt(2)?.map_or(person, ContactId::from_raw);
    Ok(Some(Subject {
        account: AccountId::from_raw(row.int(0)?),
        purpose,
        person,
        mailing: None,
        notice: Some(notice),
    }))
}

/// The mailing whose mail the contact got last: what a report means that names the contact alone.
async fn newest_mail(conn: &mut Conn, contact: ContactId) -> Result<Option<MailingId>> {
    let row = conn
        .optional(sql!(
            "SELECT mailing_id FROM delivery WHERE account_id = $1 AND contact_id = $2 AND state = $3 ORDER BY settled_at DESC, mailing_id DESC LIMIT 1",
            contact.account(),
            contact,
            RowState::Accepted,
        ))
        .await?;
    row.map(|row| Ok(MailingId::from_raw(row.int(0)?))).transpose()
}

/// Judges one report and does what follows, in the open transaction.
async fn complain_in(conn: &mut Conn, report: &NewComplaint, now: Timestamp) -> Result<ComplaintOutcome> {
    let mut found = match report.named {
        Some(named) => subject(conn, named, now).await?,
        None => None,
    };
    if let Some(of) = &found
        && of.account.get() != 0
        && cases::lock_account(conn, of.account).await?.is_none()
    {
        found = None;
    }
    let own_id = match &found {
        Some(of) => Some(OwnId { purpose: of.purpose, counted_before: counted_before(conn, of).await? }),
        None => None,
    };
    let known =
        if own_id.is_none() { known_contacts(conn, &report.reporter, &report.accounts).await? } else { Vec::new() };
    let facts = ReportFacts {
        source: report.source,
        allegation: report.allegation,
        dkim_aligned: report.dkim_aligned,
        own_id,
        known_in_named_book: !report.accounts.is_empty() && !known.is_empty(),
    };
    let decision = judge_report(&facts);
    match (decision, found) {
        (ComplaintDecision::Count, Some(of)) => count(conn, report, &of, now).await,
        (ComplaintDecision::Repeat, Some(of)) => repeat(conn, report, &of, now).await,
        (ComplaintDecision::ListBombing, Some(of)) => list_bombing(conn, report, &of, now).await,
        (ComplaintDecision::StopTests, Some(of)) => stop_tests(conn, report, &of, now).await,
        (ComplaintDecision::Wish, found) => wish(conn, report, found.as_ref(), known, now).await,
        (ComplaintDecision::RemoveAndAttribute, _) => remove_and_attribute(conn, report, &known, now).await,
        (ComplaintDecision::SetAside, _) => Ok(outcome(decision, None, None)),
        (_, found) => case_only(conn, report, found.as_ref(), now).await,
    }
}

fn outcome(decision: ComplaintDecision, case: Option<CaseId>, account: Option<AccountId>) -> ComplaintOutcome {
    ComplaintOutcome { decision, case, account, left: Vec::new(), verdict: None, drain: DrainFor::Nothing }
}

async fn counted_before(conn: &mut Conn, of: &Subject) -> Result<bool> {
    let row = conn
        .optional(sql!(
            "SELECT counted FROM complaint WHERE account_id = $1 AND mailing_id = $2 AND contact_id = $3",
            of.account,
            of.number(),
            of.person,
        ))
        .await?;
    Ok(row.is_some())
}

/// Contacts with one of these keys: in the named accounts, or in all where none is named.
async fn known_contacts(conn: &mut Conn, keys: &[AddressKey], accounts: &[AccountId]) -> Result<Vec<ContactId>> {
    let mut known = Vec::new();
    for key in keys {
        let rows = conn.all(sql!("SELECT id FROM contact WHERE address_key = $1 ORDER BY account_id, id", key)).await?;
        for row in &rows {
            let contact = ContactId::from_raw(row.int(0)?);
            if accounts.is_empty() || accounts.contains(&contact.account()) {
                known.push(contact);
            }
        }
    }
    Ok(known)
}

async fn leave(
    conn: &mut Conn,
    contact: ContactId,
    reason: FormerReason,
    left: &mut Vec<ContactId>,
    now: Timestamp,
) -> Result<()> {
    if let Some(gone) = contacts::leave(conn, contact, reason, now).await? {
        left.push(gone.contact);
    }
    Ok(())
}

fn kept(note: &str) -> String {
    note.chars().take(NOTE_CHARS).collect()
}

/// Writes the complaint; `counted` says whether the counter moves with it.
async fn record(
    conn: &mut Conn,
    report: &NewComplaint,
    of: &Subject,
    sent_at: Timestamp,
    period: i64,
    counted: bool,
    now: Timestamp,
) -> Result<()> {
    let written = conn
        .execute(sql!(
            "INSERT INTO complaint (account_id, mailing_id, contact_id, at, sent_day, period, source, counted, case_id, inbox_id, note)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, $9, $10) ON CONFLICT (account_id, mailing_id, contact_id) DO NOTHING",
            of.account,
            of.number(),
            of.person,
            now,
            sent_at.day(),
            period,
            report.source.word(),
            counted,
            report.inbox,
            kept(&report.note),
        ))
        .await?;
    if written == 1 { Ok(()) } else { Err(StoreError::Conflict("the complaint: it was recorded a moment ago, it")) }
}

async fn set_case(conn: &mut Conn, of: &Subject, case: CaseId) -> Result<()> {
    conn.execute_one(
        sql!(
            "UPDATE complaint SET case_id = $1 WHERE account_id = $2 AND mailing_id = $3 AND contact_id = $4",
            case,
            of.account,
            of.number(),
            of.person,
        ),
        "the complaint",
    )
    .await
}

/// A complaint that counts: out of the book, +1, judged (R76, R77, R85).
async fn count(conn: &mut Conn, report: &NewComplaint, of: &Subject, now: Timestamp) -> Result<ComplaintOutcome> {
    let Some((mailing, sent_at)) = of.mailing else { return case_only(conn, report, Some(of), now).await };
    let period = period_of(conn, of.account, sent_at).await?;
    record(conn, report, of, sent_at, period, true, now).await?;
    score::move_complaints(conn, of.account, period, mailing, sent_at.day(), 1).await?;
    let mut left = Vec::new();
    leave(conn, of.person, FormerReason::Complained, &mut left, now).await?;
    let who = left.first().copied().unwrap_or(of.person);
    let case = complaint_case(conn, of, mailing, now).await?;
    set_case(conn, of, case).await?;
    let concerned = Concerned { mailing, autoresponder: of.purpose == Purpose::Autoresponder, sent_day: sent_at.day() };
    let scores = score::for_decision(conn, of.account, concerned, now).await?;
    let evidence = evidence(of, report, &scores);
    let step =
        NewEvent { kind: "complaint", note: kept(&report.note), evidence: evidence.clone(), inbox: report.inbox };
    cases::event(conn, case, step, now).await?;
    let verdict = scores.judge();
    let stopped = carry_out(conn, of.account, mailing, case, &scores, evidence, now).await?;
    Ok(ComplaintOutcome {
        decision: ComplaintDecision::Count,
        case: Some(case),
        account: Some(of.account),
        left,
        verdict: Some(verdict),
        drain: if stopped { DrainFor::All } else { DrainFor::Contact(who) },
    })
}

/// The period that a message of that day counts in: mail from before a
/// reinstatement does not burden the new start (R67).
async fn period_of(conn: &mut Conn, account: AccountId, sent_at: Timestamp) -> Result<i64> {
    let period = score::period(conn, account).await?;
    Ok(if counts_since(sent_at, Some(period.since)) { period.number } else { period.number - 1 })
}

async fn complaint_case(conn: &mut Conn, of: &Subject, mailing: MailingId, now: Timestamp) -> Result<CaseId> {
    let new = NewCase {
        account: Some(of.account),
        kind: CaseKind::Complaint,
        cluster: format!("complaint:{}:{mailing}", of.account),
        mailing: Some(mailing),
        form: None,
        summary: format!("complaints about mailing {mailing}"),
    };
    Ok(cases::open(conn, &new, now).await?.0)
}

fn figures(score: Score) -> serde_json::Value {
    json!({ "complaints": score.complaints(), "sent": score.sent() })
}

fn evidence(of: &Subject, report: &NewComplaint, scores: &Scores) -> serde_json::Value {
    json!({
        "message": of.number(),
        "contact": of.person.get(),
        "source": report.source.word(),
        "inbox": report.inbox,
        "scores": { "mailing": figures(scores.mailing), "recent": figures(scores.recent), "life": figures(scores.life) },
    })
}

/// Does what the score demands. Returns whether an account or a mailing was stopped.
async fn carry_out(
    conn: &mut Conn,
    account: AccountId,
    mailing: MailingId,
    case: CaseId,
    scores: &Scores,
    evidence: serde_json::Value,
    now: Timestamp,
) -> Result<bool> {
    match scores.judge() {
        Verdict::Fine => Ok(false),
        Verdict::Warn => warn(conn, account, scores, now).await.map(|()| false),
        Verdict::PauseMailing => hold_mailing(conn, account, mailing, case, scores.mailing, now).await.map(|()| true),
        Verdict::Suspend => {
            let standing = cases::lock_account(conn, account).await?.map(|(standing, _)| standing);
            // The mailing itself does not go on by itself when the account is reinstated.
            hold_mailing(conn, account, mailing, case, scores.mailing, now).await?;
            if standing != Some(Standing::Terminated) {
                cases::suspend_in(conn, account, &SuspensionReason::Score(worst(scores)), evidence, now).await?;
            }
            Ok(true)
        }
    }
}

/// The score that the suspension names: the first above the limit with enough complaints.
fn worst(scores: &Scores) -> Score {
    let each = [scores.mailing, scores.recent, scores.life];
    let suspends = |score: &Score| score.above_limit() && score.complaints() >= policy::score::SUSPENDING_COMPLAINTS;
    each.into_iter().find(suspends).unwrap_or(scores.life)
}

/// Holds a mailing that could still send (D3). Its rows wait; a person decides.
async fn hold_mailing(
    conn: &mut Conn,
    account: AccountId,
    mailing: MailingId,
    case: CaseId,
    score: Score,
    now: Timestamp,
) -> Result<()> {
    let held = conn
        .execute(sql!(
            "UPDATE mailing SET state = $1, held_reason = 'complaints', facts_version = facts_version + 1
             WHERE account_id = $2 AND id = $3 AND state IN ($4, $5, $6)",
            MailingState::Held.number(),
            account,
            mailing,
            MailingState::Scheduled.number(),
            MailingState::Running.number(),
            MailingState::Paused.number(),
        ))
        .await?;
    if held == 0 {
        return Ok(());
    }
    let evidence = json!({ "mailing": mailing.get(), "score": figures(score) });
    cases::event(conn, case, NewEvent { kind: "mailing_held", evidence, ..NewEvent::default() }, now).await?;
    let row = conn.one(sql!("SELECT name FROM mailing WHERE account_id = $1 AND id = $2", account, mailing)).await?;
    let facts = Facts::default()
        .with("mailing", row.text(0)?)
        .with("complaints", score.complaints())
        .with("sent", score.sent())
        .with("case", case);
    tell::account(
        conn,
        account,
        None,
        News { template: "mailing_paused", params: tell::plain, facts, once: format!("{case}:{mailing}") },
        now,
    )
    .await
}

fn warning_params(facts: &Facts, language: texts::Language) -> std::collections::BTreeMap<String, String> {
    let mut values = facts.values.clone();
    if let Some(score) = facts.score {
        values.insert("score".to_owned(), tell::percent(score, language));
        values.insert("complaints".to_owned(), score.complaints().to_string());
        values.insert("sent".to_owned(), score.sent().to_string());
    }
    values
}

/// Warns the customer, at most once a day for each state (R71).
async fn warn(conn: &mut Conn, account: AccountId, scores: &Scores, now: Timestamp) -> Result<()> {
    let state = scores.worst();
    let each = [scores.mailing, scores.recent, scores.life];
    let score = each.into_iter().find(|score| score.state() == state).unwrap_or(scores.life);
    let template = if state == ScoreState::AtLimit { "score_limit" } else { "score_warning" };
    let mut facts = Facts::default().with("account", tell::account_name(conn, account).await?);
    facts.score = Some(score);
    let once = format!("{account}:{}", now.day());
    tell::account(conn, account, None, News { template, params: warning_params, facts, once }, now).await
}

/// The same contact and message again: the case gets the report, nothing counts (D4).
async fn repeat(conn: &mut Conn, report: &NewComplaint, of: &Subject, now: Timestamp) -> Result<ComplaintOutcome> {
    let Some((mailing, _)) = of.mailing else { return case_only(conn, report, Some(of), now).await };
    let case = complaint_case(conn, of, mailing, now).await?;
    let step = NewEvent {
        kind: "repeat",
        note: kept(&report.note),
        evidence: json!({ "source": report.source.word() }),
        inbox: report.inbox,
    };
    cases::event(conn, case, step, now).await?;
    // Whoever signed up again meanwhile and complains of the old mail again wants to leave again.
    let mut left = Vec::new();
    leave(conn, of.person, FormerReason::Complained, &mut left, now).await?;
    // The first report may still be draining: this answer waits like the first (DESIGN §4).
    let drain = DrainFor::All;
    Ok(ComplaintOutcome { left, drain, ..outcome(ComplaintDecision::Repeat, Some(case), Some(of.account)) })
}

/// A complaint about a confirmation mail: the sign-up is cancelled for good, the form stops (R67, D13).
async fn list_bombing(
    conn: &mut Conn,
    report: &NewComplaint,
    of: &Subject,
    now: Timestamp,
) -> Result<ComplaintOutcome> {
    let form = form_of(conn, of).await?;
    cancel_signup(conn, of, now).await?;
    let mut left = Vec::new();
    leave(conn, of.person, FormerReason::Complained, &mut left, now).await?;
    if let Some(form) = form {
        conn.execute(sql!("UPDATE form SET open = FALSE WHERE account_id = $1 AND id = $2", of.account, form)).await?;
    }
    let period = score::period(conn, of.account).await?.number;
    let new = NewCase {
        account: Some(of.account),
        kind: CaseKind::ListBombing,
        cluster: format!("list_bombing:{}:{}", of.account, form.map_or(0, FormId::get)),
        mailing: None,
        form,
        summary: "a complaint about a confirmation mail: the form is stopped".to_owned(),
    };
    let (case, _) = cases::open(conn, &new, now).await?;
    if !counted_before(conn, of).await? {
        record(conn, report, of, now, period, false, now).await?;
        set_case(conn, of, case).await?;
    }
    let evidence =
        json!({ "notice": of.notice.map(NoticeId::get), "signup": of.person.get(), "source": report.source.word() });
    cases::event(
        conn,
        case,
        NewEvent { kind: "complaint", note: kept(&report.note), evidence, inbox: report.inbox },
        now,
    )
    .await?;
    Ok(ComplaintOutcome {
        left,
        drain: DrainFor::All,
        ..outcome(ComplaintDecision::ListBombing, Some(case), Some(of.account))
    })
}

/// The form of a sign-up: from the pending row, or from the proof of the consent that came of it.
async fn form_of(conn: &mut Conn, of: &Subject) -> Result<Option<FormId>> {
    let pending = conn
        .optional(sql!("SELECT form_id FROM signup WHERE account_id = $1 AND id = $2", of.account, of.person))
        .await?;
    if let Some(row) = pending {
        return Ok(Some(FormId::from_raw(row.int(0)?)));
    }
    let proof = conn
        .optional(sql!(
            "SELECT v.evidence FROM consent_event e JOIN consent_evidence v ON v.account_id = e.account_id AND v.event_id = e.id
             WHERE e.account_id = $1 AND e.contact_id = $2 AND e.kind IN ('confirmed', 'topic_added') ORDER BY e.id LIMIT 1",
            of.account,
            of.person,
        ))
        .await?;
    let Some(row) = proof else { return Ok(None) };
    Ok(serde_json::from_str::<Evidence>(&row.text(0)?).ok().map(|evidence| evidence.form))
}

/// "That was not me": the pending sign-up goes, and this account asks the address no more (D13).
async fn cancel_signup(conn: &mut Conn, of: &Subject, now: Timestamp) -> Result<()> {
    conn.execute(sql!(
        "INSERT INTO signup_bar (account_id, address_key, at)
         SELECT account_id, address_key, CAST($4 AS BIGINT) FROM notice WHERE account_id = $1 AND id = $2
         UNION SELECT account_id, address_key, CAST($4 AS BIGINT) FROM signup WHERE account_id = $1 AND id = $3
         ON CONFLICT (account_id, address_key) DO NOTHING",
        of.account,
        of.notice,
        of.person,
        now,
    ))
    .await?;
    // Other pending sign-ups of the address are judged by it too.
    conn.execute(sql!(
        "UPDATE signup SET facts_version = facts_version + 1 WHERE account_id = $1 AND address_key IN
            (SELECT b.address_key FROM notice b WHERE b.account_id = $1 AND b.id = $2
             UNION SELECT p.address_key FROM signup p WHERE p.account_id = $1 AND p.id = $3)",
        of.account,
        of.notice,
        of.person,
    ))
    .await?;
    conn.execute(sql!("DELETE FROM signup WHERE account_id = $1 AND id = $2", of.account, of.person)).await.map(drop)
}

/// A complaint about a test mail: no more of them to that user (D13).
async fn stop_tests(conn: &mut Conn, report: &NewComplaint, of: &Subject, now: Timestamp) -> Result<ComplaintOutcome> {
    let user = UserId::from_raw(of.person.get());
    end_tests(conn, user, now).await?;
    let done = case_only(conn, report, Some(of), now).await?;
    Ok(ComplaintOutcome { decision: ComplaintDecision::StopTests, drain: DrainFor::All, ..done })
}

async fn end_tests(conn: &mut Conn, user: UserId, now: Timestamp) -> Result<()> {
    conn.execute(sql!(
        "UPDATE app_user SET tests_stopped_at = $1, facts_version = facts_version + 1 WHERE account_id = $2 AND id = $3 AND tests_stopped_at IS NULL",
        now,
        user.account(),
        user,
    ))
    .await
    .map(drop)
}

/// The named senders' books lose the reporter at once; a person says which message it was (D4, R95).
async fn remove_and_attribute(
    conn: &mut Conn,
    report: &NewComplaint,
    known: &[ContactId],
    now: Timestamp,
) -> Result<ComplaintOutcome> {
    let mut left = Vec::new();
    for contact in known {
        leave(conn, *contact, FormerReason::Complained, &mut left, now).await?;
    }
    let account = known.first().map(|contact| contact.account());
    let (case, drain) = (open_single(conn, report, CaseKind::Attribution, account, now).await?, DrainFor::All);
    let evidence = json!({ "contacts": known.iter().map(|contact| contact.get()).collect::<Vec<_>>() });
    cases::event(
        conn,
        case,
        NewEvent { kind: "removed", note: kept(&report.note), evidence, inbox: report.inbox },
        now,
    )
    .await?;
    Ok(ComplaintOutcome { left, drain, ..outcome(ComplaintDecision::RemoveAndAttribute, Some(case), account) })
}

/// A wish: out of the named books, of all where none is named; no +1 (R42, D14).
async fn wish(
    conn: &mut Conn,
    report: &NewComplaint,
    of: Option<&Subject>,
    known: Vec<ContactId>,
    now: Timestamp,
) -> Result<ComplaintOutcome> {
    let wanted = match of {
        Some(of) if of.mailing.is_some() => vec![of.person],
        _ => known,
    };
    let mut left = Vec::new();
    for contact in &wanted {
        leave(conn, *contact, FormerReason::Unsubscribed, &mut left, now).await?;
    }
    let account = wanted.first().map(|contact| contact.account());
    let case = open_single(conn, report, CaseKind::Wish, account, now).await?;
    let evidence =
        json!({ "contacts": wanted.iter().map(|contact| contact.get()).collect::<Vec<_>>(), "left": left.len() });
    cases::event(conn, case, NewEvent { kind: "wish", note: kept(&report.note), evidence, inbox: report.inbox }, now)
        .await?;
    Ok(ComplaintOutcome { left, drain: DrainFor::All, ..outcome(ComplaintDecision::Wish, Some(case), account) })
}

/// Nothing to do but to let a person look.
async fn case_only(
    conn: &mut Conn,
    report: &NewComplaint,
    of: Option<&Subject>,
    now: Timestamp,
) -> Result<ComplaintOutcome> {
    let account =
        of.map(|of| of.account).filter(|account| account.get() != 0).or_else(|| report.accounts.first().copied());
    let case = open_single(conn, report, CaseKind::Letter, account, now).await?;
    let step = NewEvent {
        kind: "letter",
        note: kept(&report.note),
        evidence: json!({ "source": report.source.word() }),
        inbox: report.inbox,
    };
    cases::event(conn, case, step, now).await?;
    Ok(outcome(ComplaintDecision::CaseOnly, Some(case), account))
}

/// A case of its own for one letter.
async fn open_single(
    conn: &mut Conn,
    report: &NewComplaint,
    kind: CaseKind,
    account: Option<AccountId>,
    now: Timestamp,
) -> Result<CaseId> {
    let summary = format!(
        "{}: {}",
        report.source.word(),
        report.note.lines().next().unwrap_or("").chars().take(120).collect::<String>()
    );
    let new = NewCase {
        account,
        kind,
        cluster: format!("{}:{}", kind.word(), report.once),
        mailing: None,
        form: None,
        summary,
    };
    Ok(cases::open(conn, &new, now).await?.0)
}

impl Store {
    /// Judges one report or letter and does all that follows in one transaction
    /// (R76, R77, R85, D4). The caller drains what the outcome names before it answers.
    ///
    /// # Errors
    /// Those of the database; then nothing of it is kept.
    pub async fn complain(&self, report: NewComplaint, now: Timestamp) -> Result<ComplaintOutcome> {
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { complain_in(conn, &report, now).await })).await
    }

    /// Sends no more test mails to a user, by the user's own wish (D13). A
    /// repeat changes nothing. The caller drains before it answers.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn end_test_mails(&self, user: UserId, now: Timestamp) -> Result<()> {
        self.write(Urgency::AtOnce, move |conn| Box::pin(end_tests(conn, user, now))).await
    }

    /// Attributes a report to a message by a person's decision: then it counts (D4).
    /// The caller drains before it answers.
    ///
    /// # Errors
    /// `NotFound` for an unknown case; `Invalid` without a name.
    pub async fn attribute(
        &self,
        case: CaseId,
        key: ComplaintKey,
        by: &str,
        now: Timestamp,
    ) -> Result<ComplaintOutcome> {
        if by.trim().is_empty() {
            return Err(StoreError::Invalid("an attribution needs a named person".to_owned()));
        }
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let report = NewComplaint {
                    source: Source::AbuseLetter,
                    allegation: Allegation::Unwanted,
                    dkim_aligned: false,
                    named: Some(Named::Mailing { mailing: key.mailing, contact: key.contact }),
                    reporter: Vec::new(),
                    accounts: Vec::new(),
                    note: format!("attributed by {by} from case {case}"),
                    inbox: None,
                    once: format!("case {case}"),
                };
                let done = complain_in(conn, &report, now).await?;
                let evidence = json!({ "mailing": key.mailing.get(), "contact": key.contact.get(), "counted": done.decision.counts() });
                cases::event(conn, case, NewEvent { kind: "attributed", note: by, evidence, inbox: None }, now).await?;
                Ok(done)
            })
        })
        .await
    }

    /// Lets a recorded complaint count, or count no longer, with a reason; counter
    /// and score follow in the same transaction, and the case of a suspension
    /// that rested on it opens again (D14). The caller drains where it counts now.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` without name or reason.
    pub async fn reclassify(
        &self,
        key: ComplaintKey,
        shall_count: bool,
        by: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<Reclassified> {
        if by.trim().is_empty() || reason.trim().is_empty() {
            return Err(StoreError::Invalid("a reclassification needs a named person and a reason".to_owned()));
        }
        let note = format!("{by}: {reason}");
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move { reclassify_in(conn, key, shall_count, &note, now).await })
        })
        .await
    }
}

async fn reclassify_in(
    conn: &mut Conn,
    key: ComplaintKey,
    shall_count: bool,
    note: &str,
    now: Timestamp,
) -> Result<Reclassified> {
    let account = key.contact.account();
    let (standing, why) = cases::lock_account(conn, account).await?.ok_or(StoreError::NotFound("account"))?;
    let row = conn
        .optional(sql!(
            "SELECT counted, sent_day, period, case_id FROM complaint WHERE account_id = $1 AND mailing_id = $2 AND contact_id = $3",
            account,
            key.mailing,
            key.contact,
        ))
        .await?
        .ok_or(StoreError::NotFound("complaint"))?;
    let (counted, day, period, case) = (row.bool(0)?, row.int(1)?, row.int(2)?, row.int_opt(3)?.map(CaseId::from_raw));
    let by_score = standing == Standing::Suspended && why.as_deref() == Some(cases::SCORE_REASON);
    let concerned = concerned(conn, account, key.mailing, day).await?;
    let mut follows = reclassify(counted, shall_count, by_score);
    if follows.change == 0 {
        return Ok(follows);
    }
    score::move_complaints(conn, account, period, key.mailing, day, follows.change).await?;
    conn.execute_one(
        sql!(
            "UPDATE complaint SET counted = $1 WHERE account_id = $2 AND mailing_id = $3 AND contact_id = $4",
            shall_count,
            account,
            key.mailing,
            key.contact,
        ),
        "the complaint",
    )
    .await?;
    let scores = score::for_decision(conn, account, concerned, now).await?;
    // A suspension rests on the complaint when the score without it would not suspend.
    follows.reopen_case &= scores.judge() < Verdict::Suspend;
    let evidence = json!({ "mailing": key.mailing.get(), "contact": key.contact.get(), "counts": shall_count, "recent": figures(scores.recent) });
    let case = match case {
        Some(case) => case,
        None => {
            let of = Subject {
                account,
                purpose: Purpose::Newsletter,
                person: key.contact,
                mailing: Some((key.mailing, now)),
                notice: None,
            };
            complaint_case(conn, &of, key.mailing, now).await?
        }
    };
    cases::event(
        conn,
        case,
        NewEvent { kind: "reclassified", note: note.to_owned(), evidence: evidence.clone(), inbox: None },
        now,
    )
    .await?;
    if follows.reopen_case {
        reopen_suspension(conn, account, note, evidence.clone(), now).await?;
    }
    if follows.judge_again {
        carry_out(conn, account, key.mailing, case, &scores, evidence, now).await?;
    }
    Ok(follows)
}

async fn concerned(conn: &mut Conn, account: AccountId, mailing: MailingId, sent_day: i64) -> Result<Concerned> {
    let row =
        conn.optional(sql!("SELECT kind FROM mailing WHERE account_id = $1 AND id = $2", account, mailing)).await?;
    let autoresponder = row.map_or(Ok(false), |row| Ok::<_, StoreError>(row.int(0)? == AUTORESPONDER))?;
    Ok(Concerned { mailing, autoresponder, sent_day })
}

/// The suspension's case is open again, or still, and says what changed; a person decides (D14, D15).
async fn reopen_suspension(
    conn: &mut Conn,
    account: AccountId,
    note: &str,
    evidence: serde_json::Value,
    now: Timestamp,
) -> Result<()> {
    let new = NewCase {
        account: Some(account),
        kind: CaseKind::Suspension,
        cluster: format!("suspension:{account}"),
        mailing: None,
        form: None,
        summary: "the suspension rested on a complaint that no longer counts".to_owned(),
    };
    let (case, _) = cases::open(conn, &new, now).await?;
    cases::event(conn, case, NewEvent { kind: "reopened", note: note.to_owned(), evidence, inbox: None }, now).await
}
