//! What a page says when something cannot be done. The frame turns a fault into its page.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use store::StoreError;

/// Why a request gets no page of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// There is no such page.
    NotFound,
    /// The token of a link is not one of ours. Forged and damaged look the same.
    UnknownLink,
    /// The person may come, but his role does not allow this.
    Forbidden,
    /// A form that does not carry the mark of its session, or that another site sent.
    Stale,
    /// What was to be changed is no longer as the person saw it.
    Conflict,
    /// The way does not exist: PUT on a page, and the like.
    BadMethod,
    /// What was sent cannot be read, or may not come from there.
    BadRequest,
    /// What was sent is too large.
    TooLarge,
    /// The memory does not answer, or the time is up: nothing was changed; come again.
    Busy,
    /// Our own fault.
    Failed,
}

impl Fault {
    /// The status of its answer.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::NotFound | Self::UnknownLink => StatusCode::NOT_FOUND,
            Self::Forbidden | Self::Stale => StatusCode::FORBIDDEN,
            Self::Conflict => StatusCode::CONFLICT,
            Self::BadMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(_) => return Self::NotFound,
            StoreError::Conflict(_) => return Self::Conflict,
            _ => {}
        }
        if error.is_temporary() {
            tracing::warn!(%error, "a page could not be answered");
            Self::Busy
        } else {
            tracing::error!(%error, "a page failed");
            Self::Failed
        }
    }
}

impl IntoResponse for Fault {
    /// An empty answer that carries the fault; the frame, which knows the installation, writes its page.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
