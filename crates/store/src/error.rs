//! What can go wrong with the memory, and who must act.

use std::fmt;

/// An error of the store.
#[derive(Debug)]
pub enum StoreError {
    /// The database does not answer, or gave up: try again later.
    Unavailable(String),
    /// The disk below the database is full: nothing was stored; free some space.
    DiskFull,
    /// What the caller assumed of a row no longer holds: read again.
    Conflict(&'static str),
    /// What was asked for does not exist (for this account).
    NotFound(&'static str),
    /// The value breaks a rule that the caller could have known; the text says which.
    Invalid(String),
    /// The database holds something that this program cannot read.
    Corrupt(String),
    /// The database cannot be used by this program; the text says what to do.
    Unusable(String),
}

impl StoreError {
    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::DiskFull)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(detail) => write!(f, "the database is not available: {detail}"),
            Self::DiskFull => f.write_str("the disk of the database is full; free some space, nothing is lost"),
            Self::Conflict(what) => write!(f, "{what} changed meanwhile"),
            Self::NotFound(what) => write!(f, "no such {what}"),
            Self::Invalid(what) => f.write_str(what),
            Self::Corrupt(detail) => write!(f, "the database holds an unreadable value: {detail}"),
            Self::Unusable(detail) => f.write_str(detail),
        }
    }
}

impl std::error::Error for StoreError {}

/// The result of a store function.
pub type Result<T> = std::result::Result<T, StoreError>;

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
