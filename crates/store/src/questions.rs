//! Questions of customers to the operator (R90, R93): each is a case that a person reads and answers.
//!
//! Nothing is sent to anybody by it but the notice of a new case to the operator (R8).

use policy::case::CaseKind;
use policy::invalid::Invalid;
use policy::{AccountId, CaseId, Timestamp};
use seals::sha256;
use serde_json::json;
use std::time::Duration;

use crate::Store;
use crate::cases::{self, NewCase, NewEvent};
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::sql::sql;
use crate::writer::Urgency;

/// Questions that an account may ask in 24 hours.
pub const QUESTIONS_A_DAY: i64 = 10;
/// Characters of a question.
pub const MAX_QUESTION_CHARS: usize = 4_000;
/// Past questions that are shown.
const SHOWN: i64 = 20;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// What the summaries of these cases begin with.
const SUMMARY: &str = "question: ";
/// How their steps are called.
const STEP: &str = "question";

/// Who asks, and what.
#[derive(Clone, Debug)]
pub struct NewQuestion {
    /// The account that it is about.
    pub account: AccountId,
    /// Who asks: name and address, for the answer.
    pub name: String,
    /// Where the answer goes.
    pub address: String,
    /// In the asker's words.
    pub words: String,
}

/// A question that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its case.
    pub case: CaseId,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// Its first line.
    pub about: String,
    /// Nobody closed its case yet.
    pub open: bool,
}

async fn ask(conn: &mut Conn, question: &NewQuestion, now: Timestamp) -> Result<CaseId> {
    let account = question.account;
    cases::lock_account(conn, account).await?.ok_or(StoreError::NotFound("account"))?;
    let asked = conn
        .one(sql!(
            "SELECT COUNT(*) FROM abuse_case WHERE account_id = $1 AND kind = $2 AND opened_at > $3 AND summary LIKE 'question: %'",
            account,
            CaseKind::Letter.word(),
            now - DAY,
        ))
        .await?;
    let first = question.words.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let digest = sha256(question.words.as_bytes());
    let once: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let new = NewCase {
        account: Some(account),
        kind: CaseKind::Letter,
        cluster: format!("question:{account}:{once}"),
        mailing: None,
        form: None,
        summary: format!("{SUMMARY}{}", first.chars().take(120).collect::<String>()),
    };
    let (case, opened) = cases::open(conn, &new, now).await?;
    if !opened {
        // Sent twice, it is one question.
        return Ok(case);
    }
    if asked.int(0)? >= QUESTIONS_A_DAY {
        return Err(StoreError::Invalid(Invalid::TooManyQuestions { limit: QUESTIONS_A_DAY }));
    }
    let words: String = question.words.chars().take(MAX_QUESTION_CHARS).collect();
    let note = format!("{} <{}>\n{words}", question.name, question.address);
    let evidence = json!({ "source": STEP });
    cases::event(conn, case, NewEvent { kind: STEP, note, evidence, inbox: None }, now).await?;
    Ok(case)
}

impl Store {
    /// Asks the operator: a case that names the account and who asks.
    ///
    /// # Errors
    /// `Invalid` for the eleventh question within 24 hours; `NotFound` for an unknown account.
    pub async fn ask_operator(&self, question: NewQuestion, now: Timestamp) -> Result<CaseId> {
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { ask(conn, &question, now).await })).await
    }

    /// The newest questions of an account, at most 20.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn questions(&self, account: AccountId) -> Result<Vec<Question>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, opened_at, summary, state FROM abuse_case
                 WHERE account_id = $1 AND kind = $2 AND summary LIKE 'question: %' ORDER BY id DESC LIMIT $3",
                account,
                CaseKind::Letter.word(),
                SHOWN,
            ))
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Question {
                    case: CaseId::from_raw(row.int(0)?),
                    asked_at: row.time(1)?,
                    about: row.text(2)?.strip_prefix(SUMMARY).unwrap_or_default().to_owned(),
                    open: row.text(3)? == "open",
                })
            })
            .collect()
    }
}
