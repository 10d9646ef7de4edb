//! What the API answers: JSON, or an error with a code, words and the field that it is about.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use policy::invalid::Invalid;
use serde_json::{Value, json};
use store::StoreError;
use texts::{Language, errors};

/// A successful answer.
#[derive(Debug)]
pub(crate) enum Reply {
    /// 200 with a body.
    Found(Value),
    /// 201 with a body.
    Made(Value),
    /// 202 with a body: it happens later, or perhaps not.
    Noted(Value),
    /// 204.
    Done,
    /// Plain text for printing.
    Print(String),
}

/// What a handler returns.
pub(crate) type Answer = Result<Reply, ApiError>;

/// Why a request was not carried out.
#[derive(Debug)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    /// A word for programs; never changed.
    pub(crate) code: &'static str,
    /// A sentence for people.
    pub(crate) message: String,
    pub(crate) field: Option<String>,
    /// Further data, for example every problem of a template.
    pub(crate) details: Option<Value>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), field: None, details: None }
    }

    /// The request cannot be read.
    pub(crate) fn bad_request(language: Language, problem: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", errors::bad_request(language, problem))
    }

    /// The request can be read, and a rule says no.
    pub(crate) fn invalid(problem: &Invalid, language: Language) -> Self {
        let error = Self::new(status_of(problem), problem.code(), problem.say(language));
        match problem.field() {
            Some(field) => error.at(field),
            None => error,
        }
    }

    /// It does not exist, or belongs to another account: nobody learns which.
    pub(crate) fn not_found(language: Language) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", errors::not_found(language))
    }

    /// That does not fit the present state.
    pub(crate) fn conflict(language: Language) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", errors::conflict(language))
    }

    /// Names the field.
    pub(crate) fn at(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    /// Adds data.
    pub(crate) fn with(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// Turns an error of the memory into an answer. What happened inside goes to the log with
    /// `number`; the answer tells that number alone.
    pub(crate) fn of_store(error: StoreError, language: Language, number: &str) -> Self {
        match error {
            StoreError::NotFound(_) => Self::not_found(language),
            StoreError::Conflict(what) => {
                tracing::info!(what, "a call of the API met a change of somebody else");
                Self::conflict(language)
            }
            StoreError::Invalid(problem) => Self::invalid(&problem, language),
            StoreError::Unavailable(_) | StoreError::Crossed(_) | StoreError::DiskFull => {
                tracing::warn!(%error, "a call of the API could not be carried out");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", errors::unavailable(language))
            }
            StoreError::Corrupt(_) | StoreError::Unusable(_) | StoreError::Bug(_) => {
                tracing::error!(%error, number, "a call of the API failed");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", errors::internal(language, number))
            }
        }
    }

    /// The body.
    pub(crate) fn body(&self) -> Value {
        let mut error = json!({ "code": self.code, "message": self.message, "field": self.field });
        if let Some(details) = &self.details {
            error["details"] = details.clone();
        }
        json!({ "error": error })
    }
}

/// What kind of refusal HTTP calls it.
const fn status_of(problem: &Invalid) -> StatusCode {
    match problem {
        Invalid::TagTaken
        | Invalid::UserTaken
        | Invalid::SenderTaken
        | Invalid::WebsiteTaken
        | Invalid::DomainTaken
        | Invalid::PlatformAddressTaken
        | Invalid::AccountSuspended
        | Invalid::AccountTerminated
        | Invalid::FormClosed
        | Invalid::FormChanged => StatusCode::CONFLICT,
        Invalid::ProofLimited | Invalid::LookedJustNow => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// Status and body of an answer, as they are kept for a replay and as they are sent.
pub(crate) struct Wire {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
    pub(crate) kind: &'static str,
}

const JSON: &str = "application/json";
const PRINT: &str = "text/plain; charset=utf-8";

impl Wire {
    pub(crate) fn of(answer: &Answer) -> Self {
        let json = |status, body: &Value| Self { status, body: body.to_string(), kind: JSON };
        match answer {
            Ok(Reply::Found(body)) => json(StatusCode::OK, body),
            Ok(Reply::Made(body)) => json(StatusCode::CREATED, body),
            Ok(Reply::Noted(body)) => json(StatusCode::ACCEPTED, body),
            Ok(Reply::Done) => Self { status: StatusCode::NO_CONTENT, body: String::new(), kind: JSON },
            Ok(Reply::Print(text)) => Self { status: StatusCode::OK, body: text.clone(), kind: PRINT },
            Err(error) => json(error.status, &error.body()),
        }
    }

    pub(crate) fn replayed(status: i64, body: String) -> Self {
        let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok());
        Self { status: status.unwrap_or(StatusCode::OK), body, kind: JSON }
    }
}

impl IntoResponse for Wire {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body).into_response();
        let headers = response.headers_mut();
        if self.status == StatusCode::NO_CONTENT {
            headers.remove(header::CONTENT_TYPE);
        } else {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
