//! Complaints: report in, contact out, counter up, score judged, account or
//! mailing stopped: one transaction (R70, R73–R79, R85, D3, D4, D14).

mod counting;
mod proposal;
mod reclassify;
mod subject;
mod uncounted;

use policy::complaint::{Allegation, ComplaintDecision, OwnId, Reclassified, ReportFacts, Source, judge_report};
use policy::consent::FormerReason;
use policy::score::Verdict;
use policy::{AccountId, CaseId, ContactId, MailingId, NoticeId, Timestamp};
use seals::AddressKey;
use serde_json::json;

use self::counting::{count, repeat};
use self::subject::{counted_before, subject};
use self::uncounted::{case_only, list_bombing, remove_and_attribute, stop_tests, wish};
use crate::cases::{self, NewEvent};
use crate::conn::Conn;
use crate::error::Result;
use crate::sql::sql;
use crate::words::signed;
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

impl Store {
    /// Judges one report or letter and does all that follows in one transaction
    /// (R76, R77, R85, D4). The caller drains what the outcome names before it answers.
    ///
    /// # Errors
    /// Those of the database; then nothing of it is kept.
    pub async fn complain(&self, report: NewComplaint, now: Timestamp) -> Result<ComplaintOutcome> {
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { complain_in(conn, &report, now).await })).await
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
        let (by, _) = signed(by, "-")?;
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
        let (by, reason) = signed(by, reason)?;
        let note = format!("{by}: {reason}");
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move { reclassify::reclassify_in(conn, key, shall_count, &note, now).await })
        })
        .await
    }
}
