//! What can go wrong with the memory, and who must act.

use std::fmt;

use policy::invalid::Invalid;

/// An error of the store.
#[derive(Debug)]
pub enum StoreError {
    /// The database does not answer, or gave up: try again later.
    Unavailable(String),
    /// PostgreSQL ended the transaction because it and another one waited for each other. Nothing of
    /// it was kept, and the store repeated it in vain: try again later.
    Crossed(String),
    /// The disk below the database is full: nothing was stored; free some space.
    DiskFull,
    /// What the caller assumed of a row no longer holds: read again.
    Conflict(&'static str),
    /// What was asked for does not exist (for this account).
    NotFound(&'static str),
    /// A value or a wish breaks a rule: whoever asked must act.
    Invalid(Invalid),
    /// The database holds something that this program cannot read.
    Corrupt(String),
    /// The database cannot be used by this program; the text says what to do.
    Unusable(String),
    /// The program contradicts itself; nothing was kept. Report it with the text.
    Bug(String),
}

impl StoreError {
    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Crossed(_) | Self::DiskFull)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(detail) => write!(f, "the database is not available: {detail}"),
            Self::Crossed(detail) => write!(f, "the database ended a transaction that crossed another one: {detail}"),
            Self::DiskFull => f.write_str("the disk of the database is full; free some space, nothing is lost"),
            Self::Conflict(what) => write!(f, "{what} changed meanwhile"),
            Self::NotFound(what) => write!(f, "no such {what}"),
            Self::Invalid(problem) => problem.fmt(f),
            Self::Corrupt(detail) => write!(f, "the database holds an unreadable value: {detail}"),
            Self::Unusable(detail) => f.write_str(detail),
            Self::Bug(detail) => write!(f, "an error of the program: {detail}"),
        }
    }
}

impl std::error::Error for StoreError {}

/// The result of a store function.
pub type Result<T> = std::result::Result<T, StoreError>;

impl From<Invalid> for StoreError {
    fn from(problem: Invalid) -> Self {
        Self::Invalid(problem)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound("row"),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnIndexOutOfBounds { .. } | sqlx::Error::Decode(_) => {
                Self::Corrupt(error.to_string())
            }
            sqlx::Error::Database(database) => {
                let code = database.code().unwrap_or_default().into_owned();
                // SQLITE_FULL, SQLITE_IOERR_WRITE and PostgreSQL's disk_full.
                if matches!(code.as_str(), "13" | "778" | "53100") {
                    Self::DiskFull
                } else if matches!(code.as_str(), "40P01" | "40001") {
                    // deadlock_detected and serialization_failure.
                    Self::Crossed(database.message().to_owned())
                } else if database.is_unique_violation() {
                    Self::Conflict("a row with the same key")
                } else {
                    Self::Unavailable(format!("{code} {}", database.message()))
                }
            }
            _ => Self::Unavailable(error.to_string()),
        }
    }
}
